"""Slices of what is computed become what is computed of slices, and parts are made in their place.

The gates of an LSTM are parts of one sum: each part is then added where it is used, and the sum
itself needs no memory. The gradients of queries, keys and values are parts of one array: each
product is written there.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from autograd.compiler import views
from autograd.compiler.loops import contiguous
from autograd.compiler.nodes import (
    Access,
    Elementwise,
    Gather,
    Node,
    Product,
    Reduction,
    Write,
)


def push_slices(nodes: list[Node], results: Iterable[Node]) -> list[Node]:
    """The nodes; of those that are read in parts only, the parts instead."""
    kept = set(results)
    readers: dict[Node, list[tuple[Node, Access]]] = {}
    for node in nodes:
        for x in node.operands():
            if isinstance(x, Access):
                readers.setdefault(x.node, []).append((node, x))
    made: list[Node] = []
    for node in reversed(nodes):
        if isinstance(node, Elementwise) and node not in kept:
            made += _parts(node, readers)
    if not made:
        return nodes
    dropped: set[Node] = set()
    every = sorted([*nodes, *made], key=lambda node: node.number)
    for node in reversed(every):
        needed = any(reader not in dropped for reader, _ in readers.get(node, ()))
        if isinstance(node, Elementwise) and node not in kept and not needed:
            dropped.add(node)
    return [node for node in every if node not in dropped]


def _parts(node: Elementwise, readers: dict[Node, list[tuple[Node, Access]]]) -> list[Node]:
    """The parts of a node, put in its place where it is read; none if that gains nothing."""
    found = readers.get(node, [])
    if not found or not all(isinstance(r, Elementwise | Reduction | Write) for r, _ in found):
        return []
    parts: dict[Any, list[tuple[Node, Access]]] = {}
    for reader, x in found:
        shape = tuple(1 if s == 0 else n for n, s in zip(x.shape, x.strides, strict=True))
        parts.setdefault((shape, x.strides, x.offset), []).append((reader, x))
    sizes = [Access(node, shape, strides).size for shape, strides, _ in parts]
    if sum(sizes) > node.size or max(sizes) == node.size:
        return []
    places = {key: place for key in parts if (place := decoded(node, *key)) is not None}
    if len(places) < len(parts):
        return []
    made: list[Node] = []
    for key, uses in parts.items():
        place = places[key]
        shape = key[0]
        arguments = tuple(
            _part(x, shape, *place) if isinstance(x, Access) else x for x in node.arguments
        )
        part = Elementwise(shape, node.dtype, node.function, arguments)
        part.number = node.number
        made.append(part)
        for x in arguments:
            if isinstance(x, Access):
                readers.setdefault(x.node, []).append((part, x))
        for reader, x in uses:
            steps = contiguous(shape)
            strides = tuple(0 if s == 0 else t for s, t in zip(x.strides, steps, strict=True))
            new = replace(x, node=part, strides=strides, offset=0)
            substitute(reader, x, new)
            readers.setdefault(part, []).append((reader, new))
    readers[node] = []
    for x in node.arguments:
        if isinstance(x, Access):
            readers[x.node] = [(r, y) for r, y in readers[x.node] if r is not node]
    return made


def decoded(
    node: Node, shape: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> tuple[list[list[tuple[int, int]]], list[int]] | None:
    """For each axis of the node, which axes of the part move along it and how far; and the start.

    None if the part runs across the axes of the node.
    """
    own = contiguous(node.shape)
    start = [offset // s % n for s, n in zip(own, node.shape, strict=True)]
    moves: list[list[tuple[int, int]]] = [[] for _ in own]
    low, high = list(start), list(start)
    for k, (n, stride) in enumerate(zip(shape, strides, strict=True)):
        if n == 1:
            continue
        axes = [a for a, s in enumerate(own) if abs(stride) % s == 0 and node.shape[a] > 1]
        axes = [a for a in axes if abs(stride) // own[a] * (n - 1) < node.shape[a]]
        if not axes:
            return None
        axis = axes[0]
        step = stride // own[axis]
        moves[axis].append((k, step))
        low[axis] += min(0, step * (n - 1))
        high[axis] += max(0, step * (n - 1))
    inside = all(a >= 0 and b < n for a, b, n in zip(low, high, node.shape, strict=True))
    return (moves, start) if inside else None


def _part(
    x: Access, shape: tuple[int, ...], moves: list[list[tuple[int, int]]], start: list[int]
) -> Access:
    strides = [0] * len(shape)
    for stride, along in zip(x.strides, moves, strict=True):
        for k, step in along:
            strides[k] += stride * step
    offset = x.offset + sum(s * i for s, i in zip(x.strides, start, strict=True))
    return replace(x, shape=shape, strides=tuple(strides), offset=offset)


def write_in_place(nodes: list[Node], results: Iterable[Node]) -> list[Node]:
    """The nodes; products that are only copied into a part of something else are made there."""
    kept = set(results)
    readers: dict[Node, list[Node]] = {}
    for node in nodes:
        for x in node.operands():
            if isinstance(x, Access):
                readers.setdefault(x.node, []).append(node)
    gone: set[Node] = set()
    for node in nodes:
        if not isinstance(node, Write) or node.indices or node.adds:
            continue
        x = node.argument
        if not isinstance(x, Access) or not isinstance(x.node, Product) or x.node in kept:
            continue
        if len(readers[x.node]) == 1 and _placed(x.node, x, node):
            gone.add(node)
    return sorted((n for n in nodes if n not in gone), key=lambda node: node.number)


def _placed(product: Product, x: Access, write: Write) -> bool:
    """Have a product written where a copy of it would be; False if its rows would lie apart."""
    whole = write.whole_node
    if product.into is not None or product.summed or x.size != product.size or x.offset:
        return False
    axes = sorted((i for i, n in enumerate(x.shape) if n != 1), key=lambda i: -x.strides[i])
    target = views.permuted(write.target, axes)
    if views.permuted(x, axes).strides != contiguous(target.shape):
        return False
    target = views.reshaped(target, product.shape)
    if target is None:
        return False
    own = zip(product.shape, contiguous(product.shape), target.strides, strict=True)
    steps = {s: t for n, s, t in own if n != 1}
    lengths = (*product.batch, product.a.shape[-2], product.b.shape[-1])
    out = tuple(0 if n == 1 else steps[s] for n, s in zip(lengths, product.out, strict=True))
    if out[-1] != 1 and lengths[-1] != 1:
        return False
    product.out, product.into = out, (whole, target.offset)
    product.after, product.number = write.after, write.number
    whole.writes[whole.writes.index(write)] = product
    for other in whole.writes:
        other.after = tuple(product if w is write else w for w in other.after)
    return True


def substitute(reader: Node, old: Access, new: Access) -> None:
    """Have a node read something else."""

    def changed(x: Any) -> Any:
        return new if x is old else x

    if isinstance(reader, Elementwise):
        reader.arguments = tuple(map(changed, reader.arguments))
    elif isinstance(reader, Reduction):
        reader.argument = changed(reader.argument)
    elif isinstance(reader, Write | Gather):
        reader.indices = tuple((changed(i), step) for i, step in reader.indices)
        if isinstance(reader, Write):
            reader.argument = changed(reader.argument)

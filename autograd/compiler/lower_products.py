"""Lowering of products that sum: every one becomes a product of matrices where it is one."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from autograd.compiler import views
from autograd.compiler.building import Builder
from autograd.compiler.loops import contiguous
from autograd.compiler.lower_windows import product_of_windows, sum_over_first
from autograd.compiler.nodes import Access, Product
from autograd.compiler.program import Equation
from autograd.op import Op
from autograd.ops import contract

MATRICES = (np.dtype(np.float32), np.dtype(np.float64))


def _matmul(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    output = equation.output
    dtype = output.dtype
    x, w = (b.access(b.cast(operand, dtype)) for operand in operands)
    if dtype not in MATRICES or (len(x.shape) == 1 and len(w.shape) == 1):
        return _by_multiplying(b, x, w, output.shape)
    if len(x.shape) == 1:
        x = views.item(x, (None,))
    if len(w.shape) == 1:
        w = views.item(w, (Ellipsis, None))
    batch = np.broadcast_shapes(x.shape[:-2], w.shape[:-2])
    x = views.broadcast(x, (*batch, *x.shape[-2:]))
    w = views.broadcast(w, (*batch, *w.shape[-2:]))
    return b.reshape(product(b, x, w), output.shape)


def _by_multiplying(b: Builder, x: Access, w: Access, shape: Sequence[int]) -> Any:
    """Σ x w over the last axis of x: for whole numbers, and for two vectors."""
    if len(w.shape) == 1:
        return b.reduce("add", b.make("multiply", x.dtype, x, w), -1)
    columns = views.permuted(w, [*range(len(w.shape) - 2), len(w.shape) - 1, len(w.shape) - 2])
    if len(x.shape) > 1:
        x = views.item(x, (Ellipsis, None, slice(None)))
        columns = views.item(columns, (Ellipsis, None, slice(None), slice(None)))
    return b.reshape(b.reduce("add", b.make("multiply", x.dtype, x, columns), -1), shape)


def product(b: Builder, x: Access, w: Access) -> Access:
    """x @ w for x (…, m, k) and w (…, k, n), the batch axes equal."""
    found = product_of_windows(b, x, w)
    if found is not None:
        return found
    batch = list(x.shape[:-2])
    m, n = x.shape[-2], w.shape[-1]
    x, w = _without_units(x), _without_units(w)
    # A batch axis along which w stays is so many more rows.
    while len(x.shape) > 2 and w.strides[-3] == 0:
        rows = views.merged(x, len(x.shape) - 3)
        if rows is None:
            break
        x, w = rows, views.without(w, [len(w.shape) - 3])
    left, right = _as_matrices(b, x), _as_matrices(b, w)
    shape = (*left.shape[:-1], right.shape[-1])
    node = b.add(Product(shape, x.dtype, left, right, left.shape[:-2], contiguous(shape)))
    return Access(node, (*batch, m, n), contiguous((*batch, m, n)))


def in_order(b: Builder, x: Access) -> Access | None:
    """A product, whose axes are seen in another order, in memory of that order.

    None if the elements of a row would not lie in one piece any more.
    """
    node = x.node
    if not isinstance(node, Product) or node.summed or node.out != contiguous(node.shape):
        return None
    axes = [i for i, n in enumerate(x.shape) if n != 1]
    own = [(s, n) for s, n in zip(node.out, node.shape, strict=True) if n != 1]
    if sorted(((x.strides[i], x.shape[i]) for i in axes), reverse=True) != own or x.offset:
        return None
    if not axes or x.strides[axes[-1]] != 1:
        return None
    steps = {x.strides[i]: step for i, step in enumerate(contiguous(x.shape)) if i in axes}
    out = tuple(steps.get(s, 0) if n != 1 else s for s, n in zip(node.out, node.shape, strict=True))
    return b.add(Product(x.shape, node.dtype, node.a, node.b, node.batch, out)).whole()


def _without_units(x: Access) -> Access:
    """Without batch axes of length 1."""
    return views.without(x, [i for i, n in enumerate(x.shape[:-2]) if n == 1])


def _as_matrices(b: Builder, x: Access) -> Access:
    """Itself where a row or a column of a matrix lies in one piece, else a copy."""
    (rows, columns), (step, stride) = x.shape[-2:], x.strides[-2:]
    by_rows = (stride == 1 or columns == 1) and (step >= columns or rows == 1)
    by_columns = (step == 1 or rows == 1) and (stride >= rows or columns == 1)
    if by_rows or by_columns:
        return x
    moving = [i for i, stride in enumerate(x.strides) if stride or i >= len(x.shape) - 2]
    copied = b.copy(views.permuted(x, moving))
    strides = iter(copied.strides)
    return replace(
        copied,
        shape=x.shape,
        strides=tuple(next(strides) if i in moving else 0 for i in range(len(x.shape))),
    )


def part_of_product(b: Builder, x: Access) -> Access | None:
    """Some columns of a product that nothing else reads, as a product; None where it has no more.

    In memory its rows lie as far apart as before.
    """
    node = x.node
    if not isinstance(node, Product) or node.into is not None or node.out[-1] != 1:
        return None
    columns = node.b.shape[-1]
    lengths = (*node.batch, node.a.shape[-2])
    steps = [s for n, s in zip(lengths, node.out, strict=False) if n != 1 and s]
    row = min(steps, default=node.size)
    across = [s for n, s in zip(x.shape, x.strides, strict=True) if n != 1 and s % row]
    if row < columns or any(s % row for s in steps) or not all(0 < s < row for s in across):
        return None
    low = x.offset % row
    width = 1 + sum((n - 1) * s for n, s in zip(x.shape, x.strides, strict=True) if s in across)
    if width >= columns or low + width > columns:
        return None
    w = views.item(node.b, (Ellipsis, slice(low, low + width)))
    part = Product(node.shape, node.dtype, node.a, w, node.batch, node.out, node.summed)
    return replace(x, node=b.add(part), offset=x.offset - low)


def summed_product(b: Builder, x: Access, axis: Any) -> Access | None:
    """The sum of a product over batch axes as one product; None where it is none."""
    axes = views.axes_of(axis, len(x.shape))
    if not isinstance(x.node, Product):
        return sum_over_first(b, x, axes)
    node = x.node
    plain = node.out == contiguous(node.shape) and x.is_whole and x.shape == node.shape
    if not plain or not node.batch or node.summed:
        return None
    if not axes or any(i >= len(node.batch) for i in axes):
        return None
    a, w = node.a, node.b
    kept = [i for i in range(len(node.batch)) if i not in axes]
    order = [*kept, *axes]
    n = len(node.batch)
    a = views.permuted(a, [*order, n, n + 1])
    w = views.permuted(w, [*order, n, n + 1])
    left = len(axes)
    # The last batch axis and the one that is summed anyway, as one.
    while left:
        turned = views.permuted(a, [*range(len(a.shape) - 3), -2, -3, -1])
        joined = views.merged(turned, len(turned.shape) - 2)
        other = views.merged(w, len(w.shape) - 3)
        if joined is None or other is None:
            break
        a, w = joined, other
        left -= 1
    batch = a.shape[:-2]
    shape = (*(node.shape[i] for i in kept), *node.shape[-2:])
    summed = tuple(range(len(batch) - left, len(batch)))
    steps = contiguous(shape)
    out = (*steps[: len(kept)], *(0 for _ in summed), *steps[len(kept) :])
    found = b.add(Product(shape, node.dtype, a, w, batch, out, summed))
    return found.whole()


# einsum of one or two operands


def _einsum(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    terms, output = equation.static["subscripts"].split("->")
    dtype = equation.output.dtype
    letters = terms.split(",")
    if len(operands) > 2:
        return None
    parts = [
        _diagonal(b.access(b.cast(x, dtype)), term)
        for x, term in zip(operands, letters, strict=True)
    ]
    if len(parts) == 1:
        x, term = _reduced(b, *parts[0], output)
        return views.permuted(x, [term.index(c) for c in output])
    (x, p), (w, q) = parts
    if any(x.shape[p.index(c)] != w.shape[q.index(c)] for c in p if c in q):
        return None
    x, p = _reduced(b, x, p, q + output)
    w, q = _reduced(b, w, q, p + output)
    batch = [c for c in p if c in q and c in output]
    summed = [c for c in p if c in q and c not in output]
    rows = [c for c in p if c not in q]
    columns = [c for c in q if c not in p]
    if not summed or dtype not in MATRICES or not (rows or columns):
        order = [*batch, *rows, *columns, *summed]
        found = b.make("multiply", dtype, _aligned(x, p, order), _aligned(w, q, order))
        found = b.reduce("add", found, tuple(range(len(order) - len(summed), len(order))))
        order = order[: len(order) - len(summed)]
    else:
        length = dict(zip(p + q, x.shape + w.shape, strict=True))
        size = [prod(length[c] for c in group) for group in (rows, columns, summed)]
        lengths = [length[c] for c in batch]
        left = _aligned(x, p, [*batch, *rows, *summed])
        right = _aligned(w, q, [*batch, *summed, *columns])
        found = product(
            b,
            b.reshape(left, (*lengths, size[0], size[2])),
            b.reshape(right, (*lengths, size[2], size[1])),
        )
        order = [*batch, *rows, *columns]
        found = b.reshape(found, [length[c] for c in order])
    return views.permuted(found, [order.index(c) for c in output])


def _diagonal(x: Access, term: str) -> tuple[Access, str]:
    """A letter that comes twice is a diagonal, whose step is the sum of both."""
    letters = "".join(dict.fromkeys(term))
    shape = [x.shape[term.index(c)] for c in letters]
    strides = [
        sum(s for s, letter in zip(x.strides, term, strict=True) if letter == c) for c in letters
    ]
    return replace(x, shape=tuple(shape), strides=tuple(strides)), letters


def _reduced(b: Builder, x: Access, term: str, needed: str) -> tuple[Access, str]:
    """Summed over what nothing else knows."""
    axes = tuple(i for i, c in enumerate(term) if c not in needed)
    if not axes:
        return x, term
    return b.reduce("add", x, axes), "".join(c for c in term if c in needed)


def _aligned(x: Access, term: str, order: Sequence[str]) -> Access:
    """Its axes in this order, length 1 along those that it lacks."""
    index = tuple(slice(None) if c in term else None for c in order)
    return views.item(views.permuted(x, [term.index(c) for c in order if c in term]), index)


PRODUCTS: dict[Op, Any] = {contract.matmul_row: _matmul, contract.einsum_row: _einsum}

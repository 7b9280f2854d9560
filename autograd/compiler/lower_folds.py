"""Lowering of `overlap_add`: each window's numbers added where the window lay.

Where those numbers are a product of matrices, as in the gradient of a convolution, they need not be
there: the result is a product itself, with what windows see of the factor that has the image.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler import views
from autograd.compiler.building import Builder
from autograd.compiler.loops import contiguous
from autograd.compiler.lower_parts import placed
from autograd.compiler.lower_windows import transposed
from autograd.compiler.nodes import Access, Product
from autograd.compiler.program import Equation
from autograd.op import Op
from autograd.ops import window

# Windows of up to so many elements are added as so many terms.
_TERMS = 32


def _overlap_add(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    """out[i] = Σₒ g[i - o, o]."""
    sizes, axes = equation.static["window"], equation.static["axes"]
    x = b.access(operands[0])
    if b.is_only_use(equation.inputs[0]):
        found = _of_product(b, x, sizes, axes)
        if found is not None:
            return found
    if np.prod(sizes) > _TERMS:
        return None
    return _slices_added(b, x, equation.output.shape, sizes, axes)


def _slices_added(
    b: Builder, x: Access, shape: Sequence[int], sizes: Sequence[int], axes: Sequence[int]
) -> Any:
    """With zeros around g, a sum of slices that are shifted by o."""
    before = dict(zip(axes, (size - 1 for size in sizes), strict=True))
    lengths = [m + 2 * before.get(i, 0) for i, m in enumerate(x.shape)]
    inside = [slice(before.get(i, 0), before.get(i, 0) + m) for i, m in enumerate(x.shape)]
    # In memory the axes lie as those of g do.
    order = sorted(range(len(x.shape)), key=lambda i: -abs(x.strides[i]))
    around = placed(
        b,
        0,
        [lengths[i] for i in order],
        x.dtype,
        lambda y: (views.item(y, tuple(inside[i] for i in order)), views.permuted(x, order)),
    )
    around = views.permuted(around, [order.index(i) for i in range(len(order))])
    total: Any = None
    for place in product(*map(range, sizes)):
        start = {axis: k - o for (axis, k), o in zip(before.items(), place, strict=True)}
        part = [slice(start.get(i, 0), start.get(i, 0) + m) for i, m in enumerate(shape)]
        term = views.item(around, (*part, *place))
        total = term if total is None else b.make("add", x.dtype, total, term)
    return total


# Of a product


class _Turn(NamedTuple):
    """A loop of the product: its length, and how far the kernel, the image and the result move."""

    length: int
    kernel: int
    image: int
    out: int


def _of_product(b: Builder, x: Access, sizes: Sequence[int], axes: Sequence[int]) -> Access | None:
    """The result where x[n, c, i, o] = Σₖ K[n, (c, o), k] G[n, k, i]; None where it is not so.

    out[n, c, i] = Σₖₒ K[n, (c, o), k] G[n, k, i - o], with zeros around G. One zero after each row
    of an image for each step that a window can take is enough: they end one row and begin the next.
    """
    node = x.node
    if not isinstance(node, Product) or node.summed or x.offset or len(sizes) > 2:
        return None
    if node.out != contiguous(node.shape):
        return None
    places = _places(node, x)
    if places is None:
        return None
    around, matrix = len(node.batch), len(node.batch) + 1
    ahead = len(x.shape) - len(sizes)
    image_side = {places[i][0] for i in axes}
    window_side = {place for place, _ in places[ahead:]}
    if len(image_side) != 1 or len(window_side) != 1 or image_side == window_side:
        return None
    kernel, image = node.a, node.b
    if image_side == {around} and window_side == {matrix}:
        kernel, image = (transposed(y) for y in (node.b, node.a))
    elif window_side != {around}:
        return None
    side = image_side.pop()
    lengths = [x.shape[i] for i in axes]
    if [places[i][1] for i in axes] != list(contiguous(lengths)):
        return None
    if any(place == side for i, (place, _) in enumerate(places) if i not in axes):
        return None
    framed, start, steps = _framed(b, image, lengths, sizes)
    shape = tuple(x.shape[i] for i in range(ahead) if i not in axes)
    grown = tuple(n + size - 1 for n, size in zip(lengths, sizes, strict=True))
    memory = contiguous((*shape, *grown))
    rest = [i for i in range(ahead) if i not in axes]
    loops, rows = [], []
    for i, step in zip(rest, memory, strict=False):
        place, stride = places[i]
        if x.shape[i] == 1:
            continue
        if place < around:
            loops.append(_Turn(x.shape[i], kernel.strides[place], framed.strides[place], step))
        else:
            rows.append(_Turn(x.shape[i], stride * kernel.strides[-2], 0, step))
    rows.sort(key=lambda turn: turn.length)
    main = rows.pop() if rows else _Turn(1, 1, 0, 1)
    loops += rows
    summed = [
        _Turn(n, stride * kernel.strides[-2], -step, 0)
        for n, (_, stride), step in zip(sizes, places[ahead:], steps, strict=True)
    ]
    every = [*loops, *summed]
    batch = tuple(turn.length for turn in every)
    count = int(np.prod(grown))
    a = Access(
        kernel.node,
        (*batch, main.length, kernel.shape[-1]),
        (*(turn.kernel for turn in every), main.kernel, kernel.strides[-1]),
        kernel.offset,
    )
    c = Access(
        framed.node,
        (*batch, kernel.shape[-1], count),
        (*(turn.image for turn in every), framed.strides[-2], 1),
        start,
    )
    numbers = tuple(range(len(loops), len(every)))
    out = (*(turn.out for turn in every), main.out, 1)
    found = b.add(Product((*shape, *grown), x.dtype, a, c, batch, out, numbers)).whole()
    order = [*rest, *axes]
    return views.permuted(found, [order.index(i) for i in range(ahead)])


def _places(node: Product, x: Access) -> list[tuple[int, int]] | None:
    """For each axis the axis of the product that it moves along, and how far; None if unclear."""
    own = contiguous(node.shape)
    found = []
    for n, stride in zip(x.shape, x.strides, strict=True):
        here = [i for i, step in enumerate(own) if step <= stride and node.shape[i] != 1]
        if n == 1:
            found.append((-1, 0))
            continue
        if not here:
            return None
        (place, *_) = here
        step = stride // own[place]
        if stride % own[place] or step * (n - 1) >= node.shape[place]:
            return None
        if place < len(node.batch) and (step != 1 or n != node.shape[place]):
            return None
        found.append((place, step))
    moving = [s for n, s in zip(x.shape, x.strides, strict=True) if n != 1]
    if x.size != node.size or len(set(moving)) != len(moving):
        return None
    return found


def _framed(
    b: Builder, image: Access, lengths: Sequence[int], sizes: Sequence[int]
) -> tuple[Access, int, tuple[int, ...]]:
    """The image (…, k, i) among zeros; where it begins, and how far apart its elements lie.

    The axes of i are one in the result, with what is between the rows.
    """
    rank = len(image.shape) - 1
    moving = [i for i in range(rank) if image.strides[i] or i == rank - 1]
    image = views.permuted(image, [*moving, rank])
    ahead = image.shape[:-1]
    *outer, inner = lengths
    *tall, wide = sizes
    if outer:
        split = views.split_axis(image, len(image.shape) - 1, outer[0])
        first = tall[0] - 1 + (wide > 1)
        frame = (*ahead, first + outer[0] + tall[0] - 1, inner + wide - 1)
        place = (..., slice(first, first + outer[0]), slice(0, inner))
        start, steps = first * frame[-1], (frame[-1], 1)
    else:
        split = image
        frame = (*ahead, inner + 2 * (wide - 1))
        place = (..., slice(wide - 1, wide - 1 + inner))
        start, steps = wide - 1, (1,)
    around = placed(b, 0, frame, image.dtype, lambda y: (views.item(y, place), split))
    shape, strides = [1] * rank, [0] * rank
    for i, n, step in zip(moving, frame, contiguous(frame), strict=False):
        shape[i], strides[i] = n, step
    size = int(np.prod(frame[len(moving) :]))
    seen = Access(around.node, (*shape, size), (*strides, 1), around.offset)
    return seen, start + around.offset, steps


FOLDS: dict[Op, Any] = {window.overlap_add: _overlap_add}

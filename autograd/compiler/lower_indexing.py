"""Lowering of indexing: gathers, scatters, and views where an index counts evenly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd.compiler import views
from autograd.compiler.building import BOOL, Builder
from autograd.compiler.loops import contiguous
from autograd.compiler.lower_parts import PARTS, along_axis, placed
from autograd.compiler.nodes import Access, Assembled, Bounds, Elementwise, Gather, Node, Reduction
from autograd.compiler.program import Equation
from autograd.compiler.scalars import SUPPORTED
from autograd.op import Op
from autograd.ops import gather, index
from autograd.ops.index import is_basic

INT = np.dtype(np.int64)
# Up to so many elements one of them is chosen by looking at all, so that nothing has to be stored.
_FEW = 4096


@dataclass(frozen=True, eq=False)
class Chosen:
    """Which elements of an array of `source` shape an index names.

    shape      that of the result.
    strides    how far apart they are where each dynamic index is 0; for an array in C order.
    dynamic    (index, broadcast to the shape; axis of the source that it counts along).
    """

    source: tuple[int, ...]
    shape: tuple[int, ...]
    moves: tuple[tuple[tuple[int, int], ...], ...]  # of each axis of the result: (axis, steps)
    start: tuple[int, ...]  # along each axis of the source
    dynamic: tuple[tuple[Access, int], ...]

    def of(self, x: Access) -> Access:
        """The elements of `x` where each dynamic index is 0."""
        strides = tuple(sum(x.strides[a] * step for a, step in move) for move in self.moves)
        offset = x.offset + sum(s * i for s, i in zip(x.strides, self.start, strict=True))
        return replace(x, shape=self.shape, strides=strides, offset=offset, weak=False)

    def steps(self, x: Access) -> tuple[tuple[Access, int], ...]:
        """The dynamic indices, and how far each of their steps moves in the memory of `x`."""
        return tuple((i, x.strides[axis]) for i, axis in self.dynamic)

    def one_of(self, axis: int) -> list[int] | None:
        """For each axis of the source but `axis`, the axis of the result that goes along it.

        None unless those are all there is: then exactly one element along `axis` is named.
        """
        found = [-1] * len(self.source)
        for i, (n, move) in enumerate(zip(self.shape, self.moves, strict=True)):
            if n == 1:
                continue
            if len(move) != 1 or move[0][1] != 1 or self.source[move[0][0]] != n:
                return None
            if found[move[0][0]] != -1 or move[0][0] == axis:
                return None
            found[move[0][0]] = i
        if any(self.start):
            return None
        short = [a for a, n in enumerate(self.source) if found[a] == -1 and n != 1 and a != axis]
        return None if short else found


def choose(b: Builder, shape: Sequence[int], where: Any, name: str) -> Chosen | None:
    """What an index with arrays names: plain ones, and accesses where they are traced."""
    parts = _spelled_out(where, len(shape))
    if parts is None:
        return None
    arrays = [p for p in parts if isinstance(p, np.ndarray | Access)]
    block = np.broadcast_shapes(*(p.shape for p in arrays))
    if 0 in block:
        return None
    places = [i for i, p in enumerate(parts) if p is not None and not isinstance(p, slice)]
    together = places == list(range(places[0], places[-1] + 1))
    lengths: list[int] = []
    moves: list[list[tuple[int, int]]] = []
    start = [0] * len(shape)
    at = -1 if together else 0
    axis = 0
    counted: list[tuple[Any, int]] = []
    for i, part in enumerate(parts):
        if together and i == places[0]:
            at = len(lengths)
        if part is None:
            lengths.append(1)
            moves.append([])
            continue
        if isinstance(part, slice):
            first, stop, step = part.indices(shape[axis])
            lengths.append(len(range(first, stop, step)))
            moves.append([(axis, step)])
            start[axis] = first
        else:
            counted.append((part, axis))
        axis += 1
    lengths[at:at] = block
    moves[at:at] = [[] for _ in block]
    behind = len(lengths) - at - len(block)
    dynamic: list[tuple[Access, int]] = []
    for part, axis in counted:
        n = shape[axis]
        if isinstance(part, int | np.integer):
            start[axis] = int(part) % n
            continue
        if isinstance(part, np.ndarray):
            part = np.where(part < 0, part + n, part).astype(np.int64)
            if np.any((part < 0) | (part >= n)):
                return None
            ramp = _ramp(np.broadcast_to(part, block))
            if ramp is not None:
                start[axis] = ramp[0]
                for k, step in enumerate(ramp[1]):
                    if step:
                        moves[at + k].append((axis, step))
                continue
            part = b.fixed(part)
        else:
            part = _within(b, part, n, name)
        part = views.broadcast(part, block)
        part = views.item(part, (Ellipsis, *(None,) * behind))
        dynamic.append((views.broadcast(part, lengths), axis))
    return Chosen(
        tuple(shape), tuple(lengths), tuple(map(tuple, moves)), tuple(start), tuple(dynamic)
    )


def _spelled_out(where: Any, ndim: int) -> list[Any] | None:
    """An index with a part for each axis; masks as the places where they hold."""
    parts: list[Any] = []
    for part in where if type(where) is tuple else (where,):
        if isinstance(part, list):
            part = np.asarray(part)
        if isinstance(part, bool | np.bool_):
            return None
        if isinstance(part, np.ndarray) and part.dtype == BOOL:
            parts += np.nonzero(part)
        elif isinstance(part, Access | np.ndarray) and part.dtype.kind not in "iu":
            return None
        else:
            parts.append(part)
    taken = sum(part is not None and part is not Ellipsis for part in parts)
    if not any(part is Ellipsis for part in parts):
        parts.append(Ellipsis)
    at = next(i for i, part in enumerate(parts) if part is Ellipsis)
    parts[at : at + 1] = [slice(None)] * (ndim - taken)
    return parts


def _ramp(part: np.ndarray) -> tuple[int, list[int]] | None:
    """(first, the step along each axis) of an array that counts evenly; None of any other."""
    first = int(part.flat[0])
    steps = [
        int(part[along_axis(k, 1)].flat[0]) - first if n > 1 else 0
        for k, n in enumerate(part.shape)
    ]
    grid = np.full((), first)
    for k, (n, step) in enumerate(zip(part.shape, steps, strict=True)):
        grid = grid + (step * np.arange(n)).reshape((n,) + (1,) * (part.ndim - k - 1))
    return (first, steps) if np.array_equal(grid, part) else None


def _within(b: Builder, i: Access, n: int, name: str) -> Access:
    """Whole numbers as places 0 to n - 1; that they lie in -n to n - 1 is checked after the run."""
    key = (i.node, i.offset, i.shape, i.strides, n)
    if key not in b.places:
        b.places[key] = _placed_within(b, b.cast(i, INT), n, name)
    return b.places[key]


def _placed_within(b: Builder, i: Access, n: int, name: str) -> Access:
    extremes = b.assembled((2,), INT)
    for place, function in enumerate(("minimum", "maximum")):
        b.write(views.item(extremes.whole(), place), b.reduce(function, i, None))
    wrapped = b.make("where", INT, b.make("less", INT, i, 0), b.make("add", INT, i, n), i)
    # No memory outside is touched even then.
    inside = b.make("minimum", INT, b.make("maximum", INT, wrapped, 0), n - 1)
    b.checks.append(Bounds(inside.node, extremes.whole(), -n, n, name))
    return inside


def lower_item(b: Builder, equation: Equation, x: Access) -> Any:
    """x[index] with arrays that are part of the program."""
    chosen = choose(b, x.shape, equation.static["index"], equation.op.name)
    return None if chosen is None else _taken(b, x, chosen)


def _taken(b: Builder, x: Access, chosen: Chosen) -> Any:
    if not chosen.dynamic:
        return chosen.of(x)
    if x.dtype not in SUPPORTED:
        return None
    computed = isinstance(x.node, Elementwise | Reduction) and x.is_whole
    if len(chosen.dynamic) == 1 and computed:
        place, axis = chosen.dynamic[0]
        along = chosen.one_of(axis)
        if along is not None and x.shape[axis] <= _FEW:
            hit = _hits(b, chosen.source, place, axis, along)
            picked = b.make("where", x.dtype, hit, x, 0)
            found = b.reduce("add", picked, axis)
            order = [a for a in range(len(x.shape)) if a != axis]
            return _in_order(found, [along[a] for a in order], chosen.shape)
    table = chosen.of(x)
    node = b.add(Gather(chosen.shape, x.dtype, table, chosen.steps(x)))
    return node.whole()


def _hits(b: Builder, source: Sequence[int], place: Access, axis: int, along: list[int]) -> Access:
    """Whether each element of the source is the one along `axis` that is named."""
    strides = tuple(0 if k == -1 else place.strides[k] for k in along)
    shape = tuple(1 if k == -1 else n for k, n in zip(along, source, strict=True))
    placed = replace(place, shape=shape, strides=strides)
    numbers = b.fixed(np.arange(source[axis]))
    column = views.item(numbers, (slice(None), *(None,) * (len(source) - axis - 1)))
    return b.make("equal", INT, placed, column)


def _in_order(x: Access, axes: Sequence[int], shape: Sequence[int]) -> Access:
    """`x`, whose axes are those of the result, in the result's order, with its axes of length 1."""
    strides = [0] * len(shape)
    for stride, k in zip(x.strides, axes, strict=True):
        if k != -1:
            strides[k] = stride
    return replace(x, shape=tuple(shape), strides=tuple(strides))


def _added(b: Builder, equation: Equation, g: Any, chosen: Chosen) -> Any:
    """Zeros, with `g` added where the index says."""
    output = equation.output
    g = views.broadcast(b.access(b.cast(g, output.dtype)), chosen.shape)
    empty = Access(_nothing(output), output.shape, contiguous(output.shape))
    if not chosen.dynamic and not views.overlaps_itself(chosen.of(empty)):
        return placed(b, 0, output.shape, output.dtype, lambda y: (chosen.of(y), g))
    if len(chosen.dynamic) == 1:
        place, axis = chosen.dynamic[0]
        along = chosen.one_of(axis)
        if along is not None:
            hit = _hits(b, chosen.source, place, axis, along)
            shape = tuple(1 if k == -1 else n for k, n in zip(along, chosen.source, strict=True))
            strides = tuple(0 if k == -1 else g.strides[k] for k in along)
            spread = replace(g, shape=shape, strides=strides)
            return b.make("where", output.dtype, hit, spread, 0)
    whole = b.assembled(output.shape, output.dtype)
    first = b.write(whole.whole(), 0)
    target = chosen.of(whole.whole())
    b.write(target, g, indices=chosen.steps(whole.whole()), adds=True, after=(first,))
    return whole.whole()


def _nothing(output: Any) -> Node:
    return Assembled(output.shape, output.dtype)


# Parts that an index names


def _scatter(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    where = equation.static["index"]
    output = equation.output
    if is_basic(where):
        x = b.access(b.cast(operands[0], output.dtype))
        return placed(b, 0, output.shape, output.dtype, lambda y: (views.item(y, where), x))
    chosen = choose(b, output.shape, where, equation.op.name)
    return None if chosen is None else _added(b, equation, operands[0], chosen)


def _put(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    where = equation.static["index"]
    output = equation.output
    x, v = operands
    if is_basic(where):
        return placed(
            b, b.access(x), output.shape, output.dtype, lambda y: (views.item(y, where), v)
        )
    chosen = choose(b, output.shape, where, equation.op.name)
    if chosen is None or chosen.dynamic or views.overlaps_itself(chosen.of(b.access(x))):
        return None
    return placed(b, b.access(x), output.shape, output.dtype, lambda y: (chosen.of(y), v))


# Indices that are operands


def _at(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    x, *parts = operands
    x = b.access(x)
    chosen = _traced(b, x.shape, equation, parts)
    return None if chosen is None else _taken(b, x, chosen)


def _back_at(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    g, *parts = operands
    chosen = _traced(b, equation.static["shape"], equation, parts)
    return None if chosen is None else _added(b, equation, g, chosen)


def _traced(b: Builder, shape: Sequence[int], equation: Equation, parts: list[Any]) -> Any:
    remaining = iter(map(b.access, parts))
    template = equation.static["index"]
    where = tuple(next(remaining) if part is gather.TRACED else part for part in template)
    return choose(b, shape, where, equation.op.name)


def _grid(b: Builder, shape: Sequence[int], places: Access, axis: int) -> tuple[Any, ...]:
    n = len(shape)
    grid: list[Any] = [
        np.arange(m).reshape((-1,) + (1,) * (n - i - 1)) for i, m in enumerate(shape)
    ]
    grid[axis] = places
    return tuple(grid)


def _along_axis(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    x, places = map(b.access, operands)
    where = _grid(b, x.shape, places, equation.static["axis"])
    chosen = choose(b, x.shape, where, equation.op.name)
    return None if chosen is None else _taken(b, x, chosen)


def _back_along(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    g, places = map(b.access, operands)
    shape = equation.static["shape"]
    chosen = choose(b, shape, _grid(b, shape, places, equation.static["axis"]), equation.op.name)
    return None if chosen is None else _added(b, equation, g, chosen)


INDEXING: dict[Op, Any] = {
    **PARTS,
    index.scatter: _scatter,
    index.put_row: _put,
    gather.at: _at,
    gather.back_at: _back_at,
    gather.along: _along_axis,
    gather.back_along: _back_along,
}

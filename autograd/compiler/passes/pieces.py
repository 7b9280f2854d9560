"""Slices, and their gradients: arrays of zeros with something at a place."""

from collections.abc import Iterator
from typing import Any

from autograd.compiler.passes.rewriting import Rewriting, fits, reshaped
from autograd.compiler.program import Equation, Operand, Program, Variable
from autograd.ops import arithmetic, index, joining, shape


def pieces(program: Program) -> Program:
    """zeros with a at [:, :2] + zeros with b at [:, 2:] → the two joined; x[:, None] → reshape.

    Exact, but for the sign of a zero in a sum: −0 + 0 would be 0.
    """
    return Rewriting(program).run([_put_back, _whole, _Sums().joined])


def _put_back(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """x[i] of zeros with y at the same i is y, for an i that takes no element twice."""
    if equation.op is not index.get_row or not index.is_basic(equation.static["index"]):
        return None
    source = rewriting.source(equation.inputs[0], index.scatter)
    same = source is not None and repr(source.static["index"]) == repr(equation.static["index"])
    return source.inputs[0] if source is not None and same else None


def _whole(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """A slice that is the whole array, but for axes of length 1, is a reshape, either way."""
    if equation.op not in (index.get_row, index.scatter):
        return None
    x, y = equation.inputs[0], equation.output
    if not index.is_basic(equation.static["index"]) or x.weak or x.dtype != y.dtype:
        return None
    whole = x.shape if equation.op is index.get_row else y.shape
    found = spans(equation.static["index"], whole)
    if found != [(0, n) for n in whole] or x.size != y.size:
        return None
    return rewriting.make(shape.reshape_row, (x,), y, {"shape": y.shape})


class _Sums:
    """How many elements the sums of scattered pieces have put in their places.

    A sum of very many pieces is looked at once: where as many are there as it has elements.
    """

    def __init__(self) -> None:
        self.sizes: dict[Variable, int] = {}

    def joined(self, equation: Equation, rewriting: Rewriting) -> Operand | None:
        """A sum of pieces that lie side by side along one axis, and fill it."""
        if equation.op is not arithmetic.add:
            return None
        total = 0
        for x in equation.inputs:
            size = self._size(x, rewriting)
            if size is None:
                return None
            total += size
        self.sizes[equation.output] = total
        return _joined(equation, rewriting) if total == equation.output.size else None

    def _size(self, x: Operand, rewriting: Rewriting) -> int | None:
        """How many elements a part of a sum puts in their places; None for anything else."""
        source = rewriting.source(x)
        if source is None or not rewriting.is_used_once(x):
            return None
        return source.inputs[0].size if _is_scatter(source) else self.sizes.get(source.outputs[0])


def _is_scatter(equation: Equation) -> bool:
    return equation.op is index.scatter and index.is_basic(equation.static["index"])


def _joined(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """The pieces that are added up side by side, if they fill an axis."""
    y = equation.output
    places: list[tuple[Any, list[tuple[int, int]]]] = []
    for scattered in _scattered(equation, rewriting):
        part, whole = scattered.inputs[0], scattered.output
        place = spans(scattered.static["index"], y.shape) if fits(whole, y) else None
        if place is None or part.dtype != y.dtype or part.weak:
            return None
        places.append((part, place))
    for axis, length in enumerate(y.shape):
        if places and _is_filled([place for _, place in places], axis, y.shape):
            parts = []
            for part, place in sorted(places, key=lambda pair: pair[1][axis]):
                start, stop = place[axis]
                wanted = (*y.shape[:axis], stop - start, *y.shape[axis + 1 :])
                if part.size * length != y.size * (stop - start):
                    return None
                parts.append(reshaped(part, wanted, rewriting))
            return rewriting.make(joining.join, tuple(parts), y, {"axis": axis} if axis else {})
    return None


def _is_filled(places: list[list[tuple[int, int]]], axis: int, whole: tuple[int, ...]) -> bool:
    """Whether the places follow one another along an axis, and are whole along the others."""
    end = 0
    for place in sorted(places, key=lambda place: place[axis]):
        start, stop = place[axis]
        others = place[:axis] + place[axis + 1 :]
        if start != end or others != [(0, n) for n in whole[:axis] + whole[axis + 1 :]]:
            return False
        end = stop
    return end == whole[axis]


def _scattered(equation: Equation, rewriting: Rewriting) -> Iterator[Equation]:
    """The scatters of which this equation is the sum."""
    waiting = list(equation.inputs)
    while waiting:
        source = rewriting.made[waiting.pop()]
        if _is_scatter(source):
            yield source
        else:
            waiting += source.inputs


def spans(given: Any, whole: tuple[int, ...]) -> list[tuple[int, int]] | None:
    """The first element and the end along every axis of a basic index; None if it has steps.

    >>> spans((slice(1, None), None, -1), (3, 4))
    [(1, 3), (3, 4)]
    """
    parts = [part for part in (given if isinstance(given, tuple) else (given,)) if part is not None]
    missing = [slice(None)] * (len(whole) - sum(part is not Ellipsis for part in parts))
    place = next((i for i, part in enumerate(parts) if part is Ellipsis), len(parts))
    parts[place : place + 1] = missing
    found = []
    for part, n in zip(parts, whole, strict=True):
        if isinstance(part, slice):
            start, stop, step = part.indices(n)
            if step != 1 or stop < start:
                return None
            found.append((start, stop))
        else:
            start = int(part) % n
            found.append((start, start + 1))
    return found

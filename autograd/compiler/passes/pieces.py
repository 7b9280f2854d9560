"""Slices, and their gradients: arrays of zeros with something at a place."""

from typing import Any

from autograd.compiler.passes.rewriting import Rewriting, fits, reshaped
from autograd.compiler.program import Equation, Operand, Program, Variable
from autograd.ops import arithmetic, index, joining, shape


def pieces(program: Program) -> Program:
    """zeros with a at [:, :2] + zeros with b at [:, 2:] → the two joined; x[:, None] → reshape.

    Exact, but for the sign of a zero in a sum: −0 + 0 would be 0.
    """
    return Rewriting(program).run([_put_back, _whole, _joined])


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


def _joined(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """A sum of pieces that lie side by side along one axis, and fill it."""
    if equation.op is not arithmetic.add:
        return None
    y = equation.output
    places: list[tuple[Any, list[tuple[int, int]]]] = []
    for scattered in _scattered(equation, rewriting) or ():
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


def _scattered(equation: Equation, rewriting: Rewriting) -> list[Equation] | None:
    """The scatters of which this equation is the sum, if it is one of scatters alone."""
    found: list[Equation] = []
    waiting: list[Any] = list(equation.inputs)
    while waiting:
        x = waiting.pop()
        source = rewriting.source(x) if isinstance(x, Variable) else None
        if source is None or not rewriting.is_used_once(x):
            return None
        if source.op is index.scatter and index.is_basic(source.static["index"]):
            found.append(source)
        elif source.op is arithmetic.add:
            waiting += source.inputs
        else:
            return None
    return found


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

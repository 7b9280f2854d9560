"""reduce, accumulate, reduceat, outer and at of any ufunc that has a row.

A reduction without a row of its own is a fold: the ufunc called on one slice after another.
"""

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd.broadcast import data_of
from autograd.errors import AssignmentError, describe
from autograd.op import Kind, Op, apply, registry
from autograd.ops.counting import bin_sum
from autograd.ops.extremes import max_, min_, nanmax, nanmin
from autograd.ops.index import plain_index
from autograd.ops.running import cumprod_row, cumsum_row
from autograd.protocols import general_method, ufunc_method
from autograd.value import Value


def _is_constant(ufunc: np.ufunc) -> bool:
    row = registry.get(ufunc)
    return isinstance(row, Op) and row.kind is Kind.CONSTANT


@cache
def _constant_method(ufunc: np.ufunc, method: str) -> Op:
    """The method of a piecewise constant ufunc, which is piecewise constant itself."""
    return Op(getattr(ufunc, method), Kind.CONSTANT, name=f"{ufunc.__name__}.{method}")


def _slices(x: Any) -> Iterator[Any]:
    return (x[i] for i in range(np.shape(x)[0]))


def _reduce(
    ufunc: np.ufunc,
    a: Any,
    axis: Any = 0,
    keepdims: bool = False,
    initial: Any = np._NoValue,
    where: Any = True,
) -> Any:
    options: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if initial is not np._NoValue:
        options["initial"] = data_of(initial)
    if _is_constant(ufunc):
        if type(where) is Value and ufunc.identity is not None:
            a, where = np.where(where, a, ufunc.identity), True
        return apply(_constant_method(ufunc, "reduce"), (a,), {**options, "where": data_of(where)})
    whole = ufunc.reduce(data_of(a), where=data_of(where), **options)  # NumPy's own checks
    n = np.ndim(a)
    axes = () if n == 0 else normalize_axis_tuple(range(n) if axis is None else axis, n)
    x = _stacked(a, axes)
    masks = None if where is True else _slices(_stacked(np.broadcast_to(where, np.shape(a)), axes))
    if initial is np._NoValue:
        initial = ufunc.identity
    slices = _slices(x)
    total: Any = next(slices, None) if initial is None else initial
    if np.shape(x)[0] == 0:
        total = total if type(total) is Value else np.asarray(total, np.asarray(whole).dtype)
        return np.broadcast_to(total, np.shape(whole))
    for part in slices:
        new = ufunc(total, part)
        total = new if masks is None else np.where(next(masks), new, total)
    return np.reshape(total, np.shape(whole)) if keepdims else total


def _stacked(x: Any, axes: tuple[int, ...]) -> Any:
    """`x` with these axes as one, in front."""
    moved = np.moveaxis(x, axes, range(len(axes)))
    shape = np.shape(moved)
    return np.reshape(moved, (math.prod(shape[: len(axes)]), *shape[len(axes) :]))


def _accumulate(ufunc: np.ufunc, a: Any, axis: int = 0) -> Any:
    if _is_constant(ufunc):
        return apply(_constant_method(ufunc, "accumulate"), (a,), {"axis": axis})
    whole = ufunc.accumulate(data_of(a), axis=axis)  # NumPy's own checks
    if whole.shape[axis] == 0:
        return a
    first, *others = _slices(np.moveaxis(a, axis, 0))
    found = [first]
    for part in others:
        found.append(ufunc(found[-1], part))
    return np.stack(found, axis=axis)


def _segments(indices: Any, n: int) -> Iterator[tuple[int, int]]:
    """From where to where each result of a reduceat goes."""
    starts = np.asarray(plain_index(indices)).tolist()
    for start, stop in zip(starts, [*starts[1:], n], strict=True):
        yield start, max(stop, start + 1)


def _reduceat(ufunc: np.ufunc, a: Any, indices: Any, axis: int = 0) -> Any:
    options = {"indices": plain_index(indices), "axis": axis}
    if _is_constant(ufunc):
        return apply(_constant_method(ufunc, "reduceat"), (a,), options)
    whole = ufunc.reduceat(data_of(a), **options)  # NumPy's own checks
    if whole.size == 0:
        return whole
    axis = normalize_axis_index(axis, np.ndim(a))
    ahead = (slice(None),) * axis
    pieces = []
    for start, stop in _segments(indices, np.shape(a)[axis]):
        piece = a[(*ahead, slice(start, stop))]
        more = stop - start > 1
        pieces.append(
            ufunc.reduce(piece, axis=axis, keepdims=True, initial=None) if more else piece
        )
    return np.concatenate(pieces, axis=axis)


def _add_reduceat(a: Any, indices: Any, axis: int = 0) -> Any:
    np.add.reduceat(data_of(a), plain_index(indices), axis)  # NumPy's own checks
    axis = normalize_axis_index(axis, np.ndim(a))
    bounds = list(_segments(indices, np.shape(a)[axis]))
    places = [i for start, stop in bounds for i in range(start, stop)]
    numbers = np.repeat(np.arange(len(bounds)), [stop - start for start, stop in bounds])
    moved = np.moveaxis(np.take(a, np.array(places, int), axis=axis), axis, -1)
    return np.moveaxis(bin_sum(moved, numbers, length=len(bounds)), -1, axis)


def _outer(ufunc: np.ufunc, a: Any, b: Any, **options: Any) -> Any:
    a = a if hasattr(a, "dtype") else np.asarray(a)
    if np.ndim(b):
        a = np.reshape(a, (*np.shape(a), *(1,) * np.ndim(b)))
    return ufunc(a, b, **options)


def _at(ufunc: np.ufunc, a: Any, indices: Any, *operands: Any) -> None:
    if type(a) is not Value:
        raise AssignmentError(
            f"a Value for {ufunc.__name__}.at to change",
            f"{describe(a)}, an array, which cannot hold {', '.join(map(describe, operands))}",
            "make it a Value: a = Value(a, requires_grad=False)",
        )
    shape = np.shape(a)
    places = np.arange(np.size(a)).reshape(shape)[plain_index(indices)]
    given = [np.ravel(np.broadcast_to(b, places.shape)) for b in operands]
    flat = places.ravel()
    if ufunc in (np.add, np.subtract):
        total = np.reshape(bin_sum(*given, flat, length=np.size(a)), shape)
        a[...] = ufunc(a, total)
        return
    # An element that comes several times is changed several times, one after another.
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    turn = np.empty_like(flat)
    turn[order] = np.arange(flat.size) - np.searchsorted(ordered, ordered)
    for i in range(int(np.max(turn, initial=-1)) + 1):
        chosen = np.flatnonzero(turn == i)
        place = np.unravel_index(flat[chosen], shape)
        a[place] = ufunc(a[place], *(b[chosen] for b in given))


for name, function in (
    ("reduce", _reduce),
    ("accumulate", _accumulate),
    ("reduceat", _reduceat),
    ("outer", _outer),
    ("at", _at),
):
    general_method(name, function)


def _running(row: Op) -> Any:
    def accumulate(a: Any, axis: int = 0) -> Any:
        return apply(row, (a,), {"axis": normalize_axis_index(axis, np.ndim(a))})

    return accumulate


ufunc_method(np.maximum, "reduce", max_)
ufunc_method(np.minimum, "reduce", min_)
ufunc_method(np.fmax, "reduce", nanmax)
ufunc_method(np.fmin, "reduce", nanmin)
ufunc_method(np.add, "accumulate", _running(cumsum_row))
ufunc_method(np.multiply, "accumulate", _running(cumprod_row))
ufunc_method(np.add, "reduceat", _add_reduceat)

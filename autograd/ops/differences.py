"""Differences of neighbours: derivatives and integrals by them, and unwrapped phases."""

import math
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd.broadcast import data_of
from autograd.errors import ArgumentError, DTypeError, ShapeError, describe
from autograd.op import composite
from autograd.ops.index import stop_gradient
from autograd.ops.joining import operand
from autograd.value import Value


def along(axis: int, part: Any) -> tuple[Any, ...]:
    """The index that takes `part` of the given axis, which counts from the front."""
    return (slice(None),) * axis + (part,)


def _steps(a: Any, axis: int) -> Any:
    later, earlier = a[along(axis, slice(1, None))], a[along(axis, slice(None, -1))]
    return np.not_equal(later, earlier) if a.dtype == bool else later - earlier


@composite(np.diff)
def diff(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = np._NoValue, append: Any = np._NoValue
) -> Any:
    """np.diff: a[i + 1] - a[i], n times."""
    n = operator.index(n)
    if n == 0:
        return a
    if n < 0:
        raise ArgumentError("n >= 0 times to take differences", f"n={n}", "np.cumsum is the way up")
    a = operand(a)
    if np.ndim(a) == 0:
        raise ShapeError("an array of one axis or more for diff", describe(a), "np.atleast_1d")
    axis = normalize_axis_index(axis, np.ndim(a))
    parts = [a]
    if prepend is not np._NoValue:
        parts.insert(0, _as_slab(prepend, a, axis))
    if append is not np._NoValue:
        parts.append(_as_slab(append, a, axis))
    a = np.concatenate(parts, axis) if len(parts) > 1 else a
    if type(a) is not Value:
        return np.diff(a, n, axis)
    for _ in range(n):
        a = _steps(a, axis)
    return a


def _as_slab(x: Any, a: Any, axis: int) -> Any:
    """A number as one more slice along the axis."""
    x = operand(x)
    if np.ndim(x):
        return x
    shape = np.shape(a)
    return np.broadcast_to(x, (*shape[:axis], 1, *shape[axis + 1 :]))


@composite(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """np.ediff1d: the differences of the flattened array, between what is put before and after."""
    ary = np.ravel(operand(ary))
    parts = [np.diff(ary)]
    for border, name, place in ((to_begin, "to_begin", 0), (to_end, "to_end", 2)):
        if border is not None:
            weak = type(border) in (int, float, complex)
            dtype = np.result_type(border, ary.dtype) if weak else operand(border).dtype
            if not np.can_cast(dtype, ary.dtype, "same_kind"):
                raise DTypeError(
                    f"{name} that can be cast to {ary.dtype}",
                    describe(border),
                    "cast the array or the border first",
                )
            parts.insert(place, np.ravel(operand(border)).astype(ary.dtype))
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


# Derivatives


@composite(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """np.gradient: central differences inside, one-sided ones at the ends.

    A derivative with respect to the places is that of the formula for uneven spacing, also where
    they happen to be even.
    """
    f = operand(f)
    n = np.ndim(f)
    if not np.issubdtype(f.dtype, np.inexact):
        f = f.astype(np.float64)
    axes = tuple(range(n)) if axis is None else normalize_axis_tuple(axis, n)
    if edge_order not in (1, 2):
        raise ArgumentError("edge_order 1 or 2", f"{edge_order}", "choose one of them")
    spacings = _spacings(f, varargs, axes)
    results = []
    for i, spacing in zip(axes, spacings, strict=True):
        if np.shape(f)[i] < edge_order + 1:
            raise ShapeError(
                f"at least {edge_order + 1} elements along axis {i}, for edge_order {edge_order}",
                describe(f),
                "give more points, or name other axes",
            )
        moved = np.moveaxis(f, i, 0)
        even = np.ndim(spacing) == 0
        slopes = _slopes_evenly if even else _slopes_unevenly
        parts = slopes(moved, spacing, edge_order)
        results.append(np.moveaxis(np.concatenate(parts), 0, i).astype(f.dtype))
    return results[0] if len(results) == 1 else tuple(results)


def _spacings(f: Any, given: tuple[Any, ...], axes: tuple[int, ...]) -> list[Any]:
    """For each axis a number, or the distances between its places."""
    if not given:
        return [1.0] * len(axes)
    if len(given) == 1 and np.ndim(operand(given[0])) == 0:
        return [given[0]] * len(axes)
    if len(given) != len(axes):
        raise ArgumentError(
            f"no spacing, one number, or one for each of {len(axes)} axes",
            f"{len(given)}",
            "name the axes with axis=",
        )
    found: list[Any] = []
    for x, axis in zip(given, axes, strict=True):
        x = x if type(x) in (int, float, complex) else operand(x)
        if np.ndim(x) == 0:
            found.append(x)
            continue
        if np.shape(x) != np.shape(f)[axis : axis + 1]:
            raise ShapeError(
                f"places along axis {axis}, a vector of length {np.shape(f)[axis]}",
                describe(x),
                "give a number, or one coordinate for each element of that axis",
            )
        steps = np.diff(x.astype(np.float64) if x.dtype.kind in "iu" else x)
        is_even = type(steps) is not Value and len(steps) and (steps == steps[0]).all()
        found.append(steps[0] if is_even else steps)
    return found


def _slopes_evenly(f: Any, h: Any, edge_order: int) -> list[Any]:
    inner = (f[2:] - f[:-2]) / (2.0 * h)
    if edge_order == 1:
        return [(f[1:2] - f[:1]) / h, inner, (f[-1:] - f[-2:-1]) / h]
    first = (-1.5 / h) * f[:1] + (2.0 / h) * f[1:2] + (-0.5 / h) * f[2:3]
    last = (0.5 / h) * f[-3:-2] + (-2.0 / h) * f[-2:-1] + (1.5 / h) * f[-1:]
    return [first, inner, last]


def _slopes_unevenly(f: Any, steps: Any, edge_order: int) -> list[Any]:
    steps = np.reshape(steps, (-1,) + (1,) * (np.ndim(f) - 1))
    p, q = steps[:-1], steps[1:]
    inner = -q / (p * (p + q)) * f[:-2] + (q - p) / (p * q) * f[1:-1] + p / (q * (p + q)) * f[2:]
    if edge_order == 1:
        return [(f[1:2] - f[:1]) / steps[:1], inner, (f[-1:] - f[-2:-1]) / steps[-1:]]
    p, q = steps[:1], steps[1:2]
    first = (
        -(2.0 * p + q) / (p * (p + q)) * f[:1]
        + (p + q) / (p * q) * f[1:2]
        - p / (q * (p + q)) * f[2:3]
    )
    p, q = steps[-2:-1], steps[-1:]
    last = (
        q / (p * (p + q)) * f[-3:-2]
        - (q + p) / (p * q) * f[-2:-1]
        + (2.0 * q + p) / (q * (p + q)) * f[-1:]
    )
    return [first, inner, last]


# Integrals


@composite("trapezoid")
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """np.trapezoid: the sum of d * (y[i + 1] + y[i]) / 2, d the distance of the places."""
    y, given = operand(y), axis
    axis = normalize_axis_index(axis, np.ndim(y))
    if x is None:
        d = dx
    else:
        x = operand(x)
        one = np.ndim(x) == 1
        d = np.diff(x, axis=-1 if one else given)
        if one:
            d = np.reshape(d, (-1,) + (1,) * (np.ndim(y) - axis - 1))
    pairs = y[along(axis, slice(1, None))] + y[along(axis, slice(None, -1))]
    # Places with several axes broadcast against y, so that the axis is counted in each by itself.
    return np.sum(d * pairs / 2.0, axis=given)


# Phases


@composite(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    """np.unwrap: p + a correction that is piecewise constant in p, whole periods at every jump."""
    p = operand(p)
    axis = normalize_axis_index(axis, np.ndim(p))
    steps = np.diff(stop_gradient(p), axis=axis)
    discont = period / 2 if discont is None else discont
    whole = np.result_type(data_of(steps), data_of(period)).kind in "iu"
    high, odd = divmod(period, 2) if whole else (period / 2, 0)
    wrapped = np.remainder(steps + high, period) - high
    if not odd:  # a jump of half a period keeps its sign
        wrapped = np.where((wrapped == -high) & (steps > 0), high, wrapped)
    correction = np.where(np.abs(steps) < discont, 0, wrapped - steps)
    correction = np.cumsum(correction, axis=axis)
    width = [(1, 0) if i == axis else (0, 0) for i in range(np.ndim(p))]
    return p + np.pad(correction, width)

"""The least and the greatest, over axes and so far: those that tie share the gradient equally."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.broadcast import dtype_of
from autograd.errors import ArgumentError, describe
from autograd.op import Op, apply, composite, general
from autograd.ops.reduce import Axis, masked, options, spread
from autograd.ops.running import backwards, recurrence
from autograd.protocols import ufunc_method
from autograd.value import Value


def _ties(y: Any, x: Any, axis: Axis, keepdims: bool, initial: Any) -> Any:
    """Each extreme element's share of the gradient: 1 / (how many tie)."""
    y = spread(y, x, axis, keepdims)
    extreme = x == y
    dtype = np.result_type(x.dtype, np.float16) if hasattr(x, "dtype") else np.float64
    number = np.sum(extreme, axis=axis, keepdims=True)
    if initial is not None:
        number = number + (y == initial)
    return extreme / np.maximum(number, 1).astype(dtype)


def _extreme(ufunc: np.ufunc, name: str) -> Op:
    def function(
        a: Any, axis: Axis = None, keepdims: bool = False, initial: Any = np._NoValue
    ) -> Any:
        return ufunc.reduce(np.asarray(a), axis=axis, keepdims=keepdims, initial=initial)

    return general(
        function,
        lambda g, y, x, *, axis=None, keepdims=False, initial=None: (
            spread(g, x, axis, keepdims) * _ties(y, x, axis, keepdims, initial)
        ),
        tangent=lambda t, y, x, *, axis=None, keepdims=False, initial=None: np.sum(
            t[0] * _ties(y, x, axis, keepdims, initial), axis=axis, keepdims=keepdims
        ),
        name=name,
    )


max_row = _extreme(np.maximum, "max")
min_row = _extreme(np.minimum, "min")
fmax_row = _extreme(np.fmax, "nanmax")
fmin_row = _extreme(np.fmin, "nanmin")


def _over(row: Op, ufunc: np.ufunc, neutral: float) -> Callable[..., Any]:
    def extreme(
        a: Any,
        axis: Axis = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        if where is not True:
            if initial is None:
                raise ArgumentError(
                    f"initial= beside where= for {row.name}, which has no identity",
                    f"where={describe(where)} alone",
                    "pass initial=, the result where nothing is left to compare with",
                )
            exact = dtype_of(a).kind in "fc"
            a = masked(a, where, neutral if exact else initial)
        if type(initial) is Value:
            return ufunc(apply(row, (a,), options(a, axis, keepdims, initial=neutral)), initial)
        return apply(row, (a,), options(a, axis, keepdims, initial=initial))

    extreme.__name__ = row.name
    extreme.__doc__ = f"np.{row.name}: ties share the gradient equally."
    return extreme


max_ = composite(np.max, np.amax)(_over(max_row, np.maximum, -math.inf))
min_ = composite(np.min, np.amin)(_over(min_row, np.minimum, math.inf))
nanmax = composite(np.nanmax)(_over(fmax_row, np.fmax, math.nan))
nanmin = composite(np.nanmin)(_over(fmin_row, np.fmin, math.nan))


@composite(np.ptp)
def ptp(a: Any, axis: Axis = None, out: None = None, keepdims: bool = False) -> Any:
    """np.ptp: the maximum minus the minimum."""
    return max_(a, axis, keepdims=keepdims) - min_(a, axis, keepdims=keepdims)


# Extremes so far. Within a run of equal outputs the elements that reach them, and came so far,
# share equally: a mean that starts anew with each run, so a recurrence with coefficients 0 and 1.


def _shares(y: Any, x: Any, axis: int) -> tuple[Any, Any, Any]:
    """Whether an output continues its run, an element reaches its output, and how many did so."""
    ahead = (slice(None),) * axis
    before, after = y[(*ahead, slice(None, -1))], y[(*ahead, slice(1, None))]
    dtype = dtype_of(x)
    start = np.zeros((*np.shape(y)[:axis], min(np.shape(y)[axis], 1), *np.shape(y)[axis + 1 :]))
    goes_on = np.concatenate([start.astype(dtype), (before == after).astype(dtype)], axis=axis)
    reaches = (x == y).astype(dtype)
    number = apply(recurrence, (goes_on, reaches), {"axis": axis})
    return goes_on, reaches, np.maximum(number, 1)


def _extreme_back(g: Any, y: Any, x: Any, *, axis: int) -> Any:
    goes_on, reaches, number = _shares(y, x, axis)
    return reaches * backwards(goes_on, g / number, axis)


def _extreme_forward(t: Any, y: Any, x: Any, *, axis: int) -> Any:
    goes_on, reaches, number = _shares(y, x, axis)
    return apply(recurrence, (goes_on, reaches * t[0]), {"axis": axis}) / number


def _running(ufunc: np.ufunc, name: str) -> Op:
    def function(a: Any, axis: int) -> Any:
        return ufunc.accumulate(a, axis=axis)

    row = general(function, _extreme_back, tangent=_extreme_forward, name=name)

    def accumulate(a: Any, axis: int = 0) -> Any:
        return apply(row, (a,), {"axis": normalize_axis_index(axis, np.ndim(a))})

    ufunc_method(ufunc, "accumulate", accumulate)
    return row


cummax_row = _running(np.maximum, "maximum.accumulate")
cummin_row = _running(np.minimum, "minimum.accumulate")
cumfmax_row = _running(np.fmax, "fmax.accumulate")
cumfmin_row = _running(np.fmin, "fmin.accumulate")

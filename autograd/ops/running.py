"""Running sums and products along an axis, and the recurrence that their derivatives are."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.broadcast import dtype_of
from autograd.errors import ArgumentError, describe
from autograd.op import Op, apply, composite, general, linear
from autograd.ops.reduce import cast, masked

# h[i] = a[i] h[i-1] + b[i]. Two steps of it are one with coefficients a[i] a[i-1] and
# a[i] b[i-1] + b[i], so log2(n) passes over whole arrays replace a loop (W. D. Hillis and
# G. L. Steele, "Data parallel algorithms", 1986). Nothing is divided: zeros are like all others.


def _recurrence(a: Any, b: Any, axis: int) -> Any:
    dtype = np.result_type(a, b)
    a, b = np.broadcast_arrays(a, b)
    h = np.moveaxis(np.array(b, dtype), axis, -1)
    a = np.moveaxis(np.array(a), axis, -1)
    step = 1
    while step < h.shape[-1]:
        h[..., step:] += a[..., step:] * h[..., :-step]
        a[..., step:] *= a[..., :-step].copy()
        step *= 2
    return np.moveaxis(h, -1, axis)


def _shifted(x: Any, axis: int, first: float) -> Any:
    """`x` moved on by one place along `axis`, with `first` in the first."""
    ahead = (slice(None),) * axis
    shape = list(np.shape(x))
    shape[axis] = min(shape[axis], 1)
    start = np.full(shape, first, dtype_of(x))
    return np.concatenate([start, x[(*ahead, slice(None, -1))]], axis=axis)


def backwards(a: Any, g: Any, axis: int) -> Any:
    """c[i] = g[i] + a[i+1] c[i+1]: the recurrence from the last place to the first."""
    coefficients = _shifted(np.flip(a, axis), axis, 0.0)
    found = apply(recurrence, (coefficients, np.flip(g, axis)), {"axis": axis})
    return np.flip(found, axis)


def _recurrence_back(wanted: Any, g: Any, y: Any, a: Any, b: Any, *, axis: int) -> tuple[Any, Any]:
    c = backwards(a, g, axis)
    return c * _shifted(y, axis, 0.0) if wanted[0] else None, c


def _recurrence_forward(t: Any, y: Any, a: Any, b: Any, *, axis: int) -> Any:
    moved = np.zeros_like(b) if t[1] is None else t[1]
    if t[0] is not None:
        moved = moved + t[0] * _shifted(y, axis, 0.0)
    return apply(recurrence, (a, moved), {"axis": axis})


recurrence = general(
    _recurrence,
    joint=_recurrence_back,
    tangent=_recurrence_forward,
    arity=2,
    name="recurrence",
)

# Sums and products

cumsum_row = linear(
    lambda a, axis: np.add.accumulate(a, axis=axis),
    lambda g, y, x, *, axis: np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis),
    name="cumsum",
)

# d y[i] / d x[j] is the product of all before j times that of those after j up to i.
cumprod_row = general(
    lambda a, axis: np.multiply.accumulate(a, axis=axis),
    lambda g, y, x, *, axis: _shifted(y, axis, 1.0) * backwards(x, g, axis),
    tangent=lambda t, y, x, *, axis: apply(
        recurrence, (x, t[0] * _shifted(y, axis, 1.0)), {"axis": axis}
    ),
    name="cumprod",
)


def _along(row: Op, a: Any, axis: int | None, dtype: Any) -> Any:
    """A running sum or product along `axis`, of all elements where that is None."""
    if axis is None or np.ndim(a) == 0:
        a = np.ravel(a)
        axis = 0
    return apply(row, (cast(a, dtype),), {"axis": normalize_axis_index(axis, np.ndim(a))})


@composite(np.cumsum)
def cumsum(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Any:
    """np.cumsum: the sums of all elements up to each."""
    return _along(cumsum_row, a, axis, dtype)


@composite(np.cumprod)
def cumprod(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Any:
    """np.cumprod: the products of all elements up to each; exact where elements are zero."""
    return _along(cumprod_row, a, axis, dtype)


@composite(np.nancumsum)
def nancumsum(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Any:
    """np.nancumsum: the running sum, with 0 for NaN."""
    return cumsum(masked(a, np.logical_not(np.isnan(a)), 0), axis, dtype)


@composite(np.nancumprod)
def nancumprod(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Any:
    """np.nancumprod: the running product, with 1 for NaN."""
    return cumprod(masked(a, np.logical_not(np.isnan(a)), 1), axis, dtype)


def _cumulative(
    row: Op, x: Any, axis: int | None, dtype: Any, include_initial: bool, first: float
) -> Any:
    if axis is None:
        if np.ndim(x) > 1:
            raise ArgumentError(
                f"axis= for the running {row.name[3:]} of an array with more than one axis",
                describe(x),
                "name the axis to run along",
            )
        axis = 0
    x = np.atleast_1d(x)
    axis = normalize_axis_index(axis, np.ndim(x))
    found = _along(row, x, axis, dtype)
    if not include_initial:
        return found
    shape = (*np.shape(found)[:axis], 1, *np.shape(found)[axis + 1 :])
    return np.concatenate([np.full(shape, first, dtype_of(found)), found], axis=axis)


@composite("cumulative_sum")
def cumulative_sum(
    x: Any,
    /,
    *,
    axis: int | None = None,
    dtype: Any = None,
    out: None = None,
    include_initial: bool = False,
) -> Any:
    """np.cumulative_sum: np.cumsum, with a 0 in front where `include_initial` asks for it."""
    return _cumulative(cumsum_row, x, axis, dtype, include_initial, 0.0)


@composite("cumulative_prod")
def cumulative_prod(
    x: Any,
    /,
    *,
    axis: int | None = None,
    dtype: Any = None,
    out: None = None,
    include_initial: bool = False,
) -> Any:
    """np.cumulative_prod: np.cumprod, with a 1 in front where `include_initial` asks for it."""
    return _cumulative(cumprod_row, x, axis, dtype, include_initial, 1.0)

"""Reductions over axes, running sums, and the softmax family."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.broadcast import data_of, is_finite
from autograd.fast import unary
from autograd.op import Op, apply, composite, constant, general, linear, registry
from autograd.protocols import ufunc_method
from autograd.value import Value
from autograd.wording import refuse_option

Axis = int | tuple[int, ...] | None


def spread(g: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """`g`, a reduction of `x` over `axis`, with the axes put back: it broadcasts with `x`."""
    if axis is None or keepdims:
        return g
    return np.expand_dims(g, axis)


def count(x: Any, axis: Axis) -> int:
    """How many elements a reduction of `x` over `axis` takes together."""
    if axis is None:
        return np.size(x)
    shape = np.shape(x)
    return math.prod(shape[i] for i in (axis if isinstance(axis, tuple) else (axis,)))


def fill(g: Any, x: Any) -> Any:
    """`g` broadcast to the shape of `x`."""
    if type(g) is Value:
        return np.broadcast_to(g, np.shape(x))
    full = np.empty(np.shape(x), np.asarray(g).dtype)
    full[...] = g  # a third of what broadcast_to costs, and contiguous
    return full


# The arguments are in NumPy's order, since a call may give them by position.


def _sum(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = 0,
    where: Any = True,
) -> Any:
    # np.sum without its dispatch, which costs as much as a small sum
    return np.add.reduce(
        np.asarray(a), axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where
    )


def _mean(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Any:
    a = np.asarray(a)
    # Half precision and integers add up in a wider dtype, and a mask counts.
    if a.dtype.char not in "fdgFDG" or dtype is not None or where is not True:
        return np.mean(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    return np.add.reduce(a, axis=axis, keepdims=keepdims) / count(a, axis)


def _sum_back(
    g: Any,
    y: Any,
    x: Any,
    *,
    axis: Axis = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = 0,
    where: Any = True,
) -> Any:
    spread_out = fill(spread(g, x, axis, keepdims), x)
    return spread_out if where is True else np.where(where, spread_out, 0)


def _mean_back(
    g: Any,
    y: Any,
    x: Any,
    *,
    axis: Axis = None,
    dtype: Any = None,
    keepdims: bool = False,
    where: Any = True,
) -> Any:
    if where is True:
        return fill(spread(g, x, axis, keepdims) / count(x, axis), x)
    counted = np.broadcast_to(where, np.shape(x))
    number = np.sum(counted, axis=axis, keepdims=True)
    return np.where(counted, spread(g, x, axis, keepdims) / number, 0)


sum_row = linear(_sum, _sum_back, affine=("initial",), name="sum", numpy=(np.sum,))
mean_row = linear(_mean, _mean_back, name="mean", numpy=(np.mean,))


def _ties(y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """Each extreme element's share of the gradient: 1 / (how many tie)."""
    extreme = x == spread(y, x, axis, keepdims)
    dtype = np.result_type(x.dtype, np.float16) if hasattr(x, "dtype") else np.float64
    number = np.sum(extreme, axis=axis, keepdims=True)
    return extreme / np.maximum(number, 1).astype(dtype)


def _extreme(function: Any, name: str) -> Any:
    return general(
        function,
        lambda g, y, x, *, axis=None, keepdims=False: (
            spread(g, x, axis, keepdims) * _ties(y, x, axis, keepdims)
        ),
        tangent=lambda t, y, x, *, axis=None, keepdims=False: np.sum(
            t[0] * _ties(y, x, axis, keepdims), axis=axis, keepdims=keepdims
        ),
        name=name,
    )


max_row = _extreme(np.max, "max")
min_row = _extreme(np.min, "min")


def _others(x: Any) -> Any:
    """The product of all the other elements along the last axis; exact where elements are zero.

    Multiplies neighbours, finds the others of the pairs, and multiplies each by its neighbour:
    linear work, and log2(n) products deep.
    """
    n = np.shape(x)[-1]
    if n == 1:
        return np.ones_like(x)
    if n % 2:
        ones = np.ones((*np.shape(x)[:-1], 1), data_of(x).dtype)
        return _others(np.concatenate([x, ones], axis=-1))[..., :n]
    left = x[..., 0::2]
    right = x[..., 1::2]
    pairs = _others(left * right)
    return np.reshape(np.stack([pairs * right, pairs * left], axis=-1), np.shape(x))


def _product_rest(x: Any, axis: Axis) -> Any:
    """d prod(x) / dx: for every element the product of the others it is reduced with."""
    shape = np.shape(x)
    axes = (
        tuple(range(len(shape))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    )
    ends = tuple(range(-len(axes), 0))
    moved = np.moveaxis(x, axes, ends)
    kept = np.shape(moved)[: len(shape) - len(axes)]
    rest = _others(np.reshape(moved, (*kept, -1))) if np.size(x) else moved
    return np.moveaxis(np.reshape(rest, np.shape(moved)), ends, axes)


prod_row = general(
    np.prod,
    lambda g, y, x, *, axis=None, keepdims=False: (
        spread(g, x, axis, keepdims) * _product_rest(x, axis)
    ),
    tangent=lambda t, y, x, *, axis=None, keepdims=False: np.sum(
        t[0] * _product_rest(x, axis), axis=axis, keepdims=keepdims
    ),
    name="prod",
)


def _running_back(g: Any, x: Any, axis: int | None) -> Any:
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g))), np.shape(x))
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


cumsum_row = linear(
    np.cumsum, lambda g, y, x, *, axis=None: _running_back(g, x, axis), name="cumsum"
)


@composite(np.var)
def var(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """np.var: the mean of |a - mean(a)|**2, over n - ddof."""
    _refuse_given(np.var, dtype=dtype, out=out)
    deviation = a - np.mean(a, axis=axis, keepdims=True)
    squares = np.square(np.abs(deviation)) if np.iscomplexobj(a) else np.square(deviation)
    total = np.sum(squares, axis=axis, keepdims=keepdims)
    return total / _degrees(a, axis, ddof if correction is None else correction)


@composite(np.std)
def std(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """np.std: the norm of the deviations over sqrt(n - ddof); its derivative at 0 is 0."""
    _refuse_given(np.std, dtype=dtype, out=out)
    deviation = a - np.mean(a, axis=axis, keepdims=True)
    length = euclid(deviation, axis=axis, keepdims=keepdims)
    return length / _degrees(a, axis, ddof if correction is None else correction) ** 0.5


def _degrees(a: Any, axis: Axis, ddof: float) -> float:
    return max(count(a, axis) - ddof, 0)


def _refuse_given(function: Callable[..., Any], **options: Any) -> None:
    for key, given in options.items():
        if given is not None:
            refuse_option(function, key, given)


def _euclid(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    squares = np.square(x.real) + np.square(x.imag) if np.iscomplexobj(x) else np.square(x)
    return np.sqrt(np.sum(squares, axis=axis, keepdims=keepdims))


def _direction(y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """x / |x|, and 0 where x = 0."""
    y = spread(y, x, axis, keepdims)
    return (np.conjugate(x) if np.iscomplexobj(x) else x) / np.where(y == 0, np.inf, y)


# The Euclidean norm over axes; its derivative at 0 is 0.
euclid = general(
    _euclid,
    lambda g, y, x, *, axis=None, keepdims=False: (
        spread(g, x, axis, keepdims) * _direction(y, x, axis, keepdims)
    ),
    tangent=lambda t, y, x, *, axis=None, keepdims=False: np.sum(
        np.real(t[0] * _direction(y, x, axis, keepdims)), axis=axis, keepdims=keepdims
    ),
    name="norm",
)


# Softmax family. The largest element is subtracted first, so that nothing overflows.


def _peak(x: Any, axis: Axis) -> Any:
    peak = np.maximum.reduce(x, axis=axis, keepdims=True)
    return peak if is_finite(peak) else np.where(np.isfinite(peak), peak, 0)


def _logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    peak = _peak(x, axis)
    with np.errstate(divide="ignore", over="ignore"):  # all -inf: log(0) is the right answer
        total = np.log(np.add.reduce(np.exp(x - peak), axis=axis, keepdims=True)) + peak
    return total if keepdims else np.squeeze(total, axis=axis)[()]


def _shifted(x: Any, axis: Axis) -> Any:
    with np.errstate(over="ignore"):  # -inf is right for what lies so far below the peak
        return x - _peak(x, axis)


def _softmax(x: Any, axis: Axis = -1) -> Any:
    e = np.exp(_shifted(x, axis))
    return e / np.add.reduce(e, axis=axis, keepdims=True)


def _log_softmax(x: Any, axis: Axis = -1) -> Any:
    shifted = _shifted(x, axis)  # not x - logsumexp(x), which would round to the size of x
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))


def _weights(y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    y = spread(y, x, axis, keepdims)
    weights = np.exp(x - np.where(np.isfinite(y), y, 0))
    total = np.add.reduce(weights, axis=axis, keepdims=True)
    return weights / np.where(total == 0, 1, total)  # y is rounded to the size of x


logsumexp_row = general(
    _logsumexp,
    lambda g, y, x, *, axis=None, keepdims=False: (
        spread(g, x, axis, keepdims) * _weights(y, x, axis, keepdims)
    ),
    tangent=lambda t, y, x, *, axis=None, keepdims=False: np.add.reduce(
        t[0] * _weights(y, x, axis, keepdims), axis=axis, keepdims=keepdims
    ),
    name="logsumexp",
)
softmax_row = general(
    _softmax,
    lambda g, y, x, *, axis=-1: y * (g - np.add.reduce(g * y, axis=axis, keepdims=True)),
    tangent=lambda t, y, x, *, axis=-1: (
        y * (t[0] - np.add.reduce(t[0] * y, axis=axis, keepdims=True))
    ),
    name="softmax",
)
log_softmax_row = general(
    _log_softmax,
    lambda g, y, x, *, axis=-1: g - np.exp(y) * np.add.reduce(g, axis=axis, keepdims=True),
    tangent=lambda t, y, x, *, axis=-1: (
        t[0] - np.add.reduce(np.exp(y) * t[0], axis=axis, keepdims=True)
    ),
    name="log_softmax",
)


def over_axes(row: Op) -> Callable[..., Any]:
    """The row as a method of Value, without NumPy's dispatch in between."""
    over_all = unary(row)

    def call(x: Value, axis: Axis, keepdims: bool) -> Any:
        if axis is None and not keepdims:
            return over_all(x)
        return apply(row, (x,), {"axis": axis, "keepdims": keepdims})

    return call


# ufunc.reduce and ufunc.accumulate


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log Σ e**x over `axis`, of a Value or an array; nothing overflows.

    >>> float(logsumexp(np.array([1000.0, 1000.0])))
    1000.6931471805599
    """
    return logsumexp_row(x, axis=axis, keepdims=keepdims)


def softmax(x: Any, axis: Axis = -1) -> Any:
    """e**x / Σ e**x along `axis`, of a Value or an array; nothing overflows.

    >>> softmax(np.array([0.0, 1000.0]))
    array([0., 1.])
    """
    return softmax_row(x, axis=axis)


def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """x - log Σ e**x along `axis`, of a Value or an array; exact to rounding.

    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    return log_softmax_row(x, axis=axis)


registry[np.amax] = max_row
registry[np.amin] = min_row

ufunc_method(np.add, "reduce", sum_row)
ufunc_method(np.multiply, "reduce", prod_row)
ufunc_method(np.maximum, "reduce", max_row)
ufunc_method(np.minimum, "reduce", min_row)
ufunc_method(np.logaddexp, "reduce", logsumexp_row)
ufunc_method(np.add, "accumulate", cumsum_row)

# Piecewise constant functions
for function in (
    np.argmax,
    np.argmin,
    np.argsort,
    np.argwhere,
    np.nonzero,
    np.flatnonzero,
    np.count_nonzero,
    np.any,
    np.all,
    np.round,
    np.around,
):
    constant(function)
for function in (np.searchsorted, np.digitize, np.allclose, np.array_equal):
    constant(function, arity=2)

"""Reductions over axes: sum, mean, prod and the norm.

An element that `where=` leaves out is replaced by what changes nothing, so the rows know no masks.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.broadcast import data_of, dtype_of
from autograd.errors import ShapeError, describe
from autograd.fast import unary
from autograd.op import Op, apply, composite, constant, general, linear
from autograd.protocols import ufunc_method
from autograd.value import NO_STATIC, Value

Axis = int | tuple[int, ...] | None


def spread(g: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """`g`, a reduction of `x` over `axis`, with the axes put back: it broadcasts with `x`."""
    if axis is None or keepdims:
        return g
    return np.expand_dims(g, axis)


def count(x: Any, axis: Axis) -> int:
    """How many elements a reduction of `x` over `axis` takes together."""
    if axis is None:
        return x.size if type(x) is np.ndarray else np.size(x)
    shape = np.shape(x)
    return math.prod(shape[i] for i in (axis if isinstance(axis, tuple) else (axis,)))


def counted(x: Any, where: Any, axis: Axis, keepdims: bool) -> Any:
    """How many elements of `x` each result of a reduction takes together, in its real dtype."""
    if where is True:
        return count(x, axis)
    number = np.sum(np.broadcast_to(where, np.shape(x)), axis=axis, keepdims=keepdims)
    return number.astype(real_dtype(x))


def real_dtype(x: Any) -> Any:
    """The dtype of a mean absolute value of `x`."""
    dtype = dtype_of(x)
    return np.finfo(dtype).dtype if dtype.kind in "fc" else np.dtype(np.float64)


def cast(x: Any, dtype: Any) -> Any:
    """`x` in another dtype; as it is where that is None, or its own."""
    if dtype is None or dtype_of(x) == dtype:
        return x
    return (x if hasattr(x, "astype") else np.asarray(x)).astype(dtype)


def masked(x: Any, where: Any, fill: Any) -> Any:
    """`x` with `fill` for the elements that `where` leaves out."""
    if where is True:
        return x
    if np.broadcast_shapes(np.shape(where), np.shape(x)) != np.shape(x):
        raise ShapeError(
            f"a mask that broadcasts to the shape of the array, {np.shape(x)}",
            f"where={describe(where)}",
            "np.broadcast_to the array first",
        )
    return np.where(where, x, fill)


def fill(g: Any, x: Any) -> Any:
    """`g` broadcast to the shape of `x`."""
    if type(g) is Value:
        return np.broadcast_to(g, np.shape(x))
    full = np.empty(np.shape(x), dtype_of(g))
    full[...] = g  # a third of what broadcast_to costs, and contiguous
    return full


def options(a: Any, axis: Axis, keepdims: bool, **others: Any) -> dict[str, Any]:
    """The options of a row that were given; NumPy lets an array without axes have one."""
    static = {key: x for key, x in others.items() if x is not None}
    if axis is not None and not getattr(a, "shape", ()) and axis in (0, -1, (0,), (-1,)):
        axis, keepdims = None, False
    if axis is not None:
        static["axis"] = axis
    if keepdims:
        static["keepdims"] = keepdims
    return static or NO_STATIC


# Sums and means


def _sum(
    a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False, initial: Any = 0
) -> Any:
    # np.sum without its dispatch, which costs as much as a small sum
    return np.add.reduce(np.asarray(a), axis=axis, dtype=dtype, keepdims=keepdims, initial=initial)


def _mean(a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    a = np.asarray(a)
    # Half precision and integers add up in a wider dtype.
    if a.dtype.char not in "fdgFDG" or dtype is not None:
        return np.mean(a, axis=axis, dtype=dtype, keepdims=keepdims)
    return np.add.reduce(a, axis=axis, keepdims=keepdims) / count(a, axis)


sum_row = linear(
    _sum,
    lambda g, y, x, *, axis=None, dtype=None, keepdims=False, initial=0: fill(
        spread(g, x, axis, keepdims), x
    ),
    affine=("initial",),
    name="sum",
)
mean_row = linear(
    _mean,
    lambda g, y, x, *, axis=None, dtype=None, keepdims=False: fill(
        spread(g, x, axis, keepdims) / count(x, axis), x
    ),
    name="mean",
)


def _start(initial: Any, found: Any) -> Any:
    """`initial` for a reduction that gave `found`, whose dtype it has no say in."""
    if np.ndim(initial):
        raise ShapeError("one number for initial=", describe(initial), "add arrays afterwards")
    dtype = dtype_of(found)
    weak = hasattr(initial, "dtype") and np.can_cast(dtype_of(initial), dtype, "same_kind")
    return cast(initial, dtype) if weak else initial


def _whole(a: Any, dtype: Any) -> Any:
    """`a` as integers where a sum is asked for in such a dtype: piecewise constant, then."""
    return a if dtype is None or np.dtype(dtype).kind not in "biu" else cast(a, dtype)


@composite(np.sum)
def sum_(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """np.sum."""
    a = _whole(masked(a, where, 0), dtype)
    if type(initial) is Value:
        total = apply(sum_row, (a,), options(a, axis, keepdims, dtype=dtype))
        return _start(initial, total) + total
    return apply(sum_row, (a,), options(a, axis, keepdims, dtype=dtype, initial=initial))


@composite(np.mean)
def mean(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Any:
    """np.mean."""
    a = _whole(a, dtype)
    if where is True:
        return apply(mean_row, (a,), options(a, axis, keepdims, dtype=dtype))
    half = dtype is None and dtype_of(a) == np.float16
    total = sum_(a, axis, np.float32 if half else dtype, keepdims=keepdims, where=where)
    found = total / counted(a, where, axis, keepdims)
    return cast(found, np.float16 if half else dtype)


# Products


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
    lambda a, axis=None, keepdims=False: np.multiply.reduce(
        np.asarray(a), axis=axis, keepdims=keepdims
    ),
    lambda g, y, x, *, axis=None, keepdims=False: (
        spread(g, x, axis, keepdims) * _product_rest(x, axis)
    ),
    tangent=lambda t, y, x, *, axis=None, keepdims=False: np.sum(
        t[0] * _product_rest(x, axis), axis=axis, keepdims=keepdims
    ),
    name="prod",
)


@composite(np.prod)
def prod(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """np.prod."""
    a = cast(masked(a, where, 1), dtype)
    product = apply(prod_row, (a,), options(a, axis, keepdims))
    return product if initial is None else product * _start(initial, product)


# The Euclidean norm over axes; its derivative at 0 is 0.


def _euclid(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    squares = np.square(x.real) + np.square(x.imag) if np.iscomplexobj(x) else np.square(x)
    return np.sqrt(np.sum(squares, axis=axis, keepdims=keepdims))


def _direction(y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """x / |x|, and 0 where x = 0."""
    y = spread(y, x, axis, keepdims)
    return (np.conjugate(x) if np.iscomplexobj(x) else x) / np.where(y == 0, np.inf, y)


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


def over_axes(row: Op) -> Callable[..., Any]:
    """The row as a method of Value, without NumPy's dispatch in between."""
    over_all = unary(row)

    def call(x: Value, axis: Axis, keepdims: bool) -> Any:
        if axis is None and not keepdims:
            return over_all(x)
        return apply(row, (x,), {"axis": axis, "keepdims": keepdims})

    return call


# Piecewise constant functions
for function in (
    np.argmax,
    np.argmin,
    np.nanargmax,
    np.nanargmin,
    np.count_nonzero,
    np.round,
    np.around,
):
    constant(function)
for function in (np.allclose, np.array_equal, np.array_equiv):
    constant(function, arity=2)


def _of_all(function: Callable[..., Any], neutral: bool) -> None:
    row = constant(function, numpy=())

    def over(
        a: Any,
        axis: Axis = None,
        out: None = None,
        keepdims: bool = False,
        *,
        where: Any = True,
    ) -> Any:
        return row(masked(a, where, neutral), **options(a, axis, keepdims))

    over.__name__ = row.name
    over.__doc__ = f"np.{row.name}."
    composite(function)(over)


_of_all(np.any, False)
_of_all(np.all, True)

ufunc_method(np.add, "reduce", sum_)
ufunc_method(np.multiply, "reduce", prod)

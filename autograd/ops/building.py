"""Arrays built from a few numbers or from blocks: grids, sequences, Vandermonde matrices."""

import math
import operator
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.op import composite
from autograd.ops.index import stop_gradient
from autograd.ops.joining import concatenate, operand
from autograd.value import Value

_NUMBERS = (int, float, complex)


def _common(*xs: Any) -> np.dtype[Any]:
    """The dtype of numbers taken together; Python's own are weak, and integers become floats."""
    dtype = np.result_type(*(x if type(x) in _NUMBERS else x.dtype for x in map(_raw, xs)))
    return dtype if dtype.kind in "fc" else np.dtype(np.float64)


def _raw(x: Any) -> Any:
    raw = data_of(x)
    return raw if type(raw) in _NUMBERS or hasattr(raw, "dtype") else data_of(operand(raw))


def _finished(y: Any, dtype: Any) -> Any:
    """In the dtype asked for; integers are rounded down, and plain."""
    if dtype is None:
        return y
    return np.floor(y).astype(dtype) if np.issubdtype(dtype, np.integer) else y.astype(dtype)


def _checked(num: Any) -> int:
    num = operator.index(num)
    if num < 0:
        raise ArgumentError("a number of samples, 0 or more", f"num={num}", "count again")
    return num


@composite(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """np.linspace: start + i * (stop - start) / (num - 1)."""
    num = _checked(num)
    intervals = num - 1 if endpoint else num
    exact = _common(start, stop)
    start, stop = operand(start).astype(exact), operand(stop).astype(exact)
    spread = stop - start
    i = np.reshape(np.arange(num, dtype=exact), (-1,) + (1,) * np.ndim(spread))
    step = spread / max(intervals, 1)
    # As NumPy has it: a step may be too small for a float. Both are right where none is.
    y = (i * step if np.all(data_of(step)) else i / max(intervals, 1) * spread) + start
    if endpoint and num > 1:
        y = _ending(y, None, stop)
    y = _finished(np.moveaxis(y, 0, axis), dtype)
    if not retstep:
        return y
    return y, step if intervals > 0 else math.nan


def _ending(y: Any, first: Any, last: Any) -> Any:
    """`y` along axis 0, but with exactly these numbers at the ends; None leaves one."""
    parts = [y[0 if first is None else 1 : np.shape(y)[0] - (last is not None)]]
    shape = (1, *np.shape(y)[1:])
    if first is not None:
        parts.insert(0, np.broadcast_to(first, shape))
    if last is not None:
        parts.append(np.broadcast_to(last, shape))
    return concatenate(parts)


@composite(np.logspace)
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """np.logspace: base ** linspace(start, stop)."""
    base = base if type(base) in _NUMBERS else operand(base)
    if np.ndim(base):
        start, stop = operand(start), operand(stop)
        n = len(np.broadcast_shapes(*map(np.shape, (start, stop, base))))
        start, stop, base = (
            np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in (start, stop, base)
        )
        base = np.expand_dims(base, axis)
    y = np.power(base, linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else y.astype(dtype)


@composite(np.geomspace)
def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """np.geomspace: start * (stop / start) ** (i / (num - 1)), the principal power.

    As in NumPy both are divided by the sign s of start, so that a negative start has logarithms.
    The derivative in s is 0, since s (a / s)**(1 - t) (b / s)**t does not depend on s.
    """
    num = _checked(num)
    for x, name in ((start, "start"), (stop, "stop")):
        if not np.all(data_of(operand(x))):
            raise ArgumentError(
                f"a {name} other than 0 for geomspace", describe(x), "np.linspace may start at 0"
            )
    start, stop = operand(start), operand(stop)
    exact = np.result_type(start.dtype, stop.dtype, np.empty((), dtype))
    exact = exact if exact.kind in "fc" else np.dtype(np.float64)
    start, stop = start.astype(exact), stop.astype(exact)
    sign = np.sign(stop_gradient(start))
    y = logspace(np.log10(start / sign), np.log10(stop / sign), num, endpoint) * sign
    if num:
        y = _ending(y, start, stop if endpoint and num > 1 else None)
    y = np.moveaxis(y, 0, axis)
    return y if dtype is None else y.astype(dtype)


@composite(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """np.meshgrid."""
    if indexing not in ("xy", "ij"):
        raise ArgumentError("indexing 'xy' or 'ij'", repr(indexing), "choose one of them")
    n = len(xi)
    axes = list(range(n))
    if indexing == "xy" and n > 1:
        axes[:2] = [1, 0]
    grids = [
        np.reshape(operand(x), (1,) * axis + (-1,) + (1,) * (n - axis - 1))
        for x, axis in zip(xi, axes, strict=True)
    ]
    if not sparse:
        grids = np.broadcast_arrays(*grids)
    return tuple(np.copy(grid) for grid in grids) if copy else grids


@composite(np.ix_)
def ix_(*args: Any) -> Any:
    """np.ix_: vectors along axes of their own."""
    grids: list[Any] = []
    for k, x in enumerate(args):
        x = operand(x)
        if np.ndim(x) != 1:
            raise ShapeError("vectors for ix_", describe(x), "np.ravel it")
        if not np.size(x):
            x = x.astype(np.intp)
        elif x.dtype == bool:
            (x,) = np.nonzero(x)
        grids.append(np.reshape(x, (1,) * k + (-1,) + (1,) * (len(args) - k - 1)))
    return tuple(grids)


@composite(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """np.vander: a column for every power of x, the highest first."""
    x = operand(x)
    if np.ndim(x) != 1:
        raise ShapeError("a vector for vander", describe(x), "np.ravel it")
    n = np.shape(x)[0] if N is None else N
    dtype = np.promote_types(x.dtype, int)
    powers = np.arange(n) if increasing else np.arange(n)[::-1]
    if type(x) is not Value:
        return np.vander(x, n, increasing)
    return np.power(x.astype(dtype)[:, np.newaxis], powers.astype(dtype))


@composite(np.block)
def block(arrays: Any) -> Any:
    """np.block: the innermost lists are joined along the last axis, the next along that before."""
    depth = _depth(arrays)
    n = max(depth, max(np.ndim(x) for x in _leaves(arrays)))
    return _joined(arrays, -depth, n) if depth else np.copy(_joined(arrays, 0, n))


def _joined(part: Any, axis: int, n: int) -> Any:
    """Lists of lists of arrays as one array of n axes."""
    if type(part) is not list:
        x = operand(part)
        return np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x))
    return concatenate([_joined(x, axis + 1, n) for x in part], axis)


def _leaves(arrays: Any) -> list[Any]:
    if type(arrays) is not list:
        return [operand(arrays)]
    return [leaf for part in arrays for leaf in _leaves(part)]


def _depth(arrays: Any) -> int:
    """How deeply the lists are nested, everywhere alike."""
    if type(arrays) is tuple:
        raise ArgumentError("lists of arrays for block", "a tuple", "write a list")
    if type(arrays) is not list:
        return 0
    depths = {_depth(part) for part in arrays}
    if len(depths) != 1:
        raise ArgumentError(
            "lists nested to one depth everywhere, none of them empty",
            "none" if not depths else f"depths {sorted(depths)}",
            "put brackets around the arrays that have fewer",
        )
    return 1 + depths.pop()


@composite(np.resize)
def resize(a: Any, new_shape: Any) -> Any:
    """np.resize: the elements in their order, over and over."""
    a = np.ravel(operand(a))
    shape = (new_shape,) if isinstance(new_shape, int | np.integer) else tuple(new_shape)
    if any(n < 0 for n in shape):
        raise ShapeError("lengths of 0 or more", f"{shape}", "resize takes no -1")
    size = math.prod(shape)
    if not np.size(a):
        a = np.pad(a, (0, 1))
    times = -(-size // np.size(a))
    return np.reshape(np.tile(a, times)[:size], shape)

"""Arrays made of nothing, or of lists: what `np.zeros(n, like=v)` and its kind give for a Value v.

`like=` is the one way in which NumPy asks a Value for a new array. The result is a Value without a
gradient of its own, so a program that fills arrays may assign Values to its items.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import numpy as np

from autograd.op import composite, registry
from autograd.ops.joining import operand
from autograd.ops.shape import copy_of
from autograd.value import Value, detached


def _constant(function: Callable[..., Any]) -> Callable[..., Any]:
    def make(*args: Any, **kwargs: Any) -> Value:
        return detached(function(*args, **kwargs))

    return make


for function in (np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri):
    registry[function] = _constant(function)


def _as_value(x: Any, dtype: Any, copy: bool | None) -> Value:
    made = operand(x)
    if type(made) is not Value:
        return detached(np.array(made, dtype))
    if dtype is not None and made.dtype != dtype:
        return made.astype(dtype)
    return copy_of(made) if copy and made is x else made


@composite(np.array)
def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: Any = "K",
    subok: bool = False,
    ndmin: int = 0,
    ndmax: int = 0,
) -> Any:
    """np.array, with like=: of nested lists, in which there may be Values."""
    made = _as_value(object, dtype, copy)
    missing = ndmin - np.ndim(made)
    return np.reshape(made, (1,) * missing + np.shape(made)) if missing > 0 else made


@composite(np.asarray, np.asanyarray)
def asarray(
    a: Any, dtype: Any = None, order: Any = None, *, device: Any = None, copy: bool | None = None
) -> Any:
    """np.asarray, with like=: a Value as it is, unless dtype or copy ask for another."""
    return _as_value(a, dtype, copy)


@composite(np.ascontiguousarray)
def ascontiguousarray(a: Any, dtype: Any = None) -> Any:
    """np.ascontiguousarray, with like=: of one axis at least."""
    return np.atleast_1d(_as_value(a, dtype, None))


@composite(np.asfortranarray, np.require)
def require(a: Any, dtype: Any = None, requirements: Any = None) -> Any:
    """np.require, with like=; where the numbers of a Value lie in memory is not recorded."""
    return _as_value(a, dtype, None)


@composite(np.full)
def full(
    shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", *, device: Any = None
) -> Any:
    """np.full, with like=: every element is the fill value, which may be a Value."""
    return np.copy(np.broadcast_to(_as_value(fill_value, dtype, None), shape))


@composite(np.arange)
def arange(*bounds: Any, dtype: Any = None, device: Any = None, **named: Any) -> Any:
    """np.arange, with like=: start + i * step; where it stops is piecewise constant."""
    given = dict(zip(("start", "stop", "step", "dtype"), bounds, strict=False)) | named
    dtype = given.pop("dtype", dtype)
    if len(given) == 1:
        given = {"start": 0, "stop": next(iter(given.values()))}
    given.setdefault("step", 1)
    bounds = tuple(operand(given[key]).item() for key in ("start", "stop", "step"))
    plain = np.arange(*bounds, dtype=dtype)
    if type(given["start"]) is not Value and type(given["step"]) is not Value:
        return detached(plain)
    found = given["start"] + given["step"] * np.arange(plain.size, dtype=plain.dtype)
    return found if found.dtype == plain.dtype else found.astype(plain.dtype)


@composite(np.fromfunction)
def fromfunction(function: Callable[..., Any], shape: Any, *, dtype: Any = float, **kw: Any) -> Any:
    """np.fromfunction, with like=: a function of the indices."""
    return function(*map(detached, np.indices(shape, dtype=dtype)), **kw)


@composite(np.fromiter)
def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1) -> Any:
    """np.fromiter, with like=: of Values as well."""
    return _as_value(list(iter if count < 0 else islice(iter, count)), dtype, None)

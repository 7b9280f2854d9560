"""Functions that make an array out of what they are given, and that NumPy asks no Value about."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np

from autograd.errors import ArgumentError, describe
from autograd.numpy.lists import holds_values, joined
from autograd.value import Value


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: Any = "K",
    subok: bool = False,
    ndmin: int = 0,
    like: Any = None,
    **options: Any,
) -> Any:
    """np.array: of nested lists with Values in them, recorded.

    >>> from autograd import grad
    >>> grad(lambda x: array([x, x * x])[1])(3.0)
    6.0
    """
    if not holds_values(object):
        return np.array(
            object,
            dtype,
            copy=copy,
            order=order,
            subok=subok,
            ndmin=ndmin,
            like=_example(like),
            **options,
        )
    made = joined(object)
    if dtype is not None and made.dtype != np.dtype(dtype):
        made = made.astype(dtype)
    elif copy and made is object:
        made = np.copy(made)
    missing = ndmin - np.ndim(made)
    return np.reshape(made, (1,) * missing + np.shape(made)) if missing > 0 else made


def asarray(a: Any, dtype: Any = None, order: Any = None, **options: Any) -> Any:
    """np.asarray: a Value as it is, unless `dtype` or `copy` ask for another."""
    if not holds_values(a):
        options["like"] = _example(options.get("like"))
        return np.asarray(a, dtype, order, **options)
    return array(a, dtype, copy=bool(options.get("copy")))


def asanyarray(a: Any, dtype: Any = None, order: Any = None, **options: Any) -> Any:
    """np.asanyarray: a Value as it is, unless `dtype` or `copy` ask for another."""
    if not holds_values(a):
        options["like"] = _example(options.get("like"))
        return np.asanyarray(a, dtype, order, **options)
    return asarray(a, dtype, **options)


def ascontiguousarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """np.ascontiguousarray: of one axis at least."""
    if not holds_values(a):
        return np.ascontiguousarray(a, dtype, like=_example(like))
    return np.atleast_1d(asarray(a, dtype))


def asfortranarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """np.asfortranarray; where a Value's numbers lie in memory is not recorded."""
    if not holds_values(a):
        return np.asfortranarray(a, dtype, like=_example(like))
    return asarray(a, dtype)


def require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Any:
    """np.require; where a Value's numbers lie in memory is not recorded."""
    if not holds_values(a):
        return np.require(a, dtype, requirements, like=_example(like))
    return asarray(a, dtype)


def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    """np.asarray_chkfinite: refuses infinities and NaN."""
    if not holds_values(a):
        return np.asarray_chkfinite(a, dtype, order)
    made = asarray(a, dtype)
    if not np.all(np.isfinite(made)):
        raise ArgumentError(
            "finite numbers for asarray_chkfinite",
            f"infinities or NaN among {describe(made)}",
            "call asarray, or mask them with np.where",
        )
    return made


def full(
    shape: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Any:
    """np.full: every element is `fill_value`, which may be a Value, or broadcast to the shape."""
    if not holds_values(fill_value):
        return np.full(shape, fill_value, dtype, order, device=device, like=_example(like))
    return np.copy(np.broadcast_to(asarray(fill_value, dtype), shape))


def arange(*bounds: Any, **options: Any) -> Any:
    """np.arange: start + step · i, recorded in both; where it stops is piecewise constant."""
    names = ("start", "stop", "step", "dtype")
    given = dict(zip(names, bounds, strict=False)) | options
    options["like"] = None
    example = np.arange(*map(_plain, bounds), **{key: _plain(x) for key, x in options.items()})
    if not any(map(holds_values, given.values())):
        return example
    if given.get("stop") is None:
        return example
    count = np.arange(len(example), dtype=example.dtype)
    return asarray(given.get("start", 0) + given.get("step", 1) * count, given.get("dtype"))


def fromiter(iter: Iterable[Any], dtype: Any = None, count: int = -1, *, like: Any = None) -> Any:
    """np.fromiter: of Values as well."""
    items = list(iter if count < 0 else islice(iter, count))
    if not holds_values(items):
        return np.fromiter(items, dtype, count, like=_example(like))
    return array(items, dtype)


def isscalar(element: Any) -> bool:
    """np.isscalar: a Value is one where its data is.

    >>> isscalar(Value(2.0)), isscalar(Value([2.0]))
    (True, False)
    """
    return np.isscalar(element._data if type(element) is Value else element)


def kaiser(M: int, beta: Any) -> Any:
    """np.kaiser: I₀(β √(1 − (2n / (M − 1) − 1)²)) / I₀(β), recorded in β."""
    if not holds_values(beta):
        return np.kaiser(M, beta)
    if M < 1:
        return np.zeros(0)
    if M == 1:
        return np.ones(1) + 0.0 * beta
    half = (M - 1) / 2.0
    return np.i0(beta * np.sqrt(1 - ((np.arange(M) - half) / half) ** 2.0)) / np.i0(beta)


def _example(like: Any) -> Any:
    """`like=` names the kind of array to make; for a Value that is an ndarray."""
    return None if type(like) is Value else like


def _plain(x: Any) -> Any:
    return x.numpy()[()] if type(x) is Value else x

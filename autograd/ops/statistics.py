"""Means, spread and correlation, and the statistics that pass over NaN."""

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.broadcast import data_of, dtype_of
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.modes import current
from autograd.op import apply, composite
from autograd.ops.reduce import Axis, cast, counted, euclid, masked, options, prod, sum_
from autograd.ops.reduce import mean as mean_of
from autograd.value import Value


def _valid(a: Any, where: Any = True) -> Any:
    """Where an element is no NaN, and counts."""
    valid = np.logical_not(np.isnan(a))
    return valid if where is True else np.logical_and(valid, where)


# Sums and means that pass over NaN


@composite(np.nansum)
def nansum(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """np.nansum: the sum of what is no NaN."""
    return sum_(a, axis, dtype, None, keepdims, initial, _valid(a, where))


@composite(np.nanprod)
def nanprod(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """np.nanprod: the product of what is no NaN."""
    return prod(a, axis, dtype, None, keepdims, initial, _valid(a, where))


@composite(np.nanmean)
def nanmean(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Any:
    """np.nanmean: the mean of what is no NaN."""
    return mean_of(a, axis, dtype, keepdims=keepdims, where=_valid(a, where))


# Variance and standard deviation


def _deviations(
    a: Any, axis: Axis, dtype: Any, keepdims: bool, ddof: float, where: Any, mean: Any, nan: bool
) -> tuple[Any, Any]:
    """a - mean, 0 for what does not count, and n - ddof, at least 0, or NaN below for NaN."""
    wide = np.float32 if dtype is None and dtype_of(a) == np.float16 else dtype
    a = a if wide is None else cast(a, np.result_type(dtype_of(a), wide))
    if mean is None:
        mean = mean_of(a, axis, keepdims=True, where=where)
    freedom = counted(a, where, axis, keepdims) - ddof
    if where is True:
        return a - mean, max(freedom, 0)
    apart = masked(a - mean, where, 0)
    if nan and dtype_of(a).kind in "fc":  # as NumPy, which writes the differences where a was
        apart = cast(apart, dtype_of(a))
    return apart, np.where(freedom > 0, freedom, math.nan if nan else 0.0)


def _one_of(ddof: float, correction: float | None) -> float:
    if correction is None:
        return ddof
    if ddof != 0:
        raise ArgumentError(
            "one of ddof and correction, which mean the same",
            f"{ddof} and {correction}",
            "drop one",
        )
    return correction


def _variance(a: Any, axis: Axis, dtype: Any, keepdims: bool, *others: Any) -> Any:
    x, freedom = _deviations(a, axis, dtype, keepdims, *others)
    squares = np.real(x * np.conjugate(x)) if np.iscomplexobj(x) else np.square(x)
    return _as_given(sum_(squares, axis, keepdims=keepdims) / freedom, a, dtype)


def _deviation(a: Any, axis: Axis, dtype: Any, keepdims: bool, *others: Any) -> Any:
    x, freedom = _deviations(a, axis, dtype, keepdims, *others)
    length = apply(euclid, (x,), options(x, axis, keepdims))
    return _as_given(length / freedom**0.5, a, dtype)


def _as_given(found: Any, a: Any, dtype: Any) -> Any:
    return cast(found, np.float16 if dtype is None and dtype_of(a) == np.float16 else dtype)


@composite(np.var)
def var(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    """np.var: the sum of |a - mean|**2, over n - ddof."""
    ddof = _one_of(ddof, correction)
    return _variance(a, axis, dtype, keepdims, ddof, where, mean, False)


@composite(np.std)
def std(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    """np.std: the norm of the deviations over sqrt(n - ddof); its derivative at 0 is 0."""
    ddof = _one_of(ddof, correction)
    return _deviation(a, axis, dtype, keepdims, ddof, where, mean, False)


@composite(np.nanvar)
def nanvar(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    """np.nanvar: np.var of what is no NaN."""
    ddof = _one_of(ddof, correction)
    return _variance(a, axis, dtype, keepdims, ddof, _valid(a, where), mean, True)


@composite(np.nanstd)
def nanstd(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    """np.nanstd: np.std of what is no NaN; its derivative at 0 is 0."""
    ddof = _one_of(ddof, correction)
    return _deviation(a, axis, dtype, keepdims, ddof, _valid(a, where), mean, True)


# Weighted means


def along_axes(weights: Any, a: Any, axis: Axis) -> Any:
    """Weights that are given for some axes only, so that they broadcast with `a`."""
    shape = np.shape(a)
    if np.shape(weights) == shape:
        return weights
    axes = None if axis is None else normalize_axis_tuple(axis, len(shape))
    if axes is None or np.shape(weights) != tuple(shape[i] for i in axes):
        raise ShapeError(
            f"weights of the shape of the array, {shape}, or of its axes axis=",
            f"{describe(weights)}, axis={axis}",
            "give one weight for each element along the axes",
        )
    ordered = np.transpose(weights, np.argsort(axes).tolist())
    return np.reshape(ordered, tuple(n if i in axes else 1 for i, n in enumerate(shape)))


def _refuse_zero(total: Any) -> None:
    """As NumPy does; what a trace computes is not known yet."""
    if not (type(total) is Value and current().replayable) and np.any(data_of(total) == 0):
        raise ArgumentError(
            "weights that do not sum to zero, for average",
            f"a sum of {describe(data_of(total))}",
            "give weights of which some are positive along the axes, and none negative",
        )


@composite(np.average)
def average(
    a: Any,
    axis: Axis = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    """np.average: Σ w a / Σ w, and Σ w as well where it is `returned`."""
    if weights is None:
        found = mean_of(a, axis, keepdims=keepdims)
        total: Any = np.asarray(counted(a, True, axis, keepdims), dtype_of(found))
    else:
        weights = along_axes(weights if hasattr(weights, "dtype") else np.asarray(weights), a, axis)
        a = a if hasattr(a, "dtype") else np.asarray(a)
        weights = np.broadcast_to(weights, np.shape(a))
        dtype = np.result_type(dtype_of(a), dtype_of(weights))
        dtype = dtype if dtype.kind in "fc" else np.float64
        total = sum_(weights, axis, dtype, keepdims=keepdims)
        _refuse_zero(total)
        found = sum_(a * weights, axis, keepdims=keepdims) / total
    return (found, np.broadcast_to(total, np.shape(found))) if returned else found


# Covariance and correlation


def _variables(m: Any, rowvar: bool, dtype: Any) -> Any:
    """Observations of variables, one variable in each row."""
    m = cast(m if hasattr(m, "dtype") else np.asarray(m), dtype)
    if np.ndim(m) > 2:
        raise ShapeError(
            "observations with one or two axes, for cov and corrcoef",
            describe(m),
            "reshape: variables along one axis, observations along the other",
        )
    turned = not rowvar and np.ndim(m) == 2
    return np.transpose(m) if turned else np.atleast_2d(m)


@composite(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: float | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """np.cov: Σ w (x - mean) conj(x - mean)ᵀ over the degrees of freedom."""
    if dtype is None:  # as in NumPy, at least
        dtype = np.result_type(*(dtype_of(x) for x in (m, y) if x is not None), np.float64)
    x = _variables(m, rowvar, dtype)
    if y is not None:
        x = np.concatenate([x, _variables(y, rowvar, dtype)], axis=0)
    ddof = (0 if bias else 1) if ddof is None else ddof
    n = np.shape(x)[1]
    weights = None
    for given in (fweights, aweights):
        if given is not None:
            given = given if hasattr(given, "dtype") else np.asarray(given)
            if np.shape(given) != (n,):
                raise ShapeError(
                    f"one weight for each of {n} observations", describe(given), "check rowvar="
                )
            weights = given if weights is None else weights * given
    if weights is None:
        center, freedom = mean_of(x, 1, keepdims=True), max(n - ddof, 0)
        weighted = x - center
    else:
        total = sum_(weights)
        center = sum_(x * weights, 1, keepdims=True) / total
        lost = ddof if aweights is None else ddof * sum_(weights * aweights) / total
        freedom = total - lost
        freedom = np.where(freedom > 0, freedom, 0.0)
        weighted = (x - center) * weights
    other = np.transpose(x - center)
    found = np.matmul(weighted, np.conjugate(other) if np.iscomplexobj(x) else other) / freedom
    return np.squeeze(found)


@composite(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """np.corrcoef: the covariances over the products of the standard deviations."""
    c = cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    deviations = np.sqrt(np.real(np.diagonal(c)))
    c = c / np.expand_dims(deviations, 1) / np.expand_dims(deviations, 0)
    if np.iscomplexobj(c):
        return np.clip(np.real(c), -1, 1) + 1j * np.clip(np.imag(c), -1, 1)
    return np.clip(c, -1, 1)

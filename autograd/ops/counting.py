"""Counting: which bin an element falls in is piecewise constant, the weights count linearly."""

import math
from typing import Any

import numpy as np

from autograd import leading
from autograd.broadcast import data_of, dtype_of
from autograd.errors import ArgumentError, ConversionError, ShapeError, describe
from autograd.modes import current
from autograd.op import composite, constant, multilinear
from autograd.ops.reduce import cast
from autograd.value import Value


def _bin_sum(w: Any, i: Any, length: int) -> Any:
    """For each k below `length` the sum of w[j] where i[j] = k, along the last axis."""
    w, i = np.broadcast_arrays(w, i)
    lines = math.prod(w.shape[:-1])
    start = length * np.arange(lines).reshape((*w.shape[:-1], 1))
    places = (i + start).ravel()
    flat = w.ravel()
    if w.dtype.kind == "c":
        real = np.bincount(places, flat.real, lines * length)
        found = real + 1j * np.bincount(places, flat.imag, lines * length)
    else:
        found = np.bincount(places, flat, lines * length)
    return found.astype(w.dtype, copy=False).reshape((*w.shape[:-1], length))


def _of_bin(g: Any, y: Any, w: Any, i: Any, *, length: int) -> Any:
    if np.ndim(i) == 1:
        return np.take(g, i, axis=-1)
    return np.take_along_axis(g, np.broadcast_to(i, (*np.shape(g)[:-1], np.shape(i)[-1])), -1)


bin_sum = multilinear(
    _bin_sum,
    _of_bin,
    None,
    batch=leading.core(1, 1),
    name="bin_sum",
)


def known(x: Any, what: str) -> Any:
    """The data of `x`, on which the shape of a result depends; refused where it is traced."""
    if type(x) is Value and current().replayable:
        raise ConversionError(
            f"a result of {what} whose shape does not depend on traced numbers",
            describe(x),
            f"call {what} outside of jit and vmap",
        )
    return data_of(x)


def _array(x: Any) -> Any:
    return x if hasattr(x, "dtype") else np.asarray(x)


@composite(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """np.bincount: linear in the weights."""
    x = np.asarray(known(x, "bincount"))
    counts = np.bincount(x, minlength=minlength)
    if weights is None:
        return counts
    weights = _array(weights)
    _refuse_other_shape(x, weights)
    weights = cast(weights, np.result_type(dtype_of(weights), np.float64))
    return bin_sum(weights, x, length=len(counts))


def _refuse_other_shape(a: Any, weights: Any) -> None:
    if np.shape(weights) != np.shape(a):
        raise ShapeError(
            f"one weight for each element, {np.shape(a)}", describe(weights), "np.broadcast_to it"
        )


# Histograms


def _bin_of(x: Any, edges: Any) -> Any:
    """The number of the bin, from 1; 0 and len(edges) are outside. The last edge is inside."""
    return np.searchsorted(edges, x, side="right") - (x == edges[-1])


def _bin_batch(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    return (leading.one_by_one if batched[1] else leading.elementwise)(op, xs, batched, static, y)


bin_of = constant(_bin_of, arity=2, batch=_bin_batch, name="bin_of")


def _edges(a: Any, bins: Any, range: Any, like: Any, weights: Any = None) -> Any:
    """The edges of the bins, which follow the least and the greatest element.

    Their dtype is that of the bounds and of `like` together.
    """
    outer = None if range is None else tuple(data_of(x) for x in range)
    if isinstance(bins, str):
        found = np.histogram_bin_edges(known(a, "histogram"), bins, outer, data_of(weights))
        number = len(found) - 1
    else:
        number = len(np.histogram_bin_edges(np.zeros(1), data_of(bins), outer)) - 1  # checks both
        if np.ndim(bins) == 1:
            return _array(bins)
    if range is not None:
        low, high = range
    elif np.size(a) == 0:
        low, high = 0.0, 1.0
    else:
        low, high = np.min(a), np.max(a)
        _refuse_infinite(low, high)
    bounds = [dtype_of(x) for x in (low, high) if type(x) not in (int, float)]
    kinds = bounds if like is None else [*bounds, like]
    kind = np.result_type(*kinds) if kinds else np.dtype(np.float64)
    kind = kind if kind.kind == "f" else np.dtype(np.float64)
    half = cast(np.where(low == high, 0.5, 0.0), kind)
    low, high = low - half, high + half
    inner = np.arange(number) * ((high - low) / number) + low
    return cast(np.concatenate([inner, np.reshape(high, (1,))]), kind)


def _refuse_infinite(low: Any, high: Any) -> None:
    """As NumPy does; what a trace computes is not known yet."""
    if current().replayable and Value in (type(low), type(high)):
        return
    low, high = data_of(low), data_of(high)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ArgumentError(
            "finite numbers, between the least and the greatest of which the bins lie",
            f"numbers from {low} to {high}",
            "leave out what is not finite, a[np.isfinite(a)], or give range=",
        )


@composite(np.histogram_bin_edges)
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """np.histogram_bin_edges."""
    if weights is not None:
        _refuse_other_shape(a, weights)
    return _edges(np.ravel(a), bins, range, dtype_of(a), weights)


@composite(np.histogram)
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> Any:
    """np.histogram: linear in the weights; the edges follow the least and the greatest element."""
    a = np.ravel(a)
    if weights is not None:
        weights = np.ravel(_array(weights))
        _refuse_other_shape(a, weights)
    edges = _edges(a, bins, range, dtype_of(a), weights)
    numbers = bin_of(a, edges)
    given = np.ones(np.shape(a), np.intp) if weights is None else weights
    n = bin_sum(given, numbers, length=np.shape(edges)[0] + 1)[1:-1]
    if density:
        n = n / cast(edges[1:] - edges[:-1], np.float64) / np.sum(n)
    return n, edges


@composite(np.histogramdd)
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> Any:
    """np.histogramdd: linear in the weights."""
    if not hasattr(sample, "dtype"):
        columns = [_array(x) for x in sample]
    else:
        columns = list(np.transpose(sample)) if np.ndim(sample) == 2 else [sample]
    if not hasattr(bins, "__len__"):
        bins = [bins] * len(columns)
    ranges = [None] * len(columns) if range is None else range
    if not len(bins) == len(ranges) == len(columns):
        raise ArgumentError(
            f"bins and range for each of {len(columns)} coordinates",
            f"{len(bins)} bins, {len(ranges)} ranges",
            "give one number or one array of edges for each",
        )
    edges = [_edges(x, b, r, None) for x, b, r in zip(columns, bins, ranges, strict=True)]
    shape = tuple(np.shape(e)[0] + 1 for e in edges)
    place: Any = 0
    for x, e, n in zip(columns, edges, shape, strict=True):
        place = place * n + bin_of(x, e)
    if weights is None:
        weights = np.ones(np.shape(columns[0]))
    weights = cast(_array(weights), np.float64)
    _refuse_other_shape(columns[0], weights)
    found = np.reshape(bin_sum(weights, place, length=math.prod(shape)), shape)
    found = found[(slice(1, -1),) * len(shape)]
    if density:
        total = np.sum(found)
        for i, e in enumerate(edges):
            widths = e[1:] - e[:-1]
            found = found / np.reshape(widths, (-1,) + (1,) * (len(shape) - i - 1))
        found = found / total
    return found, edges


@composite(np.histogram2d)
def histogram2d(
    x: Any,
    y: Any,
    bins: Any = 10,
    range: Any = None,
    density: bool | None = None,
    weights: Any = None,
) -> Any:
    """np.histogram2d: linear in the weights."""
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):
        bins = [bins, bins]
    found, edges = histogramdd([x, y], bins, range, density, weights)
    return found, edges[0], edges[1]


# Piecewise constant functions
for function in (np.searchsorted, np.digitize, np.isin):
    constant(function, arity=2)

"""Cases for reductions with masks, NaN and weights, for order, quantiles, histograms and sets."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from cases import Case, Constant, array, label, row_of

from autograd.op import apply
from autograd.ops import counting, ordering, quantiles
from autograd.ops.extremes import fmax_row, fmin_row

X, Y = array(2, 4), array(2, 4, seed=1)
CUBE = array(2, 3, 2, seed=2)
V, W = array(5, seed=3), np.abs(array(5, seed=4)) + 0.2
HOLES = np.array([[True, False, True, True], [False, True, True, False]])
FEW = np.array([[True, True, False, True], [True, True, True, True]])
GAPS = np.array([[0.0, np.nan, 0.0, 0.0], [np.nan, 0.0, 0.0, 0.0]])
AXES: tuple[Any, ...] = (None, (-1, 0))

Call = tuple[Any, Callable[..., Any], tuple[Any, ...]]


def _with(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    return partial(_calling, function, options)


def _calling(function: Callable[..., Any], options: dict[str, Any], *args: Any) -> Any:
    return function(*args, **options)


def _gaps(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """The function of the array with NaN here and there."""
    return lambda x, *others: function(x + GAPS, *others, **options)


def named(calls: Iterator[Call], **more: Any) -> Iterator[Case]:
    for number, (of, f, args) in enumerate(calls):
        yield Case(f"{label(of)} stat {number}", of, f, args, **more)


# Reductions


def reductions() -> Iterator[Call]:
    """What is a smooth function of complex numbers as well."""
    for f in (np.sum, np.mean, np.prod, np.var, np.std):
        yield f, _with(f, where=HOLES), (X,)
        yield f, _with(f, axis=1, where=HOLES, keepdims=True), (X,)
        yield f, _with(f, axis=0, where=np.array([[True], [False]])), (X,)
        yield f, _with(f, axis=1, dtype=np.complex128), (X,)
        yield f, _with(f, where=True), (1.5,)
    for f in (np.sum, np.prod):
        yield f, _with(f, axis=1, initial=0.3, where=HOLES), (X,)
        yield f, lambda x, i, f=f: f(x, axis=1, initial=i), (X, np.array(0.7))
        yield f, lambda x, f=f: f(x, 1, None, None, True, 2.0), (X,)
    for f in (np.var, np.std):
        yield f, _with(f, axis=0, ddof=1, keepdims=True), (X,)
        yield f, _with(f, axis=1, correction=1, where=HOLES | (Y > 0)), (X,)
        yield f, lambda x, m, f=f: f(x, axis=1, mean=m), (X, array(2, 1, seed=9))
    for f in (np.nansum, np.nanmean, np.nanprod, np.nanvar, np.nanstd):
        for axis in AXES:
            yield f, _with(f, axis=axis), (CUBE,)
        yield f, _gaps(f), (X,)
        yield f, _gaps(f, axis=1, keepdims=True), (X,)
        yield f, _gaps(f, axis=0, where=FEW), (X,)
    for f in (np.nancumsum, np.nancumprod):
        for axis in (None, -1):
            yield f, _gaps(f, axis=axis), (X,)
    for f in (np.cumsum, np.cumprod):
        for axis in (None, 0, 1, -1):
            yield f, _with(f, axis=axis), (CUBE,)
        yield f, _with(f, axis=1, dtype=np.complex128), (X,)
        yield f, f, (np.array(1.5),)
        yield f, f, (1.5,)
        yield f, _with(f, axis=1), (np.ones((2, 0)),)
    yield np.cumprod, _with(np.cumprod, axis=1), (X * (np.abs(X) > 0.9),)
    for f in (getattr(np, name, None) for name in ("cumulative_sum", "cumulative_prod")):
        if f is not None:  # NumPy 2.1 brought them
            yield f, f, (V,)
            yield f, _with(f, axis=-1), (X,)
            yield f, _with(f, axis=0, include_initial=True), (X,)
            yield f, _with(f, include_initial=True, dtype=np.complex128), (V,)
    for w in (None, X[0] + 3, Y + 3):
        yield np.average, _with(np.average, axis=1, weights=w, keepdims=True), (X,)
        yield np.average, _with(np.average, axis=1, weights=w, returned=True), (X,)
    yield np.average, np.average, (X,)
    yield np.average, lambda x, w: np.average(x, weights=w), (X, Y + 3)
    yield np.average, lambda x, w: np.average(x, 0, w, returned=True), (X, np.array([0.3, 1.2]))
    yield np.average, lambda x, w: np.average(x, axis=(2, 0), weights=w), (CUBE, Y[:, :2] + 3)
    yield from correlations()


def correlations() -> Iterator[Call]:
    counts = np.array([1, 3, 2, 1])
    few, other = array(3, 4, seed=5), array(1, 4, seed=6)
    for f in (np.cov, np.corrcoef):
        yield f, f, (few,)
        yield f, f, (few, other)
        yield f, f, (V, W)
        yield f, lambda x, f=f: f(x, rowvar=False), (few.T,)
        yield f, lambda x, y, f=f: f(x, y, False), (few.T, other.T)
        yield f, _with(f, dtype=np.complex128), (few,)
    yield np.cov, np.cov, (V,)
    yield np.cov, _with(np.cov, bias=True), (few,)
    yield np.cov, _with(np.cov, ddof=0), (few,)
    yield np.cov, _with(np.cov, fweights=counts), (few,)


def extremes() -> Iterator[Call]:
    counts, few, weights = np.array([1, 3, 2, 1]), array(3, 4, seed=5), W[:4]
    yield np.cov, lambda x, w: np.cov(x, aweights=w), (few, weights)
    yield np.cov, lambda x, w: np.cov(x, fweights=counts, aweights=w, ddof=2), (few, weights)
    for f in (np.max, np.min, np.amax, np.amin, np.nanmax, np.nanmin):
        yield f, _with(f, where=HOLES, initial=0.1), (X,)
        yield f, _with(f, axis=1, keepdims=True, initial=0.1), (X,)
        yield f, lambda x, i, f=f: f(x, axis=1, initial=i, where=HOLES), (X, np.array(0.1))
        yield f, lambda x, f=f: f(x, 0, None, True), (X,)
    for f in (np.nanmax, np.nanmin):
        for axis in AXES:
            yield f, _with(f, axis=axis), (CUBE,)
        yield f, _gaps(f, axis=0), (X,)
        yield f, _gaps(f, axis=1, keepdims=True), (X,)
        yield f, f, (1.5,)
    yield fmax_row, _gaps(np.nanmax), (X,)
    yield fmin_row, _gaps(np.nanmin), (X,)
    for axis in AXES:
        yield np.ptp, _with(np.ptp, axis=axis, keepdims=True), (CUBE,)
    yield np.ptp, np.ptp, (V,)


# Order


def orders() -> Iterator[Call]:
    for axis in (None, 1, -1):
        yield np.sort, _with(np.sort, axis=axis), (CUBE,)
        yield np.partition, _with(np.partition, kth=1, axis=axis), (CUBE,)
        yield np.median, _with(np.median, axis=axis), (CUBE,)
        yield np.nanmedian, _with(np.nanmedian, axis=axis), (CUBE,)
    yield np.sort, _with(np.sort, kind="heapsort"), (X,)
    yield np.sort, _with(np.sort, stable=True), (X,)
    yield np.partition, _with(np.partition, kth=[0, 2]), (X,)
    yield np.sort_complex, np.sort_complex, (X,)
    yield ordering.tie_mean, _tied, (X,)
    yield ordering.tie_mean, lambda x: apply(ordering.tie_mean, (x, V), {"axis": 0}), (W,)
    for f in (np.median, np.nanmedian):
        yield f, _with(f, axis=(0, 2), keepdims=True), (CUBE,)
        yield f, _with(f, axis=(1,)), (X[:, :3],)
        yield f, f, (V,)
        yield f, f, (1.5,)
    yield np.nanmedian, _gaps(np.nanmedian, axis=1), (X,)
    yield np.nanmedian, _gaps(np.nanmedian, axis=0, keepdims=True), (X,)


def _tied(x: Any) -> Any:
    keys = np.array([[1.0, 2.0, 1.0, 1.0], [0.0, 3.0, 3.0, 0.0]])
    return apply(ordering.tie_mean, (x, keys), {"axis": 1})


def at_quantiles() -> Iterator[Call]:
    methods = (*quantiles._CONTINUOUS, *quantiles._CHOOSING)
    for method in methods:
        places = [0.07, 0.43, 0.98]
        yield np.quantile, _with(np.quantile, q=places, axis=1, method=method), (X,)
        yield np.nanquantile, _gaps(np.nanquantile, q=places, axis=1, method=method), (X,)
    for method in quantiles._CONTINUOUS:
        f = _with(np.quantile, axis=-1, method=method, keepdims=True)
        yield np.quantile, f, (X, np.array([0.21, 0.83]))
    whole: dict[str, Any] = {"q": [0.0, 0.25, 0.5, 0.75, 1.0]}
    for method in ("averaged_inverted_cdf", "closest_observation", "inverted_cdf", "midpoint"):
        yield np.quantile, _with(np.quantile, method=method, **whole), (X,)
        yield np.quantile, _with(np.quantile, method=method, **whole), (V,)
    for f in (np.quantile, np.nanquantile, np.percentile, np.nanpercentile):
        q = 30 if f in (np.percentile, np.nanpercentile) else 0.3
        yield f, _with(f, q=q, axis=(-1, 0), keepdims=True), (CUBE,)
        yield f, _with(f, q=[q, 2 * q], axis=None, keepdims=True), (CUBE,)
        yield f, _with(f, q=[q, 2 * q], axis=(-1, 0)), (CUBE,)
        if "nan" not in f.__name__:  # NumPy's own takes one axis of q
            yield f, f, (X, np.array([[q, 2 * q], [2.5 * q, q / 2]]))
        yield f, f, (V, np.array(q))
        yield f, f, (V, float(q))
        yield f, _with(f, q=q), (1.5,)
        chosen: dict[str, Any] = {"method": "inverted_cdf"}
        yield f, _with(f, q=[q, 2 * q], weights=W, **chosen), (V,)
        w = np.abs(Y) if "nan" in f.__name__ else W[:4]  # NumPy's own fails on the latter
        yield f, _with(f, q=2 * q, axis=1, weights=w, keepdims=True, **chosen), (X,)
        yield f, _with(f, q=[q, 0.0], axis=0, weights=np.abs(X), **chosen), (Y,)
    weighted: dict[str, Any] = {"weights": np.abs(Y), "method": "inverted_cdf"}
    yield np.nanquantile, _gaps(np.nanquantile, q=[0.1, 0.9], axis=1, **weighted), (X,)


# Counting

PLACES = np.array([3, 0, 1, 3, 0])
SAMPLE = array(5, 2, seed=7)
EDGES = np.array([-2.0, -0.31, 0.42, 2.0])


def counts() -> Iterator[Call]:
    """Linear in the weights."""
    yield np.histogram, lambda w: np.histogram(V, weights=w)[0], (W,)
    yield np.histogram, lambda w: np.histogram(V, EDGES, weights=w, density=True)[0], (W,)
    yield np.histogram, lambda w: np.histogram(V, 3, (-1.0, 1.5), weights=w)[0], (W,)
    yield counting.bin_sum, lambda w: counting.bin_sum(w, PLACES, length=5), (W,)
    lines = np.stack([PLACES, PLACES[::-1]])
    yield counting.bin_sum, lambda w: counting.bin_sum(w, lines, length=4), (SAMPLE.T,)
    yield counting.bin_sum, lambda w: counting.bin_sum(w, PLACES, length=4), (SAMPLE.T,)
    yield counting.bin_sum, lambda w: counting.bin_sum(w, lines, length=4), (W,)


def histograms() -> Iterator[Call]:
    yield np.bincount, lambda w: np.bincount(PLACES, w), (W,)
    yield np.bincount, lambda w: np.bincount(PLACES, w, minlength=7), (W,)
    yield np.histogram, lambda x: np.histogram(x, 4, density=True), (V,)
    yield np.histogram, lambda x, e: np.histogram(x, e, density=True), (V, EDGES)
    yield np.histogram, lambda x, w: np.histogram(x, 3, weights=w, density=True), (X, Y + 3)
    yield np.histogram, lambda x: np.histogram(x, 3)[1], (np.array([0.5]),)
    f = np.histogram_bin_edges
    yield f, f, (V,)
    yield f, lambda x: f(x, 5), (X,)
    yield f, lambda x, low: f(x, 3, (low, 4.0)), (X, np.array(-3.0))
    g = np.histogramdd
    yield g, lambda w: g(SAMPLE, 3, weights=w)[0], (W,)
    bins: Any = (2, EDGES)
    bounds: Any = ((-3, 3), None)
    yield g, lambda w: g([V, W], bins, weights=w, density=True)[0], (W,)
    yield g, lambda x: _flat(g(x, 3, density=True)), (SAMPLE,)
    yield g, lambda x: _flat(g((x[:, 0], x[:, 1]), [2, 3], bounds, True)), (SAMPLE,)
    h = np.histogram2d
    yield h, lambda w: h(V, W, weights=w)[0], (W,)
    yield h, lambda x, y: h(x, y, 4, density=True), (V, W)
    yield h, lambda x, y, e: h(x, y, [e, 3], density=True), (V, W, EDGES)


def _flat(found: Any) -> list[Any]:
    return [found[0], *found[1]]


def of_sets() -> Iterator[Call]:
    yield np.histogram, lambda x: np.histogram(x, "sturges")[1], (V,)
    yield np.unique, np.unique, (X,)
    yield np.unique, lambda x: np.unique(np.round(Y) + 0 * x)[:1] + np.unique(x)[0], (X,)
    yield np.unique, lambda x: np.unique(x, axis=1), (X,)
    yield np.unique, lambda x: np.unique(x, True, True, True)[0], (X,)
    yield np.unique_all, lambda x: np.unique_all(x).values, (X,)
    yield np.unique_counts, lambda x: np.unique_counts(x).values, (X,)
    yield np.unique_inverse, lambda x: np.unique_inverse(x).values, (X,)
    yield np.unique_values, lambda x: np.sort(np.unique_values(x)), (X,)
    yield np.union1d, np.union1d, (V, W)
    yield np.setdiff1d, lambda x: np.setdiff1d(x, x[1:3]), (V,)
    yield np.setdiff1d, lambda x: np.setdiff1d(x, x[1:3], assume_unique=True), (V,)
    yield np.setxor1d, np.setxor1d, (V, W)
    yield np.setxor1d, lambda x: np.setxor1d(x, x[1:3]), (V,)
    yield np.intersect1d, lambda x: np.intersect1d(x, x[1:3]), (V,)
    yield np.intersect1d, lambda x: np.intersect1d(x[1:], x, return_indices=True)[0], (V,)


CASES = [
    *named(reductions(), complex=True),
    *named(counts(), complex=True),
    *(
        Case(f"{label(of)} real {number}", of, f, args)
        for group in (extremes, orders, at_quantiles, histograms)
        for number, (of, f, args) in enumerate(group())
    ),
    *(
        Case(f"contents decide how many: {label(of)} {number}", of, f, args)
        for number, (of, f, args) in enumerate(of_sets())
    ),
]


def constants() -> Iterator[Constant]:
    gaps = X + GAPS
    calls: list[Call] = [
        (np.nanargmax, np.nanargmax, (gaps,)),
        (np.nanargmin, lambda x: np.nanargmin(x, axis=1, keepdims=True), (gaps,)),
        (np.any, lambda x: np.any(x, axis=1, keepdims=True, where=HOLES), (X,)),
        (np.array_equiv, np.array_equiv, (X, X[:1])),
        (np.argsort, lambda x: np.argsort(x, axis=0, kind="stable"), (X,)),
        (np.argpartition, lambda x: np.sort(np.argpartition(x, 2)[:, :2]), (X,)),
        (np.argpartition, lambda x: np.argpartition(x, 1, axis=0), (CUBE[:, :, :1],)),
        (np.lexsort, lambda x, y: np.lexsort((x, y)), (V, np.round(W))),
        (np.lexsort, lambda x: np.lexsort((x, x), axis=0), (X,)),
        (np.isin, lambda x: np.isin(x, [X[0, 0], 7.0]), (X,)),
        (np.isin, lambda x: np.isin(3.0, x, invert=True), (X,)),
        (np.digitize, lambda x: np.digitize(x, EDGES, right=True), (X,)),
        (np.searchsorted, lambda x: np.searchsorted(EDGES, x, sorter=np.arange(4)), (X,)),
        (np.histogram, lambda x: np.histogram(x, EDGES), (X,)),
        (np.histogram, lambda x: np.histogram(x, 3, (-1, 1))[0], (X,)),
        (np.histogram, lambda x: np.histogram(x, "auto")[0], (X,)),
        (np.histogram, lambda x: np.histogram(np.concatenate([x, x]), x)[0], (np.sort(V),)),
        (np.histogram2d, lambda x, y: np.histogram2d(x, y)[0], (X[0], Y[0])),
        (np.histogram2d, lambda x, y: np.histogram2d(x, y, EDGES, density=True)[0], (V, W - 1)),
        (np.histogramdd, lambda x: np.histogramdd(x, 2)[0], (SAMPLE,)),
        (np.unique_counts, lambda x: np.unique_counts(x).counts, (np.round(X),)),
        (np.unique, lambda x: np.unique(x, True, True, True)[1:], (np.round(X),)),
        (np.unique_all, lambda x: np.unique_all(x)[1:], (np.round(X),)),
    ]
    for number, (of, f, args) in enumerate(calls):
        yield Constant(f"{label(of)} stat {number}", of, f, args)
    rows = (counting.bin_of, quantiles.chosen, quantiles.neighbours, quantiles.weighted_position)
    options: tuple[dict[str, Any], ...] = ({}, {"method": "midpoint"}, {}, {})
    args = ((X, EDGES), (5, W / 9), (V, 4), (np.abs(X), np.array([0.2, 0.7])))
    for row, static, given in zip(rows, options, args, strict=True):
        yield Constant(f"{row.name} row", row.function, _with(row, **static), given)
    row = row_of("lexsort")
    yield Constant("lexsort row", row.function, lambda x: np.lexsort((x[1], x[0])), (X,))


CONSTANTS = list(constants())

"""Medians and quantiles: elements of the sorted array, and points between them.

Source: R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages" (1996), whose methods
NumPy numbers and names. They differ in the place in the order that belongs to a probability q.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd import leading
from autograd.broadcast import data_of, dtype_of
from autograd.errors import ArgumentError, DTypeError, describe
from autograd.op import apply, composite, constant
from autograd.ops.ordering import share_ties
from autograd.ops.reduce import Axis, cast, mean
from autograd.ops.statistics import along_axes
from autograd.value import Value

# Methods that interpolate: the place is n q + alpha + q (1 - alpha - beta) - 1.
_CONTINUOUS = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}

# Methods that choose an element, or the mean of two: their places as functions of n and q.
_CHOOSING = {
    "inverted_cdf": (lambda n, q: np.ceil(n * q - 1),),
    "averaged_inverted_cdf": (
        lambda n, q: np.ceil(n * q - 1),
        lambda n, q: np.floor(n * q - 1) + 1,
    ),
    "closest_observation": (lambda n, q: _odd(n * q - 1.5),),
    "lower": (lambda n, q: np.floor((n - 1) * q),),
    "higher": (lambda n, q: np.ceil((n - 1) * q),),
    "midpoint": (lambda n, q: np.floor((n - 1) * q), lambda n, q: np.ceil((n - 1) * q)),
    "nearest": (lambda n, q: np.around((n - 1) * q),),
}


def _odd(place: Any) -> Any:
    """The next whole number, or the place itself where it is whole and odd."""
    below = np.floor(place)
    return np.where((place == below) & (below % 2 == 1), below, below + 1)


def _position(place: Any, n: Any) -> Any:
    """The index in 0 to n - 1 that is nearest to a whole number."""
    return np.minimum(np.maximum(place, 0), np.maximum(n - 1, 0)).astype(np.intp)


def _chosen(n: Any, q: Any, method: str) -> tuple[Any, ...]:
    return tuple(_position(place(n, q), n) for place in _CHOOSING[method])


def _neighbours(place: Any, n: Any) -> tuple[Any, Any]:
    below = np.floor(place)
    return _position(below, n), _position(below + 1, n)


chosen = constant(_chosen, arity=2, batch=leading.elementwise, name="quantile_positions")
neighbours = constant(_neighbours, arity=2, batch=leading.elementwise, name="quantile_neighbours")


def _places(n: Any, q: Any, method: str, dtype: Any) -> tuple[tuple[Any, ...], Any]:
    """The one or two positions that q is at, and how far towards the second."""
    if method in _CHOOSING:
        return chosen(n, q, method=method), np.asarray(0.5, dtype)
    alpha, beta = _CONTINUOUS[method]
    place = (n - 1) * q if method == "linear" else n * q + (alpha + q * (1 - alpha - beta)) - 1
    below, above = neighbours(place, n)
    return (below, above), cast(place - below, dtype)


def _precision(x: Any, q: Any) -> Any:
    """The dtype of x and q together; a Python number adapts to x."""
    other = np.float16 if type(data_of(q)) is float else dtype_of(q)
    found = np.result_type(dtype_of(x), other)
    return found if found.kind == "f" and dtype_of(x).kind == "f" else np.float64


def _weighted_position(weights: Any, q: Any) -> Any:
    """The first place at which the sum of the weights so far is q of their total, and not zero."""
    sums = np.cumsum(weights, axis=-1, dtype=np.float64)
    shares = (sums / sums[..., -1:]).astype(np.asarray(q).dtype)[..., np.newaxis, :]
    reached = (shares >= np.reshape(q, (-1, 1))) & (shares > 0)
    return np.argmax(reached, axis=-1)


def _weighted_batch(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    return leading.one_by_one(op, xs, batched, static, y) if batched[1] else apply(op, xs, static)


weighted_position = constant(
    _weighted_position, arity=2, batch=_weighted_batch, name="weighted_position"
)


def _lines(a: Any, axis: Axis) -> tuple[Any, tuple[int, ...]]:
    """The elements that are reduced together along one last axis, and the shape with 1 for them."""
    shape = np.shape(a)
    axes = normalize_axis_tuple(range(len(shape)) if axis is None else axis, len(shape))
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    moved = np.moveaxis(a, axes, range(-len(axes), 0))
    rest = np.shape(moved)[: len(shape) - len(axes)]
    return np.reshape(moved, (*rest, math.prod(shape[i] for i in axes))), kept


# Above so many positions, sorting is faster than finding each of them.
_FEW = 16


class _Order:
    """The order of the elements along the last axis, of which only some are taken.

    positions   those that will be asked for, or None to find them all.
    """

    def __init__(self, x: Any, positions: Sequence[Any] | None = None) -> None:
        places = None
        if positions is not None and not any(type(i) is Value for i in positions):
            places = sorted({np.shape(x)[-1] - 1, *np.concatenate([*map(np.ravel, positions)])})
        if places is not None and len(places) <= _FEW:
            self.order = np.argpartition(x, places, axis=-1)
        else:
            self.order = np.argsort(x, axis=-1)
        self.x = share_ties(x, np.ndim(x) - 1)

    def at(self, position: Any) -> Any:
        """The elements at these positions, the same ones in every line."""
        index = np.reshape(position, (1,) * (np.ndim(self.order) - 1) + (-1,))
        index = np.take_along_axis(self.order, index, -1)
        return np.take_along_axis(self.x, index, -1)

    def of_lines(self, position: Any) -> Any:
        """The elements at these positions, of which every line has its own."""
        return np.take_along_axis(self.x, np.take_along_axis(self.order, position, -1), -1)

    def or_nan(self, found: Any) -> Any:
        """NaN for lines that hold one: it comes last in the order."""
        if dtype_of(self.x).kind not in "fc":
            return found
        last = self.at(np.shape(self.x)[-1] - 1)
        return np.where(np.isnan(last), last, found)


def _number_valid(x: Any) -> Any:
    """How many elements of each line are no NaN."""
    return np.sum(np.logical_not(np.isnan(x)), axis=-1, keepdims=True)


def _between(values: Sequence[Any], share: Any) -> Any:
    if len(values) == 1:
        return values[0]
    below, above = values
    apart = above - below
    # Nothing to go towards, where infinity - infinity or 0 times infinity would be NaN.
    there = np.logical_or(below == above, share == 0)
    lost = np.logical_and(there, np.logical_not(np.isfinite(apart)))
    return below + np.where(lost, 0, apart) * share


def _quantile(
    a: Any, q: Any, axis: Axis, method: str, keepdims: bool, weights: Any, skip_nan: bool
) -> Any:
    a = a if hasattr(a, "dtype") else np.asarray(a)
    q = q if type(q) is Value else float(q) if isinstance(q, int | float) else np.asarray(q)
    _refuse(a, q, method, weights)
    x, kept = _lines(a, axis)
    flat = q if np.ndim(q) == 0 else np.reshape(q, -1)
    if weights is not None:
        weights = along_axes(weights if hasattr(weights, "dtype") else np.asarray(weights), a, axis)
        weights, _ = _lines(np.broadcast_to(weights, np.shape(a)), axis)
        if skip_nan:
            weights = np.where(np.isnan(x), 0.0, weights)
        order = _Order(x)
        sums = np.take_along_axis(weights, order.order, -1)
        found = order.of_lines(weighted_position(sums, flat))
    elif skip_nan:
        positions, share = _places(_number_valid(x), flat, method, _precision(x, q))
        order = _Order(x)
        found = _between([order.of_lines(i) for i in positions], share)
    else:
        positions, share = _places(np.shape(x)[-1], flat, method, _precision(x, q))
        order = _Order(x, positions)
        found = _between([order.at(i) for i in positions], share)
    if not skip_nan:
        found = order.or_nan(found)
    rest = kept if keepdims else np.shape(x)[:-1]
    return np.reshape(np.moveaxis(found, -1, 0), (*np.shape(q), *rest))


def _refuse(a: Any, q: Any, method: str, weights: Any) -> None:
    if a.dtype.kind == "c":
        raise DTypeError(
            "real numbers, which have quantiles", describe(a), "take np.real or np.abs"
        )
    if type(q) is not Value and not np.all((np.asarray(q) >= 0) & (np.asarray(q) <= 1)):
        raise ArgumentError(
            "probabilities from 0 to 1, or percentages to 100", describe(q), "scale q"
        )
    if weights is not None and method != "inverted_cdf":
        raise ArgumentError("method='inverted_cdf' beside weights=", f"{method=}", "pass it")
    if method not in _CONTINUOUS and method not in _CHOOSING:
        raise ArgumentError(
            f"a method of quantile: {', '.join((*_CONTINUOUS, *_CHOOSING))}",
            f"{method=}",
            "choose one",
        )


@composite(np.quantile)
def quantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    """np.quantile; with a method that interpolates it has a derivative in q as well."""
    return _quantile(a, q, axis, method, keepdims, weights, False)


@composite(np.nanquantile)
def nanquantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    """np.nanquantile: np.quantile of what is no NaN."""
    return _quantile(a, q, axis, method, keepdims, weights, True)


def _share(q: Any) -> Any:
    return (q if isinstance(q, int | float | Value) else np.asarray(q)) / 100


@composite(np.percentile)
def percentile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    """np.percentile: np.quantile at q / 100."""
    return _quantile(a, _share(q), axis, method, keepdims, weights, False)


@composite(np.nanpercentile)
def nanpercentile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    """np.nanpercentile: np.percentile of what is no NaN."""
    return _quantile(a, _share(q), axis, method, keepdims, weights, True)


@composite(np.median)
def median(
    a: Any,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Any:
    """np.median: the mean of the one or two middle elements, which ties share equally."""
    x, kept = _lines(a, axis)
    n = np.shape(x)[-1]
    if n == 0:
        found = mean(x, -1)
    else:
        middle = np.arange((n - 1) // 2, n // 2 + 1)
        order = _Order(x, [middle])
        found = order.or_nan(mean(order.at(middle), -1, keepdims=True))
    return np.reshape(found, kept if keepdims else np.shape(x)[:-1])


@composite(np.nanmedian)
def nanmedian(
    a: Any,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Any:
    """np.nanmedian: the median of what is no NaN."""
    x, kept = _lines(a, axis)
    if np.shape(x)[-1] == 0:
        found = mean(x, -1)
    else:
        order, n = _Order(x), _number_valid(x)
        low, high = order.of_lines(np.maximum(n - 1, 0) // 2), order.of_lines(n // 2)
        found = 0.5 * low + 0.5 * high
    return np.reshape(found, kept if keepdims else np.shape(x)[:-1])

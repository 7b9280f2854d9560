"""Python functions applied along an axis and over axes."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.errors import ShapeError, describe
from autograd.op import composite
from autograd.ops.joining import operand


@composite(np.apply_along_axis)
def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """np.apply_along_axis: func1d of every vector along an axis."""
    arr = operand(arr)
    axis = normalize_axis_index(axis, np.ndim(arr))
    moved = np.moveaxis(arr, axis, -1)
    outer = np.shape(moved)[:-1]
    if 0 in outer:
        raise ShapeError(
            "at least one vector to apply a function to", describe(arr), "treat empty arrays apart"
        )
    vectors = (moved[index] for index in np.ndindex(*outer))
    results = np.stack([operand(func1d(vector, *args, **kwargs)) for vector in vectors])
    inner = np.shape(results)[1:]
    whole = np.reshape(results, (*outer, *inner))
    last = tuple(range(len(outer), len(outer) + len(inner)))
    return np.moveaxis(whole, last, tuple(range(axis, axis + len(inner))))


@composite(np.apply_over_axes)
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """np.apply_over_axes: func(a, axis) for one axis after another, each kept."""
    a = operand(a)
    n = np.ndim(a)
    for axis in np.atleast_1d(axes).tolist():
        axis = normalize_axis_index(axis, n)
        result = operand(func(a, axis))
        a = result if np.ndim(result) == n else np.expand_dims(result, axis)
        if np.ndim(a) != n:
            raise ShapeError(
                f"a function that keeps {n} axes or takes one away",
                describe(result),
                "pass one like np.sum, of an array and an axis",
            )
    return a

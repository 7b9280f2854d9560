"""Python functions applied along an axis and over axes."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.errors import AxisError, ShapeError, describe
from autograd.op import composite
from autograd.ops.joining import operand
from autograd.remedies import of_axis


def _axis_of(a: Any, axis: int, name: str) -> int:
    n = np.ndim(a)
    try:
        return normalize_axis_index(axis, n)
    except np.exceptions.AxisError as error:
        raise AxisError(
            f"an axis that the argument of {name} has", f"{describe(a)}, {axis=}", of_axis(n)
        ) from error


@composite(np.apply_along_axis)
def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """np.apply_along_axis: func1d of every vector along an axis."""
    arr = operand(arr)
    axis = _axis_of(arr, axis, "apply_along_axis")
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
        if n == 0 and axis in (0, -1):  # NumPy lets a number have an axis
            a = operand(func(a, axis))
            continue
        axis = _axis_of(a, axis, "apply_over_axes")
        result = operand(func(a, axis))
        a = result if np.ndim(result) == n else np.expand_dims(result, axis)
        if np.ndim(a) != n:
            raise ShapeError(
                f"a function that keeps {n} axes or takes one away",
                describe(result),
                "pass one like np.sum, of an array and an axis",
            )
    return a

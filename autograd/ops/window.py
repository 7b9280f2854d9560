"""Sliding windows, the view that convolution and pooling are made of, and its transpose."""

from itertools import product
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.errors import UnsupportedError
from autograd.op import composite, linear


def _windows(x: Any, window: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    return np.lib.stride_tricks.sliding_window_view(x, window, axis=axes)


def _overlap_add(g: Any, window: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    """Each window's numbers added where the window lay."""
    n = g.ndim - len(window)
    shape = list(g.shape[:n])
    for size, axis in zip(window, axes, strict=True):
        shape[axis] += size - 1
    out = np.zeros(shape, g.dtype)
    for offsets in product(*(range(size) for size in window)):
        place = [slice(None)] * n
        for offset, axis in zip(offsets, axes, strict=True):
            before = place[axis].start or 0
            start = before + offset
            place[axis] = slice(start, None)
        index = tuple(
            slice(p.start or 0, (p.start or 0) + length)
            for p, length in zip(place, g.shape[:n], strict=True)
        )
        out[index] += g[(..., *offsets)]
    return out


windows_row = linear(
    _windows,
    lambda g, y, x, *, window, axes: overlap_add(g, window=window, axes=axes),
    name="sliding_window_view",
)
overlap_add = linear(
    _overlap_add,
    lambda g, y, x, *, window, axes: windows_row(g, window=window, axes=axes),
    name="overlap_add",
)


@composite(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """np.lib.stride_tricks.sliding_window_view; repeated axes are refused.

    >>> sliding_window_view(np.arange(4.0), 2)
    array([[0., 1.],
           [1., 2.],
           [2., 3.]])
    """
    if writeable:
        raise UnsupportedError(
            "a read-only view", "writeable=True", "leave it out; assign to a copy of the result"
        )
    window = (window_shape,) if isinstance(window_shape, int | np.integer) else tuple(window_shape)
    n = np.ndim(x)
    axes = normalize_axis_tuple(range(n) if axis is None else axis, n, allow_duplicate=True)
    if len(set(axes)) != len(axes):
        raise UnsupportedError(
            "each axis once", f"axis={axis}", "slide over one axis after another"
        )
    return windows_row(x, window=tuple(int(w) for w in window), axes=axes)

"""Sliding windows, the view that convolution and pooling are made of, and its transpose."""

from itertools import product
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.broadcast import data_of
from autograd.errors import ShapeError, UnsupportedError, describe
from autograd.op import composite, linear
from autograd.ops.joining import operand


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
    """np.lib.stride_tricks.sliding_window_view.

    >>> sliding_window_view(np.arange(4.0), 2)
    array([[0., 1.],
           [1., 2.],
           [2., 3.]])
    """
    if writeable:
        raise UnsupportedError(
            "a read-only view", "writeable=True", "leave it out; assign to a copy of the result"
        )
    x = operand(x)
    window = (window_shape,) if isinstance(window_shape, int | np.integer) else tuple(window_shape)
    n = np.ndim(x)
    axes = normalize_axis_tuple(range(n) if axis is None else axis, n, allow_duplicate=True)
    if len(axes) != len(window):
        raise ShapeError(
            f"a window of {len(axes)} lengths, one for each of the axes {axes}",
            f"{window}, of {describe(x)}",
            "name the axes with axis=",
        )
    if len(set(axes)) == len(axes):
        return windows_row(x, window=tuple(int(w) for w in window), axes=axes)
    for size, i in zip(window, axes, strict=True):  # an axis that comes twice
        x = windows_row(x, window=(int(size),), axes=(i,))
    return x


def as_strided(
    x: Any,
    shape: Any = None,
    strides: Any = None,
    subok: bool = False,
    writeable: bool = True,
) -> Any:
    """np.lib.stride_tricks.as_strided: the elements that a view would show, gathered.

    Strides are in bytes, of the memory where the elements of x lie. Raises ShapeError where the
    view would leave them.

    >>> from autograd import Value
    >>> x = Value([1.0, 2.0, 3.0])
    >>> as_strided(x, (2, 2), (8, 8)).data
    array([[1., 2.],
           [2., 3.]])
    """
    x = operand(x)
    data = np.asarray(data_of(x))
    shape = data.shape if shape is None else tuple(shape)
    strides = data.strides if strides is None else tuple(strides)
    own = _addresses(data.shape, data.strides)
    wanted = _addresses(shape, strides)
    order = np.argsort(own)
    number = np.searchsorted(own, wanted, sorter=order)
    places = order[np.minimum(number, max(own.size - 1, 0))] if own.size else number
    if wanted.size and (not own.size or np.any(own[places] != wanted)):
        raise ShapeError(
            "a view inside the memory of the array",
            f"shape {shape}, strides {strides} of {describe(x)} with strides {data.strides}",
            "np.lib.stride_tricks.sliding_window_view keeps inside",
        )
    return np.reshape(np.take(np.ravel(x), places), shape)


def _addresses(shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    """How many bytes from the first element each element lies, in C order."""
    grids = np.indices(shape, sparse=True)
    return np.ravel(sum((i * s for i, s in zip(grids, strides, strict=True)), np.zeros(shape, int)))

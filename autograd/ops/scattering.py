"""Sums of slices at indices: what `x[index] += g` would be if an index that comes twice counted."""

import math
from typing import Any

import numpy as np

# For fewer numbers, `np.add.at` takes less time than working out where each one goes.
_FEW = 1024
# So many positions at a time fit into a core's cache.
_BLOCK = 1 << 15


def added(g: Any, index: Any, shape: tuple[int, ...]) -> np.ndarray:
    """An array of zeros with `g` added at `index`, in the order in which the index comes.

    >>> added(np.array([1.0, 2.0, 3.0]), np.array([0, 0, 2]), (3,))
    array([3., 0., 3.])
    """
    g = np.asarray(g)
    out = np.zeros(shape, g.dtype)
    add_at(out, index, g)
    return out


def add_at(out: np.ndarray, index: Any, g: Any) -> None:
    """`np.add.at(out, index, g)`, for contiguous `out` in a fraction of the time.

    >>> out = np.zeros(3)
    >>> add_at(out, np.array([0, 0, 2]), np.array([1.0, 2.0, 3.0]))
    >>> out
    array([3., 0., 3.])
    """
    parts = index if type(index) is tuple else (index,)
    fits = out.ndim > 1 and out.flags.c_contiguous and all(map(_counts, parts))
    if fits and np.size(g) >= _FEW:
        _add_rows(out, parts, g)
    else:
        np.add.at(out, index, g)


def _counts(part: Any) -> bool:
    """Whether a part of an index is an array of integers."""
    return type(part) is np.ndarray and part.dtype.kind in "iu"


def _add_rows(out: np.ndarray, parts: tuple[np.ndarray, ...], g: np.ndarray) -> None:
    """`np.add.at` by the numbers that elements have in memory, for which NumPy has a fast loop.

    It adds in the same order, so that the sums are the same to the last bit.
    """
    lengths = out.shape[: len(parts)]
    counted = [np.where(i < 0, i + n, i) for i, n in zip(parts, lengths, strict=True)]
    rows = np.ravel_multi_index(np.broadcast_arrays(*counted), lengths)
    width = math.prod(out.shape[len(parts) :])
    g = np.broadcast_to(g, (*rows.shape, *out.shape[len(parts) :])).reshape(rows.size, width)
    first, columns = width * rows.reshape(-1, 1), np.arange(width)
    step = max(1, _BLOCK // width)
    for start in range(0, rows.size, step):
        block = slice(start, start + step)
        np.add.at(out.reshape(-1), (first[block] + columns).reshape(-1), g[block].reshape(-1))

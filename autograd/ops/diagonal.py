"""Diagonals, and triangles, which are products with a constant mask."""

from typing import Any

import numpy as np

from autograd.errors import ShapeError, describe
from autograd.op import composite, registry
from autograd.ops.index import scatter


def _masked(function: Any) -> Any:
    def triangle(m: Any, k: int = 0) -> Any:
        return np.where(function(np.ones(np.shape(m)[-2:], dtype=bool), k), m, 0)

    return triangle


registry[np.tril] = _masked(np.tril)
registry[np.triu] = _masked(np.triu)


@composite(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """np.diagonal: two index arrays of equal length."""
    a = np.moveaxis(a, (axis1, axis2), (0, 1))
    rows, columns = np.shape(a)[:2]
    i = np.arange(max(0, min(rows + min(offset, 0), columns - max(offset, 0))))
    return np.moveaxis(a[i - min(offset, 0), i + max(offset, 0)], 0, -1)


@composite(np.linalg.diagonal)
def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """np.linalg.diagonal: of the last two axes."""
    return diagonal(x, offset, -2, -1)


@composite(np.trace)
def trace(
    a: Any,
    offset: int = 0,
    axis1: int = 0,
    axis2: int = 1,
    dtype: Any = None,
    out: None = None,
) -> Any:
    """np.trace."""
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


@composite(np.linalg.trace)
def linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """np.linalg.trace: of the last two axes."""
    return trace(x, offset, -2, -1, dtype)


@composite(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """np.diag: a vector's matrix, or a matrix's diagonal."""
    if np.ndim(v) not in (1, 2):
        raise ShapeError(
            "a vector or a matrix for diag", describe(v), "np.diagonal takes more axes"
        )
    if np.ndim(v) == 2:
        return diagonal(v, k)
    n = np.shape(v)[0] + abs(k)
    i = np.arange(np.shape(v)[0])
    return scatter(v, index=(i + max(-k, 0), i + max(k, 0)), shape=(n, n))


@composite(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """np.diagflat: the flattened array as a diagonal."""
    return diag(np.ravel(v), k)

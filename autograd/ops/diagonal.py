"""Diagonals, and triangles, which are products with a constant mask."""

from typing import Any

import numpy as np

from autograd.broadcast import data_of, dtype_of
from autograd.errors import ArgumentError, AxisError, ShapeError, describe
from autograd.op import composite, registry
from autograd.ops.index import scatter
from autograd.value import Value


def _masked(function: Any) -> Any:
    def triangle(m: Any, k: int = 0) -> Any:
        inside = function(np.ones(np.shape(m)[-2:], dtype=bool), k)
        return np.where(inside, m, False if dtype_of(data_of(m)).kind == "b" else 0)

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
    return make_diagonal(v, k)


def make_diagonal(D: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros around the diagonals in the last axis of D: np.diagonal with the same options gives D.

    NumPy lacks it; HIPS's autograd.numpy has it. With n numbers in that axis of D, the axes axis1
    and axis2 of the result have length n + |offset|. Raises ShapeError for a D without axes,
    AxisError for axes that are equal or that the result has not, ArgumentError for an offset that
    is no integer.

    >>> make_diagonal(np.array([1.0, 2.0]), 1)
    array([[0., 1., 0.],
           [0., 0., 2.],
           [0., 0., 0.]])
    >>> make_diagonal(np.ones((5, 3)), axis1=-1, axis2=-2).shape
    (5, 3, 3)
    """
    D = D if type(D) is Value else np.asarray(D)
    if D.ndim == 0:
        raise ShapeError(
            "an array whose last axis is the diagonal, for make_diagonal",
            describe(D),
            "pass a vector of one number",
        )
    if not isinstance(offset, int | np.integer):
        raise ArgumentError(
            "an integer offset for make_diagonal",
            f"offset={describe(offset)}",
            "0 is the main diagonal, 1 the one above it",
        )
    axes, ndim = (axis1, axis2), D.ndim + 1
    known = all(isinstance(a, int | np.integer) and -ndim <= a < ndim for a in axes)
    if not known or axis1 % ndim == axis2 % ndim:
        raise AxisError(
            f"two different axes of the {ndim} that the result of make_diagonal has",
            f"axis1={axis1!r}, axis2={axis2!r}",
            "pass axis1=-1, axis2=-2 for a matrix from each row",
        )
    i = np.arange(D.shape[-1])
    sides = (D.shape[-1] + abs(offset),) * 2
    places = (i + max(-offset, 0), i + max(offset, 0))
    made = scatter(np.moveaxis(D, -1, 0), index=places, shape=(*sides, *D.shape[:-1]))
    return np.moveaxis(made, (0, 1), axes)


@composite(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """np.diagflat: the flattened array as a diagonal."""
    return diag(np.ravel(v), k)

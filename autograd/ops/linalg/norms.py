"""Norms of vectors and of matrices, and condition numbers. The derivative of a norm at 0 is 0.

Where several elements, sums or singular values are the largest, they share the gradient equally.
"""

from typing import Any, NoReturn

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.errors import ArgumentError, LinAlgError, ShapeError, describe
from autograd.op import composite
from autograd.ops.linalg.singular import nuclear
from autograd.ops.reduce import Axis, count, euclid


@composite(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """np.linalg.norm: of a vector or a matrix; of all elements where neither is asked for."""
    n = np.ndim(x)
    if axis is None and ord is None:
        return vector(x, 2, None, keepdims)
    axes = tuple(range(n)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        return vector(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ShapeError(
            "one or two axes, for the norm of a vector or a matrix",
            f"{describe(x)}, axis={axis}, ord={ord}",
            "pass axis=, or use np.linalg.vector_norm, which takes any number",
        )
    return matrix(x, "fro" if ord is None else ord, axes, keepdims)


@composite(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """np.linalg.vector_norm: (Σ |x|**ord)**(1/ord) over one, several or all axes."""
    return vector(x, ord, axis, keepdims)


@composite(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """np.linalg.matrix_norm: of the last two axes."""
    return matrix(x, "fro" if ord is None else ord, (-2, -1), keepdims)


def _refuse_order(ord: Any, of: str, known: str) -> NoReturn:
    raise ArgumentError(f"an order of the norm of a {of}: {known}", f"ord={ord!r}", "choose one")


def _maximum(x: Any, axis: Axis, keepdims: bool) -> Any:
    """The largest of nonnegative numbers, of none 0."""
    reduce = np.max if count(x, axis) else np.sum
    return reduce(x, axis=axis, keepdims=keepdims)


def vector(x: Any, ord: Any, axis: Axis, keepdims: bool) -> Any:
    """The norm of vectors along one or more axes."""
    x = x.astype(np.float64) if x.dtype.kind in "biu" else x
    options: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if ord is None or ord == 2:
        return euclid(x, **options)
    if isinstance(ord, str):
        _refuse_order(ord, "vector", "a number, inf or -inf")
    size = np.abs(x)
    if ord == np.inf:
        return _maximum(size, axis, keepdims)
    if ord == -np.inf:
        return np.min(size, **options)
    if ord == 0:
        return np.sum(x != 0, dtype=size.dtype, **options)
    if ord == 1:
        return np.sum(size, **options)
    # An element that is 0 has derivative 0, also where the power there has an infinite one.
    zero = x == 0
    powers = np.where(zero, 0.0 if ord > 0 else np.inf, np.where(zero, 1.0, size) ** ord)
    total = np.sum(powers, **options)
    none = total == 0
    return np.where(none, 0.0, np.where(none, 1.0, total) ** (1.0 / ord))


def matrix(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """The norm of the matrices in two axes."""
    x = x.astype(np.float64) if x.dtype.kind in "biu" else x
    rows, columns = (normalize_axis_index(i, np.ndim(x)) for i in axes)
    if rows == columns:
        raise ArgumentError("two axes for a matrix norm", f"axis={axes}", "name each axis once")
    if isinstance(ord, str) and ord in ("fro", "f"):
        return euclid(x, axis=(rows, columns), keepdims=keepdims)
    if isinstance(ord, str) and ord == "nuc":
        found = nuclear(np.moveaxis(x, (rows, columns), (-2, -1)))
    elif not isinstance(ord, str) and ord in (2, -2):
        s = np.linalg.svdvals(np.moveaxis(x, (rows, columns), (-2, -1)))
        found = extreme(s, largest=ord == 2)
    elif not isinstance(ord, str) and ord in (1, -1, np.inf, -np.inf):
        summed, kept = (rows, columns) if ord in (1, -1) else (columns, rows)
        totals = np.sum(np.abs(x), axis=summed, keepdims=True)
        if ord > 0:
            found = _maximum(totals, kept, True)
        else:
            found = np.min(totals, axis=kept, keepdims=True)
        return found if keepdims else np.squeeze(found, axis=(rows, columns))
    else:
        _refuse_order(ord, "matrix", "'fro', 'nuc', 1, -1, 2, -2, inf, -inf")
    return np.expand_dims(found, tuple(sorted((rows, columns)))) if keepdims else found


def extreme(s: Any, largest: bool) -> Any:
    """The largest or the smallest of sorted singular values.

    What is not selected is kept out by `where` and not by a factor 0, since its second derivative
    may be NaN, at a tie with others that are not selected either.
    """
    if np.shape(s)[-1] == 0:
        return np.sum(s, axis=-1) if largest else np.min(s, axis=-1)
    equal = s == (s[..., :1] if largest else s[..., -1:])
    return np.sum(np.where(equal, s, 0.0), axis=-1) / np.sum(equal, axis=-1, dtype=s.dtype)


@composite(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """np.linalg.cond: the norm of x times that of its inverse; infinite for a singular matrix."""
    if np.ndim(x) < 2 or 0 in np.shape(x)[-2:]:
        raise LinAlgError("matrices that are not empty, for cond", describe(x), "check the shape")
    if p is None or (not isinstance(p, str) and p in (2, -2)):
        s = np.linalg.svdvals(x)
        largest, smallest = extreme(s, True), extreme(s, False)
        found = smallest / largest if p == -2 else largest / smallest
        undefined = np.isnan(found)
    else:
        undefined = np.linalg.slogdet(x)[0] == 0
        shape = np.shape(undefined)
        singular = np.reshape(undefined, (*shape, 1, 1))
        y = np.where(singular, np.eye(np.shape(x)[-1], dtype=x.dtype), x)
        found = matrix(x, p, (-2, -1), False) * matrix(np.linalg.inv(y), p, (-2, -1), False)
    known = np.logical_not(np.any(np.isnan(x), axis=(-2, -1)))
    return np.where(np.logical_and(undefined, known), np.inf, found)

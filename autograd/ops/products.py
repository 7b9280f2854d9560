"""Products that sum, made of matmul and of multiplication."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd.errors import ArgumentError, ShapeError, describe
from autograd.op import composite
from autograd.ops.contract import matmul
from autograd.ops.joining import operand
from autograd.value import Value

Axes = Any


def _to_end(xs: tuple[Any, ...], axes: Axes) -> tuple[list[Any], Axes]:
    """The axes named for each operand moved to its end, and those named for the result."""
    named = [(part,) if isinstance(part, int | np.integer) else tuple(part) for part in axes]
    moved = [
        np.moveaxis(x, part, tuple(range(-len(part), 0)))
        for x, part in zip(xs, named, strict=False)
    ]
    return moved, named[len(xs)] if len(named) > len(xs) else ()


def _from_end(y: Any, axes: Axes) -> Any:
    return np.moveaxis(y, tuple(range(-len(axes), 0)), axes) if axes else y


@composite(np.matmul)
def matmul_along(x1: Any, x2: Any, /, *, axes: Axes = None) -> Any:
    """np.matmul; axes= says where the matrices lie."""
    if axes is None:
        return matmul(x1, x2)
    (x1, x2), ends = _to_end((operand(x1), operand(x2)), axes)
    return _from_end(np.matmul(x1, x2), ends)


@composite(np.linalg.matmul)
def linalg_matmul(x1: Any, x2: Any, /) -> Any:
    """np.linalg.matmul."""
    return np.matmul(x1, x2)


def _factor(x: Any) -> Any:
    """An operand; Python's numbers stay what they are, beside which a float stays a float."""
    return x if isinstance(x, float | int | complex) else operand(x)


@composite(np.dot)
def dot(a: Any, b: Any, out: None = None) -> Any:
    """np.dot: the last axis of `a` with the second last of `b`, or with its only one."""
    a, b = _factor(a), _factor(b)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(b) <= 2:
        return matmul(a, b) if type(a) is Value or type(b) is Value else np.matmul(a, b)
    return np.tensordot(a, b, axes=(-1, -2))


@composite(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    """np.inner: the last axes."""
    a, b = _factor(a), _factor(b)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.tensordot(a, b, axes=(-1, -1))


@composite(np.outer)
def outer(a: Any, b: Any, out: None = None) -> Any:
    """np.outer."""
    return np.reshape(operand(a), (-1, 1)) * np.reshape(operand(b), (1, -1))


@composite(np.linalg.outer)
def linalg_outer(x1: Any, x2: Any, /) -> Any:
    """np.linalg.outer: of vectors."""
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ShapeError(
            "two vectors", f"{describe(x1)}, {describe(x2)}", "np.outer flattens its arguments"
        )
    return outer(x1, x2)


def _conjugate(x: Any) -> Any:
    return np.conjugate(x) if np.iscomplexobj(x) else x


@composite(np.vecdot)
def vecdot(
    x1: Any, x2: Any, /, *, axis: int = -1, axes: Axes = None, keepdims: bool = False
) -> Any:
    """np.vecdot: the sum of conj(x1) * x2 over an axis."""
    x1, x2 = operand(x1), operand(x2)
    (x1, x2), ends = _to_end((x1, x2), (axis, axis, axis) if axes is None else axes)
    if np.shape(x1)[-1] != np.shape(x2)[-1]:
        raise ShapeError(
            "vectors of one length for vecdot", f"{describe(x1)}, {describe(x2)}", "compare them"
        )
    product = np.sum(np.multiply(_conjugate(x1), x2), axis=-1, keepdims=keepdims)
    return _from_end(product, ends) if keepdims else product


@composite(np.linalg.vecdot)
def linalg_vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """np.linalg.vecdot."""
    return vecdot(x1, x2, axis=axis)


@composite("matvec")
def matvec(x1: Any, x2: Any, /, *, axes: Axes = None) -> Any:
    """np.matvec: matrices times vectors."""
    (x1, x2), ends = _to_end((operand(x1), operand(x2)), axes or ((-2, -1), -1, -1))
    return _from_end(np.matmul(x1, np.expand_dims(x2, -1))[..., 0], ends)


@composite("vecmat")
def vecmat(x1: Any, x2: Any, /, *, axes: Axes = None) -> Any:
    """np.vecmat: conjugated vectors times matrices."""
    (x1, x2), ends = _to_end((operand(x1), operand(x2)), axes or (-1, (-2, -1), -1))
    return _from_end(np.matmul(np.expand_dims(_conjugate(x1), -2), x2)[..., 0, :], ends)


@composite(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    """np.vdot: the sum of conj(a) * b over all elements."""
    return vecdot(np.ravel(operand(a)), np.ravel(operand(b)))


@composite(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """np.tensordot: both reshaped to matrices, and their product reshaped back."""
    a, b = operand(a), operand(b)
    if isinstance(axes, int | np.integer):
        over_a, over_b = range(-int(axes), 0), range(int(axes))
    else:
        over_a, over_b = axes
    over_a = list(normalize_axis_tuple(over_a, np.ndim(a)))
    over_b = list(normalize_axis_tuple(over_b, np.ndim(b)))
    keep_a = [i for i in range(np.ndim(a)) if i not in over_a]
    keep_b = [i for i in range(np.ndim(b)) if i not in over_b]
    shape_a, shape_b = np.shape(a), np.shape(b)
    left_shape = [shape_a[i] for i in keep_a]
    right_shape = [shape_b[i] for i in keep_b]
    summed = int(np.prod([shape_a[i] for i in over_a], dtype=int))
    summed_b = int(np.prod([shape_b[i] for i in over_b], dtype=int))
    if [shape_a[i] for i in over_a] != [shape_b[i] for i in over_b]:
        raise ArgumentError(
            "axes of equal lengths to sum over in tensordot",
            f"{describe(a)} over {tuple(over_a)}, {describe(b)} over {tuple(over_b)}",
            "pass axes=(axes of a, axes of b)",
        )
    rows = int(np.prod(left_shape, dtype=int))
    columns = int(np.prod(right_shape, dtype=int))
    left = np.reshape(np.transpose(a, keep_a + over_a), (rows, summed))
    right = np.reshape(np.transpose(b, over_b + keep_b), (summed_b, columns))
    return np.reshape(np.matmul(left, right), (*left_shape, *right_shape))


@composite(np.linalg.tensordot)
def linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """np.linalg.tensordot."""
    return tensordot(x1, x2, axes)


@composite(np.kron)
def kron(a: Any, b: Any) -> Any:
    """np.kron: every element of a times b."""
    a, b = operand(a), operand(b)
    n = max(np.ndim(a), np.ndim(b))
    shape_a = (1,) * (n - np.ndim(a)) + np.shape(a)
    shape_b = (1,) * (n - np.ndim(b)) + np.shape(b)
    product = np.multiply(
        np.reshape(a, [size for length in shape_a for size in (length, 1)]),
        np.reshape(b, [size for length in shape_b for size in (1, length)]),
    )
    return np.reshape(product, [p * q for p, q in zip(shape_a, shape_b, strict=True)])


@composite(np.cross)
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """np.cross: in three dimensions; in two, which NumPy deprecates, its third component."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = operand(a), operand(b)
    p, q = _components(a, axisa), _components(b, axisb)
    third = p[0] * q[1] - p[1] * q[0]
    if len(p) == len(q) == 2:
        return third
    (p3, *_), (q3, *_) = p[2:] or [None], q[2:] or [None]
    first = _difference((p[1], q3), (p3, q[1]))
    second = _difference((p3, q[0]), (p[0], q3))
    n = np.ndim(third)
    return np.stack([first, second, third], normalize_axis_index(axisc, n + 1))


def _components(x: Any, axis: int) -> list[Any]:
    axis = normalize_axis_index(axis, np.ndim(x))
    if np.shape(x)[axis] not in (2, 3):
        raise ShapeError(
            f"vectors of 2 or 3 components along axis {axis} for cross",
            describe(x),
            "name the axis of the components with axisa=, axisb= or axis=",
        )
    moved = np.moveaxis(x, axis, 0)
    return [moved[i] for i in range(np.shape(x)[axis])]


def _difference(plus: tuple[Any, Any], minus: tuple[Any, Any]) -> Any:
    """The difference of two products, of which one may have a factor that is missing, and so 0."""
    if any(x is None for x in plus):
        return -(minus[0] * minus[1])
    if any(x is None for x in minus):
        return plus[0] * plus[1]
    return plus[0] * plus[1] - minus[0] * minus[1]


@composite(np.linalg.cross)
def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """np.linalg.cross: in three dimensions."""
    x1, x2 = operand(x1), operand(x2)
    if {np.shape(x)[axis] for x in (x1, x2)} != {3}:
        raise ShapeError(
            "vectors of three components",
            f"{describe(x1)}, {describe(x2)}, axis {axis}",
            "name their axis with axis=",
        )
    return cross(x1, x2, axis=axis)

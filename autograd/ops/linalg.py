"""Linear algebra, batched over the leading axes.

Sources: M. B. Giles, "An extended collection of matrix derivative results for forward and reverse
mode algorithmic differentiation" (2008); I. Murray, "Differentiation of the Cholesky decomposition"
(2016).
"""

from typing import Any

import numpy as np

from autograd.errors import LinAlgError, UnsupportedError, describe
from autograd.op import composite, general
from autograd.ops.reduce import euclid


def _t(a: Any) -> Any:
    return np.swapaxes(a, -1, -2)


def _h(a: Any) -> Any:
    return np.conjugate(_t(a)) if np.iscomplexobj(a) else _t(a)


inv = general(
    np.linalg.inv,
    lambda g, y, a: -(_t(y) @ g @ _t(y)),
    tangent=lambda t, y, a: -(y @ t[0] @ y),
    name="inv",
)


def _solve_back(wanted: Any, g: Any, y: Any, a: Any, b: Any) -> tuple[Any, Any]:
    w = np.linalg.solve(_t(a), g)
    return -(w @ _t(y)), w


def _solve_forward(t: Any, y: Any, a: Any, b: Any) -> Any:
    right = 0.0 if t[1] is None else t[1]
    if t[0] is not None:
        right = right - t[0] @ y
    return np.linalg.solve(a, right)


solve_row = general(
    np.linalg.solve,
    joint=_solve_back,
    tangent=_solve_forward,
    arity=2,
    name="solve",
)


@composite(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """np.linalg.solve; a vector is a matrix of one column."""
    if np.ndim(b) == 1:
        return solve_row(a, np.expand_dims(b, -1))[..., 0]
    return solve_row(a, b)


def _inverse(a: Any) -> Any:
    """The inverse that a derivative needs; LinAlgError where there is none."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError as error:
        raise LinAlgError(
            "an invertible matrix, for this derivative",
            f"a singular one, {describe(a)}",
            "add a small multiple of the identity",
        ) from error


def _cofactors(a: Any) -> Any:
    """det(a) a⁻ᵀ, also of a singular matrix: from a = u s vᴴ, by the products of the other s."""
    u, s, vh = np.linalg.svd(a)
    rest = np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., np.newaxis, :]).prod(axis=-1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return sign[..., np.newaxis, np.newaxis] * (
        (np.conjugate(u) * rest[..., np.newaxis, :]) @ np.conjugate(vh)
    )


def _cofactors_back(g: Any, c: Any, a: Any) -> Any:
    inverse = _t(_inverse(a))
    weight = np.sum(g * c, axis=(-2, -1))[..., np.newaxis, np.newaxis]
    return weight * inverse - inverse @ _t(g) @ c


# The gradient of det is the matrix of cofactors, which a singular matrix has too.
cofactors = general(_cofactors, _cofactors_back, name="cofactors")
det = general(
    np.linalg.det,
    lambda g, y, a: np.expand_dims(g, (-2, -1)) * cofactors(a),
    name="det",
)


def _slogdet_back(wanted: Any, g: Any, y: Any, a: Any) -> tuple[Any]:
    sign, _ = y
    weight = g[1]
    if np.iscomplexobj(a):
        weight = weight - 1j * np.real(1j * g[0] * sign)
    return (np.expand_dims(weight, (-2, -1)) * _t(_inverse(a)),)


slogdet = general(np.linalg.slogdet, joint=_slogdet_back, name="slogdet")


def _half_triangle(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    n = np.shape(x)[-1]
    return x * (np.tril(np.ones((n, n))) - 0.5 * np.eye(n)).astype(x.dtype)


def _cholesky_back(g: Any, y: Any, a: Any, *, upper: bool = False) -> Any:
    lower = _h(y) if upper else y
    g = _h(g) if upper else g
    inverse = np.linalg.inv(lower)
    middle = _half_triangle(_t(lower) @ g)
    s = (
        _t(inverse) @ middle @ np.conjugate(inverse)
        if np.iscomplexobj(a)
        else (_t(inverse) @ middle @ inverse)
    )
    return (s + _h(s)) / 2 if not np.iscomplexobj(a) else (s + _t(np.conjugate(s))) / 2


def _cholesky_forward(t: Any, y: Any, a: Any, *, upper: bool = False) -> Any:
    lower = _h(y) if upper else y
    inverse = np.linalg.inv(lower)
    symmetric = (t[0] + _h(t[0])) / 2
    moved = lower @ _half_triangle(inverse @ symmetric @ _h(inverse))
    return _h(moved) if upper else moved


# Only one triangle is read, so the gradient is that of (a + aᴴ) / 2.
cholesky = general(
    np.linalg.cholesky,
    _cholesky_back,
    tangent=_cholesky_forward,
    name="cholesky",
)


@composite(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """np.linalg.norm; its derivative at 0 is 0."""
    n = np.ndim(x)
    if axis is None and ord is None:
        return euclid(x, axis=None, keepdims=keepdims)
    axes = tuple(range(n)) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    if len(axes) == 1:
        return vector_norm(x, ord, axes[0], keepdims)
    return matrix_norm(x, "fro" if ord is None else ord, tuple(axes), keepdims)


def vector_norm(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    """The norm of vectors along one or more axes, as np.linalg.vector_norm counts them."""
    if ord is None or ord == 2:
        return euclid(x, axis=axis, keepdims=keepdims)
    size = np.abs(x)
    if ord == np.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(x != 0, axis=axis, keepdims=keepdims).astype(
            np.asarray(size.dtype.type(0)).dtype
        )
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    if isinstance(ord, str):
        raise UnsupportedError(
            "the order of a vector norm: a number, inf or -inf", f"ord={ord!r}", "pass a number"
        )
    # Scaled by the largest element, whose power is 1: at 0 the derivative is then 0, not NaN.
    total = np.sum(size**ord, axis=axis, keepdims=keepdims)
    zero = total == 0
    return np.where(zero, 0, np.where(zero, 1, total) ** (1.0 / ord))


def matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """The norm of matrices in two axes."""
    if ord == "fro":
        return euclid(x, axis=axes, keepdims=keepdims)
    if ord not in (1, -1, np.inf, -np.inf):
        raise UnsupportedError(
            "a matrix norm that needs no singular values: 'fro', 1, -1, inf, -inf",
            f"ord={ord!r}",
            "use 'fro', or the Euclidean norm of a vector",
        )
    if len(axes) != 2:
        raise UnsupportedError("two axes for a matrix norm", f"axis={axes}", "pass two axes")
    rows, columns = (i % np.ndim(x) for i in axes)
    summed, kept = (rows, columns) if ord in (1, -1) else (columns, rows)
    totals = np.sum(np.abs(x), axis=summed, keepdims=True)
    extreme = np.max if ord in (1, np.inf) else np.min
    found = extreme(totals, axis=kept, keepdims=True)
    return found if keepdims else np.squeeze(found, axis=(rows, columns))


@composite(np.linalg.vector_norm)
def linalg_vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """np.linalg.vector_norm."""
    return vector_norm(x, ord, axis, keepdims)


@composite(np.linalg.matrix_norm)
def linalg_matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """np.linalg.matrix_norm."""
    return matrix_norm(x, ord, (-2, -1), keepdims)

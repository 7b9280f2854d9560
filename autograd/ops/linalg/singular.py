"""Singular values and vectors, a = u diag(s) vᴴ.

With E = uᴴ da v, its Hermitian part H and the rest K, the singular values move by the diagonal of
H, and the vectors by u X and v Y plus what leaves their spans, where off the diagonal

    X + Y = 2 H_ij / (s_j - s_i)        X - Y = 2 K_ij / (s_i + s_j)

The phase is a convention, that of JAX: the diagonal of Y is 0, that of X is K_ii / s_i. Columns
beyond the rank of full matrices do not turn among themselves.

Sources: J. Townsend, "Differentiating the singular value decomposition" (2016); Z.-Q. Wan and
S.-X. Zhang, "Automatic differentiation for complex valued SVD" (2019).
"""

from functools import cache
from typing import Any

import numpy as np

from autograd import leading
from autograd.op import composite, general
from autograd.ops.index import stop_gradient
from autograd.ops.linalg.common import (
    adjoint,
    anti_part,
    conjugated,
    diagonal_of,
    hermitian_part,
    in_columns,
    in_rows,
    off_diagonal,
    quotient,
    size_of,
    tied,
    transposed,
    unused,
    visible,
)
from autograd.ops.linalg.eigen import undecided


def _apart(x: Any, s: Any, undefined: Any) -> Any:
    """x_ij / (s_j - s_i) off the diagonal."""
    apart = off_diagonal(np.shape(s)[-1])
    gap = in_columns(s) - in_rows(s)
    return quotient(x * apart, gap, tied(s, s), np.logical_and(undefined, apart))


def _together(x: Any, s: Any, undefined: Any) -> Any:
    """x_ij / (s_i + s_j)."""
    return quotient(x, in_columns(s) + in_rows(s), tied(s, -s), undefined)


def _by_columns(x: Any, s: Any, undefined: Any) -> Any:
    """x_ij / s_j."""
    return quotient(x, in_columns(s), _zero(s), undefined)


def _zero(s: Any) -> Any:
    return tied(s, np.zeros(1, s.dtype))


# The gradient of Σ g_i s_i, conj(u diag(g) vᴴ), and its derivative. As for eigenvalues it is a row
# of its own, and its last three arguments save computing them again. `linear` says that the
# weights do not depend on the singular values, so that at a tie equal weights add nothing.


def _gradient(a: Any, g: Any, u: Any, s: Any, vh: Any, linear: bool = False) -> Any:
    return conjugated((u * in_columns(g)) @ vh)


def _moved(a: Any, g: Any, move: Any, dg: Any, linear: bool) -> Any:
    """u [dg + (g_j - g_i) H / (s_j - s_i) + (g_i + g_j) K / (s_i + s_j)] vᴴ, and outside of it."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    v = adjoint(vh)
    e = adjoint(u) @ move @ v
    scale = size_of(move)
    h, k = hermitian_part(e), anti_part(e)
    weighs = in_rows(g) != in_columns(g)
    if not linear:
        weighs = np.logical_or(weighs, np.logical_or(in_rows(g) != 0, in_columns(g) != 0))
    if dg is not None:
        weighs = np.logical_or(weighs, in_rows(dg) != in_columns(dg))
    heavy = np.logical_or(in_rows(g) != 0, in_columns(g) != 0)
    middle = h * _apart(
        in_columns(g) - in_rows(g), s, np.logical_and(visible(h, scale), weighs)
    ) + k * _together(in_rows(g) + in_columns(g), s, np.logical_and(visible(k, scale), heavy))
    if dg is not None:
        middle = middle + in_columns(dg) * np.eye(np.shape(s)[-1], dtype=bool)
    found = u @ middle @ vh
    m, n = np.shape(a)[-2:]
    if m > n:
        out = move @ v - u @ e
        found = found + (out * _by_columns(in_columns(g), s, _heavy(out, scale, g))) @ vh
    if n > m:
        out = adjoint(move) @ u - v @ adjoint(e)
        found = found + u @ adjoint(out * _by_columns(in_columns(g), s, _heavy(out, scale, g)))
    return found


def _heavy(out: Any, scale: Any, g: Any) -> Any:
    return np.logical_and(_seen(out, scale), in_columns(g) != 0)


def _gradient_forward(
    t: Any, y: Any, a: Any, g: Any, u: Any, s: Any, vh: Any, *, linear: bool = False
) -> Any:
    if t[0] is not None:
        return conjugated(_moved(a, g, t[0], t[1], linear))
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return conjugated((u * in_columns(t[1])) @ vh)


def _weights_back(
    c: Any, y: Any, a: Any, g: Any, u: Any, s: Any, vh: Any, *, linear: bool = False
) -> Any:
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return np.real(diagonal_of(adjoint(u) @ c @ adjoint(vh)))


singular_gradient = general(
    _gradient,
    lambda c, y, a, g, u, s, vh, *, linear=False: conjugated(_moved(a, g, c, None, linear)),
    _weights_back,
    None,
    None,
    None,
    tangent=_gradient_forward,
    batch=leading.core(2, 1, 2, 1, 2),
    name="singular_value_gradient",
)


def _of_values(a: Any, g: Any, parts: Any, linear: bool = False) -> Any:
    return singular_gradient(a, g, *map(stop_gradient, parts), linear=linear)


# Singular values alone. At 0 they have a kink like that of |x|, and derivative 0.


def _values_back(g: Any, y: Any, x: Any) -> Any:
    return _of_values(x, g * (y > 0), np.linalg.svd(x, full_matrices=False))


def _values_forward(t: Any, y: Any, x: Any) -> Any:
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return np.real(diagonal_of(adjoint(u) @ t[0] @ adjoint(vh))) * (y > 0)


svdvals = general(
    np.linalg.svdvals,
    _values_back,
    tangent=_values_forward,
    batch=leading.core(2),
    name="svdvals",
)


def _sum_back(g: Any, y: Any, x: Any) -> Any:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return _of_values(x, np.expand_dims(g, -1) * (s > 0), (u, s, vh), linear=True)


# The nuclear norm: Σ s. Unlike a sum of svdvals, it is known to be linear in them.
nuclear = general(
    lambda x: np.sum(np.linalg.svdvals(x), axis=-1),
    _sum_back,
    tangent=lambda t, y, x: np.sum(np.real(t[0] * _sum_back(np.ones_like(y), y, x)), axis=(-2, -1)),
    batch=leading.core(2),
    name="nuclear_norm",
)


# Singular values and vectors


def _svd_back(wanted: Any, g: Any, y: Any, a: Any, *, full_matrices: bool = True) -> tuple[Any]:
    s, rank = y[1], np.shape(y[1])[-1]
    u, vh = y[0][..., :rank], y[2][..., :rank, :]
    of_values = _of_values(a, g[1], (u, s, vh))
    if unused(g[0], g[2]):
        return (of_values,)
    gu, gv = conjugated(g[0]), transposed(g[2])
    scale = size_of(gu) + size_of(gv)
    in_u, out_u = _split(gu, y[0], rank)
    in_v, out_v = _split(gv, adjoint(y[2]), rank)
    both = in_u + in_v
    turn = anti_part(both)
    phase = anti_part(in_u - in_v) + turn * np.eye(rank, dtype=bool)
    middle = _apart(turn, s, undecided(both, turn, g[1], scale))
    middle = middle + _together(phase, s, visible(phase, scale)) + _kinks(s, g[1], scale, a)
    found = u @ middle @ vh
    m, n = np.shape(a)[-2:]
    if m > n:
        found = found + _by_columns(out_u, s, _seen(out_u, scale)) @ vh
    if n > m:
        found = found + u @ adjoint(_by_columns(out_v, s, _seen(out_v, scale)))
    return (conjugated(found) + of_values,)


def _split(g: Any, u: Any, rank: int) -> tuple[Any, Any]:
    """The cotangent of vectors: in their span, and out of it, where the others must give way."""
    own, rest = u[..., :rank], u[..., rank:]
    inside = adjoint(own) @ g[..., :rank]
    outside = g[..., :rank] - own @ inside
    if np.shape(rest)[-1]:
        outside = outside - rest @ (adjoint(g[..., rank:]) @ own)
    return inside, outside


def _seen(out: Any, scale: Any) -> Any:
    return np.any(visible(out, scale), axis=-2, keepdims=True)


def _kinks(s: Any, weights: Any, used: Any, a: Any) -> Any:
    """NaN on the diagonal where a singular value is 0, weighs something, and vectors are used.

    Only of a real square matrix the product u s vᴴ is smooth there in each of them.
    """
    m, n = np.shape(a)[-2:]
    if m == n and not np.iscomplexobj(a):
        return np.zeros((), a.dtype)
    weighed = visible(in_columns(weights), size_of(in_rows(weights)))
    kink = np.logical_and(np.logical_and(_zero(s), weighed), used != 0)
    diagonal = np.eye(np.shape(s)[-1], dtype=bool)
    return np.where(np.logical_and(kink, diagonal), np.nan, np.zeros((), a.dtype))


def _svd_forward(t: Any, y: Any, a: Any, *, full_matrices: bool = True) -> tuple[Any, Any, Any]:
    s, rank = y[1], np.shape(y[1])[-1]
    v = adjoint(y[2])
    move = t[0]
    scale = size_of(move)
    e = adjoint(y[0][..., :rank]) @ move @ v[..., :rank]
    h, k = hermitian_part(e), anti_part(e)
    apart = _apart(h, s, visible(h, scale))
    together = _together(k, s, visible(k, scale))
    phase = together * np.eye(rank, dtype=bool)
    du = _turned(y[0], apart + together + phase, move @ v[..., :rank], s, scale)
    dv = _turned(v, apart - together + phase, adjoint(move) @ y[0][..., :rank], s, scale)
    return du, np.real(diagonal_of(e)), adjoint(dv)


def _turned(u: Any, turn: Any, moved: Any, s: Any, scale: Any) -> Any:
    """u turn, and what takes its columns out of their span; the columns beyond give way."""
    rows, columns = np.shape(u)[-2:]
    rank = np.shape(s)[-1]
    own = u[..., :rank]
    found = own @ turn
    if rows == rank:
        return found
    out = moved - own @ (adjoint(own) @ moved)
    found = found + _by_columns(out, s, _seen(out, scale))
    if columns == rank:
        return found
    rest = u[..., rank:]
    return np.concatenate([found, -own @ (adjoint(found) @ rest)], axis=-1)


svd_row = general(
    np.linalg.svd,
    joint=_svd_back,
    tangent=_svd_forward,
    batch=leading.core(2),
    name="svd",
)


@cache
def _svd_result() -> Any:
    """NumPy's named tuple, which has no public name."""
    return type(np.linalg.svd(np.zeros((1, 1))))


@composite(np.linalg.svd)
def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """np.linalg.svd; of a Hermitian matrix, by `eigh`."""
    if hermitian:
        return _of_hermitian(a, compute_uv)
    return svd_row(a, full_matrices=bool(full_matrices)) if compute_uv else svdvals(a)


def _of_hermitian(a: Any, compute_uv: bool) -> Any:
    values = np.linalg.eigvalsh(a) if not compute_uv else None
    if values is not None:
        return np.flip(np.sort(np.abs(values), axis=-1), -1)
    values, v = np.linalg.eigh(a)
    order = np.flip(np.argsort(np.abs(values), axis=-1), -1)
    sign = np.take_along_axis(np.sign(values), order, axis=-1)
    s = np.take_along_axis(np.abs(values), order, axis=-1)
    u = np.take_along_axis(v, in_columns(order), axis=-1)
    return _svd_result()(u, s, adjoint(u * in_columns(sign)))

"""Eigenvalues and eigenvectors, of Hermitian and of general matrices.

With P = v⁻¹ da v, the eigenvalues move by diag(P), and the vectors by v Z plus a multiple of
themselves, Z_ij = P_ij / (λ_j - λ_i). That multiple, of scale and phase, is a convention. For
`eigh` it is 0, as in JAX: vᴴ dv = 0. For `eig` the columns keep length 1 and their largest
component stays real; LAPACK makes them so, and NumPy's own function is what is differentiated.

Only one triangle is read by `eigh`, so its gradient is that of (a + aᴴ) / 2.

Sources: Giles (2008), of `eigh`; C. Boeddeker, P. Hanebrink, L. Drude, J. Heymann and
R. Haeb-Umbach, "On the computation of complex-valued gradients with application to statistically
optimum beamforming" (2017), of `eig`.
"""

from typing import Any

import numpy as np

from autograd import leading
from autograd.op import general
from autograd.ops.index import stop_gradient
from autograd.ops.linalg.common import (
    adjoint,
    anti_part,
    conjugated,
    diagonal_of,
    hermitian_part,
    in_columns,
    in_rows,
    inverse,
    off_diagonal,
    quotient,
    size_of,
    tied,
    transposed,
    unused,
    visible,
)


def _decompose(a: Any, hermitian: bool, UPLO: Any) -> tuple[Any, Any, Any]:
    """λ, v and v⁻¹."""
    if hermitian:
        values, v = np.linalg.eigh(a, UPLO)
        return values, v, adjoint(v)
    values, v = np.linalg.eig(a)
    return values, v, _inverse(v)


def _inverse(v: Any) -> Any:
    return inverse(v, "a derivative of eig, which needs as many eigenvectors as columns")


def _gaps(values: Any) -> Any:
    """λ_j - λ_i, at (i, j)."""
    return in_columns(values) - in_rows(values)


def _ratio(x: Any, values: Any, undefined: Any) -> Any:
    """x_ij / (λ_j - λ_i) off the diagonal, and 0 on it; at ties 0, or NaN where undefined."""
    apart = off_diagonal(np.shape(values)[-1])
    return quotient(
        x * apart, _gaps(values), tied(values, values), np.logical_and(undefined, apart)
    )


# The gradient of Σ g_i λ_i is (v diag(g) v⁻¹)ᵀ. It is a row of its own because its derivative,
# v [(g_j - g_i) / (λ_j - λ_i) · P] v⁻¹, needs none of v: ties among eigenvalues that weigh nothing
# do no harm. The last two arguments, λ and v, are there to save computing them again.


def _gradient(a: Any, g: Any, values: Any, v: Any, hermitian: bool = False, UPLO: Any = "L") -> Any:
    return transposed((v * in_columns(g)) @ (adjoint(v) if hermitian else _inverse(v)))


def _moved(a: Any, g: Any, move: Any, dg: Any, hermitian: bool, UPLO: Any) -> Any:
    """v [dg + (g_j - g_i) / (λ_j - λ_i) · P] v⁻¹, for P = v⁻¹ move v; dg may be None.

    At a tie the limit of the quotient is a second derivative of what g is the gradient of. It is
    known here only where both weigh nothing: 0.
    """
    values, v, v_inverse = _decompose(a, hermitian, UPLO)
    p = v_inverse @ (hermitian_part(move) if hermitian else move) @ v
    weighs = np.logical_or(in_rows(g) != 0, in_columns(g) != 0)
    if dg is not None:
        weighs = np.logical_or(weighs, in_rows(dg) != in_columns(dg))
    undefined = np.logical_and(visible(p, size_of(p)), weighs)
    middle = p * _ratio(in_columns(g) - in_rows(g), values, undefined)
    if dg is not None:
        middle = middle + in_columns(dg) * np.eye(np.shape(values)[-1], dtype=bool)
    return v @ middle @ v_inverse


def _gradient_forward(
    t: Any, y: Any, a: Any, g: Any, values: Any, v: Any, *, hermitian: bool, UPLO: Any = "L"
) -> Any:
    if t[0] is not None:
        return transposed(_moved(a, g, t[0], t[1], hermitian, UPLO))
    _, v, v_inverse = _decompose(a, hermitian, UPLO)
    return transposed((v * in_columns(t[1])) @ v_inverse)


def _weights_back(
    c: Any, y: Any, a: Any, g: Any, values: Any, v: Any, *, hermitian: bool, UPLO: Any = "L"
) -> Any:
    _, v, v_inverse = _decompose(a, hermitian, UPLO)
    return diagonal_of(v_inverse @ c @ v)


eigenvalue_gradient = general(
    _gradient,
    lambda c, y, a, g, values, v, *, hermitian, UPLO="L": transposed(
        _moved(a, g, c, None, hermitian, UPLO)
    ),
    _weights_back,
    None,
    None,
    tangent=_gradient_forward,
    batch=leading.core(2, 1, 1, 2),
    name="eigenvalue_gradient",
)


def _of_values(a: Any, g: Any, values: Any, v: Any, **static: Any) -> Any:
    return eigenvalue_gradient(a, g, stop_gradient(values), stop_gradient(v), **static)


# Eigenvalues alone


def _eigvalsh_back(g: Any, y: Any, a: Any, *, UPLO: Any = "L") -> Any:
    return _of_values(a, g, *np.linalg.eigh(a, UPLO), hermitian=True, UPLO=UPLO)


def _eigvalsh_forward(t: Any, y: Any, a: Any, *, UPLO: Any = "L") -> Any:
    _, v, v_inverse = _decompose(a, True, UPLO)
    return np.real(diagonal_of(v_inverse @ hermitian_part(t[0]) @ v))


def _eigvals_forward(t: Any, y: Any, a: Any) -> Any:
    _, v, v_inverse = _decompose(a, False, "L")
    return diagonal_of(v_inverse @ t[0] @ v)


eigvalsh = general(
    np.linalg.eigvalsh,
    _eigvalsh_back,
    tangent=_eigvalsh_forward,
    batch=leading.core(2),
    name="eigvalsh",
)
eigvals = general(
    np.linalg.eigvals,
    lambda g, y, a: _of_values(a, g, *np.linalg.eig(a), hermitian=False),
    tangent=_eigvals_forward,
    batch=leading.core(2),
    name="eigvals",
)


# Eigenvalues and eigenvectors


def undecided(k: Any, turn: Any, weights: Any, scale: Any) -> Any:
    """Where it matters to a function how tied vectors turn; k = vᴴ gv, and `weights` is g.

    It matters where k has an anti-Hermitian part, `turn`. Otherwise, a function of the values
    alone, or of the vectors alone, has no more to say. In v f(λ) vᴴ both are used, and what f'
    does within a tie cannot be told from g, which is its diagonal in one basis of many. Only if
    the weights of the two are equal, though the diagonal of k varies, f' is 0.
    """
    used = np.any(k != 0, axis=(-2, -1), keepdims=True)
    weighed = np.any(in_rows(weights) != 0, axis=(-2, -1), keepdims=True)
    level = diagonal_of(k)
    varies = visible(in_columns(level) - in_rows(level), scale)
    mixed = np.logical_or(
        unequal(weights), np.logical_and(visible(k, scale), np.logical_not(varies))
    )
    return np.logical_or(visible(turn, scale), np.logical_and(mixed, np.logical_and(used, weighed)))


def unequal(weights: Any) -> Any:
    """Where two weights differ by more than rounding."""
    return visible(in_columns(weights) - in_rows(weights), size_of(in_rows(weights)))


def _eigh_back(wanted: Any, g: Any, y: Any, a: Any, *, UPLO: Any = "L") -> tuple[Any]:
    values, v = y
    found = _of_values(a, g[0], values, v, hermitian=True, UPLO=UPLO)
    if unused(g[1]):
        return (found,)
    k = adjoint(v) @ conjugated(g[1])
    turn = anti_part(k)
    middle = _ratio(turn, values, undecided(k, turn, g[0], size_of(k)))
    return (found + transposed(v @ middle @ adjoint(v)),)


def _eigh_forward(t: Any, y: Any, a: Any, *, UPLO: Any = "L") -> tuple[Any, Any]:
    values, v = y
    p = adjoint(v) @ hermitian_part(t[0]) @ v
    return np.real(diagonal_of(p)), v @ _ratio(p, values, visible(p, size_of(p)))


eigh = general(
    np.linalg.eigh,
    joint=_eigh_back,
    tangent=_eigh_forward,
    batch=leading.core(2),
    name="eigh",
)


def _anchor(v: Any) -> Any:
    """A mask of the component of each column that stays real: of those that are, the largest."""
    if not np.size(v):
        return np.zeros(np.shape(v), dtype=bool)
    first = np.argmax(np.where(np.imag(v) == 0, np.abs(v), 0), axis=-2)
    return in_columns(first) == in_rows(np.arange(np.shape(v)[-1]))


def _eig_back(wanted: Any, g: Any, y: Any, a: Any) -> tuple[Any]:
    values, v = y
    found = _of_values(a, g[0], values, v, hermitian=False)
    if unused(g[1]):
        return (found,)
    gv = conjugated(g[1])
    along = np.sum(conjugated(v) * gv, axis=-2)
    free = gv - v * in_columns(np.real(along))
    if np.iscomplexobj(v):
        place = _anchor(v)
        component = np.sum(place * np.real(v), axis=-2)
        free = free - place * in_columns(1j * np.imag(along) / component)
    k = adjoint(v) @ free
    scale = size_of(k) + size_of(in_rows(g[0])) * size_of(in_rows(values))
    undefined = np.logical_or(visible(k, scale), unequal(g[0]))
    turn = transposed(_ratio(conjugated(k), values, undefined))
    return (found + transposed(v @ turn @ _inverse(v)),)


def _eig_forward(t: Any, y: Any, a: Any) -> tuple[Any, Any]:
    values, v = y
    p = _inverse(v) @ t[0] @ v
    moved = v @ _ratio(p, values, visible(p, size_of(p)))
    along = np.real(np.sum(conjugated(v) * moved, axis=-2))
    if np.iscomplexobj(v):
        place = _anchor(v)
        component = np.sum(place * np.real(v), axis=-2)
        along = along + 1j * np.imag(np.sum(place * moved, axis=-2)) / component
    return diagonal_of(p), moved - v * in_columns(along)


eig = general(
    np.linalg.eig, joint=_eig_back, tangent=_eig_forward, batch=leading.core(2), name="eig"
)

"""Orthogonal factors: QR, RQ, polar; pseudoinverses, least squares and bases of subspaces."""

from typing import Any

import numpy as np
import scipy.linalg

from autograd import leading
from autograd.errors import ArgumentError, UnsupportedError, describe
from autograd.op import constant, general
from autograd.ops.linalg.common import adjoint as h
from autograd.ops.linalg.common import hermitian_part
from autograd.ops.linalg.common import transposed as t
from autograd.scipy.linalg.equations import sylvester
from autograd.scipy.linalg.parts import from_triangle, of_scipy


def _pivots_of_columns(a: Any) -> Any:
    return scipy.linalg.qr(a, mode="r", pivoting=True)[1]


pivots_of_columns = constant(_pivots_of_columns, batch=leading.core(2), name="order of the columns")


def _in_mode(mode: str, modes: dict[str, Any], name: str) -> Any:
    if mode not in modes:
        known = ", ".join(map(repr, modes))
        raise ArgumentError(f"mode= one of {known} for {name}", repr(mode), "pass one of them")
    return modes[mode]


@of_scipy(scipy.linalg.qr)
def qr(a: Any, mode: str = "full", pivoting: bool = False) -> tuple[Any, ...]:
    """q and r of a = q r, as np.linalg.qr; with `pivoting`, of the columns in the order p."""
    numpy_mode = _in_mode(mode, {"full": "complete", "economic": "reduced", "r": "r"}, "qr")
    order = ()
    if pivoting:
        order = (pivots_of_columns(a),)
        a = np.take_along_axis(a, np.expand_dims(order[0], -2), axis=-1)
    if numpy_mode == "r":
        found = np.linalg.qr(a, "r")
        missing = np.shape(a)[-2] - np.shape(found)[-2]
        return np.pad(found, [(0, 0)] * (np.ndim(a) - 2) + [(0, missing), (0, 0)]), *order
    return *np.linalg.qr(a, numpy_mode), *order


def _signs(a: Any, q: Any, mode: str) -> Any:
    theirs = scipy.linalg.rq(a, mode=mode)[1]
    return np.sign(np.real(np.sum(theirs * np.conjugate(q), axis=-1)))


signs_of_rows = constant(_signs, arity=2, batch=leading.core(2, 2), name="signs of the rows")


@of_scipy(scipy.linalg.rq)
def rq(a: Any, mode: str = "full") -> Any:
    """r and q of a = r q: the factors of the flipped adjoint, with SciPy's signs."""
    _in_mode(mode, {"full": "", "economic": "", "r": ""}, "rq")
    reduced = "complete" if mode == "full" else "reduced"
    q, r = np.linalg.qr(h(np.flip(a, -2)), reduced)
    q, r = np.flip(h(q), -2), np.flip(h(r), (-2, -1))
    signs = np.expand_dims(signs_of_rows(a, q, mode="economic" if mode == "r" else mode), -1)
    return r * t(signs) if mode == "r" else (r * t(signs), q * signs)


# Polar: for a = u p with u of orthonormal columns, u̇ = u ω + (1 - u uᴴ) ȧ p⁻¹, where
# p ω + ω p = uᴴ ȧ - ȧᴴ u. N. J. Higham, "Functions of Matrices" (2008), section 8.


def _polar_back(g: Any, u: Any, a: Any) -> Any:
    p = h(u) @ a
    inside = t(u) @ g
    w = sylvester(t(p), t(p), inside)
    found = np.conjugate(u) @ (w - h(w))
    if np.shape(a)[-2] > np.shape(a)[-1]:
        found = found + t(np.linalg.solve(p, t(g - np.conjugate(u) @ inside)))
    return found


unitary_factor = general(
    lambda a: scipy.linalg.polar(a)[0],
    _polar_back,
    batch=leading.core(2),
    name="unitary factor of polar",
)


def _unitary(a: Any) -> Any:
    wide = np.shape(a)[-2] < np.shape(a)[-1]
    return h(unitary_factor(h(a))) if wide else unitary_factor(a)


@of_scipy(scipy.linalg.polar)
def polar(a: Any, side: str = "right") -> tuple[Any, Any]:
    """u and p of a = u p, or for side="left" of a = p u: p Hermitian, u unitary."""
    if side not in ("right", "left"):
        raise ArgumentError("side 'right' or 'left'", describe(side), "pass one of them")
    u = _unitary(a)
    return u, hermitian_part(h(u) @ a if side == "right" else a @ h(u))


@of_scipy(scipy.linalg.orthogonal_procrustes)
def orthogonal_procrustes(A: Any, B: Any) -> tuple[Any, Any]:
    """The unitary r that minimises |A r - B|, and the sum of the singular values of Aᴴ B."""
    product = t(t(B) @ np.conjugate(A))
    r = _unitary(product)
    return r, np.real(np.sum(np.conjugate(r) * product, axis=(-2, -1)))


def _cutoff(a: Any, atol: float | None, rtol: float | None) -> float:
    if atol:
        raise UnsupportedError(
            "a relative cutoff for the pseudoinverse of a Value", f"atol={atol!r}", "pass rtol="
        )
    return max(np.shape(a)[-2:]) * float(np.finfo(a.dtype).eps) if rtol is None else rtol


@of_scipy(scipy.linalg.pinv)
def pinv(a: Any, *, atol: float | None = None, rtol: float | None = None) -> Any:
    """The pseudoinverse; its derivative is that at constant rank."""
    return np.linalg.pinv(a, rtol=_cutoff(a, atol, rtol))


@of_scipy(scipy.linalg.pinvh)
def pinvh(a: Any, atol: float | None = None, rtol: float | None = None, lower: bool = True) -> Any:
    """The pseudoinverse of a Hermitian matrix, of which one triangle is read."""
    whole = from_triangle(a, lower=lower)
    return np.linalg.pinv(whole, hermitian=True, rtol=_cutoff(a, atol, rtol))


@of_scipy(scipy.linalg.lstsq)
def lstsq(a: Any, b: Any, cond: float | None = None) -> tuple[Any, ...]:
    """The x of least |b - a x|, the squared residuals, the rank and the singular values."""
    rcond = float(np.finfo(np.result_type(a.dtype, b.dtype)).eps) if cond is None else cond
    x, residuals, rank, s = np.linalg.lstsq(a, b, rcond=rcond)
    return x, residuals[0] if np.ndim(b) == 1 and np.size(residuals) else residuals, rank, s


# A basis is one of many; the derivative is that of its span, and turns the basis no further.
null_space_row = general(
    lambda a, rcond=None: scipy.linalg.null_space(a, rcond),
    lambda g, y, a, *, rcond=None: -(t(pinv(a, rtol=rcond)) @ g @ t(y)),
    tangent=lambda moving, y, a, *, rcond=None: -(pinv(a, rtol=rcond) @ (moving[0] @ y)),
    batch=leading.core(2),
    name="null_space",
)
orth_row = general(
    lambda a, rcond=None: scipy.linalg.orth(a, rcond),
    lambda g, y, a, *, rcond=None: (g - np.conjugate(y) @ (t(y) @ g)) @ t(pinv(a, rtol=rcond) @ y),
    batch=leading.core(2),
    name="orth",
)


@of_scipy(scipy.linalg.null_space)
def null_space(A: Any, rcond: float | None = None) -> Any:
    """An orthonormal basis of the x with A x = 0; for functions of its span."""
    return null_space_row(A, rcond=rcond)


@of_scipy(scipy.linalg.orth)
def orth(A: Any, rcond: float | None = None) -> Any:
    """An orthonormal basis of the range of A; for functions of its span."""
    return orth_row(A, rcond=rcond)


@of_scipy(scipy.linalg.subspace_angles)
def subspace_angles(A: Any, B: Any) -> Any:
    """The angles between the ranges of A and B, the largest first."""
    a, b = orth(A), orth(B)
    product = h(a) @ b
    cosines = np.flip(np.linalg.svdvals(product), -1)
    rest = b - a @ product if np.shape(a)[-1] >= np.shape(b)[-1] else a - b @ h(product)
    sines = np.linalg.svdvals(rest)
    small = np.flip(cosines, -1) ** 2 >= 0.5
    return np.where(
        small, np.arcsin(np.clip(sines, -1.0, 1.0)), np.arccos(np.clip(cosines, -1.0, 1.0))
    )

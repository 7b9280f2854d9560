"""Cholesky and QR factors.

Sources: I. Murray, "Differentiation of the Cholesky decomposition" (2016); S. F. Walter and
L. Lehmann, "Algorithmic differentiation of linear algebra functions with application in optimum
experimental design" (2010), of QR; D. A. O. Roberts and L. R. Roberts, "QR and LQ decomposition
matrix backpropagation algorithms for square, wide, and deep matrices and their software
implementation" (2020), of wide matrices.
"""

from typing import Any

import numpy as np

from autograd import leading
from autograd.errors import ArgumentError, LinAlgError, describe
from autograd.op import composite, general
from autograd.ops.linalg.common import (
    adjoint,
    anti_part,
    conjugated,
    hermitian_part,
    transposed,
)


def _half_triangle(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    n = np.shape(x)[-1]
    return x * (np.tril(np.ones((n, n))) - 0.5 * np.eye(n)).astype(x.dtype)


def _cholesky_back(g: Any, y: Any, a: Any, *, upper: bool = False) -> Any:
    lower = adjoint(y) if upper else y
    g = conjugated(adjoint(g) if upper else g)
    inverse = np.linalg.inv(lower)
    found = adjoint(inverse) @ _half_triangle(adjoint(lower) @ g) @ inverse
    return conjugated(hermitian_part(found))


def _cholesky_forward(t: Any, y: Any, a: Any, *, upper: bool = False) -> Any:
    lower = adjoint(y) if upper else y
    inverse = np.linalg.inv(lower)
    moved = lower @ _half_triangle(inverse @ hermitian_part(t[0]) @ adjoint(inverse))
    return adjoint(moved) if upper else moved


# Only one triangle is read, so the gradient is that of (a + aᴴ) / 2.
cholesky = general(
    np.linalg.cholesky,
    _cholesky_back,
    tangent=_cholesky_forward,
    batch=leading.core(2),
    name="cholesky",
)


# a = q r. With C = qᴴ da r⁻¹, q turns by the anti-Hermitian X that has the lower triangle of C and
# keeps the diagonal of r real, as LAPACK makes it: dq = q X + (1 - q qᴴ) da r⁻¹, dr = qᴴ da - X r.
# Of a wide matrix only the first columns decide q. Columns of a complete q beyond those of `a` do
# not turn among themselves.


def _divided(x: Any, r: Any) -> Any:
    """x r⁻¹."""
    try:
        return transposed(np.linalg.solve(transposed(r), transposed(x)))
    except np.linalg.LinAlgError as error:
        raise LinAlgError(
            "independent columns, the first ones of a wide matrix, for the derivative of qr",
            f"an r with a zero on the diagonal, {describe(r)}",
            "use svd or pinv for matrices that may be rank-deficient",
        ) from error


def _skew(c: Any) -> Any:
    """The lower triangle of c, less its adjoint; of the diagonal the imaginary part."""
    lower = _half_triangle(c)
    return 2 * anti_part(lower)


def _qr_back(wanted: Any, g: Any, y: Any, a: Any, *, mode: str = "reduced") -> tuple[Any]:
    m, n = np.shape(a)[-2:]
    k = min(m, n)
    q, rest, r = y[0][..., :k], y[0][..., k:], y[1][..., :k, :]
    gq, gr = conjugated(g[0]), np.triu(conjugated(g[1])[..., :k, :])
    inside = adjoint(q) @ gq[..., :k]
    turn = inside - gr @ adjoint(r)
    found = q @ _half_triangle(2 * anti_part(turn))
    if m > n:
        found = found + gq[..., :k] - q @ inside
    if np.shape(rest)[-1]:
        found = found - rest @ (adjoint(gq[..., k:]) @ q)
    first = _divided(found, adjoint(r[..., :k]))
    whole = q @ gr
    if n > m:
        whole = np.concatenate([whole[..., :k] + first, whole[..., k:]], axis=-1)
    else:
        whole = whole + first
    return (conjugated(whole),)


def _qr_forward(t: Any, y: Any, a: Any, *, mode: str = "reduced") -> tuple[Any, Any]:
    m, n = np.shape(a)[-2:]
    k = min(m, n)
    q, rest, r = y[0][..., :k], y[0][..., k:], y[1][..., :k, :]
    moved = _divided(t[0][..., :k], r[..., :k])
    c = adjoint(q) @ moved
    turn = _skew(c)
    dq = q @ turn
    if m > n:
        dq = dq + moved - q @ c
    dr = np.triu(adjoint(q) @ t[0] - turn @ r)
    if np.shape(rest)[-1]:
        dq = np.concatenate([dq, -q @ (adjoint(dq) @ rest)], axis=-1)
        dr = np.concatenate([dr, np.zeros_like(y[1][..., k:, :])], axis=-2)
    return dq, dr


qr_row = general(
    np.linalg.qr, joint=_qr_back, tangent=_qr_forward, batch=leading.core(2), name="qr"
)


def _packed(a: Any) -> tuple[Any, Any]:
    """LAPACK's own form: r with the reflections' vectors below its diagonal, transposed, and tau.

    q is the product of 1 - tau[i] v[i] v[i]ᴴ, which is 1 - V T Vᴴ with a triangular T whose
    diagonal is tau; so q less the identity is V, which has ones on its diagonal, times a triangle.
    Source: G. Ballard et al., "Reconstructing Householder vectors from tall-skinny QR" (2014).
    """
    q, r = qr_row(a, mode="reduced")
    m, k = np.shape(q)[-2:]
    one = np.eye(m, k, dtype=q.dtype)
    rest = q - one
    vectors, pivots = [], []
    for j in range(k):
        pivot = rest[..., j]
        scale = pivot[..., j : j + 1]
        vectors.append(pivot / np.where(scale == 0, 1, scale) * (np.arange(m) > j))
        pivots.append(scale[..., 0])
        whole = vectors[-1] + one[:, j]
        rest = rest - whole[..., np.newaxis] * rest[..., j : j + 1, :]
    missing = [(0, 0)] * (np.ndim(a) - 2)
    below = np.stack(vectors, axis=-1) if vectors else q
    below = np.pad(below, [*missing, (0, 0), (0, np.shape(r)[-1] - k)])
    packed = below + np.pad(r, [*missing, (0, m - k), (0, 0)])
    tau = -np.stack(pivots, axis=-1) if pivots else np.sum(q, axis=-2)
    return transposed(packed), tau


@composite(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """np.linalg.qr; where the derivative is asked for, the columns must be independent."""
    if mode in ("reduced", "complete"):
        return qr_row(a, mode=mode)
    if mode == "r":
        return qr_row(a, mode="reduced")[1]
    if mode == "raw":
        return _packed(a)
    raise ArgumentError("mode reduced, complete, r or raw of qr", repr(mode), "choose one of them")

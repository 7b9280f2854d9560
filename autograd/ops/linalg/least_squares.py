"""The pseudo-inverse, and least squares, also of rank-deficient matrices.

The derivative is that at constant rank, with singular values below the cutoff taken for 0:

    da⁺ = -a⁺ da a⁺ + a⁺ a⁺ᴴ daᴴ (1 - a a⁺) + (1 - a⁺ a) daᴴ a⁺ᴴ a⁺

Where the rank changes there is none. Source: G. H. Golub and V. Pereyra, "The differentiation of
pseudo-inverses and nonlinear least squares problems whose variables separate" (1973).
"""

from typing import Any

import numpy as np

from autograd import leading
from autograd.errors import LinAlgError, ShapeError, describe
from autograd.op import composite, constant, general
from autograd.ops.joining import operand
from autograd.ops.linalg.common import adjoint, conjugated, hermitian_part, in_columns, transposed


def _product(x: Any, y: Any, z: Any) -> Any:
    """x y z, beginning where the intermediate result is smaller."""
    return (x @ y) @ z if np.shape(x)[-2] < np.shape(z)[-1] else x @ (y @ z)


def _pinv_back(
    g: Any, y: Any, a: Any, *, rcond: Any = None, hermitian: bool = False, rtol: Any = None
) -> Any:
    h, yh = transposed(g), adjoint(y)
    left, right = _product(h, y, yh), _product(yh, y, h)
    found = left - _product(a, y, left) + right - _product(right, y, a)
    found = found - _product(yh, adjoint(h), yh)
    return conjugated(hermitian_part(found) if hermitian else found)


def _pinv_forward(
    t: Any, y: Any, a: Any, *, rcond: Any = None, hermitian: bool = False, rtol: Any = None
) -> Any:
    move = hermitian_part(t[0]) if hermitian else t[0]
    back, yh = adjoint(move), adjoint(y)
    left, right = _product(y, yh, back), _product(back, yh, y)
    found = left - _product(left, a, y) + right - _product(y, a, right)
    return found - _product(y, move, y)


pinv = general(
    np.linalg.pinv, _pinv_back, tangent=_pinv_forward, batch=leading.core(2), name="pinv"
)
matrix_rank = constant(np.linalg.matrix_rank, batch=leading.core(2))


# Least squares: the shortest x = a⁺ b, and the squared lengths of the columns of b - a x


def _lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Any, Any]:
    """The x and the residuals of np.linalg.lstsq, which takes no batches."""
    if max(np.ndim(a), np.ndim(b)) == 2:
        return np.linalg.lstsq(a, b, rcond=rcond)[:2]
    batch = np.broadcast_shapes(np.shape(a)[:-2], np.shape(b)[:-2])
    a = np.broadcast_to(a, batch + np.shape(a)[-2:])
    b = np.broadcast_to(b, batch + np.shape(b)[-2:])
    found = [np.linalg.lstsq(a[i], b[i], rcond=rcond)[:2] for i in np.ndindex(batch)]
    if len({residuals.shape for _, residuals in found}) > 1:
        raise LinAlgError(
            "matrices of one batch that all have full rank, or none of them, for lstsq",
            f"some rank-deficient, {describe(a)}",
            "use np.linalg.pinv(a) @ b",
        )
    x, residuals = (np.array(part) for part in zip(*found, strict=True))
    return x.reshape(batch + x.shape[1:]), residuals.reshape(batch + residuals.shape[1:])


def _cutoff(a: Any, rcond: float | None) -> float:
    """Up to which share of the largest a singular value counts as 0; LAPACK works in double."""
    precision = float(np.finfo(np.float64).eps)
    if rcond is None:
        return max(np.shape(a)[-2:]) * precision
    return precision if rcond < 0 else rcond


def _lstsq_back(
    wanted: Any, g: Any, y: Any, a: Any, b: Any, *, rcond: float | None = None
) -> tuple[Any, Any]:
    x, gx = y[0], conjugated(g[0])
    inverse = np.linalg.pinv(a, rcond=_cutoff(a, rcond))
    to_b = w = adjoint(inverse) @ gx
    rest = b - a @ x
    if np.shape(y[1])[-1]:
        to_b = to_b + 2 * rest * in_columns(g[1])
    to_a = rest @ adjoint(inverse @ w) + adjoint(inverse) @ x @ adjoint(gx - adjoint(a) @ w)
    return conjugated(to_a - to_b @ adjoint(x)), conjugated(to_b)


def _lstsq_forward(
    t: Any, y: Any, a: Any, b: Any, *, rcond: float | None = None
) -> tuple[Any, Any]:
    x, da, db = y[0], t[0], t[1]
    inverse = np.linalg.pinv(a, rcond=_cutoff(a, rcond))
    rest = b - a @ x
    change = 0.0 if db is None else db
    if da is not None:
        change = change - da @ x
    dx = inverse @ change
    if da is not None:
        back = adjoint(da) @ (adjoint(inverse) @ x)
        dx = dx + inverse @ (adjoint(inverse) @ (adjoint(da) @ rest)) + back - inverse @ (a @ back)
    moved = np.sum(2 * np.real(conjugated(rest) * change), axis=-2)
    return dx, moved if np.shape(y[1])[-1] else np.zeros_like(y[1])


lstsq_row = general(
    _lstsq,
    joint=_lstsq_back,
    tangent=_lstsq_forward,
    arity=2,
    batch=leading.core(2, 2),
    name="lstsq",
)


@composite(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Any, Any, Any, Any]:
    """np.linalg.lstsq: x, the residuals, the rank, which is constant, and the singular values."""
    a, b = operand(a), operand(b)
    if np.ndim(a) != 2 or np.ndim(b) not in (1, 2) or np.shape(a)[0] != np.shape(b)[0]:
        raise ShapeError(
            "a matrix, and a vector or a matrix with as many rows, for lstsq",
            f"{describe(a)}, {describe(b)}",
            "use np.linalg.pinv(a) @ b for batches",
        )
    columns = np.expand_dims(b, -1) if np.ndim(b) == 1 else b
    x, residuals = lstsq_row(a, columns, rcond=rcond)
    s = np.linalg.svdvals(a)
    rank = np.sum(s > _cutoff(a, rcond) * s[:1], dtype=np.int32)
    return x[:, 0] if np.ndim(b) == 1 else x, residuals, rank, s

"""Factorisations: Cholesky, LU, QR, RQ and polar.

LU: S. F. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions with
application in optimum experimental design" (2010), with the rows in the order of the pivots.
"""

from typing import Any

import numpy as np
import scipy.linalg

from autograd import leading
from autograd.op import constant, general
from autograd.ops.index import stop_row
from autograd.ops.linalg.common import adjoint as h
from autograd.ops.linalg.common import by_columns
from autograd.ops.linalg.common import transposed as t
from autograd.scipy.linalg.parts import of_scipy
from autograd.scipy.linalg.systems import triangular_row


@of_scipy(scipy.linalg.cholesky)
def cholesky(a: Any, lower: bool = False) -> Any:
    """The upper factor u of a = uᴴ u, or the lower one of a = l lᴴ; one triangle is read."""
    return np.linalg.cholesky(a, upper=not lower)


@of_scipy(scipy.linalg.cho_factor)
def cho_factor(a: Any, lower: bool = False) -> tuple[Any, bool]:
    """What cho_solve takes; where there is a Value, with zeros in the other triangle."""
    return cholesky(a, lower), lower


def _permutation(pivots: Any, rows: int) -> Any:
    """The order of the rows that the exchanges i <-> pivots[i] make, one after another."""
    order = np.broadcast_to(np.arange(rows), (*np.shape(pivots)[:-1], rows)).copy()
    for i in range(np.shape(pivots)[-1]):
        other = pivots[..., i : i + 1]
        swapped = np.take_along_axis(order, other, -1)
        np.put_along_axis(order, other, order[..., i : i + 1], -1)
        order[..., i : i + 1] = swapped
    return order


def _argsort(order: Any) -> Any:
    return np.argsort(order, axis=-1)


permutation = constant(_permutation, arity=1, batch=leading.core(1), name="order of the rows")


def _take_rows(a: Any, order: Any) -> Any:
    """The rows of a matrix in this order, each batch of them broadcast."""
    batch = np.broadcast_shapes(np.shape(a)[:-2], np.shape(order)[:-1])
    a = np.broadcast_to(a, (*batch, *np.shape(a)[-2:]))
    order = np.broadcast_to(order, (*batch, np.shape(order)[-1]))
    return np.take_along_axis(a, np.expand_dims(order, -1), axis=-2)


def _factors(packed: Any) -> tuple[Any, Any]:
    k = min(np.shape(packed)[-2:])
    one = np.eye(np.shape(packed)[-2], k, dtype=packed.dtype)
    return np.tril(packed[..., :, :k], -1) + one, np.triu(packed[..., :k, :])


def _over_upper(x: Any, upper: Any) -> Any:
    """x upper⁻ᵀ."""
    return t(triangular_row(upper, t(x)))


def _lu_back(wanted: Any, g: Any, y: Any, a: Any) -> tuple[Any]:
    """l l̃ and ũ u of the square block, l⁻ᵀ (tril(lᵀ l̄, -1) + triu(ū uᵀ)) u⁻ᵀ; then the rest."""
    packed, pivots = y
    moved = g[0]
    rows, columns = np.shape(a)[-2:]
    k = min(rows, columns)
    lower, upper = _factors(packed)
    first, square = lower[..., :k, :], upper[..., :, :k]
    to_lower, to_upper = np.tril(moved[..., :k, :k], -1), np.triu(moved[..., :k, :k])
    right = bottom = None
    if rows > k:
        bottom = _over_upper(moved[..., k:, :], square)
        to_upper = to_upper - t(lower[..., k:, :]) @ bottom
    if columns > k:
        right = triangular_row(t(first), moved[..., :, k:], unit=True)
        to_lower = to_lower - right @ t(upper[..., :, k:])
    middle = np.tril(t(first) @ to_lower, -1) + np.triu(to_upper @ t(square))
    found = _over_upper(triangular_row(t(first), middle, unit=True), square)
    if bottom is not None:
        found = np.concatenate([found, bottom], axis=-2)
    if right is not None:
        found = np.concatenate([found, right], axis=-1)
    return (_take_rows(found, _argsort(permutation(pivots, rows=rows))),)


# Of a batch, SciPy gives a list of the two.
lu_row = general(
    lambda a: tuple(scipy.linalg.lu_factor(a)),
    joint=_lu_back,
    arity=1,
    batch=leading.core(2),
    name="lu_factor",
)


@of_scipy(scipy.linalg.lu_factor)
def lu_factor(a: Any) -> tuple[Any, Any]:
    """The factors in one matrix, and the pivots: row i was exchanged with row pivots[i]."""
    packed, pivots = lu_row(a)
    return packed, stop_row(pivots)


@of_scipy(scipy.linalg.lu)
def lu(a: Any, permute_l: bool = False, p_indices: bool = False) -> tuple[Any, ...]:
    """p, l, u of a = p l u, or the product p l and u; `p_indices` gives p as indices of rows."""
    packed, pivots = lu_factor(a)
    lower, upper = _factors(packed)
    order = _argsort(permutation(pivots, rows=np.shape(a)[-2]))
    if permute_l:
        return _take_rows(lower, order), upper
    if not p_indices:
        ones = np.expand_dims(order, -1) == np.arange(np.shape(a)[-2])
        order = ones.astype(np.finfo(a.dtype).dtype)
    return order, lower, upper


@of_scipy(scipy.linalg.lu_solve)
def lu_solve(lu_and_piv: tuple[Any, Any], b: Any, trans: int = 0) -> Any:
    """a⁻¹ b from lu_factor(a); a⁻ᵀ b for trans=1, a⁻ᴴ b for trans=2."""
    packed, pivots = lu_and_piv
    order = permutation(pivots, rows=np.shape(packed)[-1])

    def solve(b: Any) -> Any:
        if trans == 0:
            return triangular_row(
                packed, triangular_row(packed, _take_rows(b, order), lower=True, unit=True)
            )
        turned = t(packed) if trans == 1 else h(packed)
        inner = triangular_row(turned, b, lower=True)
        return _take_rows(triangular_row(turned, inner, unit=True), _argsort(order))

    return by_columns(solve, b)

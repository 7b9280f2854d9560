"""Systems of linear equations, with the structures that SciPy knows.

For y = a⁻¹ b: b̄ = a⁻ᵀ ȳ and ā = -b̄ yᵀ, of which the structure keeps what it holds. Where only one
triangle of a symmetric matrix is read, the gradient is that of (a + aᴴ) / 2, as for np.linalg.
"""

from typing import Any

import numpy as np
import scipy.linalg

from autograd import leading
from autograd.errors import ArgumentError, describe
from autograd.op import general
from autograd.ops.linalg.common import adjoint as h
from autograd.ops.linalg.common import by_columns, hermitian_part, turned
from autograd.ops.linalg.common import transposed as t
from autograd.scipy.linalg.parts import of_scipy

_NAMES = {"gen": "general", "sym": "symmetric", "her": "hermitian", "pos": "positive definite"}
_TRANSPOSED = {
    "upper triangular": "lower triangular",
    "lower triangular": "upper triangular",
}


def _as_read(a: Any, structure: str | None) -> Any:
    """The part of a cotangent or tangent of `a` that the structure holds."""
    if structure == "symmetric":
        return (a + t(a)) / 2
    if structure in ("hermitian", "positive definite"):
        return hermitian_part(a)
    if structure == "upper triangular":
        return np.triu(a)
    if structure == "lower triangular":
        return np.tril(a)
    if structure == "diagonal":
        return np.triu(np.tril(a))
    if structure == "tridiagonal":
        return np.triu(np.tril(a, 1), -1)
    return a


def _solve_back(
    wanted: Any, g: Any, y: Any, a: Any, b: Any, *, assume_a: Any = None, lower: bool = False
) -> tuple[Any, Any]:
    w = solve_row(t(a), g, assume_a=_TRANSPOSED.get(assume_a, assume_a), lower=not lower)
    return _as_read(-(w @ t(y)), assume_a) if wanted[0] else None, w


def _solve_forward(
    moving: Any, y: Any, a: Any, b: Any, *, assume_a: Any = None, lower: bool = False
) -> Any:
    right = turned(moving, y, lambda da: _as_read(da, assume_a))
    return solve_row(a, right, assume_a=assume_a, lower=lower)


solve_row = general(
    lambda a, b, assume_a=None, lower=False: scipy.linalg.solve(
        a, b, assume_a=assume_a, lower=lower
    ),
    joint=_solve_back,
    tangent=_solve_forward,
    arity=2,
    batch=leading.core(2, 2),
    name="solve with structure",
)


@of_scipy(scipy.linalg.solve)
def solve(
    a: Any, b: Any, lower: bool = False, assume_a: str | None = None, transposed: bool = False
) -> Any:
    """a⁻¹ b; of a symmetric `a`, one triangle is read."""
    structure = _NAMES.get(assume_a, assume_a) if assume_a else None
    if transposed:
        a, structure, lower = t(a), _TRANSPOSED.get(structure or "", structure), not lower
    return by_columns(lambda b: solve_row(a, b, assume_a=structure, lower=lower), b)


def _triangle(a: Any, lower: bool, unit_diagonal: bool) -> Any:
    return np.tril(a, -unit_diagonal) if lower else np.triu(a, unit_diagonal)


def _triangular_back(
    wanted: Any, g: Any, y: Any, a: Any, b: Any, *, lower: bool = False, unit: bool = False
) -> tuple[Any, Any]:
    w = triangular_row(t(a), g, lower=not lower, unit=unit)
    return _triangle(-(w @ t(y)), lower, unit) if wanted[0] else None, w


def _triangular_forward(
    moving: Any, y: Any, a: Any, b: Any, *, lower: bool = False, unit: bool = False
) -> Any:
    right = turned(moving, y, lambda da: _triangle(da, lower, unit))
    return triangular_row(a, right, lower=lower, unit=unit)


triangular_row = general(
    lambda a, b, lower=False, unit=False: scipy.linalg.solve_triangular(
        a, b, lower=lower, unit_diagonal=unit
    ),
    joint=_triangular_back,
    tangent=_triangular_forward,
    arity=2,
    batch=leading.core(2, 2),
    name="solve_triangular",
)


@of_scipy(scipy.linalg.solve_triangular)
def solve_triangular(
    a: Any, b: Any, trans: int | str = 0, lower: bool = False, unit_diagonal: bool = False
) -> Any:
    """a⁻¹ b, reading one triangle of `a`; a⁻ᵀ b for trans=1, a⁻ᴴ b for trans=2."""
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ArgumentError("trans 0, 1, 2 or 'N', 'T', 'C'", describe(trans), "pass one of them")
    if trans in (1, "T"):
        a, lower = t(a), not lower
    elif trans in (2, "C"):
        a, lower = h(a), not lower
    return by_columns(lambda b: triangular_row(a, b, lower=lower, unit=unit_diagonal), b)


@of_scipy(scipy.linalg.cho_solve)
def cho_solve(c_and_lower: tuple[Any, bool], b: Any) -> Any:
    """a⁻¹ b from cho_factor(a) = (c, lower): two triangular systems."""
    c, lower = c_and_lower
    first = 2 if not lower else 0
    return solve_triangular(
        c, solve_triangular(c, b, trans=first, lower=lower), trans=2 - first, lower=lower
    )


@of_scipy(scipy.linalg.inv)
def inv(a: Any, *, assume_a: str | None = None, lower: bool = False) -> Any:
    """a⁻¹; with `assume_a`, the solution of a x = 1."""
    if assume_a in (None, "gen", "general"):
        return np.linalg.inv(a)
    return solve(a, np.eye(np.shape(a)[-1], dtype=a.dtype), assume_a=assume_a, lower=lower)

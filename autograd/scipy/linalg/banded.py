"""Banded matrices in SciPy's diagonal form: ab[u + i - j, j] = a[i, j], for u upper diagonals."""

from typing import Any

import numpy as np
import scipy.linalg

from autograd import leading
from autograd.op import general
from autograd.ops.linalg.common import adjoint as h
from autograd.ops.linalg.common import by_columns
from autograd.scipy.linalg.parts import of_scipy
from autograd.scipy.linalg.spectral import eigh


def _padded(x: Any, before: int, after: int, axis: int) -> Any:
    widths = [(0, 0)] * np.ndim(x)
    widths[axis] = (before, after)
    return np.pad(x, widths)


def _transposed(ab: Any, lower: int, upper: int) -> Any:
    """The diagonal form of aᵀ, which has the bands the other way round."""
    n, bands = np.shape(ab)[-1], lower + upper + 1
    padded = _padded(ab, lower, upper, -1)
    rows = [padded[..., bands - 1 - s, s : s + n] for s in range(bands)]
    return np.stack(rows, axis=-2)


def _outer(w: Any, y: Any, lower: int, upper: int) -> Any:
    """The diagonal form of w yᵀ."""
    n = np.shape(w)[-2]
    padded = _padded(w, upper, lower, -2)
    rows = [np.sum(padded[..., s : s + n, :] * y, axis=-1) for s in range(lower + upper + 1)]
    return np.stack(rows, axis=-2)


def _banded_back(
    wanted: Any, g: Any, y: Any, ab: Any, b: Any, *, lower: int, upper: int
) -> tuple[Any, Any]:
    w = banded_row(_transposed(ab, lower, upper), g, lower=upper, upper=lower)
    return -_outer(w, y, lower, upper) if wanted[0] else None, w


banded_row = general(
    lambda ab, b, lower, upper: scipy.linalg.solve_banded((lower, upper), ab, b),
    joint=_banded_back,
    arity=2,
    batch=leading.core(2, 2),
    name="solve_banded",
)


@of_scipy(scipy.linalg.solve_banded)
def solve_banded(l_and_u: tuple[int, int], ab: Any, b: Any) -> Any:
    """a⁻¹ b for a matrix with l lower and u upper diagonals."""
    lower, upper = map(int, l_and_u)
    return by_columns(lambda b: banded_row(ab, b, lower=lower, upper=upper), b)


def _hermitian_back(wanted: Any, g: Any, y: Any, ab: Any, b: Any) -> tuple[Any, Any]:
    w = hermitian_row(np.conjugate(ab), g)
    if not wanted[0]:
        return None, w
    below = np.shape(ab)[-2] - 1
    both = _outer(w, y, below, 0) + np.conjugate(_outer(y, w, below, 0))
    return -both * np.where(np.arange(below + 1) > 0, 1, 0.5)[:, np.newaxis], w


# The lower form: the diagonal, and below it what the upper triangle conjugates.
hermitian_row = general(
    lambda ab, b: scipy.linalg.solveh_banded(ab, b, lower=True),
    joint=_hermitian_back,
    arity=2,
    batch=leading.core(2, 2),
    name="solveh_banded",
)


def _lower_form(ab: Any, lower: bool) -> Any:
    """The lower form of a Hermitian matrix, from either."""
    return ab if lower else np.conjugate(_transposed(ab, 0, np.shape(ab)[-2] - 1))


@of_scipy(scipy.linalg.solveh_banded)
def solveh_banded(ab: Any, b: Any, lower: bool = False) -> Any:
    """a⁻¹ b for a positive definite banded matrix, of which one triangle is given."""
    return by_columns(lambda b: hermitian_row(_lower_form(ab, lower), b), b)


@of_scipy(scipy.linalg.cho_solve_banded)
def cho_solve_banded(cb_and_lower: tuple[Any, bool], b: Any) -> Any:
    """a⁻¹ b from cholesky_banded(a): two banded triangular systems."""
    cb, lower = cb_and_lower
    cb = _lower_form(cb, lower)
    below = np.shape(cb)[-2] - 1
    adjoint = np.conjugate(_transposed(cb, below, 0))
    return solve_banded((0, below), adjoint, solve_banded((below, 0), cb, b))


def _dense(ab: Any) -> Any:
    """The Hermitian matrix of a lower form."""
    n, bands = np.shape(ab)[-1], np.shape(ab)[-2]
    i, j = np.indices((n, n))
    held = (i >= j) & (i - j < bands)
    triangle = ab[..., np.where(held, i - j, 0), j] * held
    return triangle + h(triangle * (i > j))


@of_scipy(scipy.linalg.cholesky_banded)
def cholesky_banded(ab: Any, lower: bool = False) -> Any:
    """The banded Cholesky factor; where there is a Value, by the dense one."""
    bands = np.shape(ab)[-2]
    factor = np.linalg.cholesky(_dense(_lower_form(ab, lower)))
    rows = [_padded(np.diagonal(factor, -k, -2, -1), 0, k, -1) for k in range(bands)]
    form = np.stack(rows, axis=-2)
    return form if lower else np.conjugate(_transposed(form, bands - 1, 0))


def _eigh(ab: Any, values_only: bool) -> Any:
    return eigh(_dense(ab), eigvals_only=values_only)


@of_scipy(scipy.linalg.eig_banded)
def eig_banded(a_band: Any, lower: bool = False, eigvals_only: bool = False) -> Any:
    """Eigenvalues and eigenvectors; where there is a Value, of the dense matrix."""
    return _eigh(_lower_form(a_band, lower), eigvals_only)


@of_scipy(scipy.linalg.eigvals_banded)
def eigvals_banded(a_band: Any, lower: bool = False) -> Any:
    """Eigenvalues; where there is a Value, of the dense matrix."""
    return _eigh(_lower_form(a_band, lower), True)


def _from_tridiagonal(d: Any, e: Any) -> Any:
    return np.stack([d, _padded(e, 0, 1, -1)], axis=-2)


@of_scipy(scipy.linalg.eigh_tridiagonal)
def eigh_tridiagonal(d: Any, e: Any, eigvals_only: bool = False) -> Any:
    """Eigenvalues and eigenvectors of a real symmetric tridiagonal matrix, by the dense one."""
    return _eigh(_from_tridiagonal(d, e), eigvals_only)


@of_scipy(scipy.linalg.eigvalsh_tridiagonal)
def eigvalsh_tridiagonal(d: Any, e: Any) -> Any:
    """Eigenvalues of a real symmetric tridiagonal matrix, by the dense one."""
    return _eigh(_from_tridiagonal(d, e), True)

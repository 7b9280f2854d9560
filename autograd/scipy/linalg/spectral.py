"""Eigenvalues and singular values, determinant and norm."""

from typing import Any

import numpy as np
import scipy.linalg

from autograd import leading
from autograd.errors import UnsupportedError, describe
from autograd.op import constant
from autograd.ops.linalg.common import adjoint as h
from autograd.scipy.linalg.parts import double, from_triangle, of_scipy
from autograd.scipy.linalg.systems import triangular_row


@of_scipy(scipy.linalg.det)
def det(a: Any) -> Any:
    """The determinant."""
    return np.linalg.det(double(a))


@of_scipy(scipy.linalg.norm)
def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of vectors or matrices, as np.linalg.norm."""
    return np.linalg.norm(a, ord, axis, keepdims)


@of_scipy(scipy.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """u, s and vᴴ of a = u diag(s) vᴴ, as np.linalg.svd."""
    found = np.linalg.svd(a, full_matrices=full_matrices, compute_uv=compute_uv)
    return tuple(found) if compute_uv else found


@of_scipy(scipy.linalg.svdvals)
def svdvals(a: Any) -> Any:
    """The singular values, the largest first."""
    return np.linalg.svdvals(a)


@of_scipy(scipy.linalg.diagsvd)
def diagsvd(s: Any, M: int, N: int) -> Any:
    """The M x N matrix with s on its diagonal."""
    square = np.expand_dims(s, -1) * np.eye(np.shape(s)[-1], dtype=s.dtype)
    size = np.shape(s)[-1]
    return np.pad(square, [(0, 0)] * (np.ndim(s) - 1) + [(0, M - size), (0, N - size)])


@of_scipy(scipy.linalg.eig)
def eig(a: Any, b: Any = None) -> tuple[Any, Any]:
    """Eigenvalues and right eigenvectors, as np.linalg.eig; the eigenvalues are complex."""
    _no_pencil(b)
    w, v = np.linalg.eig(a)
    return _complex(w), v


@of_scipy(scipy.linalg.eigvals)
def eigvals(a: Any, b: Any = None) -> Any:
    """The eigenvalues, which are complex."""
    _no_pencil(b)
    return _complex(np.linalg.eigvals(a))


def _complex(w: Any) -> Any:
    return w if np.iscomplexobj(w) else w.astype(np.result_type(w.dtype, np.complex64))


def _no_pencil(b: Any) -> None:
    if b is not None:
        raise UnsupportedError(
            "one matrix",
            f"a second, {describe(b)}",
            "where it is invertible, use eig(np.linalg.solve(b, a)); eigh takes a second matrix",
        )


def _signs(v: Any, a: Any, b: Any, lower: bool) -> Any:
    """The numbers of modulus 1 that turn the columns of v into SciPy's."""
    theirs = scipy.linalg.eigh(a, b, lower=lower)[1]
    overlap = np.sum(np.conjugate(v) * (theirs if b is None else b @ theirs), axis=-2)
    size = np.abs(overlap)
    found = size > 0.5  # within an eigenspace of several dimensions, any basis will do
    return np.where(found, overlap / np.where(found, size, 1), 1).astype(v.dtype)


signs_of_columns = constant(_signs, arity=3, batch=leading.core(2, 2, 2), name="signs of columns")


@of_scipy(scipy.linalg.eigh)
def eigh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    subset_by_index: Any = None,
) -> Any:
    """The eigenvalues w and eigenvectors v of a v = b v w, reading one triangle of each."""
    one = slice(None)
    if subset_by_index is not None:
        first, last = map(int, subset_by_index)
        one = slice(first, last + 1)
    if b is None:
        if eigvals_only:
            return np.linalg.eigvalsh(a, "L" if lower else "U")[..., one]
        w, v = np.linalg.eigh(a, "L" if lower else "U")
    else:
        root = np.linalg.cholesky(from_triangle(b, lower=lower))
        left = triangular_row(root, from_triangle(a, lower=lower), lower=True)
        standard = triangular_row(root, h(left), lower=True)
        if eigvals_only:
            return np.linalg.eigvalsh(standard)[..., one]
        w, u = np.linalg.eigh(standard)
        v = triangular_row(h(root), u)
    v = v * np.expand_dims(signs_of_columns(v, a, b, lower=lower), -2)
    return w[..., one], v[..., one]


@of_scipy(scipy.linalg.eigvalsh)
def eigvalsh(a: Any, b: Any = None, *, lower: bool = True, subset_by_index: Any = None) -> Any:
    """The eigenvalues of a v = b v w, the smallest first."""
    return eigh(a, b, lower=lower, eigvals_only=True, subset_by_index=subset_by_index)

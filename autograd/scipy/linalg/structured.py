"""Matrices built from vectors and blocks, and Toeplitz and circulant systems."""

from typing import Any

import numpy as np
import scipy.linalg

from autograd import leading
from autograd.broadcast import data_of
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.modes import current
from autograd.op import general
from autograd.ops.linalg.common import by_columns
from autograd.ops.linalg.common import transposed as t
from autograd.ops.window import sliding_window_view
from autograd.scipy.linalg.parts import double, of_scipy


def _windows(x: Any, size: int) -> Any:
    """The matrix of x[i + j] for j < size."""
    return sliding_window_view(x, size, -1)


def _toeplitz(c: Any, r: Any) -> Any:
    values = np.concatenate([np.flip(c, -1), r[..., 1:]], axis=-1)
    return np.flip(_windows(values, np.shape(r)[-1]), -2)


@of_scipy(scipy.linalg.toeplitz)
def toeplitz(c: Any, r: Any = None) -> Any:
    """The matrix with first column c and first row r; by default r is the conjugate of c."""
    return _toeplitz(c, np.conjugate(c) if r is None else r)


@of_scipy(scipy.linalg.hankel)
def hankel(c: Any, r: Any = None) -> Any:
    """The matrix with first column c and last row r, by default zeros."""
    last: Any = np.zeros(np.shape(c), dtype=c.dtype) if r is None else r
    return _windows(np.concatenate([c, last[..., 1:]], axis=-1), np.shape(last)[-1])


@of_scipy(scipy.linalg.circulant)
def circulant(c: Any) -> Any:
    """The matrix of c[i - j], with indices modulo its length."""
    return _toeplitz(c, np.roll(np.flip(c, -1), 1, -1))


@of_scipy(scipy.linalg.convolution_matrix)
def convolution_matrix(a: Any, n: int, mode: str = "full") -> Any:
    """The matrix whose product with v, of length n, is np.convolve(a, v, mode)."""
    size = np.shape(a)[-1]
    full = _windows(np.pad(np.flip(a, -1), [(0, 0)] * (np.ndim(a) - 1) + [(n - 1, n - 1)]), n)
    full = np.flip(full, -2)
    if mode == "full":
        return full
    length = max(size, n) if mode == "same" else max(size, n) - min(size, n) + 1
    start = (size + n - 1 - length) // 2
    return full[..., start : start + length, :]


@of_scipy(scipy.linalg.companion)
def companion(a: Any) -> Any:
    """The companion matrix of a polynomial, given by its coefficients, the highest first.

    Raises ArgumentError where the first coefficient is 0; in a trace that gives infinities.
    """
    if not current().replayable and np.any(data_of(a)[..., 0] == 0):
        raise ArgumentError(
            "a first coefficient other than 0, for companion",
            describe(a),
            "leave leading zeros out: they lower the degree",
        )
    first = -a[..., 1:] / a[..., :1]
    n = np.shape(first)[-1]
    ones = np.broadcast_to(np.eye(n - 1, n, dtype=first.dtype), (*np.shape(a)[:-1], n - 1, n))
    return np.concatenate([np.expand_dims(first, -2), ones], axis=-2)


@of_scipy(scipy.linalg.leslie)
def leslie(f: Any, s: Any) -> Any:
    """The matrix of population growth: fecundities f in the first row, survival s below."""
    n = np.shape(f)[-1]
    below = np.expand_dims(s, -1) * np.eye(n - 1, n, dtype=s.dtype)
    return np.concatenate([np.expand_dims(f, -2), below], axis=-2)


@of_scipy(scipy.linalg.fiedler)
def fiedler(a: Any) -> Any:
    """The matrix of |a[i] - a[j]|."""
    return np.abs(np.expand_dims(a, -1) - np.expand_dims(a, -2))


@of_scipy(scipy.linalg.block_diag)
def block_diag(*arrs: Any) -> Any:
    """The matrices along a diagonal, zeros elsewhere; a vector is a matrix of one row."""
    blocks = [np.reshape(a, (1, -1)) if np.ndim(a) < 2 else a for a in arrs]
    batch = np.broadcast_shapes(*(np.shape(a)[:-2] for a in blocks))
    widths = [np.shape(a)[-1] for a in blocks]
    rows = []
    for i, a in enumerate(blocks):
        a = np.broadcast_to(a, (*batch, *np.shape(a)[-2:]))
        around = (sum(widths[:i]), sum(widths[i + 1 :]))
        rows.append(np.pad(a, [(0, 0)] * (np.ndim(a) - 1) + [around]))
    return np.concatenate(rows, axis=-2)


@of_scipy(scipy.linalg.khatri_rao)
def khatri_rao(a: Any, b: Any) -> Any:
    """The Kronecker products of the columns of a with those of b."""
    if np.shape(a)[-1] != np.shape(b)[-1]:
        raise ShapeError(
            "as many columns of a as of b", f"{describe(a)}, {describe(b)}", "transpose one of them"
        )
    products = np.expand_dims(a, -2) * np.expand_dims(b, -3)
    *batch, rows, columns, n = np.shape(products)
    return np.reshape(products, (*batch, rows * columns, n))


# Toeplitz systems: the product of columns, summed along each diagonal, is what c and r receive.


def _shifted_products(w: Any, y: Any) -> Any:
    """Over all columns, the sums of w[j + k] y[j], for each k."""
    n = np.shape(w)[-2]
    padded = np.pad(t(w), [(0, 0)] * (np.ndim(w) - 1) + [(0, n - 1)])
    return np.einsum("...rkj,...jr->...k", _windows(padded, n), y)


def _toeplitz_back(wanted: Any, g: Any, y: Any, c: Any, r: Any, b: Any) -> tuple[Any, ...]:
    w = toeplitz_row(np.concatenate([c[..., :1], r[..., 1:]], axis=-1), c, g)
    to_r = _shifted_products(y, w) * (np.arange(np.shape(r)[-1]) > 0)
    return -_shifted_products(w, y), -to_r, w


toeplitz_row = general(
    lambda c, r, b: scipy.linalg.solve_toeplitz((c, r), b),
    joint=_toeplitz_back,
    arity=3,
    batch=leading.core(1, 1, 2),
    name="solve_toeplitz",
)


def _column_and_row(c_or_cr: Any) -> tuple[Any, Any]:
    return c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, np.conjugate(c_or_cr))


@of_scipy(scipy.linalg.solve_toeplitz)
def solve_toeplitz(c_or_cr: Any, b: Any) -> Any:
    """toeplitz(c, r)⁻¹ b, by Levinson's recursion."""
    c, r = _column_and_row(c_or_cr)
    return by_columns(lambda b: toeplitz_row(c, r, b), b)


def _circular_product(c: Any, x: Any) -> Any:
    """circulant(c) @ x along the last axis."""
    n = np.shape(c)[-1]
    if np.iscomplexobj(c) or np.iscomplexobj(x):
        return np.fft.ifft(np.fft.fft(c) * np.fft.fft(x, n))
    return np.fft.irfft(np.fft.rfft(c) * np.fft.rfft(x, n), n)


@of_scipy(scipy.linalg.matmul_toeplitz)
def matmul_toeplitz(c_or_cr: Any, x: Any) -> Any:
    """toeplitz(c, r) @ x, as a part of a circulant product."""
    c, r = map(double, _column_and_row(c_or_cr))
    around = np.concatenate([c, np.flip(r[..., 1:], -1)], axis=-1)
    rows = np.shape(c)[-1]

    def product(x: Any) -> Any:
        return t(_circular_product(np.expand_dims(around, -2), t(x))[..., :rows])

    return by_columns(product, x)


def _reversed(c: Any) -> Any:
    """The first column of the transposed circulant matrix."""
    return np.roll(np.flip(c, -1), 1, -1)


def _circulant_back(
    wanted: Any, g: Any, y: Any, c: Any, b: Any, *, singular: str = "raise", tol: Any = None
) -> tuple[Any, Any]:
    w = circulant_row(_reversed(c), g, singular=singular, tol=tol)
    return -_circular_product(_reversed(y), w), w


circulant_row = general(
    lambda c, b, singular="raise", tol=None: scipy.linalg.solve_circulant(
        c, b, singular=singular, tol=tol, baxis=-1, outaxis=-1
    ),
    joint=_circulant_back,
    arity=2,
    batch=leading.core(1, 1),
    name="solve_circulant",
)


@of_scipy(scipy.linalg.solve_circulant)
def solve_circulant(
    c: Any,
    b: Any,
    singular: str = "raise",
    tol: float | None = None,
    caxis: int = -1,
    baxis: int = 0,
    outaxis: int = 0,
) -> Any:
    """circulant(c)⁻¹ b, by Fourier transforms."""
    c, b = np.moveaxis(c, caxis, -1), np.moveaxis(b, baxis, -1)
    return np.moveaxis(circulant_row(c, b, singular=singular, tol=tol), -1, outaxis)

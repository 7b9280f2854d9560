"""From the coefficients of a polynomial to its roots, and back."""

from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.op import composite, general
from autograd.ops.joining import operand
from autograd.ops.polynomial import is_traced, vector


def _powers(y: Any, x: Any) -> tuple[Any, Any]:
    """The powers of every root y of the polynomial x, and minus its slope there."""
    n = np.shape(x)[0]
    powers = np.vander(y, n)
    return powers, -(powers[:, 1:] @ (x[:-1] * np.arange(max(n - 1, 0), 0, -1)))


def _over(c: Any, slope: Any) -> Any:
    """c / slope, but 0 where both are."""
    level = slope == 0
    return c / np.where(level & (c == 0), 1, slope)


def _roots_back(g: Any, y: Any, x: Any) -> Any:
    powers, slope = _powers(y, x)
    return _over(g, slope) @ powers


def _roots_tangent(t: Any, y: Any, x: Any) -> Any:
    powers, slope = _powers(y, x)
    return _over(powers @ t[0], slope)


# P(root) = 0 implies d root / d coefficient = -root**k / P'(root).
roots_row = general(np.roots, _roots_back, tangent=_roots_tangent, name="roots", numpy=())


@composite(np.roots)
def roots(p: Any) -> Any:
    """np.roots: all roots at once; the derivative of one that comes twice is infinite."""
    return roots_row(vector(p, "roots"))


def _adjugates(y: Any, x: Any) -> list[Any]:
    """The matrices B_k of adj(λ - A) = Σ B_k λ**(n - 1 - k), by the Faddeev-LeVerrier recursion."""
    n = np.shape(x)[0]
    identity = np.eye(n)
    found: list[Any] = [identity]
    for k in range(1, n):
        found.append(x @ found[-1] + y[k] * identity)
    return found


def _characteristic_back(g: Any, y: Any, x: Any) -> Any:
    parts = [g[k + 1] * b for k, b in enumerate(_adjugates(y, x))]
    return -np.transpose(np.sum(np.stack(parts), axis=0))


def _characteristic_tangent(t: Any, y: Any, x: Any) -> Any:
    moved = [-np.sum(np.transpose(b) * t[0]) for b in _adjugates(y, x)]
    return np.stack([np.zeros_like(data_of(moved[0])), *moved])


# det(λ - A); it is smooth in A, also where eigenvalues coincide.
characteristic = general(
    np.poly, _characteristic_back, tangent=_characteristic_tangent, name="poly", numpy=()
)


@composite(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    """np.poly: the polynomial with these roots, or the characteristic one of a square matrix."""
    zeros = np.atleast_1d(operand(seq_of_zeros))
    shape = np.shape(zeros)
    if len(shape) == 2 and shape[0] == shape[1] and shape[0]:
        return characteristic(zeros)
    zeros = vector(zeros, "poly, or a square matrix")
    if not shape[0]:
        return 1.0
    zeros = zeros.astype(np.result_type(zeros.dtype, np.float16))
    p: Any = np.ones(1, zeros.dtype)
    for i in range(shape[0]):
        p = np.pad(p, (0, 1)) - zeros[i] * np.pad(p, (1, 0))
    if zeros.dtype.kind == "c" and not is_traced(zeros):
        numbers = data_of(zeros)
        if np.all(np.sort(numbers) == np.sort(numbers.conj())):
            return np.real(p)
    return p

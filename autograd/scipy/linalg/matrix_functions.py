"""Functions of matrices: exponential, logarithm, roots, and what is made of them.

For every such f, of a block triangular matrix: f([[a, e], [0, a]]) = [[f(a), L], [0, f(a)]], where
L(a, e) is the derivative of f at a in the direction e; and its transpose is L(aᵀ, ·). So f itself
is its own derivative, to any order. N. J. Higham, "Functions of Matrices" (2008), section 3.2.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg

from autograd import leading
from autograd.op import Op, constant, general
from autograd.ops.linalg.common import transposed as t
from autograd.scipy.linalg.equations import sylvester
from autograd.scipy.linalg.parts import double, of_scipy

# The largest element of each matrix, 1 where it is 0.
size_of_matrix = constant(
    lambda e: (lambda top: np.where(top > 0, top, 1))(
        np.max(np.abs(e), axis=(-2, -1), keepdims=True, initial=0)
    ),
    batch=leading.core(2),
    name="size of a matrix",
)


def derivative(f: Callable[[Any], Any], a: Any, e: Any) -> Any:
    """L(a, e), the derivative of f at a in the direction e."""
    n = np.shape(a)[-1]
    # The size of e must not decide how f scales the blocks.
    size = size_of_matrix(e)
    shape = np.broadcast_shapes(np.shape(a), np.shape(e))
    a, e = np.broadcast_to(a, shape), np.broadcast_to(e / size, shape)
    above = np.concatenate([a, e], axis=-1)
    below = np.concatenate([np.zeros(shape, a.dtype), a], axis=-1)
    return size * f(np.concatenate([above, below], axis=-2))[..., :n, n:]


def matrix_function(function: Callable[..., Any], **row: Any) -> Op:
    """A row whose derivative is the function itself, of a matrix of twice the size."""
    op = general(
        function,
        lambda g, y, a: derivative(op, t(a), g),
        tangent=lambda moving, y, a: derivative(op, a, moving[0]),
        batch=leading.core(2),
        **row,
    )
    return op


expm_row = matrix_function(scipy.linalg.expm, name="expm")
logm_row = matrix_function(scipy.linalg.logm, name="logm")
signm_row = matrix_function(scipy.linalg.signm, name="signm")
sqrtm_row = general(
    scipy.linalg.sqrtm,
    lambda g, y, a: sylvester(t(y), t(y), g),
    tangent=lambda moving, y, a: sylvester(y, y, moving[0]),
    batch=leading.core(2),
    name="sqrtm",
)


def _power_back(wanted: Any, g: Any, y: Any, a: Any, exponent: Any) -> tuple[Any, Any]:
    to_a = to_exponent = None
    if wanted[0]:
        to_a = derivative(lambda block: power_row(block, exponent), t(a), g)
    if wanted[1]:
        to_exponent = np.sum(g * (logm_row(double(a)) @ y))
    return to_a, to_exponent


power_row = general(
    scipy.linalg.fractional_matrix_power, joint=_power_back, arity=2, name="fractional_matrix_power"
)


@of_scipy(scipy.linalg.expm)
def expm(A: Any) -> Any:
    """The exponential of a square matrix."""
    return expm_row(A)


@of_scipy(scipy.linalg.logm)
def logm(A: Any) -> Any:
    """The principal logarithm of a square matrix.

    It has no derivative where an eigenvalue is on the negative real axis, where its branch is cut.
    """
    return logm_row(double(A))


@of_scipy(scipy.linalg.signm)
def signm(A: Any) -> Any:
    """The sign of a square matrix: each eigenvalue becomes the sign of its real part."""
    return signm_row(A)


@of_scipy(scipy.linalg.sqrtm)
def sqrtm(A: Any) -> Any:
    """The principal square root of a square matrix."""
    return sqrtm_row(A)


@of_scipy(scipy.linalg.expm_frechet)
def expm_frechet(A: Any, E: Any, method: str | None = None, compute_expm: bool = True) -> Any:
    """The exponential of A, and its derivative in the direction E."""
    A, E = double(A), double(E)
    moved = derivative(expm_row, A, E)
    return (expm_row(A), moved) if compute_expm else moved


@of_scipy(scipy.linalg.fractional_matrix_power)
def fractional_matrix_power(A: Any, t: Any) -> Any:
    """A to the power t, which may be a Value as well."""
    return power_row(A, t)


# Of real matrices, the exponential of i A holds the cosine and the sine.


@of_scipy(scipy.linalg.cosm)
def cosm(A: Any) -> Any:
    """The cosine of a square matrix."""
    if np.iscomplexobj(A):
        return 0.5 * (expm_row(1j * A) + expm_row(-1j * A))
    return np.real(expm_row(1j * A))


@of_scipy(scipy.linalg.sinm)
def sinm(A: Any) -> Any:
    """The sine of a square matrix."""
    if np.iscomplexobj(A):
        return -0.5j * (expm_row(1j * A) - expm_row(-1j * A))
    return np.imag(expm_row(1j * A))


@of_scipy(scipy.linalg.tanm)
def tanm(A: Any) -> Any:
    """The tangent of a square matrix."""
    return np.linalg.solve(cosm(A), sinm(A))


@of_scipy(scipy.linalg.coshm)
def coshm(A: Any) -> Any:
    """The hyperbolic cosine of a square matrix."""
    return 0.5 * (expm_row(A) + expm_row(-A))


@of_scipy(scipy.linalg.sinhm)
def sinhm(A: Any) -> Any:
    """The hyperbolic sine of a square matrix."""
    return 0.5 * (expm_row(A) - expm_row(-A))


@of_scipy(scipy.linalg.tanhm)
def tanhm(A: Any) -> Any:
    """The hyperbolic tangent of a square matrix."""
    return np.linalg.solve(coshm(A), sinhm(A))


@of_scipy(scipy.linalg.funm)
def funm(A: Any, func: Callable[[Any], Any]) -> Any:
    """func of a diagonalisable matrix: v func(w) v⁻¹, for eigenvalues w and eigenvectors v.

    Of a real matrix, the real part: all of it where func of a conjugate is that of func.
    """
    w, v = np.linalg.eig(A)
    found = (v * np.expand_dims(func(w), -2)) @ np.linalg.inv(v)
    return found if np.iscomplexobj(A) else np.real(found)

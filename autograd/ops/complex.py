"""Complex parts. For a real function of z = x + iy the gradient is df/dx - i df/dy, as in JAX."""

from typing import Any

import numpy as np

from autograd import leading
from autograd.errors import UnsupportedError
from autograd.fast import unary
from autograd.op import composite, constant, elementwise, general
from autograd.ops.elementary import absolute as absolute_real
from autograd.ops.index import stop_gradient

# Linear over the reals only; the engine drops the imaginary part for a real argument.
real = general(
    np.real,
    lambda g, y, x: g,
    tangent=lambda t, y, x: np.real(t[0]),
    batch=leading.elementwise,
)
# Of a cotangent that is a Python float, np.multiply makes a number with a dtype.
imag = general(
    np.imag,
    lambda g, y, x: np.multiply(g, -1j),
    tangent=lambda t, y, x: np.imag(t[0]),
    batch=leading.elementwise,
)
conjugate = general(
    np.conjugate,
    lambda g, y, x: np.conjugate(g),
    tangent=lambda t, y, x: np.conjugate(t[0]),
    batch=leading.elementwise,
    name="conjugate",
)


def _unit(x: Any) -> Any:
    """z / |z|, and 0 at 0."""
    return x / np.where(x == 0, 1, np.abs(x))


def _reciprocal(x: Any) -> Any:
    """1 / z, and 0 at 0."""
    return np.where(x == 0, 0, 1 / np.where(x == 0, 1, x))


absolute_complex = general(
    np.absolute,
    lambda g, y, x: g * np.conjugate(_unit(x)),
    tangent=lambda t, y, x: np.real(t[0] * np.conjugate(_unit(x))),
    batch=leading.elementwise,
)
angle_row = general(
    np.angle,
    lambda g, y, x: np.multiply(g, -1j) * _reciprocal(x),
    tangent=lambda t, y, x: np.imag(t[0] * _reciprocal(x)),
    batch=leading.elementwise,
)

sign_real = constant(np.sign)


@composite(np.sign)
def sign(x: Any) -> Any:
    """z / |z|, and 0 at 0; piecewise constant for real numbers."""
    return _unit(x) if np.iscomplexobj(x) else sign_real(x)


_absolute_real = unary(absolute_real)


@composite(np.absolute)
def absolute(x: Any) -> Any:
    """|x|, for real and for complex numbers; its derivative at 0 is 0."""
    return absolute_complex(x) if np.iscomplexobj(x) else _absolute_real(x)


@composite(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """np.angle: the argument of z."""
    return np.degrees(angle_row(z)) if deg else angle_row(z)


def _nan_to_num(x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


nan_to_num_row = elementwise(
    _nan_to_num,
    lambda g, y, x, *, nan=0.0, posinf=None, neginf=None: g * np.isfinite(x),
    name="nan_to_num",
)


@composite(np.nan_to_num)
def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """np.nan_to_num: a number that is replaced has derivative 0."""
    if not copy:
        raise UnsupportedError(
            "nan_to_num to return its result",
            "copy=False, which would write into an array that the record may hold",
            "leave copy= out",
        )
    return nan_to_num_row(x, nan=nan, posinf=posinf, neginf=neginf)


@composite(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """np.real_if_close: the real part where all imaginary parts are tiny."""
    if not np.iscomplexobj(a):
        return a
    if tol > 1:
        tol = np.finfo(a.dtype).eps * tol
    return np.real(a) if np.all(np.abs(stop_gradient(np.imag(a))) < tol) else a

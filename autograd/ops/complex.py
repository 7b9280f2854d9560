"""Complex parts. For a real function of z = x + iy the gradient is df/dx - i df/dy, as in JAX."""

from typing import Any

import numpy as np

from autograd.fast import unary
from autograd.op import composite, constant, elementwise, general
from autograd.ops.elementary import absolute as absolute_real

# Linear over the reals only; the engine drops the imaginary part for a real argument.
real = general(
    np.real,
    lambda g, y, x: g,
    tangent=lambda t, y, x: np.real(t[0]),
)
imag = general(
    np.imag,
    lambda g, y, x: -1j * g,
    tangent=lambda t, y, x: np.imag(t[0]),
)
conjugate = general(
    np.conjugate,
    lambda g, y, x: np.conjugate(g),
    tangent=lambda t, y, x: np.conjugate(t[0]),
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
)
angle_row = general(
    np.angle,
    lambda g, y, x: -1j * g * _reciprocal(x),
    tangent=lambda t, y, x: np.imag(t[0] * _reciprocal(x)),
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


def _nan_to_num(x: Any, copy: bool = True, **numbers: Any) -> Any:
    return np.nan_to_num(x, **numbers)


nan_to_num = elementwise(
    _nan_to_num,
    lambda g, y, x, *, nan=0.0, posinf=None, neginf=None: g * np.isfinite(x),
    name="nan_to_num",
    numpy=(np.nan_to_num,),
)

"""Carlson's symmetric elliptic integrals (DLMF 19.16), from which all others are made.

The derivative of R_D and R_J in x divides by the difference of x and the last argument. Where they
are close to each other it is taken by differences.
"""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.making import Function, slope

_X = (0.3, 3.0)
_CLOSE = 0.1

# DLMF 19.18.1, by symmetry
elliprf = elementwise(
    sp.elliprf,
    lambda g, r, x, y, z: g * (sp.elliprd(y, z, x) / -6),
    lambda g, r, x, y, z: g * (sp.elliprd(z, x, y) / -6),
    lambda g, r, x, y, z: g * (sp.elliprd(x, y, z) / -6),
    pole=True,
    domain=(_X, _X, _X),
)


def _elliprg_slope(x: Any, y: Any, z: Any) -> Any:
    """From R_G = ¼ ∫ (x/(t+x) + y/(t+y) + z/(t+z)) t dt / s(t) (DLMF 19.16(i))."""
    return 0.25 * (sp.elliprf(x, y, z) - x / 3 * sp.elliprd(y, z, x))


elliprg = elementwise(
    sp.elliprg,
    lambda g, r, x, y, z: g * _elliprg_slope(x, y, z),
    lambda g, r, x, y, z: g * _elliprg_slope(y, z, x),
    lambda g, r, x, y, z: g * _elliprg_slope(z, x, y),
    pole=True,
    domain=(_X, _X, _X),
)


def _times_slope(r: Any, numerator: Any, near: Function, x: Any, p: Any) -> Any:
    """x · ½ (r - numerator) / (p - x), by `near` where x is close to p, and 0 at x = 0.

    Partial fractions of 1 / ((t + x) (t + p)) under DLMF 19.16.2 give the quotient.
    """
    close = np.abs(p - x) < _CLOSE * np.abs(p)
    far = 0.5 * (r - numerator(x)) / np.where(close, 1.0, p - x)
    zero = x == 0
    return np.where(zero, 0.0, x * np.where(close, near(np.where(close, x, p)), far))


_elliprd_near = slope(sp.elliprd, 0, lambda x, y, z: np.abs(x))


def _elliprd_in_x(r: Any, x: Any, y: Any, z: Any) -> Any:
    """x dR_D/dx."""
    return _times_slope(
        r,
        lambda t: sp.elliprd(y, z, np.where(t == 0, 1.0, t)),
        lambda t: _elliprd_near(t, y, z),
        x,
        z,
    )


def _elliprd_in_z(r: Any, x: Any, y: Any, z: Any) -> Any:
    """z dR_D/dz: R_D is homogeneous of degree -3/2."""
    return -1.5 * r - _elliprd_in_x(r, x, y, z) - _elliprd_in_x(r, y, x, z)


elliprd = elementwise(
    sp.elliprd,
    lambda g, r, x, y, z: g * (_elliprd_in_x(r, x, y, z) / x),
    lambda g, r, x, y, z: g * (_elliprd_in_x(r, y, x, z) / y),
    lambda g, r, x, y, z: g * (_elliprd_in_z(r, x, y, z) / z),
    pole=True,
    domain=(_X, _X, _X),
)


_elliprj_near = slope(sp.elliprj, 0, lambda x, y, z, p: np.abs(x))


def _elliprj_in_x(r: Any, x: Any, y: Any, z: Any, p: Any) -> Any:
    """x dR_J/dx."""
    return _times_slope(
        r,
        lambda t: sp.elliprd(y, z, np.where(t == 0, 1.0, t)),
        lambda t: _elliprj_near(t, y, z, p),
        x,
        p,
    )


def _elliprj_in_p(r: Any, x: Any, y: Any, z: Any, p: Any) -> Any:
    """p dR_J/dp: R_J is homogeneous of degree -3/2."""
    rest = _elliprj_in_x(r, x, y, z, p) + _elliprj_in_x(r, y, z, x, p)
    return -1.5 * r - rest - _elliprj_in_x(r, z, x, y, p)


elliprj = elementwise(
    sp.elliprj,
    lambda g, r, x, y, z, p: g * (_elliprj_in_x(r, x, y, z, p) / x),
    lambda g, r, x, y, z, p: g * (_elliprj_in_x(r, y, z, x, p) / y),
    lambda g, r, x, y, z, p: g * (_elliprj_in_x(r, z, x, y, p) / z),
    lambda g, r, x, y, z, p: g * (_elliprj_in_p(r, x, y, z, p) / p),
    pole=True,
    domain=(_X, _X, _X, _X),
)


# R_C(x, y) = R_F(x, y, y), continued to y < 0 as its principal value, where R_D is not defined
def _elliprc_in_x(r: Any, x: Any, y: Any) -> Any:
    beyond = np.real(y) < 0
    inside = np.where(beyond, 1.0, y)
    far = 0.5 * (1 / np.sqrt(x) - r) / (x - np.where(beyond, y, x - 1))
    return np.where(beyond, far, sp.elliprd(inside, inside, x) / -6)


def _elliprc_in_y(r: Any, x: Any, y: Any) -> Any:
    beyond = np.real(y) < 0
    inside = np.where(beyond, 1.0, y)
    far = (-0.5 * r - x * _elliprc_in_x(r, x, y)) / np.where(beyond, y, 1.0)
    return np.where(beyond, far, sp.elliprd(x, inside, inside) / -3)


elliprc = elementwise(
    sp.elliprc,
    lambda g, r, x, y: g * _elliprc_in_x(r, x, y),
    lambda g, r, x, y: g * _elliprc_in_y(r, x, y),
    pole=True,
    domain=(_X, _X),
)

"""Legendre's elliptic integrals by Carlson's (DLMF 19.25), and Jacobi's functions (DLMF 22)."""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.making import several


def _k_slope(m: Any) -> Any:
    """K(m) = R_F(0, 1 - m, 1)."""
    return sp.elliprd(0.0, 1.0, 1 - m) / 6


def _e_slope(m: Any) -> Any:
    """(E - K) / 2m, without the difference."""
    return sp.elliprd(0.0, 1 - m, 1.0) / -6


ellipk = elementwise(sp.ellipk, lambda g, y, m: g * _k_slope(m), pole=True, domain=(-2.0, 0.9))
ellipe = elementwise(sp.ellipe, lambda g, y, m: g * _e_slope(m), pole=True, domain=(-2.0, 0.9))
ellipkm1 = elementwise(
    sp.ellipkm1,
    lambda g, y, p: g * (sp.elliprd(0.0, 1.0, p) / -6),
    pole=True,
    domain=(0.1, 2.0),
)


def _reduced(phi: Any, m: Any) -> tuple[Any, ...]:
    """Half turns k, sin³, cos² and 1 - m sin² of φ - kπ, and m where k is not 0."""
    turns = np.rint(phi / np.pi)
    sine, cosine = np.sin(phi - turns * np.pi), np.cos(phi - turns * np.pi)
    whole = np.where(turns == 0, 0.0, m)
    return turns, sine * sine * sine, cosine * cosine, 1 - m * sine * sine, whole


def _f_in_m(phi: Any, m: Any) -> Any:
    """F(φ, m) = sin φ R_F(cos², 1 - m sin², 1) and 2k K(m) beyond (DLMF 19.2.10, 19.25.5)."""
    turns, cube, cosine, delta, whole = _reduced(phi, m)
    return cube / 6 * sp.elliprd(cosine, 1.0, delta) + 2 * turns * _k_slope(whole)


def _e_in_m(phi: Any, m: Any) -> Any:
    """(E - F) / 2m, without the difference (DLMF 19.25.9)."""
    turns, cube, cosine, delta, whole = _reduced(phi, m)
    return cube / -6 * sp.elliprd(cosine, delta, 1.0) + 2 * turns * _e_slope(whole)


def _delta(phi: Any, m: Any) -> Any:
    return np.sqrt(1 - m * np.sin(phi) * np.sin(phi))


_DOMAIN = ((-2.0, 2.0), (-1.0, 0.9))
ellipkinc = elementwise(
    sp.ellipkinc,
    lambda g, y, phi, m: g / _delta(phi, m),
    lambda g, y, phi, m: g * _f_in_m(phi, m),
    pole=True,
    domain=_DOMAIN,
)
ellipeinc = elementwise(
    sp.ellipeinc,
    lambda g, y, phi, m: g * _delta(phi, m),
    lambda g, y, phi, m: g * _e_in_m(phi, m),
    pole=True,
    domain=_DOMAIN,
)


# (sn, cn, dn, am) of u (DLMF table 22.13.1, 22.16.3). In m: F(am, m) = u
def _in_u(y: Any, u: Any, m: Any) -> tuple[Any, ...]:
    sn, cn, dn, _ = y
    return cn * dn, -sn * dn, -m * sn * cn, dn


def _in_m(y: Any, u: Any, m: Any) -> tuple[Any, ...]:
    sn, cn, dn, am = y
    turned = -dn * _f_in_m(am, m)
    return cn * turned, -sn * turned, -sn * (0.5 * sn + m * cn * turned) / dn, turned


ellipj = several(sp.ellipj, _in_u, _in_m)

"""The gamma function, its logarithm and reciprocal, and what is made of them (DLMF 5)."""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import constant, elementwise
from autograd.scipy.special_rows.making import slope

_PLUS = (0.3, 4.0)


def _distance(z: Any) -> Any:
    """How far the nearest pole of ψ is, at most 1."""
    return np.minimum(np.abs(z - np.minimum(np.rint(np.real(z)), 0)), 1.0)


_psi_slope_complex = slope(sp.psi, 0, _distance)


def _psi_slope(x: Any) -> Any:
    """ψ'(x) = ζ(2, x) (DLMF 5.15.1), reflected for x < ½; SciPy has no ζ(2, z) of complex z."""
    if np.iscomplexobj(x):
        return _psi_slope_complex(x)
    left = x < 0.5
    reflected = np.pi / np.sin(np.pi * np.where(left, x, 0.5))
    trigamma = sp.zeta(2.0, np.where(left, 1 - x, x))
    return np.where(left, reflected * reflected - trigamma, trigamma)


psi = elementwise(sp.psi, lambda g, y, x: g * _psi_slope(x), pole=True, domain=_PLUS)
gamma = elementwise(sp.gamma, lambda g, y, x: g * (y * sp.psi(x)), pole=True, domain=_PLUS)
gammaln = elementwise(sp.gammaln, lambda g, y, x: g * sp.psi(x), pole=True, domain=_PLUS)
loggamma = elementwise(sp.loggamma, lambda g, y, x: g * sp.psi(x), pole=True, domain=_PLUS)
gammasgn = constant(sp.gammasgn)


def _rgamma_slope(x: Any) -> Any:
    """-ψ(x) / Γ(x); for x < ½ reflected, so that the zeros of 1/Γ meet no pole of ψ."""
    left = np.real(x) < 0.5
    below = np.where(left, x, 0.0)
    reflected = np.cos(np.pi * below) - np.sin(np.pi * below) / np.pi * sp.psi(1 - below)
    above = np.where(left, 1.0, x)
    return np.where(left, sp.gamma(1 - below) * reflected, -sp.rgamma(above) * sp.psi(above))


rgamma = elementwise(sp.rgamma, lambda g, y, x: g * _rgamma_slope(x), pole=True, domain=(-2.3, 3.0))

# DLMF 5.12.1: B(a, b) = Γ(a) Γ(b) / Γ(a + b)
beta = elementwise(
    sp.beta,
    lambda g, y, a, b: g * (y * (sp.psi(a) - sp.psi(a + b))),
    lambda g, y, a, b: g * (y * (sp.psi(b) - sp.psi(a + b))),
    pole=True,
    domain=(_PLUS, _PLUS),
)
betaln = elementwise(
    sp.betaln,
    lambda g, y, a, b: g * (sp.psi(a) - sp.psi(a + b)),
    lambda g, y, a, b: g * (sp.psi(b) - sp.psi(a + b)),
    pole=True,
    domain=(_PLUS, _PLUS),
)


# DLMF 5.2.5: (x)_m = Γ(x + m) / Γ(x)
def _poch_in_x(y: Any, x: Any, m: Any) -> Any:
    """y (ψ(x + m) - ψ(x)); at poles of Γ(x), by the reflections DLMF 5.5.3 and 5.5.4."""
    end = x + m
    at_pole = (x <= 0) & (x == np.floor(x))
    both = at_pole & (end <= 0) & (end == np.floor(end))
    only = at_pole & ~both
    regular = y * (sp.psi(np.where(at_pole, 1, end)) - sp.psi(np.where(at_pole, 1, x)))
    reflected = y * (sp.psi(np.where(both, 1 - end, 1)) - sp.psi(np.where(both, 1 - x, 1)))
    x, end = np.where(only, x, 0), np.where(only, end, 1)
    factor = sp.gamma(end) * sp.gamma(1 - x)
    turning = np.sin(np.pi * x) * (sp.psi(end) - sp.psi(1 - x)) / np.pi + np.cos(np.pi * x)
    return np.where(only, factor * turning, np.where(both, reflected, regular))


poch = elementwise(
    sp.poch,
    lambda g, y, x, m: g * _poch_in_x(y, x, m),
    lambda g, y, x, m: g * (y * sp.psi(x + m)),
    pole=True,
    domain=(_PLUS, (0.2, 3.0)),
)


# DLMF 1.2.6: Γ(n + 1) / (Γ(k + 1) Γ(n - k + 1))
def _binom_slope(y: Any, n: Any, k: Any, z: Any, sign: int) -> Any:
    """sign y (ψ(z) - ψ(n - k + 1)); where y is 0 as Γ(n - k + 1) has a pole, by DLMF 5.5.3."""
    end = n - k + 1
    zero = (end <= 0) & (end == np.floor(end)) & (n >= 0)
    regular = y * (sp.psi(np.where(zero, 1, z)) - sp.psi(np.where(zero, 1, end)))
    n, k, z, end = (np.where(zero, x, 0.5) for x in (n, k, z, end))
    factor = sp.gamma(n + 1) * sp.rgamma(k + 1) * sp.gamma(1 - end)
    turning = np.sin(np.pi * end) * (sp.psi(z) - sp.psi(1 - end)) / np.pi + np.cos(np.pi * end)
    return sign * np.where(zero, factor * turning, regular)


binom = elementwise(
    sp.binom,
    lambda g, y, n, k: g * _binom_slope(y, n, k, n + 1, 1),
    lambda g, y, n, k: g * _binom_slope(y, n, k, k + 1, -1),
    pole=True,
    domain=((4.0, 6.0), (0.3, 3.7)),
)

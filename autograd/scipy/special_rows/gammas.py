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
poch = elementwise(
    sp.poch,
    lambda g, y, x, m: g * (y * (sp.psi(x + m) - sp.psi(x))),
    lambda g, y, x, m: g * (y * sp.psi(x + m)),
    pole=True,
    domain=(_PLUS, (0.2, 3.0)),
)
# DLMF 1.2.6: Γ(n + 1) / (Γ(k + 1) Γ(n - k + 1))
binom = elementwise(
    sp.binom,
    lambda g, y, n, k: g * (y * (sp.psi(n + 1) - sp.psi(n - k + 1))),
    lambda g, y, n, k: g * (y * (sp.psi(n - k + 1) - sp.psi(k + 1))),
    pole=True,
    domain=((4.0, 6.0), (0.3, 3.7)),
)

"""Integrals of elementary and of Bessel functions: the derivative is the integrand."""

import math
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.bessel import spherical_in, spherical_jn
from autograd.scipy.special_rows.making import several

_PLUS = (0.4, 3.0)

# DLMF 6.2
exp1 = elementwise(sp.exp1, lambda g, y, x: g * (-np.exp(-x) / x), pole=True, domain=_PLUS)
expi = elementwise(sp.expi, lambda g, y, x: g * (np.exp(x) / x), pole=True, domain=_PLUS)


def _expn_slope(y: Any, n: Any, x: Any) -> Any:
    """-E of order n - 1 (DLMF 8.19.13); that of order -1 by the recurrence 8.19.12."""
    zeroth = n < 1
    below = sp.expn(np.where(zeroth, 0, n - 1), x)
    return -np.where(zeroth, (np.exp(-x) + y) / x, below)


expn = elementwise(
    sp.expn, None, lambda g, y, n, x: g * _expn_slope(y, n, x), pole=True, domain=((0, 4), _PLUS)
)


def _spence_slope(x: Any) -> Any:
    """log(x) / (1 - x), and -1 at 1."""
    if not np.iscomplexobj(x):
        return -1 / sp.exprel(np.log(x))
    at_one = x == 1
    return np.where(at_one, -1, np.log(x) / (1 - np.where(at_one, 0, x)))


# -∫₁ˣ log t / (t - 1) dt: DLMF 25.12.2 at 1 - x
spence = elementwise(sp.spence, lambda g, y, x: g * _spence_slope(x), pole=True, domain=(0.2, 3.0))

# DLMF 6.2.9, 6.2.11, 6.2.15, 6.2.16; sin t / t and sinh t / t are spherical Bessel functions
sici = several(sp.sici, lambda y, x: (spherical_jn(0, x), np.cos(x) / x))
shichi = several(sp.shichi, lambda y, x: (spherical_in(0, x), np.cosh(x) / x))


# DLMF 7.2.7, 7.2.8: S and C
def _quarter_turns(x: Any) -> Any:
    return 0.5 * math.pi * x * x


fresnel = several(sp.fresnel, lambda y, x: (np.sin(_quarter_turns(x)), np.cos(_quarter_turns(x))))


# F = ∫ₓ e**±it² dt, and K = e**∓i(x² + π/4) F / √π
def _modified(sign: float) -> Any:
    turn = sign * 1j
    start = np.exp(-turn * math.pi / 4) / math.sqrt(math.pi)
    return lambda y, x: (-np.exp(turn * x * x), -2 * turn * x * y[1] - start)


modfresnelp = several(sp.modfresnelp, _modified(1.0))
modfresnelm = several(sp.modfresnelm, _modified(-1.0))


def _lift(f: Any, x: Any, sign: float) -> Any:
    """(f(x) - 1) / x for J₀ and I₀, near 0 by their series Σ (±x²/4)**k / k!² (DLMF 10.2.2)."""
    near = np.abs(x) < 0.5
    u = np.where(near, sign * 0.25 * x * x, 0.0)
    series = 1.0
    for k in range(8, 1, -1):
        series = 1 + u / (k * k) * series
    return np.where(near, sign * 0.25 * x * series, (f(x) - 1) / np.where(near, 1.0, x))


# Of Bessel, Airy and Struve functions, from 0 to x; the `it2` ones as scipy.special says
itj0y0 = several(sp.itj0y0, lambda y, x: (sp.j0(x), sp.y0(x)))
iti0k0 = several(sp.iti0k0, lambda y, x: (sp.i0(x), sp.k0(x)))
it2j0y0 = several(sp.it2j0y0, lambda y, x: (-_lift(sp.j0, x, -1.0), -sp.y0(x) / x))
it2i0k0 = several(sp.it2i0k0, lambda y, x: (_lift(sp.i0, x, 1.0), -sp.k0(x) / x))


def _itairy_slope(y: Any, x: Any) -> Any:
    ahead, behind = sp.airy(x), sp.airy(-x)
    return ahead[0], ahead[2], behind[0], behind[2]


itairy = several(sp.itairy, _itairy_slope)
itstruve0 = elementwise(sp.itstruve0, lambda g, y, x: g * sp.struve(0, x), domain=_PLUS)
itmodstruve0 = elementwise(sp.itmodstruve0, lambda g, y, x: g * sp.modstruve(0, x), domain=_PLUS)
it2struve0 = elementwise(
    sp.it2struve0, lambda g, y, x: -g * (sp.struve(0, x) / x), pole=True, domain=_PLUS
)

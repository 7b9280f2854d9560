"""Distribution functions that SciPy has as special functions, and their inverses."""

import math
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.incomplete import betas, gamma_density, gammas
from autograd.scipy.special_rows.making import Cumulative, slope
from autograd.scipy.special_rows.powers import exprel_slope

_CHANCE = (0.1, 0.9)
_PLUS = (0.6, 4.0)
_BESIDE = {"pole": True}

# Chi-squared: P(v/2, x/2)
chi_squared = Cumulative(
    v=lambda v, x: 0.5 * gammas.partials["a"](0.5 * v, 0.5 * x),
    x=lambda v, x: 0.5 * gamma_density(0.5 * v, 0.5 * x),
)
_TWO = ((1.0, 6.0), (0.6, 6.0))
chdtr = elementwise(sp.chdtr, *chi_squared.rules(), domain=_TWO, **_BESIDE)
chdtrc = elementwise(sp.chdtrc, *chi_squared.rules(-1.0), domain=_TWO, **_BESIDE)
chdtri = elementwise(
    sp.chdtri, *chi_squared.solved("v p", "x", -1.0), domain=((1.0, 6.0), _CHANCE), **_BESIDE
)
chdtriv = elementwise(
    sp.chdtriv, *chi_squared.solved("p x", "v"), domain=(_CHANCE, (0.6, 6.0)), **_BESIDE
)

# Gamma, of rate a and shape b: P(b, a x)
gamma = Cumulative(
    a=lambda a, b, x: x * gamma_density(b, a * x),
    b=lambda a, b, x: gammas.partials["a"](b, a * x),
    x=lambda a, b, x: a * gamma_density(b, a * x),
)
gdtr = elementwise(sp.gdtr, *gamma.rules(), domain=(_PLUS,) * 3, **_BESIDE)
gdtrc = elementwise(sp.gdtrc, *gamma.rules(-1.0), domain=(_PLUS,) * 3, **_BESIDE)
gdtria = elementwise(
    sp.gdtria, *gamma.solved("p b x", "a"), domain=(_CHANCE, _PLUS, _PLUS), **_BESIDE
)
gdtrib = elementwise(
    sp.gdtrib, *gamma.solved("a p x", "b"), domain=(_PLUS, _CHANCE, _PLUS), **_BESIDE
)
gdtrix = elementwise(
    sp.gdtrix, *gamma.solved("a b p", "x"), domain=(_PLUS, _PLUS, _CHANCE), **_BESIDE
)


# Fisher's F: I_w(n/2, d/2) at w = n x / (d + n x). With both shapes a half of the degrees of
# freedom, dw/dx = w (1 - w) / x, dw/dn = w (1 - w) / n and dw/dd = -w (1 - w) / d.
def _of_beta(n: Any, d: Any, x: Any) -> tuple[Any, Any, Any]:
    return 0.5 * n, 0.5 * d, n * x / (d + n * x)


def _bend(n: Any, d: Any, x: Any) -> Any:
    """w (1 - w) times the density in w, without the quotient by either."""
    a, b, w = _of_beta(n, d, x)
    rest = d / (d + n * x)
    return np.exp(sp.xlogy(a, w) + sp.xlogy(b, rest) - sp.betaln(a, b))


def _fisher_density(n: Any, d: Any, x: Any) -> Any:
    """_bend / x, which is a number at 0 too."""
    a, b, w = _of_beta(n, d, x)
    within = d + n * x
    powers = sp.xlogy(a - 1, w) + sp.xlogy(b, d / within)
    return n / within * np.exp(powers - sp.betaln(a, b))


fisher = Cumulative(
    n=lambda n, d, x: 0.5 * betas.partials["a"](*_of_beta(n, d, x)) + _bend(n, d, x) / n,
    d=lambda n, d, x: 0.5 * betas.partials["b"](*_of_beta(n, d, x)) - _bend(n, d, x) / d,
    x=lambda n, d, x: _fisher_density(n, d, x),
)
fdtr = elementwise(sp.fdtr, *fisher.rules(), domain=(_PLUS,) * 3, **_BESIDE)
fdtrc = elementwise(sp.fdtrc, *fisher.rules(-1.0), domain=(_PLUS,) * 3, **_BESIDE)
fdtri = elementwise(
    sp.fdtri, *fisher.solved("n d p", "x"), domain=(_PLUS, _PLUS, _CHANCE), **_BESIDE
)
fdtridfd = elementwise(
    sp.fdtridfd,
    *fisher.solved("n p x", "d"),
    domain=((2.0, 3.0), (0.4, 0.5), (1.0, 1.3)),
    **_BESIDE,
)


# Student's t
def _t_density(v: Any, t: Any) -> Any:
    return np.exp(-0.5 * (v + 1) * np.log1p(t * t / v) - sp.betaln(0.5 * v, 0.5)) / np.sqrt(v)


def _t_width(v: Any, t: Any) -> Any:
    return v / (1 + 0.5 * v * np.log1p(t * t / v))


_t_lower = slope(sp.stdtr, 0, _t_width)


def _near_normal(v: Any, t: Any) -> Any:
    """The first terms of Fisher's expansion in 1/v (R. A. Fisher, Metron 5, 1925)."""
    s = t * t
    first = (s + 1) / 4
    second = (((3 * s - 7) * s - 5) * s - 3) / 96
    third = (((((s - 11) * s + 14) * s + 6) * s - 3) * s - 15) / 384
    density = np.exp(-0.5 * s) / math.sqrt(2 * math.pi)
    return t * density * (first + (2 * second + 3 * third / v) / v) / (v * v)


def _t_in_v(v: Any, t: Any) -> Any:
    """The tails are mirror images; the lower one has no 1 - that would round it away.

    Where the distribution is almost normal, so that differences in v vanish, by an expansion.
    """
    is_normal = v > np.maximum(1e5, 100 * t * t * t * t)
    lower = _t_lower(np.where(is_normal, 1.0, v), -np.abs(t))
    expanded = _near_normal(np.where(is_normal, v, 1e5), np.where(is_normal, t, 1.0))
    return np.where(is_normal, expanded, np.where(t < 0, 1.0, -1.0) * lower)


student = Cumulative(v=_t_in_v, t=_t_density)
stdtr = elementwise(sp.stdtr, *student.rules(), domain=((1.0, 6.0), (-2.0, 2.0)), **_BESIDE)
stdtrit = elementwise(
    sp.stdtrit, *student.solved("v p", "t"), domain=((1.0, 6.0), _CHANCE), **_BESIDE
)
stdtridf = elementwise(
    sp.stdtridf, *student.solved("p t", "v"), domain=((0.77, 0.79), (1.0, 1.05)), **_BESIDE
)


def normal_slope(z: Any) -> Any:
    """d(the quantile z of p)/dp: 1 over the normal density."""
    return np.sqrt(2 * np.pi) * np.exp(0.5 * z * z)


# The normal distribution solved for its mean and its standard deviation
nrdtrimn = elementwise(
    sp.nrdtrimn,
    lambda g, m, p, s, x: -g * (s * normal_slope((x - m) / s)),
    lambda g, m, p, s, x: -g * ((x - m) / s),
    lambda g, m, p, s, x: g,
    domain=(_CHANCE, _PLUS, (-2.0, 2.0)),
    **_BESIDE,
)
nrdtrisd = elementwise(
    sp.nrdtrisd,
    lambda g, s, m, p, x: g / -((x - m) / s),
    lambda g, s, m, p, x: -g * (s / ((x - m) / s) * normal_slope((x - m) / s)),
    lambda g, s, m, p, x: g / ((x - m) / s),
    domain=((-2.0, -1.0), (0.6, 0.9), (1.0, 2.0)),
    **_BESIDE,
)


# Tukey's lambda distribution: x = (p**λ - (1 - p)**λ) / λ; p is constant outside of the support
def _tukey_in_x(p: Any, shape: Any) -> Any:
    return np.power(p, shape - 1) + np.power(1 - p, shape - 1)


def _power_in_shape(p: Any, shape: Any) -> Any:
    """d/dλ (p**λ - 1) / λ, as in `powers`."""
    return np.log(p) * np.log(p) * exprel_slope(shape * np.log(p))


def _tukey_slope(p: Any, shape: Any, rise: Any) -> Any:
    inside = (p > 0) & (p < 1)
    p = np.where(inside, p, 0.5)
    return np.where(inside, rise(p, shape) / _tukey_in_x(p, shape), 0)


def _tukey_shape(p: Any, shape: Any) -> Any:
    return _power_in_shape(1 - p, shape) - _power_in_shape(p, shape)


tklmbda = elementwise(
    sp.tklmbda,
    lambda g, p, x, shape: g * _tukey_slope(p, shape, lambda p, shape: 1),
    lambda g, p, x, shape: g * _tukey_slope(p, shape, _tukey_shape),
    domain=((-1.0, 1.0), (0.3, 0.7)),
    **_BESIDE,
)

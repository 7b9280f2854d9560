"""Continuous distributions, each in its standard form."""

import math
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.scipy.stats.univariate import Continuous, positive

INFINITY = math.inf
LOG_2 = math.log(2)
LOG_2_PI = math.log(2 * math.pi)
EULER = -float(sp.psi(1.0))
POSITIVE = (0.0, INFINITY)


def finite_above(limit: float, x: Any, formula: Any) -> Any:
    """formula(x) for x above the limit, and infinity up to it."""
    is_above = x > limit
    return np.where(is_above, formula(np.where(is_above, x, limit + 1)), INFINITY)


def _folded(x: Any) -> Any:
    """-|x|, with the derivative 1 at 0: what is even there has derivative 0, also at order 2."""
    return np.where(x > 0, -x, x)


norm = Continuous(
    "norm",
    logpdf=lambda x: -0.5 * (x * x) - 0.5 * LOG_2_PI,
    cdf=sp.ndtr,
    sf=lambda x: sp.ndtr(-x),
    logcdf=sp.log_ndtr,
    logsf=lambda x: sp.log_ndtr(-x),
    ppf=sp.ndtri,
    isf=lambda q: -sp.ndtri(q),
    entropy=lambda: 0.5 * (1 + LOG_2_PI),
    mean=lambda: 0.0,
    var=lambda: 1.0,
)

expon = Continuous(
    "expon",
    support=POSITIVE,
    logpdf=lambda x: -x,
    cdf=lambda x: -np.expm1(-x),
    sf=lambda x: np.exp(-x),
    logsf=lambda x: -x,
    ppf=lambda q: -np.log1p(-q),
    isf=lambda q: -np.log(q),
    entropy=lambda: 1.0,
    mean=lambda: 1.0,
    var=lambda: 1.0,
)


def _laplace_cdf(x: Any) -> Any:
    tail = 0.5 * np.exp(_folded(x))
    return np.where(x > 0, 1 - tail, tail)


def _laplace_logcdf(x: Any) -> Any:
    return np.where(x > 0, np.log1p(-0.5 * np.exp(_folded(x))), _folded(x) - LOG_2)


def _laplace_ppf(q: Any) -> Any:
    return np.where(q > 0.5, -np.log(2 * (1 - q)), np.log(2 * q))


laplace = Continuous(
    "laplace",
    logpdf=lambda x: -np.abs(x) - LOG_2,
    cdf=_laplace_cdf,
    sf=lambda x: _laplace_cdf(-x),
    logcdf=_laplace_logcdf,
    logsf=lambda x: _laplace_logcdf(-x),
    ppf=_laplace_ppf,
    isf=lambda q: -_laplace_ppf(q),
    entropy=lambda: 1 + LOG_2,
    mean=lambda: 0.0,
    var=lambda: 2.0,
)

logistic = Continuous(
    "logistic",
    logpdf=lambda x: _folded(x) - 2 * np.log1p(np.exp(_folded(x))),
    cdf=sp.expit,
    sf=lambda x: sp.expit(-x),
    logcdf=sp.log_expit,
    logsf=lambda x: sp.log_expit(-x),
    ppf=sp.logit,
    isf=lambda q: -sp.logit(q),
    entropy=lambda: 2.0,
    mean=lambda: 0.0,
    var=lambda: math.pi**2 / 3,
)


def _cauchy_ppf(q: Any) -> Any:
    """tan(π (q - ½)), by the smaller of q and 1 - q where the tangent is steep."""
    is_middle = np.logical_and(q > 0.25, q < 0.75)
    edge = np.where(is_middle, 0.25, np.where(q < 0.5, q, 1 - q))
    outer = np.where(q < 0.5, -1.0, 1.0) / np.tan(math.pi * edge)
    return np.where(is_middle, np.tan(math.pi * np.where(is_middle, q - 0.5, 0.0)), outer)


cauchy = Continuous(
    "cauchy",
    logpdf=lambda x: -np.log1p(x * x) - math.log(math.pi),
    cdf=lambda x: np.arctan2(1.0, -x) / math.pi,
    sf=lambda x: np.arctan2(1.0, x) / math.pi,
    ppf=_cauchy_ppf,
    isf=lambda q: -_cauchy_ppf(q),
    entropy=lambda: math.log(4 * math.pi),
    mean=lambda: math.nan,
    var=lambda: math.nan,
)

gumbel_r = Continuous(
    "gumbel_r",
    logpdf=lambda x: -x - np.exp(-x),
    cdf=lambda x: np.exp(-np.exp(-x)),
    sf=lambda x: -np.expm1(-np.exp(-x)),
    logcdf=lambda x: -np.exp(-x),
    ppf=lambda q: -np.log(-np.log(q)),
    isf=lambda q: -np.log(-np.log1p(-q)),
    entropy=lambda: 1 + EULER,
    mean=lambda: EULER,
    var=lambda: math.pi**2 / 6,
)

gumbel_l = Continuous(
    "gumbel_l",
    logpdf=lambda x: x - np.exp(x),
    cdf=lambda x: -np.expm1(-np.exp(x)),
    sf=lambda x: np.exp(-np.exp(x)),
    logsf=lambda x: -np.exp(x),
    ppf=lambda q: np.log(-np.log1p(-q)),
    isf=lambda q: np.log(-np.log(q)),
    entropy=lambda: 1 + EULER,
    mean=lambda: -EULER,
    var=lambda: math.pi**2 / 6,
)

uniform = Continuous(
    "uniform",
    support=(0.0, 1.0),
    logpdf=lambda x: 0.0 * x,
    cdf=lambda x: x,
    sf=lambda x: 1 - x,
    ppf=lambda q: q,
    isf=lambda q: 1 - q,
    entropy=lambda: 0.0,
    mean=lambda: 0.5,
    var=lambda: 1 / 12,
)

lognorm = Continuous(
    "lognorm",
    support=POSITIVE,
    is_open=True,
    shapes={"s": positive},
    logpdf=lambda x, s: -0.5 * (np.log(x) / s) ** 2 - np.log(s) - np.log(x) - 0.5 * LOG_2_PI,
    cdf=lambda x, s: sp.ndtr(np.log(x) / s),
    sf=lambda x, s: sp.ndtr(-np.log(x) / s),
    logcdf=lambda x, s: sp.log_ndtr(np.log(x) / s),
    logsf=lambda x, s: sp.log_ndtr(-np.log(x) / s),
    ppf=lambda q, s: np.exp(s * sp.ndtri(q)),
    isf=lambda q, s: np.exp(-s * sp.ndtri(q)),
    entropy=lambda s: 0.5 * (1 + LOG_2_PI) + np.log(s),
    mean=lambda s: np.exp(0.5 * s * s),
    var=lambda s: np.expm1(s * s) * np.exp(s * s),
)

weibull_min = Continuous(
    "weibull_min",
    support=POSITIVE,
    shapes={"c": positive},
    logpdf=lambda x, c: np.log(c) + sp.xlogy(c - 1, x) - np.power(x, c),
    cdf=lambda x, c: -np.expm1(-np.power(x, c)),
    sf=lambda x, c: np.exp(-np.power(x, c)),
    logsf=lambda x, c: -np.power(x, c),
    ppf=lambda q, c: np.power(-np.log1p(-q), 1 / c),
    isf=lambda q, c: np.power(-np.log(q), 1 / c),
    entropy=lambda c: 1 + EULER - EULER / c - np.log(c),
    mean=lambda c: sp.gamma(1 + 1 / c),
    var=lambda c: sp.gamma(1 + 2 / c) - sp.gamma(1 + 1 / c) ** 2,
)

pareto = Continuous(
    "pareto",
    support=(1.0, INFINITY),
    inside=2.0,
    shapes={"b": positive},
    logpdf=lambda x, b: np.log(b) - (b + 1) * np.log(x),
    cdf=lambda x, b: -np.expm1(-b * np.log(x)),
    sf=lambda x, b: np.power(x, -b),
    logsf=lambda x, b: -b * np.log(x),
    ppf=lambda q, b: np.power(1 - q, -1 / b),
    isf=lambda q, b: np.power(q, -1 / b),
    entropy=lambda b: 1 + 1 / b - np.log(b),
    mean=lambda b: finite_above(1, b, lambda b: b / (b - 1)),
    var=lambda b: finite_above(2, b, lambda b: b / ((b - 1) ** 2 * (b - 2))),
)

halfnorm = Continuous(
    "halfnorm",
    support=POSITIVE,
    logpdf=lambda x: -0.5 * (x * x) + 0.5 * math.log(2 / math.pi),
    cdf=lambda x: sp.erf(x / math.sqrt(2)),
    sf=lambda x: 2 * sp.ndtr(-x),
    ppf=lambda q: sp.ndtri(0.5 * (1 + q)),
    isf=lambda q: -sp.ndtri(0.5 * q),
    entropy=lambda: 0.5 * (1 + math.log(math.pi / 2)),
    mean=lambda: math.sqrt(2 / math.pi),
    var=lambda: 1 - 2 / math.pi,
)

rayleigh = Continuous(
    "rayleigh",
    support=POSITIVE,
    logpdf=lambda x: np.log(x) - 0.5 * (x * x),
    cdf=lambda x: -np.expm1(-0.5 * (x * x)),
    sf=lambda x: np.exp(-0.5 * (x * x)),
    logsf=lambda x: -0.5 * (x * x),
    ppf=lambda q: np.sqrt(-2 * np.log1p(-q)),
    isf=lambda q: np.sqrt(-2 * np.log(q)),
    entropy=lambda: 1 + 0.5 * EULER - 0.5 * LOG_2,
    mean=lambda: math.sqrt(math.pi / 2),
    var=lambda: 2 - 0.5 * math.pi,
)

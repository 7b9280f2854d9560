"""Discrete distributions, each at location 0."""

import math
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.scipy.stats.univariate import Discrete, number_of_trials, positive, probability


def _not_negative(x: Any) -> Any:
    return x >= 0


bernoulli = Discrete(
    "bernoulli",
    support=(0, 1),
    inside=0,
    shapes={"p": probability},
    logpmf=lambda k, p: sp.xlogy(k, p) + sp.xlog1py(1 - k, -p),
    cdf=lambda k, p: 1 - p * (1 - k),
    sf=lambda k, p: p * (1 - k),
    entropy=lambda p: sp.entr(p) + sp.entr(1 - p),
    mean=lambda p: p,
    var=lambda p: p * (1 - p),
)


def _log_choose(n: Any, k: Any) -> Any:
    return sp.gammaln(n + 1) - sp.gammaln(k + 1) - sp.gammaln(n - k + 1)


def _binomial_tail(k: Any, n: Any, p: Any, upper: bool) -> Any:
    """The probability up to or above k; for k = n a beta function would have a parameter 0."""
    is_last = k >= n
    rest = np.where(is_last, 1.0, n - k)
    found = sp.betainc(k + 1, rest, p) if upper else sp.betaincc(k + 1, rest, p)
    return np.where(is_last, 0.0 if upper else 1.0, found)


binom = Discrete(
    "binom",
    support=lambda n, p: (0, n),
    inside=0,
    shapes={"n": number_of_trials, "p": probability},
    logpmf=lambda k, n, p: _log_choose(n, k) + sp.xlogy(k, p) + sp.xlog1py(n - k, -p),
    cdf=lambda k, n, p: _binomial_tail(k, n, p, False),
    sf=lambda k, n, p: _binomial_tail(k, n, p, True),
    mean=lambda n, p: n * p,
    var=lambda n, p: n * p * (1 - p),
)

poisson = Discrete(
    "poisson",
    support=(0, math.inf),
    inside=0,
    shapes={"mu": _not_negative},
    logpmf=lambda k, mu: sp.xlogy(k, mu) - sp.gammaln(k + 1) - mu,
    cdf=sp.pdtr,
    sf=sp.pdtrc,
    mean=lambda mu: mu,
    var=lambda mu: mu,
)

nbinom = Discrete(
    "nbinom",
    support=(0, math.inf),
    inside=0,
    shapes={"n": positive, "p": probability},
    logpmf=lambda k, n, p: (
        sp.gammaln(n + k) - sp.gammaln(k + 1) - sp.gammaln(n) + sp.xlogy(n, p) + sp.xlog1py(k, -p)
    ),
    cdf=lambda k, n, p: sp.betainc(n, k + 1, p),
    sf=lambda k, n, p: sp.betaincc(n, k + 1, p),
    mean=lambda n, p: n * (1 - p) / p,
    var=lambda n, p: n * (1 - p) / (p * p),
)

geom = Discrete(
    "geom",
    support=(1, math.inf),
    inside=1,
    shapes={"p": probability},
    logpmf=lambda k, p: sp.xlog1py(k - 1, -p) + np.log(p),
    cdf=lambda k, p: -np.expm1(sp.xlog1py(k, -p)),
    sf=lambda k, p: np.exp(sp.xlog1py(k, -p)),
    logsf=lambda k, p: sp.xlog1py(k, -p),
    entropy=lambda p: -np.log(p) - sp.xlog1py(1 - p, -p) / p,
    mean=lambda p: 1 / p,
    var=lambda p: (1 - p) / (p * p),
)

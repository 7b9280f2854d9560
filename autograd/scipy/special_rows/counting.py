"""Distributions of counts.

The count k is rounded down and the number of trials is an integer, so that the functions are
constant between integers; only their inverses take them for real numbers.
"""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.incomplete import betas, gammas
from autograd.scipy.special_rows.making import Cumulative

_CHANCE = (0.1, 0.9)
_PLUS = (0.6, 4.0)
_BESIDE = {"pole": True}
_beta_a, _beta_b, _beta_x = betas.partials.values()
_gamma_a, _gamma_x = gammas.partials.values()

# Poisson: Q(k + 1, m)
poisson = Cumulative(k=lambda k, m: -_gamma_a(k + 1, m), m=lambda k, m: -_gamma_x(k + 1, m))


def _poisson(k: Any, m: Any) -> Any:
    return _gamma_x(np.floor(k) + 1, m)


pdtr = elementwise(
    sp.pdtr,
    None,
    lambda g, y, k, m: -g * _poisson(k, m),
    domain=((0, 4), _PLUS),
    **_BESIDE,
)
pdtrc = elementwise(
    sp.pdtrc,
    None,
    lambda g, y, k, m: g * _poisson(k, m),
    domain=((0, 4), _PLUS),
    **_BESIDE,
)
pdtri = elementwise(
    sp.pdtri,
    None,
    lambda g, m, k, p: -g / _poisson(k, m),
    domain=((0, 4), _CHANCE),
    **_BESIDE,
)
pdtrik = elementwise(
    sp.pdtrik,
    *poisson.solved("p m", "k"),
    domain=((0.4, 0.8), (2.0, 4.0)),
    **_BESIDE,
)

# Binomial: 1 - I_p(k + 1, n - k)
binomial = Cumulative(
    k=lambda k, n, p: _beta_b(k + 1, n - k, p) - _beta_a(k + 1, n - k, p),
    n=lambda k, n, p: -_beta_b(k + 1, n - k, p),
    p=lambda k, n, p: -_beta_x(k + 1, n - k, p),
)


def _binomial(k: Any, n: Any, p: Any) -> Any:
    return _beta_x(np.floor(k) + 1, n - np.floor(k), p)


_TRIALS = ((0, 3), (5, 8), _CHANCE)
bdtr = elementwise(
    sp.bdtr, None, None, lambda g, y, k, n, p: -g * _binomial(k, n, p), domain=_TRIALS, **_BESIDE
)
bdtrc = elementwise(
    sp.bdtrc, None, None, lambda g, y, k, n, p: g * _binomial(k, n, p), domain=_TRIALS, **_BESIDE
)
bdtri = elementwise(
    sp.bdtri, None, None, lambda g, p, k, n, y: -g / _binomial(k, n, p), domain=_TRIALS, **_BESIDE
)

# Negative binomial: I_p(n, k + 1)
negative = Cumulative(
    k=lambda k, n, p: _beta_b(n, k + 1, p),
    n=lambda k, n, p: _beta_a(n, k + 1, p),
    p=lambda k, n, p: _beta_x(n, k + 1, p),
)


def _negative(k: Any, n: Any, p: Any) -> Any:
    return _beta_x(n, np.floor(k) + 1, p)


_SUCCESSES = ((0, 3), (2, 5), _CHANCE)
nbdtr = elementwise(
    sp.nbdtr, None, None, lambda g, y, k, n, p: g * _negative(k, n, p), domain=_SUCCESSES, **_BESIDE
)
nbdtrc = elementwise(
    sp.nbdtrc,
    None,
    None,
    lambda g, y, k, n, p: -g * _negative(k, n, p),
    domain=_SUCCESSES,
    **_BESIDE,
)
nbdtri = elementwise(
    sp.nbdtri,
    None,
    None,
    lambda g, p, k, n, y: g / _negative(k, n, p),
    domain=_SUCCESSES,
    **_BESIDE,
)


# In the inverses, y is the distribution function's value and p a probability of the trials
def _solved(of: Cumulative, arguments: str, unknown: str) -> list[Any]:
    renamed = Cumulative(**{"q" if name == "p" else name: f for name, f in of.partials.items()})
    return renamed.solved(arguments, unknown)


bdtrik = elementwise(
    sp.bdtrik,
    *_solved(binomial, "p n q", "k"),
    domain=((0.4, 0.7), (7.0, 9.0), (0.4, 0.6)),
    **_BESIDE,
)
bdtrin = elementwise(
    sp.bdtrin,
    *_solved(binomial, "k p q", "n"),
    domain=((2.0, 3.0), (0.4, 0.7), (0.3, 0.6)),
    **_BESIDE,
)
nbdtrik = elementwise(
    sp.nbdtrik,
    *_solved(negative, "p n q", "k"),
    domain=((0.4, 0.7), (3.0, 5.0), (0.3, 0.5)),
    **_BESIDE,
)
nbdtrin = elementwise(
    sp.nbdtrin,
    *_solved(negative, "k p q", "n"),
    domain=((2.0, 4.0), (0.4, 0.7), (0.3, 0.6)),
    **_BESIDE,
)

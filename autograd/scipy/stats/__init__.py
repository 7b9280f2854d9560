"""scipy.stats: densities, distribution functions, quantiles and moments, with derivatives.

continuous     norm, expon, laplace, logistic, cauchy, gumbel_r, gumbel_l, uniform, lognorm,
               weibull_min, pareto, halfnorm, rayleigh; t, gamma, invgamma, beta, chi2, f
discrete       bernoulli, binom, poisson, nbinom, geom
multivariate   multivariate_normal, dirichlet, multinomial

Methods take SciPy's arguments; derivatives are in the point, the shapes, loc and scale alike.
Given plain arrays each is SciPy's own. Other methods (rvs, fit, interval ...) are SciPy's own too,
and refuse Values. A distribution is also importable as a module is: `import
autograd.scipy.stats.norm as norm`.

>>> from autograd import grad
>>> round(grad(norm.logpdf)(1.0, 0.0, 2.0), 3)
-0.25
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any, cast

from autograd.scipy.stats.continuous import (
    cauchy,
    expon,
    gumbel_l,
    gumbel_r,
    halfnorm,
    laplace,
    logistic,
    lognorm,
    norm,
    pareto,
    rayleigh,
    uniform,
    weibull_min,
)
from autograd.scipy.stats.discrete import bernoulli, binom, geom, nbinom, poisson
from autograd.scipy.stats.distribution import Named
from autograd.scipy.stats.gamma_family import beta, chi2, f, gamma, invgamma, t
from autograd.scipy.stats.multivariate import dirichlet, multinomial, multivariate_normal

# Programs written for HIPS autograd import them as the modules that they are there.
sys.modules.update(
    (f"{__name__}.{each.name}", cast(ModuleType, each))
    for each in list(globals().values())
    if isinstance(each, Named)
)


def __getattr__(name: str) -> Any:
    """What has no derivative here: SciPy's own."""
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("scipy.stats"), name)


__all__ = [
    "bernoulli",
    "beta",
    "binom",
    "cauchy",
    "chi2",
    "dirichlet",
    "expon",
    "f",
    "gamma",
    "geom",
    "gumbel_l",
    "gumbel_r",
    "halfnorm",
    "invgamma",
    "laplace",
    "logistic",
    "lognorm",
    "multinomial",
    "multivariate_normal",
    "nbinom",
    "norm",
    "pareto",
    "poisson",
    "rayleigh",
    "t",
    "uniform",
    "weibull_min",
]

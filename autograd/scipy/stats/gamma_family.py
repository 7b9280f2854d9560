"""The gamma and beta distributions and their relatives, each in its standard form."""

import math
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.scipy.stats.continuous import (
    INFINITY,
    LOG_2,
    LOG_2_PI,
    POSITIVE,
    finite_above,
    norm,
)
from autograd.scipy.stats.univariate import Continuous, Formula, positive


def _betaln_half(df: Any) -> Any:
    # A plain 0.5 would make it double precision.
    return sp.betaln(0.5 * df, 0.5 * np.ones_like(df))


def _normal_at_infinity(limit: Formula, formula: Formula) -> Formula:
    """formula(..., df), and limit(...) for infinitely many degrees of freedom."""

    def chosen(*args: Any) -> Any:
        *x, df = args
        if isinstance(df, int | float):
            return limit(*x) if df == INFINITY else formula(*x, df)
        is_infinite = df == INFINITY
        return np.where(is_infinite, limit(*x), formula(*x, np.where(is_infinite, 1, df)))

    return chosen


t = Continuous(
    "t",
    shapes={"df": positive},
    logpdf=_normal_at_infinity(
        norm.formulas["logpdf"],
        lambda x, df: -0.5 * (df + 1) * np.log1p(x * x / df) - 0.5 * np.log(df) - _betaln_half(df),
    ),
    cdf=_normal_at_infinity(norm.formulas["cdf"], lambda x, df: sp.stdtr(df, x)),
    sf=_normal_at_infinity(norm.formulas["sf"], lambda x, df: sp.stdtr(df, -x)),
    ppf=_normal_at_infinity(norm.formulas["ppf"], lambda q, df: sp.stdtrit(df, q)),
    isf=_normal_at_infinity(norm.formulas["isf"], lambda q, df: -sp.stdtrit(df, q)),
    entropy=_normal_at_infinity(
        lambda: 0.5 * (1 + LOG_2_PI),
        lambda df: (
            0.5 * (df + 1) * (sp.psi(0.5 * (df + 1)) - sp.psi(0.5 * df))
            + 0.5 * np.log(df)
            + _betaln_half(df)
        ),
    ),
    mean=_normal_at_infinity(lambda: 0.0, lambda df: np.where(df > 1, 0.0 * df, INFINITY)),
    var=_normal_at_infinity(
        lambda: 1.0,
        lambda df: np.where(df > 1, finite_above(2, df, lambda df: df / (df - 2)), math.nan),
    ),
)

gamma = Continuous(
    "gamma",
    support=POSITIVE,
    shapes={"a": positive},
    logpdf=lambda x, a: sp.xlogy(a - 1, x) - x - sp.gammaln(a),
    cdf=lambda x, a: sp.gammainc(a, x),
    sf=lambda x, a: sp.gammaincc(a, x),
    ppf=lambda q, a: sp.gammaincinv(a, q),
    isf=lambda q, a: sp.gammainccinv(a, q),
    entropy=lambda a: a + sp.gammaln(a) + (1 - a) * sp.psi(a),
    mean=lambda a: a,
    var=lambda a: a,
)

invgamma = Continuous(
    "invgamma",
    support=POSITIVE,
    is_open=True,
    shapes={"a": positive},
    logpdf=lambda x, a: -(a + 1) * np.log(x) - sp.gammaln(a) - 1 / x,
    cdf=lambda x, a: sp.gammaincc(a, 1 / x),
    sf=lambda x, a: sp.gammainc(a, 1 / x),
    ppf=lambda q, a: 1 / sp.gammainccinv(a, q),
    isf=lambda q, a: 1 / sp.gammaincinv(a, q),
    entropy=lambda a: a - (a + 1) * sp.psi(a) + sp.gammaln(a),
    mean=lambda a: finite_above(1, a, lambda a: 1 / (a - 1)),
    var=lambda a: finite_above(2, a, lambda a: 1 / ((a - 1) ** 2 * (a - 2))),
)

beta = Continuous(
    "beta",
    support=(0.0, 1.0),
    shapes={"a": positive, "b": positive},
    logpdf=lambda x, a, b: sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b),
    cdf=lambda x, a, b: sp.betainc(a, b, x),
    sf=lambda x, a, b: sp.betaincc(a, b, x),
    ppf=lambda q, a, b: sp.betaincinv(a, b, q),
    isf=lambda q, a, b: sp.betainccinv(a, b, q),
    entropy=lambda a, b: (
        sp.betaln(a, b) - (a - 1) * sp.psi(a) - (b - 1) * sp.psi(b) + (a + b - 2) * sp.psi(a + b)
    ),
    mean=lambda a, b: a / (a + b),
    var=lambda a, b: a * b / ((a + b) ** 2 * (a + b + 1)),
)

chi2 = Continuous(
    "chi2",
    support=POSITIVE,
    shapes={"df": positive},
    logpdf=lambda x, df: (
        sp.xlogy(0.5 * df - 1, x) - 0.5 * x - sp.gammaln(0.5 * df) - (0.5 * LOG_2) * df
    ),
    cdf=lambda x, df: sp.chdtr(df, x),
    sf=lambda x, df: sp.chdtrc(df, x),
    ppf=lambda q, df: 2 * sp.gammaincinv(0.5 * df, q),
    isf=lambda q, df: sp.chdtri(df, q),
    entropy=lambda df: 0.5 * df + LOG_2 + sp.gammaln(0.5 * df) + (1 - 0.5 * df) * sp.psi(0.5 * df),
    mean=lambda df: df,
    var=lambda df: 2 * df,
)


def _f_quantile(w: Any, rest: Any, n: Any, m: Any) -> Any:
    """The x with n x / (m + n x) = w, given 1 - w as well."""
    return m * w / (n * rest)


f = Continuous(
    "f",
    support=POSITIVE,
    shapes={"dfn": positive, "dfd": positive},
    logpdf=lambda x, n, m: (
        0.5 * (n * np.log(n) + m * np.log(m))
        + sp.xlogy(0.5 * n - 1, x)
        - 0.5 * (n + m) * np.log(m + n * x)
        - sp.betaln(0.5 * n, 0.5 * m)
    ),
    cdf=lambda x, n, m: sp.fdtr(n, m, x),
    sf=lambda x, n, m: sp.fdtrc(n, m, x),
    ppf=lambda q, n, m: _f_quantile(
        sp.betaincinv(0.5 * n, 0.5 * m, q), sp.betainccinv(0.5 * m, 0.5 * n, q), n, m
    ),
    isf=lambda q, n, m: _f_quantile(
        sp.betainccinv(0.5 * n, 0.5 * m, q), sp.betaincinv(0.5 * m, 0.5 * n, q), n, m
    ),
    entropy=lambda n, m: (
        np.log(m)
        - np.log(n)
        + sp.betaln(0.5 * n, 0.5 * m)
        + (1 - 0.5 * n) * sp.psi(0.5 * n)
        - (1 + 0.5 * m) * sp.psi(0.5 * m)
        + 0.5 * (n + m) * sp.psi(0.5 * (n + m))
    ),
    mean=lambda n, m: finite_above(2, m, lambda m: m / (m - 2)) + 0 * n,
    var=lambda n, m: finite_above(
        4, m, lambda m: 2 * m * m * (n + m - 2) / (n * (m - 2) ** 2 * (m - 4))
    ),
)

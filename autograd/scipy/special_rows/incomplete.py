"""The incomplete gamma and beta functions and their inverses (DLMF 8).

In a and b the derivatives are differences of the smaller of the two tails, so that a tail of 1e-200
has a derivative as good as its value.
"""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.making import Cumulative, slope, slow

_CHANCE = (0.1, 0.9)
_PLUS = (0.6, 4.0)
_BESIDE = {"pole": True}


def gamma_density(a: Any, x: Any) -> Any:
    """x**(a-1) e**-x / Γ(a); for large a by Stirling's series (DLMF 5.11.1), where nothing cancels.

    The terms of the exponent as it stands are a log a, which would be off by that many ulp.
    """
    is_large = a > 20
    small = np.where(is_large, 1.0, a)
    plain = sp.xlogy(small - 1, x) - x - sp.gammaln(small)
    large = np.where(is_large, a, 20.0)
    apart = x / large - 1
    r = 1 / (large * large)
    stirling = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r / 1680))) / large
    near = large * (np.log1p(apart) - apart) - np.log(x)
    near = near + 0.5 * np.log(large / (2 * np.pi)) - stirling
    return np.exp(np.where(is_large, near, plain))


def _width(a: Any, x: Any) -> Any:
    return 1 / (slow(x / a) + 1 / np.sqrt(a) + 1 / a)


_lower = slope(sp.gammainc, 0, _width)
_upper = slope(sp.gammaincc, 0, _width)


def _in_a(a: Any, x: Any) -> Any:
    return np.where(x < a, _lower(a, x), -_upper(a, x))


# P(a, x), and Q = 1 - P
gammas = Cumulative(a=_in_a, x=gamma_density)
gammainc = elementwise(sp.gammainc, *gammas.rules(), domain=(_PLUS, _PLUS), **_BESIDE)
gammaincc = elementwise(sp.gammaincc, *gammas.rules(-1.0), domain=(_PLUS, _PLUS), **_BESIDE)
gammaincinv = elementwise(
    sp.gammaincinv, *gammas.solved("a p", "x"), domain=(_PLUS, _CHANCE), **_BESIDE
)
gammainccinv = elementwise(
    sp.gammainccinv, *gammas.solved("a p", "x", -1.0), domain=(_PLUS, _CHANCE), **_BESIDE
)


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """x**(a-1) (1-x)**(b-1) / B(a, b)."""
    return np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b))


def _width_a(a: Any, b: Any, x: Any) -> Any:
    return 1 / (slow(x * (a + b) / a) + 1 / np.sqrt(a) + 1 / a)


def _width_b(a: Any, b: Any, x: Any) -> Any:
    return _width_a(b, a, 1 - x)


_left_a, _right_a = (slope(f, 0, _width_a) for f in (sp.betainc, sp.betaincc))
_left_b, _right_b = (slope(f, 1, _width_b) for f in (sp.betainc, sp.betaincc))


def _is_left(a: Any, b: Any, x: Any) -> Any:
    return x * (a + b) < a


def _beta_in_a(a: Any, b: Any, x: Any) -> Any:
    return np.where(_is_left(a, b, x), _left_a(a, b, x), -_right_a(a, b, x))


def _beta_in_b(a: Any, b: Any, x: Any) -> Any:
    return np.where(_is_left(a, b, x), _left_b(a, b, x), -_right_b(a, b, x))


# I_x(a, b), and 1 - I
betas = Cumulative(a=_beta_in_a, b=_beta_in_b, x=beta_density)
_THREE = (_PLUS, _PLUS, _CHANCE)
betainc = elementwise(sp.betainc, *betas.rules(), domain=_THREE, **_BESIDE)
betaincc = elementwise(sp.betaincc, *betas.rules(-1.0), domain=_THREE, **_BESIDE)
betaincinv = elementwise(sp.betaincinv, *betas.solved("a b p", "x"), domain=_THREE, **_BESIDE)
betainccinv = elementwise(
    sp.betainccinv, *betas.solved("a b p", "x", -1.0), domain=_THREE, **_BESIDE
)
btdtria = elementwise(
    sp.btdtria,
    *betas.solved("p b x", "a"),
    domain=((0.3, 0.7), (1.0, 3.0), (0.3, 0.7)),
    **_BESIDE,
)
btdtrib = elementwise(
    sp.btdtrib,
    *betas.solved("a p x", "b"),
    domain=((1.0, 3.0), (0.3, 0.7), (0.3, 0.7)),
    **_BESIDE,
)

"""Struve functions (DLMF 11), in the order by differences; Wright's functions."""

import math
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.making import differences, slow

_BESIDE: dict[str, Any] = {"pole": True, "domain": ((0.3, 2.4), (0.4, 5.0))}


def _scale(v: Any, x: Any) -> Any:
    return 1 / (1 + slow(2 * (np.abs(v) + 1) / x) + np.log1p(np.abs(v)))


def _excess(v: Any, x: Any) -> Any:
    """(x/2)**v / (√π Γ(v + 3/2))."""
    return np.power(0.5 * x, v) * sp.rgamma(v + 1.5) / math.sqrt(math.pi)


def _struve_slope(v: Any, x: Any) -> Any:
    """DLMF 11.4.24."""
    return 0.5 * (sp.struve(v - 1, x) - sp.struve(v + 1, x) + _excess(v, x))


def _modstruve_slope(v: Any, x: Any) -> Any:
    """DLMF 11.4.26."""
    return 0.5 * (sp.modstruve(v - 1, x) + sp.modstruve(v + 1, x) + _excess(v, x))


struve = elementwise(
    sp.struve,
    differences(sp.struve, 0, _scale),
    lambda g, y, v, x: g * _struve_slope(v, x),
    **_BESIDE,
)
modstruve = elementwise(
    sp.modstruve,
    differences(sp.modstruve, 0, _scale),
    lambda g, y, v, x: g * _modstruve_slope(v, x),
    **_BESIDE,
)

# Wright's function Σ x**k / (k! Γ(a k + b)) (DLMF 10.46.1), for a, b, x >= 0
_WRIGHT: dict[str, Any] = {"pole": True, "domain": ((0.4, 1.5), (0.4, 2.0), (0.3, 3.0))}


def _least(position: int) -> Any:
    return lambda *args: np.minimum(args[position], 1.0)


wright_bessel = elementwise(
    sp.wright_bessel,
    differences(sp.wright_bessel, 0, _least(0)),
    differences(sp.wright_bessel, 1, _least(1)),
    lambda g, y, a, b, x: g * sp.wright_bessel(a, a + b, x),
    **_WRIGHT,
)
log_wright_bessel = elementwise(
    sp.log_wright_bessel,
    differences(sp.log_wright_bessel, 0, _least(0)),
    differences(sp.log_wright_bessel, 1, _least(1)),
    lambda g, y, a, b, x: g * np.exp(sp.log_wright_bessel(a, a + b, x) - y),
    **_WRIGHT,
)

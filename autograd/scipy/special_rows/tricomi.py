"""Tricomi's U(a, b, x), in a and b.

In places SciPy's values are good to 1e-7 only, too little for differences. For a > 0 derivatives
are integrals, by U = ∫ e**-xt t**(a-1) (1+t)**(b-a-1) dt / Γ(a) from 0 to ∞ (DLMF 13.4.4); they are
computed by the double exponential rule of H. Takahasi and M. Mori, Publ. RIMS 9 (1974). For a <= 0,
where the values are good, they are differences.
"""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.making import slope, slow

# t = exp(π/2 sinh u)
_U = np.arange(-188, 189) / 40
_LOG_T = 0.5 * np.pi * np.sinh(_U)
_LOG_1T = np.logaddexp(0.0, _LOG_T)
_WEIGHTS = 0.5 * np.pi * np.cosh(_U) / 40


def _moment(a: Any, b: Any, x: Any, i: int = 0, j: int = 0) -> Any:
    """∫ e**-xt t**(a-1) (1+t)**(b-a-1) log(t / (1+t))**i log(1+t)**j dt."""
    dtype = np.result_type(np.asarray(a), np.asarray(b), np.asarray(x), np.float32)
    if dtype.kind == "c":
        raise TypeError("hyperu takes real numbers")
    a, b, x = (np.asarray(each, float)[..., None] for each in (a, b, x))
    exponent = a * _LOG_T + (b - a - 1) * _LOG_1T - x * np.exp(_LOG_T)
    total = np.exp(exponent) * (_WEIGHTS * (_LOG_T - _LOG_1T) ** i * _LOG_1T**j)
    return np.sum(total, axis=-1).astype(dtype)[()]


moment = elementwise(
    _moment,
    lambda g, y, a, b, x, *, i=0, j=0: g * moment(a, b, x, i=i + 1, j=j),
    lambda g, y, a, b, x, *, i=0, j=0: g * moment(a, b, x, i=i, j=j + 1),
    lambda g, y, a, b, x, *, i=0, j=0: -g * moment(a + 1, b + 1, x, i=i, j=j),
    name="tricomi_moment",
    pole=True,
    numpy=(),
    domain=((0.6, 2.0), (0.3, 2.0), (0.5, 3.0)),
)


def _by_integrals(a: Any, b: Any, x: Any) -> tuple[Any, Any, Any]:
    """U and its derivatives in a and b, for a >= ½."""
    unit, whole = sp.rgamma(a), moment(a, b, x)
    in_a = unit * (moment(a, b, x, i=1) - sp.psi(a) * whole)
    return unit * whole, in_a, unit * moment(a, b, x, j=1)


def _scale(a: Any, b: Any, x: Any) -> Any:
    return 1 / (1 + slow(x) + np.log1p(np.abs(a) + np.abs(b)))


_slope_in_a, _slope_in_b = slope(sp.hyperu, 0, _scale), slope(sp.hyperu, 1, _scale)


def _choose(a: Any, direct: Any, shifted: Any, difference: Any) -> Any:
    return np.where(a >= 0.5, direct, np.where(a > 0, shifted, difference))


def _regions(a: Any) -> tuple[Any, Any, Any]:
    """`a` where each of the three ways serves, and something harmless elsewhere."""
    is_large, is_small = a >= 0.5, a > 0
    return (
        np.where(is_large, a, 1.0),
        np.where(np.logical_or(is_large, a <= 0), 0.25, a),
        np.where(is_small, -0.5, a),
    )


def in_a(a: Any, b: Any, x: Any) -> Any:
    """dU/da; for a < ½ by the recurrence in a (DLMF 13.3.7), since Γ(a) has a pole at 0."""
    large, small, negative = _regions(a)
    u, du, _ = _by_integrals(small + 1, b, x)
    v, dv, _ = _by_integrals(small + 2, b, x)
    shifted = 2 * u + (2 * small + 2 + x - b) * du
    shifted = shifted - (2 * small + 3 - b) * v - (small + 1) * (small - b + 2) * dv
    return _choose(a, _by_integrals(large, b, x)[1], shifted, _slope_in_a(negative, b, x))


def in_b(a: Any, b: Any, x: Any) -> Any:
    """dU/db, likewise."""
    large, small, negative = _regions(a)
    u, _, du = _by_integrals(small + 1, b, x)
    v, _, dv = _by_integrals(small + 2, b, x)
    shifted = (2 * small + 2 + x - b) * du - u
    shifted = shifted + (small + 1) * v - (small + 1) * (small - b + 2) * dv
    return _choose(a, _by_integrals(large, b, x)[2], shifted, _slope_in_b(negative, b, x))


def in_x(a: Any, b: Any, x: Any) -> Any:
    """dU/dx = -a U(a + 1, b + 1, x) (DLMF 13.3.22)."""
    integral = a > -0.5
    large, negative = np.where(integral, a, 0.0), np.where(integral, -1.0, a)
    by_integral = sp.rgamma(large + 1) * moment(large + 1, b + 1, x)
    return -a * np.where(integral, by_integral, sp.hyperu(negative + 1, b + 1, x))


hyperu = elementwise(
    sp.hyperu,
    lambda g, y, a, b, x: g * in_a(a, b, x),
    lambda g, y, a, b, x: g * in_b(a, b, x),
    lambda g, y, a, b, x: g * in_x(a, b, x),
    pole=True,
    domain=((0.6, 2.0), (0.3, 0.8), (0.5, 3.0)),
)

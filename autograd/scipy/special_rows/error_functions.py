"""The error function, its scaled and inverse forms, the normal distribution (DLMF 7)."""

import math
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.making import complex_valued

_A = 2 / math.sqrt(math.pi)
_ROOT_2 = math.sqrt(2.0)
_ROOT_2PI = math.sqrt(2 * math.pi)
_A_PI = 2 * math.sqrt(math.pi)
_FAR = 12.0
# The coefficients (2m - 1)!! of Σ (2m - 1)!! u**m (DLMF 7.12.1), m = 1 ... 10
_ODD = tuple(float(math.prod(range(1, 2 * m, 2))) for m in range(10, 0, -1))


def _series(u: Any) -> Any:
    total = _ODD[0] * u
    for coefficient in _ODD[1:]:
        total = (total + coefficient) * u
    return total


def _far(x: Any) -> tuple[Any, Any]:
    """Where the series holds to the last digit, and x there."""
    is_far = np.abs(x) > _FAR
    return is_far, np.where(is_far, x, _FAR)


# e**-x² and what it is the derivative of (DLMF 7.2.1, 7.2.2)
erf = elementwise(sp.erf, lambda g, y, x: g * _A * np.exp(-x * x))
erfc = elementwise(sp.erfc, lambda g, y, x: g * -_A * np.exp(-x * x))
erfi = elementwise(sp.erfi, lambda g, y, x: g * _A * np.exp(x * x))
erfinv = elementwise(
    sp.erfinv, lambda g, y, x: g / _A * np.exp(y * y), pole=True, domain=(-0.9, 0.9)
)
erfcinv = elementwise(
    sp.erfcinv, lambda g, y, x: g / -_A * np.exp(y * y), pole=True, domain=(0.1, 1.9)
)


# In the three that follow, 1 is subtracted from what tends to 1: far out, a series does it. For
# complex numbers it holds in one half-plane.
def _erfcx_slope(x: Any) -> Any:
    """d/dx e**x² erfc x = 2 x erfcx x - 2/√π."""
    is_far, there = _far(x)
    is_far = is_far & (np.real(x) > 0)
    there = np.where(is_far, there, _FAR)
    return np.where(is_far, _A * _series(-0.5 / (there * there)), 2 * x * sp.erfcx(x) - _A)


def _dawsn_slope(x: Any) -> Any:
    """1 - 2 x F(x), of F(x) = e**-x² ∫₀ˣ e**t² dt (DLMF 7.2.5)."""
    is_far, there = _far(x)
    if np.iscomplexobj(x):
        is_far = is_far & (np.abs(np.imag(x)) < np.abs(np.real(x)))
        there = np.where(is_far, there, _FAR)
    return np.where(is_far, -_series(0.5 / (there * there)), 1 - 2 * x * sp.dawsn(x))


def wofz_slope(z: Any) -> Any:
    """-2 z w(z) + 2i/√π (DLMF 7.10.2)."""
    is_far, there = _far(z)
    is_far = is_far & (np.imag(z) >= 0)
    there = np.where(is_far, there, _FAR)
    return np.where(is_far, -1j * _A * _series(0.5 / (there * there)), 1j * _A - 2 * z * sp.wofz(z))


erfcx = elementwise(sp.erfcx, lambda g, y, x: g * _erfcx_slope(x))
dawsn = elementwise(sp.dawsn, lambda g, y, x: g * _dawsn_slope(x))
wofz = complex_valued(sp.wofz, lambda y, z: wofz_slope(z))

# The normal distribution
ndtr = elementwise(sp.ndtr, lambda g, y, x: g * np.exp(-0.5 * x * x) / _ROOT_2PI)
ndtri = elementwise(
    sp.ndtri,
    lambda g, y, p: g * (_ROOT_2PI * np.exp(0.5 * y * y)),
    pole=True,
    domain=(0.1, 0.9),
)


def _log_ndtr_slope(y: Any, x: Any) -> Any:
    """Density over distribution: far to the left by erfcx, where both underflow."""
    left = np.real(x) < 0
    below = np.where(left, x, 0.0)
    return np.where(
        left,
        2 / (_ROOT_2PI * sp.erfcx(-below / _ROOT_2)),
        np.exp(-0.5 * x * x - y) / _ROOT_2PI,
    )


log_ndtr = elementwise(sp.log_ndtr, lambda g, y, x: g * _log_ndtr_slope(y, x))


def _ndtri_exp_slope(x: Any, y: Any) -> Any:
    left = x < 0
    below = np.where(left, x, 0.0)
    return np.where(
        left,
        0.5 * _ROOT_2PI * sp.erfcx(-below / _ROOT_2),
        _ROOT_2PI * np.exp(y + 0.5 * x * x),
    )


ndtri_exp = elementwise(
    sp.ndtri_exp, lambda g, x, y: g * _ndtri_exp_slope(x, y), pole=True, domain=(-3.0, -0.1)
)
# Owen's T: ∫₀ᵃ exp(-h² (1 + t²) / 2) / (1 + t²) dt / 2π
owens_t = elementwise(
    sp.owens_t,
    lambda g, y, h, a: g * (np.exp(-0.5 * h * h) * sp.erf(a * h / _ROOT_2) / (-2 * _ROOT_2PI)),
    lambda g, y, h, a: g * (np.exp(-0.5 * h * h * (1 + a * a)) / (2 * math.pi * (1 + a * a))),
)


# Voigt's profile is Re w(z) / (σ √2π), z = (x + iγ) / (σ √2) (DLMF 7.19.1); a normal density's
# derivative in σ is σ times its second in x
def _voigt(x: Any, s: Any, c: Any) -> Any:
    return (x + 1j * c) / (s * _ROOT_2)


def _voigt_slope(general: Any, lorentz: Any) -> Any:
    """general(z, σ), and at σ = 0, where the profile is -Im q / π, lorentz(q, σ)."""

    def slope(x: Any, s: Any, c: Any) -> Any:
        narrow = s == 0
        q = 1 / (np.where(narrow, x, 1) + 1j * c)
        width = np.where(narrow, 1, s)
        return np.where(narrow, lorentz(q, s) / math.pi, general(_voigt(x, width, c), width))

    return slope


def _wofz_bend(z: Any) -> Any:
    """w'' = -2 (w + z w'), the terms of which cancel far out."""
    is_far, there = _far(z)
    u = 0.5 / (there * there)
    total = 20 * _ODD[0] * u
    for m, coefficient in zip(range(9, 0, -1), _ODD[1:], strict=True):
        total = (total + 2 * m * coefficient) * u
    return np.where(is_far, 1j * _A * total / there, -2 * (sp.wofz(z) + z * wofz_slope(z)))


_voigt_in_x = _voigt_slope(
    lambda z, s: np.real(wofz_slope(z)) / (_A_PI * s * s), lambda q, s: np.imag(q * q)
)
_voigt_in_s = _voigt_slope(
    lambda z, s: np.real(_wofz_bend(z)) / (2 * _ROOT_2PI * s * s),
    lambda q, s: -2 * s * np.imag(q * q * q),
)
_voigt_in_c = _voigt_slope(
    lambda z, s: -np.imag(wofz_slope(z)) / (_A_PI * s * s), lambda q, s: np.real(q * q)
)
voigt_profile = elementwise(
    sp.voigt_profile,
    lambda g, y, x, s, c: g * _voigt_in_x(x, s, c),
    lambda g, y, x, s, c: g * _voigt_in_s(x, s, c),
    lambda g, y, x, s, c: g * _voigt_in_c(x, s, c),
    pole=True,
    domain=((-2.0, 2.0), (0.5, 2.0), (0.3, 2.0)),
)

"""Kolmogorov's and Smirnov's distributions, which drop from 1 to 0."""

import math
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise

_PI2 = math.pi * math.pi


# K(x) = 2 Σ (-1)**(k-1) exp(-2 k² x²), and by DLMF 20.7.33 1 - √(2π)/x Σ exp(-(2k-1)² π² / 8x²).
# To 0.8 the second is exact to rounding with three terms, from there on the first with five.
def _kolmogorov_slope(x: Any) -> Any:
    small = x < 0.8
    near = np.where(small, np.maximum(x, 0.01), 0.8)
    u = 1 / (near * near)
    odd = (1, 9, 25)
    rise = sum((k * _PI2 / 4 * u - 1) * np.exp(k * -_PI2 / 8 * u) for k in odd)
    far = np.where(small, 0.8, x)
    fall = sum((-1) ** k * k * k * np.exp(-2 * k * k * far * far) for k in range(1, 6))
    return np.where(small, -math.sqrt(2 * math.pi) * u * rise, 8 * far * fall)


kolmogorov = elementwise(sp.kolmogorov, lambda g, y, x: g * _kolmogorov_slope(x), domain=(0.4, 2.0))
kolmogi = elementwise(
    sp.kolmogi, lambda g, y, p: g / _kolmogorov_slope(y), pole=True, domain=(0.05, 0.95)
)


def _falling(n: Any, k: int) -> Any:
    """n (n - 1) ... (n - k + 1)."""
    return np.prod([n - i for i in range(k)], axis=0) if k else np.ones_like(n)


def _smirnov_derivative(n: Any, d: Any, order: int = 1) -> Any:
    """The derivative of that order of Σ_j binom(n, j) d u**(j-1) (1-u)**(n-j), u = d + j/n <= 1.

    The sum is of Z. W. Birnbaum and F. H. Tingey, "One-sided confidence contours for probability
    distribution functions", Ann. Math. Statist. 22 (1951). Its terms end at knots n (1 - d).
    """
    if np.iscomplexobj(n) or np.iscomplexobj(d):
        raise TypeError("smirnov takes real numbers")
    dtype = np.result_type(np.asarray(d), np.float32)
    n, d = np.broadcast_arrays(np.asarray(n, float), np.asarray(d, float))
    n, d = n[..., None], d[..., None]
    j = np.arange(1.0, n.max(initial=0.0) + 1)
    u = d + j / n
    inside = (j <= n) & (u <= 1) & (d > 0)
    u = np.where(inside, u, 0.5)
    binomial = sp.gammaln(n + 1) - sp.gammaln(j + 1) - sp.gammaln(np.maximum(n - j, 0) + 1)

    def of_h(k: int) -> Any:
        """The derivative of order k of u**(j-1) (1-u)**(n-j), by Leibniz' rule."""
        total = np.zeros_like(u)
        for i in range(k + 1):
            p, q = j - 1 - i, n - j - k + i
            factor = (-1) ** (k - i) * math.comb(k, i) * _falling(j - 1, i) * _falling(n - j, k - i)
            size = np.exp(binomial + sp.xlogy(p, u) + sp.xlogy(np.maximum(q, 0), 1 - u))
            total = total + np.where(factor == 0, 0.0, factor * size)
        return total

    terms = d * of_h(order) + order * of_h(order - 1)
    sign = -1.0 if order % 2 else 1.0
    first = sign * _falling(n, order) * np.power(np.maximum(1 - d, 0), np.maximum(n - order, 0))
    total = np.sum(np.where(inside, terms, 0.0), axis=-1)
    return (total + np.where((d > 0) & (d < 1), first, 0.0)[..., 0]).astype(dtype)[()]


smirnov_slope = elementwise(
    _smirnov_derivative,
    None,
    lambda g, y, n, d, *, order=1: g * smirnov_slope(n, d, order=order + 1),
    name="smirnov_slope",
    pole=True,
    domain=((3, 6), (0.36, 0.48)),
    numpy=(),
)
smirnov = elementwise(
    sp.smirnov,
    None,
    lambda g, y, n, d: g * smirnov_slope(n, d),
    pole=True,
    domain=((3, 6), (0.36, 0.48)),
)
smirnovi = elementwise(
    sp.smirnovi,
    None,
    lambda g, d, n, p: g / smirnov_slope(n, d),
    pole=True,
    domain=((3, 6), (0.2, 0.5)),
)

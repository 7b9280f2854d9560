"""np.sinc and np.i0, which are means of waves, and so are all their derivatives.

sinc(x) = ∫₀¹ cos(π t x) dt, and I0(x) is the mean of cosh(x cos θ). A derivative only adds a power
of t or of cos θ: one row that knows its order has the next order for its rule. Quotients such as
(cos πx - sinc x) / x would lose all digits near 0.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from autograd.op import apply, elementwise


def _sine(x: Any, order: int) -> Any:
    """The derivative of the sine of that order."""
    turned = np.cos(x) if order % 2 else np.sin(x)
    return -turned if order % 4 > 1 else turned


@cache
def _quadrature() -> list[tuple[float, float]]:
    """Nodes in [0, 1] and their weights; not at import, which loading np.polynomial would slow."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    return list(zip((0.5 + 0.5 * nodes).tolist(), (0.5 * weights).tolist(), strict=True))


def _sinc(x: Any, order: int = 0) -> Any:
    """d^order sinc: by Gauss and Legendre's quadrature near 0, by recurrence elsewhere."""
    if order == 0:
        return np.sinc(x)
    u = math.pi * np.asarray(x)
    near = np.abs(u) < 6 + order
    inside, outside = np.where(near, u, 0), np.where(near, 1, u)
    found = sum(share * t**order * _sine(t * inside, order + 1) for t, share in _quadrature())
    # u F(u) = sin u, differentiated k times
    far = np.sin(outside) / outside
    for k in range(1, order + 1):
        far = (_sine(outside, k) - k * far) / outside
    return (math.pi**order * np.where(near, found, far))[()]


# The mean over the circle by the trapezoidal rule, whose error is of the size of I_240.
_COSINES = np.cos((np.arange(60) + 0.5) * (math.pi / 120)).tolist()


def _i0(x: Any, order: int = 0) -> Any:
    """d^order I0."""
    if order == 0:
        return np.i0(x)
    x = np.asarray(x)
    wave = np.sinh if order % 2 else np.cosh
    total: Any = sum(c**order * wave(c * x) for c in _COSINES)
    return (total / len(_COSINES))[()]


sinc = elementwise(
    _sinc,
    lambda g, y, x, *, order=0: g * apply(sinc, (x,), {"order": order + 1}),
    name="sinc",
    numpy=(np.sinc,),
)
i0 = elementwise(
    _i0,
    lambda g, y, x, *, order=0: g * apply(i0, (x,), {"order": order + 1}),
    name="i0",
    numpy=(np.i0,),
)

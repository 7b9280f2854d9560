"""Airy's functions (DLMF 9) and Kelvin's (DLMF 10.61), which solve equations of second order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import composite, elementwise, general
from autograd.scipy.special_rows.making import several

# (Ai, Ai', Bi, Bi'), with w'' = x w (DLMF 9.2.1)
airy = several(sp.airy, lambda y, x: (y[1], x * y[0], y[3], x * y[2]))


# airye is Ai e**ζ and Bi e**-|Re ζ|, ζ = ⅔ x**(3/2), ζ' = √x
def _airye_real_slope(y: Any, x: Any) -> Any:
    root, rise = np.sqrt(x), np.sqrt(np.maximum(x, 0))
    return (
        y[1] + root * y[0],
        x * y[0] + root * y[1],
        y[3] - rise * y[2],
        x * y[2] - rise * y[3],
    )


airye_real = several(sp.airye, _airye_real_slope, numpy=())


def _airye_parts(z: Any) -> tuple[Any, Any]:
    root = np.sqrt(z)
    return root, np.sign(np.real(z * root))


def _airye_back(g: Any, y: Any, z: Any) -> Any:
    g = [0.0 if c is None else c for c in g]
    root, sign = _airye_parts(z)
    return (
        g[0] * (y[1] + root * y[0])
        + g[1] * (z * y[0] + root * y[1])
        + g[2] * y[3]
        + g[3] * (z * y[2])
        - sign * root * np.real(g[2] * y[2] + g[3] * y[3])
    )


def _airye_forward(t: Sequence[Any], y: Any, z: Any) -> tuple[Any, ...]:
    root, sign = _airye_parts(z)
    down = sign * np.real(root * t[0])
    return (
        t[0] * (y[1] + root * y[0]),
        t[0] * (z * y[0] + root * y[1]),
        t[0] * y[3] - down * y[2],
        t[0] * (z * y[2]) - down * y[3],
    )


airye_complex = general(sp.airye, _airye_back, tangent=_airye_forward, name="airye", numpy=())


@composite(sp.airye)
def airye(z: Any) -> Any:
    """Airy's functions, scaled."""
    return (airye_complex if np.iscomplexobj(z) else airye_real)(z)


# ber + i bei and ker + i kei solve w'' = i w - w'/x (DLMF 10.61.3)
def _over(w: Any, x: Any, at_zero: Any) -> Any:
    """w / x, and its limit at 0."""
    is_zero = x == 0
    return np.where(is_zero, at_zero, w / np.where(is_zero, 1, x))


ber = elementwise(sp.ber, lambda g, y, x: g * sp.berp(x))
bei = elementwise(sp.bei, lambda g, y, x: g * sp.beip(x))
berp = elementwise(sp.berp, lambda g, y, x: -g * (sp.bei(x) + _over(y, x, 0.0)))
beip = elementwise(sp.beip, lambda g, y, x: g * (sp.ber(x) - _over(y, x, 0.5)))
_PLUS = (0.3, 4.0)
ker = elementwise(sp.ker, lambda g, y, x: g * sp.kerp(x), pole=True, domain=_PLUS)
kei = elementwise(sp.kei, lambda g, y, x: g * sp.keip(x), pole=True, domain=_PLUS)
kerp = elementwise(sp.kerp, lambda g, y, x: -g * (sp.kei(x) + y / x), pole=True, domain=_PLUS)
keip = elementwise(sp.keip, lambda g, y, x: g * (sp.ker(x) - y / x), pole=True, domain=_PLUS)
kelvin = several(
    sp.kelvin,
    lambda y, x: (y[2], y[3], 1j * y[0] - _over(y[2], x, 0.5j), 1j * y[1] - y[3] / x),
)

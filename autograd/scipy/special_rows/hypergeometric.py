"""Hypergeometric functions (DLMF 13, 15), parabolic cylinder (12) and Legendre functions (14)."""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.making import differences, several, slopes_of_parts, slow

_BESIDE: dict[str, Any] = {"pole": True}


def _room(b: Any) -> Any:
    """How far the nearest pole is, at 0, -1, -2, ...; at most 1."""
    return np.minimum(np.abs(b - np.minimum(np.rint(b), 0)), 1.0)


def _wide(z: Any) -> Any:
    return 1 / (1 + slow(1 + np.abs(z)))


# DLMF 16.3.1
hyp0f1 = elementwise(
    sp.hyp0f1,
    differences(sp.hyp0f1, 0, lambda b, z: _room(b) * _wide(z)),
    lambda g, y, b, z: g * (sp.hyp0f1(b + 1, z) / b),
    domain=((0.5, 3.0), (-2.0, 2.0)),
    **_BESIDE,
)


def _hyp1f1(a: Any, b: Any, z: Any) -> Any:
    """SciPy's, which does not come back from z = 1e15, where it is infinite."""
    far = np.real(z) > 1e10
    if not np.any(far):
        return sp.hyp1f1(a, b, z)
    beyond = far & np.logical_or(a > 0, a != np.rint(a))  # and so no polynomial
    near = sp.hyp1f1(a, b, np.where(beyond, 0.0, z))
    return np.where(beyond, sp.gammasgn(a) * sp.gammasgn(b) * np.inf, near)


# DLMF 13.3.15
hyp1f1 = elementwise(
    _hyp1f1,
    differences(sp.hyp1f1, 0, lambda a, b, z: _wide(z)),
    differences(sp.hyp1f1, 1, lambda a, b, z: _room(b) * _wide(z)),
    lambda g, y, a, b, z: g * (a / b * hyp1f1(a + 1, b + 1, z)),
    name="hyp1f1",
    numpy=(sp.hyp1f1,),
    domain=((0.5, 3.0), (0.5, 3.0), (-2.0, 2.0)),
    **_BESIDE,
)


def _far_from_one(a: Any, b: Any, c: Any, z: Any) -> Any:
    return 1 / (1 + slow(1 - z))


# DLMF 15.5.1
hyp2f1 = elementwise(
    sp.hyp2f1,
    differences(sp.hyp2f1, 0, _far_from_one),
    differences(sp.hyp2f1, 1, _far_from_one),
    differences(sp.hyp2f1, 2, lambda a, b, c, z: _room(c) * _far_from_one(a, b, c, z)),
    lambda g, y, a, b, c, z: g * (a * b / c * sp.hyp2f1(a + 1, b + 1, c + 1, z)),
    domain=((0.5, 2.0), (0.5, 2.0), (2.0, 3.0), (-0.8, 0.6)),
    **_BESIDE,
)


# w'' = (x²/4 - v - ½) w for D and V (DLMF 12.2.2), w'' = (a - x²/4) w for W (12.2.3)
pbdv = several(
    sp.pbdv, slopes_of_parts(sp.pbdv, 0), lambda y, v, x: (y[1], (0.25 * x * x - v - 0.5) * y[0])
)
pbvv = several(
    sp.pbvv, slopes_of_parts(sp.pbvv, 0), lambda y, v, x: (y[1], (0.25 * x * x - v - 0.5) * y[0])
)
pbwa = several(
    sp.pbwa, slopes_of_parts(sp.pbwa, 0), lambda y, a, x: (y[1], (a - 0.25 * x * x) * y[0])
)


def _lpmv_slope(y: Any, m: Any, v: Any, x: Any) -> Any:
    """DLMF 14.10.5."""
    return ((m + v) * sp.lpmv(m, v - 1, x) - v * x * y) / (1 - x * x)


lpmv = elementwise(
    sp.lpmv,
    None,
    differences(sp.lpmv, 1),
    lambda g, y, m, v, x: g * _lpmv_slope(y, m, v, x),
    domain=((0, 2), (2.2, 3.8), (-0.7, 0.9)),
    **_BESIDE,
)

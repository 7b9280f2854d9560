"""Spherical harmonics (DLMF 14.30)."""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.scipy.special_rows.making import complex_valued


def _in_theta(y: Any, n: Any, m: Any, theta: Any, phi: Any) -> Any:
    """Neighbours in m, which unlike DLMF 14.10.5 are finite at the poles."""
    turn = np.exp(1j * phi)
    above = np.sqrt((n - m) * (n + m + 1)) * sph_harm_y(n, m + 1, theta, phi) / turn
    below = np.sqrt((n + m) * (n - m + 1)) * sph_harm_y(n, m - 1, theta, phi) * turn
    return 0.5 * (above - below)


sph_harm_y = complex_valued(
    lambda n, m, theta, phi: sp.sph_harm_y(n, m, theta, phi),
    None,
    None,
    _in_theta,
    lambda y, n, m, theta, phi: 1j * m * y,
    name="sph_harm_y",
    numpy=(),
)

"""Entropies, divergences, losses; x log y, which is 0 at x = 0."""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise

_POSITIVE = (0.2, 3.0)


def _quotient(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are 0."""
    return x / np.where((x == 0) & (y == 0), 1, y)


xlogy = elementwise(
    sp.xlogy,
    lambda g, z, x, y: g * np.log(y),
    lambda g, z, x, y: g * _quotient(x, y),
    pole=True,
    domain=((-2.0, 2.0), _POSITIVE),
)
xlog1py = elementwise(
    sp.xlog1py,
    lambda g, z, x, y: g * np.log1p(y),
    lambda g, z, x, y: g * _quotient(x, 1 + y),
    pole=True,
    domain=((-2.0, 2.0), (-0.8, 2.0)),
)
entr = elementwise(sp.entr, lambda g, z, x: g * (-1 - np.log(x)), pole=True, domain=_POSITIVE)
rel_entr = elementwise(
    sp.rel_entr,
    lambda g, z, x, y: g * (np.log(x / y) + 1),
    lambda g, z, x, y: -g * _quotient(x, y),
    pole=True,
    domain=(_POSITIVE, _POSITIVE),
)
kl_div = elementwise(
    sp.kl_div,
    lambda g, z, x, y: g * np.log(x / y),
    lambda g, z, x, y: g * (1 - _quotient(x, y)),
    pole=True,
    domain=(_POSITIVE, _POSITIVE),
)

# ½ r² for |r| <= δ, from there on straight
huber = elementwise(
    sp.huber,
    lambda g, z, delta, r: g * np.maximum(np.abs(r) - delta, 0),
    lambda g, z, delta, r: g * np.clip(r, -delta, delta),
    domain=((0.4, 1.0), (-2.0, 2.0)),
)


def _root(delta: Any, r: Any) -> Any:
    """sqrt(δ² + r²), and 1 where that is 0, as it is divided by."""
    root = np.hypot(delta, r)
    return np.where(root == 0, 1, root)


def _pseudo_huber_in_delta(delta: Any, r: Any) -> Any:
    """(s - δ)² / s with s as above, where s - δ = r² / (s + δ)."""
    root = _root(delta, r)
    return np.square(r * (r / (root + delta))) / root


# δ (s - δ) with s as above
pseudo_huber = elementwise(
    sp.pseudo_huber,
    lambda g, z, delta, r: g * _pseudo_huber_in_delta(delta, r),
    lambda g, z, delta, r: g * (delta * (r / _root(delta, r))),
    pole=True,
    domain=((0.4, 1.0), (-2.0, 2.0)),
)

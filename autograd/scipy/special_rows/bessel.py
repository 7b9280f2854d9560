"""Bessel functions (DLMF 10): in the argument by recurrence, in the order by differences.

The functions scaled by e**-|Re z| or e**-|Im z| are not holomorphic, and have rows of their own
for complex numbers.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import Op, composite, elementwise, general
from autograd.scipy.special_rows.making import Function, complex_valued, differences, slope, slow

_PLUS = (0.4, 6.0)
_BESIDE: dict[str, Any] = {"pole": True, "domain": ((0.3, 3.4), _PLUS)}
_OF_INTEGERS: dict[str, Any] = {"pole": True, "domain": ((0, 4), _PLUS)}


def _scale(v: Any, z: Any) -> Any:
    """In its order a Bessel function changes like (z/2)**v / Γ(v + 1)."""
    return 1 / (1 + slow(2 * (np.abs(v) + 1) / z))


def _gentle(v: Any, z: Any) -> Any:
    """The same for I and K, which far out are almost the same for all orders."""
    far = np.abs(z) > 2
    out = np.where(far, np.abs(z), 2.0)
    rate = np.arcsinh(np.abs(v) / out) + (v * v + out * out) ** -0.25
    return np.where(far, 1 / rate, _scale(v, z))


def _mean(f: Function, v: Any, z: Any) -> Any:
    return 0.5 * (f(v - 1, z) + f(v + 1, z))


def _half(f: Function, v: Any, z: Any) -> Any:
    return 0.5 * (f(v - 1, z) - f(v + 1, z))


# DLMF 10.6.1
jv = elementwise(
    sp.jv,
    differences(sp.jv, 0, _scale),
    lambda g, y, v, z: g * _half(sp.jv, v, z),
    **_BESIDE,
)
yv = elementwise(
    sp.yv,
    differences(sp.yv, 0, _scale),
    lambda g, y, v, z: g * _half(sp.yv, v, z),
    **_BESIDE,
)
yn = elementwise(sp.yn, None, lambda g, y, n, x: g * _half(sp.yn, n, x), **_OF_INTEGERS)
j0 = elementwise(sp.j0, lambda g, y, x: -g * sp.j1(x))
j1 = elementwise(sp.j1, lambda g, y, x: g * (0.5 * (sp.j0(x) - sp.jv(2, x))))
y0 = elementwise(sp.y0, lambda g, y, x: -g * sp.y1(x), pole=True, domain=_PLUS)
y1 = elementwise(
    sp.y1, lambda g, y, x: g * (0.5 * (sp.y0(x) - sp.yn(2, x))), pole=True, domain=_PLUS
)


def _hankel(f: Function, turn: complex) -> Op:
    """The row of a function times e**(turn · z)."""
    order = slope(f, 0, _scale)
    return complex_valued(f, lambda y, v, z: order(v, z), lambda y, v, z: _half(f, v, z) + turn * y)


hankel1, hankel1e = _hankel(sp.hankel1, 0), _hankel(sp.hankel1e, -1j)
hankel2, hankel2e = _hankel(sp.hankel2, 0), _hankel(sp.hankel2e, 1j)

# DLMF 10.29.1
iv = elementwise(
    sp.iv,
    differences(sp.iv, 0, _gentle),
    lambda g, y, v, z: g * _mean(sp.iv, v, z),
    **_BESIDE,
)
kv = elementwise(
    sp.kv,
    differences(sp.kv, 0, _gentle),
    lambda g, y, v, z: -g * _mean(sp.kv, v, z),
    **_BESIDE,
)
kn = elementwise(sp.kn, None, lambda g, y, n, x: -g * _mean(sp.kn, n, x), **_OF_INTEGERS)
i0 = elementwise(sp.i0, lambda g, y, x: g * sp.i1(x))
i1 = elementwise(sp.i1, lambda g, y, x: g * (0.5 * (sp.i0(x) + sp.iv(2, x))))
k0 = elementwise(sp.k0, lambda g, y, x: -g * sp.k1(x), pole=True, domain=_PLUS)
k1 = elementwise(
    sp.k1, lambda g, y, x: g * (-0.5 * (sp.k0(x) + sp.kn(2, x))), pole=True, domain=_PLUS
)
# Times e**-|x|, which is taken to be flat at 0; times e**x
i0e = elementwise(sp.i0e, lambda g, y, x: g * (sp.i1e(x) - np.sign(x) * y), domain=_PLUS)
i1e = elementwise(
    sp.i1e,
    lambda g, y, x: g * (0.5 * (sp.i0e(x) + sp.ive(2, x)) - np.sign(x) * y),
    domain=_PLUS,
)
k0e = elementwise(sp.k0e, lambda g, y, x: g * (y - sp.k1e(x)), pole=True, domain=_PLUS)
k1e = elementwise(
    sp.k1e,
    lambda g, y, x: g * (y - 0.5 * (sp.k0e(x) + sp.kve(2, x))),
    pole=True,
    domain=_PLUS,
)
kve = elementwise(
    sp.kve,
    differences(sp.kve, 0, _gentle),
    lambda g, y, v, z: g * (y - _mean(sp.kve, v, z)),
    **_BESIDE,
)


def _not_holomorphic(f: Function, in_z: Function, part: Any, unit: complex) -> Op:
    """f = h(z) e**-|part of z|: dy = h'(z) e**-|...| dz - sign(part) y · (part of dz)."""
    order = slope(f, 0, _scale)

    def back(g: Any, y: Any, v: Any, z: Any) -> Any:
        return g * in_z(f, v, z) - unit * (np.sign(part(z)) * np.real(g * y))

    def forward(t: Sequence[Any], y: Any, v: Any, z: Any) -> Any:
        moved = 0.0 if t[0] is None else t[0] * order(v, z)
        if t[1] is not None:
            moved = moved + t[1] * in_z(f, v, z) - np.sign(part(z)) * y * part(t[1])
        return moved

    return general(
        f, lambda g, y, v, z: g * order(v, z), back, tangent=forward, name=f.__name__, numpy=()
    )


jve_complex = _not_holomorphic(sp.jve, _half, np.imag, -1j)
yve_complex = _not_holomorphic(sp.yve, _half, np.imag, -1j)
ive_complex = _not_holomorphic(sp.ive, _mean, np.real, 1.0)
jve_real = elementwise(
    sp.jve,
    differences(sp.jve, 0, _scale),
    lambda g, y, v, x: g * _half(sp.jve, v, x),
    **_BESIDE,
)
yve_real = elementwise(
    sp.yve,
    differences(sp.yve, 0, _scale),
    lambda g, y, v, x: g * _half(sp.yve, v, x),
    **_BESIDE,
)
ive_real = elementwise(
    sp.ive,
    differences(sp.ive, 0, _gentle),
    lambda g, y, v, x: g * (_mean(sp.ive, v, x) - np.sign(x) * y),
    **_BESIDE,
)


@composite(sp.jve)
def jve(v: Any, z: Any) -> Any:
    """J of order v, times e**-|Im z|."""
    return (jve_complex if np.iscomplexobj(z) else jve_real)(v, z)


@composite(sp.yve)
def yve(v: Any, z: Any) -> Any:
    """Y of order v, times e**-|Im z|."""
    return (yve_complex if np.iscomplexobj(z) else yve_real)(v, z)


@composite(sp.ive)
def ive(v: Any, z: Any) -> Any:
    """I of order v, times e**-|Re z|."""
    return (ive_complex if np.iscomplexobj(z) else ive_real)(v, z)


# ∫₀¹ x**l J_v(2 a x) dx
besselpoly = elementwise(
    sp.besselpoly,
    lambda g, y, a, p, v: g * (sp.besselpoly(a, p + 1, v - 1) - sp.besselpoly(a, p + 1, v + 1)),
    differences(sp.besselpoly, 1),
    differences(sp.besselpoly, 2, lambda a, p, v: _scale(v, 2 * a)),
    pole=True,
    domain=((0.4, 2.0), (0.3, 2.0), (1.2, 2.8)),
)


# Spherical functions of integer order, by DLMF 10.51.1 and 10.51.4, which hold at 0 too
def _neighbours(f: Function, n: Any, z: Any) -> tuple[Any, Any]:
    return n / (2 * n + 1) * f(np.maximum(n - 1, 0), z), (n + 1) / (2 * n + 1) * f(n + 1, z)


def _falling(f: Function, n: Any, z: Any) -> Any:
    below, above = _neighbours(f, n, z)
    return below - above


def _rising(f: Function, n: Any, z: Any) -> Any:
    below, above = _neighbours(f, n, z)
    return below + above


def _spherical(f: Function, sign: float, neighbours: Function, **row: Any) -> Op:
    def function(n: Any, z: Any) -> Any:
        if np.iscomplexobj(n):
            raise TypeError(f"{f.__name__} takes integers for its order")
        return f(n, z)

    def rule(g: Any, y: Any, n: Any, z: Any) -> Any:
        return g * (sign * neighbours(op, n, z))

    op = elementwise(function, None, rule, name=f.__name__, numpy=(), **row)
    return op


spherical_jn = _spherical(sp.spherical_jn, 1.0, _falling, **_OF_INTEGERS)
spherical_yn = _spherical(sp.spherical_yn, 1.0, _falling, **_OF_INTEGERS)
spherical_in = _spherical(sp.spherical_in, 1.0, _rising, **_OF_INTEGERS)
spherical_kn = _spherical(sp.spherical_kn, -1.0, _rising, **_OF_INTEGERS)


def spherical_slope(row: Op, n: Any, z: Any, derivative: bool) -> Any:
    """The function of a spherical row, or its derivative in z."""
    rule = row.rules[1]
    return rule(1.0, None, n, z) if derivative and rule else row(n, z)

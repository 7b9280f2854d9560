"""scipy.special, of arrays and of Values.

SciPy's ufuncs take Values as they are, and have the same names here. The functions defined here are
those which SciPy does not hand on to a Value; given plain arrays they are SciPy's too.
docs/coverage_scipy.md says which function has a derivative in which argument.

>>> from autograd import grad
>>> from autograd.scipy import special
>>> round(grad(special.gammaln)(1.0), 6), round(grad(special.polygamma, 1)(1, 1.0), 6)
(-0.577216, -2.404114)
"""

import math
import operator
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import scipy.special as sp

from autograd import ops
from autograd.errors import ArgumentError, describe
from autograd.ops.index import stop_gradient
from autograd.ops.polynomial import is_traced
from autograd.scipy.special_rows import bessel, harmonics
from autograd.value import Value

Axis = int | tuple[int, ...] | None


def __getattr__(name: str) -> Any:
    """SciPy's own."""
    if name.startswith("_") or not hasattr(sp, name):
        raise AttributeError(f"module 'autograd.scipy.special' has no attribute {name!r}")
    return getattr(sp, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *sp.__all__})


def _on_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """SciPy's function of that name, but `function` where an argument is a Value."""
    theirs = getattr(sp, function.__name__)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        on_values = any(type(x) is Value for x in (*args, *kwargs.values()))
        return (function if on_values else theirs)(*args, **kwargs)

    return call


def _refuse_exact(name: str, exact: bool) -> None:
    if exact:
        raise ArgumentError(
            f"exact=False for {name} of a Value",
            "exact=True, which computes with integers",
            "leave exact= out",
        )


@_on_values
def logsumexp(
    a: Any, axis: Axis = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """scipy.special.logsumexp: log Σ b eᵃ; with `return_sign`, log |Σ b eᵃ| and the sign.

    >>> v = Value([0.0, 1.0])
    >>> round(float(logsumexp(v, b=np.array([1.0, 2.0])).data), 6)
    1.861995
    """
    if b is None and not return_sign and not np.iscomplexobj(a):
        return ops.logsumexp(a, axis, keepdims)
    top = np.real(stop_gradient(a))
    if b is not None:
        top = np.where(stop_gradient(b) == 0, -np.inf, top)
    top = np.max(top, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    terms = np.exp(a - top)
    total = np.sum(terms if b is None else b * terms, axis=axis, keepdims=keepdims)
    top = top if keepdims else np.squeeze(top, axis=axis)
    with np.errstate(divide="ignore"):  # the logarithm of an empty or vanishing sum is -inf
        if return_sign:
            return np.log(np.abs(total)) + top, np.sign(total)
        return np.log(total) + top


@_on_values
def softmax(x: Any, axis: Axis = None) -> Any:
    """scipy.special.softmax: eˣ / Σ eˣ, over all axes by default."""
    return ops.softmax(x, axis)


@_on_values
def log_softmax(x: Any, axis: Axis = None) -> Any:
    """scipy.special.log_softmax: x - log Σ eˣ, over all axes by default."""
    return ops.log_softmax(x, axis)


@_on_values
def polygamma(n: Any, x: Any) -> Any:
    """scipy.special.polygamma: the n-th derivative of ψ; (-1)ⁿ⁺¹ n! ζ(n + 1, x) (DLMF 25.11.12).

    n is a constant of integers.
    """
    n = np.asarray(n.numpy() if type(n) is Value else n)
    order = np.where(n == 0, 1, n)
    higher = (-1.0) ** (order + 1) * sp.gamma(order + 1.0) * sp.zeta(order + 1.0, x)
    return np.where(n == 0, sp.psi(x), higher) if (n == 0).any() else higher


@_on_values
def multigammaln(a: Any, d: int) -> Any:
    """scipy.special.multigammaln: d (d - 1) / 4 log π + Σ log Γ(a - j/2), j = 0 ... d - 1."""
    d = operator.index(d)
    inside = stop_gradient(a) > 0.5 * (d - 1)
    if d < 1 or not (is_traced(inside) or np.all(inside)):
        raise ArgumentError(
            "d >= 1, and a > (d - 1) / 2, for multigammaln",
            f"a = {describe(a)}, d = {d}",
            "see help(scipy.special.multigammaln)",
        )
    total = sum(sp.gammaln(a - 0.5 * j) for j in range(d)) + d * (d - 1) * 0.25 * math.log(math.pi)
    # A trace cannot look at a, so there the numbers say that it is outside.
    return np.where(inside, total, np.nan) if is_traced(inside) else total


@_on_values
def factorial(n: Any, exact: bool = False) -> Any:
    """scipy.special.factorial: Γ(n + 1), and 0 for n < 0."""
    _refuse_exact("factorial", exact)
    return np.where(n < 0, 0.0, sp.gamma(np.maximum(n, 0) + 1))


@_on_values
def comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:
    """scipy.special.comb: the binomial coefficient of real numbers, 0 where k > N or one is < 0."""
    _refuse_exact("comb", exact)
    if repetition:
        return np.where((k == 0) & (N >= 0), 1.0, sp.binom(N + k - 1, k))
    return np.where((k <= N) & (N >= 0) & (k >= 0), sp.binom(N, k), 0.0)


@_on_values
def perm(N: Any, k: Any, exact: bool = False) -> Any:
    """scipy.special.perm: N! / (N - k)! of real numbers, 0 where k > N or one is < 0."""
    _refuse_exact("perm", exact)
    return np.where((k <= N) & (N >= 0) & (k >= 0), sp.poch(N - k + 1, k), 0.0)


@_on_values
def diric(x: Any, n: Any) -> Any:
    """scipy.special.diric: sin(n x / 2) / (n sin(x / 2)) = U(n - 1, cos(x / 2)) / n (DLMF 18.5.2).

    n is a constant of integers >= 1.
    """
    n = np.asarray(n.numpy() if type(n) is Value else n).astype(int)
    return sp.eval_chebyu(n - 1, np.cos(0.5 * x)) / n


@_on_values
def sph_harm_y(n: Any, m: Any, theta: Any, phi: Any) -> Any:
    """scipy.special.sph_harm_y: spherical harmonics of polar angle theta and azimuth phi."""
    return harmonics.sph_harm_y(n, m, theta, phi)


# Spherical Bessel functions, and their derivatives by the recurrences of `bessel`


@_on_values
def spherical_jn(n: Any, z: Any, derivative: bool = False) -> Any:
    """scipy.special.spherical_jn: √(π/2z) J of order n + ½, or its derivative."""
    return bessel.spherical_slope(bessel.spherical_jn, n, z, derivative)


@_on_values
def spherical_yn(n: Any, z: Any, derivative: bool = False) -> Any:
    """scipy.special.spherical_yn: √(π/2z) Y of order n + ½, or its derivative."""
    return bessel.spherical_slope(bessel.spherical_yn, n, z, derivative)


@_on_values
def spherical_in(n: Any, z: Any, derivative: bool = False) -> Any:
    """scipy.special.spherical_in: √(π/2z) I of order n + ½, or its derivative."""
    return bessel.spherical_slope(bessel.spherical_in, n, z, derivative)


@_on_values
def spherical_kn(n: Any, z: Any, derivative: bool = False) -> Any:
    """scipy.special.spherical_kn: √(π/2z) K of order n + ½, or its derivative."""
    return bessel.spherical_slope(bessel.spherical_kn, n, z, derivative)

"""Matrix equations: Sylvester, Lyapunov and Riccati.

The derivative of a solution solves a linear equation of the same kind, by the implicit function
theorem: the residual F(x, arguments) = 0 gives dF/dx · dx = -dF/d(arguments).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg

from autograd import leading
from autograd.op import Op, general
from autograd.ops.linalg.common import adjoint as h
from autograd.ops.linalg.common import hermitian_part
from autograd.ops.linalg.common import transposed as t
from autograd.scipy.linalg.parts import of_scipy
from autograd.transforms import vjp


def _sylvester_back(wanted: Any, g: Any, x: Any, a: Any, b: Any, q: Any) -> tuple[Any, ...]:
    w = sylvester(t(a), t(b), g)
    return -(w @ t(x)) if wanted[0] else None, -(t(x) @ w) if wanted[1] else None, w


def _sylvester_forward(moving: Any, x: Any, a: Any, b: Any, q: Any) -> Any:
    to_a, to_b, right = moving
    if to_a is not None:
        right = (0.0 if right is None else right) - to_a @ x
    if to_b is not None:
        right = (0.0 if right is None else right) - x @ to_b
    return sylvester(a, b, right)


sylvester = general(
    scipy.linalg.solve_sylvester,
    joint=_sylvester_back,
    tangent=_sylvester_forward,
    arity=3,
    batch=leading.core(2, 2, 2),
    name="solve_sylvester",
)


@of_scipy(scipy.linalg.solve_sylvester)
def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """The solution x of a x + x b = q."""
    return sylvester(a, b, q)


@of_scipy(scipy.linalg.solve_continuous_lyapunov)
def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """The solution x of a x + x aᴴ = q."""
    return sylvester(a, h(a), q)


@of_scipy(scipy.linalg.solve_discrete_lyapunov)
def solve_discrete_lyapunov(a: Any, q: Any, method: str | None = None) -> Any:
    """The solution x of a x aᴴ - x + q = 0: a system of n² equations up to n = 9.

    For larger ones, by the bilinear transformation to a continuous equation.
    """
    n = np.shape(a)[-1]
    one = np.eye(n)
    if (method or ("direct" if n < 10 else "bilinear")).lower() == "direct":
        products = np.einsum("...ik,...jl->...ijkl", a, np.conjugate(a))
        *batch, _, _, _, _ = np.shape(products)
        left = np.eye(n * n) - np.reshape(products, (*batch, n * n, n * n))
        return np.reshape(
            np.linalg.solve(left, np.reshape(q, (*np.shape(q)[:-2], n * n, 1))),
            (*np.broadcast_shapes(tuple(batch), np.shape(q)[:-2]), n, n),
        )
    inverse = np.linalg.inv(h(a) + one)
    b = (h(a) - one) @ inverse
    return sylvester(h(b), b, -2 * (np.linalg.inv(a + one) @ q @ inverse))


# Riccati: with x as its solver found it, the rules differentiate the equation as it is written.


def _feedback(left: Any, right: Any) -> Any:
    return np.linalg.solve(left, right)


def _continuous(x: Any, a: Any, b: Any, q: Any, r: Any, e: Any, s: Any) -> tuple[Any, Any]:
    """The residual of the continuous equation, and the gain k of the feedback a - b k."""
    right = h(b) @ x @ e + h(s)
    k = _feedback(r, right)
    product = h(a) @ x @ e
    return product + h(product) - h(right) @ k + q, k


def _discrete(x: Any, a: Any, b: Any, q: Any, r: Any, e: Any, s: Any) -> tuple[Any, Any]:
    """The residual of the discrete equation, and the gain k of the feedback a - b k."""
    right = h(b) @ x @ a + h(s)
    k = _feedback(r + h(b) @ x @ b, right)
    return h(a) @ x @ a - h(e) @ x @ e - h(right) @ k + q, k


def _riccati(
    solver: Callable[..., Any], equation: Callable[..., Any], adjoint: Callable[[Any, Any], Any]
) -> Op:
    """The row of an equation, of which `adjoint(m, g)` solves the transposed derivative."""

    def back(wanted: Any, g: Any, x: Any, *arguments: Any) -> Any:
        a, b, *_, e, _ = arguments
        places = [i for i, needed in enumerate(wanted) if needed]

        def residual(*moving: Any) -> Any:
            given = dict(zip(places, moving, strict=True))
            return equation(x, *(given.get(i, fixed) for i, fixed in enumerate(arguments)))[0]

        _, pull = vjp(residual, *(arguments[i] for i in places))
        _, k = equation(x, *arguments)
        # x is Hermitian, so the part of g that is not does not matter; without e it is 1.
        inverse = np.conjugate(np.linalg.inv(e))
        m = np.linalg.solve(e, a - b @ k)
        w = adjoint(np.conjugate(m), inverse @ hermitian_part(g) @ h(inverse))
        found = dict(zip(places, pull(-w), strict=True))
        return tuple(found.get(i) for i in range(6))

    return general(solver, joint=back, arity=6, batch=leading.core(*[2] * 6), name=solver.__name__)


continuous_riccati = _riccati(
    scipy.linalg.solve_continuous_are,
    _continuous,
    lambda m, g: sylvester(m, h(m), g),
)
discrete_riccati = _riccati(
    scipy.linalg.solve_discrete_are,
    _discrete,
    lambda m, g: solve_discrete_lyapunov(m, -g),
)


def _with_defaults(a: Any, b: Any, e: Any, s: Any) -> tuple[Any, Any]:
    unit = np.eye(np.shape(a)[-1], dtype=a.dtype) if e is None else e
    return unit, np.zeros(np.shape(b), dtype=b.dtype) if s is None else s


@of_scipy(scipy.linalg.solve_continuous_are)
def solve_continuous_are(a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None) -> Any:
    """The stabilising x of aᴴ x e + eᴴ x a - (eᴴ x b + s) r⁻¹ (bᴴ x e + sᴴ) + q = 0."""
    return continuous_riccati(a, b, q, r, *_with_defaults(a, b, e, s))


@of_scipy(scipy.linalg.solve_discrete_are)
def solve_discrete_are(a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None) -> Any:
    """The stabilising x of aᴴ x a - eᴴ x e - (aᴴ x b + s) (r + bᴴ x b)⁻¹ (bᴴ x a + sᴴ) + q = 0."""
    return discrete_riccati(a, b, q, r, *_with_defaults(a, b, e, s))

"""The point where x = f(a)(x), and its derivative by a, by the implicit function theorem."""

from collections.abc import Callable
from typing import Any

from autograd.containers import flatten, map_leaves
from autograd.differential_operators import make_jvp, make_vjp
from autograd.errors import ArgumentError, describe
from autograd.primitives import defjvp, defvjp, primitive
from autograd.value import Value


@primitive
def fixed_point(
    f: Callable[[Any], Callable[[Any], Any]],
    a: Any,
    x0: Any,
    distance: Callable[[Any, Any], float],
    tol: float,
) -> Any:
    """The x with x = f(a)(x), iterated from x0 until distance(x, previous x) < tol.

    Differentiable by a, without a record of the iteration: with J = d f(a)(x) / dx at the solution,
    the cotangent w = g + w J is itself a fixed point. f must depend on what is differentiated
    through `a` only. Raises ArgumentError where f closes over a Value.

    Source: B. Christianson, "Reverse accumulation and attractive fixed points" (1994).

    >>> from autograd import grad
    >>> def newton(a):
    ...     return lambda x: 0.5 * (x + a / x)
    >>> root = lambda a: fixed_point(newton, a, 1.0, lambda x, y: abs(x - y), 1e-12)
    >>> round(root(2.0), 6), round(grad(root)(2.0), 6)
    (1.414214, 0.353553)
    """
    step = f(a)
    previous, x = x0, step(x0)
    while True:
        if any(type(leaf) is Value for leaf in flatten(x)[0]):
            raise ArgumentError(
                "a function f(a) that depends on Values through a only",
                f"f(a)(x0) of {describe(x)}: f closes over a Value",
                "make it part of a, which may be a tuple or dict",
            )
        if distance(x, previous) < tol:
            return x
        previous, x = x, step(x)


def _plus(x: Any, y: Any) -> Any:
    return map_leaves(lambda a, b: a + b, x, y)


def _adjoint(ans: Any, f: Any, a: Any, x0: Any, distance: Any, tol: float) -> Any:
    """The cotangent of a: that of w in f(a)(x), where w = g + w J."""
    pull_a, _ = make_vjp(lambda a: f(a)(ans))(a)

    def solved(g: Any) -> Any:
        def step(given: Any) -> Any:
            g, a, x = given
            pull, _ = make_vjp(lambda x: f(a)(x))(x)
            return lambda w: _plus(g, pull(w))

        w = fixed_point(step, (g, a, ans), g, distance, tol)
        return pull_a(w)

    return solved


def _tangent(t: Any, ans: Any, f: Any, a: Any, x0: Any, distance: Any, tol: float) -> Any:
    """The tangent u of x, where u = (d f(a)(x) / da) t + J u."""

    def step(given: Any) -> Any:
        t, a, x = given
        moved = make_jvp(lambda a: f(a)(x))(a)(t)[1]
        return lambda u: _plus(moved, make_jvp(lambda x: f(a)(x))(x)(u)[1])

    start = make_jvp(lambda a: f(a)(ans))(a)(t)[1]
    return fixed_point(step, (t, a, ans), start, distance, tol)


defvjp(fixed_point, None, _adjoint, None, argnums=(0, 1, 2))
defjvp(fixed_point, None, _tangent, None, argnums=(0, 1, 2))

"""Integrals of functions, by Leibniz' rule.

The derivative of ∫ f(x, p) dx from a to b is f(b, p) db - f(a, p) da + ∫ df/dp dx: the last term is
an integral of the same kind, computed to the same tolerance, and so are its derivatives.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.integrate

from autograd.broadcast import data_of
from autograd.calls import Call, as_array, constants, plain
from autograd.errors import UnsupportedError
from autograd.scipy.refusing import refused
from autograd.value import Value

# Computes the integral of a function of one number from a to b.
Quadrature = Callable[[Callable[[float], Any], float, float], Any]


def _integral(
    f: Callable[..., Any],
    a: Any,
    b: Any,
    args: tuple[Any, ...],
    several: Quadrature,
    first: Quadrature | None = None,
) -> Any:
    """∫ f(x, *args) dx from a to b, differentiable by a, b, args and what f closes over.

    several, first    how to compute integrals with several components, and this one.
    """
    call = Call("quad", args)

    def at(x: Any) -> Callable[..., Any]:
        return lambda *args: as_array(f(x, *args))

    def compute(a: Any, b: Any, *args: Any) -> Any:
        return (first or several)(lambda x: plain(at(x)(*args)), a, b)

    data = (first or several)(lambda x: call.watched(at(x)), data_of(a), data_of(b))
    if not (call.inputs or type(a) is Value or type(b) is Value):
        return constants(data, args)

    # A record of the derivative is wanted where the rule gets Values. What is closed over does not
    # show there, being the same Value in the rules of the rule.
    def pulled(x: Any, g: Any, given: Any, record: bool) -> Any:
        found = call.linearized(at(x), given, record=record).pull(g)
        return np.concatenate([np.reshape(c, (-1,)) for c in found])

    def pushed(x: Any, t: Any, given: Any, record: bool) -> Any:
        return call.linearized(at(x), given, record=record).push(t)

    def ends(weights: Any, limits: Any, xs: Any, record: bool) -> list[Any]:
        """Each limit's weight times f there; None where it does not move or is infinite."""
        found = [
            None if w is None or np.isinf(data_of(x)) else w * at(x)(*call.arguments(xs))
            for w, x in zip(weights, limits, strict=True)
        ]
        return found if record else plain(found)

    def joint(wanted: Any, g: Any, y: Any, a: Any, b: Any, *xs: Any) -> list[Any]:
        record = any(type(x) is Value for x in (g, y, *xs))
        weights = [-g if wanted[0] else None, g if wanted[1] else None]
        parts = ends(weights, (a, b), xs, record)
        found = [None if part is None else np.sum(part) for part in parts]
        if any(wanted[2:]):
            row = _integral(pulled, a, b, (g, call.given(xs), record), several)
            end = 0
            for x in xs:
                found.append(np.reshape(row[end : end + np.size(data_of(x))], np.shape(x)))
                end += np.size(data_of(x))
        return found

    def tangent(t: Any, y: Any, a: Any, b: Any, *xs: Any) -> Any:
        record = any(type(x) is Value for x in (*t, y, *xs))
        weights = [None if t[0] is None else -t[0], t[1]]
        parts = [part for part in ends(weights, (a, b), xs, record) if part is not None]
        if any(part is not None for part in t[2:]):
            parts.append(_integral(pushed, a, b, (t[2:], call.given(xs), record), several))
        return sum(parts, np.zeros_like(data_of(y)))

    return call.node(data, compute, joint, tangent, (a, b))


@refused("give numbers a and b, one number from func for each x, and options of SciPy's")
def quad(
    func: Callable[..., Any], a: Any, b: Any, args: Any = (), full_output: int = 0, **options: Any
) -> Any:
    """scipy.integrate.quad: (∫ func(x, *args) dx from a to b, estimate of the error).

    The integral depends on a, b, args and on what func closes over. Its derivatives are integrals
    too, by `quad_vec` to the same epsabs and epsrel.

    >>> from autograd import grad
    >>> round(grad(lambda p: quad(lambda x, p: np.exp(-p * x), 0.0, np.inf, (p,))[0])(2.0), 9)
    -0.25
    """
    args = args if isinstance(args, tuple) else (args,)
    results: list[Any] = []

    def first(f: Callable[[float], Any], a: float, b: float) -> Any:
        results.append(scipy.integrate.quad(f, a, b, (), full_output, **options))
        return results[-1][0]

    def several(f: Callable[[float], Any], a: float, b: float) -> Any:
        if options.get("weight") is not None:
            raise UnsupportedError(
                "an integral without weight= to differentiate",
                f"weight={options['weight']!r}",
                "make the weight a factor of the function",
            )
        epsabs, epsrel = options.get("epsabs", 1.49e-8), options.get("epsrel", 1.49e-8)
        points = options.get("points")
        return scipy.integrate.quad_vec(f, a, b, epsabs, epsrel, "max", points=points)[0]

    value = _integral(func, a, b, args, several, first)
    return (value, *results[0][1:])


@refused("give numbers a and b, and options of SciPy's")
def quad_vec(f: Callable[..., Any], a: Any, b: Any, *more: Any, args: Any = (), **options: Any):
    """scipy.integrate.quad_vec: `quad` of a function with an array of components."""
    args = args if isinstance(args, tuple) else (args,)
    results: list[Any] = []

    def several(f: Callable[[float], Any], a: float, b: float) -> Any:
        results.append(scipy.integrate.quad_vec(f, a, b, *more, **options))
        return results[-1][0]

    value = _integral(f, a, b, args, several)
    return (value, *results[0][1:])


@refused("give numbers a and b, n of 1 or more, and as many numbers from func as it gets")
def fixed_quad(func: Callable[..., Any], a: Any, b: Any, args: Any = (), n: int = 5) -> Any:
    """scipy.integrate.fixed_quad: (Gauss' rule with n places, None); func takes all at once."""
    places, weights = np.polynomial.legendre.leggauss(n)
    half = (b - a) / 2
    return half * np.sum(weights * func(half * (places + 1) + a, *args), axis=-1), None

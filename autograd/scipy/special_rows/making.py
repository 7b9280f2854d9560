"""What the tables are made with: differences, several outputs, inverse functions."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.op import Kind, Op, Rule, apply, general, registry
from autograd.ops.index import stop_gradient
from autograd.poles import without_poles

Function = Callable[..., Any]


def one(*args: Any) -> float:
    """A scale for what is as smooth as the sine."""
    return 1.0


def slow(x: Any) -> Any:
    """|log |x||, at most 700: how fast x**a changes with a."""
    return np.minimum(np.abs(np.log(np.abs(x))), 700.0)


@cache
def stencil(order: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Places and weights of central differences for the derivative of that order, and the step.

    The weights are the derivatives at 0 of the Lagrange polynomials of the places.
    """
    reach = 4 + (order - 1) // 2
    places = range(-reach, reach + 1)
    weights: list[float] = []
    for i in places:
        polynomial = [Fraction(1)]
        for j in places:
            if j != i:
                low = [Fraction(-j, i - j) * c for c in polynomial]
                high = [Fraction(1, i - j) * c for c in polynomial]
                polynomial = [a + b for a, b in zip([*low, 0], [0, *high], strict=True)]
        weights.append(float(math.factorial(order) * polynomial[order]))
    used = [k for k, weight in enumerate(weights) if weight]
    return (
        np.array([float(places[k]) for k in used]),
        np.array([weights[k] for k in used]),
        0.02 * order**0.5,
    )


def slope(function: Function, position: int, scale: Function = one) -> Function:
    """d(function)/d(argument `position`), a function of the same arguments, by differences.

    For parameters in which a derivative has no closed form. `scale(*args)` is a length over which
    the function changes no faster than sin(t) over 1. At a fiftieth of it central differences of
    order 8 err by 4e-17, and what remains is the rounding of `function`, some hundred times
    magnified: 1e-12 of the derivative where SciPy's value is good to its last digits. Each order
    more loses two digits. In another argument it is the difference of the derivatives there.
    """

    def differ(call: Function, *args: Any, order: int) -> Any:
        places, weights, step = stencil(order)
        ahead = (-1,) + (1,) * max(np.ndim(x) for x in args)
        step = step * scale(*map(stop_gradient, args))
        points = args[position] + places.reshape(ahead) * step
        values = call(*args[:position], points, *args[position + 1 :])
        return np.sum(weights.reshape(ahead) * values, axis=0) / step**order

    @cache
    def op_of(row: Op) -> Op:
        """The row of the slope of a row: a single node, whatever its order."""
        mixed = [slope(rate(row, j), position, scale) for j in range(row.arity)]

        def rule(j: int) -> Rule:
            if j == position:
                return lambda g, y, *args, order: g * apply(op, args, {"order": order + 1})
            return lambda g, y, *args, order: g * mixed[j](*args, order=order)

        name = f"slope of {row.name} in argument {position}"
        rules = (None if row.rules[j] is None else rule(j) for j in range(row.arity))
        op = Op(partial(differ, row), Kind.ELEMENTWISE, tuple(rules), name=name, pole=True)
        return op

    def derivative(*args: Any, order: int = 1) -> Any:
        row = registry.get(function)
        if isinstance(row, Op) and row.kind is Kind.ELEMENTWISE:
            return apply(op_of(row), args, {"order": order})
        return differ(function, *args, order=order)

    return derivative


def rate(row: Op, j: int) -> Function:
    """The derivative of an elementwise row in argument j."""
    rule = row.rules[j]
    return lambda *args: 0.0 if rule is None else rule(1.0, row(*args), *args)


def differences(function: Function, position: int, scale: Function = one) -> Rule:
    """The rule for an argument in which `function` is differentiated by differences."""
    derivative = slope(function, position, scale)
    return lambda g, y, *args: g * derivative(*args)


def slopes_of_parts(function: Function, position: int) -> Function:
    """The derivatives of a function and its derivative in a parameter, for `several`."""
    each = [slope(lambda *args, i=i: function(*args)[i], position) for i in (0, 1)]
    return lambda y, *args: tuple(derivative(*args) for derivative in each)


def several(function: Function, *slopes: Function | None, **row: Any) -> Op:
    """A row with several outputs, each element of which depends on one of each argument.

    `slopes[k](outputs, *args)` are the derivatives of all outputs in argument k; None, if it has
    none.
    """

    def reverse(derivatives: Function) -> Rule:
        return lambda g, y, *args: sum(
            without_poles(c * d, c)
            for c, d in zip(g, derivatives(y, *args), strict=True)
            if c is not None
        )

    def forward(t: Sequence[Any], y: Any, *args: Any) -> tuple[Any, ...]:
        total: list[Any] = [np.zeros_like(data_of(part)) for part in y]
        for moved, derivatives in zip(t, slopes, strict=True):
            if moved is not None and derivatives is not None:
                parts = zip(total, derivatives(y, *args), strict=True)
                total = [s + without_poles(moved * d, moved) for s, d in parts]
        return tuple(s.astype(data_of(part).dtype) for s, part in zip(total, y, strict=True))

    rules = (None if s is None else reverse(s) for s in slopes)
    return general(function, *rules, tangent=forward, **row)


def complex_valued(function: Function, *slopes: Function | None, **row: Any) -> Op:
    """A row whose output is complex for real arguments as well: elementwise but for that.

    `slopes[k](y, *args)` is the derivative in argument k.
    """

    def reverse(derivative: Function) -> Rule:
        return lambda g, y, *args: without_poles(g * derivative(y, *args), g)

    def forward(t: Sequence[Any], y: Any, *args: Any) -> Any:
        moving = zip(t, slopes, strict=True)
        return sum(without_poles(c * d(y, *args), c) for c, d in moving if c is not None and d)

    rules = (None if s is None else reverse(s) for s in slopes)
    return general(function, *rules, tangent=forward, **row)


class Cumulative:
    """A distribution function F of named arguments, with its partial derivatives.

    From it come the rules of F, of 1 - F, and of the functions that solve F = p for an argument.
    """

    def __init__(self, **partials: Function) -> None:
        self.names = tuple(partials)
        self.partials = partials

    def rules(self, sign: float = 1.0) -> list[Rule]:
        """The rules of sign · F (+ a constant)."""

        def rule(derivative: Function) -> Rule:
            return lambda g, y, *args: g * (sign * derivative(*args))

        return [rule(derivative) for derivative in self.partials.values()]

    def solved(self, arguments: str, unknown: str, sign: float = 1.0) -> list[Rule]:
        """The rules of the function that solves sign · F (+ a constant) = p for `unknown`.

        `arguments` names those of that function, p among them. From F(u, q, ...) = p:
        du/dp = 1 / F_u, du/dq = -F_q / F_u.
        """
        given = arguments.split()

        def rule(name: str) -> Rule:
            def back(g: Any, y: Any, *args: Any) -> Any:
                known = {**dict(zip(given, args, strict=True)), unknown: y}
                at = [known[each] for each in self.names]
                down = self.partials[unknown](*at)
                if name == "p":
                    return g * (sign / down)
                return -g * (self.partials[name](*at) / down)

            return back

        return [rule(name) for name in given]

"""First-order conditions of a minimum with bounds and constraints, as equations.

A quantity q between low and high, with the multiplier m that is positive where it is held from
below, satisfies q = clip(q - m, low, high): either q is free and m is zero, or q is at a limit. So
one formula serves bounds (m is the gradient), equations and inequalities alike.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.calls import as_array, plain
from autograd.transforms import grad, vjp

# How near its limit a constraint counts as holding it, for the estimate of the multipliers.
_NEAR = 1e-6


class Limits(NamedTuple):
    """A constraint low <= c(x) <= high."""

    function: Callable[[Any], Any]
    low: Any
    high: Any


def limits_of(constraints: Any) -> list[Limits]:
    """SciPy's constraints, of all three forms, as limits."""
    if not isinstance(constraints, list | tuple):
        constraints = [constraints]
    found = []
    for c in constraints:
        if isinstance(c, dict):
            f, more = c["fun"], c.get("args", ())
            high = 0.0 if c["type"] == "eq" else np.inf
            found.append(Limits(lambda x, f=f, more=more: as_array(f(x, *more)), 0.0, high))
        elif hasattr(c, "A"):
            found.append(Limits(lambda x, a=c.A: np.asarray(a) @ x, c.lb, c.ub))
        else:
            found.append(Limits(lambda x, f=c.fun: as_array(f(x)), c.lb, c.ub))
    return found


def held(q: Any, multiplier: Any, low: Any, high: Any) -> Any:
    """q - clip(q - multiplier, low, high): zero where q is free or held, as the multiplier says."""
    equal = np.equal(*plain((low, high)))
    free = np.clip(q - multiplier, low, np.where(equal, np.inf, high))
    return q - np.where(equal, low, free)


def conditions(
    target: Callable[..., Any], x: Any, args: Any, bounds: Any, limits: Sequence[Limits], m: Any
) -> list[Any]:
    """What is zero at the minimum x of target(x, *args), for each unknown in x and in m."""
    gradient = grad(target)(x, *args)
    equations = []
    for limit, multipliers in zip(limits, m, strict=True):
        c, pull = vjp(limit.function, x)
        gradient = gradient - pull(multipliers)[0]
        equations.append(held(c, multipliers, limit.low, limit.high))
    return [gradient if bounds is None else held(x, gradient, *bounds), *equations]


def multipliers_at(
    target: Callable[..., Any], x: Any, args: Any, bounds: Any, limits: Sequence[Limits]
) -> list[Any]:
    """The multipliers of the constraints at a minimum, by least squares over those that hold it."""
    free = np.full(np.shape(x), True)
    if bounds is not None:
        low, high = plain(bounds)
        free = (x - low > _NEAR * (1 + np.abs(low))) & (high - x > _NEAR * (1 + np.abs(high)))
    columns, places, found = [], [], []
    for limit in limits:
        c, pull = vjp(limit.function, x)
        c, low, high = np.broadcast_arrays(c, limit.low, limit.high)
        found.append(np.zeros(c.shape))
        near = np.minimum(c - low, high - c) <= _NEAR * (1 + np.abs(c))
        for place in np.argwhere(near):
            unit = np.zeros(c.shape)
            unit[tuple(place)] = 1
            columns.append(pull(unit[()])[0][free])
            places.append((found[-1], tuple(place)))
    if columns:
        gradient = grad(target)(x, *args)[free]
        values = np.linalg.lstsq(np.stack(columns, axis=1), gradient)[0]
        for (array, place), value in zip(places, values, strict=True):
            array[place] = value
    return [m[()] for m in found]

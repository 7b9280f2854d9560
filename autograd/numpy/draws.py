"""Random draws whose parameters are Values: a formula in them, of noise that is constant.

Source of the idea: D. P. Kingma, M. Welling, "Auto-Encoding Variational Bayes" (2014).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from autograd.errors import UnsupportedError, describe
from autograd.numpy.lists import holds_values, joined


class Family(NamedTuple):
    """`formula(ε, *parameters)` of the noise ε that `noise` draws; NumPy computes the same."""

    parameters: dict[str, float | None]  # with their defaults
    noise: Callable[..., Any]
    formula: Callable[..., Any]


def _located(noise: Callable[..., Any]) -> Family:
    parameters: dict[str, float | None] = {"loc": 0.0, "scale": 1.0}
    return Family(parameters, noise, lambda e, loc, scale: loc + scale * e)


_exponential = np.random.exponential
FAMILIES = {
    "normal": _located(np.random.normal),
    "laplace": _located(np.random.laplace),
    "logistic": _located(np.random.logistic),
    "gumbel": _located(np.random.gumbel),
    "uniform": Family(
        {"low": 0.0, "high": 1.0}, np.random.uniform, lambda e, low, high: low + (high - low) * e
    ),
    "lognormal": Family(
        {"mean": 0.0, "sigma": 1.0},
        np.random.normal,
        lambda e, mean, sigma: np.exp(mean + sigma * e),
    ),
    "exponential": Family({"scale": 1.0}, _exponential, lambda e, scale: scale * e),
    "rayleigh": Family({"scale": 1.0}, np.random.rayleigh, lambda e, scale: scale * e),
    "weibull": Family({"a": None}, _exponential, lambda e, a: e ** (1 / a)),
    "pareto": Family({"a": None}, _exponential, lambda e, a: np.expm1(e / a)),
    "power": Family({"a": None}, _exponential, lambda e, a: (-np.expm1(-e)) ** (1 / a)),
}


def reparameterised(name: str, draw: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's `draw`, which given Values is a recorded formula of its noise.

    >>> from autograd import grad
    >>> np.random.seed(0)
    >>> normal = reparameterised("normal", np.random.normal)
    >>> round(grad(lambda s: normal(5.0, s))(2.0), 6)  # the first number of the seed 0
    1.764052
    """
    family = FAMILIES.get(name)

    @wraps(draw)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not any(map(holds_values, (*args, *kwargs.values()))):
            return draw(*args, **kwargs)
        if family is None:
            raise UnsupportedError(
                f"plain parameters for random.{name}",
                ", ".join(describe(x) for x in (*args, *kwargs.values())),
                "draw from v.numpy(), through which no gradient flows, or from a family that is a "
                f"formula of its noise: {', '.join(FAMILIES)}",
            )
        given = family.parameters | dict(zip((*family.parameters, "size"), args, strict=False))
        given |= kwargs
        size = given.pop("size", None)
        parameters = [joined(x) for x in given.values()]
        if size is None:
            size = np.broadcast_shapes(*map(np.shape, parameters)) or None
        return family.formula(family.noise(size=size), *parameters)

    return call

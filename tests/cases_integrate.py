"""Cases for `test_registry.py`: autograd.scipy.integrate; given plain arrays, it is SciPy's own."""

from collections.abc import Iterator
from importlib.util import find_spec
from itertools import product
from typing import Any

import numpy as np
from cases import Case, array, row_of


def sample_cases(integrate: Any) -> Iterator[Case]:
    """One and several samples, unequal and equal steps, each axis.

    What SciPy computes in double precision alone is in test_integrate.py.
    """
    total, cumulative = row_of("sum"), row_of("cumsum")
    for n, axis in product((2, 5), (0, -1)):
        y = array(n, 2) if axis == 0 else array(2, n)
        yield Case(
            f"integrate.trapezoid {n} {axis}",
            total,
            lambda y, x, a=axis: integrate.trapezoid(y, x, axis=a),
            (y, np.cumsum(0.3 + np.abs(array(n, seed=1)))),
        )
    y, x = array(2, 5), np.cumsum(0.3 + np.abs(array(2, 5, seed=1)), axis=1)
    yield Case("integrate.trapezoid dx", total, lambda y: integrate.trapezoid(y, dx=0.5), (y,))
    yield Case("integrate.simpson dx", total, lambda y: integrate.simpson(y, dx=0.5), (y,), True)
    for initial in (None, 0):
        yield Case(
            f"integrate.cumulative_trapezoid {initial}",
            cumulative,
            lambda y, x, i=initial: integrate.cumulative_trapezoid(y, x, initial=i),
            (y, x),
        )


def step_cases(steps: Any) -> Iterator[Case]:
    """The sum that a step of a Runge-Kutta method is made of."""
    weights = np.array([0.5, -2.0, 1.5])
    yield Case(
        "integrate.weighted_sum",
        steps.weighted_sum,
        lambda *xs: steps.weighted_sum(*xs, weights=weights.astype(xs[0].dtype)),
        tuple(array(3, seed=i) for i in range(3)),
        True,
    )


CASES: list[Case] = []
if find_spec("scipy") is not None:
    from autograd.scipy import integrate
    from autograd.scipy.integrate import steps

    CASES += [*sample_cases(integrate), *step_cases(steps)]

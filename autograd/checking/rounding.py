"""The rounding errors of a derivative by the rules, and of the function: measured, not guessed."""

from collections.abc import Callable

import numpy as np

from autograd.checking.finite_differences import SAFETY, Vector

SHAKES = 3  # times six derivatives with the last digits changed
SHAKEN = 4  # units in the last place


def moved(
    derivative: Callable[..., Vector],
    along: Vector,
    point: Vector,
    precision: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """derivative(along, at=point), then the same with the last digits of all numbers changed.

    Its rounding errors cannot be told from one value. But each step of a computation rounds as if
    its inputs had been slightly different (Wilkinson, "Rounding Errors in Algebraic Processes",
    1963): how much slightly different inputs change the result says how well it is known. What is
    rounded more coarsely, as 1 - tanh(10)², shows where they differ by √precision: the means of
    opposite ones, combined as in `two_steps`, would be the same value. Where they are outside the
    domain nothing is learned.
    """
    found = [derivative(along)]
    for _ in range(SHAKES):
        of_point = point * signs(rng, point.size)
        of_along = along * signs(rng, along.size)

        def mean(
            h: float, of_point: Vector = of_point, of_along: Vector = of_along
        ) -> tuple[Vector, Vector, Vector]:
            there, back = (
                derivative(along + step * of_along, at=point + step * of_point) for step in (h, -h)
            )
            return (there + back) / 2, there, back

        try:
            _, *close = mean(SHAKEN * precision)
            near, wide = mean(np.sqrt(precision) / 2)[0], mean(np.sqrt(precision))[0]
        except (ArithmeticError, ValueError):
            continue
        found += [*close, (4 * near - wide) / 3]
    return np.stack(found)


def spread(found: np.ndarray) -> Vector:
    """How far the first of several values that should be equal may be from the truth.

    >>> spread(np.array([[1.0, 2.0], [1.0, 2.5]])) / SAFETY
    array([0. , 0.5])
    """
    with np.errstate(invalid="ignore"):
        gaps = np.nan_to_num(np.abs(found[1:] - found[0]), posinf=0.0)
    return SAFETY * np.max(gaps, axis=0, initial=0.0)


def signs(rng: np.random.Generator, size: int) -> Vector:
    """Numbers of random sign that are neither small nor large: each element counts."""
    return rng.uniform(0.5, 1.5, size) * rng.choice([-1.0, 1.0], size)

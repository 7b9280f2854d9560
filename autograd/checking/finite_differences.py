"""Derivatives along a direction from function values alone, each with an error bar.

`Function` maps a real vector to a real vector and returns NaN where it is not defined. Directions
are scaled so that a step of 1 is a large one: the steps here are relative. `size` is that of the
values, which their rounding errors are relative to.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

Vector = np.ndarray
Function = Callable[[Vector], Vector]

SHRINK = 4  # between neighbouring steps of `search`
LARGEST_STEP = 0.25
SAFETY = 3.0  # of error bars that come from rounding


class Estimate(NamedTuple):
    """A derivative found by differences.

    value        the derivative along the direction, one number per output.
    error        how far from the truth it may be.
    settled      whether several steps agreed on it.
    step         the largest step used, relative to the scale of the inputs.
    reach        the steepest way from the point to one close by: where the derivative is 0 and the
                 function is not flat, what is small beside this is as good as 0.
    """

    value: Vector
    error: Vector
    settled: np.ndarray
    step: float
    method: str
    reach: Vector | float = 0.0


def default_step(precision: float) -> float:
    """Where the rounding error, precision / h, meets the truncation error of fourth order, h⁴.

    >>> f"{default_step(2.2e-16):.1e}"
    '7.4e-04'
    """
    return precision**0.2


def _sides(
    f: Function, x: Vector, direction: Vector, steps: np.ndarray
) -> list[tuple[Vector, Vector]]:
    return [(f(x + h * direction), f(x - h * direction)) for h in steps]


def _slopes(sides: list[tuple[Vector, Vector]], steps: np.ndarray) -> list[Vector]:
    return [(right - left) / (2 * h) for (right, left), h in zip(sides, steps, strict=True)]


def two_steps(
    f: Function,
    x: Vector,
    direction: Vector,
    y: Vector,
    size: Vector,
    precision: float,
    step: float | None,
) -> Estimate:
    """Central differences with h and h/2, combined so that the h² terms cancel (Richardson).

    >>> x = np.ones(1)
    >>> found = two_steps(np.exp, x, x, np.exp(x), np.exp(x), 2.2e-16, None)
    >>> bool(abs(found.value - np.e) < 1e-10)
    True
    """
    h = default_step(precision) if step is None else step
    steps = np.array([h, h / 2])
    sides = _sides(f, x, direction, steps)
    wide, near = _slopes(sides, steps)
    value = (4 * near - wide) / 3
    rounding = SAFETY * precision * (size + np.abs(near)) / h
    error = np.abs(value - near) + rounding
    return Estimate(value, error, np.isfinite(value), h, "central", _reach(y, sides[:1], steps[:1]))


def search(
    f: Function, x: Vector, direction: Vector, y: Vector, size: Vector, precision: float
) -> Estimate:
    """Central differences with steps from √precision / 16 to 0.25; each output takes its best.

    Rounding errors, which shrink with the step, can be estimated well: from the precision, and from
    how the differences scatter at the smallest steps. Truncation errors cannot. So each output
    takes the largest step whose value lies within the error bars of all the smaller ones (Lepski,
    "On a problem of adaptive estimation in Gaussian white noise", 1991). Nothing is settled where
    the function is flat at the smallest steps only (rounded, or near a kink), or wild at all of
    them. A function that is 0 at the point has rounding errors a step away.

    >>> x = np.ones(1)
    >>> fast = lambda x: np.sin(1e6 * x)
    >>> found = search(fast, x, x, fast(x), np.ones(1), 2.2e-16)
    >>> bool(abs(found.value - 1e6 * np.cos(1e6)) <= found.error)
    True
    """
    # A step much smaller than its input is rounded itself.
    moving = direction != 0
    coarseness = np.max(np.abs(x[moving] / direction[moving]), initial=1.0)
    smallest = max(np.sqrt(precision) / 16, 64 * precision * coarseness)
    count = max(int(np.log(LARGEST_STEP / smallest) / np.log(SHRINK)) + 1, 5)
    steps = LARGEST_STEP / float(SHRINK) ** np.arange(count)[::-1]
    sides = _sides(f, x, direction, steps)
    slopes = _slopes(sides, steps)
    scatter = [
        np.abs(a - b) * h for a, b, h in zip(slopes[:3], slopes[1:4], steps[:3], strict=True)
    ]
    scattered = np.nan_to_num(np.median(scatter, axis=0))
    noise = scattered + precision * size

    value = np.full_like(size, np.nan)
    error = np.full_like(size, np.inf)
    low, high = -error, error.copy()
    agreeing = np.zeros(size.shape, dtype=int)
    best = np.zeros(size.shape, dtype=int)
    open_ = np.ones(size.shape, dtype=bool)
    for i, (near, wide) in enumerate(pairwise(slopes)):
        found = (SHRINK**2 * near - wide) / (SHRINK**2 - 1)
        met = np.fmax(size, np.fmax(*np.abs(sides[i + 1])))
        bar = SAFETY * (scattered + precision * (met + coarseness * np.abs(near))) / steps[i]
        inside = open_ & (found + bar >= low) & (found - bar <= high)
        low = np.where(inside, np.maximum(low, found - bar), low)
        high = np.where(inside, np.minimum(high, found + bar), high)
        moved = np.where(agreeing > 0, np.abs(found - value), bar)
        error = np.where(inside, bar + moved, error)
        value = np.where(inside, found, value)
        best = np.where(inside, i + 1, best)
        agreeing += inside
        open_ &= inside | (agreeing == 0)
    steepest = np.nan_to_num(np.max(np.abs(slopes), axis=0))
    range_ = np.nan_to_num(
        np.max([np.abs(a) * h for a, h in zip(slopes, steps, strict=True)], axis=0)
    )
    explained = SAFETY * precision * size / steps[1]
    still = np.all([(right == y) & (left == y) for right, left in sides[:2]], axis=0)
    flat_first = still & (steepest > explained)
    wild = noise > 1e-2 * np.maximum(size, range_)
    error = np.where(flat_first | wild, np.maximum(error, steepest), error)
    step = float(steps[np.max(best, initial=0)])
    settled = (agreeing >= 3) & ~flat_first & ~wild
    return Estimate(value, error, settled, step, "central", _reach(y, sides[:-2], steps[:-2]))


def _reach(y: Vector, sides: list[tuple[Vector, Vector]], steps: np.ndarray) -> Vector:
    """The slope from the point to the farthest of these, on the steeper side."""
    right, left = sides[-1]
    return np.nan_to_num(np.fmax(np.abs(right - y), np.abs(left - y)) / steps[-1], posinf=0.0)


def complex_step(
    f: Callable[[Vector], Vector | None], x: Vector, direction: Vector, y: Vector
) -> Estimate | None:
    """Im f(x + ih d) / h: no difference is taken, so that h may be tiny and nothing is lost.

    Only for an f that is analytic and computes with complex numbers; None where it visibly is not.
    Source: Squire and Trapp, "Using complex variables to estimate derivatives of real functions",
    1998.

    >>> x = np.ones(1)
    >>> complex_step(lambda z: 1e12 + np.exp(z), x, x, 1e12 + np.exp(x)).value - np.e
    array([0.])
    """
    h = 1e-20
    z: Any = f(x + 1j * h * direction)
    if z is None or z.dtype.kind != "c" or z.shape != y.shape:
        return None
    if not np.allclose(z.real, y, rtol=1e-8, atol=1e-300) or not np.isfinite(z).all():
        return None
    value = z.imag / h
    return Estimate(value, 1e-12 * np.abs(value), np.ones(y.shape, dtype=bool), h, "complex step")


def one_sided(
    f: Function, x: Vector, direction: Vector, y: Vector, precision: float
) -> tuple[Vector, Vector, np.ndarray]:
    """The slopes to the left and to the right, and whether they differ however small the step.

    >>> x = np.zeros(1)
    >>> one_sided(np.abs, x, x + 1, x, 2.2e-16)
    (array([-1.]), array([1.]), array([ True]))
    """
    sides = []
    for h in (precision**0.25, precision**0.25 / 16):
        left, right = (y - f(x - h * direction)) / h, (f(x + h * direction) - y) / h
        sides.append((left, right))
    (wide_left, wide_right), (left, right) = sides
    jump, wide_jump = np.abs(right - left), np.abs(wide_right - wide_left)
    size = np.maximum(np.abs(left), np.abs(right))
    floor = 16 * SAFETY * precision * np.abs(y) / precision**0.25
    return left, right, (jump > 0.5 * wide_jump) & (jump > 1e-3 * size + floor)

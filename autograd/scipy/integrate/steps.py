"""Steps of Runge-Kutta methods, in recorded operations.

SciPy's solvers choose the steps, on plain numbers. Here each step they accepted is made once more,
on Values: the result is SciPy's, and its derivative is that of the discrete solution, exactly, with
the lengths of the steps held fixed. The coefficients are those of SciPy's own classes.

Sources: E. Hairer, S. Norsett, G. Wanner, "Solving ordinary differential equations I" (1993), II.4
to II.6; E. Hairer, G. Wanner, "Solving ordinary differential equations II" (1996), IV.8.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import scipy.integrate

from autograd.broadcast import data_of
from autograd.calls import plain
from autograd.implicit import implicit_function
from autograd.jacobians import all_derivatives
from autograd.op import linear
from autograd.value import Value

Function = Callable[[Any, Any], Any]


def _sum_back(wanted: Sequence[bool], g: Any, y: Any, *xs: Any, weights: np.ndarray) -> list[Any]:
    return [w * g if asked else None for asked, w in zip(wanted, weights, strict=True)]


weighted_sum = linear(
    lambda *xs, weights: np.tensordot(weights, np.array(xs), 1),
    joint=_sum_back,
    bind=lambda args, kwargs: (args, kwargs),
    name="weighted_sum",
)


def _advanced(y: Any, h: Any, weights: Sequence[float], slopes: Sequence[Any]) -> Any:
    """y + h times the weighted sum of the slopes."""
    used = [i for i, w in enumerate(weights) if w != 0]
    terms = [slopes[i] for i in used]
    if type(h) is Value:
        return y + h * weighted_sum(*terms, weights=np.array([weights[i] for i in used]))
    return weighted_sum(y, *terms, weights=np.array([1.0, *(h * weights[i] for i in used)]))


class Explicit:
    """An explicit method: its stages one after another."""

    def __init__(self, method: str) -> None:
        self.tableau: Any = getattr(scipy.integrate, method)

    def start(self, f: Function, t: Any, y: Any) -> Any:
        """What the first step needs from before it: the slope."""
        return f(t, y)

    def step(self, f: Function, t: Any, y: Any, h: Any, slope: Any) -> tuple[Any, Any, Any]:
        """y after a step of length h, what the next one needs, and the stages."""
        stages = [slope]
        for a, c in zip(self.tableau.A[1:], self.tableau.C[1:], strict=True):
            stages.append(f(t + c * h, _advanced(y, h, a, stages)))
        after = _advanced(y, h, self.tableau.B, stages)
        last = f(t + h, after)
        return after, last, [*stages, last]

    def inside(self, f: Function, t: Any, y: Any, h: Any, stages: Any, after: Any, x: Any) -> Any:
        """y at the fractions x of the step, one row for each."""
        powers = np.expand_dims(x, -1) ** np.arange(1, self.tableau.P.shape[1] + 1)
        slopes = np.stack(stages)
        return y + h * (powers @ (self.tableau.P.T @ slopes))


class DormandPrince853(Explicit):
    """The method of order 8, whose interpolation takes three more stages."""

    def __init__(self) -> None:
        super().__init__("DOP853")

    def inside(self, f: Function, t: Any, y: Any, h: Any, stages: Any, after: Any, x: Any) -> Any:
        """y at the fractions x of the step, one row for each."""
        stages = list(stages)
        for a, c in zip(self.tableau.A_EXTRA, self.tableau.C_EXTRA, strict=True):
            stages.append(f(t + c * h, _advanced(y, h, a, stages)))
        change = after - y
        first, last = stages[0], stages[self.tableau.n_stages]
        rows = [change, h * first - change, 2 * change - h * (first + last)]
        rows += [_advanced(0.0 * y, h, d, stages) for d in self.tableau.D]
        # x, x (1 - x), x² (1 - x), x² (1 - x)² ...
        columns = [x]
        for i in range(1, len(rows)):
            columns.append(columns[-1] * (x if i % 2 == 0 else 1 - x))
        return y + np.stack(columns, axis=-1) @ np.stack(rows)


@cache
def _collocation() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Radau's places c, the weights that integrate up to them, and those of the interpolation."""
    root = np.sqrt(6.0)
    c = np.array([(4 - root) / 10, (4 + root) / 10, 1.0])
    powers = c[:, np.newaxis] ** np.arange(3)
    integrals = c[:, np.newaxis] ** np.arange(1, 4) / np.arange(1, 4)
    return c, integrals @ np.linalg.inv(powers), np.linalg.inv(powers * c[:, np.newaxis])


def _newton(f: Function, residual: Any, z: np.ndarray, t: Any, y: np.ndarray, h: Any) -> np.ndarray:
    """The z with residual(z) = 0, from one nearby, until rounding is all that is left.

    Newton's method with the slopes' Jacobian at the end of the step.
    """
    end = y + z[2]
    slopes = all_derivatives(lambda y: f(t + h, y))(end)
    inverse = np.linalg.inv(np.eye(z.size) - h * np.kron(_collocation()[1], slopes))
    smallest = np.inf
    for _ in range(50):
        change = inverse @ plain(residual(z, t, y, h)).reshape(-1)
        size = float(np.max(np.abs(change), initial=0.0))
        if size >= smallest:
            break
        smallest = size
        z = z - change.reshape(z.shape)
    return z


class Radau:
    """Radau's implicit method of order 5: the stages solve an equation, and are its solution."""

    def __init__(self, guess: Callable[[Any], Any]) -> None:
        self.guess = guess  # t -> y, near the solution

    def start(self, f: Function, t: Any, y: Any) -> Any:
        """Nothing."""

    def step(self, f: Function, t: Any, y: Any, h: Any, slope: Any) -> tuple[Any, Any, Any]:
        """y after a step of length h, nothing, and the stages z: y is y + z there."""
        c, weights, _ = _collocation()

        def residual(z: Any, t: Any, y: Any, h: Any) -> Any:
            slopes = np.stack([f(t + c[i] * h, y + z[i]) for i in range(3)])
            return z - h * (weights @ slopes)

        def solve(t: Any, y: Any, h: Any) -> Any:
            z = np.stack([self.guess(t + x * h) for x in c]) - y
            return _newton(f, residual, z, t, y, h)

        z = implicit_function(solve, residual)(t, y, h)
        return y + z[2], None, z

    def inside(self, f: Function, t: Any, y: Any, h: Any, stages: Any, after: Any, x: Any) -> Any:
        """y at the fractions x of the step, one row for each."""
        powers = np.expand_dims(x, -1) ** np.arange(1, 4)
        return y + powers @ (_collocation()[2] @ stages)


def method_of(name: str, guess: Callable[[Any], Any]) -> Any:
    """The steps of SciPy's method of this name, Radau's for all that are not explicit.

    `guess` is SciPy's solution, a function of time.
    """
    if name == "DOP853":
        return DormandPrince853()
    return Explicit(name) if name in ("RK23", "RK45") else Radau(guess)


class Solution:
    """y(t) inside the interval that was solved, in recorded operations: `.sol` of a result.

    times, ends    the times between the steps, and y there.
    """

    def __init__(
        self, f: Function, times: Sequence[Any], lengths: Sequence[Any], y: Any, method: Any
    ) -> None:
        self.times = times
        self.ends = [y]
        self._f, self._method = f, method
        self._steps: list[tuple[Any, ...]] = []
        needed = method.start(f, times[0], y)
        for t, h in zip(times, lengths, strict=False):
            after, needed, stages = method.step(f, t, y, h, needed)
            self._steps.append((t, y, h, stages, after))
            self.ends.append(after)
            y = after
        self._sign = np.sign(data_of(times[-1]) - data_of(times[0]))
        self._limits = self._sign * np.array(plain(list(times[1:])), dtype=float)

    def __call__(self, t: Any) -> Any:
        """y at a time, or one column for each of several."""
        if np.ndim(t) == 0:
            return self(np.reshape(t, (1,)))[:, 0]
        if not self._steps or np.shape(t)[0] == 0:
            y = np.expand_dims(self.ends[0], -1)
            return np.broadcast_to(y, (np.shape(y)[0], np.shape(t)[0]))
        # A time at the end of a step belongs to that step.
        numbers = np.searchsorted(self._limits, self._sign * np.asarray(data_of(t)))
        numbers = np.minimum(numbers, len(self._steps) - 1)
        places = [np.flatnonzero(numbers == number) for number in np.unique(numbers)]
        rows = [self._inside(numbers[part[0]], t[part]) for part in places]
        order = np.argsort(np.concatenate(places))
        return np.transpose(np.concatenate(rows)[order])

    def _inside(self, number: int, t: Any) -> Any:
        start, y, h, stages, after = self._steps[number]
        return self._method.inside(self._f, start, y, h, stages, after, (t - start) / h)

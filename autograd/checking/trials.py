"""The comparison itself: one stage of a gradient check, along random directions."""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.finite_differences import (
    SAFETY,
    Estimate,
    Vector,
    complex_step,
    one_sided,
    search,
    two_steps,
)
from autograd.checking.report import StageCheck
from autograd.checking.rounding import SHAKEN, moved, signs, spread
from autograd.checking.stages import Stage
from autograd.checking.verdicts import BAD, OK, OPEN, TINY, Comparison, Observed, judge
from autograd.errors import ArgumentError

# Values of the function a few units in the last place apart, where a derivative disagrees.
VALUES = 16


class Settings(NamedTuple):
    """What all comparisons of one gradient check have in common."""

    precision: float
    rtol: float
    atol: float
    eps: float | None
    method: str
    rng: np.random.Generator


class Trial:
    """A stage at its point, with the random directions in which it is checked.

    The inputs are stepped by their own sizes, and grouped by the size of their contributions to
    the pullback: a group has its own direction, so that a large contribution hides no small one.
    The cotangent weighs the outputs so that each counts.
    """

    def __init__(self, stage: Stage, settings: Settings, grouped: bool) -> None:
        self.stage = stage
        self.settings = settings
        self.grouped = grouped
        self.measured = False
        self.scales = stage.inputs.scales(stage.point)
        wide = stage.inputs.wide_scales(stage.point)
        # The input's own size fits most functions; the others serve cos(1e-8) and sin(1e8).
        self.scales_of = {"own": self.scales, "wide": wide, "unit": np.minimum(self.scales, 1.0)}
        self.weights = signs(settings.rng, stage.inputs.size)
        self._weigh(signs(settings.rng, stage.outputs.size))

    def _weigh(self, chosen: Vector) -> None:
        """Choose the cotangent and the groups, by the sizes of the stage."""
        stage = self.stage
        self.known: dict[tuple[bytes, str], tuple[Vector, Estimate] | None] = {}
        everything = np.ones(stage.inputs.size, dtype=bool)
        _, _, first = next(self.estimates(everything))
        # An output that hardly moves, or is not known to move, gets no weight that would drown the
        # others in its rounding.
        size = np.fmax(np.abs(first.value) - first.error, 1e-4 * stage.sizes)
        self.cotangent = chosen / np.where(size > TINY, size, 1.0)
        self.groups = [everything]
        if self.grouped:
            self.gradients = self._gradients(self.cotangent)
            self.groups = _groups(np.abs(self.gradients[0]) * self.scales)

    def derived(self, mode: str) -> Stage:
        """The derivative of this stage, as the next stage."""
        if mode == "rev":
            return self.stage.pulled(self.cotangent)
        return self.stage.pushed(self.weights * self.scales)

    # Differences

    def estimates(self, inputs: np.ndarray) -> Iterator[tuple[str, Vector, Estimate]]:
        """(way, direction, derivative by differences), each dearer than the one before."""
        ways = ["two own steps"]
        if self.settings.method == "complex":
            ways = ["complex own step"]
        elif self.settings.eps is None:
            ways += ["two wide steps", "many own steps", "many wide steps"]
            if np.max(self.scales, initial=0.0) > 1e3:
                ways += ["many unit steps"]
            if self.settings.method == "auto":
                ways += ["complex own step"]
        for way in ways:
            key = (inputs.tobytes(), way)
            if key not in self.known:
                how, scale, _ = way.split()
                direction = self.weights * self.scales_of[scale] * inputs
                found = self._estimate(how, direction)
                if how == "complex" and len(ways) > 1:
                    found = _consistent(found, self.known[key[0], "many own steps"])
                self.known[key] = None if found is None else (direction, found)
            pair = self.known[key]
            if pair is not None:
                yield way, *pair

    def _estimate(self, how: str, direction: Vector) -> Estimate | None:
        stage, settings = self.stage, self.settings
        if how == "complex":
            found = complex_step(stage.complex_values, stage.point, direction, stage.value)
            if found is None and settings.method == "complex":
                raise ArgumentError(
                    "a real function that computes with complex numbers, for the complex step",
                    f"one that does not: {stage.name or 'the function itself'}",
                    "leave method out",
                )
            return found
        y, size = stage.value, stage.sizes
        point = (stage.values, stage.point, direction, y, size, settings.precision)
        return two_steps(*point, settings.eps) if how == "two" else search(*point)

    def _gradients(self, cotangent: Vector) -> np.ndarray:
        """The pullback of a cotangent, and minus that of its opposite: equal, if it is linear."""
        return np.stack([self.stage.pull(cotangent), -self.stage.pull(-cotangent)])

    def _tangents(self, direction: Vector, outputs: np.ndarray) -> Vector:
        """The same for the pushforward of a direction, one after the other."""
        there, back = self.stage.push(direction), -self.stage.push(-direction)
        return np.concatenate([there[outputs], back[outputs]])

    def moved(
        self, derivative: Callable[..., Vector], along: Vector, precision: float | None = None
    ) -> np.ndarray:
        """A derivative at this point, then the same with the last digits of all numbers changed."""
        settings = self.settings
        precision = settings.precision if precision is None else precision
        return moved(derivative, along, self.stage.point, precision, settings.rng)

    def _measure(self) -> None:
        """Let the rounding errors of the function say how large the terms are that it adds up.

        They are larger than |f| where they cancel, and what is 0 up to rounding has their size.
        """
        stage = self.stage
        digits = SHAKEN * self.settings.precision
        steps = [stage.point * signs(self.settings.rng, stage.inputs.size) for _ in range(VALUES)]
        found = [stage.value, *(stage.values(stage.point + digits * step) for step in steps)]
        terms = spread(np.stack(found)) / (SAFETY * digits)
        self.stage = replace(stage, sizes=np.maximum(stage.sizes, terms))
        self.measured = True
        self._weigh(signs(self.settings.rng, stage.outputs.size))

    def symmetric(self) -> "Trial | None":
        """This trial along a direction that keeps Hermitian matrices Hermitian; None without them.

        >>> x = np.eye(2)
        >>> _hermitian(x), _hermitian(np.ones(2)), _hermitian(x[:1])
        (True, False, False)
        """
        inputs = self.stage.inputs
        leaves = inputs.leaves(self.stage.point)
        if not any(map(_hermitian, leaves)):
            return None
        found = copy(self)
        found.weights = inputs.vector(
            [
                np.tril(w) + np.conj(np.swapaxes(np.tril(w, -1), -1, -2)) if _hermitian(x) else w
                for x, w in zip(leaves, inputs.leaves(self.weights), strict=True)
            ]
        )
        found._weigh(np.sign(self.cotangent))
        return found

    # Verdicts

    def check(self, mode: str) -> StageCheck:
        """The derivative in one mode, along a random direction for each group of inputs."""
        found = [self.along(mode, group) for group in self.groups]
        if any(c.bad.any() for c in found) and not self.measured:
            self._measure()
            found = [self.along(mode, group) for group in self.groups]
        worst = max(found, key=lambda c: (c.bad.any(), np.max(c.relative, initial=0.0)))
        return StageCheck(
            self.stage.derivative(mode),
            not worst.bad.any(),
            float(np.max(worst.relative, initial=0.0)),
            worst.step,
            worst.method,
            bool(worst.bad.any() and worst.unresolved[worst.bad].all()),
        )

    def along(self, mode: str, inputs: np.ndarray, outputs: np.ndarray | None = None) -> Comparison:
        """The comparison along a direction of some inputs, of some outputs' derivatives."""
        if outputs is None:
            outputs = np.ones(self.stage.outputs.size, dtype=bool)
        if mode == "fwd":
            return self.compare(
                inputs,
                lambda d: self._tangents(d, outputs),
                lambda e, d: self.of_outputs(e, np.tile(np.flatnonzero(outputs), 2)),
                lambda d: np.tile(spread(self.moved(self.stage.push, d))[outputs], 2),
            )
        whole = outputs.all()
        c = self.cotangent * outputs
        gradients = self.gradients if whole else self._gradients(c)
        shaken = cache(lambda: self.moved(self.stage.pull, c))

        def weighed(estimate: Estimate, direction: Vector) -> Observed:
            value, error, settled, step, method, reach = estimate
            parts = c[outputs] * value[outputs]
            scalar = Estimate(
                np.repeat(np.sum(parts), 2),
                np.repeat(np.abs(c[outputs]) @ error[outputs], 2),
                np.repeat(settled[outputs].all(), 2),
                step,
                method,
            )
            size = np.linalg.norm(parts)
            natural = np.linalg.norm(c * np.maximum(self.stage.sizes, reach))
            return Observed(scalar, np.repeat(size, 2), np.repeat(natural, 2))

        return self.compare(
            inputs,
            lambda d: _dots(gradients, d),
            weighed,
            lambda d: spread(_dots(shaken(), d)),
        )

    def of_outputs(self, estimate: Estimate, outputs: np.ndarray, unit: float = 1.0) -> Observed:
        """Some outputs of an estimate, for a step of one unit of the input."""
        value, error, settled, step, method, reach = estimate
        per_unit = value[outputs] / unit, error[outputs] / abs(unit)
        chosen = Estimate(*per_unit, settled[outputs], step, method)
        natural = np.maximum(self.stage.sizes, reach)[outputs] / abs(unit)
        return Observed(chosen, np.zeros_like(natural), natural)

    def compare(
        self,
        inputs: np.ndarray,
        analytic: Callable[[Vector], Vector],
        observe: Callable[[Estimate, Vector], Observed],
        rounding: Callable[[Vector], Vector],
    ) -> Comparison:
        """Try ever better differences until every element is decided.

        The first, cheap difference may only acquit; what it leaves open goes to the next. What no
        difference decides passes where its error bar, and the `rounding` of the derivative by the
        rules, say that little could be wrong.
        """
        rtol, atol = self.settings.rtol, self.settings.atol
        found = None
        for way, direction, estimate in self.estimates(inputs):
            now = judge(analytic(direction), observe(estimate, direction), rtol, atol)
            if way.startswith("two") and self.settings.eps is None:
                now.error[now.verdict == BAD] = np.inf
                now.verdict[now.verdict == BAD] = OPEN
            elif (now.verdict != OK).any():
                now = now.blurred(rounding(direction), rtol)
            if found is None:
                found = now
            else:
                if way.startswith("complex"):
                    # It has no error bar: what may be 0 up to rounding errors is not its to judge.
                    now.error[found.known & (now.verdict == BAD)] = np.inf
                    now.verdict[found.known & (now.verdict == BAD)] = OPEN
                found = found.refined(now)
            if not (found.verdict == OPEN).any():
                break
        if found is None:
            raise AssertionError("there is always a first estimate")
        return found

    def sides(self, direction: Vector) -> tuple[Vector, Vector, np.ndarray]:
        """The slopes to the left and to the right, and whether they differ."""
        stage = self.stage
        return one_sided(stage.values, stage.point, direction, stage.value, self.settings.precision)

    def kinks(self) -> list[str]:
        """The outputs that have different slopes on the two sides of the point."""
        _, _, jumps = self.sides(self.weights * self.scales)
        return [
            label for label, jump in zip(self.stage.outputs.labels(), jumps, strict=True) if jump
        ]


def _hermitian(x: Any) -> bool:
    """Whether x is one square matrix, or several, that a conjugate transposition leaves alone."""
    x = np.asarray(x)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2] or x.shape[-1] < 2:
        return False
    return bool(np.allclose(x, np.conj(np.swapaxes(x, -1, -2)), rtol=1e-12, atol=0))


def _dots(gradients: np.ndarray, direction: Vector) -> Vector:
    with np.errstate(invalid="ignore"):
        return gradients @ direction


def only(size: int, position: int) -> np.ndarray:
    """The mask of a single position."""
    return np.arange(size) == position


def _groups(contributions: Vector) -> list[np.ndarray]:
    """Masks of the inputs whose contributions are within a factor of 10⁴; zeros by themselves."""
    sizes = np.nan_to_num(contributions, nan=0.0, posinf=0.0)
    largest = np.max(sizes, initial=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where(sizes > 0, np.clip(np.log10(largest / sizes) // 4, 0, 5), 6)
    return [level == n for n in np.unique(level)] or [np.ones(0, dtype=bool)]


def _consistent(exact: Estimate | None, central: tuple[Vector, Estimate] | None) -> Estimate | None:
    """The complex step, unless central differences contradict it: then f is not analytic."""
    if exact is None or central is None:
        return None
    _, rough = central
    gap = np.abs(exact.value - rough.value)
    return exact if (gap <= 3 * rough.error + 1e-6 * np.abs(exact.value)).all() else None

"""The comparison itself: one stage of a gradient check, along random directions or by elements."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from autograd.check_report import ROWS_SHOWN, Element, StageCheck
from autograd.check_stages import Stage
from autograd.errors import ArgumentError
from autograd.finite_differences import (
    Estimate,
    Vector,
    complex_step,
    one_sided,
    search,
    two_steps,
)

MOST = 200  # rows and columns of a table; where there are more, the wrong ones are searched for
FLAT = 1e-6  # a derivative known to this part of |f| / |x| is known well enough to be small
TINY = 1e-290
OK, OPEN, BAD = 0, 1, 2


class Settings(NamedTuple):
    """What all comparisons of one gradient check have in common."""

    precision: float
    rtol: float
    atol: float
    eps: float | None
    method: str
    rng: np.random.Generator


class Observed(NamedTuple):
    """An estimate, and the sizes that it is judged by.

    size       what rounding errors are relative to, beside the derivative itself.
    natural    |f|: what a derivative along a direction of the inputs' own size is compared with.
    """

    estimate: Estimate
    size: Vector
    natural: Vector


@dataclass
class Comparison:
    """Derivatives by the rules and by differences, element by element, with the verdicts on them."""

    analytic: Vector
    numeric: Vector
    error: Vector
    gap: Vector
    allowed: Vector
    natural: Vector
    verdict: np.ndarray
    step: float
    method: str

    @property
    def relative(self) -> Vector:
        """The gap relative to the derivative, or to what is as good as zero."""
        return np.nan_to_num(self.gap, nan=np.inf) / self._size

    @property
    def _size(self) -> Vector:
        size = np.fmax(np.abs(self.analytic), np.abs(self.numeric))
        return np.fmax(np.where(np.isfinite(size), size, 1.0), FLAT * self.natural + TINY)

    @property
    def known(self) -> np.ndarray:
        """Whether the differences say enough to acquit an element that they do not contradict."""
        size = np.fmax(np.abs(self.analytic), np.abs(self.numeric))
        size = np.where(np.isfinite(size), size, 0.0)
        return self.error <= np.fmax(1e-2 * size, FLAT * self.natural)

    @property
    def acquitted(self) -> np.ndarray:
        """Open elements that may pass."""
        return (self.verdict == OPEN) & self.known & (self.gap <= self.allowed + self.error)

    @property
    def bad(self) -> np.ndarray:
        """Elements that disagree, or of which nothing can be said."""
        return (self.verdict != OK) & ~self.acquitted

    @property
    def unresolved(self) -> np.ndarray:
        """Elements of which the differences, too noisy, say nothing."""
        return (self.verdict == OPEN) & ~self.acquitted

    def refined(self, now: "Comparison") -> "Comparison":
        """This, with the elements that `now` decides, or measures better, in place of open ones."""
        better = now.error / now._size < self.error / self._size
        take = (self.verdict == OPEN) & ((now.verdict != OPEN) | better)
        arrays = [
            np.where(take, getattr(now, name), getattr(self, name))
            for name in ("analytic", "numeric", "error", "gap", "allowed", "natural", "verdict")
        ]
        last = now if take.any() else self
        return Comparison(*arrays, last.step, last.method)


class Trial:
    """A stage at its point, with the random directions in which it is checked.

    The inputs are stepped by their own sizes, and grouped by the size of their contributions to
    the pullback: a group has its own direction, so that a large contribution hides no small one.
    The cotangent weighs the outputs so that each counts.
    """

    def __init__(self, stage: Stage, settings: Settings, grouped: bool) -> None:
        self.stage = stage
        self.settings = settings
        self.scales = stage.inputs.scales(stage.point)
        wide = stage.inputs.wide_scales(stage.point)
        # The input's own size fits most functions; the others serve cos(1e-8) and sin(1e8).
        self.scales_of = {"own": self.scales, "wide": wide, "unit": np.minimum(self.scales, 1.0)}
        # What rounding errors are relative to, and what makes a derivative large or small.
        floor = FLAT * min(1.0, np.max(np.abs(stage.point), initial=0.0))
        self.sizes = np.maximum(stage.outputs.sizes(stage.value), floor)
        self.weights = _random(settings.rng, stage.inputs.size)
        self.known: dict[tuple[bytes, str], tuple[Vector, Estimate] | None] = {}
        everything = np.ones(stage.inputs.size, dtype=bool)
        _, _, first = next(self.estimates(everything))
        rounding = 1e7 * settings.precision * self.sizes / max(first.step, 1e-8)
        size = np.fmax(np.abs(first.value), rounding)
        self.cotangent = _random(settings.rng, stage.outputs.size) / np.where(size > 0, size, 1.0)
        self.groups = [everything]
        if grouped:
            self.gradient = stage.pull(self.cotangent)
            self.groups = _groups(np.abs(self.gradient) * self.scales)

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
                    "a function of real numbers that computes with complex ones, for the complex step",
                    f"one that does not: {stage.name or 'the function itself'}",
                    "leave method out",
                )
            return found
        point = (stage.values, stage.point, direction, self.sizes, settings.precision)
        return two_steps(*point, settings.eps) if how == "two" else search(*point)

    # Verdicts

    def check(self, mode: str) -> StageCheck:
        """The derivative in one mode, along a random direction for each group of inputs."""
        found = [self._along(mode, group) for group in self.groups]
        worst = max(found, key=lambda c: (c.bad.any(), np.max(c.relative, initial=0.0)))
        return StageCheck(
            self.stage.derivative(mode),
            not worst.bad.any(),
            float(np.max(worst.relative, initial=0.0)),
            worst.step,
            worst.method,
            bool(worst.bad.any() and worst.unresolved[worst.bad].all()),
        )

    def _along(
        self, mode: str, inputs: np.ndarray, outputs: np.ndarray | None = None
    ) -> Comparison:
        """The comparison along a direction of some inputs, of some outputs' derivatives."""
        if mode == "fwd":
            every = slice(None) if outputs is None else outputs
            return self._compare(
                inputs, lambda d: self.stage.push(d)[every], lambda e, d: self._of_outputs(e, every)
            )
        c, gradient = self.cotangent, self.gradient
        if outputs is not None:
            c = c * outputs
            gradient = self.stage.pull(c)

        def weighed(estimate: Estimate, direction: Vector) -> Observed:
            value, error, settled, step, method = estimate
            used = c != 0
            parts = c[used] * value[used]
            scalar = Estimate(
                np.array([np.sum(parts)]),
                np.array([np.abs(c[used]) @ error[used]]),
                np.array([settled[used].all()]),
                step,
                method,
            )
            sizes = np.linalg.norm(parts), np.linalg.norm(c * self.sizes)
            return Observed(scalar, *(np.array([size]) for size in sizes))

        return self._compare(inputs, lambda d: np.array([_dot(gradient, d)]), weighed)

    def _of_outputs(
        self, estimate: Estimate, outputs: slice | np.ndarray, unit: float = 1.0
    ) -> Observed:
        value, error, settled, step, method = estimate
        per_unit = value[outputs] / unit, error[outputs] / abs(unit)
        chosen = Estimate(*per_unit, settled[outputs], step, method)
        natural = self.sizes[outputs] / abs(unit)
        return Observed(chosen, np.zeros_like(natural), natural)

    def _compare(
        self,
        inputs: np.ndarray,
        analytic: Callable[[Vector], Vector],
        observe: Callable[[Estimate, Vector], Observed],
    ) -> Comparison:
        """Try ever better differences until every element is decided.

        The first, cheap difference may only acquit; what it leaves open goes to the next. What no
        difference decides passes where its error bar says that little could be wrong.
        """
        found = None
        for way, direction, estimate in self.estimates(inputs):
            now = self._judge(analytic(direction), observe(estimate, direction))
            if way.startswith("two") and self.settings.eps is None:
                now.verdict[now.verdict == BAD] = OPEN
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

    def _judge(self, analytic: Vector, observed: Observed) -> Comparison:
        (numeric, error, settled, step, method), size, natural = observed
        with np.errstate(invalid="ignore"):
            gap = np.abs(analytic - numeric)
            size = np.fmax(np.fmax(np.abs(analytic), np.abs(numeric)), size)
            allowed = self.settings.atol + self.settings.rtol * size + TINY
        unsure = (gap <= allowed + error) | ~settled
        verdict = np.where(gap <= allowed, OK, np.where(unsure, OPEN, BAD))
        verdict[~np.isfinite(analytic)] = BAD
        return Comparison(analytic, numeric, error, gap, allowed, natural, verdict, step, method)

    # Element by element

    def elements(self, mode: str) -> list[Element]:
        """The Jacobian, worst element first; of a large one the part where the errors are."""
        stage = self.stage
        every = np.ones(stage.inputs.size, dtype=bool)
        columns = _suspects(len(every), lambda part: self._along(mode, part).bad.any())
        rows = _suspects(stage.outputs.size, lambda part: self._along(mode, every, part).bad.any())
        jacobian = self._jacobian(mode, rows, columns)
        outputs, inputs = stage.outputs.labels(), stage.inputs.labels()
        found = []
        for column, analytic in zip(columns, jacobian.T, strict=True):
            compared = self._compare(
                _only(len(every), column),
                lambda d, known=analytic: known,
                lambda e, d, at=column: self._of_outputs(e, rows, d[at]),
            )
            kinks = self._kinks(column, rows, analytic) if compared.bad.any() else {}
            for i, row in enumerate(rows):
                found.append(
                    Element(
                        outputs[row],
                        inputs[column],
                        float(analytic[i]) + 0.0,
                        float(compared.numeric[i]) + 0.0,
                        float(compared.gap[i]),
                        float(compared.relative[i]),
                        float(compared.error[i]),
                        bool(compared.bad[i]),
                        kinks.get(row) if compared.bad[i] else None,
                    )
                )
        return sorted(found, key=lambda e: (not e.bad, -e.relative, -np.nan_to_num(e.absolute)))

    def _jacobian(self, mode: str, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        stage = self.stage
        if mode == "rev":
            pulled = [stage.pull(_only(stage.outputs.size, i) * 1.0)[columns] for i in rows]
            return np.reshape(pulled, (len(rows), len(columns)))
        pushed = [stage.push(_only(stage.inputs.size, j) * 1.0)[rows] for j in columns]
        return np.reshape(pushed, (len(columns), len(rows))).T

    def _kinks(
        self, column: int, rows: np.ndarray, analytic: Vector
    ) -> dict[int, tuple[float, float]]:
        """The slopes on both sides, for outputs where they differ and the rules' is between them."""
        unit = self.scales[column]
        left, right, jumps = self._sides(_only(self.stage.inputs.size, column) * unit)
        found = {}
        for row, a in zip(rows, analytic, strict=True):
            low, high = sorted((left[row] / unit, right[row] / unit))
            margin = 1e-3 * (high - low)
            if jumps[row] and low - margin <= a <= high + margin:
                found[int(row)] = (float(left[row] / unit), float(right[row] / unit))
        return found

    def _sides(self, direction: Vector) -> tuple[Vector, Vector, np.ndarray]:
        stage = self.stage
        return one_sided(
            stage.values, stage.point, direction, stage.value, self.settings.precision
        )

    def kinks(self) -> list[str]:
        """The outputs that have different slopes on the two sides of the point."""
        _, _, jumps = self._sides(self.weights * self.scales)
        return [label for label, jump in zip(self.stage.outputs.labels(), jumps, strict=True) if jump]

    # In the dtypes of the arguments

    def narrow_elements(self, mode: str) -> list[Element]:
        """Where the derivative in the arguments' own dtypes differs from the one in float64.

        Only gross differences: rounding errors in the function cannot be told from those of a rule.
        """
        stage = self.stage
        dtypes = (*stage.inputs.dtypes, *stage.outputs.dtypes)
        precision = max((float(np.finfo(dtype).eps) for dtype in dtypes), default=0.0)
        if stage.narrow or precision < 1e-10:
            return []
        if mode == "rev":
            c, space, from_, to = self.cotangent, stage.inputs, "cotangent", "gradient"
            wide, narrow = self.gradient, stage.pull(c, narrow=True)
            natural = np.linalg.norm(c * self.sizes) / self.scales
        else:
            d, space, from_, to = self.weights * self.scales, stage.outputs, "direction", "tangent"
            wide, narrow = stage.push(d), stage.push(d, narrow=True)
            natural = self.sizes
        found = []
        labels = space.labels()
        for start, end in zip(space.ends, space.ends[1:], strict=False):
            size = np.max(np.abs(wide[start:end]), initial=0.0)
            for i in range(start, end):
                gap = abs(narrow[i] - wide[i])
                if not gap <= precision**0.2 * size + 100 * precision * natural[i] + TINY:
                    row = (f"{to} {labels[i]}", f"random {from_}", narrow[i], wide[i], gap)
                    found.append(Element(*row, gap / (size + TINY), 0.0, True))
        return found


def _random(rng: np.random.Generator, size: int) -> Vector:
    """Numbers of random sign that are neither small nor large: each element counts."""
    return rng.uniform(0.5, 1.5, size) * rng.choice([-1.0, 1.0], size)


def _dot(gradient: Vector, direction: Vector) -> float:
    with np.errstate(invalid="ignore"):
        return float(gradient @ direction)


def _only(size: int, position: int) -> np.ndarray:
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


def _suspects(size: int, wrong: Callable[[np.ndarray], bool]) -> np.ndarray:
    """The positions to look at: all if they are few, else some where it is wrong, found by halving."""
    if size <= MOST:
        return np.arange(size)
    found: list[int] = []
    parts = [np.arange(size)]
    while parts and len(found) < 2 * ROWS_SHOWN:
        part = parts.pop()
        if len(part) < size and not wrong(np.isin(np.arange(size), part)):
            continue
        if len(part) == 1:
            found.append(int(part[0]))
        else:
            parts += np.array_split(part, 2)
    return np.array(sorted(found)) if found else np.arange(MOST)

"""Whether a derivative by the rules and one by differences agree: OK, BAD, or OPEN."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from autograd.checking.finite_differences import Estimate, Vector

FLAT = 1e-6  # a derivative known to this part of |f| / |x| is known well enough to be small
TINY = 1e-290
OK, OPEN, BAD = 0, 1, 2


class Observed(NamedTuple):
    """An estimate, and the sizes that it is judged by.

    size       what rounding errors are relative to, beside the derivative itself.
    natural    |f|, or what it changes by: what a derivative along a direction of the inputs' own
               size is compared with.
    """

    estimate: Estimate
    size: Vector
    natural: Vector


@dataclass
class Comparison:
    """Derivatives by the rules and by differences, with a verdict on each element."""

    analytic: Vector
    numeric: Vector
    error: Vector
    gap: Vector
    allowed: Vector
    natural: Vector
    verdict: np.ndarray
    step: float
    method: str

    def blurred(self, rounding: Vector, most: float) -> "Comparison":
        """The same, where the derivatives by the rules have rounding errors of their own.

        A rule that changes by more than a small part of the derivative is no rounded one but a
        random one, or at a kink: nothing speaks for it.
        """
        small = rounding <= max(most, FLAT) * np.fmax(self._size, self.natural)
        error = self.error + np.where(small, rounding, 0.0)
        explained = (self.verdict == BAD) & (self.gap <= self.allowed + error)
        return replace(self, error=error, verdict=np.where(explained, OPEN, self.verdict))

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
        names = ("analytic", "numeric", "error", "gap", "allowed", "natural", "verdict")
        arrays = {n: np.where(take, getattr(now, n), getattr(self, n)) for n in names}
        return replace(now if take.any() else self, **arrays)


def judge(analytic: Vector, observed: Observed, rtol: float, atol: float) -> Comparison:
    """The verdicts that one estimate allows: BAD only where several steps agreed on it."""
    (numeric, error, settled, step, method, _), size, natural = observed
    with np.errstate(invalid="ignore"):
        gap = np.abs(analytic - numeric)
        size = np.fmax(np.fmax(np.abs(analytic), np.abs(numeric)), size)
        allowed = atol + rtol * size + TINY
    unsure = (gap <= allowed + error) | ~settled
    verdict = np.where(gap <= allowed, OK, np.where(unsure, OPEN, BAD))
    verdict[~np.isfinite(analytic)] = BAD
    return Comparison(analytic, numeric, error, gap, allowed, natural, verdict, step, method)

"""Integrals of samples: weighted sums, by the rules of the trapezoid and of Simpson."""

from itertools import pairwise
from typing import Any

import numpy as np
import scipy.integrate

from autograd.errors import ShapeError, describe
from autograd.scipy.linalg.parts import of_scipy


def _steps(y: Any, x: Any, dx: Any, axis: int) -> tuple[Any, Any]:
    """The samples with `axis` last, and the lengths of the intervals between them."""
    y = np.moveaxis(y if hasattr(y, "ndim") else np.asarray(y), axis, -1)
    if x is None:
        if np.ndim(dx):  # one for each interval
            dx = np.moveaxis(dx, axis, -1) if np.ndim(dx) == np.ndim(y) else dx
        return y, dx
    x = x if hasattr(x, "ndim") else np.asarray(x)
    if np.ndim(x) > 1:
        x = np.moveaxis(x, axis, -1)
    if np.shape(x)[-1] != np.shape(y)[-1]:
        raise ShapeError(
            "as many places x as samples y along the axis",
            f"{describe(x)}, {describe(y)}",
            "give x of y's length along the axis",
        )
    return y, x[..., 1:] - x[..., :-1]


@of_scipy(scipy.integrate.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Σ (y[i] + y[i + 1]) / 2 · (x[i + 1] - x[i]) along an axis."""
    y, h = _steps(y, x, dx, axis)
    return np.sum((y[..., 1:] + y[..., :-1]) * h / 2, axis=-1)


@of_scipy(scipy.integrate.cumulative_trapezoid)
def cumulative_trapezoid(
    y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None
) -> Any:
    """The partial sums of `trapezoid`, after `initial`, which is 0, where it is given."""
    y, h = _steps(y, x, dx, axis)
    return _summed((y[..., 1:] + y[..., :-1]) * h / 2, axis, initial)


def _summed(parts: Any, axis: int, initial: Any) -> Any:
    sums = np.cumsum(parts, axis=-1)
    if initial is not None:
        first = np.broadcast_to(initial, (*np.shape(sums)[:-1], 1))
        sums = np.concatenate([first.astype(sums.dtype), sums], axis=-1)
    return np.moveaxis(sums, -1, axis)


def _first_part(h: Any, k: Any, y0: Any, y1: Any, y2: Any) -> Any:
    """The integral over h of the parabola through three samples, h and then k apart.

    Source: K. V. Cartwright, "Simpson's rule cumulative integration with MS Excel and irregularly
    spaced data" (2017), equation 8.
    """
    a = h / (h + k)
    b = a * h / k
    return h / 6 * ((3 - a) * y0 + (3 + a + b) * y1 - b * y2)


def _pairs(h: Any, n: int, first: int, step: int) -> tuple[Any, Any]:
    """The lengths of the intervals `first`, `first` + `step` ..., and of those after them."""
    if np.ndim(h) == 0:
        return h, h
    return h[..., first : n - 2 : step], h[..., first + 1 : n - 1 : step]


def _parabolas(y: Any, h: Any, first: int, step: int) -> tuple[Any, Any]:
    """The integrals over the first and over the second interval of each parabola."""
    n = np.shape(y)[-1]
    y0, y1, y2 = (y[..., first + i : n - 2 + i : step] for i in range(3))
    before, after = _pairs(h, n, first, step)
    return _first_part(before, after, y0, y1, y2), _first_part(after, before, y2, y1, y0)


@of_scipy(scipy.integrate.simpson)
def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: int = -1) -> Any:
    """Parabolas through three samples each; for an even number, one more for the last interval."""
    y, h = _steps(y, x, dx, axis)
    n = np.shape(y)[-1]
    if n < 3:
        return np.sum((y[..., 1:] + y[..., :-1]) * h / 2, axis=-1)
    before, after = _parabolas(y, h, 0, 2)
    total = np.sum(before + after, axis=-1)
    if n % 2 == 0:
        total = total + _parabolas(y, h, n - 3, 2)[1][..., 0]
    return total


@of_scipy(scipy.integrate.cumulative_simpson)
def cumulative_simpson(
    y: Any, *, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None
) -> Any:
    """The integrals up to each sample, of the parabola that begins or ends there."""
    y, h = _steps(y, x, dx, axis)
    n = np.shape(y)[-1]
    if n < 3:
        return cumulative_trapezoid(np.moveaxis(y, -1, axis), x, dx, axis, initial)
    first, second = _parabolas(y, h, 0, 1)
    number = np.arange(n - 1)
    even = np.take(first, np.minimum(number, n - 3), axis=-1)
    odd = np.take(second, np.maximum(number - 1, 0), axis=-1)
    begins = (number % 2 == 0) & (number < n - 2)
    return _summed(np.where(begins, even, odd), axis, initial)


@of_scipy(scipy.integrate.romb)
def romb(y: Any, dx: Any = 1.0, axis: int = -1) -> Any:
    """Romberg's extrapolation of the trapezoid rule, of 2**k + 1 samples."""
    y = np.moveaxis(y if hasattr(y, "ndim") else np.asarray(y), axis, -1)
    n = np.shape(y)[-1] - 1
    if n < 1 or n & (n - 1):
        raise ShapeError("2**k + 1 samples for romb", describe(y), "use simpson")
    sums = []
    step = n
    while step:
        sums.append(trapezoid(y[..., ::step], dx=dx * step))
        step //= 2
    factor = 4
    while len(sums) > 1:
        sums = [fine + (fine - coarse) / (factor - 1) for coarse, fine in pairwise(sums)]
        factor *= 4
    return sums[0]

"""Piecewise linear interpolation."""

from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.op import composite
from autograd.ops.index import take
from autograd.ops.joining import fitted, operand


@composite(np.interp)
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """np.interp: f0 + (x - x0) * (f1 - f0) / (x1 - x0) between the two places around x.

    At a place itself the derivative in x is the slope to its right, at the last one that to its
    left; outside it is 0.
    """
    # As np.interp computes: in double precision, whatever comes.
    double = np.dtype(np.float64)
    x, xp, fp = fitted(x, double), fitted(xp, double), operand(fp)
    fp = fp.astype(np.result_type(fp.dtype, double))
    if np.ndim(xp) != 1 or np.shape(xp) != np.shape(fp) or not np.size(xp):
        raise ShapeError(
            "xp and fp of interp: vectors of one length, and not empty",
            f"xp {describe(xp)}, fp {describe(fp)}",
            "interpolate along one axis at a time",
        )
    if period is not None:
        x, xp, fp = _on_a_circle(x, xp, fp, period)
        left = right = None
    last = np.shape(xp)[0] - 1
    i = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(last - 1, 0))
    j = np.minimum(i + 1, last)
    x0, f0 = take(xp, i), take(fp, i)
    width, height = take(xp, j) - x0, take(fp, j) - f0
    step = width == 0
    slope = height / np.where(step, 1.0, width)
    # Two places at one x are a step, of which the upper end counts.
    y = np.where(step, height, slope * (x - x0)) + f0
    y = np.where(x < xp[0], fp[0] if left is None else left, y)
    return np.where(x > xp[last], fp[last] if right is None else right, y)


def _on_a_circle(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any]:
    """The places in one period, in order, and one more on either side."""
    if not np.any(data_of(period)):
        raise ArgumentError("a period other than 0", describe(period), "leave it out")
    period = np.abs(period)
    x, xp = np.remainder(x, period), np.remainder(xp, period)
    order = np.argsort(xp)
    xp, fp = take(xp, order), take(fp, order)
    xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x, xp, np.concatenate([fp[-1:], fp, fp[:1]])

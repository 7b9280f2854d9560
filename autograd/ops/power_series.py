"""Polynomials of several variables: numpy.polynomial.polynomial, the lowest power first."""

from typing import Any

import numpy as np
from numpy.polynomial import polynomial

from autograd.errors import ShapeError, describe
from autograd.op import composite
from autograd.ops.joining import operand


def _along_first(x: Any, c: Any, tensor: bool = True) -> Any:
    """Horner's rule along the first axis of c; `tensor` is for every x all other coefficients."""
    if tensor:
        c = np.reshape(c, np.shape(c) + (1,) * np.ndim(x))
    y = c[-1] + 0 * x
    for i in range(2, np.shape(c)[0] + 1):
        y = y * x + c[-i]
    return y


@composite(polynomial.polyval2d)
def polyval2d(x: Any, y: Any, c: Any) -> Any:
    """polyval2d: the sum of c[i, j] x**i y**j at pairs x, y."""
    x, y = operand(x), operand(y)
    if np.shape(x) != np.shape(y):
        raise ShapeError(
            "x and y of one shape for polyval2d",
            f"x {describe(x)}, y {describe(y)}",
            "polygrid2d takes every pair of them",
        )
    return _along_first(y, _along_first(x, np.atleast_1d(operand(c))), tensor=False)


@composite(polynomial.polygrid2d)
def polygrid2d(x: Any, y: Any, c: Any) -> Any:
    """polygrid2d: the sum of c[i, j] x**i y**j at all x and all y."""
    x, y = operand(x), operand(y)
    return _along_first(y, _along_first(x, np.atleast_1d(operand(c))))

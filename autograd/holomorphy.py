"""What a derivative is where numbers are complex: sweeps along two axes, made one number.

With z = x + iy, and f = u + iv,

    real -> real, real -> complex    ∂f/∂x
    complex -> real                  ∂f/∂x - i ∂f/∂y, whose conjugate points uphill
    complex -> complex               df/dz of a holomorphic function; of any other there is none

A tangent 1 moves x and a tangent 1j moves y: forward, the two sweeps give ∂f/∂x and ∂f/∂y. A
cotangent 1 asks for u and a cotangent -1j for v: in reverse, they give the derivatives of u and of
v, in the form above. Either way the second result, turned by a right angle, is added to the first
where the other end is real, and has to equal it where that end is complex too: these are the
equations of Cauchy and Riemann.

Source: K. Kreutz-Delgado, "The complex gradient operator and the CR-calculus" (2009).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.broadcast import data_of, dtype_of
from autograd.errors import ArgumentError
from autograd.modes import current
from autograd.runs import name_of

# The second tangent, and the second cotangent; their conjugates turn the results back.
ALONG_Y = 1j
OF_IMAGINARY = -1j


def joined(
    f: Callable[..., Any],
    first: Any,
    second: Any,
    seed: complex,
    to_complex: bool,
    rows: int = 1,
) -> Any:
    """The derivative by a complex number, or of one, from the sweeps with seeds 1 and `seed`.

    to_complex    the other end of the derivative is complex as well.
    rows          of how many numbers the results are derivatives, or by how many: their first axis
                  where it is not 1.

    Raises ArgumentError where both ends are complex and f is not holomorphic.

    >>> joined(np.abs, 0.6, 0.8, ALONG_Y, False)  # of |z| at 3 + 4j
    np.complex128(0.6-0.8j)
    """
    second = np.multiply(seed.conjugate(), second)
    return _holomorphic(f, first, second, rows) if to_complex else np.add(first, second)


def _holomorphic(f: Callable[..., Any], along_x: Any, along_y: Any, rows: int) -> Any:
    """The derivative, which is the same in every direction: two are compared.

    A difference counts against the largest derivative in its row or column. Where the numbers are
    not known, in a trace, the derivative is NaN if the two differ.
    """
    if np.size(along_x) == 0:
        return along_x
    traced = current().replayable
    dx, dy = (along_x, along_y) if traced else (data_of(along_x), data_of(along_y))
    x, y = np.reshape(dx, (rows, -1)), np.reshape(dy, (rows, -1))
    precision = np.finfo(dtype_of(x))
    with np.errstate(all="ignore"):
        size = np.abs(x) + np.abs(y)
        scale = np.maximum(np.max(size, axis=0), np.max(size, axis=1, keepdims=True))
        # False where one is not finite: then there is no derivative in any direction.
        differ = np.abs(x - y) > np.sqrt(precision.eps) * scale
    if traced:
        factor = np.where(differ, precision.dtype.type(np.nan), precision.dtype.type(1))
        return along_x * np.reshape(factor, np.shape(dx))
    if np.any(differ):
        worst = np.argmax(np.where(differ, np.abs(x - y), 0.0))
        raise ArgumentError(
            f"a holomorphic function, whose derivative is the same in every direction, as "
            f"{name_of(f)}",
            f"{np.ravel(x)[worst]:.6g} along the real and {np.ravel(y)[worst]:.6g} along the "
            "imaginary axis",
            "look for conj, abs, real, imag and angle; np.real and np.imag of the result have "
            "derivatives without this condition, as has a function of x and y in x + 1j * y",
        )
    return along_x

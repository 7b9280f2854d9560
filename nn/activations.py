"""Activations: plain functions of Values or arrays, made of recorded operations.

Given a Value each returns a Value, given an array an array; shape and dtype stay. Lists are arrays,
also lists of Values. Names and defaults are PyTorch's, except that an axis is `axis`, as in NumPy.
No derivative is stated here, and none overflows: large arguments give the limit, without a warning.
What are no numbers raises DTypeError.
"""

from math import inf, pi, sqrt
from numbers import Number
from typing import Any

import numpy as np

from autograd import Value, ops
from autograd.errors import ArgumentError, DTypeError, describe
from nn.arguments import as_numbers, checked_number

# The fixed point of mean 0 and variance 1 (Klambauer et al. 2017, equation 14).
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def relu(x: Any) -> Any:
    """max(0, x); the derivative at 0 is 0.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return ops.relu(_given(x))


def relu6(x: Any) -> Any:
    """min(max(0, x), 6), for arithmetic of few bits (Krizhevsky 2010).

    >>> relu6(np.array([-1.0, 2.0, 8.0]))
    array([0., 2., 6.])
    """
    return hardtanh(x, 0.0, 6.0)


def hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """min(max(min_val, x), max_val); the derivative at both corners is 0.

    Raises ArgumentError unless min_val < max_val.

    >>> hardtanh(np.array([-3.0, 0.5, 3.0]))
    array([-1. ,  0.5,  1. ])
    """
    if not checked_number("min_val", min_val) < checked_number("max_val", max_val):
        raise ArgumentError(
            "min_val < max_val for hardtanh",
            f"min_val={min_val}, max_val={max_val}",
            "exchange the two",
        )
    x = _given(x)
    return _where(x <= min_val, min_val, np.where(x >= max_val, max_val, x))


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """x where x > 0, else negative_slope · x (Maas et al. 2013).

    >>> leaky_relu(np.array([-1.0, 2.0]))
    array([-0.01,  2.  ])
    """
    x, negative_slope = _given(x), _given(negative_slope)
    return _where(x > 0, x, negative_slope * x)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where x > 0, else alpha · (eˣ − 1) (Clevert et al. 2015).

    >>> elu(np.array([-1000.0, 2.0]))
    array([-1.,  2.])
    """
    x, alpha = _given(x), _given(alpha)
    # exp sees no positive number, where it would overflow only for `where` to drop the result.
    negative = np.where(x > 0, 0.0, x)
    return _where(x > 0, x, alpha * np.expm1(negative))


def selu(x: Any) -> Any:
    """1.0507 · elu(x, 1.6733): layers keep mean 0 and variance 1 (Klambauer et al. 2017).

    >>> selu(np.array([0.0, 1.0])).round(4)
    array([0.    , 1.0507])
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


def gelu(x: Any, approximate: str = "none") -> Any:
    """x · Φ(x), Φ being the normal distribution function (Hendrycks & Gimpel 2016).

    approximate     "none": Φ(x) = (1 + erf(x/√2)) / 2.
                    "tanh": Φ(x) ≈ (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.

    Raises ArgumentError for another `approximate`.

    >>> gelu(np.array([-1.0, 1.0])).round(4)
    array([-0.1587,  0.8413])
    """
    x = _given(x)
    if approximate == "none":
        return 0.5 * x * (1.0 + ops.erf(x * sqrt(0.5)))
    if approximate == "tanh":
        # Outside these bounds Φ and its derivative are 0 or 1 to the last bit of float64, while the
        # cube on the way there would overflow.
        bounded = np.clip(x, -10.0, 10.0)
        inner = sqrt(2.0 / pi) * bounded * (1.0 + 0.044715 * bounded * bounded)
        return 0.5 * x * (1.0 + np.tanh(inner))
    raise ArgumentError(
        "approximate='none' or approximate='tanh' for gelu",
        f"approximate={approximate!r}",
        "leave it out for the exact form",
    )


def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ).

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    return ops.sigmoid(_given(x))


def silu(x: Any) -> Any:
    """x · sigmoid(x), also called swish (Elfwing et al. 2017).

    >>> silu(np.array([-1.0, 1.0])).round(4)
    array([-0.2689,  0.7311])
    """
    x = _given(x)
    return x * ops.sigmoid(x)


def softplus(x: Any, beta: float = 1.0) -> Any:
    """log(1 + exp(beta · x)) / beta; PyTorch's `threshold` is not needed, this does not overflow.

    Raises ArgumentError unless beta > 0.

    >>> softplus(np.array([-500.0, 0.0, 500.0])).round(1)
    array([  0. ,   0.7, 500. ])
    """
    if not 0.0 < checked_number("beta", beta) < inf:
        raise ArgumentError("beta > 0 for softplus", f"beta={beta}", "pass a positive number")
    if beta == 1.0:
        return ops.softplus(_given(x))
    return ops.softplus(beta * _given(x)) / beta


def mish(x: Any) -> Any:
    """x · tanh(softplus(x)) (Misra 2019).

    >>> mish(np.array([-1.0, 1.0])).round(4)
    array([-0.3034,  0.8651])
    """
    x = _given(x)
    return x * np.tanh(ops.softplus(x))


def tanh(x: Any) -> Any:
    """Hyperbolic tangent, (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ).

    >>> tanh(np.array([-1000.0, 0.0]))
    array([-1.,  0.])
    """
    x = _given(x)
    # The method spares the detour by way of NumPy.
    return x.tanh() if type(x) is Value else np.tanh(x)


def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / Σ exp(x) along `axis`, which then sums to 1.

    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    return ops.softmax(_given(x), axis=axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """x − log Σ exp(x) along `axis`: logarithms of probabilities, exact where those round to 0.

    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    return ops.log_softmax(_given(x), axis=axis)


def _given(x: Any) -> Any:
    """Lists as arrays, numbers and arrays as they are. Raises DTypeError for what are none."""
    if type(x) is Value or (type(x) is np.ndarray and x.dtype.kind in "fiubc"):
        return x
    if isinstance(x, list | tuple):
        return as_numbers(x, "an activation")
    is_number = x.dtype.kind in "fiubc" if hasattr(x, "dtype") else isinstance(x, Number)
    if not is_number:
        raise DTypeError("numbers for an activation", describe(x), "pass an array or a Value")
    return x


def _where(condition: Any, x: Any, y: Any) -> Any:
    """np.where; of numbers a number, as NumPy's ufuncs have it."""
    chosen = np.where(condition, x, y)
    return chosen if type(chosen) is Value else chosen[()]

"""Initial weights: pure functions from a shape to an array.

A weight has the layout (out, in, *kernel). With r = the product of the kernel's axes, 1 for a
matrix, fan_in = in · r is the number of inputs to one output, fan_out = out · r the number of
outputs one input reaches. Every function takes `dtype`, and those that draw take `rng`: a
Generator, an int seed, or None for `nn`'s default generator. What is no shape raises ShapeError,
what is no dtype of parameters ArgumentError. Numbers are drawn in float64 and then
rounded, so that a seed gives the same weights in every dtype.

>>> xavier_uniform((3, 2), rng=0).round(2)
array([[ 0.3 , -0.5 ],
       [-1.01, -1.06],
       [ 0.69,  0.9 ]], dtype=float32)
"""

from collections.abc import Callable, Sequence
from math import prod, sqrt
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from autograd.errors import ArgumentError, ShapeError, describe
from nn.arguments import checked_dtype
from nn.randomness import RandomSource, generator

Shape: TypeAlias = int | Sequence[int]

_GAINS: dict[str, Callable[[float], float]] = {
    "linear": lambda slope: 1.0,
    "sigmoid": lambda slope: 1.0,
    "tanh": lambda slope: 5.0 / 3.0,
    "relu": lambda slope: sqrt(2.0),
    "leaky_relu": lambda slope: sqrt(2.0 / (1.0 + slope * slope)),
    "selu": lambda slope: 0.75,
}


def zeros(shape: Shape, *, dtype: DTypeLike = np.float32) -> np.ndarray:
    """All 0.

    >>> zeros(2)
    array([0., 0.], dtype=float32)
    """
    return np.zeros(_axes(shape), checked_dtype(dtype))


def ones(shape: Shape, *, dtype: DTypeLike = np.float32) -> np.ndarray:
    """All 1.

    >>> ones(2)
    array([1., 1.], dtype=float32)
    """
    return np.ones(_axes(shape), checked_dtype(dtype))


def uniform(
    shape: Shape,
    low: float = 0.0,
    high: float = 1.0,
    *,
    a: float | None = None,
    b: float | None = None,
    dtype: DTypeLike = np.float32,
    rng: RandomSource = None,
) -> np.ndarray:
    """Uniform between `low` and `high`, also spelled `a` and `b`.

    Raises ArgumentError unless low <= high.

    >>> uniform(2, -1.0, 1.0, rng=0).round(2)
    array([ 0.27, -0.46], dtype=float32)
    """
    low, high = low if a is None else a, high if b is None else b
    if not low <= high:
        raise ArgumentError("low <= high", f"low={low}, high={high}", "exchange the two")
    return generator(rng).uniform(low, high, _axes(shape)).astype(checked_dtype(dtype))


def normal(
    shape: Shape,
    mean: float = 0.0,
    std: float = 1.0,
    *,
    dtype: DTypeLike = np.float32,
    rng: RandomSource = None,
) -> np.ndarray:
    """Normal with this mean and standard deviation. Raises ArgumentError unless std >= 0.

    >>> normal(2, std=0.1, rng=0).round(3)
    array([ 0.013, -0.013], dtype=float32)
    """
    if not std >= 0.0:
        raise ArgumentError("std >= 0", f"std={std}", "pass the standard deviation")
    return generator(rng).normal(mean, std, _axes(shape)).astype(checked_dtype(dtype))


def xavier_uniform(
    shape: Shape, *, gain: float = 1.0, dtype: DTypeLike = np.float32, rng: RandomSource = None
) -> np.ndarray:
    """Uniform in ±gain · √(6 / (fan_in + fan_out)) (Glorot & Bengio 2010, equation 16).

    Raises ShapeError for fewer than two axes.

    >>> bool(np.abs(xavier_uniform((3, 3), rng=0)).max() <= 1.0)
    True
    """
    bound = gain * sqrt(6.0 / max(sum(fans(shape)), 1))
    return uniform(shape, -bound, bound, dtype=dtype, rng=rng)


def xavier_normal(
    shape: Shape, *, gain: float = 1.0, dtype: DTypeLike = np.float32, rng: RandomSource = None
) -> np.ndarray:
    """Normal with std gain · √(2 / (fan_in + fan_out)) (Glorot & Bengio 2010, equation 12).

    Raises ShapeError for fewer than two axes.

    >>> xavier_normal((2, 2), rng=0).shape
    (2, 2)
    """
    std = gain * sqrt(2.0 / max(sum(fans(shape)), 1))
    return normal(shape, 0.0, std, dtype=dtype, rng=rng)


def kaiming_uniform(
    shape: Shape,
    *,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    dtype: DTypeLike = np.float32,
    rng: RandomSource = None,
) -> np.ndarray:
    """Uniform in ±gain · √(3 / fan) (He et al. 2015).

    a               the negative slope of the leaky ReLU that follows; 0 for ReLU.
    mode            "fan_in" keeps the variance forward, "fan_out" backward.
    nonlinearity    whose `calculate_gain` is the gain.

    Raises ShapeError for fewer than two axes, ArgumentError for another mode or nonlinearity.

    >>> bool(np.abs(kaiming_uniform((3, 6), rng=0)).max() <= 1.0)
    True
    """
    bound = calculate_gain(nonlinearity, a) * sqrt(3.0 / _fan(shape, mode))
    return uniform(shape, -bound, bound, dtype=dtype, rng=rng)


def kaiming_normal(
    shape: Shape,
    *,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    dtype: DTypeLike = np.float32,
    rng: RandomSource = None,
) -> np.ndarray:
    """Normal with std gain / √fan (He et al. 2015, equation 10); arguments of `kaiming_uniform`.

    >>> kaiming_normal((2, 2), rng=0).shape
    (2, 2)
    """
    std = calculate_gain(nonlinearity, a) / sqrt(_fan(shape, mode))
    return normal(shape, 0.0, std, dtype=dtype, rng=rng)


def lecun_uniform(
    shape: Shape, *, dtype: DTypeLike = np.float32, rng: RandomSource = None
) -> np.ndarray:
    """Uniform in ±√(3 / fan_in), whose std is 1 / √fan_in (LeCun et al. 1998).

    Raises ShapeError for fewer than two axes.

    >>> bool(np.abs(lecun_uniform((2, 3), rng=0)).max() <= 1.0)
    True
    """
    bound = sqrt(3.0 / _fan(shape, "fan_in"))
    return uniform(shape, -bound, bound, dtype=dtype, rng=rng)


def lecun_normal(
    shape: Shape, *, dtype: DTypeLike = np.float32, rng: RandomSource = None
) -> np.ndarray:
    """Normal with std 1 / √fan_in (LeCun et al. 1998), which `selu` needs (Klambauer et al. 2017).

    Raises ShapeError for fewer than two axes.

    >>> lecun_normal((2, 3), rng=0).shape
    (2, 3)
    """
    return normal(shape, 0.0, 1.0 / sqrt(_fan(shape, "fan_in")), dtype=dtype, rng=rng)


def orthogonal(
    shape: Shape, *, gain: float = 1.0, dtype: DTypeLike = np.float32, rng: RandomSource = None
) -> np.ndarray:
    """gain · Q with QᵀQ = 1 or QQᵀ = 1, as a matrix of shape (out, the rest) (Saxe et al. 2013).

    Uniform over such matrices: the Q of a normal matrix, its signs fixed by R's (Mezzadri 2007).
    Raises ShapeError for fewer than two axes.

    >>> q = orthogonal((2, 5), rng=0)
    >>> np.allclose(q @ q.T, np.eye(2), atol=1e-6)
    True
    """
    shape = _at_least_two_axes(shape)
    rows, columns = shape[0], prod(shape[1:])
    tall = generator(rng).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0.0, -1.0, 1.0)
    return (gain * (q if rows >= columns else q.T)).reshape(shape).astype(checked_dtype(dtype))


def fans(shape: Shape) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight of shape (out, in, *kernel).

    Raises ShapeError for fewer than two axes.

    >>> fans((16, 8, 3, 3))
    (72, 144)
    """
    shape = _at_least_two_axes(shape)
    window = prod(shape[2:])
    return shape[1] * window, shape[0] * window


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much a layer before this nonlinearity is to be larger, so that the variance stays.

    nonlinearity    "linear", "sigmoid", "tanh" (5/3), "relu" (√2), "leaky_relu", "selu" (3/4), or a
                    convolution's name, which is linear.
    param           the negative slope of leaky_relu, 0.01 unless given: √(2 / (1 + slope²)).

    Raises ArgumentError for another name.

    >>> round(calculate_gain("relu"), 4)
    1.4142
    """
    name = "linear" if nonlinearity.startswith("conv") else nonlinearity
    if name not in _GAINS:
        raise ArgumentError(
            f"a nonlinearity among {', '.join(_GAINS)}",
            f"{nonlinearity!r}",
            "pass gain= itself to an xavier initialiser, or scale the weight",
        )
    return _GAINS[name](0.01 if param is None else param)


def _fan(shape: Shape, mode: str) -> int:
    if mode not in ("fan_in", "fan_out"):
        raise ArgumentError(
            "mode 'fan_in' or 'fan_out'", f"mode={mode!r}", "leave it out for fan_in"
        )
    # A weight without elements has no variance to keep, and nothing to divide by.
    return max(fans(shape)[mode == "fan_out"], 1)


def _axes(shape: Any) -> tuple[int, ...]:
    """The shape as a tuple; ShapeError for what is none."""
    axes: Any = (shape,) if isinstance(shape, Integral) else shape
    try:
        axes = tuple(axes)
    except TypeError:
        axes = (axes,)
    if not all(isinstance(n, Integral) and int(n) >= 0 for n in axes):
        raise ShapeError(
            "a shape: an integer of at least 0, or several",
            describe(shape),
            "give layer.weight.shape, and change a layer by layer.weight.assign(the result)",
        )
    return tuple(map(int, axes))


def _at_least_two_axes(shape: Shape) -> tuple[int, ...]:
    axes = _axes(shape)
    if len(axes) < 2:
        raise ShapeError(
            "a weight of shape (out, in, *kernel)",
            f"shape {axes}",
            "use uniform, normal, zeros or ones for a bias",
        )
    return axes

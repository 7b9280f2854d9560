"""Normalisation to mean 0 and variance 1: over a batch, or over the features of each example."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd import Value, no_grad
from autograd.errors import ArgumentError, DTypeError, ShapeError, describe
from nn.arguments import checked_real, checked_size, checked_switch, features
from nn.module import Module


class _BatchNorm(Module):
    """What the normalisations over a batch share: all but the shapes they take."""

    weight: Value | None  # (num_features,)
    bias: Value | None  # (num_features,)
    running_mean: Value | None  # (num_features,)
    running_var: Value | None  # (num_features,)
    num_batches_tracked: Value | None  # ()

    shapes: ClassVar[dict[int, str]]
    """What x looks like, by its number of axes; the second is that of the channels."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.num_features = n = checked_size("num_features", num_features)
        self.eps = _checked_number("eps", eps, 1e-5)
        self.momentum = None if momentum is None else _checked_number("momentum", momentum, 0.1)
        self.affine = checked_switch("affine", affine)
        self.track_running_stats = checked_switch("track_running_stats", track_running_stats)
        self.dtype = checked_real(dtype, "a normalisation")
        self.weight = _parameter("weight", np.ones(n), self.dtype) if self.affine else None
        has_bias = checked_switch("bias", bias) and self.affine
        self.bias = _parameter("bias", np.zeros(n), self.dtype) if has_bias else None
        tracks = self.track_running_stats
        self.running_mean = _buffer("running_mean", np.zeros(n, self.dtype)) if tracks else None
        self.running_var = _buffer("running_var", np.ones(n, self.dtype)) if tracks else None
        self.num_batches_tracked = _buffer("num_batches_tracked", np.int64(0)) if tracks else None

    def forward(self, x: Value | ArrayLike) -> Any:
        """x with the mean and the variance of each channel taken out."""
        given = self._checked(x)
        # One number for each channel, in the shape that broadcasts with x.
        column = (self.num_features,) + (1,) * (given.ndim - 2)
        if self.training or self.running_mean is None or self.running_var is None:
            axes = (0, *range(2, given.ndim))
            mean = np.mean(given, axis=axes, keepdims=True)
            centered = given - mean
            var = np.mean(centered * centered, axis=axes, keepdims=True)
            if self.training:
                self._track(mean, var, given.size // self.num_features)
        else:
            centered = given - np.reshape(self.running_mean, column)
            var = np.reshape(self.running_var, column)
        scale = 1.0 / np.sqrt(var + self.eps)
        if self.weight is not None:
            scale = np.reshape(self.weight, column) * scale
        y = centered * scale
        return y if self.bias is None else y + np.reshape(self.bias, column)

    def extra_repr(self) -> str:
        """The arguments the layer was made with."""
        text = (
            f"{self.num_features}, eps={self.eps:g}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )
        return text if self.bias is not None or not self.affine else f"{text}, bias=False"

    def _track(self, mean: Any, var: Any, n: int) -> None:
        """Move the running statistics towards those of a batch with n elements in a channel."""
        mine, theirs, number = self.running_mean, self.running_var, self.num_batches_tracked
        if mine is None or theirs is None or number is None:
            return
        with no_grad():
            number.assign(number + 1)
            # Without a momentum, the mean over all batches.
            step = (1.0 / number).astype(self.dtype) if self.momentum is None else self.momentum
            unbiased = np.reshape(var, (self.num_features,)) * (n / (n - 1))
            mine.assign((1 - step) * mine + step * np.reshape(mean, (self.num_features,)))
            theirs.assign((1 - step) * theirs + step * unbiased)

    def _checked(self, x: Any) -> Any:
        given = _features(x, self.dtype)
        shape, name = given.shape, f"{type(self).__name__}({self.num_features})"
        if len(shape) not in self.shapes or shape[1] != self.num_features:
            wanted = " or ".join(self.shapes.values()).replace("C", str(self.num_features))
            raise ShapeError(f"x of shape {wanted} for {name}", describe(x), self._remedy(shape))
        if self.training and given.size <= self.num_features:
            raise ShapeError(
                f"more than one element in each channel for {name} in training: "
                "one alone has no variance",
                describe(x),
                "give it larger batches, or call .eval() first",
            )
        return given

    def _remedy(self, shape: tuple[int, ...]) -> str:
        if len(shape) in self.shapes:
            if shape[-1] == self.num_features:
                return "put the channels second: np.moveaxis(x, -1, 1)"
            return f"give x {self.num_features} channels, or pass num_features={shape[1]}"
        if len(shape) + 1 in self.shapes:
            return "give x a batch axis in front: np.expand_dims(x, 0)"
        return "use BatchNorm1d for (N, C) and (N, C, L), BatchNorm2d for images (N, C, H, W)"


class BatchNorm1d(_BatchNorm):
    """y = (x − μ) / √(σ² + ε) · w + b, for x of shape (N, C) or (N, C, L).

    As BatchNorm2d, with μ and σ² taken over N, or over N and L.

    >>> BatchNorm1d(2)(np.array([[1.0, 4.0], [3.0, 0.0]])).data.round(3)
    array([[-1.,  1.],
           [ 1., -1.]], dtype=float32)
    """

    shapes: ClassVar[dict[int, str]] = {2: "(N, C)", 3: "(N, C, L)"}


class BatchNorm2d(_BatchNorm):
    """y = (x − μ) / √(σ² + ε) · w + b, for images x of shape (N, C, H, W).

    num_features           C; w, which starts at 1, and b, at 0, have one element for each channel.
    eps                    ε.
    momentum               m, by which the running statistics move: r ← (1 − m) r + m · batch; None
                           makes them the mean over all batches.
    affine, bias           whether there are w and b; bias=False leaves out b alone.
    track_running_stats    whether there are running statistics.

    In training μ and σ² = mean (x − μ)² are those of the batch, over N, H and W, and the running
    statistics, buffers, follow them (the variance with n − 1 in place of n); after `eval()` they
    stand for μ and σ². Raises ShapeError for an x of another shape, and in training for a single
    element in a channel. Source: Ioffe & Szegedy, "Batch normalization", ICML 2015.

    >>> layer = BatchNorm2d(3)
    >>> y = layer(np.random.default_rng(0).normal(5.0, 2.0, (8, 3, 4, 4)))
    >>> bool(np.all(np.abs(y.data.mean(axis=(0, 2, 3))) < 1e-5))
    True
    >>> layer.running_mean.data.round(1)
    array([0.5, 0.5, 0.5], dtype=float32)
    """

    shapes: ClassVar[dict[int, str]] = {4: "(N, C, H, W)"}


class LayerNorm(Module):
    """y = (x − μ) / √(σ² + ε) · w + b, with μ and σ² = mean (x − μ)² over the last axes of x.

    normalized_shape      these axes: an int for the last one, or a sequence.
    eps                   ε.
    elementwise_affine    whether there is w, which has this shape and starts at 1.
    bias                  whether there is b beside it, which starts at 0.

    Raises ShapeError where the last axes of x have another shape. Source: Ba, Kiros & Hinton,
    "Layer normalization", 2016, equation 4.

    >>> layer = LayerNorm(4)
    >>> layer(np.array([1.0, 3.0, 1.0, 3.0])).data.round(3)
    array([-1.,  1., -1.,  1.], dtype=float32)
    """

    weight: Value | None  # normalized_shape
    bias: Value | None  # normalized_shape

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.normalized_shape = shape = _checked_shape(normalized_shape)
        self.eps = _checked_number("eps", eps, 1e-5)
        self.elementwise_affine = checked_switch("elementwise_affine", elementwise_affine)
        self.dtype = checked_real(dtype, "a normalisation")
        affine = self.elementwise_affine
        self.weight = _parameter("weight", np.ones(shape), self.dtype) if affine else None
        has_bias = checked_switch("bias", bias) and affine
        self.bias = _parameter("bias", np.zeros(shape), self.dtype) if has_bias else None

    def forward(self, x: Value | ArrayLike) -> Any:
        """x with the mean and the variance of each example taken out."""
        given = _features(x, self.dtype)
        number = len(self.normalized_shape)
        if given.shape[-number:] != self.normalized_shape:
            wanted = ", ".join(map(str, self.normalized_shape))
            raise ShapeError(
                f"x of shape (..., {wanted}) for LayerNorm",
                describe(x),
                "pass the last axes of x as normalized_shape",
            )
        axes = tuple(range(-number, 0))
        centered = given - np.mean(given, axis=axes, keepdims=True)
        var = np.mean(centered * centered, axis=axes, keepdims=True)
        y = centered / np.sqrt(var + self.eps)
        if self.weight is not None:
            y = y * self.weight
        return y if self.bias is None else y + self.bias

    def extra_repr(self) -> str:
        """The arguments the layer was made with."""
        text = f"{self.normalized_shape}, eps={self.eps:g}"
        if not self.elementwise_affine:
            return f"{text}, elementwise_affine=False"
        return text if self.bias is not None else f"{text}, bias=False"


def _parameter(name: str, data: np.ndarray, dtype: np.dtype[Any]) -> Value:
    return Value(data, name=name, dtype=dtype)


def _buffer(name: str, data: np.ndarray | np.generic) -> Value:
    return Value(data, requires_grad=False, name=name)


def _features(x: Any, dtype: np.dtype[Any]) -> Any:
    given = features(x, dtype)
    if given.dtype.kind == "c":
        raise DTypeError(
            "real numbers to normalise",
            describe(x),
            "normalise the real and the imaginary part, or np.abs of them",
        )
    return given


def _checked_number(name: str, x: Any, usual: float) -> float:
    if isinstance(x, bool) or not isinstance(x, int | float | np.number) or not x >= 0:
        raise ArgumentError(
            f"a number of 0 or more for {name}", describe(x), f"pass {name}={usual:g}"
        )
    return float(x)


def _checked_shape(shape: Any) -> tuple[int, ...]:
    axes = tuple(shape) if isinstance(shape, Sequence) and len(shape) else (shape,)
    return tuple(checked_size("normalized_shape", n) for n in axes)

"""Convolution: what the windows see, as columns, and one product of matrices."""

from math import prod, sqrt
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd import Value
from autograd.errors import ArgumentError, ShapeError, describe
from nn.arguments import checked_dtype, checked_pair, checked_size, checked_switch, features
from nn.module import Module
from nn.randomness import RandomSource, generator
from nn.sliding import Sliding

Pair: TypeAlias = int | tuple[int, int]

# PyTorch's names of what goes around an image, and NumPy's.
_MODES: dict[str, Any] = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}


class Conv2d(Module):
    """y[o, i, j] = b[o] + Σ_{c, u, v} W[o, c, u, v] · x[c, s·i + d·u − p, s·j + d·v − p].

    x has shape (..., in_channels, height, width) and y (..., out_channels, height', width'), with
    height' = ⌊(height + 2p − d(k − 1) − 1) / s⌋ + 1.

    kernel_size     k: one int for both axes, or (height, width); so are stride, padding, dilation.
    stride          s: how far the window moves.
    padding         p: places added on each side; "valid" for none, "same" for as many as keep the
                    size at stride 1, one more at the end than at the start if they are odd.
    dilation        d: how far apart the elements of a window lie.
    groups          channels come in so many groups; each output channel sees those of its group.
    padding_mode    what the added places hold: "zeros", "reflect", "replicate" or "circular".

    W has shape (out_channels, in_channels / groups, *kernel_size). With n = k² · in_channels /
    groups, W and b start uniform in ±1/√n, as in PyTorch. Plain arrays of real numbers are read in
    the dtype of the weight. Raises ArgumentError for arguments that do not go together, ShapeError
    where x has other channels or is smaller than a window.

    >>> layer = Conv2d(1, 4, 3, padding=1, rng=0)
    >>> layer
    Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))  # 40 parameters
    >>> layer(np.ones((5, 1, 8, 6))).shape
    (5, 4, 8, 6)
    """

    weight: Value  # (out_channels, in_channels / groups, *kernel_size)
    bias: Value | None  # (out_channels,)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair | Literal["same", "valid"] = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
        *,
        dtype: DTypeLike = np.float32,
        rng: RandomSource = None,
    ) -> None:
        self.in_channels = checked_size("in_channels", in_channels)
        self.out_channels = checked_size("out_channels", out_channels)
        self.kernel_size = checked_pair("kernel_size", kernel_size)
        self.stride = checked_pair("stride", stride)
        self.padding = _checked_padding(padding, self.stride)
        self.dilation = checked_pair("dilation", dilation)
        self.groups = _checked_groups(groups, self.in_channels, self.out_channels)
        self.padding_mode = _checked_mode(padding_mode)
        bias = checked_switch("bias", bias)
        dtype = checked_dtype(dtype)
        draw = generator(rng).uniform
        shape = (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        bound = 1 / sqrt(prod(shape[1:]))
        self.weight = Value(draw(-bound, bound, shape), name="weight", dtype=dtype)
        self.bias = Value(draw(-bound, bound, shape[0]), name="bias", dtype=dtype) if bias else None

    def forward(self, x: Value | ArrayLike) -> Any:
        """The weights as rows, times what the windows see as columns."""
        image = self._checked_image(x)
        batch, places = image.shape[:-3], self._places(x, image.shape)
        number, groups = prod(places), self.groups
        seen = self.weight.size // self.out_channels  # by one output: channels · kh · kw
        columns = self._columns(self._padded(image))
        if groups == 1:
            rows = np.reshape(self.weight, (self.out_channels, seen))
            columns = np.reshape(columns, (*batch, seen, number))
            y = np.matmul(rows, columns)
        else:
            rows = np.reshape(self.weight, (groups, self.out_channels // groups, seen))
            columns = np.reshape(columns, (*batch, groups, seen, number))
            y = np.reshape(np.matmul(rows, columns), (*batch, self.out_channels, number))
        if self.bias is not None:
            y = y + np.reshape(self.bias, (self.out_channels, 1))
        return np.reshape(y, (*batch, self.out_channels, *places))

    def extra_repr(self) -> str:
        """The sizes, and the arguments that are not the usual ones."""
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        parts.append(f"stride={self.stride}")
        usual = {"padding": (0, 0), "dilation": (1, 1), "groups": 1, "padding_mode": "zeros"}
        parts += [f"{k}={getattr(self, k)!r}" for k, v in usual.items() if getattr(self, k) != v]
        return ", ".join(parts if self.bias is not None else [*parts, "bias=False"])

    def _windows(self) -> list[Sliding]:
        """Along the height and along the width."""
        windows = []
        for axis, (k, s, d) in enumerate(
            zip(self.kernel_size, self.stride, self.dilation, strict=True)
        ):
            total = d * (k - 1) if self.padding == "same" else 0
            before, after = total // 2, total - total // 2
            if isinstance(self.padding, tuple):
                before = after = self.padding[axis]
            windows.append(Sliding(k, s, before, after, d))
        return windows

    def _places(self, x: Any, shape: tuple[int, ...]) -> list[int]:
        """The height and the width of the output for an image of this shape."""
        windows = self._windows()
        places = [window.count(n) for window, n in zip(windows, shape[-2:], strict=True)]
        if min(places) < 1:
            raise ShapeError(
                f"an image of {windows[0].span} by {windows[1].span} or more, padding included, "
                f"for Conv2d({self.extra_repr()})",
                describe(x),
                "give the layer padding, or a smaller kernel_size",
            )
        return places

    def _padded(self, image: Any) -> Any:
        borders = [(window.before, window.after) for window in self._windows()]
        if borders == [(0, 0), (0, 0)]:
            return image
        widths = ((0, 0),) * (image.ndim - 2) + tuple(borders)
        return np.pad(image, widths, _MODES[self.padding_mode])

    def _columns(self, image: Any) -> Any:
        """(..., channels, kh, kw, height', width'): what the windows see, still a view."""
        height, width = self._windows()
        steps = (height.stride, width.stride, height.dilation, width.dilation)
        if self.kernel_size == (1, 1):
            return image if steps[:2] == (1, 1) else image[..., :: steps[0], :: steps[1]]
        spans = (height.span, width.span)
        seen = np.lib.stride_tricks.sliding_window_view(image, spans, axis=(-2, -1))
        if steps != (1, 1, 1, 1):
            seen = seen[(..., *(slice(None, None, step) for step in steps))]
        n = seen.ndim
        # The rows of the image stay whole, so that the one copy that follows is a fast one.
        return np.transpose(seen, (*range(n - 4), n - 2, n - 1, n - 4, n - 3))

    def _checked_image(self, x: Any) -> Any:
        image = features(x, self.weight.dtype)
        if image.ndim < 3 or image.shape[-3] != self.in_channels:
            raise ShapeError(
                f"x of shape (..., {self.in_channels}, height, width) "
                f"for Conv2d({self.extra_repr()})",
                describe(x),
                self._remedy(image.shape),
            )
        return image

    def _remedy(self, shape: tuple[int, ...]) -> str:
        if len(shape) > 2 and shape[-1] == self.in_channels:
            return "put the channels before height and width: np.moveaxis(x, -1, -3)"
        if self.in_channels == 1 and len(shape) > 1:
            return "give x an axis of channels: np.expand_dims(x, -3)"
        if len(shape) < 3:
            return "give x axes of channels, height and width, in this order"
        return f"give x {self.in_channels} channels, or build Conv2d({shape[-3]}, ...)"


def _checked_padding(padding: object, stride: tuple[int, int]) -> tuple[int, int] | str:
    if not isinstance(padding, str):
        return checked_pair("padding", padding, least=0)
    if padding not in ("same", "valid"):
        raise ArgumentError(
            "padding of 'same' or 'valid', an int, or (height, width)",
            repr(padding),
            "padding_mode= says what the added places hold",
        )
    if padding == "same" and stride != (1, 1):
        raise ArgumentError(
            "a stride of 1 with padding='same'", f"stride={stride}", "pass the padding as an int"
        )
    return padding


def _checked_groups(groups: object, *channels: int) -> int:
    number = checked_size("groups", groups)
    if any(n % number for n in channels):
        raise ArgumentError(
            "groups that divide in_channels and out_channels",
            f"groups={number} for {channels[0]} and {channels[1]} channels",
            "choose a number that divides both",
        )
    return number


def _checked_mode(mode: object) -> str:
    if not isinstance(mode, str) or mode not in _MODES:
        raise ArgumentError(f"a padding_mode of {', '.join(_MODES)}", describe(mode), "choose one")
    return mode

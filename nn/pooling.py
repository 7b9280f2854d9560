"""Pooling: the greatest or the mean element of every window of an image.

Both are taken along the width first and then along the height, so that a window of k by k elements
costs 2k operations on arrays and not k².
"""

from functools import reduce
from operator import add
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from autograd import Value
from autograd.errors import ArgumentError, DTypeError, ShapeError, UnsupportedError, describe
from nn.arguments import checked_pair, checked_size, checked_switch
from nn.module import Module
from nn.sliding import Sliding

Pair: TypeAlias = int | tuple[int, int]


class MaxPool2d(Module):
    """y[i, j] = max_{u, v} x[s·i + d·u − p, s·j + d·v − p], for x of shape (..., height, width).

    kernel_size       k: one int for both axes, or (height, width); so are the next three.
    stride            s: how far the window moves; k unless given.
    padding           p: places of −∞ added on each side; at most half of what a window spans.
    dilation          d: how far apart the elements of a window lie.
    return_indices    False: PyTorch's other choice is not here.
    ceil_mode         also the last window that reaches over the end, if it begins in the image or
                      in the border before it.

    y has shape (..., height', width') with height' = ⌊(height + 2p − d(k − 1) − 1) / s⌋ + 1, or ⌈ ⌉
    with ceil_mode. As in PyTorch the gradient goes to the first of equal elements, row by row, and
    NaN is greater than all numbers. Raises ArgumentError for arguments that do not go together,
    ShapeError for an x smaller than a window, DTypeError for complex numbers, which have no order.

    >>> MaxPool2d(2)(np.array([[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 2.0, 2.0]]))
    array([[5., 2.]])
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        if return_indices:
            raise UnsupportedError(
                "a MaxPool2d that returns its maxima",
                "return_indices=True",
                "leave it out; grad of the sum of the result is 1 where the maxima are",
            )
        self.kernel_size = checked_pair("kernel_size", kernel_size)
        self.stride = self.kernel_size if stride is None else checked_pair("stride", stride)
        self.dilation = checked_pair("dilation", dilation)
        self.padding = _checked_padding(padding, self.kernel_size, self.dilation)
        self.ceil_mode = checked_switch("ceil_mode", ceil_mode)

    def forward(self, x: Any) -> Any:
        """The greatest element of every window."""
        image = _operand(x)
        if image.dtype.kind == "c":
            raise DTypeError(
                "real numbers to find the greatest of", describe(x), "take np.abs or np.real first"
            )
        windows = _windows(self.kernel_size, self.stride, self.padding, self.dilation)
        counts = _counts(x, self, windows, self.ceil_mode)
        lowest = -np.inf if image.dtype.kind == "f" else _lowest(image.dtype)
        image = _padded(image, windows, counts, lowest)
        # Along the width first: then of equal elements the first one, row by row, comes out.
        for axis in (-1, -2):
            image = reduce(_greater, _elements(image, axis, windows[axis], counts[axis]))
        return image

    def extra_repr(self) -> str:
        """The arguments the layer was made with."""
        return _settings(self, "kernel_size", "stride", "padding", "dilation", "ceil_mode")


class AvgPool2d(Module):
    """y[i, j] = Σ_{u, v} x[s·i + u − p, s·j + v − p] / n, for x of shape (..., height, width).

    kernel_size          k: one int for both axes, or (height, width); so are the next two.
    stride               s: how far the window moves; k unless given.
    padding              p: places of 0 added on each side; at most half of the window.
    ceil_mode            also the last window that reaches over the end, if it begins in the image
                         or in the border before it.
    count_include_pad    whether n, the size of the window, counts the padding in it. What ceil_mode
                         lets reach beyond the padding is never counted.
    divisor_override     n itself, if given.

    y has shape (..., height', width') with height' = ⌊(height + 2p − k) / s⌋ + 1, or ⌈ ⌉ with
    ceil_mode. Raises ArgumentError for arguments that do not go together, ShapeError for an x
    smaller than a window.

    >>> AvgPool2d(2)(np.array([[1.0, 5.0, 2.0, 0.0], [3.0, 3.0, 2.0, 2.0]]))
    array([[3. , 1.5]])
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        self.kernel_size = checked_pair("kernel_size", kernel_size)
        self.stride = self.kernel_size if stride is None else checked_pair("stride", stride)
        self.padding = _checked_padding(padding, self.kernel_size, (1, 1))
        self.ceil_mode = checked_switch("ceil_mode", ceil_mode)
        self.count_include_pad = checked_switch("count_include_pad", count_include_pad)
        self.divisor_override = (
            None if divisor_override is None else checked_size("divisor_override", divisor_override)
        )

    def forward(self, x: Any) -> Any:
        """The mean of every window."""
        image = _operand(x)
        if image.dtype.kind in "biu":
            image = image.astype(np.float64)  # as np.mean does: sums of small integers overflow
        windows = _windows(self.kernel_size, self.stride, self.padding, (1, 1))
        counts = _counts(x, self, windows, self.ceil_mode)
        divisor = self._divisor(image, windows, counts)
        image = _padded(image, windows, counts, 0)
        for axis in (-1, -2):
            image = _sums(image, axis, windows[axis], counts[axis])
        return image / divisor

    def extra_repr(self) -> str:
        """The arguments the layer was made with."""
        names = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")
        return _settings(self, *names, "divisor_override")

    def _divisor(self, image: Any, windows: list[Sliding], counts: list[int]) -> Any:
        """How many elements each window has: one number where it is the same for all."""
        if self.divisor_override is not None:
            return self.divisor_override
        sizes = []
        for window, count, n in zip(windows, counts, image.shape[-2:], strict=True):
            border = (window.before, window.after) if self.count_include_pad else (0, 0)
            start = np.arange(count) * window.stride - window.before
            end = np.minimum(start + window.size, n + border[1])
            sizes.append(end - np.maximum(start, -border[0]))
        sizes = np.multiply.outer(*sizes)
        first = int(sizes[0, 0])
        if np.all(sizes == first):
            return first
        return sizes.astype(image.dtype if image.dtype.kind in "fc" else np.float64)


def _operand(x: Value | ArrayLike) -> Any:
    return x if isinstance(x, Value) else np.asarray(x)


def _windows(*settings: tuple[int, int]) -> list[Sliding]:
    """Along the height and along the width."""
    return [Sliding(k, s, p, p, d) for k, s, p, d in zip(*settings, strict=True)]


def _counts(x: Any, layer: Module, windows: list[Sliding], ceil_mode: bool) -> list[int]:
    """How many windows lie along the height and along the width."""
    sizes = np.shape(x)[-2:]
    counts = [window.count(n, ceil_mode) for window, n in zip(windows, sizes, strict=False)]
    if len(sizes) < 2 or 0 in sizes or min(counts) < 1:
        name = f"{type(layer).__name__}({layer.extra_repr()})"
        raise ShapeError(
            f"x of shape (..., height, width), {windows[0].span} by {windows[1].span} or more "
            f"with the padding, for {name}",
            describe(x),
            "choose a smaller kernel_size, or leave the layer out for images this small",
        )
    return counts


def _padded(image: Any, windows: list[Sliding], counts: list[int], filling: float) -> Any:
    """The image with what the windows see around it."""
    sizes = image.shape[-2:]
    borders = [w.borders(n, count) for w, n, count in zip(windows, sizes, counts, strict=True)]
    if not any(map(any, borders)):
        return image
    widths = ((0, 0),) * (image.ndim - 2) + tuple(borders)
    return np.pad(image, widths, constant_values=filling)


def _elements(image: Any, axis: int, window: Sliding, count: int) -> list[Any]:
    """The first element of each window along an axis, the second ones, and so on."""
    behind = (slice(None),) * (-axis - 1)
    return [image[(..., window.places(i, count), *behind)] for i in range(window.size)]


def _greater(a: Any, b: Any) -> Any:
    # Every comparison with NaN is false. np.maximum would share the gradient between equals.
    return np.where(np.logical_or(b > a, b != b), b, a)


def _sums(image: Any, axis: int, window: Sliding, count: int) -> Any:
    """The sum of each window along an axis."""
    # NumPy adds whole arrays faster than short axes, but each slice costs a pass going back.
    if window.size <= 8 or window.size != window.stride:
        return reduce(add, _elements(image, axis, window, count))
    behind = (slice(None),) * (-axis - 1)
    tiled = image[(..., slice(0, count * window.size), *behind)]
    ahead, rest = tiled.shape[:axis], tiled.shape[tiled.ndim + axis + 1 :]
    return np.sum(np.reshape(tiled, (*ahead, count, window.size, *rest)), axis=axis)


def _lowest(dtype: np.dtype[Any]) -> Any:
    return False if dtype.kind == "b" else int(np.iinfo(dtype).min)


def _checked_padding(
    padding: object, sizes: tuple[int, int], dilations: tuple[int, int]
) -> tuple[int, int]:
    checked = checked_pair("padding", padding, least=0)
    for p, size, dilation in zip(checked, sizes, dilations, strict=True):
        if 2 * p > Sliding(size, dilation=dilation).span:
            raise ArgumentError(
                "padding of at most half of what a window spans, so that none lies in it alone",
                f"padding={checked} for kernel_size={sizes} and dilation={dilations}",
                "pass a smaller padding, or pad the image with np.pad",
            )
    return checked


def _settings(layer: Module, *names: str) -> str:
    """The arguments with their names, those after the first three only where they are unusual."""
    usual = {"dilation": (1, 1), "ceil_mode": False, "count_include_pad": True}
    shown = [n for n in names if getattr(layer, n) != usual.get(n)]
    return ", ".join(f"{name}={getattr(layer, name)}" for name in shown)

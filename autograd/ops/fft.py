"""Discrete Fourier transforms: all linear, and each the transpose of another.

With F[k, j] = exp(-2πi jk / n): F is symmetric, so the transpose of `fft` is `fft` again. `rfft`
keeps half of F, and the transpose of that, for real numbers, is an unscaled `irfft` of the
conjugate, with the frequencies halved that stand for two. Imported when np.fft is first used.
"""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.broadcast import data_of
from autograd.errors import ArgumentError
from autograd.op import apply, composite, linear

# The norm under which the transform back is the transpose, up to the weights of `_share`.
_TRANSPOSED: dict[Any, Any] = {
    None: "forward",
    "backward": "forward",
    "ortho": "ortho",
    "forward": "backward",
}


def _as_before(g: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """The transpose of the cutting or filling with zeros that a transform of `x` begins with."""
    index: list[Any] = [slice(None)] * np.ndim(x)
    missing = [(0, 0)] * np.ndim(x)
    for axis in axes:
        before, n = np.shape(x)[axis], np.shape(g)[axis]
        index[axis] = slice(before)
        missing[axis] = (0, max(before - n, 0))
    if np.shape(g) != np.shape(x):
        g = np.pad(g[tuple(index)], missing)
    return g


def _share(n: int, axis: int, like: Any) -> np.ndarray:
    """1 for a frequency that stands for itself, 1/2 for one that stands for its conjugate too."""
    weights = np.full(n // 2 + 1, 0.5, data_of(like).real.dtype)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return weights.reshape(-1, *[1] * (np.ndim(like) - 1 - axis % np.ndim(like)))


def _rfft_back(g: Any, y: Any, x: Any, *, n: int, axis: int, norm: Any) -> Any:
    half = np.conjugate(g) * _share(n, axis, g)
    return _as_before(np.fft.irfft(half, n, axis, _TRANSPOSED[norm]), x, (axis,))


def _irfft_back(g: Any, y: Any, x: Any, *, n: int, axis: int, norm: Any) -> Any:
    half = np.conjugate(np.fft.rfft(g, n, axis, _TRANSPOSED[norm]))
    return _as_before(half / _share(n, axis, half), x, (axis,))


fft_row = linear(
    lambda x, sizes, axes, norm: np.fft.fftn(x, sizes, axes, norm),
    lambda g, y, x, *, sizes, axes, norm: _as_before(np.fft.fftn(g, axes=axes, norm=norm), x, axes),
    name="fft",
)
ifft_row = linear(
    lambda x, sizes, axes, norm: np.fft.ifftn(x, sizes, axes, norm),
    lambda g, y, x, *, sizes, axes, norm: _as_before(
        np.fft.ifftn(g, axes=axes, norm=norm), x, axes
    ),
    name="ifft",
)
rfft_row = linear(
    lambda x, n, axis, norm: np.fft.rfft(x, n, axis, norm),
    _rfft_back,
    name="rfft",
)
irfft_row = linear(
    lambda x, n, axis, norm: np.fft.irfft(x, n, axis, norm),
    _irfft_back,
    name="irfft",
)


def _sizes(a: Any, s: Any, axes: Any, norm: Any) -> tuple[list[int | None], list[int]]:
    """The lengths that a transform takes its axes to, and the axes, counted from the last one."""
    if norm not in _TRANSPOSED:
        raise ArgumentError(
            "norm 'backward', 'ortho' or 'forward'", repr(norm), "leave it out for 'backward'"
        )
    n = np.ndim(a)
    if axes is None:
        axes = range(n) if s is None else range(n - len(s), n)
    axes = [axis - n for axis in normalize_axis_tuple(axes, n, allow_duplicate=True)]
    sizes = [None] * len(axes) if s is None else list(s)
    if len(sizes) != len(axes):
        raise ArgumentError(
            "one length for each axis to transform",
            f"{len(sizes)} lengths, {len(axes)} axes",
            "give s and axes the same number of items",
        )
    pairs = zip(sizes, axes, strict=True)
    return [np.shape(a)[axis] if size == -1 else size for size, axis in pairs], axes


def _over(row: Any, a: Any, s: Any, axes: Any, norm: Any) -> Any:
    """The complex transform over several axes, the last one first where one comes twice."""
    sizes, axes = _sizes(a, s, axes, norm)
    if not axes:
        return a
    if len(set(axes)) < len(axes):
        for size, axis in zip(reversed(sizes), reversed(axes), strict=True):
            a = _over(row, a, (size,), (axis,), norm)
        return a
    lengths = tuple(
        np.shape(a)[axis] if size is None else int(size)
        for size, axis in zip(sizes, axes, strict=True)
    )
    return apply(row, (a,), {"sizes": lengths, "axes": tuple(axes), "norm": norm})


def _of_real(a: Any, n: Any, axis: int, norm: Any) -> Any:
    (size,), (axis,) = _sizes(a, (n,), (axis,), norm)
    size = np.shape(a)[axis] if size is None else int(size)
    return apply(rfft_row, (a,), {"n": size, "axis": axis, "norm": norm})


def _to_real(a: Any, n: Any, axis: int, norm: Any) -> Any:
    (size,), (axis,) = _sizes(a, (n,), (axis,), norm)
    size = 2 * (np.shape(a)[axis] - 1) if size is None else int(size)
    return apply(irfft_row, (a,), {"n": size, "axis": axis, "norm": norm})


@composite(np.fft.fft)
def fft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """np.fft.fft: y[k] = Σ a[j] exp(-2πi jk / n)."""
    return _over(fft_row, a, (n,), (axis,), norm)


@composite(np.fft.ifft)
def ifft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """np.fft.ifft: y[k] = Σ a[j] exp(2πi jk / n) / n."""
    return _over(ifft_row, a, (n,), (axis,), norm)


@composite(np.fft.rfft)
def rfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """np.fft.rfft: the frequencies 0 to n / 2 of the fft of real numbers."""
    return _of_real(a, n, axis, norm)


@composite(np.fft.irfft)
def irfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """np.fft.irfft: the real numbers that have these frequencies."""
    return _to_real(a, n, axis, norm)


@composite(np.fft.hfft)
def hfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """np.fft.hfft: the real fft of numbers whose second half is the conjugate of the first."""
    return _to_real(np.conjugate(a), n, axis, _swapped(norm))


@composite(np.fft.ihfft)
def ihfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """np.fft.ihfft: the first half of the ifft of real numbers."""
    return np.conjugate(_of_real(a, n, axis, _swapped(norm)))


def _swapped(norm: Any) -> Any:
    return _TRANSPOSED.get(norm, norm)


@composite(np.fft.fftn)
def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """np.fft.fftn: fft over several axes, all if none are named."""
    return _over(fft_row, a, s, axes, norm)


@composite(np.fft.ifftn)
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """np.fft.ifftn: ifft over several axes, all if none are named."""
    return _over(ifft_row, a, s, axes, norm)


@composite(np.fft.rfftn)
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """np.fft.rfftn: rfft over the last of the axes, then fft over the others."""
    sizes, axes = _sizes(a, s, axes, norm)
    return _over(fft_row, _of_real(a, sizes[-1], axes[-1], norm), sizes[:-1], axes[:-1], norm)


@composite(np.fft.irfftn)
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """np.fft.irfftn: ifft over all axes but the last one, then irfft over that."""
    sizes, axes = _sizes(a, s, axes, norm)
    return _to_real(_over(ifft_row, a, sizes[:-1], axes[:-1], norm), sizes[-1], axes[-1], norm)


@composite(np.fft.fft2)
def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """np.fft.fft2: fftn over the last two axes."""
    return fftn(a, s, axes, norm)


@composite(np.fft.ifft2)
def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """np.fft.ifft2: ifftn over the last two axes."""
    return ifftn(a, s, axes, norm)


@composite(np.fft.rfft2)
def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """np.fft.rfft2: rfftn over the last two axes."""
    return rfftn(a, s, axes, norm)


@composite(np.fft.irfft2)
def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """np.fft.irfft2: irfftn over the last two axes."""
    return irfftn(a, s, axes, norm)


@composite(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    """np.fft.fftshift: frequency 0 in the middle."""
    return _shifted(x, axes, lambda n: n // 2)


@composite(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """np.fft.ifftshift: the inverse of fftshift."""
    return _shifted(x, axes, lambda n: -(n // 2))


def _shifted(x: Any, axes: Any, by: Any) -> Any:
    axes = normalize_axis_tuple(range(np.ndim(x)) if axes is None else axes, np.ndim(x), None, True)
    return np.roll(x, [by(np.shape(x)[axis]) for axis in axes], axes)

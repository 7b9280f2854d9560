"""Convolution and correlation of arrays with any number of axes."""

from collections.abc import Sequence
from math import log2, prod
from typing import Any

import numpy as np
import scipy.fft
import scipy.signal

from autograd.errors import ArgumentError, ShapeError, describe
from autograd.ops.convolution import window
from autograd.ops.window import sliding_window_view
from autograd.scipy.linalg.parts import holds_value, of_scipy


def _part(mode: str, n: Sequence[int], m: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where in the full convolution of these lengths the result of a mode starts, and its size."""
    pairs = list(zip(n, m, strict=True))
    if mode == "full":
        return (0,) * len(pairs), tuple(i + j - 1 for i, j in pairs)
    if mode == "same":
        return tuple((j - 1) // 2 for _, j in pairs), tuple(n)
    if mode != "valid":
        raise ArgumentError(
            "mode full, same or valid of a convolution", repr(mode), "choose one of them"
        )
    if not (all(i >= j for i, j in pairs) or all(i <= j for i, j in pairs)):
        raise ShapeError(
            "for mode valid, one array at least as long as the other along every axis",
            f"{tuple(n)}, {tuple(m)}",
            "use another mode, or cut one of them",
        )
    return tuple(min(pair) - 1 for pair in pairs), tuple(abs(i - j) + 1 for i, j in pairs)


def _same_ndim(in1: Any, in2: Any) -> tuple[Any, Any]:
    in1, in2 = (x if hasattr(x, "ndim") else np.asarray(x) for x in (in1, in2))
    if in1.ndim != in2.ndim:
        raise ShapeError(
            "two arrays with as many axes as each other",
            f"{describe(in1)}, {describe(in2)}",
            "np.expand_dims the smaller one",
        )
    return in1, in2


def _turned(x: Any) -> Any:
    x = np.flip(x)
    return np.conjugate(x) if np.iscomplexobj(x) else x


def convolve(
    in1: Any,
    in2: Any,
    *options: Any,
    mode: str = "full",
    method: str = "auto",
    axes: Any = None,
    dot_axes: Any = ((), ()),
) -> Any:
    """c[t] = Σ in1[i] in2[t - i]: scipy.signal.convolve(in1, in2, mode="full", method="auto").

    mode             "full", "same" (the length of in1) or "valid" (where both overlap wholly).
    method           "direct", "fft", or "auto" for what should be faster.
    axes, dot_axes   as in HIPS autograd, which has them third and fourth, and `mode` fifth: two
                     lists of axes to convolve, and two of axes to multiply and sum over. The result
                     has the other axes of in1, those of in2, then the convolved ones.

    >>> from autograd import grad
    >>> grad(lambda x: convolve(x, np.array([1.0, 2.0, 4.0])).sum())(np.ones(3))
    array([7., 7., 7.])
    """
    names = ("axes", "dot_axes", "mode")
    if options and isinstance(options[0], str):
        names = ("mode", "method")
    given = {"mode": mode, "method": method, "axes": axes, "dot_axes": dot_axes}
    given.update(zip(names, options, strict=False))
    mode, method, axes, dot_axes = given.values()
    if axes is not None or any(map(len, dot_axes)):
        return _convolve_axes(in1, in2, axes, dot_axes, mode)
    if not (holds_value(in1) or holds_value(in2)):
        return scipy.signal.convolve(in1, in2, mode, method)
    in1, in2 = _same_ndim(in1, in2)
    if in1.ndim == 0:
        return in1 * in2
    start, size = _part(mode, in1.shape, in2.shape)
    # A Fourier transform of n numbers takes about 15 log n operations for each of them.
    shorter = min(prod(in1.shape), prod(in2.shape))
    if method == "auto":
        method = "fft" if shorter > 15 * log2(in1.size + in2.size) else "direct"
    if method == "fft":
        return _by_transforms(in1, in2, start, size, range(in1.ndim))
    if method != "direct":
        raise ArgumentError(
            "method auto, direct or fft of convolve", repr(method), "choose one of them"
        )
    return window(in1, in2, start, size)


def _convolve_axes(a: Any, b: Any, axes: Any, dot_axes: Any, mode: str) -> Any:
    """HIPS autograd's convolve: a product of matrices, of the windows of the larger array."""
    n, m = np.ndim(a), np.ndim(b)
    axes = (range(n), range(m)) if axes is None else axes
    over_a, over_b = ([int(i) % n for i in axes[0]], [int(i) % m for i in axes[1]])
    dot_a, dot_b = ([int(i) % n for i in dot_axes[0]], [int(i) % m for i in dot_axes[1]])
    other_a = [i for i in range(n) if i not in (*over_a, *dot_a)]
    other_b = [i for i in range(m) if i not in (*over_b, *dot_b)]
    lengths, widths = [np.shape(a)[i] for i in over_a], [np.shape(b)[i] for i in over_b]
    start, size = _part(mode, lengths, widths)
    other = len(other_a), len(other_b)
    a = np.transpose(a, [*other_a, *dot_a, *over_a])
    b = np.transpose(b, [*other_b, *dot_b, *over_b])
    if prod(widths) <= prod(lengths):
        return _windows_times(a, b, other[0], other[1], start, size)
    found = _windows_times(b, a, other[1], other[0], start, size)
    return np.moveaxis(found, range(other[1]), range(other[0], sum(other)))


def _windows_times(
    a: Any, b: Any, other_a: int, other_b: int, start: tuple[int, ...], size: tuple[int, ...]
) -> Any:
    """A part of the convolution along the last axes, summed over those between `other` and them."""
    d, ahead = len(size), np.ndim(a) - len(size)
    summed = ahead - other_a
    lengths, widths = np.shape(a)[ahead:], np.shape(b)[np.ndim(b) - d :]
    # What the windows see of a: the elements from start - width + 1 to start + size - 1.
    before = [w - 1 - s for w, s in zip(widths, start, strict=True)]
    after = [s + k - n for s, k, n in zip(start, size, lengths, strict=True)]
    a = np.pad(a, [(0, 0)] * ahead + list(zip(before, after, strict=True)))
    windows = sliding_window_view(a, widths, range(ahead, ahead + d))
    windows = np.moveaxis(windows, range(other_a, ahead), range(other_a + d, ahead + d))
    b = np.flip(b, tuple(range(other_b + summed, np.ndim(b))))
    over_b = list(range(other_b, np.ndim(b)))
    found = np.tensordot(windows, b, (range(other_a + d, np.ndim(windows)), over_b))
    return np.moveaxis(found, range(other_a, other_a + d), range(-d, 0))


def _by_transforms(
    a: Any, b: Any, start: tuple[int, ...], size: tuple[int, ...], axes: Sequence[int]
) -> Any:
    """c[start : start + size], by the Fourier transforms of both along `axes`."""
    is_complex = np.iscomplexobj(a) or np.iscomplexobj(b)
    lengths = [
        scipy.fft.next_fast_len(np.shape(a)[i] + np.shape(b)[i] - 1, not is_complex) for i in axes
    ]
    there, back = (np.fft.fftn, np.fft.ifftn) if is_complex else (np.fft.rfftn, np.fft.irfftn)
    product = there(a, lengths, axes) * there(b, lengths, axes)
    whole = back(product, lengths, axes)
    index: list[Any] = [slice(None)] * np.ndim(whole)
    for i, low, n in zip(axes, start, size, strict=True):
        index[i] = slice(low, low + n)
    return whole[tuple(index)]


@of_scipy(scipy.signal.fftconvolve)
def fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """c[t] = Σ in1[i] in2[t - i], by Fourier transforms along `axes`; the others broadcast."""
    in1, in2 = _same_ndim(in1, in2)
    if in1.ndim == 0:
        return in1 * in2
    if axes is None:
        over = list(range(in1.ndim))
    else:
        over = [int(i) % in1.ndim for i in np.atleast_1d(axes)]
    n, m = [in1.shape[i] for i in over], [in2.shape[i] for i in over]
    if 0 in (*in1.shape, *in2.shape):
        return window(in1, in2, *_part(mode, n, m))
    return _by_transforms(in1, in2, *_part(mode, n, m), over)


@of_scipy(scipy.signal.oaconvolve)
def oaconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """The result of `fftconvolve`; on Values it is computed as there, not by overlapping blocks."""
    return fftconvolve(in1, in2, mode, axes)


@of_scipy(scipy.signal.correlate)
def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """c[k] = Σ in1[n + k] conj(in2[n])."""
    in1, in2 = _same_ndim(in1, in2)
    return convolve(in1, _turned(in2), mode, method)


_BORDERS: dict[str, Any] = {
    "fill": "constant",
    "pad": "constant",
    "wrap": "wrap",
    "circular": "wrap",
}
_BORDERS |= {"symm": "symmetric", "symmetric": "symmetric"}


@of_scipy(scipy.signal.convolve2d)
def convolve2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    """c[t] = Σ in1[i] in2[t - i] of two matrices.

    boundary    what in1 has outside: "fill" (fillvalue), "wrap" (periodic) or "symm" (mirrored).
    """
    in1, in2 = _same_ndim(in1, in2)
    return _bordered(in1, in2, _part(mode, in1.shape, in2.shape), mode, boundary, fillvalue)


def _bordered(
    in1: Any, in2: Any, part: tuple[Any, Any], mode: str, boundary: str, fillvalue: Any
) -> Any:
    """A part of the convolution of two matrices, the first one continued over its border."""
    start, size = part
    if in1.ndim != 2:
        raise ShapeError("two matrices for a convolution in 2-D", describe(in1), "use convolve")
    if boundary not in _BORDERS:
        raise ArgumentError(
            "boundary fill, wrap or symm of a convolution", repr(boundary), "choose one of them"
        )
    if mode == "valid":
        return window(in1, in2, start, size)
    widths = [(m - 1, m - 1) for m in in2.shape]
    fill = {"constant_values": fillvalue} if _BORDERS[boundary] == "constant" else {}
    continued = np.pad(in1, widths, mode=_BORDERS[boundary], **fill)
    inside = tuple(s + m - 1 for s, m in zip(start, in2.shape, strict=True))
    return window(continued, in2, inside, size)


@of_scipy(scipy.signal.correlate2d)
def correlate2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    """c[k] = Σ in1[n + k] conj(in2[n]) of two matrices; `boundary` as in `convolve2d`."""
    in1, in2 = _same_ndim(in1, in2)
    start, size = _part(mode, in1.shape, in2.shape)
    if mode == "same":  # SciPy's middle of an even length is another one here
        start = tuple(m // 2 for m in in2.shape)
    if mode == "valid" and in1.shape < in2.shape:  # and here the shorter one is conjugated
        return window(np.conjugate(in1), np.flip(in2), start, size)
    return _bordered(in1, _turned(in2), (start, size), mode, boundary, fillvalue)

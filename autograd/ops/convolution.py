"""Convolution and correlation: every derivative of a convolution is a convolution.

One row does all of it: a window of the full convolution c[t] = Σ a[i] v[t - i], zeros outside.
"""

from itertools import product
from math import prod
from string import ascii_lowercase
from typing import Any

import numpy as np

from autograd import leading
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.op import apply, composite, multilinear


def _one_row(a: np.ndarray, v: np.ndarray, start: int, size: int) -> Any:
    """The window in one dimension, `v` being no longer than `a`, by np.convolve."""
    n, m = len(a), len(v)
    if start == 0 and size == n + m - 1:
        return np.convolve(a, v)
    first, end = start - m + 1, start + size
    part = a[max(first, 0) : max(end, 0)]
    before = min(max(-first, 0), end - first)
    padded = np.zeros(end - first, a.dtype)
    padded[before : before + len(part)] = part
    return np.convolve(padded, v, "valid")


def _overlap(offset: int, n: int, m: int) -> tuple[slice, slice]:
    """The k below m with 0 <= k + offset < n, and those k + offset."""
    low = max(0, -offset)
    high = max(low, min(m, n - offset))
    return slice(low, high), slice(low + offset, high + offset)


def _window(a: Any, v: Any, start: tuple[int, ...], size: tuple[int, ...]) -> Any:
    """c[start : start + size] along the last axes; the axes before them broadcast."""
    a, v = np.asarray(a), np.asarray(v)
    n = len(size)
    if prod(v.shape[-n:]) > prod(a.shape[-n:]):
        a, v = v, a
    lengths, widths = a.shape[-n:], v.shape[-n:]
    dtype = np.result_type(a, v)
    if a.ndim == v.ndim == n == 1 and 0 not in (*lengths, *widths, *size):
        return _one_row(a, v, *start, *size).astype(dtype, copy=False)
    batch = np.broadcast_shapes(a.shape[:-n], v.shape[:-n])
    out = np.zeros((*batch, *size), dtype)
    # The loop is over the fewest: elements of the shorter, each times a part of the longer, or
    # elements of the result, each a sum of products.
    if prod(widths) <= prod(size):
        for place in product(*map(range, widths)):
            pairs = map(_overlap, np.subtract(start, place), lengths, size)
            to, of = zip(*pairs, strict=True)
            out[..., *to] += v[..., *place][..., *[np.newaxis] * n] * a[..., *of]
    else:
        turned = _reversed(v, n)
        axes = ascii_lowercase[:n]
        for place in product(*map(range, size)):
            offsets = np.subtract(widths, 1) - start - place
            of, turned_of = zip(*map(_overlap, offsets, widths, lengths), strict=True)
            factors = a[..., *of], turned[..., *turned_of]
            out[..., *place] = np.einsum(f"...{axes},...{axes}->...", *factors)
    return out


def _reversed(x: Any, n: int) -> Any:
    """`x` turned around along its last n axes."""
    return x[..., *[slice(None, None, -1)] * n]


def _window_back(g: Any, x: Any, other: Any, start: tuple[int, ...], n: int) -> Any:
    """c[i] = Σ g[k] other[k - i + start]: a window of g with `other` turned around."""
    lengths = np.shape(other)[-n:]
    starts = tuple(length - 1 - s for length, s in zip(lengths, start, strict=True))
    static = {"start": starts, "size": np.shape(x)[-n:]}
    return apply(window_row, (g, _reversed(other, n)), static)


def _window_batch(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    n = len(static["size"])
    return leading.core(n, n)(op, xs, batched, static, y)


window_row = multilinear(
    _window,
    lambda g, y, a, v, *, start, size: _window_back(g, a, v, start, len(size)),
    lambda g, y, a, v, *, start, size: _window_back(g, v, a, start, len(size)),
    batch=_window_batch,
    name="convolution",
)


def window(a: Any, v: Any, start: tuple[int, ...], size: tuple[int, ...]) -> Any:
    """c[start : start + size] of the full convolution c along the last axes of `a` and `v`."""
    return apply(window_row, (a, v), {"start": tuple(start), "size": tuple(size)})


_MODES = {0: "valid", 1: "same", 2: "full"}


def _vectors(a: Any, v: Any, mode: Any, name: str) -> tuple[int, int, str]:
    """The lengths of the two vectors, and the mode by its name."""
    for x in (a, v):
        if np.ndim(x) != 1 or np.shape(x)[0] == 0:
            raise ShapeError(
                f"two vectors that are not empty for {name}",
                f"{describe(a)}, {describe(v)}",
                "autograd.scipy.signal.convolve and correlate take more axes",
            )
    mode = _MODES.get(mode, mode)
    if mode not in _MODES.values():
        raise ArgumentError(f"mode full, same or valid of {name}", repr(mode), "choose one of them")
    return np.shape(a)[0], np.shape(v)[0], mode


@composite(np.convolve)
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """np.convolve: c[t] = Σ a[i] v[t - i]."""
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    n, m, mode = _vectors(a, v, mode, "convolve")
    n, m = max(n, m), min(n, m)
    start = {"full": 0, "same": (m - 1) // 2, "valid": m - 1}[mode]
    size = {"full": n + m - 1, "same": n, "valid": n - m + 1}[mode]
    return window(a, v, (start,), (size,))


@composite(np.correlate)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """np.correlate: c[k] = Σ a[n + k] conj(v[n])."""
    a, v = (x if hasattr(x, "ndim") else np.asarray(x) for x in (a, v))
    n, m, mode = _vectors(a, v, mode, "correlate")
    middle = (m - 1) // 2 if n >= m else n // 2
    start = {"full": 0, "same": middle, "valid": min(n, m) - 1}[mode]
    size = {"full": n + m - 1, "same": max(n, m), "valid": abs(n - m) + 1}[mode]
    turned = v[::-1]
    return window(a, np.conjugate(turned) if np.iscomplexobj(v) else turned, (start,), (size,))

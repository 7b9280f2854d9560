"""The convolutional network of `jit_cnn.py`, its derivatives written out in NumPy.

Channels are the last axis, so that every convolution is one product of matrices.
"""

from typing import Any

import numpy as np

from benchmarks.by_hand import Arrays, cross_entropy


def columns(x: np.ndarray) -> np.ndarray:
    """What each 3×3 window sees, a row each: (batch · height · width, 9 · channels)."""
    batch, n, _, channels = x.shape
    padded = np.zeros((batch, n + 2, n + 2, channels), x.dtype)
    padded[:, 1:-1, 1:-1] = x
    seen = np.empty((batch, n, n, 9, channels), x.dtype)
    for k in range(9):
        i, j = divmod(k, 3)
        seen[:, :, :, k] = padded[:, i : i + n, j : j + n]
    return seen.reshape(-1, 9 * channels)


def columns_back(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Where windows overlap, their cotangents add."""
    batch, n, _, channels = shape
    g = g.reshape(batch, n, n, 9, channels)
    padded = np.zeros((batch, n + 2, n + 2, channels), g.dtype)
    for k in range(9):
        i, j = divmod(k, 3)
        padded[:, i : i + n, j : j + n] += g[:, :, :, k]
    return padded[:, 1:-1, 1:-1]


def gradient_by_hand(p: Arrays, x: np.ndarray, y: np.ndarray) -> tuple[Any, Arrays]:
    """Loss and gradients."""
    batch = len(x)
    h, kept, gradients = np.moveaxis(x, 1, 3), [], {}
    for layer in "ab":
        shape, seen = h.shape, columns(h)
        weight = p[f"{layer}.weight"].transpose(2, 3, 1, 0)
        weight = weight.reshape(seen.shape[1], -1)
        h = seen @ weight
        h += p[f"{layer}.bias"]
        np.maximum(h, 0.0, out=h)
        h = h.reshape(batch, shape[1] // 2, 2, shape[2] // 2, 2, -1)
        pooled = h.max(axis=(2, 4), keepdims=True)
        kept.append((shape, seen, weight, h, pooled))
        h = pooled[:, :, 0, :, 0]
    flat = np.moveaxis(h, 3, 1).reshape(batch, -1)
    loss, g = cross_entropy(flat @ p["c.weight"] + p["c.bias"], y)
    gradients["c.weight"], gradients["c.bias"] = flat.T @ g, g.sum(axis=0)
    g = np.moveaxis((g @ p["c.weight"].T).reshape(batch, h.shape[3], *h.shape[1:3]), 1, 3)
    for layer in "ba":
        shape, seen, weight, h, pooled = kept.pop()
        largest = (h == pooled) & (pooled > 0)
        g = (g[:, :, None, :, None] * largest).reshape(-1, h.shape[-1])
        by_weight = (seen.T @ g).reshape(3, 3, shape[3], -1)
        gradients[f"{layer}.weight"] = by_weight.transpose(3, 2, 0, 1)
        gradients[f"{layer}.bias"] = g.sum(axis=0)
        if layer == "b":
            g = columns_back(g @ weight.T, shape)
    return loss, gradients

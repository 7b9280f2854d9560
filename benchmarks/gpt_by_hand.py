"""The GPT of `jit_gpt.py`, its derivatives written out in NumPy; features are rows throughout."""

from typing import Any

import numpy as np

from benchmarks.by_hand import Arrays, cross_entropy, gelu, gelu_back

HEADS = 4


def norm(p: Arrays, name: str, x: np.ndarray) -> tuple[np.ndarray, Any]:
    """Layer norm, and what its derivative needs."""
    centred = x - x.mean(axis=1, keepdims=True)
    scale = 1.0 / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + 1e-5)
    normal = centred * scale
    return normal * p[f"{name}.weight"] + p[f"{name}.bias"], (normal, scale)


def norm_back(p: Arrays, name: str, g: np.ndarray, kept: Any, gradients: Arrays) -> np.ndarray:
    """The cotangent of x."""
    normal, scale = kept
    gradients[f"{name}.weight"] = (g * normal).sum(axis=0)
    gradients[f"{name}.bias"] = g.sum(axis=0)
    g = g * p[f"{name}.weight"]
    along = (g * normal).mean(axis=1, keepdims=True)
    return scale * (g - g.mean(axis=1, keepdims=True) - normal * along)


def linear_back(
    p: Arrays, weight: str, bias: str, x: np.ndarray, g: np.ndarray, gradients: Arrays
) -> np.ndarray:
    """The cotangent of x in x W + b."""
    gradients[weight], gradients[bias] = x.T @ g, g.sum(axis=0)
    return g @ p[weight].T


def attention(p: Arrays, name: str, x: np.ndarray, batch: int) -> tuple[np.ndarray, Any]:
    """Causal attention of all heads, before the projection of what they saw."""
    length, features = len(x) // batch, x.shape[1]
    qkv = x @ p[f"{name}.in_proj_weight"] + p[f"{name}.in_proj_bias"]
    split = qkv.reshape(batch, length, 3, HEADS, features // HEADS).transpose(2, 0, 3, 1, 4)
    q, k, v = np.ascontiguousarray(split)
    q *= np.float32((features // HEADS) ** -0.5)
    scores = q @ k.swapaxes(2, 3)
    scores += np.triu(np.full((length, length), -np.inf, x.dtype), 1)
    scores -= scores.max(axis=3, keepdims=True)
    weights = np.exp(scores, out=scores)
    weights /= weights.sum(axis=3, keepdims=True)
    seen = (weights @ v).transpose(0, 2, 1, 3).reshape(x.shape)
    return seen, (q, k, v, weights)


def attention_back(
    p: Arrays, name: str, x: np.ndarray, g: np.ndarray, kept: Any, gradients: Arrays
) -> np.ndarray:
    """The cotangent of x."""
    q, k, v, weights = kept
    batch, heads, length, width = q.shape
    g = g.reshape(batch, length, heads, width).transpose(0, 2, 1, 3)
    g_weights = g @ v.swapaxes(2, 3)
    along = (g_weights * weights).sum(axis=3, keepdims=True)
    g_scores = weights * (g_weights - along)
    g_qkv = np.empty((batch, length, 3, heads, width), x.dtype)
    parts = g_qkv.transpose(2, 0, 3, 1, 4)
    parts[0] = (g_scores @ k) * np.float32(width**-0.5)
    parts[1] = g_scores.swapaxes(2, 3) @ q
    parts[2] = weights.swapaxes(2, 3) @ g
    g_rows = g_qkv.reshape(len(x), -1)
    names = f"{name}.in_proj_weight", f"{name}.in_proj_bias"
    return linear_back(p, *names, x, g_rows, gradients)


def gradient_by_hand(p: Arrays, tokens: np.ndarray, targets: np.ndarray) -> tuple[Any, Arrays]:
    """Loss and gradients."""
    batch, length = tokens.shape
    layers = sum(name.endswith("norm1.weight") for name in p)
    gradients: Arrays = {}
    x = (p["token_embedding.weight"][tokens] + p["position_embedding.weight"]).reshape(
        batch * length, -1
    )
    kept = []
    for i in range(layers):
        b = f"blocks.{i}"
        h1, norm1 = norm(p, f"{b}.norm1", x)
        seen, attended = attention(p, f"{b}.attention", h1, batch)
        x = x + seen @ p[f"{b}.attention.out_proj.weight"] + p[f"{b}.attention.out_proj.bias"]
        h2, norm2 = norm(p, f"{b}.norm2", x)
        wide, widened = gelu(h2 @ p[f"{b}.widen.weight"] + p[f"{b}.widen.bias"])
        x = x + wide @ p[f"{b}.narrow.weight"] + p[f"{b}.narrow.bias"]
        kept.append((h1, norm1, seen, attended, h2, norm2, wide, widened))
    last, last_norm = norm(p, "norm", x)
    loss, g = cross_entropy(last @ p["head.weight"], targets.reshape(-1))
    gradients["head.weight"] = last.T @ g
    g = norm_back(p, "norm", g @ p["head.weight"].T, last_norm, gradients)
    for i in range(layers - 1, -1, -1):
        b = f"blocks.{i}"
        h1, norm1, seen, attended, h2, norm2, wide, widened = kept[i]
        names = f"{b}.narrow.weight", f"{b}.narrow.bias"
        inner = gelu_back(linear_back(p, *names, wide, g, gradients), widened)
        names = f"{b}.widen.weight", f"{b}.widen.bias"
        inner = linear_back(p, *names, h2, inner, gradients)
        g = g + norm_back(p, f"{b}.norm2", inner, norm2, gradients)
        names = f"{b}.attention.out_proj.weight", f"{b}.attention.out_proj.bias"
        inner = linear_back(p, *names, seen, g, gradients)
        inner = attention_back(p, f"{b}.attention", h1, inner, attended, gradients)
        g = g + norm_back(p, f"{b}.norm1", inner, norm1, gradients)
    chosen = np.eye(len(p["token_embedding.weight"]), dtype=g.dtype)[tokens.reshape(-1)]
    gradients["token_embedding.weight"] = chosen.T @ g
    gradients["position_embedding.weight"] = g.reshape(batch, length, -1).sum(axis=0)
    return loss, gradients

"""The recurrent network of `jit_lstm.py`, its derivatives written out in NumPy."""

from typing import Any

import numpy as np

from benchmarks.by_hand import Arrays, cross_entropy


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ᶻ), which does not overflow written like this."""
    return 0.5 * (np.tanh(0.5 * z) + 1.0)


def gradient_by_hand(p: Arrays, x: np.ndarray, y: np.ndarray) -> tuple[Any, Arrays]:
    """Loss and gradients; the products with the inputs are one, and so are those of weights."""
    batch, length, inputs = x.shape
    w_in, w = p["lstm.weight_ih_l0"], p["lstm.weight_hh_l0"]
    units = len(w)
    rows = np.ascontiguousarray(x.transpose(1, 0, 2)).reshape(-1, inputs)
    gates = (rows @ w_in + (p["lstm.bias_ih_l0"] + p["lstm.bias_hh_l0"])).reshape(
        length, batch, 4 * units
    )
    h = np.zeros((length + 1, batch, units), x.dtype)
    c, tanh_c = np.zeros_like(h), np.zeros_like(h)
    for t in range(length):
        z = gates[t]
        z += h[t] @ w
        z[:, : 2 * units] = sigmoid(z[:, : 2 * units])
        z[:, 2 * units : 3 * units] = np.tanh(z[:, 2 * units : 3 * units])
        z[:, 3 * units :] = sigmoid(z[:, 3 * units :])
        i, f, g, o = np.split(z, 4, axis=1)
        c[t + 1] = f * c[t] + i * g
        tanh_c[t + 1] = np.tanh(c[t + 1])
        h[t + 1] = o * tanh_c[t + 1]
    loss, g_out = cross_entropy(h[-1] @ p["head.weight"] + p["head.bias"], y)
    gradients = {"head.weight": h[-1].T @ g_out, "head.bias": g_out.sum(axis=0)}
    g_h, g_c = g_out @ p["head.weight"].T, np.zeros_like(c[0])
    g_gates = np.empty_like(gates)
    for t in range(length - 1, -1, -1):
        i, f, g, o = np.split(gates[t], 4, axis=1)
        g_c += g_h * o * (1.0 - tanh_c[t + 1] ** 2)
        g_i, g_f, g_g, g_o = np.split(g_gates[t], 4, axis=1)
        g_i[:] = g_c * g * i * (1.0 - i)
        g_f[:] = g_c * c[t] * f * (1.0 - f)
        g_g[:] = g_c * i * (1.0 - g * g)
        g_o[:] = g_h * tanh_c[t + 1] * o * (1.0 - o)
        g_c *= f
        g_h = g_gates[t] @ w.T
    g_rows = g_gates.reshape(-1, 4 * units)
    gradients["lstm.weight_ih_l0"] = rows.T @ g_rows
    gradients["lstm.weight_hh_l0"] = h[:-1].reshape(-1, units).T @ g_rows
    gradients["lstm.bias_ih_l0"] = gradients["lstm.bias_hh_l0"] = g_rows.sum(axis=0)
    return loss, gradients

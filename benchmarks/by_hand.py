"""Training steps by hand in NumPy: the derivatives written out, one line for each of the forward.

Parameters are a dict of arrays; weights of linear layers are (inputs, outputs).
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import erf

from benchmarks.contest import Build, Run

Arrays = dict[str, np.ndarray]
Gradient = Callable[..., tuple[Any, Arrays]]  # (parameters, *data) -> loss, gradients


def training(
    gradient_of: Gradient,
    initial: Mapping[str, np.ndarray],
    optimizer: str,
    rate: float,
    data: tuple[Any, ...],
) -> dict[str, Build]:
    """The step that this gradient and this optimizer make."""
    return {"numpy by hand": lambda: _step(gradient_of, initial, optimizer, rate, data)}


def _step(
    gradient_of: Gradient,
    initial: Mapping[str, np.ndarray],
    optimizer: str,
    rate: float,
    data: tuple[Any, ...],
) -> Run:
    parameters = {name: array.copy() for name, array in initial.items()}
    if optimizer == "SGD":

        def step() -> Any:
            loss, gradients = gradient_of(parameters, *data)
            for name, p in parameters.items():
                p -= rate * gradients[name]
            return loss

        return step
    update = adam(parameters, rate, 0.01 if optimizer == "AdamW" else 0.0)

    def adam_step() -> Any:
        loss, gradients = gradient_of(parameters, *data)
        update(gradients)
        return loss

    return adam_step


def adam(parameters: Arrays, rate: float, decay: float) -> Callable[[Arrays], None]:
    """Adam with every result in memory that is there already; with a decay, AdamW."""
    means = {name: np.zeros_like(p) for name, p in parameters.items()}
    squares = {name: np.zeros_like(p) for name, p in parameters.items()}
    spare = {name: np.zeros_like(p) for name, p in parameters.items()}
    count = 0

    def update(gradients: Arrays) -> None:
        nonlocal count
        count += 1
        size, correction = rate / (1 - 0.9**count), (1 - 0.999**count) ** -0.5
        for name, p in parameters.items():
            g, m, v, s = gradients[name], means[name], squares[name], spare[name]
            m *= 0.9
            m += np.multiply(g, 0.1, out=s)
            v *= 0.999
            np.multiply(g, g, out=s)
            s *= 0.001
            v += s
            np.sqrt(v, out=s)
            s *= correction
            s += 1e-8
            np.divide(m, s, out=s)
            s *= size
            if decay:
                p *= 1.0 - rate * decay
            p -= s

    return update


# An activation gives its value and what its derivative needs; the derivative takes a cotangent.
def tanh(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """tanh z, and itself."""
    h = np.tanh(z)
    return h, h


def tanh_back(g: np.ndarray, h: np.ndarray) -> np.ndarray:
    """g (1 - h²)."""
    return g * (1.0 - h * h)


def relu(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """max(0, z), and itself."""
    h = np.maximum(z, 0.0)
    return h, h


def relu_back(g: np.ndarray, h: np.ndarray) -> np.ndarray:
    """g where h > 0."""
    return g * (h > 0)


def gelu(z: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """z Φ(z), and both factors."""
    below = 0.5 * (1.0 + erf(z * 0.5**0.5))
    return z * below, (z, below)


def gelu_back(g: np.ndarray, kept: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """g (Φ(z) + z φ(z))."""
    z, below = kept
    return g * (below + z * (np.exp(-0.5 * z * z) * (2.0 * np.pi) ** -0.5))


ACTIVATIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "tanh": (tanh, tanh_back),
    "relu": (relu, relu_back),
    "gelu": (gelu, gelu_back),
}


def mse(y: np.ndarray, target: np.ndarray) -> tuple[Any, np.ndarray]:
    """The mean squared error and its gradient."""
    d = y - target
    return np.mean(d * d), d * (2.0 / d.size)


def cross_entropy(logits: np.ndarray, classes: np.ndarray) -> tuple[Any, np.ndarray]:
    """The mean of -log softmax at the classes, and its gradient."""
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=-1, keepdims=True)
    e = np.exp(shifted)
    total = e.sum(axis=-1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) - shifted[rows, classes])
    g = e / total
    g[rows, classes] -= 1.0
    g /= len(logits)
    return loss, g


LOSSES: dict[str, Callable[..., tuple[Any, np.ndarray]]] = {
    "mse": mse,
    "cross_entropy": cross_entropy,
}

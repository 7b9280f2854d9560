"""The lines of `jit`'s table for HIPS autograd: a script for an interpreter that has it.

`python hips_programs.py NAME OPTIONS` answers one line of JSON per line of JSON it reads:
["load", path], ["run", null] with the numbers that came out, ["measure", calls] with seconds.
"""

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import autograd.numpy as np
from autograd import (
    elementwise_grad,
    grad,
    hessian,
    hessian_vector_product,
    value_and_grad,
)
from autograd.scipy.signal import convolve
from autograd.scipy.special import erf


def relu(x: Any) -> Any:
    """max(0, x)."""
    return np.maximum(x, 0.0)


def gelu(x: Any) -> Any:
    """x Φ(x)."""
    return 0.5 * x * (1.0 + erf(x * 0.5**0.5))


def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ)."""
    return 0.5 * (np.tanh(0.5 * x) + 1.0)


ACTIVATIONS: dict[str, Callable[..., Any]] = {"tanh": np.tanh, "relu": relu, "gelu": gelu}


def cross_entropy(logits: Any, classes: Any) -> Any:
    """The mean of -log softmax at the classes."""
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return -np.mean(log_p[np.arange(len(classes)), classes])


def network(p: dict[str, Any], x: Any, activation: str) -> Any:
    """A multilayer perceptron."""
    last = len(p) // 2 - 1
    for i in range(last):
        x = ACTIVATIONS[activation](np.dot(x, p[f"{i}.weight"]) + p[f"{i}.bias"])
    return np.dot(x, p[f"{last}.weight"]) + p[f"{last}.bias"]


def mlp(p: dict[str, Any], x: Any, y: Any, *, activation: str, loss: str) -> Any:
    """Loss of a multilayer perceptron."""
    h = network(p, x, activation)
    return np.mean((h - y) ** 2) if loss == "mse" else cross_entropy(h, y)


def moons(p: dict[str, Any], x: Any, y: Any) -> Any:
    """Hinge loss, and a little of the squared weights."""
    squares = sum(np.sum(w * w) for w in p.values())
    return np.mean(relu(1.0 - y * network(p, x, "relu"))) + 1e-4 * squares


def cnn(p: dict[str, Any], x: Any, y: Any) -> Any:
    """Loss of a convolutional network, with the windowed product of this library."""
    for layer in "ab":
        # Its convolution turns the window around, as mathematics does.
        weight = p[f"{layer}.weight"][:, :, ::-1, ::-1]
        x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), "constant")
        x = convolve(x, weight, axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")
        x = relu(x + p[f"{layer}.bias"][:, None, None])
        batch, channels, n, _ = x.shape
        x = np.max(np.reshape(x, (batch, channels, n // 2, 2, n // 2, 2)), axis=(3, 5))
    return cross_entropy(np.dot(np.reshape(x, (len(x), -1)), p["c.weight"]) + p["c.bias"], y)


def lstm(p: dict[str, Any], x: Any, y: Any) -> Any:
    """Loss of a recurrent network, in a loop over time."""
    batch, length, _ = x.shape
    units = len(p["lstm.weight_hh_l0"])
    bias = p["lstm.bias_ih_l0"] + p["lstm.bias_hh_l0"]
    h = c = np.zeros((batch, units), np.float32)
    for t in range(length):
        gates = np.dot(x[:, t], p["lstm.weight_ih_l0"]) + np.dot(h, p["lstm.weight_hh_l0"]) + bias
        i, f, g, o = (gates[:, k * units : (k + 1) * units] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return cross_entropy(np.dot(h, p["head.weight"]) + p["head.bias"], y)


def norm(p: dict[str, Any], name: str, x: Any) -> Any:
    """Layer norm."""
    centred = x - np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(centred**2, axis=-1, keepdims=True)
    return centred / np.sqrt(variance + 1e-5) * p[f"{name}.weight"] + p[f"{name}.bias"]


def attention(p: dict[str, Any], name: str, x: Any, batch: int, heads: int) -> Any:
    """Causal attention; x has a row for each position of each text."""
    rows, features = x.shape
    length = rows // batch
    qkv = np.dot(x, p[f"{name}.in_proj_weight"]) + p[f"{name}.in_proj_bias"]
    qkv = np.reshape(qkv, (batch, length, 3, heads, features // heads))
    q, k, v = (np.swapaxes(qkv[:, :, part], 1, 2) for part in range(3))
    scores = np.matmul(q, np.swapaxes(k, 2, 3)) * (features // heads) ** -0.5
    scores = scores + np.triu(np.full((length, length), -1e9, np.float32), 1)
    e = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    seen = np.matmul(e / np.sum(e, axis=-1, keepdims=True), v)
    seen = np.reshape(np.swapaxes(seen, 1, 2), (rows, features))
    return np.dot(seen, p[f"{name}.out_proj.weight"]) + p[f"{name}.out_proj.bias"]


def gpt(p: dict[str, Any], tokens: Any, targets: Any) -> Any:
    """Loss of a small GPT."""
    x = p["token_embedding.weight"][tokens] + p["position_embedding.weight"]
    x = np.reshape(x, (tokens.size, -1))
    for i in range(4):
        b = f"blocks.{i}"
        x = x + attention(p, f"{b}.attention", norm(p, f"{b}.norm1", x), len(tokens), 4)
        h = np.dot(norm(p, f"{b}.norm2", x), p[f"{b}.widen.weight"]) + p[f"{b}.widen.bias"]
        x = x + np.dot(gelu(h), p[f"{b}.narrow.weight"]) + p[f"{b}.narrow.bias"]
    return cross_entropy(np.dot(norm(p, "norm", x), p["head.weight"]), np.ravel(targets))


LOSSES: dict[str, Callable[..., Any]] = {
    "mlp": mlp,
    "moons": moons,
    "cnn": cnn,
    "lstm": lstm,
    "gpt": gpt,
}


def training(loss_of: Callable[..., Any], optimizer: str, rate: float) -> Callable[..., Any]:
    """The step of a loss under SGD, Adam or AdamW."""
    differentiated = value_and_grad(loss_of)
    decay = 0.01 if optimizer == "AdamW" else 0.0
    count = 0
    means: dict[str, Any] = {}
    squares: dict[str, Any] = {}

    def step(parameters: dict[str, Any], *data: Any) -> Any:
        nonlocal count
        count += 1
        loss, gradients = differentiated(parameters, *data)
        for name, g in gradients.items():
            if optimizer == "SGD":
                parameters[name] = parameters[name] - rate * g
                continue
            m = means[name] = 0.9 * means.get(name, 0.0) + 0.1 * g
            v = squares[name] = 0.999 * squares.get(name, 0.0) + 0.001 * g * g
            size = rate / (1.0 - 0.9**count)
            change = size * m / (np.sqrt(v) * (1.0 - 0.999**count) ** -0.5 + 1e-8)
            parameters[name] = parameters[name] * (1.0 - rate * decay) - change
        return loss

    return step


def program(name: str, options: dict[str, Any]) -> Callable[..., Any]:
    """What runs under this name: a function of the parameters and the data."""
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    rule = {key: options.pop(key) for key in ("optimizer", "rate")}
    return training(lambda p, *data: LOSSES[name](p, *data, **options), **rule)


def chain(p: dict[str, Any], y: Any, a: Any, b: Any) -> Any:
    """Three gradients of a hundred small ops."""

    def end(y: Any, a: Any, b: Any) -> Any:
        for _ in range(100):
            y = np.tanh(y * a + b)
        return np.sum(y)

    return grad(end, (0, 1, 2))(y, a, b)


def rosenbrock(x: Any) -> Any:
    """Σ 100 (xᵢ₊₁ - xᵢ²)² + (1 - xᵢ)²."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def pinn(p: dict[str, Any], points: Any, f: Any) -> Any:
    """The gradient of mean (u_xx - f)², one element's derivative after the other."""

    def u(x: Any, t: Any, p: dict[str, Any]) -> Any:
        h = np.stack([x, t], axis=1)
        for i in range(4):
            h = np.dot(h, p[f"{i}.weight"].T) + p[f"{i}.bias"]
            h = np.tanh(h) if i < 3 else h
        return h[:, 0]

    u_xx = elementwise_grad(elementwise_grad(u))

    def loss(p: dict[str, Any]) -> Any:
        return np.mean((u_xx(points[:, 0], points[:, 1], p) - f[:, 0]) ** 2)

    return list(grad(loss)(p).values())[:-1]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "chain": chain,
    "hessian": lambda p, x: hessian(rosenbrock)(x),
    "hvp": lambda p, x, v: hessian_vector_product(rosenbrock)(x, v),
    "inference": lambda p, x: network(p, x, "relu"),
    "pinn": pinn,
}


def flat(result: Any) -> list[float]:
    """The numbers of a result."""
    if isinstance(result, tuple | list):
        return [number for part in result for number in flat(part)]
    return np.ravel(result).tolist()


def main() -> None:
    """Answer until nobody asks."""
    run = program(sys.argv[1], json.loads(sys.argv[2]))
    parameters: dict[str, Any] = {}
    data: list[Any] = []
    for line in sys.stdin:
        command, argument = json.loads(line)
        answer: Any = None
        if command == "load":
            arrays = np.load(argument)
            for key in arrays.files:
                kind, name = key.split(" ", 1)
                if kind == "parameter":
                    parameters[name] = arrays[key]
                else:
                    data.append(arrays[key])
        elif command == "run":
            answer = flat(run(parameters, *data))
        else:
            gc.collect()
            start = time.perf_counter()
            for _ in range(argument):
                run(parameters, *data)
            answer = (time.perf_counter() - start) / argument
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

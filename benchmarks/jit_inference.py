"""What does one prediction cost under `jit`? One sample through 784-256-128-10, ReLU."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import torch

from autograd import no_grad
from benchmarks import contest, hips, jax_peers, mlps, torch_peers

TRAINING = mlps.Training((784, 256, 128, 10), "relu", 1, "cross_entropy", "SGD", 0.0)
LAYERS = range(3)


def ours(x: np.ndarray) -> contest.Program:
    """The model, without a record."""
    model = TRAINING.model()

    def predict(x: Any) -> Any:
        with no_grad():
            return model(x)

    return predict, (x,)


def torch_builds(x: np.ndarray) -> dict[str, contest.Build]:
    """PyTorch in inference mode, eager and compiled."""
    inputs = torch_peers.tensors(x)

    def build(wrap: Callable[[Any], Any]) -> contest.Run:
        predict = wrap(TRAINING.torch_model())

        def run() -> torch.Tensor:
            with torch.inference_mode():
                return predict(inputs)

        return run

    builds: dict[str, contest.Build] = {"torch": lambda: build(lambda model: model)}
    if torch_peers.compiles():
        builds[torch_peers.MODEL] = lambda: build(torch.compile)
    return builds


def network(relu: Callable[[Any], Any], parameters: Any, x: Any) -> Any:
    """The network in NumPy, by hand, or in `jax.numpy`."""
    for i in LAYERS:
        x = x @ parameters[f"{i}.weight"] + parameters[f"{i}.bias"]
        x = relu(x) if i < LAYERS[-1] else x
    return x


def lines() -> list[contest.Line]:
    """One line."""
    x, _ = TRAINING.data()
    state = jax_peers.transposed(TRAINING.state())
    by_hand = {"numpy by hand": lambda: lambda: network(lambda x: np.maximum(x, 0.0), state, x)}
    predict = {"jax": lambda parameters, x: network(jax.nn.relu, parameters, x)}
    return [
        contest.Line(
            "784-256-128-10, one sample",
            lambda: ours(x),
            torch_builds(x) | jax_peers.function(predict, state, x),
            target=0.7,
            by_hand=by_hand,
            hips=hips.program("inference", state, (x,)),
            unit="prediction",
            learns=False,
            notes=torch_peers.notes(),
        )
    ]


if __name__ == "__main__":
    contest.report("jit_inference: seconds per prediction", lines())

"""What does a step of micrograd's demo cost under `jit`, in arrays? 2-16-16-1, 100 points, float64.

ReLU, hinge loss and a little of the squared weights, SGD: `moons.py` and `jit_scalar.py` run the
same program on scalars.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

import nn
from benchmarks import by_hand, contest, hips, jax_peers, torch_peers
from benchmarks.moons import two_moons

RULE = ("SGD", 0.01)
LAYERS = range(3)
SMALL = 1e-4


def data() -> tuple[np.ndarray, np.ndarray]:
    """Points, and labels -1 or 1 as a column."""
    points, labels = two_moons()
    return np.array(points), np.array(labels, np.float64)[:, None]


def our_model() -> nn.MLP:
    """The network, out of `nn`."""
    return nn.MLP([2, 16, 16, 1], activation=nn.relu, dtype=np.float64, rng=0)


def ours() -> contest.Program:
    """The step in `nn`."""
    model = our_model()
    parameters = model.parameters()
    optimizer = nn.SGD(parameters, lr=RULE[1])

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.relu(1.0 - y * model(x)).mean() + SMALL * sum((p * p).sum() for p in parameters)
        loss.backward()
        optimizer.step()
        return loss

    return step, data()


class TorchTraining(torch.nn.Module):
    """The network and its loss in `torch.nn`."""

    def __init__(self) -> None:
        super().__init__()
        t = torch.nn
        self.model = t.Sequential(
            t.Linear(2, 16), t.ReLU(), t.Linear(16, 16), t.ReLU(), t.Linear(16, 1)
        )
        names = zip(self.model.state_dict(), our_model().state_dict().values(), strict=True)
        torch_peers.loaded(self.model, dict(names))

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        hinge = torch.relu(1.0 - y * self.model(x)).mean()
        return hinge + SMALL * sum((p * p).sum() for p in self.parameters())


def jax_loss(parameters: Any, x: Any, y: Any) -> Any:
    """The loss in `jax.numpy`."""
    for i in LAYERS:
        x = x @ parameters[f"{i}.weight"] + parameters[f"{i}.bias"]
        x = jax.nn.relu(x) if i < LAYERS[-1] else x
    squares = sum(jnp.sum(p * p) for p in jax.tree.leaves(parameters))
    return jnp.mean(jax.nn.relu(1.0 - y * x)) + SMALL * squares


def gradient_by_hand(p: by_hand.Arrays, x: np.ndarray, y: np.ndarray) -> tuple[Any, by_hand.Arrays]:
    """Loss and gradients in NumPy."""
    inputs = [x]
    for i in LAYERS[:-1]:
        inputs.append(np.maximum(inputs[-1] @ p[f"{i}.weight"] + p[f"{i}.bias"], 0.0))
    short = np.maximum(1.0 - y * (inputs[-1] @ p["2.weight"] + p["2.bias"]), 0.0)
    loss = np.mean(short) + SMALL * sum(np.vdot(array, array) for array in p.values())
    g = (short > 0) * y * (-1.0 / len(x))
    gradients = {}
    for i in reversed(LAYERS):
        weight, h = p[f"{i}.weight"], inputs[i]
        gradients[f"{i}.weight"] = h.T @ g + 2 * SMALL * weight
        gradients[f"{i}.bias"] = g.sum(axis=0) + 2 * SMALL * p[f"{i}.bias"]
        g = (g @ weight.T) * (h > 0)
    return loss, gradients


def lines() -> list[contest.Line]:
    """One line."""
    jax_peers.double()
    first = {n.removeprefix("layers."): p for n, p in our_model().state_dict().items()}
    state, given = jax_peers.transposed(first), data()
    return [
        contest.Line(
            "2-16-16-1, ReLU, 100 points, float64, SGD",
            ours,
            torch_peers.training(TorchTraining, *RULE, given)
            | jax_peers.training({"jax": jax_loss}, state, *RULE, given),
            target=0.5,
            by_hand=by_hand.training(gradient_by_hand, state, *RULE, given),
            hips=hips.program("moons", state, given, optimizer=RULE[0], rate=RULE[1]),
            notes=torch_peers.notes(),
        )
    ]


if __name__ == "__main__":
    contest.report("jit_moons: seconds per training step", lines())

"""A multilayer perceptron and its training step, as each contender would write it."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

import nn
from benchmarks import by_hand, contest, hips, jax_peers, torch_peers

TORCH = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "gelu": torch.nn.GELU}
JAX = {"tanh": jnp.tanh, "relu": jax.nn.relu, "gelu": lambda x: jax.nn.gelu(x, approximate=False)}


@dataclass(frozen=True)
class Training:
    """A network, its data, its loss ("mse" or "cross_entropy") and its optimizer, by name."""

    widths: tuple[int, ...]
    activation: str
    batch: int
    loss: str
    optimizer: str
    rate: float

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets, drawn."""
        rng = np.random.default_rng(1)
        x = rng.standard_normal((self.batch, self.widths[0])).astype(np.float32)
        if self.loss == "cross_entropy":
            return x, rng.integers(self.widths[-1], size=self.batch)
        return x, rng.standard_normal((self.batch, self.widths[-1])).astype(np.float32)

    def model(self) -> nn.MLP:
        """Ours."""
        return nn.MLP(list(self.widths), activation=getattr(nn, self.activation), rng=0)

    def state(self) -> dict[str, np.ndarray]:
        """The first parameters, under the names 0.weight, 0.bias, 1.weight, …"""
        return {n.removeprefix("layers."): p for n, p in self.model().state_dict().items()}

    def ours(self) -> contest.Program:
        """The step in `nn`."""
        model, loss_of = self.model(), getattr(nn, self.loss)
        optimizer = getattr(nn, self.optimizer)(model.parameters(), lr=self.rate)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = loss_of(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return step, self.data()

    def torch_model(self) -> torch.nn.Module:
        """The network in `torch.nn`."""
        layers: list[torch.nn.Module] = []
        for inner, outer in pairwise(self.widths):
            layers += [torch.nn.Linear(inner, outer), TORCH[self.activation]()]
        model = torch.nn.Sequential(*layers[:-1])
        names = zip(model.state_dict(), self.state().values(), strict=True)
        return torch_peers.loaded(model, dict(names))

    def torch_training(self) -> torch.nn.Module:
        """The network and its loss."""
        functional = torch.nn.functional
        losses = {"mse": functional.mse_loss, "cross_entropy": functional.cross_entropy}
        return torch_peers.Training(self.torch_model(), losses[self.loss])

    def jax_loss(self, parameters: Any, x: Any, y: Any) -> Any:
        """The loss in `jax.numpy`."""
        h, last = x, len(self.widths) - 2
        for i in range(last + 1):
            h = h @ parameters[f"{i}.weight"] + parameters[f"{i}.bias"]
            h = JAX[self.activation](h) if i < last else h
        if self.loss == "mse":
            return jnp.mean((h - y) ** 2)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(h), y[:, None], axis=1))

    def gradient_by_hand(self, parameters: by_hand.Arrays, x: np.ndarray, y: np.ndarray) -> Any:
        """Loss and gradients in NumPy."""
        forward, back = by_hand.ACTIVATIONS[self.activation]
        last = len(self.widths) - 2
        h, inputs, kept = x, [x], []
        for i in range(last):
            h, saved = forward(h @ parameters[f"{i}.weight"] + parameters[f"{i}.bias"])
            inputs.append(h)
            kept.append(saved)
        loss, g = by_hand.LOSSES[self.loss](
            h @ parameters[f"{last}.weight"] + parameters[f"{last}.bias"], y
        )
        gradients = {}
        for i in range(last, -1, -1):
            gradients[f"{i}.weight"], gradients[f"{i}.bias"] = inputs[i].T @ g, g.sum(axis=0)
            if i:
                g = back(g @ parameters[f"{i}.weight"].T, kept[i - 1])
        return loss, gradients

    def line(self, name: str, target: float, **options: Any) -> contest.Line:
        """The line of the table."""
        x_and_y, state = self.data(), jax_peers.transposed(self.state())
        rule: tuple[str, float, Any] = (self.optimizer, self.rate, x_and_y)
        make: Callable[[], torch.nn.Module] = self.torch_training
        return contest.Line(
            name,
            self.ours,
            torch_peers.training(make, *rule)
            | jax_peers.training({"jax": self.jax_loss}, state, *rule),
            target,
            by_hand=by_hand.training(self.gradient_by_hand, state, *rule),
            hips=hips.program(
                "mlp",
                state,
                x_and_y,
                activation=self.activation,
                loss=self.loss,
                optimizer=self.optimizer,
                rate=self.rate,
            ),
            notes=torch_peers.notes(),
            **options,
        )

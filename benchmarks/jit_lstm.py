"""What does a training step of a recurrent network cost under `jit`?

LSTM of 128 units on 64 inputs, its last state to 10 classes; sequence 64, batch 32, Adam.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

import nn
from benchmarks import by_hand, contest, hips, jax_peers, torch_peers
from benchmarks.lstm_by_hand import gradient_by_hand

BATCH, LENGTH, INPUTS, UNITS, CLASSES = 32, 64, 64, 128, 10
RULE = ("Adam", 1e-4)


class Classifier(nn.Module):
    """The class of a sequence, read off the last state."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.lstm = nn.LSTM(INPUTS, UNITS, batch_first=True, rng=rng)
        self.head = nn.Linear(UNITS, CLASSES, rng=rng)

    def forward(self, x: Any) -> Any:
        """Scores of the classes."""
        _, (h, _) = self.lstm(x)
        return self.head(h[0])


class TorchClassifier(torch.nn.Module):
    """The same in `torch.nn`."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = torch.nn.LSTM(INPUTS, UNITS, batch_first=True)
        self.head = torch.nn.Linear(UNITS, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, (h, _) = self.lstm(x)
        return self.head(h[0])


def data() -> tuple[np.ndarray, np.ndarray]:
    """Sequences and classes, drawn."""
    rng = np.random.default_rng(1)
    sequences = rng.standard_normal((BATCH, LENGTH, INPUTS)).astype(np.float32)
    return sequences, rng.integers(CLASSES, size=BATCH)


def ours() -> contest.Program:
    """The step in `nn`."""
    model = Classifier()
    optimizer = nn.Adam(model.parameters(), lr=RULE[1])

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step, data()


def torch_training() -> torch.nn.Module:
    """The network and its loss in `torch.nn`."""
    model = torch_peers.loaded(TorchClassifier(), Classifier().state_dict())
    return torch_peers.Training(model, torch.nn.functional.cross_entropy)


def cell(c: Any, gates: Any) -> Any:
    """The next h and c; gates are those of input, forgetting, candidate and output."""
    i, f, g, o = jnp.split(gates, 4, axis=1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def classified(p: Any, h: Any, y: Any) -> Any:
    """The loss of the last state."""
    log_p = jax.nn.log_softmax(h @ p["head.weight"] + p["head.bias"])
    return -jnp.mean(jnp.take_along_axis(log_p, y[:, None], axis=1))


def jax_loss(p: Any, x: Any, y: Any) -> Any:
    """A scan over time, both products inside."""
    bias = p["lstm.bias_ih_l0"] + p["lstm.bias_hh_l0"]

    def advance(state: Any, x_t: Any) -> Any:
        h, c = state
        gates = x_t @ p["lstm.weight_ih_l0"] + h @ p["lstm.weight_hh_l0"] + bias
        return cell(c, gates), None

    zeros = jnp.zeros((BATCH, UNITS), x.dtype)
    (h, _), _ = jax.lax.scan(advance, (zeros, zeros), jnp.moveaxis(x, 1, 0))
    return classified(p, h, y)


def jax_loss_rewritten(p: Any, x: Any, y: Any) -> Any:
    """The products with the inputs are one product of matrices, before the scan."""
    bias = p["lstm.bias_ih_l0"] + p["lstm.bias_hh_l0"]
    by_time = jnp.moveaxis(x, 1, 0).reshape(-1, INPUTS) @ p["lstm.weight_ih_l0"] + bias

    def advance(state: Any, gates: Any) -> Any:
        h, c = state
        return cell(c, gates + h @ p["lstm.weight_hh_l0"]), None

    zeros = jnp.zeros((BATCH, UNITS), x.dtype)
    (h, _), _ = jax.lax.scan(advance, (zeros, zeros), by_time.reshape(LENGTH, BATCH, -1))
    return classified(p, h, y)


def lines() -> list[contest.Line]:
    """One line."""
    state, given = jax_peers.transposed(Classifier().state_dict()), data()
    losses = {"jax": jax_loss, "jax, rewritten": jax_loss_rewritten}
    return [
        contest.Line(
            "LSTM 128 on 64, sequence 64, batch 32, Adam",
            ours,
            torch_peers.training(torch_training, *RULE, given)
            | jax_peers.training(losses, state, *RULE, given),
            target=1.0,
            by_hand=by_hand.training(gradient_by_hand, state, *RULE, given),
            hips=hips.program("lstm", state, given, optimizer=RULE[0], rate=RULE[1]),
            rounds=11,
            notes=torch_peers.notes(),
        )
    ]


if __name__ == "__main__":
    contest.report("jit_lstm: seconds per training step", lines())

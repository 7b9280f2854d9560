"""What does one training step of a small network cost? 4-32-32-2, tanh, batch 32, SGD, float32."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch

import nn
from autograd import Value
from benchmarks import harness

WIDTHS = (4, 32, 32, 2)
BATCH = 32
RATE = 0.01
TARGET = 0.45


def our_model() -> nn.Module:
    """The network, out of `nn`."""
    rng = np.random.default_rng(0)
    first, second, third = (nn.Linear(inner, outer, rng=rng) for inner, outer in pairwise(WIDTHS))
    return nn.Sequential(first, nn.tanh, second, nn.tanh, third)


def their_model(model: nn.Module) -> torch.nn.Module:
    """The same network with the same parameters, out of `torch.nn`."""
    first, second, third = (torch.nn.Linear(inner, outer) for inner, outer in pairwise(WIDTHS))
    peer = torch.nn.Sequential(first, torch.nn.Tanh(), second, torch.nn.Tanh(), third)
    with torch.no_grad():
        for parameter, value in zip(peer.parameters(), model.parameters(), strict=True):
            parameter.copy_(torch.tensor(np.array(value.data)))
    return peer


def our_step(
    model: nn.Module, loss_of: Callable[..., Value], x: np.ndarray, target: np.ndarray
) -> Callable[[], float]:
    """One step of ours."""
    optimizer = nn.SGD(model.parameters(), lr=RATE)

    def step() -> float:
        optimizer.zero_grad()
        loss = loss_of(model(x), target)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def their_step(
    model: torch.nn.Module,
    loss_of: Callable[..., torch.Tensor],
    x: np.ndarray,
    target: np.ndarray,
) -> Callable[[], float]:
    """The same step of PyTorch's."""
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    inputs, wanted = torch.tensor(x), torch.tensor(target)

    def step() -> float:
        optimizer.zero_grad()
        loss = loss_of(model(inputs), wanted)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def contest(
    name: str,
    our_loss: Callable[..., Value],
    their_loss: Callable[..., torch.Tensor],
    target: np.ndarray,
) -> harness.Case:
    """One row: a step with this loss, after both sides were seen to learn alike."""
    x = np.random.default_rng(1).standard_normal((BATCH, WIDTHS[0])).astype(np.float32)
    model = our_model()
    peer = their_model(model)
    run, run_peer = our_step(model, our_loss, x, target), their_step(peer, their_loss, x, target)
    ours, theirs = [run() for _ in range(20)], [run_peer() for _ in range(20)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    samples = harness.in_turns({harness.OURS: run, "torch": run_peer}, harness.rounds(41))
    return harness.case(name, "step", samples, {"torch": TARGET})


def main() -> None:
    """A step for regression, and one for classification."""
    torch.set_num_threads(harness.threads())
    rng = np.random.default_rng(2)
    values = rng.standard_normal((BATCH, WIDTHS[-1])).astype(np.float32)
    classes = rng.integers(WIDTHS[-1], size=BATCH)
    functional = torch.nn.functional
    harness.report(
        "mlp: seconds per training step of a 4-32-32-2 tanh network",
        [
            contest("mean squared error", nn.mse, functional.mse_loss, values),
            contest("cross entropy", nn.cross_entropy, functional.cross_entropy, classes),
        ],
    )


if __name__ == "__main__":
    main()

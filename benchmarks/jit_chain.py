"""What do 100 small ops cost under `jit`? y = tanh(y·a + b), forward and backward, three leaves."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

from autograd import grad
from benchmarks import contest, hips, jax_peers, torch_peers
from benchmarks.chain import STEPS, start

TARGETS = {16: 0.5, 1_000_000: 0.8}
LEAVES = (0, 1, 2)


def chain(tanh: Callable[[Any], Any], y: Any, a: Any, b: Any) -> Any:
    """The sum of where it ends, so that the cotangent is 1."""
    for _ in range(STEPS):
        y = tanh(y * a + b)
    return y.sum()


def torch_eager(*arrays: np.ndarray) -> contest.Build:
    """PyTorch's record and sweep, as people use it; its compiled form is of `torch.func.grad`."""
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]

    def run() -> list[torch.Tensor]:
        return list(torch.autograd.grad(chain(torch.tanh, *leaves), leaves))

    return lambda: run


def by_hand(y: np.ndarray, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """The three gradients in NumPy."""
    steps = [y]
    for _ in range(STEPS):
        steps.append(np.tanh(steps[-1] * a + b))
    g, ga, gb = np.ones_like(y), np.zeros_like(a), np.zeros_like(b)
    for before, after in zip(steps[-2::-1], steps[:0:-1], strict=True):
        g = g * (1.0 - after * after)
        ga += g * before
        gb += g
        g = g * a
    return [g, ga, gb]


def line(size: int, target: float) -> contest.Line:
    """The line of one size."""
    arrays = tuple(start((size,)))
    torch_gradient = torch.func.grad(lambda y, a, b: chain(torch.tanh, y, a, b), LEAVES)
    jax_gradient = jax.grad(lambda *leaves: chain(jnp.tanh, *leaves), LEAVES)
    return contest.Line(
        f"100 × tanh(y·a + b), {size:,} elements",
        lambda: (grad(lambda *leaves: chain(np.tanh, *leaves), LEAVES), arrays),
        torch_peers.function(torch_gradient, *arrays)
        | {"torch": torch_eager(*arrays)}
        | jax_peers.function({"jax": jax_gradient}, *arrays),
        target,
        by_hand={"numpy by hand": lambda: lambda: by_hand(*arrays)},
        hips=hips.program("chain", {}, arrays),
        unit="gradient",
        rounds=21 if size < 1000 else 7,
        tolerance=1e-3,
        learns=False,
        notes=torch_peers.notes(),
    )


def lines() -> list[contest.Line]:
    """One line for each size."""
    return [line(size, target) for size, target in TARGETS.items()]


if __name__ == "__main__":
    contest.report("jit_chain: seconds for a value's three gradients", lines())

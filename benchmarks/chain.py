"""What does one small op cost? Forward and backward of 100 × y = tanh(y·a + b), three leaves."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograd import Value
from benchmarks import harness

STEPS = 100
OPS = 3 * STEPS
SIZES = {(): 0.55, (16,): 0.55, (256,): 0.55, (4096,): 1.0, (1_000_000,): 1.0}


def ours(leaves: list[Value], tanh: Callable[[Any], Any], seed: Any) -> Callable[[], list[Any]]:
    """The chain on Values."""
    y0, a, b = leaves

    def run() -> list[Any]:
        for leaf in leaves:
            leaf.zero_grad()
        y = y0
        for _ in range(STEPS):
            y = tanh(y * a + b)
        y.backward(seed)
        return [y0.grad, a.grad, b.grad]

    return run


def theirs(arrays: list[np.ndarray], seed: np.ndarray | None) -> Callable[[], list[Any]]:
    """The chain on PyTorch's tensors, eagerly."""
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    y0, a, b = leaves
    cotangent = None if seed is None else torch.tensor(seed)

    def run() -> list[Any]:
        for leaf in leaves:
            leaf.grad = None
        y = y0
        for _ in range(STEPS):
            y = torch.tanh(y * a + b)
        y.backward(cotangent)
        return [y0.grad, a.grad, b.grad]

    return run


def start(shape: tuple[int, ...]) -> list[np.ndarray]:
    """Start, slope and offset, where rounding does not grow and no gradient becomes denormal."""
    rng = np.random.default_rng(0)
    return [
        (centre + 0.02 * rng.standard_normal(shape)).astype(np.float32)
        for centre in (0.5, 1.1, 0.1)
    ]


def agree(results: list[Any], expected: list[Any]) -> None:
    """Stop unless both sides computed the same gradients."""
    for result, wanted in zip(results, expected, strict=True):
        np.testing.assert_allclose(np.asarray(result), wanted.numpy(), rtol=1e-3, atol=1e-4)


def contest(
    name: str, run: Callable[[], list[Any]], peer: Callable[[], list[Any]], target: float
) -> harness.Case:
    """One row: our chain against PyTorch's."""
    agree(run(), peer())
    samples = harness.in_turns({harness.OURS: run, "torch": peer}, harness.rounds(21))
    return harness.case(name, "op", samples, {"torch": target}, per_call=OPS)


def main() -> None:
    """Every size, and `()` three ways: 0-d arrays, Python floats, Python floats with methods."""
    torch.set_num_threads(harness.threads())
    cases = []
    for shape, target in SIZES.items():
        arrays = start(shape)
        seed = np.ones(shape, np.float32) if shape else None
        peer = theirs(arrays, seed)
        values = [Value(array) for array in arrays]
        cases.append(contest(f"{shape}", ours(values, np.tanh, seed), peer, target))
        if shape == ():
            for name, tanh in (("np.tanh(y)", np.tanh), ("y.tanh()", Value.tanh)):
                floats = [Value(float(array)) for array in arrays]
                run = ours(floats, tanh, None)
                cases.append(contest(f"() Python floats, {name}", run, peer, target))
    harness.report("chain: seconds per op, forward and backward", cases)


if __name__ == "__main__":
    main()

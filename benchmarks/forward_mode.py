"""What does forward mode cost? jvp of the loss of the digits network beside the loss itself.

64-128-10, relu, cross entropy; the direction moves all parameters. The peers are the same function
called on plain arrays, and PyTorch's jvp of the same function.
"""

from typing import Any

import numpy as np
import torch

from autograd import jvp, log_softmax, relu
from benchmarks import harness

WIDTHS = (64, 128, 10)
BATCHES = (32, 1347)  # a step of the example, and all of its training images
TARGET = 3.0


def contest(batch: int) -> harness.Case:
    """One batch size: ours, the function alone, and PyTorch's jvp, after all three agreed."""
    random = np.random.default_rng(0)
    x = random.standard_normal((batch, WIDTHS[0])).astype(np.float32)
    labels = random.integers(WIDTHS[-1], size=batch)
    shapes = [(64, 128), (128,), (128, 10), (10,)]
    point = [0.1 * random.standard_normal(shape).astype(np.float32) for shape in shapes]
    direction = [random.standard_normal(shape).astype(np.float32) for shape in shapes]
    rows = np.arange(batch)

    def loss(w: Any, b: Any, v: Any, c: Any) -> Any:
        logits = relu(x @ w + b) @ v + c
        return -np.mean(log_softmax(logits, axis=1)[rows, labels])

    their_x, their_labels = torch.tensor(x), torch.tensor(labels)
    their_point = tuple(map(torch.tensor, point))
    their_direction = tuple(map(torch.tensor, direction))

    def their_loss(w: Any, b: Any, v: Any, c: Any) -> Any:
        logits = torch.relu(their_x @ w + b) @ v + c
        return torch.nn.functional.cross_entropy(logits, their_labels)

    def ours() -> Any:
        return jvp(loss, point, direction)

    def theirs() -> Any:
        return torch.func.jvp(their_loss, their_point, their_direction)

    found, expected = ours(), theirs()
    np.testing.assert_allclose(found, [float(part) for part in expected], rtol=1e-3)
    np.testing.assert_allclose(found[0], loss(*point), rtol=1e-6)
    samples = harness.in_turns(
        {harness.OURS: ours, "the function": lambda: loss(*point), "torch": theirs},
        harness.rounds(21),
    )
    return harness.case(f"batch {batch}", "jvp", samples, {"the function": TARGET})


def main() -> None:
    """A small batch and a large one."""
    torch.set_num_threads(harness.threads())
    harness.report(
        "forward_mode: seconds for a jvp of the digits network",
        [contest(batch) for batch in BATCHES],
    )


if __name__ == "__main__":
    main()

"""What does `checkpoint` save, and what does it cost? A chain of 64 layers, with it and without.

The memory is the most that NumPy's arrays and Python's objects took at once, beside the arguments.
"""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import checkpoint, value_and_grad
from benchmarks import harness

PARTS, LAYERS = 8, 8
WIDTH, BATCH = 64, 1024


def program(wrap: Callable[..., Any]) -> Callable[[], Any]:
    """Value and gradient of a deep network whose parts are wrapped."""
    random = np.random.default_rng(0)
    weights = random.standard_normal((PARTS * LAYERS, WIDTH, WIDTH)) / np.sqrt(WIDTH)
    x = random.standard_normal((BATCH, WIDTH))

    @wrap
    def part(h: Any, w: Any) -> Any:
        for i in range(LAYERS):
            h = np.tanh(h @ w[i])
        return h

    def loss(w: Any) -> Any:
        h = x
        for i in range(PARTS):
            h = part(h, w[i * LAYERS : (i + 1) * LAYERS])
        return np.mean(h**2)

    return lambda: value_and_grad(loss)(weights)


def peak(run: Callable[[], Any]) -> int:
    """The most bytes in use during a run."""
    run()
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def main() -> None:
    """Time of both in turns, and the memory of each."""
    kept, again = program(lambda f: f), program(checkpoint)
    np.testing.assert_allclose(kept()[1], again()[1], rtol=1e-9)
    memory = f"{peak(again) / 2**20:.0f} MiB, {peak(kept) / 2**20:.0f} MiB without"
    samples = harness.in_turns({harness.OURS: again, "without checkpoint": kept}, harness.rounds(9))
    row = harness.case("64 layers in 8 parts", "gradient", samples, notes=f"peak memory {memory}")
    harness.report("checkpoint: seconds for a gradient, and memory", [row])


if __name__ == "__main__":
    main()

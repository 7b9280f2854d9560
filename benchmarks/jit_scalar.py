"""What does a fixed graph of scalar Values cost under `jit`? micrograd's demo, as in `moons.py`.

The program of `moons.py`, unchanged but for where it stops: 65,000 scalar operations, recorded once
and then replayed, beside micrograd, which makes all of them anew for every step.
"""

from typing import Any

import micrograd.engine
import micrograd.nn
import numpy as np

import nn
from autograd import Value
from benchmarks import contest, harness, moons

TARGET = 1 / 300


def contender(value: Any, model: Any) -> moons.Contender:
    """One network with the weights that all of them start from."""
    weights = np.random.default_rng(1).uniform(-1.0, 1.0, len(model.parameters()))
    return moons.Contender(value, model, weights.tolist())


def ours() -> contest.Program:
    """Forward, backward, update, on scalar Values."""
    network = contender(Value, nn.scalar.MLP(2, [16, 16, 1]))

    def step() -> Any:
        loss = network.loss()
        for p in network.model.parameters():
            p.grad = 0.0
        loss.backward()
        for p in network.model.parameters():
            p.data -= moons.RATE * p.grad
        return loss

    return step, ()


def main() -> None:
    """micrograd, ours, and ours compiled, seen to agree, then timed."""
    theirs = contender(micrograd.engine.Value, micrograd.nn.MLP(2, [16, 16, 1]))
    runs = {
        harness.OURS: contest.compiled(ours()),
        "micrograd": theirs.step,
        contest.EAGER: contest.eager(ours()),
    }
    with contest.nothing_cached():
        begun = {name: contest.first_calls(run, 6) for name, run in runs.items()}
    for _, losses in begun.values():
        np.testing.assert_allclose(losses, begun["micrograd"][1], rtol=1e-9)
    samples = harness.in_turns(runs, harness.rounds(9))
    notes = f"first call {begun[harness.OURS][0]:.1f} s"
    row = harness.case("100 points", "step", samples, {"micrograd": TARGET}, notes=notes)
    harness.report("jit_scalar: seconds per step of micrograd's demo on scalar Values", [row])


if __name__ == "__main__":
    main()

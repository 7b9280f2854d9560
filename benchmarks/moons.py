"""What does a scalar Value cost? micrograd's demo: two moons, a 2-16-16-1 network, hinge loss + L2.

Every contender runs the same lines on its own class: a full-batch step on 100 points, forward,
backward and update. It is micrograd's program, so each graph is of micrograd's size.
"""

from collections.abc import Callable
from typing import Any

import micrograd.engine
import micrograd.nn
import numpy as np

import nn
from autograd import Value
from autograd.sweep import history
from benchmarks import harness, stored

POINTS = 100
RATE = 0.01
TARGETS = {"micrograd": 0.25, "stored derivatives": 1.0}


def two_moons() -> tuple[list[list[float]], list[int]]:
    """Two half circles that interlock, with noise, and a label of -1 or 1 for each point."""
    rng = np.random.default_rng(0)
    angle = np.linspace(0.0, np.pi, POINTS // 2)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    points = np.concatenate([upper, lower]) + 0.1 * rng.standard_normal((POINTS, 2))
    return points.tolist(), [-1] * (POINTS // 2) + [1] * (POINTS // 2)


class Contender:
    """One network of one kind of Value, and how it takes a step."""

    def __init__(self, value: Callable[[float], Any], model: Any, weights: list[float]) -> None:
        self.value, self.model = value, model
        self.points, self.labels = two_moons()
        for parameter, weight in zip(model.parameters(), weights, strict=True):
            parameter.data = weight

    def loss(self) -> Any:
        """Hinge loss over all points, plus a little of the squared weights."""
        scores = [self.model([self.value(x) for x in point]) for point in self.points]
        losses = [
            (1 + -label * score).relu() for label, score in zip(self.labels, scores, strict=True)
        ]
        data_loss = sum(losses) * (1.0 / len(losses))
        return data_loss + 1e-4 * sum(p * p for p in self.model.parameters())

    def step(self) -> float:
        """Forward, backward, update."""
        total = self.loss()
        for parameter in self.model.parameters():
            parameter.grad = 0.0
        total.backward()
        for parameter in self.model.parameters():
            parameter.data -= RATE * parameter.grad
        return float(total.data)


def nodes_below(root: Any, inputs_of: Callable[[Any], Any]) -> int:
    """How many nodes a graph has, counted without recursion."""
    seen, waiting = {id(root)}, [root]
    while waiting:
        for below in inputs_of(waiting.pop()):
            if id(below) not in seen:
                seen.add(id(below))
                waiting.append(below)
    return len(seen)


def main() -> None:
    """The three kinds of Value, seen to agree, then timed."""
    weights = np.random.default_rng(1).uniform(-1.0, 1.0, 2 * 16 + 16 * 16 + 16 + 33).tolist()
    models = {
        harness.OURS: (Value, nn.scalar.MLP(2, [16, 16, 1])),
        "micrograd": (micrograd.engine.Value, micrograd.nn.MLP(2, [16, 16, 1])),
        "stored derivatives": (stored.Value, stored.MLP(2, [16, 16, 1])),
    }
    contenders = {name: Contender(value, model, weights) for name, (value, model) in models.items()}
    learned = {name: [who.step() for _ in range(3)] for name, who in contenders.items()}
    for losses in learned.values():
        np.testing.assert_allclose(losses, learned["micrograd"], rtol=1e-9)
    sizes = {
        harness.OURS: len(history(contenders[harness.OURS].loss())),
        "micrograd": nodes_below(contenders["micrograd"].loss(), lambda v: v._prev),
        "stored derivatives": nodes_below(
            contenders["stored derivatives"].loss(), lambda v: v.inputs
        ),
    }
    samples = harness.in_turns(
        {name: who.step for name, who in contenders.items()}, harness.rounds(9)
    )
    notes = "nodes: " + ", ".join(f"{name} {size:,}" for name, size in sizes.items())
    harness.report(
        "moons: seconds per step of micrograd's demo on scalar Values",
        [harness.case("100 points", "step", samples, TARGETS, notes=notes)],
    )


if __name__ == "__main__":
    main()

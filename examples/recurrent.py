"""The adding problem: which two numbers of a long sequence were marked, and what is their sum?

Run:  python examples/recurrent.py

Each step shows a random number and a mark, which is 1 at two steps and 0 at all others; after the
last step the network says the sum of the two marked numbers (Hochreiter & Schmidhuber 1997). Always
to say 1 has a mean squared error of 1/6. A plain network, which writes over all it knows at each
step, learns little more than that; the gates of a GRU keep what they have read.
"""

from typing import Any

import numpy as np
from tqdm import trange

import nn
from autograd import no_grad

STEPS, BATCH, UPDATES, HIDDEN = 40, 50, 500, 32


class Adder(nn.Module):
    """A recurrent layer reads the sequence, a linear layer its last state."""

    def __init__(self, memory: nn.RNN | nn.GRU) -> None:
        self.memory = memory
        self.answer = nn.Linear(HIDDEN, 1, rng=2)

    def forward(self, x: Any) -> Any:
        _, last = self.memory(x)
        return self.answer(last[0])[:, 0]


def problems(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """n sequences, (STEPS, n, 2), with a mark in each half, and their n sums."""
    numbers, marks = rng.random((STEPS, n)), np.zeros((STEPS, n))
    first, second = rng.integers(0, STEPS // 2, n), rng.integers(STEPS // 2, STEPS, n)
    marks[first, np.arange(n)] = marks[second, np.arange(n)] = 1
    return np.stack([numbers, marks], axis=-1), np.sum(numbers * marks, axis=0)


def train(model: Adder) -> None:
    """Adam on new problems at every update; clipping keeps a rare steep gradient from hurting."""
    rng = np.random.default_rng(0)
    optimizer = nn.Adam(model.parameters(), lr=0.01)
    schedule = nn.CosineAnnealingLR(optimizer, UPDATES)
    with trange(UPDATES, desc=type(model.memory).__name__) as bar:
        for update in bar:
            sequences, sums = problems(BATCH, rng)
            optimizer.zero_grad()
            loss = nn.mse(model(sequences), sums)
            loss.backward()
            nn.clip_grad_norm(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            if update % 20 == 0:
                bar.set_postfix(error=f"{loss.item():.4f}")


def error(model: Adder) -> float:
    """The mean squared error on 1,000 problems that were not trained on."""
    sequences, sums = problems(1000, np.random.default_rng(1))
    with no_grad():
        return np.mean((model(sequences) - sums) ** 2).item()


plain, gated = Adder(nn.RNN(2, HIDDEN, rng=1)), Adder(nn.GRU(2, HIDDEN, rng=1))
for model in (plain, gated):
    train(model)
    print(f"{model.memory}: error {error(model):.4f}")

if error(gated) > 0.01:
    raise SystemExit("expected a GRU that adds, with an error of at most 0.01")

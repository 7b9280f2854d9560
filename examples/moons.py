"""A network of scalar Values separates two moons: every number of it is a Value of its own.

Run:  python examples/moons.py             (about half a minute; writes ./out/moons.png)
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import make_moons
from tqdm import trange

from autograd import Value, no_grad
from nn.scalar import MLP

points, classes = make_moons(n_samples=100, noise=0.1, random_state=1)
labels = classes * 2 - 1  # -1 and 1

model = MLP(2, [16, 16, 1], rng=1)
print(model)
print(len(model.parameters()), "parameters")


def loss() -> tuple[Any, float]:
    """The hinge loss of all points plus a little weight decay, and the accuracy."""
    scores = [model([Value(float(a)), Value(float(b))]) for a, b in points]
    margins = [
        (1.0 - float(label) * score).relu() for label, score in zip(labels, scores, strict=True)
    ]
    data_loss = sum(margins) * (1.0 / len(margins))
    decay = 1e-4 * sum(p * p for p in model.parameters())
    hits = [(label > 0) == (s.item() > 0) for label, s in zip(labels, scores, strict=True)]
    return data_loss + decay, sum(hits) / len(hits)


steps = 60
total, accuracy = loss()
with trange(steps) as bar:
    for step in bar:
        model.zero_grad()
        total.backward()
        learning_rate = 1.0 - 0.9 * step / steps
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        total, accuracy = loss()
        bar.set_postfix(loss=f"{total:.3f}", accuracy=f"{accuracy:.0%}")

print(f"loss {total:.4f}, accuracy {accuracy:.0%}")

# Where the score changes sign is the decision boundary.
horizontal = np.linspace(points[:, 0].min() - 0.5, points[:, 0].max() + 0.5, 50)
vertical = np.linspace(points[:, 1].min() - 0.5, points[:, 1].max() + 0.5, 50)
with no_grad():
    surface = [[model([float(a), float(b)]).item() for a in horizontal] for b in vertical]

figure = Figure(figsize=(5, 4), layout="constrained")
axes = figure.subplots()
sides = [-np.inf, 0.0, np.inf]
axes.contourf(horizontal, vertical, surface, sides, colors=["#f6c6c6", "#cfcbe8"])
axes.scatter(points[:, 0], points[:, 1], c=labels, s=30, cmap="Spectral", edgecolors="black")
axes.set_title(f"A network of scalar Values: {accuracy:.0%} right")
out = Path("out")
out.mkdir(exist_ok=True)
figure.savefig(out / "moons.png", dpi=120)
print("decision boundary drawn to", (out / "moons.png").resolve())

if accuracy < 0.99:
    raise SystemExit(f"expected at least 99 % of the points on the right side, got {accuracy:.0%}")

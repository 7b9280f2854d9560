"""Doubt a derivative: gradcheck compares it with finite differences, and says where it is wrong.

Run:  python examples/check_gradients.py
"""

import numpy as np

from autograd import GradcheckError, gradcheck, linear, stop_gradient
from nn import cross_entropy

rng = np.random.default_rng(0)
x = rng.normal(size=(3, 4))
w = rng.normal(size=(4, 2))
labels = np.array([0, 1, 1])

# A model and its loss, in both modes and at both orders, with containers as arguments.
report = gradcheck(
    lambda x, p: cross_entropy(np.tanh(x @ p["w"]) + p["b"], labels),
    x,
    {"w": w, "b": np.zeros(2)},
    order=2,
    modes=("rev", "fwd"),
)
print(report)


def detached(x: np.ndarray) -> np.ndarray:
    """Part of the gradient is lost: the scale is treated as a constant."""
    scale = np.sqrt(np.sum(x * x))
    return x / stop_gradient(scale)


# A rule with a mistake in one element: the reversal forgets the first row.
forgetful = linear(
    lambda x: x[::-1],
    lambda g, y, x: g[::-1] * np.array([0.0, 1.0, 1.0])[:, None],
    name="forgetful_reverse",
)

caught = 0
for mistaken in (detached, forgetful):
    try:
        gradcheck(mistaken, x, order=1)
    except GradcheckError as error:
        caught += 1
        print(error)
        print()

if not report or caught != 2:
    raise SystemExit("expected the first check to pass and the others to be caught")

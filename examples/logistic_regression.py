"""Logistic regression on the breast-cancer data: one linear layer, Newton's method against Adam.

Run:  python examples/logistic_regression.py
"""

import numpy as np
from sklearn.datasets import load_breast_cancer

import nn
from autograd import grad, hessian

data = load_breast_cancer()
x, x_test, y, y_test = nn.train_test_split(
    data.data, data.target.astype(float), test_size=0.25, stratify=data.target, rng=0
)
x, x_test = nn.standardize(x, x_test)
DECAY = 1e-2


def loss(w: np.ndarray) -> float:
    """Cross-entropy of sigmoid(x w) with y, and weight decay that makes the minimum unique."""
    return nn.bce_with_logits(x @ w[1:] + w[0], y) + DECAY * np.sum(w**2)


# Newton's method: the Hessian is exact, so a handful of steps is enough.
w = np.zeros(x.shape[1] + 1)
for step in range(8):
    slope = grad(loss)(w)
    print(
        f"Newton step {step}   loss {float(loss(w)):.6f}   |gradient| {np.linalg.norm(slope):.1e}"
    )
    w = w - np.linalg.solve(hessian(loss)(w), slope)

# The same model as a layer, trained by Adam.
layer = nn.Linear(x.shape[1], 1, dtype=np.float64, rng=0)
optimizer = nn.Adam(layer.parameters(), lr=0.03)
for _ in range(1_500):
    optimizer.zero_grad()
    decay = DECAY * sum(np.sum(p**2) for p in layer.parameters())
    (nn.bce_with_logits(layer(x)[:, 0], y) + decay).backward()
    optimizer.step()

difference = np.abs(layer.weight.numpy()[0] - w[1:]).max()
accuracy = nn.accuracy(x_test @ w[1:] + w[0], y_test)
print(f"largest difference between the two {difference:.1e}; {accuracy:.1%} right on held-out rows")

if np.linalg.norm(grad(loss)(w)) > 1e-10 or difference > 1e-3 or accuracy < 0.95:
    raise SystemExit("expected one minimum found twice, and 95 % of the held-out rows")

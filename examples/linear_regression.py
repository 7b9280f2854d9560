"""Linear regression on the diabetes data, by gradient descent, against the closed form.

Run:  python examples/linear_regression.py
"""

from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes

import nn
from autograd import value_and_grad

data = load_diabetes()
x, x_test, y, y_test = nn.train_test_split(data.data, data.target, test_size=0.25, rng=0)
x, x_test = nn.standardize(x, x_test)


def loss(parameters: dict[str, np.ndarray]) -> Any:
    """The mean squared error of x w + b: plain NumPy, differentiated as it stands."""
    residual = x @ parameters["w"] + parameters["b"] - y
    return np.mean(residual**2)


parameters = {"w": np.zeros(x.shape[1]), "b": np.array(0.0)}
for step in range(10_000):
    value, gradient = value_and_grad(loss)(parameters)
    parameters = {name: p - 0.1 * gradient[name] for name, p in parameters.items()}
    if step % 2_000 == 0:
        print(f"step {step:6d}   mean squared error {value:10.3f}")

# The normal equations give the same numbers at once.
design = np.column_stack([x, np.ones(len(x))])
closed_form = np.linalg.lstsq(design, y, rcond=None)[0]
found = np.append(parameters["w"], parameters["b"])
difference = np.abs(found - closed_form).max()
residual = x_test @ parameters["w"] + parameters["b"] - y_test
explained = 1 - np.mean(residual**2) / np.var(y_test)
print(
    f"largest difference from the closed form {difference:.2e}; R² on held-out rows {explained:.2f}"
)

if difference > 1e-3 or explained < 0.3:
    raise SystemExit("expected the closed form's coefficients and R² of at least 0.3")

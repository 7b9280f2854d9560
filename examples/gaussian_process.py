"""A Gaussian process learns its own length scale: the marginal likelihood, maximised by Newton.

Run:  python examples/gaussian_process.py

log p(y) = - (yᵀ K⁻¹ y + log det K + n log 2π) / 2 where
K[i, j] = a² exp(-(x_i - x_j)² / 2l²) + s² δ_ij (Rasmussen and Williams, Gaussian Processes for
Machine Learning, 2006, equation 2.30). Its Hessian gives the Newton steps and, at the end, the
standard errors of what was found.
"""

from typing import Any

import numpy as np

from autograd import grad, hessian


def covariance(x: Any, z: Any, parameters: Any) -> Any:
    """The squared-exponential kernel between two sets of points."""
    amplitude, length = np.exp(parameters[0]), np.exp(parameters[1])
    return amplitude**2 * np.exp(-0.5 * ((x[:, None] - z[None, :]) / length) ** 2)


def loss(parameters: Any, x: Any, y: Any) -> Any:
    """Minus the logarithm of the marginal likelihood of y at x."""
    noise = np.exp(parameters[2])
    k = covariance(x, x, parameters) + noise**2 * np.eye(len(x))
    root = np.linalg.cholesky(k)
    white = np.linalg.solve(root, y)
    log_det = 2 * np.sum(np.log(np.diagonal(root)))
    return 0.5 * (white @ white + log_det + len(x) * np.log(2 * np.pi))


# A curve drawn from a process whose amplitude, length scale and noise are known.
true = np.log([1.5, 0.7, 0.2])
rng = np.random.default_rng(0)
x = np.sort(rng.uniform(0, 15, 150))
k = covariance(x, x, true) + np.exp(true[2]) ** 2 * np.eye(len(x))
y = np.linalg.cholesky(k) @ rng.normal(size=len(x))
train = np.arange(len(x)) % 3 > 0  # one point in three is held out

data = (x[train], y[train])
parameters = np.zeros(3)
direction, h = np.array([0.6, -0.5, 0.3]), 1e-5
ahead, behind = (loss(parameters + s * h * direction, *data) for s in (1, -1))
exact, difference = grad(loss)(parameters, *data) @ direction, (ahead - behind) / (2 * h)
print(f"a slope by the chain rule {exact:.7f}, by differences {difference:.7f}")
now, slope, curvature = loss(parameters, *data), np.ones(3), np.eye(3)
for step in range(20):
    slope, curvature = grad(loss)(parameters, *data), hessian(loss)(parameters, *data)
    # Far from the minimum a curvature may be negative: Newton's step with absolute curvatures.
    sizes, directions = np.linalg.eigh(curvature)
    newton = -directions @ (directions.T @ slope / np.abs(sizes))
    length = 1.0
    while (new := loss(parameters + length * newton, *data)) > now:
        length /= 2
        if length < 1e-6:
            break
    print(f"step {step:2d}   loss {now:10.5f}   |gradient| {np.linalg.norm(slope):.1e}")
    if np.linalg.norm(slope) < 1e-5:
        break
    parameters, now = parameters + length * newton, new

errors = np.sqrt(np.diag(np.linalg.inv(curvature)))
for name, found, error, truth in zip(
    ("amplitude", "length scale", "noise"), np.exp(parameters), errors, np.exp(true), strict=True
):
    print(f"{name:>12} = {found:.3f} ± {found * error:.3f}   (true {truth})")

# The prediction at the points held out, from those it was trained on.
across = covariance(x[~train], x[train], parameters)
k = covariance(x[train], x[train], parameters) + np.exp(parameters[2]) ** 2 * np.eye(sum(train))
mean = across @ np.linalg.solve(k, y[train])
spread = np.sqrt(np.mean((mean - y[~train]) ** 2))
print(f"held-out points: off by {spread:.3f}, of which the noise is {np.exp(true[2]):.3f}")

score = np.abs(parameters - true) / errors
if abs(exact / difference - 1) > 1e-6 or np.linalg.norm(slope) > 1e-5:
    raise SystemExit("expected the slope of the difference quotient, and 0 at the minimum")
if score.max() > 2.5 or spread > 0.3:
    raise SystemExit("expected the length scale recovered, within its error, and good predictions")

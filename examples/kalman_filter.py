"""How noisy is the sensor, how jerky the target? The likelihood of a Kalman filter, maximised.

Run:  python examples/kalman_filter.py

A target moves along a line at a velocity that random accelerations change; its position is measured
with errors. The filter gives the probability of each measurement given those before (Kalman 1960);
the product of them is maximised over both noise levels, by Newton's method.
"""

from typing import Any

import numpy as np

from autograd import grad, hessian

DT = 0.5
TRANSITION = np.array([[1.0, DT], [0.0, 1.0]])  # position and velocity
PUSH = np.array([[DT**2 / 2], [DT]])  # what an acceleration does to them
SENSE = np.array([[1.0, 0.0]])


def loss(parameters: Any, measured: Any) -> Any:
    """Minus the logarithm of the likelihood, by the filter's recursion."""
    acceleration, error = np.exp(parameters)
    process = acceleration**2 * PUSH @ PUSH.T
    state, covariance = np.zeros(2), 100.0 * np.eye(2)
    total = 0.0
    for z in measured:
        # predict
        state = TRANSITION @ state
        covariance = TRANSITION @ covariance @ TRANSITION.T + process
        # compare with the measurement
        innovation = z - SENSE @ state
        variance = SENSE @ covariance @ SENSE.T + error**2
        total += 0.5 * np.sum(innovation**2 / variance + np.log(2 * np.pi * variance))
        # correct
        gain = covariance @ SENSE.T / variance
        state = state + gain @ innovation
        covariance = covariance - gain @ SENSE @ covariance
    return total


rng = np.random.default_rng(0)
true = np.log([0.8, 1.5])
state = np.array([0.0, 2.0])
measured = []
for _ in range(200):
    state = TRANSITION @ state + PUSH[:, 0] * np.exp(true[0]) * rng.normal()
    measured.append(state[0] + np.exp(true[1]) * rng.normal())

parameters = np.zeros(2)
now, slope, curvature = loss(parameters, measured), np.ones(2), np.eye(2)
for step in range(20):
    slope, curvature = grad(loss)(parameters, measured), hessian(loss)(parameters, measured)
    print(f"step {step:2d}   loss {now:10.5f}   |gradient| {np.linalg.norm(slope):.1e}")
    if np.linalg.norm(slope) < 1e-6:
        break
    sizes, directions = np.linalg.eigh(curvature)
    newton = -directions @ (directions.T @ slope / np.abs(sizes))
    length = 1.0
    while (new := loss(parameters + length * newton, measured)) > now and length > 1e-6:
        length /= 2
    parameters, now = parameters + length * newton, new

errors = np.sqrt(np.diag(np.linalg.inv(curvature)))
for name, found, error, truth in zip(
    ("acceleration", "sensor's error"), np.exp(parameters), errors, np.exp(true), strict=True
):
    print(f"{name:>14} = {found:.3f} ± {found * error:.3f}   (true {truth:.3f})")

# The slope once more, by a difference quotient of the likelihood itself.
h = 1e-5
shifted = [loss(parameters + np.array([0.5 + s * h, 0.0]), measured) for s in (-1, 1)]
difference = (shifted[1] - shifted[0]) / (2 * h)
exact = grad(loss)(parameters + np.array([0.5, 0.0]), measured)[0]
print(f"a slope by the chain rule {exact:.8f}, by differences {difference:.8f}")

score = np.abs(parameters - true) / errors
if score.max() > 2.5 or np.linalg.norm(slope) > 1e-6 or abs(exact / difference - 1) > 1e-6:
    raise SystemExit("expected both noise levels within their errors, and the right slope")

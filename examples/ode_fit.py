"""Hares and lynxes: the rates of the Lotka-Volterra equations from noisy counts of both.

Run:  python examples/ode_fit.py

x' = αx - βxy, y' = δxy - γy, over 21 years by hand-written Runge-Kutta. The residuals'
Jacobian, by forward mode through all steps, is what Levenberg and Marquardt's method needs.
"""

from typing import Any

import numpy as np

from autograd import jacobian

YEARS = 21
STEPS_A_YEAR = 4


def rates(state: Any, parameters: Any) -> Any:
    """How fast both populations change."""
    prey, predators = state
    alpha, beta, gamma, delta = parameters
    births = delta * prey * predators
    return np.stack([alpha * prey - beta * prey * predators, births - gamma * predators])


def trajectory(parameters: Any) -> Any:
    """The populations at the end of every year: the classic fourth-order Runge-Kutta method."""
    parameters = np.exp(parameters)  # all are positive
    state, rest = parameters[:2], parameters[2:]
    h = 1.0 / STEPS_A_YEAR
    years = []
    for step in range(1, YEARS * STEPS_A_YEAR + 1):
        k1 = rates(state, rest)
        k2 = rates(state + h / 2 * k1, rest)
        k3 = rates(state + h / 2 * k2, rest)
        k4 = rates(state + h * k3, rest)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        if step % STEPS_A_YEAR == 0:
            years.append(state)
    return np.stack(years)


# Initial hares and lynxes, then α, β, γ, δ; counts with an error of five per cent.
true = np.array([30.0, 4.0, 0.55, 0.028, 0.80, 0.024])
rng = np.random.default_rng(1)
NOISE = 0.05
counts = trajectory(np.log(true)) * np.exp(NOISE * rng.normal(size=(YEARS, 2)))


def residuals(parameters: Any) -> Any:
    """How far the logarithms of model and counts are apart, in standard deviations."""
    return np.ravel(np.log(trajectory(parameters) / counts)) / NOISE


parameters = np.log([25.0, 6.0, 0.5, 0.025, 0.7, 0.025])
h = 1e-5 * np.eye(6)[2]
quotient = (residuals(parameters + h) - residuals(parameters - h)) / 2e-5
off = np.abs(jacobian(residuals)(parameters)[:, 2] - quotient).max() / np.abs(quotient).max()
difference, curvature, damping = residuals(parameters), np.eye(6), 1.0
for iteration in range(50):
    slope = jacobian(residuals)(parameters)
    curvature = slope.T @ slope
    while True:
        step = np.linalg.solve(
            curvature + damping * np.diag(np.diag(curvature)), -slope.T @ difference
        )
        proposed = residuals(parameters + step)
        if np.sum(proposed**2) < np.sum(difference**2) or damping > 1e8:
            break
        damping *= 4
    print(f"iteration {iteration:2d}   sum of squares {np.sum(difference**2):12.3f}")
    parameters, difference, damping = parameters + step, proposed, damping / 10
    if np.abs(step).max() < 1e-6:
        break

# The curvature at the minimum gives the standard errors.
errors = np.sqrt(np.diag(np.linalg.inv(curvature)))
names = ("hares", "lynxes", "alpha", "beta", "gamma", "delta")
for name, found, error, truth in zip(names, np.exp(parameters), errors, true, strict=True):
    print(f"{name:>7} = {found:8.4f} ± {found * error:.4f}   (true {truth})")

score = np.abs(parameters - np.log(true)) / errors
if off > 1e-6:
    raise SystemExit("expected the Jacobian of the difference quotient")
if score.max() > 3 or np.abs(np.exp(parameters) / true - 1).max() > 0.05:
    raise SystemExit("expected all parameters within 5 % and three standard errors of the truth")

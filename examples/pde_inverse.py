"""How well does each piece of a bar conduct? Found from how its temperature changes with time.

Run:  python examples/pde_inverse.py

The heat equation u_t = (k u_x)_x on a grid, in explicit time steps that assign to slices, as such
programs do: `like=k` makes an array that can hold what depends on k. The conductivity k(x) is
unknown; thermometers with errors watch the temperature.
"""

from typing import Any

import numpy as np

from autograd import grad, jacobian

CELLS = 20
DX = 1.0 / CELLS
DT = 6e-4
STEPS = 160
EVERY = 10
NOISE = 2e-4

middles = DX * (np.arange(CELLS) + 0.5)  # where k is, between two points of the grid


def temperatures(log_k: Any) -> Any:
    """The bar's temperature, seen now and then; its left end is hot, its right end is cold."""
    k = np.exp(log_k)
    u = np.zeros(CELLS + 1, like=k)
    u[0] = 1.0
    seen = np.zeros((STEPS // EVERY, CELLS - 1), like=k)
    for step in range(STEPS):
        flux = k * (u[1:] - u[:-1]) / DX
        u[1:-1] += DT / DX * (flux[1:] - flux[:-1])
        if step % EVERY == EVERY - 1:
            seen[step // EVERY] = u[1:-1]
    return seen


# A bar with a stretch of insulation and one of copper.
true = np.log(1.0 - 0.6 * np.exp(-(((middles - 0.3) / 0.08) ** 2)) + 0.8 * (middles > 0.6))
rng = np.random.default_rng(0)
clean = temperatures(true)
observed = clean + NOISE * rng.normal(size=clean.shape)


def residuals(log_k: Any) -> Any:
    """Misfit to the observations in standard deviations, and a little roughness."""
    misfit = np.ravel(temperatures(log_k) - observed) / NOISE
    return np.concatenate([misfit, 0.3 * np.diff(log_k)])


def cost(log_k: Any) -> Any:
    """Half of the sum of squares."""
    return 0.5 * np.sum(residuals(log_k) ** 2)


# One backward sweep through all time steps: the adjoint method, against finite differences.
log_k = np.zeros(CELLS)
direction, h = rng.normal(size=CELLS), 1e-5
slope = grad(cost)(log_k) @ direction
difference = (cost(log_k + h * direction) - cost(log_k - h * direction)) / (2 * h)
print(f"slope by the adjoint method {slope:.6e}, by differences {difference:.6e}")

# Gauss and Newton's method.
for iteration in range(5):
    miss = residuals(log_k)
    print(f"iteration {iteration}   cost {0.5 * np.sum(miss**2):12.3f}")
    jacobi = jacobian(residuals)(log_k)
    log_k = log_k - np.linalg.lstsq(jacobi, miss, rcond=None)[0]
error = np.exp(log_k - true) - 1
for x, found, truth in zip(middles, np.exp(log_k), np.exp(true), strict=True):
    print(f"x = {x:.2f}   k = {found:.3f} (true {truth:.3f})   " + "#" * round(30 * found))

if abs(slope / difference - 1) > 1e-6 or np.abs(error).max() > 0.08:
    raise SystemExit("expected the right slope, and the conductivity to 8 % everywhere")

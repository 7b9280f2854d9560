"""Neptune found with a pen: its mass and orbit from how it disturbs Uranus, as Le Verrier did.

Run:  python examples/nbody.py

Lengths in astronomical units, times in years, masses in suns. The force is minus the gradient of
the potential energy, so fitting the orbit differentiates through a gradient in every time step.
"""

from typing import Any

import numpy as np

from autograd import grad, jacobian

GRAVITY = 4 * np.pi**2
YEARS, DT = 64, 1.0
SUN, URANUS = 1.0, 4.366e-5


def potential(positions: Any, masses: Any) -> Any:
    """- Σ G m m' / |x - x'| over all pairs."""
    first, second = np.triu_indices(len(positions), 1)
    distance = np.linalg.norm(positions[first] - positions[second], axis=1)
    return -GRAVITY * np.sum(masses[first] * masses[second] / distance)


def energy(positions: Any, velocities: Any, masses: Any) -> Any:
    """Kinetic and potential."""
    kinetic = 0.5 * np.sum(masses * np.sum(velocities**2, axis=1))
    return kinetic + potential(positions, masses)


def orbits(positions: Any, velocities: Any, masses: Any) -> tuple[list[Any], Any]:
    """The bodies' positions after every step, by leapfrog, and their last velocities."""
    force = grad(potential)
    track = []
    kick = -force(positions, masses) / masses[:, None]
    for _ in range(round(YEARS / DT)):
        velocities = velocities + 0.5 * DT * kick
        positions = positions + DT * velocities
        kick = -force(positions, masses) / masses[:, None]
        velocities = velocities + 0.5 * DT * kick
        track.append(positions)
    return track, velocities


def system(neptune: Any) -> tuple[Any, Any, Any]:
    """Sun, Uranus and Neptune, whose mass (in units of Uranus), position and velocity are given."""
    mass = np.exp(neptune[0]) * URANUS
    masses = np.stack([SUN, URANUS, mass])
    positions = np.stack([np.zeros(2), np.array([19.2, 0.0]), neptune[1:3]])
    velocities = np.stack([np.zeros(2), np.array([0.0, 1.43]), neptune[3:5]])
    momentum = np.sum(masses[:, None] * velocities, axis=0)
    return positions, velocities - momentum / np.sum(masses), masses


def uranus_seen(neptune: Any) -> Any:
    """Where Uranus is seen from the Sun, in every year."""
    track, _ = orbits(*system(neptune))
    return np.stack([x[1] - x[0] for x in track])


true = np.array([np.log(1.18), 24.1, 18.0, -0.685, 0.917])
state = system(true)
track, last = orbits(*state)
drift = energy(track[-1], last, state[2]) / energy(*state) - 1
print(f"relative change of the energy after {YEARS} years: {drift:.1e}")
observed = np.stack([x[1] - x[0] for x in track])


def residuals(neptune: Any) -> Any:
    """How far Uranus is from where it was seen."""
    return np.ravel(uranus_seen(neptune) - observed)


# Gauss and Newton's method, from a first guess as rough as Le Verrier's.
neptune = np.array([np.log(2.0), 26.0, 21.0, -0.70, 0.85])
backward = grad(lambda p: 0.5 * np.sum(residuals(p) ** 2))(neptune)
forward = jacobian(residuals)(neptune).T @ residuals(neptune)
shift = 1e-4 * np.eye(5)[1]
difference = (
    np.sum(residuals(neptune + shift) ** 2) - np.sum(residuals(neptune - shift) ** 2)
) / 4e-4
for iteration in range(6):
    miss = residuals(neptune)
    mass, place = np.exp(neptune[0]), np.linalg.norm(neptune[1:3] - true[1:3])
    print(
        f"iteration {iteration}   Uranus off by {np.linalg.norm(miss):.1e}   "
        f"mass {mass:.4f} of Uranus   Neptune off by {place:.1e}"
    )
    neptune = neptune - np.linalg.lstsq(jacobian(residuals)(neptune), miss, rcond=None)[0]

if not np.allclose(backward, forward, rtol=1e-9) or abs(backward[1] / difference - 1) > 1e-5:
    raise SystemExit("expected reverse mode, forward mode and a difference quotient to agree")
if abs(drift) > 1e-4 or np.abs(neptune - true).max() > 1e-6:
    raise SystemExit("expected the energy kept and Neptune found")

"""What does a physics-informed loss cost under `jit`? u_xx of a 2-50-50-50-1 tanh network.

The gradient of mean (u_xx - f)² over 1,000 points by the parameters, a third derivative in all. The
last bias has no part in u_xx, and is left out of it.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

import nn
from autograd import jvp
from benchmarks import contest, hips, jax_peers, mlps, torch_peers

POINTS = 1000
NETWORK = mlps.Training((2, 50, 50, 50, 1), "tanh", POINTS, "mse", "SGD", 0.0)
LAYERS = range(4)


def data() -> tuple[np.ndarray, np.ndarray]:
    """Points (x, t) in the unit square, and f there."""
    points = np.random.default_rng(2).random((POINTS, 2), dtype=np.float32)
    return points, np.sin(np.pi * points[:, :1])


def ours() -> contest.Program:
    """Two directional derivatives, one of the other."""
    model = NETWORK.model()
    towards_x = np.tile(np.array([1.0, 0.0], np.float32), (POINTS, 1))

    def u_x(points: Any) -> Any:
        return jvp(model, (points,), (towards_x,))[1]

    def gradient(points: Any, f: Any) -> Any:
        model.zero_grad()
        u_xx = jvp(u_x, (points,), (towards_x,))[1]
        nn.mse(u_xx, f).backward()
        return [p.grad for p in model.parameters()[:-1]]

    return gradient, data()


def torch_eager() -> contest.Run:
    """Twice backward through the batch, as PyTorch's tutorials have it."""
    model, (points, f) = NETWORK.torch_model(), torch_peers.tensors(data())
    points.requires_grad_()
    parameters = list(model.parameters())[:-1]

    def run() -> list[torch.Tensor]:
        u = model(points)
        (u_points,) = torch.autograd.grad(u.sum(), points, create_graph=True)
        (u_x_points,) = torch.autograd.grad(u_points[:, 0].sum(), points, create_graph=True)
        loss = torch.mean((u_x_points[:, :1] - f) ** 2)
        return list(torch.autograd.grad(loss, parameters))

    return run


def torch_functional(parameters: list[Any], points: torch.Tensor, f: torch.Tensor) -> Any:
    """The same as functions of functions, which `torch.compile` can take."""

    def u(parameters: Any, points: Any) -> Any:
        for i in LAYERS:
            points = torch.nn.functional.linear(points, *parameters[2 * i : 2 * i + 2])
            points = torch.tanh(points) if i < LAYERS[-1] else points
        return points.sum()

    def u_x(parameters: Any, points: Any) -> Any:
        return torch.func.grad(u, 1)(parameters, points)[:, 0].sum()

    def loss(parameters: Any) -> torch.Tensor:
        u_xx = torch.func.grad(u_x, 1)(parameters, points)[:, :1]
        return torch.mean((u_xx - f) ** 2)

    return torch.func.grad(loss)(parameters)[:-1]


def network(parameters: Any, x: Any) -> Any:
    """u in `jax.numpy`."""
    for i in LAYERS:
        weight, bias = parameters[2 * i : 2 * i + 2]
        x = x @ weight.T + bias
        x = jnp.tanh(x) if i < LAYERS[-1] else x
    return x


def jax_by_point(parameters: Any, points: Any, f: Any) -> Any:
    """grad of grad at a point, under `vmap`: as people write it."""

    def u(x: Any, t: Any, parameters: Any) -> Any:
        return network(parameters, jnp.stack([x, t]))[0]

    u_xx = jax.vmap(jax.grad(jax.grad(u)), (0, 0, None))

    def loss(parameters: Any) -> Any:
        return jnp.mean((u_xx(points[:, 0], points[:, 1], parameters) - f[:, 0]) ** 2)

    return jax.grad(loss)(parameters)[:-1]


def jax_by_batch(parameters: Any, points: Any, f: Any) -> Any:
    """Two directional derivatives of the batch, one of the other."""
    towards_x = jnp.zeros_like(points).at[:, 0].set(1.0)

    def loss(parameters: Any) -> Any:
        def u_x(points: Any) -> Any:
            return jax.jvp(lambda z: network(parameters, z), (points,), (towards_x,))[1]

        return jnp.mean((jax.jvp(u_x, (points,), (towards_x,))[1] - f) ** 2)

    return jax.grad(loss)(parameters)[:-1]


def lines() -> list[contest.Line]:
    """One line."""
    parameters, given = list(NETWORK.state().values()), data()
    peers = {"jax": jax_by_point, "jax, rewritten": jax_by_batch}
    return [
        contest.Line(
            "2-50-50-50-1, 1,000 points",
            ours,
            torch_peers.function(torch_functional, parameters, *given)
            | {"torch": torch_eager}
            | jax_peers.function(peers, parameters, *given),
            target=0.8,
            hips=hips.program("pinn", NETWORK.state(), given),
            unit="gradient",
            tolerance=1e-3,
            learns=False,
            notes=torch_peers.notes(),
        )
    ]


if __name__ == "__main__":
    contest.report("jit_pinn: seconds for the gradient of a physics-informed loss", lines())

"""What do second derivatives cost under `jit`? Rosenbrock's function in 50 dimensions, float64."""

from typing import Any

import jax
import numpy as np
import torch

from autograd import hessian, hvp
from benchmarks import contest, hips, jax_peers, torch_peers

DIMENSIONS = 50


def rosenbrock(x: Any) -> Any:
    """Σ 100 (xᵢ₊₁ - xᵢ²)² + (1 - xᵢ)², for any library's arrays."""
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def torch_hvp(x: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Forward over reverse."""
    return torch.func.jvp(torch.func.grad(rosenbrock), (x,), (v,))[1]


def jax_hvp(x: Any, v: Any) -> Any:
    """Forward over reverse."""
    return jax.jvp(jax.grad(rosenbrock), (x,), (v,))[1]


def lines() -> list[contest.Line]:
    """The matrix, and its product with a vector."""
    jax_peers.double()
    x, v = np.random.default_rng(0).standard_normal((2, DIMENSIONS))
    of_matrix = contest.Line(
        "Hessian",
        lambda: (hessian(rosenbrock), (x,)),
        torch_peers.function(torch.func.hessian(rosenbrock), x)
        | jax_peers.function({"jax": jax.hessian(rosenbrock)}, x),
        target=1.0,
        hips=hips.program("hessian", {}, (x,)),
        unit="Hessian",
        learns=False,
        notes=torch_peers.notes(),
    )
    of_product = contest.Line(
        "Hessian-vector product",
        lambda: (lambda x, v: hvp(rosenbrock, x, v), (x, v)),
        torch_peers.function(torch_hvp, x, v) | jax_peers.function({"jax": jax_hvp}, x, v),
        target=1.0,
        hips=hips.program("hvp", {}, (x, v)),
        unit="product",
        learns=False,
        notes=torch_peers.notes(),
    )
    return [of_matrix, of_product]


if __name__ == "__main__":
    contest.report("jit_hessian: seconds per matrix or product", lines())

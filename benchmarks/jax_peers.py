"""JAX's steps: a jitted update of a dict of parameters, its old buffers given back to it."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import harness
from benchmarks.contest import Build, Run

# Read when JAX first computes something, which is below.
if harness.threads() == 1:
    os.environ.setdefault(
        "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    )
# XLA makes as many threads as it sees cores, whatever it is told: so it has to see fewer.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: harness.threads()])

jax.block_until_ready(jax.jit(lambda x: x + 1)(jnp.zeros(())))  # no first call pays for the start

Tree = Any


def transposed(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The parameters, with weights of linear layers as x @ W wants them: (inputs, outputs)."""
    return {
        name: np.ascontiguousarray(array.T) if is_linear(name, array) else array
        for name, array in state.items()
    }


def is_linear(name: str, array: np.ndarray) -> bool:
    """Whether this parameter multiplies from the right, transposed."""
    return array.ndim == 2 and "embedding" not in name


def double() -> None:
    """Allow float64; what is float32 stays so."""
    jax.config.update("jax_enable_x64", True)


def sgd(parameters: Tree, gradients: Tree, state: Tree, rate: float, decay: float) -> Any:
    """p - rate g."""
    return jax.tree.map(lambda p, g: p - rate * g, parameters, gradients), state


def adam(parameters: Tree, gradients: Tree, state: Tree, rate: float, decay: float) -> Any:
    """Adam's update; with a decay, AdamW's."""
    means, squares, count = state
    count = count + 1
    means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, gradients)
    squares = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, squares, gradients)
    size = rate / (1.0 - 0.9**count)
    correction = jnp.sqrt(1.0 - 0.999**count)
    parameters = jax.tree.map(
        lambda p, m, v: p * (1.0 - rate * decay) - size * m / (jnp.sqrt(v) / correction + 1e-8),
        parameters,
        means,
        squares,
    )
    return parameters, (means, squares, count)


UPDATES: dict[str, tuple[Callable[..., Any], float]] = {
    "SGD": (sgd, 0.0),
    "Adam": (adam, 0.0),
    "AdamW": (adam, 0.01),
}


def training(
    losses: Mapping[str, Callable[..., Any]],
    state: Mapping[str, np.ndarray],
    optimizer: str,
    rate: float,
    data: tuple[Any, ...],
) -> dict[str, Build]:
    """A step for each way to write the loss, `loss(parameters, *data)`, under this optimizer."""
    return {
        name: lambda loss=loss: _step(loss, state, optimizer, rate, data)
        for name, loss in losses.items()
    }


def _step(
    loss_of: Callable[..., Any],
    initial: Mapping[str, np.ndarray],
    optimizer: str,
    rate: float,
    data: tuple[Any, ...],
) -> Run:
    update, decay = UPDATES[optimizer]

    def advance(parameters: Tree, state: Tree, *data: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(parameters, *data)
        return *update(parameters, gradients, state, rate, decay), loss

    step = jax.jit(advance, donate_argnums=(0, 1))
    parameters = jax.tree.map(jnp.array, dict(initial))
    state: Tree = ()
    if optimizer != "SGD":
        means, squares = (jax.tree.map(jnp.zeros_like, parameters) for _ in "mv")
        state = means, squares, jnp.zeros((), jnp.float32)
    arguments = jax.tree.map(jnp.asarray, data)

    def run() -> Any:
        nonlocal parameters, state
        parameters, state, loss = step(parameters, state, *arguments)
        return loss.block_until_ready()

    return run


def function(functions: Mapping[str, Callable[..., Any]], *arguments: Any) -> dict[str, Build]:
    """Jitted functions of arrays, such as gradients, one for each way to write them."""
    return {name: lambda f=f: _called(f, arguments) for name, f in functions.items()}


def _called(f: Callable[..., Any], arguments: tuple[Any, ...]) -> Run:
    run, given = jax.jit(f), jax.tree.map(jnp.asarray, arguments)
    return lambda: jax.block_until_ready(run(*given))

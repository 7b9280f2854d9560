"""sgd, rmsprop and adam as functions: `x = adam(gradient, x0)`, for any nested containers x0.

`gradient(x, i)` is the gradient at step i, `callback(x, i, g)` is called before each step. For
models, `nn.optim` has these and more as objects.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd.misc.flatten import flatten

Gradient = Callable[[Any, int], Any]
Callback = Callable[[Any, int, Any], Any] | None


def unflatten_optimizer(optimize: Callable[..., Any]) -> Callable[..., Any]:
    """An optimizer of vectors, for nested containers of arrays."""

    @wraps(optimize)
    def optimize_containers(
        grad: Gradient, x0: Any, callback: Callback = None, *args: Any, **kwargs: Any
    ) -> Any:
        start, unflatten = flatten(x0)

        def of_vector(x: Any, i: int) -> Any:
            return flatten(grad(unflatten(x), i))[0]

        def told(x: Any, i: int, g: Any) -> None:
            if callback is not None:
                callback(unflatten(x), i, unflatten(g))

        return unflatten(optimize(of_vector, start, told, *args, **kwargs))

    return optimize_containers


@unflatten_optimizer
def sgd(
    grad: Gradient,
    x: Any,
    callback: Any = None,
    num_iters: int = 200,
    step_size: float = 0.1,
    mass: float = 0.9,
) -> Any:
    """v <- mass · v - (1 - mass) · g; x <- x + step_size · v.

    >>> abs(sgd(lambda x, i: 2 * x, 1.0)) < 1e-3
    True
    """
    velocity = np.zeros_like(x)
    for i in range(num_iters):
        g = grad(x, i)
        callback(x, i, g)
        velocity = mass * velocity - (1 - mass) * g
        x = x + step_size * velocity
    return x


@unflatten_optimizer
def rmsprop(
    grad: Gradient,
    x: Any,
    callback: Any = None,
    num_iters: int = 100,
    step_size: float = 0.1,
    gamma: float = 0.9,
    eps: float = 1e-8,
) -> Any:
    """s <- gamma · s + (1 - gamma) · g², from s = 1; x <- x - step_size · g / (√s + eps).

    Source: T. Tieleman, G. Hinton, "Lecture 6.5: RMSProp" (2012).

    >>> abs(rmsprop(lambda x, i: 2 * x, 1.0)) < 1e-2
    True
    """
    squares = np.ones_like(x)
    for i in range(num_iters):
        g = grad(x, i)
        callback(x, i, g)
        squares = gamma * squares + (1 - gamma) * g**2
        x = x - step_size * g / (np.sqrt(squares) + eps)
    return x


@unflatten_optimizer
def adam(
    grad: Gradient,
    x: Any,
    callback: Any = None,
    num_iters: int = 100,
    step_size: float = 0.001,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    """m <- b1 · m + (1 - b1) · g, s <- b2 · s + (1 - b2) · g²; x <- x - step_size · m̂ / (√ŝ + eps).

    Step t divides both means by the weight they hold: m̂ = m / (1 - b1ᵗ), ŝ = s / (1 - b2ᵗ).

    Source: D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization" (2015).

    >>> abs(adam(lambda x, i: 2 * x, 1.0, num_iters=400, step_size=0.05)) < 1e-3
    True
    """
    mean, square = np.zeros_like(x), np.zeros_like(x)
    for i in range(num_iters):
        g = grad(x, i)
        callback(x, i, g)
        mean = (1 - b1) * g + b1 * mean
        square = (1 - b2) * g**2 + b2 * square
        unbiased_mean = mean / (1 - b1 ** (i + 1))
        unbiased_square = square / (1 - b2 ** (i + 1))
        x = x - step_size * unbiased_mean / (np.sqrt(unbiased_square) + eps)
    return x

"""Derivatives of special functions compared with JAX's and PyTorch's, to the order they have."""

import os
from typing import Any

import numpy as np
import pytest
import scipy.special as sp
from cases import draw

from autograd import grad, vjp
from autograd.scipy import special

pytestmark = pytest.mark.peers

X = draw((0.3, 2.7), (4,), seed=1)
A = draw((0.6, 3.4), (4,), seed=2)
B = draw((0.7, 2.2), (4,), seed=3)
P = draw((0.1, 0.9), (4,), seed=4)
Y = draw((-2.5, 2.5), (4,), seed=5)


def first_and_second(function: Any, args: Any) -> tuple[list[Any], list[Any]]:
    """Our gradients of Σ sin f, and their derivatives in the direction of the arguments."""
    numbers = tuple(range(len(args)))

    def gradients(*xs: Any) -> list[Any]:
        return list(grad(lambda *xs: np.sum(np.sin(function(*xs))), numbers)(*xs))

    _, pull = vjp(gradients, *args)
    return gradients(*args), list(pull(list(args)))


def close(ours: list[Any], theirs: Any, tolerance: float) -> None:
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, np.asarray(b), tolerance, tolerance)


# (name, arguments, which order JAX has it to, how closely)
OF_JAX: list[tuple[str, tuple[np.ndarray, ...], int, float]] = [
    *((name, (Y,), 2, 1e-9) for name in ("erf", "erfc", "expit", "ndtr", "log_ndtr", "i0e")),
    *((name, (X,), 2, 1e-9) for name in ("gammaln", "digamma", "entr", "i1e")),
    ("exp1", (X,), 1, 1e-9),
    *((name, (P,), 2, 1e-9) for name in ("logit", "ndtri", "erfinv", "spence")),
    *((name, (X, A), 2, 1e-9) for name in ("beta", "xlogy", "xlog1py", "rel_entr")),
    ("boxcox", (X, B), 2, 1e-9),
    ("gammainc", (A, X), 1, 1e-9),
    ("gammaincc", (A, X), 1, 1e-9),
    ("hyp1f1", (A, B, X), 1, 1e-6),
    ("hyp2f1", (A, B, A + B, P), 1, 1e-6),
]


@pytest.mark.parametrize("case", OF_JAX, ids=lambda case: case[0])
def test_derivatives_are_those_of_jax(case: Any):
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    name, args, order, tolerance = case
    theirs = getattr(jax.scipy.special, name)
    numbers = tuple(range(len(args)))
    gradients = jax.grad(lambda *xs: jax.numpy.sum(jax.numpy.sin(theirs(*xs))), numbers)
    first, second = first_and_second(getattr(sp, name), args)
    close(first, jax.jit(gradients)(*args), tolerance)
    if order > 1:
        bend = jax.jit(lambda xs: jax.jvp(gradients, xs, xs)[1])(args)
        # The Hessian is symmetric, so a product from the right is one from the left
        close(second, bend, 10 * tolerance)


OF_TORCH: list[tuple[str, tuple[np.ndarray, ...]]] = [
    *((name, (Y,)) for name in ("erf", "erfc", "expit", "ndtr", "log_ndtr", "sinc")),
    *((name, (X,)) for name in ("erfcx", "entr", "gammaln", "digamma", "i0", "i1", "i0e", "i1e")),
    *((name, (P,)) for name in ("logit", "ndtri", "erfinv")),
    *((name, (X, A)) for name in ("xlogy", "xlog1py")),
    *((name, (X,)) for name in ("log1p", "expm1", "exp2")),
]


@pytest.mark.parametrize("case", OF_TORCH, ids=lambda case: case[0])
def test_derivatives_are_those_of_torch(case: Any):
    torch = pytest.importorskip("torch")
    name, args = case
    values = [torch.tensor(x, requires_grad=True) for x in args]
    total = torch.sum(torch.sin(getattr(torch.special, name)(*values)))
    first = torch.autograd.grad(total, values, create_graph=True)
    inner = sum(torch.sum(c * torch.tensor(x)) for c, x in zip(first, args, strict=True))
    second = torch.autograd.grad(inner, values)
    ours = first_and_second(getattr(special, name), args)
    close(ours[0], [c.detach() for c in first], 1e-9)
    close(ours[1], second, 1e-8)


@pytest.mark.parametrize(
    ("name", "options"),
    [("logsumexp", {"axis": 1}), ("softmax", {"axis": 0}), ("log_softmax", {"axis": 1})],
)
def test_functions_along_an_axis_are_those_of_torch(name: str, options: dict[str, int]):
    torch = pytest.importorskip("torch")
    x = np.stack([Y, X])
    value = torch.tensor(x, requires_grad=True)
    theirs = getattr(torch, name)(value, options["axis"])
    (first,) = torch.autograd.grad(torch.sum(torch.sin(theirs)), value)
    found = grad(lambda x: np.sum(np.sin(getattr(special, name)(x, **options))))(x)
    np.testing.assert_allclose(found, first, 1e-10, 1e-10)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_polygamma_is_that_of_torch(order: int):
    torch = pytest.importorskip("torch")
    value = torch.tensor(X, requires_grad=True)
    (first,) = torch.autograd.grad(torch.sum(torch.special.polygamma(order, value)), value)
    np.testing.assert_allclose(grad(lambda x: np.sum(special.polygamma(order, x)))(X), first, 1e-9)

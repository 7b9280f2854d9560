"""Gradients and second derivatives of scipy.linalg and scipy.stats, against JAX's and PyTorch's."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases import array
from test_peers_ops import close, first_and_second

import autograd.scipy.linalg
import autograd.scipy.stats

pytestmark = pytest.mark.peers

SQUARE, VECTOR = array(3, 3, seed=7) + 3 * np.eye(3), array(3, seed=2)
TALL = array(4, 3, seed=1)
Numbers = tuple[np.ndarray, ...]


def of_jax() -> Any:
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    pytest.importorskip("jax.scipy.linalg")
    pytest.importorskip("jax.scipy.stats")
    return jax


def definite(a: Any) -> Any:
    return a @ a.T + 2.0 * np.eye(3)


# (name, function of the module scipy.linalg or its like, arrays)
LINALG: list[tuple[str, Callable[..., Any], Numbers]] = [
    ("solve", lambda lib, a, b: lib.solve(a, b), (SQUARE, VECTOR)),
    ("solve pos", lambda lib, a, b: lib.solve(definite(a), b, assume_a="pos"), (SQUARE, VECTOR)),
    ("triangular", lambda lib, a, b: lib.solve_triangular(a, b, lower=True), (SQUARE, VECTOR)),
    ("cholesky", lambda lib, a: lib.cholesky(definite(a), lower=True), (SQUARE,)),
    (
        "cho_solve",
        lambda lib, a, b: lib.cho_solve(lib.cho_factor(definite(a)), b),
        (SQUARE, VECTOR),
    ),
    ("lu", lambda lib, a: lib.lu(a)[2], (SQUARE,)),
    ("eigh", lambda lib, a: lib.eigh(a + a.T)[1] ** 2, (SQUARE,)),
    ("det", lambda lib, a: lib.det(a), (SQUARE,)),
    ("toeplitz", lambda lib, c, r: lib.toeplitz(c, r) @ r, (VECTOR, VECTOR + 1)),
    ("block_diag", lambda lib, a, b: lib.block_diag(a * a, b) ** 2, (SQUARE, TALL)),
]


def against_jax(function: Callable[..., Any], ours: Any, theirs: Any, args: Numbers) -> None:
    jax = of_jax()

    def total(*xs: Any) -> Any:
        return jax.numpy.sum(jax.numpy.sin(function(theirs(jax), *xs)))

    gradients = jax.grad(total, tuple(range(len(args))))
    weights = tuple(0.5 + x * x for x in args)
    first, second = jax.jit(lambda xs: jax.jvp(gradients, xs, weights))(args)
    found = first_and_second(args, lambda *xs: function(ours, *xs))
    close(found[0], first)
    close(found[1], second)


@pytest.mark.parametrize("case", LINALG, ids=[case[0] for case in LINALG])
def test_linalg_is_that_of_jax(case: Any):
    _, function, args = case
    against_jax(function, autograd.scipy.linalg, lambda jax: jax.scipy.linalg, args)


POINT = np.array([0.2, 0.5, 0.8])
LOC, SCALE = np.array([0.05, -0.1, -0.2]), np.array([1.2, 1.3, 1.4])
SHAPE, OTHER = np.array([1.5, 2.2, 3.1]), np.array([2.5, 1.2, 4.1])
MOVED = (POINT, LOC, SCALE)
STATS: list[tuple[str, Callable[..., Any], Numbers]] = [
    *(
        (f"{name} {method}", lambda s, *xs, n=name, m=method: getattr(getattr(s, n), m)(*xs), MOVED)
        for name, method in (
            *((name, "logpdf") for name in ("norm", "expon", "laplace", "logistic", "cauchy")),
            ("norm", "cdf"),
            ("logistic", "cdf"),
        )
    ),
    ("norm logcdf", lambda s, *xs: s.norm.logcdf(*xs), MOVED),
    ("norm logsf", lambda s, *xs: s.norm.logsf(*xs), MOVED),
    ("t", lambda s, *xs: s.t.logpdf(*xs), (POINT, SHAPE, LOC, SCALE)),
    ("gamma", lambda s, *xs: s.gamma.logpdf(*xs), (POINT, SHAPE, LOC - 0.2, SCALE)),
    ("chi2", lambda s, *xs: s.chi2.logpdf(*xs), (POINT, SHAPE, LOC - 0.2, SCALE)),
    ("pareto", lambda s, *xs: s.pareto.logpdf(*xs), (POINT + 2, SHAPE)),
    ("poisson", lambda s, mu: s.poisson.logpmf(np.array([0, 2, 5]), mu), (SHAPE,)),
    ("bernoulli", lambda s, p: s.bernoulli.logpmf(np.array([0, 1, 1]), p), (POINT,)),
    ("geom", lambda s, p: s.geom.logpmf(np.array([1, 2, 5]), p), (POINT,)),
    ("nbinom", lambda s, n, p: s.nbinom.logpmf(np.array([0, 2, 5]), n, p), (SHAPE, POINT)),
    ("dirichlet", lambda s, a: s.dirichlet.logpdf(np.array([0.2, 0.5, 0.3]), a), (SHAPE,)),
    (
        "multivariate_normal",
        lambda s, x, m, a: s.multivariate_normal.logpdf(x, m, definite(a)),
        (array(4, 3, seed=5), VECTOR, SQUARE),
    ),
]


@pytest.mark.parametrize("case", STATS, ids=[case[0] for case in STATS])
def test_stats_are_those_of_jax(case: Any):
    _, function, args = case
    against_jax(function, autograd.scipy.stats, lambda jax: jax.scipy.stats, args)


# (name of our distribution, its arguments after the point from those of PyTorch's, PyTorch's)
TORCH: list[tuple[str, str, Callable[..., Any], Numbers]] = [
    ("norm", "Normal", lambda loc, scale: (loc, scale), (LOC, SCALE)),
    ("t", "StudentT", lambda df, loc, scale: (df, loc, scale), (SHAPE, LOC, SCALE)),
    ("gamma", "Gamma", lambda a, rate: (a, 0, 1 / rate), (SHAPE, SCALE)),
    ("invgamma", "InverseGamma", lambda a, rate: (a, 0, rate), (SHAPE, SCALE)),
    ("beta", "Beta", lambda a, b: (a, b), (SHAPE, OTHER)),
    ("chi2", "Chi2", lambda df: (df,), (SHAPE,)),
    ("f", "FisherSnedecor", lambda n, m: (n, m), (SHAPE, OTHER)),
    ("expon", "Exponential", lambda rate: (0, 1 / rate), (SCALE,)),
    ("laplace", "Laplace", lambda loc, scale: (loc, scale), (LOC, SCALE)),
    ("cauchy", "Cauchy", lambda loc, scale: (loc, scale), (LOC, SCALE)),
    ("gumbel_r", "Gumbel", lambda loc, scale: (loc, scale), (LOC, SCALE)),
    ("lognorm", "LogNormal", lambda loc, s: (s, 0, np.exp(loc)), (LOC, SCALE)),
    ("weibull_min", "Weibull", lambda scale, c: (c, 0, scale), (SCALE, SHAPE)),
    ("pareto", "Pareto", lambda scale, b: (b, 0, scale), (SCALE / 8, SHAPE)),
    ("halfnorm", "HalfNormal", lambda scale: (0, scale), (SCALE,)),
]


def in_torch(function: Callable[..., Any], args: Numbers) -> tuple[list[Any], list[Any]]:
    """The gradients of sum(sin(function)), and their derivatives, as in `first_and_second`."""
    torch = pytest.importorskip("torch")
    values = [torch.tensor(x, requires_grad=True) for x in args]
    total = torch.sum(torch.sin(function(torch, *values)))
    first = torch.autograd.grad(total, values, create_graph=True)
    inner = sum(
        torch.sum(c * (0.5 + torch.tensor(x * x))) for c, x in zip(first, args, strict=True)
    )
    second = torch.autograd.grad(inner, values)
    return [c.detach() for c in first], list(second)


@pytest.mark.parametrize("case", TORCH, ids=[case[0] for case in TORCH])
def test_densities_are_those_of_torch(case: Any):
    name, theirs, arguments, parameters = case
    args = (POINT + 0.1, *parameters)

    def of_torch(torch: Any, x: Any, *rest: Any) -> Any:
        return getattr(torch.distributions, theirs)(*rest, validate_args=False).log_prob(x)

    distribution = getattr(autograd.scipy.stats, name)
    found = first_and_second(args, lambda x, *rest: distribution.logpdf(x, *arguments(*rest)))
    first, second = in_torch(of_torch, args)
    close(found[0], first)
    close(found[1], second)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (lambda t, a: t.linalg.matrix_exp(a / 4), (SQUARE,)),
        (lambda t, a: t.linalg.pinv(a), (TALL,)),
        (lambda t, a, b: t.linalg.solve_triangular(a, b, upper=True), (SQUARE, TALL[:3])),
        (lambda t, a: t.block_diag(a, a * a), (SQUARE,)),
    ],
    ids=["expm", "pinv", "solve_triangular", "block_diag"],
)
def test_linalg_is_that_of_torch(function: Any, args: Numbers):
    class Ours:
        """PyTorch's names for ours."""

        class linalg:
            matrix_exp = staticmethod(autograd.scipy.linalg.expm)
            pinv = staticmethod(autograd.scipy.linalg.pinv)

            @staticmethod
            def solve_triangular(a: Any, b: Any, upper: bool) -> Any:
                return autograd.scipy.linalg.solve_triangular(a, b, lower=not upper)

        block_diag = staticmethod(autograd.scipy.linalg.block_diag)

    found = first_and_second(args, lambda *xs: function(Ours, *xs))
    first, second = in_torch(function, args)
    close(found[0], first)
    close(found[1], second)

"""Gradients and second derivatives of representative rows, compared with PyTorch's and JAX's."""

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from cases import array

import autograd
from autograd import grad, jvp, vjp

pytestmark = pytest.mark.peers

X, Y, V = array(2, 3), array(2, 3, seed=1), array(3, seed=2)
POSITIVE = np.abs(X) + 0.3
INNER = X / 2.5
SQUARE = array(3, 3, seed=7) + 3 * np.eye(3)
WEIGHTS = array(2, 3, seed=9)


def of_numpy() -> SimpleNamespace:
    """Our own: NumPy's names on Values."""
    return SimpleNamespace(
        np=np,
        where=np.where,
        relu=autograd.relu,
        sigmoid=autograd.sigmoid,
        softplus=autograd.softplus,
        erf=autograd.erf,
        logsumexp=autograd.logsumexp,
        softmax=autograd.softmax,
        log_softmax=autograd.log_softmax,
        max=np.max,
        var=np.var,
        solve=np.linalg.solve,
        norm=np.linalg.norm,
        slogdet=lambda a: np.linalg.slogdet(a)[1],
        transpose=np.transpose,
        pad=lambda x: np.pad(x, 1),
        cat=lambda x, y: np.concatenate([x, y], axis=1),
        sort=np.sort,
        repeat=lambda x: np.repeat(x, 2, axis=1),
        cumsum=lambda x: np.cumsum(x, axis=1),
        prod=lambda x: np.prod(x, axis=1),
        take=lambda x: x[:, [2, 0, 0]],
        clip=lambda x: np.clip(x, -1.0, 1.0),
        std=lambda x: np.std(x, axis=1),
    )


def of_jax() -> tuple[SimpleNamespace, Any]:
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    names = SimpleNamespace(
        np=jnp,
        where=jnp.where,
        relu=jax.nn.relu,
        sigmoid=jax.nn.sigmoid,
        softplus=jax.nn.softplus,
        erf=jax.scipy.special.erf,
        logsumexp=jax.scipy.special.logsumexp,
        softmax=jax.nn.softmax,
        log_softmax=jax.nn.log_softmax,
        max=jnp.max,
        var=jnp.var,
        solve=jnp.linalg.solve,
        norm=jnp.linalg.norm,
        slogdet=lambda a: jnp.linalg.slogdet(a)[1],
        transpose=jnp.transpose,
        pad=lambda x: jnp.pad(x, 1),
        cat=lambda x, y: jnp.concatenate([x, y], axis=1),
        sort=jnp.sort,
        repeat=lambda x: jnp.repeat(x, 2, axis=1),
        cumsum=lambda x: jnp.cumsum(x, axis=1),
        prod=lambda x: jnp.prod(x, axis=1),
        take=lambda x: x[:, np.array([2, 0, 0])],
        clip=lambda x: jnp.clip(x, -1.0, 1.0),
        std=lambda x: jnp.std(x, axis=1),
    )
    return names, jax


def of_torch() -> tuple[SimpleNamespace, Any]:
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    names = SimpleNamespace(
        np=torch,
        where=torch.where,
        relu=torch.relu,
        sigmoid=torch.sigmoid,
        softplus=functional.softplus,
        erf=torch.erf,
        logsumexp=lambda x, axis: torch.logsumexp(x, axis),
        softmax=torch.softmax,
        log_softmax=torch.log_softmax,
        max=lambda x, axis: torch.amax(x, axis),
        var=lambda x, axis, ddof: torch.var(x, axis, correction=ddof),
        solve=torch.linalg.solve,
        norm=torch.linalg.norm,
        slogdet=lambda a: torch.linalg.slogdet(a)[1],
        transpose=lambda x: x.T,
        pad=lambda x: functional.pad(x, (1, 1, 1, 1)),
        cat=lambda x, y: torch.cat([x, y], dim=1),
        sort=lambda x: torch.sort(x)[0],
        repeat=lambda x: torch.repeat_interleave(x, 2, dim=1),
        cumsum=lambda x: torch.cumsum(x, dim=1),
        prod=lambda x: torch.prod(x, dim=1),
        take=lambda x: x[:, [2, 0, 0]],
        clip=lambda x: torch.clip(x, -1.0, 1.0),
        std=lambda x: torch.std(x, dim=1, correction=0),
    )
    return names, torch


# (name, function of the library's names and its arrays, arrays)
CASES: list[tuple[str, Callable[..., Any], tuple[np.ndarray, ...]]] = [
    *(
        (name, lambda lib, x, name=name: getattr(lib.np, name)(x), (args,))
        for names, args in (
            ("exp exp2 expm1 square sin cos tanh sinh cosh arctan arcsinh abs negative", X),
            ("deg2rad rad2deg", X),
            ("log log2 log10 log1p sqrt reciprocal", POSITIVE),
            ("tan arcsin arccos arctanh", INNER),
            ("arccosh", POSITIVE + 1),
        )
        for name in names.split(" ")
    ),
    *(
        (name, lambda lib, x, name=name: getattr(lib, name)(x), (X,))
        for name in ("relu", "sigmoid", "softplus", "erf", "transpose", "pad", "sort", "repeat")
    ),
    *(
        (name, lambda lib, x, name=name: getattr(lib, name)(x), (X,))
        for name in ("cumsum", "prod", "take", "clip", "std")
    ),
    *(
        (name, lambda lib, x, y, name=name: getattr(lib.np, name)(x, y), (X, Y))
        for name in ("add", "subtract", "multiply", "maximum", "minimum", "fmax", "fmin")
    ),
    *(
        (name, lambda lib, x, y, name=name: getattr(lib.np, name)(x, y), (X, V))
        for name in ("hypot", "arctan2", "logaddexp", "logaddexp2", "divide")
    ),
    ("power", lambda lib, x, y: x**y, (POSITIVE, V)),
    ("power of a number", lambda lib, x: x**3, (X,)),
    ("remainder", lambda lib, x, y: lib.np.remainder(x, y), (X, POSITIVE.T[:1].T)),
    ("where", lambda lib, x, y: lib.where(x > 0, x * y, y * y), (X, Y)),
    ("masked logarithm", lambda lib, x: lib.where(x > 0, lib.np.log(lib.np.abs(x)), x), (X,)),
    ("logsumexp", lambda lib, x: lib.logsumexp(x, 1), (X,)),
    ("softmax", lambda lib, x: lib.softmax(x, 1), (X,)),
    ("log_softmax", lambda lib, x: lib.log_softmax(x, 1), (X,)),
    ("max", lambda lib, x: lib.max(x, 1), (X,)),
    ("max with ties", lambda lib, x: lib.max(x, 1), (np.ones((2, 3)),)),
    ("var", lambda lib, x: lib.var(x, 0, ddof=1), (X,)),
    ("matmul", lambda lib, x, y: x @ y, (X, SQUARE)),
    ("matmul of a vector", lambda lib, x, y: x @ y, (X, V)),
    ("einsum", lambda lib, x, y: lib.np.einsum("ij,kj,j->ik", x, y, x[0]), (X, Y)),
    ("tensordot", lambda lib, x, y: lib.np.tensordot(x, y, ([0, 1], [0, 1])), (X, Y)),
    ("outer", lambda lib, x, y: lib.np.outer(x, y), (V, V + 1)),
    ("solve", lambda lib, a, b: lib.solve(a, b), (SQUARE, X.T.copy())),
    ("inv", lambda lib, a: lib.np.linalg.inv(a), (SQUARE,)),
    ("det", lambda lib, a: lib.np.linalg.det(a), (SQUARE,)),
    ("slogdet", lambda lib, a: lib.slogdet(a), (SQUARE,)),
    (
        "cholesky",
        lambda lib, a: lib.np.linalg.cholesky(a @ lib.transpose(a) + np_like(lib, np.eye(3))),
        (SQUARE,),
    ),
    ("norm", lambda lib, x: lib.norm(x), (X,)),
    ("concatenate", lambda lib, x, y: lib.cat(x * y, y), (X, Y)),
    ("slices", lambda lib, x: x[1:, ::1] * x[:1, 1], (X,)),
]


def np_like(lib: SimpleNamespace, x: np.ndarray) -> Any:
    """A constant in the library's own arrays."""
    return lib.np.asarray(x)


def first_and_second(args: Any, f: Any) -> tuple[list[Any], list[Any]]:
    """Our gradients of sum(sin(f)), and the derivatives of those in the direction 0.5 + args²."""
    numbers = tuple(range(len(args)))

    def gradients(*xs: Any) -> Any:
        return list(grad(lambda *xs: np.sum(np.sin(f(*xs))), numbers)(*xs))

    _, pull = vjp(gradients, *args)
    weights = [0.5 + x * x for x in args]
    reverse = list(pull(weights))
    _, forward = jvp(gradients, args, tuple(weights))
    # The Hessian is symmetric, so both modes give the same; a bilinear form would hide a fault.
    for a, b in zip(reverse, forward, strict=True):
        np.testing.assert_allclose(a, b, 1e-9, 1e-9)
    return gradients(*args), reverse


def close(ours: list[Any], theirs: list[Any]) -> None:
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, np.asarray(b), 1e-9, 1e-9)


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_derivatives_are_those_of_jax(case: Any):
    _, function, args = case
    names, jax = of_jax()

    def total(*xs: Any) -> Any:
        return jax.numpy.sum(jax.numpy.sin(function(names, *xs)))

    numbers = tuple(range(len(args)))
    gradients = jax.grad(total, numbers)
    weights = tuple(0.5 + x * x for x in args)
    theirs = jax.jit(lambda xs: jax.jvp(gradients, xs, weights))(args)
    ours = first_and_second(args, lambda *xs: function(of_numpy(), *xs))
    close(ours[0], theirs[0])
    close(ours[1], theirs[1])


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_derivatives_are_those_of_torch(case: Any):
    _, function, args = case
    names, torch = of_torch()
    values = [torch.tensor(x, requires_grad=True) for x in args]
    total = torch.sum(torch.sin(function(names, *values)))
    first = torch.autograd.grad(total, values, create_graph=True)
    inner = sum(
        torch.sum(c * (0.5 + torch.tensor(x * x))) for c, x in zip(first, args, strict=True)
    )
    second = torch.autograd.grad(inner, values, allow_unused=True)
    theirs = [np.zeros(x.shape) if c is None else c for c, x in zip(second, args, strict=True)]
    ours = first_and_second(args, lambda *xs: function(of_numpy(), *xs))
    close(ours[0], [c.detach() for c in first])
    close(ours[1], theirs)


COMPLEX = [
    ("abs", lambda lib, z: lib.np.abs(z)),
    ("real of exp", lambda lib, z: lib.np.real(lib.np.exp(z))),
    ("imag of sin", lambda lib, z: lib.np.imag(lib.np.sin(z * z))),
    ("conj", lambda lib, z: lib.np.real(lib.np.conj(z) * z * z)),
    ("angle", lambda lib, z: lib.np.angle(z)),
    ("division", lambda lib, z: lib.np.abs(1 / (z + 2))),
    ("matmul", lambda lib, z: lib.np.abs(z @ z.T)),
    ("log", lambda lib, z: lib.np.real(lib.np.log(z) * z)),
    ("sqrt", lambda lib, z: lib.np.imag(lib.np.sqrt(z))),
]


@pytest.mark.parametrize("case", COMPLEX, ids=[case[0] for case in COMPLEX])
def test_complex_gradients_follow_the_convention_of_jax(case: Any):
    _, function = case
    names, jax = of_jax()
    z = X + 1j * Y
    theirs = jax.jit(jax.grad(lambda z: jax.numpy.sum(function(names, z))))(z)
    ours = grad(lambda z: np.sum(function(of_numpy(), z)))(z)
    np.testing.assert_allclose(ours, np.asarray(theirs), 1e-10, 1e-10)


@pytest.mark.parametrize("case", COMPLEX, ids=[case[0] for case in COMPLEX])
def test_complex_gradients_are_the_conjugates_of_those_of_torch(case: Any):
    _, function = case
    names, torch = of_torch()
    z = torch.tensor(X + 1j * Y, requires_grad=True)
    torch.sum(function(names, z)).backward()
    ours = grad(lambda z: np.sum(function(of_numpy(), z)))(X + 1j * Y)
    np.testing.assert_allclose(np.conjugate(ours), z.grad.numpy(), 1e-10, 1e-10)

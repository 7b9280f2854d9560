"""numpy.linalg beside PyTorch and JAX: gradients and second derivatives, real and complex.

Vectors are compared by what does not depend on their signs and phases.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from cases import array
from test_peers_ops import close, first_and_second, of_jax, of_torch

from autograd import grad

pytestmark = pytest.mark.peers

SQUARE = array(3, 3, seed=7) + 3 * np.eye(3)
BATCH = array(2, 3, 3, seed=8) + np.diag([1.0, 3.0, 6.0])
TALL, WIDE = array(4, 2, seed=9), array(2, 3, seed=10)
RIGHT = array(4, 3, seed=11)
Array = Any
Names = SimpleNamespace


def ours() -> Names:
    return Names(
        la=np.linalg,
        swap=lambda x: np.swapaxes(x, -1, -2),
        conj=np.conj,
        sin=np.sin,
        exp=np.exp,
        abs=np.abs,
        real=np.real,
        sum=np.sum,
        svd=lambda x: np.linalg.svd(x, full_matrices=False),
        cond=np.linalg.cond,
        eigh=np.linalg.eigh,
        lstsq=lambda a, b: np.linalg.lstsq(a, b)[0],
        power=np.linalg.matrix_power,
        eigvals=np.linalg.eigvals,
    )


def jax_names() -> tuple[Names, Any]:
    _, jax = of_jax()
    jnp = jax.numpy
    return Names(
        la=jnp.linalg,
        swap=lambda x: jnp.swapaxes(x, -1, -2),
        conj=jnp.conj,
        sin=jnp.sin,
        exp=jnp.exp,
        abs=jnp.abs,
        real=jnp.real,
        sum=jnp.sum,
        svd=lambda x: jnp.linalg.svd(x, full_matrices=False),
        eigh=jnp.linalg.eigh,
        lstsq=lambda a, b: jnp.linalg.lstsq(a, b)[0],
        power=jnp.linalg.matrix_power,
        eigvals=jnp.linalg.eigvals,
        cond=jnp.linalg.cond,
    ), jax


def torch_names() -> tuple[Names, Any]:
    _, torch = of_torch()
    la = torch.linalg
    return Names(
        la=la,
        swap=lambda x: x.transpose(-1, -2),
        conj=lambda x: torch.conj(x).resolve_conj(),
        sin=torch.sin,
        exp=torch.exp,
        abs=torch.abs,
        real=lambda x: torch.real(x) if x.is_complex() else x,
        sum=torch.sum,
        svd=lambda x: la.svd(x, full_matrices=False),
        eigh=la.eigh,
        lstsq=lambda a, b: la.lstsq(a, b, driver="gelsd").solution,
        power=la.matrix_power,
        eigvals=la.eigvals,
        # Its own writes into an array that its gradient needs, but for the 2-norm.
        cond=lambda x, p: la.matrix_norm(x, p) * la.matrix_norm(la.inv(x), p) if p else la.cond(x),
    ), torch


def adjoint(lib: Names, x: Array) -> Array:
    return lib.conj(lib.swap(x))


def hermitian(lib: Names, x: Array) -> Array:
    return x + adjoint(lib, x)


def function_of_eigh(lib: Names, x: Array) -> Array:
    values, v = lib.eigh(hermitian(lib, x))
    return (v * lib.sin(values)[..., None, :]) @ adjoint(lib, v)


def sizes_of_eigh(lib: Names, x: Array) -> Array:
    return lib.abs(lib.eigh(hermitian(lib, x))[1]) ** 2


def function_of_svd(lib: Names, x: Array) -> Array:
    u, s, vh = lib.svd(x)
    return (u * lib.exp(-s)[..., None, :]) @ vh


def sizes_of_svd(lib: Names, x: Array) -> Array:
    u, _, vh = lib.svd(x)
    return lib.abs(u) ** 2 @ lib.abs(vh) ** 2


def span_of_qr(lib: Names, x: Array) -> Array:
    q, r = lib.la.qr(x)
    return lib.abs(q) ** 2 @ lib.abs(r) ** 2


def least_squares(lib: Names, a: Array, b: Array) -> Array:
    return lib.lstsq(a, b)


CASES: list[tuple[str, Callable[..., Any], tuple[np.ndarray, ...]]] = [
    ("eigvalsh", lambda lib, x: lib.la.eigvalsh(hermitian(lib, x)), (BATCH,)),
    ("function of eigh", function_of_eigh, (BATCH,)),
    ("eigenvectors", sizes_of_eigh, (BATCH,)),
    *(
        (f"{name} {shape}", f, (x,))
        for name, f in (
            ("svdvals", lambda lib, x: lib.la.svdvals(x)),
            ("function of svd", function_of_svd),
            ("singular vectors", sizes_of_svd),
            ("nuclear norm", lambda lib, x: lib.la.matrix_norm(x, ord="nuc")),
            ("2-norm", lambda lib, x: lib.la.matrix_norm(x, ord=2)),
            ("smallest", lambda lib, x: lib.la.matrix_norm(x, ord=-2)),
            ("pinv", lambda lib, x: lib.la.pinv(x)),
            ("cond", lambda lib, x: lib.cond(x, None)),
        )
        for shape, x in (("batch", BATCH), ("tall", TALL), ("wide", WIDE))
    ),
    ("qr", span_of_qr, (SQUARE,)),
    ("qr tall", span_of_qr, (TALL,)),
    ("cond 1", lambda lib, x: lib.cond(x, 1), (SQUARE,)),
    ("cond fro", lambda lib, x: lib.cond(x, "fro"), (SQUARE,)),
    ("infinity norm", lambda lib, x: lib.la.matrix_norm(x, ord=float("inf")), (BATCH,)),
    ("norm 3", lambda lib, x: lib.la.vector_norm(x, ord=3), (TALL,)),
    ("norm 0.5", lambda lib, x: lib.la.vector_norm(x, ord=0.5), (TALL,)),
    ("power", lambda lib, x: lib.power(x / 3, 5), (SQUARE,)),
    ("negative power", lambda lib, x: lib.power(x, -2), (BATCH,)),
    ("multi_dot", lambda lib, x, y: lib.la.multi_dot([x, y, lib.swap(y), y]), (TALL, WIDE)),
    ("lstsq", least_squares, (TALL, RIGHT)),
    ("tensorinv", lambda lib, x: lib.la.tensorinv(x, ind=1), (SQUARE,)),
    ("tensorsolve", lambda lib, a, b: lib.la.tensorsolve(a, b), (SQUARE, RIGHT[0])),
    ("det", lambda lib, x: lib.la.det(x), (BATCH,)),
    ("inv", lambda lib, x: lib.la.inv(x), (BATCH,)),
    (
        "cholesky",
        lambda lib, x: lib.la.cholesky(x @ adjoint(lib, x)),
        (SQUARE,),
    ),
    ("vecdot", lambda lib, x, y: lib.la.vecdot(x, y), (TALL, TALL[::-1] + 1)),
    ("cross", lambda lib, x, y: lib.la.cross(x, y), (WIDE, RIGHT[:2])),
]
names = [case[0] for case in CASES]

# JAX takes a second or so to compile each; the others it has for their building blocks.
COMPILED = ["function of eigh", "eigenvectors", "function of svd batch", "singular vectors tall"]
COMPILED += ["svdvals wide", "nuclear norm tall", "2-norm batch", "pinv tall", "pinv wide"]
COMPILED += ["qr", "qr tall", "lstsq", "cond wide", "cond fro", "cholesky", "norm 0.5", "det"]


@pytest.mark.parametrize("name", COMPILED)
def test_first_and_second_derivatives_are_those_of_jax(name: str):
    _, function, args = CASES[names.index(name)]
    lib, jax = jax_names()

    def total(*xs: Any) -> Any:
        return jax.numpy.sum(jax.numpy.sin(function(lib, *xs)))

    gradients = jax.grad(total, tuple(range(len(args))))
    weights = tuple(0.5 + x * x for x in args)
    theirs = jax.jit(lambda xs: jax.jvp(gradients, xs, weights))(args)
    mine = first_and_second(args, lambda *xs: function(ours(), *xs))
    close(mine[0], theirs[0])
    close(mine[1], theirs[1])


@pytest.mark.parametrize("case", CASES, ids=names)
def test_first_and_second_derivatives_are_those_of_torch(case: Any):
    _, function, args = case
    lib, torch = torch_names()
    values = [torch.tensor(x.copy(), requires_grad=True) for x in args]
    total = torch.sum(torch.sin(function(lib, *values)))
    first = torch.autograd.grad(total, values, create_graph=True)
    inner = sum(
        torch.sum(c * (0.5 + torch.tensor(x * x))) for c, x in zip(first, args, strict=True)
    )
    second = torch.autograd.grad(inner, values)
    mine = first_and_second(args, lambda *xs: function(ours(), *xs))
    close(mine[0], [c.detach() for c in first])
    close(mine[1], list(second))


IN_COMPLEX = [case for case in CASES if case[0] not in ("lstsq", "cross")]
COMPLEX = [(name, f, tuple(x + 0.3j * np.cos(5 * x) for x in args)) for name, f, args in IN_COMPLEX]
EIGENVALUES = [
    ("eigvals", lambda lib, x: lib.abs(lib.eigvals(x) - 1) ** 2, (SQUARE + 0.3j * SQUARE.T,)),
    ("eigvals of real", lambda lib, x: lib.abs(lib.eigvals(x) - 1) ** 2, (SQUARE,)),
]


@pytest.mark.parametrize(
    "case",
    [*(case for case in COMPLEX if case[0] in COMPILED), *EIGENVALUES],
    ids=lambda case: case[0],
)
def test_complex_gradients_are_those_of_jax(case: Any):
    _, function, args = case
    lib, jax = jax_names()

    def total(*xs: Any) -> Any:
        return jax.numpy.sum(jax.numpy.sin(jax.numpy.real(function(lib, *xs))))

    numbers = tuple(range(len(args)))
    theirs = jax.jit(jax.grad(total, numbers))(*args)
    mine = grad(lambda *xs: np.sum(np.sin(np.real(function(ours(), *xs)))), numbers)(*args)
    close(list(mine), theirs)


@pytest.mark.parametrize("case", [*COMPLEX, *EIGENVALUES], ids=lambda case: case[0])
def test_complex_gradients_are_the_conjugates_of_those_of_torch(case: Any):
    _, function, args = case
    lib, torch = torch_names()
    values = [torch.tensor(x.copy(), requires_grad=True) for x in args]
    torch.sum(torch.sin(lib.real(function(lib, *values)))).backward()
    numbers = tuple(range(len(args)))
    mine = grad(lambda *xs: np.sum(np.sin(np.real(function(ours(), *xs)))), numbers)(*args)
    close([np.conj(c) for c in mine], [v.grad.resolve_conj() for v in values])


def test_eigenvectors_of_a_general_matrix_are_those_of_torch():
    """PyTorch lets functions pass that do not depend on phases."""
    _, torch = torch_names()
    for x in (SQUARE, SQUARE + 0.3j * SQUARE.T):
        value = torch.tensor(x, requires_grad=True)
        values, v = torch.linalg.eig(value)
        torch.sum(torch.abs(v) ** 4 * torch.abs(values)).backward()

        def f(x: Any) -> Any:
            values, v = np.linalg.eig(x)
            return np.sum(np.abs(v) ** 4 * np.abs(values))

        close([np.conj(grad(f)(x))], [value.grad])

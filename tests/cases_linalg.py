"""Cases of numpy.linalg, but for the products that `cases.py` has."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
from cases import BATCH, SQUARE, Case, Constant, _cases, array, label, row_of

from autograd import stop_gradient

TALL, WIDE = array(3, 2, seed=21), array(2, 3, seed=22)
TALLS, WIDES = array(2, 4, 2, seed=23), array(2, 2, 3, seed=24)
SHAPES = {"square": SQUARE, "batch": BATCH, "tall": TALL, "wide": WIDE, "talls": TALLS}
SHAPES |= {"wides": WIDES, "one": np.array([[1.5]]), "none": np.ones((0, 0))}
SHAPES |= {"no rows": np.ones((0, 2)), "no columns": np.ones((2, 0))}
SQUARES = {name: SHAPES[name] for name in ("square", "batch", "one", "none")}


def adjoint(a: Any) -> Any:
    return np.conjugate(np.swapaxes(a, -1, -2))


def hermitian(a: Any) -> Any:
    """A Hermitian matrix made of any."""
    return a + adjoint(a)


def definite(x: Any) -> Any:
    """A Hermitian positive definite matrix made of any."""
    return x @ adjoint(x) + np.eye(np.shape(x)[-1])


def solving_cases() -> Iterator[Case]:
    right = array(3, 2, seed=9)
    for name, matrix in SQUARES.items():
        for f in (np.linalg.inv, np.linalg.det, np.linalg.slogdet):
            yield from _cases(f, (name, f, (matrix,)), complex=True)
        yield from _cases(
            np.linalg.cholesky,
            (name, lambda x: np.linalg.cholesky(definite(x)), (matrix,)),
            (f"{name} upper", lambda x: np.linalg.cholesky(definite(x), upper=True), (matrix,)),
            complex=True,
        )
    yield from _cases(
        np.linalg.solve,
        ("matrix", np.linalg.solve, (SQUARE, right)),
        ("vector", np.linalg.solve, (SQUARE, right[:, 0])),
        ("batch vector", np.linalg.solve, (BATCH, right[:, 0])),
        ("batch matrix", np.linalg.solve, (BATCH, right)),
        ("batches", np.linalg.solve, (BATCH[:, None], array(1, 4, 3, 2, seed=3))),
        ("both", lambda x: np.linalg.solve(x, x @ x), (SQUARE,)),
        ("none", np.linalg.solve, (np.ones((0, 0)), np.ones((0, 2)))),
        complex=True,
    )
    for name, singular in (
        ("zero", np.zeros((2, 2))),
        ("rank 1", np.array([[1.0, 2.0], [2.0, 4.0]])),
        ("rank 1 of 3", np.outer([1.0, 2.0, 3.0], [3.0, -1.0, 2.0])),
        ("rank 2 of 4", array(4, 2, seed=4) @ array(2, 4, seed=5)),
        ("one", np.zeros((1, 1))),
    ):
        yield from _cases(np.linalg.det, (name, np.linalg.det, (singular,)))
    for of in (row_of("cofactors"), np.linalg.det):
        yield Case(f"{of} order 3", of, of, (SQUARE,), order=3)
    yield from _cases(
        row_of("cofactors"),
        ("", row_of("cofactors"), (SQUARE,)),
        ("batch", row_of("cofactors"), (BATCH,)),
        complex=True,
    )
    second = row_of("second_cofactors")
    yield Case("second_cofactors", second, second, (BATCH, array(2, 3, 3)), True)
    several = array(2, 3, 3, 2, seed=6) + np.eye(6).reshape(2, 3, 3, 2) * 5
    yield from _cases(
        np.linalg.tensorsolve,
        ("", np.linalg.tensorsolve, (several, array(2, 3))),
        (
            "axes",
            lambda a, b: np.linalg.tensorsolve(a, b, (0,)),
            (np.moveaxis(several, -1, 0), array(2, 3)),
        ),
        ("vector", np.linalg.tensorsolve, (SQUARE, right[:, 0])),
        complex=True,
    )
    yield from _cases(
        np.linalg.tensorinv,
        ("", np.linalg.tensorinv, (several,)),
        ("ind", lambda a: np.linalg.tensorinv(a, ind=1), (SQUARE,)),
        ("ind 3", lambda a: np.linalg.tensorinv(a, 3), (several.reshape(2, 1, 3, 6),)),
        complex=True,
    )


def product_cases() -> Iterator[Case]:
    for power in (-3, -1, 1, 2, 3, 6):
        yield from _cases(
            np.linalg.matrix_power,
            (str(power), lambda x, n=power: np.linalg.matrix_power(x, n), (SQUARE / 2,)),
            (f"{power} batch", lambda x, n=power: np.linalg.matrix_power(x, n), (BATCH / 2,)),
            complex=True,
        )
    zeroth = ("0", lambda x: np.linalg.matrix_power(x, 0) + x, (BATCH,))
    yield from _cases(np.linalg.matrix_power, zeroth, complex=True)
    m, v = array(2, 3, seed=31), array(3, seed=32)
    yield from _cases(
        np.linalg.multi_dot,
        ("two", lambda *xs: np.linalg.multi_dot(xs), (m, m.T)),
        ("three", lambda *xs: np.linalg.multi_dot(xs), (m, SQUARE, m.T)),
        ("four", lambda *xs: np.linalg.multi_dot(xs), (m, m.T.copy(), m, SQUARE)),
        ("vectors", lambda *xs: np.linalg.multi_dot(xs), (v, SQUARE, m.T, m[:, 0])),
        ("row", lambda *xs: np.linalg.multi_dot(xs), (v, SQUARE)),
        ("column", lambda *xs: np.linalg.multi_dot(list(xs)), (m, SQUARE, v)),
        complex=True,
    )
    yield from _cases(
        np.linalg.cross,
        ("", np.linalg.cross, (v, v[::-1] + 1)),
        ("broadcast", np.linalg.cross, (m, v)),
        ("axis", lambda x, y: np.linalg.cross(x, y, axis=0), (SQUARE, TALL[:, :1])),
        complex=True,
    )


def factor_cases() -> Iterator[Case]:
    for name, x in SHAPES.items():
        if name not in ("no rows", "no columns"):
            yield from _cases(
                np.linalg.qr,
                (name, np.linalg.qr, (x,)),
                (f"{name} raw", lambda x: np.linalg.qr(x, "raw"), (x,)),
                complex=True,
            )
        yield from _cases(
            np.linalg.qr,
            (f"{name} r", lambda x: np.linalg.qr(x, "r"), (x,)),
            (f"{name} complete", lambda x: complete(np.linalg.qr(x, mode="complete"), x), (x,)),
            complex=True,
        )


def complete(found: Any, x: Any) -> Any:
    """What does not depend on how columns of q beyond those of x turn: the span of those."""
    q, r = found
    k = min(np.shape(x)[-2:])
    return q[..., :k], r, q[..., k:] @ adjoint(q[..., k:])


def eigen_cases() -> Iterator[Case]:
    for name, x in SQUARES.items():
        halves: tuple[Any, ...] = ("L", "U")
        for half in halves:
            yield from _cases(
                np.linalg.eigh,
                (
                    f"{name} {half} invariants",
                    lambda x, half=half: invariants(np.linalg.eigh(hermitian(x), UPLO=half)),
                    (x,),
                ),
                complex=True,
            )
        yield from _cases(
            np.linalg.eigh,
            (name, lambda x: np.linalg.eigh(hermitian(x)), (x,)),
            (f"{name} U", lambda x: np.linalg.eigh(hermitian(x), "U"), (x,)),
        )
        yield from _cases(
            np.linalg.eigvalsh,
            (name, lambda x: np.linalg.eigvalsh(hermitian(x)), (x,)),
            (f"{name} U", lambda x: np.linalg.eigvalsh(hermitian(x), "U"), (x,)),
            complex=True,
        )
    turning = array(3, 3, seed=41) + np.diag([1.0, 2.0, 4.0])
    pairs = np.array([[1.0, 2.0, 0.1], [-3.0, 1.7, 0.2], [0.3, 0.1, -2.0]])
    matrices = {**SQUARES, "real": turning, "complex pairs": pairs}
    for name, x in matrices.items():
        yield from _cases(np.linalg.eig, (name, np.linalg.eig, (x,)), complex=True)
        yield from _cases(np.linalg.eigvals, (name, np.linalg.eigvals, (x,)), complex=True)
    row = row_of("eigenvalue_gradient")
    weights = np.array([1.0, -2.0, 0.5])
    yield Case(
        "eigenvalue_gradient",
        row,
        lambda a, g: row(a, g, *map(stop_gradient, np.linalg.eig(a)), hermitian=False),
        (SQUARE, weights),
        True,
    )
    yield Case(
        "eigenvalue_gradient hermitian",
        row,
        lambda a, g: gradient_of_eigh(row, hermitian(a), np.real(g)),
        (BATCH, weights),
        True,
    )


def gradient_of_eigh(row: Any, a: Any, g: Any) -> Any:
    return row(a, g, *map(stop_gradient, np.linalg.eigh(a, "U")), hermitian=True, UPLO="U")


def invariants(found: Any) -> Any:
    """What does not depend on phases: eigenvalues, sizes, and v f(λ) vᴴ."""
    values, v = found
    return values, np.abs(v) ** 2, (v * np.sin(values)[..., np.newaxis, :]) @ adjoint(v)


def singular_cases() -> Iterator[Case]:
    for name, x in SHAPES.items():
        yield from _cases(
            np.linalg.svd,
            (name, lambda x: np.linalg.svd(x, full_matrices=False), (x,)),
            (f"{name} full", lambda x: full_in(np.linalg.svd(x)), (x,)),
        )
        yield from _cases(
            np.linalg.svd,
            (
                f"{name} invariants",
                lambda x: in_spans(np.linalg.svd(x, full_matrices=False)),
                (x,),
            ),
            (f"{name} full invariants", lambda x: full_in(np.linalg.svd(x), True), (x,)),
            complex=True,
        )
        yield from _cases(np.linalg.svdvals, (name, np.linalg.svdvals, (x,)), complex=True)
    values = ("values", lambda x: np.linalg.svd(x, compute_uv=False), (WIDES,))
    yield from _cases(np.linalg.svd, values, complex=True)
    for name, x in SQUARES.items():
        yield from _cases(
            np.linalg.svd,
            (
                f"{name} hermitian",
                lambda x: in_spans(np.linalg.svd(hermitian(x), hermitian=True)),
                (x,),
            ),
            (
                f"{name} hermitian values",
                lambda x: np.linalg.svd(hermitian(x), False, compute_uv=False, hermitian=True),
                (x,),
            ),
            complex=True,
        )
    row = row_of("singular_value_gradient")
    for name in ("square", "tall", "wides"):
        weights = array(np.shape(np.linalg.svdvals(SHAPES[name]))[-1], seed=3)
        for linear in (False, True):
            yield Case(
                f"singular_value_gradient {name} {linear}",
                row,
                lambda a, g, linear=linear: row(
                    a,
                    np.real(g),
                    *map(stop_gradient, np.linalg.svd(a, full_matrices=False)),
                    linear=linear,
                ),
                (SHAPES[name], weights),
                True,
            )


def in_spans(found: Any) -> Any:
    """What does not depend on phases: sizes, singular values, and u f(s) vᴴ."""
    u, s, vh = found
    k = np.shape(s)[-1]
    u, vh = u[..., :k], vh[..., :k, :]
    product = (u * np.sin(s)[..., np.newaxis, :]) @ vh
    return np.abs(u) ** 2, s, np.abs(vh) ** 2, product


def full_in(found: Any, invariant: bool = False) -> Any:
    """The same of full matrices, and the spans of the columns beyond."""
    u, s, vh = found
    k = np.shape(s)[-1]
    beyond = u[..., k:] @ adjoint(u[..., k:]), adjoint(vh[..., k:, :]) @ vh[..., k:, :]
    return (*(in_spans(found) if invariant else (u[..., :k], s, vh[..., :k, :])), *beyond)


def least_squares_cases() -> Iterator[Case]:
    for name, x in SHAPES.items():
        yield from _cases(np.linalg.pinv, (name, np.linalg.pinv, (x,)), complex=True)
    x, y = array(4, 2, seed=51), array(2, 3, seed=52)
    yield from _cases(
        np.linalg.pinv,
        ("rank 2", lambda x, y: np.linalg.pinv(x @ y, rcond=1e-6), (x, y)),
        ("rank 2 wide", lambda x, y: np.linalg.pinv((x @ y).T, rtol=1e-6), (x, y)),
        ("batch rtol", lambda x: np.linalg.pinv(x, rtol=np.array([1e-6, 1e-5])), (TALLS,)),
        ("hermitian", lambda x: np.linalg.pinv(hermitian(x), hermitian=True), (BATCH,)),
        (
            "hermitian rank 2",
            lambda x: np.linalg.pinv(x @ adjoint(x), 1e-6, hermitian=True),
            (x,),
        ),
        complex=True,
    )
    right = array(3, 2, seed=53)

    def solution(*args: Any, **options: Any) -> Any:
        found = np.linalg.lstsq(*args, **options)
        return found[0], found[1], found[3]

    yield from _cases(
        np.linalg.lstsq,
        ("square", solution, (SQUARE, right)),
        ("tall", solution, (TALL, right)),
        ("vector", solution, (TALL, right[:, 0])),
        ("wide", solution, (WIDE, right[:2])),
        ("wide vector", solution, (WIDE, right[:2, 0])),
        ("rank 2", lambda x, y, b: solution(x @ y, b, rcond=1e-6)[:2], (x, y, array(4, 2))),
        ("no right side", solution, (TALL, np.ones((3, 0)))),
        ("precision", lambda a, b: solution(a, b, rcond=-1), (TALL, right)),
        complex=True,
    )
    row = row_of("lstsq")
    yield Case("lstsq row batch", row, row, (TALLS, array(4, 2, seed=3)), True)
    yield Case("lstsq row batch wide", row, row, (WIDES, array(3, 1, 2, 1, seed=3)), True)
    yield Case("lstsq row of one matrix", row, row, (TALL, array(2, 3, 1, seed=3)), True)


def norm_cases() -> Iterator[Case]:
    x = array(2, 3, 4, seed=3)
    for order in (None, 1, 2, 3, 0.5, -1, np.inf, -np.inf):
        yield from _cases(
            np.linalg.norm,
            (f"{order}", lambda x, o=order: np.linalg.norm(x, o, axis=1), (x,)),
            (f"{order} vector", lambda x, o=order: np.linalg.norm(x, o), (x[0, 0],)),
            complex=True,
        )
        if order is not None:
            yield Case(
                f"vector_norm {order}",
                np.linalg.vector_norm,
                lambda x, o=order: np.linalg.vector_norm(x, ord=o, axis=(0, -1), keepdims=True),
                (x,),
                True,
            )
    orders: tuple[Any, ...] = ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
    for order, (axis, keepdims) in product((*orders, None), (((0, 1), False), ((-1, 0), True))):
        yield Case(
            f"norm {order} {axis} {keepdims}",
            np.linalg.norm,
            lambda x, o=order, a=axis, k=keepdims: np.linalg.norm(x, o, axis=a, keepdims=k),
            (x,),
            True,
        )
    for order in orders:
        yield from _cases(
            np.linalg.matrix_norm,
            (f"{order}", lambda x, o=order: np.linalg.matrix_norm(x, ord=o), (x,)),
            (
                f"{order} keepdims",
                lambda x, o=order: np.linalg.matrix_norm(x, ord=o, keepdims=True),
                (TALL,),
            ),
            complex=True,
        )
    yield from _cases(
        np.linalg.norm,
        ("of all", np.linalg.norm, (x,)),
        ("of a vector", np.linalg.norm, (x[0, 0],)),
        ("of a matrix", lambda x: np.linalg.norm(x, 2), (SQUARE,)),
        ("keepdims", lambda x: np.linalg.norm(x, None, None, True), (x,)),
        ("empty", lambda x: np.linalg.norm(x, axis=0), (np.ones((0, 2)),)),
        complex=True,
    )
    conditions: tuple[Any, ...] = (None, *orders)
    for order in conditions:
        yield from _cases(
            np.linalg.cond,
            (f"{order}", lambda x, p=order: np.linalg.cond(x, p), (SQUARE,)),
            (f"{order} batch", lambda x, p=order: np.linalg.cond(x, p), (BATCH,)),
            complex=True,
        )
    yield from _cases(np.linalg.cond, ("tall", np.linalg.cond, (TALL,)), complex=True)


def constant_cases() -> Iterator[Constant]:
    singular = np.array([[1.0, 2.0], [2.0, 4.0]])
    calls: list[tuple[str, Callable[..., Any]]] = [
        ("", np.linalg.matrix_rank),
        ("tol", lambda x: np.linalg.matrix_rank(x, 1e-3)),
        ("rtol", lambda x: np.linalg.matrix_rank(x, rtol=1e-3)),
        ("hermitian", lambda x: np.linalg.matrix_rank(x, hermitian=True)),
    ]
    for name, f in calls:
        for x in (singular, BATCH):
            yield Constant(f"{label(np.linalg.matrix_rank)} {name}", np.linalg.matrix_rank, f, (x,))
    yield Constant(
        "rank of lstsq", np.linalg.lstsq, lambda a: np.linalg.lstsq(a, a)[2], (singular,)
    )


CASES: list[Case] = [
    *solving_cases(),
    *product_cases(),
    *factor_cases(),
    *eigen_cases(),
    *singular_cases(),
    *least_squares_cases(),
    *norm_cases(),
]
CONSTANTS: list[Constant] = list(constant_cases())

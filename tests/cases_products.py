"""Cases for the forms of arguments that products take."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from cases import Case, Constant, array
from cases_building import numbered

M, N, V, W = array(2, 3), array(3, 2, seed=1), array(3, seed=2), array(3, seed=3)
T, PAIR = array(2, 3, 4), array(2, seed=4)


gufuncs: Any = np  # whose stubs know fewer forms of axes= than it takes


def axes_cases() -> Iterator[Case]:
    yield from numbered(
        np.matmul,
        (lambda x, y: gufuncs.matmul(x, y, axes=[(0, 1), (1, 0), (1, 0)]), (M, M)),
        (lambda x, y: gufuncs.matmul(x, y, axes=[(0, 1), (0, 1), (0, 1)]), (T, array(3, 2, 4))),
        (lambda x, y: gufuncs.matmul(x, y, axes=[(0, 2), (0,), (0,)]), (T, array(4))),
    )
    yield from numbered(
        np.vecdot,
        (lambda x, y: gufuncs.vecdot(x, y, axes=[0, -1]), (N, M)),
        (lambda x, y: gufuncs.vecdot(x, y, axes=[(0,), (-1,), ()]), (N, M)),
        (lambda x, y: gufuncs.vecdot(x, y, keepdims=True), (M, V)),
        (lambda x, y: gufuncs.vecdot(x, y, axis=0, keepdims=True), (N, N + 1)),
    )
    if hasattr(np, "matvec"):  # NumPy 2.2 brought them
        yield from numbered(
            np.matvec,
            (lambda x, y: gufuncs.matvec(x, y, axes=[(0, 1), 0, 0]), (T, array(3, 4))),
            (np.matvec, (M, V)),
        )
        yield from numbered(
            np.vecmat,
            (lambda x, y: gufuncs.vecmat(x, y, axes=[0, (1, 0), 0]), (array(3, 4), T)),
            (np.vecmat, (V, N)),
        )


def sum_cases() -> Iterator[Case]:
    calls: tuple[Any, ...] = (
        (lambda x: np.einsum("ij,jk", x, N, optimize="optimal"), (M,)),
        (lambda x: np.einsum(x, [0, 1], [1, 0]), (M,)),
        (lambda x, y: np.einsum("ij,ij->ij", x, y), (array(1, 3), M)),
        (lambda x, y: np.einsum("ij,ij", x, y), (array(2, 1), M)),
        (lambda x, y: np.einsum("...j,...j->...", x, y), (array(2, 1, 3), M)),
        (lambda x, y: np.einsum("i,i,ij->", x, x, y), (PAIR, M)),
        (lambda x, y: np.einsum("iij,j->i", x, y), (array(2, 2, 3), V)),
        (lambda x: np.einsum("ij->j", x, dtype=np.complex128, order="F"), (M,)),
    )
    yield from numbered(np.einsum, *calls)
    yield from numbered(np.vdot, (np.vdot, (V, W)), (np.vdot, (np.array(2.0), np.array(3.0))))
    yield from numbered(
        np.kron,
        *((np.kron, args) for args in ((V, PAIR), (M, V), (V, M), (array(1, 2, 3), N))),
        (np.kron, (np.array(2.0), V)),
        (lambda x: np.kron(x, [1, 2]), (M,)),
    )


def cross_cases() -> Iterator[Case]:
    for f in (np.cross, np.linalg.cross):
        yield from numbered(
            f,
            (f, (V, W)),
            (f, (array(4, 3), V)),
            (lambda a, b, f=f: f(a, b, axis=0), (N, N + 1)),
        )
    yield from numbered(
        np.cross,
        (lambda a, b: np.cross(a, b, 0, 1, 0), (N, M)),
        (lambda a, b: np.cross(a, b, axisa=1, axisc=1), (T, array(2, 4, 3))),
        *((_flat, args) for args in ((PAIR, PAIR + 1), (PAIR, V), (V, PAIR))),
        *((_flat, args) for args in ((array(4, 2), array(4, 3)), (array(4, 3), PAIR))),
        (lambda a: _flat(a, [1.0, 2.0]), (array(4, 2),)),
    )


def _flat(a: Any, b: Any) -> Any:
    """np.cross of vectors of two components, of which NumPy warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return np.cross(a, b)


CASES = [*axes_cases(), *sum_cases(), *cross_cases()]

CONSTANTS = [
    Constant(
        "einsum_path", np.einsum_path, lambda x: np.einsum_path("ij,jk,k->i", x, N, PAIR)[1], (M,)
    ),
]

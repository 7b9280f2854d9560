"""Repeated eigenvalues and singular values: derivatives that are right, or NaN.

A derivative of vectors divides by the gaps between values. Where one is 0, a function has its
derivative only if it does not care how the vectors turn; one that cannot be told is NaN.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases import array
from cases_linalg import adjoint, hermitian
from test_linalg import (
    FULL,
    MOVE,
    TURN,
    WEIGHTS,
    differences,
    in_both_modes,
    seconds,
    undefined,
)

from autograd import grad, jvp
from autograd.errors import NonFiniteWarning

LEFT = np.linalg.qr(array(4, 4, seed=1))[0]

# Symmetric matrices with a repeated eigenvalue
REPEATED = {
    "identity": np.eye(3),
    "diagonal": np.diag([1.0, 1.0, 2.0]),
    "turned": TURN @ np.diag([1.0, 1.0, 2.0]) @ TURN.T,
    "rank 1": np.outer(TURN[0], TURN[0]),
}
repeated = pytest.mark.parametrize("a", REPEATED.values(), ids=REPEATED)

# Matrices with repeated singular values, or too small a rank
TIED = {
    "identity": np.eye(3),
    "turned": TURN @ np.diag([2.0, 2.0, 1.0]) @ TURN[::-1],
    "tall": LEFT[:, :3] @ np.diag([2.0, 2.0, 1.0]) @ TURN,
    "wide": TURN @ np.diag([2.0, 2.0, 1.0]) @ LEFT[:3],
}
DEFICIENT = {
    "square": LEFT[:3, :2] @ LEFT[:2, :3],
    "tall": LEFT[:, :2] @ LEFT[:2, :3],
    "rank 1": np.outer(TURN[0], TURN[1]),
}

# Repeated eigenvalues


@repeated
def test_a_symmetric_function_of_the_eigenvalues_has_a_gradient(a: np.ndarray):
    values, v = np.linalg.eigh(a)
    expected = np.sum((v * np.exp(values)) @ v.T * MOVE)
    functions: tuple[Callable[..., Any], ...] = (
        np.linalg.eigvalsh,
        np.linalg.eigvals,
        lambda x: np.linalg.eigh(x)[0],
        lambda x: np.linalg.eig(x)[0],
    )
    for f in functions:
        for found in in_both_modes(lambda x, f=f: np.sum(np.exp(np.real(f(x)))), a, MOVE):
            np.testing.assert_allclose(found, expected, 1e-12)


def projector(x: Any) -> Any:
    """Onto the space of the first two eigenvectors, in which they may turn."""
    v = np.linalg.eigh(x)[1][..., :2]
    return v @ adjoint(v)


@pytest.mark.parametrize("name", ["diagonal", "turned"])
@pytest.mark.parametrize("weights", [WEIGHTS, np.ones((3, 3))], ids=["weighted", "summed"])
def test_a_projector_on_tied_eigenvectors_has_a_gradient(name: str, weights: np.ndarray):
    a, move = REPEATED[name], hermitian(MOVE)

    def f(x: Any) -> Any:
        return np.sum(weights * projector(x))

    np.testing.assert_allclose(np.sum(grad(f)(a) * move), differences(f, a, move)[0], 1e-6)
    move = 1j * (MOVE - MOVE.T)
    np.testing.assert_allclose(
        np.sum(np.real(grad(lambda x: np.real(f(x)))(a + 0j) * move)),
        differences(lambda x: np.real(f(x)), a + 0j, move)[0],
        1e-6,
        1e-9,
    )


@repeated
def test_what_cannot_be_known_is_nan_and_not_a_wrong_number(a: np.ndarray):
    def of_matrix(x: Any, f: Callable[..., Any], weights: Any) -> Any:
        values, v = np.linalg.eigh(x)
        return np.sum(weights * ((v * f(values)) @ adjoint(v)))

    for f in (np.exp, lambda x: x, lambda x: 1 / (1 + x)):
        for weights in (WEIGHTS, np.ones((3, 3)), np.eye(3)[:1] * 1.0):
            assert undefined(lambda x, f=f, w=weights: of_matrix(x, f, w), a)
    assert undefined(lambda x: np.sum(np.linalg.eigh(x)[1] * WEIGHTS), a)
    moved = jvp(np.linalg.eigh, (a,), (hermitian(MOVE),))[1]
    assert not np.isnan(moved[0]).any()
    assert np.isnan(moved[1]).any()
    # A function of matrices of which eigenvalues are all the same, f', is right also within ties.
    assert not undefined(lambda x: of_matrix(x, lambda values: 0 * values + 1, WEIGHTS), a)


def test_ties_among_eigenvalues_that_weigh_nothing_do_no_harm():
    a, move = TURN @ np.diag([1.0, 1.0, 3.0]) @ TURN.T, hermitian(MOVE)
    for f in (
        lambda x: np.linalg.eigvalsh(x)[-1],
        lambda x: np.linalg.eigh(x)[0][-1],
        lambda x: np.max(np.linalg.eigvalsh(x)) ** 2,
        lambda x: np.max(np.real(np.linalg.eigvals(x))),
    ):
        first, second = differences(f, a, move)
        np.testing.assert_allclose(in_both_modes(f, a, move), [first] * 2, 1e-6)
        np.testing.assert_allclose(seconds(f, a, move), [second] * 2, 1e-5)


@repeated
def test_second_derivatives_within_a_tie_are_right_or_nan(a: np.ndarray):
    for f in (np.exp, np.square):

        def total(x: Any, f: Any = f) -> Any:
            return np.sum(f(np.linalg.eigvalsh(x)))

        for move in (hermitian(MOVE), np.ones((3, 3)), np.eye(3)[[1, 0, 2]], np.eye(3)):
            _, second = differences(total, a, move)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NonFiniteWarning)
                found_twice = seconds(total, a, move)
            for found in found_twice:
                assert np.isnan(found) or abs(found - second) < 1e-4 * (1 + abs(second))


def test_a_tie_in_one_matrix_of_a_batch_stays_there():
    batch = np.stack([REPEATED["turned"], FULL @ FULL.T])

    def f(x: Any) -> Any:
        return np.sum(WEIGHTS * np.linalg.eigh(x)[1])

    with pytest.warns(NonFiniteWarning):
        found = grad(f)(batch)
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1], grad(f)(batch[1:])[0], 1e-12)


def test_a_tie_is_one_to_the_precision_of_the_dtype():
    a = np.diag([1.0, 1.0 + 2.0**-22, 2.0])

    def f(x: Any) -> Any:
        return np.sum(WEIGHTS.astype(x.dtype) * np.linalg.eigh(x)[1])

    assert undefined(f, a.astype(np.float32))
    assert not undefined(f, a)
    found = grad(lambda x: np.sum(WEIGHTS.astype(x.dtype) * projector(x)))(a.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, grad(lambda x: np.sum(WEIGHTS * projector(x)))(a), 1e-5, 1e-6)


# Repeated singular values, and zeros among them


def polar(x: Any) -> Any:
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return u @ vh


def rebuilt(x: Any) -> Any:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return (u * s) @ vh


@pytest.mark.parametrize("x", TIED.values(), ids=TIED)
def test_the_nuclear_norm_and_the_polar_factor_at_ties(x: np.ndarray):
    move, weights = array(*x.shape, seed=7), array(*x.shape, seed=8)
    first, second = differences(lambda x: np.linalg.norm(x, "nuc"), x, move)
    for f in (
        lambda x: np.linalg.norm(x, "nuc"),
        lambda x: np.sum(np.linalg.svdvals(x)),
        lambda x: np.sum(np.linalg.svd(x)[1]),
    ):
        np.testing.assert_allclose(in_both_modes(f, x, move), [first] * 2, 1e-6)
    np.testing.assert_allclose(
        seconds(lambda x: np.linalg.norm(x, "nuc"), x, move), [second] * 2, 1e-5
    )

    def f(x: Any) -> Any:
        return np.sum(weights * polar(x))

    np.testing.assert_allclose(np.sum(grad(f)(x) * move), differences(f, x, move)[0], 1e-6)
    assert undefined(lambda x: np.sum(weights * rebuilt(x)), x)
    assert undefined(lambda x: np.sum(np.linalg.svd(x)[0][:3, :3] * WEIGHTS), x)


@pytest.mark.parametrize("x", DEFICIENT.values(), ids=DEFICIENT)
def test_singular_vectors_of_rank_deficient_matrices(x: np.ndarray):
    move, weights = array(*x.shape, seed=7), array(*x.shape, seed=8)
    rank = np.linalg.matrix_rank(x)

    def best(x: Any) -> Any:
        """The best approximation of this rank: its row and column space are those of x."""
        u, _, vh = np.linalg.svd(x, full_matrices=False)
        u, vh = u[:, :rank], vh[:rank]
        return np.sum((u @ u.T @ weights @ vh.T @ vh) * weights)

    np.testing.assert_allclose(np.sum(grad(best)(x) * move), differences(best, x, move)[0], 1e-5)
    # NaN, or right: of a real square matrix with one zero u s vᴴ is smooth.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = grad(lambda x: np.sum(weights * rebuilt(x)))(x)
    if not np.isnan(found).any():
        np.testing.assert_allclose(found, weights, 1e-9, 1e-9)
    first, second = differences(lambda x: np.linalg.norm(x, 2), x, move)
    for f in (lambda x: np.linalg.norm(x, 2), lambda x: np.linalg.svdvals(x)[0]):
        np.testing.assert_allclose(in_both_modes(f, x, move), [first] * 2, 1e-6)
        if rank == 1:
            np.testing.assert_allclose(seconds(f, x, move), [second] * 2, 1e-4)

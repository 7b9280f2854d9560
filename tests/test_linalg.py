"""numpy.linalg where it is delicate: norms at zero, singular matrices, conventions, errors.

That every function has right derivatives elsewhere is `test_registry.py`'s, by `cases_linalg.py`.
"""

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases import array
from cases_linalg import adjoint, hermitian

from autograd import Value, errors, grad, gradcheck, hessian, jacobian, jvp, value_and_grad
from autograd.errors import NonFiniteWarning
from autograd.ops.linalg.chains import _cheapest

TURN = np.linalg.qr(array(3, 3, seed=2))[0]
WEIGHTS, MOVE = array(3, 3, seed=3), array(3, 3, seed=4)
FULL = np.array([[2.0, 0.5, 0.1], [0.3, 1.5, -0.2], [0.1, -0.4, 1.0]])


def differences(f: Callable[..., Any], x: np.ndarray, move: np.ndarray) -> tuple[float, float]:
    """The first and the second derivative in one direction."""
    h, k = 1e-6, 1e-4
    first = (f(x + h * move) - f(x - h * move)) / (2 * h)
    return first, (f(x + k * move) - 2 * f(x) + f(x - k * move)) / k**2


def in_both_modes(f: Callable[..., Any], x: np.ndarray, move: np.ndarray) -> list[float]:
    return [float(np.sum(np.real(grad(f)(x) * move))), float(jvp(f, (x,), (move,))[1])]


def seconds(f: Callable[..., Any], x: np.ndarray, move: np.ndarray) -> list[float]:
    """The second derivative in one direction, reverse over reverse and forward over reverse."""
    twice = grad(lambda x: np.sum(grad(f)(x) * move))(x)
    return [float(np.sum(g * move)) for g in (twice, jvp(grad(f), (x,), (move,))[1])]


def undefined(f: Callable[..., Any], x: np.ndarray) -> bool:
    """Whether the gradient is NaN, and says so."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        nan = bool(np.isnan(grad(f)(x)).any())
    assert nan == any(w.category is NonFiniteWarning for w in said)
    return nan


# Norms and condition numbers


@pytest.mark.parametrize("order", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_a_matrix_norm_at_zero_has_derivative_zero(order: Any):
    for zero in (np.zeros((3, 2)), np.zeros((2, 2)), np.zeros((2, 2), complex)):
        for found in in_both_modes(
            lambda x: np.linalg.norm(x, order, axis=(0, 1)), zero, np.ones_like(zero)
        ):
            assert found == 0


@pytest.mark.parametrize("order", [None, 1, 2, 3, 1.5, 0.5, -1, -2.5, 0, np.inf, -np.inf])
def test_a_vector_norm_where_all_or_some_elements_are_zero(order: Any):
    for x in (np.zeros(3), np.zeros(3, complex), np.array([1.0, 0.0, 2.0]), np.array([0.0, 1j])):
        for f in (np.linalg.norm, lambda x, o: np.linalg.vector_norm(x, ord=2 if o is None else o)):
            with np.errstate(divide="ignore"):
                expected = f(x, order)
                value, found = value_and_grad(lambda x, f=f: 1.0 * f(x, order) + 0.0 * x[0].real)(x)
            np.testing.assert_allclose(value, expected, 1e-13)
            assert np.all(found[x == 0] == 0)
            assert np.all(np.isfinite(found))


def test_largest_singular_values_share():
    for found in in_both_modes(lambda x: np.linalg.norm(x, 2), np.eye(3), np.diag([3.0, 0, 0])):
        np.testing.assert_allclose(found, 1.0, 1e-12)
    np.testing.assert_array_equal(grad(np.linalg.cond)(np.eye(3)), np.zeros((3, 3)))
    np.testing.assert_allclose(
        grad(lambda x: np.linalg.norm(x, np.inf))(np.ones((2, 2))), np.full((2, 2), 0.5)
    )


@pytest.mark.parametrize("p", [None, 2, -2, 1, -1, np.inf, -np.inf, "fro"])
def test_the_condition_of_a_singular_matrix_is_that_of_numpy(p: Any):
    batch = np.stack([FULL, np.zeros((3, 3)), np.diag([1.0, 0.0, 2.0])])
    if p not in (None, 2, -2):  # the singular value decomposition takes no NaN
        batch = np.concatenate([batch, np.full((1, 3, 3), np.nan)])
    with np.errstate(all="ignore"):
        found = np.linalg.cond(Value(batch), p)
        np.testing.assert_allclose(found.data, np.linalg.cond(batch, p), 1e-12)
        pulled = autograd_of_first(lambda x: np.linalg.cond(x, p), batch)
    np.testing.assert_allclose(pulled, grad(lambda x: np.linalg.cond(x, p))(FULL), 1e-12)


def autograd_of_first(f: Callable[..., Any], batch: np.ndarray) -> np.ndarray:
    """The gradient of f at the first of a batch, of which the others are masked."""
    mask = np.arange(len(batch)) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return grad(lambda x: np.sum(np.where(mask, f(x), 0.0)))(batch)[0]


# Determinants and inverses of singular matrices


def test_det_of_a_singular_matrix_has_two_derivatives():
    for a in (np.zeros((3, 3)), np.diag([1.0, 2.0, 0.0]), np.outer(TURN[0], TURN[1])):
        np.testing.assert_allclose(
            in_both_modes(np.linalg.det, a, MOVE),
            [differences(np.linalg.det, a, MOVE)[0]] * 2,
            1e-6,
            1e-8,
        )
        np.testing.assert_allclose(
            seconds(np.linalg.det, a, MOVE),
            [differences(np.linalg.det, a, MOVE)[1]] * 2,
            1e-5,
            1e-7,
        )
    with pytest.raises(errors.LinAlgError, match="third derivative"):
        jacobian(hessian(np.linalg.det))(np.zeros((2, 2)))


def test_det_of_large_and_small_scale():
    for scale in (1e-60, 1e60):
        a = scale * FULL
        np.testing.assert_allclose(
            grad(np.linalg.det)(a), np.linalg.det(a) * np.linalg.inv(a).T, 1e-12
        )


def test_slogdet_of_a_masked_singular_matrix_leaks_nothing():
    batch = np.stack([FULL, np.zeros((3, 3)), np.diag([1.0, 2.0, 0.0])])
    mask = np.array([True, False, False])

    def f(x: Any) -> Any:
        return np.sum(np.where(mask, np.linalg.slogdet(x)[1], 0.0))

    for found in (grad(f)(batch), jacobian(f, mode="fwd")(batch)):
        np.testing.assert_allclose(found[0], np.linalg.inv(FULL).T, 1e-12)
        np.testing.assert_array_equal(found[1:], np.zeros((2, 3, 3)))
    assert undefined(lambda x: np.linalg.slogdet(x)[1], np.zeros((2, 2)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NonFiniteWarning)
        assert np.isnan(hessian(lambda x: np.linalg.slogdet(x)[1])(np.ones((2, 2)))).all()


def test_least_squares_of_a_rank_deficient_matrix_keeps_the_rank():
    x, y, b = array(4, 2, seed=5), array(2, 3, seed=6), array(4, seed=7)
    a = x @ y
    move_x, move_y = array(4, 2, seed=8), array(2, 3, seed=9)
    along = move_x @ y + x @ move_y  # the rank stays 2 to first order
    for f in (
        lambda a: np.linalg.lstsq(a, b, rcond=1e-6)[0],
        lambda a: np.linalg.pinv(a, rcond=1e-6) @ b,
    ):
        h = 1e-6
        ahead = f((x + h * move_x) @ (y + h * move_y))
        behind = f((x - h * move_x) @ (y - h * move_y))
        expected = (ahead - behind) / (2 * h)
        np.testing.assert_allclose(jvp(f, (a,), (along,))[1], expected, 1e-6)
        pulled = grad(lambda a, f=f: np.sum(f(a) * y[0]))(a)
        np.testing.assert_allclose(np.sum(pulled * along), np.sum(expected * y[0]), 1e-6)
    outputs: Any = np.linalg.lstsq(Value(a), b, rcond=1e-6)
    solution, residuals, rank, s = outputs
    assert type(rank) is np.int32
    assert rank == 2
    assert residuals.shape == (0,)
    np.testing.assert_allclose(s.data, np.linalg.svdvals(a), 1e-12, 1e-15)
    np.testing.assert_allclose(solution.data, np.linalg.lstsq(a, b, rcond=1e-6)[0], 1e-12)


# Conventions


def test_one_triangle_is_read_and_the_gradient_is_symmetric():
    other = np.triu(FULL) + 7 * np.tril(np.ones((3, 3)), -1)
    for f in (np.linalg.eigvalsh, lambda x, half: np.linalg.eigh(x, UPLO=half)[0]):
        upper: Any = f(Value(other), "U")
        np.testing.assert_allclose(upper.data, np.linalg.eigvalsh(other, "U"))
        found = grad(lambda x, f=f: f(x, "U")[0])(other)
        np.testing.assert_allclose(found, found.T, 1e-12)
        symmetric = np.triu(FULL) + np.triu(FULL, 1).T
        np.testing.assert_allclose(found, grad(lambda x, f=f: f(x, "L")[0])(symmetric), 1e-12)
    found = grad(lambda x: np.linalg.cholesky(x)[1, 0])(FULL @ FULL.T)
    np.testing.assert_allclose(found, found.T, 1e-12)


def test_the_phases_of_vectors_follow_their_conventions():
    a = FULL + 1j * MOVE
    move = MOVE + 1j * WEIGHTS
    (_, v), (_, moved) = jvp(np.linalg.eigh, (hermitian(a),), (hermitian(move),))
    np.testing.assert_allclose(np.sum(np.conj(v) * moved, axis=0), np.zeros(3), atol=1e-12)
    (u, _, vh), (du, _, dvh) = jvp(np.linalg.svd, (a,), (move,))
    np.testing.assert_allclose(np.diagonal(dvh @ adjoint(vh)), np.zeros(3), atol=1e-12)
    np.testing.assert_allclose(np.real(np.diagonal(adjoint(u) @ du)), np.zeros(3), atol=1e-12)
    (_, r), (_, dr) = jvp(np.linalg.qr, (a,), (move,))
    np.testing.assert_allclose(np.imag(np.diagonal(r)), np.zeros(3), atol=1e-12)
    np.testing.assert_allclose(np.imag(np.diagonal(dr)), np.zeros(3), atol=1e-12)
    (_, v), (_, moved) = jvp(np.linalg.eig, (a,), (move,))
    np.testing.assert_allclose(np.sum(np.conj(v) * moved, axis=0).real, np.zeros(3), atol=1e-12)
    largest = np.argmax(np.abs(v), axis=0)
    np.testing.assert_allclose(moved[largest, np.arange(3)].imag, np.zeros(3), atol=1e-12)


def test_results_are_the_named_tuples_of_numpy():
    for f in (
        np.linalg.eig,
        np.linalg.eigh,
        np.linalg.svd,
        np.linalg.qr,
        np.linalg.slogdet,
        lambda x: np.linalg.svd(x, hermitian=True),
    ):
        assert type(f(Value(FULL))) is type(f(FULL))
    assert isinstance(np.linalg.qr(Value(FULL), mode="r"), Value)


def test_the_inverse_of_a_product_and_gradcheck_agree():
    assert gradcheck(lambda a: np.linalg.matrix_power(a, -2), FULL)
    assert gradcheck(lambda a: np.linalg.multi_dot([a, a, a, a]), FULL)
    np.testing.assert_array_equal(np.linalg.matrix_power(Value(FULL), 0), np.eye(3))


def test_a_chain_of_matrices_is_multiplied_in_the_cheapest_order():
    def cost(sizes: Any, split: Any, i: int, j: int) -> int:
        if i == j:
            return 0
        k = split[i][j]
        own = sizes[i] * sizes[k + 1] * sizes[j + 1]
        return own + cost(sizes, split, i, k) + cost(sizes, split, k + 1, j)

    def cheapest(sizes: Any, i: int, j: int) -> int:
        return min(
            (
                sizes[i] * sizes[k + 1] * sizes[j + 1]
                + cheapest(sizes, i, k)
                + cheapest(sizes, k + 1, j)
                for k in range(i, j)
            ),
            default=0,
        )

    for sizes in itertools.permutations((10, 100, 5, 50, 2)):
        assert cost(sizes, _cheapest(sizes), 0, 3) == cheapest(sizes, 0, 3)


# Errors


V = Value(FULL)
LINALG: Any = np.linalg  # whose types would refuse these calls
WRONG: list[tuple[Callable[[], Any], type, type, list[str]]] = [
    (lambda: LINALG.qr(V, "thin"), errors.ArgumentError, ValueError, ["thin", "reduced"]),
    (
        lambda: grad(lambda x: LINALG.qr(x)[0][0, 0])(np.ones((3, 3)) - np.eye(3)[0]),
        errors.LinAlgError,
        np.linalg.LinAlgError,
        ["independent columns", "(3, 3)"],
    ),
    (
        lambda: LINALG.eigh(Value(np.ones((2, 3)))),
        errors.LinAlgError,
        np.linalg.LinAlgError,
        ["eigh", "(2, 3)", "square"],
    ),
    (
        lambda: LINALG.matrix_power(Value(np.ones((2, 3))), 2),
        errors.ShapeError,
        ValueError,
        ["square", "(2, 3)"],
    ),
    (
        lambda: LINALG.matrix_power(V, 0.5),
        errors.DTypeError,
        TypeError,
        ["matrix_power", "0.5"],
    ),
    (lambda: LINALG.multi_dot([V]), errors.ArgumentError, ValueError, ["two arrays"]),
    (
        lambda: LINALG.multi_dot([V, Value(np.ones((2, 3, 3)))]),
        errors.ShapeError,
        ValueError,
        ["(2, 3, 3)", "np.matmul"],
    ),
    (
        lambda: LINALG.tensorsolve(V, np.ones(4)),
        errors.LinAlgError,
        np.linalg.LinAlgError,
        ["(3, 3)", "(4,)"],
    ),
    (
        lambda: LINALG.tensorsolve(V, np.ones(3), axes=(5,)),
        errors.ArgumentError,
        ValueError,
        ["axes=(5,)"],
    ),
    (lambda: LINALG.tensorinv(V, 0), errors.ArgumentError, ValueError, ["ind=0"]),
    (
        lambda: LINALG.tensorinv(Value(np.ones((2, 3))), 1),
        errors.LinAlgError,
        np.linalg.LinAlgError,
        ["(2, 3)", "ind=1"],
    ),
    (lambda: LINALG.norm(V, 3), errors.ArgumentError, ValueError, ["matrix", "ord=3"]),
    (lambda: LINALG.norm(V[0], "fro"), errors.ArgumentError, ValueError, ["vector", "'fro'"]),
    (
        lambda: LINALG.norm(Value(np.ones((2, 2, 2))), 1),
        errors.ShapeError,
        ValueError,
        ["(2, 2, 2)", "vector_norm"],
    ),
    (lambda: LINALG.norm(V, 1, axis=(0, 0)), errors.ArgumentError, ValueError, ["(0, 0)"]),
    (lambda: LINALG.norm(V, 1, axis=(0, 5)), errors.AxisError, IndexError, ["norm"]),
    (
        lambda: LINALG.cond(Value(np.ones((0, 0)))),
        errors.LinAlgError,
        np.linalg.LinAlgError,
        ["cond", "(0, 0)"],
    ),
    (
        lambda: LINALG.lstsq(V, np.ones(4)),
        errors.ShapeError,
        ValueError,
        ["lstsq", "(4,)", "np.linalg.pinv"],
    ),
    (
        lambda: LINALG.pinv(V, rcond=1e-3, rtol=1e-3),
        errors.ShapeError,
        ValueError,
        ["pinv", "rcond", "rtol"],
    ),
]


@pytest.mark.parametrize(("call", "kind", "base", "words"), WRONG)
def test_an_error_says_what_is_wrong_and_what_to_do(call: Any, kind: Any, base: Any, words: Any):
    with pytest.raises(kind) as caught:
        call()
    assert isinstance(caught.value, base)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.remedy

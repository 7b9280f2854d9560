"""scipy.linalg beyond the cases of the registry: options, structure, conventions, refusals."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from cases import BATCH, SQUARE, array
from cases_scipy_linalg import FOUR, definite, hermitian
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from test_registry import compare

import autograd.scipy.linalg as ours
from autograd import Value, general, grad, jacobian, jvp, vjp, vmap
from autograd.errors import (
    ArgumentError,
    AutogradError,
    MissingDependencyError,
    ShapeError,
    UnsupportedError,
)
from autograd.scipy.linalg.matrix_functions import derivative, expm_row, matrix_function

VECTOR = array(3, seed=2)


# Plain arrays


@pytest.mark.parametrize("name", ["solve", "expm", "lu_factor", "schur", "hadamard", "toeplitz"])
def test_plain_arrays_go_to_scipy(name: str):
    args = {"solve": (SQUARE, VECTOR), "hadamard": (4,), "toeplitz": ([1, 2],)}.get(name, (SQUARE,))
    found, expected = getattr(ours, name)(*args), getattr(scipy.linalg, name)(*args)
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_array_equal(x, y)


def test_every_name_is_scipys():
    for name in ours.__all__:
        assert callable(getattr(scipy.linalg, name))
    assert ours.LinAlgError is scipy.linalg.LinAlgError
    with pytest.raises(AttributeError):
        _ = ours.nothing


def test_lists_are_arrays():
    two = Value(2.0)
    y = ours.solve([[two, 1.0], [0.0, 3.0]], [1.0, two])
    np.testing.assert_allclose(y.data, scipy.linalg.solve([[2.0, 1.0], [0.0, 3.0]], [1.0, 2.0]))
    np.testing.assert_array_equal(ours.toeplitz([1.0, two]).data, [[1, 2], [2, 1]])
    np.testing.assert_array_equal(ours.block_diag([[two]], [3.0]).data, [[2, 0], [0, 3]])
    assert ours.solve_toeplitz(([3.0, two], [3.0, 1.0]), np.ones(2)).shape == (2,)


# Options


def test_options_that_say_how_change_nothing():
    a, b = Value(SQUARE), Value(VECTOR)
    expected = scipy.linalg.solve(SQUARE, VECTOR)
    y = ours.solve(a, b, False, True, overwrite_b=True, check_finite=False)
    np.testing.assert_allclose(y.data, expected, 1e-13)
    np.testing.assert_array_equal(b.data, array(3, seed=2))
    s = ours.svd(a, lapack_driver="gesvd", compute_uv=False)
    np.testing.assert_allclose(s.data, scipy.linalg.svdvals(SQUARE), 1e-13)
    assert ours.lstsq(a, b, lapack_driver="gelsd")[0].shape == (3,)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda a: ours.eigh(a, subset_by_value=(0, 1)), "subset_by_value"),
        (lambda a: ours.eig(a, left=True), "left"),
        (lambda a: ours.eig(a, SQUARE), "a second"),
        (lambda a: ours.eigh(a, SQUARE, type=2), "type"),
        (lambda a: ours.pinv(a, atol=1.0), "rtol"),
        (lambda a: ours.pinv(a, return_rank=True), "return_rank"),
        (lambda a: ours.schur(a), "logm"),
        (lambda a: ours.qz(SQUARE, a), "eig"),
        (lambda a: ours.subspace_angles.__module__ and ours.ldl(a), "cholesky"),
    ],
)
def test_what_has_no_derivative_says_so(call: Callable[..., Any], what: str):
    with pytest.raises(UnsupportedError, match=what):
        call(Value(SQUARE))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda a: ours.solve_triangular(a, VECTOR, trans=3), ArgumentError),
        (lambda a: ours.polar(a, "both"), ArgumentError),
        (lambda a: ours.qr(a, mode="raw"), ArgumentError),
        (lambda a: ours.rq(a, mode="raw"), ArgumentError),
        (lambda a: ours.khatri_rao(a, np.ones((3, 2))), ShapeError),
        (lambda a: ours.solve(a, np.ones(2)), ValueError),
        (lambda a: ours.solve(0 * a, VECTOR), np.linalg.LinAlgError),
        (lambda a: ours.cholesky(-(a @ a.T)), np.linalg.LinAlgError),
        (lambda a: ours.solve(a * np.nan, VECTOR), ValueError),
        (lambda a: ours.solve(a), TypeError),
        (lambda a: ours.lu(a[0]), ShapeError),
        (lambda a: ours.polar(a[0, 0]), ShapeError),
        (lambda a: ours.pinv(a[0, 0]), ArgumentError),
        (lambda a: ours.pinvh(a[0]), ShapeError),
        (lambda a: ours.pinvh(a[:2]), ShapeError),
        (lambda a: ours.cho_solve(a, VECTOR), ArgumentError),
        (lambda a: ours.companion(0 * a[0]), ArgumentError),
        (lambda a: ours.inv(a * np.nan), ArgumentError),
        (lambda a: ours.cho_solve((a * np.inf, True), VECTOR), ArgumentError),
    ],
)
def test_wrong_arguments(call: Callable[..., Any], error: type[Exception]):
    with pytest.raises(error) as caught:
        call(Value(SQUARE))
    assert isinstance(caught.value, AutogradError)


def test_numbers_that_are_not_finite_are_computed_with_where_scipy_does():
    a = Value(SQUARE * np.nan)
    assert np.isnan(ours.inv(a, check_finite=False).data).all()
    assert np.isnan(vmap(ours.inv)(np.full((2, 3, 3), np.nan))).all()


# Structure: what is not read has no gradient; what is symmetric has a symmetric one


def test_the_other_triangle_has_no_gradient():
    for lower in (False, True):
        unread = np.tril(np.ones((3, 3)), -1) if not lower else np.triu(np.ones((3, 3)), 1)
        garbage = SQUARE + 1e3 * unread
        name = "lower triangular" if lower else "upper triangular"
        for f in (
            lambda a, low=lower: ours.solve_triangular(a, VECTOR, lower=low),
            lambda a, name=name: ours.solve(a, VECTOR, assume_a=name),
        ):
            for mode in ("fwd", "rev"):
                assert not (jacobian(f, mode=mode)(garbage) * unread).any()
    found = jacobian(lambda a: ours.solve_triangular(a, VECTOR, unit_diagonal=True))(SQUARE)
    assert not np.diagonal(found, 0, 1, 2).any()
    banded = jacobian(lambda ab: ours.solve_banded((1, 1), ab, VECTOR))(SQUARE)
    assert not banded[:, 0, 0].any()
    assert not banded[:, 2, 2].any()


SYMMETRIC: list[Callable[[Any, bool], Any]] = [
    lambda a, low: ours.solve(a, VECTOR, low, assume_a="pos"),
    lambda a, low: ours.solve(a, VECTOR, low, assume_a="sym"),
    lambda a, low: ours.eigvalsh(a, lower=low),
    lambda a, low: ours.eigvalsh(a, np.diag([1.0, 2.0, 3.0]), lower=low),
    lambda a, low: ours.eigvalsh(np.diag([1.0, 2.0, 3.0]), a, lower=low),
    lambda a, low: ours.pinvh(a, lower=low),
    lambda a, low: ours.cholesky(a, lower=low),
]


@pytest.mark.parametrize("number", range(len(SYMMETRIC)))
@pytest.mark.parametrize("lower", [False, True])
def test_one_triangle_is_read_and_the_gradient_is_symmetric(number: int, lower: bool):
    function, whole = SYMMETRIC[number], definite(SQUARE)
    half = np.tril(whole) if lower else np.triu(whole)
    np.testing.assert_allclose(
        function(Value(half), lower).data, function(whole, lower), 1e-12, 1e-13
    )
    for a in (whole, half):
        found = grad(lambda a: np.sum(function(a, lower)))(a)
        np.testing.assert_allclose(found, found.T, 1e-12, 1e-13)
        assert np.abs(found).sum() > 0


def test_from_one_triangle_agrees_with_cholesky_of_numpy():
    """The same log likelihood of a Gaussian, by three ways to the determinant and the solution."""
    covariance = definite(SQUARE)

    def by_factor(c: Any) -> Any:
        factor = ours.cho_factor(c, lower=True)
        logdet = 2 * np.sum(np.log(np.diagonal(factor[0])))
        return VECTOR @ ours.cho_solve(factor, VECTOR) + logdet

    def by_solve(c: Any) -> Any:
        return VECTOR @ ours.solve(c, VECTOR, assume_a="pos") + np.linalg.slogdet(c)[1]

    def by_lu(c: Any) -> Any:
        packed, pivots = ours.lu_factor(c)
        logdet = np.sum(np.log(np.abs(np.diagonal(packed))))
        return VECTOR @ ours.lu_solve((packed, pivots), VECTOR) + logdet

    expected = grad(by_factor)(covariance)
    np.testing.assert_allclose(grad(by_solve)(covariance), expected, 1e-11)
    np.testing.assert_allclose(grad(by_lu)(covariance), expected, 1e-11)


# Factors


@pytest.mark.parametrize(
    "a", [FOUR, FOUR[:3], FOUR[:, :3], BATCH], ids=["4", "3x4", "4x3", "batch"]
)
def test_permutations_are_plain_and_scipys(a: Any):
    pivots = ours.lu_factor(Value(a))[1]
    assert isinstance(pivots, np.ndarray)
    np.testing.assert_array_equal(pivots, scipy.linalg.lu_factor(a)[1])
    for options in ({}, {"p_indices": True}):
        p = ours.lu(Value(a), **options)[0]
        assert isinstance(p, np.ndarray)
        np.testing.assert_array_equal(p, scipy.linalg.lu(a, **options)[0])
    p, lower, upper = ours.lu(Value(a + 0j))
    assert p.dtype == scipy.linalg.lu(a + 0j)[0].dtype
    np.testing.assert_allclose((p @ lower @ upper).data, a, 1e-13, 1e-14)
    if a.ndim == 2:
        order = ours.qr(Value(a), pivoting=True)[-1]
        np.testing.assert_array_equal(order, scipy.linalg.qr(a, pivoting=True)[-1])


def test_signs_are_scipys():
    for a in (hermitian(FOUR), hermitian(FOUR + 1j * FOUR[::-1])):
        for b in (None, definite(FOUR)):
            v = ours.eigh(Value(a), b)[1]
            np.testing.assert_allclose(v.data, scipy.linalg.eigh(a, b)[1], 1e-11, 1e-12)
    same = ours.eigh(Value(np.eye(3)))[1]
    np.testing.assert_allclose(same.data, np.eye(3))


def test_equal_eigenvalues_are_no_obstacle_to_functions_of_the_matrix():
    a = np.diag([2.0, 2.0, 5.0])
    for f in (ours.expm, ours.logm, ours.sqrtm, ours.cosm, lambda a: ours.polar(a)[0], ours.pinv):
        compare(f, (a,), 2)
    total = grad(lambda a: np.sum(ours.eigvalsh(a, np.eye(3))))(a)
    np.testing.assert_allclose(total, np.eye(3), 1e-12, 1e-12)


def test_a_basis_of_the_null_space_stays_one():
    a, move = FOUR[:2], array(2, 4, seed=9)
    n, moved = jvp(ours.null_space, (a,), (move,))
    np.testing.assert_allclose(a @ moved + move @ n, 0, atol=1e-13)
    np.testing.assert_allclose(n.T @ moved, 0, atol=1e-13)
    q, moved = jvp(ours.orth, (a.T,), (move.T,))
    np.testing.assert_allclose(q.T @ moved, 0, atol=1e-13)


# Functions of matrices


def test_the_derivative_of_the_exponential_at_any_scale_of_the_direction():
    a, e = FOUR / 4, FOUR.T
    expected = scipy.linalg.expm_frechet(a, e, compute_expm=False)
    for scale in (1e-200, 1e-3, 1.0, 1e8, 1e200):
        found = derivative(expm_row, a, scale * e)
        np.testing.assert_allclose(found / scale, expected, 1e-12)
    assert not derivative(expm_row, a, 0 * e).any()
    _, pull = vjp(ours.expm, a)
    assert not pull(np.zeros((4, 4)))[0].any()


def test_a_function_of_matrices_is_one_line():
    cube = matrix_function(lambda a: a @ a @ a, name="cube of a matrix")
    compare(cube, (SQUARE,), 3)


def test_a_real_matrix_with_a_complex_root():
    negative = -np.diag([1.0, 2.0, 3.0]) + 0.1 * SQUARE
    assert np.iscomplexobj(ours.sqrtm(negative))
    compare(lambda a: np.imag(ours.sqrtm(a)), (negative,), 2)


# What the judge would catch


def test_a_planted_error_is_caught():
    wrong = general(
        scipy.linalg.expm, lambda g, y, a: derivative(expm_row, a, g), name="expm, not transposed"
    )
    with pytest.raises(AssertionError):
        compare(wrong, (SQUARE,), 1)

    def unmasked(wanted: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
        w = ours.solve_triangular(a.T, g, lower=True)
        return -(w @ y.T), w

    wrong = general(scipy.linalg.solve_triangular, joint=unmasked, arity=2, name="no mask")
    with pytest.raises(AssertionError):
        compare(wrong, (SQUARE, array(3, 2)), 1)


# Batches


@settings(max_examples=30, deadline=None)
@given(
    hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=2, min_side=1),
    st.integers(1, 3),
    st.integers(0, 3),
    st.sampled_from(["solve", "solve_triangular", "solve_sylvester"]),
)
def test_leading_axes_broadcast(shapes: Any, n: int, columns: int, name: str):
    left, right = shapes.input_shapes
    a = array(*left, n, n) + 5 * np.eye(n)
    b = array(*right, n, max(columns, int(name == "solve_sylvester")))
    more = (np.eye(b.shape[-1]),) if name == "solve_sylvester" else ()
    values = Value(a), Value(b)
    args, function = (values[0], *more, values[1]), getattr(ours, name)
    y = function(*args)
    assert y.shape == (*shapes.result_shape, *b.shape[-2:])
    for index in np.ndindex(*shapes.result_shape):
        one = np.broadcast_to(a, (*shapes.result_shape, n, n))[index]
        other = np.broadcast_to(b, y.shape)[index]
        expected = function(one, *more, other)
        np.testing.assert_allclose(y.data[index], expected, 1e-10, 1e-12)
    np.sum(y).backward()
    assert values[0].grad.shape == a.shape
    assert values[1].grad.shape == b.shape


# Without SciPy


def test_without_scipy_the_error_names_the_extra():
    program = (
        "import sys; sys.modules['scipy'] = None\n"
        "import autograd\n"
        "try:\n    import autograd.scipy.linalg\n"
        "except autograd.errors.MissingDependencyError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "its extra `scipy`" in done.stdout, done.stderr
    assert issubclass(MissingDependencyError, ImportError)


def test_scipy_is_imported_only_when_asked_for():
    program = "import sys, autograd; print([m for m in sys.modules if m.split('.')[0] == 'scipy'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
    program = (
        "import sys, autograd.scipy; s = autograd.scipy; print(s.stats.norm, s.linalg.solve)\n"
        "assert 'scipy.stats' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

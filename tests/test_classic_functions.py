"""Classic test functions of optimisation: both modes, order 2, and what is known of minima."""

import warnings
from typing import Any

import numpy as np
import pytest
from classic_functions import CLASSICS, Classic
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd import (
    GradcheckError,
    elementwise_grad,
    grad,
    gradcheck,
    hessian,
    hvp,
    jacobian,
    jvp,
    stop_gradient,
)

EVERY = pytest.mark.parametrize("classic", CLASSICS, ids=lambda classic: classic.name)
SMOOTH = pytest.mark.parametrize(
    "classic", [c for c in CLASSICS if c.smooth], ids=lambda classic: classic.name
)
BY_COORDINATE = pytest.mark.parametrize(
    "classic",
    [c for c in CLASSICS if c.each is not None or len(c.at) == 2],
    ids=lambda classic: classic.name,
)
TICKS = 1000


def place(classic: Classic, ticks: Any) -> np.ndarray:
    """The point of the function's box with these coordinates in thousandths of its sides."""
    return classic.low + (classic.high - classic.low) * np.asarray(ticks) / TICKS


def is_smooth(classic: Classic, x: np.ndarray) -> bool:
    """Whether finite differences at x stay on one side of every kink."""
    return classic.kinks is None or bool(np.min(np.abs(classic.kinks(x))) > 0.05)


def points(classic: Classic, number: int) -> np.ndarray:
    """Random smooth points: (coordinate, point)."""
    random = np.random.default_rng(1)
    found: list[np.ndarray] = []
    while len(found) < number:
        x = place(classic, random.integers(0, TICKS, len(classic.at)))
        if is_smooth(classic, x):
            found.append(x)
    return np.stack(found, axis=1)


def close(found: Any, expected: Any, rtol: float = 1e-9) -> None:
    """Equal to `rtol` of the largest number."""
    size = float(np.max(np.abs(expected), initial=0.0))
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * size)


def test_there_are_four_dozen() -> None:
    assert len({classic.name for classic in CLASSICS}) == len(CLASSICS) >= 48


@EVERY
@given(st.data())
@settings(max_examples=4)
def test_derivatives_equal_differences(classic: Classic, data: st.DataObject) -> None:
    """Gradient, tangent, and every mix of modes at order 2."""
    n = len(classic.at)
    x = place(classic, data.draw(st.lists(st.integers(0, TICKS), min_size=n, max_size=n)))
    assume(is_smooth(classic, x))
    assert gradcheck(classic.f, x)


@EVERY
def test_the_hessian_is_that_of_differences(classic: Classic) -> None:
    """Whole, symmetric, and the same whichever modes make it."""
    x = points(classic, 1)[:, 0]
    found = hessian(classic.f)(x)
    close(found, found.T, 1e-12)
    close(jacobian(jacobian(classic.f, mode="fwd"), mode="fwd")(x), found)
    close(jacobian(jacobian(classic.f, mode="fwd"), mode="rev")(x), found)
    close(np.stack([hvp(classic.f)(x, e) for e in np.eye(len(x))]), found)
    h = 1e-5 * (classic.high - classic.low)
    slope = grad(classic.f)
    columns = [(slope(x + h * e) - slope(x - h * e)) / (2 * h) for e in np.eye(len(x))]
    close(found, np.stack(columns, axis=1), 1e-5)


@EVERY
def test_many_points_at_once(classic: Classic) -> None:
    """Vectorised, each point has the value, the gradient and the tangent it has alone."""
    x = points(classic, 7)
    alone = [np.ascontiguousarray(x[:, i]) for i in range(7)]
    close(classic.f(x), np.stack([classic.f(one) for one in alone]))
    close(elementwise_grad(classic.f)(x), np.stack([grad(classic.f)(one) for one in alone], axis=1))
    t = np.cos(np.arange(x.size)).reshape(x.shape)
    _, moved = jvp(classic.f, (x,), (t,))
    close(moved, np.stack([jvp(classic.f, (a,), (t[:, i],))[1] for i, a in enumerate(alone)]))


@BY_COORDINATE
def test_python_numbers_coordinate_by_coordinate(classic: Classic) -> None:
    """Lists of Python floats give lists of Python floats, and the array's derivatives."""
    x = points(classic, 1)[:, 0]
    numbers = [float(a) for a in x]
    f = classic.each or classic.f
    found = grad(f)(numbers)
    assert [type(a) for a in found] == [float] * len(x)
    close(f(numbers), classic.f(x))
    close(found, grad(classic.f)(x))
    close(hessian(f)(numbers), hessian(classic.f)(x))


@EVERY
def test_float32_stays_float32(classic: Classic) -> None:
    if classic.name == "cross_in_tray":
        pytest.skip("e^100 is beyond float32")
    x = points(classic, 1)[:, 0].astype(np.float32)
    value, moved = jvp(classic.f, (x,), (np.ones_like(x),))
    assert np.asarray(moved).dtype == np.asarray(value).dtype == np.asarray(classic.f(x)).dtype
    assert grad(classic.f)(x).dtype == hessian(classic.f)(x).dtype == np.float32


@SMOOTH
def test_newtons_method_arrives_at_the_minimum(classic: Classic) -> None:
    """From the published one; there the gradient is 0 and no eigenvalue of the Hessian below 0."""
    free = list(classic.free or range(len(classic.at)))
    published = np.array(classic.at)
    x = published.copy()
    for _ in range(3):
        slope, curvature = grad(classic.f)(x)[free], hessian(classic.f)(x)[np.ix_(free, free)]
        x[free] -= np.linalg.pinv(curvature, rcond=1e-10) @ slope
    sizes = np.linalg.eigvalsh(hessian(classic.f)(x)[np.ix_(free, free)])
    assert np.abs(grad(classic.f)(x)[free]).max() <= 1e-9 * max(1.0, sizes.max())
    assert sizes.min() >= -1e-12 * sizes.max()
    assert sizes.max() > 0
    np.testing.assert_allclose(x, published, rtol=3e-6, atol=3e-6)
    assert classic.f(x) == pytest.approx(classic.value, rel=1e-5, abs=1e-12)


@pytest.mark.parametrize(
    "classic", [c for c in CLASSICS if not c.smooth], ids=lambda classic: classic.name
)
def test_a_kink_at_the_minimum_has_gradient_zero(classic: Classic) -> None:
    """As docs/singularities.md has it for `abs`, norms, and square roots of squares."""
    x = np.array(classic.at)
    assert classic.f(x) == pytest.approx(classic.value, abs=1e-12)
    np.testing.assert_array_equal(grad(classic.f)(x), 0.0)
    assert jvp(classic.f, (x,), (np.ones_like(x),))[1] == 0.0
    if classic.each is not None:
        assert not np.any(grad(classic.each)([float(a) for a in x]))


def test_hand_derived_hessians() -> None:
    """A few, by hand: no finite difference in between."""
    by_name = {classic.name: classic.f for classic in CLASSICS}
    x, y = 0.7, -1.2
    at = np.array([x, y])
    expected = {
        "rosenbrock": [[1200 * x**2 - 400 * y + 2, -400 * x], [-400 * x, 200.0]],
        "booth": [[10.0, 8.0], [8.0, 10.0]],
        "matyas": [[0.52, -0.48], [-0.48, 0.52]],
        "himmelblau": [
            [12 * x**2 + 4 * y - 42, 4 * x + 4 * y],
            [4 * x + 4 * y, 4 * x + 12 * y**2 - 26],
        ],
        "three_hump_camel": [[4 - 12.6 * x**2 + 5 * x**4, 1.0], [1.0, 2.0]],
        "mccormick": -np.sin(x + y) * np.ones((2, 2)) + np.array([[2.0, -2.0], [-2.0, 2.0]]),
        "styblinski_tang": np.diag(6 * at**2 - 16),
        "rastrigin": np.diag(2 + 40 * np.pi**2 * np.cos(2 * np.pi * at)),
        "trid": [[2.0, -1.0], [-1.0, 2.0]],
    }
    for name, matrix in expected.items():
        np.testing.assert_allclose(hessian(by_name[name])(at), matrix, rtol=1e-12, err_msg=name)


def test_a_lost_gradient_is_caught() -> None:
    """What the comparisons above are worth: the function with one of its terms detached."""

    def detached(x: Any) -> Any:
        return np.sum(100 * (x[1:] - stop_gradient(x[:-1]) ** 2) ** 2 + (1 - x[:-1]) ** 2)

    with pytest.raises(GradcheckError):
        gradcheck(detached, np.array([0.5, 1.5, -1.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = hessian(detached)(np.array([0.5, 1.5]))
    assert found[0, 0] == 2.0

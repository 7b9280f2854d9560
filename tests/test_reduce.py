"""Reductions of arrays that have no axes: NumPy lets these have one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Value, grad, hessian, jit, jvp, logsumexp, vmap
from autograd.errors import AxisError, DetachedWarning, ShapeError


@pytest.mark.parametrize("reduce", [np.sum, np.prod, np.max, np.min])
@pytest.mark.parametrize("axis", [0, -1, (0,)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_an_axis_of_a_number(reduce: Callable[..., Any], axis: Any, keepdims: bool):
    def f(x: Any) -> Any:
        return np.tanh(reduce(x[0], axis=axis, keepdims=keepdims))

    x = np.full(3, 0.5)
    slope, curvature = 1 - np.tanh(0.5) ** 2, -2 * np.tanh(0.5) * (1 - np.tanh(0.5) ** 2)
    expected = np.array([slope, 0.0, 0.0])
    np.testing.assert_allclose(grad(f)(x), expected, 1e-12)
    np.testing.assert_allclose(hessian(f)(x)[0], [curvature, 0.0, 0.0], 1e-12)
    np.testing.assert_allclose(vmap(grad(f))(np.stack([x, x])), [expected, expected], 1e-12)
    compiled = jit(grad(f))
    for _ in range(3):
        np.testing.assert_allclose(compiled(x), expected, 1e-12)
    with pytest.raises(np.exceptions.AxisError):
        reduce(x[0], axis=1)


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("f", [np.nanmean, np.nanstd, np.nanvar, np.nansum, np.nanmax])
def test_an_axis_of_a_number_that_may_be_nan(f: Callable[..., Any], axis: int):
    x = np.array(0.5)
    compiled = jit(lambda x: (f(x, axis=axis), grad(lambda x: np.tanh(f(x, axis=axis)))(x)))
    slope = grad(lambda x: np.tanh(f(x, axis=axis)))(x)
    for _ in range(3):
        found, derivative = compiled(x)
        assert found == f(x, axis=axis)
        assert derivative == pytest.approx(slope)


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("f", [np.take, np.repeat])
@pytest.mark.parametrize("number", [0, [0, 0]])
def test_taking_of_a_number_along_an_axis(f: Callable[..., Any], axis: int, number: Any):
    if f is np.repeat:
        number = 2 if number == 0 else [2]
    x = np.array([0.5, 1.5])
    expected = np.stack([f(t, number, axis=axis) for t in x])
    np.testing.assert_array_equal(vmap(lambda t: f(t, number, axis=axis))(x), expected)
    slopes = vmap(grad(lambda t: np.sum(f(t, number, axis=axis) ** 2)))(x)
    np.testing.assert_allclose(slopes, 2 * x * expected[0].size)


@pytest.mark.parametrize("reduce", [np.sum, np.prod, np.max, np.nansum, np.nanprod])
@pytest.mark.parametrize("initial", [0.5, np.float64(0.5), np.array(0.5)])
def test_an_initial_number_leaves_the_dtype(reduce: Callable[..., Any], initial: Any):
    x = np.array([1, 2, 3], np.float32)
    found = reduce(Value(x), initial=initial)
    assert found.dtype == np.float32 == reduce(x, initial=initial).dtype
    assert found.item() == reduce(x, initial=initial)
    if reduce in (np.sum, np.prod):
        start = Value(initial)
        found = reduce(Value(x), initial=start)
        found.backward()
        assert found.dtype == np.float32
        assert start.grad == (1.0 if reduce is np.sum else 6.0)
    with pytest.raises(ValueError):
        reduce(Value(x), initial=np.array([0.5]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_the_dtype_of_a_mean_that_leaves_elements_out(dtype: Any):
    x = np.array([[1.0, np.nan, 3.0], [2.0, 4.0, 6.0]])
    for f, a in ((np.nanmean, x), (lambda a, **k: np.mean(a, where=a > 1, **k), x[1:])):
        expected = f(a, axis=1, dtype=dtype)
        found = f(Value(a), axis=1, dtype=dtype)
        assert found.dtype == expected.dtype == dtype
        np.testing.assert_allclose(found.numpy(), expected, 1e-6)


@pytest.mark.parametrize("f", [np.any, np.all])
def test_any_and_all_of_what_a_traced_mask_leaves(f: Callable[..., Any]):
    x = np.array([[[1.0, -2.0], [0.0, 3.0]], [[-1.0, 0.0], [0.0, 0.0]], [[-1, 0.0], [-2.0, -3.0]]])

    def g(t: Any) -> Any:
        return f(t, axis=0, where=t >= 0, keepdims=True)

    expected = np.stack([g(t) for t in x])
    assert len(np.unique(expected)) == 2
    np.testing.assert_array_equal(vmap(g)(x), expected)
    compiled = jit(g)
    np.testing.assert_array_equal([compiled(t) for t in x], expected)
    np.testing.assert_array_equal(g(Value(x[0])), expected[0])
    assert bool(f(Value(x[0]), where=x[0] > 0)) == bool(f(x[0], where=x[0] > 0))
    with pytest.raises(ShapeError):
        f(Value(x[0]), where=np.ones(3, bool))


def test_numbers_and_nothing_as_numpy_takes_them():
    total: Any = np.sum
    modes: tuple[Any, ...] = ("reflect", "wrap", "symmetric", "edge", "constant")
    x: Any = np.array(1.5)
    for mode in modes:
        assert np.pad(Value(x), 1, mode=mode).item() == 1.5
    assert np.apply_over_axes(total, Value(x), (0, -1)).item() == 1.5
    for call in (
        lambda: np.apply_over_axes(total, Value(x), 1),
        lambda: np.apply_along_axis(total, 3, Value(np.ones(3))),
    ):
        with pytest.raises(AxisError):
            call()
    empty = np.zeros((0, 3))
    found: Any = np.hypot.reduce(Value(empty), axis=0)
    assert found.dtype == np.hypot.reduce(empty, axis=0).dtype == np.float64
    x = np.array([[np.inf, 1.0, 3.0], [np.nan, 2.0, 5.0]])
    for mode in ("reflect", "symmetric"):
        options: dict[str, Any] = {"mode": mode, "reflect_type": "odd"}
        with np.errstate(invalid="ignore"):  # infinity - infinity, in NumPy as well
            expected: Any = np.pad(x, ((0, 0), (4, 4)), **options)
            found = np.pad(Value(x), ((0, 0), (4, 4)), **options)
        np.testing.assert_array_equal(found.numpy()[:, 4:7], expected[:, 4:7])


@pytest.mark.parametrize("dtype", [int, "i4", bool])
@pytest.mark.parametrize("reduce", [np.sum, np.mean, np.nansum, np.trace])
def test_a_sum_of_integers_is_piecewise_constant(reduce: Callable[..., Any], dtype: Any):
    def f(x: Any) -> Any:
        return reduce(x, dtype=dtype) * 1.0

    x = np.array([[0.3, 1.7], [2.2, -0.4]])
    with pytest.warns(DetachedWarning):
        assert np.array_equal(grad(f)(x), np.zeros((2, 2)))
    assert f(Value(x)) == f(x)


REDUCTIONS = [np.linalg.norm, np.prod, logsumexp, np.std, np.var, np.max]


@pytest.mark.parametrize("before", [lambda x: 1 / x, np.log, np.sqrt], ids=["1/x", "log", "sqrt"])
@pytest.mark.parametrize("reduce", REDUCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_masked_reduction_of_poles_leaks_nothing(reduce: Any, before: Any, keepdims: bool):
    mask = np.array([[True], [False]]) if keepdims else np.array([True, False])

    def f(x: Any) -> Any:
        return np.sum(np.where(mask, reduce(before(x), axis=1, keepdims=keepdims), 0.0))

    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    with np.errstate(all="ignore"):
        expected = np.vstack([grad(lambda row: reduce(before(row), axis=0))(x[0]), [0.0, 0.0]])
        found = grad(f)(x)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        np.testing.assert_allclose(jvp(f, (x,), (np.ones_like(x),))[1], np.sum(expected), 1e-12)
        compiled = jit(grad(f))
        for _ in range(3):
            np.testing.assert_allclose(compiled(x), expected, rtol=1e-12)

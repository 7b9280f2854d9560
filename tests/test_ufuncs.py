"""ufuncs beside the registry's tests: their methods, their options, points that are special."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Value, grad, hessian, jacobian, no_grad
from autograd import errors as E
from autograd.op import Kind, Op, registry
from autograd.ops import ufunc_methods

X = np.array([[0.4, 1.3, 0.7], [2.1, 0.2, 1.6]])
V = Value(X, name="v")


def ufuncs() -> list[np.ufunc]:
    """Every ufunc of NumPy's with two arguments and a row, that takes floats."""
    found = [x for x in vars(np).values() if isinstance(x, np.ufunc) and x.nin == 2 and x.nout == 1]
    return [u for u in dict.fromkeys(found) if u in registry and not u.signature]


def allowed(f: Callable[[], Any]) -> Any:
    """What NumPy makes of it, or None where it has no loop for it."""
    try:
        return f()
    except (TypeError, ValueError):
        return None


@pytest.mark.parametrize("ufunc", ufuncs(), ids=lambda u: u.__name__)
def test_methods_of_every_ufunc_give_numpys_numbers(ufunc: np.ufunc):
    """The mechanism is general: a new row has its methods."""
    calls: list[Callable[[Any, Any], Any]] = [
        lambda u, x: u.reduce(x),
        lambda u, x: u.reduce(x, axis=1, keepdims=True),
        lambda u, x: u.accumulate(x, axis=1),
        lambda u, x: u.reduceat(x, [0, 2, 1], axis=1),
        lambda u, x: u.outer(x, x[0]),
    ]
    # The vectorised loops of these two skip elements in NumPy's own reduce, on some machines.
    alone = np.frompyfunc(ufunc, 2, 1) if ufunc in (np.power, np.arctan2) else ufunc
    row = registry[ufunc]
    is_constant = isinstance(row, Op) and row.kind is Kind.CONSTANT
    tried = 0
    for f in calls:
        expected = allowed(lambda f=f: f(alone, X))
        if expected is None:
            continue
        tried += 1
        expected = expected.astype(float) if expected.dtype == object else expected
        found = f(ufunc, V)
        assert isinstance(found, Value) != is_constant
        raw = found.data if isinstance(found, Value) else found
        assert raw.dtype == expected.dtype
        np.testing.assert_allclose(raw, expected, 1e-13)
    assert tried or "d" not in str(ufunc.types) or ufunc in (np.ldexp,)


def filled(ufunc: np.ufunc, index: Any, *others: Any) -> tuple[Any, np.ndarray]:
    ours: Any = Value(X).copy()
    theirs = X.copy()
    ufunc.at(ours, index, *others)
    ufunc.at(theirs, index, *[x.data if isinstance(x, Value) else x for x in others])
    return ours, theirs


@pytest.mark.parametrize("ufunc", [np.add, np.subtract, np.multiply, np.divide, np.maximum])
def test_at_changes_a_value_once_for_every_index(ufunc: np.ufunc):
    index = (np.array([0, 0, 1, 0]), np.array([1, 1, 2, 1]))
    others = np.array([0.5, 3.0, 2.0, 0.25])
    ours, theirs = filled(ufunc, index, others)
    np.testing.assert_allclose(ours.data, theirs, 1e-15)
    ours, theirs = filled(ufunc, slice(None), Value(others[:3]))
    np.testing.assert_allclose(ours.data, theirs, 1e-15)


def test_at_is_recorded_and_the_value_before_it_stays():
    def f(x: Any, y: Any) -> Any:
        v = x * 1.0
        before = v * 2.0
        np.add.at(v, [0, 0, 2], y)
        np.multiply.at(v, [1, 1], 3.0)
        return np.sum(before) + np.sum(v * v)

    x, y = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.25, 4.0])
    dx, dy = grad(f, (0, 1))(x, y)
    np.testing.assert_allclose(dx, [2 + 3.5, 2 + 36 * 9, 2 + 14])
    np.testing.assert_allclose(dy, [3.5, 3.5, 14])


def test_unary_ufuncs_at():
    ours, theirs = filled(np.negative, [0])
    np.testing.assert_array_equal(ours.data, theirs)
    ours, theirs = filled(np.square, ([1, 1, 1], [2, 0, 2]))
    np.testing.assert_allclose(ours.data, theirs, 1e-15)


def refused(f: Callable[[], Any], kind: type[Exception], *words: str) -> None:
    with pytest.raises(kind) as caught:
        f()
    for word in words:
        assert word in str(caught.value)


def test_at_on_what_cannot_change():
    refused(lambda: np.add.at(np.ones(3), [0], V[0, :1]), E.AssignmentError, "add.at", "Value(a")
    refused(lambda: np.add.at(V, 0, 1.0), E.AssignmentError, "add.at", "v: float64", ".copy()")
    refused(lambda: np.divide.at(V.copy(), [0], V), E.ShapeError, "divide.at", "(2, 3)")
    with no_grad():
        plain = Value(np.zeros(2), requires_grad=False)
        np.add.at(plain, [1, 1], 2.0)
    np.testing.assert_array_equal(plain.data, [0.0, 4.0])


def test_numpys_own_refusals_stay():
    refused(lambda: np.subtract.reduce(V, axis=None), E.ShapeError, "subtract.reduce", "reorder")
    refused(lambda: np.add.reduce(V, axis=2), E.AxisError, "add.reduce", "(2, 3)")
    refused(lambda: np.subtract.reduce(V[:0]), E.ShapeError, "subtract.reduce", "identity")
    refused(lambda: np.add.reduceat(V, [0, 7]), E.IndexingError, "add.reduceat", "7")
    refused(lambda: np.equal.reduce(V), E.DTypeError, "equal.reduce")
    refused(lambda: np.sin(V, dtype=np.int32), E.DTypeError, "sin")
    refused(lambda: np.add(V, 1j, dtype=np.float64), E.DTypeError, "add")


def test_where_and_out_of_a_ufunc_are_refused_with_the_reason():
    refused(lambda: np.exp(V, where=X > 1), E.UnsupportedError, "exp", "memory", "np.where")
    refused(lambda: np.exp(V, X), E.UnsupportedError, "exp", "out=")
    refused(lambda: np.add.reduce(V, 0, None, X[0]), E.UnsupportedError, "add", "out=")
    refused(lambda: np.add.accumulate(V, out=X), E.UnsupportedError, "add", "out=")
    refused(lambda: np.isnan(V, out=X), E.UnsupportedError, "isnan", "out=")
    np.testing.assert_array_equal(np.exp(V, where=True, out=None, order="K").data, np.exp(X))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_dtype_and_casting_choose_the_loop(dtype: Any):
    for f in (
        lambda x: np.multiply(x, 3, dtype=dtype),
        lambda x: np.subtract.reduce(x, dtype=dtype),
        lambda x: np.add.reduce(x, dtype=dtype),
        lambda x: np.multiply.accumulate(x, dtype=dtype),
        lambda x: np.subtract.outer(x, x, dtype=dtype),
    ):
        found = f(Value(X[0]))
        assert found.dtype == f(X[0]).dtype == dtype
        np.testing.assert_array_equal(found.data, f(X[0]))
    assert np.ldexp(Value(X), 1, signature="dl->d").dtype == np.float64
    wide = np.full(2, 2.0**40 + 1)
    found = np.add(Value(wide), 1.0, dtype=np.float32, casting="unsafe")
    assert found.dtype == np.float32


# What a composite is called in its errors


def test_errors_name_the_function_that_was_called():
    w = Value(np.ones((4, 3)))
    refused(lambda: np.dot(V, w), E.ShapeError, "fit dot", "v: float64 (2, 3)", "float64 (4, 3)")
    refused(lambda: np.inner(V, np.ones((2, 4))), E.ArgumentError, "inner(", "(2, 4)")
    refused(lambda: np.take(V, 9), E.IndexingError, "take", "indices=9", "(2, 3)")
    refused(lambda: np.float_power(V, np.ones(4)), E.ShapeError, "float_power", "(4,)", "length 1")
    refused(lambda: np.multiply(V, np.ones(2)), E.ShapeError, "multiply", "(2,)", "length 1")
    refused(lambda: np.concatenate([V, w.T], axis=1), E.ShapeError, "concatenate", "(3, 4)")
    refused(lambda: np.std(V, axis=5), E.AxisError, "of std has", "axis=5", "from -2 to 1")
    many = Value(np.ones(500))
    refused(lambda: np.average(a=V, axis=7, weights=many), E.AxisError, "weights=float64 (500,)")


def test_errors_in_the_callers_own_function_stay_what_they_are():
    def f(x: Any) -> Any:
        return np.dot(x, np.ones(7))

    refused(lambda: np.apply_along_axis(f, 0, V), E.ShapeError, "fit dot", "(7,)")


# Special points


def test_sinc_and_i0_at_zero_and_far_away():
    for x in (0.0, 1e-12):
        assert abs(grad(np.sinc)(x)) < 1e-10
        assert math.isclose(hessian(np.sinc)(x), -(math.pi**2) / 3)
        third = grad(grad(grad(np.sinc)))(x)
        assert math.isclose(grad(grad(grad(grad(np.sinc))))(x), math.pi**4 / 5), third
        assert math.isclose(hessian(np.i0)(x), 0.5)
    x = np.array([7.0, -33.5, 1e5])
    np.testing.assert_allclose(
        jacobian(lambda x: np.sum(np.sinc(x)))(x),
        (np.cos(np.pi * x) - np.sinc(x)) / x,
        1e-12,
        1e-14,
    )


def test_remainders_at_quotients_that_round_to_whole_numbers():
    x, y = 0.7, 0.1  # x / y rounds to 7, but 7 * 0.1 is more than 0.7
    for f in (np.remainder, np.fmod):
        z = float(f(x, y))
        whole = round((x - z) / y)
        assert grad(f, 1)(x, y) == -whole
    for a, b in ((-2.7, 0.75), (2.7, -0.75), (-2.7, -0.75)):
        assert grad(np.remainder, 1)(a, b) == -np.floor_divide(a, b)
        assert grad(np.fmod, 1)(a, b) == -math.trunc(a / b)


def test_numbers_that_are_replaced_have_no_derivative():
    x = np.array([np.nan, np.inf, -np.inf, 2.0])
    f = np.nan_to_num
    np.testing.assert_array_equal(f(Value(x), nan=1.0, neginf=-5.0).data, f(x, True, 1.0, None, -5))
    np.testing.assert_array_equal(grad(lambda x: np.sum(f(x) / 1e308))(x), [0, 0, 0, 1e-308])
    refused(lambda: f(V, copy=False), E.UnsupportedError, "copy=False")


def test_frexp_and_modf_of_special_numbers():
    x = np.array([0.0, -0.0, 8.0, -0.3, 1e-310, 1e308])
    for f in (np.frexp, np.modf, lambda x: np.divmod(x, 0.7)):
        for found, expected in zip(f(Value(x)), f(x), strict=True):
            raw = found.data if isinstance(found, Value) else found
            np.testing.assert_array_equal(raw, expected)
    mantissa = grad(lambda x: np.sum(np.frexp(x)[0]))(x[2:4])
    np.testing.assert_array_equal(mantissa, [1 / 16, 2.0])


def test_an_overflow_of_python_floats_is_silent_like_pythons():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (Value(1e308) * 10.0).data == math.inf
        assert (Value(1e308) + 1e308).data == math.inf
    with pytest.warns(RuntimeWarning):
        assert (Value(np.array(1e308)) * 10.0).data == math.inf
    with pytest.warns(RuntimeWarning):  # where Python would raise, NumPy answers, and warns
        assert np.exp(Value(1000.0)).data == math.inf


def test_a_fold_that_skips_an_element_would_be_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ufunc_methods, "_slices", lambda x: iter([x[0], *x[2:]]))
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(np.subtract.reduce(V, axis=1).data, np.subtract.reduce(X, 1))


def test_a_power_in_float64_of_python_floats_is_a_python_float():
    v: Any = Value(2.0)
    for power in (np.float_power(v, 3), np.float_power(3.0, v), np.float_power(v, v)):
        assert type(power.data) is float
    assert np.float_power(Value(np.float32(2.0)), 0.5).dtype == np.float64
    np.float_power(v, 3).backward()
    assert (v.grad, type(v.grad)) == (12.0, float)

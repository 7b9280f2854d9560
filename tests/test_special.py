"""erf against the C library's, which errs by less than one unit in the last place (ulp)."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd import Value, elementwise_grad, erf, grad
from autograd.errors import DTypeError

# Ours errs by less than 2 ulp. The C library's own error, and NumPy's expm1 on other machines, come
# on top of that.
ULPS = 4
# Small arrays take another way through the code, so every property is checked on both.
SMALL, LARGE = 5, 20_001
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE])


def reference(x):
    return np.array([math.erf(each) for each in np.ravel(x)]).reshape(np.shape(x))


def ulps(result, expected):
    """How far apart, in units of the last place of `expected`."""
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    apart = np.abs(result.astype(np.float64) - expected.astype(np.float64))
    return np.max(apart / np.abs(np.spacing(expected)).astype(np.float64), initial=0.0)


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 0.1), (0.1, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 5.9), (5.9, 6.0)]
)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_every_digit_is_right(low, high, sign):
    x = sign * np.linspace(low, high, LARGE)
    assert ulps(erf(x), reference(x)) <= ULPS
    np.testing.assert_allclose(erf(x), reference(x), rtol=0, atol=1e-15)


def test_every_digit_is_right_next_to_zero():
    x = np.logspace(-323, 0, LARGE)
    assert ulps(erf(x), reference(x)) <= ULPS


@given(st.lists(st.floats(allow_nan=False, width=64), min_size=1, max_size=20))
def test_every_digit_is_right_anywhere(xs):
    x = np.resize(xs, 300)
    assert ulps(erf(x), reference(x)) <= ULPS
    assert ulps(erf(np.array(xs)), reference(xs)) <= ULPS


def test_float32_is_rounded_once():
    x = np.linspace(-5, 5, LARGE, dtype=np.float32)
    assert ulps(erf(x), reference(x).astype(np.float32)) <= 1
    tiny = np.logspace(-45, 0, LARGE).astype(np.float32)
    assert ulps(erf(tiny), reference(tiny).astype(np.float32)) <= 1


def test_every_float16_there_is():
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    x = every[~np.isnan(every)]
    assert ulps(erf(x), reference(x).astype(np.float16)) <= 1
    assert np.isnan(erf(every)).sum() == np.isnan(every).sum()


@SIZES
def test_it_never_falls_and_is_odd(size):
    x = np.linspace(-7, 7, size)
    y = erf(x)
    # Neighbours may be off in opposite directions by their last digits.
    assert np.diff(y).min() >= -ULPS * np.spacing(1.0)
    assert np.array_equal(erf(-x), -y)
    assert np.abs(y).max() == 1.0


@SIZES
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_ends_zeros_and_nan(size, dtype):
    pattern = [np.inf, -np.inf, 0.0, -0.0, np.nan]
    result = erf(np.resize(pattern, size).astype(dtype))
    expected = np.resize([1.0, -1.0, 0.0, -0.0, np.nan], size).astype(dtype)
    np.testing.assert_array_equal(result, expected, strict=True)
    numbers = ~np.isnan(expected)
    assert np.array_equal(np.signbit(result[numbers]), np.signbit(expected[numbers]))


@SIZES
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_no_floating_point_error_at_any_number(size, dtype):
    limits = np.finfo(dtype)
    numbers = [np.inf, limits.max, 1.0, limits.tiny, limits.smallest_subnormal]
    x = np.resize(numbers, size).astype(dtype)
    with np.errstate(all="raise"):
        assert np.array_equal(erf(-x), -erf(x))
        erf(np.full(size, np.nan, dtype))


@SIZES
@pytest.mark.parametrize(
    ("given_dtype", "dtype"),
    [
        (np.bool_, np.float16),
        (np.int8, np.float16),
        (np.uint16, np.float32),
        (np.int64, np.float64),
        (np.float16, np.float16),
        (np.float32, np.float32),
        (np.float64, np.float64),
    ],
)
def test_dtypes_are_those_of_numpys_functions(size, given_dtype, dtype):
    x = np.resize([0, 1], size).astype(given_dtype)
    result = erf(x)
    assert result.dtype == np.tanh(x).dtype == dtype
    assert ulps(result, reference(x).astype(dtype)) <= ULPS


@given(hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=9))
def test_shapes_are_kept(shape):
    x = np.linspace(-2, 2, math.prod(shape)).reshape(shape)
    result = erf(x)
    assert np.shape(result) == shape
    assert isinstance(result, np.ndarray if shape else np.float64)
    np.testing.assert_allclose(result, reference(x), rtol=1e-15, atol=0)


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 2, 5)])
def test_empty_arrays(shape):
    result = erf(np.zeros(shape, np.float32))
    assert result.shape == shape
    assert result.dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numpy_scalars_stay_numpy_scalars(dtype):
    for x in (dtype(0.5), np.array(0.5, dtype)):
        assert type(erf(x)) is dtype
        assert erf(x) == dtype(math.erf(0.5))


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x.T,
        lambda x: x[::-1],
        lambda x: x[:, ::3],
        lambda x: x[::-2, 1:-1].T,
        lambda x: np.broadcast_to(x[0], x.shape),
        lambda x: np.asfortranarray(x),
        lambda x: x.reshape(2, -1, 30).transpose(2, 0, 1),
    ],
)
def test_any_strides_and_the_input_is_left_alone(view):
    base = np.linspace(-3, 3, 9_000).reshape(300, 30)
    x = view(base)
    before = x.copy()
    x.flags.writeable = False
    np.testing.assert_allclose(erf(x), reference(before), rtol=1e-15, atol=0)
    assert np.array_equal(x, before)


@SIZES
@pytest.mark.parametrize("entry", [1j, "a", None])
def test_other_than_real_numbers_are_refused(size, entry):
    with pytest.raises(DTypeError, match="erf takes real numbers"):
        erf(np.full(size, entry))


@SIZES
def test_the_gradient_is_the_slope(size):
    x = np.linspace(-3, 3, size)
    v = Value(x)
    np.sum(erf(v) * np.cos(x)).backward()
    h = 1e-5
    slope = (reference(x + h) - reference(x - h)) / (2 * h)
    np.testing.assert_allclose(v.grad, slope * np.cos(x), rtol=0, atol=1e-9)


@SIZES
def test_the_second_derivative_is_the_slope_of_the_first(size):
    x = np.linspace(-3, 3, size)
    first = elementwise_grad(erf)
    h = 1e-5
    slope = (first(x + h) - first(x - h)) / (2 * h)
    np.testing.assert_allclose(elementwise_grad(first)(x), slope, rtol=0, atol=1e-9)


@pytest.mark.parametrize("x", [-1.5, 0.0, 0.3, 8.0])
def test_python_floats_stay_python_floats(x):
    v = Value(x)
    y = erf(v)
    assert type(y.data) is float
    assert y.data == math.erf(x)
    h = 1e-5
    assert grad(erf)(x) == pytest.approx((math.erf(x + h) - math.erf(x - h)) / (2 * h), abs=1e-9)

"""autograd.scipy.signal beyond the registry's cases: what HIPS autograd has, sizes, errors."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from cases import array

from autograd import Value, grad, gradcheck, history, jacobian, vmap
from autograd.errors import ArgumentError, ShapeError

scipy_signal = pytest.importorskip("scipy.signal")
signal = pytest.importorskip("autograd.scipy.signal")


def images_with_filters(images: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """y[n, o, i, j] = Σ images[n, c, i + h - a, j + w - b] filters[c, o, a, b], as it stands."""
    h, w = filters.shape[2:]
    rows, columns = images.shape[2] - h + 1, images.shape[3] - w + 1
    out = np.zeros((images.shape[0], filters.shape[1], rows, columns))
    for i, j, a, b in product(range(rows), range(columns), range(h), range(w)):
        patch = images[:, :, i + h - 1 - a, j + w - 1 - b]
        out[:, :, i, j] += patch @ filters[:, :, a, b]
    return out


def test_a_convolutional_layer_written_for_hips_autograd():
    images, filters = array(2, 3, 5, 4), array(3, 2, 2, 3, seed=1)
    expected = images_with_filters(images, filters)
    axes, dot_axes = ([2, 3], [2, 3]), ([1], [0])
    by_name = signal.convolve(images, filters, axes=axes, dot_axes=dot_axes, mode="valid")
    by_place = signal.convolve(images, Value(filters), axes, dot_axes, "valid")
    np.testing.assert_allclose(by_name, expected, 1e-12)
    np.testing.assert_allclose(by_place.data, expected, 1e-12)
    weights = array(*expected.shape, seed=2)

    def total(images: Any, filters: Any) -> Any:
        return np.sum(weights * signal.convolve(images, filters, axes, dot_axes, "valid"))

    by_definition = np.stack(
        [
            np.sum(weights * images_with_filters(images, unit.reshape(filters.shape)))
            for unit in np.eye(filters.size)
        ]
    )
    found = grad(total, 1)(images, filters)
    np.testing.assert_allclose(found, by_definition.reshape(filters.shape), 1e-12)


def test_axes_that_are_not_convolved_stand_first():
    a, b = array(2, 6), array(3, 2, seed=1)
    for first, second in ((a, b), (b, a)):
        found = signal.convolve(first, second, axes=([1], [1]))
        assert found.shape == (len(first), len(second), 7)
        for i, j in np.ndindex(len(first), len(second)):
            np.testing.assert_allclose(found[i, j], np.convolve(first[i], second[j]), 1e-12)


def test_plain_arrays_give_scipys_own_result():
    x, v = array(5), array(3, seed=1)
    for name in ("convolve", "correlate", "fftconvolve", "oaconvolve"):
        found = getattr(signal, name)(x, v, "same")
        assert type(found) is np.ndarray
        np.testing.assert_array_equal(found, getattr(scipy_signal, name)(x, v, "same"))
    b, a = scipy_signal.butter(3, 0.2)
    np.testing.assert_array_equal(signal.lfilter(b, a, x), scipy_signal.lfilter(b, a, x))


def test_long_arrays_take_the_fast_way_and_short_ones_the_direct_one():
    long, short = array(4000), array(5, seed=1)
    for other, expected in ((array(3000, seed=2), "rfft"), (short, "convolution")):
        y = signal.convolve(Value(long), other)
        assert expected in {n.op.name for n in history(y) if n.op is not None}
        np.testing.assert_allclose(y.data, np.convolve(long, other), 0, 1e-9)


def test_the_gradient_of_a_large_image_by_a_small_filter_is_quick():
    """Its loop is over the elements of the filter, not over those of the image."""
    image, filters = Value(array(300, 300)), Value(array(3, 3, seed=1))
    y = signal.convolve2d(image, filters, "same")
    y.sum().backward()
    inside = np.sum(image.data)
    assert filters.grad[1, 1] == pytest.approx(inside, abs=1e-6)


def test_a_filters_impulse_response_depends_on_its_pole():
    """y[n] = p**n, so dy/dp = n p**(n - 1)."""
    impulse, n = np.eye(1, 6)[0], np.arange(6)

    def response(p: Any) -> Any:
        return signal.lfilter([1.0], np.stack([1.0, -p]), impulse)

    for mode in ("rev", "fwd"):
        found = jacobian(response, mode=mode)(0.8)
        np.testing.assert_allclose(found, n * 0.8 ** (n - 1.0), 1e-12)
    second = jacobian(jacobian(response))(0.8)
    np.testing.assert_allclose(second, n * (n - 1) * 0.8 ** (n - 2.0), 0, 1e-12)


def test_filtering_in_pieces_is_filtering_at_once():
    b, a = scipy_signal.butter(3, 0.3)
    x = array(10)

    def at_once(a: Any) -> Any:
        return signal.lfilter(b, a, x)

    def in_pieces(a: Any) -> Any:
        first, state = signal.lfilter(b, a, x[:4], zi=np.zeros(3))
        second, _ = signal.lfilter(b, a, x[4:], zi=state)
        return np.concatenate([first, second])

    np.testing.assert_allclose(jacobian(in_pieces)(a), jacobian(at_once)(a), 1e-9)


def test_vmap_over_filters():
    b, x = array(3, 3), array(6, seed=1)
    a = array(3, 2, seed=2) * 0.2 + np.array([1.0, 0.0])
    found = vmap(lambda b, a: signal.lfilter(b, a, x))(b, a)
    expected = np.stack([scipy_signal.lfilter(p, q, x) for p, q in zip(b, a, strict=True)])
    np.testing.assert_allclose(found, expected, 1e-12)


def test_scalars_are_multiplied():
    gradcheck(signal.convolve, np.array(2.0), np.array(3.0))
    gradcheck(signal.fftconvolve, np.array(2.0), np.array(3.0))


def test_a_number_is_a_filter_of_one_coefficient():
    """lfilter(b, 1, x) is how a moving average is written."""
    b, x = np.array([0.5, 0.25, 0.25]), np.array([1.0, -2.0, 4.0, 3.0])
    expected = np.array([0.5, -0.75, 1.75, 2.0])
    np.testing.assert_allclose(signal.lfilter(b, 1, Value(x)).data, expected)
    np.testing.assert_allclose(signal.lfilter(b, Value(2.0), x).data, expected / 2)
    assert gradcheck(lambda b, a, x: signal.lfilter(b, a, x), b, 1.5, x)
    assert gradcheck(lambda b, x: signal.lfilter(b, [1.0, 0.5], x), 1.5, x)


def test_errors():
    x, matrix = Value(array(5)), Value(array(2, 3))
    with pytest.raises(ArgumentError, match="mode full, same or valid"):
        signal.convolve(x, x, "half")
    with pytest.raises(ArgumentError, match="method auto, direct or fft"):
        signal.convolve(x, x, "full", "slow")
    with pytest.raises(ShapeError, match="as many axes as each other"):
        signal.convolve(x, matrix)
    with pytest.raises(ShapeError, match="at least as long as the other along every axis"):
        signal.convolve(matrix, array(3, 2), "valid")
    with pytest.raises(ArgumentError, match="boundary fill, wrap or symm"):
        signal.convolve2d(matrix, array(2, 2), "full", "reflect")
    with pytest.raises(ShapeError, match="two matrices"):
        signal.convolve2d(x, array(2))
    with pytest.raises(ShapeError, match="two vectors of coefficients"):
        signal.lfilter(matrix, [1.0], x)

"""MaxPool2d and AvgPool2d against their definitions, gradients by differences, and PyTorch."""

from math import ceil, floor
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd import Value, vmap
from autograd.checking import gradcheck
from autograd.errors import ArgumentError, DTypeError, ShapeError, UnsupportedError
from nn.module import Module
from nn.pooling import AvgPool2d, MaxPool2d


def places(layer: Any, axis: int, n: int) -> list[list[int]]:
    """Where the elements of each window along an axis lie, by PyTorch's formula."""
    k, s, p = layer.kernel_size[axis], layer.stride[axis], layer.padding[axis]
    d = layer.dilation[axis] if isinstance(layer, MaxPool2d) else 1
    room = (n + 2 * p - d * (k - 1) - 1) / s
    count = (ceil(room) if layer.ceil_mode else floor(room)) + 1
    if layer.ceil_mode and (count - 1) * s - p >= n:
        count -= 1
    return [[i * s - p + d * u for u in range(k)] for i in range(count)]


def greatest(layer: Any, x: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first greatest of each window, row by row, and what of the cotangent g reaches x."""
    y, back = np.zeros(g.shape), np.zeros(x.shape)
    rows, columns = (places(layer, axis, n) for axis, n in enumerate(x.shape))
    for i, j in np.ndindex(*g.shape):
        best = None
        for u in rows[i]:
            for v in columns[j]:
                inside = 0 <= u < x.shape[0] and 0 <= v < x.shape[1]
                if inside and (best is None or x[u, v] > x[best]):
                    best = (u, v)
        assert best is not None
        y[i, j] = x[best]
        back[best] += g[i, j]
    return y, back


def mean(layer: Any, x: np.ndarray) -> np.ndarray:
    """The mean of each window, zeros beside the image."""
    rows, columns = (places(layer, axis, n) for axis, n in enumerate(x.shape))
    y = np.zeros((len(rows), len(columns)))
    border = layer.padding if layer.count_include_pad else (0, 0)
    for i, j in np.ndindex(*y.shape):
        total, number = 0.0, 0
        for u in rows[i]:
            for v in columns[j]:
                if 0 <= u < x.shape[0] and 0 <= v < x.shape[1]:
                    total += x[u, v]
                number += all(
                    -b <= place < n + b for place, n, b in zip((u, v), x.shape, border, strict=True)
                )
        y[i, j] = total / (layer.divisor_override or number)
    return y


@st.composite
def pools(draw: Any, kind: type[Module]) -> tuple[dict[str, Any], tuple[int, int]]:
    """Arguments of a pooling, and the size of an image with room for a window."""

    def pair(least: int, most: int) -> Any:
        number = st.integers(least, most)
        return draw(st.one_of(number, st.tuples(number, number)))

    arguments: dict[str, Any] = {
        "kernel_size": pair(1, 4),
        "stride": pair(1, 4) if draw(st.booleans()) else None,
        "ceil_mode": draw(st.booleans()),
    }
    if kind is MaxPool2d:
        arguments["dilation"] = pair(1, 2)
    else:
        arguments["count_include_pad"] = draw(st.booleans())
        arguments["divisor_override"] = draw(st.sampled_from([None, None, 3]))
    arguments["padding"] = pair(0, 2)
    size = draw(st.integers(2, 9)), draw(st.integers(2, 9))
    try:
        layer = kind(**arguments)
        layer(np.ones(size))
    except (ArgumentError, ShapeError):
        assume(False)
    return arguments, size


def whole_numbers(*shape: int, dtype: Any = np.float64) -> np.ndarray:
    """So few that many are equal."""
    return np.random.default_rng(0).integers(-2, 3, shape).astype(dtype)


@given(pools(MaxPool2d))
def test_the_greatest_by_definition_and_its_gradient_by_rows(drawn):
    arguments, size = drawn
    layer = MaxPool2d(**arguments)
    x = whole_numbers(2, *size)
    value = Value(x)
    y = layer(value)
    g = np.random.default_rng(1).normal(size=y.shape)
    (y * g).sum().backward()
    for image, result, weights, gradient in zip(x, y.data, g, value.grad, strict=True):
        expected, back = greatest(layer, image, weights)
        np.testing.assert_array_equal(result, expected)
        np.testing.assert_allclose(gradient, back, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(layer(x), y.data)


@given(pools(AvgPool2d))
def test_the_mean_by_definition(drawn):
    arguments, size = drawn
    layer = AvgPool2d(**arguments)
    x = np.random.default_rng(0).normal(size=(2, *size))
    expected = np.stack([mean(layer, image) for image in x])
    np.testing.assert_allclose(layer(x), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(layer(Value(x)).data, expected, rtol=1e-12, atol=1e-14)


LAYERS = [
    MaxPool2d(2),
    MaxPool2d((3, 2), (2, 3), (1, 0), ceil_mode=True),
    MaxPool2d(2, 1, 1, 2),
    AvgPool2d(2),
    AvgPool2d((3, 2), (2, 3), (1, 0), ceil_mode=True, count_include_pad=False),
    AvgPool2d(9),
    AvgPool2d((9, 1), (9, 2)),
    AvgPool2d(9, 1, 3, divisor_override=5),
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_gradients(layer):
    x = np.random.default_rng(0).normal(size=(2, 9, 10))
    assert gradcheck(lambda x: np.tanh(layer(x)), x)


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_any_axes_may_stand_in_front(layer):
    x = np.random.default_rng(0).normal(size=(3, 2, 2, 9, 10)).astype(np.float32)
    expected = np.stack([[[layer(p) for p in images] for images in batch] for batch in x])
    assert layer(x).dtype == layer(Value(x)).dtype == np.float32
    for result in (layer(x), layer(Value(x)).data, vmap(layer)(x)):
        np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)
    assert layer(x[:0]).shape == (0, *expected.shape[1:])


def test_wide_windows_that_tile_are_summed_as_narrow_ones_are():
    x = np.random.default_rng(0).normal(size=(2, 20, 31))
    y = AvgPool2d((10, 15))(Value(x))
    np.testing.assert_allclose(y.data, x[..., :30].reshape(2, 2, 10, 2, 15).mean((2, 4)))
    y.sum().backward()


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_nan_is_greater_than_all_numbers(place):
    x = np.array([[1.0, np.inf], [-np.inf, 2.0]])
    x[place] = np.nan
    value = Value(x)
    y = MaxPool2d(2)(value)
    assert np.isnan(y.data).all()
    y.sum().backward()
    assert value.grad[place] == 1.0 == value.grad.sum()


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, bool, np.float16])
def test_the_greatest_keeps_the_dtype(dtype):
    x = np.array([[0, 1], [1, 0]]).astype(dtype)
    y = MaxPool2d(2, 2, 1)(x)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, x)


def test_the_greatest_below_zero_is_no_padding():
    np.testing.assert_array_equal(MaxPool2d(3, 1, 1)(np.full((2, 2), -5.0)), -5.0)
    np.testing.assert_array_equal(MaxPool2d(3, 1, 1)(np.full((2, 2), -5)), -5)


def test_a_window_may_be_larger_than_the_image_where_it_may_reach_over_the_end():
    x = np.array([[1.0, 3.0], [5.0, 7.0], [0.0, 2.0]])
    assert MaxPool2d(3, ceil_mode=True)(x) == 7.0
    assert AvgPool2d(3, ceil_mode=True)(x) == 3.0
    for layer in (MaxPool2d(3), AvgPool2d(3)):
        with pytest.raises(ShapeError, match="3 by 3 or more"):
            layer(x)


def test_lists_are_images_too():
    assert AvgPool2d(2)([[1, 2], [3, 4]]) == 2.5


def test_the_text_of_a_layer_says_what_is_unusual():
    assert repr(MaxPool2d(2)) == "MaxPool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"
    assert MaxPool2d(2, 1, 1, 2, False, True).extra_repr() == (
        "kernel_size=(2, 2), stride=(1, 1), padding=(1, 1), dilation=(2, 2), ceil_mode=True"
    )
    assert AvgPool2d((2, 3), 1, 1, True, False, 7).extra_repr() == (
        "kernel_size=(2, 3), stride=(1, 1), padding=(1, 1), ceil_mode=True, "
        "count_include_pad=False, divisor_override=7"
    )


@pytest.mark.parametrize("kind", [MaxPool2d, AvgPool2d])
def test_arguments_that_do_not_go_together_are_refused(kind):
    for arguments, message in (
        ({"kernel_size": 0}, "for kernel_size"),
        ({"kernel_size": (2, 2.5)}, "positive integer for kernel_size"),
        ({"stride": 0}, "for stride"),
        ({"padding": -1}, "for padding"),
        ({"padding": 2}, "at most half"),
    ):
        with pytest.raises(ArgumentError, match=message):
            kind(**{"kernel_size": 3, **arguments})


def test_arguments_of_one_of_them():
    with pytest.raises(ArgumentError, match="for dilation"):
        MaxPool2d(2, dilation=0)
    with pytest.raises(ArgumentError, match="positive integer for divisor_override"):
        AvgPool2d(2, divisor_override=0)
    with pytest.raises(UnsupportedError, match="return_indices=True"):
        MaxPool2d(2, return_indices=True)
    with pytest.raises(DTypeError, match="real numbers"):
        MaxPool2d(2)(np.ones((2, 2), complex))


@pytest.mark.parametrize("layer", [MaxPool2d(3, padding=1), AvgPool2d(3, padding=1)])
@pytest.mark.parametrize("shape", [(2, 1, 0), (0, 3), (3,), ()])
@pytest.mark.parametrize("wrap", [np.asarray, Value])
def test_images_smaller_than_a_window_are_named(layer, shape, wrap):
    with pytest.raises(ShapeError, match="3 by 3 or more") as caught:
        layer(wrap(np.ones(shape)))
    assert type(layer).__name__ in caught.value.expected
    assert str(shape) in caught.value.received or not shape


# Beside PyTorch


def compared(ours: Any, theirs: Any, x: np.ndarray) -> None:
    import torch

    tensor: Any = torch.tensor(x, requires_grad=True)
    value = Value(x)
    expected, result = theirs(tensor), ours(value)
    assert result.shape == tuple(expected.shape)
    np.testing.assert_allclose(result.data, expected.detach().numpy(), rtol=1e-5, atol=1e-6)
    weights = np.random.default_rng(2).normal(size=result.shape).astype(x.dtype)
    (expected * torch.tensor(weights)).sum().backward()
    (result * weights).sum().backward()
    np.testing.assert_allclose(value.grad, tensor.grad.numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.peers
@settings(max_examples=40)
@given(pools(MaxPool2d), st.floats(0, 0.3))
def test_the_greatest_agrees_with_pytorch(drawn, share):
    torch = pytest.importorskip("torch")
    arguments, size = drawn
    layer = MaxPool2d(**arguments)
    # For the sake of one of its kernels PyTorch refuses more, whatever the dilation.
    assume(all(2 * p <= k for p, k in zip(layer.padding, layer.kernel_size, strict=True)))
    x = whole_numbers(2, 3, *size, dtype=np.float32)
    x[np.random.default_rng(3).random(x.shape) < share] = np.nan
    compared(layer, torch.nn.MaxPool2d(**arguments), x)


@pytest.mark.peers
@settings(max_examples=40)
@given(pools(AvgPool2d))
def test_the_mean_agrees_with_pytorch(drawn):
    torch = pytest.importorskip("torch")
    arguments, size = drawn
    x = np.random.default_rng(0).normal(size=(2, 3, *size)).astype(np.float32)
    compared(AvgPool2d(**arguments), torch.nn.AvgPool2d(**arguments), x)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, bool])
def test_means_of_whole_numbers_do_not_overflow(dtype):
    x = np.random.default_rng(0).integers(0, 128, (2, 4, 6)).astype(dtype)
    y = AvgPool2d(2)(x)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, AvgPool2d(2)(x.astype(np.float64)))

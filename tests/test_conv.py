"""Conv2d against its definition, gradients by differences, and PyTorch."""

from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd import Value, jit, vmap
from autograd.checking import gradcheck
from autograd.errors import ArgumentError, ShapeError
from nn.activations import relu
from nn.arguments import checked_pair
from nn.conv import Conv2d
from nn.linear import Linear
from nn.losses import cross_entropy
from nn.optim import Adam
from nn.pooling import AvgPool2d, MaxPool2d
from nn.sequential import Flatten, Sequential
from nn.sliding import Sliding

MODES = ("zeros", "reflect", "replicate", "circular")


def element(plane: np.ndarray, i: int, j: int, mode: str) -> float:
    """What lies at (i, j) of an image that goes on beyond its edges."""
    found = []
    for place, n in zip((i, j), plane.shape, strict=True):
        if mode == "zeros" and not 0 <= place < n:
            return 0.0
        if mode == "circular":
            place %= n
        elif mode == "replicate":
            place = min(max(place, 0), n - 1)
        elif mode == "reflect":
            place = abs(place)
            place = place if place < n else 2 * (n - 1) - place
        found.append(place)
    return float(plane[*found])


def by_definition(layer: Any, x: np.ndarray, before: Any, places: Any) -> np.ndarray:
    """The docstring's sum, element by element, for one image (C, H, W)."""
    weight = layer.weight.data
    (s, t), (d, e) = layer.stride, layer.dilation
    own, others = layer.in_channels // layer.groups, layer.out_channels // layer.groups
    y = np.zeros((layer.out_channels, *places))
    for o, i, j in np.ndindex(*y.shape):
        y[o, i, j] = layer.bias.data[o] if layer.bias is not None else 0.0
        for c, u, v in np.ndindex(*weight.shape[1:]):
            plane = x[o // others * own + c]
            row, column = s * i + d * u - before[0], t * j + e * v - before[1]
            y[o, i, j] += weight[o, c, u, v] * element(plane, row, column, layer.padding_mode)
    return y


@st.composite
def settings_of_a_layer(draw: Any) -> tuple[dict[str, Any], tuple[int, int]]:
    """Arguments of Conv2d, and the size of an image that a window has room in."""

    def pair(least: int, most: int) -> Any:
        number = st.integers(least, most)
        return draw(st.one_of(number, st.tuples(number, number)))

    groups = draw(st.integers(1, 3))
    arguments: dict[str, Any] = {
        "in_channels": groups * draw(st.integers(1, 2)),
        "out_channels": groups * draw(st.integers(1, 2)),
        "kernel_size": pair(1, 3),
        "stride": pair(1, 3),
        "dilation": pair(1, 2),
        "groups": groups,
        "bias": draw(st.booleans()),
        "padding_mode": draw(st.sampled_from(MODES)),
    }
    padding = draw(st.sampled_from(["same", "valid", "pair"]))
    arguments["padding"] = pair(0, 2) if padding == "pair" else padding
    if padding == "same":
        arguments["stride"] = 1
    # PyTorch reflects once only, so that the border is smaller than the image.
    size = draw(st.integers(5, 8)), draw(st.integers(5, 8))
    return arguments, size


@settings(max_examples=40)
@given(settings_of_a_layer())
def test_convolution_is_its_definition(drawn):
    arguments, size = drawn
    layer: Any = Conv2d(**arguments, dtype=np.float64, rng=0)
    x = np.random.default_rng(1).normal(size=(2, layer.in_channels, *size))
    before, places = [], []
    for axis, n in enumerate(size):
        span = layer.dilation[axis] * (layer.kernel_size[axis] - 1) + 1
        if layer.padding == "same":
            before.append((span - 1) // 2)
            places.append(n)
        else:
            p = 0 if layer.padding == "valid" else layer.padding[axis]
            before.append(p)
            places.append((n + 2 * p - span) // layer.stride[axis] + 1)
    expected = np.stack([by_definition(layer, image, before, places) for image in x])
    np.testing.assert_allclose(layer(x).data, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(layer(x[0]).data, expected[0], rtol=1e-10, atol=1e-12)


CASES: dict[str, dict[str, Any]] = {
    "plain": {"kernel_size": 3},
    "padded, with strides": {"kernel_size": (2, 3), "stride": (2, 1), "padding": (1, 2)},
    "dilated": {"kernel_size": 2, "dilation": 2, "padding": "same"},
    "in groups": {"kernel_size": (3, 2), "groups": 2},
    "1x1": {"kernel_size": 1},
    "1x1, with strides": {"kernel_size": 1, "stride": 2, "padding": 1, "bias": False},
    "on a torus": {"kernel_size": 3, "padding": 1, "padding_mode": "circular"},
    "in a mirror": {"kernel_size": 2, "padding": "same", "padding_mode": "reflect"},
}


@pytest.mark.parametrize("name", CASES)
def test_gradients(name):
    layer: Any = Conv2d(2, 4, **CASES[name], dtype=np.float64, rng=0)
    x = np.random.default_rng(1).normal(size=(2, 2, 5, 4))

    def output(x, **parameters):
        for parameter, value in parameters.items():
            setattr(layer, parameter, value)
        return np.tanh(layer(x))

    state = layer.state_dict()
    assert gradcheck(lambda x, parameters: output(x, **parameters), x, state)


@pytest.mark.parametrize("name", CASES)
def test_any_axes_may_stand_in_front(name):
    layer: Any = Conv2d(2, 4, **CASES[name], rng=0)
    x = np.random.default_rng(1).normal(size=(3, 2, 2, 7, 6)).astype(np.float32)
    expected = np.stack([[layer(image).data for image in images] for images in x])
    np.testing.assert_allclose(layer(x).data, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(vmap(layer)(x).data, expected, rtol=1e-4, atol=1e-5)
    assert layer(x[:0]).shape == (0, *expected.shape[1:])
    assert layer(x).dtype == np.float32


def test_weights_start_within_pytorchs_bounds():
    layer: Any = Conv2d(20, 40, (2, 5), groups=2, rng=3)
    assert layer.weight.shape == (40, 10, 2, 5) and layer.bias.shape == (40,)
    assert layer.weight.name == "weight" and layer.bias.name == "bias"
    bound = 1 / sqrt(10 * 2 * 5)
    for parameter in layer.parameters():
        assert parameter.dtype == np.float32
        assert np.abs(parameter.data).max() <= bound
    # The standard deviation of a uniform variable in ±1/10.
    assert abs(layer.weight.data.std() - bound / sqrt(3)) < 0.002


def test_weights_are_drawn_from_what_is_given():
    state = Conv2d(2, 3, 3, rng=5).state_dict()
    assert list(state) == ["weight", "bias"]
    again = Conv2d(2, 3, 3, rng=np.random.default_rng(5)).state_dict()
    assert all(np.array_equal(state[name], again[name]) for name in state)
    assert not np.array_equal(Conv2d(2, 3, 3, rng=6).weight.data, state["weight"])
    assert list(Conv2d(2, 3, 3, bias=False).state_dict()) == ["weight"]


def test_plain_data_are_read_in_the_layers_dtype_and_values_are_not():
    layer = Conv2d(1, 1, 2)
    for x in ([[[0, 1], [2, 3]]], np.ones((1, 2, 2), np.uint8), np.ones((1, 2, 2))):
        assert layer(x).dtype == np.float32
    assert layer(Value(np.ones((1, 2, 2)))).dtype == np.float64
    assert Conv2d(1, 1, 2, dtype="float64")(np.ones((1, 2, 2))).dtype == np.float64


def test_the_text_of_a_layer_says_what_is_unusual():
    assert repr(Conv2d(2, 4, 3)).startswith("Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1))")
    layer = Conv2d(2, 4, 3, 2, 1, 2, 2, False, "circular")
    assert layer.extra_repr() == (
        "2, 4, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(2, 2), groups=2, "
        "padding_mode='circular', bias=False"
    )


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [
        ((2, 8, 8, 3), r"np\.moveaxis\(x, -1, -3\)"),
        ((2, 4, 8, 8), r"build Conv2d\(4, \.\.\.\)"),
        ((8, 8), "axes of channels, height and width"),
        ((), "axes of channels, height and width"),
        ((2, 3, 8, 1), "smaller kernel_size"),
        ((2, 3, 0, 8), "smaller kernel_size"),
    ],
)
@pytest.mark.parametrize("wrap", [np.asarray, Value])
def test_an_image_that_does_not_fit_is_named(shape, remedy, wrap):
    with pytest.raises(ShapeError, match=remedy) as caught:
        Conv2d(3, 2, 2)(wrap(np.ones(shape)))
    assert "Conv2d(3, 2, kernel_size=(2, 2)" in caught.value.expected
    assert str(shape) in caught.value.received


def test_grey_images_without_channels_are_told_to_get_them():
    with pytest.raises(ShapeError, match=r"np\.expand_dims\(x, -3\)"):
        Conv2d(1, 2, 3)(np.ones((5, 8, 8)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"in_channels": 0}, "positive integer for in_channels"),
        ({"out_channels": 2.0}, "positive integer for out_channels"),
        ({"kernel_size": 0}, "for kernel_size"),
        ({"kernel_size": (3, 3, 3)}, "for kernel_size"),
        ({"kernel_size": (3, 0)}, "positive integer for kernel_size"),
        ({"stride": True}, "for stride"),
        ({"stride": 0}, "for stride"),
        ({"dilation": "2"}, "for dilation"),
        ({"padding": -1}, "for padding"),
        ({"padding": (1, -1)}, "integer of 0 or more for padding"),
        ({"padding": "full"}, "'same' or 'valid'"),
        ({"padding": "same", "stride": (1, 2)}, "a stride of 1"),
        ({"groups": 3}, "divide in_channels and out_channels"),
        ({"groups": 0}, "positive integer for groups"),
        ({"padding_mode": "wrap"}, "zeros, reflect, replicate, circular"),
        ({"dtype": np.int64}, "floating-point dtype"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(arguments, message):
    usual: dict[str, Any] = {"in_channels": 4, "out_channels": 6, "kernel_size": 3}
    with pytest.raises(ArgumentError, match=message):
        Conv2d(**{**usual, **arguments})


def test_a_pair_is_one_number_or_two():
    assert checked_pair("stride", np.int64(2)) == checked_pair("stride", [2, 2]) == (2, 2)


@given(st.integers(1, 12), *[st.integers(1, 4)] * 3, st.integers(0, 3), st.booleans())
def test_windows_lie_where_they_are_counted(n, size, stride, dilation, padding, ceil_mode):
    window = Sliding(size, stride, padding, padding, dilation)
    count = window.count(n, ceil_mode)
    assume(count > 0 and 2 * padding <= window.span)
    starts = [i * stride - padding for i in range(count)]
    reach = n + padding
    if ceil_mode:
        assert starts[-1] < n
        assert starts[-1] + window.span >= reach or starts[-1] + stride >= n
        assert count == 1 or starts[-2] + window.span < reach
    else:
        assert starts[-1] + window.span <= reach < starts[-1] + stride + window.span
    before, after = window.borders(n, count)
    places = range(-before, n + after)
    for offset in range(size):
        seen = places[window.places(offset, count)]
        assert list(seen) == [start + offset * dilation for start in starts]


def test_a_network_learns_which_way_the_lines_go():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 64)
    images = np.zeros((64, 1, 8, 8), np.float32)
    for image, label in zip(images, labels, strict=True):
        line = image[0] if label else image[0].T
        line[rng.integers(8)] = 1.0
    model = Sequential(
        Conv2d(1, 4, 3, padding=1, rng=rng), relu, MaxPool2d(2), Flatten(), Linear(64, 2, rng=rng)
    )
    optimizer = Adam(model.parameters(), 0.01)
    losses = []
    for _ in range(60):
        loss = cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 < 0.5 < losses[0]


@pytest.mark.parametrize("emitter", ["equations", "numpy"])
@pytest.mark.parametrize("name", CASES)
def test_compiled_gradients_are_the_same(name, emitter):
    def make():
        return Sequential(
            Conv2d(2, 4, **CASES[name], dtype=np.float64, rng=0),
            MaxPool2d(2, 1, 1),
            Conv2d(4, 2, 1, dtype=np.float64, rng=1),
            AvgPool2d(2),
        )

    model, twin = make(), make()

    def step(network):
        def backward(x):
            network.zero_grad()
            np.sum(np.tanh(network(x)) ** 2).backward()

        return backward

    eager, compiled = step(model), jit(step(twin), emitter=emitter)
    for seed in range(4):  # the first calls are traced, the others run what was compiled
        x = np.random.default_rng(seed).normal(size=(2, 2, 7, 6))
        eager(x)
        compiled(x)
        for mine, its in zip(model.parameters(), twin.parameters(), strict=True):
            np.testing.assert_allclose(its.grad, mine.grad, rtol=1e-9, atol=1e-12)


# Beside PyTorch


def compared(ours: Any, theirs: Any, x: np.ndarray, rtol: float, atol: float) -> None:
    """Output and gradients of two layers with the same state."""
    import torch

    tensor: Any = torch.tensor(x, requires_grad=True)
    value = Value(x)
    expected, result = theirs(tensor), ours(value)
    assert result.shape == tuple(expected.shape)
    assert str(expected.dtype).removeprefix("torch.") == str(result.dtype)
    np.testing.assert_allclose(result.data, expected.detach().numpy(), rtol=rtol, atol=atol)
    weights = np.random.default_rng(2).normal(size=result.shape).astype(x.dtype)
    (expected * torch.tensor(weights)).sum().backward()
    (result * weights).sum().backward()
    np.testing.assert_allclose(value.grad, tensor.grad.numpy(), rtol=rtol, atol=atol)
    for (name, mine), (other, its) in zip(
        ours.named_parameters(), theirs.named_parameters(), strict=True
    ):
        assert name == other
        np.testing.assert_allclose(mine.grad, its.grad.numpy(), rtol=rtol, atol=atol)


# PyTorch warns that it copies the image.
@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@pytest.mark.peers
@settings(max_examples=40)
@given(settings_of_a_layer(), st.sampled_from(["float32", "float64"]))
def test_convolution_agrees_with_pytorch(drawn, dtype):
    torch = pytest.importorskip("torch")
    arguments, size = drawn
    theirs = torch.nn.Conv2d(**arguments, dtype=getattr(torch, dtype))
    ours: Any = Conv2d(**arguments, dtype=dtype)
    x = np.random.default_rng(1).normal(size=(2, ours.in_channels, *size)).astype(dtype)
    tolerances = (2e-4, 2e-4) if dtype == "float32" else (1e-10, 1e-10)
    ours.load_state_dict(theirs.state_dict())
    compared(ours, theirs, x, *tolerances)
    mine = Conv2d(**arguments, dtype=dtype, rng=0)
    theirs.load_state_dict({name: torch.tensor(a) for name, a in mine.state_dict().items()})
    with torch.no_grad():
        expected = theirs(torch.tensor(x)).numpy()
    np.testing.assert_allclose(mine(x).data, expected, rtol=tolerances[0], atol=tolerances[1])


@pytest.mark.peers
def test_a_network_of_images_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(4, 6, 3, padding="same", groups=2),
        torch.nn.ReLU(),
        torch.nn.AvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(24, 3),
    )
    ours = Sequential(
        Conv2d(1, 4, 3, padding=1),
        relu,
        MaxPool2d(2),
        Conv2d(4, 6, 3, padding="same", groups=2),
        relu,
        AvgPool2d(2),
        Flatten(),
        Linear(24, 3),
    )
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype(np.float32)
    compared(ours, theirs, x, 1e-4, 1e-5)


@pytest.mark.peers
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(1, 1), (3, 5)])
def test_images_as_small_as_the_window(mode, size):
    torch = pytest.importorskip("torch")
    ours: Any = Conv2d(2, 3, size, padding_mode=mode)
    theirs = torch.nn.Conv2d(2, 3, size, padding_mode=mode)
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).normal(size=(1, 2, *size)).astype(np.float32)
    compared(ours, theirs, x, 1e-5, 1e-5)

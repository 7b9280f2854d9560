"""Linear, MLP, Sequential, Flatten, Dropout and the generator they draw from."""

import copy
import pickle
import threading
from functools import partial
from math import prod, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, no_grad
from autograd.checking import gradcheck
from autograd.errors import ArgumentError, AutogradError, AxisError, DTypeError, ShapeError
from nn.cells import GRUCell
from nn.conv import Conv2d
from nn.linear import MLP, Linear
from nn.module import Module
from nn.multihead import MultiheadAttention
from nn.norm import BatchNorm1d, LayerNorm
from nn.pooling import AvgPool2d, MaxPool2d
from nn.randomness import generator, seed
from nn.recurrent import RNN
from nn.regularization import Dropout
from nn.sequential import Flatten, Sequential

SHAPES = st.lists(st.integers(1, 3), max_size=3).map(tuple)


# Linear


@given(SHAPES, st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_linear_is_x_w_transposed_plus_b(batch, n, m, bias):
    layer: Any = Linear(n, m, bias, dtype=np.float64, rng=0)
    x = np.random.default_rng(1).normal(size=(*batch, n))
    y = layer(x)
    expected = np.einsum("...i,oi->...o", x, layer.weight.data)
    if bias:
        expected = expected + layer.bias.data
    assert y.shape == (*batch, m)
    np.testing.assert_allclose(y.data, expected, rtol=1e-12, atol=1e-15)


def test_linear_starts_within_pytorchs_bounds():
    layer: Any = Linear(100, 400, rng=3)
    assert layer.weight.shape == (400, 100) and layer.bias.shape == (400,)
    assert layer.weight.dtype == layer.bias.dtype == np.float32
    for parameter in layer.parameters():
        assert np.abs(parameter.data).max() <= 0.1
        # The standard deviation of a uniform variable in ±0.1.
        assert abs(parameter.data.std() - 0.1 / sqrt(3)) < 0.005
    assert layer.weight.name == "weight" and layer.bias.name == "bias"
    assert Linear(2, 3, False).bias is None
    assert list(Linear(2, 3, bias=False).state_dict()) == ["weight"]


def test_linear_draws_from_what_it_is_given():
    state = Linear(4, 3, rng=5).state_dict()
    for rng in (5, np.random.default_rng(5)):
        again = Linear(4, 3, rng=rng).state_dict()
        assert all(np.array_equal(state[name], again[name]) for name in state)
    assert not np.array_equal(Linear(4, 3, rng=6).weight.data, state["weight"])
    seed(5)
    assert np.array_equal(Linear(4, 3).weight.data, state["weight"])
    assert not np.array_equal(Linear(4, 3).weight.data, state["weight"])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, "float16", np.complex64])
def test_every_parameter_has_the_dtype(dtype):
    for model in (Linear(2, 3, dtype=dtype), MLP([2, 3, 1], activation=np.tanh, dtype=dtype)):
        assert {p.dtype for p in model.parameters()} == {np.dtype(dtype)}
        assert model(np.zeros((4, 2))).dtype == dtype


def test_plain_data_are_read_in_the_layers_dtype_and_values_are_not():
    layer = Linear(2, 3)
    for x in (
        [[1, 2]],
        np.array([[1, 2]], np.uint8),
        np.array([[1.0, 2.0]]),
        np.ones((1, 2), bool),
    ):
        assert layer(x).dtype == np.float32
    assert layer(Value([[1.0, 2.0]])).dtype == np.float64
    assert layer(np.array([[1j, 2.0]])).dtype == np.complex128


def test_linear_gradients():
    layer: Any = Linear(3, 2, dtype=np.float64, rng=0)
    x = np.random.default_rng(1).normal(size=(4, 3))

    def output(x, weight, bias):
        layer.weight, layer.bias = weight, bias
        return np.tanh(layer(x))

    assert gradcheck(output, x, layer.weight.data, layer.bias.data)


def test_gradients_reach_parameters_and_input():
    layer: Any = Linear(3, 2)
    x = Value(np.ones((5, 3), np.float32))
    layer(x).sum().backward()
    assert layer.weight.grad.shape == (2, 3) and layer.weight.grad.dtype == np.float32
    np.testing.assert_array_equal(layer.weight.grad, 5.0)
    np.testing.assert_array_equal(layer.bias.grad, 5.0)
    np.testing.assert_allclose(x.grad, np.tile(layer.weight.data.sum(axis=0), (5, 1)), rtol=1e-6)
    with no_grad():
        assert not layer(x).requires_grad


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [
        ((3, 7), "transpose x: rows"),
        ((5, 4), r"build Linear\(4, \.\.\.\)"),
        ((5, 1, 3, 1), r"nn\.Flatten\(\)"),
        ((), "an axis of features"),
    ],
)
@pytest.mark.parametrize("wrap", [np.asarray, Value])
def test_a_wrong_number_of_features_names_layer_and_shapes(shape, remedy, wrap):
    with pytest.raises(ShapeError, match=remedy) as caught:
        Linear(3, 2)(wrap(np.ones(shape)))
    assert "(..., 3)" in caught.value.expected
    assert "Linear(in_features=3, out_features=2, bias=True)" in caught.value.expected
    assert str(shape) in caught.value.received


@pytest.mark.parametrize("sizes", [(0, 2), (2, -1), (2.0, 3), ("2", 3), (True, 3)])
def test_sizes_are_positive_integers(sizes):
    with pytest.raises(ArgumentError, match=r"positive integer for (in|out)_features"):
        Linear(*sizes)


def test_parameters_are_floating_point():
    with pytest.raises(ArgumentError, match="int64"):
        Linear(2, 3, dtype=np.int64)
    unknown: Any = "foo"
    with pytest.raises(ArgumentError, match="'foo'"):
        Linear(2, 3, dtype=unknown)


@pytest.mark.parametrize(
    "x", [np.array([[1.0, None]]), [["a", "b"]], np.array([["2020", "2021"]], "M8[Y]")]
)
def test_what_are_no_numbers_is_refused(x):
    with pytest.raises(DTypeError) as caught:
        Linear(2, 3)(x)
    assert "numbers" in caught.value.expected and caught.value.remedy


# MLP


def test_mlp_is_its_layers_with_an_activation_between():
    model: Any = MLP([3, 5, 4, 2], activation=np.tanh, dtype=np.float64, rng=0)
    x = np.random.default_rng(1).normal(size=(6, 3))
    h = x
    for layer in model.layers[:-1]:
        h = np.tanh(h @ layer.weight.data.T + layer.bias.data)
    expected = h @ model.layers[-1].weight.data.T + model.layers[-1].bias.data
    np.testing.assert_allclose(model(x).data, expected, rtol=1e-12)
    assert [(layer.in_features, layer.out_features) for layer in model.layers] == [
        (3, 5),
        (5, 4),
        (4, 2),
    ]


def test_mlp_activates_with_relu_unless_told():
    model = MLP([3, 50, 2], dtype=np.float64, rng=0)
    x = np.random.default_rng(1).normal(size=(6, 3))
    first, last = model.layers
    hidden = np.maximum(first(x).data, 0)
    np.testing.assert_allclose(model(x).data, last(hidden).data, rtol=1e-12)


def test_mlp_layers_draw_one_after_the_other_from_one_seed():
    model = MLP([4, 4, 4], rng=0)
    assert not np.array_equal(model.layers[0].weight.data, model.layers[1].weight.data)
    assert np.array_equal(model.layers[1].weight.data, MLP([4, 4, 4], rng=0).layers[1].weight.data)
    assert MLP([2, 3]).layers[0].bias is not None
    assert len(MLP([2, 3, 1], bias=False).parameters()) == 2


@pytest.mark.parametrize("sizes", [64, [64], [], "64", None])
def test_mlp_needs_a_list_of_sizes(sizes):
    with pytest.raises(ArgumentError, match=r"MLP\(\[64, 32, 10\]\)"):
        MLP(sizes)


def test_mlp_refuses_what_is_no_function():
    no_function: Any = "relu"
    with pytest.raises(ArgumentError, match="as activation"):
        MLP([2, 2], activation=no_function)


# Sequential


def test_sequential_composes_any_functions():
    model = Sequential(Linear(2, 3, rng=0), np.tanh, lambda x: x * 2.0, Flatten(0))
    x = np.ones((4, 2))
    expected = 2.0 * np.tanh(model[0](x).data)
    np.testing.assert_allclose(model(x).data, expected.ravel(), rtol=1e-6)
    assert Sequential()(3.0) == 3.0


def test_sequential_is_a_list_whose_names_are_places():
    a, b = Linear(2, 3), Linear(3, 1)
    model = Sequential(a, np.tanh)
    assert model.append(b) is model
    assert len(model) == 3 and bool(Sequential())
    assert list(model) == [a, np.tanh, b]
    assert model[0] is a and model[-1] is b
    assert list(model.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert [name for name, _ in model.named_children()] == ["0", "2"]
    part = model[1:]
    assert isinstance(part, Sequential) and list(part) == [np.tanh, b]
    model[1] = np.sin
    assert model[1] is np.sin
    places: list[Any] = [3, -4, "a", None]
    for place in places:
        for attempt in (model.__getitem__, lambda i: model.__setitem__(i, np.sin)):
            with pytest.raises(IndexError) as caught:
                attempt(place)
            assert isinstance(caught.value, AutogradError)
            assert "0 to 2" in caught.value.expected and repr(place) in caught.value.received
    with pytest.raises(IndexError, match="append"):
        Sequential()[0]


def test_a_subclass_of_sequential_may_have_more():
    class Scaled(Sequential):
        def __init__(self):
            super().__init__(Linear(2, 2))
            self.gain = Value(2.0)

        def forward(self, x):
            return super().forward(x) * self.gain

    assert list(Scaled().state_dict()) == ["gain", "0.weight", "0.bias"]
    assert type(Scaled()[:]) is Sequential
    assert len(Sequential(Scaled(), Scaled()).parameters()) == 6


@pytest.mark.parametrize("layer", [3, [Linear(2, 2)], "relu", None, Linear])
def test_sequential_refuses_what_cannot_be_called(layer):
    for attempt in (
        lambda: Sequential(layer),
        lambda: Sequential().append(layer),
        lambda: Sequential(np.tanh).__setitem__(0, layer),
    ):
        with pytest.raises(ArgumentError, match="modules or functions"):
            attempt()


def test_an_error_says_in_which_layer_it_happened():
    model = Sequential(Linear(2, 3), Sequential(np.tanh, Linear(4, 1)))
    with pytest.raises(ShapeError) as caught:
        model(np.ones((5, 2)))
    assert caught.value.__notes__ == ["in layer 1 of Sequential, given float32 (5, 3)"] * 2


# Flatten


@given(st.lists(st.integers(0, 3), min_size=1, max_size=5), st.data())
def test_flatten_joins_axes(shape, data):
    rank = len(shape)
    start = data.draw(st.integers(0, rank - 1))
    end = data.draw(st.integers(start, rank - 1))
    x = np.arange(float(prod(shape))).reshape(shape)
    expected = x.reshape(*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])
    for first in (start, start - rank):
        for last in (end, end - rank):
            layer = Flatten(first, last)
            np.testing.assert_array_equal(layer(x), expected)
            np.testing.assert_array_equal(layer(Value(x)).data, expected)
            assert layer(x).shape == expected.shape


def test_flatten_keeps_the_batch_and_the_gradient():
    x = Value(np.ones((5, 1, 2, 3)))
    y = Flatten()(x)
    assert y.shape == (5, 6)
    (y * y).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * np.ones((5, 1, 2, 3)))
    assert repr(Flatten()) == "Flatten(start_dim=1, end_dim=-1)"


@pytest.mark.parametrize(
    ("layer", "shape"),
    [(Flatten(), (3,)), (Flatten(0), ()), (Flatten(2, 1), (2, 2, 2)), (Flatten(-4), (2, 2))],
)
def test_flatten_needs_its_axes(layer, shape):
    with pytest.raises(AxisError, match="for Flatten") as caught:
        layer(np.ones(shape))
    assert str(shape) in caught.value.received


# Dropout


def test_dropout_zeroes_a_share_and_keeps_the_mean():
    layer = Dropout(0.3, rng=0)
    x = np.full((200, 200), 3.0)
    y = layer(x)
    assert set(np.unique(y)) == {0.0, 3.0 / 0.7}
    assert abs((y == 0).mean() - 0.3) < 0.01
    assert abs(y.mean() - 3.0) < 0.05
    assert not np.array_equal(y, layer(x)), "each call draws its own mask"


def test_dropout_masks_the_gradient_as_it_masks_the_output():
    x = Value(np.ones(1000))
    y = Dropout(0.5, rng=0)(x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.data)


def test_dropout_lets_all_through_outside_training():
    layer = Sequential(Dropout(0.9), Dropout(1.0)).eval()
    x = Value(np.ones(50))
    assert layer(x) is x
    assert Dropout(0.0)(x) is x
    np.testing.assert_array_equal(Dropout(1.0)(x).data, 0.0)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
def test_dropout_keeps_the_dtype(dtype):
    x = np.ones(100, dtype)
    assert Dropout(rng=0)(x).dtype == dtype
    assert Dropout(rng=0)(Value(x)).dtype == dtype


def test_dropout_takes_numbers_lists_and_integers():
    assert Dropout(rng=0)([1, 1, 1, 1]).max() == 2.0
    assert Dropout(rng=0)(Value(1.0)).shape == ()


def test_dropout_repeats_with_its_seed_and_with_the_default_one():
    x = np.ones(100)
    assert np.array_equal(Dropout(rng=4)(x), Dropout(rng=np.random.default_rng(4))(x))
    layer = Dropout(rng=4)
    twin = copy.deepcopy(layer)
    stored = pickle.loads(pickle.dumps(layer))
    first = layer(x)
    assert np.array_equal(first, twin(x)) and np.array_equal(first, stored(x))
    followers = [Dropout(), copy.deepcopy(Dropout())]
    for follower in followers:
        seed(4)
        assert np.array_equal(follower(x), first)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan"), "0.5", None, True, [0.5]])
def test_dropout_needs_a_probability(p):
    with pytest.raises(ArgumentError, match="from 0 to 1 for Dropout"):
        Dropout(p)


def test_dropout_shows_its_probability():
    assert repr(Dropout()) == "Dropout(p=0.5)"


# Randomness


def test_seed_restarts_the_generator_everyone_holds():
    held = generator()
    seed(11)
    first = held.normal(size=5)
    seed(11)
    assert generator() is held
    assert np.array_equal(held.normal(size=5), first)
    assert np.array_equal(first, np.random.default_rng(11).normal(size=5))
    seed(12)
    assert not np.array_equal(held.normal(size=5), first)


def test_a_generator_is_itself_and_an_int_a_new_one():
    mine = np.random.default_rng(0)
    assert generator(mine) is mine
    assert generator(np.int64(3)).random() == generator(3).random()
    assert generator(3) is not generator(3)


@pytest.mark.parametrize("bad", [-1, 1.5, "seed", True, np.random.RandomState(0), [1]])
def test_anything_else_is_no_source_of_randomness(bad):
    with pytest.raises(ArgumentError, match="int seed"):
        generator(bad)
    with pytest.raises(ArgumentError, match="int seed"):
        seed(bad)


def test_threads_share_the_default_generator():
    drawn: list[np.ndarray] = []
    seed(0)

    def draw() -> None:
        for _ in range(50):
            drawn.append(Dropout()(np.ones(64)))

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # With a race in the generator's state two threads would draw the same numbers.
    assert len({mask.tobytes() for mask in drawn}) == 200


# A model of one's own


def test_a_custom_model_learns():
    class Net(Module):
        def __init__(self, rng: np.random.Generator) -> None:
            self.inner = Linear(2, 16, rng=rng)
            self.outer = Linear(16, 1, rng=rng)
            self.scale = Value(np.float32(1.0))

        def forward(self, x):
            return self.scale * self.outer(np.tanh(self.inner(x)))

    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (64, 2))
    target = (x[:, :1] * x[:, 1:]).astype(np.float32)
    model = Net(rng)
    losses = []
    for _ in range(200):
        loss = np.mean((model(x) - target) ** 2)
        model.zero_grad()
        loss.backward()
        for parameter in model.parameters():
            parameter.assign(parameter.data - 0.1 * parameter.grad)
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 5


# Beside PyTorch


@pytest.mark.peers
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch", [(), (5,), (2, 3)])
def test_linear_agrees_with_pytorch(dtype, batch):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Linear(4, 3, dtype=getattr(torch, dtype))
    ours: Any = Linear(4, 3, dtype=dtype)
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).normal(size=(*batch, 4)).astype(dtype)
    tensor = torch.tensor(x, requires_grad=True)
    value = Value(x)
    y, expected = ours(value), theirs(tensor)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
    (y * y).sum().backward()
    (expected * expected).sum().backward()
    for mine, peer in [
        (value, tensor),
        (ours.weight, theirs.weight),
        (ours.bias, theirs.bias),
    ]:
        np.testing.assert_allclose(mine.grad, peer.grad.numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.peers
def test_a_state_moves_to_pytorch_and_back():
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Sequential(torch.nn.Linear(8, 2))
    )
    ours = Sequential(Linear(4, 8), np.tanh, Sequential(Linear(8, 2)))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in ours.state_dict().items()})
    expected = theirs(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(ours(x).data, expected, rtol=1e-5, atol=1e-6)
    fresh = Sequential(Linear(4, 8), np.tanh, Sequential(Linear(8, 2)))
    fresh.load_state_dict(dict(theirs.named_parameters()))
    np.testing.assert_array_equal(fresh(x).data, ours(x).data)


@pytest.mark.peers
def test_a_tied_state_moves_to_pytorch_and_back():
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3))
    theirs[1].weight = theirs[0].weight
    first, second = Linear(3, 3), Linear(3, 3)
    second.weight = first.weight
    ours = Sequential(first, second)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in ours.state_dict().items()})


@pytest.mark.peers
def test_names_follow_pytorchs_order():
    torch = pytest.importorskip("torch")

    class Theirs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.nn.Linear(2, 2)
            self.scale = torch.nn.Parameter(torch.ones(2))

    class Ours(Module):
        def __init__(self):
            self.inner = Linear(2, 2)
            self.scale = Value(np.ones(2))

    assert list(Ours().state_dict()) == list(Theirs().state_dict())


# Options of all layers

SWITCHES: dict[Any, tuple[str, ...]] = {
    partial(Linear, 3, 2): ("bias",),
    partial(MLP, [3, 2]): ("bias",),
    partial(Conv2d, 1, 2, 3): ("bias",),
    partial(MaxPool2d, 2): ("ceil_mode",),
    partial(AvgPool2d, 2): ("ceil_mode", "count_include_pad"),
    partial(BatchNorm1d, 3): ("affine", "track_running_stats", "bias"),
    partial(LayerNorm, 3): ("elementwise_affine", "bias"),
    partial(RNN, 3, 2): ("bias", "batch_first", "bidirectional"),
    partial(GRUCell, 3, 2): ("bias",),
    partial(MultiheadAttention, 4, 2): ("bias", "batch_first"),
}


@pytest.mark.parametrize("given", [np.tanh, "no", None, 2, 0.5, np.ones(2)])
@pytest.mark.parametrize(
    ("make", "option"), [(make, option) for make, names in SWITCHES.items() for option in names]
)
def test_what_is_not_true_or_false_is_not_taken_for_true(make: Any, option: str, given: Any):
    with pytest.raises(ArgumentError, match=f"True or False for {option}"):
        make(**{option: given})
    for switch in (True, np.bool_(False), 1, 0):
        make(**{option: switch})


@pytest.mark.parametrize(
    ("layer", "args", "options"),
    [
        (Flatten, ("a",), {}),
        (Flatten, (1, None), {}),
        (Conv2d, (1, 2, 3), {"padding_mode": [1]}),
        (RNN, (3, 2), {"nonlinearity": [1]}),
    ],
)
def test_options_of_the_wrong_type_are_refused(layer: Any, args: Any, options: Any):
    with pytest.raises(ArgumentError):
        layer(*args, **options)


@pytest.mark.peers
def test_a_tensor_numpy_cannot_read_is_explained():
    torch = pytest.importorskip("torch")
    layer = Linear(2, 1)
    state = {
        name: torch.ones(p.shape, dtype=torch.bfloat16) for name, p in layer.named_parameters()
    }
    with pytest.raises(DTypeError, match=r"tensor\.float\(\)"):
        layer.load_state_dict(state)


@pytest.mark.peers
def test_initial_weights_are_distributed_as_pytorchs():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    theirs = torch.nn.Linear(50, 2000)
    ours: Any = Linear(50, 2000, rng=0)
    for mine, peer in [(ours.weight, theirs.weight), (ours.bias, theirs.bias)]:
        peer = peer.detach().numpy()
        for share in (0, 25, 50, 75, 100):
            assert abs(np.percentile(mine.data, share) - np.percentile(peer, share)) < 0.01


@pytest.mark.peers
@pytest.mark.parametrize("axes", [(1, -1), (0, -1), (0, 0), (2, 3), (-3, -2), (1, 1)])
def test_flatten_agrees_with_pytorch(axes):
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    np.testing.assert_array_equal(Flatten(*axes)(x), torch.nn.Flatten(*axes)(torch.tensor(x)))

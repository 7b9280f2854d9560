"""micrograd's classes made of scalar Values: its programs, its names, its numbers."""

import random
from math import tanh
from typing import Any

import numpy as np
import pytest

from autograd import Value
from autograd.errors import ArgumentError
from nn import scalar
from nn.randomness import seed
from nn.scalar import MLP, Layer, Neuron


def numbers(model) -> list[float]:
    return [p.data for p in model.parameters()]


# The names and forms micrograd's programs use


def test_reprs_are_micrograds():
    assert repr(Neuron(2)) == "ReLUNeuron(2)"
    assert repr(Neuron(3, nonlin=False)) == "LinearNeuron(3)"
    assert repr(Layer(2, 2)) == "Layer of [ReLUNeuron(2), ReLUNeuron(2)]"
    assert (
        repr(MLP(3, [2, 1]))
        == "MLP of [Layer of [ReLUNeuron(3), ReLUNeuron(3)], Layer of [LinearNeuron(2)]]"
    )


def test_attributes_and_parameters_are_micrograds():
    model = MLP(3, [4, 4, 1])
    assert len(model.parameters()) == 4 * 4 + 4 * 5 + 5
    neuron = model.layers[0].neurons[0]
    assert [neuron.nonlin, model.layers[-1].neurons[0].nonlin] == [True, False]
    assert neuron.parameters() == [*neuron.w, neuron.b]
    assert model.parameters() == [
        p for layer in model.layers for n in layer.neurons for p in n.parameters()
    ]
    assert model.named_parameters()[4][0] == "layers.0.neurons.1.w.0"
    assert all(type(x) is float for x in numbers(model))
    assert neuron.b.data == 0.0 and max(map(abs, numbers(model))) <= 1.0
    assert neuron.w[1].name == "w1" and neuron.b.name == "b"


def test_one_output_is_a_value_and_several_are_a_list():
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    out = Layer(2, 3)([1.0, 2.0])
    assert isinstance(out, list) and len(out) == 3
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)


def test_a_layer_of_one_neuron_may_come_before_others():
    model = MLP(2, [1, 3, 2], activation="tanh")
    assert len(model([1.0, 2.0])) == 2


@pytest.mark.parametrize(
    "x",
    [
        [0.5, -2.0],
        (0.5, -2.0),
        np.array([0.5, -2.0]),
        [Value(0.5), Value(-2.0)],
        Value([0.5, -2.0]),
        [0.5, -2],
    ],
    ids=["list", "tuple", "array", "Values", "array Value", "ints"],
)
def test_a_neuron_is_a_weighted_sum_and_an_activation(x):
    neuron = Neuron(2, rng=0)
    total = neuron.w[0].data * 0.5 + neuron.w[1].data * -2.0
    assert neuron(x).item() == pytest.approx(max(total, 0.0), rel=1e-15)
    neuron.b.data = 0.25
    linear = Neuron(2, False)
    linear.load_state_dict(neuron.state_dict())
    assert linear(x).item() == pytest.approx(total + 0.25, rel=1e-15)


def test_arrays_of_input_become_python_floats():
    y = Neuron(2, activation="tanh", rng=0)(np.array([0.5, -2.0]))
    assert type(y.data) is float


def test_gradients_by_hand():
    neuron = Neuron(2, activation="tanh", rng=1)
    x = [Value(0.5), Value(-2.0)]
    neuron(x).backward()
    w = [wi.data for wi in neuron.w]
    slope = 1 - tanh(w[0] * 0.5 - w[1] * 2.0) ** 2
    assert neuron.w[0].grad == pytest.approx(slope * 0.5)
    assert neuron.w[1].grad == pytest.approx(slope * -2.0)
    assert neuron.b.grad == pytest.approx(slope)
    assert x[0].grad == pytest.approx(slope * w[0])
    assert x[1].grad == pytest.approx(slope * w[1])
    neuron.zero_grad()
    assert [p.grad for p in neuron.parameters()] == [0.0, 0.0, 0.0]


def test_a_loop_in_micrograds_style_learns():
    random.seed(1337)
    model = MLP(3, [4, 4, 1], rng=random)
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    losses = []
    for _ in range(60):
        ypred = [model(x) for x in xs]
        loss: Any = sum((yout - ygt) ** 2 for ygt, yout in zip(ys, ypred, strict=True))
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data += -0.02 * p.grad
        losses.append(loss.data)
    assert losses[-1] < losses[0] / 10


# What this adds


@pytest.mark.parametrize(
    ("activation", "name", "expected"),
    [
        ("relu", "ReLU", 0.0),
        ("tanh", "Tanh", tanh(-2.0)),
        ("sigmoid", "Sigmoid", 1 / (1 + np.exp(2.0))),
        (None, "Linear", -2.0),
        (np.tanh, "Tanh", tanh(-2.0)),
        (Value.sigmoid, "Sigmoid", 1 / (1 + np.exp(2.0))),
        (np.sin, "sin", np.sin(-2.0)),
    ],
)
def test_activations(activation, name, expected):
    neuron = Neuron(1, activation=activation)
    neuron.w[0].data = -2.0
    assert neuron([1.0]).item() == pytest.approx(expected, rel=1e-14)
    assert repr(neuron) == f"{name}Neuron(1)"
    assert repr(Neuron(1, nonlin=False, activation=activation)) == "LinearNeuron(1)"
    hidden, last = MLP(1, [2, 2], activation=activation).layers
    assert repr(hidden.neurons[0]) == f"{name}Neuron(1)"
    assert repr(last.neurons[0]) == "LinearNeuron(2)"


def test_nns_functions_are_activations():
    from nn.activations import sigmoid, tanh

    assert repr(Neuron(1, activation=tanh)) == "TanhNeuron(1)"
    assert Neuron(1, activation=sigmoid)([0.0]).item() == 0.5


@pytest.mark.parametrize("activation", ["ReLU", "gelu", 3, ["relu"]])
def test_an_unknown_activation(activation):
    with pytest.raises(ArgumentError, match="'relu', 'tanh', 'sigmoid'"):
        MLP(2, [2, 1], activation=activation)


@pytest.mark.parametrize("x", [[1.0], [1.0, 2.0, 3.0], [], np.ones(3)])
def test_a_wrong_number_of_inputs_is_not_cut_short(x):
    with pytest.raises(ArgumentError, match="2 inputs for ReLUNeuron"):
        MLP(2, [3, 1])(x)


@pytest.mark.parametrize(
    "x",
    [
        1.0,
        np.ones((2, 2)),
        Value(np.ones((2, 2))),
        Value(1.0),
        range(0),
        "ab",
        {1.0, 2.0},
        {0: 1.0, 1: 2.0},
    ],
)
def test_what_is_no_sequence_of_inputs(x):
    with pytest.raises(ArgumentError, match="2 inputs for ReLUNeuron"):
        Neuron(2)(x)


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (Neuron, (2.0,), "positive integer for nin"),
        (Layer, (2, -1), "positive integer for nout"),
        (MLP, (2, 3), r"MLP\(2, \[16, 1\]\)"),
        (MLP, (2, []), r"MLP\(2, \[16, 1\]\)"),
        (MLP, (2, [3, "a"]), "positive integer for nout"),
    ],
)
def test_sizes_that_are_none(kind: Any, arguments, words):
    with pytest.raises(ArgumentError, match=words):
        kind(*arguments)


@pytest.mark.parametrize("nonlin", ["tanh", None, 2, np.tanh])
def test_a_switch_that_is_none(nonlin: Any):
    with pytest.raises(ArgumentError, match="True or False for nonlin"):
        Neuron(2, nonlin)


def test_seeds():
    assert numbers(MLP(2, [3, 1], rng=7)) == numbers(MLP(2, [3, 1], rng=7))
    assert numbers(MLP(2, [3, 1], rng=7)) == numbers(MLP(2, [3, 1], rng=np.random.default_rng(7)))
    weights = numbers(MLP(2, [3, 1], rng=7))
    assert len(set(weights)) == len(weights) - 4 + 1, "no two neurons alike; four biases at 0"
    seed(7)
    assert numbers(MLP(2, [3, 1])) == weights
    text: Any = "7"
    with pytest.raises(ArgumentError, match="int seed"):
        Layer(2, 2, rng=text)


def test_states_move_between_models():
    model, other = MLP(2, [3, 1], rng=0), MLP(2, [3, 1], rng=1)
    other.load_state_dict(model.state_dict())
    assert numbers(other) == numbers(model)
    assert all(type(x) is float for x in numbers(other))
    x = [0.3, -0.7]
    assert other(x).data == model(x).data


# Beside micrograd


@pytest.fixture
def micrograd():
    return pytest.importorskip("micrograd.nn")


@pytest.mark.peers
def test_pythons_generator_gives_micrograds_weights(micrograd):
    random.seed(1337)
    theirs = micrograd.MLP(3, [4, 4, 1])
    random.seed(1337)
    ours = scalar.MLP(3, [4, 4, 1], rng=random)
    assert repr(ours) == repr(theirs)
    assert numbers(ours) == numbers(theirs)
    assert numbers(MLP(3, [4, 4, 1], rng=random.Random(1337))) == numbers(theirs)


@pytest.mark.peers
def test_training_takes_micrograds_steps(micrograd):
    their_value = pytest.importorskip("micrograd.engine").Value
    rng = np.random.default_rng(0)
    xs, ys = rng.normal(size=(8, 2)).tolist(), rng.choice([-1.0, 1.0], 8).tolist()
    histories = []
    for build, wrap in (
        (micrograd.MLP, their_value),
        (lambda *sizes: MLP(*sizes, rng=random), Value),
    ):
        random.seed(1)
        model = build(2, [6, 6, 1])
        losses = []
        for _ in range(5):
            scores = [model(list(map(wrap, x))) for x in xs]
            margins = [(1 + -y * s).relu() for y, s in zip(ys, scores, strict=True)]
            data_loss = sum(margins) * (1.0 / len(margins))
            loss: Any = data_loss + 1e-4 * sum(p * p for p in model.parameters())
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.1 * p.grad
            losses.append(loss.data)
        histories.append((losses, numbers(model)))
    np.testing.assert_allclose(histories[1][0], histories[0][0], rtol=1e-12)
    np.testing.assert_allclose(histories[1][1], histories[0][1], rtol=1e-10, atol=1e-13)

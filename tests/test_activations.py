"""Activations: values, derivatives of two orders, limits, dtypes, and PyTorch's."""

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, elementwise_grad, errors
from nn import activations as act

# Each with the points where it has no derivative, or no second one.
ELEMENTWISE = {
    "relu": (act.relu, [0.0]),
    "relu6": (act.relu6, [0.0, 6.0]),
    "hardtanh": (act.hardtanh, [-1.0, 1.0]),
    "hardtanh(-2, 3)": (partial(act.hardtanh, min_val=-2.0, max_val=3.0), [-2.0, 3.0]),
    "leaky_relu": (act.leaky_relu, [0.0]),
    "leaky_relu(0.3)": (partial(act.leaky_relu, negative_slope=0.3), [0.0]),
    "elu": (act.elu, [0.0]),
    "elu(2.5)": (partial(act.elu, alpha=2.5), [0.0]),
    "selu": (act.selu, [0.0]),
    "gelu": (act.gelu, []),
    "gelu(tanh)": (partial(act.gelu, approximate="tanh"), []),
    "sigmoid": (act.sigmoid, []),
    "silu": (act.silu, []),
    "softplus": (act.softplus, []),
    "softplus(2)": (partial(act.softplus, beta=2.0), []),
    "mish": (act.mish, []),
    "tanh": (act.tanh, []),
}
ALONG_AN_AXIS = {"softmax": act.softmax, "log_softmax": act.log_softmax}

elementwise = pytest.mark.parametrize("name", ELEMENTWISE)
along_an_axis = pytest.mark.parametrize("name", ALONG_AN_AXIS)


def central(f, x, h):
    return (f(x + h) - f(x - h)) / (2.0 * h)


@elementwise
@given(x=st.floats(-8.0, 8.0))
def test_two_derivatives_agree_with_finite_differences(name, x):
    f, kinks = ELEMENTWISE[name]
    for kink in kinks:
        if abs(x - kink) < 1e-3:
            x = kink + 1e-2
    first = elementwise_grad(f)
    point = np.array([x])
    np.testing.assert_allclose(first(point), central(f, point, 1e-6), rtol=2e-7, atol=2e-9)
    # `+ 0 x` because the first derivative of a piecewise linear function does not depend on x.
    second = elementwise_grad(lambda x: first(x) + 0.0 * x)(point)
    np.testing.assert_allclose(second, central(first, point, 1e-6), rtol=2e-7, atol=2e-9)


# By the letter of the papers, and only where nothing overflows.
FORMULAS = {
    "relu": lambda x: max(0.0, x),
    "relu6": lambda x: min(max(0.0, x), 6.0),
    "hardtanh": lambda x: min(max(-1.0, x), 1.0),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else math.exp(x) - 1.0,
    "elu(2.5)": lambda x: x if x > 0 else 2.5 * (math.exp(x) - 1.0),
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "gelu": lambda x: x * (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0,
    "gelu(tanh)": lambda x: (
        x * (1.0 + math.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3))) / 2.0
    ),
    "sigmoid": lambda x: 1.0 / (1.0 + math.exp(-x)),
    "silu": lambda x: x / (1.0 + math.exp(-x)),
    "softplus": lambda x: math.log(1.0 + math.exp(x)),
    "softplus(2)": lambda x: math.log(1.0 + math.exp(2.0 * x)) / 2.0,
    "mish": lambda x: x * math.tanh(math.log(1.0 + math.exp(x))),
    "tanh": math.tanh,
}


@pytest.mark.parametrize("name", FORMULAS)
@given(x=st.floats(-7.0, 7.0))
def test_values_are_those_of_the_formula(name, x):
    assert ELEMENTWISE[name][0](np.array([x]))[0] == pytest.approx(FORMULAS[name](x), abs=1e-14)


@along_an_axis
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_gradient_along_an_axis_agrees_with_finite_differences(name, axis):
    f = ALONG_AN_AXIS[name]
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(2, 3, 4, 2))
    value = Value(x)
    (f(value, axis=axis) * weights).sum().backward()
    numeric = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = 1e-6
        difference = f(x + step, axis=axis) - f(x - step, axis=axis)
        numeric[index] = (difference * weights).sum() / 2e-6
    np.testing.assert_allclose(value.grad, numeric, rtol=1e-7, atol=1e-9)


@elementwise
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_and_values_agree_and_dtypes_stay(name, dtype):
    f = ELEMENTWISE[name][0]
    x = np.linspace(-3.0, 3.0, 12).reshape(3, 4).astype(dtype)
    plain = f(x)
    value = Value(x)
    recorded = f(value)
    assert type(plain) is np.ndarray and plain.dtype == dtype
    assert recorded.data.dtype == dtype
    np.testing.assert_array_equal(recorded.data, plain)
    recorded.sum().backward()
    assert value.grad.dtype == dtype and value.grad.shape == x.shape


@elementwise
def test_python_floats_and_scalar_values(name):
    f = ELEMENTWISE[name][0]
    x = Value(0.75)
    y = f(x)
    y.backward()
    expected = f(np.array([0.75]))[0]
    assert y.item() == pytest.approx(expected, rel=1e-14)
    assert float(f(0.75)) == pytest.approx(expected, rel=1e-14)
    assert float(x.grad) == pytest.approx(central(f, np.array([0.75]), 1e-6)[0], rel=1e-7)


@pytest.mark.parametrize("name", [*ELEMENTWISE, *ALONG_AN_AXIS])
def test_lists_are_arrays(name):
    f = ALONG_AN_AXIS.get(name) or ELEMENTWISE[name][0]
    nested = [[-1.0, 2.0, 0.5], [1.5, -2.5, 7.0]]
    np.testing.assert_array_equal(f(nested), f(np.array(nested)))
    np.testing.assert_array_equal(f(tuple(nested[0])), f(np.array(nested[0])))
    values = [Value(number) for number in nested[0]]
    whole = Value(nested[0])
    f(values)[1].backward()
    f(whole)[1].backward()
    np.testing.assert_array_equal([value.grad for value in values], whole.grad)


@elementwise
def test_numbers_give_numbers(name):
    f = ELEMENTWISE[name][0]
    for x in (-0.5, np.float64(0.5), np.float32(2.5)):
        assert isinstance(f(x), float | np.floating)
        assert np.asarray(f(x)).dtype == np.asarray(x).dtype


LARGE = [
    (np.float32, 1e4),
    (np.float32, 1e30),
    (np.float32, 1e38),
    (np.float64, 1e4),
    (np.float64, 1e200),
    (np.float64, 1e307),
]


# Warnings are errors here: nothing on the way may overflow, in the values or in the gradient.
@elementwise
@pytest.mark.parametrize(("dtype", "size"), LARGE)
def test_large_arguments_give_the_limit(name, dtype, size):
    f = ELEMENTWISE[name][0]
    x = Value(np.array([-size, size], dtype))
    y = f(x)
    y.sum().backward()
    lowest, highest, slopes = {
        "relu": (0.0, size, (0.0, 1.0)),
        "relu6": (0.0, 6.0, (0.0, 0.0)),
        "hardtanh": (-1.0, 1.0, (0.0, 0.0)),
        "hardtanh(-2, 3)": (-2.0, 3.0, (0.0, 0.0)),
        "leaky_relu": (-0.01 * size, size, (0.01, 1.0)),
        "leaky_relu(0.3)": (-0.3 * size, size, (0.3, 1.0)),
        "elu": (-1.0, size, (0.0, 1.0)),
        "elu(2.5)": (-2.5, size, (0.0, 1.0)),
        "selu": (-1.7580993408473766, 1.0507009873554805 * size, (0.0, 1.0507009873554805)),
        "sigmoid": (0.0, 1.0, (0.0, 0.0)),
        "tanh": (-1.0, 1.0, (0.0, 0.0)),
    }.get(name, (0.0, size, (0.0, 1.0)))
    np.testing.assert_allclose(y.data, np.array([lowest, highest], dtype), rtol=1e-6, atol=1e-30)
    np.testing.assert_allclose(x.grad, slopes, rtol=1e-6, atol=1e-30)


@along_an_axis
@pytest.mark.parametrize(("dtype", "size"), LARGE)
def test_large_scores(name, dtype, size):
    x = Value(np.array([[0.0, size], [-size, -size]], dtype))
    y = ALONG_AN_AXIS[name](x)
    (y * np.array([1.0, 2.0], dtype)).sum().backward()
    half = 0.5 if name == "softmax" else np.log(0.5)
    expected = [[0.0, 1.0] if name == "softmax" else [-size, 0.0], [half, half]]
    np.testing.assert_allclose(y.data, np.array(expected, dtype), rtol=1e-6)
    assert np.all(np.isfinite(x.grad))


def test_derivatives_at_corners():
    def slope(f, x):
        value = Value(np.array([x]))
        f(value).sum().backward()
        return value.grad[0]

    assert slope(act.relu, 0.0) == 0.0
    assert slope(act.relu6, 0.0) == slope(act.relu6, 6.0) == 0.0
    assert slope(act.hardtanh, -1.0) == slope(act.hardtanh, 1.0) == 0.0
    assert slope(act.leaky_relu, 0.0) == 0.01
    # elu with alpha = 1 has a derivative at 0.
    assert slope(act.elu, 0.0) == 1.0


@pytest.mark.parametrize(
    "call",
    [
        lambda x: act.gelu(x, approximate="exact"),
        lambda x: act.hardtanh(x, min_val=1.0, max_val=1.0),
        lambda x: act.softplus(x, beta=0.0),
    ],
)
def test_bad_arguments(call):
    with pytest.raises(errors.ArgumentError) as caught:
        call(Value([1.0]))
    assert caught.value.expected and caught.value.received and caught.value.remedy


@pytest.mark.parametrize("name", [*ELEMENTWISE, *ALONG_AN_AXIS])
@pytest.mark.parametrize("x", ["a", None, {}, ["a"], np.array(["a"]), np.array([None]), len])
def test_what_are_no_numbers_is_refused(name: str, x: Any):
    function = getattr(act, name.partition("(")[0])
    with pytest.raises(errors.DTypeError, match="numbers for an activation"):
        function(x)
    with pytest.raises(errors.ShapeError, match="rows of one length"):
        function([[1.0, 2.0], [3.0]])


@pytest.mark.parametrize(
    "call",
    [
        lambda x, a: act.hardtanh(x, a),
        lambda x, a: act.hardtanh(x, max_val=a),
        lambda x, a: act.leaky_relu(x, a),
        lambda x, a: act.elu(x, a),
        lambda x, a: act.softplus(x, a),
    ],
)
def test_options_are_numbers(call: Any):
    for option in ("a", None, {}, np.array(["a"])):
        with pytest.raises(errors.DTypeError):
            call(Value([1.0]), option)


def test_softmax_sums_to_one():
    x = np.random.default_rng(0).normal(size=(3, 5), scale=30.0)
    np.testing.assert_allclose(act.softmax(x, axis=0).sum(axis=0), 1.0, rtol=1e-14)
    np.testing.assert_allclose(np.exp(act.log_softmax(x)), act.softmax(x), rtol=1e-12)


@pytest.mark.peers
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [*ELEMENTWISE, *ALONG_AN_AXIS])
def test_against_torch(name, dtype):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    theirs = {
        "hardtanh(-2, 3)": lambda x: functional.hardtanh(x, -2.0, 3.0),
        "leaky_relu(0.3)": lambda x: functional.leaky_relu(x, 0.3),
        "elu(2.5)": lambda x: functional.elu(x, 2.5),
        "gelu(tanh)": lambda x: functional.gelu(x, approximate="tanh"),
        "softplus(2)": lambda x: functional.softplus(x, beta=2.0),
        "softmax": lambda x: functional.softmax(x, dim=-1),
        "log_softmax": lambda x: functional.log_softmax(x, dim=-1),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
    }.get(name) or getattr(functional, name)
    ours = ELEMENTWISE[name][0] if name in ELEMENTWISE else ALONG_AN_AXIS[name]
    # Whole numbers are among them: 0 and the corners count too.
    x = np.concatenate([np.arange(-7.0, 8.0), np.random.default_rng(0).normal(size=33, scale=4.0)])
    x = x.reshape(6, 8).astype(dtype)
    weights = np.random.default_rng(1).normal(size=x.shape).astype(dtype)
    tensor = torch.tensor(x, requires_grad=True)
    expected = theirs(tensor)
    (expected * torch.tensor(weights)).sum().backward()
    value = Value(x)
    result = ours(value)
    (result * weights).sum().backward()
    rtol, atol = (3e-6, 2e-6) if dtype == np.float32 else (1e-11, 1e-11)
    if name.startswith("softplus"):
        # PyTorch's is the identity above its threshold of 20.
        atol = max(atol, 3e-9)
    if name == "gelu(tanh)" and dtype == np.float32:
        # 1 + tanh and 1 - tanh² of large negative x: float32 leaves few digits of them to either.
        atol = 1e-5
    np.testing.assert_allclose(result.data, expected.detach().numpy(), rtol=rtol, atol=atol)
    np.testing.assert_allclose(value.grad, tensor.grad.numpy(), rtol=rtol, atol=atol)


LOSSES = {
    "CrossEntropyLoss": "classes",
    "NLLLoss": "classes",
    "MultiMarginLoss": "classes",
    "BCELoss": "chances",
    "BCEWithLogitsLoss": "zeros and ones",
    "KLDivLoss": "chances",
    "HingeEmbeddingLoss": "signs",
}


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
@pytest.mark.parametrize("name", list(nn._FUNCTIONS))
def test_a_function_named_in_place_of_pytorchs_class_is_that_class(name):
    """With its defaults, in value and slope: whoever follows the remedy gets the same numbers."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(5, 4), scale=2.0), [[-1.0, 0.5, 7.0, -9.0]]])
    target = {
        "classes": rng.integers(4, size=6),
        "chances": rng.uniform(0.1, 0.9, size=x.shape),
        "zeros and ones": rng.integers(2, size=x.shape).astype(float),
        "signs": rng.choice([-1.0, 1.0], size=x.shape),
        None: rng.normal(size=x.shape),
    }[LOSSES.get(name)]
    if name in ("BCELoss", "KLDivLoss"):
        x = rng.uniform(0.1, 0.9, size=x.shape)
    along = {"dim": -1} if name in ("Softmax", "LogSoftmax") else {}
    more = (target,) if name.endswith("Loss") else ()
    tensor, value = torch.tensor(x, requires_grad=True), Value(x)
    expected = getattr(torch.nn, name)(**along)(tensor, *map(torch.tensor, more))
    found = getattr(nn, nn._FUNCTIONS[name])(value, *more)
    np.testing.assert_allclose(found.data, expected.detach().numpy(), rtol=1e-7, atol=1e-9)
    weights = rng.normal(size=found.shape)
    (expected * torch.tensor(weights)).sum().backward()
    np.sum(found * weights).backward()
    np.testing.assert_allclose(value.grad, tensor.grad.numpy(), rtol=1e-7, atol=1e-9)


def test_no_loss_stands_for_another():
    with pytest.raises(AttributeError) as caught:
        _ = nn.HingeEmbeddingLoss
    assert "nn.hinge" not in str(caught.value)


def test_pytorchs_classes_are_told_to_be_functions():
    with pytest.raises(AttributeError, match=r"functions here, nn\.relu;"):
        _ = nn.ReLU
    with pytest.raises(AttributeError, match=r"functions here, nn\.cross_entropy;"):
        _ = nn.CrossEntropyLoss
    assert all(hasattr(nn, name) for name in nn._FUNCTIONS.values())
    with pytest.raises(AttributeError, match="has no attribute 'Relu'"):
        _ = nn.Relu


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Parameter", r"self\.weight = Value\("),
        ("Buffer", "requires_grad=False"),
        ("ModuleList", r"self\.layers = \[a, b\]"),
        ("ModuleDict", r"self\.parts = \{'a': a\}"),
        ("ParameterList", r"self\.weights = \[v, w\]"),
        ("ParameterDict", r"self\.weights = \{'v': v\}"),
        ("Identity", "lambda x: x"),
        ("functional", r"nn\.relu, nn\.cross_entropy"),
        ("utils", r"nn\.clip_grad_norm, nn\.clip_grad_value"),
    ],
)
def test_what_is_needed_here_in_place_of_pytorchs_names(name, words):
    with pytest.raises(AttributeError, match=f"received: nn.{name}\n  remedy:   .*{words}"):
        getattr(nn, name)


def test_what_those_remedies_say_is_so():
    """Values are parameters or buffers, and lists and dicts of them and of modules are walked."""
    model: Any = nn.Module()
    model.weight, model.mean = Value(np.zeros((3, 2))), Value(np.zeros(2), requires_grad=False)
    model.layers, model.parts = [nn.Linear(1, 1, bias=False)], {"a": nn.Linear(1, 1, bias=False)}
    model.weights, model.named = [Value(1.0)], {"v": Value(1.0)}
    found = {name for name, _ in model.named_parameters()}
    assert found == {"weight", "layers.0.weight", "parts.a.weight", "weights.0", "named.v"}
    assert [name for name, _ in model.named_buffers()] == ["mean"]
    assert nn.Sequential(lambda x: x)(2.0) == 2.0
    assert all(hasattr(nn, name) for name in ("relu", "clip_grad_norm", "clip_grad_value"))

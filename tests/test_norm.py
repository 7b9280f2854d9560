"""BatchNorm and LayerNorm: their definitions, running statistics, gradients, and PyTorch."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, grad, jit, no_grad, vmap
from autograd.checking import gradcheck
from autograd.errors import ArgumentError, DTypeError, ShapeError
from nn.linear import Linear
from nn.norm import BatchNorm1d, BatchNorm2d, LayerNorm
from nn.optim import SGD
from nn.sequential import Sequential

SHAPES = {
    BatchNorm1d: st.one_of(
        st.tuples(st.integers(2, 5), st.integers(1, 4)),
        st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(2, 4)),
    ),
    BatchNorm2d: st.tuples(
        st.integers(1, 4), st.integers(1, 4), st.integers(2, 4), st.integers(1, 4)
    ),
}
SAMPLES = st.one_of(*(st.tuples(st.just(kind), shapes) for kind, shapes in SHAPES.items()))


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    """Numbers whose mean is far from 0, and whose variance is far from 1."""
    return np.random.default_rng(seed).normal(3.0, 2.0, shape)


def drawn_state(layer: Any, seed: int = 0) -> Any:
    """The layer with parameters and statistics that are not the initial ones; returns it."""
    rng = np.random.default_rng(seed)
    state = layer.state_dict()
    for name, array in state.items():
        state[name] = rng.uniform(0.5, 2.0, array.shape) if array.dtype.kind == "f" else array
    layer.load_state_dict(state)
    return layer


# BatchNorm


@given(SAMPLES, st.floats(0.01, 1.0), st.sampled_from([1e-5, 1e-2]))
def test_batch_norm_in_training_and_after(sample, momentum, eps):
    kind, shape = sample
    layer = drawn_state(kind(shape[1], eps, momentum, dtype=np.float64))
    before = layer.state_dict()
    x = numbers(*shape)
    column = (-1,) + (1,) * (len(shape) - 2)
    channels = np.moveaxis(x, 1, 0).reshape(shape[1], -1)
    w, b = before["weight"].reshape(column), before["bias"].reshape(column)

    def expected(mean, var):
        return (x - mean.reshape(column)) / np.sqrt(var.reshape(column) + eps) * w + b

    y = layer(x)
    np.testing.assert_allclose(y.data, expected(channels.mean(1), channels.var(1)), rtol=1e-8)
    after = layer.state_dict()
    mean, var = (
        (1 - momentum) * before[name] + momentum * batch
        for name, batch in (
            ("running_mean", channels.mean(1)),
            ("running_var", channels.var(1, ddof=1)),
        )
    )
    np.testing.assert_allclose(after["running_mean"], mean, rtol=1e-12)
    np.testing.assert_allclose(after["running_var"], var, rtol=1e-12)
    assert after["num_batches_tracked"] == 1
    layer.eval()
    np.testing.assert_allclose(layer(x).data, expected(mean, var), rtol=1e-8)
    same = layer.state_dict()
    assert all(np.array_equal(same[name], after[name]) for name in same)


def test_without_momentum_the_statistics_are_means_over_all_batches():
    layer: Any = BatchNorm2d(3, momentum=None, dtype=np.float64)
    batches = [numbers(4, 3, 2, 5, seed=i) + i for i in range(4)]
    for x in batches:
        layer(Value(x))
    means = np.mean([x.mean(axis=(0, 2, 3)) for x in batches], axis=0)
    variances = np.mean([x.var(axis=(0, 2, 3), ddof=1) for x in batches], axis=0)
    np.testing.assert_allclose(layer.running_mean.data, means, rtol=1e-12)
    np.testing.assert_allclose(layer.running_var.data, variances, rtol=1e-12)
    assert layer.num_batches_tracked.item() == 4


def test_statistics_are_buffers_with_pytorchs_names_and_dtypes():
    layer: Any = BatchNorm2d(3)
    kinds = {name: (array.dtype.name, array.shape) for name, array in layer.state_dict().items()}
    assert kinds == {
        "weight": ("float32", (3,)),
        "bias": ("float32", (3,)),
        "running_mean": ("float32", (3,)),
        "running_var": ("float32", (3,)),
        "num_batches_tracked": ("int64", ()),
    }
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
    x = Value(numbers(4, 3, 2, 2))
    layer(x).sum().backward()
    # Still leaves that no gradient reaches, of the same dtype.
    for name, buffer in layer.named_buffers():
        assert buffer.is_leaf and not buffer.requires_grad and buffer.grad is None
        assert (buffer.dtype.name, buffer.shape) == kinds[name]
    assert layer.num_batches_tracked.item() == 1


def test_what_is_left_out_is_not_there():
    x = numbers(4, 3, 2, 2).astype(np.float32)
    assert list(BatchNorm2d(3, bias=False).state_dict())[:2] == ["weight", "running_mean"]
    assert [*BatchNorm2d(3, affine=False).named_parameters()] == []
    layer: Any = BatchNorm2d(3, track_running_stats=False)
    assert list(layer.state_dict()) == ["weight", "bias"]
    trained = layer(x).data
    np.testing.assert_array_equal(layer.eval()(x).data, trained)
    bare: Any = BatchNorm2d(3, affine=False, track_running_stats=False)
    np.testing.assert_array_equal(bare(x), trained)
    assert bare(x).dtype == np.float32


def test_a_graph_recorded_in_training_outlives_the_next_batch():
    layer: Any = BatchNorm1d(2, dtype=np.float64)
    first = layer(numbers(4, 2)) ** 2
    second = layer(numbers(4, 2, seed=1)) ** 2
    (first.sum() + second.sum()).backward()
    assert np.isfinite(layer.weight.grad).all() and layer.weight.grad.any()
    assert layer.num_batches_tracked.item() == 2


def test_statistics_follow_under_grad_and_no_grad_alike():
    layers: list[Any] = [BatchNorm1d(2) for _ in range(3)]
    x = numbers(5, 2).astype(np.float32)
    layers[0](x)
    grad(lambda x: np.sum(layers[1](x) ** 2))(x)
    with no_grad():
        layers[2](x)
    for layer in layers[1:]:
        np.testing.assert_array_equal(layer.running_mean.data, layers[0].running_mean.data)
        np.testing.assert_array_equal(layer.running_var.data, layers[0].running_var.data)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_a_copy_has_statistics_of_its_own(copied):
    layer: Any = BatchNorm1d(2)
    layer(numbers(4, 2))
    twin = copied(layer)
    before = layer.running_mean.data.copy()
    np.testing.assert_array_equal(twin.running_mean.data, before)
    twin(numbers(4, 2, seed=1))
    np.testing.assert_array_equal(layer.running_mean.data, before)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("kind", "shape"),
    [(BatchNorm1d, (4, 2)), (BatchNorm1d, (2, 2, 3)), (BatchNorm2d, (2, 2, 2, 2))],
)
def test_gradients_of_batch_norm(kind, shape, training):
    layer = drawn_state(kind(2, dtype=np.float64)).train(training)

    def output(x, weight, bias):
        layer.weight, layer.bias = weight, bias
        return np.tanh(layer(x))

    assert gradcheck(output, numbers(*shape) / 4, layer.weight.data, layer.bias.data)


def test_a_small_variance_about_a_large_mean_is_not_lost():
    x = 1e4 + np.random.default_rng(0).normal(size=(64, 2, 4, 4)).astype(np.float32)
    y: Any = BatchNorm2d(2)(x)
    expected = (x - x.mean(axis=(0, 2, 3), keepdims=True, dtype=np.float64)) / x.std(
        axis=(0, 2, 3), keepdims=True, dtype=np.float64
    )
    np.testing.assert_allclose(y.data, expected, atol=3e-3)


def test_batch_norm_after_training_can_be_mapped():
    layer = drawn_state(BatchNorm2d(3)).eval()
    x = numbers(5, 2, 3, 4, 4).astype(np.float32)
    expected = np.stack([layer(batch).data for batch in x])
    np.testing.assert_allclose(vmap(layer)(x).data, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("layer", "shape", "remedy"),
    [
        (BatchNorm2d(3), (4, 5, 2, 2), "num_features=5"),
        (BatchNorm2d(3), (4, 5, 5, 3), r"np\.moveaxis\(x, -1, 1\)"),
        (BatchNorm2d(3), (3, 4, 4), r"np\.expand_dims\(x, 0\)"),
        (BatchNorm2d(3), (4, 3), "BatchNorm1d for"),
        (BatchNorm1d(3), (4, 3, 2, 2), "BatchNorm2d for images"),
        (BatchNorm1d(3), (3,), r"np\.expand_dims\(x, 0\)"),
        (BatchNorm1d(3), (4, 2), "num_features=2"),
        (BatchNorm1d(3), (1, 3), r"\.eval\(\)"),
        (BatchNorm2d(3), (1, 3, 1, 1), "larger batches"),
        (BatchNorm2d(3), (0, 3, 2, 2), "larger batches"),
    ],
)
@pytest.mark.parametrize("wrap", [np.asarray, Value])
def test_a_batch_that_does_not_fit_is_named_and_not_counted(layer, shape, remedy, wrap):
    before = layer.state_dict()
    with pytest.raises(ShapeError, match=remedy) as caught:
        layer(wrap(np.ones(shape)))
    assert f"{type(layer).__name__}(3)" in caught.value.expected
    assert str(shape) in caught.value.received
    after = layer.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_one_element_in_a_channel_is_enough_after_training():
    y: Any = BatchNorm2d(3).eval()(np.ones((1, 3, 1, 1)))
    np.testing.assert_allclose(y.data, 1.0, rtol=1e-4)


def test_batch_norm_helps_a_network_whose_inputs_have_different_scales():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(128, 4)) * [1e-2, 1.0, 50.0, 1.0] + [0.0, 5.0, 100.0, 0.0]
    target = (x[:, :1] * 100 + (x[:, 2:3] - 100) / 50).astype(np.float32)
    model = Sequential(BatchNorm1d(4), Linear(4, 1, rng=0))
    optimizer = SGD(model.parameters(), 0.1)
    for _ in range(100):
        loss = np.mean((model(x) - target) ** 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert np.mean((model(x) - target).data ** 2) < 1e-3
    # The running variance is the one with n - 1.
    assert np.mean((model.eval()(x) - target).data ** 2) < 2e-2


# LayerNorm


@given(
    st.lists(st.integers(1, 3), max_size=2),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_layer_norm_is_its_formula(batch, features, affine, bias):
    layer = drawn_state(LayerNorm(features, 1e-3, affine, bias, dtype=np.float64))
    assert list(layer.state_dict()) == ["weight", "bias"][: affine * (1 + bias)]
    x = numbers(*batch, *features)
    axes = tuple(range(-len(features), 0))
    expected = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-3)
    if affine:
        expected = expected * layer.weight.data
    if affine and bias:
        expected = expected + layer.bias.data
    y = layer(Value(x))
    assert y.shape == x.shape
    np.testing.assert_allclose(y.data, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("features", [3, (2, 3)])
def test_gradients_of_layer_norm(features):
    layer = drawn_state(LayerNorm(features, dtype=np.float64))

    def output(x, weight, bias):
        layer.weight, layer.bias = weight, bias
        return np.tanh(layer(x))

    assert gradcheck(output, numbers(4, 2, 3) / 4, layer.weight.data, layer.bias.data)


def test_layer_norm_of_one_example_or_many():
    layer = drawn_state(LayerNorm((2, 3)))
    x = numbers(4, 5, 2, 3).astype(np.float32)
    expected = np.stack([[layer(example).data for example in row] for row in x])
    np.testing.assert_allclose(layer(x).data, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(vmap(layer)(x).data, expected, rtol=1e-5, atol=1e-6)
    assert layer(x[:0]).shape == (0, 5, 2, 3)


@pytest.mark.parametrize("shape", [(3, 2), (3,), (), (2, 4)])
def test_layer_norm_needs_its_axes(shape):
    with pytest.raises(ShapeError, match=r"\(\.\.\., 2, 3\) for LayerNorm") as caught:
        LayerNorm((2, 3))(np.ones(shape))
    assert str(shape) in caught.value.received or not shape


# Both


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_dtype_is_kept(dtype):
    for layer in (BatchNorm1d(3, dtype=dtype), LayerNorm(3, dtype=dtype)):
        for x in (numbers(4, 3), np.arange(12).reshape(4, 3), [[1, 2, 3], [3, 2, 0]]):
            y = layer(x)
            assert y.dtype == dtype
            assert np.isfinite(y.data).all()
        assert layer(Value(numbers(4, 3).astype(dtype))).dtype == dtype
        assert layer.weight is not None and layer.weight.dtype == dtype
    assert LayerNorm(3)(Value(numbers(4, 3))).dtype == np.float64


def test_layers_show_their_arguments():
    assert BatchNorm2d(3).extra_repr() == (
        "3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True"
    )
    assert BatchNorm1d(3, bias=False).extra_repr().endswith("track_running_stats=True, bias=False")
    assert repr(LayerNorm(4)) == "LayerNorm((4,), eps=1e-05)  # 8 parameters"
    assert LayerNorm((2, 4), elementwise_affine=False).extra_repr().endswith("_affine=False")
    assert LayerNorm(4, bias=False).extra_repr() == "(4,), eps=1e-05, bias=False"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda bad: BatchNorm2d(0), "positive integer for num_features"),
        (lambda bad: BatchNorm2d(bad), "positive integer for num_features"),
        (lambda bad: BatchNorm2d(3, -1.0), "0 or more for eps"),
        (lambda bad: BatchNorm2d(3, bad), "0 or more for eps"),
        (lambda bad: BatchNorm2d(3, momentum=float("nan")), "0 or more for momentum"),
        (lambda bad: BatchNorm2d(3, momentum=bad), "0 or more for momentum"),
        (lambda bad: BatchNorm2d(3, dtype=np.complex64), "a real dtype"),
        (lambda bad: BatchNorm2d(3, dtype=int), "floating-point dtype"),
        (lambda bad: LayerNorm(0), "positive integer for normalized_shape"),
        (lambda bad: LayerNorm([]), "positive integer for normalized_shape"),
        (lambda bad: LayerNorm(bad), "positive integer for normalized_shape"),
        (lambda bad: LayerNorm((2, bad)), "positive integer for normalized_shape"),
        (lambda bad: LayerNorm(3, bad), "0 or more for eps"),
        (lambda bad: LayerNorm(3, dtype=complex), "a real dtype"),
    ],
)
def test_arguments_are_checked(make, message):
    with pytest.raises(ArgumentError, match=message):
        make("3")


@pytest.mark.parametrize("layer", [BatchNorm1d(2), LayerNorm(2)])
def test_complex_numbers_are_refused(layer):
    with pytest.raises(DTypeError, match="real numbers to normalise"):
        layer(np.ones((3, 2), complex))


@pytest.mark.parametrize("emitter", ["equations", "numpy"])
@pytest.mark.parametrize("momentum", [0.1, None])
def test_compiled_gradients_and_statistics_are_the_same(momentum, emitter):
    def make():
        return Sequential(
            BatchNorm1d(3, momentum=momentum, dtype=np.float64),
            Linear(3, 2, dtype=np.float64, rng=0),
            LayerNorm(2, 0.1, dtype=np.float64),
        )

    model, twin = make(), make()

    def step(network):
        def backward(x):
            network.zero_grad()
            np.sum(np.tanh(network(x)) ** 2).backward()

        return backward

    eager, compiled = step(model), jit(step(twin), emitter=emitter)
    for seed in range(4):  # the first calls are traced, the others run what was compiled
        x = np.random.default_rng(seed).normal(size=(5, 3))
        eager(x)
        compiled(x)
        for mine, its in zip(model.parameters(), twin.parameters(), strict=True):
            np.testing.assert_allclose(its.grad, mine.grad, rtol=1e-9, atol=1e-12)
    assert model.state_dict()["0.num_batches_tracked"] == 4
    for (name, mine), its in zip(
        model.state_dict().items(), twin.state_dict().values(), strict=True
    ):
        assert mine.dtype == its.dtype, name
        np.testing.assert_allclose(its, mine, rtol=1e-9, atol=1e-12)


# Beside PyTorch


def compared(ours: Any, theirs: Any, x: np.ndarray) -> None:
    """Output, gradients and state after one step of two layers with the same state."""
    import torch

    tensor: Any = torch.tensor(x, requires_grad=True)
    value = Value(x)
    rtol, atol = (1e-4, 1e-5) if x.dtype == np.float32 else (1e-9, 1e-11)
    expected, result = theirs(tensor), ours(value)
    np.testing.assert_allclose(result.data, expected.detach().numpy(), rtol=rtol, atol=atol)
    weights = np.random.default_rng(2).normal(size=result.shape).astype(x.dtype)
    theirs.zero_grad()
    ours.zero_grad()
    (expected * torch.tensor(weights)).sum().backward()
    (result * weights).sum().backward()
    np.testing.assert_allclose(value.grad, tensor.grad.numpy(), rtol=10 * rtol, atol=10 * atol)
    for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(mine.grad, its.grad.numpy(), rtol=10 * rtol, atol=10 * atol)
    state = ours.state_dict()
    assert list(state) == list(theirs.state_dict())
    for name, its in theirs.state_dict().items():
        assert state[name].dtype == its.numpy().dtype and state[name].shape == its.numpy().shape
        np.testing.assert_allclose(state[name], its.numpy(), rtol=rtol, atol=atol)


@pytest.mark.peers
@settings(max_examples=15)
@given(
    SAMPLES,
    st.sampled_from(["float32", "float64"]),
    st.sampled_from([0.1, 0.3, 1.0, None]),
    st.booleans(),
    st.booleans(),
)
def test_batch_norm_agrees_with_pytorch(sample, dtype, momentum, affine, tracks):
    torch = pytest.importorskip("torch")
    kind, shape = sample
    arguments = {"momentum": momentum, "affine": affine, "track_running_stats": tracks}
    theirs = getattr(torch.nn, kind.__name__)(shape[1], **arguments, dtype=getattr(torch, dtype))
    ours = drawn_state(kind(shape[1], **arguments, dtype=dtype))
    theirs.load_state_dict({name: torch.tensor(a) for name, a in ours.state_dict().items()})
    for seed in range(2):
        compared(ours, theirs, numbers(*shape, seed=seed).astype(dtype))
    ours.load_state_dict(theirs.state_dict())
    ours.eval()
    theirs.eval()
    compared(ours, theirs, numbers(*shape, seed=2).astype(dtype))


@pytest.mark.peers
@settings(max_examples=15)
@given(
    st.lists(st.integers(1, 3), max_size=2),
    st.lists(st.integers(2, 4), min_size=1, max_size=2),
    st.sampled_from(["float32", "float64"]),
    st.booleans(),
    st.booleans(),
)
def test_layer_norm_agrees_with_pytorch(batch, features, dtype, affine, bias):
    torch = pytest.importorskip("torch")
    arguments = {"elementwise_affine": affine, "bias": bias}
    theirs = torch.nn.LayerNorm(features, **arguments, dtype=getattr(torch, dtype))
    ours = drawn_state(LayerNorm(features, **arguments, dtype=dtype))
    theirs.load_state_dict({name: torch.tensor(a) for name, a in ours.state_dict().items()})
    ours.load_state_dict(theirs.state_dict())
    compared(ours, theirs, numbers(*batch, *features).astype(dtype))

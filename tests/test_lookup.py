"""Embedding: rows, gradients, padding, indices out of range, traced indices, PyTorch's layer."""

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, grad, jit, vmap
from autograd.checking import gradcheck
from autograd.errors import (
    ArgumentError,
    DTypeError,
    IndexingError,
    ShapeError,
    UnsupportedError,
)
from nn.lookup import Embedding

SHAPES = st.lists(st.integers(0, 4), max_size=3).map(tuple)


def drawn(seed: int, n: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, n, shape)


@given(SHAPES, st.integers(1, 6), st.integers(1, 5), st.integers(0, 99))
def test_a_row_for_every_index_and_its_gradient_back(shape, n, features, seed):
    layer = Embedding(n, features, dtype=np.float64, rng=seed)
    indices = drawn(seed, n, shape)
    y = layer(indices)
    assert y.shape == (*shape, features) and y.dtype == np.float64
    np.testing.assert_array_equal(y.data, layer.weight.data[indices])
    # Each row's gradient is the sum of what its occurrences receive.
    weights = np.random.default_rng(seed).normal(size=y.shape)
    np.sum(y * weights).backward()
    expected = np.zeros((n, features))
    for place in np.ndindex(*shape):
        expected[indices[place]] += weights[place]
    np.testing.assert_allclose(layer.weight.grad, expected, rtol=1e-12, atol=1e-12)


def test_rows_start_standard_normal():
    weight = Embedding(400, 50, rng=1).weight
    assert weight.dtype == np.float32 and weight.name == "weight"
    assert abs(weight.data.mean()) < 0.02 and abs(weight.data.std() - 1) < 0.02
    again = Embedding(400, 50, rng=np.random.default_rng(1)).weight
    np.testing.assert_array_equal(weight.data, again.data)
    nn.seed(1)
    np.testing.assert_array_equal(Embedding(400, 50).weight.data, weight.data)


@pytest.mark.parametrize(
    "indices",
    [2, np.int8(2), [2, 0], (0, 1), np.array([2], np.uint8), Value([2, 1], requires_grad=False)],
)
def test_integers_of_any_kind_are_indices(indices):
    layer = Embedding(3, 2, rng=0)
    plain = indices.data if isinstance(indices, Value) else np.asarray(indices)
    np.testing.assert_array_equal(layer(indices).data, layer.weight.data[plain])


@pytest.mark.parametrize("wrap", [np.asarray, lambda x: Value(x, requires_grad=False)])
@pytest.mark.parametrize(
    ("indices", "remedy"),
    [([0, 5], r"build Embedding\(6, 2\)"), ([-1, 0], "from 0"), ([[0], [99]], "100")],
)
def test_an_index_out_of_range_names_layer_and_bounds(indices, remedy, wrap):
    with pytest.raises(IndexingError, match=remedy) as caught:
        Embedding(5, 2)(wrap(np.array(indices)))
    assert "0 to 4" in caught.value.expected and "Embedding(num_" in caught.value.expected
    assert str(np.max(indices)) in caught.value.received
    assert isinstance(caught.value, IndexError)  # what PyTorch raises


@pytest.mark.parametrize("indices", [[0.0, 1.0], [True, False], Value([0.0]), [1j]])
def test_indices_are_integers(indices):
    with pytest.raises(DTypeError, match=r"astype\(np\.int64\)"):
        Embedding(5, 2)(indices)


def test_padding_starts_at_zero_and_receives_no_gradient():
    for padding in (1, -3):
        layer = Embedding(4, 3, padding_idx=padding, rng=0)
        assert layer.padding_idx == 1
        np.testing.assert_array_equal(layer.weight.data[1], 0.0)
        layer.weight.assign(layer.weight.data + 1.0)
        y = layer(np.array([[0, 1], [1, 3]]))
        np.testing.assert_array_equal(y.data[0, 1], 1.0)  # the row there is, as in PyTorch
        y.sum().backward()
        expected = np.array([1.0, 0.0, 0.0, 1.0])[:, np.newaxis].repeat(3, axis=1)
        np.testing.assert_array_equal(layer.weight.grad, expected)
    assert repr(layer).startswith("Embedding(num_embeddings=4, embedding_dim=3, padding_idx=1)")


@pytest.mark.parametrize("padding", [4, -5, 1.0, True, "0"])
def test_padding_is_one_of_the_words(padding):
    with pytest.raises(ArgumentError, match="padding_idx from -4 to 3"):
        Embedding(4, 3, padding_idx=padding)


@pytest.mark.parametrize("sizes", [(0, 2), (2, -1), (2.0, 3), (True, 3)])
def test_sizes_are_positive_integers(sizes):
    with pytest.raises(ArgumentError, match=r"positive integer for (num_embeddings|embedding_dim)"):
        Embedding(*sizes)


def test_max_norm_is_refused():
    with pytest.raises(UnsupportedError, match="changes no parameters"):
        Embedding(4, 3, max_norm=1.0)


# Pretrained rows


def test_pretrained_rows_are_copied_and_frozen():
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    for given_rows in (rows, Value(rows), rows.tolist()):
        layer = Embedding.from_pretrained(given_rows)
        np.testing.assert_array_equal(layer.weight.data, rows)
        assert layer.weight.dtype == np.asarray(getattr(given_rows, "data", given_rows)).dtype
        assert not layer.parameters() and len(layer.unfreeze().parameters()) == 1
    layer = Embedding.from_pretrained(rows, freeze=False, padding_idx=0)
    rows[0] = 9.0
    assert layer.padding_idx == 0 and layer.parameters() == [layer.weight]
    np.testing.assert_array_equal(layer(0).data, [0.0, 1.0])


def test_pretrained_rows_are_floats_in_two_axes():
    with pytest.raises(ShapeError, match="num_embeddings, embedding_dim"):
        Embedding.from_pretrained(np.ones(3))
    with pytest.raises(DTypeError, match="astype"):
        Embedding.from_pretrained(np.ones((3, 2), int))


# Transforms


@given(st.integers(1, 4), SHAPES, st.integers(0, 99))
def test_vmap_traces_the_indices(size, shape, seed):
    layer = Embedding(5, 2, padding_idx=2, dtype=np.float64, rng=seed)
    indices = drawn(seed, 5, (size, *shape))
    together = vmap(lambda i: layer(i))(indices)
    np.testing.assert_array_equal(together.data, layer(indices).data)
    np.sum(np.square(together)).backward()
    found = layer.weight.grad
    layer.zero_grad()
    np.sum(np.square(layer(indices))).backward()
    np.testing.assert_allclose(found, layer.weight.grad, rtol=1e-12)


@pytest.mark.parametrize("padding", [None, 0])
@pytest.mark.parametrize("emitter", ["native", "numpy", "equations"])
@pytest.mark.parametrize("wrong", [5, -1, -6])
def test_a_traced_index_out_of_range_raises(emitter: str, padding: int | None, wrong: int) -> None:
    if emitter == "native":
        pytest.importorskip("llvmlite")
    layer = Embedding(5, 3, padding_idx=padding, rng=0)
    compiled = jit(layer.forward, emitter=emitter)
    for _ in range(3):
        np.testing.assert_array_equal(compiled(np.array([0, 4])).data, layer([0, 4]).data)
    with pytest.raises(IndexingError, match="received"):
        compiled(np.array([0, wrong]))
    with pytest.raises(IndexingError, match="received"):
        vmap(layer)(np.array([[0, 1], [2, wrong]]))


def test_traced_indices_may_be_of_a_dtype_too_small_for_the_table():
    layer: Any = Embedding(300, 1, rng=0)
    y = vmap(lambda i: layer(i))(np.array([0, 255], np.uint8))
    np.testing.assert_array_equal(y.data, layer.weight.data[[0, 255]])


def test_jit_traces_the_indices():
    layer: Any = Embedding(5, 2, padding_idx=2, dtype=np.float64, rng=0)

    def gradient(indices):
        layer.zero_grad()
        np.sum(np.square(layer(indices))).backward()
        return layer.weight.grad

    compiled = jit(gradient)
    for seed in range(4):
        indices = drawn(seed, 5, (2, 3))
        found: Any = compiled(indices)
        np.testing.assert_allclose(found.data, gradient(indices), rtol=1e-12)


def test_gradients_of_any_order():
    indices = np.array([[0, 2], [2, 2]])
    layer: Any = Embedding(3, 2, dtype=np.float64, rng=0)

    def output(weight):
        module = copy.copy(layer)
        module.weight = weight
        return np.tanh(module(indices))

    assert gradcheck(output, layer.weight.data)
    assert gradcheck(grad(lambda w: np.sum(output(w) ** 2)), layer.weight.data)


# PyTorch


@pytest.mark.peers
@pytest.mark.parametrize("padding", [None, 0, -2])
@given(shape=SHAPES, n=st.integers(2, 6), features=st.integers(1, 5), seed=st.integers(0, 99))
def test_against_torch(padding, shape, n, features, seed):
    torch = pytest.importorskip("torch")
    ours: Any = Embedding(n, features, padding, rng=seed)
    theirs = torch.nn.Embedding(n, features, padding)
    theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()})
    indices = drawn(seed, n, shape)
    y, expected = ours(indices), theirs(torch.tensor(indices))
    np.testing.assert_array_equal(y.data, expected.detach().numpy())
    np.sum(y * y).backward()
    (expected * expected).sum().backward()
    np.testing.assert_allclose(ours.weight.grad, theirs.weight.grad.numpy(), rtol=1e-5, atol=1e-6)
    ours.load_state_dict(theirs.state_dict())
    pretrained = Embedding.from_pretrained(theirs.weight.detach().numpy(), padding_idx=padding)
    np.testing.assert_array_equal(pretrained(indices).data, y.data)

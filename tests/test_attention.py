"""Attention, its masks, and MultiheadAttention, beside the formula written out and PyTorch's."""

import copy
import pickle
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, grad, jit, vmap
from autograd.checking import gradcheck
from autograd.errors import ArgumentError, DTypeError, ShapeError
from nn.attention import scaled_dot_product_attention
from nn.multihead import MultiheadAttention

SIZES = st.integers(1, 5)
BATCHES = st.lists(st.integers(0, 3), max_size=2).map(tuple)


def drawn(seed: int, *shapes: tuple[int, ...], dtype: Any = np.float64) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def by_hand(q, k, v, may_read, scale=None):
    """One query at a time, over the keys it may read."""
    scale = 1 / sqrt(q.shape[-1]) if scale is None else scale
    out = np.zeros((*q.shape[:-1], v.shape[-1]))
    for place in np.ndindex(*q.shape[:-1]):
        keys = np.flatnonzero(may_read[place])
        if keys.size:
            scores = np.exp(scale * k[(*place[:-1], keys)] @ q[place])
            out[place] = scores @ v[(*place[:-1], keys)] / scores.sum()
    return out


# The function


@given(BATCHES, SIZES, SIZES, SIZES, SIZES, st.integers(0, 99), st.sampled_from([None, 0.3]))
def test_attention_is_its_formula(batch, n, m, e, d, seed, scale):
    q, k, v = drawn(seed, (*batch, n, e), (*batch, m, e), (*batch, m, d))
    every = np.ones((*batch, n, m), bool)
    found = scaled_dot_product_attention(q, k, v, scale=scale)
    np.testing.assert_allclose(found, by_hand(q, k, v, every, scale), rtol=1e-10)
    found = scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)
    np.testing.assert_allclose(found, by_hand(q, k, v, np.tril(every), scale), rtol=1e-10)


@given(BATCHES, SIZES, SIZES, st.integers(0, 99), st.booleans(), st.booleans(), st.booleans())
def test_masks(batch, n, m, seed, is_causal, as_numbers, as_value):
    q, k, v = drawn(seed, (*batch, n, 3), (*batch, m, 3), (*batch, m, 2))
    # A third of the keys is hidden, so that some queries have nothing to read.
    may_read = np.random.default_rng(seed).random((*batch, n, m)) < 0.67
    mask: Any = np.where(may_read, 0.0, -np.inf) if as_numbers else may_read
    if as_value:
        mask = Value(mask, requires_grad=False)
    q = Value(q)
    found: Any = scaled_dot_product_attention(q, k, v, mask, is_causal=is_causal)
    expected = by_hand(q.data, k, v, np.tril(may_read) if is_causal else may_read)
    np.testing.assert_allclose(found.data, expected, rtol=1e-10, atol=1e-12)
    found.sum().backward()
    assert np.all(np.isfinite(q.grad))


def test_a_query_without_keys_gets_zero_and_no_gradient():
    q, k, v = (Value(x) for x in drawn(0, (2, 3), (4, 3), (4, 2)))
    mask = np.array([[True, True, False, True], [False] * 4])
    y = scaled_dot_product_attention(q, k, v, mask)
    np.testing.assert_array_equal(y.data[1], 0.0)
    y.sum().backward()
    np.testing.assert_array_equal(q.grad[1], 0.0)
    np.testing.assert_array_equal(v.grad[2], 0.0)
    assert np.all(np.isfinite(k.grad)) and np.all(q.grad[0] != 0)


def test_a_mask_of_numbers_is_added_and_learns():
    q, k, v, bias = drawn(1, (2, 3), (4, 3), (4, 2), (2, 4))
    assert gradcheck(scaled_dot_product_attention, q, k, v, bias)
    once = scaled_dot_product_attention(q, k, v, np.log([1.0, 2.0, 1.0, 1.0]))
    twice = scaled_dot_product_attention(q, k[[0, 1, 1, 2, 3]], v[[0, 1, 1, 2, 3]])
    np.testing.assert_allclose(once, twice, rtol=1e-12)


@given(SIZES, SIZES, st.booleans(), st.integers(0, 99))
@settings(max_examples=15)
def test_derivatives_of_attention(n, m, is_causal, seed):
    q, k, v = drawn(seed, (2, n, 3), (2, m, 3), (2, m, 2))

    def attention(q, k, v):
        return scaled_dot_product_attention(q, k, v, is_causal=is_causal)

    assert gradcheck(attention, q, k, v)


def test_second_derivatives_of_attention():
    q, k, v = drawn(0, (2, 3), (3, 3), (3, 2))

    def loss(q, k, v):
        return np.sum(scaled_dot_product_attention(q, k, v, is_causal=True) ** 2)

    assert gradcheck(grad(loss, (0, 1, 2)), q, k, v)


def test_vmap_of_attention_is_its_batch():
    q, k, v = drawn(0, (5, 2, 3), (5, 4, 3), (5, 4, 2))
    masks = np.random.default_rng(0).random((5, 2, 4)) < 0.4
    for options in ({}, {"is_causal": True}):

        def attention(q, k, v, mask, options=options):
            return scaled_dot_product_attention(q, k, v, mask, **options)

        np.testing.assert_allclose(
            vmap(attention)(q, k, v, masks), attention(q, k, v, masks), rtol=1e-12
        )


def test_large_scores_do_not_overflow():
    q = np.full((1, 4), 1e200)
    k = np.array([[1e200] * 4, [-1e200] * 4, [0.0] * 4])
    with np.errstate(over="ignore"):
        y = scaled_dot_product_attention(q, k, np.eye(3), scale=1e-300)
    np.testing.assert_array_equal(y, [[1.0, 0.0, 0.0]])


def test_dtype_stays():
    q = Value(np.ones((2, 3), np.float32))
    for mask in (None, np.ones((2, 2), bool), np.zeros((2, 2))):
        for is_causal in (False, True):
            y: Any = scaled_dot_product_attention(q, q, q, mask, is_causal=is_causal)
            assert y.dtype == np.float32


def test_dropout_of_weights():
    q, v = np.zeros((1, 1000, 2)), np.ones((1, 1000, 1))
    y = scaled_dot_product_attention(q, q, v, dropout_p=0.25, rng=0)
    # Each result is the mean of 1,000 weights that are 0 or 4 / 3.
    assert abs(y.mean() - 1) < 1e-2 and 0.01 < y.std() < 0.03
    again = scaled_dot_product_attention(q, q, v, dropout_p=0.25, rng=0)
    np.testing.assert_array_equal(y, again)
    with pytest.raises(ArgumentError, match="probability"):
        scaled_dot_product_attention(q, q, v, dropout_p=1.5)


@pytest.mark.parametrize(
    "shapes",
    [
        ((3,), (4, 3), (4, 2)),
        ((2, 3), (4, 2), (4, 2)),
        ((2, 3), (4, 3), (5, 2)),
        ((2, 3), (0, 3), (0, 2)),
        ((2, 0), (4, 0), (4, 2)),
        ((2, 2, 3), (3, 4, 3), (3, 4, 2)),
    ],
)
def test_shapes_that_do_not_fit(shapes):
    q, k, v = drawn(0, *shapes)
    with pytest.raises(ShapeError, match="query") as caught:
        scaled_dot_product_attention(q, k, v)
    assert all(str(shape) in caught.value.received for shape in shapes)


@pytest.mark.parametrize("shape", [(3, 2), (5, 2, 4), (3,)])
def test_a_mask_that_does_not_fit(shape):
    q, k, v = drawn(0, (2, 3), (4, 3), (4, 2))
    with pytest.raises(ShapeError, match=r"broadcasts to the scores, \(2, 4\)"):
        scaled_dot_product_attention(q, k, v, np.ones(shape, bool))


def test_kinds_that_do_not_fit():
    (q,) = drawn(0, (2, 2))
    with pytest.raises(DTypeError, match="a mask of booleans"):
        scaled_dot_product_attention(q, q, q, np.ones((2, 2), int))
    with pytest.raises(DTypeError, match="floating-point query"):
        scaled_dot_product_attention(q, q, q.astype(int))


# The layer


def sequences(
    layer: MultiheadAttention, n: int, queries: int, keys: int, seed: int, dtype: Any = np.float64
) -> list[np.ndarray]:
    """A query, a key and a value of the layer's layout; n = 0 for one sequence without a batch."""
    widths = layer.embed_dim, layer.kdim, layer.vdim
    lengths = queries, keys, keys
    found = drawn(seed, *((max(n, 1), *x) for x in zip(lengths, widths, strict=True)), dtype=dtype)
    if not n:
        return [x[0] for x in found]
    return found if layer.batch_first else [x.swapaxes(0, 1) for x in found]


@pytest.mark.parametrize("batch_first", [False, True])
@given(st.integers(0, 3), SIZES, SIZES, st.sampled_from([(4, 1), (4, 2), (6, 3)]), st.booleans())
def test_each_head_is_attention_between_projections(batch_first, n, queries, keys, sizes, other):
    width, heads = sizes
    widths: Any = {"kdim": 3, "vdim": 5} if other else {}
    layer: Any = MultiheadAttention(
        width, heads, batch_first=batch_first, dtype=np.float64, rng=0, **widths
    )
    layer.in_proj_bias.assign(drawn(7, (3 * width,))[0])
    given_x = sequences(layer, n, queries, keys, seed=1)
    output, weights = layer(*given_x)
    assert output.shape == given_x[0].shape
    if not batch_first and n:
        given_x = [x.swapaxes(0, 1) for x in given_x]
        output = np.swapaxes(output, 0, 1)
    state = layer.state_dict()
    matrices = (
        [state[f"{name}_proj_weight"] for name in "qkv"]
        if other
        else np.split(state["in_proj_weight"], 3)
    )
    biases = np.split(state["in_proj_bias"], 3)
    q, k, v = (x @ w.T + b for x, w, b in zip(given_x, matrices, biases, strict=True))
    size = width // heads
    columns = [slice(i * size, (i + 1) * size) for i in range(heads)]
    each = [scaled_dot_product_attention(q[..., i], k[..., i], v[..., i]) for i in columns]
    expected = np.concatenate(each, axis=-1) @ state["out_proj.weight"].T + state["out_proj.bias"]
    np.testing.assert_allclose(output.data, expected, rtol=1e-10, atol=1e-12)
    # With the identity for values, attention returns its weights.
    identity = np.broadcast_to(np.eye(keys), (*k.shape[:-1], keys))
    means = [scaled_dot_product_attention(q[..., i], k[..., i], identity) for i in columns]
    np.testing.assert_allclose(weights.data, np.mean(means, axis=0), rtol=1e-10)


def test_state_is_named_as_in_pytorch():
    assert {k: v.shape for k, v in MultiheadAttention(4, 2).state_dict().items()} == {
        "in_proj_weight": (12, 4),
        "in_proj_bias": (12,),
        "out_proj.weight": (4, 4),
        "out_proj.bias": (4,),
    }
    other = MultiheadAttention(4, 2, kdim=3, vdim=5, bias=False)
    assert {k: v.shape for k, v in other.state_dict().items()} == {
        "q_proj_weight": (4, 4),
        "k_proj_weight": (4, 3),
        "v_proj_weight": (4, 5),
        "out_proj.weight": (4, 4),
    }
    assert repr(other).startswith(
        "MultiheadAttention(\n  embed_dim=4, num_heads=2, kdim=3, vdim=5,"
    )


def test_weights_start_as_in_pytorch():
    layer: Any = MultiheadAttention(64, 4, rng=3)
    bound = sqrt(6 / (64 + 3 * 64))
    assert 0.99 * bound < np.abs(layer.in_proj_weight.data).max() <= bound
    assert 0.99 / 8 < np.abs(layer.out_proj.weight.data).max() <= 1 / 8
    for bias in (layer.in_proj_bias, layer.out_proj.bias):
        np.testing.assert_array_equal(bias.data, 0.0)
    assert {p.dtype for p in layer.parameters()} == {np.dtype(np.float32)}
    again = MultiheadAttention(64, 4, rng=3).state_dict()
    assert all(np.array_equal(again[k], v) for k, v in layer.state_dict().items())


def test_plain_data_are_read_in_the_layers_dtype():
    layer = MultiheadAttention(4, 2)
    x = np.ones((3, 4))
    output, weights = layer(x, x, x.tolist(), attn_mask=np.zeros((3, 3)), is_causal=True)
    assert output.dtype == np.float32 and weights is not None and weights.dtype == np.float32


def test_dropout_acts_in_training_and_only_there():
    layer = MultiheadAttention(4, 2, dropout=0.5, rng=0)
    x = np.ones((40, 4), np.float32)
    _, weights = layer(x, x, x, average_attn_weights=False)
    assert weights is not None
    # Each is 1 / 40, doubled where it was kept.
    np.testing.assert_allclose(np.unique(weights.data.round(5)), [0.0, 0.05], rtol=1e-4)
    copies = copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))
    expected = layer(x, x, x)[0].data
    for copied in copies:  # they draw the masks that the original would have drawn
        np.testing.assert_array_equal(copied(x, x, x)[0].data, expected)
    _, weights = layer.eval()(x, x, x)
    assert weights is not None
    np.testing.assert_allclose(weights.data, 1 / 40, rtol=1e-5)
    with pytest.raises(ArgumentError, match="probability"):
        MultiheadAttention(4, 2, dropout=-0.1)


def test_the_default_generator_is_followed():
    layer = copy.deepcopy(MultiheadAttention(4, 2, dropout=0.5))
    x = np.ones((9, 4), np.float32)
    nn.seed(3)
    first = layer(x, x, x)[0].data
    nn.seed(3)
    np.testing.assert_array_equal(layer(x, x, x)[0].data, first)


def test_what_a_causal_query_reads_does_not_depend_on_what_follows():
    layer: Any = MultiheadAttention(6, 2, batch_first=True, dtype=np.float64, rng=0)
    (x,) = drawn(0, (2, 5, 6))
    whole = layer(x, x, x, is_causal=True)[0].data
    for n in range(1, 5):
        part = x[:, :n]
        np.testing.assert_allclose(
            layer(part, part, part, is_causal=True)[0].data, whole[:, :n], rtol=1e-12
        )


def test_derivatives_of_the_layer():
    layer: Any = MultiheadAttention(4, 2, dtype=np.float64, rng=0)
    (x,) = drawn(0, (3, 2, 4))
    padding = np.array([[False, False, True], [False, False, False]])

    def output(x, weight, bias):
        module = copy.copy(layer)
        module.in_proj_weight, module.in_proj_bias = weight, bias
        return module(x, x, x, padding, is_causal=True)[0]

    # A bias of keys moves all scores of a query alike: its derivative is 0 but for rounding.
    assert gradcheck(output, x, layer.in_proj_weight.data, layer.in_proj_bias.data, atol=1e-12)


def test_vmap_of_the_layer_is_its_batch():
    layer: Any = MultiheadAttention(4, 2, batch_first=True, dtype=np.float64, rng=0)
    (x,) = drawn(0, (3, 5, 4))
    padding = np.random.default_rng(0).random((3, 5)) < 0.5

    def one(x, hidden):
        return layer(x, x, x, hidden, is_causal=True)[0]

    np.testing.assert_allclose(
        vmap(one)(x, padding).data, layer(x, x, x, padding, is_causal=True)[0].data, rtol=1e-12
    )


def test_dropout_of_weights_does_not_tell_programs_apart():
    """With gradients or without them, a step that forgets them first is one program."""
    layer = MultiheadAttention(4, 2, dropout=0.5, rng=0)

    @jit
    def step(x):
        layer.zero_grad()
        np.sum(layer(x, x, x)[0]).backward()

    for _ in range(4):
        step(np.ones((5, 3, 4), np.float32))
    assert [len(entries) for entries in step._programs.values()] == [1]


@pytest.mark.parametrize("is_causal", [False, True])
def test_jit_of_the_layer(is_causal):
    layer: Any = MultiheadAttention(4, 2, dtype=np.float64, rng=0)

    def gradients(x, padding):
        layer.zero_grad()
        output, weights = layer(x, x, x, padding, is_causal=is_causal)
        (np.sum(output * output) + np.sum(weights**2)).backward()
        return [output, weights, *(p.grad for p in layer.parameters())]

    compiled = jit(gradients)
    for seed in range(4):
        (x,) = drawn(seed, (5, 3, 4))
        # Some sequences have no key at all, which a trace cannot see.
        padding = np.random.default_rng(seed).random((3, 5)) < 0.5
        padding[seed % 3] = True
        results: Any = zip(compiled(x, padding), gradients(x, padding), strict=True)
        for found, expected in results:
            expected = expected.data if isinstance(expected, Value) else expected
            np.testing.assert_allclose(found.data, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "shapes",
    [
        ((5, 4), (5, 4), (5, 3)),
        ((5, 4), (2, 5, 4), (2, 5, 4)),
        ((2, 5, 4), (2, 6, 4), (2, 5, 4)),
        ((2, 5, 4), (3, 5, 4), (3, 5, 4)),
        ((2, 5, 4), (2, 0, 4), (2, 0, 4)),
        ((4,), (4,), (4,)),
    ],
)
def test_inputs_that_do_not_fit(shapes):
    with pytest.raises(ShapeError, match="batch_first=True") as caught:
        MultiheadAttention(4, 2, batch_first=True)(*drawn(0, *shapes))
    assert all(str(shape) in caught.value.received for shape in shapes)


def test_masks_that_do_not_fit():
    layer = MultiheadAttention(4, 2, batch_first=True)
    (x,) = drawn(0, (3, 5, 4))
    with pytest.raises(ShapeError, match=r"attn_mask of shape \(5, 5\) or \(6, 5, 5\)"):
        layer(x, x, x, attn_mask=np.zeros((3, 5, 5)))
    with pytest.raises(ShapeError, match=r"key_padding_mask of shape \(3, 5\)"):
        layer(x, x, x, np.zeros((5, 3), bool))
    with pytest.raises(DTypeError, match="a mask of booleans"):
        layer(x, x, x, np.zeros((3, 5), int))


def test_heads_divide_the_features():
    with pytest.raises(ArgumentError, match="num_heads that divides embed_dim"):
        MultiheadAttention(6, 4)
    with pytest.raises(ArgumentError, match="positive integer for num_heads"):
        MultiheadAttention(6, 0)


# PyTorch


@pytest.mark.peers
@given(
    SIZES, SIZES, SIZES, st.sampled_from([None, "bool", "float"]), st.booleans(), st.integers(0, 99)
)
@settings(max_examples=40)
def test_attention_against_torch(n, m, e, kind, is_causal, seed):
    torch = pytest.importorskip("torch")
    given_x = drawn(seed, (2, 3, n, e), (2, 3, m, e), (2, 3, m, 4))
    mask: Any = None
    if kind is not None:
        mask = np.random.default_rng(seed).random((n, m)) < 0.7
        mask[:, 0] = True
        is_causal = False  # PyTorch refuses both
    if kind == "float":
        mask = np.where(mask, 0.5, -np.inf)
    ours = [Value(x) for x in given_x]
    theirs = [torch.tensor(x, requires_grad=True) for x in given_x]
    y: Any = scaled_dot_product_attention(ours[0], ours[1], ours[2], mask, is_causal=is_causal)
    expected = torch.nn.functional.scaled_dot_product_attention(
        *theirs, None if mask is None else torch.tensor(mask), is_causal=is_causal
    )
    np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=1e-8, atol=1e-10)
    np.sum(y * y).backward()
    (expected * expected).sum().backward()
    for x, t in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x.grad, t.grad.numpy(), rtol=1e-7, atol=1e-9)


@pytest.mark.peers
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(st.data())
@settings(max_examples=30)
def test_the_layer_against_torch(batch_first, dtype, data):
    torch = pytest.importorskip("torch")
    heads = data.draw(st.integers(1, 3))
    width = heads * data.draw(st.integers(1, 3))
    bias = data.draw(st.booleans())
    other = data.draw(st.booleans())
    n, queries, keys = data.draw(st.integers(0, 3)), data.draw(SIZES), data.draw(SIZES)
    seed = data.draw(st.integers(0, 99))
    options: Any = {"bias": bias, "batch_first": batch_first}
    options |= {"kdim": 2, "vdim": 5} if other else {}
    ours: Any = MultiheadAttention(width, heads, dtype=dtype, rng=seed, **options)
    theirs: Any = torch.nn.MultiheadAttention(width, heads, dtype=getattr(torch, dtype), **options)
    # The state there and back; biases that are 0 would show nothing.
    state = {k: v + 0.1 for k, v in ours.state_dict().items()}
    theirs.load_state_dict({k: torch.tensor(v) for k, v in state.items()})
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())

    arrays = sequences(ours, n, queries, keys, seed, dtype)
    rng = np.random.default_rng(seed)
    call: Any = {
        "need_weights": data.draw(st.booleans()),
        "average_attn_weights": data.draw(st.booleans()),
    }
    masks = {}
    if data.draw(st.booleans()):
        shape = (queries, keys)
        if data.draw(st.booleans()):
            shape = (max(n, 1) * heads, *shape)
        hidden = rng.random(shape) < 0.4
        hidden[..., 0] = False  # PyTorch gives NaN to queries without keys
        masks["attn_mask"] = hidden
        if data.draw(st.booleans()):
            masks["attn_mask"] = np.where(hidden, -np.inf, 0.3).astype(dtype)
    if data.draw(st.booleans()):
        hidden = rng.random((n, keys) if n else keys) < 0.4
        hidden[..., 0] = False
        as_numbers = np.where(hidden, -np.inf, 0.0).astype(dtype)
        mixed = masks.get("attn_mask", hidden).dtype.kind == "f"  # PyTorch warns of two kinds
        masks["key_padding_mask"] = as_numbers if mixed else hidden
    given_x = [Value(x) for x in arrays]
    tensors = [torch.tensor(x, requires_grad=True) for x in arrays]
    y, weights = ours(*given_x, **call, **masks)
    expected, theirs_weights = theirs(
        *tensors, **call, **{k: torch.tensor(v) for k, v in masks.items()}
    )
    close: Any = (
        {"rtol": 1e-3, "atol": 1e-4} if dtype == "float32" else {"rtol": 1e-7, "atol": 1e-9}
    )
    np.testing.assert_allclose(y.data, expected.detach().numpy(), **close)
    loss, theirs_loss = np.sum(y * y), (expected * expected).sum()
    assert (weights is None) == (theirs_weights is None)
    if weights is not None:
        np.testing.assert_allclose(weights.data, theirs_weights.detach().numpy(), **close)
        loss = loss + np.sum(weights**2)
        theirs_loss = theirs_loss + (theirs_weights**2).sum()
    loss.backward()
    theirs_loss.backward()
    for x, t in zip(given_x, tensors, strict=True):
        np.testing.assert_allclose(x.grad, t.grad.numpy(), **close)
    gradients = {name: p.grad.numpy() for name, p in theirs.named_parameters()}
    for name, parameter in ours.named_parameters():
        np.testing.assert_allclose(parameter.grad, gradients[name], **close)


@pytest.mark.peers
def test_causal_attention_of_the_layer_against_torch():
    torch = pytest.importorskip("torch")
    ours: Any = MultiheadAttention(6, 2, batch_first=True, dtype=np.float64, rng=0)
    theirs = torch.nn.MultiheadAttention(6, 2, batch_first=True, dtype=torch.float64)
    theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()})
    (x,) = drawn(0, (2, 5, 6))
    hidden = np.triu(np.ones((5, 5), bool), 1)
    t = torch.tensor(x)
    for need_weights in (False, True):
        expected, _ = theirs(
            t, t, t, attn_mask=torch.tensor(hidden), is_causal=True, need_weights=need_weights
        )
        for mask in (None, hidden):
            y, _ = ours(x, x, x, attn_mask=mask, is_causal=True, need_weights=need_weights)
            np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=1e-8)

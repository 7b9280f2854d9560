"""RNN, GRU, LSTM and their cells: the formulas written out, derivatives, PyTorch, and errors."""

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, grad, history, no_grad, vmap
from autograd.checking import gradcheck
from autograd.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
LAYERS = ("RNN", "GRU", "LSTM")
CELLS = tuple(f"{name}Cell" for name in LAYERS)


def layer(name: str, *args: Any, **options: Any) -> Any:
    return getattr(nn, name)(*args, **{"dtype": np.float64, "rng": 0, **options})


def states_of(result: Any) -> tuple[Any, ...]:
    """The states that a layer or cell returned, as a tuple."""
    return result if isinstance(result, tuple) else (result,)


def data(x: Any) -> Any:
    return x.data if isinstance(x, Value) else x


def sigma(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def by_hand(name: str, state: dict[str, np.ndarray], x: Any, h: Any, c: Any) -> Any:
    """One step in plain NumPy, gate by gate, as PyTorch's documentation writes it."""
    weights = [state[f"weight_{kind}"] for kind in ("ih", "hh")]
    biases = [state[f"bias_{kind}"] for kind in ("ih", "hh")]
    size = weights[1].shape[1]
    gate = [
        [
            z @ w[k * size : (k + 1) * size].T + b[k * size : (k + 1) * size]
            for k in range(len(w) // size)
        ]
        for z, w, b in zip((x, h), weights, biases, strict=True)
    ]
    if name == "RNN":
        return np.tanh(gate[0][0] + gate[1][0]), c
    if name == "GRU":
        r, z = (sigma(gate[0][k] + gate[1][k]) for k in (0, 1))
        return (1 - z) * np.tanh(gate[0][2] + r * gate[1][2]) + z * h, c
    i, f, g, o = (gate[0][k] + gate[1][k] for k in range(4))
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(c), c


# The formulas


@pytest.mark.parametrize("name", LAYERS)
def test_a_cell_is_its_formula(name):
    cell = layer(f"{name}Cell", 3, 4)
    x, h, c = RNG.normal(size=(2, 3)), RNG.normal(size=(2, 4)), RNG.normal(size=(2, 4))
    found = states_of(cell(x, (h, c) if name == "LSTM" else h))
    expected = by_hand(name, cell.state_dict(), x, h, c)
    for one, other in zip(found, expected[: len(found)], strict=True):
        np.testing.assert_allclose(one.data, other, rtol=1e-13)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("backwards", [False, True])
def test_a_layer_is_its_cell_in_a_loop(name, backwards):
    model = layer(name, 3, 4, bidirectional=backwards)
    cell = layer(f"{name}Cell", 3, 4)
    suffix = "_l0_reverse" if backwards else "_l0"
    own = model.state_dict()
    cell.load_state_dict({key: own[f"{key}{suffix}"] for key in cell.state_dict()})
    x = RNG.normal(size=(5, 2, 3))
    first = [RNG.normal(size=(1 + backwards, 2, 4)) for _ in range(1 + (name == "LSTM"))]
    output, last = model(x, tuple(first) if name == "LSTM" else first[0])
    state: Any = tuple(s[-1] for s in first) if name == "LSTM" else first[0][-1]
    rows = {}
    for t in reversed(range(5)) if backwards else range(5):
        state = cell(x[t], state)
        rows[t] = states_of(state)[0].data
    expected = np.stack([rows[t] for t in range(5)])
    np.testing.assert_allclose(output.data[..., 4 * backwards :], expected, rtol=1e-13)
    for one, other in zip(states_of(last), states_of(state), strict=True):
        np.testing.assert_allclose(one.data[-1], other.data, rtol=1e-13)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(LAYERS),
    st.integers(0, 4),
    st.lists(st.integers(0, 3), max_size=1).map(tuple),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_shapes(name, steps, batch, depth, both, batch_first, bias):
    model = layer(
        name, 3, 2, num_layers=depth, bidirectional=both, batch_first=batch_first, bias=bias
    )
    x = RNG.normal(size=(steps, *batch, 3))
    swap = (lambda y: np.swapaxes(y, 0, 1)) if batch_first and batch else (lambda y: y)
    output, last = model(swap(x))
    assert swap(output).shape == (steps, *batch, 2 * (1 + both))
    for state in states_of(last):
        assert state.shape == (depth * (1 + both), *batch, 2) and state.dtype == np.float64
    # The batch axis is where it is said to be: every sequence is on its own.
    for k in range(batch[0] if batch else 0):
        alone, _ = model(x[:, k])
        np.testing.assert_allclose(swap(output).data[:, k], alone.data, rtol=1e-12, atol=1e-15)
    # States given are states used: two halves make the whole.
    if steps > 1 and not both and depth == 1:
        front, state = model(swap(x[:1]))
        back, again = model(swap(x[1:]), state)
        joined = np.concatenate([swap(front), swap(back)])
        np.testing.assert_allclose(data(joined), data(swap(output)), rtol=1e-12, atol=1e-15)
        for one, other in zip(states_of(again), states_of(last), strict=True):
            np.testing.assert_allclose(one.data, other.data, rtol=1e-12, atol=1e-15)


# Derivatives


@pytest.mark.parametrize("name", LAYERS)
def test_derivatives_of_both_orders_in_both_modes(name):
    model = layer(name, 2, 3, num_layers=2, bidirectional=True)
    parameters = dict(model.named_parameters())

    def f(x: Any, start: Any, weight: Any) -> Any:
        other = copy.copy(model)
        other.weight_hh_l0 = weight
        output, last = other(x, (start, start * 0.5) if name == "LSTM" else start)
        return np.sum(output**2) + sum(np.sum(np.sin(s)) for s in states_of(last))

    x, start = RNG.normal(size=(3, 2, 2)), RNG.normal(size=(4, 2, 3))
    assert gradcheck(f, x, start, parameters["weight_hh_l0"].data, order=2)


@pytest.mark.parametrize("name", LAYERS)
def test_vmap_over_sequences_is_a_batch(name):
    model = layer(name, 3, 4, bidirectional=True)
    x = RNG.normal(size=(2, 5, 3))
    with no_grad():
        expected = model(np.swapaxes(x, 0, 1))[0].data
        one_by_one = vmap(lambda each: model(each)[0], out_axes=1)(x)
    np.testing.assert_allclose(one_by_one.data, expected, rtol=1e-12)
    slopes = vmap(grad(lambda each: np.sum(model(each)[0] ** 2)))(x)
    together = grad(lambda x: np.sum(model(np.swapaxes(x, 0, 1))[0] ** 2))(x)
    np.testing.assert_allclose(data(slopes), data(together), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name", LAYERS)
def test_the_inputs_are_multiplied_once_for_all_steps(name):
    output, _ = layer(name, 3, 4)(Value(RNG.normal(size=(7, 2, 3))))
    products = [(n.op.name, len(n)) for n in history(output) if n.op and n.ndim > 1]
    assert [size for op, size in products if op == "affine"] == [14]
    steps = 7 * (2 if name == "GRU" else 1)
    assert [size for op, size in products if op == "matmul"] == [2] * steps


# Parameters


@pytest.mark.parametrize("name", LAYERS)
def test_names_and_first_weights_are_pytorchs(name):
    model = getattr(nn, name)(100, 25, num_layers=2, bidirectional=True, rng=1)
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[name]
    shapes = {key: x.shape for key, x in model.state_dict().items()}
    assert list(shapes)[:9] == [
        "weight_ih_l0",
        "weight_hh_l0",
        "bias_ih_l0",
        "bias_hh_l0",
        "weight_ih_l0_reverse",
        "weight_hh_l0_reverse",
        "bias_ih_l0_reverse",
        "bias_hh_l0_reverse",
        "weight_ih_l1",
    ]
    assert shapes["weight_ih_l0"] == (25 * gates, 100)
    assert shapes["weight_ih_l1_reverse"] == (25 * gates, 50)
    assert shapes["weight_hh_l1"] == (25 * gates, 25) and shapes["bias_hh_l1"] == (25 * gates,)
    for key, parameter in model.named_parameters():
        assert parameter.dtype == np.float32 and parameter.name == key
        assert np.abs(parameter.data).max() <= 0.2
        if key.startswith("weight"):  # the standard deviation of a uniform variable in ±0.2
            assert abs(parameter.data.std() - 0.2 / np.sqrt(3)) < 0.01
    assert list(getattr(nn, name)(2, 3, bias=False).state_dict()) == [
        "weight_ih_l0",
        "weight_hh_l0",
    ]


@pytest.mark.parametrize("name", LAYERS + CELLS)
def test_the_same_rng_gives_the_same_weights(name):
    one, two = (getattr(nn, name)(2, 3, rng=5).state_dict() for _ in range(2))
    assert all(np.array_equal(one[key], two[key]) for key in one)
    nn.seed(5)
    three = getattr(nn, name)(2, 3).state_dict()
    assert all(np.array_equal(one[key], three[key]) for key in one)


@pytest.mark.parametrize("name", LAYERS + CELLS)
def test_plain_data_take_the_layers_dtype_and_values_keep_theirs(name):
    model = getattr(nn, name)(2, 3)
    for x in (np.ones((4, 2)), np.ones((4, 2), int), [[1, 2], [3, 4]]):
        found = states_of(model(x))
        assert {np.asarray(part.data).dtype for part in states_of(found[0])} == {np.dtype("f")}
    assert states_of(model(Value(np.ones((4, 2)))))[0].dtype == np.float64
    half = getattr(nn, name)(2, 3, dtype=np.float16)
    assert states_of(half(np.ones((4, 2))))[0].dtype == np.float16


@pytest.mark.parametrize("name", LAYERS + CELLS)
def test_a_model_with_one_trains(name):
    model = getattr(nn, name)(2, 3, rng=0)
    optimizer = nn.Adam(model.parameters(), lr=0.01)
    x = RNG.normal(size=(6, 2))
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = np.mean((states_of(model(x))[0] - 0.3) ** 2)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    assert losses[-1] < 0.7 * losses[0]


# Dropout


def test_dropout_is_between_layers_and_in_training_only():
    model = layer("GRU", 3, 50, num_layers=2, dropout=0.5)
    x = RNG.normal(size=(4, 2, 3))
    assert not np.array_equal(model(x)[0].data, model(x)[0].data)
    model.eval()
    still = layer("GRU", 3, 50, num_layers=2)
    still.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(model(x)[0].data, still(x)[0].data)
    # All dropped: the upper layer sees zeros, and its output is not dropped.
    nothing = layer("GRU", 3, 50, num_layers=2, dropout=1.0)
    output, last = nothing(x)
    np.testing.assert_array_equal(output.data, nothing(x * 2)[0].data)
    assert np.all(output.data != 0)
    assert not np.array_equal(last.data[0], nothing(x * 2)[1].data[0])


@pytest.mark.parametrize("name", LAYERS)
def test_dropout_without_a_layer_above_is_told(name):
    with pytest.warns(UserWarning, match="dropout=0.5 for a single layer") as told:
        getattr(nn, name)(2, 3, dropout=0.5)
    assert told[0].filename == __file__


# Text


def test_reprs_say_what_is_not_the_default():
    assert repr(nn.GRU(3, 5)) == "GRU(input_size=3, hidden_size=5)  # 150 parameters"
    text = repr(nn.LSTM(3, 5, 2, False, True, bidirectional=True, proj_size=2))
    assert "num_layers=2, bias=False, batch_first=True, bidirectional=True, proj_size=2" in text
    assert "nonlinearity='relu'" in repr(nn.RNN(3, 5, nonlinearity="relu"))
    assert "bias=False" in repr(nn.GRUCell(3, 5, bias=False))
    assert "Dropout(p=0.3)" in repr(nn.GRU(3, 5, 2, dropout=0.3))


# What they ask for


@pytest.mark.parametrize("name", LAYERS + CELLS)
@pytest.mark.parametrize(
    ("args", "options"),
    [
        ((0, 3), {}),
        ((3, 0), {}),
        ((3, 2.0), {}),
        ((3, True), {}),
        ((3, 2), {"dtype": int}),
        ((3, 2), {"dtype": complex}),
    ],
)
def test_sizes_and_dtypes_are_checked(name, args, options):
    with pytest.raises(ArgumentError):
        getattr(nn, name)(*args, **options)


@pytest.mark.parametrize("name", [*LAYERS, *CELLS])
def test_sizes_may_be_small_integers_of_numpy(name):
    layer = getattr(nn, name)(np.int8(3), np.int8(100), rng=0)
    shapes = [p.shape for p in getattr(nn, name)(3, 100, rng=0).parameters()]
    assert [p.shape for p in layer.parameters()] == shapes


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.GRU(3, 2, num_layers=0),
        lambda: nn.GRU(3, 2, num_layers=2, dropout=1.5),
        lambda: nn.RNN(3, 2, nonlinearity="sigmoid"),
        lambda: nn.RNNCell(3, 2, nonlinearity="sigmoid"),
        lambda: nn.LSTM(3, 2, proj_size=2),
        lambda: nn.LSTM(3, 2, proj_size=-1),
    ],
)
def test_options_are_checked(make):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert caught.value.remedy


@pytest.mark.parametrize("name", LAYERS)
def test_inputs_are_checked(name):
    model = getattr(nn, name)(3, 2)
    for shape in ((3,), (4, 2), (4, 2, 2), (5, 4, 2, 3), ()):
        with pytest.raises(ShapeError, match=r"\(steps, batch, 3\)"):
            model(np.zeros(shape))
    with pytest.raises(ShapeError, match=r"\(batch, steps, 3\)"):
        getattr(nn, name)(3, 2, batch_first=True)(np.zeros((4, 2)))
    cell = getattr(nn, f"{name}Cell")(3, 2)
    for shape in ((2,), (4, 2), (5, 4, 3), ()):
        with pytest.raises(ShapeError, match=f"nn.{name} takes a sequence"):
            cell(np.zeros(shape))


@pytest.mark.parametrize("name", LAYERS)
def test_states_are_checked(name):
    pair = (lambda s: (s, s)) if name == "LSTM" else (lambda s: s)
    model, cell = getattr(nn, name)(3, 2), getattr(nn, f"{name}Cell")(3, 2)
    x = np.zeros((5, 4, 3))
    for shape in ((4, 2), (2, 4, 2), (1, 4, 3), (1, 1, 2), (1, 2)):
        with pytest.raises(ShapeError, match=r"h_0 of shape \(1, 4, 2\)"):
            model(x, pair(np.zeros(shape)))
    with pytest.raises(ShapeError, match=r"h_0 of shape \(1, 2\)"):
        model(x[:, 0], pair(np.zeros((1, 1, 2))))
    with pytest.raises(ShapeError, match=r"h of shape \(4, 2\)"):
        cell(x[0], pair(np.zeros((1, 2))))
    good = np.zeros((1, 4, 2))
    wrong = [good] if name != "LSTM" else [(good,), (good, good, good), good]
    for state in wrong if name == "LSTM" else [(good,), (good, good)]:
        with pytest.raises(ArgumentError):
            model(x, state)
        with pytest.raises(ArgumentError):
            cell(x[0], state)
    if name == "LSTM":
        with pytest.raises(ShapeError, match=r"c_0 of shape \(1, 4, 2\)"):
            model(x, (good, good[0]))


# Beside PyTorch

CONFIGURATIONS: list[dict[str, Any]] = [
    {},
    {"num_layers": 2, "bidirectional": True},
    {"num_layers": 3, "batch_first": True, "bias": False},
    {"bidirectional": True, "batch_first": True},
]


def compare(ours: Any, theirs: Any, x: np.ndarray, states: Any) -> None:
    """Outputs, states, and the gradients of parameters, input and first states."""
    torch = pytest.importorskip("torch")
    result = ours.load_state_dict(theirs.state_dict())
    assert not result.missing_keys and not result.unexpected_keys
    assert list(ours.state_dict()) == list(theirs.state_dict())
    given = [Value(part) for part in (x, *states)]
    tensors = [torch.tensor(part, requires_grad=True) for part in (x, *states)]
    flat: list[list[Any]] = []
    for model, (first, *rest), sine in ((ours, given, np.sin), (theirs, tensors, torch.sin)):
        state = () if not rest else (tuple(rest) if len(rest) > 1 else rest[0],)
        found = model(first, *state)
        parts: list[Any] = []
        for part in states_of(found):
            parts += states_of(part)
        flat.append(parts)
        loss: Any = sum((k + 1) * sine(part).sum() for k, part in enumerate(parts))
        loss.backward()
    for one, other in zip(*flat, strict=True):
        np.testing.assert_allclose(one.data, other.detach().numpy(), rtol=1e-11, atol=1e-13)
    named = dict(theirs.named_parameters())
    pairs = [(p.grad, named[key].grad.numpy()) for key, p in ours.named_parameters()]
    pairs += [(v.grad, t.grad.numpy()) for v, t in zip(given, tensors, strict=True)]
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
    # and the other way
    theirs.load_state_dict({key: torch.tensor(2 * a) for key, a in ours.state_dict().items()})


@pytest.mark.peers
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("options", CONFIGURATIONS)
@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("with_states", [False, True])
def test_pytorch_gives_the_same(name, options, batched, with_states):
    torch = pytest.importorskip("torch")
    check_layer(torch, name, options, batched, with_states)


@pytest.mark.peers
@pytest.mark.parametrize("options", [{"proj_size": 2}, {"proj_size": 3, **CONFIGURATIONS[1]}])
@pytest.mark.parametrize("with_states", [False, True])
def test_pytorch_gives_the_same_with_a_projection(options, with_states):
    torch = pytest.importorskip("torch")
    check_layer(torch, "LSTM", options, True, with_states)


@pytest.mark.peers
def test_pytorch_gives_the_same_with_relu():
    torch = pytest.importorskip("torch")
    check_layer(torch, "RNN", {"nonlinearity": "relu", "num_layers": 2}, True, True)


def check_layer(torch: Any, name: str, options: Any, batched: bool, with_states: bool) -> None:
    torch.manual_seed(0)
    theirs = getattr(torch.nn, name)(3, 5, dtype=torch.float64, **options)
    ours = layer(name, 3, 5, **options)
    count = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
    x = RNG.normal(size=(6, 2, 3) if batched else (6, 3))
    batch = (6 if options.get("batch_first") else 2,) if batched else ()
    widths = {"LSTM": [options.get("proj_size") or 5, 5]}.get(name, [5])
    states = [RNG.normal(size=(count, *batch, width)) for width in widths] if with_states else []
    compare(ours, theirs, x, states)


@pytest.mark.peers
@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("batch", [(), (4,)])
@pytest.mark.parametrize("with_states", [False, True])
def test_pytorchs_cells_give_the_same(name, bias, batch, with_states):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, name)(3, 5, bias=bias, dtype=torch.float64)
    ours = layer(name, 3, 5, bias=bias)
    states = [RNG.normal(size=(*batch, 5)) for _ in range(1 + (name == "LSTMCell"))]
    compare(ours, theirs, RNG.normal(size=(*batch, 3)), states if with_states else [])


@pytest.mark.peers
@pytest.mark.parametrize("name", LAYERS)
def test_pytorch_gives_the_same_in_float32(name):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    theirs = getattr(torch.nn, name)(8, 16)
    ours = getattr(nn, name)(8, 16)
    ours.load_state_dict(theirs.state_dict())
    x = RNG.normal(size=(20, 4, 8)).astype(np.float32)
    with torch.no_grad():
        expected = theirs(torch.tensor(x))[0].numpy()
    found = ours(x)[0].data
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-6)


@pytest.mark.peers
@pytest.mark.parametrize("name", LAYERS)
def test_arguments_come_in_pytorchs_order(name):
    import inspect

    torch = pytest.importorskip("torch")
    for kind in (name, f"{name}Cell"):
        signature = inspect.signature(getattr(nn, kind).__init__)
        ours = [p.name for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY][1:]
        theirs = getattr(torch.nn, kind)
        numbers = {"input_size": 3, "hidden_size": 4, "num_layers": 2, "proj_size": 1}
        others = {"dropout": 0.25, "nonlinearity": "relu"}
        values = [numbers.get(key, others.get(key, True)) for key in ours]
        model = theirs(*values)
        for key, value in zip(ours, values, strict=True):
            assert getattr(model, key) == value, key

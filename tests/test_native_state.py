"""State under native code: whole after an error, in place where it may be, of the same kind."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, jit, scan
from autograd.compiler.emit import machine
from autograd.errors import ArgumentError, IndexingError
from autograd.ops.random import uniform

pytestmark = pytest.mark.skipif(not machine.available(), reason="llvmlite is not installed")


def raw(x: Any) -> np.ndarray:
    return np.asarray(x.data if isinstance(x, Value) else x)


def model() -> nn.Module:
    return nn.Sequential(nn.Linear(20, 30, rng=0), nn.tanh, nn.Linear(30, 3, rng=1))


X = np.linspace(-1.0, 1.0, 160, dtype=np.float32).reshape(8, 20)
Y = np.arange(8) % 3


def test_state_that_is_an_index_is_read_before_it_is_replaced() -> None:
    """Indices are looked at first; what else reads them must not see what is assigned."""
    table = np.linspace(0.0, 1.0, 50).reshape(5, 10)
    matrix = np.linspace(-1.0, 1.0, 7000).reshape(1000, 7)
    place = Value(np.arange(1000) % 5, requires_grad=False)

    def step(x: Any) -> Any:
        products = np.expand_dims(place, 1) * matrix
        rows = Value(table)[place] @ x
        place.assign((place + 1) % 5)
        return products, rows

    def all_of(f: Any) -> list[np.ndarray]:
        place.assign(np.arange(1000) % 5)
        return [raw(y) for _ in range(5) for y in f(np.ones((10, 4)))]

    for y, expected in zip(all_of(jit(step)), all_of(step), strict=True):
        np.testing.assert_allclose(y, expected, rtol=1e-12)


def test_draws_keep_their_order_where_one_makes_an_index() -> None:
    table = Value(np.arange(5.0), requires_grad=False)

    def drawing(rng: np.random.Generator) -> Any:
        def f(x: Any) -> Any:
            noise = uniform(rng, (7, 3)) @ x
            chosen = np.floor(uniform(rng, (4,)) * 5).astype(int)
            return noise, table[chosen] * 2.0

        return f

    eager, compiled = (drawing(np.random.default_rng(0)) for _ in range(2))
    compiled = jit(compiled)
    for _ in range(5):
        for y, expected in zip(compiled(np.ones((3, 2))), eager(np.ones((3, 2))), strict=True):
            np.testing.assert_allclose(raw(y), raw(expected))


@pytest.mark.parametrize("emitter", ["native", "numpy"])
def test_numbers_that_are_assigned_keep_their_dtype(emitter: str) -> None:
    """They did not under native code: float32 came back as a Python float."""
    kinds = [np.float32(1.0), np.int64(1), 1.0]
    values = [Value(x, requires_grad=False) for x in kinds]

    @jit(emitter=emitter)
    def step(x: Any) -> Any:
        for v in values:
            v.assign(v + 1)
        return x * values[0]

    for _ in range(4):
        step(X)
    assert [type(v.data) for v in values] == [type(x) for x in kinds]
    assert [float(v.data) for v in values] == [5.0] * 3


def arrays(layers: nn.Module) -> list[int]:
    return [id(p.data) for p in layers.parameters()]


def test_a_program_that_only_reads_takes_no_memory_from_one_that_replaces() -> None:
    """Evaluation between two steps must not cost a copy of every parameter and moment."""
    layers = model()
    optimizer = nn.Adam(layers.parameters())

    @jit
    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.cross_entropy(layers(x), y)
        loss.backward()
        optimizer.step()
        return loss

    score = jit(lambda x: layers(x))
    for _ in range(4):
        step(X, Y)
        score(X)
    before = arrays(layers)
    score(X)
    step(X, Y)
    assert arrays(layers) == before


class Refusing(nn.schedules.Schedule):
    """Raises at some step."""

    last = 100

    def rate(self, base: float, t: int) -> float:
        if t > self.last:
            raise ValueError("no rate")
        return base / (1 + t)


@pytest.mark.parametrize("emitter", ["native", "numpy"])
def test_a_schedule_in_the_step_leaves_parameters_where_they_are(emitter: str) -> None:
    """It is called by Python and may raise: state is replaced after that, and in place."""
    layers = model()
    optimizer = nn.Adam(layers.parameters())
    schedule = Refusing(optimizer)

    @jit(emitter=emitter)
    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.cross_entropy(layers(x), y)
        loss.backward()
        optimizer.step()
        schedule.step()
        return loss

    for _ in range(4):
        step(X, Y)
    before = arrays(layers)
    step(X, Y)
    assert arrays(layers) == before
    schedule.last = schedule.t
    state = layers.state_dict() | optimizer.state_dict()
    with pytest.raises(ValueError, match="no rate"):
        step(X, Y)
    for name, x in (layers.state_dict() | optimizer.state_dict()).items():
        np.testing.assert_array_equal(x, state[name], err_msg=name)


def test_an_index_out_of_bounds_leaves_what_it_depends_on_as_it_was() -> None:
    place = Value(np.array([0, 1, 2]), requires_grad=False)
    table = Value(np.arange(5.0), requires_grad=False)

    @jit
    def step(x: Any) -> Any:
        y = table[place] * x
        place.assign(place + 1)
        return y

    for _ in range(3):
        step(np.ones(3))
    place.assign(np.array([3, 4, 5]))
    with pytest.raises(IndexingError):
        step(np.ones(3))
    assert place.data.tolist() == [3, 4, 5]


def walking(rng: np.random.Generator) -> Any:
    return lambda x: scan(lambda at, dx: (at + dx * uniform(rng, (20,)), at), np.zeros(20), x)


@pytest.mark.parametrize("make", [lambda rng: nn.Dropout(0.5, rng=rng), walking])
def test_explain_draws_nothing(make: Any) -> None:
    rng = np.random.default_rng(0)
    f, x = jit(make(rng)), X.astype(np.float64)
    for _ in range(3):
        f(x)
    state = rng.bit_generator.state
    f.explain(x)
    assert rng.bit_generator.state == state


def test_an_int_too_large_for_native_code_is_named() -> None:
    f = jit(lambda n, x: n * x)
    for n in (2, 3, 4):
        f(n, np.ones(3))
    with pytest.raises(ArgumentError, match="64 bits"):
        f(1 << 70, np.ones(3))

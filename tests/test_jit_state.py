"""What jit must never change: results that are held by a view, and state when a call raises."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compiled_cases import EMITTERS

import nn
from autograd import Value, grad, jit


@pytest.fixture(params=EMITTERS)
def emitter(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_view_of_a_result_outlives_later_calls(emitter: str):
    f = jit(lambda x: (x * 2.0, x + 1.0), emitter=emitter)
    kept = []
    for i in range(6):
        y, z = f(np.full((5, 7), float(i)))
        kept.append((y[1:], z.T, y.ravel(), memoryview(z)))
        del y, z
    for i, (a, b, c, d) in enumerate(kept):
        assert (a == 2 * i).all() and (b == i + 1).all()
        assert (c == 2 * i).all() and (np.asarray(d) == i + 1).all()


def state() -> tuple[Value, Value]:
    return Value(np.zeros(3), requires_grad=False), Value(np.zeros(3), requires_grad=False)


def picking(a: Value, b: Value, i: Any) -> None:
    a.assign(a + 1.0)
    b.assign(b + (a * 2.0)[i])
    a.assign(a + b)


def picking_later(a: Value, b: Value, i: Any) -> Any:
    a.assign(a + 1.0)
    b.assign(b + a)
    return np.cumsum(b)[i]


def inverting(a: Value, b: Value, i: Any) -> Any:
    a.assign(a + 1.0)
    b.assign(b + 1.0)
    return np.linalg.inv(np.eye(3) * (i < 3)) * b


@pytest.mark.parametrize("step", [picking, picking_later, inverting])
def test_a_call_that_raises_leaves_the_state_as_it_was(step: Any, emitter: str):
    (a, b), (c, d) = state(), state()
    f = jit(lambda i: step(a, b, i), emitter=emitter)
    for _ in range(5):
        f(np.array([0, 1, 2]))
        step(c, d, np.array([0, 1, 2]))
    for _ in range(2):
        with pytest.raises((IndexError, np.linalg.LinAlgError)):
            f(np.array([0, 3, 2]))
        assert np.array_equal(a.data, c.data) and np.array_equal(b.data, d.data)
    f(np.array([0, 1, 2]))
    step(c, d, np.array([0, 1, 2]))
    assert np.array_equal(a.data, c.data) and np.array_equal(b.data, d.data)


def test_a_gradient_accumulates_that_does_not_depend_on_its_value(emitter: str):
    w = Value(np.ones(3))
    f = jit(lambda x: (w * x).sum().backward(), emitter=emitter)
    for i in range(6):
        f(np.ones(3))
        assert np.array_equal(w.grad, np.full(3, i + 1.0))


def test_the_gradient_of_a_python_number_is_one(emitter: str):
    weights = np.arange(3.0)

    def f(x: Any) -> Any:
        return np.float32(2.0) * grad(lambda y: np.sum(weights * y) ** 2)(x)

    compiled = jit(f, emitter=emitter)
    for _ in range(3):
        assert compiled(2.0) == f(2.0) and compiled(2.0).dtype == np.float32


def training_step(model: nn.Module) -> Callable[[np.ndarray], Value]:
    """A step of gradient descent on the mean square of what the model gives; its loss."""
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)

    def step(x: np.ndarray) -> Value:
        optimizer.zero_grad()
        loss = (model(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    return step


def trained(compiled: bool, change: Callable[[nn.Sequential], object]) -> list[float]:
    """The losses of a few steps, a change of the model, and a few more."""
    model = nn.Sequential(nn.Linear(3, 4, rng=0), nn.Linear(4, 1, rng=1))
    step = training_step(model)
    run = jit(step) if compiled else step
    x = np.ones((2, 3), np.float32)
    losses = [float(run(x).data) for _ in range(4)]
    change(model)
    return losses + [float(run(x).data) for _ in range(4)]


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model[0].freeze(),
        lambda model: setattr(model[1].weight, "requires_grad", False),
        lambda model: setattr(model[0], "weight", nn.Linear(3, 4, rng=5).weight),
        lambda model: setattr(model[0], "bias", None),
        lambda model: model.layers.append(nn.Linear(1, 1, rng=2)),
        lambda model: model.layers.__setitem__(0, nn.Linear(3, 4, rng=7)),
    ],
    ids=["freeze", "requires_grad", "parameter", "no bias", "append", "layer"],
)
def test_a_model_that_changes_after_it_was_compiled(change: Callable[[nn.Sequential], object]):
    np.testing.assert_allclose(trained(True, change), trained(False, change), 1e-4)


def test_what_was_frozen_when_compiled_trains_again():
    def losses(compiled: bool) -> list[float]:
        model = nn.Linear(3, 1, rng=0)
        step = training_step(model)
        bias = model.bias
        assert bias is not None
        bias.requires_grad = False
        run = jit(step) if compiled else step
        x = np.ones((2, 3), np.float32)
        found = [float(run(x).data) for _ in range(4)]
        bias.requires_grad = True
        return found + [float(run(x).data) for _ in range(4)] + [float(bias.data[0])]

    np.testing.assert_allclose(losses(True), losses(False), 1e-5)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "give", [lambda x: x, lambda x: x * 2.0, lambda x: np.ones(3), lambda x: np.arange(3)]
)
@pytest.mark.parametrize(
    "take", [lambda v: v, lambda v: v * 2, lambda v: np.sum(v), lambda v: v == 1]
)
def test_a_value_stays_one_whatever_is_assigned_to_it(
    take: Any, give: Any, dtype: Any, emitter: str
):
    def kinds(compiled: bool) -> list[Any]:
        v = Value(np.zeros(3, dtype), requires_grad=False)

        def f(x: Any) -> Any:
            v.assign(give(x))
            return take(v), x + 1.0

        run = jit(f, emitter=emitter) if compiled else f
        found = []
        for i in range(3):
            y, z = run(np.full(3, float(i)))
            data = y.numpy() if type(y) is Value else y
            found += [type(y), type(z), np.asarray(data).dtype, np.asarray(data).tolist()]
            found += [v.numpy().dtype, v.numpy().tolist()]
        return found

    assert kinds(True) == kinds(False)

"""Gradients under `jit`: one program with and without them, and their memory used again."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, jit
from autograd.errors import IndexingError


def _step() -> tuple[nn.Linear, Any]:
    """A model and a step that forgets the gradients first."""
    model = nn.Linear(3, 2, rng=np.random.default_rng(0))
    optimizer = nn.Adam(model.parameters(), lr=0.1)

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = np.sum(np.tanh(model(x)) ** 2)
        loss.backward()
        optimizer.step()
        return loss

    return model, step


@pytest.mark.parametrize("emitter", ["numpy", "native"])
def test_a_step_that_forgets_gradients_is_compiled_at_its_second_call(emitter: str) -> None:
    pytest.importorskip("llvmlite")
    x = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)
    model, step = _step()
    other, eager = _step()
    run = jit(step, emitter=emitter)
    for _ in range(2):
        np.testing.assert_allclose(run(x).data, eager(x).data, rtol=1e-5)
    assert run.source
    for _ in range(3):
        np.testing.assert_allclose(run(x).data, eager(x).data, rtol=1e-5)
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-4)
        np.testing.assert_allclose(p.grad, q.grad, rtol=1e-4)
    model.weight.zero_grad()  # a state that neither trace has seen
    other.weight.zero_grad()
    for _ in range(3):
        np.testing.assert_allclose(run(x).data, eager(x).data, rtol=1e-5)


@pytest.mark.parametrize("emitter", ["numpy", "native"])
def test_a_function_that_looks_for_a_gradient_is_two_programs(emitter: str) -> None:
    pytest.importorskip("llvmlite")
    w = Value([1.0, 2.0])

    def f(x: Any) -> Any:
        factor = 2.0 if w.grad is None else 3.0
        w.zero_grad()
        loss = np.sum(factor * w * x)
        loss.backward()
        return loss

    run = jit(f, emitter=emitter)
    x = np.ones(2)
    found = []
    for _ in range(4):
        w.zero_grad()
        found += [float(run(x).data), float(run(x).data)]
    assert found == [6.0, 9.0] * 4


def test_a_gradient_that_somebody_keeps_is_not_written_over() -> None:
    pytest.importorskip("llvmlite")
    w = Value(np.arange(1000.0))

    def f(x: Any) -> None:
        w.zero_grad()
        np.sum(w * x).backward()

    run = jit(f, emitter="native")
    for number in range(3):
        run(np.full(1000, float(number)))
    kept = w.grad
    run(np.full(1000, 7.0))
    assert (kept == 2.0).all() and (w.grad == 7.0).all()
    view = w.grad[:5]
    run(np.full(1000, 9.0))
    assert (view == 7.0).all() and (w.grad == 9.0).all()
    place = w.grad.ctypes.data
    run(np.full(1000, 8.0))
    assert (w.grad == 8.0).all() and w.grad.ctypes.data == place


def test_gradients_and_state_survive_an_error() -> None:
    pytest.importorskip("llvmlite")
    w, v = Value(np.arange(15.0).reshape(5, 3)), Value(np.ones(3))

    def step(labels: Any) -> Any:
        w.zero_grad()
        v.zero_grad()
        loss = np.sum(w[labels] ** 2) + np.sum(v * labels)
        loss.backward()
        w.assign(w - 0.1 * w.grad)
        return loss

    run = jit(step, emitter="native")
    for _ in range(4):
        run(np.array([0, 1, 1]))
    data, grad = np.copy(w.data), np.copy(w.grad)
    assert grad.any()
    with pytest.raises(IndexingError):
        run(np.array([0, 2, 9]))
    np.testing.assert_array_equal(w.data, data)
    np.testing.assert_array_equal(w.grad, grad)
    np.testing.assert_array_equal(v.grad, [0.0, 1.0, 1.0])


def test_state_that_the_traces_made_is_not_copied_nor_shared() -> None:
    pytest.importorskip("llvmlite")
    w = Value(np.zeros(1000))
    run = jit(lambda x: w.assign(w + x), emitter="native")
    for _ in range(2):
        run(1.0)
    place, held = w._data.ctypes.data, w.detach()
    run(1.0)
    assert (held.data == 2.0).all() and (w.data == 3.0).all()
    del held
    place = w._data.ctypes.data
    run(1.0)
    assert w._data.ctypes.data == place and (w.data == 4.0).all()


def test_a_linear_layer_keeps_the_axes_before_the_last():
    """Rows that are put together would be joined with nothing that comes after them."""
    layer = nn.Linear(4, 3, rng=0)
    f = jit(lambda x: nn.gelu(layer(x)))
    x = np.ones((2, 5, 4), np.float32)
    for _ in range(3):
        np.testing.assert_allclose(f(x).data, nn.gelu(layer(x)).data, 1e-5)
    assert "reshape" not in str(f.program)

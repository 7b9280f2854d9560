"""What is in `.grad` before, during and after a compiled call; `jit` inside of other transforms."""

from typing import Any

import numpy as np
import pytest
from compiled_cases import EMITTERS

import nn
from autograd import (
    Value,
    checkpoint,
    errors,
    grad,
    hessian,
    jacobian,
    jit,
    linearize,
    vjp,
    vmap,
)

X = np.array([0.3, 0.8, -0.5])


@pytest.fixture(params=EMITTERS)
def emitter(request: pytest.FixtureRequest) -> str:
    return request.param


def test_two_sweeps_of_which_the_first_leaves_a_constant(emitter: str) -> None:
    def twice(p: Any) -> Any:
        np.sum(p + 1.0).backward()
        np.sum(p * p).backward()
        return p * 1.0

    compiled = jit(twice, emitter=emitter)
    for start in (None, None, None, np.ones(3), None, np.ones(3)):
        p = Value(X)
        p.grad = start
        compiled(p)
        np.testing.assert_allclose(p.grad, 1 + 2 * X + (0 if start is None else start))


def test_a_gradient_that_was_missing_is_noticed_when_it_comes(emitter: str) -> None:
    def step(a: Any) -> Any:
        if a.grad is not None:
            a.assign(a - 0.1 * a.grad)
        return a * 1.0

    compiled = jit(step, emitter=emitter)
    a, b = Value(X), Value(X)
    for given in (None, None, None, np.ones(3), np.ones(3), None, np.ones(3)):
        a.grad = b.grad = given
        np.testing.assert_allclose(compiled(a).data, step(b).data)
        np.testing.assert_allclose(a.data, b.data)


def test_an_optimizer_that_had_nothing_to_do_moves_when_it_has(emitter: str) -> None:
    w = Value(X)
    optimizer = nn.SGD([w], lr=0.5)

    @jit(emitter=emitter)
    def step(x: Any) -> Any:
        optimizer.step()
        return x * 1.0

    for _ in range(3):
        step(X)
    np.testing.assert_array_equal(w.data, X)
    w.grad = np.ones(3)
    step(X)
    np.testing.assert_allclose(w.data, X - 0.5)


def test_no_gradient_flows_through_a_gradient(emitter: str) -> None:
    def penalised(w: Value) -> Any:
        def f(x: Any) -> Any:
            w.zero_grad()
            np.sum(np.tanh(w * x) ** 2).backward()
            np.sum(w.grad * w).backward()
            return w.grad * 1.0

        return f

    x = np.array([1.0, 2.0, 0.5])
    compiled, expected = jit(penalised(Value(X)), emitter=emitter), penalised(Value(X))(x)
    for _ in range(4):
        np.testing.assert_allclose(compiled(x), expected)


def test_all_derivatives_of_what_is_compiled() -> None:
    x = np.linspace(-1.0, 1.0, 6)
    compiled = jit(np.sin)
    total = jit(lambda x: np.sum(np.sin(x) * x))
    expected = np.diag(np.cos(x))
    for mode in ("rev", "fwd"):
        for _ in range(3):
            np.testing.assert_allclose(jacobian(compiled, mode=mode)(x), expected)
    np.testing.assert_allclose(hessian(total)(x), np.diag(2 * np.cos(x) - x * np.sin(x)))
    for rows in (
        vmap(vjp(compiled, x)[1])(np.eye(6))[0],
        vmap(linearize(compiled, x)[1])(np.eye(6)),
    ):
        assert type(rows) is np.ndarray
        np.testing.assert_allclose(rows, expected)
    np.testing.assert_allclose(jit(vjp(compiled, x)[1])(np.ones(6))[0], np.cos(x))


def test_one_recorded_cotangent_does_not_make_the_next_one_so() -> None:
    _, pull = vjp(np.sin, X)
    assert type(pull(Value(np.ones(3)))[0]) is Value
    assert type(pull(np.ones(3))[0]) is np.ndarray


def test_a_checkpoint_of_what_is_compiled_in_between() -> None:
    f = checkpoint(jit(lambda z: np.tanh(z) * z + np.exp(-z * z)))
    x = np.linspace(-1.0, 1.0, 50)
    expected = np.tanh(x) + x / np.cosh(x) ** 2 - 2 * x * np.exp(-x * x)
    for _ in range(4):
        np.testing.assert_allclose(grad(lambda x: np.sum(f(x)))(x), expected, rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_leaves_of_plain_arguments_that_are_made_inside(emitter: str, dtype: Any) -> None:
    def f(a: Any, b: Any) -> Any:
        a, b = Value(a), Value(b + 1)
        c = np.sum(a * b + np.tanh(a))
        c.backward()
        return c.detach(), a.grad, b.grad

    compiled = jit(f, emitter=emitter)
    for start in (1, 2, 3, 4):
        given = np.arange(start, start + 3).astype(dtype), np.ones(3, dtype)
        for found, expected in zip(compiled(*given), f(*given), strict=True):
            assert found.dtype == expected.dtype
            np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-6)
    # What carries a gradient already is no plain array, here as eagerly.
    with pytest.raises(errors.ConversionError):
        jit(lambda v: Value(v) * 2.0, emitter=emitter)(Value(X))


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("extreme", [np.max, np.min])
def test_an_extreme_of_quotients_is_found_where_another_kernel_divides(
    emitter: str, extreme: Any, axis: int | None
) -> None:
    def loss(x: Any) -> Any:
        u = x / np.sum(x * x, axis=1, keepdims=True)
        return np.sum((u - extreme(u, axis=axis, keepdims=True) * np.sum(u * x)) ** 2)

    slope = jit(grad(loss), emitter=emitter)
    for seed in range(6):
        x = np.random.default_rng(seed).normal(size=(300, 9))
        np.testing.assert_allclose(slope(x), grad(loss)(x), rtol=1e-9, atol=1e-9)


def test_what_is_compared_with_its_extreme_is_computed_once(emitter: str) -> None:
    def loss(x: Any) -> Any:
        u = x / np.sum(x * x, axis=1, keepdims=True)
        below = u < np.max(u, axis=1, keepdims=True)
        return np.sum((np.where(below, 2.0 * u, u) * np.sum(u * x)) ** 2)

    value = jit(loss, emitter=emitter)
    for seed in range(4):
        x = np.random.default_rng(seed).normal(size=(300, 9))
        np.testing.assert_allclose(value(x), loss(x), rtol=1e-9)

"""What a compiled function does to its arguments: the same as the function itself."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compiled_cases import EMITTERS

import nn
from autograd import Value, jit
from autograd.errors import ArgumentError, AssignmentError


@pytest.fixture(params=EMITTERS)
def emitter(request: pytest.FixtureRequest) -> str:
    return request.param


def data(x: Any) -> Any:
    return x.data if type(x) is Value else x


def assert_same(f: Callable[..., Any], make: Callable[[], Any], emitter: str) -> None:
    """Five calls in a row on Values that last, eagerly and compiled: results, data, gradients."""
    ours, theirs = make(), make()
    compiled = jit(f, emitter=emitter)
    for _ in range(5):
        want, got = f(*theirs), compiled(*ours)
        np.testing.assert_allclose(data(got), data(want), 1e-12)
        for x, y in zip(flat(ours), flat(theirs), strict=True):
            np.testing.assert_allclose(x.data, y.data, 1e-12)
            assert type(x.data) is type(y.data) and x.dtype == y.dtype
            assert x.requires_grad is y.requires_grad and x.is_leaf
            assert (x.grad is None) is (y.grad is None)
            if x.grad is not None:
                np.testing.assert_allclose(x.grad, y.grad, 1e-12)


def flat(tree: Any) -> list[Value]:
    if type(tree) is Value:
        return [tree]
    parts = tree.values() if isinstance(tree, dict) else tree
    parts = parts if isinstance(tree, dict | list | tuple) or hasattr(tree, "values") else []
    return [x for part in parts for x in flat(part)]


def ramp(n: int = 3, **options: Any) -> Value:
    return Value(np.arange(float(n)), **options)


def ones(n: int = 3, **options: Any) -> Value:
    return Value(np.ones(n), **options)


def doubled(a: Value) -> Any:
    a.assign(a * 2 + 1)
    return np.sum(a)


def exchanged(a: Value, b: Value) -> Any:
    before = a * 1
    a.assign(b)
    b.assign(before + 1)
    return a + b


def overwritten(a: Value, b: Value) -> Any:
    a.assign(b)
    return a * 2


def first_set(a: Value) -> Any:
    a[0] = np.sum(a) + 5.0
    return np.sum(a)


def halved_all(values: list[Value]) -> Any:
    for v in values:
        v.data = v.data - 0.5
    return values[0] * 1


def trained(params: dict[str, Value], x: np.ndarray) -> Any:
    loss = np.sum((params["w"] * x - params["b"]) ** 2)
    loss.backward()
    for p in params.values():
        p.assign(p - 0.1 * p.grad)
        p.grad = None
    return loss


def trained_by_optimizer(params: list[Value], x: np.ndarray) -> Any:
    optimizer = nn.SGD(params, lr=0.1)
    optimizer.zero_grad()
    loss = np.sum((params[0] * x - 1) ** 2)
    loss.backward()
    optimizer.step()
    return loss


def accumulated(a: Value, x: np.ndarray) -> Any:
    loss = np.sum(a * a * x)
    loss.backward()
    return loss


def stepped(a: Value) -> Any:
    if a.grad is not None:
        a.assign(a - 0.1 * a.grad)
        a.grad = None
    return np.sum(a) * 1.0


CASES: dict[str, tuple[Callable[..., Any], Callable[[], Any]]] = {
    "assigned": (doubled, lambda: (ramp(),)),
    "a number": (doubled, lambda: (Value(2.0),)),
    "no gradient": (doubled, lambda: (ramp(requires_grad=False),)),
    "large": (doubled, lambda: (ramp(5000),)),
    "float32": (doubled, lambda: (Value(np.arange(3, dtype=np.float32)),)),
    "an item": (first_set, lambda: (ramp(requires_grad=False),)),
    "exchanged": (exchanged, lambda: (ramp(), ones())),
    "large, exchanged": (exchanged, lambda: (ramp(5000), ones(5000))),
    "another": (overwritten, lambda: (ramp(), ones())),
    "large, another": (overwritten, lambda: (ramp(5000), ones(5000))),
    "a list": (halved_all, lambda: ([ramp(), ones()],)),
    "training": (trained, lambda: ({"w": ones(), "b": ramp()}, np.arange(3.0))),
    "an optimizer": (trained_by_optimizer, lambda: ([ones()], np.arange(3.0))),
    "gradients add up": (accumulated, lambda: (ones(), np.arange(3.0))),
    "gradient of a number": (accumulated, lambda: (Value(3.0), 2.0)),
}


@pytest.mark.parametrize("name", CASES)
def test_what_becomes_of_arguments(name: str, emitter: str) -> None:
    assert_same(*CASES[name], emitter)


def test_a_gradient_from_outside_is_read_and_cleared(emitter: str) -> None:
    def make() -> tuple[Value]:
        a = ones()
        a.grad = np.arange(3.0)
        return (a,)

    assert_same(stepped, make, emitter)


def test_an_optimizer_forgets_the_gradient_from_outside(emitter: str) -> None:
    def make() -> tuple[list[Value], np.ndarray]:
        a = ones()
        a.grad = np.full(3, 100.0)
        return [a], np.arange(3.0)

    assert_same(trained_by_optimizer, make, emitter)


def test_one_value_for_two_arguments(emitter: str) -> None:
    def make() -> tuple[Value, Value]:
        a = ramp()
        return a, a

    assert_same(exchanged, make, emitter)
    assert_same(lambda a, b: accumulated(a, b * 1.0), make, emitter)
    different = jit(exchanged, emitter=emitter)
    a, b = ramp(), ones()
    for _ in range(3):
        different(a, b)
    c, d = ramp(), ramp()
    np.testing.assert_array_equal(data(different(c, c)), data(exchanged(d, d)))
    np.testing.assert_array_equal(c.data, d.data)


def test_an_argument_that_is_captured_too(emitter: str) -> None:
    captured = ramp()

    def f(a: Value) -> Any:
        captured.assign(captured + 1.0)
        return a * 2.0

    compiled = jit(f, emitter=emitter)
    for k in range(1, 5):
        np.testing.assert_array_equal(data(compiled(captured)), 2 * (np.arange(3.0) + k))
    np.testing.assert_array_equal(data(compiled(ramp())), 2 * np.arange(3.0))
    np.testing.assert_array_equal(captured.data, np.arange(3.0) + 5)


def test_a_computed_value_is_refused_and_nothing_has_changed(emitter: str) -> None:
    other = ones(requires_grad=False)

    def f(a: Value) -> Any:
        a.assign(a + other)
        return a * 1.0

    compiled = jit(f, emitter=emitter)
    computed = ramp() * 1.0
    for _ in range(3):
        with pytest.raises(AssignmentError, match="leaf"):
            compiled(computed)
        compiled(ramp())
    np.testing.assert_array_equal(computed.data, np.arange(3.0))


def test_old_data_of_an_argument_is_kept(emitter: str) -> None:
    a, compiled = ramp(3), jit(doubled, emitter=emitter)
    kept = []
    for _ in range(5):
        kept.append((a.data, a.data.copy()))
        compiled(a)
    for x, y in kept:
        np.testing.assert_array_equal(x, y)


def set_first(x: Any) -> Any:
    x[0] = 5.0
    return np.sum(x)


def add_one(x: Any) -> Any:
    x += 1.0
    return x * 2.0


def fill(x: Any) -> Any:
    x.fill(3.0)
    return x * 1.0


def sort(x: Any) -> Any:
    x.sort()
    return x * 1.0


@pytest.mark.parametrize("f", [set_first, add_one, fill, sort])
def test_an_array_that_is_written_to_is_refused(f: Callable[..., Any], emitter: str) -> None:
    x = np.array([3.0, 1.0, 2.0])
    compiled = jit(f, emitter=emitter)
    for _ in range(3):
        with pytest.raises(AssignmentError, match=r"x\.copy\(\)"):
            compiled(x)
    np.testing.assert_array_equal(x, [3.0, 1.0, 2.0])


def test_a_copy_may_be_written_to_and_a_number_rebound(emitter: str) -> None:
    def on_copy(x: Any, scale: Any) -> Any:
        x = x.copy()
        x[0] = 5.0
        scale += 1.0
        return np.sum(x) * scale

    compiled = jit(on_copy, emitter=emitter)
    for scale in (2.0, np.float64(2.0)):
        for _ in range(3):
            found = compiled(np.arange(3.0), scale)
            assert found == on_copy(np.arange(3.0), scale) and type(found) is not Value


def test_a_gradient_that_is_asked_for_is_there_at_every_call(emitter: str) -> None:
    calls = Value(0.0, requires_grad=False)

    def f(x: Value) -> Any:
        calls.assign(calls + 1.0)
        return np.sum(x * x)

    compiled = jit(f, emitter=emitter)
    for k in range(1, 5):
        x = ramp()
        compiled(x).backward()
        np.testing.assert_array_equal(x.grad, 2 * np.arange(3.0))
        assert calls.data == k


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ArgumentError, match="arrays of numbers"):
        jit(lambda x: x[0] * 2)(np.array([1.0, 2.0], object))


# Static arguments


def powered(x: Any, n: Any = 2, scale: Any = 1.0) -> Any:
    return scale * sum(x**k for k in range(n))


@pytest.mark.parametrize("how", [{"static_argnames": "n"}, {"static_argnums": 1}])
def test_a_static_argument_is_one_by_number_and_by_name(how: dict[str, Any]) -> None:
    compiled = jit(powered, **how)
    for _ in range(3):
        assert compiled(3.0, 3) == compiled(3.0, n=3) == powered(3.0, 3)
        assert compiled(3.0) == powered(3.0)


def test_a_static_argument_that_is_left_out_makes_no_other_one_static() -> None:
    compiled = jit(lambda x, y, twice=False: (x + y) * (2 if twice else 1), static_argnums=2)
    x = np.arange(3.0)
    for _ in range(3):
        np.testing.assert_array_equal(compiled(x, x), 2 * x)
        np.testing.assert_array_equal(compiled(x, x, True), 4 * x)


@pytest.mark.parametrize("how", [{"static_argnames": "m"}, {"static_argnums": 3}])
def test_a_static_argument_that_there_is_not_is_refused(how: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="x, n, scale"):
        jit(powered, **how)


def test_a_static_argument_has_to_be_hashable() -> None:
    with pytest.raises(ArgumentError, match=r"hashable\n.*list"):
        jit(powered, static_argnums=1)(2.0, [1])


# Copies


@jit
def squared(x: Any) -> Any:
    return x * x


class Doubling(nn.Module):
    def __init__(self) -> None:
        self.factor = Value(np.array([2.0]))
        self.compiled = jit(self.forward, static_argnames="flag")

    def forward(self, x: Any, flag: bool = True) -> Any:
        return x * self.factor if flag else x


def test_a_compiled_function_is_copied_and_pickled() -> None:
    assert copy.deepcopy(squared) is squared and pickle.loads(pickle.dumps(squared)) is squared
    for twin_of in (copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        model = Doubling()
        model.compiled(3.0)
        twin = twin_of(model)
        twin.factor.assign(np.array([5.0]))
        for _ in range(3):
            assert twin.compiled(3.0).data == [15.0] and model.compiled(3.0).data == [6.0]
            assert twin.compiled(3.0, False) == 3.0


@pytest.mark.parametrize("emitter", ["numpy", "native"])
def test_a_truth_value_times_a_number_is_as_wide_as_eagerly(emitter):
    def f(x):
        return x[0] + np.any(x > 0) * 1.0

    x = np.ones((3, 2), np.float32)
    compiled = jit(f, emitter=emitter)
    assert f(x).dtype == np.float64
    for _ in range(3):
        assert compiled(x).dtype == np.float64


def test_a_truth_value_is_no_python_number(emitter: str) -> None:
    def f(x: Any) -> Any:
        return x[0] + np.any(x > 0) * 1.0

    x = np.ones((3, 2), np.float32)
    compiled = jit(f, emitter=emitter)
    for _ in range(3):
        assert compiled(x).dtype == f(x).dtype == np.float64


@pytest.mark.parametrize("emitter", EMITTERS)
def test_a_gradient_of_another_shape_is_another_program(emitter):
    def step(a, x):
        loss = np.sum(a * a * x)
        loss.backward()
        return loss

    x = np.arange(5000.0)
    a, b = Value(x.copy()), Value(x.copy())
    compiled = jit(step, emitter=emitter)
    for start in (x, x, x, 2.0, x, 3.0, 3.0, 3.0, None, x):
        for v, run in ((a, compiled), (b, step)):
            v.grad = start.copy() if type(start) is np.ndarray else start
            run(v, x)
        np.testing.assert_allclose(a.grad, b.grad)


def test_a_gradient_set_to_none_is_none_also_of_a_float():
    def forget(q, x):
        q.grad = None
        return q * x

    compiled = jit(forget)
    for _ in range(3):
        a, b = Value(2.0), Value(2.0)
        compiled(a, 3.0)
        forget(b, 3.0)
        assert a.grad is b.grad is None

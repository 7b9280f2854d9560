"""Recording modes: nested, as decorators, per thread, and what each changes."""

import asyncio
import itertools
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    Value,
    detect_anomaly,
    enable_grad,
    grad,
    history,
    is_grad_enabled,
    jvp,
    no_grad,
    relu,
    replay,
)
from autograd.errors import ArgumentError, ConversionError, UnsupportedError
from autograd.modes import EAGER, Mode, current, replayable

SWITCHES: dict[Any, dict[str, bool]] = {
    no_grad: {"records": False},
    enable_grad: {"records": True},
    replayable: {"replayable": True},
    detect_anomaly: {"anomaly": True},
}


@given(st.lists(st.sampled_from(list(SWITCHES)), max_size=6))
def test_modes_nest_and_come_back(switches: list[Any]) -> None:
    mode = Mode()
    assert current() is EAGER
    with ExitStack() as stack:
        for switch in switches:
            stack.enter_context(switch())
            mode = mode._replace(**SWITCHES[switch])
            assert current() == mode
    assert current() is EAGER


@pytest.mark.parametrize("switch", SWITCHES)
def test_modes_come_back_after_an_error(switch: Any) -> None:
    def fails() -> None:
        with switch():
            raise KeyError("a")

    with pytest.raises(KeyError):
        fails()
    assert current() is EAGER


def test_one_switch_may_be_entered_again() -> None:
    switch = no_grad()
    with switch:
        with enable_grad(), detect_anomaly():
            with switch:
                assert current() == Mode(records=False, anomaly=True)
            assert current() == Mode(records=True, anomaly=True)
        assert current() == Mode(records=False)
    assert current() is EAGER


def test_no_grad_as_a_decorator() -> None:
    @no_grad()
    def predict(x: Any, depth: int = 2) -> Any:
        assert not is_grad_enabled()
        return predict(x, depth - 1) if depth else x * 2.0

    assert predict.__name__ == "predict"
    assert not predict(Value(1.0)).requires_grad
    assert is_grad_enabled()


def test_a_decorated_generator_runs_in_the_mode_and_its_caller_does_not() -> None:
    seen: list[Any] = []

    @no_grad()
    def letters(first: Any) -> Iterator[Any]:
        assert not is_grad_enabled()
        try:
            seen.append((yield first * 2.0))
            seen.append((yield first * 3.0))
        except KeyError as error:
            seen.append(error.args[0])
            assert not is_grad_enabled()
            yield first * 4.0
        finally:
            seen.append(is_grad_enabled())

    def go(generator: Any) -> Any:
        made = next(generator)
        assert is_grad_enabled()
        assert not made.requires_grad
        return made.item()

    assert letters.__name__ == "letters"
    steps = letters(Value(1.0))
    assert (go(steps), steps.send("a").item(), list(steps)) == (2.0, 3.0, [])
    assert seen == ["a", None, False]

    seen.clear()
    steps = letters(Value(1.0))
    go(steps)
    assert not steps.throw(KeyError("thrown")).requires_grad
    steps.close()
    assert seen == ["thrown", False]
    assert is_grad_enabled()


def test_a_decorated_generator_hands_on_what_it_returns() -> None:
    @enable_grad()
    def numbers() -> Generator[float, None, str]:
        yield 1.0
        return "end"

    def outer() -> Generator[float, None, str]:
        return (yield from numbers())

    with pytest.raises(StopIteration, match="end"), no_grad():
        steps = outer()
        next(steps)
        next(steps)


def test_a_decorated_coroutine_runs_in_the_mode() -> None:
    @no_grad()
    async def predict(x: Any) -> Any:
        await asyncio.sleep(0)
        return x * 2.0

    async def both() -> list[Any]:
        async def recorded() -> Any:
            return Value(1.0) * 2.0

        return await asyncio.gather(predict(Value(1.0)), recorded())

    assert [y.requires_grad for y in asyncio.run(both())] == [False, True]


def test_an_asynchronous_generator_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"received: the asynchronous generator letters\n"):

        @no_grad()
        async def letters() -> Any:
            yield 1.0


PROGRAMS: list[Callable[[Any], Any]] = [
    lambda x: x * 2.0,
    lambda x: relu(x) @ np.ones(2),
    lambda x: x[0],
    lambda x: np.stack([x, x]),
    lambda x: np.linalg.norm(x),
    lambda x: x.copy(),
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_is_recorded_under_no_grad(program: Callable[[Any], Any]) -> None:
    x = Value([1.0, 2.0])
    with no_grad():
        y = program(x)
        with enable_grad():
            recorded = program(x)
    assert type(y) is Value
    assert not y.requires_grad
    assert y.is_leaf
    assert y.inputs == ()
    assert recorded.requires_grad
    assert np.array_equal(y.data, recorded.data)
    assert not (y * 2.0).requires_grad
    assert x.requires_grad


@pytest.mark.parametrize("program", PROGRAMS)
def test_constants_are_not_recorded(program: Callable[[Any], Any]) -> None:
    y = program(Value([1.0, 2.0], requires_grad=False))
    assert y.is_leaf
    assert not y.requires_grad


def test_backward_of_a_graph_under_no_grad() -> None:
    x = Value(3.0)
    y = x * x
    with no_grad():
        y.backward()
    assert x.grad == 6.0


def test_a_generator_under_no_grad() -> None:
    def numbers() -> Iterator[bool]:
        with no_grad():
            yield is_grad_enabled()

    assert list(numbers()) == [False]
    assert is_grad_enabled()


def test_every_thread_has_its_own_mode() -> None:
    with no_grad(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(is_grad_enabled).result()
        assert not is_grad_enabled()
        assert pool.submit(lambda: grad(lambda x: x * x)(3.0)).result() == 6.0


# Anomalies


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (lambda: np.log(Value(-1.0)), "log"),
        (lambda: np.sqrt(Value([4.0, -1.0])), "sqrt"),
        (lambda: Value(0.0) / 0.0, "divide"),
        (lambda: Value([np.inf]) - np.inf, "subtract"),
    ],
)
def test_anomalies_forward(program: Callable[[], Any], name: str) -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(program().data).any()
        with detect_anomaly(), pytest.raises(ArgumentError, match=f"result of {name} without NaN"):
            program()


def test_anomalies_in_a_sweep() -> None:
    x = Value([0.0, 1.0])
    with detect_anomaly(), np.errstate(all="ignore"):
        y = np.sum(np.sqrt(x) * np.array([0.0, 1.0]))
        y.backward()  # guarded: a cotangent of 0 at a pole
        assert np.array_equal(x.grad, [0.0, 0.5])
        assert np.isnan((Value([np.nan]) * 2.0).data).all()  # it was NaN before


# Replayable mode: the record is the whole program


def test_constant_operations_are_recorded() -> None:
    x = Value(np.array([1.0, -2.0, 3.0]), requires_grad=False)
    with replayable():
        y: Any = np.sum(np.where(x > 0, x, np.floor(x / 3.0)) * np.argmax(x))
    assert len(history(y)) >= 6
    for data in (np.array([5.0, -7.0, 1.0]), np.array([-1.0, 4.0, 2.0])):
        found = replay(y, {x.order: data})
        expected = np.sum(np.where(data > 0, data, np.floor(data / 3.0)) * np.argmax(data))
        assert found == expected


def test_sweeps_are_recorded_too() -> None:
    x = Value(2.0)
    with replayable():
        gradient = grad(lambda t: t**3 + np.sign(t))(x)
        tangent = jvp(lambda t: t**3, (x,), (1.0,))[1]
    for found, at in itertools.product((gradient, tangent), (2.0, 5.0)):
        assert replay(found, {x.order: at}) == pytest.approx(3 * at**2)


@pytest.mark.parametrize(
    "leave",
    [
        bool,
        float,
        int,
        np.asarray,
        lambda v: v.item(),
        lambda v: v.numpy(),
        lambda v: v.tolist(),
        lambda v: v.reshape(1)[v.reshape(1) > 0],
        lambda v: 1 if v > 0 else 2,
    ],
)
def test_what_leaves_the_record_is_refused(leave: Callable[[Any], Any]) -> None:
    for requires_grad in (True, False):
        v = Value(1.0, requires_grad=requires_grad)
        with replayable(), pytest.raises(ConversionError):
            leave(v)


def test_shapes_stay_python_values() -> None:
    v = Value(np.ones((2, 3)))
    with replayable():
        w = v * 2.0
        assert (w.shape, w.ndim, w.size, len(w), w.dtype) == ((2, 3), 2, 6, 2, np.float64)

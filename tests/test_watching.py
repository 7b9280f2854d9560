"""What a compiled function looks up and bakes in: options of layers, globals, its closure."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compiled_cases import EMITTERS

import nn
from autograd import Value, grad, jit
from autograd.errors import ArgumentError, CompilationError, CompilationWarning


@pytest.fixture(params=EMITTERS)
def emitter(request: pytest.FixtureRequest) -> str:
    return request.param


class Scaled(nn.Module):
    """A layer of which options decide: a number, a flag, a function, an array."""

    def __init__(self) -> None:
        self.inner = nn.Sequential(nn.Linear(2, 2, rng=0), np.tanh)
        self.factor = 2.0
        self.doubled = False
        self.last: Any = np.sin
        self.mask = np.ones(2, np.float32)
        self.calls = 0
        self.seen = 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        y = self.last(self.inner(x)) * self.factor * self.mask
        return y + y if self.doubled else y


def halved(model: Scaled) -> None:
    model.factor = 0.5


def doubled(model: Scaled) -> None:
    model.doubled = True


def another_function(model: Scaled) -> None:
    model.last = np.cos


def another_mask(model: Scaled) -> None:
    model.mask = np.array([0, 1], np.float32)


def another_activation(model: Scaled) -> None:
    model.inner.layers[1] = nn.relu


def without_an_option(model: Scaled) -> None:
    model.doubled = True
    del model.last
    vars(model)["last"] = np.exp


CHANGES = [halved, doubled, another_function, another_mask, another_activation, without_an_option]


@pytest.mark.parametrize("change", CHANGES)
def test_an_option_of_a_layer_that_changes_is_another_program(
    change: Callable[[Scaled], None], emitter: str
):
    model = Scaled()
    f = jit(lambda x: model(x), emitter=emitter)
    x = np.array([[0.3, -1.2]], np.float32)
    for i in range(10):
        if i == 5:
            before = f(x)
            change(model)
            assert not np.allclose(before.data, model(x).data)
        assert np.allclose(f(x).data, model(x).data, rtol=1e-6)


def test_going_back_to_an_option_finds_the_program_again():
    model = Scaled()
    traced = []

    def step(x: Any) -> Any:
        traced.append(model.factor)
        return model(x)

    f = jit(step)
    for factor in (1.0, 1.0, 1.0, 3.0, 3.0, 1.0, 3.0, float("3"), 1.0):
        model.factor = factor
        assert np.allclose(f(np.ones((1, 2))).data, model(np.ones((1, 2))).data, rtol=1e-6)
    assert traced == [1.0, 1.0, 3.0, 3.0]


def test_a_number_that_differs_at_every_call_is_right_and_warned_of():
    model = Scaled()
    f = jit(lambda x: model(x))
    x = np.ones((1, 2))
    with pytest.warns(CompilationWarning, match="'factor' changed"):
        for i in range(12):
            model.factor = i + 0.5
            assert np.allclose(f(x).data, model(x).data, rtol=1e-6)


def test_an_option_may_change_between_the_first_two_calls():
    model = Scaled()
    f = jit(lambda x: model(x))
    for n, factor in [(3, 2.0), (1, 2.0), (3, 5.0), (1, 5.0), (3, 5.0), (1, 2.0), (1, 5.0)]:
        model.factor = factor
        assert np.allclose(f(np.ones((n, 2))).data, model(np.ones((n, 2))).data, rtol=1e-6)


def test_a_counter_outside_of_the_function_is_warned_of_once():
    model = Scaled()
    f = jit(lambda x: model(x))
    x = np.ones((1, 2))
    with pytest.warns(CompilationWarning, match="'seen', which changed and was traced 10") as given:
        for i in range(30):
            model.seen = i
            f(x)
    assert len(given) == 1 and given[0].filename == __file__
    assert np.allclose(f(x).data, model(x).data, rtol=1e-6)


RATE = 2.0
MODEL: Any = nn.Linear(2, 1, rng=0)


def penalty(y: Any) -> Any:
    return np.sum(y * y)


@jit
def looks_up_globals(x: Any) -> Any:
    return penalty(MODEL(x)) * RATE


def test_globals_that_are_another_object_later(monkeypatch: pytest.MonkeyPatch):
    x = np.array([[0.3, -1.2]], np.float32)
    here = {"RATE": 3.0, "MODEL": nn.Linear(2, 1, rng=5), "penalty": lambda y: np.sum(np.abs(y))}
    for name, other in [("", 0), *here.items()]:
        if name:
            monkeypatch.setitem(globals(), name, other)
        for _ in range(4):
            found = looks_up_globals(x)
            expected = penalty(MODEL(x)) * RATE
            assert np.allclose(found.data, expected.data, rtol=1e-6)


def test_functions_of_no_module_that_call_each_other():
    here: dict[str, Any] = {"jit": jit}
    text = (
        "def f(x, n=2):\n    return g(x, n) * k\ndef g(x, n):\n    return f(x, n - 1) if n else x"
    )
    exec(text, here)
    compiled = jit(here["f"], static_argnames="n")
    for k in (2.0, 2.0, 2.0, 3.0, 3.0, 3.0):
        here["k"] = k
        assert compiled(1.0) == k**3


def wrapped(f: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(f)
    def g(*args: Any) -> Any:
        return f(*args)

    return g


def partial_of(parts: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda x: parts["inner"](x)


def calling(f: Callable[..., Any]) -> Any:
    class Called(nn.Module):
        def forward(self, x: Any) -> Any:
            return f(x)

    return Called()


MAKERS: list[Callable[[Any], Any]] = [
    jit,
    wrapped,
    functools.partial,
    lambda f: lambda x: f(x),
    lambda f: calling(f).__call__,
    lambda f: partial_of({"inner": jit(f)}),
    lambda f: grad(lambda x: f(x) * x),
]


@pytest.mark.parametrize("make", MAKERS)
def test_a_closure_that_changes(make: Callable[[Any], Any], emitter: str):
    k, flag = 2.0, False

    def f(x: float) -> Any:
        return -k if flag else k * (x - x + 1.0)

    g = jit(make(f), emitter=emitter)
    for i in range(9):
        k, flag = (2.0, False) if i < 4 else (5.0, i > 6)
        assert g(1.0) == (-k if flag else k)


class Simulation:
    """An object with a method to compile."""

    def __init__(self) -> None:
        self.dt = 0.1

    @jit
    def run(self, x: Any) -> Any:
        return x + self.dt

    def step(self, x: Any) -> Any:
        return x + self.dt

    def __call__(self, x: Any) -> Any:
        return x + self.dt


@pytest.mark.parametrize("of", [lambda s: s.run, lambda s: jit(s.step), jit])
def test_the_instance_of_a_method_that_changes(of: Callable[[Simulation], Any]):
    simulation = Simulation()
    f = of(simulation)
    for i in range(8):
        simulation.dt = 0.1 if i < 4 else 0.5
        assert np.array_equal(f(np.ones(2)), np.ones(2) + simulation.dt)


def adapted(model: nn.Module) -> None:
    vars(model)["adapter"] = 3.0


def in_front_of_its_class(model: nn.Module) -> None:
    vars(model)["factor"] = 0.5


def of_the_class(model: nn.Module) -> None:
    type.__setattr__(type(model), "factor", 0.5)


def of_the_class_above(model: nn.Module) -> None:
    type.__setattr__(type(model).__mro__[1], "shift", -1.0)


@pytest.mark.parametrize(
    "change", [adapted, in_front_of_its_class, of_the_class, of_the_class_above]
)
@pytest.mark.parametrize("as_method", [False, True])
def test_an_attribute_that_comes_later_or_is_of_the_class(
    change: Callable[[nn.Module], None], as_method: bool, emitter: str
):
    class Shifted(nn.Module):
        shift = 1.0

    class Layer(Shifted):
        factor = 2.0

        def forward(self, x: Any) -> Any:
            return x * self.factor * getattr(self, "adapter", 1.0) + self.shift

    model = Layer()
    f = jit(model.forward if as_method else lambda x: model(x), emitter=emitter)
    x = np.ones(2)
    for i in range(10):
        if i == 5:
            before = f(x)
            change(model)
            assert not np.allclose(before, model(x))
        assert np.allclose(f(x), model(x))


# Optimizers


def halved_rate(optimizer: Any, layer: nn.Module) -> None:
    optimizer.param_groups[0]["lr"] = 0.05


def less_momentum(optimizer: Any, layer: nn.Module) -> None:
    optimizer.param_groups[0]["momentum"] = 0.5


def one_group_more(optimizer: Any, layer: nn.Module) -> None:
    optimizer.add_param_group({"params": layer.parameters(), "lr": 0.3})


def another_rate(optimizer: Any, layer: nn.Module) -> None:
    optimizer.param_groups[0]["lr"] = Value(0.02, requires_grad=False)


@pytest.mark.parametrize("change", [halved_rate, less_momentum, one_group_more, another_rate])
def test_what_an_optimizer_is_told_later(change: Callable[..., None], emitter: str):
    found = []
    for wrap in (lambda f: f, lambda f: jit(f, emitter=emitter)):
        model = nn.Sequential(nn.Linear(2, 3, rng=0), np.tanh, nn.Linear(3, 1, rng=1))
        first, last = model.children()
        optimizer = nn.SGD(first.parameters(), lr=0.1, momentum=0.9)

        def step(x: Any, model: Any = model, optimizer: Any = optimizer) -> Any:
            model.zero_grad()
            loss = np.mean(model(x) ** 2)
            loss.backward()
            optimizer.step()
            return loss

        step = wrap(step)
        for i in range(9):
            if i == 5:
                change(optimizer, last)
            step(np.full((4, 2), 0.1 * i, np.float32), model, optimizer)
        found.append([p.data for p in model.parameters()])
    for eager, compiled in zip(*found, strict=True):
        assert np.allclose(eager, compiled, rtol=1e-5, atol=1e-7)


def test_a_rate_that_is_set_before_every_call_is_no_other_program():
    w, traced = Value(np.ones(2)), []
    optimizer = nn.SGD([w], lr=1.0)

    @jit
    def step() -> None:
        traced.append(None)
        w.zero_grad()
        w.sum().backward()
        optimizer.step()

    for i in range(1, 9):
        optimizer.param_groups[0]["lr"] = 2.0**-i
        step()
    assert len(traced) <= 3 and np.array_equal(w.data, np.full(2, 2.0**-8))


# What a trace leaves in attributes


class Remembering(nn.Module):
    """A layer that keeps what it computed."""

    def __init__(self) -> None:
        self.inner = nn.Linear(2, 2, rng=0)
        self.skipped: Any = None
        self.all: list[Any] = []

    def forward(self, x: Any) -> Any:
        self.skipped = self.inner(x)
        self.all.append(self.skipped)
        return np.tanh(self.skipped) + self.skipped


def test_what_a_layer_keeps_is_there_inside_and_raises_outside(emitter: str):
    model = Remembering()
    f = jit(lambda x: (model(x), model.skipped * 2.0), emitter=emitter)
    x = np.ones((1, 2), np.float32)
    for _ in range(4):
        y, z = f(x)
        for result in (model.skipped, model.all[0]):
            with pytest.raises(CompilationError, match=r"left in \w+ of Remembering"):
                np.sin(result)
        expected = model.inner(x).data
        assert np.allclose(z.data, 2 * expected, rtol=1e-6)
        assert np.allclose(y.data, np.tanh(expected) + expected, rtol=1e-6)
    model(x)
    assert np.allclose(model.skipped.data, model.inner(x).data, rtol=1e-6)


def test_a_layer_that_keeps_a_result_may_run_eagerly_between():
    model, traced = Remembering(), []
    f = jit(lambda x: (traced.append(None), model(x))[1])
    x = np.ones((1, 2), np.float32)
    for _ in range(6):
        f(x)
        model(x)
        model.all.clear()
    assert len(traced) == 2


class Stateful(nn.Module):
    """A state in an attribute, where it cannot be written back."""

    def __init__(self) -> None:
        self.h: Any = Value(np.zeros(2), requires_grad=False)

    def forward(self, x: Any) -> Any:
        self.h = np.tanh(self.h + x)
        return self.h


def test_a_state_in_an_attribute_is_refused():
    f = jit(Stateful())
    f(np.ones(2))
    with pytest.raises(CompilationError, match="left in h of Stateful"):
        f(np.ones(2))


def test_a_gradient_forgotten_of_a_plain_argument(emitter: str):
    def f(x: Any) -> Any:
        if isinstance(x, Value):
            x.zero_grad()
        return x * 2.0

    g = jit(f, emitter=emitter)
    for _ in range(4):
        assert np.array_equal(g(np.ones(2)), np.full(2, 2.0))


@pytest.mark.parametrize(
    "options",
    [{"static_argnums": "a"}, {"static_argnums": 1.5}, {"static_argnames": 1}],
)
def test_static_arguments_that_are_none(options: dict[str, Any]):
    with pytest.raises(ArgumentError, match="static_argn"):
        jit(lambda x, n: x, **options)

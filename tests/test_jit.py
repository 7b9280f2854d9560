"""`jit`: the same numbers, state and errors as without it, by every emitter."""

import threading
from collections import namedtuple
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, cast

import numpy as np
import pytest

import nn
from autograd import Value, elementwise_grad, grad, hessian, jacobian, jit, jvp, no_grad, vmap
from autograd.compiler import backends
from autograd.compiler.emit import machine
from autograd.errors import (
    ArgumentError,
    AssignmentError,
    CompilationError,
    CompilationWarning,
    ConversionError,
    IndexingError,
    StaleGraphError,
    UnsupportedError,
)

EMITTERS = ["equations", "numpy", *(["native"] if find_spec("llvmlite") else [])]
X = np.random.default_rng(0).normal(size=(4, 3))


@pytest.fixture(params=EMITTERS)
def emitter(request: pytest.FixtureRequest) -> str:
    return request.param


def same(a: Any, b: Any, tolerance: float = 1e-12) -> None:
    """Equal containers of equal arrays, Values for Values."""
    if isinstance(a, dict):
        assert type(a) is type(b) and a.keys() == b.keys()
        for key in a:
            same(a[key], b[key], tolerance)
    elif isinstance(a, tuple | list):
        assert type(a) is type(b) and len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y, tolerance)
    elif a is None:
        assert b is None
    else:
        assert type(a) is type(b), (type(a), type(b))
        if type(a) is Value:
            a, b = a.data, b.data
        if hasattr(a, "dtype"):
            assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def tolerance_of(args: Any) -> float:
    return 3e-6 if any(getattr(x, "dtype", None) == np.float32 for x in args) else 1e-12


def agrees(f: Any, emitter: str, *args: Any, calls: int = 4, **kwargs: Any) -> Any:
    """f compiled gives at every call what f gives; returns the compiled function."""
    compiled = jit(f, emitter=emitter, check=True)
    for _ in range(calls):
        same(f(*args, **kwargs), compiled(*args, **kwargs), tolerance_of(args))
    assert len(compiled.source) > 0
    return compiled


def loss_of(x: Any) -> Any:
    return np.sum(np.tanh(x) ** 3 * np.exp(-x) + np.sqrt(x * x + 1))


@pytest.mark.parametrize(
    "f",
    [
        loss_of,
        grad(loss_of),
        hessian(loss_of),
        jacobian(grad(loss_of)),
        elementwise_grad(lambda x: np.sin(x) * x),
        vmap(lambda row: row @ row * row),
        vmap(grad(loss_of)),
        lambda x: jvp(loss_of, (x,), (np.cos(x),)),
        lambda x: x,
        lambda x: x.T,
        lambda x: x[1:, ::-1],
        lambda x: (x > 0, np.argmax(x, axis=0)),
        lambda x: np.where(x > 0, np.log(np.abs(x)), 0.0),
        lambda x: np.linalg.solve(x.T @ x + np.eye(3), x[0]),
        lambda x: np.sort(x, axis=0),
        lambda x: np.concatenate([x, 2.0 * x]).reshape(2, -1).sum(axis=1),
        lambda x: 3.0,
        lambda x: {"a": [x, None], "b": (x.sum(),)},
        jit(lambda x: x * jit(loss_of)(x)),
    ],
)
@pytest.mark.filterwarnings("ignore::autograd.errors.DetachedWarning")
def test_functions_of_arrays(f: Any, emitter: str) -> None:
    agrees(f, emitter, X[:3])
    agrees(f, emitter, X[:3].astype(np.float32), calls=2)


@pytest.mark.parametrize("transform", [grad, hessian, vmap, elementwise_grad])
def test_transforms_of_compiled_functions(transform: Any, emitter: str) -> None:
    for f in (loss_of, lambda x: np.sum(np.sin(x) * x)):
        compiled = jit(f, emitter=emitter)
        for _ in range(4):
            same(transform(f)(X[0]), transform(compiled)(X[0]))


def test_forward_mode_and_gradients_of_several_outputs(emitter: str) -> None:
    def f(x: Any, y: Any) -> Any:
        return {"a": x * y, "b": (np.sum(np.sin(x)),)}

    def joined(g: Any) -> Any:
        def h(x: Any, y: Any) -> Any:
            found = g(x, y)
            return np.sum(found["a"] ** 2) * found["b"][0]

        return h

    compiled = jit(f, emitter=emitter)
    for _ in range(3):
        same(jvp(joined(f), (X, X), (X, X)), jvp(joined(compiled), (X, X), (X, X)))
        expected = grad(joined(f), argnum=(0, 1))(X, X)
        same(expected, grad(joined(compiled), argnum=(0, 1))(X, X))


def test_containers_static_arguments_and_keywords(emitter: str) -> None:
    Pair = namedtuple("Pair", "x y")

    def f(pair: Any, n: int, *, mode: str, flag: bool = False, table: Any = None) -> Any:
        total = pair.x
        for _ in range(n):
            total = total + pair.y
        if flag:
            total = total * 2.0
        return {"sin": np.sin, "cos": np.cos}[mode](total), table["w"]

    compiled = jit(f, static_argnums=1, emitter=emitter)
    for n, mode, flag in [(1, "sin", False), (3, "sin", True), (3, "cos", True)] * 3:
        given = {"mode": mode, "flag": flag, "table": {"w": X}}
        same(f(Pair(X, 2.0), n, **given), compiled(Pair(X, 2.0), n, **given))
    named = jit(f, static_argnames=("n",), emitter=emitter)
    same(
        f(Pair(X, 2.0), n=2, mode="sin", table={"w": X}),
        named(Pair(X, 2.0), n=2, mode="sin", table={"w": X}),
    )


def test_python_numbers_stay_weak_and_are_inputs(emitter: str) -> None:
    compiled = jit(lambda x, c: (x * c, c * 2.0, c + 1), emitter=emitter)
    x = np.array([1.0, 2.0], np.float32)
    for c in (2.0, 3.0, 0.5, 7.0):
        same((x * c, c * 2.0, c + 1), compiled(x, c))
    assert len(compiled._programs) == 1


def test_values_come_back_as_values(emitter: str) -> None:
    compiled = jit(lambda x: x * 2.0, emitter=emitter)
    for _ in range(3):
        v = Value(X)
        y = compiled(v)
        assert type(y) is Value and y.requires_grad
        y.sum().backward()
        same(v.grad, np.full(X.shape, 2.0))
        constant = compiled(Value(X, requires_grad=False))
        assert type(constant) is Value and not constant.requires_grad


def test_what_is_plain_eagerly_is_plain(emitter: str) -> None:
    model = network()

    def f(x: Any, v: Any) -> Any:
        model.zero_grad()
        loss = (model(x) ** 2).sum()
        loss.backward()
        weight = model.parameters()[0]
        return (
            weight.grad,
            weight.grad * 2.0,
            loss,
            v > 0,
            np.argmax(v),
            v * 1.0,
            x * 2.0,
            np.where(v > 0, 1.0, 2.0),
            weight * 1.0,
        )

    compiled = jit(f, emitter=emitter)
    for _ in range(4):
        v = Value(X)
        for x, y in zip(f(X, v), compiled(X, v), strict=True):
            same(x, y, 1e-9)
            if type(x) is Value:
                assert x.requires_grad == y.requires_grad


# State


def network(dtype: Any = np.float64) -> nn.Module:
    return nn.Sequential(
        nn.Linear(3, 8, rng=0, dtype=dtype), nn.relu, nn.Linear(8, 2, rng=1, dtype=dtype)
    )


def trainer(optimizer: Any, wrap: Any, extra: Any = None) -> tuple[Any, nn.Module, Any]:
    model = network()
    made = optimizer(model.parameters())
    after = extra(model, made) if extra else (lambda: None)

    def step(x: Any, y: Any) -> Any:
        made.zero_grad()
        loss = nn.cross_entropy(model(x), y)
        loss.backward()
        noted = after()
        made.step()
        return loss, noted

    return wrap(step), model, made


def clipping(model: nn.Module, optimizer: Any) -> Any:
    return lambda: nn.clip_grad_norm(model.parameters(), 0.05)


def scheduled(model: nn.Module, optimizer: Any) -> Any:
    schedule = nn.WarmupCosine(optimizer, warmup=2, total=6)
    return lambda: schedule.step()


@pytest.mark.parametrize("extra", [None, clipping, scheduled])
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda p: nn.SGD(p, lr=0.1),
        lambda p: nn.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda p: nn.RMSprop(p, lr=0.01, centered=True, momentum=0.5),
        lambda p: nn.Adagrad(p, lr=0.1, lr_decay=0.1),
        lambda p: nn.Adam(p, lr=0.01, amsgrad=True),
        lambda p: nn.AdamW(p, lr=0.01),
    ],
)
def test_a_training_step(optimizer: Any, extra: Any, emitter: str) -> None:
    eager, model, made = trainer(optimizer, lambda f: f, extra)
    compiled, other, also = trainer(optimizer, lambda f: jit(f, emitter=emitter), extra)
    target = np.array([0, 1, 1, 0])
    for i in range(7):
        same(eager(X + i, target)[0], compiled(X + i, target)[0], 1e-9)
    same(model.state_dict(), other.state_dict(), 1e-9)
    same(made.state_dict(), also.state_dict(), 1e-9)
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        same(p.grad, q.grad, 1e-9)


def test_gradients_that_accumulate_and_are_cleared(emitter: str) -> None:
    def make(wrap: Any) -> tuple[Any, Any, Value]:
        w = Value(X.copy())
        return wrap(lambda: (w * w).sum().backward()), wrap(w.zero_grad), w

    eager, clear, w = make(lambda f: f)
    compiled, clear_compiled, v = make(lambda f: jit(f, emitter=emitter))
    for _ in range(3):
        for _ in range(4):
            eager()
            compiled()
            same(w.grad, v.grad)
        clear()
        clear_compiled()
        assert v.grad is None


def test_a_gradient_of_an_argument_accumulates(emitter: str) -> None:
    compiled = jit(lambda x: (x * x).sum().backward(), emitter=emitter)
    for _ in range(4):
        v = Value(X)
        compiled(v)
        compiled(v)
        same(v.grad, 4 * X)


def test_python_float_values_train_as_in_micrograd(emitter: str) -> None:
    def make(wrap: Any) -> tuple[Any, nn.scalar.MLP]:
        model = nn.scalar.MLP(2, [3, 1], rng=0)

        def step(a: float, b: float) -> Any:
            loss = (model([a, b]) - 1.0) ** 2
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.1 * p.grad
            return loss

        return wrap(step), model

    eager, model = make(lambda f: f)
    compiled, other = make(lambda f: jit(f, emitter=emitter))
    for i in range(6):
        assert eager(0.1 * i, 0.5).data == pytest.approx(compiled(0.1 * i, 0.5).data, rel=1e-12)
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        assert p.data == pytest.approx(q.data, rel=1e-12) and type(q.data) is float


def test_several_steps_in_one_call(emitter: str) -> None:
    def make(wrap: Any) -> tuple[Any, Value]:
        w = Value(np.array([1.0, 2.0]))
        optimizer = nn.SGD([w], lr=0.1)

        def steps() -> Any:
            losses = []
            for _ in range(3):
                optimizer.zero_grad()
                loss = (w**2).sum()
                loss.backward()
                optimizer.step()
                losses.append(loss)
            return losses

        return wrap(steps), w

    eager, w = make(lambda f: f)
    compiled, v = make(lambda f: jit(f, emitter=emitter))
    for _ in range(4):
        same([x.data for x in eager()], [x.data for x in compiled()])
        same(w.data, v.data)


def test_values_are_read_at_each_call_and_arrays_of_closures_by_reference(emitter: str) -> None:
    w, a = Value(np.ones(3)), np.zeros(3)
    compiled = jit(lambda x: x * w + a, emitter=emitter)
    for i in range(5):
        w.assign(np.full(3, float(i)))
        a[:] = i
        same(compiled(X).data, X * i + i)


@pytest.mark.parametrize(
    "read", [lambda a: a[1], lambda a: a.T[::-1, 0], lambda a: a[1, 2, ...], lambda a: a.view()[0]]
)
def test_views_of_an_array_of_the_closure_are_made_anew_and_read_by_reference(
    emitter: str, read: Callable[[Any], Any]
) -> None:
    a = np.ones((2, 3))
    compiled = jit(lambda x: x * read(a), emitter=emitter)
    for i in range(5):
        same(compiled(X), X * read(a))
        a += np.arange(6.0).reshape(2, 3) * max(i - 1, 0)


def test_a_number_of_an_array_without_axes_is_read_at_each_call(emitter: str) -> None:
    a = np.array(2.0)
    compiled = jit(lambda x: x * a, emitter=emitter)
    for i in range(5):
        a[...] = i
        same(compiled(X), X * i)


def test_a_buffer_written_item_by_item(emitter: str) -> None:
    buffer = Value(np.zeros(3), requires_grad=False)

    def f(x: Any) -> Any:
        buffer[0] = x
        buffer[1:] = buffer[:2] + 1.0
        return buffer * 2.0

    compiled = jit(f, emitter=emitter)
    expected = np.zeros(3)
    for i in range(5):
        y = compiled(float(i))
        expected[0] = i
        expected[1:] = expected[:2] + 1.0
        same(buffer.data, expected)
        same(y.data, 2 * expected)


def test_dropout_draws_what_it_draws_eagerly_and_follows_the_mode(emitter: str) -> None:
    def make() -> nn.Module:
        return nn.Sequential(nn.Linear(3, 4, rng=0), nn.Dropout(0.5, rng=7))

    eager, other = make(), make()
    compiled = jit(lambda x: other(x), emitter=emitter)
    for _ in range(4):
        same(eager(X).data, compiled(X).data, 1e-6)
    eager.eval()
    other.eval()
    for _ in range(3):
        same(eager(X).data, compiled(X).data, 1e-6)
    other.train()
    assert (compiled(X).data == 0).any()


def test_what_was_handed_out_does_not_change(emitter: str) -> None:
    model = network()
    optimizer = nn.Adam(model.parameters(), lr=0.1)

    @jit(emitter=emitter)
    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (model(x) ** 2).sum()
        loss.backward()
        optimizer.step()
        return loss, model(x)

    kept: list[Any] = []
    copies: list[Any] = []
    w = model.parameters()[0]
    for _ in range(6):
        loss, y = step(X)
        held = [loss.data, y.data, w.data, w.data[1:], w.detach(), w.T.data, w.grad]
        kept.append(held)
        copies.append([np.array(x.data if type(x) is Value else x) for x in held])
    for held, copied in zip(kept, copies, strict=True):
        for x, y in zip(held, copied, strict=True):
            same(np.array(x.data if type(x) is Value else x), y)


def test_a_graph_recorded_before_an_assignment_is_stale(emitter: str) -> None:
    w = Value(np.ones(2))
    optimizer = nn.SGD([w], lr=0.1)

    @jit(emitter=emitter)
    def step() -> None:
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()

    for _ in range(3):
        loss = (w**3).sum()
        step()
        with pytest.raises(StaleGraphError):
            loss.backward()


def test_a_loss_compiled_alone_goes_backward_into_the_model(emitter: str) -> None:
    model, other = network(), network()
    compiled = jit(lambda x: (other(x) ** 2).sum(), emitter=emitter)
    for _ in range(4):
        (model(X) ** 2).sum().backward()
        compiled(X).backward()
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        same(p.grad, q.grad, 1e-9)
    with no_grad():
        assert not compiled(X).requires_grad


def test_methods_and_threads(emitter: str) -> None:
    class Scale:
        def __init__(self, factor: float) -> None:
            self.factor = Value(np.full(3, factor))

        @jit(emitter=emitter)
        def __call__(self, x: Any) -> Any:
            return np.tanh(x * self.factor)

    two, three = Scale(2.0), Scale(3.0)
    for _ in range(3):
        same(two(X).data, np.tanh(2 * X))
        same(three(X).data, np.tanh(3 * X))
    wrong: list[Any] = []

    def run(seed: int) -> None:
        x = np.random.default_rng(seed).normal(size=(4, 3))
        for _ in range(200):
            if not np.allclose(two(x).data, np.tanh(2 * x), rtol=1e-12):
                wrong.append(seed)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_fit_compiled_is_fit() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(70, 3))
    y = (x[:, 0] > 0).astype(int)
    found = []
    for compiled in (False, True):
        model = network()
        history = nn.fit(
            model,
            nn.cross_entropy,
            (x, y),
            optimizer=nn.Adam(model.parameters(), lr=0.01),
            epochs=4,
            batch_size=16,
            validation=0.2,
            metrics=[nn.accuracy],
            progress=False,
            rng=0,
            jit=compiled,
        )
        found.append([history.loss, history.val_loss, history.metrics])
    same(found[0], found[1], 1e-9)


# What is refused


def test_a_program_per_shape_and_a_warning_at_the_tenth(emitter: str) -> None:
    compiled = jit(lambda x: x + 1.0, emitter=emitter)
    for n in range(1, 10):
        compiled(np.zeros(n))
    with pytest.warns(CompilationWarning, match="10 combinations"):
        compiled(np.zeros(10))
    for n in range(11, 80):
        compiled(np.zeros(n))
    assert len(compiled._programs) == 64


def test_without_llvmlite_numpy_runs_the_program_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine, "available", lambda: False)
    monkeypatch.setattr(backends, "_told", set())
    with pytest.warns(CompilationWarning, match="no module of that name"):
        jit(np.sin)
    compiled = jit(np.sin)
    for _ in range(3):
        same(compiled(X), np.sin(X))
    assert "= sin(" in compiled.source
    with pytest.raises(UnsupportedError, match="emitter='numpy'"):
        jit(np.sin, emitter="native")


@pytest.mark.parametrize(
    ("f", "remedy"),
    [
        (lambda x: x if x.sum() > 0 else -x, "np.where"),
        (lambda x: float(x.sum()), "return the Value"),
        (lambda x: x.sum().item(), "return the Value"),
        (lambda x: np.asarray(x), "NumPy's functions"),
        (lambda x: x[x > 0], "np.where"),
    ],
)
def test_what_needs_contents_is_refused(f: Any, remedy: str) -> None:
    with pytest.raises(ConversionError, match=remedy):
        jit(f)(Value(X))


def test_what_changes_from_call_to_call_is_named() -> None:
    number = [0.0]

    def counting(x: Any) -> Any:
        number[0] += 1.0
        return x * number[0]

    compiled = jit(counting)
    compiled(X)
    with pytest.raises(CompilationError, match=r"constant 1\.0, then 2\.0, in multiply"):
        compiled(X)
    noisy = jit(lambda x: x + np.random.default_rng().normal(size=3))
    noisy(X)
    with pytest.raises(CompilationError, match="constant"):
        noisy(X)
    growing: list[int] = []

    def longer(x: Any) -> Any:
        growing.append(1)
        for _ in growing:
            x = x + 1.0
        return x

    lengthening = jit(longer)
    lengthening(X)
    with pytest.raises(CompilationError, match="1 equations"):
        lengthening(X)


def test_a_trace_that_raises_leaves_nothing_behind() -> None:
    w = Value(np.ones(3))
    buffer = Value(np.zeros(3), requires_grad=False)
    optimizer = nn.Adam([w])

    @jit
    def f(x: Any) -> Any:
        (w * x).sum().backward()
        optimizer.step()
        buffer[0] = 1.0
        raise KeyError("later")

    orders = (w.order, buffer.order)
    with pytest.raises(KeyError):
        f(np.ones(3))
    assert (w.data == 1.0).all() and w.grad is None and (buffer.data == 0).all()
    assert (w.order, buffer.order) == orders and not buffer.versions and buffer.op is None


def test_assignments_that_cannot_be_written_back() -> None:
    w = Value(np.ones(3))
    made = w * 2.0
    f = jit(lambda x: made.assign(x))
    with pytest.raises(AssignmentError):
        f(np.zeros(3))

    def item(x: Any) -> Any:
        made[0] = x

    with pytest.raises(AssignmentError, match="before the call"):
        jit(item)(1.0)
    with pytest.raises(AssignmentError, match="vmap"):
        jit(vmap(lambda x: w.assign(w.data + x)))(np.zeros((2, 3)))
    assert (w.data == 1).all()

    def backward_after_step() -> None:
        optimizer = nn.SGD([w], lr=0.1)
        first = (w * w).sum()
        second = (w**3).sum()
        first.backward()
        optimizer.step()
        second.backward()

    with pytest.raises(StaleGraphError):
        jit(backward_after_step)()

    def by_hand() -> Any:
        w.grad = w * 2.0
        return w.grad.sum()

    with pytest.raises(AssignmentError, match="backward"):
        jit(by_hand)()


def test_arguments_that_are_none() -> None:
    with pytest.raises(ArgumentError, match="a function to compile"):
        jit(cast(Any, 3))
    with pytest.raises(ArgumentError, match="hashable"):
        jit(lambda x, s: x)(1.0, {1, 2})
    with pytest.raises(ArgumentError, match="an emitter"):
        f = jit(lambda x: x, emitter="fortran")
        f(1.0)
        f(1.0)
    with pytest.raises(CompilationError, match="call it twice"):
        _ = jit(lambda x: x).source


def test_a_wrong_emitter_is_caught_by_check(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong(backends.Equations):
        def run(self, inputs: list[Any]) -> list[Any]:
            return [x * 1.001 for x in super().run(inputs)]

    monkeypatch.setitem(backends.EMITTERS, "equations", Wrong)
    f = jit(lambda x: x * 2.0, check=True, emitter="equations")
    f(X)
    with pytest.raises(CompilationError, match="result 0"):
        f(X)


@pytest.mark.parametrize("emitter", EMITTERS)
def test_results_that_are_no_numbers_come_back(emitter: str):
    f = jit(lambda x: {"name": "x", "kind": x.dtype, "double": x * 2.0}, emitter=emitter)
    for _ in range(4):
        found = f(np.ones(2))
        assert found["name"] == "x" and found["kind"] == np.float64
        np.testing.assert_array_equal(found["double"], [2.0, 2.0])


def test_a_result_that_is_no_number_and_changes_is_refused():
    calls = iter(range(10))
    f = jit(lambda x: (f"call {next(calls)}", x * 2.0))
    f(1.0)
    with pytest.raises(CompilationError, match=r"call 0.*call 1"):
        f(1.0)


def test_state_that_a_step_assigns_keeps_its_name_in_the_program():
    w = Value(np.ones(3), name="w")

    def step(x: Any) -> Any:
        loss = np.sum((w * x) ** 2)
        loss.backward()
        w.assign(w - 0.1 * w.grad)
        w.grad = None
        return loss

    f = jit(step)
    for _ in range(3):
        f(np.ones(3))
    assert "w: float64[3]" in str(f.program)


@pytest.mark.parametrize("emitter", EMITTERS)
def test_what_is_made_of_booleans(emitter: str) -> None:
    def f(x: Any) -> Any:
        m = np.outer(x, x) > 0
        return np.diff(x > 0), np.diff(m, 2, axis=0), np.tril(m) @ m, np.triu(m, 1)

    compiled = jit(f, emitter=emitter)
    for sign in (1.0, -1.0, 1.0, -1.0):
        x = sign * np.array([0.3, -0.2, -0.7, 0.1])
        for found, expected in zip(compiled(x), f(x), strict=True):
            assert found.dtype == expected.dtype == bool
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("loss", [nn.cross_entropy, nn.nll, nn.multi_class_hinge])
def test_class_weights_that_are_a_plain_array(loss: Any, emitter: str) -> None:
    weight = np.array([0.1, 0.2, 0.7])
    rng = np.random.default_rng(0)
    compiled = jit(lambda x, y: loss(x, y, weight=weight), emitter=emitter)
    for _ in range(3):
        x, labels = rng.normal(size=(6, 3)), rng.integers(3, size=6)
        assert compiled(x, labels) == pytest.approx(loss(x, labels, weight=weight), rel=1e-12)
    with pytest.raises(IndexingError):
        compiled(np.ones((6, 3)), np.full(6, 7))

"""The record and the sweeps over it: order, versions, staleness, accumulation, memory."""

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from counting import calls
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    Value,
    checkpoint,
    grad,
    hessian,
    history,
    hvp,
    jacobian,
    jvp,
    no_grad,
    pullback,
    pushforward,
    replay,
    vjp,
    vmap,
)
from autograd.errors import AssignmentError, StaleGraphError
from autograd.graph import sources
from autograd.sweep import edges, resolve
from autograd.value import next_order

# Order and edges


def test_history_is_in_the_order_of_creation() -> None:
    x, constant = Value(2.0), Value(3.0, requires_grad=False)
    y = x * constant
    z = y + x
    unused = x * 7.0
    assert [id(n) for n in history(z)] == [id(n) for n in (x, constant, y, z)]
    assert unused.order > z.order
    assert [id(n) for n in history(z, since=y.order)] == [id(y), id(z)]


@pytest.mark.parametrize("data", [3.0, np.float32(3.0), np.array([3.0, -1.0])])
def test_one_value_twice_is_two_edges(data: Any) -> None:
    x: Any = Value(data)
    hypotenuse: Any = np.hypot(x, x)
    for y, factor in ((x + x, 2.0), (x * x, 2 * data), (x - x, 0.0), (hypotenuse, None)):
        x.zero_grad()
        assert [e is x for e in edges(y)] == [True, True]
        y.backward(np.ones(x.shape))
        expected = np.sqrt(2) * np.sign(data) if factor is None else factor
        assert np.allclose(x.grad, expected)


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_any_number_of_edges(number: int) -> None:
    x = Value([1.0, 2.0])
    y: Any = np.concatenate([x] * number)
    assert [e is x for e in y.inputs] == [True] * number
    y.sum().backward()
    assert np.array_equal(x.grad, [number, number])


STEPS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - 0.5 * b,
    lambda a, b: np.tanh(a),
    lambda a, b: np.sin(a) * 2.0,
    lambda a, b: 1.0 / (1.5 + b * b),
    lambda a, b: np.exp(-(a**2)),
]
programs = st.lists(
    st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=12,
)


def run(program: list[tuple[int, int, int]], x: Any, y: Any) -> Any:
    made = [x, y]
    for step, i, j in program:
        made.append(STEPS[step](made[-1 - i % len(made)], made[-1 - j % len(made)]))
    return np.tanh(sum(made, start=x))


@given(programs, st.floats(-1, 1), st.floats(-1, 1))
def test_every_way_through_one_graph_gives_one_gradient(
    program: list[tuple[int, int, int]], a: float, b: float
) -> None:
    """Floats, arrays, recorded rules, a second backward, both modes: and finite differences."""
    x, y = Value(a), Value(b)
    out = run(program, x, y)
    out.backward()
    expected = [x.grad, y.grad]
    assert all(type(g) is float for g in expected)
    out.backward()  # intermediate grads are there now: the general sweep
    assert [x.grad, y.grad] == pytest.approx([2 * g for g in expected])
    ax, ay = Value([a]), Value([b])
    run(program, ax, ay).backward()
    assert [ax.grad[0], ay.grad[0]] == pytest.approx(expected)
    recorded = pullback(out, 1.0, [x, y], record=True)
    assert [recorded[v.order].item() for v in (x, y)] == pytest.approx(expected)
    tangents = pushforward(out, {x.order: 1.0}), pushforward(out, {y.order: 1.0})
    assert [float(t) for t in tangents] == pytest.approx(expected)
    assert replay(out, {x.order: b, y.order: a}) == pytest.approx(run(program, b, a))
    h = 1e-6
    slope = (run(program, a + h, b) - run(program, a - h, b)) / (2 * h)
    assert expected[0] == pytest.approx(slope, rel=1e-4, abs=1e-6)


# Stale graphs


@pytest.mark.parametrize("data", [2.0, np.array([2.0, 3.0])])
def test_a_graph_is_stale_after_an_assignment(data: Any) -> None:
    w: Any = Value(data, name="w")
    before = w.order
    y = w * w
    w.assign(w.data + 1.0)
    for sweep in (
        lambda: y.backward(np.ones(y.shape)),
        lambda: history(y),
        lambda: pullback(y, np.ones(y.shape), [before]),
        lambda: pushforward(y, {before: np.ones(y.shape)}),
        lambda: replay(y, {}),
        lambda: edges(y),
    ):
        with pytest.raises(StaleGraphError) as caught:
            sweep()
        assert isinstance(caught.value, RuntimeError)
        assert "w: " in caught.value.received
    assert w.grad is None or w.grad == 0.0
    np.sum(w * w).backward()
    assert np.all(w.grad == 2 * (np.asarray(data) + 1))


def test_a_pullback_to_a_value_assigned_since_is_stale() -> None:
    w = Value([2.0, 3.0])
    y = np.sum(w * w)
    w.assign([5.0, 5.0])
    with pytest.raises(StaleGraphError):
        pullback(y, 1.0, [w])


def test_a_parameter_may_be_assigned_after_backward() -> None:
    w = Value(1.0)
    for step in range(3):
        y = (w - 3.0) ** 2
        w.zero_grad()
        y.backward()
        assert w.grad == 2 * (w.data - 3.0), step
        w.data -= 0.25 * w.grad
    assert w.data == 3.0 - 2.0 * 0.5**3


# Item assignment


def test_item_assignment_makes_versions() -> None:
    x = Value([1.0, 2.0, 3.0])
    v = x * 1.0
    before = v * v  # sees version 0
    v[0] = 10.0 * x[1]
    between = v * v  # sees version 1
    v[1:] = v[:2] * 2.0
    assert v.tolist() == [20.0, 40.0, 4.0]
    assert [old.tolist() for old in v.versions] == [[1.0, 2.0, 3.0], [20.0, 2.0, 3.0]]
    assert edges(before)[0] is v.versions[0]
    assert edges(between)[1] is v.versions[1]
    assert resolve(v, v.order + 1) is v
    for out, expected in (
        (before, [2.0, 4.0, 6.0]),
        (between, [0.0, 400.0 + 4.0, 6.0]),
        (v, [0.0, 10.0 + 20.0 + 2.0, 0.0]),
    ):
        x.zero_grad()
        np.sum(out).backward()
        assert np.array_equal(x.grad, expected)


def recurrence(x: Any) -> Any:
    """u[0] = x, u[i + 1] = sin(u[i]) u[0] + u[i], by item assignment; the sum of squares."""
    u = Value(np.zeros(5), requires_grad=False)
    u[0] = x
    for i in range(4):
        u[i + 1] = np.sin(u[i]) * u[0] + u[i]
    return np.sum(u * u)


def recurrence_of_lists(x: Any) -> Any:
    u = [x]
    for i in range(4):
        u.append(np.sin(u[i]) * u[0] + u[i])
    return sum(a * a for a in u)


@given(st.floats(-1, 1))
def test_a_loop_of_item_assignments(x: float) -> None:
    for transform in (grad, lambda f: grad(grad(f)), hessian, lambda f: jacobian(f, mode="fwd")):
        found = transform(recurrence)(x)
        assert found == pytest.approx(transform(recurrence_of_lists)(x), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    "index", [0, -1, slice(1, 3), [0, 2], [1, 1], np.array([True, False, True]), ..., None]
)
def test_what_is_overwritten_gets_no_gradient(index: Any) -> None:
    a, w = Value([1.0, 2.0, 3.0]), Value(5.0)
    v = a.copy()
    v[index] = w
    raw = np.array([1.0, 2.0, 3.0])
    raw[index] = 5.0
    assert np.array_equal(v.data, raw)
    (v * np.array([1.0, 10.0, 100.0])).sum().backward()
    weights = np.array([1.0, 10.0, 100.0])
    hit = raw == 5.0
    assert np.array_equal(a.grad, np.where(hit, 0.0, weights))
    assert w.grad == weights[hit].sum()


def test_a_slice_is_a_snapshot() -> None:
    x = Value([1.0, 2.0])
    v = x.copy()
    s = v[0]
    v[0] = 7.0
    assert s.item() == 1.0
    s.backward()
    assert np.array_equal(x.grad, [1.0, 0.0])


@pytest.mark.parametrize(
    "view", [lambda v: v[1:], lambda v: v.T, lambda v: v.reshape(-1), lambda v: v.ravel()]
)
def test_a_view_is_refused_naming_its_base(view: Callable[[Any], Any]) -> None:
    base = Value(np.ones((2, 2)), name="base")
    with pytest.raises(AssignmentError, match="base: float64 \\(2, 2\\)") as caught:
        view(base)[0] = 1.0
    assert caught.value.__context__ is None
    owned = view(base).copy()
    owned[0] = 5.0
    assert np.array_equal(base.data, np.ones((2, 2)))


def test_a_parameter_and_no_grad_refuse_item_assignment() -> None:
    w = Value([1.0, 2.0], name="w")
    with pytest.raises(AssignmentError, match="w: float64"):
        w[0] = 1.0
    v = w * 2.0
    with no_grad(), pytest.raises(AssignmentError, match="no_grad"):
        v[0] = 1.0
    assert v.tolist() == [2.0, 4.0]
    buffer = Value([1.0, 2.0], requires_grad=False)
    with no_grad():
        buffer[0] = w[1]
    assert buffer.tolist() == [2.0, 2.0]
    assert not buffer.requires_grad


def test_assign_after_item_assignment_is_stale() -> None:
    v, w = Value(np.zeros(2), requires_grad=False), Value([3.0, 4.0])
    early = np.sum(w * v)
    v[0] = 1.0
    y = np.sum(w * v)
    v.assign([5.0, 5.0])
    late = np.sum(w * v)
    with pytest.raises(StaleGraphError):
        y.backward()
    late.backward()
    assert np.array_equal(w.grad, [5.0, 5.0])
    w.zero_grad()
    early.backward()
    assert np.array_equal(w.grad, [0.0, 0.0])


# backward


def test_backward_accumulates_into_leaves() -> None:
    x, c = Value([1.0, 2.0]), Value([1.0, 1.0], requires_grad=False)
    mid: Any = x * x
    y = np.sum(mid * c)
    y.backward()
    y.backward()
    assert np.array_equal(x.grad, [4.0, 8.0])
    assert mid.grad is y.grad is c.grad is None
    x.zero_grad()
    assert (x.grad, y.grad) == (None, None)
    mid.backward([1.0, 10.0], keep_grads=True)
    assert np.array_equal(x.grad, [2.0, 40.0])
    assert np.array_equal(mid.grad, [1.0, 10.0])


@pytest.mark.parametrize("position", ["left", "right", "alone"])
def test_floats_that_two_outputs_share(position: str) -> None:
    """The `.grad` of what lies between is there from the first backward, and is no cotangent."""
    x = Value(2.0)
    u = x * x
    factor = Value(1.0)
    first: Any = u * 3.0
    second: Any = {"left": u * factor, "right": factor * u, "alone": -u}[position]
    first.backward()
    second.backward()
    sign = -1.0 if position == "alone" else 1.0
    assert (u.grad, x.grad) == (3.0 + sign, 4.0 * (3.0 + sign))


def test_backward_of_one_float_twice() -> None:
    x = Value(2.0)
    y = x * x
    y.backward()
    y.backward()
    assert (y.grad, x.grad) == (2.0, 8.0)


def test_floats_at_a_pole_are_counted_once() -> None:
    """Where `math` raises in mid-sweep, what was added up before is taken back."""
    x, w = Value(0.0), Value(5.0)
    w.grad = 1.0
    root: Any = np.sqrt(x)
    (w * 2.0 + (root + w)).backward()
    assert (w.grad, x.grad, root.grad) == (1.0 + 3.0, np.inf, 1.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_a_gradient_has_its_datas_shape_and_dtype(dtype: Any) -> None:
    shapes = [(), (3,), (2, 1), (2, 3)]
    xs = [Value(np.ones(s, dtype)) for s in shapes]
    y = np.sum(np.float64(2.0) * xs[0] * xs[1] * np.ones((2, 3)) * xs[2] * xs[3])
    y.backward()
    for x, s in zip(xs, shapes, strict=True):
        assert np.shape(x.grad) == s
        assert x.grad.dtype == dtype
        assert np.all(x.grad == 12 / np.size(x.data))


def test_gradients_share_memory_with_nothing() -> None:
    a, b, c = (Value(np.ones((2, 2))) for _ in range(3))
    seed = np.ones((2, 2))
    y = (a + b) - (-c).T.reshape(2, 2)
    y.backward(seed, keep_grads=True)
    held = [v.grad for v in history(y)] + [seed, y.data, a.data, b.data, c.data]
    for i, p in enumerate(held):
        for q in held[i + 1 :]:
            assert not np.shares_memory(p, q)
    a.grad += 100.0
    assert np.array_equal(seed, np.ones((2, 2)))
    found = grad(lambda p, q: np.sum(p + q), (0, 1))(a.data, b.data)
    assert not np.shares_memory(*found)
    _, pull = vjp(lambda p, q: (p, q, p + q), a.data, b.data)
    parts = pull((seed, seed, seed))
    assert not any(np.shares_memory(p, q) for p in parts for q in (*held, parts[0]) if p is not q)


# Sweeps


def test_pullback_to_interior_nodes_and_from_several_roots() -> None:
    x = Value([1.0, 2.0])
    u = x * x
    y, z = np.sum(u * 3.0), u * x
    other = Value(1.0)
    assert np.array_equal(pullback(y, 1.0, [u])[u.order], [3.0, 3.0])
    assert pullback(y, 1.0, [other]) == {}
    assert pullback(y, 1.0, []) == {}
    found = pullback([y, z], [2.0, np.array([1.0, 0.0])], [x, u, y.order])
    assert np.array_equal(found[u.order], [6.0 + 1.0, 6.0])
    assert np.array_equal(found[x.order], [2 * 7.0 + 1.0, 4 * 6.0])
    assert found[y.order] == 2.0
    assert x.grad is None
    assert pushforward(y, {u.order: np.ones(2)}) == 6.0
    assert pushforward([y, other], {x.order: np.ones(2)}) == [18.0, None]


def test_a_recorded_pullback_has_a_history() -> None:
    x = Value([1.0, 2.0])
    first = pullback(np.sum(x**3), 1.0, [x], record=True)[x.order]
    assert np.array_equal(first.data, [3.0, 12.0])
    second = pullback(first, np.ones(2), [x])[x.order]
    assert np.array_equal(second, [6.0, 12.0])


def test_replay_substitutes_inner_nodes_too() -> None:
    x = Value([1.0, 2.0])
    u = x * x
    y = np.sum(u[1:] + x)
    assert replay(y, {}) is y
    assert replay(y, {x.order: np.array([2.0, 3.0])}) == (9.0 + 2.0) + (9.0 + 3.0)
    assert replay(y, {u.order: np.zeros(2)}).item() == 3.0


# Memory and depth


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def assign_items(x: Any) -> Any:
    v = Value(np.zeros(4), requires_grad=False)
    for i in range(4):
        v[i] = v[i - 1] + x[i] * np.sum(v * v)
    v[1:] = v[:3]
    return np.sum(v * v)


A = np.arange(1.0, 5.0)
PROGRAMS: list[Callable[[], Any]] = [
    lambda: (Value(2.0) * 3.0 + 1.0).backward(),
    lambda: (np.tanh(Value(A)) @ Value(A)).sum().backward(keep_grads=True),
    lambda: grad(lambda x: np.sum(np.where(x > 0, x**2, x)))(A),
    lambda: grad(assign_items)(A),
    lambda: hessian(assign_items)(A),
    lambda: hvp(lambda x: np.sum(x**3))(A, A),
    lambda: jacobian(np.cumsum, mode="fwd")(A),
    lambda: jacobian(np.tanh, mode="rev")(A),
    lambda: jvp(lambda t: np.linalg.slogdet(t["b"])[1], {"b": np.eye(2)}, {"b": np.eye(2)}),
    lambda: vjp(lambda x: {"y": x[[1, 1]], "z": (np.flip(x), None)}, A)[1](
        {"y": A[:2], "z": (A, None)}
    ),
    lambda: grad(lambda x: np.sum(checkpoint(np.sin)(x)))(A),
    lambda: copy_out(Value(A)),
    lambda: vmap(grad(lambda d: np.sum(d["x"] ** 2)))({"x": A}),
    lambda: np.block([[Value(A), A], [A, A]]).sum().backward(),
]


def copy_out(x: Any) -> None:
    v = x.copy()
    v[...] = v
    v[1] = np.concatenate([v, v, v])[2]
    np.sum(v).backward()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.usefixtures("no_collector")
def test_no_reference_cycles(program: Callable[[], Any]) -> None:
    program()  # what is imported or cached at the first call
    gc.collect()
    for _ in range(3):
        program()
    assert gc.collect() == 0


@pytest.mark.usefixtures("no_collector")
def test_a_million_operations_deep() -> None:
    x = Value(1.0)
    y = x
    for _ in range(500_000):
        y = y * 1.0 + 0.0
    middle = weakref.ref(y.inputs[0])
    y.backward()
    assert x.grad == 1.0
    del y
    assert middle() is None


@pytest.mark.parametrize("sweep", ["backward", "forward", "replay"])
def test_deep_arrays(sweep: str) -> None:
    x = Value([1.0, 1.0])
    y = x
    for _ in range(20_000):
        y = y + x
    if sweep == "backward":
        y.backward(np.ones(2))
        assert np.array_equal(x.grad, [20_001.0] * 2)
    elif sweep == "forward":
        assert np.array_equal(pushforward(y, {x.order: np.ones(2)}), [20_001.0] * 2)
    else:
        assert np.array_equal(replay(y, {x.order: np.ones(2)}), [20_001.0] * 2)


def test_what_many_roots_were_made_from_is_walked_once() -> None:
    x = Value(2.0)
    start = next_order()
    made: list[Any] = [x]
    for _ in range(100):
        made.append(made[-1] * x)
    assert calls(sources, made[-50:], start) < 2 * calls(sources, made[-1:], start)
    assert sources(made[-50:], start) == sources(made[-1:], start) == [x]

"""From programs to tasks: the results are those of the equations, and the kernels are few."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from counting import calls
from hypothesis import given, settings
from hypothesis import strategies as st
from loop_interpreter import run
from scheduling import agree, compiled, counts, draw, same, training_step

import autograd
import nn
from autograd import Value, grad, softmax
from autograd.compiler.fuse import schedule
from autograd.compiler.loops import Call, Kernel, Loop, MatMul, Store
from autograd.compiler.passes.pipeline import optimize
from autograd.compiler.trace import trace
from autograd.ops.random import uniform

# Any program


Array = tuple[Any, np.dtype[Any]]
UNARY = (np.exp, np.tanh, np.negative, np.square, np.abs, autograd.sigmoid, autograd.relu, np.floor)
BINARY = (np.add, np.subtract, np.multiply, np.maximum, np.divide, np.less)
FOLDS = (np.sum, np.mean, np.max, np.prod, autograd.logsumexp)


@st.composite
def steps(draw: Any) -> list[tuple[Any, ...]]:
    """What `carry_out` does, one step after another."""
    kinds = ("unary", "binary", "fold", "move", "part", "product", "join", "choose", "soft")
    step = st.tuples(st.sampled_from(kinds), *[st.integers(0, 10**6)] * 3)
    return draw(st.lists(step, min_size=1, max_size=12))


def carry_out(program: list[tuple[Any, ...]], *arrays: Any) -> list[Any]:
    """A function made of random steps: each takes arrays that are there and adds one."""
    known = list(arrays)
    for kind, i, j, k in program:
        x = known[i % len(known)]
        n = x.ndim
        axis = j % n if n else 0
        if kind == "unary":
            x = UNARY[k % len(UNARY)](x)
        elif kind == "binary":
            y = known[j % len(known)]
            try:
                np.broadcast_shapes(x.shape, y.shape)
            except ValueError:
                y = np.sum(y)
            x = BINARY[k % len(BINARY)](x, y)
            x = x.astype(np.float64) if x.dtype == bool else x
        elif kind == "fold":
            over = axis if n and k % 3 else None
            x = FOLDS[k % len(FOLDS)](x, axis=over, keepdims=bool(k % 2))
        elif kind == "move":
            shapes = (x.shape[::-1], (-1,), (*x.shape, 1), (1, *x.shape))
            x = (
                np.transpose(x, [(a + k) % n for a in range(n)]),
                np.reshape(x, shapes[k % 4]),
                np.broadcast_to(x, (2, *x.shape)),
            )[j % 3]
        elif kind == "part" and n:
            parts = (slice(None, None, -1), slice(1, None), slice(0, 1), slice(None, None, 2))
            x = x[(slice(None),) * axis + (parts[k % 4],)] if x.shape[axis] > 1 else x[..., None]
        elif kind == "product" and n > 1:
            x = np.matmul(x, np.swapaxes(x, -1, -2)) if k % 2 else np.matmul(x, x[..., 0, :, None])
        elif kind == "join" and n:
            x = np.concatenate([x, x * 2], axis) if k % 2 else np.stack([x, x + 1])
        elif kind == "choose" and n:
            where = np.arange(k % 5 + 1) * (k + 1) % x.shape[axis]
            x = np.take(x, where, axis)
        elif kind == "soft" and n:
            x = softmax(x, axis) if k % 2 else autograd.log_softmax(x, axis)
        if np.size(x) <= 300 and x.ndim <= 5:
            known.append(x)
    return known[len(arrays) :] or known


SHAPES = ((3,), (2, 3), (4, 1), (2, 3, 4), (), (1,))


@given(steps(), st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3), st.booleans())
@settings(max_examples=80, deadline=None, database=None)
def test_any_program(program: Any, shapes: Any, differentiate: bool) -> None:
    arrays = [draw(*shape, dtype=np.float64) for shape in shapes]

    def total(*xs: Any) -> Any:
        return sum(np.sum(np.tanh(y)) for y in (*carry_out(program, *xs), *xs))

    f = autograd.grad(total) if differentiate else lambda *xs: carry_out(program, *xs)
    same(f, *arrays)


def test_a_planted_error_is_seen() -> None:
    program, tasks, inputs = compiled(lambda x: np.exp(x) + np.sum(x), [draw(3, 4)])
    (task,) = tasks.tasks
    assert isinstance(task, Kernel)
    (statement,) = [s for s in task.statements() if isinstance(s, Store)]
    statement.argument = 0.0
    with pytest.raises(AssertionError):
        agree(program, tasks, inputs)


# Few kernels


def test_softmax_is_one_kernel() -> None:
    x = draw(6, 8)
    assert counts(same(softmax, x)) == {"Kernel": 1}
    # Down the columns memory is read row by row: each fold has a kernel, and what becomes of the
    # greatest of each column has one.
    assert counts(same(lambda x: softmax(x, 0), x)) == {"Kernel": 4}
    assert counts(same(lambda x: autograd.logsumexp(x), x)) == {"Kernel": 1}


def _with_gradient(f: Callable[..., Any], n: int) -> Callable[..., Any]:
    return autograd.value_and_grad(f, tuple(range(n)))


def test_layer_norm_forward_and_backward() -> None:
    layer = nn.LayerNorm(8)
    forward = same(lambda x: layer(x), draw(6, 8))
    assert counts(forward) == {"Kernel": 1}

    def both(x: Any, g: Any) -> Any:
        layer.zero_grad()
        y = np.sum(layer(x) * g)
        y.backward()
        return y

    assert counts(same(both, Value(draw(6, 8)), draw(6, 8))) == {"Kernel": 1}


def test_cross_entropy_forward_and_backward() -> None:
    target = np.array([1, 0, 4, 2, 2, 3])
    f = _with_gradient(lambda x: nn.cross_entropy(x, target), 1)
    assert counts(same(f, draw(6, 5)))["Kernel"] == 1
    traced = autograd.value_and_grad(nn.cross_entropy)
    # One more for what depends on the targets alone: their bounds, and how many there are.
    assert counts(same(traced, draw(6, 5), target)) == {"Kernel": 2}


def test_gelu_forward_and_backward() -> None:
    f = _with_gradient(lambda x: np.sum(nn.gelu(x)), 1)
    assert counts(same(f, draw(6, 5))) == {"Kernel": 1}


def test_attention() -> None:
    q, k, v = (draw(2, 3, 5, 4) for _ in range(3))

    def attention(q: Any, k: Any, v: Any) -> Any:
        weights = softmax(q @ np.swapaxes(k, -1, -2) * 0.5)
        return np.reshape(np.swapaxes(weights @ v, 1, 2), (2, 5, 12))

    assert counts(same(attention, q, k, v)) == {"Kernel": 1, "MatMul": 2}

    def both(q: Any, k: Any, v: Any) -> Any:
        return autograd.grad(lambda q, k, v: np.sum(np.square(attention(q, k, v))), (0, 1, 2))(
            q, k, v
        )

    # Softmax, the gradient of the squares, and the gradient of softmax.
    assert counts(same(both, q, k, v)) == {"Kernel": 3, "MatMul": 6}


def test_adam_is_one_kernel_for_each_parameter() -> None:
    model = nn.Sequential(nn.Linear(12, 16), np.tanh, nn.Linear(16, 8), nn.relu, nn.Linear(8, 4))
    optimizer = nn.Adam(model.parameters())
    tasks = same(training_step(model, optimizer), draw(6, 12), np.array([0, 1, 2, 3, 0, 1]))
    # Forward: two activations, the targets, the loss with its gradient. Backward: two. Then six.
    assert counts(tasks) == {"Kernel": 12, "MatMul": 8}


def test_an_update_beside_the_loss_passes_over_its_memory_once() -> None:
    w = Value(draw(64))
    optimizer = nn.SGD([w], lr=0.1)

    def step(x: Any) -> Any:
        loss = np.mean((w * x - 1.0) ** 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    (kernel,) = same(step, draw(64)).tasks
    assert isinstance(kernel, Kernel)
    assert sum(stage.full for stage in kernel.stages) == 1


# Indices


def test_indices_that_are_arguments() -> None:
    table, index = draw(7, 3), np.array([[0, -1], [3, 3]])
    same(lambda t, i: np.take(t, i, 0), table, index)
    same(lambda t, i: autograd.grad(lambda t: np.sum(np.square(t[i])))(t), table, index)
    same(lambda t, i: np.take_along_axis(t, i, 1), draw(2, 4), index)
    same(lambda t, i: np.exp(t)[np.arange(4), i], draw(4, 3), np.array([0, 2, -1, 1]))


def test_an_index_out_of_range_is_reported() -> None:
    _, tasks, inputs = compiled(lambda t, i: t[i], [draw(7, 3), np.array([0, 6])])
    run(tasks, inputs)
    for wrong in (7, -8):
        with pytest.raises(IndexError, match="gather"):
            run(tasks, [inputs[0], np.array([0, wrong])])


def test_joining_padding_and_windows() -> None:
    x, y = draw(3, 4), draw(2, 4)
    assert counts(same(lambda x, y: np.concatenate([np.exp(x), y]), x, y)).keys() == {"Kernel"}
    same(lambda x: np.pad(x, ((1, 2), (0, 1)), constant_values=3), x)
    windows = np.lib.stride_tricks.sliding_window_view
    same(lambda x: windows(x, (2, 2)), x)
    f = autograd.grad(lambda x: np.sum(np.square(windows(x, (2, 3)))))
    assert "Call" not in counts(same(f, x))

    def assigned(x: Any) -> Any:
        z = np.zeros_like(x)
        z[1:, ::2] = x[1:, ::2] * 2
        return z

    same(assigned, x)


# Loops


def _lstm(gates: Any, carry: Any, x: Any) -> Any:
    h, c = carry
    z = x @ gates[0] + h @ gates[1] + gates[2]
    i, f, g, o = (z[:, 3 * k : 3 * k + 3] for k in range(4))
    c = autograd.sigmoid(f) * c + autograd.sigmoid(i) * np.tanh(g)
    h = autograd.sigmoid(o) * np.tanh(c)
    return (h, c), h


def _gates() -> list[np.ndarray]:
    return [draw(2, 12), draw(3, 12), draw(12)]


def test_items_assigned_in_a_loop_are_not_compared_all_with_all() -> None:
    def work(steps: int) -> int:
        def f(x: Any) -> Any:
            y = x * 1.0
            for i in range(steps):
                y[i] = y[i - 1] * 0.5 + x[i]
            return np.sum(y**2)

        program = optimize(trace(grad(f), [np.ones(500)]).program)
        return calls(schedule, program)

    assert work(160) < 3.5 * work(80)  # every step adds to all that is there: n²


def test_a_scan_is_one_loop() -> None:
    start = (draw(5, 3), draw(5, 3))

    def forward(xs: Any, *gates: Any) -> Any:
        return autograd.scan(lambda carry, x: _lstm(gates, carry, x), start, xs)

    tasks = same(forward, draw(6, 5, 2), *_gates())
    (loop,) = [task for task in tasks.tasks if isinstance(task, Loop)]
    # The product with the weights of the state, and one kernel; the other product is outside.
    assert [type(task) for task in loop.tasks] == [MatMul, Kernel]
    assert loop.length == 6

    def both(xs: Any, *gates: Any) -> Any:
        return autograd.grad(lambda *gates: np.sum(np.square(forward(xs, *gates)[1])), (0, 1, 2))(
            *gates
        )

    tasks = same(both, draw(6, 5, 2), *_gates())
    loops = [task for task in tasks.tasks if isinstance(task, Loop)]
    assert [loop.reverse for loop in loops] == [False, True]
    # The gates, the product, and for the bias a sum and what it is added to.
    assert Counter(type(task) for task in loops[1].tasks) == {Kernel: 3, MatMul: 1}


def test_loops_of_all_kinds() -> None:
    table, places = draw(4, 3), np.array([0, 3, -1])

    def looked_up(table: Any, places: Any) -> Any:
        return autograd.scan(lambda s, i: (s + table[i], s * 2), np.zeros(3), places)

    tasks = same(looked_up, table, places)
    with pytest.raises(IndexError):
        run(tasks, [table, np.array([0, 4, 0])])

    def nested(xs: Any) -> Any:
        def row(total: Any, x: Any) -> Any:
            inner, ys = autograd.scan(lambda s, y: (s * 0.5 + y, np.sort(s)), total, x)
            return inner + 1.0, ys

        return autograd.scan(row, np.zeros(2), xs, reverse=True)

    same(nested, draw(3, 4, 2, dtype=np.float64))
    same(autograd.grad(lambda xs: np.sum(nested(xs)[0])), draw(3, 4, 2, dtype=np.float64))
    swapped = autograd.scan
    same(lambda a, b: swapped(lambda s, _: ((s[1], s[0] + s[1]), s[0]), (a, b), length=5), 1.0, 2.0)


# Constants


def test_constants_are_read_where_they_lie() -> None:
    base = draw(4, 6)
    views = (base.T, base[::2, 1::3], base[::-1, ::-2], np.broadcast_to(base[:1], (3, 6)))
    made = [compiled(lambda x, c=constant: x * c, [draw(1)]) for constant in views]
    for program, tasks, inputs in made:
        assert counts(tasks) == {"Kernel": 1}
        agree(program, tasks, inputs)
    base *= 2
    for program, tasks, inputs in made:
        agree(program, tasks, inputs)


# What only NumPy computes


def test_other_ops_are_calls() -> None:
    tasks = same(lambda x: np.sort(x) + np.linalg.inv(x @ x.T + np.eye(4)), draw(4, 4))
    assert counts(tasks)["Call"] >= 2
    same(lambda x: np.real(np.fft.fft(x)) * x, draw(4))
    same(lambda x: x + np.zeros((0, 3)), np.ones((0, 3)))
    same(autograd.grad(lambda x: np.sum(np.radians(x) * 1.5)), np.ones((0, 2)))


def test_random_draws_stay_in_order() -> None:
    generator = np.random.default_rng(0)

    def two() -> Any:
        return uniform(generator, (3, 3)) + 1, uniform(generator, (4, 4)) * 2

    _, tasks, _ = compiled(two, [])
    drawn = [task for task in tasks.tasks if isinstance(task, Call) and task.op.name == "random"]
    assert [task.outputs[0].shape for task in drawn] == [(3, 3), (4, 4)]


# Products


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((4, 2, 3), (3, 2)),
        ((4, 2, 3), (4, 3, 2)),
        ((2, 1, 2, 3), (4, 3, 2)),
        ((3,), (4, 3, 2)),
        ((4, 2, 3), (3,)),
    ],
)
def test_products_of_all_shapes(a: Any, b: Any) -> None:
    x, y = draw(*a), draw(*b)
    same(np.matmul, x, y)
    same(lambda x, y: np.matmul(x, y), x.astype(np.int64), y.astype(np.int64))
    same(autograd.grad(lambda x, y: np.sum(np.square(x @ y)), (0, 1)), x, y)


@pytest.mark.parametrize(
    "text",
    ["ij,jk->ik", "bij,bjk->bki", "bhid,bhjd->bhij", "ij,ij->i", "ij,kj->", "iij,jk->ki", "ij->ji"],
)
def test_einsum(text: str) -> None:
    length = {"i": 3, "j": 4, "k": 2, "b": 2, "h": 2, "d": 3}
    terms = text.split("->")[0].split(",")
    arrays = [draw(*(length[c] for c in term)) for term in terms]
    tasks = same(lambda *xs: np.einsum(text, *xs), *arrays)
    assert "Call" not in counts(tasks)
    same(autograd.grad(lambda *xs: np.sum(np.square(np.einsum(text, *xs)))), *arrays)


def test_a_weight_gradient_is_one_product() -> None:
    def f(x: Any, w: Any) -> Any:
        return autograd.grad(lambda w: np.sum(np.tanh(x @ w)))(w)

    tasks = same(f, draw(4, 5, 3), draw(3, 2))
    products = [task for task in tasks.tasks if isinstance(task, MatMul)]
    assert len(products) == 2
    assert products[1].a.shape == (3, 20)


def test_products_are_written_where_they_belong() -> None:
    def parts(x: Any, a: Any, b: Any) -> Any:
        return np.concatenate([x @ a, x @ b], axis=-1)

    assert counts(same(parts, draw(3, 4), draw(4, 5), draw(4, 2))) == {"MatMul": 2}

    def heads(x: Any, y: Any) -> Any:
        left, right = (np.reshape(np.swapaxes(z @ z, 1, 2), (2, 3, 6)) for z in (x, y))
        return np.concatenate([left, right], axis=-1)

    assert counts(same(heads, draw(2, 2, 3, 3), draw(2, 2, 3, 3))) == {"MatMul": 2}

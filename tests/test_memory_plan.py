"""Where results and temporaries lie: in place of what they replace, and sharing memory."""

from typing import Any

import numpy as np
import pytest
from scheduling import agree, compiled, draw, same, training_step

import autograd
import nn
from autograd import Value, softmax
from autograd.compiler import fuse, memory
from autograd.compiler.loops import Buffer, Loop, MatMul
from autograd.compiler.memory import lifetimes, plan


def test_what_is_donated_is_written_in_place() -> None:
    w, x = Value(draw(4, 3)), draw(5, 4)

    def step(x: Any) -> Any:
        w.assign(w - 0.1 * (x.T @ (x @ w)))
        return np.sum(x)

    program, tasks, inputs = compiled(step, [x])
    agree(program, tasks, inputs)
    assert program.donated
    for number, place in program.donated.items():
        assert tasks.results[number].buffer is tasks.inputs[place].buffer


@pytest.mark.parametrize(
    "swap",
    [
        lambda a, b: (b, a),
        lambda a, b: (a[::-1] + b, b * a),
        lambda a, b: (a @ b, a + 1),
        lambda a, b: (a + np.sum(a, 0), np.cumsum(a, 0) + b),
        lambda a, b: (np.sum(a, 0) + b.T, softmax(a)),
        lambda a, b: (np.concatenate([b[1:], a[:1]]), a),
    ],
)
def test_donated_inputs_are_read_before_they_are_written(swap: Any) -> None:
    a, b = Value(draw(3, 3)), Value(draw(3, 3))

    def step() -> None:
        new_a, new_b = swap(a * 1.0, b * 1.0)
        a.assign(new_a)
        b.assign(new_b)

    program, tasks, inputs = compiled(step, [])
    assert len(program.donated) == 2
    agree(program, tasks, inputs)


def test_temporaries_share_memory() -> None:
    def chain(x: Any) -> Any:
        for _ in range(10):
            x = np.tanh(x @ x)
        return x

    tasks = same(chain, draw(16, 16))
    # A product, and what it becomes.
    assert plan(tasks).size == 2 * 16 * 16 * 4


def test_no_two_living_temporaries_overlap() -> None:
    model = nn.Sequential(nn.Linear(12, 16), np.tanh, nn.Linear(16, 4))
    _, tasks, _ = compiled(
        training_step(model, nn.Adam(model.parameters())), [draw(6, 12), np.zeros(6, np.int64)]
    )
    lives, places = lifetimes(tasks.tasks), plan(tasks).offsets
    assert set(lives) == set(places)

    def end(b: Buffer) -> int:
        return places[b] + b.size * b.dtype.itemsize

    for a in lives:
        for b in lives:
            if a is not b and lives[a][0] <= lives[b][1] and lives[b][0] <= lives[a][1]:
                assert end(a) <= places[b] or end(b) <= places[a]


def test_what_a_loop_and_its_surroundings_use_lives_through_the_loop() -> None:
    def f(xs: Any, w: Any) -> Any:
        scaled = w * 2
        return autograd.scan(lambda h, x: (np.tanh(h @ scaled + x), h), xs[0] * 0, xs)

    tasks = same(f, draw(4, 3, 3), draw(3, 3))
    (loop,) = [task for task in tasks.tasks if isinstance(task, Loop)]
    lives = lifetimes(tasks.tasks)
    product = next(task for task in loop.tasks if isinstance(task, MatMul))
    start = tasks.tasks.index(loop)
    # The scaled matrix is read at every step; what a step makes lives within it.
    assert lives[product.b.buffer][1] == start + len(loop.tasks) - 1
    assert lives[product.out.buffer][0] >= start


def test_planted_errors_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    a = Value(draw(3, 3))

    def step() -> None:
        a.assign(a[::-1] * 2.0)

    monkeypatch.setattr(fuse, "_may_replace", lambda *_: True)
    with pytest.raises(AssertionError):
        agree(*compiled(step, []))
    monkeypatch.setattr(memory, "_gap", lambda starts, stops, size: 0)
    with pytest.raises(AssertionError):
        same(lambda x: (x @ x) @ (x @ x.T), draw(3, 3))

"""`scan` under `jit`: one equation, whatever the length, and all derivatives through it."""

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from counting import calls

from autograd import Value, grad, hessian, hvp, jacobian, jit, jvp, scan, vmap
from autograd.compiler.building import Builder
from autograd.compiler.lowering import lower
from autograd.compiler.trace import trace
from autograd.errors import AssignmentError, ShapeError

EMITTERS = ["equations", "numpy", *(["native"] if find_spec("llvmlite") else [])]
rng = np.random.default_rng(0)
W, B, XS, H0 = (0.5 * rng.normal(size=s) for s in ((3, 3), (3,), (5, 2, 3), (2, 3)))


def network(w: Any, b: Any, xs: Any, h0: Any, reverse: bool = False) -> Any:
    """A recurrent network: the last state, and what every step gives."""

    def step(h: Any, x: Any) -> Any:
        h = np.tanh(h @ w.T + x + b)
        return h, {"twice": h * 2.0, "sum": (np.sum(h * x),)}

    return scan(step, h0, xs, reverse=reverse)


def loss(w: Any, b: Any, xs: Any, h0: Any, reverse: bool = False) -> Any:
    last, ys = network(w, b, xs, h0, reverse)
    return np.sum(last**2) + np.sum(np.sin(ys["twice"])) * np.sum(ys["sum"][0])


def numbers(tree: Any) -> list[np.ndarray]:
    if isinstance(tree, dict):
        return [x for y in tree.values() for x in numbers(y)]
    if isinstance(tree, tuple | list):
        return [x for y in tree for x in numbers(y)]
    return [np.asarray(tree)]


def agrees(f: Any, emitter: str, *args: Any) -> Any:
    compiled = jit(f, emitter=emitter)
    expected = numbers(f(*args))
    for _ in range(4):
        for x, y in zip(expected, numbers(compiled(*args)), strict=True):
            np.testing.assert_allclose(y, x, rtol=1e-10, atol=1e-12)
    return compiled


def loops(program: Any) -> list[Any]:
    return [equation for equation in program.equations if equation.op.name == "scan"]


EVERY = (0, 1, 2, 3)


@pytest.mark.parametrize("emitter", EMITTERS)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    "make",
    [
        lambda f: f,
        lambda f: grad(f, argnum=EVERY),
        lambda f: lambda *args: jvp(f, args, args)[1],
        lambda f: lambda w, b, xs, h: jacobian(f, argnum=1)(w, b, xs, h),
        lambda f: lambda w, b, xs, h: hessian(f, argnum=1)(w, b, xs, h),
        lambda f: lambda w, b, xs, h: hvp(lambda b: f(w, b, xs, h), b, b),
        lambda f: lambda w, b, xs, h: jacobian(lambda b: grad(f, argnum=2)(w, b, xs, h))(b),
    ],
)
def test_derivatives(make: Any, reverse: bool, emitter: str) -> None:
    def f(*args: Any) -> Any:
        return loss(*args, reverse=reverse)

    agrees(make(f), emitter, W, B, XS, H0)


@pytest.mark.parametrize("emitter", EMITTERS)
def test_containers_and_mapped_loops(emitter: str) -> None:
    agrees(network, emitter, W, B, XS, H0)
    agrees(vmap(network, in_axes=(None, None, 0, 0)), emitter, W, B, XS[None], H0[None])
    agrees(lambda x: scan(lambda c, _: (c * x, None), 1.0, length=4)[0], emitter, 2.0)
    agrees(grad(lambda x: scan(lambda c, _: (c * x, None), 1.0, length=4)[0]), emitter, 2.0)
    pair = {"a": np.ones(3), "b": (np.zeros(2, np.int64), 2.0)}
    agrees(
        lambda tree: scan(
            lambda c, x: (
                {"a": c["a"] + x[0], "b": (c["b"][0] + 1, c["b"][1] * 1.0)},
                x[1] * c["b"][1],
            ),
            tree,
            [XS[:, 0], np.arange(5)],
        ),
        emitter,
        pair,
    )


def test_the_size_of_a_program_does_not_grow_with_the_length() -> None:
    sizes = []
    for length in (3, 300):
        compiled = jit(grad(loss, argnum=EVERY), emitter="equations")
        xs = np.zeros((length, 2, 3))
        compiled(W, B, xs, H0)
        compiled(W, B, xs, H0)
        forward, backward = loops(compiled.program)
        bodies = [loop.static["body"].program.equations for loop in (forward, backward)]
        sizes.append([len(compiled.program.equations), *map(len, bodies)])
    assert sizes[0] == sizes[1]


def test_a_weight_is_multiplied_by_once_and_nothing_is_computed_twice() -> None:
    compiled = jit(grad(loss, argnum=EVERY), emitter="equations")
    for _ in range(2):
        compiled(W, B, XS, H0)
    forward, backward = (loop.static["body"].program for loop in loops(compiled.program))
    names = [equation.op.name for equation in (*forward.equations, *backward.equations)]
    # One product forward and one back: the weight's gradient is a product of stacks, outside, and
    # the pullback reads tanh from the first loop instead of computing it again.
    assert names.count("matmul") == 2 and names.count("tanh") == 1
    assert [e.op.name for e in compiled.program.equations].count("matmul") == 1


def test_a_python_loop_is_unrolled() -> None:
    def f(w: Any, h: Any) -> Any:
        for _ in range(4):
            h = np.tanh(h @ w)
        return h.sum()

    compiled = agrees(grad(f), "equations", W, H0)
    assert not loops(compiled.program)


def test_values_of_closures_train_through_a_loop() -> None:
    w, v = Value(W.copy()), Value(W.copy())
    compiled = jit(lambda: loss(v, B, XS, H0).backward(), emitter="equations")
    for _ in range(4):
        w.zero_grad()
        v.zero_grad()
        loss(w, B, XS, H0).backward()
        compiled()
        np.testing.assert_allclose(v.grad, w.grad, rtol=1e-10)


def test_what_a_loop_refuses() -> None:
    v = Value(np.zeros(3), requires_grad=False)

    def assigning(c: Any, x: Any) -> Any:
        v.assign(c)
        return c, None

    with pytest.raises(AssignmentError):
        jit(lambda h: scan(assigning, h, XS[:, 0, 0]))(np.ones(3))
    with pytest.raises(ShapeError):
        jit(lambda h: scan(lambda c, x: (np.sum(c), None), h, XS[:, 0, 0]))(np.ones(3))


def work_of_lowering(carried: int) -> int:
    def f(*xs: Any) -> Any:
        return scan(lambda carry, _: ([np.tanh(x) for x in carry], None), list(xs), length=3)[0]

    program = trace(f, [np.ones(3)] * carried).program
    b = Builder()
    inputs = [b.source(x.shape, x.dtype, "input") for x in program.inputs]
    return calls(lower, program, b, inputs)


def test_the_work_of_lowering_a_loop_grows_with_what_it_carries() -> None:
    work_of_lowering(10)
    few, many = work_of_lowering(100), work_of_lowering(400)
    assert many < 4.4 * few

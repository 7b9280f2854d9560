"""`scan` inside of a step of `scan`, and inside of `vmap`, under `jit`: a loop all the same."""

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from autograd import Value, grad, hessian, jacobian, jit, jvp, scan, vjp, vmap
from autograd.errors import AssignmentError, CompilationError, IndexingError, UnsupportedError
from autograd.ops.random import uniform

EMITTERS = ["equations", "numpy", *(["native"] if find_spec("llvmlite") else [])]
rng = np.random.default_rng(0)
W, H = 0.5 * rng.normal(size=(3, 3)), rng.normal(size=3)
XS, YS = rng.normal(size=4), rng.normal(size=5)
MANY = rng.normal(size=(2, 3))


def loss(w: Any, h: Any, xs: Any, ys: Any = YS) -> Any:
    """A loop over xs, each step of which is a loop over ys, the other way."""

    def outer(c: Any, x: Any) -> Any:
        def inner(d: Any, y: Any) -> Any:
            d = np.tanh(w @ d + x * y + c)
            return d, d * 2.0

        d, all_d = scan(inner, c, ys, reverse=True)
        return d * x + c, np.sum(all_d**2)

    last, sums = scan(outer, h, xs)
    return np.sum(last**2) + np.sum(np.sin(sums))


def agrees(f: Any, emitter: str, *args: Any) -> Any:
    compiled = jit(f, emitter=emitter)
    expected = f(*args)
    for _ in range(3):
        found = compiled(*args)
        pairs = zip(expected, found, strict=True) if type(found) is tuple else [(expected, found)]
        for x, y in pairs:
            np.testing.assert_allclose(y, x, rtol=1e-9, atol=1e-12)
    return compiled


def ops(program: Any) -> list[str]:
    """The names of the program's ops, and of those of the loops in it."""
    found = []
    for equation in program.equations:
        found.append(equation.op.name)
        if equation.op.name == "scan":
            found += ops(equation.static["body"].program)
    return found


@pytest.mark.parametrize("emitter", EMITTERS)
@pytest.mark.parametrize(
    "f",
    [
        loss,
        grad(loss, argnum=(0, 1, 2, 3)),
        lambda *args: jvp(loss, args, args)[1],
        hessian(loss, argnum=1),
        jacobian(grad(loss, argnum=2), argnum=0),
        lambda *args: jvp(grad(loss), args, args)[1],
    ],
)
def test_a_loop_in_a_loop_and_its_derivatives(f: Any, emitter: str) -> None:
    agrees(f, emitter, W, H, XS, YS)


@pytest.mark.parametrize("emitter", EMITTERS)
@pytest.mark.parametrize(
    ("f", "axes"),
    [
        (loss, (None, 0, None)),
        (grad(loss, argnum=(0, 1, 2)), (None, 0, None)),
        (grad(loss, argnum=(0, 1, 2)), (None, None, 1)),
    ],
)
def test_a_mapped_loop(f: Any, axes: Any, emitter: str) -> None:
    given = (W, MANY if axes[1] == 0 else H, XS if axes[2] is None else np.stack([XS, 2 * XS], 1))
    mapped = vmap(f, in_axes=axes)
    agrees(mapped, emitter, *given)

    def total(*args: Any) -> Any:
        return sum(np.sum(y**2) for y in mapped(*args))

    agrees(grad(total, argnum=(0, 1, 2)), emitter, *given)


@pytest.mark.parametrize("emitter", EMITTERS)
def test_what_does_not_depend_on_the_examples(emitter: str) -> None:
    def f(h: Any, xs: Any) -> Any:
        def step(carry: Any, x: Any) -> Any:
            i, d = carry
            return (i + 1, d * x + H * i), (i * 2, d)

        (i, d), (twice, all_d) = scan(step, (0, h), xs)
        return d, i, twice, all_d

    agrees(lambda h, xs: vmap(f, in_axes=(0, None))(h, xs), emitter, MANY, XS)
    agrees(lambda h, xs: vmap(f, in_axes=(None, 1))(h, xs), emitter, H, np.stack([XS, XS + 1], 1))


@pytest.mark.parametrize("emitter", EMITTERS)
def test_pulling_many_cotangents_through_a_loop_can_be_differentiated(emitter: str) -> None:
    def f(h: Any) -> Any:
        pull = vjp(lambda h: scan(lambda c, x: (np.tanh(c * x + c), c), h, XS)[0], h)[1]
        return np.sum(vmap(pull)(np.eye(3))[0] ** 2)

    agrees(grad(f), emitter, H)


def test_the_size_of_a_program_does_not_grow_with_either_length() -> None:
    def both(w: Any, h: Any, xs: Any, ys: Any) -> Any:
        mapped = vmap(lambda h: loss(w, h, xs, ys))
        return grad(loss, argnum=(0, 1, 2, 3))(w, h, xs, ys), mapped(np.stack([h, h]))

    found = []
    for n, m in [(2, 3), (40, 30)]:
        compiled = jit(both, emitter="equations")
        for _ in range(2):
            compiled(W, H, rng.normal(size=n), rng.normal(size=m))
        found.append(ops(compiled.program))
    assert found[0] == found[1]
    # Forward and back, one in the other, and the mapped one.
    assert found[0].count("scan") == 6


@pytest.mark.parametrize("emitter", EMITTERS)
@pytest.mark.parametrize(
    "transform",
    [
        lambda f: f,
        grad,
        lambda f: lambda h: jvp(f, (h,), (h,))[1],
        lambda f: grad(lambda h: jvp(f, (h,), (h,))[1]),
        lambda f: lambda h: vmap(f)(np.stack([h, 2.0 * h])),
        lambda f: lambda h: vmap(grad(f))(np.stack([h, 2.0 * h])),
    ],
)
def test_random_numbers_are_those_that_eager_loops_draw(transform: Any, emitter: str) -> None:
    def drawing(seed: int) -> Any:
        generator = np.random.default_rng(seed)

        def factor(c: Any, _: Any) -> Any:
            return c * uniform(generator, (3,)), None

        def offset(c: Any, _: Any) -> Any:
            return c + uniform(generator, (3,)), None

        def step(c: Any, x: Any) -> Any:
            c = scan(factor, c * (x + uniform(generator, (3,))), length=2)[0]
            return c + scan(offset, np.zeros(3), length=2)[0], np.sum(c)

        def f(h: Any) -> Any:
            last, sums = scan(step, h * uniform(generator, (3,)), XS)
            return np.sum(last**2 * uniform(generator, (3,))) + np.sum(sums**2)

        return transform(f)

    eager, compiled = drawing(1), jit(drawing(1), emitter=emitter)
    for _ in range(3):
        np.testing.assert_allclose(compiled(H), eager(H), rtol=1e-9)


@pytest.mark.parametrize("emitter", EMITTERS)
def test_indices_are_looked_at_in_every_step_of_both_loops(emitter: str) -> None:
    def f(table: Any, places: Any) -> Any:
        def outer(c: Any, row: Any) -> Any:
            return scan(lambda d, i: (d + table[i], None), c, row)[0], None

        return scan(outer, 0.0, places)[0]

    table, places = np.arange(5.0), np.array([[0, 4, -1], [2, 1, 3]])
    compiled = agrees(f, emitter, table, places)
    for row in (0, 1):
        wrong = places.copy()
        wrong[row, 1] = 5
        with pytest.raises((IndexingError, IndexError)):
            compiled(table, wrong)


def test_a_constant_that_changes_inside_of_a_step_is_told() -> None:
    count = 0

    def f(x: Any) -> Any:
        nonlocal count
        count += 1
        factor = np.full(3, float(count))

        def step(c: Any, _: Any) -> Any:
            return c * factor, None

        return scan(lambda c, _: (scan(step, c, length=2)[0], None), x, length=2)[0]

    compiled = jit(f)
    compiled(H)
    with pytest.raises(CompilationError, match="constant"):
        compiled(H)


def test_a_step_within_a_step_assigns_to_nothing_of_the_step_around() -> None:
    def outer(c: Any, _: Any) -> Any:
        v = Value(np.zeros(3), requires_grad=False)

        def inner(d: Any, _: Any) -> Any:
            v.assign(d)
            return d, None

        return scan(inner, c, length=2)[0] + v, None

    with pytest.raises(AssignmentError):
        jit(lambda h: scan(outer, h, length=2)[0])(H)


@pytest.mark.skipif("native" not in EMITTERS, reason="machine code needs llvmlite")
def test_more_loops_than_machine_code_counts_are_refused() -> None:
    def nested(depth: int, c: Any) -> Any:
        if depth == 0:
            return c * 1.5
        return scan(lambda c, _: (nested(depth - 1, c), None), c, length=1 + depth % 2)[0]

    agrees(lambda c: nested(6, c), "native", H)
    compiled = jit(lambda c: nested(16, c), emitter="native")
    compiled(H)
    with pytest.raises(UnsupportedError, match="15 loops"):
        compiled(H)

"""scan is the loop one would write: values, derivatives, vmap, nesting, and what it asks for."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import (
    Value,
    checkpoint,
    draw,
    grad,
    hessian,
    history,
    jacobian,
    jvp,
    no_grad,
    scan,
    vjp,
    vmap,
)
from autograd.checking import gradcheck
from autograd.containers import flatten
from autograd.errors import ArgumentError, DTypeError, ShapeError
from autograd.ops.steps import stack, unstack

RNG = np.random.default_rng(0)
XS = RNG.normal(size=(4, 3))
C = RNG.normal(size=3)


def wave(carry: Any, x: Any) -> Any:
    """A body with a nested carry and nested results, none of them linear."""
    total, (scale, count) = carry
    total = np.tanh(total * scale + x["a"])
    scale = scale + 0.1 * np.sin(x["b"])
    return (total, (scale, count + 1)), {"t": total * x["b"], "s": [scale, None]}


def written_out(f: Any, init: Any, xs: Any, n: int, reverse: bool = False) -> Any:
    """What scan means, without any of its code."""
    carry, ys = init, {}
    for i in reversed(range(n)) if reverse else range(n):
        carry, ys[i] = f(carry, {name: x[i] for name, x in xs.items()})
    return carry, [ys[i] for i in range(n)]


def waves(a: Any, b: Any, total: Any, scale: Any, reverse: bool = False) -> Any:
    return scan(wave, (total, (scale, 0)), {"a": a, "b": b}, reverse=reverse)


def number(a: Any, b: Any, total: Any, scale: Any, reverse: bool = False) -> Any:
    """One number that all of what scan returns goes into."""
    (total, (scale, _)), ys = waves(a, b, total, scale, reverse)
    return np.sum(total**2) + np.sum(scale) + np.sum(ys["t"] ** 2) + np.sum(np.cos(ys["s"][0]))


ARGUMENTS = (XS, XS[::-1] * 0.5, C, C * 0.3 + 1)


# Values


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("kind", [np.asarray, Value])
def test_carry_and_ys_are_those_of_the_loop(kind, reverse):
    a, b, total, scale = map(kind, ARGUMENTS)
    carry, ys = waves(a, b, total, scale, reverse)
    expected, steps = written_out(
        wave, (total, (scale, 0)), {"a": a, "b": b}, len(XS), reverse=reverse
    )
    assert carry[1][1] == 4
    for found, like in zip(flatten(carry)[0], flatten(expected)[0], strict=True):
        assert type(found) is type(like)
        np.testing.assert_array_equal(data(found), data(like))
    assert ys["s"][1] is None and type(ys["t"]) is (np.ndarray if kind is np.asarray else Value)
    for i, step in enumerate(steps):
        np.testing.assert_array_equal(data(ys["t"])[i], data(step["t"]))
        np.testing.assert_array_equal(data(ys["s"][0])[i], data(step["s"][0]))


def data(x: Any) -> Any:
    return x.data if isinstance(x, Value) else x


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 6),
    st.lists(st.integers(0, 3), max_size=2).map(tuple),
    st.booleans(),
    st.sampled_from(["float32", "float64", "int64", "complex128"]),
)
def test_sums_and_running_sums_are_numpys(n, shape, reverse, dtype):
    xs = np.random.default_rng(n).integers(-9, 9, (n, *shape)).astype(dtype)
    start = np.zeros(shape, dtype)[()]
    total, running = scan(lambda t, x: (t + x, t + x), start, xs, reverse=reverse)
    np.testing.assert_array_equal(total, xs.sum(axis=0))
    expected = xs[::-1].cumsum(axis=0)[::-1] if reverse else xs.cumsum(axis=0)
    assert running.shape == (n, *shape) and running.dtype == dtype
    np.testing.assert_array_equal(running, expected)


@given(st.integers(0, 5), st.booleans())
def test_length_alone_and_xs_of_nothing(n, reverse):
    carry, ys = scan(lambda k, x: (k + 1, (x, k)), 0, None, length=n, reverse=reverse)
    assert carry == n and ys[0] is None
    assert ys[1].tolist() == (list(range(n))[::-1] if reverse else list(range(n)))
    assert scan(lambda k, x: (k, x), None, XS, length=len(XS))[0] is None


def test_the_body_runs_once_for_each_step_in_order():
    seen: list[Any] = []
    scan(lambda c, x: (c, seen.append(float(x))), None, np.arange(3.0))
    assert seen == [0.0, 1.0, 2.0]
    seen.clear()
    scan(lambda c, x: (c, seen.append(float(x))), None, np.arange(3.0), reverse=True)
    assert seen == [2.0, 1.0, 0.0]


def test_named_tuples_come_back():
    class State(NamedTuple):
        position: Any
        speed: Any

    def step(s: State, push: Any) -> tuple[State, Any]:
        return State(s.position + s.speed, s.speed + push), s

    last, all_ = scan(step, State(0.0, 1.0), np.array([1.0, 1.0]))
    assert last == State(3.0, 3.0)
    assert isinstance(all_, State) and all_.position.tolist() == [0.0, 1.0]


def test_pythons_numbers_take_the_dtype_they_meet():
    xs = np.ones(3, np.float32)
    total, before = scan(lambda t, x: (t + x, t), 0, xs)
    assert total.dtype == before.dtype == np.float32 and before.tolist() == [0, 1, 2]
    total, before = scan(lambda t, x: (t + x, t), Value(0.5), Value(xs))
    assert total.dtype == before.dtype == np.float32
    before.sum().backward()
    assert scan(lambda t, _: (t * 2, t), 1.0, length=2)[1].dtype == np.float64
    assert type(scan(lambda t, _: (t * 2, t), 1.0, length=2)[0]) is float


def test_no_steps_give_init_and_empty_ys():
    init = (Value(C), 2.0)
    carry, ys = scan(lambda c, x: (c, (np.outer(x, x), 1)), init, XS[:0])
    assert carry is init
    assert ys[0].shape == (0, 3, 3) and ys[1].shape == (0,) and ys[1].dtype == int
    ys = scan(lambda c, x: (c, x * c[0]), init, XS[:0])[1]
    assert type(ys) is Value and ys.shape == (0, 3) and not ys.requires_grad
    seen: list[Any] = []
    for xs in (np.ones(1, np.float32), np.ones(0, np.float32)):
        scan(lambda c, x: (c, seen.append(x)), None, xs)
    assert [type(x) for x in seen] == [np.float32, np.float32]


# Derivatives


@pytest.mark.parametrize("reverse", [False, True])
def test_derivatives_of_both_orders_in_both_modes(reverse):
    assert gradcheck(number, *ARGUMENTS, order=2, reverse=reverse)


def test_the_gradient_is_that_of_the_loop():
    def loop(a: Any, b: Any, total: Any, scale: Any) -> Any:
        (total, (scale, _)), ys = written_out(wave, (total, (scale, 0)), {"a": a, "b": b}, len(XS))
        parts = sum(np.sum(y["t"] ** 2) + np.sum(np.cos(y["s"][0])) for y in ys)
        return np.sum(total**2) + np.sum(scale) + parts

    every = tuple(range(4))
    found, expected = (grad(f, argnum=every)(*ARGUMENTS) for f in (number, loop))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)


def test_what_the_body_closes_over_has_a_gradient():
    w = Value(np.eye(3) * 0.5)
    scan(lambda h, x: (np.tanh(x + h @ w), None), C, XS)[0].sum().backward()
    h, expected = C, []
    for x in XS:
        expected.append(h)
        h = np.tanh(x + h @ w.data)
    sums = np.zeros((3, 3))
    back = np.ones(3)
    for x, h in zip(XS[::-1], expected[::-1], strict=True):
        back = back * (1 - np.tanh(x + h @ w.data) ** 2)
        sums += np.outer(h, back)
        back = w.data @ back
    np.testing.assert_allclose(w.grad, sums, rtol=1e-12)


def test_slices_that_nothing_uses_have_gradient_zero():
    xs = Value(XS)
    ys = scan(lambda c, x: (c, x * x), None, xs)[1]
    ys[2].sum().backward()
    assert np.flatnonzero(xs.grad.any(axis=1)).tolist() == [2]
    np.testing.assert_allclose(xs.grad[2], 2 * XS[2])


def test_one_node_takes_xs_apart_and_one_puts_ys_together():
    ys = scan(lambda c, x: (c, -x), None, Value(XS))[1]
    names = sorted(n.op.name for n in history(ys) if n.op)
    steps = len(XS)
    assert names == ["component"] * steps + ["negative"] * steps + ["stack", "unstack"]
    assert "unstack" in draw(ys).source


def test_nothing_is_recorded_where_nothing_is_asked_for():
    with no_grad():
        carry, ys = scan(lambda c, x: (c + x, x), np.zeros(3), Value(XS))
    assert not carry.requires_grad and ys.op is None
    constant = Value(XS, requires_grad=False)
    assert scan(lambda c, x: (c + x, x), np.zeros(3), constant)[1].op is None
    assert [part.op for part in unstack(constant)] == [None] * len(XS)


def test_all_transforms_go_through_and_nest():
    def last(x: Any) -> Any:
        return scan(lambda y, _: (y * x, None), 1.0, length=3)[0]

    assert grad(last)(2.0) == 12.0 and grad(grad(last))(2.0) == 12.0
    assert jvp(last, 2.0, 1.0) == (8.0, 12.0)
    assert vjp(last, 2.0)[1](1.0) == (12.0,)
    assert grad(checkpoint(last))(2.0) == 12.0
    assert vmap(grad(last))(np.array([1.0, 2.0])).tolist() == [3.0, 12.0]

    def product(xs: Any) -> Any:
        return scan(lambda y, x: (y * x, y), 1.0, xs)[0]

    x = np.array([2.0, 3.0, 5.0])
    expected = np.array([[0.0, 5.0, 3.0], [5.0, 0.0, 2.0], [3.0, 2.0, 0.0]])
    np.testing.assert_allclose(hessian(product)(x), expected)

    def outer(x: Any) -> Any:
        def row(total: Any, each: Any) -> Any:
            inner = scan(lambda t, z: (t + z * each, t), 0.0 * each, x)[0]
            return total + inner, inner

        return scan(row, 0.0 * x[0], x)[0]

    np.testing.assert_allclose(grad(outer)(x), 2 * x.sum())
    running = jacobian(lambda xs: scan(lambda t, x: (t + x, t + x), np.zeros(()), xs)[1])
    np.testing.assert_array_equal(running(x), np.tri(3))


# vmap


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("axes", [(0, 1, 0, 1), (1, None, None, 0), (None, 2, 0, None)])
def test_vmap_is_a_loop(axes, reverse):
    many = [
        x if axis is None else np.stack([x * (1 + 0.1 * k) for k in range(3)], axis)
        for x, axis in zip(ARGUMENTS, axes, strict=True)
    ]

    def f(*xs: Any) -> Any:
        (total, (scale, _)), ys = waves(*xs, reverse=reverse)
        return total, scale, ys["t"], ys["s"][0]

    rows = [
        [x if axis is None else np.take(x, k, axis) for x, axis in zip(many, axes, strict=True)]
        for k in range(3)
    ]
    for g in (f, grad(number, argnum=(0, 1, 2, 3))):
        found = vmap(g, in_axes=axes)(*many)
        expected = [g(*row) for row in rows]
        for column, one in enumerate(found):
            together = np.stack([each[column] for each in expected])
            np.testing.assert_allclose(data(one), together, rtol=1e-12)


def test_vmap_in_vmap_and_inside_the_body():
    xs = RNG.normal(size=(2, 5, 4, 3))

    def running(x: Any) -> Any:
        return scan(lambda t, z: (t + z, t + z), np.zeros(3), x)[1]

    np.testing.assert_allclose(vmap(vmap(running))(xs), xs.cumsum(axis=2))
    np.testing.assert_allclose(vmap(vmap(running), in_axes=1)(xs), xs.cumsum(axis=2).swapaxes(0, 1))
    squares = scan(lambda c, x: (c, vmap(np.dot)(x, x)), None, xs[0])[1]
    np.testing.assert_allclose(squares, (xs[0] ** 2).sum(-1))


# Taking apart and putting together


@given(st.integers(1, 5), st.lists(st.integers(0, 3), max_size=2).map(tuple), st.booleans())
def test_stack_undoes_unstack(n, shape, as_value):
    x = np.random.default_rng(n).normal(size=(n, *shape))
    x = Value(x) if as_value else x
    parts = unstack(x)
    assert [np.shape(part) for part in parts] == [shape] * n
    together = stack(parts)
    assert type(together) is type(x)
    np.testing.assert_array_equal(data(together), data(x))


def test_taking_apart_and_putting_together_have_all_derivatives():
    def f(x: Any) -> Any:
        return stack([part**2 * k for k, part in enumerate(unstack(x))])

    assert gradcheck(f, XS, order=2)
    many = np.stack([XS, 2 * XS])
    expected = np.stack([f(x) for x in many])
    np.testing.assert_allclose(vmap(f)(many), expected)
    np.testing.assert_allclose(vmap(f, in_axes=2)(np.moveaxis(many, 0, 2)), expected)
    assert gradcheck(vmap(f), many, order=2)


# What scan asks for


# What type checkers would refuse before it runs.
not_an_int: Any = 4.0


def in_a_list(carry: Any, x: Any) -> Any:
    return [carry, x]


def three(carry: Any, x: Any) -> Any:
    return carry, x, x


def keep(carry: Any, x: Any) -> Any:
    return carry, x


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: scan(keep, 0.0), ArgumentError, "pass length=n"),
        (lambda: scan(keep, 0.0, {}), ArgumentError, "neither an array in xs nor a length"),
        (lambda: scan(keep, 0.0, (XS, XS[:2])), ShapeError, r"\[1\]: float64 \(2, 3\)"),
        (lambda: scan(keep, 0.0, XS, length=3), ShapeError, "xs of 3 steps"),
        (lambda: scan(keep, 0.0, XS, length=-1), ArgumentError, "length=int -1"),
        (lambda: scan(keep, 0.0, XS, length=True), ArgumentError, "length=bool True"),
        (lambda: scan(keep, 0.0, XS, length=not_an_int), ArgumentError, "length=float 4.0"),
        (lambda: scan(keep, 0.0, [1.0, 2.0]), ShapeError, r"write np.array\(\[...\]\)"),
        (lambda: scan(keep, 0.0, Value(2.0)), ShapeError, "float 2.0"),
        (lambda: scan(keep, 0.0, np.array(2.0)), ShapeError, r"float64 \(\)"),
        (lambda: scan(keep, "a", XS), DTypeError, "str 'a'"),
        (lambda: scan(lambda c, x: c, 0.0, XS), ArgumentError, "a pair"),
        (lambda: scan(in_a_list, 0.0, XS), ArgumentError, "a pair"),
        (lambda: scan(three, 0.0, XS), ArgumentError, "a pair"),
        (lambda: scan(lambda c, x: x, np.zeros(2), XS), ArgumentError, "a pair"),
        (lambda: scan(lambda c, x: c, 0.0, XS[:0]), ArgumentError, "a pair"),
    ],
)
def test_bad_calls_are_told(call, kind, said):
    with pytest.raises(kind, match=said) as caught:
        call()
    assert caught.value.expected and caught.value.received and caught.value.remedy


@pytest.mark.parametrize("as_value", [False, True])
@pytest.mark.parametrize(
    ("init", "f", "kind", "said"),
    [
        (C, lambda c, x: ((c,), x), ArgumentError, r"\(\*,\) from step 0"),
        ((C, C), lambda c, x: (list(c), x), ArgumentError, r"\[\*, \*\] from step 0"),
        ({"a": C}, lambda c, x: ({"b": c["a"]}, x), ArgumentError, "'b'"),
        (C, lambda c, x: (None, x), ArgumentError, "None from step 0"),
        (np.zeros(()), lambda c, x: (c + x, x), ShapeError, r"float64 \(3,\) from step 0"),
        (0.0, lambda c, x: (c + x, x), ShapeError, r"float64 \(3,\) from step 0"),
        (C, lambda c, x: (c[:2], x), ShapeError, r"float64 \(2,\) from step 0"),
        (C.astype("f"), lambda c, x: (c + x, x), DTypeError, r"float64 \(3,\) from step 0"),
        (np.zeros(3, int), lambda c, x: (c + x, x), DTypeError, "init's dtypes"),
        (C, lambda c, x: (c + 1j * x, x), DTypeError, "complex128"),
        (0.5, lambda c, x: (np.int64(1), x), DTypeError, "init's dtypes"),
        (True, lambda c, x: (c + 0.5, x), DTypeError, "init's dtypes"),
    ],
)
def test_a_carry_that_changes_is_told(init, f, kind, said, as_value):
    xs = Value(XS) if as_value else XS
    with pytest.raises(kind, match=said):
        scan(f, init, xs)


def test_a_carry_that_changes_later_is_told_with_its_step():
    count = iter(range(9))
    with pytest.raises(ShapeError, match="from step 2"):
        scan(lambda c, x: (c[: 3 - (next(count) > 1)], x), C, XS)
    count = iter(range(9))
    with pytest.raises(DTypeError, match="from step 1"):  # the first step chose float32
        scan(lambda c, x: (np.float32(0) if next(count) < 1 else np.float64(0), x), 0, XS)


@pytest.mark.parametrize(
    ("f", "kind", "said"),
    [
        (lambda c, x: (c + 1, (x,) if c else [x]), ArgumentError, r"\(\*,\) at step 1"),
        (lambda c, x: (c + 1, x if c else x[:2]), ShapeError, r"float64 \(3,\) at step 1"),
        (lambda c, x: (c + 1, x if c else x.astype("f")), DTypeError, "at step"),
        (lambda c, x: (c + 1, np.int64(c) if c else 0.5), DTypeError, "at step 0"),
    ],
)
def test_a_y_that_changes_is_told(f, kind, said):
    with pytest.raises(kind, match=said):
        scan(f, 0, XS)


# Beside JAX


@pytest.mark.peers
@pytest.mark.parametrize("reverse", [False, True])
def test_jax_gives_the_same(reverse):
    jax = pytest.importorskip("jax")
    jnp = jax.numpy

    def body(carry: Any, x: Any) -> Any:
        total, (scale, count) = carry
        total = jnp.tanh(total * scale + x["a"])
        scale = scale + 0.1 * jnp.sin(x["b"])
        return (total, (scale, count + 1)), {"t": total * x["b"], "s": [scale, None]}

    def theirs(a: Any, b: Any, total: Any, scale: Any) -> Any:
        carry, ys = jax.lax.scan(body, (total, (scale, 0)), {"a": a, "b": b}, reverse=reverse)
        (total, (scale, _)) = carry
        parts = jnp.sum(ys["t"] ** 2) + jnp.sum(jnp.cos(ys["s"][0]))
        return jnp.sum(total**2) + jnp.sum(scale) + parts

    with jax.enable_x64(True):
        every = (0, 1, 2, 3)
        value, gradients = jax.value_and_grad(theirs, every)(*ARGUMENTS)

    def f(*xs: Any) -> Any:
        return number(*xs, reverse=reverse)

    np.testing.assert_allclose(f(*ARGUMENTS), value, rtol=1e-12)
    for found, expected in zip(grad(f, argnum=every)(*ARGUMENTS), gradients, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10)

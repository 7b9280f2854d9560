"""Every transform: arguments, containers, nesting, modes, and what it hands back."""

import itertools
import tracemalloc
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    Value,
    checkpoint,
    elementwise_grad,
    grad,
    gradcheck,
    hessian,
    holomorphic_grad,
    hvp,
    jacobian,
    jvp,
    linearize,
    make_vjp,
    no_grad,
    stop_gradient,
    value_and_grad,
    vjp,
    vmap,
)
from autograd.errors import (
    ArgumentError,
    DetachedWarning,
    DTypeError,
    ShapeError,
    StaleGraphError,
)
from autograd.op import Kind, Op


class Pair(NamedTuple):
    w: Any
    b: Any


X = np.array([0.5, -1.5, 2.0])


# Arguments


def three(x: Any, y: Any, z: Any, scale: float = 1.0) -> Any:
    return scale * x**2 * y**2 * z**3


PARTS = {0: 4.0 * 4.0 * 27.0, 1: 4.0 * 4.0 * 27.0, 2: 4.0 * 4.0 * 3 * 9.0}


@pytest.mark.parametrize("spelling", ["argnum", "argnums"])
@pytest.mark.parametrize("number", [0, 1, 2, -1, -2, -3, np.int64(1)])
def test_one_argnum(spelling: Any, number: int) -> None:
    named: dict[str, Any] = {spelling: number}
    point = (2.0, 2.0, 3.0)
    expected = PARTS[int(number) % 3]
    differentiate: tuple[Any, ...] = (grad, elementwise_grad, jacobian)
    for transform in differentiate:
        assert transform(three, **named)(*point) == expected
    assert value_and_grad(three, **named)(*point) == (432.0, expected)
    assert grad(three, **named)(*point, scale=0.5) == 0.5 * expected
    own = grad(grad(three, number), number)(*point)
    assert hessian(three, **named)(*point) == pytest.approx(own)
    assert hvp(three, argnum=number)(*point, 2.0) == pytest.approx(2 * own)


@pytest.mark.parametrize("numbers", [(0,), (2, 0), [0, 1, 2], (-1, 0), ()])
def test_several_argnums(numbers: Any) -> None:
    point = (2.0, 2.0, 3.0)
    expected = tuple(PARTS[i % 3] for i in numbers)
    if not numbers:
        with pytest.warns(DetachedWarning):
            assert grad(three, numbers)(*point) == ()
        return
    assert grad(three, numbers)(*point) == expected
    assert grad(three, argnums=numbers)(*point) == expected
    assert jacobian(three, numbers)(*point) == expected
    assert value_and_grad(three, numbers)(*point)[1] == expected
    blocks = hessian(three, numbers)(*point)
    for (i, row), (j, column) in itertools.product(enumerate(numbers), repeat=2):
        assert blocks[i][j] == pytest.approx(grad(grad(three, row), column)(*point))


@pytest.mark.parametrize("numbers", [0, 1, (0, 1)])
@pytest.mark.parametrize(
    "transform", [grad, value_and_grad, elementwise_grad, jacobian, hessian, holomorphic_grad]
)
def test_two_spellings_at_once_are_refused(transform: Any, numbers: Any) -> None:
    """One of them would be dropped, also where it says what is the default, or the same twice."""
    for both in ({"argnum": 0, "argnums": numbers}, {"argnum": numbers, "argnums": 0}):
        with pytest.raises(ArgumentError) as caught:
            transform(three, **both)
        assert "argnum=" in caught.value.received and "argnums=" in caught.value.received
        assert "tuple" in caught.value.remedy
    with pytest.raises(ArgumentError):
        transform(three, 0, argnums=1)
    with pytest.raises(ArgumentError):
        gradcheck(three, 2.0, 2.0, 3.0, argnum=0, argnums=1)


def test_none_for_a_number_is_the_first_argument() -> None:
    assert grad(three, argnum=None, argnums=None)(2.0, 2.0, 3.0) == PARTS[0]
    assert hvp(three, argnum=1)(2.0, 2.0, 3.0, 1.0) == grad(grad(three, 1), 1)(2.0, 2.0, 3.0)


@pytest.mark.parametrize("numbers", [(0, 0), (0, -3), [2, 1, -1]])
@pytest.mark.parametrize("transform", [grad, jacobian, hessian, value_and_grad, make_vjp])
def test_an_argument_named_twice_is_refused(transform: Any, numbers: Any) -> None:
    """It can be put in but once, so the first of the two would have the gradient 0."""
    with pytest.raises(ArgumentError, match="once"):
        transform(three, numbers)(2.0, 2.0, 3.0)


def test_names_and_docstrings_stay() -> None:
    for transform in (grad, value_and_grad, elementwise_grad, jacobian, hessian, checkpoint):
        assert transform(three).__name__ == "three"


# Containers

leaves = st.floats(-2, 2) | st.lists(st.floats(-2, 2), min_size=1, max_size=3).map(np.array)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.builds(Pair, inner, st.none() | inner)
        | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3)
        | st.dictionaries(st.integers(0, 3), inner, max_size=2).map(OrderedDict)
    ),
    max_leaves=6,
)


def walk(tree: Any) -> list[Any]:
    if tree is None:
        return []
    if isinstance(tree, dict):
        tree = list(tree.values())
    return [x for item in tree for x in walk(item)] if isinstance(tree, list | tuple) else [tree]


def energy(tree: Any) -> Any:
    """Σ k x³ over the leaves, numbered by k from 1."""
    return sum((k * np.sum(x**3) for k, x in enumerate(walk(tree), 1)), start=0.0)


def alike(a: Any, b: Any) -> bool:
    """The same containers around leaves of the same shapes."""
    if isinstance(a, dict):
        return type(a) is type(b) and list(a) == list(b) and all(alike(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(alike, a, b))
    return np.shape(a) == np.shape(b)


@given(trees.filter(lambda tree: len(walk(tree)) > 0))
def test_any_container(tree: Any) -> None:
    gradient = grad(energy)(tree)
    assert alike(gradient, tree)
    for k, (x, g) in enumerate(zip(walk(tree), walk(gradient), strict=True), 1):
        assert np.allclose(g, 3 * k * x**2)
    total, moved = jvp(energy, (tree,), (tree,))
    assert moved == pytest.approx(3 * total)
    assert hvp(energy, tree, gradient) is not None
    assert alike(hvp(energy)(tree, tree), tree)
    out, pull = vjp(lambda t: [t, (t,)], tree)
    (back,) = pull([tree, (tree,)])
    assert alike(out, [tree, (tree,)])
    assert alike(back, tree)
    assert all(np.allclose(b, 2 * x) for b, x in zip(walk(back), walk(tree), strict=True))
    for mode in ("rev", "fwd", "auto"):
        found = jacobian(lambda t: {"e": energy(t)}, mode=mode)(tree)
        assert list(found) == ["e"]
        assert alike(found["e"], gradient)


def test_defaultdict() -> None:
    d = defaultdict(list, {"a": 2.0})
    found = grad(lambda t: t["a"] ** 2)(d)
    assert type(found) is defaultdict
    assert found == {"a": 4.0}


def test_has_aux() -> None:
    def f(x: Any, y: float) -> Any:
        return x * x * y, {"twice": 2.0 * x, "text": "kept", "none": None}

    aux = {"twice": 6.0, "text": "kept", "none": None}
    assert grad(f, has_aux=True)(3.0, 2.0) == (12.0, aux)
    assert value_and_grad(f, has_aux=True)(3.0, 2.0) == ((18.0, aux), 12.0)
    out, pull, given_aux = vjp(lambda x: f(x, 2.0), 3.0, has_aux=True)
    assert (out, pull(1.0), given_aux) == (18.0, (12.0,), aux)
    with pytest.raises(ArgumentError, match="aux"):
        grad(lambda x: x, has_aux=True)(1.0)


@pytest.mark.parametrize("x", [2, np.int64(2), True, [1, 2], np.arange(3), np.float32(1.5)])
def test_integers_and_dtypes(x: Any) -> None:
    if isinstance(x, list):
        assert grad(lambda t: t[0] * t[1])(x) == [2.0, 1.0]
        return
    found = grad(lambda t: np.sum(t**2))(x)
    assert np.array_equal(found, 2 * np.asarray(x))
    assert np.asarray(found).dtype == (np.float32 if type(x) is np.float32 else np.float64)
    assert not isinstance(found, Value)


# Values in, Values closed over


@pytest.mark.parametrize("data", [2.0, np.float64(2.0), X])
def test_value_inputs_give_recorded_results(data: Any) -> None:
    x = Value(data)
    for found in (
        grad(lambda t: np.sum(t**3))(x),
        elementwise_grad(lambda t: t**3)(x),
        vjp(lambda t: t**3, x)[1](np.ones(x.shape))[0],
        jvp(lambda t: t**3, (x,), (np.ones(x.shape),))[1],
    ):
        assert type(found) is Value
        assert found.requires_grad
        x.zero_grad()
        np.sum(found).backward()
        assert np.allclose(x.grad, 6 * np.asarray(data))
    constant = Value(data, requires_grad=False)
    found = grad(lambda t: np.sum(t**3))(constant)
    assert type(found) is Value
    assert not found.requires_grad
    assert np.allclose(found.numpy(), 3 * np.asarray(data) ** 2)


@pytest.mark.parametrize("data", [2.0, X])
def test_closures_over_values_are_recorded(data: Any) -> None:
    w = Value(data)
    for program in (
        lambda: value_and_grad(lambda x: np.sum(w**2 * x**3))(3.0)[1],
        lambda: jvp(lambda x: np.sum(w**2 * x**3), (3.0,), (1.0,))[1],
        lambda: np.sum(jacobian(lambda x: w**2 * x**3, mode="fwd")(3.0)),
        lambda: np.sum(jacobian(lambda x: w**2 * x**3, mode="rev")(3.0)),
        lambda: hessian(lambda x: np.sum(w**2 * x**3))(3.0) * 1.5,
        lambda: hvp(lambda x: np.sum(w**2 * x**3))(3.0, 1.5),
    ):
        w.zero_grad()
        recorded: Any = program()
        recorded.backward()
        assert np.allclose(w.grad, 2 * np.asarray(data) * 27.0)
        with no_grad():
            assert not getattr(program(), "requires_grad", False)
    w.zero_grad()
    loss = value_and_grad(lambda x: np.sum(w * x))(3.0)[0]
    loss.backward()
    assert np.array_equal(w.grad, np.full(np.shape(data), 3.0))


# Nesting


def test_no_perturbation_confusion() -> None:
    """d/dx [x d/dy (x + y)] = 1, not 2; and its kin in every mix of modes."""
    derivatives: list[Callable[[Any], Any]] = [
        grad,
        lambda f: lambda x: jvp(f, (x,), (1.0,))[1],
        lambda f: lambda x: vjp(f, x)[1](1.0)[0],
        lambda f: jacobian(f, mode="fwd"),
        lambda f: jacobian(f, mode="rev"),
        elementwise_grad,
    ]
    for outer, inner in itertools.product(derivatives, repeat=2):
        assert outer(lambda x, d=inner: x * d(lambda y: x + y)(1.0))(1.0) == 1.0
        assert outer(lambda x, d=inner: x * d(lambda y: x * y)(x))(3.0) == 6.0
        assert outer(lambda x, d=inner: d(lambda y: y * y * x)(x))(3.0) == 12.0
        assert outer(inner(lambda x: x**5))(2.0) == 5 * 4 * 8.0
        assert outer(inner(outer(lambda x: x**5)))(1.0) == pytest.approx(60.0)


def test_stop_gradient_stops_at_every_leaf_of_a_container() -> None:
    def f(q: Any) -> Any:
        held = stop_gradient({"a": [q, 2.0], "b": Pair(q * q, None), "c": "text"})
        assert held["a"][1] == 2.0 and held["c"] == "text" and type(held["b"]) is Pair
        return q * held["a"][0] + held["b"].w

    assert grad(f)(3.0) == 3.0
    assert jvp(f, (3.0,), (1.0,))[1] == 3.0
    np.testing.assert_array_equal(vmap(grad(f))(np.array([3.0, 4.0])), [3.0, 4.0])
    x = np.ones(2)
    assert stop_gradient(x) is x and stop_gradient(None) is None


def test_complex_seeds_of_real_numbers_are_refused() -> None:
    """Cast to what they belong to, they would lose their imaginary parts."""
    _, pull = vjp(np.sin, X)
    push = linearize(np.sin, X)[1]
    x = Value(X)
    y = 2 * x
    seeds = {
        "a real cotangent": (
            lambda: pull(1j * X),
            lambda: y.backward(1j * X),
            lambda: Value(2.0).backward(1j),
            lambda: (x[0] * 2).backward(np.complex64(1j)),
        ),
        "a real tangent": (
            lambda: jvp(np.sin, (X,), (1j * X,)),
            lambda: push(1j * X),
            lambda: hvp(lambda x: np.sum(x**3))(X, 1j * X),
            lambda: jvp(np.sin, (X,), (Value(1j * X),)),
            lambda: jvp(np.sin, (1.0,), (1j,)),
        ),
    }
    for wanted, calls in seeds.items():
        for call in calls:
            with pytest.raises(DTypeError) as caught:
                call()
            assert wanted in caught.value.expected and "complex" in caught.value.received
            assert "imag" in caught.value.remedy
    assert x.grad is None
    np.testing.assert_allclose(jvp(np.sin, (X + 0j,), (1j * X,))[1], 1j * X * np.cos(X))
    np.testing.assert_allclose(vjp(lambda x: x * (1 + 1j), X)[1](1j * X)[0], -X)


@pytest.mark.parametrize("seed", [["a", "b", "c"], [None, 1.0, 2.0]])
def test_seeds_are_numbers(seed: list[Any]) -> None:
    for call in (
        lambda: jvp(np.sin, (X,), (np.array(seed),)),
        lambda: vjp(np.sin, X)[1](np.array(seed)),
        lambda: (2 * Value(X)).backward(np.array(seed)),
        lambda: (2 * Value(X)).backward(seed),
    ):
        with pytest.raises(DTypeError) as caught:
            call()
        assert "tangent" in caught.value.expected and caught.value.remedy


def test_stop_gradient_inside_a_nest() -> None:
    assert grad(lambda x: x * grad(lambda y: stop_gradient(x) * y * y)(x))(3.0) == 2 * 2 * 9.0


def test_derivatives_of_the_sine_to_order_eight() -> None:
    f: Any = np.sin
    for order in range(8):
        assert f(0.3) == pytest.approx(np.sin(0.3 + order * np.pi / 2))
        f = grad(f)


def test_transforms_work_under_no_grad() -> None:
    w = Value(2.0)
    with no_grad():
        assert grad(lambda x: w * x * x)(3.0) == 12.0
        assert grad(grad(lambda x: w * x * x))(3.0) == 4.0
        assert jvp(lambda x: w * x * x, (3.0,), (1.0,)) == (18.0, 12.0)
        assert not (w * w).requires_grad


# Zero dependence, outputs of other kinds


@pytest.mark.parametrize("f", [lambda x: 3.0, lambda x: np.sum(x.numpy()), lambda x: Value(1.0)])
def test_an_output_without_the_input_warns(f: Callable[[Any], Any]) -> None:
    for transform in (grad, elementwise_grad):
        with pytest.warns(DetachedWarning, match="remedy"):
            assert np.array_equal(transform(f)(X), np.zeros(3))
    with pytest.warns(DetachedWarning, match="remedy"):
        assert np.array_equal(hvp(f)(X, X), np.zeros(3))
    # All derivatives of a Value may well be zero: those of a linear function's gradient are.
    plain = type(f(Value(X))) is not Value
    warned = pytest.warns(DetachedWarning, match="remedy") if plain else nullcontext()
    for mode in ("rev", "fwd"):
        with warned:
            assert np.array_equal(jacobian(f, mode=mode)(X), np.zeros(3))
    with warned:
        assert np.array_equal(hessian(f)(X), np.zeros((3, 3)))
    # In silence: of several outputs and arguments, many do not meet.
    assert jvp(f, (X,), (X,))[1] == 0.0
    assert np.array_equal(vjp(f, X)[1](1.0)[0], np.zeros(3))


def test_a_linear_function_has_a_hessian_without_a_warning() -> None:
    assert np.array_equal(hessian(lambda x: np.sum(3 * x))(X), np.zeros((3, 3)))
    assert np.array_equal(hvp(lambda x: np.sum(3 * x))(X, X), np.zeros(3))


@pytest.mark.parametrize("output", [lambda x: x, lambda x: (x, x), lambda x: 1j * np.sum(x)])
def test_messages_name_the_transform_that_was_called(output: Callable[[Any], Any]) -> None:
    calls: dict[str, Callable[[], Any]] = {
        "grad": lambda: grad(output)(X),
        "value_and_grad": lambda: value_and_grad(output)(X),
        "hvp": lambda: hvp(output)(X, X),
    }
    for name, call in calls.items():
        with pytest.raises((ShapeError, DTypeError), match=rf"for {name}\n"):
            call()
    several: dict[str, Any] = {"argnum": (0,)}
    with pytest.raises(ArgumentError, match="one argument for hvp"):
        hvp(output, **several)


def test_one_of_two_arguments_unused() -> None:
    assert grad(lambda x, y: x * x, (0, 1))(2.0, 3.0) == (4.0, 0.0)


@pytest.mark.parametrize("transform", [grad, value_and_grad])
def test_only_real_scalars_have_a_gradient(transform: Any) -> None:
    with pytest.raises(ShapeError, match=r"\(3,\)"):
        transform(lambda x: x * x)(X)
    for output in ((1.0, 2.0), None, {"a": 1.0}):
        with pytest.raises(ShapeError):
            transform(lambda x, out=output: out)(X)
    with pytest.raises(DTypeError, match="complex128"):
        transform(lambda x: np.sum(x * 1j))(X)
    with pytest.raises(DTypeError):
        transform(lambda x: "text")(X)
    assert transform(lambda x: np.sum(x * x, keepdims=True))(X) is not None


def test_complex_arguments() -> None:
    """For real f of z = x + iy the gradient is df/dx - i df/dy."""
    z = np.array([1 + 2j, -0.5j])
    assert np.allclose(grad(lambda t: np.sum(np.abs(t) ** 2))(z), 2 * z.conj())
    assert np.allclose(jvp(lambda t: t * t, (z,), (np.array([1j, 1.0]),))[1], 2 * z * [1j, 1.0])
    assert np.allclose(elementwise_grad(np.exp)(z), np.exp(z))
    for mode in ("fwd", "rev"):
        assert np.allclose(jacobian(lambda t: t * t, mode=mode)(z), np.diag(2 * z))


# Jacobians

FUNCTIONS: list[Callable[[Any], Any]] = [
    lambda x: np.outer(x, np.sin(x)),
    lambda x: np.stack([x[0] * x[1], x[2]]),
    lambda x: np.sum(x * x),
    lambda x: np.where(x > 0, x**2, np.exp(x))[:, None] @ np.ones((1, 2)),
    lambda x: x[3:],
    lambda x: {"a": x[0], "b": [np.flip(x) * x, 1.0]},
]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_the_modes_of_jacobian_agree(f: Callable[[Any], Any]) -> None:
    found = [walk(jacobian(f, mode=mode)(X)) for mode in ("rev", "fwd", "auto")]
    h = 1e-6
    for i, y in enumerate(walk(f(X))):
        assert np.shape(found[0][i]) == (*np.shape(y), 3)
        slopes = [
            (np.asarray(walk(f(X + d))[i]) - walk(f(X - d))[i]) / (2 * h) for d in h * np.eye(3)
        ]
        for blocks in found:
            assert np.allclose(blocks[i], np.stack(slopes, -1), atol=1e-7)


@pytest.mark.parametrize(("mode", "sweeps"), [("rev", (1, 1)), ("fwd", (3, 1)), ("auto", (1, 1))])
def test_the_number_of_sweeps_of_a_jacobian(mode: str, sweeps: tuple[int, int]) -> None:
    calls: list[int] = []

    def rule(g: Any, y: Any, x: Any) -> Any:
        calls.append(1)
        return g * 2 * x

    square = Op(np.square, Kind.ELEMENTWISE, (rule,), name="square")
    assert np.array_equal(jacobian(lambda x: np.sum(square(x)), mode=mode)(X), 2 * X)
    assert len(calls) == sweeps[0]
    wide = jacobian(lambda x: square(x) * np.ones(5), mode=mode)(np.array([3.0]))
    assert np.array_equal(wide, np.full((5, 1), 6.0))
    assert len(calls) == sum(sweeps)


def test_hessian_is_the_matrix_of_hvp() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.tanh(x) * np.flip(x) ** 2)

    h = hessian(f)(X)
    assert np.allclose(h, h.T)
    for i, e in enumerate(np.eye(3)):
        assert np.allclose(hvp(f)(X, e), h[i])
        assert np.allclose(hvp(f, X, e), h[i])


# vjp and jvp


def test_pull_may_be_called_again_after_the_caller_changed_the_input() -> None:
    a = X.copy()
    y, pull = vjp(lambda x: x * x, a)
    a += 100.0
    for seed in (np.ones(3), X):
        assert np.array_equal(pull(seed)[0], 2 * X * seed)
    assert np.array_equal(y, X * X)


def test_options_that_make_a_linear_op_affine_have_no_tangent() -> None:
    assert jvp(lambda x: np.sum(x, initial=5.0), (X,), (X,))[1] == X.sum()
    padded = jvp(lambda x: np.pad(x, 1, constant_values=7.0), (X,), (X,))[1]
    assert np.array_equal(padded, [0.0, *X, 0.0])


def test_cotangents_and_tangents_may_be_values() -> None:
    t = Value(2.0)
    jvp(lambda x: x**3, (1.0,), (t,))[1].backward()
    assert t.grad == 3.0
    c = Value(2.0)
    vjp(lambda x: x**3, 1.0)[1](c)[0].backward()
    assert c.grad == 3.0


# checkpoint


def layer(x: Any, w: Any) -> Any:
    for _ in range(10):
        x = np.tanh(x * w) + 0.1
    return x


def deep(x: Any, w: Any, part: Callable[..., Any]) -> Any:
    for _ in range(8):
        x = part(x, w)
    return np.sum(x)


def test_checkpoint_gives_the_same_derivatives() -> None:
    for wrap in (lambda f: grad(f, (0, 1)), lambda f: grad(lambda x, w: np.sum(grad(f)(x, w)), 1)):
        plain, again = (
            wrap(lambda x, w, p=part: deep(x, w, p))(X, 1.5) for part in (layer, checkpoint(layer))
        )
        for a, b in zip(walk([plain]), walk([again]), strict=True):
            assert np.allclose(a, b, rtol=1e-12)


def test_checkpoint_of_values_that_depend_on_each_other() -> None:
    w, x = Value(3.0), Value(1.0)
    part = checkpoint(lambda t: w * t)
    part(part(x)).backward()
    assert (w.grad, x.grad) == (6.0, 9.0)
    w = Value(2.0)
    square = w * w
    checkpoint(lambda: square * w)().backward()
    assert w.grad == 12.0


def test_checkpoint_keeps_containers_and_closures_and_forward_mode() -> None:
    w = Value(1.5)
    y = checkpoint(lambda x: {"a": w * x, "b": [w * w, 3.0]})(2.0)
    (y["a"] * y["b"][0]).backward()
    assert w.grad == pytest.approx(3 * 2.0 * 1.5**2)
    assert y["b"][1] == 3.0
    assert jvp(checkpoint(layer), (X, 1.5), (X, 1.0))[1] == pytest.approx(
        jvp(layer, (X, 1.5), (X, 1.0))[1]
    )


def test_checkpoint_takes_less_memory() -> None:
    def peak(part: Callable[..., Any]) -> int:
        x = Value(np.linspace(0, 1, 20_000))
        tracemalloc.start()
        deep(x, 1.5, part).backward()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(checkpoint(layer)) < 0.4 * peak(layer)


def test_checkpoint_refuses_what_differs_the_second_time() -> None:
    draws = np.random.default_rng(0)
    y = np.sum(checkpoint(lambda x: x * draws.random(3))(Value(X)))
    with pytest.raises(ArgumentError, match="same output"):
        y.backward()
    w = Value(2.0)
    z = checkpoint(lambda x: w * x)(Value(3.0))
    w.assign(5.0)
    with pytest.raises(StaleGraphError):
        z.backward()


# Threads


def test_threads_do_not_meet() -> None:
    def work(seed: int) -> bool:
        x = np.random.default_rng(seed).random(4)
        for _ in range(30):
            g, h = grad(lambda t: np.sum(t**3))(x), hessian(lambda t: np.sum(t**3))(x)
            v = Value(x)
            np.sum(v * v).backward()
            if not (np.allclose(g, 3 * x**2) and np.allclose(h, np.diag(6 * x))):
                return False
            if not np.allclose(v.grad, 2 * x):
                return False
        return True

    with no_grad(), ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(8)))


def test_what_is_no_function_is_told():
    computed: Any = Value(3.0) * 2.0
    for transform in (grad, value_and_grad, jacobian, hessian):
        with pytest.raises(ArgumentError, match=r"a function to differentiate[\s\S]*backward\(\)"):
            transform(computed)(1.0)

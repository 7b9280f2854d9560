"""Every bad input: the type of its error, what the message names, and its three parts."""

import re
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from autograd import (
    Value,
    checkpoint,
    custom_vjp,
    deriv,
    elementwise,
    elementwise_grad,
    grad,
    hvp,
    jacobian,
    jvp,
    make_hvp,
    make_vjp,
    remedies,
    scan,
    softmax,
    value_and_grad,
    vjp,
    vmap,
)
from autograd import errors as E
from autograd.containers import map_leaves, unflatten
from autograd.op import Kind, Op

V = Value(np.ones((2, 3)), name="v")
W = Value(np.ones((4, 3)))
S = Value(2.0, name="s")
C = Value([1 + 1j])
TEXT: Any = "x"
DRAWS = np.random.default_rng(0)


def gradient_of(x: Any) -> None:
    V.copy().grad = x


def matrix() -> Any:
    with pytest.warns(PendingDeprecationWarning):
        return np.matrix(np.ones((2, 3)))


def stale() -> None:
    w = Value([1.0, 2.0], name="weight")
    y = np.sum(w * w)
    w.data = [3.0, 4.0]
    y.backward()


def put(v: Any, index: Any, new: Any) -> Callable[[], None]:
    return lambda: v.__setitem__(index, new)


def in_place() -> None:
    a = np.ones(3)
    a += V[0]


BAD: list[tuple[Callable[[], Any], type[E.AutogradError], type[Exception], list[str]]] = [
    # backward
    (lambda: V.backward(), E.ShapeError, ValueError, ["backward()", "v: float64 (2, 3)", "sum"]),
    (lambda: (V * 2.0).backward(np.ones(3)), E.ShapeError, ValueError, ["(2, 3)", "(3,)"]),
    (lambda: V.detach().backward(), E.ArgumentError, ValueError, ["requires_grad", "(2, 3)"]),
    (lambda: (C * C).backward(), E.DTypeError, TypeError, ["complex128 (1,)", "np.real"]),
    (stale, E.StaleGraphError, RuntimeError, ["weight: float64 (2,)", "assigned"]),
    # shapes
    (lambda: V + W, E.ShapeError, ValueError, ["add", "(2, 3)", "(4, 3)", "length 1"]),
    (lambda: np.ones(2) * V, E.ShapeError, ValueError, ["multiply", "(2,)", "(2, 3)"]),
    (lambda: V @ W, E.ShapeError, ValueError, ["matmul", "(2, 3)", "(4, 3)"]),
    (lambda: V @ S, E.ShapeError, ValueError, ["matmul", "(2, 3)"]),
    (lambda: np.dot(V, W), E.ShapeError, ValueError, ["fit dot", "(2, 3)", "(4, 3)"]),
    (lambda: np.where([True, False], V, W), E.ShapeError, ValueError, ["where", "(4, 3)"]),
    (lambda: np.einsum("ij,jk", V, W), E.ShapeError, ValueError, ["einsum", "(2, 3)", "(4, 3)"]),
    (lambda: V.reshape(4, 2), E.ShapeError, ValueError, ["reshape", "(2, 3)", "(4, 2)"]),
    (lambda: np.stack([V, W]), E.ShapeError, ValueError, ["stack", "(2, 3)", "(4, 3)"]),
    (lambda: np.concatenate([V, S]), E.ShapeError, ValueError, ["concatenate", "(2, 3)"]),
    (lambda: np.broadcast_to(V, (2, 2)), E.ShapeError, ValueError, ["broadcast_to", "(2, 3)"]),
    (lambda: V.squeeze(0), E.ShapeError, ValueError, ["squeeze", "(2, 3)"]),
    # lists whose rows differ in length
    (lambda: V * [[1.0], [1.0, 2.0]], E.ShapeError, ValueError, ["one length", "float 2.0"]),
    (lambda: [[1.0], [1.0, 2.0]] - S, E.ShapeError, ValueError, ["one length", "float 2.0"]),
    (lambda: S ** ([1.0], [1.0, 2.0]), E.ShapeError, ValueError, ["one length", "float 2.0"]),
    # axes
    (lambda: V.sum(axis=2), E.AxisError, IndexError, ["sum", "(2, 3)", "axis"]),
    (lambda: V.sum(axis=2), E.AxisError, ValueError, ["from -2 to 1"]),
    (lambda: V.max(axis=-3, keepdims=True), E.AxisError, ValueError, ["max", "(2, 3)"]),
    (lambda: V.mean(axis=(0, 5)), E.AxisError, ValueError, ["mean", "(2, 3)"]),
    (lambda: softmax(V, axis=4), E.AxisError, ValueError, ["softmax", "(2, 3)"]),
    (lambda: V.swapaxes(0, 2), E.AxisError, ValueError, ["swapaxes", "(2, 3)"]),
    (lambda: np.concatenate([V, V], 2), E.AxisError, ValueError, ["concatenate", "(2, 3)"]),
    (lambda: np.flip(V, 3), E.AxisError, ValueError, ["flip", "(2, 3)"]),
    (lambda: np.roll(V, 1, axis=2), E.AxisError, ValueError, ["roll", "(2, 3)"]),
    # indices
    (lambda: V[2], E.IndexingError, IndexError, ["getitem", "(2, 3)", "index=2"]),
    (lambda: V[0, 0, 0], E.IndexingError, IndexError, ["getitem", "(2, 3)"]),
    (lambda: V[np.ones(3, bool)], E.IndexingError, IndexError, ["getitem", "(2, 3)"]),
    (lambda: V[1.0], E.IndexingError, IndexError, ["getitem", "(2, 3)"]),
    (lambda: V[S], E.DTypeError, TypeError, ["integers", "s: float 2.0"]),
    (lambda: V.item(TEXT), E.IndexingError, IndexError, ["item()", "x for v: float64 (2, 3)"]),
    (lambda: V.item(cast(Any, None)), E.IndexingError, IndexError, ["item()", "None"]),
    (lambda: np.take(V, 9), E.IndexingError, IndexError, ["take", "(2, 3)", "indices=9"]),
    # functions and options without a rule
    (lambda: np.packbits(V), E.UnsupportedError, TypeError, ["packbits", "Value"]),
    (lambda: np.save("x.npy", V), E.UnsupportedError, TypeError, ["numpy.save"]),
    (lambda: np.add.at(V, 0, 1.0), E.AssignmentError, RuntimeError, ["add.at", "copy"]),
    (lambda: np.sin(V, out=np.ones((2, 3))), E.UnsupportedError, TypeError, ["sin", "out="]),
    (lambda: np.sum(V, out=np.ones(())), E.UnsupportedError, TypeError, ["sum", "out="]),
    (lambda: np.sin(V, where=V.data > 0), E.UnsupportedError, TypeError, ["sin", "where="]),
    (in_place, E.UnsupportedError, TypeError, ["add", "float64 (3,)", "a = a + v"]),
    # conversions
    (lambda: float(S), E.ConversionError, TypeError, ["float()", "s: float 2.0", ".item()"]),
    (lambda: int(S), E.ConversionError, TypeError, ["int()", "s: float 2.0"]),
    (
        lambda: np.asarray(V),
        E.ConversionError,
        TypeError,
        ["v: float64 (2, 3)", "is an array"],
    ),
    (lambda: np.array([S]), E.ConversionError, TypeError, ["autograd.numpy.array", "like=v"]),
    (lambda: Value([S, S]), E.ConversionError, TypeError, ["s: float 2.0", "np.stack"]),
    (lambda: Value(V), E.ConversionError, TypeError, ["Value()", "v: float64 (2, 3)", "copy()"]),
    (lambda: range(S), E.ConversionError, TypeError, ["an index", "s: float 2.0", "item()"]),
    # dtypes
    (lambda: V.astype(5), E.DTypeError, TypeError, ["astype", "int 5"]),
    (lambda: V.astype([0]), E.DTypeError, TypeError, ["astype", "list [int 0]"]),
    (lambda: V.astype("real"), E.DTypeError, TypeError, ["astype", "'real'"]),
    # data
    (lambda: Value("text"), E.DTypeError, TypeError, ["<U4"]),
    (lambda: Value([[1.0], [1.0, 2.0]]), E.DTypeError, TypeError, ["equal lengths"]),
    (lambda: Value(None), E.DTypeError, TypeError, ["None"]),
    (lambda: V * np.ma.masked_array([1.0]), E.DTypeError, TypeError, ["MaskedArray", "np.where"]),
    (lambda: Value(matrix()), E.DTypeError, TypeError, ["matrix", "np.asarray"]),
    (lambda: Value(10**400), E.DTypeError, TypeError, ["1329 bits"]),
    (lambda: gradient_of("text"), E.DTypeError, TypeError, ["a gradient of real numbers"]),
    (lambda: gradient_of(np.array(["a"])), E.DTypeError, TypeError, ["a gradient of real"]),
    (lambda: gradient_of(1j), E.DTypeError, TypeError, ["a gradient of real numbers", "1j"]),
    (lambda: len(S), E.DTypeError, TypeError, ["s: float 2.0", ".size"]),
    (lambda: iter(S), E.DTypeError, TypeError, ["s: float 2.0"]),
    # assignment
    (lambda: V.assign(np.ones(3)), E.ShapeError, ValueError, ["'v'", "(2, 3)", "(3,)"]),
    (lambda: V.assign(1j * np.ones((2, 3))), E.DTypeError, TypeError, ["'v'", "complex128"]),
    (lambda: (V + V).assign(V.data), E.AssignmentError, RuntimeError, ["add", "(2, 3)"]),
    (lambda: V.fill(0.0), E.AssignmentError, RuntimeError, ["v: float64 (2, 3)", ".copy()"]),
    (lambda: setattr(V, "real", 0.0), E.AssignmentError, AttributeError, [".real", "v[...] = w"]),
    (lambda: setattr(V, "shape", (6,)), E.AssignmentError, AttributeError, ["(2, 3)", "v.reshape"]),
    (put(V, 0, 1.0), E.AssignmentError, RuntimeError, ["v: float64 (2, 3)", ".copy()"]),
    (put(S, 0, 1.0), E.ShapeError, ValueError, ["s: float 2.0"]),
    (put(V.T, 0, 1.0), E.AssignmentError, RuntimeError, ["transpose", "v: float64 (2, 3)"]),
    (put(V.copy(), 0, [1.0, 2.0]), E.ShapeError, ValueError, ["setitem", "(2, 3)", "(2,)"]),
    (put(V.copy(), 2, 1.0), E.IndexingError, IndexError, ["setitem", "(2, 3)", "index=2"]),
    (put(V.copy(), 0, 1j), E.DTypeError, TypeError, ["(2, 3)", "complex"]),
    # linear algebra
    (
        lambda: np.linalg.inv(Value(np.ones((2, 2)))),
        E.LinAlgError,
        np.linalg.LinAlgError,
        ["inv", "(2, 2)"],
    ),
    (
        lambda: np.linalg.cholesky(-Value(np.eye(2))),
        E.LinAlgError,
        np.linalg.LinAlgError,
        ["cholesky", "(2, 2)"],
    ),
    # transforms
    (lambda: grad(np.sin)(np.ones(3)), E.ShapeError, ValueError, ["sin", "(3,)", "jacobian"]),
    (lambda: grad(lambda x: (x, x))(1.0), E.ShapeError, ValueError, ["scalar", "has_aux"]),
    (lambda: grad(np.sin, 1)(1.0), E.ArgumentError, ValueError, ["sin", "1 positional"]),
    (lambda: grad(np.sin, TEXT)(1.0), E.ArgumentError, ValueError, ["argnum"]),
    (lambda: value_and_grad(np.sin)("x"), E.DTypeError, TypeError, ["<U1"]),
    (lambda: elementwise_grad(np.sin, -2)(1.0), E.ArgumentError, ValueError, ["argnum"]),
    (lambda: jacobian(np.sin, mode="up"), E.ArgumentError, ValueError, ["'up'", "'rev'"]),
    (lambda: hvp(np.sin)(1.0), E.ArgumentError, ValueError, ["vector", "hvp(f)(x, v)"]),
    (lambda: hvp(np.sin)(1.0, np.ones(2)), E.ShapeError, ValueError, ["()", "(2,)"]),
    (lambda: jvp(np.sin, (1.0,), (1.0, 2.0)), E.ArgumentError, ValueError, ["(*,)", "(*, *)"]),
    (lambda: jvp(np.sin, (1.0,), (np.ones(2),)), E.ShapeError, ValueError, ["()", "(2,)"]),
    (lambda: vjp(np.sin, 1.0)[1](np.ones(2)), E.ShapeError, ValueError, ["()", "(2,)"]),
    (lambda: vjp(np.sin, 1.0)[1]((1.0,)), E.ArgumentError, ValueError, ["(*,)", "*"]),
    (
        lambda: np.sum(checkpoint(lambda x: x * DRAWS.random())(V)).backward(),
        E.ArgumentError,
        ValueError,
        ["checkpoint", "(2, 3)", "random"],
    ),
    # containers
    (lambda: unflatten([1, 2], [1.0]), E.ArgumentError, ValueError, ["2 leaves", "1 leaves"]),
    (lambda: map_leaves(max, [1], [1, 2]), E.ArgumentError, ValueError, ["[*]", "[*, *]"]),
]


@pytest.mark.parametrize(("program", "kind", "builtin", "words"), BAD)
def test_bad_input(
    program: Callable[[], Any],
    kind: type[E.AutogradError],
    builtin: type[Exception],
    words: list[str],
) -> None:
    with pytest.raises(builtin) as caught:
        program()
    error = caught.value
    assert isinstance(error, kind)
    assert isinstance(error, E.AutogradError)
    for part in (error.expected, error.received, error.remedy):
        assert part.strip()
        assert "<function" not in part
        assert " at 0x" not in part
    text = str(error)
    assert text == (
        f"expected {error.expected}\n  received: {error.received}\n  remedy:   {error.remedy}"
    )
    for word in words:
        assert word in text


def test_a_remedy_names_no_function_that_numpy_lacks() -> None:
    for program in (put(V.copy(), 0, [1.0, 2.0]), lambda: V.reshape(7), lambda: V @ W):
        with pytest.raises(E.ShapeError) as caught:
            program()
        for name in re.findall(r"(?:numpy|np)\.(\w+)", caught.value.remedy):
            assert hasattr(np, name), caught.value.remedy


@pytest.mark.parametrize(
    ("program", "remedy"),
    [
        (lambda: V @ V, "last axis of the first"),
        (lambda: np.einsum("ij,jk", V, V), "a letter for each axis"),
        (lambda: V.reshape(4), "as many elements"),
        (lambda: np.concatenate([V, V.T]), "agree in all axes but"),
        (lambda: np.concatenate([Value(1.0), Value(2.0)]), "np.stack"),
        (lambda: np.broadcast_to(V, (4, 3)), "ends in the array's own"),
        (lambda: np.split(V, 4), "np.array_split"),
        (lambda: np.squeeze(V, 0), "axes of length 1 only"),
        (lambda: np.transpose(V, (0, 0)), "every axis once"),
        (lambda: np.sum(V, (0, 0)), "each axis once"),
        (lambda: np.max(V[:, :0]), "initial="),
        (lambda: np.linalg.solve(Value(np.eye(3)), np.ones(4)), "as many rows"),
        (lambda: np.fft.fft(V, 0), "1 or more"),
        (lambda: np.clip(V, np.ones(4), None), "1, axis by axis from the right"),
        (lambda: np.sum(V, axis=cast(Any, "a")), "whole numbers for axes"),
        (lambda: np.expand_dims(V, 5), "from -3 to 2"),
        (lambda: np.sum(S, axis=1), "a number has none"),
        (lambda: V[2], "from -2 to 1"),
        (lambda: V[0, 0, 0], "one index for each axis"),
        (lambda: V[1.5], "whole numbers, slices"),
        (lambda: V[np.ones(3, bool)], "from the array itself"),
        (lambda: V[0, :0][0], "nothing is there"),
    ],
)
def test_a_remedy_says_what_is_allowed(program: Callable[[], Any], remedy: str) -> None:
    with pytest.raises(E.AutogradError) as caught:
        program()
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("path", ["linalg.eig", "fft.fft", "vander"])
def test_without_a_remedy_of_its_own_it_names_the_function_where_it_is(path: str) -> None:
    """help(numpy.eig) would not find it, and help(numpy.fft) is that of a module."""
    assert f"help(numpy.{path})" in remedies.of_shapes(path.split(".")[-1], "some words")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (lambda: np.array([S, V[0, 0]]), "np.stack"),
        (lambda: np.ones(2).__setitem__(0, S), "np.stack"),
        (lambda: np.full(3, S), "np.stack"),
    ],
)
def test_where_numpy_hides_our_words_they_are_the_cause(
    program: Callable[[], Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        program()
    chain: list[BaseException] = [caught.value]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    ours = [error for error in chain if isinstance(error, E.AutogradError)]
    assert ours
    assert message in str(ours[0])


def test_numpys_own_error_is_the_cause() -> None:
    with pytest.raises(E.ShapeError) as caught:
        assert V + W
    assert isinstance(caught.value.__cause__, ValueError)
    assert "could not be broadcast" in str(caught.value.__cause__)


def test_a_failed_operation_changes_nothing() -> None:
    v = V.copy()
    for program in (put(v, 0, [1.0, 2.0]), put(v, 9, 1.0), put(v, 0, 1j)):
        order = v.order
        with pytest.raises(E.AutogradError):
            program()
        assert v.order == order
        assert v.versions == []
        assert np.array_equal(v.data, np.ones((2, 3)))
        assert v.op is not None
        assert v.op.name == "copy"


def detached(x: Any) -> float:
    return 3.0


@pytest.mark.parametrize("transform", [grad, value_and_grad, elementwise_grad])
def test_a_detached_output_warns_at_the_line_of_the_caller(transform: Any) -> None:
    with pytest.warns(
        E.DetachedWarning, match="(?s)expected.*detached.*received.*remedy"
    ) as caught:
        transform(detached)(1.0)
    assert caught[0].filename == __file__


def test_a_gradient_that_is_nan_warns_at_the_line_of_the_caller() -> None:
    nan = Op(np.sqrt, Kind.ELEMENTWISE, (lambda g, y, x: g * np.nan,), name="nan")
    for program in (lambda: nan(Value([4.0])).backward([1.0]), lambda: grad(nan)(4.0)):
        with pytest.warns(E.NonFiniteWarning, match="detect_anomaly") as caught:
            program()
        assert caught[0].filename == __file__


RULES: list[tuple[Any, str]] = [
    (lambda g, y, x: None, "None"),
    (lambda g, y, x: g[:2], "(2,)"),
    (lambda g, y: g, "positional arguments"),
    (lambda g, y, x: g.nothing, "nothing"),
]


@pytest.mark.parametrize(("rule", "words"), RULES, ids=["None", "shape", "arity", "attribute"])
def test_a_wrong_rule_of_a_users_op_is_named(rule: Any, words: str) -> None:
    double = Op(lambda x: 2 * x, Kind.ELEMENTWISE, (rule,), name="double")
    for program in (
        lambda: double(Value(np.ones(3))).backward(np.ones(3)),
        lambda: elementwise_grad(double)(np.ones(3)),
        lambda: grad(lambda x: np.sum(np.where(True, double(np.sqrt(0 * x)), 0.0)))(np.ones(3)),
    ):
        with pytest.raises(E.ArgumentError, match="rules of double that read") as caught:
            program()
        assert words in str(caught.value)


def test_a_row_needs_rules_that_are_functions() -> None:
    wrong: Any = 3
    with pytest.raises(E.ArgumentError, match="one rule for each array argument"):
        elementwise(lambda x: 2 * x, name="double")
    for row in (lambda: elementwise(wrong, abs), lambda: elementwise(np.sin, wrong)):
        with pytest.raises(E.ArgumentError, match="a function of arrays, and rules that are"):
            row()


@pytest.mark.parametrize(
    "program",
    [
        vmap,
        checkpoint,
        custom_vjp,
        lambda f: custom_vjp(np.sin).defvjp(f, np.cos),
        lambda f: custom_vjp(np.sin).defvjp(np.cos, f),
        lambda f: scan(f, 0.0, np.ones(2)),
        make_vjp,
        make_hvp,
        deriv,
    ],
)
def test_what_takes_a_function_refuses_what_is_none(program: Any) -> None:
    with pytest.raises(E.ArgumentError, match=r"expected a function .*\n  received: int 3"):
        program(3)


def test_every_error_is_both_ours_and_pythons() -> None:
    kinds = [k for k in vars(E).values() if isinstance(k, type) and issubclass(k, E.AutogradError)]
    assert len(kinds) >= 14
    for kind in kinds:
        assert kind is E.AutogradError or len(kind.__mro__) > len(E.AutogradError.__mro__) + 1
        assert str(kind("a", "b", "c")) == "expected a\n  received: b\n  remedy:   c"
        assert kind.__doc__


@pytest.mark.parametrize(
    "call",
    [
        lambda v: np.linalg.eigh(v, UPLO=cast(Any, 2)),
        lambda v: np.hsplit(v, 0),
    ],
)
def test_whatever_numpy_raises_for_an_argument_has_three_parts(call: Any) -> None:
    with pytest.raises(E.ArgumentError, match="received"):
        call(Value(np.eye(2), requires_grad=False))


def test_an_error_that_errstate_asks_for_stays_one() -> None:
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        np.log(Value(np.zeros(2)))

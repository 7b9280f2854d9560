"""Every row of the op table and every NumPy function of the registry, in every mode of derivative.

The judge is `compare`: central differences of the function, then of its derivatives and so on.
It is written here, from the definitions alone, and wrong rules are planted to see it catch them.
"""

import inspect
import math
import operator
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from itertools import product
from typing import Any

import numpy as np
import pytest
from cases import (
    Case,
    array,
    caller,
    domains,
    elementwise_case,
    every_case,
    every_constant,
    is_numpy,
    label,
    numpy_functions,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd
from autograd import Value, grad, hessian, history, jacobian, jvp, pullback, stop_gradient, vjp
from autograd.errors import NonFiniteWarning
from autograd.op import Kind, Op, registry, rows

CASES = every_case()
CONSTANTS = every_constant()
STEP = 1e-5


# The judge


def leaves(output: Any) -> list[Any]:
    return list(output) if isinstance(output, tuple | list) else [output]


def listed(function: Callable[..., Any]) -> Callable[..., list[Any]]:
    """The function with its outputs, one or several, in a list."""
    return lambda *xs: leaves(function(*xs))


def direction(like: Any, random: np.random.Generator) -> Any:
    """Random numbers of the shape of `like`, complex where it is."""
    shape, is_complex = np.shape(like), np.iscomplexobj(like)
    real = random.uniform(0.5, 1.5, shape) * random.choice([-1.0, 1.0], shape)
    found = real + 1j * random.uniform(-1, 1, shape) if is_complex else real
    if type(like) is float:
        return float(found)
    # In the order of `like`, so that adding the two changes nothing that depends on the order.
    is_fortran = isinstance(like, np.ndarray) and like.flags.fnc
    return np.asarray(found, order="F" if is_fortran else "C")[()]


def differences(function: Callable[..., Any], args: Any, moves: Any) -> list[Any]:
    """The derivative in the direction `moves`, by central differences."""
    ahead = function(*(x + STEP * t for x, t in zip(args, moves, strict=True)))
    behind = function(*(x - STEP * t for x, t in zip(args, moves, strict=True)))
    return [
        np.subtract(a, b, dtype=np.result_type(a, np.float64)) / (2 * STEP)
        for a, b in zip(ahead, behind, strict=True)
    ]


def weighted(cotangents: Any, moves: Any) -> float:
    return sum(float(np.sum(np.real(c * t))) for c, t in zip(cotangents, moves, strict=True))


def compare(
    function: Callable[..., Any], args: Any, order: int = 2, path: str = "", seed: int = 0
) -> None:
    """Forward and reverse mode against central differences, and then both of those likewise."""
    function = listed(function)
    random = np.random.default_rng(seed)
    moves = tuple(direction(x, random) for x in args)
    expected = differences(function, args, moves)

    outputs, moved = jvp(function, args, moves)
    for found, wanted, y in zip(moved, expected, outputs, strict=True):
        assert np.shape(found) == np.shape(y), f"shape of the tangent, {path}forward"
        np.testing.assert_allclose(found, wanted, 1e-5, 1e-6, err_msg=f"{path}forward mode")

    outputs, pull = vjp(function, *args)
    weights = [direction(y, random) for y in outputs]
    pulled = pull(weights)
    assert [np.shape(c) for c in pulled] == [np.shape(x) for x in args], f"shapes, {path}reverse"
    scale = 1.0 + sum(float(np.sum(np.abs(c))) for c in pulled)
    error = abs(weighted(pulled, moves) - weighted(weights, expected))
    assert error < 1e-6 * scale, f"{path}reverse mode: {error} on {pulled}"

    # A rule may be wrong in what it does to its cotangent as well: from here on, an argument.
    if order > 1:
        n = len(args)
        compare(
            lambda *xs: jvp(function, xs[:n], xs[n:])[1],
            (*args, *moves),
            order - 1,
            f"{path}forward of ",
            seed + 1,
        )
        compare(
            lambda *xs: vjp(function, *xs[:n])[1](list(xs[n:])),
            (*args, *weights),
            order - 1,
            f"{path}reverse of ",
            seed + 2,
        )


# What each case must hold


def names(cases: Any) -> list[str]:
    return [case.name for case in cases]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_derivatives_in_every_mix_of_modes(case: Case):
    compare(case.function, case.args, case.order)


COMPLEX = [case for case in CASES if case.complex]


def in_complex(case: Case) -> tuple[Any, ...]:
    random = np.random.default_rng(11)
    return tuple(
        np.asarray(x + 0.2j * random.uniform(-1, 1, np.shape(x)) + 0.1j)[()] for x in case.args
    )


@pytest.mark.parametrize("case", COMPLEX, ids=names(COMPLEX))
def test_derivatives_of_complex_numbers(case: Case):
    compare(case.function, in_complex(case), 2)


def on_values(case: Any, args: Any = None) -> tuple[list[Any], list[Value]]:
    values = [Value(x) for x in (case.args if args is None else args)]
    return leaves(case.function(*values)), values


def raw(x: Any) -> Any:
    return x.data if isinstance(x, Value) else x


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_values_are_those_of_numpy(case: Case):
    for args in (case.args, *([in_complex(case)] if case.complex else [])):
        found, _ = on_values(case, args)
        expected = leaves(case.function(*args))
        for y, wanted in zip(found, expected, strict=True):
            assert y.shape == np.shape(wanted)
            assert np.asarray(raw(y)).dtype == np.asarray(wanted).dtype
            np.testing.assert_allclose(raw(y), wanted, 1e-13, 1e-14)
        given_list = isinstance(case.function(*args), list)
        assert isinstance(case.function(*map(Value, args)), list) == given_list


@pytest.mark.parametrize("case", CONSTANTS, ids=names(CONSTANTS))
def test_plain_results_are_those_of_numpy(case: Any):
    found, _ = on_values(case)
    expected = leaves(case.function(*case.args))
    for y, wanted in zip(found, expected, strict=True):
        assert not isinstance(y, Value)
        assert type(y) is type(wanted)
        np.testing.assert_array_equal(y, wanted)


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_recorded_rule_computes_what_the_raw_rule_computes(case: Case):
    for args in (case.args, *([in_complex(case)] if case.complex else [])):
        outputs, values = on_values(case, args)
        roots = [y for y in outputs if isinstance(y, Value) and y.requires_grad]
        random = np.random.default_rng(2)
        weights = [direction(raw(y), random) for y in roots]
        plain = pullback(roots, weights, values)
        recorded = pullback(roots, weights, values, record=True)
        assert plain.keys() == recorded.keys()
        for order, c in plain.items():
            np.testing.assert_allclose(raw(recorded[order]), c, 1e-13, 1e-14)


def narrow(x: Any) -> Any:
    kind = np.complex64 if np.iscomplexobj(x) else np.float32
    return np.asarray(x).astype(kind)[()]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_float32_and_complex64_stay_what_they_are(case: Case):
    for args in (case.args, *([in_complex(case)] if case.complex else [])):
        short = tuple(narrow(x) for x in args)
        found, values = on_values(case, short)
        for y, wanted in zip(found, leaves(case.function(*short)), strict=True):
            assert np.asarray(raw(y)).dtype == np.asarray(wanted).dtype
        _, moved = jvp(listed(case.function), short, short)
        for t, y in zip(moved, found, strict=True):
            if isinstance(y, Value):
                assert t.dtype == y.dtype, "dtype of the tangent"
        y = next(y for y in found if isinstance(y, Value) and y.requires_grad)
        y.backward(np.ones(y.shape, y.dtype))
        wide, roots = on_values(case, args)
        z = next(z for z in wide if isinstance(z, Value) and z.requires_grad)
        z.backward(np.ones(z.shape))
        for v, w in zip(values, roots, strict=True):
            if v.grad is not None:
                assert v.grad.dtype == v.dtype
                assert v.grad.shape == v.shape
                scale = 1e-3 * (1 + np.max(np.abs(w.grad), initial=0.0))
                np.testing.assert_allclose(v.grad, w.grad, 1e-3, scale)


METHODS = (
    *((f, "reduce") for f in (np.add, np.multiply, np.maximum, np.minimum, np.logaddexp)),
    (np.add, "accumulate"),
)
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "reduce": [{}, {"axis": None}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}],
    "accumulate": [{}, {"axis": 1}, {"axis": -2}],
}


@pytest.mark.parametrize(("ufunc", "method"), METHODS, ids=lambda x: getattr(x, "__name__", x))
def test_methods_of_ufuncs(ufunc: np.ufunc, method: str):
    x = array(2, 3)
    for options in OPTIONS[method]:

        def function(x: Any, options: Any = options) -> Any:
            return getattr(ufunc, method)(x, **options)

        np.testing.assert_allclose(function(Value(x)).data, function(x), 1e-13)
        compare(function, (x,), 2)
    position = getattr(ufunc, method)(Value(x), 1)
    np.testing.assert_allclose(position.data, getattr(ufunc, method)(x, 1), 1e-13)


# Coverage: each row and each function has a case, and the case reaches it


def reached(case: Any, monkeypatch: Any) -> tuple[set[int], set[int]]:
    """The NumPy functions that NumPy handed to a Value, and the rows in the record."""
    asked: set[int] = set()
    ufunc, function = Value.__array_ufunc__, Value.__array_function__

    def asked_ufunc(self: Value, called: Any, *rest: Any, **options: Any) -> Any:
        asked.add(id(called))
        return ufunc(self, called, *rest, **options)

    def asked_function(self: Value, called: Any, *rest: Any) -> Any:
        asked.add(id(called))
        return function(self, called, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Value, "__array_ufunc__", asked_ufunc)
        patch.setattr(Value, "__array_function__", asked_function)
        outputs, _ = on_values(case)
    used = {id(n.op) for y in outputs if isinstance(y, Value) for n in history(y)}
    return asked, used


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_case_reaches_what_it_is_for(case: Case, monkeypatch: Any):
    asked, used = reached(case, monkeypatch)
    assert id(case.of) in (used if isinstance(case.of, Op) else asked)


@pytest.mark.parametrize("case", CONSTANTS, ids=names(CONSTANTS))
def test_a_constant_case_reaches_what_it_is_for(case: Any, monkeypatch: Any):
    if is_numpy(case.of) and case.of is not np.where:
        assert id(case.of) in reached(case, monkeypatch)[0]


COVERED = {id(case.of) for case in (*CASES, *CONSTANTS)}
COVERED |= {id(case.of.function) for case in CASES if isinstance(case.of, Op)}


@pytest.mark.parametrize("function", numpy_functions(), ids=label)
def test_every_numpy_function_has_a_case(function: Any):
    assert id(function) in COVERED, f"add a case for {label(function)} to tests/cases.py"


@pytest.fixture(scope="module")
def reaching() -> dict[int, list[Case]]:
    """The cases in whose record a row is, for each row."""
    found: dict[int, list[Case]] = {}
    for case in CASES:
        with suppress(Exception):  # a case that raises fails in a test of its own
            outputs, _ = on_values(case)
            nodes = (n for y in outputs if isinstance(y, Value) for n in history(y))
            for used in {id(n.op) for n in nodes}:
                found.setdefault(used, []).append(case)
    return found


@pytest.mark.parametrize("row", rows, ids=label)
def test_every_row_is_reached_by_a_case(row: Op, reaching: dict[int, list[Case]]):
    if row.kind is Kind.CONSTANT:
        assert id(row.function) in COVERED, f"add a constant case for {row.name}"
    else:
        assert id(row) in reaching, f"add a case for {row.name} to tests/cases.py"


def test_a_row_without_a_case_would_be_noticed(reaching: dict[int, list[Case]]):
    row = Op(lambda x: x, Kind.LINEAR, (lambda g, y, x: g,), name="new")
    assert id(row) not in reaching
    assert id(np.busday_count) not in COVERED


# Broadcasting

SHAPES = (None, (), (3,), (1, 3), (2, 1), (2, 3))
ELEMENTWISE = [row for row in rows if row.kind is Kind.ELEMENTWISE]
# The engine broadcasts and guards; of SciPy's two hundred rows some are enough to show it.
SCIPY = [
    row
    for row in ELEMENTWISE
    if isinstance(row.function, np.ufunc) and getattr(np, row.name, None) is not row.function
]
SAMPLED = [row for row in ELEMENTWISE if row not in SCIPY or SCIPY.index(row) % 10 == 0]
BINARY = [row for row in SAMPLED if row.arity == 2]


@pytest.mark.parametrize("row", BINARY, ids=label)
def test_every_pair_of_shapes_broadcasts(row: Op):
    for shapes in product(SHAPES, repeat=2):
        case = elementwise_case(row, list(shapes))
        compare(case.function, case.args, 2)
        values = [Value(x) for x in case.args]
        y = case.function(*values)
        assert y.shape == np.broadcast_shapes(*(shape or () for shape in shapes)), shapes
        y.backward(None if y.shape == () else np.ones(y.shape))
        for v, x in zip(values, case.args, strict=True):
            assert np.shape(v.grad) == np.shape(x), shapes
            assert (type(v.grad) is float) == (type(v.data) is float), shapes
            assert type(v.grad) is float or type(x) is not float, shapes


def test_where_broadcasts_all_three():
    shapes = ((), (3,), (2, 1), (2, 3))
    row = next(row for row in rows if row.name == "where")
    for triple in product(shapes, repeat=3):
        case = elementwise_case(row, list(triple))
        compare(case.function, case.args, 1)


@pytest.mark.parametrize("row", ELEMENTWISE, ids=label)
def test_a_python_float_stays_one(row: Op):
    case = elementwise_case(row, [None] * row.arity)
    values = [Value(x) for x in case.args]
    y = case.function(*values)
    assert type(y.data) is float
    y.backward()
    assert all(type(v.grad) is float for v in values)
    _, moved = jvp(case.function, case.args, tuple(1.0 for _ in case.args))
    assert type(moved) is float
    gradients = grad(case.function, tuple(range(len(case.args))))(*case.args)
    assert all(type(c) is float for c in gradients)
    compare(case.function, case.args, 2)


# Python floats go through `math`, with NumPy's values

SCALAR = [row for row in ELEMENTWISE if row.scalar is not None]
EXTREMES = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.3, 2.0, 3.0, 36.7, -745.2, 710.0, 1e-310, 1e-8),
    *(1e16, 1e300, -1e300, math.inf, -math.inf, math.nan),
)


# Where the sign of NumPy's own zero depends on the length of the array
SIGNLESS = ("maximum(", "minimum(")


def same(found: Any, wanted: Any, what: str) -> None:
    assert type(found) is float, what
    np.testing.assert_allclose(found, wanted, 4e-15, 5e-324, err_msg=what)
    if found == 0:
        signs = math.copysign(1, found), math.copysign(1, wanted)
        assert signs[0] == signs[1] or what.startswith(SIGNLESS), f"sign of zero, {what}"


def first_order(function: Callable[..., Any], args: Any) -> tuple[Any, list[Any], Any]:
    values = [Value(x) for x in args]
    y = function(*values)
    y.backward(None if y.shape == () else np.ones(y.shape))
    _, moved = jvp(
        function, tuple(args), tuple(1.0 if type(x) is float else np.ones(1) for x in args)
    )
    return y.data, [v.grad for v in values], moved


@pytest.mark.parametrize("row", SCALAR, ids=label)
def test_floats_and_arrays_agree_also_at_the_extremes(row: Op):
    function = caller(row)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", NonFiniteWarning)
        for point in product(EXTREMES, repeat=row.arity):
            y, gradients, moved = first_order(function, point)
            wanted = first_order(function, [np.array([x]) for x in point])
            same(y, wanted[0][0], f"{row.name}{point}")
            np.testing.assert_allclose(moved, wanted[2][0], 4e-15, err_msg=f"jvp at {point}")
            for c, expected in zip(gradients, wanted[1], strict=True):
                assert type(c) is float
                np.testing.assert_allclose(c, expected[0], 4e-15, err_msg=f"gradient at {point}")


@pytest.mark.parametrize("exponent", [-2, -1, -0.5, 0, 0.5, 1, 1 / 3, 2, 3, 2.5])
def test_powers_of_floats_and_arrays_agree_also_at_the_extremes(exponent: float):
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", NonFiniteWarning)
        for x in EXTREMES:
            if exponent == 0.5 and x in (
                -0.0,
                -math.inf,
            ):  # NumPy's ** is sqrt there, its power not
                continue
            y, (c,), _ = first_order(lambda x: x**exponent, [x])
            wanted = first_order(lambda x: x**exponent, [np.array([x])])
            same(y, wanted[0][0], f"{x}**{exponent}")
            np.testing.assert_allclose(c, wanted[1][0][0], 4e-15, err_msg=f"d {x}**{exponent}")


# Points without a derivative

SECOND = (
    lambda f, x: hessian(f)(x),
    lambda f, x: jacobian(grad(f), mode="fwd")(x),
    lambda f, x: jacobian(lambda x: jacobian(f, mode="fwd")(x), mode="rev")(x),
    lambda f, x: jacobian(lambda x: jacobian(f, mode="fwd")(x), mode="fwd")(x),
)


def both_modes(f: Callable[..., Any], x: Any) -> list[Any]:
    return [grad(f)(x), jacobian(f, mode="fwd")(x)]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.abs(x)),
        lambda x: np.sum(np.fabs(x)),
        lambda x: np.sum(autograd.relu(x)),
        lambda x: np.linalg.norm(x),
        lambda x: np.linalg.norm(x, axis=0),
        lambda x: np.linalg.norm(x, 1),
        lambda x: np.linalg.norm(x, 3),
        lambda x: np.linalg.norm(x, np.inf),
        lambda x: np.linalg.vector_norm(x),
        lambda x: np.sum(np.hypot(x, 0.0)),
        lambda x: np.sum(np.hypot(x, x)),
        lambda x: np.std(x),
    ],
    ids=[
        "abs",
        "fabs",
        "relu",
        "norm",
        "norm-axis",
        "norm1",
        "norm3",
        "norm-inf",
        "vector_norm",
        "hypot",
        "hypot-xx",
        "std",
    ],
)
def test_derivatives_that_are_zero_at_zero(f: Callable[..., Any]):
    for found in both_modes(f, np.zeros(3)):
        np.testing.assert_array_equal(found, np.zeros(3))
    for second in SECOND:
        assert not np.isnan(second(f, np.zeros(3))).any()


@pytest.mark.parametrize("f", [np.abs, np.fabs, autograd.relu, lambda x: np.hypot(x, x)])
def test_derivatives_that_are_zero_at_a_zero_float(f: Callable[..., Any]):
    assert both_modes(f, 0.0) == [0.0, 0.0]


def test_complex_absolute_value_has_derivative_zero_at_zero():
    np.testing.assert_array_equal(grad(lambda z: np.sum(np.abs(z)))(np.zeros(2, complex)), [0, 0])
    np.testing.assert_array_equal(grad(np.linalg.norm)(np.zeros(2, complex)), [0, 0])


@pytest.mark.parametrize("f", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_ties_of_two_share_equally(f: Callable[..., Any]):
    x = np.array([1.0, -2.0, 0.0])
    for a, b in ((x, x.copy()), (0.0, 0.0), (np.float32(2), np.float32(2))):
        for found in grad(lambda a, b: np.sum(f(a, b)), (0, 1))(a, b):
            np.testing.assert_array_equal(found, np.full(np.shape(a), 0.5))
        moved = jvp(f, (a, b), (np.full(np.shape(a), 3.0)[()], np.full(np.shape(a), 1.0)[()]))[1]
        np.testing.assert_array_equal(moved, np.full(np.shape(a), 2.0))


@pytest.mark.parametrize("f", [np.max, np.min])
def test_ties_in_a_reduction_share_equally(f: Callable[..., Any]):
    x = np.array([[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]])
    for axis, share in ((None, 1 / 6), (0, 1 / 2), (1, 1 / 3), ((0, 1), 1 / 6)):
        for found in both_modes(lambda x, a=axis: np.sum(f(x, axis=a)), x):
            np.testing.assert_allclose(found, np.full((2, 3), share), 1e-15)


@pytest.mark.parametrize("zero", [0.0, np.zeros(1), np.zeros(1, np.float32), np.float64(0)])
def test_the_square_root_at_zero_has_derivative_inf(zero: Any):
    for found in both_modes(lambda x: np.sum(np.sqrt(x)), zero):
        assert np.all(found == np.inf)


POINTS = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 1e308, -1e308, np.inf, -np.inf, np.nan])
INSIDE = np.arange(3 + POINTS.size) < 3


def masked(f: Callable[..., Any], position: int, others: list[Any], safe: bool) -> Any:
    """x -> the sum of f over INSIDE, by np.where; `safe` keeps the other points from f as well."""

    def function(x: Any) -> Any:
        if safe:
            x = np.where(INSIDE, x, others[position])
        return np.sum(np.where(INSIDE, f(*others[:position], x, *others[position + 1 :]), 0.0))

    return function


@pytest.mark.parametrize("row", SAMPLED, ids=label)
def test_a_masked_branch_leaks_nothing(row: Op):
    """np.where(inside, row(x), 0): outside the domain every derivative is exactly zero."""
    inner = elementwise_case(row, [(3,)] * row.arity).args
    f = elementwise_case(row, [INSIDE.shape] * row.arity).function
    for position, good in enumerate(inner):
        x = np.concatenate([good, POINTS])
        others = [np.resize(a, x.shape) for a in inner]
        leaky, clean = masked(f, position, others, False), masked(f, position, others, True)
        with np.errstate(all="ignore"):
            for found, wanted in zip(both_modes(leaky, x), both_modes(clean, x), strict=True):
                assert not found[~INSIDE].any(), f"argument {position}"
                np.testing.assert_allclose(found, wanted, 1e-12)
            # Forward over reverse has no cotangent to see a mask by, so squares must not overflow.
            x = np.where(np.abs(x) < 1e100, x, np.sign(x) * 1e100)
            for number, second in enumerate(SECOND):
                found, wanted = second(leaky, x), second(clean, x)
                assert not found[~INSIDE].any(), f"argument {position}, mix {number}"
                np.testing.assert_allclose(found, wanted, 1e-12)


@pytest.mark.parametrize("row", [row for row in ELEMENTWISE if row.arity == 1], ids=label)
def test_a_masked_float_leaks_nothing(row: Op):
    f = elementwise_case(row, [None]).function
    with np.errstate(all="ignore"):
        for x in POINTS.tolist():
            assert both_modes(lambda x: np.where(False, f(x), 1.0) * 1.0, x) == [0.0, 0.0], x


@pytest.mark.parametrize("row", ELEMENTWISE, ids=label)
def test_rows_that_need_the_guard_are_marked_pole(row: Op):
    """At finite points near one, a rule of a row that is no `pole` turns cotangent 0 into 0."""
    if row.pole:
        return
    static = {"exponent": 2.5} if row.name == "power" and row.arity == 1 else {}
    points = [0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0]
    whole = [0, 1, -1, 0, 1, 2, -2]
    with np.errstate(all="ignore"):
        for point in product(zip(points, whole, strict=True), repeat=row.arity):
            args = [np.array([x]) for x, _ in point]
            if row.name == "ldexp":
                args[1] = np.array([point[1][1]])
            y = row.function(*args, **static)
            for rule in row.rules:
                if rule is not None:
                    c = rule(np.zeros(1), y, *args, **static)
                    assert np.all(np.isfinite(c)), f"{row.name}{point} has a pole"


def holds_at_zero(f: Callable[..., Any], x: Any, first: float, second: float) -> None:
    """The derivatives of f, which works elementwise, in all modes."""

    def total(x: Any) -> Any:
        return np.sum(f(x))

    with np.errstate(all="ignore"):
        for found in both_modes(total, x):
            np.testing.assert_array_equal(raw(found), np.full(np.shape(x), first))
        for derivative in SECOND:
            found = np.atleast_2d(raw(derivative(total, x)))
            wanted = np.where(np.eye(len(found), dtype=bool), second, 0.0)
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("exponent", "first", "second"),
    [(0, 0, 0), (1, 1, 0), (2, 0, 2), (3, 0, 0), (0.5, np.inf, -np.inf)],
)
def test_powers_of_zero(exponent: float, first: float, second: float):
    for x in (0.0, np.zeros(2)):
        holds_at_zero(lambda x: x**exponent, x, first, second)
        holds_at_zero(lambda x: np.power(x, float(exponent)), x, first, second)
        y = np.full(np.shape(x), float(exponent))[()]
        holds_at_zero(lambda x, y=y: np.power(x, y), x, first, second)
        if exponent == int(exponent):
            holds_at_zero(lambda x, y=y: np.power(x, Value(y)), x, first, second)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.5])
def test_zero_to_a_power(exponent: float):
    holds_at_zero(lambda y: np.power(0.0, y), exponent, 0.0, 0.0)
    holds_at_zero(lambda y: np.power(np.zeros(2), y), np.full(2, exponent), 0.0, 0.0)


def test_negative_bases_and_whole_exponents():
    x = np.array([-1.5, -0.5, 0.7])
    for exponent in (-2, -1, 2, 3, 4.0):
        compare(lambda x, p=exponent: x**p, (x,), 3)
        compare(lambda x, p=exponent: np.power(x, np.full(3, float(p))), (x,), 3)


def test_the_logarithm_of_zero_is_guarded_by_where():
    x = np.array([0.0, 2.0])

    def f(x: Any) -> Any:
        return np.sum(np.where(x > 0, x * np.log(x), 0.0))

    with np.errstate(all="ignore"):
        for found in both_modes(f, x):
            np.testing.assert_allclose(found, [0.0, np.log(2.0) + 1.0])
        for second in SECOND:
            np.testing.assert_allclose(second(f, x), [[0.0, 0.0], [0.0, 0.5]])


def test_logsumexp_and_softmax_of_infinite_and_huge_numbers():
    f = autograd.logsumexp
    x = np.array([-np.inf, 0.0, np.log(3.0)])
    for found in both_modes(f, x):
        np.testing.assert_allclose(found, [0.0, 0.25, 0.75])
    for second in SECOND:
        np.testing.assert_allclose(
            second(f, x), [[0, 0, 0], [0, 0.1875, -0.1875], [0, -0.1875, 0.1875]], 1e-12
        )
    assert f(Value(np.full(2, -np.inf))).data == -np.inf
    for found in both_modes(f, np.full(2, -np.inf)):
        np.testing.assert_array_equal(found, [0.0, 0.0])
    for found in both_modes(lambda x: np.sum(np.logaddexp(x, x)), np.full(2, -np.inf)):
        assert not np.isnan(found).any()
    for big in (1e4, 1e300, 1e308):
        x = np.array([big, -big, big])
        np.testing.assert_allclose(f(Value(x)).data, big + np.log(2.0), 1e-15)
        np.testing.assert_allclose(autograd.softmax(Value(x)).data, [0.5, 0.0, 0.5])
        np.testing.assert_allclose(both_modes(f, x), [[0.5, 0.0, 0.5]] * 2)
        for g in (
            lambda x: np.sum(autograd.softmax(x) * np.array([1.0, 2.0, 3.0])),
            lambda x: autograd.log_softmax(x)[2],
        ):
            np.testing.assert_allclose(both_modes(g, x), [[-0.5, 0.0, 0.5]] * 2)
        for second in SECOND:
            assert np.all(np.isfinite(second(f, x)))


# Planted faults: the judge must see them


@contextmanager
def planted(make: Callable[..., Op], *args: Any, **row: Any) -> Iterator[Op]:
    """A row that is in the table only here."""
    before = len(rows), dict(registry)
    try:
        yield make(*args, **row)
    finally:
        del rows[before[0] :]
        registry.clear()
        registry.update(before[1])


X, Y = array(3), array(3, seed=1)
FAULTS: list[tuple[str, Any, tuple[Any, ...], dict[str, Any], tuple[Any, ...], int]] = [
    ("sign", autograd.elementwise, (np.sin, lambda g, y, x: -g * np.cos(x)), {}, (X,), 1),
    ("factor", autograd.elementwise, (np.square, lambda g, y, x: g * x * 1.999), {}, (X,), 1),
    (
        "second argument",
        autograd.elementwise,
        (np.multiply, lambda g, z, x, y: g * y, lambda g, z, x, y: g * y),
        {},
        (X, Y),
        1,
    ),
    ("detached", autograd.elementwise, (np.exp, lambda g, y, x: g * stop_gradient(y)), {}, (X,), 2),
    (
        "detached twice over",
        autograd.elementwise,
        (np.exp, lambda g, y, x: g * np.exp(0.5 * x) * np.exp(stop_gradient(0.5 * x))),
        {},
        (X,),
        2,
    ),
    (
        "detached cotangent",
        autograd.general,
        (lambda x: x * x, lambda g, y, x: stop_gradient(g) * 2 * x),
        {"name": "s", "tangent": lambda t, y, x: 2 * x * t[0]},
        (X,),
        2,
    ),
    (
        "wrong tangent",
        autograd.general,
        (lambda x: x * x, lambda g, y, x: g * 2 * x),
        {"name": "s", "tangent": lambda t, y, x: x * t[0]},
        (X,),
        1,
    ),
    ("not linear", autograd.linear, (np.sin, lambda g, y, x: g * np.cos(x)), {}, (X,), 1),
    (
        "not multilinear",
        autograd.multilinear,
        (lambda x, y: x * y * y, lambda g, z, x, y: g * y * y, lambda g, z, x, y: 2 * g * x * y),
        {"name": "m"},
        (X, Y),
        1,
    ),
    (
        "joint",
        autograd.general,
        (lambda x, y: x * y,),
        {"name": "j", "arity": 2, "joint": lambda w, g, z, x, y: (g * y, g)},
        (X, Y),
        1,
    ),
    (
        "missing rule",
        autograd.elementwise,
        (np.multiply, lambda g, z, x, y: g * y, None),
        {},
        (X, Y),
        1,
    ),
    (
        "not elementwise",
        autograd.elementwise,
        (lambda x: np.flip(x) * x, lambda g, y, x: g * np.flip(x) + np.flip(g * x)),
        {"name": "f"},
        (X,),
        1,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_planted_fault_is_caught(fault: Any):
    _, make, rules, options, args, caught_at = fault
    table = list(rows), dict(registry)
    with planted(make, *rules, **options) as row:
        if caught_at > 1:
            compare(row, args, caught_at - 1)
        with pytest.raises(AssertionError):
            compare(row, args, caught_at)
    assert (list(rows), dict(registry)) == table


def scaled(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule, one percent too large."""
    return wraps(rule)(lambda *args, **static: changed(rule(*args, **static), lambda c: c * 1.01))


def without_history(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule, right to first order only."""
    return wraps(rule)(lambda *args, **static: changed(rule(*args, **static), stop_gradient))


def changed(found: Any, change: Callable[..., Any]) -> Any:
    if isinstance(found, tuple | list):
        return type(found)(None if c is None else change(c) for c in found)
    return None if found is None else change(found)


def is_caught(case: Case) -> bool:
    try:
        compare(case.function, case.args, 2)
    except AssertionError:
        return True
    return False


DIFFERENTIABLE = [row for row in rows if row.kind is not Kind.CONSTANT]


@pytest.mark.parametrize("row", DIFFERENTIABLE, ids=label)
def test_a_fault_in_any_rule_of_any_row_is_caught(row: Op, reaching: Any, monkeypatch: Any):
    faults: list[tuple[str, Any]] = []
    for fault in (scaled, without_history):
        for i, rule in enumerate(row.rules):
            if rule is not None:
                faults.append(("rules", (*row.rules[:i], fault(rule), *row.rules[i + 1 :])))
        for name in ("joint", "tangent"):
            if getattr(row, name) is not None:
                faults.append((name, fault(getattr(row, name))))
    assert faults
    for name, faulty in faults:
        with monkeypatch.context() as patch:
            patch.setattr(row, name, faulty)
            assert any(is_caught(case) for case in reaching[id(row)]), name


def test_the_same_row_without_a_fault_passes():
    with planted(autograd.elementwise, np.sin, lambda g, y, x: g * np.cos(x)) as row:
        compare(row, (X,), 3)


# Shapes, axes and indices as they come

ARRAYS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=3),
    elements=st.integers(-40, 40).map(lambda n: n / 16),
)


@given(st.data(), st.sampled_from([np.sum, np.mean, np.prod, np.var]), st.booleans())
def test_reductions_over_drawn_axes(data: Any, f: Any, keepdims: bool):
    x = data.draw(ARRAYS)
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1) | hnp.valid_tuple_axes(x.ndim))
    options = {"axis": axis, "keepdims": keepdims}
    np.testing.assert_allclose(f(Value(x), **options).data, f(x, **options))
    compare(lambda x: f(x, **options), (x,), 2)


@given(st.data())
def test_drawn_indices(data: Any):
    x = data.draw(ARRAYS)
    basic = hnp.basic_indices(x.shape, allow_newaxis=True)
    place = data.draw(basic | hnp.integer_array_indices(x.shape))
    np.testing.assert_array_equal(Value(x)[place].data, x[place])
    compare(lambda x: x[place] * x[place], (x,), 2)


@given(st.data(), st.sampled_from([operator.add, operator.sub, operator.mul, np.logaddexp]))
def test_drawn_shapes_broadcast(data: Any, f: Any):
    shapes = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
    x, y = (array(*shape, seed=i) for i, shape in enumerate(shapes.input_shapes))
    assert f(Value(x), Value(y)).shape == shapes.result_shape
    compare(f, (x, y), 2)


# Documentation


def public_things() -> list[tuple[str, Any]]:
    """Everything a user sees: exported names, and the methods of Value and Op."""
    found: list[tuple[str, Any]] = []
    for name, thing in vars(autograd).items():
        if callable(thing) and not name.startswith("_"):
            found.append((f"autograd.{name}", thing))
    for kind in (Value, Op, Kind):
        found.append((kind.__name__, kind))
        for name in dir(kind):
            owner = inspect.getattr_static(kind, name)
            is_code = inspect.isfunction(owner) or isinstance(owner, property)
            if not name.startswith("_") and is_code:
                found.append((f"{kind.__name__}.{name}", owner))
    return found


PUBLIC = public_things()


@pytest.mark.parametrize(("name", "thing"), PUBLIC, ids=lambda x: x if isinstance(x, str) else "")
def test_everything_public_has_a_docstring(name: str, thing: Any):
    assert (thing.__doc__ or "").strip(), f"{name} says nothing"


def test_domains_stand_on_the_rows():
    for row in ELEMENTWISE:
        found = domains(row)
        assert len(found) == row.arity
        assert all(low < high for low, high in found)

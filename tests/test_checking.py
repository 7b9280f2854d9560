"""gradcheck: smooth functions of every scale pass, planted errors fail, and messages say what."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, errors
from autograd.checking import finite_differences, gradcheck
from autograd.checking.report import ROWS_SHOWN, GradcheckReport
from autograd.checking.stages import Coordinates
from autograd.op import Kind, Op

X = np.array([0.7, 1.3, 2.1])
M = np.array([[0.5, -1.2, 2.0], [1.5, 0.3, -0.7]])
Z = np.array([1.0 + 2.0j, -0.5 + 0.3j])


def op(kind: Kind, function, *rules, **row):
    """A row that is in no table, so that planting it leaves nothing behind."""
    return Op(function, kind, rules, name="planted", **row)


def failure(f, *args, **options) -> errors.GradcheckError:
    with pytest.raises(errors.GradcheckError) as caught:
        gradcheck(f, *args, **options)
    error = caught.value
    assert error.report is not None and not error.report
    return error


class Pair(NamedTuple):
    weight: Any
    bias: Any


# What passes

SMOOTH = {
    "sum": (lambda x: np.sum(np.sin(x) ** 2), (X,)),
    "vector": (lambda x: np.exp(x) * np.log(x), (X,)),
    "broadcast": (lambda m, x: m * x + x, (M, X)),
    "matmul": (lambda m, x: np.tanh(m @ x), (M, X)),
    "solve": (lambda a, b: np.linalg.solve(a, b), (M[:, :2], M[:, 2])),
    "python float": (lambda x: x * np.sin(x), (1.5,)),
    "numpy scalar": (lambda x: x * np.sin(x), (np.float64(1.5),)),
    "0-d": (lambda x: x * np.sin(x), (np.array(1.5),)),
    "Value": (lambda x: x * np.sin(x), (Value(X),)),
    "methods": (lambda x: x.tanh().exp().sum(axis=0) * x.relu(), (M,)),
    "methods of a float": (lambda x: x.tanh() * x.sigmoid(), (0.3,)),
    "empty": (lambda x: x * 2, (np.zeros((0, 3)),)),
    "sum of empty": (lambda x: np.sum(x * 2), (np.zeros(0),)),
    "empty and full": (lambda x, y: (x * 2, y * y), (np.zeros(0), X)),
    "constant": (lambda x: 0 * x + 3.0, (X,)),
    "zero up to rounding": (lambda x: np.sum(autograd.softmax(x)), (X,)),
    "near a kink": (lambda x: np.maximum(x, 1.0), (np.array([0.99999, 1.00001, 1 - 1e-6]),)),
    "edge of the domain": (lambda x: np.arcsin(x), (np.array([0.999999, -0.5]),)),
    "large constant": (lambda x: 1e8 + np.sin(x), (X,)),
    "fast": (lambda x: np.sin(1e6 * x), (X,)),
    "fast because large": (lambda x: np.sin(x), (X * 1e8,)),
    "flat because small": (lambda x: np.cos(x), (X * 1e-8,)),
    "rounded": (lambda x: (1e8 + x) - 1e8, (X,)),
    "mixed": (lambda x: np.sum(x**2), (np.array([1e8, 1.0, 1e-8]),)),
    "mixed linear": (lambda x: np.sum(x), (np.array([1e8, 1.0, 1e-8]),)),
    "mixed outputs": (lambda x: np.stack([1e8 * x[0], 1e-8 * x[0] * x[1]]), (X,)),
    "holomorphic": (lambda z: np.exp(z) * z, (Z,)),
    "modulus": (lambda z: np.sum(np.abs(z)), (Z,)),
    "conjugate": (lambda z: z * np.conj(z), (Z,)),
    "real part": (lambda z: np.real(z * z) - np.imag(z), (Z,)),
    "complex output": (lambda x: np.exp(1j * x), (X,)),
    "python complex": (lambda z: np.real(z * z), (1.0 + 2.0j,)),
}


# Flat until it underflows: derivatives are 0 or denormal, and differences all truncation error.
# `filterwarnings = error` makes an overflow in the comparison a failure.
FLAT = {
    "power": (lambda x: x**41, (0.0,)),
    "powers": (lambda x: np.sum(x**41), (np.array([0.0, 1.0, 2.0]),)),
    "power of a small number": (lambda x: x**20, (1e-12,)),
    "power in float32": (lambda x: x**41, (np.float32(0.0),)),
    "complex power": (lambda z: z**41, (0j,)),
    "denormal factor": (lambda x, y: x + 1e-320 * y, (1.0, 1.0)),
    "bump": (lambda x: np.exp(-1 / x**2), (np.array([0.03, 0.04, 1.0]),)),
    "tail": (lambda x: np.exp(-(x**2)), (np.array([0.0, 1.0, 26.0, 27.0, 28.0, 30.0]),)),
    "hardly in": (lambda x: 3 * x, (1e-310,)),
    "hardly out": (lambda x: 1 / x, (1e160,)),
}


@pytest.mark.parametrize("method", ["auto", "central"])
@pytest.mark.parametrize("name", FLAT)
def test_functions_flat_to_underflow_pass(name, method):
    f, args = FLAT[name]
    assert gradcheck(f, *args, method=method)


def test_errors_beside_what_is_flat_are_found():
    bad = op(Kind.ELEMENTWISE, np.sin, lambda g, y, x: 1.001 * g * np.cos(x))
    failure(lambda x, y: x**41 + bad(y), 0.0, 1.0)
    failure(lambda x, y: (x**41, bad(y)), 0.0, 1.0)
    failure(lambda x: bad(x) ** 3, 1e-4)


# Derivatives that are 0, or nearly, because terms cancel: by the rules they are rounding errors.
DESIGN = np.random.default_rng(0).standard_normal((20, 4))
TRUE = np.array([0.13, -0.13, 0.64, 0.1])
OBSERVED = (DESIGN @ TRUE).astype(np.float32)
BASIS = np.vander(np.linspace(0.5, 1.5, 5))
CANCELLING = {
    "least squares at the optimum": (lambda w: np.sum((DESIGN @ w - DESIGN @ TRUE) ** 2), (TRUE,)),
    "the same, of large numbers": (
        lambda w: np.sum((1e6 * (DESIGN @ w) - 1e6 * (DESIGN @ TRUE)) ** 2),
        (TRUE,),
    ),
    "the same, in float32": (
        lambda w: np.sum((DESIGN.astype(np.float32) @ w - OBSERVED) ** 2),
        (TRUE.astype(np.float32),),
    ),
    "Rosenbrock at the optimum": (
        lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
        (np.ones(5),),
    ),
    "solve, moderately conditioned": (np.linalg.solve, (BASIS, np.ones(5))),
    "inverse": (lambda a: np.linalg.inv(a) @ a - np.eye(5), (BASIS + np.eye(5),)),
    "exp of log": (lambda x: np.exp(np.log(x)) - x, (np.array([0.13, 0.64, 1.7]),)),
    "rows of a layer norm": (
        lambda m: np.sum((m - np.mean(m, 1, keepdims=True)) / np.std(m, 1, keepdims=True), 1),
        (M,),
    ),
    "Pythagoras": (lambda x: np.sin(x) ** 2 + np.cos(x) ** 2 - 1, (X,)),
    "modulus": (lambda x: np.abs(np.exp(1j * x)) - 1, (X,)),
}


@pytest.mark.parametrize("rng", range(2))
@pytest.mark.parametrize("name", CANCELLING)
def test_rounding_errors_are_no_derivatives(name, rng):
    f, args = CANCELLING[name]
    assert gradcheck(f, *args, rng=rng)


def test_errors_where_terms_cancel_are_found():
    exp, sin, square = (
        op(Kind.ELEMENTWISE, np.exp, lambda g, y, x: g * y * (1 + 1e-5)),
        op(Kind.ELEMENTWISE, np.sin, lambda g, y, x: g * np.cos(x) * (1 + 1e-5)),
        op(Kind.ELEMENTWISE, np.square, lambda g, y, x: g * (2 * x + 1e-6)),
    )
    solve = op(
        Kind.GENERAL,
        np.linalg.solve,
        lambda g, y, a, b: -1.01 * np.outer(np.linalg.solve(a.T, g), y),
        lambda g, y, a, b: np.linalg.solve(a.T, g),
    )
    for rng in range(3):
        failure(lambda x: exp(np.log(x)) - x, X, rng=rng)
        failure(lambda x: sin(x) ** 2 + np.cos(x) ** 2 - 1, X, rng=rng)
        failure(lambda w: np.sum(square(DESIGN @ w - DESIGN @ TRUE)), TRUE, rng=rng)
        failure(lambda a, b: solve(a, b), BASIS, np.ones(5), rng=rng, order=1, modes=("rev",))
        failure(lambda x: 1e-12 * exp(x), X, rng=rng)


def test_rules_that_are_random_are_wrong_not_imprecise():
    rng = np.random.default_rng(0)
    for spread in (0.5, 1e-3):
        bad = op(
            Kind.ELEMENTWISE,
            np.sin,
            lambda g, y, x, s=spread: g * np.cos(x) * rng.uniform(1 - s, 1 + s, x.shape),
        )
        failure(lambda x, bad=bad: bad(x), X, order=1)


def test_functions_that_turn_complex_are_undefined_there():
    real = Coordinates(["y"], [np.zeros(2)])
    np.testing.assert_array_equal(real.vector([np.array([1.0 + 2.0j, 3.0])]), [np.nan, 3.0])


def test_functions_of_one_triangle_are_named():
    s = M @ M.T + np.eye(2)
    for f, matrix in ((np.linalg.cholesky, s), (np.linalg.eigvalsh, s)):
        error = failure(f, matrix)
        assert "one triangle" in str(error.report) and "(a + a.T) / 2" in error.remedy
        assert gradcheck(lambda a, f=f: f((a + a.T) / 2), matrix)
    assert "(a + a.conj().T) / 2" in failure(np.linalg.cholesky, s + 0j).remedy
    bad = op(Kind.ELEMENTWISE, np.sin, lambda g, y, x: 1.01 * g * np.cos(x))
    assert "triangle" not in str(failure(lambda a: bad(a), s))


@pytest.mark.parametrize("name", SMOOTH)
def test_right_derivatives_pass(name):
    f, args = SMOOTH[name]
    report = gradcheck(f, *args)
    assert report
    assert [stage.name for stage in report.stages] == [
        "VJP",
        "JVP",
        "VJP of VJP",
        "JVP of VJP",
        "VJP of JVP",
        "JVP of JVP",
    ]
    assert not report.elements and not report.failed


@pytest.mark.parametrize("name", ["exp", "product", "quotient", "root", "power", "softmax"])
@settings(max_examples=8)
@given(data=st.data())
def test_scales_give_no_false_alarm(name, data):
    scale = 10.0 ** data.draw(st.integers(-8, 8))
    factor = 10.0 ** data.draw(st.integers(-8, 8))
    seed = data.draw(st.integers(0, 1000))
    functions = {
        "exp": lambda x: np.exp(-x / (2.0 * scale)),
        "product": lambda x: x * x[::-1] * np.sum(x),
        "quotient": lambda x: x[0] / x,
        "root": lambda x: np.sqrt(x) + np.log(x),
        "power": lambda x: x**1.7,
        # Saturated, its second derivatives are rounding errors of numbers near 1.
        "softmax": lambda x: autograd.softmax(x / scale),
    }
    x = np.random.default_rng(seed).uniform(0.5, 2.0, 3) * scale
    f = functions[name]
    assert gradcheck(lambda x: factor * f(x), x, rng=seed)


def test_what_is_no_function_is_refused():
    function: Any = 3.0
    with pytest.raises(errors.ArgumentError, match="a function to check"):
        gradcheck(function, 1.0)


def test_containers_integers_and_options():
    def f(parameters, count, where, *, power):
        weight, (bias, _) = parameters["weight"], parameters["rest"]
        y = weight @ bias.weight + bias.bias
        return {"y": y**power, "rest": [count * 2, (np.sum(weight) * where[0], None)]}

    parameters = {"weight": M, "rest": (Pair([1.0, 2.0, 3.0] * np.ones(3), np.float64(0.5)), None)}
    report = gradcheck(f, parameters, 3, np.array([1, 0]), power=3)
    assert report
    assert "parameters['rest'][0].bias" in str(report)


def test_integers_are_differentiated_where_argnum_says_so():
    assert gradcheck(lambda n: n * n, 3, argnum=0)
    with pytest.raises(errors.DTypeError, match="a float or complex argument"):
        gradcheck(lambda n: n * n, 3)


def test_argnum_leaves_the_others_out():

    def detached(x, y):
        return x * (y.numpy() if isinstance(y, Value) else y)

    assert gradcheck(lambda x, y: detached(x, y), X, X, argnum=0)
    failure(detached, X, X)
    failure(detached, X, X, argnum=(0, 1))
    assert gradcheck(detached, X, X, argnum=-2)
    assert gradcheck(detached, X, X, argnums=(0,))
    failure(detached, X, X, argnums=[0, 1])


def test_arguments_modified_in_place_are_copies():
    given, option = np.ones(2), np.ones(2)

    def f(x, constant, option):
        constant += 1
        option *= 2
        return x * constant[0] * option[0]

    assert gradcheck(f, 2.0, given, option=option, argnum=0)
    assert given.tolist() == option.tolist() == [1.0, 1.0]


def test_order_and_modes():
    names = [s.name for s in gradcheck(lambda x: x**4, 1.5, order=3, modes=("fwd",)).stages]
    assert names == ["JVP", "JVP of JVP", "JVP of JVP of JVP"]
    assert len(gradcheck(lambda x: x**4, 1.5, order=3).stages) == 2 + 4 + 8


def test_complex_step():
    report = gradcheck(lambda x: np.exp(x) * np.sin(x), X, method="complex")
    assert {stage.method for stage in report.stages} == {"complex step"}
    with pytest.raises(errors.ArgumentError, match="computes with complex"):
        gradcheck(lambda x: np.abs(x), X, method="complex")


def test_float32_and_float16_are_checked_in_float64():
    for dtype in (np.float32, np.float16):
        report = gradcheck(lambda x: np.tanh(x) * x, X.astype(dtype))
        assert report.rtol < 1e-6


def test_functions_that_round_get_looser_tolerances():
    report = gradcheck(lambda x: np.tanh(x.astype(np.float32)), X)
    assert 1e-4 < report.rtol < 1e-2

    def insists(x):
        if x.dtype != np.float32:
            raise TypeError("float32 only")
        return np.sin(x)

    assert gradcheck(insists, X.astype(np.float32)).rtol == report.rtol


# What fails

PLANTED = {
    "factor": (Kind.ELEMENTWISE, np.sin, lambda g, y, x: 1.001 * g * np.cos(x)),
    "tiny factor": (Kind.ELEMENTWISE, np.sin, lambda g, y, x: (1 + 1e-5) * g * np.cos(x)),
    "sign": (Kind.ELEMENTWISE, np.sin, lambda g, y, x: -g * np.cos(x)),
    "formula": (Kind.ELEMENTWISE, np.sin, lambda g, y, x: g * np.sin(x)),
    "zero": (Kind.ELEMENTWISE, np.sin, lambda g, y, x: 0 * g),
    "missing term": (Kind.ELEMENTWISE, lambda x: x * np.sin(x), lambda g, y, x: g * np.sin(x)),
    "nonlinear in g": (Kind.GENERAL, np.sin, lambda g, y, x: abs(g) * np.cos(x)),
    "one element": (
        Kind.ELEMENTWISE,
        np.sin,
        lambda g, y, x: g * np.cos(x) * (1 + 1e-3 * (np.arange(x.size).reshape(x.shape) == 1)),
    ),
    "one element zero": (
        Kind.ELEMENTWISE,
        np.sin,
        lambda g, y, x: g * np.cos(x) * (np.arange(x.size).reshape(x.shape) != 2),
    ),
}


@pytest.mark.parametrize("modes", [("rev",), ("fwd",), ("rev", "fwd")])
@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors_are_found(name, modes):
    kind, function, rule = PLANTED[name]
    bad = op(kind, function, rule)
    error = failure(lambda x: np.sum(bad(x) * x), X, modes=modes)
    # One direction in which |g| = g proves nothing; the second order sees it.
    first = ("VJP", "JVP", "VJP of VJP") if name == "nonlinear in g" else ("VJP", "JVP")
    assert error.report.failed[0] in first
    failure(lambda x: bad(x), X, modes=modes)


@settings(max_examples=15)
@given(st.integers(-8, 8), st.integers(-8, 8), st.sampled_from([0.0, -1.0, 0.5, 1.0001, 3.0]))
def test_planted_errors_are_found_on_every_scale(of_x, of_f, wrong):
    bad = op(Kind.ELEMENTWISE, lambda x: x**1.7, lambda g, y, x: wrong * 1.7 * g * x**0.7)
    failure(lambda x: 10.0**of_f * bad(x), X * 10.0**of_x, order=1)


@pytest.mark.parametrize("position", range(3))
def test_large_contributions_hide_no_small_one(position):
    def rule(g, y, x):
        return 2 * g * x * (1 + (np.arange(3) == position))

    bad = op(Kind.ELEMENTWISE, np.square, rule)
    error = failure(lambda x: np.sum(bad(x)), np.array([1e4, 1.0, 1e-4]), modes=("rev",))
    assert [e.input for e in error.report.elements if e.bad] == [f"x[{position}]"]


def test_large_outputs_hide_no_small_one():
    bad = op(Kind.ELEMENTWISE, np.sin, lambda g, y, x: 2 * g * np.cos(x))
    failure(lambda x: np.stack([1e8 * x, 1e-8 * bad(x)]), 0.5, modes=("rev",), order=1)


def test_wrong_broadcasting():
    rules = (lambda g, y, x, b: g, lambda g, y, x, b: np.ones_like(b) * np.sum(g) / b.size)
    bad = op(Kind.ELEMENTWISE, np.add, *rules)
    failure(lambda m, b: bad(m, b), M, X, modes=("rev",))


def test_wrong_transposition():
    rules = (lambda g, y, a, b: g @ b, lambda g, y, a, b: a.T @ g)
    bad = op(Kind.MULTILINEAR, np.matmul, *rules)
    error = failure(lambda a, b: bad(a, b), M[:, :2], M[:, 1:])
    assert error.report.failed == ["VJP"]  # forward mode needs no rule of a multilinear op


def test_errors_of_second_order_only():
    constant = op(Kind.ELEMENTWISE, np.sin, lambda g, y, x: g * np.cos(autograd.stop_gradient(x)))
    error = failure(lambda x: np.sum(constant(x)), X)
    assert error.report.failed[0] == "VJP of VJP"
    assert "VJP of VJP of <lambda>" in str(error)
    assert {e.input[:4] for e in error.report.elements if e.bad} == {"x[0]", "x[1]", "x[2]"}
    assert gradcheck(lambda x: np.sum(constant(x)), X, order=1)

    held = op(Kind.ELEMENTWISE, np.sin, lambda g, y, x: autograd.stop_gradient(g) * np.cos(x))
    error = failure(lambda x: np.sum(held(x)), X, modes=("rev",))
    assert all("cotangent" in e.input for e in error.report.elements if e.bad)


def test_detached_arguments():
    failure(lambda x: np.sin(x.numpy()) * x, X)
    failure(lambda x: np.sin(x.numpy()), X)
    failure(lambda x, y: x * y.detach(), X, 2.0)


def test_complex_rules():
    conjugated = op(Kind.ELEMENTWISE, np.exp, lambda g, y, z: g * np.conj(y))
    failure(lambda z: conjugated(z), Z)
    wrong_convention = op(Kind.GENERAL, np.imag, lambda g, y, z: 1j * g)
    error = failure(lambda z: wrong_convention(z), Z, modes=("rev",))
    assert "z[0].imag" in {e.input for e in error.report.elements if e.bad}


def test_one_wrong_element_of_many_is_found_and_named():
    big = np.random.default_rng(1).uniform(0.5, 2.0, 700)
    bad = op(
        Kind.ELEMENTWISE, np.square, lambda g, y, x: g * 2 * x * (1 + 0.1 * (np.arange(700) == 613))
    )
    for f in (lambda x: np.sum(bad(x)), lambda x: bad(x)):
        error = failure(f, big, order=1)
        assert {e.input for e in error.report.elements if e.bad} == {"x[613]"}


# What is said


def test_the_table():
    bad = op(Kind.ELEMENTWISE, np.square, lambda g, y, x: g * np.array([2.0, 3.0, 2.0]) * x)
    error = failure(lambda x: {"out": [bad(x)]}, X, order=1)
    worst, *rest = error.report.elements
    assert (worst.output, worst.input) == ("output['out'][0][1]", "x[1]")
    assert worst.analytic == pytest.approx(3.9)
    assert worst.numeric == pytest.approx(2.6)
    assert worst.absolute == pytest.approx(1.3)
    assert worst.relative == pytest.approx(1 / 3)
    assert worst.bad and not any(e.bad for e in rest)
    assert len(error.report.elements) == 9
    lines = error.received.splitlines()
    assert sum(line.startswith("✗") for line in lines) == 1
    assert "1 of 9 elements wrong" in lines
    assert error.expected.startswith("VJP of <lambda> equal to finite differences")
    assert "WRONG" in str(error.report) and "failed: VJP, JVP" in repr(error.report)


def test_the_table_is_cut():
    bad = op(Kind.ELEMENTWISE, np.square, lambda g, y, x: g * x)
    error = failure(lambda x: bad(x), np.arange(1.0, 31.0), order=1)
    assert len(error.report.elements) == 900
    assert f"and {900 - ROWS_SHOWN} more rows, 10 of them wrong" in error.received


def test_reports_read_well():
    report = gradcheck(lambda x: np.sin(x), X)
    assert "x: float64 (3,)" in str(report) and "JVP of VJP" in str(report)
    assert "passed" in repr(report) and "6 derivatives" in repr(report)
    assert all(0 <= stage.relative < 1e-8 and stage.step > 0 for stage in report.stages)
    assert not GradcheckReport("f", "")


def test_kinks():
    error = failure(lambda x: autograd.relu(x), np.array([1.0, 0.0]))
    assert "looks like a kink" in str(error)
    assert "without a kink" in error.remedy
    (row,) = [e for e in error.report.elements if e.bad]
    assert row.kink == pytest.approx((0.0, 1.0), abs=1e-6)
    # The slopes of |x| at 0 average to its derivative there: right, and worth saying.
    report = gradcheck(lambda x: np.abs(x), np.array([1.0, 0.0]), order=1)
    assert report and "kink of output[1]" in str(report)
    assert not gradcheck(lambda x: np.abs(x), np.array([1.0, 2.0])).notes
    outside = op(Kind.ELEMENTWISE, np.abs, lambda g, y, x: 5 * g)
    assert failure(lambda x: outside(x), 0.0, order=1).report.elements[0].kink is None


def test_random_functions_are_refused():
    rng = np.random.default_rng(0)
    error = failure(lambda x: x * rng.normal(), X)
    assert "deterministic" in error.expected and "seed" in error.remedy
    assert "output[" in error.received


def test_values_that_are_not_finite():
    error = failure(lambda x: np.log(x), np.array([1.0, -1.0]))
    assert "finite outputs" in error.expected and "output[1] = nan" in error.received
    error = failure(lambda x: np.sqrt(x), np.array([1.0, 0.0]))
    assert "inf" in error.received


def test_bad_arguments():
    wrong: list[dict[str, Any]] = [
        {"order": 0},
        {"modes": ()},
        {"modes": "rev"},
        {"method": "x"},
        {"argnum": 3},
        {"argnums": (0, 1)},
        {"argnum": 0.0},
        {"eps": 0.0},
        {"eps": -1.0},
        {"rtol": -1.0},
        {"atol": np.nan},
        {"order": "2"},
        {"order": 1.5},
        {"rtol": "tight"},
        {"eps": 1j},
        {"rng": "a"},
        {"rng": -1},
    ]
    for options in wrong:
        with pytest.raises(errors.ArgumentError):
            gradcheck(lambda x: x, 1.0, **options)
    for f in (lambda x: "text", lambda x: 3, lambda x: None):
        with pytest.raises(errors.DTypeError, match="output"):
            gradcheck(f, 1.0)
    with pytest.raises(errors.ShapeError):
        gradcheck(lambda x: x + np.ones(2), X)


def test_tolerances_and_steps_may_be_given():
    bad = op(Kind.ELEMENTWISE, np.sin, lambda g, y, x: 1.001 * g * np.cos(x))
    assert gradcheck(lambda x: bad(x), X, rtol=1e-2)
    assert gradcheck(lambda x: bad(x), X, atol=1e-2)
    report = gradcheck(lambda x: np.sin(x), X, eps=1e-2)
    assert {stage.step for stage in report.stages} == {1e-2}


def test_directions_are_seeded():
    first, again = (str(gradcheck(lambda x: np.exp(x), X)) for _ in range(2))
    assert first == again
    assert gradcheck(lambda x: np.exp(x), X, rng=np.random.default_rng(5))


# Finite differences by themselves


@settings(max_examples=50)
@given(st.integers(-9, 9), st.integers(0, 12), st.floats(0.5, 2.0))
def test_error_bars_hold(frequency, offset, x):
    rate, constant = 10.0**frequency, 10.0**offset
    at = np.array([x / rate])

    def f(v):
        return np.sin(rate * v) + constant

    found = finite_differences.search(f, at, at, f(at), np.abs(f(at)), 2.2e-16)
    truth = x * np.cos(x)
    assert abs(found.value[0] - truth) <= found.error[0] + 1e-9
    assert found.error[0] < 1e-6 + 1e-13 * constant


def test_flat_then_moving_is_not_settled():
    x = np.ones(1)
    found = finite_differences.search(lambda v: np.round(v, 6), x, x, x, x, 2.2e-16)
    assert not found.settled[0]


def test_rules_that_are_wrong_in_float32_only():
    def rule(g, y, x):
        return g * np.cos(x) * (1.0 if x.dtype == np.float64 else 1.2)

    bad = op(Kind.ELEMENTWISE, np.sin, rule)
    assert gradcheck(lambda x: bad(x), X)
    error = failure(lambda x: bad(x), X.astype(np.float32))
    assert error.expected == "VJP of <lambda> in float32 close to that in float64"
    assert len(error.report.elements) == 3 and error.report.failed == ["VJP"]

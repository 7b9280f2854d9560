"""Passes: the same numbers before and after, and fewer equations where one is promised."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from random_programs import op_of, programs

import nn
from autograd import grad
from autograd.broadcast import data_of
from autograd.compiler.kinds import owner
from autograd.compiler.passes import pipeline as package
from autograd.compiler.passes.pipeline import DEFAULT, PASSES, optimize
from autograd.compiler.program import Constant, Equation, Program, Variable, evaluate
from autograd.compiler.trace import trace
from autograd.errors import ArgumentError
from autograd.op import Kind, Op
from autograd.ops import arithmetic, contract, elementary, index, joining, reduce, shape
from autograd.ops.random import random_row
from autograd.runs import alias as argument


class Sketch:
    """A program made by calling ops: each call gives the output of one more equation."""

    def __init__(self) -> None:
        self.inputs: list[Variable] = []
        self.equations: list[Equation] = []

    def input(self, *lengths: int, dtype: Any = float, weak: bool = False) -> Variable:
        x = Variable(lengths, dtype, weak)
        self.inputs.append(x)
        return x

    def __call__(self, op: Any, *inputs: Any, **static: Any) -> Variable:
        row = op if isinstance(op, Op) else op_of(op)
        given_ = [_example(x) for x in inputs]
        with np.errstate(all="ignore"):
            data = row.function(*given_, **static)
        weak = all(x.weak for x in inputs) and not np.shape(data)
        y = Variable(np.shape(data), np.asarray(data).dtype, weak)
        operands = tuple(x if isinstance(x, Variable | Constant) else Constant(x) for x in inputs)
        self.equations.append(Equation(row, operands, static, (y,)))
        return y

    def program(self, *results: Any) -> Program:
        return Program(self.inputs, self.equations, list(results))


def _example(x: Any) -> Any:
    if isinstance(x, Constant):
        return x.data
    return 1.0 if x.weak else np.ones(x.shape, x.dtype)[()]


def run(program: Program, inputs: list[Any]) -> list[Any]:
    with np.errstate(all="ignore"):
        copies = [x.copy() if isinstance(x, np.ndarray) else x for x in inputs]
        return evaluate(program, copies)


def assert_same(before: Program, after: Program, inputs: list[Any], exact: bool = False) -> None:
    for x, y in zip(run(before, inputs), run(after, inputs), strict=True):
        assert np.shape(x) == np.shape(y)
        assert np.asarray(x).dtype == np.asarray(y).dtype
        assert (type(x) is float) == (type(y) is float)
        if exact:
            np.testing.assert_array_equal(x, y)
            numbers = ~np.isnan(x)
            np.testing.assert_array_equal(np.signbit(x) & numbers, np.signbit(y) & numbers)
        else:
            single = np.asarray(x).dtype == np.float32
            tolerance = 1e-5 if single else 1e-12
            np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


SPECIAL = np.array([-np.inf, -2.0, -1.5, -0.0, 0.0, 1e-300, 0.7, 2.0, 3e200, np.inf, np.nan])


def ops(program: Program) -> list[str]:
    return [equation.op.name for equation in program.equations]


def optimized(
    s: Sketch, *results: Any, passes: Any = DEFAULT, exact: bool = True, inputs: Any = None
) -> list[str]:
    """The ops that are left; the numbers are the same."""
    before = s.program(*results)
    after = optimize(before, passes)
    if inputs is None:
        inputs = [_special(v, number) for number, v in enumerate(s.inputs)]
    assert_same(before, after, inputs, exact)
    return ops(after)


def _special(v: Variable, number: int) -> Any:
    """Data with all that is special in it, other data for each input."""
    if v.weak:
        return 0.7
    data = np.roll(np.resize(SPECIAL, v.size), number)
    data = np.arange(v.size) % 2 if v.dtype == bool else data
    with np.errstate(over="ignore"):
        return data.reshape(v.shape).astype(v.dtype)


# Any program


@given(programs())
@settings(max_examples=150, deadline=None)
def test_any_program_gives_the_same_numbers(case: Any) -> None:
    program, inputs = case
    text = str(program)
    assert_same(program, optimize(program), inputs)
    assert str(program) == text  # a pass changes nothing of what it is given


@pytest.mark.parametrize("name", DEFAULT)
@given(case=programs())
@settings(max_examples=40, deadline=None)
def test_each_pass_by_itself(name: str, case: Any) -> None:
    program, inputs = case
    assert_same(program, optimize(program, (name,)), inputs)


@given(programs())
@settings(max_examples=40, deadline=None)
def test_nothing_is_left_to_do(case: Any) -> None:
    program, _ = case
    once = optimize(program)
    assert len(optimize(once).equations) == len(once.equations) <= len(program.equations) + 8


@pytest.mark.parametrize("name", DEFAULT)
def test_a_pass_planted_wrong_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pass is one that the comparison looks at: a wrong result does not go through."""

    def wrong(program: Program) -> Program:
        found = PASSES_BEFORE[name](program)
        x = program.inputs[0]
        y = Variable(x.shape, x.dtype)
        equation = Equation(elementary.negative, (x,), {}, (y,))
        return Program(found.inputs, [*found.equations, equation], [y], found.donated)

    monkeypatch.setitem(package.PASSES, name, wrong)
    s = Sketch()
    x = s.input(3)
    program = s.program(s(np.tanh, x))
    with pytest.raises(AssertionError):
        assert_same(program, optimize(program, (name,)), [np.arange(3.0)])


PASSES_BEFORE = dict(PASSES)


def test_an_unknown_pass() -> None:
    with pytest.raises(ArgumentError, match="passes by name: aliases"):
        optimize(Program([], [], []), ("aliases", "magic"))


def test_passes_are_switchable() -> None:
    s = Sketch()
    x = s.input(3)
    y = s(np.tanh, x)
    z = s(np.add, y, s(np.tanh, x))
    assert optimized(s, z, passes=()) == ["tanh", "tanh", "add"]
    assert optimized(s, z, passes=("common",)) == ["tanh", "add"]


# One by one


def test_aliases_vanish() -> None:
    s = Sketch()
    x = s.input(11)
    y = s(argument, s(index.stop_row, s(shape.copy, s(np.positive, x))))
    y = s(shape.cast_row, y, dtype=np.dtype(float))
    assert optimized(s, s(np.tanh, y), passes=("aliases",)) == ["tanh"]
    assert optimized(s, s(shape.cast_row, x, dtype=np.dtype(np.float32))) == ["astype"]


def test_dead_code_goes_and_draws_stay() -> None:
    s = Sketch()
    x = s.input(11)
    s(np.exp, s(np.tanh, x))
    draw = {"generator": np.random.default_rng(0), "shape": (3,)}
    s.equations.append(Equation(random_row, (), draw, (Variable((3,), float),)))
    assert optimized(s, s(np.sin, x), passes=("dead_code",)) == ["random", "sin"]


def test_two_draws_are_two_and_in_order() -> None:
    draw = {"generator": np.random.default_rng(0), "shape": (3,)}
    a, b, y = (Variable((3,), float) for _ in range(3))
    equations = [
        Equation(random_row, (), draw, (a,)),
        Equation(random_row, (), draw, (b,)),
        Equation(arithmetic.subtract, (b, a), {}, (y,)),
    ]
    after = optimize(Program([], equations, [y]))
    assert [e.outputs for e in after.equations] == [(a,), (b,), (y,)]


def test_common_subexpressions() -> None:
    s = Sketch()
    x, z = s.input(11), s.input(11)
    a, b = s(np.add, x, z), s(np.add, z, x)
    c, d = s(np.subtract, x, z), s(np.subtract, z, x)
    e = s(reduce.sum_row, s.input(3, 4), axis=0), s(reduce.sum_row, s.inputs[-1], axis=1)
    found = optimized(s, a, b, c, d, *e, passes=("common",), exact=False)
    assert found == ["add", "subtract", "subtract", "sum", "sum"]


def test_constants_that_look_alike_are_not_the_same() -> None:
    s = Sketch()
    x = s.input(11)
    kinds = (Constant(0.0), Constant(-0.0), Constant(0), Constant(np.float64(0.0)))
    for c in kinds:
        s(np.copysign, x, c)
    results = [e.output for e in s.equations]
    assert len(optimized(s, *results, passes=("common",))) == 4


def test_constants_are_folded_unless_their_contents_may_change() -> None:
    s = Sketch()
    x = s.input(3)
    fixed, closure = Constant(np.arange(3.0), fixed=True), Constant(np.arange(3.0))
    y = s(np.multiply, x, s(np.exp, fixed))
    assert optimized(s, y, passes=("constants",)) == ["multiply"]
    assert optimized(s, s(np.multiply, x, s(np.exp, closure))) == ["exp", "multiply"]
    s = Sketch()
    large = s(shape.broadcast_to, Constant(np.float64(1.0)), shape=(100, 100))
    assert optimized(s, large) == ["broadcast_to"]


def test_python_numbers_fold_to_python_numbers() -> None:
    s = Sketch()
    w = s.input(3, dtype=np.float32)
    factor = s(np.subtract, Constant(1.0), s(np.multiply, Constant(0.9), Constant(0.9)))
    y = s(np.multiply, w, factor)
    assert y.dtype == np.float32
    assert optimized(s, y) == ["multiply"]


def test_what_raises_is_left_to_raise() -> None:
    def fail(x: Any) -> Any:
        raise FloatingPointError

    op = Op(fail, Kind.GENERAL, (None,), name="failing")
    y = Variable((), float)
    program = Program([], [Equation(op, (Constant(np.float64(1.0)),), {}, (y,))], [y])
    assert ops(optimize(program)) == ["failing"]


@pytest.mark.parametrize(
    ("left", "build"),
    [
        ([], lambda s, x: s(np.multiply, x, Constant(1.0))),
        ([], lambda s, x: s(np.multiply, Constant(1), x)),
        ([], lambda s, x: s(np.multiply, x, Constant(np.ones(11), fixed=True))),
        (["multiply"], lambda s, x: s(np.multiply, x, Constant(np.ones(11)))),
        (["multiply"], lambda s, x: s(np.multiply, x, Constant(np.ones((2, 11)), fixed=True))),
        ([], lambda s, x: s(np.divide, x, Constant(1.0))),
        (["divide"], lambda s, x: s(np.divide, Constant(1.0), x)),
        (["divide"], lambda s, x: s(np.divide, x, Constant(3.0))),
        ([], lambda s, x: s(np.subtract, x, Constant(0.0))),
        (["subtract"], lambda s, x: s(np.subtract, x, Constant(-0.0))),
        (["add"], lambda s, x: s(np.add, x, Constant(0.0))),  # −0 + 0 is 0
        ([], lambda s, x: s(np.add, x, Constant(-0.0))),
        (["multiply"], lambda s, x: s(np.multiply, x, Constant(0.0))),  # inf * 0 is NaN
        (["negative"], lambda s, x: s(np.multiply, x, Constant(-1.0))),
        ([], lambda s, x: s(np.negative, s(np.negative, x))),
        (["add"], lambda s, x: s(np.subtract, Constant(2.0), s(np.negative, x))),
        (["subtract"], lambda s, x: s(np.add, Constant(2.0), s(np.negative, x))),
        (["subtract"], lambda s, x: s(np.add, s(np.negative, x), Constant(2.0))),
        (["square"], lambda s, x: s(np.multiply, s(np.negative, x), s(np.negative, x))),
        (["square"], lambda s, x: s(np.multiply, x, x)),
        (["square"], lambda s, x: s(arithmetic.power_of_number, x, exponent=2)),
        (["sqrt"], lambda s, x: s(arithmetic.power_of_number, x, exponent=0.5)),
        (["reciprocal"], lambda s, x: s(arithmetic.power_of_number, x, exponent=-1)),
        ([], lambda s, x: s(arithmetic.power_of_number, x, exponent=1)),
        (["power"], lambda s, x: s(arithmetic.power_of_number, x, exponent=5)),
        (["power"], lambda s, x: s(arithmetic.power_of_number, x, exponent=0)),
        (["square"], lambda s, x: s(np.absolute, s(np.square, x))),
        (["log", "exp"], lambda s, x: s(np.exp, s(np.log, x))),  # NaN for x < 0
        (["exp", "log"], lambda s, x: s(np.log, s(np.exp, x))),  # inf for x > 709
        (["astype", "astype"], lambda s, x: _to(s, _to(s, x, "f4"), "f8")),  # digits are lost
        (["tanh", "astype"], lambda s, x: _to(s, _to(s, s(np.tanh, x), "g"), "f4")),
    ],
)
def test_algebra_to_the_bit(left: list[str], build: Any) -> None:
    s = Sketch()
    x = s.input(11)
    y = build(s, x)
    assert optimized(s, y) == left


def _to(s: Sketch, x: Any, dtype: str) -> Variable:
    return s(shape.cast_row, x, dtype=np.dtype(dtype))


@pytest.mark.parametrize(
    ("left", "build"),
    [
        (["square", "multiply"], lambda s, x: s(arithmetic.power_of_number, x, exponent=3)),
        (["square", "square"], lambda s, x: s(arithmetic.power_of_number, x, exponent=4)),
        (["square"], lambda s, x: s(np.exp, s(np.log, s(np.square, x)))),
        (["tanh"], lambda s, x: s(np.log, s(np.exp, s(np.tanh, x)))),
    ],
)
def test_algebra_to_rounding(left: list[str], build: Any) -> None:
    s = Sketch()
    y = build(s, s.input(11))
    assert optimized(s, y, exact=False) == left


def test_a_cast_that_loses_digits_stays() -> None:
    s = Sketch()
    x = s.input(11)
    y = _to(s, _to(s, x, "f4"), "f8")
    inputs = [np.full(11, 0.1)]
    assert optimized(s, y, inputs=inputs) == ["astype", "astype"]


def test_a_number_s_dtype_is_kept() -> None:
    """1.0 times a float32 is a float32, np.float64(1) times it is not: that one stays."""
    s = Sketch()
    x = s.input(11, dtype=np.float32)
    assert optimized(s, s(np.multiply, x, Constant(np.float64(1.0)))) == ["multiply"]
    assert optimized(s, s(np.multiply, x, Constant(1.0))) == []
    s = Sketch()
    w = s.input(weak=True)
    assert optimized(s, s(np.multiply, w, Constant(np.float64(1.0)))) == ["multiply"]


# where


def test_where() -> None:
    s = Sketch()
    x, y, c = s.input(11), s.input(11), s.input(11, dtype=bool)
    where = arithmetic.where_row
    true, false = Constant(np.True_), Constant(np.False_)
    assert optimized(s, s(where, c, x, x)) == []
    assert optimized(s, s(where, true, x, y), s(where, false, y, x)) == []
    either = s(np.logical_or, c, true)
    assert optimized(s, s(where, either, x, y)) == []
    assert optimized(s, s(where, s(np.logical_and, either, c), x, y)) == ["where"]
    assert optimized(s, s(where, s(np.logical_or, c, false), x, y)) == ["where"]
    assert optimized(s, s(where, s(np.logical_not, c), x, y)) == ["where"]
    assert optimized(s, s(where, s(np.logical_not, s(np.logical_not, c)), x, y)) == ["where"]
    assert optimized(s, s(where, c, s(where, c, x, y), y)) == ["where"]
    assert optimized(s, s(where, c, s(where, c, x, y), s(where, c, x, y))) == ["where"]
    assert optimized(s, s(where, c, x, y)) == ["where"]
    assert optimized(s, s(where, true, Constant(0.0), y)) == ["where"]  # 0.0 has no shape
    some = Constant(np.arange(11) % 3 == 0, fixed=True)
    assert optimized(s, s(where, some, x, y)) == ["where"]
    assert optimized(s, s(where, s(np.logical_or, c, some), x, y)) == ["logical_or", "where"]


def test_a_guard_goes_only_where_its_condition_is_known() -> None:
    s = Sketch()
    x, g = s.input(11), s.input(11)

    def guarded(c: Any, g: Any) -> Variable:
        keep = s(np.logical_or, s(np.isfinite, c), s(np.not_equal, g, Constant(0)))
        return s(arithmetic.where_row, keep, c, Constant(0.0))

    inputs = [SPECIAL, np.where(np.arange(11) % 2, 0.0, 1.0)]
    y = guarded(s(np.divide, g, x), g)
    assert len(optimized(s, y, inputs=inputs)) == 5
    ones = Constant(np.ones(11), fixed=True)
    y = guarded(s(np.divide, ones, x), ones)
    assert optimized(s, y, inputs=inputs) == ["divide"]
    zeros = Constant(np.zeros(11), fixed=True)
    y = guarded(s(np.divide, zeros, x), zeros)
    assert "where" in optimized(s, y, inputs=inputs)


def test_shapes_of_where_are_kept() -> None:
    s = Sketch()
    x, y, c = s.input(3), s.input(2, 3), s.input(2, 3, dtype=bool)
    where = arithmetic.where_row
    assert optimized(s, s(where, Constant(np.True_), x, y)) == ["broadcast_to"]
    assert optimized(s, s(where, c, x, x)) == ["broadcast_to"]


# Layout


def test_transposes() -> None:
    s = Sketch()
    x = s.input(2, 3, 4)
    t = shape.transpose
    y = s(t, s(t, x, axes=(1, 2, 0)), axes=(2, 0, 1))
    assert optimized(s, y) == []
    y = s(shape.swapaxes, s(shape.swapaxes, x, axis1=0, axis2=-1), axis1=0, axis2=2)
    assert optimized(s, y) == []
    y = s(shape.moveaxis, s(t, x), source=0, destination=-1)
    assert optimized(s, y) == ["transpose"]
    y = s(shape.moveaxis, x, source=(0, 2), destination=(1, 0))
    assert optimized(s, y) == ["transpose"]
    m = s.input(2, 3)
    assert optimized(s, s(t, s(t, m))) == []
    assert optimized(s, s(t, x, axes=(0, 1, 2))) == []


def test_a_transposed_product_is_a_product_of_transposes() -> None:
    s = Sketch()
    x, g = s.input(5, 3), s.input(5, 4)
    t, product = shape.transpose, contract.matmul_row
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=v.shape) for v in s.inputs]
    y = s(t, s(product, s(t, x), g))
    after = optimize(s.program(y))
    assert ops(after) == ["transpose", "matmul"]
    assert after.equations[1].inputs[1] is x
    assert_same(s.program(y), after, inputs)
    both = s(product, s(t, x), g)
    kept = optimize(s.program(s(t, both), both))  # two products would cost more
    assert ops(kept).count("matmul") == 1
    s = Sketch()
    x, g = s.input(2, 5, 3), s.input(2, 5, 4)
    turned = s(product, s(shape.swapaxes, x, axis1=-1, axis2=-2), g)
    y = s(shape.swapaxes, turned, axis1=1, axis2=2)
    inputs = [rng.normal(size=v.shape) for v in s.inputs]
    assert optimized(s, y, exact=False, inputs=inputs) == ["transpose", "matmul"]


def test_reshapes() -> None:
    s = Sketch()
    x = s.input(2, 6)
    reshape = shape.reshape_row
    y = s(reshape, s(reshape, x, shape=(3, 4)), shape=(2, 6))
    assert optimized(s, y) == []
    y = s(reshape, s(shape.expand_dims, x, axis=0), shape=(-1,))
    assert optimized(s, y) == ["reshape"]
    assert optimized(s, s(shape.squeeze, s(shape.expand_dims, x, axis=1))) == []
    y = s(reshape, s(reshape, x, shape=(6, 2), order="F"), shape=(12,))
    assert optimized(s, y) == ["reshape", "reshape"]


def test_broadcasts() -> None:
    s = Sketch()
    x, y, n = s.input(3), s.input(2, 3), s.input()
    broadcast = shape.broadcast_to
    wide = s(broadcast, x, shape=(2, 3))
    assert optimized(s, s(broadcast, x, shape=(3,))) == []
    assert optimized(s, s(broadcast, wide, shape=(4, 2, 3))) == ["broadcast_to"]
    assert optimized(s, s(np.add, wide, y)) == ["add"]
    both = s(np.add, wide, s(broadcast, n, shape=(2, 3)))
    assert optimized(s, both) == ["add", "broadcast_to"]
    s = Sketch()
    x = s.input(3, dtype=np.float32)
    ones = s(broadcast, Constant(2.0), shape=(3,))  # a float64: so is the product
    product = s(np.multiply, x, ones)
    assert optimized(s, product) == ["multiply"]
    assert optimized(s, product, passes=("layout", "dead_code")) == ["multiply"]


def test_slices_and_their_gradients() -> None:
    s = Sketch()
    a, b = s.input(2, 3), s.input(2, 1)
    scatter = index.scatter
    left = s(scatter, a, index=(Ellipsis, slice(0, 3)), shape=(2, 4))
    right = s(scatter, b, index=(slice(None), slice(3, None)), shape=(2, 4))
    inputs = [np.arange(1.0, 7.0).reshape(2, 3), np.ones((2, 1))]
    assert optimized(s, s(np.add, right, left), inputs=inputs) == ["concatenate"]
    assert optimized(s, s(index.get_row, left, index=(Ellipsis, slice(0, 3)))) == []
    assert optimized(s, s(index.get_row, left, index=(Ellipsis, slice(1, 3)))) == [
        "scatter",
        "getitem",
    ]
    overlapping = s(scatter, a, index=(Ellipsis, slice(1, 4)), shape=(2, 4))
    assert len(optimized(s, s(np.add, left, overlapping), inputs=inputs)) == 3
    assert len(optimized(s, s(np.add, left, right), left, inputs=inputs)) == 3
    assert optimized(s, s(index.get_row, a, index=(slice(None), Ellipsis))) in ([], ["getitem"])


def test_gradients_of_many_slices_are_joined_at_once() -> None:
    def f(x: Any) -> Any:
        return np.sum(x[0] ** 2 * 1.5 + x[1] * x[2] - x[3] ** 2)

    x = np.arange(1.0, 13.0).reshape(4, 3)
    program = trace(grad(f), [x]).program
    after = optimize(program)
    assert ops(after).count("concatenate") == 1
    assert not {"scatter", "add"} & set(ops(after))
    assert_same(program, after, [x])


# Sums


def test_sums_of_broadcasts_are_products() -> None:
    s = Sketch()
    x = s.input(4, 1)
    wide = s(shape.broadcast_to, x, shape=(2, 4, 3))
    inputs = [np.arange(1.0, 5.0).reshape(4, 1)]
    total, broadcast = reduce.sum_row, shape.broadcast_to
    found = optimized(s, s(total, wide, axis=0), exact=False, inputs=inputs)
    assert found == ["multiply", "broadcast_to"] or found == ["broadcast_to", "sum"]
    found = optimized(s, s(total, wide, axis=(0, 2)), exact=False, inputs=inputs)
    assert found == ["reshape", "multiply"] or found == ["multiply", "reshape"]
    found = optimized(s, s(total, wide, axis=(0, 2), keepdims=True), exact=False, inputs=inputs)
    assert sorted(found) == ["multiply", "reshape"]
    found = optimized(s, s(total, wide), exact=False, inputs=inputs)
    assert sorted(found) in (["multiply", "reshape", "sum"], ["multiply", "sum"])
    assert "broadcast_to" not in found
    n = s.input()
    y = s(total, s(broadcast, n, shape=(5, 5)))
    assert optimized(s, y, exact=False, inputs=[*inputs, np.float64(2.0)]) == ["multiply"]


def test_sums_of_sums_are_one() -> None:
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(2, 3, 4, 5))]
    for first in (0, (1, 3), -1, None):
        for second in (0, -1, None, (0, 1)):
            for keep_first in (False, True):
                for keep in (False, True):
                    s = Sketch()
                    x = s.input(2, 3, 4, 5)
                    try:
                        a = s(reduce.sum_row, x, axis=first, keepdims=keep_first)
                        y = s(reduce.sum_row, a, axis=second, keepdims=keep)
                    except ValueError:
                        continue
                    left = optimized(s, y, exact=False, inputs=inputs, passes=("sums",))
                    if (keep_first, keep) in ((False, False), (True, True)) and a.shape:
                        assert left.count("sum") in (1, 2)
    s = Sketch()
    x = s.input(2, 3)
    y = s(reduce.sum_row, s(reduce.sum_row, x, axis=0), axis=0)
    assert optimized(s, y, exact=False, inputs=[np.ones((2, 3))]) == ["sum"]
    inner = s(reduce.sum_row, x, axis=0)
    outer = s(reduce.sum_row, inner, axis=0)
    left = optimized(s, inner, outer, exact=False, inputs=[np.ones((2, 3))])
    assert left == ["sum", "sum"]


def test_sums_of_reshapes() -> None:
    s = Sketch()
    x = s.input(8, 3)
    inputs = [np.random.default_rng(0).normal(size=(8, 3))]
    total, reshape = reduce.sum_row, shape.reshape_row
    y = s(total, s(reshape, x, shape=(2, 4, 3)), axis=(0, 1))
    assert optimized(s, y, exact=False, inputs=inputs) == ["sum"]
    y = s(total, s(reshape, x, shape=(4, 2, 3)), axis=0)
    assert optimized(s, y, exact=False, inputs=inputs) == ["reshape", "sum"]
    y = s(total, s(reshape, x, shape=(4, 6)), axis=0)
    assert optimized(s, y, exact=False, inputs=inputs) == ["reshape", "sum"]


# Products


def _of_products(left: list[str], *lengths: tuple[int, ...], build: Any) -> None:
    s = Sketch()
    y = build(s, *(s.input(*given_) for given_ in lengths))
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=given_) for given_ in lengths]
    assert optimized(s, y, exact=False, inputs=inputs) == left


def test_many_small_products_are_one_large_one() -> None:
    product, total = contract.matmul_row, reduce.sum_row

    def turned(s: Any, x: Any) -> Any:
        return s(shape.swapaxes, x, axis1=-1, axis2=-2)

    one = ["reshape", "matmul", "reshape"]
    _of_products(one, (2, 5, 3), (3, 4), build=lambda s, x, w: s(product, x, w))
    _of_products(one, (2, 6, 5, 3), (3, 4), build=lambda s, x, w: s(product, x, w))
    columns = ["reshape", "transpose", "matmul", "reshape"]
    _of_products(columns, (4, 3), (6, 3, 1), build=lambda s, w, x: s(product, w, x))
    same = ["matmul"]  # these are no rows times one matrix
    _of_products(same, (2, 5, 3), (2, 3, 4), build=lambda s, x, w: s(product, x, w))
    _of_products(same, (4, 3), (6, 3, 2), build=lambda s, w, x: s(product, w, x))
    _of_products(
        ["transpose", "matmul"],
        (2, 3, 5),
        (3, 4),
        build=lambda s, x, w: s(product, turned(s, x), w),
    )
    gradient = ["reshape", "reshape", "transpose", "matmul"]
    _of_products(
        gradient,
        (2, 5, 3),
        (2, 5, 4),
        build=lambda s, x, g: s(total, s(product, turned(s, x), g), axis=0),
    )
    _of_products(
        gradient,
        (2, 6, 5, 3),
        (2, 6, 5, 4),
        build=lambda s, x, g: s(total, s(product, turned(s, x), g), axis=(1, 0)),
    )
    _of_products(
        gradient, (6, 3, 1), (6, 1, 4), build=lambda s, x, g: s(total, s(product, x, g), axis=0)
    )
    kept = ["transpose", "matmul", "sum"]
    _of_products(
        kept,
        (2, 6, 5, 3),
        (2, 6, 5, 4),
        build=lambda s, x, g: s(total, s(product, turned(s, x), g), axis=1),
    )
    _of_products(
        ["matmul", "sum"],
        (6, 3, 5),
        (6, 5, 4),
        build=lambda s, x, g: s(total, s(product, x, g), axis=0),
    )


# A training step


def test_a_training_step() -> None:
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(20, 30, rng=rng), nn.relu, nn.Linear(30, 5, rng=rng))
    trained = nn.Adam(model.parameters(), lr=0.01)
    x, labels = rng.normal(size=(8, 20)).astype(np.float32), rng.integers(0, 5, 8)

    def step(x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(x), labels)
        trained.zero_grad()
        loss.backward()
        trained.step()
        return loss

    found = trace(step, [x, labels])
    inputs = [x, labels, *(v.data for v in found.captured)]
    inputs += [owner(v, inputs).grad for v in found.grads]
    assert all(data_of(given_) is given_ for given_ in inputs)
    after = optimize(found.program)
    assert_same(found.program, after, inputs)
    assert len(after.equations) <= 0.85 * len(found.program.equations)
    assert not {"stop_gradient", "argument"} & set(ops(after))
    turned = [e for e in after.equations if e.op is shape.transpose]
    products = {x for e in after.equations if e.op is contract.matmul_row for x in e.inputs}
    assert all(e.output in products for e in turned)  # views, that cost nothing
    assert found.program.donated == after.donated
    assert joining.join.name not in ops(after)


def test_products_of_a_sum_that_share_a_factor_are_one() -> None:
    def right(s: Sketch) -> Any:
        a, b, c, w = s.input(3, 4), s.input(3, 4), s.input(3, 5), s.input(4, 5)
        return s(
            arithmetic.add,
            s(arithmetic.add, s(contract.matmul_row, a, w), c),
            s(contract.matmul_row, b, w),
        )

    assert _left(right) == ["add", "matmul", "add"]

    def far_apart(s: Sketch) -> Any:
        factors = [(s.input(3, 4), s.input(4, 5)) for _ in range(4)]
        again = [(s.input(3, 4), w) for _, w in factors]
        total, *terms = (s(contract.matmul_row, *pair) for pair in (*factors, *again))
        for term in terms:
            total = s(arithmetic.add, total, term)
        return total

    assert _left(far_apart).count("matmul") == 4

    def left(s: Sketch) -> Any:
        w, a, b = s.input(3, 4), s.input(4, 5), s.input(4, 5)
        return s(arithmetic.add, s(contract.matmul_row, w, a), s(contract.matmul_row, w, b))

    assert _left(left) == ["add", "matmul"]

    def turned(s: Sketch) -> Any:
        w, a, b = s.input(3, 4), s.input(4, 5), s.input(4, 5)
        products = s(contract.matmul_row, w, a), s(contract.matmul_row, w, b)
        return s(arithmetic.add, *(s(shape.transpose, product) for product in products))

    assert _left(turned).count("matmul") == 1

    def used_elsewhere(s: Sketch) -> Any:
        w, a, b = s.input(3, 4), s.input(4, 5), s.input(4, 5)
        product = s(contract.matmul_row, w, a)
        return s(
            arithmetic.multiply, product, s(arithmetic.add, product, s(contract.matmul_row, w, b))
        )

    assert _left(used_elsewhere).count("matmul") == 2

    def other_factors(s: Sketch) -> Any:
        v, w, a = s.input(3, 4), s.input(3, 4), s.input(4, 5)
        b = s.input(4, 5)
        return s(arithmetic.add, s(contract.matmul_row, v, a), s(contract.matmul_row, w, b))

    assert _left(other_factors).count("matmul") == 2


def _left(build: Any) -> list[str]:
    """The ops that are left of a program of matrices; the numbers are the same."""
    s = Sketch()
    before = s.program(build(s))
    after = optimize(before)
    rng = np.random.default_rng(0)
    assert_same(before, after, [rng.normal(size=x.shape) for x in before.inputs])
    return ops(after)

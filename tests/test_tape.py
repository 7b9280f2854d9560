"""A program of very many operations on single numbers is a tape, and gives what eager gives."""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, grad, jit, stop_gradient
from autograd.compiler import tape as tapes
from autograd.compiler.emit import machine
from autograd.compiler.entries import Entries
from autograd.compiler.program import Constant, Equation, Program, Variable, evaluate
from autograd.compiler.tape import Tape, tape
from autograd.op import apply, registry
from autograd.ops import arithmetic, elementary, special

pytestmark = pytest.mark.skipif(not machine.available(), reason="needs llvmlite")

UNARY = [
    *(getattr(elementary, name) for name in ("exp", "log", "tanh", "sin", "cos", "sqrt", "square")),
    *(getattr(elementary, name) for name in ("negative", "absolute", "reciprocal", "expm1")),
    *(elementary.relu_row, elementary.sigmoid_row, elementary.softplus_row, special.erf_row),
    *(registry[f] for f in (np.floor, np.isnan, np.isfinite, np.logical_not)),
]
BINARY = [
    *(arithmetic.add, arithmetic.subtract, arithmetic.multiply, arithmetic.divide),
    *(arithmetic.maximum, arithmetic.minimum, arithmetic.fmax, arithmetic.power),
    *(arithmetic.hypot, arithmetic.arctan2, arithmetic.remainder, registry[np.logaddexp]),
    *(registry[f] for f in (np.less, np.greater_equal, np.equal, np.not_equal)),
    *(registry[f] for f in (np.logical_and, np.logical_or, np.logical_xor)),
]
EXPONENTS = st.sampled_from([2, 3, 0.5, -1, 1.7, 0, 2.0, -3])
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, math.inf, -math.inf, math.nan, 1e-310, 5e-324, 1e300, -1e-200]
NUMBERS = st.sampled_from(SPECIAL) | st.floats(-4.0, 4.0)


def of(op, *inputs, **static):
    """An equation, its output of the kind that NumPy gives; None for what is no float or truth."""
    raw = [x.data if isinstance(x, Constant) else x.dtype.type(1) for x in inputs]
    try:
        with np.errstate(all="ignore"):
            kind = np.asarray(op.function(*raw, **static)).dtype
    except TypeError:
        return None
    if kind not in (np.float64, np.bool_):
        return None
    return Equation(op, inputs, static, (Variable((), kind, weak=kind == np.float64),))


@st.composite
def programs(draw):
    """A program of single numbers whose results are all that it computes."""
    inputs = [Variable((), float, weak=True) for _ in range(3)]
    floats = [*inputs, Constant(draw(NUMBERS)), Constant(2)]
    truths = []
    equations = []
    for _ in range(draw(st.integers(1, 20))):
        kind = draw(st.integers(0, 9))
        x = draw(st.sampled_from(floats))
        y = draw(st.sampled_from([*inputs, *truths]))
        if kind < 3:
            one = draw(st.sampled_from((x if x is not floats[4] else inputs[1], y)))
            equation = of(draw(st.sampled_from(UNARY)), one)
        elif kind < 8:
            pair = draw(st.permutations((x, inputs[0] if x is floats[4] else y)))
            equation = of(draw(st.sampled_from(BINARY)), *pair)
        elif kind == 8 and truths:
            equation = of(arithmetic.where_row, draw(st.sampled_from(truths)), x, inputs[0])
        else:
            equation = of(arithmetic.power_of_number, inputs[0], exponent=draw(EXPONENTS))
        if equation is not None:
            equations.append(equation)
            (floats if equation.output.weak else truths).append(equation.output)
    return Program(inputs, equations, [*inputs, *(e.output for e in equations)])


def made(program):
    """The tape of a program, however small."""
    entries = Entries(program)
    assert entries.write()
    return Tape(entries)


def same(x, y):
    return x == y or (x != x and y != y) or math.isclose(x, y, rel_tol=1e-12, abs_tol=1e-320)


def repeated(program, times):
    """The program on so many sets of inputs, side by side."""
    inputs, equations, results = [], [], []
    for _ in range(times):
        twins = {x: Variable((), x.dtype, x.weak) for x in program.variables()}
        inputs += [twins[x] for x in program.inputs]
        results += [twins[x] for x in program.results]
        equations += [
            Equation(e.op, tuple(twins.get(x, x) for x in e.inputs), e.static, (twins[e.output],))
            for e in program.equations
        ]
    return Program(inputs, equations, results)


# More than a vector holds, and some left over.
COPIES = 11


@settings(max_examples=100, deadline=None)
@given(programs(), st.lists(NUMBERS, min_size=3 * COPIES, max_size=3 * COPIES))
def test_every_entry_is_its_operation(program, inputs):
    program = repeated(program, COPIES)
    values = dict(zip(program.results, made(program).run(list(inputs)), strict=True))
    with np.errstate(all="ignore"):
        for e in program.equations:
            # From what the tape itself gave for the operands: rounding errors do not add up.
            operands = tuple(x.data if isinstance(x, Constant) else values[x] for x in e.inputs)
            expected = apply(e.op, operands, dict(e.static))
            assert same(values[e.output], expected), (e.op, operands, e.static)


@settings(max_examples=30, deadline=None)
@given(programs(), st.lists(NUMBERS, min_size=3, max_size=3), st.data())
def test_what_no_result_needs_changes_nothing(program, inputs, data):
    everything = dict(zip(program.results, made(program).run(list(inputs)), strict=True))
    chosen = data.draw(st.lists(st.sampled_from(program.results), min_size=1, max_size=4))
    part = made(Program(program.inputs, program.equations, chosen))
    for x, y in zip(chosen, part.run(list(inputs)), strict=True):
        assert same(y, everything[x]) and type(y) is type(everything[x])


@pytest.fixture
def always(monkeypatch):
    """A tape for every program that can be one."""
    monkeypatch.setattr(tapes, "MANY", 1)


def backend(f) -> Any:
    return f._last.backend


def network(activation):
    """A training step of a small network of scalar Values, and its parameters."""
    model = nn.scalar.MLP(2, [4, 4, 1], activation=activation, rng=0)
    points = np.random.default_rng(1).normal(size=(9, 2)).tolist()

    def step(rate):
        losses = [(1 + -model(p) * (1 if p[0] > 0 else -1)).relu() for p in points]
        penalty = sum((p * p for p in model.parameters()), Value(0.0))
        loss = sum(losses, Value(0.0)) * (1 / 9) + 1e-3 * penalty
        for p in model.parameters():
            p.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= rate * p.grad
        return loss

    return step, model.parameters()


@pytest.mark.parametrize(("activation", "tolerance"), [("relu", 0.0), ("tanh", 1e-12)])
def test_a_scalar_network_trains_as_it_does_eagerly(activation, tolerance):
    eager, expected = network(activation)
    step, parameters = network(activation)
    step = jit(step)
    for _ in range(8):
        np.testing.assert_allclose(step(0.1).data, eager(0.1).data, rtol=tolerance)
    assert type(backend(step)) is Tape
    for p, q in zip(parameters, expected, strict=True):
        assert type(p.data) is float and type(p.grad) is float
        np.testing.assert_allclose([p.data, p.grad], [q.data, q.grad], rtol=tolerance)


def test_equations_on_arrays_or_other_dtypes_make_no_tape(always):
    def count(x):
        for _ in range(3):
            x = x * 2 + 1
        return x

    numbers = (2.0, np.ones(3), np.float32(2.0), 3, 2j)
    kinds = []
    for x in numbers:
        f = jit(count)
        assert [np.all(f(x) == count(x)) for _ in range(3)] == [True] * 3
        kinds.append(type(backend(f)) is Tape)
    assert kinds == [True, False, False, False, False]


def test_few_equations_make_no_tape():
    x = y = Variable((), float, weak=True)
    equations = []
    for number in range(tapes.MANY):
        assert tape(Program([x], equations, [y])) is None
        equations.append(Equation(elementary.tanh, (y,), {}, (Variable.like(0.0, f"y{number}"),)))
        y = equations[-1].output
    found = tape(Program([x], equations, [y]))
    assert found is not None
    np.testing.assert_allclose(found.run([1.0]), evaluate(found.program, [1.0]), rtol=1e-9)


def test_results_are_of_the_kinds_that_eager_gives(always):
    @jit
    def f(x, y, n):
        return x * y, x, np.exp(y), x < y, 3, 2.5, n, np.multiply(n, x), np.logical_not(x)

    for _ in range(3):
        f(2.0, np.float64(0.5), 7)
    results = f(2.0, np.float64(0.5), 7)
    assert type(backend(f)) is Tape
    expected = f.function(2.0, np.float64(0.5), 7)
    for x, y in zip(results, expected, strict=True):
        assert getattr(x, "data", x) == y
    assert [type(x) for x in backend(f).run([2.0, np.float64(0.5), 7])] == [
        *(np.float64, float, np.float64, np.bool_, int, float, int, float, np.bool_)
    ]


def test_whole_numbers_pass_through_and_multiply(always):
    f = jit(lambda x, n: (stop_gradient(n), x * n, x + 2**60))
    for _ in range(3):
        assert f(0.5, 2**60 + 1) == (2**60 + 1, 2.0**59, 2.0**60)
    assert type(backend(f)) is Tape


def test_an_array_of_a_closure_is_read_at_every_call(always):
    rate = np.array(2.0)
    f = jit(lambda x: (x * rate).tanh() if isinstance(x, Value) else x)
    for number in (2.0, 2.0, 2.0, 3.0, -1.0):
        rate[...] = number
        np.testing.assert_allclose(f(Value(0.5)).data, math.tanh(0.5 * number), rtol=1e-15)
    assert type(backend(f)) is Tape


def test_a_product_in_a_sum_is_rounded_as_python_rounds(always):
    def f(x, a, b, c, d, z):
        return x * a + z, z + x * b, x * c - z, z - x * d

    compiled = jit(f)
    small = 2.0**-30
    given_ = (1.0 + small, 1.0 + small, 1.0 - small, 1.0 + 3 * small, 1.0 + 5 * small, -1.0)
    for _ in range(3):
        assert compiled(*given_) == f(*given_)
    lines = [line.split(" = ")[1] for line in backend(compiled).source.splitlines()[6:-1]]
    assert lines == ["s0 * s1 + s5", "s0 * s2 + s5", "s0 * s3 - s5", "s5 - s0 * s4"]


def test_division_by_zero_and_functions_outside_their_domain_are_numpys(always):
    f = jit(lambda x: (1.0 / x, np.log(x), np.sqrt(x), x**-1, x**0.5, np.exp(x * 1e4)))
    for x in (0.0, -0.0, -1.0, math.inf, -math.inf, math.nan):
        with np.errstate(all="ignore"):
            expected = [float(y) for y in f.function(np.float64(x))]
        for _ in range(3):
            np.testing.assert_array_equal([float(y) for y in f(x)], expected)
    assert type(backend(f)) is Tape


def test_the_source_has_a_line_for_each_entry(always):
    f = jit(lambda x, y: np.where(x > y, np.tanh(x * 3.0), x**2 - x * y))
    for _ in range(2):
        f(1.0, 2.0)
    assert backend(f).source.splitlines() == [
        "s0 = input 0",
        "s1 = input 1",
        "s2 = 3.0",
        "s3 = s0 > s1",
        "s4 = s0 * s2",
        "s5 = s0 ** 2.0",
        "s6 = tanh(s4)",
        "s7 = s5 - s0 * s1",
        "s8 = s6 if s3 else s7",
        "results: s8",
    ]


def test_a_long_chain_is_no_recursion():
    def f(x):
        for _ in range(20_000):
            x = x * 0.999 + 0.001
        return x

    compiled = jit(f)
    for _ in range(3):
        assert compiled(0.5) == f(0.5)
    assert type(backend(compiled)) is Tape


def test_threads_take_turns(always):
    f = jit(lambda x: [np.tanh(x * k) for k in range(1, 40)])
    for _ in range(2):
        f(0.5)
    numbers = np.linspace(-1.0, 1.0, 200).tolist()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(f, numbers))
    assert type(backend(f)) is Tape
    for x, ys in zip(numbers, found, strict=True):
        np.testing.assert_allclose(ys, np.tanh(x * np.arange(1, 40)), rtol=1e-12)


def test_gradients_of_a_compiled_function_and_within_one(always):
    def f(x, y):
        return np.tanh(x * y) + np.where(x > y, x / y, y**3)

    inside = jit(grad(f, argnum=(0, 1)))
    around = grad(jit(f), argnum=(0, 1))
    for x, y in ((0.5, 2.0), (2.0, 0.5), (-1.0, 3.0), (0.1, 0.2)):
        expected = grad(f, argnum=(0, 1))(x, y)
        np.testing.assert_allclose(inside(x, y), expected, rtol=1e-12)
        np.testing.assert_allclose(around(x, y), expected, rtol=1e-12)
    assert type(backend(inside)) is Tape


def test_a_tape_is_explained_as_one_kernel():
    step, parameters = network("tanh")
    step = jit(step)
    for _ in range(3):
        step(0.1)
    before = [(p.data, p.grad) for p in parameters]
    table = step.explain(0.1)
    assert [(p.data, p.grad) for p in parameters] == before
    (row,) = table.rows
    assert row.name == "tape"
    assert row.measured > 0 and row.cost.bytes > 8 * row.cost.operations
    lines = [x for x in step.source.splitlines() if not x.startswith("results")]
    assert 0 < row.cost.operations < len(lines)
    assert f"[{row.cost.operations}] in " in str(table)

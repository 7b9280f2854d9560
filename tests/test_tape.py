"""A program of very many operations on single numbers runs as a tape, and gives what eager gives."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd.numpy as anp
import nn
from autograd import Value, jit
from autograd.compiler import tape as tapes
from autograd.compiler.emit import machine, tape_ir
from autograd.compiler.emit.tape_ir import Instruction
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
    *(registry[f] for f in (np.floor, np.sign, np.isnan, np.isfinite, np.logical_not)),
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
            pair = draw(st.permutations((x, y if x is not floats[4] else inputs[0])))
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
    """The tape of a program, however small; None where it is none."""
    entries = Entries(program)
    return Tape(entries) if entries.write() else None


def same(x, y):
    return x == y or (x != x and y != y) or math.isclose(x, y, rel_tol=1e-12, abs_tol=1e-320)


@settings(max_examples=200, deadline=None)
@given(programs(), st.lists(NUMBERS, min_size=3, max_size=3))
def test_every_entry_is_its_operation(program, inputs):
    found = made(program)
    assert found is not None
    values = dict(zip(program.results, found.run(list(inputs)), strict=True))
    with np.errstate(all="ignore"):
        for e in program.equations:
            # From what the tape itself gave for the operands: rounding errors do not add up.
            operands = tuple(x.data if isinstance(x, Constant) else values[x] for x in e.inputs)
            expected = apply(e.op, operands, dict(e.static))
            assert same(values[e.output], expected), (e.op, operands, e.static)

"""Algebra of elementwise functions, where it changes neither NaN nor infinities nor dtypes.

Not done, because a result may change: x + 0.0 (−0 would stay −0), x * 0, x / c as x * (1 / c),
(x * c) * d as x * (c * d), exp(log x) where x may be negative, log(exp x) where exp may overflow.
"""

from typing import Any

import numpy as np

from autograd.compiler.passes.rewriting import Rewriting, is_filled, known
from autograd.compiler.program import Equation, Operand, Program
from autograd.ops import arithmetic, elementary, reduce, shape
from autograd.ops.logits import softmax_row


def algebra(program: Program) -> Program:
    """x * 1 → x, −(−x) → x, x − (−y) → x + y, x**2 → square(x), exp(log x) → x for x ≥ 0, …"""
    return Rewriting(program).run([_neutral, _signs, _powers, _inverse, _casts])


def _neutral(equation: Equation, _: Rewriting) -> Operand | None:
    """x * 1, 1 * x, x / 1, x − 0, x + (−0): exact. x + 0 only for integers, which have no −0."""
    if len(equation.inputs) != 2:
        return None
    x, y = equation.inputs
    f = equation.op.function
    if f is np.multiply or f is np.divide:
        if is_filled(y, 1):
            return x
        return y if f is np.multiply and is_filled(x, 1) else None
    if f is np.subtract:
        return x if is_filled(y, 0) else None
    if f is np.add:
        return x if _is_nothing(y) else y if _is_nothing(x) else None
    return None


def _is_nothing(x: Any) -> bool:
    """Whether x + y is y for every y, −0 too."""
    data = known(x)
    if data is None or not x.size:
        return False
    if x.dtype.kind in "iu" and not x.weak:
        return not np.any(data)
    return x.dtype.kind == "f" and not np.any(data) and bool(np.all(np.signbit(data)))


def _signs(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """Signs that meet: exact, since NumPy rounds to the nearest, whichever the sign."""
    f, inputs = equation.op.function, equation.inputs
    y = equation.output
    if y.dtype.kind not in "fc":
        return None

    def opposite(x: Any) -> Any:
        source = rewriting.source(x, elementary.negative)
        return None if source is None else source.inputs[0]

    if f is np.negative:
        return opposite(inputs[0])
    if f is np.multiply:
        for x, number in (inputs, inputs[::-1]):
            if is_filled(number, -1) and getattr(x, "shape", None) == y.shape:
                return rewriting.make(elementary.negative, (x,), y) if x.dtype == y.dtype else None
        a, b = map(opposite, inputs)
        if a is not None and b is not None:
            return rewriting.make(arithmetic.multiply, (a, b), y)
    if f is np.add:
        a, b = map(opposite, inputs)
        if b is not None:
            return rewriting.make(arithmetic.subtract, (inputs[0], b), y)
        if a is not None:
            return rewriting.make(arithmetic.subtract, (inputs[1], a), y)
    if f is np.subtract and opposite(inputs[1]) is not None:
        return rewriting.make(arithmetic.add, (inputs[0], opposite(inputs[1])), y)
    return None


def _powers(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """x**2, x**0.5 and x**−1 as NumPy's operator computes them; x**1 is x, x·x is square(x).

    x**3 and x**4 are products, which differ from NumPy's power by up to 2 ulp.
    """
    y, op = equation.output, equation.op
    if y.weak or not y.shape or y.dtype.kind not in "fc":
        return None
    x = equation.inputs[0]
    if op is arithmetic.multiply and x is equation.inputs[1] and x.dtype == y.dtype:
        return rewriting.make(elementary.square, (x,), y)
    if op is not arithmetic.power_of_number or x.dtype != y.dtype:
        return None
    exponent = equation.static["exponent"]
    if exponent == 1:
        return x
    if exponent == 2:
        return rewriting.make(elementary.square, (x,), y)
    if exponent == 0.5:
        return rewriting.make(elementary.sqrt, (x,), y)
    if exponent == -1:
        return rewriting.make(elementary.reciprocal, (x,), y)
    if exponent in (3, 4):
        square = rewriting.make(elementary.square, (x,), y)
        if exponent == 4:
            return rewriting.make(elementary.square, (square,), y)
        return rewriting.make(arithmetic.multiply, (square, x), y)
    return None


def _inverse(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """exp(log x) is x where x ≥ 0 is known, log(exp x) where |x| is bounded: to rounding."""
    f, x = equation.op.function, equation.inputs[0] if equation.inputs else None
    if f is np.exp:
        source = rewriting.source(x, elementary.log)
        if source is not None and is_nonnegative(source.inputs[0], rewriting):
            return source.inputs[0]
    if f is np.log:
        source = rewriting.source(x, elementary.exp)
        if source is not None:
            inner = rewriting.source(source.inputs[0])
            if inner is not None and inner.op in _BOUNDED:
                return source.inputs[0]
    if f is np.absolute and is_nonnegative(x, rewriting) and rewriting.source(x) is not None:
        return x
    return None


_BOUNDED = (elementary.tanh, elementary.sin, elementary.cos, elementary.sigmoid_row, softmax_row)
_NONNEGATIVE = {
    elementary.exp,
    elementary.exp2,
    elementary.square,
    elementary.absolute,
    elementary.fabs,
    elementary.sigmoid_row,
    softmax_row,
}
# Nonnegative where all their arguments are.
_KEEPING = {
    arithmetic.add,
    arithmetic.multiply,
    reduce.sum_row,
    reduce.mean_row,
    shape.reshape_row,
    shape.transpose,
    shape.broadcast_to,
}
# How far back the reason is looked for that a number is not negative.
_DEPTH = 4


def is_nonnegative(x: Any, rewriting: Rewriting, depth: int = _DEPTH) -> bool:
    """Whether an operand is known to have no negative element, nor −0; NaN it may have."""
    data = known(x)
    if data is not None:
        return x.dtype.kind in "fbiu" and not np.any(np.signbit(np.asarray(data, np.float64)))
    source = rewriting.source(x)
    if source is None or x.dtype.kind != "f" or depth == 0:
        return False
    if source.op in _KEEPING:
        return all(is_nonnegative(part, rewriting, depth - 1) for part in source.inputs)
    return source.op in _NONNEGATIVE


def _casts(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """A cast of a cast is one cast, where the one in between loses nothing."""
    casts = (shape.cast_row, shape.truncate_row)
    if equation.op not in casts:
        return None
    inner = rewriting.source(equation.inputs[0])
    if inner is None or inner.op not in casts:
        return None
    x = inner.inputs[0]
    if x.weak or not np.can_cast(x.dtype, inner.output.dtype, "safe"):
        return None
    if x.dtype == equation.output.dtype:
        return x
    return rewriting.make(equation.op, (x,), equation.output, equation.static)

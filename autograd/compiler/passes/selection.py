"""`where` and the conditions it reads."""

from typing import Any

import numpy as np

from autograd.compiler.passes.rewriting import Rewriting, fits, known
from autograd.compiler.program import Constant, Equation, Operand, Program, Variable
from autograd.ops import arithmetic, shape

_DEPTH = 4


def selection(program: Program) -> Program:
    """where(c, x, x) → x, where(True, x, y) → x, where(¬c, x, y) → where(c, y, x), and the like.

    A guard of a pole, where(isfinite(x) | (g != 0), x, 0), goes only where its condition is known.
    """
    return Rewriting(program).run(
        [_known_condition, _same, _turned, _nested, _neutral, _double_negation]
    )


def truth(x: Any, rewriting: Rewriting, depth: int = _DEPTH) -> bool | None:
    """What a boolean operand is known to be at every place; None where that is not known."""
    data = known(x)
    if data is not None:
        if not x.size or x.size > 1 << 20:
            return None
        return True if np.all(data) else None if np.any(data) else False
    source = rewriting.source(x)
    if source is None or depth == 0:
        return None
    f = source.op.function
    if source.op in (shape.broadcast_to, shape.reshape_row, shape.transpose):
        return truth(source.inputs[0], rewriting, depth - 1)
    if f in (np.logical_or, np.logical_and):
        found = [truth(part, rewriting, depth - 1) for part in source.inputs]
        decisive = f is np.logical_or
        if decisive in found:
            return decisive
        return (not decisive) if found == [not decisive] * 2 else None
    if f is np.logical_not:
        inner = truth(source.inputs[0], rewriting, depth - 1)
        return None if inner is None else not inner
    if f is np.isfinite and source.inputs[0].dtype.kind in "biu":
        return True
    return None


def _known_condition(equation: Equation, rewriting: Rewriting) -> Operand | None:
    if equation.op is not arithmetic.where_row:
        return None
    known_truth = truth(equation.inputs[0], rewriting)
    if known_truth is None:
        return None
    chosen = equation.inputs[1 if known_truth else 2]
    return _as_output(chosen, equation.output, rewriting)


def _same(equation: Equation, rewriting: Rewriting) -> Operand | None:
    if equation.op is not arithmetic.where_row:
        return None
    _, x, y = equation.inputs
    return _as_output(x, equation.output, rewriting) if x is y else None


def _as_output(x: Any, y: Variable, rewriting: Rewriting) -> Operand | None:
    """An operand in the shape of the output, if it has its dtype."""
    if not isinstance(x, Variable | Constant):
        return None
    if fits(x, y):
        return x
    if x.weak or x.dtype != y.dtype or not y.shape:
        return None
    return rewriting.make(shape.broadcast_to, (x,), y, {"shape": y.shape})


def _turned(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """where(¬c, x, y) → where(c, y, x)."""
    if equation.op is not arithmetic.where_row:
        return None
    condition, x, y = equation.inputs
    source = rewriting.source(condition)
    if source is None or source.op.function is not np.logical_not:
        return None
    inner = source.inputs[0]
    if inner.dtype != np.bool_:
        return None
    return rewriting.make(arithmetic.where_row, (inner, y, x), equation.output)


def _nested(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """where(c, where(c, x, _), y) → where(c, x, y), and on the other side."""
    if equation.op is not arithmetic.where_row:
        return None
    condition, *choices = equation.inputs
    changed = False
    for number in (0, 1):
        source = rewriting.source(choices[number], arithmetic.where_row)
        if source is None or source.inputs[0] is not condition:
            continue
        inner = source.inputs[1 + number]
        if getattr(inner, "dtype", None) == source.output.dtype and not inner.weak:
            choices[number] = inner
            changed = True
    if not changed:
        return None
    shapes = np.broadcast_shapes(*map(np.shape, (condition, *choices)))
    if shapes != equation.output.shape:
        return None
    return rewriting.make(arithmetic.where_row, (condition, *choices), equation.output)


def _neutral(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """True and c → c, False or c → c."""
    f = equation.op.function
    if f not in (np.logical_and, np.logical_or):
        return None
    x, y = equation.inputs
    nothing = f is np.logical_and
    if truth(x, rewriting) is nothing:
        return y
    return x if truth(y, rewriting) is nothing else None


def _double_negation(equation: Equation, rewriting: Rewriting) -> Operand | None:
    if equation.op.function is not np.logical_not:
        return None
    source = rewriting.source(equation.inputs[0])
    if source is not None and source.op.function is np.logical_not:
        return source.inputs[0]
    return None

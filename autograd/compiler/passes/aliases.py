"""Equations whose output is their input vanish."""

import numpy as np

from autograd.compiler.passes.rewriting import Rewriting
from autograd.compiler.program import Constant, Equation, Operand, Program, Variable
from autograd.compiler.recording import assigned
from autograd.ops import index, shape
from autograd.runs import alias as argument

# Ops whose output is their input.
COPIES = (argument, assigned, index.stop_row, shape.copy)


def aliases(program: Program) -> Program:
    """x for stop_gradient(x), +x, copies, and a cast to the dtype that x has already."""
    return Rewriting(program).run([_alias])


def _alias(equation: Equation, _: Rewriting) -> Operand | None:
    op, x = equation.op, equation.inputs[0] if equation.inputs else None
    if not isinstance(x, Variable | Constant):
        return None
    if op in COPIES or op.function is np.positive:
        return x
    if op in (shape.cast_row, shape.truncate_row) and x.dtype == equation.static["dtype"]:
        return x
    return None

"""What depends on constants alone is computed beforehand."""

from typing import Any

import numpy as np

from autograd.compiler.passes.rewriting import Rewriting, is_pure, known
from autograd.compiler.program import Constant, Equation, Operand, Program
from autograd.op import apply

# A result of more elements is computed again at each call rather than kept.
LARGEST = 4096


def constants(program: Program) -> Program:
    """Compute what depends on `fixed` constants alone, where the result is small.

    An array of a closure is not fixed: its contents may change between calls.
    """
    return Rewriting(program).run([_folded])


def _folded(equation: Equation, _: Rewriting) -> Operand | None:
    inputs = equation.inputs
    if not inputs or equation.output.size > LARGEST or not is_pure(equation):
        return None
    if not all(isinstance(x, Constant) and known(x) is not None for x in inputs):
        return None
    try:
        with np.errstate(all="ignore"):
            data: Any = apply(equation.op, tuple(x.data for x in inputs), dict(equation.static))
    except Exception:  # it will be raised where the program runs, as it would be without this
        return None
    if equation.output.weak:
        data = np.asarray(data).item()
    elif isinstance(data, np.ndarray):
        data = np.array(data)
    elif not hasattr(data, "dtype"):  # the tuple of an op that has one output only this time
        return None
    return Constant(data, fixed=True)

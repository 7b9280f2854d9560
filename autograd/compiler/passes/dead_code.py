"""What no result needs is dropped."""

from autograd.compiler.passes.rewriting import is_pure
from autograd.compiler.program import Program, Variable


def dead_code(program: Program) -> Program:
    """Drop the equations on which no result depends; a random draw stays, for the next one's sake.

    >>> from autograd.compiler.program import Equation
    >>> from autograd.ops.elementary import exp
    >>> x, y = Variable((2,), float), Variable((2,), float)
    >>> dead_code(Program([x], [Equation(exp, (x,), {}, (y,))], [x])).equations
    []
    """
    needed = {x for x in program.results if isinstance(x, Variable)}
    kept = []
    for equation in reversed(program.equations):
        if not is_pure(equation) or any(y in needed for y in equation.outputs):
            kept.append(equation)
            needed.update(x for x in equation.inputs if isinstance(x, Variable))
    if len(kept) == len(program.equations):
        return program
    return Program(program.inputs, kept[::-1], program.results, program.donated)

"""Passes: a program made smaller, its results the same.

    optimize(program)                            all of them, until nothing changes
    optimize(program, ("common", "dead_code"))   those named, in this order

A pass is a pure function from Program to Program; `PASSES` knows them by name. NaN, infinities,
shapes and dtypes stay what they were. Results differ at most by how a sum of products is rounded,
where the docstring of the rule says so.
"""

from collections.abc import Callable, Sequence

from autograd.compiler.passes import (
    algebra,
    aliases,
    common,
    constants,
    dead_code,
    distribution,
    layout,
    pieces,
    products,
    selection,
    sums,
)
from autograd.compiler.program import Program
from autograd.errors import ArgumentError

Pass = Callable[[Program], Program]

PASSES: dict[str, Pass] = {
    f.__name__: f
    for f in (
        aliases.aliases,
        constants.constants,
        layout.layout,
        products.products,
        distribution.distribution,
        sums.sums,
        algebra.algebra,
        selection.selection,
        pieces.pieces,
        common.common,
        dead_code.dead_code,
    )
}
DEFAULT = tuple(PASSES)
# Every round may make work for the next one; what is not done by then is not worth the time.
_ROUNDS = 5


def optimize(program: Program, passes: Sequence[str] = DEFAULT) -> Program:
    """The program after these passes, in this order, repeated until none changes anything.

    Raises ArgumentError for a name that no pass has.

    >>> from autograd.compiler.program import Equation, Program, Variable
    >>> from autograd.ops.elementary import negative
    >>> x, y, z = (Variable((2,), float, name=name) for name in "xyz")
    >>> twice = [Equation(negative, (x,), {}, (y,)), Equation(negative, (y,), {}, (z,))]
    >>> print(optimize(Program([x], twice, [z])))
    inputs: x: float64[2]
    results: x
    """
    unknown = [name for name in passes if name not in PASSES]
    if unknown:
        raise ArgumentError(
            f"passes by name: {', '.join(PASSES)}", ", ".join(map(repr, unknown)), "leave them out"
        )
    done: dict[str, Program] = {}  # what each pass has seen last, and left as it was or made
    for _ in range(_ROUNDS):
        for name in passes:
            if done.get(name) is not program:
                program = done[name] = PASSES[name](program)
        if all(done[name] is program for name in passes):
            break
    return program

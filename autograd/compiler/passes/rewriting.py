"""What the passes share: a walk that replaces outputs of equations by something simpler."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from autograd.compiler.bodies import draws
from autograd.compiler.program import Constant, Equation, Operand, Program, Variable
from autograd.op import Op
from autograd.ops import shape

# From an equation, an operand that is its output, or None to leave it as it is.
Rule: TypeAlias = "Callable[[Equation, Rewriting], Operand | None]"


class Rewriting:
    """A program being rewritten.

    equations    the new equations so far.
    made         of each variable, the equation that computes it.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.equations: list[Equation] = []
        self.made: dict[Any, Equation] = {}
        self._replaced: dict[Any, Operand] = {}

    @cached_property
    def uses(self) -> Counter[Any]:
        """How often the old program reads each variable."""
        program = self.program
        read = Counter(x for e in program.equations for x in e.inputs if type(x) is Variable)
        read.update(x for x in program.results if type(x) is Variable)
        return read

    def run(self, rules: Sequence[Rule]) -> Program:
        """The program after the first of the rules that fits each equation; itself if none does."""
        for equation in self.program.equations:
            equation = self._renewed(equation)
            found = self._first(rules, equation)
            if found is None:
                self._append(equation)
            else:
                self._replaced[equation.output] = found
        if not self._replaced:
            return self.program
        results = [self._replaced.get(x, x) for x in self.program.results]
        return Program(self.program.inputs, self.equations, results, self.program.donated)

    def _renewed(self, equation: Equation) -> Equation:
        replaced = self._replaced
        for x in equation.inputs:
            if type(x) is Variable and x in replaced:
                inputs = tuple(
                    replaced.get(x, x) if type(x) is Variable else x for x in equation.inputs
                )
                return Equation(equation.op, inputs, equation.static, equation.outputs)
        return equation

    def _first(self, rules: Sequence[Rule], equation: Equation) -> Operand | None:
        if len(equation.outputs) != 1 or not equation.inputs:
            return None
        for rule in rules:
            found = rule(equation, self)
            if found is not None and fits(found, equation.output):
                return found
        return None

    def _append(self, equation: Equation) -> None:
        self.equations.append(equation)
        for variable in equation.outputs:
            self.made[variable] = equation

    def make(
        self,
        op: Op,
        inputs: tuple[Any, ...],
        like: Operand,
        static: Mapping[str, Any] | None = None,
        lengths: tuple[int, ...] | None = None,
    ) -> Variable:
        """The output of a new equation, of the dtype of `like`, and of its shape unless given."""
        y = Variable(like.shape if lengths is None else lengths, like.dtype, like.weak)
        self._append(Equation(op, inputs, {} if static is None else static, (y,)))
        return y

    def source(self, x: Any, op: Op | None = None) -> Equation | None:
        """The equation that computes an operand, if there is one, and of this op."""
        equation = self.made.get(x) if isinstance(x, Variable) else None
        return equation if op is None or (equation is not None and equation.op is op) else None

    def is_used_once(self, x: Any) -> bool:
        """Whether nothing but the equation at hand reads a variable."""
        return self.uses[x] == 1


def reshaped(x: Operand, lengths: tuple[int, ...], rewriting: Rewriting) -> Operand:
    """x in another shape."""
    if x.shape == lengths:
        return x
    return rewriting.make(shape.reshape_row, (x,), x, {"shape": lengths}, lengths)


def fits(new: Operand, old: Operand) -> bool:
    """Whether one operand may stand for the other: same shape, dtype and weakness."""
    return new.shape == old.shape and new.dtype == old.dtype and new.weak == old.weak


def is_elementwise(equation: Equation) -> bool:
    """Whether each element of the output depends on the elements at its place alone."""
    op = equation.op
    single = isinstance(op.function, np.ufunc) and op.function.signature is None
    return len(equation.outputs) == 1 and (op.is_elementwise or single)


def is_pure(equation: Equation) -> bool:
    """Whether an equation gives the same for the same inputs, and changes nothing."""
    return not draws(equation)


def known(x: Any) -> Any:
    """The data of a constant that is part of the program; None for everything else."""
    return x.data if isinstance(x, Constant) and x.fixed else None


def is_filled(x: Any, number: float) -> bool:
    """Whether an operand is known to be this number everywhere, the sign of a zero included."""
    data = known(x)
    if type(data) is float or type(data) is int:
        return data == number and (number != 0 or not np.signbit(data))
    if data is None or x.dtype.kind not in "biufc" or not x.size or x.size > 1 << 20:
        return False
    same = np.all(np.asarray(data) == number)
    return bool(same) and (number != 0 or not np.any(np.signbit(np.real(data))))

"""`Program`: what a traced function does, as data: equations in order, one op each.

v2: float32[64, 10] = add v1 bias
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from autograd.broadcast import dtype_of
from autograd.op import Op, apply

_FLOAT = np.dtype(np.float64)


class Variable:
    """A result of the program or one of its inputs: a shape and a dtype, known by identity.

    weak    whether it is a Python number, which follows the dtype of what it meets (NEP 50).
    """

    __slots__ = ("dtype", "name", "shape", "weak")

    def __init__(
        self, shape: tuple[int, ...], dtype: Any, weak: bool = False, name: str | None = None
    ) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.weak = weak
        self.name = name

    @classmethod
    def like(cls, data: Any, name: str | None = None) -> "Variable":
        """A variable for such data: an array, a NumPy scalar or a Python number."""
        if type(data) is float:
            return cls((), _FLOAT, True, name)
        weak = type(data) in (bool, int, float, complex)
        shape = data.shape if hasattr(data, "shape") else ()
        return cls(shape, dtype_of(data), weak, name)

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    def __repr__(self) -> str:
        kind = f"{self.dtype} number" if self.weak else f"{self.dtype}{list(self.shape)}"
        return f"{self.name or 'variable'}: {kind}"


class Constant:
    """Data that the trace met: a Python number, or an array of a closure, kept by reference.

    The contents of an array may change between calls, its shape and dtype do not: only what
    `fixed` says is part of the program may be computed with beforehand.
    """

    __slots__ = ("data", "dtype", "fixed", "shape", "weak")

    def __init__(self, data: Any, fixed: bool | None = None) -> None:
        self.data = data
        self.shape = np.shape(data)
        self.dtype = np.asarray(data).dtype
        self.weak = type(data) in (bool, int, float, complex)
        self.fixed = not isinstance(data, np.ndarray) if fixed is None else fixed

    size = Variable.size

    def __repr__(self) -> str:
        return repr(self.data) if not self.shape else f"constant {self.dtype}{list(self.shape)}"


Operand: TypeAlias = Variable | Constant


@dataclass(eq=False)
class Equation:
    """outputs = op(*inputs, **static). An op with several outputs has several variables."""

    op: Op
    inputs: tuple[Any, ...]  # operands; None and other plain objects where an op takes such
    static: Mapping[str, Any]
    outputs: tuple[Variable, ...]

    @property
    def output(self) -> Variable:
        """The only output."""
        (variable,) = self.outputs
        return variable


@dataclass(eq=False)
class Program:
    """Inputs, equations, results.

    inputs     the arguments, then what is captured: Values and state that are read at each call.
    results    outputs, then what is assigned; each a variable or a constant.
    donated    of a result, by its number, the input whose memory it may take: state that the
               program replaces.
    """

    inputs: list[Variable]
    equations: list[Equation]
    results: list[Operand]
    donated: dict[int, int] = field(default_factory=dict)

    def variables(self) -> Iterator[Variable]:
        """Every variable: the inputs, then each equation's outputs, in order."""
        yield from self.inputs
        for equation in self.equations:
            yield from equation.outputs

    def named(self) -> "Program":
        """Give every variable a name: what the user named keeps its own, the others are v0, v1 …"""
        taken: set[str] = set()
        for number, variable in enumerate(self.variables()):
            wanted = variable.name or f"v{number}"
            wanted = wanted if wanted.isidentifier() and wanted not in taken else f"v{number}"
            taken.add(wanted)
            variable.name = wanted
        return self

    def __str__(self) -> str:
        self.named()
        lines = [f"inputs: {', '.join(map(repr, self.inputs))}"]
        for equation in self.equations:
            left = ", ".join(map(repr, equation.outputs))
            right = " ".join([equation.op.name, *map(_operand, equation.inputs)])
            options = ", ".join(f"{key}={x!r}" for key, x in equation.static.items())
            lines.append(f"{left} = {right}{f' [{options}]' if options else ''}")
        return "\n".join([*lines, f"results: {', '.join(map(_operand, self.results))}"])


def evaluate(program: Program, inputs: Sequence[Any]) -> list[Any]:
    """The results, computed equation by equation: what every other way must agree with.

    >>> from autograd.ops.elementary import exp
    >>> x, y = Variable((2,), float), Variable((2,), float)
    >>> program = Program([x], [Equation(exp, (x,), {}, (y,))], [y])
    >>> evaluate(program, [np.array([0.0, 1.0])])
    [array([1.        , 2.71828183])]
    """
    last: dict[Any, int] = {}
    for number, equation in enumerate(program.equations):
        last.update((x, number) for x in equation.inputs if isinstance(x, Variable))
    last.update((x, -1) for x in program.results if isinstance(x, Variable))
    found: dict[Variable, Any] = dict(zip(program.inputs, inputs, strict=True))
    for number, equation in enumerate(program.equations):
        solve(equation, found)
        for x in (*equation.inputs, *equation.outputs):
            if isinstance(x, Variable) and last.get(x, number) == number:
                found.pop(x, None)  # memory for the results of the next
    return [_data(x, found) for x in program.results]


def interpret(program: Program, inputs: Sequence[Any]) -> dict[Variable, Any]:
    """What every variable is for these inputs. Given Values, the equations are recorded again."""
    found: dict[Variable, Any] = dict(zip(program.inputs, inputs, strict=True))
    for equation in program.equations:
        solve(equation, found)
    return found


def solve(equation: Equation, found: dict[Variable, Any]) -> None:
    """Add the outputs of an equation to what was found."""
    given = tuple(_data(x, found) for x in equation.inputs)
    outputs = apply(equation.op, given, dict(equation.static))
    parts = outputs if isinstance(outputs, tuple) else (outputs,)
    for variable, part in zip(equation.outputs, parts, strict=True):
        weak = variable.weak and isinstance(part, np.ndarray | np.generic)
        found[variable] = part.item() if weak else part


def _data(x: Any, found: Mapping[Variable, Any]) -> Any:
    return x.data if isinstance(x, Constant) else found[x] if isinstance(x, Variable) else x


def _operand(x: Any) -> str:
    return str(x.name) if isinstance(x, Variable) else repr(x)

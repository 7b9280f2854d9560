"""What is computed twice is computed once."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.compiler.passes.rewriting import is_pure
from autograd.compiler.program import Constant, Equation, Program, Variable

# Larger arrays are compared by identity only.
_SMALL = 1024
# x ∘ y is y ∘ x, to the bit.
_COMMUTATIVE = (np.add, np.multiply, np.logical_or, np.logical_and, np.equal, np.not_equal)


def common(program: Program) -> Program:
    """Of equations with the same op, operands and options only the first stays.

    Two random draws are two.
    """
    first: dict[Any, tuple[Variable, ...]] = {}
    replaced: dict[Variable, Variable] = {}
    equations = []
    for equation in program.equations:
        inputs = tuple(
            replaced.get(x, x) if isinstance(x, Variable) else x for x in equation.inputs
        )
        if any(x is not y for x, y in zip(inputs, equation.inputs, strict=True)):
            equation = Equation(equation.op, inputs, equation.static, equation.outputs)
        key = _key(equation)
        if is_pure(equation) and key in first:
            replaced.update(zip(equation.outputs, first[key], strict=True))
        else:
            first[key] = equation.outputs
            equations.append(equation)
    if not replaced:
        return program
    results = [replaced.get(x, x) if isinstance(x, Variable) else x for x in program.results]
    return Program(program.inputs, equations, results, program.donated)


def _key(equation: Equation) -> Any:
    inputs = [_of_operand(x) for x in equation.inputs]
    if equation.op.function in _COMMUTATIVE:
        inputs.sort(key=hash)
    kinds = tuple((y.shape, y.dtype, y.weak) for y in equation.outputs)
    return (equation.op, tuple(inputs), frozen(equation.static), kinds)


def _of_operand(x: Any) -> Any:
    if isinstance(x, Constant):
        if x.fixed and x.size <= _SMALL and x.dtype != object:
            data = np.asarray(x.data)
            return (x.weak, x.dtype, x.shape, data.tobytes())
        return id(x.data)
    return id(x) if isinstance(x, Variable) else frozen(x)


def frozen(x: Any) -> Any:
    """Something hashable that is equal for equal options, and for no others.

    >>> frozen({"axis": 1}) == frozen({"axis": 1}), frozen(1) == frozen(1.0)
    (True, False)
    """
    if isinstance(x, Mapping):
        return (type(x), *sorted((key, frozen(part)) for key, part in x.items()))
    if isinstance(x, tuple | list):
        return (type(x), *map(frozen, x))
    if isinstance(x, slice):
        return (slice, frozen(x.start), frozen(x.stop), frozen(x.step))
    if isinstance(x, np.ndarray | np.generic) and x.dtype != object:
        return (type(x), x.shape, x.dtype, x.tobytes())
    if isinstance(x, float):
        return (float, x.hex())
    if isinstance(x, int | str | bytes | type(None) | type(Ellipsis) | np.dtype):
        return (type(x), x)
    return (type(x), id(x))

"""Lowering: every equation of a program as nodes.

An op that has no entry here, or whose dtypes no kernel computes in, becomes a call of NumPy.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from autograd.compiler import views
from autograd.compiler.bodies import draws
from autograd.compiler.building import Builder, OnlyByNumPy
from autograd.compiler.looping import lower_scan
from autograd.compiler.lower_folds import FOLDS
from autograd.compiler.lower_indexing import INDEXING
from autograd.compiler.lower_parts import sum_of_parts
from autograd.compiler.lower_products import PRODUCTS
from autograd.compiler.lower_reductions import REDUCTIONS
from autograd.compiler.lower_shapes import SHAPES
from autograd.compiler.nodes import Access, Bounds, Node, Number, Opaque
from autograd.compiler.program import Constant, Equation, Program, Variable
from autograd.compiler.repetition import scan_row
from autograd.compiler.scalars import SUPPORTED, form_of
from autograd.op import Op
from autograd.ops.arithmetic import add

Lower = Callable[[Builder, Equation, list[Any]], Any]
HANDLERS: dict[Op, Lower] = {
    **SHAPES,
    **REDUCTIONS,
    **PRODUCTS,
    **INDEXING,
    **FOLDS,
    scan_row: lower_scan,
}


@dataclass(eq=False)
class Lowered:
    """A program as nodes.

    results    of each result of the program the elements that are it.
    donated    of a result the number of the input whose memory it may take.
    kept       nodes that may not be dropped although nothing reads them.
    """

    nodes: list[Node]
    inputs: list[Access]
    results: list[Access]
    donated: dict[int, int]
    kept: list[Node] = field(default_factory=list)
    checks: list[Bounds] = field(default_factory=list)


def lower(program: Program, b: Builder, inputs: list[Access]) -> Lowered:
    """The nodes of a program, whose inputs are these."""
    b.uses = _uses(program)
    known: dict[Variable, Any] = {
        variable: replace(x, weak=variable.weak)
        for variable, x in zip(program.inputs, inputs, strict=True)
    }
    drawn: tuple[Node, ...] = ()
    kept: list[Node] = []
    for equation in program.equations:
        operands = [_operand(b, known, x) for x in equation.inputs]
        found = _lowered(b, equation, operands)
        if found is None:
            found = b.call(
                equation.op,
                operands,
                equation.static,
                equation.outputs,
                drawn if draws(equation) else (),
            )
            node = cast(Opaque, found[0].node.makers()[0])
            node.weak = tuple(isinstance(x, Access) and x.weak for x in operands)
            if draws(equation):
                drawn = (node,)
                kept.append(node)
        used = [x for x in equation.inputs if isinstance(x, Variable) and not b.is_only_use(x)]
        read = {known[x].node for x in used if isinstance(known[x], Access)}
        for variable, x in zip(equation.outputs, found, strict=True):
            known[variable] = _as_declared(b, x, variable)
            if isinstance(x, Access) and x.node in read:
                b.shared.add(variable)
    results = [b.access(_operand(b, known, x)) for x in program.results]
    return Lowered(b.nodes, inputs, results, dict(program.donated), kept, b.checks)


def _uses(program: Program) -> dict[Variable, int]:
    """How often each variable is read."""
    found: dict[Variable, int] = {}
    for equation in program.equations:
        for x in equation.inputs:
            if isinstance(x, Variable):
                found[x] = found.get(x, 0) + 1
    for x in program.results:
        if isinstance(x, Variable):
            found[x] = found.get(x, 0) + 1
    return found


def _operand(b: Builder, known: dict[Variable, Any], x: Any) -> Any:
    if isinstance(x, Variable):
        return known[x]
    return b.constant(x) if isinstance(x, Constant) else x


def _as_declared(b: Builder, x: Any, variable: Variable) -> Any:
    if x.shape != variable.shape or x.dtype != variable.dtype:
        raise RuntimeError(f"lowered to {x.dtype}{list(x.shape)}: {variable}")
    return replace(x, weak=variable.weak)


def _lowered(b: Builder, equation: Equation, operands: list[Any]) -> list[Any] | None:
    """The outputs, or None where a call has to compute them."""
    arrays = [x for x in operands if isinstance(x, Access | Number)]
    if any(0 in x.shape for x in (*arrays, *equation.outputs)):
        return None
    if not all(isinstance(x, Access | Number) for x in operands):
        return None
    handler = HANDLERS.get(equation.op)
    start = len(b.nodes)
    try:
        if handler is not None:
            if equation.op not in SHAPES and not _supported(arrays, equation):
                return None
            found = handler(b, equation, operands)
        else:
            found = _elementwise(b, equation, operands)
    except OnlyByNumPy:
        found = None
    if found is None:
        b.forget(start)
        return None
    return list(found) if isinstance(found, tuple | list) else [found]


def _supported(arrays: list[Any], equation: Equation) -> bool:
    return all(x.dtype in SUPPORTED for x in (*arrays, *equation.outputs))


def _elementwise(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    if len(equation.outputs) != 1:
        return None
    output = equation.output
    if equation.op is add and all(map(b.is_only_use, equation.inputs)):
        joined = sum_of_parts(b, operands)
        if joined is not None:
            return joined
    form = form_of(equation.op, operands, dict(equation.static), output.dtype)
    if form is None or form.dtype != output.dtype:
        return None
    if all(isinstance(x, Number) for x in operands):
        operands = [b.access(x) for x in operands]
    if form.formula == "copy":  # the same elements, unless it is a cast
        return b.cast(operands[0], form.dtype)
    arguments = [b.cast(x, dtype) for x, dtype in zip(operands, form.takes, strict=True)]
    if isinstance(form.formula, str):
        found = b.make(form.formula, form.dtype, *arguments)
    else:
        found = form.formula(b.make, form.dtype, *arguments)
    return found if found.shape == output.shape else views.broadcast(found, output.shape)

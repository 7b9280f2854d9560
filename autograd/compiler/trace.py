"""`trace`: a function run once on recorded Values; its record is the program.

The function runs in replayable mode: every operation on a Value is recorded, backward sweeps and
optimizer updates too. Of large arrays nothing is computed that nobody reads (see `deferring`).
What it changes is put back afterwards, so that a trace leaves nothing behind. `Trace` is what
became of the run: the `Program`, and which Values its inputs and results belong to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograd.broadcast import data_of
from autograd.compiler.collecting import uncollected
from autograd.compiler.deferring import compute
from autograd.compiler.program import Equation, Operand, Program, Variable
from autograd.compiler.recording import Record, assigned
from autograd.compiler.repetition import scan
from autograd.compiler.watching import Found, give_up, looked_up, require_known
from autograd.compiler.writing import augmented, is_array, refuse_what_was_not_stored
from autograd.containers import flatten
from autograd.errors import AssignmentError, describe
from autograd.journal import Journal, keeping, refuse_array
from autograd.modes import replayable
from autograd.op import Kind
from autograd.ops.index import stop_row
from autograd.value import Value, detached, leaf, next_order

# A Value that a function changes: one from before the call, or the number of an argument, which is
# another Value at every call.
Owner: TypeAlias = Value | int


@dataclass(eq=False)
class Trace:
    """A traced call.

    program         its inputs are the arguments, then `captured`, then the `.grad` of `grads`; its
                    results are the outputs, then one for each of `assigned` and `deposited`.
    structure       the containers of the outputs.
    outputs         how many there are.
    fixed           those that are no numbers, by place: strings, dtypes; part of the program.
    captured        Values from before the call that it read.
    grads           Values whose `.grad` it read.
    assigned        Values that it assigned.
    deposited       Values in whose `.grad` it left a gradient.
    cleared         Values whose `.grad` it set to None.
    leaves          of each captured leaf, and each argument whose `.grad` it read or changed,
                    whether it required a gradient and whether it had none.
    modules         the modules that it called, and whether each was in training.
    found           what was in their attributes, and in globals and the closure (see `watching`).
    is_value        of each output, whether it would be a Value eagerly.
    requires        of each output, whether it would require a gradient.
    generators      the random generators that it drew from.
    """

    program: Program
    structure: Any
    outputs: int
    fixed: dict[int, Any]
    captured: list[Value]
    grads: list[Owner]
    assigned: list[Owner]
    deposited: list[Owner]
    cleared: list[Owner]
    leaves: list[tuple[Owner, bool, bool]]
    modules: list[tuple[Any, bool]]
    found: Found
    is_value: list[bool]
    requires: list[bool]
    generators: list[Any]


def trace(f: Callable[..., Any], arguments: Sequence[Any]) -> Trace:
    """Run `f` on Values in place of `arguments`, which are numbers, arrays and Values.

    `f` returns nested containers. Raises what f raises, and AssignmentError where f assigns to what
    an op computed before; every Value is then as it was.
    """
    # Older than the trace, as captured Values are: what becomes of an argument is state too.
    inputs = [_input(x) for x in arguments]
    orders = [x.order for x in inputs]
    notes = Journal(next_order(), scan, compute, augmented, is_array)
    with keeping(notes), replayable(), np.errstate(all="ignore"), uncollected():
        notes.plain.update(
            x.order for x, given in zip(inputs, arguments, strict=True) if type(given) is not Value
        )
        outputs, structure = flatten(f(*inputs))
        for x, given in zip(inputs, arguments, strict=True):
            if isinstance(given, np.ndarray) and id(x) in notes.before:
                refuse_array(given)
        refuse_what_was_not_stored(notes)
        traced = _finished(notes, inputs, orders, outputs, structure)
        give_up(notes)
        return traced


def _input(x: Any) -> Value:
    """A leaf that stands for an argument."""
    fresh = leaf if type(x) is Value and x.requires_grad else detached
    stand = fresh(data_of(x))
    if type(x) is Value:
        stand._grad = x._grad
    return stand


def _is_number(x: Any) -> bool:
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind in "fcbiu"
    return isinstance(x, Value | complex | float | int)


def _finished(
    notes: Journal, inputs: list[Value], orders: list[int], outputs: list[Any], structure: Any
) -> Trace:
    assigned = [kept.value for kept in notes.before.values() if kept.state["order"] < notes.start]
    for v in assigned:
        if not notes.was_leaf(v):
            raise AssignmentError(
                "assignments to leaves, or to Values made inside, in a function to compile",
                f"one to what an op computed before the call, {describe(v)}",
                "pass it as an argument and return the result, or assign to a leaf",
            )
    touched = [x for x in notes.grads.values() if x[0].order not in notes.plain]
    read = {id(stand) for _, stand in notes.reads.values()}
    deposited = [
        v
        for v, before in touched
        if v._grad is not None and v._grad is not before and id(v._grad) not in read
    ]
    fixed = {i: x for i, x in enumerate(outputs) if not _is_number(x)}
    outputs = [0.0 if i in fixed else x for i, x in enumerate(outputs)]
    roots = [
        *outputs,
        *assigned,
        *(v._grad for v in deposited),
    ]
    record = Record(notes, dict(zip(orders, inputs, strict=True)))
    record.write(roots)
    results = [record.operand(root) for root in roots]
    for v in record.captured:
        require_known(v)
    before = {id(v): grad for v, grad in touched}
    for v in record.captured:
        if type(v._grad) is Value and id(v) not in notes.swept and id(v._grad) not in read:
            raise AssignmentError(
                "gradients that backward() or zero_grad() leaves, in a function to compile",
                f"one written to the .grad of {describe(v)}",
                "compute gradients with backward() inside of the function, or return them",
            )
    watched = [v for v in record.captured if v.op is None]
    grads = record.read_grads(
        {id(v): (v, before.get(id(v), v._grad)) for v in [*watched, *inputs] if v.requires_grad}
    )
    variables = [*record.arguments, *record.inputs, *grads.values()]
    valued = _valued(record, notes, [*zip(inputs, record.arguments, strict=True)])
    moving = [
        variable
        for x, variable in zip(
            [*inputs, *record.captured], [*record.arguments, *record.inputs], strict=True
        )
        if x.requires_grad
    ]
    moved = _reached(record.equations, moving)
    place = {id(v): len(inputs) + i for i, v in enumerate(record.captured)}
    numbers = {id(x): i for i, x in enumerate(inputs)}

    def owner(v: Value) -> Owner:
        return numbers.get(id(v), v)

    donated = {len(outputs) + i: place[id(v)] for i, v in enumerate(assigned) if id(v) in place}
    return Trace(
        program=Program(variables, record.equations, results, donated),
        structure=structure,
        outputs=len(outputs),
        fixed=fixed,
        captured=record.captured,
        grads=[owner(v) for v in grads],
        assigned=[owner(v) for v in assigned],
        deposited=[owner(v) for v in deposited],
        cleared=[owner(v) for v, grad in touched if v._grad is None and grad is not None],
        leaves=[
            (owner(v), notes.required(v), before.get(id(v), v._grad) is None)
            for v in dict.fromkeys([*watched, *grads, *(v for v, _ in touched)])
        ],
        modules=list(notes.modules.values()),
        found=looked_up(notes),
        is_value=[root in valued for root in results[: len(outputs)]],
        requires=[
            type(y) is Value and y.requires_grad and root in moved and root in valued
            for y, root in zip(outputs, results, strict=False)
        ],
        generators=list(notes.drawn),
    )


def _valued(
    record: Record, notes: Journal, arguments: list[tuple[Value, Variable]]
) -> set[Operand]:
    """The variables that are Values when the function runs eagerly; the others are plain data.

    An op on a Value gives a Value, unless it is piecewise constant. A gradient is plain. What was
    assigned to is a Value, whatever the data was.
    """
    plain = {record.operand(x) for x in notes.gradients if type(x) is Value and record.knows(x)}
    found: set[Operand] = {x for value, x in arguments if value.order not in notes.plain}
    found |= set(record.inputs)
    for equation in record.equations:
        constant = equation.op.kind is Kind.CONSTANT and equation.op is not stop_row
        depends = not constant and not found.isdisjoint(_variables(equation))
        if depends or equation.op is assigned:
            found.update(x for x in equation.outputs if x not in plain)
    return found


def _reached(equations: list[Equation], starts: list[Variable]) -> set[Operand]:
    """The variables that depend on these."""
    found: set[Operand] = set(starts)
    for equation in equations:
        if not found.isdisjoint(_variables(equation)):
            found.update(equation.outputs)
    return found


def _variables(equation: Equation) -> list[Variable]:
    return [x for x in equation.inputs if type(x) is Variable]

"""What may raise runs before state is written, so that an error finds it as it was.

A call of NumPy may refuse what it is given, as a singular matrix; an index may be out of bounds,
which native code shows once the extremes of all indices are known. Both come first where the rest
allows it: `ordered` for tasks, `raising_first` for equations. What they need that writes to state
is computed in copies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd.compiler.bodies import drawn_from
from autograd.compiler.loops import Accumulate, Buffer, Call, Kernel, MatMul, Store, Task
from autograd.compiler.memory import touched
from autograd.compiler.program import Equation, Program, Variable
from autograd.compiler.schedules import Schedule
from autograd.op import Kind
from autograd.ops.random import random_row


@dataclass(eq=False)
class Order:
    """When tasks run.

    first      those that come before the indices are looked at.
    rest       the others.
    exposed    what is written to before all that may raise has run.
    """

    first: list[Task]
    rest: list[Task]
    exposed: set[Buffer]


def ordered(scheduled: Schedule) -> Order:
    """The tasks of a schedule, those that may raise as early as they can be.

    >>> from autograd.compiler.fuse import schedule
    >>> from autograd.compiler.program import Program
    >>> ordered(schedule(Program([], [], []))).rest
    []
    """
    late = _that_raise_late(scheduled)
    needed: set[Any] = {check.extremes.buffer for check in scheduled.checks}
    replaced: set[Any] = set()
    first: list[Task] = []
    for task in reversed(scheduled.tasks):
        changes, uses = set(_changed(task)), set(_used(task))
        # What a chosen task reads is made before it; what it replaces is read before it.
        if task in late or changes & needed or uses & replaced:
            needed |= uses
            replaced |= changes
            first.append(task)
    first.reverse()
    chosen = set(first)
    rest = [task for task in scheduled.tasks if task not in chosen]
    last = max((i for i, task in enumerate(rest) if _may_raise(task)), default=-1)
    early = (*first, *rest[: last + 1])
    return Order(first, rest, {buffer for task in early for buffer in _written(task)})


def _that_raise_late(scheduled: Schedule) -> set[Task]:
    """The tasks that may raise after one that writes to an input's memory."""
    state = {view.buffer for view in scheduled.inputs}
    written = [not state.isdisjoint(_written(task)) for task in scheduled.tasks]
    start = written.index(True) if True in written else len(written)
    return {task for task in scheduled.tasks[start:] if _may_raise(task)}


def _may_raise(task: Task) -> bool:
    return (
        isinstance(task, Call)
        and task.op is not random_row
        and not isinstance(task.op.function, np.ufunc)
    )


def raising_first(program: Program) -> Program:
    """The program with the equations that may raise, and what they need, before state is replaced.

    That is possible from the first time on that some state is read for the last time.
    """
    late = equations_that_raise_late(program)
    needed: set[Any] = set()
    first: list[Equation] = []
    for equation in reversed(program.equations):
        drawn = set(drawn_from(equation.op, equation.static))
        if equation in late or not needed.isdisjoint((*equation.outputs, *drawn)):
            needed |= drawn.union(x for x in equation.inputs if isinstance(x, Variable))
            first.append(equation)
    chosen = set(first)
    rest = [equation for equation in program.equations if equation not in chosen]
    return replace(program, equations=[*first[::-1], *rest])


def equations_that_raise_late(program: Program) -> set[Equation]:
    """Those that may raise when state, of which numbers have no memory, may be replaced already."""
    replaced = (program.inputs[place] for place in program.donated.values())
    state = {x for x in replaced if x.shape}
    last = {
        x: number
        for number, equation in enumerate(program.equations)
        for x in equation.inputs
        if isinstance(x, Variable) and x in state
    }
    start = min(last.values(), default=len(program.equations))
    return {equation for equation in program.equations[start:] if _equation_may_raise(equation)}


def _equation_may_raise(equation: Equation) -> bool:
    """Whether the op refuses some contents: general ones do, and those that take indices.

    So does what a user has written, as the rate of a schedule.
    """
    indices = any(
        isinstance(x, Variable) and x.dtype.kind in "iu" and x.shape for x in equation.inputs
    )
    op = equation.op
    written_by = getattr(op.function, "__module__", None) or ""
    known = written_by.split(".")[0] in ("numpy", "autograd")
    return not known or op.kind is Kind.GENERAL or (indices and op.kind is not Kind.ELEMENTWISE)


def _written(task: Task) -> Iterator[Buffer]:
    """The buffers that a task writes to."""
    if isinstance(task, Kernel):
        yield from (x.view.buffer for x in task.statements() if isinstance(x, Store | Accumulate))
    elif isinstance(task, MatMul):
        yield task.out.buffer
    elif isinstance(task, Call):
        yield from (view.buffer for view in task.outputs)
    else:
        for inner in task.tasks:
            yield from _written(inner)


def _changed(task: Task) -> Iterator[Any]:
    """What a task leaves other than it was: buffers, and the generators that it draws from."""
    yield from _written(task)
    yield from generators([task])


def _used(task: Task) -> Iterator[Any]:
    """What a task depends on: the buffers that it touches, and the generators."""
    yield from (view.buffer for view in touched(task))
    yield from generators([task])


def generators(tasks: Sequence[Task]) -> Iterator[np.random.Generator]:
    """The generators that the tasks draw from."""
    for task in tasks:
        if isinstance(task, Call):
            yield from drawn_from(task.op, task.static)

"""`plan`: where in one piece of memory each temporary lives.

It lives from the task that first writes it to the last that reads it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from autograd.compiler.loops import (
    Accumulate,
    Buffer,
    Call,
    Kernel,
    Load,
    Loop,
    MatMul,
    Store,
    Task,
    View,
)
from autograd.compiler.schedules import Schedule

# A cache line, and the widest register of today's CPUs.
ALIGNMENT = 64


@dataclass(eq=False)
class Plan:
    """The first byte of each temporary in an arena of `size` bytes; all are multiples of 64."""

    offsets: dict[Buffer, int]
    size: int


def plan(schedule: Schedule) -> Plan:
    """Places of all temporaries; two share bytes only if one is done with before the other begins.

    >>> from autograd.compiler.program import Program
    >>> from autograd.compiler.fuse import schedule
    >>> plan(schedule(Program([], [], []))).size
    0
    """
    lives = lifetimes(schedule.tasks)
    # The largest first: the small ones fit into the gaps that they leave.
    order = sorted(lives, key=lambda b: (-_bytes(b), lives[b]))
    offsets: dict[Buffer, int] = {}
    # Of what is placed: the first and the last task, the first byte and the one after the last.
    placed = np.empty((4, len(order)), np.int64)
    for number, buffer in enumerate(order):
        (first, last), size = lives[buffer], _bytes(buffer)
        begins, ends, starts, stops = placed[:, :number]
        meets = (begins <= last) & (first <= ends)
        offsets[buffer] = start = _gap(starts[meets], stops[meets], size)
        placed[:, number] = first, last, start, start + size
    return Plan(offsets, int(placed[3].max(initial=0)))


def lifetimes(tasks: Sequence[Task]) -> dict[Buffer, tuple[int, int]]:
    """The first and the last task that touches each temporary; loops count their tasks one by one.

    What a loop and something outside it touch lives through the whole loop.
    """
    found: dict[Buffer, tuple[int, int]] = {}
    _live(tasks, 0, found)
    return found


def _live(tasks: Sequence[Task], number: int, found: dict[Buffer, tuple[int, int]]) -> int:
    """Add the tasks, numbered from `number` on; the next number."""
    users: Counter[Buffer] = Counter()
    if any(isinstance(task, Loop) for task in tasks):
        for task in tasks:
            users.update({view.buffer for view in touched(task)})
    for task in tasks:
        if isinstance(task, Loop):
            inside: dict[Buffer, tuple[int, int]] = {}
            end = _live(task.tasks, number, inside)
            for buffer, life in inside.items():
                first = min(found.get(buffer, life)[0], number if users[buffer] > 1 else life[0])
                alone = buffer not in found and users[buffer] == 1
                found[buffer] = (first, life[1] if alone else end - 1)
            number = end
            continue
        for view in touched(task):
            buffer = view.buffer
            if buffer.role == "temporary":
                first, _ = found.get(buffer, (number, number))
                found[buffer] = (first, number)
        number += 1
    return number


def touched(task: Task) -> Iterator[View]:
    """The views that a task reads or writes; for a loop those of all its tasks."""
    if isinstance(task, Kernel):
        for s in task.statements():
            if isinstance(s, Load | Store | Accumulate):
                yield s.view
    elif isinstance(task, MatMul):
        yield from (task.a, task.b, task.out)
    elif isinstance(task, Call):
        yield from (x for x in task.inputs if isinstance(x, View))
        yield from task.outputs
    else:
        for inner in task.tasks:
            yield from touched(inner)


def _bytes(buffer: Buffer) -> int:
    return -(-buffer.size * buffer.dtype.itemsize // ALIGNMENT) * ALIGNMENT


def _gap(starts: np.ndarray, stops: np.ndarray, size: int) -> int:
    """The lowest place of so many bytes between those that are taken."""
    if not starts.size:
        return 0
    order = np.argsort(starts, kind="stable")
    free = np.concatenate([[0], np.maximum.accumulate(stops[order])])
    fits = np.flatnonzero(starts[order] - free[:-1] >= size)
    return int(free[fits[0]] if fits.size else free[-1])

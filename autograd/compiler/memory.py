"""`plan`: where in one piece of memory each temporary lives.

It lives from the task that first writes it to the last that reads it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograd.compiler.fuse import Schedule
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
    placed: list[tuple[int, int, Buffer]] = []
    offsets: dict[Buffer, int] = {}
    size = 0
    for buffer in order:
        first, last = lives[buffer]
        taken = [
            (start, end)
            for start, end, other in placed
            if lives[other][0] <= last and first <= lives[other][1]
        ]
        offsets[buffer] = start = _gap(sorted(taken), _bytes(buffer))
        end = start + _bytes(buffer)
        placed.append((start, end, buffer))
        size = max(size, end)
    return Plan(offsets, size)


def lifetimes(tasks: Sequence[Task]) -> dict[Buffer, tuple[int, int]]:
    """The first and the last task that touches each temporary; loops count their tasks one by one.

    What a loop and something outside it touch lives through the whole loop.
    """
    found: dict[Buffer, tuple[int, int]] = {}
    _live(tasks, 0, found)
    return found


def _live(tasks: Sequence[Task], number: int, found: dict[Buffer, tuple[int, int]]) -> int:
    """Add the tasks, numbered from `number` on; the next number."""
    for task in tasks:
        if isinstance(task, Loop):
            inside: dict[Buffer, tuple[int, int]] = {}
            end = _live(task.tasks, number, inside)
            for buffer, life in inside.items():
                if buffer in found:
                    found[buffer] = (found[buffer][0], end - 1)
                else:
                    found[buffer] = life
            shared = _outside(tasks, task)
            for buffer in inside:
                if buffer in shared:
                    found[buffer] = (min(found[buffer][0], number), end - 1)
            number = end
            continue
        for view in touched(task):
            buffer = view.buffer
            if buffer.role == "temporary":
                first, _ = found.get(buffer, (number, number))
                found[buffer] = (first, number)
        number += 1
    return number


def _outside(tasks: Sequence[Task], loop: Loop) -> set[Buffer]:
    """What the other tasks around a loop touch."""
    return {view.buffer for task in tasks if task is not loop for view in touched(task)}


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


def _gap(taken: Sequence[tuple[int, int]], size: int) -> int:
    """The lowest place of so many bytes between those that are taken."""
    start = 0
    for first, end in taken:
        if first - start >= size:
            break
        start = max(start, end)
    return start

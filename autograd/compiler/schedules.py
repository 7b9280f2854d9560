"""`Schedule`: what runs, as `fuse` makes it, `remembering` keeps it and `native` compiles it."""

from dataclasses import dataclass, field

from autograd.compiler.loops import Task, View


@dataclass(eq=False)
class Check:
    """Indices that must lie in low ≤ index < high, or what was computed is not what was meant.

    extremes    int64 [..., 2]: after the tasks have run, the least and the greatest of the
                indices; in a loop those of every step.
    name        the op that indexes.
    """

    extremes: View
    low: int
    high: int
    name: str


@dataclass(eq=False)
class Schedule:
    """What runs, in order.

    inputs     for each input of the program its memory, in C order.
    results    for each result where it is afterwards: a buffer of its own, in C order, or for one
               that is donated the memory of an input.
    checks     what has to be looked at after the run.
    equations  how many equations the program had.
    """

    tasks: list[Task]
    inputs: list[View]
    results: list[View]
    checks: list[Check] = field(default_factory=list)
    equations: int = 0

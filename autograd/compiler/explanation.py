"""What a compiled program does and what it costs: work per kernel, predicted and measured time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from time import perf_counter
from typing import Any

import numpy as np

from autograd.compiler.costs import Cost, cost
from autograd.compiler.emit.as_python import task_names
from autograd.compiler.loops import Kernel, Loop, MatMul, Task

# Bytes that a processor's nearer caches hold, about.
_CACHE = 1 << 20


@dataclass(frozen=True)
class Row:
    """One kernel of a program, by its name in the source, and the indices it runs over."""

    name: str
    extent: str
    cost: Cost
    predicted: float
    measured: float

    def line(self, whole: float) -> str:
        """As the table has it, with the share of the `whole` time."""
        share = self.measured / whole if whole else 0.0
        return (
            f"{self.cost.operations / 1e6:>10.3f} {self.cost.bytes / 1e6:>9.3f} "
            f"{self.predicted * 1e6:>9.1f} µs {self.measured * 1e6:>9.1f} µs {share:>6.1%}  "
            f"{self.name}  {self.extent}"
        ).rstrip()


@dataclass(frozen=True)
class Explanation:
    """Every kernel of a program in the order they run; seconds on the threads it was compiled for.

    memory     bytes of the arena that all temporaries share.
    equations  how many were traced, and how many the passes left.
    """

    rows: list[Row]
    memory: int
    equations: tuple[int, int]

    def __str__(self) -> str:
        traced, left = self.equations
        kernels = f"{len(self.rows)} kernel{'' if len(self.rows) == 1 else 's'}"
        whole = Row(
            "all of them",
            "",
            sum((row.cost for row in self.rows), Cost()),
            sum(row.predicted for row in self.rows),
            sum(row.measured for row in self.rows),
        )
        return "\n".join(
            [
                f"{traced} equations, {left} after the passes, {kernels}, "
                f"{self.memory:,} bytes of temporaries",
                f"{'MFLOP':>10} {'MB':>9} {'predicted':>12} {'measured':>12} {'share':>6}  "
                "kernel, and what it runs over",
                *(row.line(whole.measured) for row in [*self.rows, whole]),
            ]
        )

    __repr__ = __str__


def explained(
    tasks: Sequence[Task],
    runs: Sequence[Callable[[], None]],
    memory: int,
    equations: tuple[int, int],
) -> Explanation:
    """The table; each of `runs` runs one of the tasks."""
    names = task_names(tasks)
    rows = [
        Row(names[task], _extent(task, names), cost(task), predicted(task), _timed(run))
        for task, run in zip(tasks, runs, strict=True)
    ]
    return Explanation(rows, memory, equations)


def explained_as_one(
    name: str, extent: str, work: Cost, run: Callable[[], Any], equations: tuple[int, int]
) -> Explanation:
    """The table of a program that is one kernel, with no temporaries to plan."""
    _, rate, _ = _rates()
    return Explanation([Row(name, extent, work, work.operations / rate, _timed(run))], 0, equations)


def _extent(task: Task, names: Mapping[Task, str]) -> str:
    if isinstance(task, Kernel):
        return f"[{', '.join(map(str, (*task.outer, *task.inner)))}]"
    if isinstance(task, MatMul):
        return f"{list(task.a.shape)} @ {list(task.b.shape)}"
    if isinstance(task, Loop):
        return f"{task.length} times: {', '.join(names[each] for each in task.tasks)}"
    return "by NumPy"


def predicted(task: Task) -> float:
    """Seconds: arithmetic at the best rates seen here, or moving the bytes, whichever is longer."""
    if isinstance(task, Loop):
        return task.length * sum(map(predicted, task.tasks))
    product_rate, rate, bandwidth = _rates()
    work = cost(task)
    arithmetic = work.operations / (product_rate if isinstance(task, MatMul) else rate)
    # What has just been written is still in a cache: moving counts for large arrays alone.
    moved = work.bytes / bandwidth if work.bytes > _CACHE else 0.0
    return max(arithmetic, moved)


@cache
def _rates() -> tuple[float, float, float]:
    """Operations per second of products and of additions in cache, bytes per second from memory."""
    a = np.ones((384, 384), np.float32)
    product = np.empty_like(a)
    short, long = np.ones(1024, np.float32), np.ones(8192, np.float32)
    added = np.empty_like(long)
    large = np.ones(1 << 22, np.float32)
    copied = np.zeros_like(large)
    return (
        2 * 384**3 / _timed(lambda: np.matmul(a, a, out=product)),
        # The difference of two lengths, without what a call of NumPy costs.
        (long.size - short.size)
        / max(
            _timed(lambda: np.add(long, long, out=added))
            - _timed(lambda: np.add(short, short, out=added[: short.size])),
            1e-9,
        ),
        2 * large.nbytes / _timed(lambda: np.copyto(copied, large)),
    )


def _timed(run: Callable[[], Any]) -> float:
    """Seconds per run, the shortest of some."""
    run()
    start = perf_counter()
    run()
    times = max(1, round(2e-4 / max(perf_counter() - start, 1e-9)))
    best = float("inf")
    for _ in range(5):
        start = perf_counter()
        for _ in range(times):
            run()
        best = min(best, (perf_counter() - start) / times)
    return best

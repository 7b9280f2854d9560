"""What a compiled program does and what it costs: work per kernel, predicted and measured time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from time import perf_counter
from typing import Any

import numpy as np

from autograd.compiler.costs import Cost, cost
from autograd.compiler.loops import Loop, MatMul, Task

# Bytes that a processor's nearer caches hold, about.
_CACHE = 1 << 20


@dataclass(frozen=True)
class Row:
    """One kernel of a program."""

    name: str
    cost: Cost
    predicted: float
    measured: float


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
        total = sum((row.cost for row in self.rows), Cost())
        lines = [
            f"{traced} equations, {left} after the passes, {len(self.rows)} kernels, "
            f"{self.memory:,} bytes of temporaries",
            f"{'MFLOP':>10} {'MB':>9} {'predicted':>10} {'measured':>10}  kernel",
        ]
        for row in [
            *self.rows,
            Row(
                "all of them",
                total,
                sum(row.predicted for row in self.rows),
                sum(row.measured for row in self.rows),
            ),
        ]:
            lines.append(
                f"{row.cost.operations / 1e6:>10.3f} {row.cost.bytes / 1e6:>9.3f} "
                f"{row.predicted * 1e6:>7.1f} µs "
                f"{row.measured * 1e6:>7.1f} µs  {row.name}"
            )
        return "\n".join(lines)

    __repr__ = __str__


def explained(
    tasks: Sequence[Task],
    runs: Sequence[Callable[[], None]],
    memory: int,
    equations: tuple[int, int],
) -> Explanation:
    """The table; each of `runs` runs one of the tasks."""
    rows = []
    for task, run in zip(tasks, runs, strict=True):
        name = task.name or type(task).__name__
        rows.append(Row(name, cost(task), predicted(task), _timed(run)))
    return Explanation(rows, memory, equations)


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

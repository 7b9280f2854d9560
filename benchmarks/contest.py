"""A line of `jit`'s table: one computation of ours, compiled and eager, beside what people pick.

All contenders of a line start from the same numbers and must give the same results before one of
them is timed. The target counts against the fastest framework of the run, whichever that is.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TypeAlias

import numpy as np

import autograd
from benchmarks import harness

Run: TypeAlias = Callable[[], Any]  # one step; returns its loss, or its gradients
Build: TypeAlias = Callable[[], Run]
Program: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]

EAGER = "valuegraph, eager"
HIPS = "HIPS autograd"
HIPS_TARGET = 1 / 3
FIRST_CALL_TARGET = 1.0
STEPS = 5  # a training step is wrong if the losses of the first five are


@dataclass
class Line:
    """One line of the table.

    ours          makes a function and its arguments; nothing in it knows of `jit`.
    frameworks    whose fastest is "best": our compiled time is to be at most `target` times that.
    by_hand       shown without a target.
    hips          HIPS autograd in its own interpreter, None where there is none.
    learns        the results are losses of a training that has to be seen to learn.
    """

    name: str
    ours: Callable[[], Program]
    frameworks: Mapping[str, Build]
    target: float
    by_hand: Mapping[str, Build] = field(default_factory=dict)
    hips: Build | None = None
    unit: str = "step"
    rounds: int = 21
    tolerance: float = 1e-4
    learns: bool = True
    notes: str = ""


@contextmanager
def nothing_cached() -> Iterator[None]:
    """Have `jit` keep its kernels in a folder that is empty, here and in processes started here."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AUTOGRAD_CACHE"] = folder
        try:
            yield
        finally:
            del os.environ["AUTOGRAD_CACHE"]


def compiled(program: Program) -> Run:
    """Our program under `jit`."""
    function, arguments = program
    run = autograd.jit(function)
    return lambda: run(*arguments)


def eager(program: Program) -> Run:
    """Our program as it stands."""
    function, arguments = program
    return lambda: function(*arguments)


def numbers(result: Any) -> np.ndarray:
    """A contender's result as one flat array, so that results can be compared."""
    if isinstance(result, tuple | list):
        return np.concatenate([numbers(part) for part in result])
    data = result.detach() if hasattr(result, "detach") else getattr(result, "data", result)
    return np.ravel(np.asarray(result if isinstance(data, memoryview) else data, np.float64))


def first_calls(run: Run, calls: int = STEPS) -> tuple[float, np.ndarray]:
    """Seconds the first calls took beyond as many later ones, and what the first returned.

    Not the very first alone: `jit` traces twice before it compiles, and once more where a first
    step finds no gradients and the later ones do; other compilers have their second thoughts too.
    """
    results = []
    elapsed = []
    for _ in range(2 * calls):
        start = time.perf_counter()
        result = run()
        elapsed.append(time.perf_counter() - start)
        results.append(numbers(result))
    return max(sum(elapsed[:calls]) - sum(elapsed[calls:]), 0.0), np.stack(results[:calls])


def start(line: Line, builds: Mapping[str, Build]) -> tuple[dict[str, Run], dict[str, float]]:
    """All contenders, having agreed; and the seconds that each took to compile."""
    runs, firsts, results = {}, {}, {}
    for name, build in builds.items():
        runs[name] = run = build()
        firsts[name], results[name] = first_calls(run)
    reference, *_ = results.values()
    scale = np.max(np.abs(reference))
    for name, result in results.items():
        np.testing.assert_allclose(
            result, reference, line.tolerance, line.tolerance * scale, err_msg=name
        )
    if line.learns and np.ptp(reference) < 3 * line.tolerance * scale:
        raise ValueError(f"{line.name}: the losses hardly move, so agreement would prove nothing")
    return runs, firsts


def rows(line: Line) -> list[harness.Case]:
    """The line compiled, eager, and on its first call."""
    builds: dict[str, Build] = {**line.frameworks, **line.by_hand}
    builds[EAGER] = lambda: eager(line.ours())
    builds[harness.OURS] = lambda: compiled(line.ours())
    if line.hips is not None:
        builds[HIPS] = line.hips
    runs, firsts = start(line, builds)
    samples = harness.in_turns(runs, harness.rounds(line.rounds))
    return [jit_row(line, samples), first_call_row(line, firsts), eager_row(line, samples)]


def jit_row(line: Line, samples: Mapping[str, list[float]]) -> harness.Case:
    """Compiled, beside every peer; the target stands beside the fastest framework."""
    shown = {name: samples[name] for name in (harness.OURS, *line.frameworks, *line.by_hand)}
    best = min(line.frameworks, key=lambda name: median(samples[name]))
    return harness.case(line.name, line.unit, shown, {best: line.target}, notes=line.notes)


def first_call_row(line: Line, firsts: Mapping[str, float]) -> harness.Case:
    """The first calls of what compiles. One sample each: a process has one first call."""
    shown = {name: [seconds] for name, seconds in firsts.items() if name == harness.OURS}
    shown |= {name: [firsts[name]] for name in line.frameworks if name != "torch"}
    targets = {"jax": FIRST_CALL_TARGET}
    return harness.case(f"{line.name}, first call", "first call", shown, targets)


def eager_row(line: Line, samples: Mapping[str, list[float]]) -> harness.Case:
    """Eager, beside the eager peers."""
    shown = {harness.OURS: samples[EAGER]}
    shown |= {name: samples[name] for name in (HIPS, "torch") if name in samples}
    targets = {HIPS: HIPS_TARGET}
    return harness.case(f"{line.name}, eager", line.unit, shown, targets)


def report(question: str, lines: Sequence[Line]) -> None:
    """Measure the lines of one file, and print what came out for the runner."""
    with nothing_cached():
        harness.report(question, [case for line in lines for case in rows(line)])

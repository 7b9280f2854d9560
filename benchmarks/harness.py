"""What every benchmark shares: fair timing of contenders, and the record of what came out.

Contenders are timed in turns. A machine that slows down for a while slows all of them, and a
ratio is taken within each turn before the median over turns, so that it hardly notices.

Python's garbage collector stays on, as in a user's program; it collects once before each sample,
outside the measured time, so that no contender pays for what another left behind.
"""

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import autograd

if not hasattr(autograd, "Value"):
    sys.exit(f"{autograd.__file__} is another package: run `python -m benchmarks.run` in the root")

OURS = "valuegraph"
SAMPLE_SECONDS = 0.02


def threads() -> int:
    """How many threads this process was told to use."""
    return int(os.environ.get("OMP_NUM_THREADS", "1"))


def rounds(default: int) -> int:
    """How many turns to take; `BENCHMARK_ROUNDS` overrules the benchmark's own choice."""
    return int(os.environ.get("BENCHMARK_ROUNDS", default))


@dataclass
class Spread:
    """The median of some samples, and the quartiles around it."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, samples: list[float]) -> "Spread":
        """Quartiles; of a single sample, that sample three times."""
        if len(samples) == 1:
            return cls(samples[0], samples[0], samples[0])
        low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(low, statistics.median(samples), high)


@dataclass
class Comparison:
    """Our time over one peer's, and what we want it to be."""

    peer: str
    ratio: Spread
    target: float | None = None
    strict: bool = False  # the ratio is to be below the target, not at it

    @property
    def met(self) -> bool | None:
        """Whether the median ratio reaches the target; None without one."""
        if self.target is None:
            return None
        return self.ratio.median < self.target or (
            not self.strict and self.ratio.median == self.target
        )


@dataclass
class Case:
    """One row of the results: times by contender, in seconds per `unit`."""

    name: str
    unit: str
    times: dict[str, Spread]
    comparisons: list[Comparison] = field(default_factory=list)
    notes: str = ""


def measure(run: Callable[[], Any], calls: int) -> float:
    """Seconds per call, over so many calls; what runs elsewhere measures itself."""
    elsewhere = getattr(run, "measure", None)
    if elsewhere is not None:
        return elsewhere(calls)
    gc.collect()
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def calls_per_sample(run: Callable[[], Any]) -> int:
    """How many calls take SAMPLE_SECONDS once caches are warm, which after one call they are not.

    A sample of too few calls would time the cold ones: an estimate from the first call of a
    function of 40 µs may be ten times too long.
    """
    run()
    calls = 1
    while True:
        seconds = measure(run, calls)
        enough = max(1, round(SAMPLE_SECONDS / max(seconds, 1e-9)))
        if enough <= 2 * calls:
            return enough
        calls = min(enough, 10 * calls)


def in_turns(contenders: Mapping[str, Callable[[], Any]], count: int) -> dict[str, list[float]]:
    """Seconds per call of each contender, `count` times, each round starting with another one."""
    calls = {name: calls_per_sample(run) for name, run in contenders.items()}
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(count):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            samples[name].append(measure(contenders[name], calls[name]))
    return samples


def case(
    name: str,
    unit: str,
    samples: Mapping[str, list[float]],
    targets: Mapping[str, float] | None = None,
    *,
    ours: str = OURS,
    per_call: int = 1,
    strict: bool = False,
    notes: str = "",
) -> Case:
    """The row for one set of samples; `per_call` is how many units one call did."""
    targets = targets or {}
    comparisons = [
        Comparison(
            peer,
            Spread.of([mine / theirs for mine, theirs in zip(samples[ours], times, strict=True)]),
            targets.get(peer),
            strict,
        )
        for peer, times in samples.items()
        if peer != ours
    ]
    spreads = {
        who: Spread.of([seconds / per_call for seconds in times]) for who, times in samples.items()
    }
    return Case(name, unit, spreads, comparisons, notes)


def report(question: str, cases: list[Case]) -> None:
    """Print a benchmark's result for the runner to read."""
    rows = []
    for row in cases:
        record = asdict(row)
        for comparison, written in zip(row.comparisons, record["comparisons"], strict=True):
            written["met"] = comparison.met
        rows.append(record)
    json.dump({"question": question, "threads": threads(), "cases": rows}, sys.stdout)
    print()

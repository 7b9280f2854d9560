"""Does a very deep graph work? A chain of 1,000,000 ops: forward, backward, free. No peer."""

import json
import resource
import subprocess
import sys
import time

import numpy as np

from autograd import Value
from benchmarks import harness

OPS = 1_000_000
STARTS = {"Python float": 0.5, "float64 (4,)": np.full(4, 0.5)}


def peak_bytes() -> int:
    """The most memory this process has held; the system counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def once(kind: str) -> dict[str, float]:
    """Seconds of the three phases, and the memory that the graph added."""
    x = Value(STARTS[kind])
    cotangent = np.ones(x.shape) if x.ndim else None
    before = peak_bytes()
    times = [time.perf_counter()]
    y = x
    for _ in range(OPS // 2):
        y = y * 0.999999 + 1e-7
    times.append(time.perf_counter())
    y.backward(cotangent)
    times.append(time.perf_counter())
    np.testing.assert_allclose(x.grad, 0.999999 ** (OPS // 2), rtol=1e-6)
    del y
    times.append(time.perf_counter())
    phases = ("forward", "backward", "free")
    spent = {name: times[i + 1] - times[i] for i, name in enumerate(phases)}
    return {**spent, "bytes": peak_bytes() - before}


def main() -> None:
    """Each kind of data in processes of its own, since a peak never sinks again."""
    cases = []
    for kind in STARTS:
        runs = [
            json.loads(
                subprocess.run(
                    [sys.executable, "-m", "benchmarks.depth", kind],
                    capture_output=True,
                    check=True,
                    text=True,
                ).stdout
            )
            for _ in range(harness.rounds(3))
        ]
        memory = max(run["bytes"] for run in runs) / 2**20
        for phase in ("forward", "backward", "free"):
            samples = {harness.OURS: [run[phase] for run in runs]}
            notes = f"peak memory {memory:,.0f} MiB" if phase == "backward" else ""
            cases.append(harness.case(f"{kind}, {phase}", "chain", samples, notes=notes))
    harness.report("depth: seconds for a chain of 1,000,000 ops", cases)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(once(sys.argv[1])))
    else:
        main()

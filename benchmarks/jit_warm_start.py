"""How long until the small GPT trains? Its first calls in a new process, kernels kept on disk."""

import json
import subprocess
import sys

from benchmarks import contest, harness, jit_gpt

LIMIT = "0.5 s"


def asked() -> float:
    """What a new process measures."""
    command = [sys.executable, "-m", "benchmarks.jit_warm_start", "first"]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(told.stdout)


def main() -> None:
    """Once with nothing kept, then with what that left."""
    if sys.argv[1:]:
        print(json.dumps(contest.first_calls(contest.compiled(jit_gpt.ours()))[0]))
        return
    with contest.nothing_cached():
        cold = asked()
        warm = [asked() for _ in range(harness.rounds(5))]
    samples = {harness.OURS: warm, LIMIT: [float(LIMIT.split()[0])] * len(warm)}
    notes = f"with nothing kept {cold:.1f} s"
    row = harness.case("GPT, first call", "first call", samples, {LIMIT: 1.0}, notes=notes)
    harness.report("jit_warm_start: seconds until a step is compiled, kernels kept on disk", [row])


if __name__ == "__main__":
    main()

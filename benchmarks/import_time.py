"""How long until one can start? `import autograd` and `import numpy`, each in fresh processes."""

import os
import subprocess
import sys
import tempfile

from benchmarks import harness

PROGRAM = """
import time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""


def seconds(module: str, cache: str) -> float:
    """What `import module` takes in a new interpreter, compiled code being in `cache`."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module)],
        capture_output=True,
        check=True,
        env=environment,
        text=True,
    )
    return float(done.stdout)


def main() -> None:
    """Both packages in turns with NumPy, which they import; all compiled once before."""
    modules = ("numpy", "autograd", "nn")
    with tempfile.TemporaryDirectory() as cache:
        for module in modules:
            seconds(module, cache)
        turns = [
            {module: seconds(module, cache) for module in modules}
            for _ in range(harness.rounds(21))
        ]
    numpy = [turn["numpy"] for turn in turns]
    harness.report(
        "import_time: seconds per import in a fresh process",
        [
            harness.case(
                f"import {module}",
                "import",
                {harness.OURS: [turn[module] for turn in turns], "numpy": numpy},
                targets,
                strict=True,
            )
            for module, targets in (("autograd", {"numpy": 1.5}), ("nn", {}))
        ],
    )


if __name__ == "__main__":
    main()

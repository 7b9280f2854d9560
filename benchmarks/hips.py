"""HIPS autograd, which has our import name, in an interpreter of its own beside ours.

BENCHMARK_HIPS names that interpreter: `python -m benchmarks.run --hips PYTHON`, or `--install`,
which makes one. The other process runs `hips_programs.py` and takes its turns when it is asked.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contest import Build

PROGRAMS = Path(__file__).with_name("hips_programs.py")


def program(
    name: str, parameters: Mapping[str, np.ndarray], data: tuple[Any, ...], **options: Any
) -> Build | None:
    """One of `hips_programs.py`'s, on these arrays; None where HIPS autograd is not at hand."""
    python = os.environ.get("BENCHMARK_HIPS")
    return (lambda: Remote(python, name, parameters, data, options)) if python else None


class Remote:
    """A program in another interpreter. Called, it runs once there and returns what came out."""

    def __init__(
        self,
        python: str,
        name: str,
        parameters: Mapping[str, np.ndarray],
        data: tuple[Any, ...],
        options: Mapping[str, Any],
    ) -> None:
        self.process = subprocess.Popen(
            [python, "-I", PROGRAMS, name, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        arrays: dict[str, Any] = {f"parameter {key}": array for key, array in parameters.items()}
        arrays |= {f"data {place}": np.asarray(array) for place, array in enumerate(data)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "arrays.npz"
            np.savez(path, **arrays)
            self.ask("load", str(path))

    def ask(self, command: str, argument: Any) -> Any:
        """The answer to one line of JSON."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the other interpreter has no pipes")
        self.process.stdin.write(json.dumps([command, argument]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("HIPS autograd's interpreter stopped; it says why above")
        return json.loads(answer)

    def __call__(self) -> list[float]:
        return self.ask("run", None)

    def measure(self, calls: int) -> float:
        """Seconds per call, over so many calls, told by the other interpreter."""
        return self.ask("measure", calls)

"""How much memory does a compiled step need? The most its process held, beside PyTorch's eager.

Each contender has a process of its own. What counts is everything from the model on: parameters,
gradients, moments, buffers, and the code that was generated. What loads the libraries does not, nor
what only the first calls needed and gave back.
"""

import ctypes
import gc
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import torch

import autograd
from benchmarks import contest, harness

# The lines whose memory is not mostly that of the code: the file, and which of its lines.
LINES = {"jit_chain": 1, "jit_mlp_wide": 0, "jit_cnn": 0, "jit_lstm": 0, "jit_gpt": 0}
TARGET = 1.0
STATUS, REFERENCES = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def held(what: str) -> int:
    """Bytes this process holds now ("VmRSS"), or held at most ("VmHWM")."""
    lines = STATUS.read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


def settle() -> None:
    """Give back what is not in use, and forget what was held at most."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    REFERENCES.write_text("5", encoding="utf-8")


def warm_up() -> None:
    """Have both libraries load what they load when they are first used."""
    small = np.ones((4, 4), np.float32)
    function = autograd.jit(lambda x: np.tanh(x @ x).sum())
    for _ in range(3):
        function(small)
    layer = torch.nn.Linear(4, 4)
    optimizer = torch.optim.Adam(layer.parameters(), fused=True)
    layer(torch.tensor(small)).sum().backward()
    optimizer.step()


def measured(name: str, contender: str) -> int:
    """The most bytes that a line's contender held in a step, beyond those before it was made."""
    warm_up()
    line = import_module(f"benchmarks.{name}").lines()[LINES[name]]
    settle()
    before = held("VmRSS")
    run = (
        contest.compiled(line.ours()) if contender == harness.OURS else line.frameworks[contender]()
    )
    for _ in range(3):
        run()
    settle()
    for _ in range(3):
        run()
    return held("VmHWM") - before


def asked(name: str, contender: str) -> int:
    """What a process of its own measures."""
    command = [sys.executable, "-m", "benchmarks.jit_memory", name, contender]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(told.stdout)


def main() -> None:
    """Every line, ours and PyTorch's."""
    if sys.argv[1:]:
        print(json.dumps(measured(*sys.argv[1:])))
        return
    if not REFERENCES.exists():
        sys.exit("only Linux tells what a process held at most")
    cases = []
    for name in LINES:
        samples: dict[str, list[float]] = {harness.OURS: [], "torch": []}
        with contest.nothing_cached():
            for _ in range(harness.rounds(3)):
                for contender, found in samples.items():
                    found.append(asked(name, contender))
        title = import_module(f"benchmarks.{name}").lines()[LINES[name]].name
        cases.append(harness.case(title, "byte", samples, {"torch": TARGET}))
    harness.report("jit_memory: bytes a compiled step needs beside PyTorch's eager", cases)


if __name__ == "__main__":
    main()

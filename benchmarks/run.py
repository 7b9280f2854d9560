"""Run the benchmarks and write RESULTS.md.

python -m benchmarks.run                 all of them, peers from this interpreter
python -m benchmarks.run chain mlp       these only
python -m benchmarks.run --install       peers in temporary virtual environments
python -m benchmarks.run --hips PYTHON   HIPS autograd too, from an interpreter of its own
python -m benchmarks.run --compile       torch.compile too, which takes its time to compile
python -m benchmarks.run --rounds 3      fewer repeats, for a first look
"""

import argparse
import compileall
import json
import os
import platform
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.page import page

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
EAGER = ("chain", "mlp", "moons", "forward_mode", "checkpoint", "import_time", "depth")
COMPILED = (
    "jit_chain",
    "jit_mlp_tiny",
    "jit_moons",
    "jit_mlp_digits",
    "jit_mlp_wide",
    "jit_cnn",
    "jit_lstm",
    "jit_gpt",
    "jit_hessian",
    "jit_pinn",
    "jit_inference",
    "jit_scalar",
)
# How many threads each is measured with.
BENCHMARKS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys((*EAGER, *COMPILED), (1, 2)),
    **dict.fromkeys(("jit_warm_start", "jit_memory"), (1,)),
}
PACKAGES = ("numpy", "torch", "jax", "jaxlib", "llvmlite", "micrograd", "valuegraph")
# Set before NumPy and PyTorch are loaded, or they do not look.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# PyTorch by itself first and of one version: a looser request would fetch a build for GPUs.
INSTALLS = (["torch==2.13.0"], ["-e", ".[peers,jit]"])
# By itself: its import name is ours.
HIPS_INSTALLS = (["autograd==1.8.0", "scipy"],)


def install(folder: Path, installs: Iterable[list[str]]) -> Path:
    """A virtual environment with these packages; returns its Python."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    for packages in installs:
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True, cwd=ROOT)
    return python


def measure(python: Path, name: str, threads: int, options: Mapping[str, str]) -> dict[str, Any]:
    """One benchmark in a process of its own, so that its thread count holds from the start."""
    environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads)), **options}
    # PyTorch's threads wait asleep: spinning, they cost it up to a hundredfold on a busy machine.
    environment["OMP_WAIT_POLICY"] = "PASSIVE"
    done = subprocess.run(
        [python, "-m", f"benchmarks.{name}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise ChildProcessError(f"benchmarks.{name} failed; its peers come with --install")
    return json.loads(done.stdout)


def processor() -> str:
    """The CPU's model name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def revision() -> str:
    """The git revision measured, marked where the tree differed from it."""
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return asked.stdout.strip() or "no git revision"


def versions(python: Path, packages: Sequence[str]) -> str:
    """The packages' versions, as the measuring interpreter has them."""
    program = "\n".join(
        [
            "import importlib.metadata as m, json, sys",
            f"found = {{d.name: d.version for d in m.distributions() if d.name in {packages}}}",
            "print(json.dumps({'Python': sys.version.split()[0], **found}))",
        ]
    )
    told = subprocess.run([python, "-c", program], capture_output=True, check=True, text=True)
    return ", ".join(f"{name} {version}" for name, version in json.loads(told.stdout).items())


def circumstances(python: Path, hips: Path | None) -> list[str]:
    """When, where and of what."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, revision {revision()}",
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        versions(python, PACKAGES),
    ]
    return lines + ([f"HIPS: {versions(hips, ('autograd', 'numpy'))}"] if hips else [])


def main() -> None:
    """Measure, write, and say what was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHMARKS)}; all if left out")
    parser.add_argument("--install", action="store_true", help="peers in temporary environments")
    parser.add_argument("--hips", type=Path, help="an interpreter that has HIPS autograd")
    parser.add_argument(
        "--compile", action="store_true", help="torch.compile too: needs a C++ compiler"
    )
    parser.add_argument("--rounds", type=int, help="how many repeats, for every benchmark")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where to write the page")
    asked = parser.parse_args()
    for name in set(asked.names) - set(BENCHMARKS):
        parser.error(f"no benchmark is called {name}")
    for package in ("autograd", "nn"):  # as pip leaves the peers
        compileall.compile_dir(ROOT / package, quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        python, hips = Path(sys.executable), asked.hips
        if asked.install:
            python = install(Path(folder) / "peers", INSTALLS)
            hips = hips or install(Path(folder) / "hips", HIPS_INSTALLS)
        options = {
            "BENCHMARK_ROUNDS": asked.rounds and str(asked.rounds),
            "BENCHMARK_COMPILE": asked.compile and "1",
            "BENCHMARK_HIPS": hips and str(hips),
        }
        given = {name: value for name, value in options.items() if value}
        measured, failed = [], []
        for name in asked.names or BENCHMARKS:
            print(f"{name} …", file=sys.stderr)
            try:
                measured.append([measure(python, name, n, given) for n in BENCHMARKS[name]])
            except ChildProcessError as error:
                print(error, file=sys.stderr)
                failed.append(f"not measured: {error}")
        text = page(measured, circumstances(python, hips) + failed)
    asked.output.write_text(text, encoding="utf-8")
    print(text)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

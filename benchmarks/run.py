"""Run the benchmarks and write RESULTS.md.

python -m benchmarks.run                 all of them, peers from this interpreter
python -m benchmarks.run chain mlp       these only
python -m benchmarks.run --install       peers in a temporary virtual environment
python -m benchmarks.run --rounds 3      fewer repeats, for a first look
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import venv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
BENCHMARKS = ("chain", "mlp", "moons", "forward_mode", "checkpoint", "import_time", "depth")
THREADS = (1, 2)
PACKAGES = ("numpy", "torch", "micrograd", "valuegraph")
# Set before NumPy and PyTorch are loaded, or they do not look.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# PyTorch by itself first and of one version: a looser request would fetch a build for GPUs.
INSTALLS = (["torch==2.13.0"], ["-e", ".[peers]"])


def install(folder: Path) -> Path:
    """A virtual environment with this checkout and its peers; returns its Python."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    for packages in INSTALLS:
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True, cwd=ROOT)
    return python


def measure(python: Path, name: str, threads: int, rounds: int | None) -> dict[str, Any]:
    """One benchmark in a process of its own, so that its thread count holds from the start."""
    environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads))}
    # PyTorch's threads wait asleep: spinning, they cost it up to a hundredfold on a busy machine.
    environment["OMP_WAIT_POLICY"] = "PASSIVE"
    if rounds is not None:
        environment["BENCHMARK_ROUNDS"] = str(rounds)
    done = subprocess.run(
        [python, "-m", f"benchmarks.{name}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        sys.exit(f"benchmarks.{name} failed; its peers come with --install")
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


def versions(python: Path) -> str:
    """The packages' versions, as the measuring interpreter has them."""
    program = "\n".join(
        [
            "import importlib.metadata as m, json, sys",
            f"found = {{d.name: d.version for d in m.distributions() if d.name in {PACKAGES}}}",
            "print(json.dumps({'Python': sys.version.split()[0], **found}))",
        ]
    )
    told = subprocess.run([python, "-c", program], capture_output=True, check=True, text=True)
    return ", ".join(f"{name} {version}" for name, version in json.loads(told.stdout).items())


def duration(seconds: float) -> str:
    """Three digits and a unit that fits."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def spread(times: dict[str, float]) -> str:
    """Median, and the quartiles around it."""
    low, median, high = (duration(times[key]) for key in ("low", "median", "high"))
    return f"{median} ({low} to {high})"


def verdict(comparison: dict[str, Any]) -> str:
    """The target and whether it was reached."""
    if comparison["target"] is None:
        return ""
    sign = "<" if comparison["strict"] else "≤"
    return f"{sign} {comparison['target']:g}: {'met' if comparison['met'] else '**missed**'}"


def table(results: list[dict[str, Any]]) -> list[str]:
    """One benchmark's rows, each case at each number of threads."""
    lines = [
        "| case | threads | valuegraph | peer | peer's time | ratio | target |",
        "|---|---|---|---|---|---|---|",
    ]
    for position, first in enumerate(results[0]["cases"]):
        for result in results:
            case = result["cases"][position]
            start = (
                f"| {first['name']} | {result['threads']} | {spread(case['times']['valuegraph'])}"
            )
            if not case["comparisons"]:
                lines.append(f"{start} | | | | |")
            for comparison in case["comparisons"]:
                ratio = comparison["ratio"]
                lines.append(
                    f"{start} | {comparison['peer']} | {spread(case['times'][comparison['peer']])}"
                    f" | **{ratio['median']:.2f}** ({ratio['low']:.2f} to {ratio['high']:.2f})"
                    f" | {verdict(comparison)} |"
                )
    notes = {
        case["name"]: case["notes"]
        for result in reversed(results)
        for case in result["cases"]
        if case["notes"]
    }
    return [*lines, "", *(f"- {name}: {note}." for name, note in notes.items())]


def page(measured: list[list[dict[str, Any]]], python: Path) -> str:
    """RESULTS.md."""
    comparisons = [
        comparison
        for results in measured
        for result in results
        for case in result["cases"]
        for comparison in case["comparisons"]
        if comparison["target"] is not None
    ]
    met = sum(comparison["met"] for comparison in comparisons)
    lines = [
        "# Results",
        "",
        "Written by `python -m benchmarks.run`; [README.md](README.md) says how to read it.",
        "",
        f"- {met} of {len(comparisons)} targets met",
        f"- {datetime.now(UTC):%Y-%m-%d}, revision {revision()}",
        f"- {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        f"- {versions(python)}",
    ]
    for results in measured:
        title, unit = results[0]["question"].split(": ", 1)
        lines += ["", f"## {title}", "", f"{unit[0].upper()}{unit[1:]}.", "", *table(results)]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Measure, write, and say what was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHMARKS)}; all if left out")
    parser.add_argument("--install", action="store_true", help="peers in a temporary environment")
    parser.add_argument("--rounds", type=int, help="how many repeats, for every benchmark")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where to write the page")
    options = parser.parse_args()
    for name in set(options.names) - set(BENCHMARKS):
        parser.error(f"no benchmark is called {name}")
    with tempfile.TemporaryDirectory() as folder:
        python = install(Path(folder)) if options.install else Path(sys.executable)
        measured = []
        for name in options.names or BENCHMARKS:
            print(f"{name} …", file=sys.stderr)
            measured.append([measure(python, name, n, options.rounds) for n in THREADS])
        text = page(measured, python)
    options.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

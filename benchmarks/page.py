"""RESULTS.md out of what the benchmarks reported."""

from collections.abc import Iterator, Sequence
from typing import Any

Result = dict[str, Any]  # what one benchmark said at one number of threads


def duration(seconds: float) -> str:
    """Three digits and a unit that fits."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def memory(count: float) -> str:
    """Bytes, likewise."""
    return f"{count / 2**20:.3g} MiB"


def spread(case: dict[str, Any], contender: str) -> str:
    """Median, and the quartiles around it."""
    amount = memory if case["unit"] == "byte" else duration
    times = case["times"][contender]
    low, median, high = (amount(times[key]) for key in ("low", "median", "high"))
    return f"{median} ({low} to {high})"


def aim(comparison: dict[str, Any]) -> str:
    """The target as a bound."""
    return f"{'<' if comparison['strict'] else '≤'} {comparison['target']:.2g}"


def verdict(comparison: dict[str, Any]) -> str:
    """The target and whether it was reached."""
    if comparison["target"] is None:
        return ""
    return f"{aim(comparison)}: {'met' if comparison['met'] else '**missed**'}"


def table(results: list[Result]) -> list[str]:
    """One benchmark's rows, each case at each number of threads."""
    lines = [
        "| case | threads | valuegraph | peer | peer's time | ratio | target |",
        "|---|---|---|---|---|---|---|",
    ]
    for position, first in enumerate(results[0]["cases"]):
        for result in results:
            case = result["cases"][position]
            start = f"| {first['name']} | {result['threads']} | {spread(case, 'valuegraph')}"
            if not case["comparisons"]:
                lines.append(f"{start} | | | | |")
            for comparison in case["comparisons"]:
                ratio = comparison["ratio"]
                lines.append(
                    f"{start} | {comparison['peer']} | {spread(case, comparison['peer'])}"
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


def targets(results: list[Result]) -> Iterator[str]:
    """One benchmark's lines among the targets: a case and a bound each, beside whom it is against.

    What is the fastest peer may be another one with two threads.
    """
    benchmark = results[0]["question"].split(":")[0]
    rows: dict[tuple[str, str], dict[int, str]] = {}
    for result in results:
        for case in result["cases"]:
            for comparison in case["comparisons"]:
                if comparison["target"] is not None:
                    ratio = f"{comparison['ratio']['median']:.2g}"
                    ratio = ratio if comparison["met"] else f"**{ratio}**"
                    row = rows.setdefault((case["name"], aim(comparison)), {})
                    row[result["threads"]] = f"{ratio} of {comparison['peer']}"
    for (case, bound), found in rows.items():
        yield f"| {benchmark} | {case} | {bound} | {found.get(1, '')} | {found.get(2, '')} |"


def page(measured: Sequence[list[Result]], circumstances: Sequence[str]) -> str:
    """The whole page."""
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
        *(f"- {line}" for line in circumstances),
        "",
        "## Targets",
        "",
        "Our time over the peer's, with one thread and with two; in bold what misses its target.",
        "",
        "| benchmark | case | target | 1 thread | 2 threads |",
        "|---|---|---|---|---|",
        *(line for results in measured for line in targets(results)),
    ]
    for results in measured:
        title, unit = results[0]["question"].split(": ", 1)
        lines += ["", f"## {title}", "", f"{unit[0].upper()}{unit[1:]}.", "", *table(results)]
    return "\n".join(lines).rstrip() + "\n"

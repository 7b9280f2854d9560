"""Write docs/coverage.md: python -m benchmarks.coverage."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.coverage.names import (
    MODULES,
    NOT_APPLICABLE,
    TYPES_AND_OBJECTS,
    WHOLE_MODULES,
    aliases,
    functions,
)
from benchmarks.coverage.probe import PEERS, QUESTIONS, Library, ask, ours
from benchmarks.coverage.samples import BASES, CONSTANTS, DRAWS, SAMPLES, SERIES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "coverage.md"
NAMES = {"jax": "JAX", "hips": "HIPS autograd"}


class Row(NamedTuple):
    """A differentiable function: for each library, which questions it does not answer."""

    full: str
    numpy: dict[str, str]  # question -> what is wrong
    lists: dict[str, str]  # the same of autograd.numpy
    peers: dict[str, list[str]]  # library -> questions


def rows() -> list[Row]:
    """Every function of this NumPy that has a sample, asked through both of our namespaces."""
    plain, lists = ours("numpy"), ours("autograd.numpy")
    kept = stored()
    return [
        Row(
            full,
            wrong(plain, SAMPLES[full]),
            wrong(lists, SAMPLES[full]),
            {name: peer["cannot"].get(full, []) for name, peer in kept.items()},
        )
        for full in functions()
        if full in SAMPLES
    ]


def wrong(library: Library, sample: str) -> dict[str, str]:
    """The questions that this project does not answer, or answers otherwise than differences do."""
    return {q: why for q, why in ask(library, sample, every=True).items() if why}


def stored() -> dict[str, Any]:
    """What the peers answered when they were last asked."""
    return json.loads(PEERS.read_text(encoding="utf-8"))


def page(found: list[Row]) -> str:
    """docs/coverage.md."""
    return "\n".join([*_head(found), *_counts(found), *_functions(found), *_others()]) + "\n"


def _head(found: list[Row]) -> Iterator[str]:
    versions = {name: peer["versions"] for name, peer in stored().items()}
    yield f"""# Coverage

Every public function of NumPy {np.__version__}, from its own namespaces: whether it is
differentiable here, and elsewhere. This page is written by `python -m benchmarks.coverage`, and a
test holds it to what the code does.

**Differentiable** means called and compared: the derivatives of the calls in
`benchmarks/coverage/samples.py` agree with central differences in reverse mode, in forward mode,
and in second order (reverse over reverse). There is a column for plain `numpy`, whose functions
take a `Value`, and one for `autograd.numpy`, whose functions also take lists of them. Options,
axes, shapes, dtypes and mixes of modes are the business of `tests/test_registry.py`. Peers were
asked the same questions by `python -m benchmarks.coverage.probe`: JAX {versions["jax"]["jax"]}
through `jax.numpy`, HIPS autograd {versions["hips"]["autograd"]} through its `autograd.numpy`.
"""


def _counts(found: list[Row]) -> Iterator[str]:
    total = len(found)
    yield "## Counts\n"
    yield "| of the functions whose output moves with their input | reverse | forward | second |"
    yield "|---|---|---|---|"
    lines: list[tuple[str, list[Iterable[str]]]] = [
        ("`numpy` on Values", [row.numpy for row in found]),
        ("`autograd.numpy`", [row.lists for row in found]),
        *((NAMES[name], [row.peers[name] for row in found]) for name in ("hips", "jax")),
    ]
    for title, missing in lines:
        counts = (total - sum(q in cannot for cannot in missing) for q in QUESTIONS)
        yield f"| {title} | {' | '.join(f'{count} / {total}' for count in counts)} |"
    by_kind = f"{total} differentiable, {len(CONSTANTS)} constant"
    yield f"""
NumPy has {len(functions())} functions in these namespaces, aliases counted once: {by_kind} in
every number they are given, {len(NOT_APPLICABLE)} that no derivative concerns.
"""


def _functions(found: list[Row]) -> Iterator[str]:
    other = aliases()
    yield """## Functions whose output moves with their input

✓ reverse, forward and second order; R reverse mode only, F forward mode only, 1 first order only;
✗ neither. What has ✗ under `numpy` never reaches a `Value` there: NumPy turns its arguments into
arrays without asking them, and the error says so; `autograd.numpy` has it."""
    for prefix in MODULES:
        members = [row for row in found if row.full.rpartition(".")[0] == prefix]
        yield f"\n### {prefix}\n"
        yield "| function | `numpy` | `autograd.numpy` | HIPS autograd | JAX |"
        yield "|---|---|---|---|---|"
        for row in sorted(members):
            name = ", ".join(f"`{n}`" for n in (row.full.rpartition(".")[2], *other[row.full]))
            asked = (row.numpy, row.lists, row.peers["hips"], row.peers["jax"])
            yield f"| {name} | {' | '.join(map(mark, asked))} |"


def mark(cannot: Iterable[str]) -> str:
    """The sign for what a library cannot do."""
    missing = set(cannot)
    if not missing:
        return "✓"
    if {"reverse", "forward"} <= missing:
        return "✗"
    if "reverse" in missing:
        return "F"
    return "R" if "forward" in missing else "1"


def _others() -> Iterator[str]:
    yield f"""
## numpy.polynomial

Its functions turn their arguments into arrays without asking a `Value`. `autograd.numpy.polynomial`
has them for Values: {len(SERIES)} functions of {len(BASES)} bases, each compared as above, and the
classes (`Polynomial`, `Chebyshev`, ...) with Values for coefficients and arguments. Points and
weights of quadrature depend on a whole number alone. The peers have nothing of it.

## Draws

A draw of `numpy.random` is a constant. `autograd.numpy.random` also takes Values as the parameters
of these families, of which NumPy computes a formula in noise that is constant:
"""
    yield _listed(DRAWS)
    yield """
How the draws of the other families move with their parameters is not what their samplers compute,
which reject and draw again; given Values they raise.

## Constant

Piecewise constant in every number they are given, which is checked with differences. They take
Values; the results are plain, or constant Values.
"""
    known = functions()
    yield _listed(full for full in CONSTANTS if full in known)
    yield "\n## Not applicable\n"
    yield "| why | functions |"
    yield "|---|---|"
    reasons = dict.fromkeys(NOT_APPLICABLE.values())
    for reason in reasons:
        names = [n for n, why in NOT_APPLICABLE.items() if why == reason and n in known]
        yield f"| {reason} | {_listed(names)} |"
    for reason, names in (*WHOLE_MODULES.items(), *TYPES_AND_OBJECTS.items()):
        yield f"| {reason} | {', '.join(f'`{name}`' for name in names.split())} |"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name.removeprefix('numpy.')}`" for name in sorted(names))


if __name__ == "__main__":
    PAGE.write_text(page(rows()), encoding="utf-8")

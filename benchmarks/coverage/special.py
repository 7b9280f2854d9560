"""Write docs/coverage_scipy.md, on scipy.special's ufuncs.

python -m benchmarks.coverage.special            the page
python -m benchmarks.coverage.special jax        what JAX can do, into special_peers.json
python -m benchmarks.coverage.special hips       HIPS autograd, from an environment that has it
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy
import scipy.special as sp

from benchmarks.coverage.probe import Library, hips, jax, ours
from benchmarks.coverage.special_samples import CONSTANT, SAMPLES, UNSUPPORTED

PAGE = Path(__file__).resolve().parents[2] / "docs" / "coverage_scipy.md"
PEERS = Path(__file__).with_name("special_peers.json")
NAMES = {"hips": "HIPS autograd", "jax": "JAX"}
STEP = 1e-5


class Row(NamedTuple):
    """A ufunc: its arguments, in which of them it has a derivative, and how that is found.

    how    for each argument: "exact", "differences", "integer", or "no".
    """

    name: str
    arguments: list[str]
    how: list[str]


def ufuncs() -> dict[str, np.ufunc]:
    """Every ufunc of this SciPy, aliases counted once."""
    found = {f.__name__: f for f in vars(sp).values() if isinstance(f, np.ufunc)}
    return {name: found[name] for name in sorted(found) if hasattr(sp, name)}


def arguments(ufunc: np.ufunc) -> list[str]:
    """The arguments' names, as the docstring has them."""
    told = re.findall(rf"{ufunc.__name__}\((.*?)\)", ufunc.__doc__ or "")
    lists = [re.findall(r"\w+", re.sub(r"=\w+|\bout\b", "", each)) for each in told]
    fits = [names for names in lists if len(names) == ufunc.nin and "x1" not in names]
    return fits[0] if fits else [f"x{i + 1}" for i in range(ufunc.nin)]


def weighted(lib: Library, output: Any) -> Any:
    """All real numbers of an output in one, none of which another can hide."""
    parts = output if isinstance(output, tuple) else (output,)
    return sum((i + 1) * (lib.np.real(y) + 0.7 * lib.np.imag(y)) for i, y in enumerate(parts))


def derivative(lib: Library, function: Callable[..., Any], name: str, position: int) -> float:
    """The derivative in one argument of the sample."""
    sample = SAMPLES[name]

    def of_one(x: Any) -> Any:
        return weighted(lib, function(*sample[:position], x, *sample[position + 1 :]))

    return float(lib.gradient(of_one, (sample[position],))[0])


def agrees(lib: Library, function: Callable[..., Any], name: str, position: int) -> bool:
    """Whether that derivative is the one of central differences."""
    sample = SAMPLES[name]

    def reference(x: float) -> float:
        output = getattr(sp, name)(*sample[:position], x, *sample[position + 1 :])
        parts = output if isinstance(output, tuple) else (output,)
        return sum((i + 1) * (y.real + 0.7 * y.imag) for i, y in enumerate(parts))

    x = sample[position]
    wanted = (reference(x + STEP) - reference(x - STEP)) / (2 * STEP)
    try:
        found = derivative(lib, function, name, position)
    except Exception:
        return False
    return bool(np.isclose(found, wanted, 1e-4, 1e-7))


def smooth(name: str) -> list[int]:
    """The positions of the arguments that are no integers."""
    return [i for i, x in enumerate(SAMPLES[name]) if type(x) is float]


def how(name: str) -> list[str]:
    """What this project does in each argument."""
    lib, function = ours("numpy"), getattr(sp, name)
    found = ["integer"] * function.nin
    for i in smooth(name):
        found[i] = "no"
        if agrees(lib, function, name, i):
            exact = derivative(lib, function, name, i) == falsified(lib, function, name, i)
            found[i] = "exact" if exact else "differences"
    return found


def falsified(lib: Library, function: Callable[..., Any], name: str, position: int) -> float:
    """The derivative with each difference made wrong in its own way: another, if made of them."""
    names = vars(import_module("autograd.scipy.special_rows.making"))
    stencil = names["stencil"]

    factor = count(2)

    def wrong(order: int) -> Any:
        places, weights, step = stencil(order)
        return places, next(factor) * weights, step

    names["stencil"] = wrong
    try:
        return derivative(lib, function, name, position)
    finally:
        names["stencil"] = stencil


def rows() -> list[Row]:
    """Every ufunc of which a derivative can be asked."""
    return [Row(name, arguments(f), how(name)) for name, f in ufuncs().items() if name in SAMPLES]


def stored() -> dict[str, Any]:
    """What the peers answered when they were last asked."""
    return json.loads(PEERS.read_text(encoding="utf-8")) if PEERS.exists() else {}


def page(found: list[Row]) -> str:
    """docs/coverage_scipy.md."""
    return "\n".join([*_head(found), *_table(found), *_tail()]) + "\n"


def _head(found: list[Row]) -> Iterator[str]:
    total = len(found) + len(CONSTANT) + len(UNSUPPORTED)
    kinds = Counter(
        "some" if "integer" in row.how else "differences" if "differences" in row.how else "exact"
        for row in found
    )
    yield f"""# Coverage of scipy.special

Every ufunc of scipy.special {scipy.__version__}: in which arguments it is differentiable when it is
called on a `Value`, and how the derivative is found. This page is written by
`python -m benchmarks.coverage.special`, and a test holds it to what the code does: each entry was
called and compared with central differences. Both modes, second order and complex numbers are the
business of `tests/test_registry.py`.

**By differences** are derivatives in a parameter, such as the order of a Bessel function, that have
no closed form. The differences are central ones of order 8, in steps that fit the function, and
right to about 1e-12 where SciPy's value is right to its last digit; `slope` in
`autograd/scipy/special_rows/making.py` says how. Where SciPy's values are worse, so are they.

| of {total} ufuncs | |
|---|---|
| differentiable in every argument, exactly | {kinds["exact"]} |
| differentiable in every argument, in some by differences | {kinds["differences"]} |
| differentiable in every argument but integers, in which they are constant | {kinds["some"]} |
| constant | {len(CONSTANT)} |
| unsupported: an error says so | {len(UNSUPPORTED)} |
"""
    own = sum(kind in ("exact", "differences") for row in found for kind in row.how)
    every = sum(kind != "integer" for row in found for kind in row.how)
    every += sum(4 if name.startswith("ncf") else 2 for name in UNSUPPORTED)
    yield f"Of {every} arguments that are no integers the derivatives agree with differences in:\n"
    yield "| | arguments |\n|---|---|"
    yield f"| here | {own} |"
    for peer, answers in stored().items():
        count = sum(map(len, answers["differentiable"].values()))
        yield f"| {NAMES[peer]} {answers['version']} | {count} |"
    yield ""


def _listed(row: Row, kind: str) -> str:
    of_kind = [name for name, each in zip(row.arguments, row.how, strict=True) if each == kind]
    return ", ".join(f"`{name}`" for name in of_kind)


def _table(found: list[Row]) -> Iterator[str]:
    peers = stored()
    names = " | ".join(NAMES[peer] for peer in peers)
    yield f"| ufunc | exactly | by differences | constant, integers | {names} |"
    yield "|---|---|---|---|" + "---|" * len(peers)
    for row in found:
        theirs = [
            ", ".join(f"`{row.arguments[i]}`" for i in peer["differentiable"].get(row.name, []))
            for peer in peers.values()
        ]
        ours_ = [_listed(row, kind) for kind in ("exact", "differences", "integer")]
        call = f"`{row.name}({', '.join(row.arguments)})`"
        yield "| " + " | ".join([call, *ours_, *theirs]) + " |"


def _tail() -> Iterator[str]:
    yield "\n## Constant\n"
    for name, why in CONSTANT.items():
        yield f"- `{name}`: {why}"
    yield "\n## Unsupported\n"
    for name, why in UNSUPPORTED.items():
        yield f"- `{name}`: {why}"
    yield """
## Functions that are no ufuncs

`lambertw`, `zeta`, `softplus`, `sinc`, `assoc_laguerre` and the derivatives of Bessel functions
(`jvp`, `yvp`, `ivp`, `kvp`, `h1vp`, `h2vp`) are made of ufuncs, and take Values as well.
`autograd.scipy.special` has those that SciPy does not hand on to a Value: `logsumexp`, `softmax`,
`log_softmax`, `polygamma`, `multigammaln`, `factorial`, `comb`, `perm`, `diric`, `sph_harm_y`,
`spherical_jn`, `spherical_yn`, `spherical_in`, `spherical_kn`. No derivative is there for functions
that return sequences of values, zeros, quadrature rules or polynomial objects, for `legendre_p`,
`assoc_legendre_p` and `sph_legendre_p` (`eval_legendre` and `lpmv` have one), and for ellipsoidal
harmonics."""


def probe(name: str) -> None:
    """Ask one peer and keep what it answers."""
    lib = {"jax": jax, "hips": hips}[name]()
    special = import_module({"jax": "jax.scipy.special", "hips": "autograd.scipy.special"}[name])
    answers = {}
    for ufunc in SAMPLES:
        theirs = {name for name, f in vars(sp).items() if f is getattr(sp, ufunc)} & set(
            dir(special)
        )
        if theirs:
            function = getattr(special, min(theirs))
            right = [i for i in smooth(ufunc) if agrees(lib, function, ufunc, i)]
            lib.forget()
            if right:
                answers[ufunc] = right
                print(ufunc, right, flush=True)
    package = {"jax": "jax", "hips": "autograd"}[name]
    kept = {**stored(), name: {"version": version(package), "differentiable": answers}}
    PEERS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Write the page, or ask a peer."""
    if len(sys.argv) > 1:
        probe(sys.argv[1])
    else:
        PAGE.write_text(page(rows()), encoding="utf-8")


if __name__ == "__main__":
    main()

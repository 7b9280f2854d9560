"""Cases of the op table as compiled programs: many in one, so that one compilation serves all."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from autograd import Value, jit, jvp, vjp
from autograd.compiler.backends import build
from autograd.containers import flatten, unflatten

EMITTERS = (*(["native"] if find_spec("llvmlite") else []), "numpy")


class Program(NamedTuple):
    """A function of arrays, and sets of arguments: it is traced at the first, run at the others."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[tuple[Any, ...], ...]


def differences(
    programs: Sequence[Program], tolerance: float, emitters: Sequence[str] = EMITTERS
) -> list[str]:
    """What these emitters say otherwise than NumPy does, a line for each program that differs.

    All the programs are compiled as one function, which returns a list of their results; where that
    raises, each is compiled alone. A program is run on all its sets of arguments before the results
    are compared, so that one that writes into what it has handed out is caught.
    """
    with np.errstate(all="ignore"):
        sets = list(zip(*(p.arguments for p in programs), strict=True))
        f = together(programs)
        expected = [f(given) for given in sets]
        found: list[str] = []
        try:
            traced = jit(f, emitter="equations")
            traced(sets[0])
            traced(sets[0])
        except Exception as error:
            return apart(programs, tolerance, emitters, "trace", error)
        for emitter in emitters:
            try:
                runs = compiled(traced.program, expected[0], sets, emitter)
            except Exception as error:
                found += apart(programs, tolerance, [emitter], emitter, error)
                continue
            for number, p in enumerate(programs):
                lines = [
                    line
                    for wanted, results in zip(expected, runs, strict=True)
                    for line in unequal(wanted[number], results[number], tolerance)
                ]
                found += [f"{emitter}: {p.name}: {line}" for line in lines[:1]]
        return found


def apart(
    programs: Sequence[Program], tolerance: float, emitters: Sequence[str], where: str, error: Any
) -> list[str]:
    """Which of the programs raises."""
    if len(programs) == 1:
        return [f"{where}: {programs[0].name}: {error!r}"]
    alone = [line for p in programs for line in differences([p], tolerance, emitters)]
    return alone or [f"{where}: only together: {error!r}"]


def together(programs: Sequence[Program]) -> Callable[..., list[Any]]:
    """One function for all of them."""
    return lambda given: [p.function(*xs) for p, xs in zip(programs, given, strict=True)]


def compiled(traced: Any, like: Any, sets: list[Any], emitter: str) -> list[Any]:
    """What the traced program gives for every set of arguments, in the containers of `like`."""
    leaves = [flatten(given)[0] for given in sets]
    backend = build(traced, len(leaves[0]), emitter)
    structure = flatten(like)[1]
    return [unflatten(structure, backend.run(list(given))) for given in leaves]


def unequal(wanted: Any, found: Any, tolerance: float) -> list[str]:
    """How two containers of results differ: in structure, dtype, shape, or numbers."""
    left, structure = flatten(wanted)
    right, other = flatten(found)
    if structure != other:
        return [f"{other} for {structure}"]
    lines = []
    for number, (x, y) in enumerate(zip(left, right, strict=True)):
        if kind(x) != kind(y):
            lines.append(f"result {number} is {kind(y)} for {kind(x)}")
        elif not near(x, y, tolerance):
            lines.append(f"result {number} is {short(y)} for {short(x)}")
    return lines


def kind(x: Any) -> tuple[str, tuple[int, ...]]:
    """The dtype, or the name of a Python number's type, and the shape."""
    x = x.data if type(x) is Value else x
    return str(getattr(x, "dtype", type(x).__name__)), np.shape(x)


def near(x: Any, y: Any, tolerance: float) -> bool:
    """Whether all numbers are near, in proportion to the greatest; signs of zeros where exact."""
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind not in "fc":
        return bool(np.array_equal(x, y))
    finite = np.isfinite(x)
    scale = np.max(np.abs(x[finite]), initial=1.0) if tolerance else 0.0
    same = np.isclose(y, x, rtol=tolerance, atol=tolerance * scale, equal_nan=True)
    if not tolerance and x.dtype.kind == "f":
        same &= np.isnan(x) | (np.signbit(x) == np.signbit(y))
    return bool(np.all(same))


def short(x: Any) -> str:
    return " ".join(str(np.asarray(x).ravel()[:6]).split())


# Derivatives as functions of arrays


def weights(output: Any) -> Any:
    """Numbers that are all different, of the structure, shape and dtype of an output."""
    leaves, structure = flatten(output)

    def like(y: Any) -> Any:
        y = y.data if type(y) is Value else y
        if np.shape(y) == ():
            return type(y)(0.75) if isinstance(y, float | np.generic) else np.asarray(0.75, y.dtype)
        size = np.arange(1.0, np.size(y) + 1)
        return np.asarray(np.cos(size).reshape(np.shape(y)), y.dtype)[()]

    return unflatten(structure, [like(y) for y in leaves])


def with_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """(f(x), vᵀ J)."""

    def function(*xs: Any) -> Any:
        y, pull = vjp(f, *xs)
        return y, pull(weights(y))

    return function


def with_tangent(f: Callable[..., Any]) -> Callable[..., Any]:
    """(f(x), J v)."""
    return lambda *xs: jvp(f, xs, weights(xs))


def second_order(f: Callable[..., Any]) -> Callable[..., Any]:
    """The tangent of vᵀ J, forward over reverse."""
    return lambda *xs: jvp(with_gradient(f), xs, weights(xs))

"""A program run before it is compiled, and compared with what compiling it gave."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from sys import getrefcount
from typing import Any

import numpy as np

from autograd.compiler.backends import Backend
from autograd.compiler.bodies import Body
from autograd.compiler.ownership import copied, is_shared
from autograd.compiler.program import Constant, Program, evaluate
from autograd.compiler.trace import Trace
from autograd.errors import CompilationError, describe
from autograd.journal import Generators

# Bytes that a run equation by equation writes, mostly to memory that no page is there for yet, in
# the time that it takes to compile one equation more.
_PER_EQUATION = 1 << 20


def is_dear(program: Program) -> bool:
    """Whether it takes longer to run a program equation by equation than to compile it.

    Not where it has loops, or reads arrays of which only a second trace tells whether they may be
    compiled into it.
    """
    written = 0
    for equation in program.equations:
        if any(isinstance(x, Body) for x in equation.static.values()):
            return False
        written += sum(x.size * x.dtype.itemsize for x in equation.outputs)
    return written > _PER_EQUATION * len(program.equations) and all(
        x.fixed or _is_own(x) for x in _constants(program)
    )


def settle(program: Program) -> None:
    """Take the arrays that the trace of a program made for fixed: another one makes them anew."""
    for x in _constants(program):
        x.fixed = True


def _constants(program: Program) -> Iterator[Constant]:
    for equation in program.equations:
        yield from (x for x in equation.inputs if isinstance(x, Constant))
    yield from (x for x in program.results if isinstance(x, Constant))


def _is_own(x: Constant) -> bool:
    """Whether nothing but the program refers to this array, so that nothing can change it."""
    return x.data.base is None and getrefcount(x.data) == _REFERENCES


_REFERENCES = 2  # the program's, and the argument


def interpreted(program: Program, inputs: list[Any]) -> list[Any]:
    """The results of a program that is not compiled yet, in arrays that nobody else has."""
    with np.errstate(all="ignore"):
        results = evaluate(program, inputs)
    for place in range(len(results)):
        if not isinstance(results[place], np.ndarray):
            continue
        if results[place].ndim == 0:
            results[place] = results[place][()]
        elif is_shared(results, place):
            results[place] = results[place].copy()
    return results


def require_equal(backend: Backend, traced: Trace, inputs: Sequence[Any], name: str) -> None:
    """Raise CompilationError where the compiled program gives other numbers than the trace."""

    def tried(run: Callable[[list[Any]], list[Any]]) -> list[Any]:
        with Generators(traced.generators):
            return run(copied(inputs))

    expected = tried(partial(interpreted, traced.program))
    for number, (x, y) in enumerate(zip(expected, tried(backend.run), strict=True)):
        kind = np.asarray(x).dtype
        if kind.kind in "fc":
            scale = np.finfo(kind).eps ** 0.5
            same = np.allclose(x, y, rtol=scale, atol=scale, equal_nan=True)
        else:
            same = kind.kind not in "biu" or np.array_equal(x, y)
        if not same:
            raise CompilationError(
                f"the compiled {name} to agree with the eager one",
                f"result {number}: {describe(x)} differ by up to {np.max(np.abs(x - y)):.3g}",
                "report this with the function; jit(f, emitter='numpy') may serve until then",
            )

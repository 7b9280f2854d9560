"""A program run before it is compiled, and compared with what compiling it gave."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.compiler.backends import Backend
from autograd.compiler.ownership import copied, is_shared
from autograd.compiler.program import Program, evaluate
from autograd.compiler.trace import Trace
from autograd.errors import CompilationError, describe
from autograd.journal import Generators


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

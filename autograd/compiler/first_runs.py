"""A program run before it is compiled, and compared with what compiling it gave."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.compiler.backends import Backend
from autograd.compiler.program import Constant, Program, evaluate
from autograd.compiler.trace import Trace
from autograd.errors import CompilationError, describe


def interpreted(program: Program, inputs: list[Any]) -> list[Any]:
    """The results of a program that is not compiled yet, in arrays that nobody else has."""
    operands = [x for equation in program.equations for x in equation.inputs] + program.results
    taken = {id(x) for x in inputs} | {id(x.data) for x in operands if isinstance(x, Constant)}
    with np.errstate(all="ignore"):
        results = evaluate(program, inputs)
    for i, x in enumerate(results):
        if isinstance(x, np.ndarray) and x.ndim == 0:
            results[i] = x[()]
        elif isinstance(x, np.ndarray) and (x.base is not None or id(x) in taken):
            results[i] = x.copy()
        taken.add(id(x))
    return results


def require_equal(backend: Backend, traced: Trace, inputs: Sequence[Any], name: str) -> None:
    """Raise CompilationError where the compiled program gives other numbers than the trace."""
    states = [generator.bit_generator.state for generator in traced.generators]

    def tried(run: Callable[[list[Any]], list[Any]]) -> list[Any]:
        results = run([x.copy() if isinstance(x, np.ndarray) else x for x in inputs])
        for generator, state in zip(traced.generators, states, strict=True):
            generator.bit_generator.state = state
        return results

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

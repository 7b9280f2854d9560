"""The ways to run a program, and which of them this machine has."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from sys import getrefcount
from typing import Any, Protocol

import numpy as np

from autograd.compiler.program import Equation, Program, Variable, evaluate
from autograd.errors import ArgumentError, CompilationWarning, IndexingError, LinAlgError
from autograd.op import Kind
from autograd.value import Value
from autograd.wording import warn


class Backend(Protocol):
    """A program made ready to run."""

    @property
    def source(self) -> str:
        """The generated code, for a person to read."""
        ...

    def expect(self, state: Mapping[int, Any], deposited: Mapping[int, Value]) -> None:
        """What is known of the calls to come, before the first.

        state        by input, arrays of state that nobody but the Value they belong to has.
        deposited    by result, the Value in whose `.grad` it is left.
        """
        ...

    def run(self, inputs: list[Any]) -> list[Any]:
        """The results, in arrays that no later run writes to while anyone else has them."""
        ...


class Equations:
    """Equation by equation, as recorded: slow, and what the others are compared with."""

    def __init__(self, program: Program, arguments: int = 0) -> None:
        self.program = program

    @property
    def source(self) -> str:
        """The program itself."""
        return str(self.program)

    def expect(self, state: Mapping[int, Any], deposited: Mapping[int, Value]) -> None:
        """It plans no memory."""

    def run(self, inputs: list[Any]) -> list[Any]:
        """The results."""
        return evaluate(self.program, inputs)


class Numpy:
    """One call of a NumPy function per equation, on memory planned beforehand."""

    def __init__(self, program: Program, arguments: int = 0) -> None:
        from autograd.compiler.emit.with_numpy import emit
        from autograd.compiler.passes.pipeline import optimize

        optimized = optimize(program)
        self._emitted = emit(optimized)
        self._state = State(program.donated)
        self._may_replace = not _may_fail_late(optimized)

    @property
    def source(self) -> str:
        """The generated Python."""
        return self._emitted.source

    def expect(self, state: Mapping[int, Any], deposited: Mapping[int, Value]) -> None:
        """It writes over what it returned itself."""

    def run(self, inputs: list[Any]) -> list[Any]:
        """The results."""
        ours = self._may_replace and self._state.is_ours(inputs)
        try:
            results = self._emitted.run(inputs, donate=ours)
        except (IndexError, np.linalg.LinAlgError) as error:
            kind = IndexingError if isinstance(error, IndexError) else LinAlgError
            raise kind(
                "arguments that every operation of the compiled function takes",
                str(error),
                "call the function without jit: the error names the operation",
            ) from error
        self._state.keep(results)
        return results


def _may_fail_late(program: Program) -> bool:
    """Whether an equation may raise after state was replaced: an error must find it as it was.

    Indices may be out of bounds, and a general op may refuse its input, as a singular matrix.
    """
    state = {program.inputs[place] for place in program.donated.values()}
    last = {
        x: number
        for number, equation in enumerate(program.equations)
        for x in equation.inputs
        if isinstance(x, Variable) and x in state
    }
    start = min(last.values(), default=len(program.equations))
    return any(map(_may_raise, program.equations[start:]))


def _may_raise(equation: Equation) -> bool:
    indices = any(
        isinstance(x, Variable) and x.dtype.kind in "iu" and x.shape for x in equation.inputs
    )
    kind = equation.op.kind
    return kind is Kind.GENERAL or (indices and kind is not Kind.ELEMENTWISE)


class State:
    """The arrays that a program replaces by new ones at every run.

    One that an earlier run returned, and that nobody else has come to refer to, is written to in
    place: no view of it, no `detach()`, no list of the user's can see the difference.
    """

    def __init__(self, donated: dict[int, int]) -> None:
        self._places = list(donated.items())
        self._arrays: list[Any] = [None] * len(self._places)

    def is_ours(self, inputs: list[Any]) -> bool:
        """Whether all of them may be written to."""
        for (_, place), kept in zip(self._places, self._arrays, strict=True):
            held = inputs[place] is not kept or getrefcount(kept) > _REFERENCES
            if held and type(inputs[place]) is np.ndarray:  # a Python number is no memory
                return False
        return True

    def keep(self, results: list[Any]) -> None:
        """Remember what was returned."""
        self._arrays = [results[number] for number, _ in self._places]


def _references() -> int:
    """How many references an array has that only a Value, this list and a call's inputs hold."""
    state = State({0: 0})
    array = np.zeros(1)
    state.keep([array])
    value, inputs = [array], [array]
    del array
    for (_, place), kept in zip(state._places, state._arrays, strict=True):
        held = inputs[place] is not value[0] or getrefcount(kept)
        return int(held)
    return 0


_REFERENCES = _references()


def _native(program: Program, arguments: int) -> Backend:
    from autograd.compiler.native import Native
    from autograd.compiler.tape import tape

    return tape(program) or Native(program, arguments)


EMITTERS: dict[str, Callable[[Program, int], Backend]] = {
    "native": _native,
    "numpy": Numpy,
    "equations": Equations,
}
_told: set[str] = set()


def build(program: Program, arguments: int, emitter: str | None) -> Backend:
    """The program made ready to run by this emitter, or by the best that there is.

    The first `arguments` inputs are those of the call, the others state.
    """
    if emitter is None:
        emitter = "native" if find_spec("llvmlite") else "numpy"
        if emitter == "numpy" and not _told:
            _told.add(emitter)
            warn(
                "expected llvmlite, with which jit makes native code\n"
                "  received: no module of that name; NumPy runs the program instead\n"
                "  remedy:   pip install 'valuegraph[jit]'",
                CompilationWarning,
            )
    if emitter not in EMITTERS:
        raise ArgumentError(
            f"an emitter: {', '.join(EMITTERS)}", repr(emitter), "leave it out for the best one"
        )
    return EMITTERS[emitter](program, arguments)

"""The ways to run a program, and which of them this machine has."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from autograd.compiler.emit import machine
from autograd.compiler.ownership import Owned
from autograd.compiler.program import Program, evaluate
from autograd.errors import (
    ArgumentError,
    CompilationWarning,
    IndexingError,
    LinAlgError,
)
from autograd.value import Value
from autograd.wording import warn


class Backend(Protocol):
    """A program made ready to run."""

    @property
    def source(self) -> str:
        """The generated code, for a person to read."""
        ...

    def expect(self, deposited: Mapping[int, Value]) -> None:
        """Before the first run: by result, the Value in whose `.grad` it will be left."""
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

    def expect(self, deposited: Mapping[int, Value]) -> None:
        """It plans no memory."""

    def run(self, inputs: list[Any]) -> list[Any]:
        """The results."""
        return evaluate(self.program, inputs)


class Numpy:
    """One call of a NumPy function per equation, on memory planned beforehand."""

    def __init__(self, program: Program, arguments: int = 0) -> None:
        from autograd.compiler.emit.with_numpy import emit
        from autograd.compiler.ordering import equations_that_raise_late, raising_first
        from autograd.compiler.passes.pipeline import optimize

        ordered = raising_first(optimize(program))
        self._emitted = emit(ordered)
        self._donated = program.donated
        self._owned = Owned(list(program.donated.values()))
        self._may_replace = not equations_that_raise_late(ordered)

    @property
    def source(self) -> str:
        """The generated Python."""
        return self._emitted.source

    def expect(self, deposited: Mapping[int, Value]) -> None:
        """It writes over what it returned itself."""

    def run(self, inputs: list[Any]) -> list[Any]:
        """The results."""
        # A Python number is no memory.
        lost = [inputs[self._owned.places[i]] for i in self._owned.lost(inputs)]
        ours = self._may_replace and not any(isinstance(x, np.ndarray) for x in lost)
        try:
            results = self._emitted.run(inputs, donate=ours)
        except (IndexError, np.linalg.LinAlgError) as error:
            kind = IndexingError if isinstance(error, IndexError) else LinAlgError
            raise kind(
                "arguments that every operation of the compiled function takes",
                str(error),
                "call the function without jit: the error names the operation",
            ) from error
        self._owned.arrays = [results[number] for number in self._donated]
        return results


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


# What each of them imports, apart from what importing this module does.
MODULES = {
    "native": ("llvmlite.binding", "autograd.compiler.native", "autograd.compiler.tape"),
    "numpy": ("autograd.compiler.emit.with_numpy", "autograd.compiler.passes.pipeline"),
    "equations": (),
}


def load(emitter: str | None) -> str:
    """The emitter of that name, or the best that there is, imported: a call has not to wait for it.

    Raises ArgumentError for a name that is none; warns once where only NumPy can run a program.
    """
    if emitter is None:
        emitter = "native" if machine.available() else "numpy"
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
    if emitter == "native":
        machine.require()
    for module in MODULES[emitter]:
        import_module(module)
    return emitter


def build(program: Program, arguments: int, emitter: str) -> Backend:
    """The program made ready to run by this emitter.

    The first `arguments` inputs are those of the call, the others state.
    """
    return EMITTERS[emitter](program, arguments)

"""The ways to run a program, and which of them this machine has."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from autograd.compiler.program import Program, evaluate
from autograd.errors import ArgumentError


class Backend(Protocol):
    """A program made ready to run."""

    @property
    def source(self) -> str:
        """The generated code, for a person to read."""
        ...

    def run(self, inputs: Sequence[Any]) -> list[Any]:
        """The results, in arrays that no later run writes to; donated inputs are used up."""
        ...


class Equations:
    """Equation by equation, as recorded: slow, and what the others are compared with."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @property
    def source(self) -> str:
        """The program itself."""
        return str(self.program)

    def run(self, inputs: Sequence[Any]) -> list[Any]:
        """The results."""
        return evaluate(self.program, inputs)


EMITTERS: dict[str, Callable[[Program], Backend]] = {"equations": Equations}


def build(program: Program, emitter: str | None) -> Backend:
    """The program made ready to run by this emitter, or by the best that there is."""
    if emitter is None:
        emitter = "equations"
    if emitter not in EMITTERS:
        raise ArgumentError(
            f"an emitter: {', '.join(EMITTERS)}", repr(emitter), "leave it out for the best one"
        )
    return EMITTERS[emitter](program)

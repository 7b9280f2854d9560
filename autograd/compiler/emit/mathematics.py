"""The definitions of exp, tanh, … that a kernel's text calls."""

from collections.abc import Iterator

from autograd.compiler.emit import vector_math
from autograd.compiler.emit.lanes import Writer


def definitions(writer: Writer) -> Iterator[str]:
    """The functions that the writer's lines call."""
    for function, dtype, lanes in sorted(writer.mathematics, key=str):
        yield vector_math.definition(function, dtype.name, lanes or 1).strip()

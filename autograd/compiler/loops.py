"""Loops: what a program becomes before it is written as machine code.

A `Task` reads and writes views of buffers. A `Kernel` is a nest of loops in which a chain of
elementwise operations, and the reductions at its ends, run without touching memory in between:

    for every index of `outer`:
        stage by stage: either once ("row"), or for every index of `inner` ("full"):
            load, compute, reduce, store

A register that a row stage computes is one number per outer index, and every later stage reads it.
A register of a full stage is one number per outer and inner index; a later full stage reads the
one of its own index. A `Reduce` in a full stage folds one of its registers over `inner` into a
number that later stages read as a row register. An `Accumulate` folds into memory, over every loop
along which its view does not move; the memory is set before the loops begin.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np


@dataclass(eq=False)
class Buffer:
    """Memory of so many elements of one dtype. `role`: "temporary", "input", "result", "constant".

    data        the array of a constant.
    constant    the program's constant of which it is the array, if it is one.
    """

    size: int
    dtype: np.dtype[Any]
    role: str = "temporary"
    name: str = ""
    data: Any = None
    constant: Any = None


@dataclass(frozen=True, eq=False)
class View:
    """Where the elements of an array are: element i at offset + Σ iₐ · strideₐ, in elements.

    steps    how far it moves per turn of each `Loop` around, outermost first.
    """

    buffer: Buffer
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    steps: tuple[int, ...] = ()

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        return self.buffer.dtype

    @property
    def is_contiguous(self) -> bool:
        """Whether the elements lie one after another in C order."""
        expected = 1
        for n, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if n != 1 and stride != expected:
                return False
            expected *= n
        return True


def contiguous(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of an array in C order, in elements."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    return tuple(reversed(strides))


class Register:
    """A number inside a kernel, with the dtype it is computed in; known by identity."""

    __slots__ = ("dtype", "name")

    def __init__(self, dtype: Any, name: str = "") -> None:
        self.dtype = np.dtype(dtype)
        self.name = name

    def __repr__(self) -> str:
        return self.name or "register"


@dataclass(eq=False)
class Load:
    """target = view[outer + inner index]; the view has one axis per loop, stride 0 where it stays.

    In a row stage the view has the outer axes only. Each of `indices` is a register of an integer
    and the elements that one step of it moves: gathering. The integers are within bounds.
    """

    target: Register
    view: View
    indices: tuple[tuple[Register, int], ...] = ()


@dataclass(eq=False)
class Compute:
    """target = function(*arguments), a name from `scalars`; arguments are registers or numbers."""

    target: Register
    function: str
    arguments: tuple[Any, ...]


@dataclass(eq=False)
class Reduce:
    """target = the fold of `argument` over `inner` by add, multiply, maximum or minimum."""

    target: Register
    function: str
    argument: Register


@dataclass(eq=False)
class Store:
    """view[outer + inner index] = argument."""

    view: View
    argument: Any
    indices: tuple[tuple[Register, int], ...] = ()


@dataclass(eq=False)
class Accumulate:
    """view[index] = function(view[index], argument), from the function's identity on.

    With `clear` false the memory keeps what it held: another task has set it.
    """

    view: View
    function: str
    argument: Any
    indices: tuple[tuple[Register, int], ...] = ()
    clear: bool = True


Statement: TypeAlias = Load | Compute | Reduce | Store | Accumulate


@dataclass(eq=False)
class Stage:
    """Statements that run once per outer index, or (`full`) once per outer and inner index."""

    full: bool
    statements: list[Statement] = field(default_factory=list)


@dataclass(eq=False)
class Kernel:
    """A nest of loops."""

    outer: tuple[int, ...]
    inner: tuple[int, ...]
    stages: list[Stage]
    name: str = ""

    def statements(self) -> Iterator[Statement]:
        """Every statement, in order."""
        for stage in self.stages:
            yield from stage.statements


@dataclass(eq=False)
class MatMul:
    """out = a @ b, added to what out holds if `accumulate`.

    a (..., m, k), b (..., k, n), out (..., m, n), the batch axes of equal lengths; a view that does
    not move along one has stride 0 there. Where `out` does not, the products are summed.
    """

    a: View
    b: View
    out: View
    accumulate: bool = False
    name: str = ""


@dataclass(eq=False)
class Call:
    """outputs = op.function(*inputs, **static), by NumPy: what no kernel computes.

    Inputs are views, numbers and plain objects; the results are copied into the output views.
    """

    op: Any
    inputs: tuple[Any, ...]
    static: Any
    outputs: tuple[View, ...]
    weak: tuple[bool, ...] = ()  # which inputs are Python numbers (0-d views of float64, int64)
    name: str = ""


@dataclass(eq=False)
class Loop:
    """The tasks, `length` times over; their views move by `steps`, backwards if `reverse`."""

    length: int
    tasks: list["Task"]
    reverse: bool = False
    name: str = ""


Task: TypeAlias = Kernel | MatMul | Call | Loop

"""Nodes: a program in terms of what loops can do, before it is decided which loops.

Lowering turns each equation into a few nodes. What only moves elements is none: it becomes part of
an `Access`, which says where in a node's memory the elements of an operand are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias, cast

import numpy as np

from autograd.compiler.loops import Buffer, View, contiguous


@dataclass(eq=False)
class Node:
    """An array that is computed, or is there already.

    number    its place among all nodes: what it reads comes before it.
    buffer    its memory, where it needs any; its elements lie in C order unless it is a `Source`.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    number: int = field(default=-1, init=False)
    buffer: Buffer | None = field(default=None, init=False)

    @property
    def size(self) -> int:
        """How many elements it has."""
        return prod(self.shape)

    @property
    def space(self) -> tuple[int, ...]:
        """The shape of what a loop over it goes through."""
        return self.shape

    def whole(self) -> "Access":
        """All of it, as it is."""
        return Access(self, self.shape, contiguous(self.shape))

    @property
    def memory(self) -> Buffer:
        """Its memory, once it has been given any."""
        if self.buffer is None:
            raise LookupError(f"a node without memory: {type(self).__name__} {self.number}")
        return self.buffer

    def operands(self) -> Sequence[Any]:
        """What it reads: accesses and numbers."""
        return ()

    def needs(self) -> list["Node"]:
        """The nodes that have to be computed before it."""
        found: list[Node] = []
        for x in self.operands():
            if isinstance(x, Access):
                found += x.node.makers()
        return found

    def makers(self) -> list["Node"]:
        """The nodes after which its elements are there."""
        return [self]


@dataclass(frozen=True, eq=False)
class Access:
    """Elements of a node: element i at offset + Σ iₐ · strideₐ of the node's memory."""

    node: Node
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    weak: bool = False  # whether the program means a Python number

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        return self.node.dtype

    @property
    def size(self) -> int:
        """How many elements there are."""
        return prod(self.shape)

    @property
    def is_whole(self) -> bool:
        """Whether these are the elements of the node, each once and in its order."""
        return self.offset == 0 and self.size == self.node.size and _is_contiguous(self)

    def view(self) -> View:
        """The view of the memory that the node has by now."""
        return View(self.node.memory, self.shape, self.strides, self.offset)


def _is_contiguous(x: Access) -> bool:
    expected = 1
    for n, stride in zip(reversed(x.shape), reversed(x.strides), strict=True):
        if n != 1 and stride != expected:
            return False
        expected *= n
    return True


@dataclass(frozen=True)
class Number:
    """A number that is part of the program. `weak`: a Python number, which follows others."""

    value: Any
    dtype: np.dtype[Any]
    weak: bool = True
    shape: tuple[int, ...] = ()


# What an elementwise function is applied to.
Operand: TypeAlias = Access | float | int | bool


@dataclass(eq=False)
class Source(Node):
    """What is there before the first task: an input or a constant."""

    def makers(self) -> list[Node]:
        """Nothing makes it."""
        return []


@dataclass(eq=False)
class Elementwise(Node):
    """function(*arguments) at every index; "copy" is the argument itself."""

    function: str
    arguments: tuple[Operand, ...]

    def operands(self) -> Sequence[Operand]:
        """The arguments."""
        return self.arguments


@dataclass(eq=False)
class Gather(Node):
    """table[index + Σ indexₖ · stepₖ]: the indices are whole numbers, checked and not negative."""

    table: Access  # of the node's shape: where an index is 0
    indices: tuple[tuple[Access, int], ...]

    def operands(self) -> Sequence[Operand]:
        """The indices, then the table."""
        return (*(index for index, _ in self.indices), self.table)


@dataclass(eq=False)
class Reduction(Node):
    """The fold of `argument` over `axes`: add, multiply, maximum or minimum."""

    function: str
    argument: Access
    axes: tuple[int, ...]

    @property
    def space(self) -> tuple[int, ...]:
        """The shape of what is folded."""
        return self.argument.shape

    @property
    def kept(self) -> list[int]:
        """The axes of the space that it has itself."""
        return [i for i in range(len(self.space)) if i not in self.axes]

    def operands(self) -> Sequence[Operand]:
        """What is folded."""
        return (self.argument,)


@dataclass(eq=False)
class Assembled(Node):
    """Memory that several nodes write, each its own part or one over another.

    parts    what lies among zeros, where that is all there is.
    """

    writes: list["Write | Product"] = field(default_factory=list)
    parts: list[tuple["Access", "Access"]] = field(default_factory=list)

    def makers(self) -> list[Node]:
        """All that writes it."""
        return list(self.writes)


@dataclass(eq=False)
class Write(Node):
    """target[index] = argument, or += where `adds`; with indices as `Gather` has them.

    after    writes that have to be done before, because they reach the same elements.
    """

    target: Access
    argument: Operand
    indices: tuple[tuple[Access, int], ...] = ()
    adds: bool = False
    after: tuple[Node, ...] = ()

    @property
    def whole_node(self) -> Assembled:
        """What is assembled."""
        return cast(Assembled, self.target.node)

    def operands(self) -> Sequence[Operand]:
        """The indices and what is written."""
        return (*(index for index, _ in self.indices), self.argument)

    def needs(self) -> list[Node]:
        """What it reads, and the writes before."""
        return [*super().needs(), *self.after]


@dataclass(eq=False)
class Product(Node):
    """Σ over batch axes that `summed` names of a @ b, each (batch …, rows, columns).

    out      how far apart the results are along the batch axes, the rows and the columns.
    into     what is assembled of it and others, and where in that its first element is.
    """

    a: Access
    b: Access
    batch: tuple[int, ...]
    out: tuple[int, ...]
    summed: tuple[int, ...] = ()
    into: "tuple[Assembled, int] | None" = None
    after: tuple[Node, ...] = ()

    def operands(self) -> Sequence[Operand]:
        """The factors."""
        return (self.a, self.b)

    def needs(self) -> list[Node]:
        """The factors, and what has to be written before."""
        return [*super().needs(), *self.after]


@dataclass(eq=False)
class Opaque(Node):
    """A call of an op's own function; its results are `Result` nodes."""

    op: Any
    inputs: tuple[Any, ...]  # accesses, numbers and plain objects
    static: Any
    results: list["Result"] = field(default_factory=list)
    after: tuple[Node, ...] = ()
    weak: tuple[bool, ...] = ()

    def operands(self) -> Sequence[Any]:
        """Its inputs."""
        return self.inputs

    def needs(self) -> list[Node]:
        """What it reads, and the call it has to follow."""
        return [*super().needs(), *self.after]


@dataclass(eq=False)
class Result(Node):
    """One of the results of a call."""

    of: Opaque

    def makers(self) -> list[Node]:
        """The call."""
        return [self.of]


@dataclass(eq=False)
class Bounds:
    """Indices that have to lie in low ≤ index < high.

    index       the node of those that are used, made to lie inside.
    extremes    int64 [2]: the least and the greatest of them.
    name        the op that indexes.
    """

    index: Node
    extremes: Access
    low: int
    high: int
    name: str

"""Loops over axes, one of them in lanes, and when what is computed in them has its value.

The lane axis is computed many numbers at a time: the last of `outer` (then every register is a row
of lanes, one per outer index) or the last of `inner`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from autograd.compiler.loops import (
    Accumulate,
    Compute,
    Load,
    Reduce,
    Register,
    Stage,
    Statement,
    Store,
)

Access: TypeAlias = Load | Store | Accumulate


@dataclass
class Nest:
    """Loops over `extents`, the first `n_outer` of them outer.

    strides    of each memory statement, one per axis
    lane       the axis in lanes, or None where there are no axes
    depth      of each register: how many loops must be open for it to have a value
    varying    registers that differ from lane to lane
    """

    extents: list[int]
    n_outer: int
    stages: list[Stage]
    strides: dict[int, tuple[int, ...]]
    lane: int | None = None
    lanes: int = 0
    depth: dict[Register, int] = field(default_factory=dict)
    varying: set[Register] = field(default_factory=set)

    @property
    def depth_of_all(self) -> int:
        """How many loops there are."""
        return len(self.extents)

    def of(self, statement: Statement) -> tuple[int, ...]:
        """The strides of a memory statement."""
        return self.strides[id(statement)]

    def lane_stride(self, statement: Statement) -> int:
        """How far a memory statement moves from lane to lane."""
        return 0 if self.lane is None else self.of(statement)[self.lane]

    def leaf(self, stage: Stage) -> int:
        """How many loops are open where the stage's statements run."""
        return self.depth_of_all if stage.full else self.n_outer


def accesses(stages: Sequence[Stage]) -> Iterator[Access]:
    """Every statement that reads or writes memory."""
    for stage in stages:
        for statement in stage.statements:
            if isinstance(statement, Load | Store | Accumulate):
                yield statement


def registers(arguments: Sequence[Any]) -> list[Register]:
    """The registers among the arguments."""
    return [x for x in arguments if isinstance(x, Register)]


def needed(statement: Statement) -> list[Register]:
    """The registers a statement reads."""
    if isinstance(statement, Compute):
        return registers(statement.arguments)
    if isinstance(statement, Reduce):
        return [statement.argument]
    own = [register for register, _ in statement.indices]
    return own if isinstance(statement, Load) else [*own, *registers([statement.argument])]


def analysed(nest: Nest, vector_bytes: int = 64) -> Nest:
    """Set the depth of every register, which of them vary, and the number of lanes."""
    written = {id(each.view.buffer) for each in accesses(nest.stages) if not _is_load(each)}
    widest = 1
    for stage in nest.stages:
        for statement in stage.statements:
            if isinstance(statement, Store | Accumulate):
                widest = max(widest, statement.view.dtype.itemsize)
                continue
            if isinstance(statement, Reduce):
                depth, lane = nest.n_outer, statement.argument in nest.varying
                if nest.lane is not None and nest.lane >= nest.n_outer:
                    lane = False
            else:
                depth, lane = _dependence(nest, statement, nest.leaf(stage))
                if isinstance(statement, Load) and id(statement.view.buffer) in written:
                    # What the kernel itself changes is read where the kernel says.
                    depth = nest.leaf(stage)
            nest.depth[statement.target] = depth
            if lane:
                nest.varying.add(statement.target)
                widest = max(widest, statement.target.dtype.itemsize)
    if nest.lane is not None:
        full = max(vector_bytes // max(widest, 4), 1)
        nest.lanes = min(full, 1 << (nest.extents[nest.lane] - 1).bit_length())
    return nest


def _is_load(statement: Statement) -> bool:
    return isinstance(statement, Load)


def _dependence(nest: Nest, statement: Load | Compute, leaf: int) -> tuple[int, bool]:
    """The depth a register has its value at, and whether it varies along the lanes."""
    depth, varying = 0, False
    for register in needed(statement):
        depth = max(depth, nest.depth[register])
        varying = varying or register in nest.varying
    if isinstance(statement, Load):
        moving = [axis for axis, s in enumerate(nest.of(statement)) if s]
        depth = max([depth, *(axis + 1 for axis in moving)])
        varying = varying or nest.lane in moving
    if varying and nest.lane is not None:
        depth = max(depth, nest.lane + 1)
    return min(depth, leaf), varying


def home(nest: Nest, statement: Accumulate, leaf: int) -> int:
    """How many loops are open where an accumulation's number goes to memory."""
    moving = [axis + 1 for axis, s in enumerate(nest.of(statement)[:leaf]) if s]
    return max([0, *moving, *(nest.depth[register] for register, _ in statement.indices)])


def visits_once(nest: Nest, statement: Accumulate) -> bool:
    """Whether an accumulation reaches each element of its memory in one go, never to return."""
    if statement.indices:
        return False
    stage = next(each for each in nest.stages if statement in each.statements)
    due = home(nest, statement, nest.leaf(stage))
    # An axis that is left out and is not folded over would come back to the same element.
    return all(nest.of(statement)[:due]) and 0 not in nest.extents

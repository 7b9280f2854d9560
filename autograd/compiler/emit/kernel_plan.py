"""Where in a kernel's loops statements run, what the loops fold, and which addresses they move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.compiler.emit import functions
from autograd.compiler.emit.lanes import memory_kind
from autograd.compiler.emit.nest import Access, Nest, accesses, home, registers
from autograd.compiler.emit.sharing import shared
from autograd.compiler.loops import (
    Accumulate,
    Compute,
    Load,
    Reduce,
    Register,
    Stage,
    Statement,
    Store,
    View,
)

# Inner loops of so few turns, and so many additions in all, are written out turn by turn.
_UNROLLED_TURNS = 16
_UNROLLED_WORK = 300


@dataclass(frozen=True, eq=False)
class Fold:
    """A number that loops fold into: of a `Reduce`, or of an `Accumulate` on its way to memory.

    home      how many loops are open where the result is due
    leaf      how many are open where it is folded; as many, if each number goes there by itself
    """

    statement: Reduce | Accumulate
    dtype: np.dtype[Any]
    home: int
    leaf: int
    lanes: int


@dataclass(frozen=True)
class Place:
    """An address that moves with the loops: which argument, and by how many elements per turn.

    argument      its number; -1, -2 … for the function's own memory
    chunk_step    elements from one chunk's own copy to the next one's
    """

    argument: int
    kind: str
    strides: tuple[int, ...]
    chunk_step: int = 0


class Plan:
    """The order of a nest's work.

    hoisted     the statements that run in outer loops, by how many are open there
    sequence    the stages inside all outer loops
    unrolled    the turns of the inner loops where they are written out: the indices, and the lanes
                in use (0: those of the outer loops)
    places      the addresses that statements use
    place_of    a memory statement: the number of its place
    scratch     registers whose numbers later stages find in memory: the number of the place
    folds       of each reduction and accumulation
    """

    def __init__(
        self, nest: Nest, arguments: Sequence[tuple[Any, ...]], chunk_steps: Mapping[Statement, int]
    ) -> None:
        self.nest = nest
        self.hoisted: list[list[Statement]] = [[] for _ in range(nest.n_outer)]
        self.sequence: list[Stage] = []
        for stage in nest.stages:
            self._place_statements(stage)
        self.places: list[Place] = []
        self.place_of: dict[Access, int] = {}
        self._find_places({key: n for n, key in enumerate(arguments)}, chunk_steps)
        self.unrolled = self._inner_turns() if self._may_unroll() else []
        self.scratch: dict[Register, int] = {}
        self.scratch_lengths: list[int] = []
        for register in [] if self.unrolled else shared(nest, self.sequence):
            self._keep_in_scratch(register)
        self.folds: dict[Statement, Fold] = {}
        self._find_folds()

    def folds_of(self, stage: Stage) -> list[Fold]:
        """What loops around the stage fold."""
        folds = [self.folds[each] for each in stage.statements if each in self.folds]
        return [fold for fold in folds if fold.home < fold.leaf]

    # Statements

    def _place_statements(self, stage: Stage) -> None:
        """Hoist what outer loops can do; what inner loops need not repeat comes before them."""
        nest = self.nest
        before, own = Stage(False), Stage(stage.full)
        for statement in stage.statements:
            depth = nest.leaf(stage)
            if isinstance(statement, Load | Compute):
                depth = nest.depth[statement.target]
            if depth < nest.n_outer:
                self.hoisted[depth].append(statement)
            elif (
                stage.full
                and depth == nest.n_outer
                and not isinstance(statement, Reduce | Store | Accumulate)
            ):
                before.statements.append(statement)
            else:
                own.statements.append(statement)
        self.sequence += [before, own] if before.statements else [own]

    def _may_unroll(self) -> bool:
        nest = self.nest
        turns = 1
        for axis in range(nest.n_outer, nest.depth_of_all):
            n = nest.extents[axis]
            turns *= -(-n // nest.lanes) if axis == nest.lane else n
        if nest.n_outer == nest.depth_of_all or not 0 < turns <= _UNROLLED_TURNS:
            return False
        work = 0.0
        for stage in self.sequence:
            for statement in stage.statements if stage.full else ():
                if isinstance(statement, Compute):
                    work += functions.cost(statement.function, statement.arguments)
                elif isinstance(statement, Accumulate):
                    depth = home(nest, statement, nest.depth_of_all)
                    if nest.n_outer < depth < nest.depth_of_all:
                        return False
                    work += 2
                else:
                    work += 1
        return turns * work <= _UNROLLED_WORK

    def _inner_turns(self) -> list[tuple[tuple[int, ...], int]]:
        nest = self.nest
        turns: list[tuple[tuple[int, ...], int]] = [((), 0)]
        for axis in range(nest.n_outer, nest.depth_of_all):
            n = nest.extents[axis]
            if axis == nest.lane:
                starts = range(0, n, nest.lanes)
                turns = [
                    ((*index, i), min(nest.lanes, n - i)) for index, _ in turns for i in starts
                ]
            else:
                turns = [((*index, i), active) for index, active in turns for i in range(n)]
        return turns

    # Places

    def _find_places(
        self, arguments: Mapping[tuple[Any, ...], int], chunk_steps: Mapping[Statement, int]
    ) -> None:
        """One place for all statements whose addresses are alike."""
        numbers: dict[Place, int] = {}
        for statement in accesses(self.nest.stages):
            place = Place(
                arguments[argument_key(statement.view)],
                memory_kind(statement.view.dtype),
                self.nest.of(statement),
                chunk_steps.get(statement, 0),
            )
            if place not in numbers:
                numbers[place] = len(self.places)
                self.places.append(place)
            self.place_of[statement] = numbers[place]

    def _keep_in_scratch(self, register: Register) -> None:
        """Give the register memory of this thread's own, for one number per inner index."""
        nest = self.nest
        step = nest.lanes if nest.lane is not None and nest.lane < nest.n_outer else 1
        strides = [0] * nest.depth_of_all
        for axis in range(nest.depth_of_all - 1, nest.n_outer - 1, -1):
            strides[axis] = step
            step *= nest.extents[axis]
        self.scratch[register] = len(self.places)
        self.scratch_lengths.append(max(step, 1) + 64)
        place = Place(-len(self.scratch), memory_kind(register.dtype), tuple(strides))
        self.places.append(place)

    # Folds

    def _find_folds(self) -> None:
        nest = self.nest
        for stage in self.sequence:
            leaf = nest.leaf(stage)
            for each in stage.statements:
                if isinstance(each, Reduce):
                    dtype, due = each.target.dtype, nest.n_outer
                elif isinstance(each, Accumulate):
                    dtype, due = each.view.dtype, home(nest, each, leaf)
                else:
                    continue
                lanes = self._fold_lanes(each, due, leaf)
                self.folds[each] = Fold(each, dtype, due, leaf, lanes)

    def _fold_lanes(self, statement: Reduce | Accumulate, due: int, leaf: int) -> int:
        lane = self.nest.lane
        if lane is None or lane >= leaf:
            return 0
        if due <= lane:
            return self.nest.lanes
        varying = any(x in self.nest.varying for x in registers([statement.argument]))
        return self.nest.lanes if varying or isinstance(statement, Accumulate) else 0


def argument_key(view: View) -> tuple[Any, ...]:
    """Equal for views that begin at the same address, whatever loop is around."""
    return id(view.buffer), view.offset, view.steps

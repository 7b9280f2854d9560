"""A kernel's loops as they will run: few axes, and one of them in lanes.

Axes of length 1 vanish, neighbouring axes that every view walks through as one become one, and one
axis, the lane axis, is chosen to be computed many numbers at a time: the last of `outer` (then
every register is a row of lanes, one per outer index) or the last of `inner`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from autograd.compiler.emit import functions
from autograd.compiler.loops import (
    Accumulate,
    Compute,
    Kernel,
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


def prepared(kernel: Kernel, vector_bytes: int) -> Nest:
    """The kernel's loops, simplified, with the lane axis that promises to be fastest."""
    nest = _collapsed(_flattened(_without_units(kernel)))
    nest.stages = _with_reciprocals(nest.stages)
    candidates = [axis for axis, n in enumerate(nest.extents) if n > 1]
    if not candidates:
        return analysed(nest)
    best, least = nest, math.inf
    for axis in candidates:
        # An axis in the midst of `inner` or `outer` comes last: the order of the others stays.
        trial = analysed(_with_lane_last(nest, axis), vector_bytes)
        time = predicted(trial)
        if time < least:
            best, least = trial, time
    return best


def _without_units(kernel: Kernel) -> Nest:
    extents = [*kernel.outer, *kernel.inner]
    kept = [axis for axis, n in enumerate(extents) if n != 1]
    strides = {}
    for stage in kernel.stages:
        for statement in accesses([stage]):
            own = statement.view.strides
            padded = own if stage.full else (*own, *(0 for _ in kernel.inner))
            strides[id(statement)] = tuple(padded[axis] for axis in kept)
    n_outer = sum(axis < len(kernel.outer) for axis in kept)
    return Nest([extents[axis] for axis in kept], n_outer, list(kernel.stages), strides)


def _apart(stages: Sequence[Stage]) -> list[Stage]:
    """One pass over `inner` for each of several accumulations to shifted places of one buffer.

    In one pass each would read what the one before has just written in part, and wait for it.
    """
    out: list[Stage] = []
    for stage in stages:
        targets = [x for x in stage.statements if isinstance(x, Accumulate)]
        buffers = {id(x.view.buffer) for x in targets}
        alone = all(isinstance(x, Accumulate | Load | Compute) for x in stage.statements)
        if not (stage.full and alone and len(targets) > 1 and len(buffers) == 1):
            out.append(stage)
            continue
        if any(x.indices for x in targets) or any(_reads(stage, buffer) for buffer in buffers):
            out.append(stage)
            continue
        for target in targets:
            wanted = set(needed(target))
            own: list[Statement] = [target]
            for statement in reversed(stage.statements):
                if isinstance(statement, Load | Compute) and statement.target in wanted:
                    wanted |= set(needed(statement))
                    own.insert(0, statement)
            out.append(Stage(True, own))
    return out


def _reads(stage: Stage, buffer: int) -> bool:
    return any(isinstance(x, Load) and id(x.view.buffer) == buffer for x in stage.statements)


def _flattened(nest: Nest) -> Nest:
    """Without inner loops where nothing needs them to be apart from the outer ones."""
    if nest.n_outer < len(nest.extents):
        stages = _apart(nest.stages)
        if len(stages) > len(nest.stages):
            return Nest(nest.extents, nest.n_outer, stages, nest.strides)
    statements = [each for stage in nest.stages for each in stage.statements]
    if nest.n_outer == len(nest.extents):
        # Folding over no loop is the number itself.
        statements = [
            Compute(each.target, "cast", (each.argument,)) if isinstance(each, Reduce) else each
            for each in statements
        ]
        return Nest(nest.extents, nest.n_outer, [Stage(False, statements)], nest.strides)
    once = [each for stage in nest.stages if not stage.full for each in stage.statements]
    if any(isinstance(each, Reduce) for each in statements) or any(
        isinstance(each, Store | Accumulate) for each in once
    ):
        return nest
    return Nest(nest.extents, len(nest.extents), [Stage(False, statements)], nest.strides)


def _with_reciprocals(stages: Sequence[Stage]) -> list[Stage]:
    """Divide by the result of a fold once per outer index; multiply in the inner loops.

    The quotient is then rounded twice, as the fold itself was many times. A power of two keeps the
    reciprocal of a number near the ends of the range within it.
    """
    folded: set[Register] = set()
    out: list[Stage] = []
    for stage in stages:
        before, own = Stage(False), Stage(stage.full)
        scaled: dict[Register, tuple[Register, Register]] = {}
        for statement in stage.statements:
            if isinstance(statement, Reduce):
                folded.add(statement.target)
            if not isinstance(statement, Compute):
                own.statements.append(statement)
                continue
            x, *rest = statement.arguments
            divisor = rest[0] if statement.function == "divide" else None
            if not stage.full and any(r in folded for r in registers(statement.arguments)):
                folded.add(statement.target)
            if not (
                stage.full
                and isinstance(x, Register)
                and isinstance(divisor, Register)
                and divisor in folded
                and divisor.dtype.kind == "f"
                and x.dtype == divisor.dtype == statement.target.dtype
            ):
                own.statements.append(statement)
                continue
            if divisor not in scaled:
                scaled[divisor] = _reciprocal(divisor, before.statements)
            scale, reciprocal = scaled[divisor]
            near = Register(x.dtype)
            own.statements.append(Compute(near, "multiply", (x, scale)))
            own.statements.append(Compute(statement.target, "multiply", (near, reciprocal)))
        out += [before, own] if before.statements else [own]
    return out


def _reciprocal(x: Register, statements: list[Statement]) -> tuple[Register, Register]:
    """s and 1/(s x), with s = 1 unless x is very small or very large."""

    def made(function: str, *arguments: Any, dtype: Any = x.dtype) -> Register:
        target = Register(dtype)
        statements.append(Compute(target, function, arguments))
        return target

    end, step = (2.0**100, 2.0**64) if x.dtype.itemsize == 4 else (2.0**1000, 2.0**600)
    size = made("absolute", x)
    small, large = made("less", size, 1 / end, dtype=bool), made("greater", size, end, dtype=bool)
    scale = made("where", small, step, made("where", large, 2.0**-64, 1.0))
    return scale, made("divide", 1.0, made("multiply", x, scale))


def _collapsed(nest: Nest) -> Nest:
    extents, n_outer, strides = list(nest.extents), nest.n_outer, dict(nest.strides)
    axis = len(extents) - 2
    while axis >= 0:
        n = extents[axis + 1]
        if axis + 1 != n_outer and all(s[axis] == s[axis + 1] * n for s in strides.values()):
            extents[axis : axis + 2] = [extents[axis] * n]
            strides = {key: (*s[:axis], *s[axis + 1 :]) for key, s in strides.items()}
            n_outer -= axis < n_outer
        axis -= 1
    return Nest(extents, n_outer, nest.stages, strides)


def _with_lane_last(nest: Nest, axis: int) -> Nest:
    """The axis moved to the end of its group."""
    last = nest.n_outer - 1 if axis < nest.n_outer else len(nest.extents) - 1
    order = [a for a in range(last + 1) if a != axis] + [axis]
    order += range(last + 1, len(nest.extents))
    strides = {key: tuple(s[a] for a in order) for key, s in nest.strides.items()}
    return Nest([nest.extents[a] for a in order], nest.n_outer, nest.stages, strides, lane=last)


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


def predicted(nest: Nest) -> float:
    """How long the nest takes, in additions of a row of lanes."""
    lane, lanes = nest.lane, nest.lanes
    time = 0.0

    def turns(depth: int) -> float:
        """How often code at this depth runs; a row of lanes at a time."""
        count = 1.0
        for axis in range(depth):
            n = nest.extents[axis]
            count *= -(-n // lanes) if axis == lane else n
        return count

    for stage in nest.stages:
        leaf = nest.leaf(stage)
        for statement in stage.statements:
            if isinstance(statement, Compute):
                once = functions.cost(statement.function, statement.arguments)
                if once >= 100 and statement.target in nest.varying:
                    once *= lanes
                time += turns(nest.depth[statement.target]) * once
            elif isinstance(statement, Reduce):
                time += turns(leaf)
                if lane is not None and lane >= nest.n_outer:
                    time += turns(nest.n_outer) * 2 * lanes.bit_length()
            else:
                depth = nest.depth[statement.target] if isinstance(statement, Load) else leaf
                if isinstance(statement, Accumulate):
                    depth = home(nest, statement, leaf)
                    time += turns(leaf)
                    if lane is not None and not nest.of(statement)[lane] and depth <= lane < leaf:
                        time += turns(depth) * 2 * lanes.bit_length()
                    elif lane is not None and not nest.of(statement)[lane] and lane < leaf:
                        time += turns(depth) * 3 * lanes
                time += turns(depth) * _access_cost(nest, statement)
    return time


def _access_cost(nest: Nest, statement: Access) -> float:
    if nest.lane is None:
        return 1
    stride = abs(nest.of(statement)[nest.lane])
    if any(register in nest.varying for register, _ in statement.indices):
        return 1.5 * nest.lanes * (2 if isinstance(statement, Accumulate) else 1)
    if stride <= 1:
        return 1
    if isinstance(statement, Load) and stride <= 4:
        return 2 * stride
    # Far apart, each element is a cache line of its own.
    far = stride * statement.view.dtype.itemsize >= 64
    return nest.lanes * (2 if far else 1.2) * (2 if isinstance(statement, Accumulate) else 1)

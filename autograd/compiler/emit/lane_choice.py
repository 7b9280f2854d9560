"""Which axis of a kernel's loops is in lanes: the one that is predicted to be fastest."""

import math

from autograd.compiler.emit import functions
from autograd.compiler.emit.nest import Access, Nest, analysed, home
from autograd.compiler.emit.reciprocals import with_reciprocals
from autograd.compiler.emit.simpler_loops import simplified
from autograd.compiler.loops import Accumulate, Compute, Kernel, Load, Reduce


def prepared(kernel: Kernel, vector_bytes: int) -> Nest:
    """The kernel's loops, simplified, with the lane axis that promises to be fastest."""
    nest = simplified(kernel)
    nest.stages = with_reciprocals(nest.stages)
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


def _with_lane_last(nest: Nest, axis: int) -> Nest:
    """The axis moved to the end of its group."""
    last = nest.n_outer - 1 if axis < nest.n_outer else len(nest.extents) - 1
    order = [a for a in range(last + 1) if a != axis] + [axis]
    order += range(last + 1, len(nest.extents))
    strides = {key: tuple(s[a] for a in order) for key, s in nest.strides.items()}
    return Nest([nest.extents[a] for a in order], nest.n_outer, nest.stages, strides, lane=last)


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
    stride = abs(nest.lane_stride(statement))
    if any(register in nest.varying for register, _ in statement.indices):
        return 1.5 * nest.lanes * (2 if isinstance(statement, Accumulate) else 1)
    if stride <= 1:
        return 1
    if isinstance(statement, Load) and stride <= 4:
        return 2 * stride
    # Far apart, each element is a cache line of its own.
    far = stride * statement.view.dtype.itemsize >= 64
    return nest.lanes * (2 if far else 1.2) * (2 if isinstance(statement, Accumulate) else 1)

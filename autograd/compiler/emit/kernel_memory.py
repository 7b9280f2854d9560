"""A kernel's statements that read and write memory: rows of lanes, or wherever indices say."""

import numpy as np

from autograd.compiler.emit import functions, lane_memory
from autograd.compiler.emit.instructions import cast
from autograd.compiler.emit.kernel_scope import Scope
from autograd.compiler.emit.lanes import Lanes, Writer, memory_kind, wide
from autograd.compiler.emit.nest import Access, visits_once
from autograd.compiler.loops import Accumulate, Load, Store

_INT64 = np.dtype(np.int64)


def load(scope: Scope, statement: Load) -> Lanes:
    """The numbers at the open loops' indices."""
    nest = scope.plan.nest
    pointer, offsets = _address(scope, statement)
    dtype = statement.view.dtype
    if offsets is None:
        stride = nest.lane_stride(statement)
        return lane_memory.load(scope.w, dtype, pointer, stride, nest.lanes, scope.active)
    return lane_memory.load_at(scope.w, dtype, pointer, offsets, nest.lanes, scope.active)


def store(scope: Scope, statement: Store) -> None:
    """memory = number, at the open loops' indices."""
    nest = scope.plan.nest
    value = scope.value(statement.argument, statement.view.dtype)
    pointer, offsets = _address(scope, statement)
    if offsets is not None:
        lane_memory.store_at(scope.w, value, pointer, offsets, nest.lanes, scope.active)
        return
    stride = nest.lane_stride(statement)
    lane_memory.store(scope.w, value, pointer, stride, nest.lanes if stride else 0, scope.active)


def accumulate(scope: Scope, statement: Accumulate, value: Lanes, depth: int) -> None:
    """memory = function(memory, value), at the indices of the first `depth` loops."""
    w, nest = scope.w, scope.plan.nest
    function, dtype = statement.function, statement.view.dtype
    pointer, offsets = _address(scope, statement)
    if offsets is not None:
        _accumulate_one_by_one(scope, statement, value, pointer, offsets)
        return
    in_lanes = nest.lane is not None and nest.lane < depth
    stride = nest.lane_stride(statement) if in_lanes else 0
    if in_lanes and not stride:
        value = across(w, function, w.spread(value, nest.lanes), scope.active)
    lanes = nest.lanes if stride else 0
    active = scope.active if lanes else 1
    if not (statement.clear and visits_once(nest, statement)):
        old = lane_memory.load(w, dtype, pointer, stride, lanes, active)
        value = functions.compute(w, function, (old, value), dtype)
    lane_memory.store(w, value, pointer, stride, lanes, active)


def across(w: Writer, function: str, value: Lanes, active: int) -> Lanes:
    """The fold of the first `active` lanes."""
    return w.folded(value, active, lambda a, b: functions.compute(w, function, (a, b), a.dtype))


def _address(scope: Scope, statement: Access) -> tuple[str, str | None]:
    """The address of the first lane; and, if lanes have their own indices, offsets of all."""
    w, nest = scope.w, scope.plan.nest
    pointer = scope.pointer(scope.plan.place_of[statement])
    element = memory_kind(statement.view.dtype)
    offsets: str | None = None
    full = wide("i64", nest.lanes)
    for register, step in statement.indices:
        index = cast(w, scope.value(register, register.dtype), _INT64)
        if not index.lanes:
            far = w.let(f"mul nsw i64 {index.text}, {step}")
            pointer = w.moved(pointer, element, far)
            continue
        far = w.let(f"mul nsw {full} {index.text}, splat (i64 {step})")
        offsets = far if offsets is None else w.let(f"add nsw {full} {offsets}, {far}")
    stride = nest.lane_stride(statement)
    if offsets is not None and stride:
        steps = ", ".join(f"i64 {i * stride}" for i in range(nest.lanes))
        offsets = w.let(f"add nsw {full} {offsets}, <{steps}>")
    return pointer, offsets


def _accumulate_one_by_one(
    scope: Scope, statement: Accumulate, value: Lanes, pointer: str, offsets: str
) -> None:
    """Lane by lane: several may add to the same element."""
    w, lanes = scope.w, scope.plan.nest.lanes
    dtype = statement.view.dtype
    for number in range(scope.active):
        place = lane_memory.place_at(w, dtype, pointer, offsets, lanes, number)
        old = lane_memory.load(w, dtype, place, 0, 0, 1)
        new = functions.compute(w, statement.function, (old, w.lane(value, number)), dtype)
        lane_memory.store(w, new, place, 0, 0, 1)

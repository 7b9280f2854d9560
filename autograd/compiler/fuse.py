"""`schedule`: a program as tasks in an order that works, and the memory that each reads and writes.

equations --lower--> nodes --grouped--> groups --kernel_of--> kernels, products, calls
"""

import heapq
from collections.abc import Iterable

from autograd.compiler.building import BOOL, Builder
from autograd.compiler.grouping import Grouping, grouped
from autograd.compiler.groups import Group, own_form, volume
from autograd.compiler.kernels import kernel_of
from autograd.compiler.looping import copying, loop_tasks
from autograd.compiler.loops import Buffer, Call, MatMul, Task, View, contiguous
from autograd.compiler.lowering import Lowered, lower
from autograd.compiler.nodes import (
    Access,
    Assembled,
    Elementwise,
    Gather,
    Node,
    Opaque,
    Product,
    Reduction,
    Result,
    Source,
    Write,
)
from autograd.compiler.program import Program
from autograd.compiler.recomputing import recompute
from autograd.compiler.repetition import scan_row
from autograd.compiler.scalars import SUPPORTED
from autograd.compiler.schedules import Check, Schedule
from autograd.compiler.slicing import push_slices, write_in_place
from autograd.ops import shape as shape_ops


def schedule(program: Program) -> Schedule:
    """The tasks that compute a program."""
    b = Builder()
    inputs = [b.source(x.shape, x.dtype, "input", x.name or "") for x in program.inputs]
    found = _scheduled(program, b, inputs)
    found.equations = len(program.equations)
    return found


def _scheduled(program: Program, b: Builder, inputs: list[Access]) -> Schedule:
    lowered = lower(program, b, inputs)
    final = _final_nodes(lowered)
    nodes = write_in_place(push_slices(_needed(lowered, final), final), final)
    grouping = grouped(nodes)
    nodes = recompute(nodes, grouping, final)
    _give_memory(nodes, grouping)
    for node in final:
        if node.buffer is None or node.buffer.role == "temporary":
            node.buffer = Buffer(node.size, node.dtype, "result")
    moved = _donate(lowered, final, nodes, grouping)
    checks = []
    for bounds in lowered.checks:
        bounds.extremes.node.memory.role = "result"
        checks.append(Check(bounds.extremes.view(), bounds.low, bounds.high, bounds.name))
    tasks: list[Task] = []
    for group in _ordered(grouping):
        (node, *_) = group.places or [None]
        if isinstance(node, Opaque) and node.op is scan_row:
            some, more = loop_tasks(node, _scheduled)
            tasks += some
            checks += more
        elif node is not None and volume(group):
            tasks.append(_task(group))
    results = [
        View(node.memory, x.shape, contiguous(x.shape))
        for node, x in zip(final, lowered.results, strict=True)
    ]
    for number, target in moved.items():
        place = View(target, results[number].shape, results[number].strides)
        tasks.append(copying(results[number], place))
        results[number] = place
    return Schedule(tasks, [x.view() for x in inputs], results, checks)


# What has to be computed


def _final_nodes(lowered: Lowered) -> list[Node]:
    """For each result a node of its own whose memory, in C order, is the result."""
    taken: set[Node] = set()
    final = []
    for i, x in enumerate(lowered.results):
        node = x.node
        if isinstance(node, Source) or not x.is_whole or node in taken:
            if x.dtype in SUPPORTED:
                node = Elementwise(x.shape, x.dtype, "copy", (x,))
            else:
                call = Opaque((), BOOL, shape_ops.copy, (x,), {})
                call.number = len(lowered.nodes)
                lowered.nodes.append(call)
                node = Result(x.shape, x.dtype, call)
                call.results.append(node)
            node.number = len(lowered.nodes)
            lowered.nodes.append(node)
            lowered.results[i] = node.whole()
        taken.add(node)
        final.append(node)
    return final


def _needed(lowered: Lowered, final: list[Node]) -> list[Node]:
    """The nodes that the results depend on, in order."""
    found: set[Node] = set()
    _reach(found, [*final, *lowered.kept])
    used = [bounds for bounds in lowered.checks if bounds.index in found]
    _reach(found, [bounds.extremes.node for bounds in used])
    lowered.checks[:] = used
    return sorted(found, key=lambda node: node.number)


def _reach(found: set[Node], stack: list[Node]) -> None:
    """Add these nodes, and all that they depend on."""
    while stack:
        node = stack.pop()
        if node in found:
            continue
        found.add(node)
        stack += node.needs()
        stack += node.makers()
        stack += [x.node for x in node.operands() if isinstance(x, Access)]
        if isinstance(node, Write):
            stack.append(node.target.node)
        if isinstance(node, Opaque):
            stack += node.results


# Memory


def _give_memory(nodes: list[Node], grouping: Grouping) -> None:
    """A buffer for every node that something outside its own kernel reads."""
    for node in nodes:
        elsewhere = isinstance(node, Product) and node.into is not None
        if isinstance(node, Product | Result | Assembled) and not elsewhere:
            node.buffer = Buffer(node.size, node.dtype)
        for x in node.operands():
            if not isinstance(x, Access) or x.node.buffer is not None:
                continue
            made = isinstance(x.node, Elementwise | Gather | Reduction)
            if made and grouping.of[x.node] is not grouping.of[node]:
                x.node.buffer = Buffer(x.node.size, x.node.dtype)
    for group in grouping.groups.values():
        for node in group.sinks:
            if node.buffer is None:
                node.buffer = Buffer(node.size, node.dtype)


def _donate(
    lowered: Lowered, final: list[Node], nodes: list[Node], grouping: Grouping
) -> dict[int, Buffer]:
    """Have results take the memory of inputs; of those that cannot, where to copy them at last."""
    readers: dict[Node, list[Node]] = {}
    for node in nodes:
        for x in node.operands():
            if isinstance(x, Access) and isinstance(x.node, Source):
                readers.setdefault(x.node, []).append(node)
    moved = {}
    for number, input_number in lowered.donated.items():
        node, source = final[number], lowered.inputs[input_number].node
        if node.size != source.size or node.dtype != source.dtype:
            continue
        # A product of a matrix and a vector is a column, its result and the input are not.
        alike = node.shape == source.shape or isinstance(node, Product)
        if alike and _may_replace(node, source, readers.get(source, []), grouping):
            node.buffer = source.buffer
        else:
            moved[number] = source.memory
    return moved


def _may_replace(node: Node, source: Node, readers: list[Node], grouping: Grouping) -> bool:
    """Whether all that read the source do so before the node, or at the same index, is written."""
    if not isinstance(node, Elementwise | Gather | Reduction | Product):
        return False
    group = grouping.of[node]
    for reader in readers:
        if grouping.of[reader] is not group:
            continue
        if group.opaque or node in group.sinks or reader in group.sinks:
            return False
        own = own_form(node, group.places[node])
        for x, moves in group.accesses(reader):
            if x.node is source and (moves != own or x.offset or isinstance(reader, Gather)):
                return False
    others = {grouping.of[reader] for reader in readers} - {group}
    if any(other.before >> group.number & 1 for other in others):
        return False
    return all(grouping.order(group, other) for other in others)


# Tasks


def _ordered(grouping: Grouping) -> Iterable[Group]:
    """The groups, each after those that it needs; among those that may come, by their last node."""
    waiting = {group: len(group.needs) for group in grouping.groups.values()}
    after: dict[Group, list[Group]] = {}
    for group in waiting:
        for first in group.needs:
            after.setdefault(first, []).append(group)
    ready = [(_last(group), group.number, group) for group, n in waiting.items() if not n]
    heapq.heapify(ready)
    done = 0
    while ready:
        _, _, group = heapq.heappop(ready)
        yield group
        done += 1
        for other in after.get(group, ()):
            waiting[other] -= 1
            if not waiting[other]:
                heapq.heappush(ready, (_last(other), other.number, other))
    if done != len(waiting):
        raise RuntimeError("groups that wait for each other")


def _last(group: Group) -> int:
    return max((node.number for node in group.places), default=0)


def _task(group: Group) -> Task:
    if not group.opaque:
        # A node that takes an input's memory is written after all reads of the same index.
        taken = {
            node.buffer
            for node in group.places
            if node.buffer is not None and node.buffer.role == "input"
        }
        return kernel_of(group, taken)
    (node,) = group.places
    if isinstance(node, Product):
        return _product(node)
    if not isinstance(node, Opaque):
        raise TypeError(f"no task for a {type(node).__name__}")
    inputs = tuple(x.view() if isinstance(x, Access) else x for x in node.inputs)
    outputs = tuple(result.whole().view() for result in node.results)
    return Call(node.op, inputs, node.static, outputs, node.weak, node.op.name)


def _product(node: Product) -> MatMul:
    a, b = node.a.view(), node.b.view()
    place, offset = node.into or (node, 0)
    out = View(place.memory, (*node.batch, a.shape[-2], b.shape[-1]), node.out, offset)
    return MatMul(a, b, out, name="matmul")

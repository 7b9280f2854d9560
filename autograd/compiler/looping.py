"""A loop over steps: the tasks of one step, whose views move from step to step.

What is carried lives in the memory of the result: the first carry is copied there, and every step
replaces it in place. Slices are read from, and stacks written to, where they lie.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd.compiler import views
from autograd.compiler.bodies import Body, draws
from autograd.compiler.building import Builder
from autograd.compiler.kernels import coalesced
from autograd.compiler.loops import (
    Accumulate,
    Buffer,
    Call,
    Kernel,
    Load,
    Loop,
    MatMul,
    Register,
    Stage,
    Store,
    Task,
    View,
    contiguous,
)
from autograd.compiler.lower_products import MATRICES, product
from autograd.compiler.nodes import Access, Opaque, Source
from autograd.compiler.passes.pipeline import optimize
from autograd.compiler.program import Equation, Program, Variable
from autograd.compiler.repetition import scan_row
from autograd.compiler.scalars import SUPPORTED
from autograd.ops.contract import matmul_row

if TYPE_CHECKING:
    from autograd.compiler.fuse import Check, Schedule

# (program, builder, what its inputs are) -> its tasks; fuse's own, which imports this module.
Scheduler = Callable[[Program, Builder, list[Access]], "Schedule"]


def lower_scan(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    """A loop as one node; None for one that draws random numbers, which only NumPy does."""
    if draws(equation):
        return None
    body: Body = equation.static["body"]
    body = Body(optimize(body.program), body.carried, body.sliced)
    given = []
    for x, variable in zip(operands, body.program.inputs, strict=True):
        carried = len(given) < body.carried
        given.append(b.access(b.cast(x, variable.dtype) if carried else x))
    if not all(x.dtype in SUPPORTED for x in (*given[: body.carried], *equation.outputs)):
        return None
    body, given = _products_at_once(b, body, given)
    n = body.carried
    place: dict[Any, int] = {x: i for i, x in enumerate(body.program.inputs)}
    results = body.program.results
    # What is stacked twice, or is a slice of what is stacked already, needs no stack of its own.
    stacks: dict[Any, int] = {}
    known: list[Any] = []
    outputs = [*equation.outputs[:n]]
    for x, stack in zip(results[n:], equation.outputs[n:], strict=True):
        i = place.get(x, -1)
        if n <= i < n + body.sliced:
            known.append(given[i])
            continue
        if x not in stacks:
            stacks[x] = len(stacks)
            outputs.append(stack)
        known.append(stacks[x])
    program = Program(body.program.inputs, body.program.equations, [*results[:n], *stacks])
    static = {**equation.static, "body": Body(program, n, body.sliced)}
    made = b.call(scan_row, given, static, outputs)
    return [*made[:n], *(made[n + x] if isinstance(x, int) else x for x in known)]


def _products_at_once(b: Builder, body: Body, given: list[Access]) -> tuple[Body, list[Access]]:
    """The body without products of a slice and what all steps share: one product makes them all."""
    program = body.program
    n, m = body.carried, body.sliced
    place = {x: i for i, x in enumerate(program.inputs)}
    kept: list[Equation] = []
    new: list[tuple[Variable, Access]] = []
    for equation in program.equations:
        pair = [given[place[x]] for x in equation.inputs if x in place]
        if equation.op is matmul_row and len(pair) == 2:
            sliced, shared = (place[x] for x in equation.inputs)
            (x, w) = pair
            fits = n <= sliced < n + m <= shared and x.dtype == w.dtype and x.dtype in MATRICES
            if fits and len(x.shape) == 3 and len(w.shape) == 2:
                w = views.broadcast(w, (x.shape[0], *w.shape))
                new.append((equation.output, product(b, x, w)))
                continue
        kept.append(equation)
    if not new:
        return body, given
    inputs = program.inputs
    inputs = [*inputs[: n + m], *(variable for variable, _ in new), *inputs[n + m :]]
    given = [*given[: n + m], *(stack for _, stack in new), *given[n + m :]]
    return Body(Program(inputs, kept, program.results), n, m + len(new)), given


def loop_tasks(node: Opaque, scheduled: Scheduler) -> tuple[list[Task], list["Check"]]:
    """The tasks of a loop, and what they check."""
    body: Body = node.static["body"]
    length = node.static["length"]
    n, m = body.carried, body.sliced
    out = [result.whole().view() for result in node.results]
    tasks: list[Task] = []
    for first, place in zip(node.inputs[:n], out, strict=False):
        tasks.append(copying(first.view(), place))
    b = Builder()
    moving: dict[Buffer, tuple[View, int]] = {}
    inputs: list[Access] = []
    for i, x in enumerate(node.inputs):
        if i < n:
            view, step = out[i], 0
        elif i < n + m:
            rows = x.view()
            view = View(rows.buffer, rows.shape[1:], rows.strides[1:], rows.offset)
            step = rows.strides[0]
        else:
            view, step = x.view(), 0
        source = b.add(Source(view.shape, view.dtype))
        source.buffer = Buffer(view.buffer.size, view.dtype, "input")
        inputs.append(Access(source, view.shape, view.strides))
        moving[source.buffer] = (view, step)
    one = body.program
    replaced = {i: i for i in range(n)}
    inner = scheduled(Program(one.inputs, one.equations, one.results, replaced), b, inputs)
    if any(isinstance(task, Call) for task in inner.tasks):
        # NumPy computes a part of each step, and then all of it: the loop is no machine code.
        given = tuple(x.view() for x in node.inputs)
        weak = tuple(x.weak for x in one.inputs)
        return [Call(scan_row, given, node.static, tuple(out), weak, "scan")], []
    for i, view in enumerate(inner.results):
        if i >= n:
            moving[view.buffer] = (out[i], out[i].strides[0])
    checks = []
    for check in inner.checks:
        last = check.extremes
        size = math.prod(last.shape)
        check.extremes = whole(Buffer(length * size, last.dtype, "result"), (length, *last.shape))
        moving[last.buffer] = check.extremes, size
        checks.append(check)
    for task in inner.tasks:
        _move(task, moving)
    tasks.append(Loop(length, inner.tasks, bool(node.static["reverse"]), "scan"))
    return tasks, checks


def _move(task: Task, moving: dict[Buffer, tuple[View, int]]) -> None:
    """Have the views of a task be views of what lies outside, one loop deeper."""

    def moved(v: View) -> View:
        if v.buffer not in moving:
            return View(v.buffer, v.shape, v.strides, v.offset, (0, *v.steps))
        base, step = moving[v.buffer]
        return View(base.buffer, v.shape, v.strides, base.offset + v.offset, (step, *v.steps))

    if isinstance(task, Kernel):
        for s in task.statements():
            if isinstance(s, Load | Store | Accumulate):
                s.view = moved(s.view)
    elif isinstance(task, MatMul):
        task.a, task.b, task.out = moved(task.a), moved(task.b), moved(task.out)
    elif isinstance(task, Loop):
        for inner in task.tasks:
            _move(inner, moving)


def copying(x: View, target: View) -> Kernel:
    """A kernel that copies one view to another."""
    register = Register(x.dtype)
    store = Store(target, register)
    stage = Stage(bool(x.shape), [Load(register, x), store])
    return coalesced(Kernel((), tuple(x.shape), [stage], "copy"))


def whole(buffer: Buffer, shape: Sequence[int]) -> View:
    """All of a buffer."""
    return View(buffer, tuple(shape), contiguous(shape))

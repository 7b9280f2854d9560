"""A kernel as calls of native functions: memory set first, work in chunks, partial results summed.

Work that is worth it is cut into one chunk per thread along the first axis. An accumulation that
does not move along that axis goes to a copy of its memory per chunk; the copies are added up in the
order of the chunks, so that results have the same bits every time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd.compiler.emit import functions
from autograd.compiler.emit.kernel_ir import KernelText
from autograd.compiler.emit.kernel_plan import argument_key
from autograd.compiler.emit.lane_choice import predicted, prepared
from autograd.compiler.emit.nest import Nest, accesses, visits_once
from autograd.compiler.loops import (
    Accumulate,
    Buffer,
    Compute,
    Kernel,
    Load,
    Reduce,
    Register,
    Stage,
    Statement,
    Store,
    View,
    contiguous,
)

# Nanoseconds of an addition in all lanes, and per byte of memory that no cache holds.
_NANOSECONDS = 0.4
_PER_BYTE = 0.08
_CACHED = 1 << 18
_WORTH_SHARING = 30_000


@dataclass
class Piece:
    """One native function and the views its arguments begin."""

    text: str
    views: list[View]
    chunks: int


def pieces(kernel: Kernel, threads: int, vector_bytes: int) -> list[Piece]:
    """The functions that do what the kernel says, in order."""
    nest = prepared(kernel, vector_bytes)
    out: list[Piece] = []
    for statement in _accumulations(nest):
        if statement.clear and not visits_once(nest, statement):
            out += pieces(_filling(statement), threads, vector_bytes)
            statement = _with(nest, statement, replace(statement, clear=False))
    chunks = _chunks(nest, threads)
    if chunks > 1:
        after, steps = _partial_results(nest, chunks)
    else:
        after, steps = [], {}
    for filling in [each for each in after if each.name == "before"]:
        out += pieces(filling, threads, vector_bytes)
    views = _distinct([each.view for each in accesses(nest.stages)])
    text = KernelText(nest, [argument_key(view) for view in views], chunks, steps)
    out.append(Piece(text.written("NAME"), views, chunks))
    for combining in [each for each in after if each.name != "before"]:
        out += pieces(combining, threads, vector_bytes)
    return out


def _accumulations(nest: Nest) -> list[Accumulate]:
    return [each for each in accesses(nest.stages) if isinstance(each, Accumulate)]


def _with(nest: Nest, old: Accumulate, new: Accumulate) -> Accumulate:
    """Put another statement in the place of one."""
    for number, stage in enumerate(nest.stages):
        nest.stages[number] = Stage(
            stage.full, [new if each is old else each for each in stage.statements]
        )
    nest.strides[id(new)] = nest.strides[id(old)]
    return new


def _distinct(views: Sequence[View]) -> list[View]:
    return list({argument_key(view): view for view in reversed(views)}.values())[::-1]


def _moving(view: View) -> list[tuple[int, int]]:
    """The axes along which a view moves: length and stride."""
    return [
        (n, stride) for n, stride in zip(view.shape, view.strides, strict=True) if stride and n != 1
    ]


def _filling(statement: Accumulate) -> Kernel:
    """Set the memory of an accumulation to where its function begins."""
    view = statement.view
    if statement.indices:
        # Anywhere in the buffer may be meant.
        view = View(view.buffer, (view.buffer.size,), (1,), 0, view.steps)
    axes = _moving(view)
    target = replace(
        view, shape=tuple(n for n, _ in axes), strides=tuple(stride for _, stride in axes)
    )
    start = functions.identity(statement.function, view.dtype)
    start = 0 if statement.function == "add" else start
    return Kernel(target.shape, (), [Stage(False, [Store(target, start)])])


def _chunks(nest: Nest, threads: int) -> int:
    """Into how many parts the first axis is cut: 1 unless that saves time and changes nothing."""
    if threads < 2 or nest.n_outer == 0 or 0 in nest.extents:
        return 1
    turns = nest.extents[0]
    if nest.lane == 0:
        turns = -(-turns // nest.lanes)
    if turns < 2 or _time(nest) < _WORTH_SHARING:
        return 1
    for statement in accesses(nest.stages):
        if isinstance(statement, Load):
            continue
        stride = nest.of(statement)[0]
        if isinstance(statement, Store) and stride == 0:
            return 1
        # Where an element goes that an index chooses, another chunk may go as well.
        if statement.indices and (
            stride == 0 or any(nest.depth[register] > 0 for register, _ in statement.indices)
        ):
            return 1
    return min(threads, turns)


def _time(nest: Nest) -> float:
    """Nanoseconds on one thread, about."""
    total = 0
    for statement in accesses(nest.stages):
        size = statement.view.dtype.itemsize
        for n, stride in zip(nest.extents, nest.of(statement), strict=True):
            size *= n if stride else 1
        total += size
    return max(predicted(nest) * _NANOSECONDS, total * _PER_BYTE if total > _CACHED else 0)


def _partial_results(nest: Nest, chunks: int) -> tuple[list[Kernel], dict[Statement, int]]:
    """Give each chunk its own memory for what does not move along the first axis."""
    kernels: list[Kernel] = []
    steps: dict[Statement, int] = {}
    for statement in _accumulations(nest):
        if nest.of(statement)[0] or statement.indices:
            continue
        view = statement.view
        axes = _moving(view)
        shape = tuple(n for n, _ in axes)
        size = int(np.prod(shape, dtype=np.int64))
        # A cache line of its own, so that threads do not wait for each other.
        apart = -(-size // 64) * 64 + 64
        buffer = Buffer(chunks * apart, view.dtype, "scratch")
        moving = iter(contiguous(shape))
        strides = tuple(
            next(moving) if stride and n != 1 else 0
            for n, stride in zip(view.shape, view.strides, strict=True)
        )
        own = View(buffer, view.shape, strides)
        new = _with(nest, statement, replace(statement, view=own, clear=True))
        nest.strides[id(new)] = _restrided(nest.of(statement), view, own)
        steps[new] = apart
        if not visits_once(nest, new):
            every = View(buffer, (chunks, *shape), (apart, *contiguous(shape)))
            start = functions.identity(statement.function, view.dtype)
            start = 0 if statement.function == "add" else start
            kernels.append(Kernel(every.shape, (), [Stage(False, [Store(every, start)])], "before"))
            older = new
            new = _with(nest, older, replace(older, clear=False))
            steps[new] = apart
        kernels.append(_combining(statement, buffer, shape, axes, chunks, apart))
    return kernels, steps


def _restrided(strides: tuple[int, ...], old: View, new: View) -> tuple[int, ...]:
    """The nest's strides of a view whose memory is now contiguous: axes may have been merged."""
    table = {a: b for a, b in zip(old.strides, new.strides, strict=True) if a}
    return tuple(table[stride] if stride else 0 for stride in strides)


def _combining(
    statement: Accumulate,
    buffer: Buffer,
    shape: tuple[int, ...],
    axes: Sequence[tuple[int, int]],
    chunks: int,
    apart: int,
) -> Kernel:
    """Add up the chunks' own results, in order."""
    view = statement.view
    target = replace(view, shape=shape, strides=tuple(stride for _, stride in axes))
    statements: list[Statement] = []
    total: Register | None = None
    sources = [] if statement.clear else [target]
    sources += [View(buffer, shape, contiguous(shape), apart * chunk) for chunk in range(chunks)]
    for source in sources:
        register = Register(view.dtype)
        statements.append(Load(register, source))
        if total is None:
            total = register
        else:
            both = Register(view.dtype)
            statements.append(Compute(both, statement.function, (total, register)))
            total = both
    statements.append(Store(target, total))
    return Kernel(shape, (), [Stage(False, statements)], "after")


def signature(kernel: Kernel) -> tuple[tuple[Any, ...], list[View]]:
    """Equal for kernels whose native code is the same; and the views that tell them apart."""
    registers: dict[Register, int] = {}
    places: dict[tuple[Any, ...], int] = {}
    buffers: dict[int, int] = {}
    views: list[View] = []

    def number(x: Any) -> Any:
        if isinstance(x, Register):
            return registers.setdefault(x, len(registers)), x.dtype.str
        return type(x).__name__, repr(x)

    def place(view: View) -> tuple[Any, ...]:
        if argument_key(view) not in places:
            views.append(view)
        return (
            places.setdefault(argument_key(view), len(places)),
            buffers.setdefault(id(view.buffer), len(buffers)),
            view.strides,
            view.dtype.str,
        )

    out: list[Any] = [kernel.outer, kernel.inner]
    for stage in kernel.stages:
        out.append(stage.full)
        for each in stage.statements:
            if isinstance(each, Load):
                row: tuple[Any, ...] = ("load", number(each.target), place(each.view))
            elif isinstance(each, Compute):
                row = (each.function, number(each.target), *map(number, each.arguments))
            elif isinstance(each, Reduce):
                row = ("reduce", each.function, number(each.target), number(each.argument))
            elif isinstance(each, Store):
                row = ("store", place(each.view), number(each.argument))
            else:
                row = (
                    "accumulate",
                    each.function,
                    each.clear,
                    place(each.view),
                    number(each.argument),
                    (each.view.buffer.size, each.view.offset) if each.indices else (),
                )
            if not isinstance(each, Compute | Reduce):
                row = (*row, tuple((number(register), step) for register, step in each.indices))
            out.append(row)
    return tuple(out), views

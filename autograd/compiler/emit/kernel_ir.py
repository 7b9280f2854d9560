"""A kernel as one LLVM function: loops over addresses, a row of lanes at a time.

    define void @name(ptr %arguments, i64 %begin, i64 %end)

`arguments` holds the address of the first element of every view. A kernel in chunks computes those
from `begin` to `end`: as many threads as wanted may share them out.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd.compiler.emit import functions, vector_math
from autograd.compiler.emit.instructions import BOOL, cast
from autograd.compiler.emit.kernel_folds import Folds
from autograd.compiler.emit.kernel_loops import AxisLoop, Body
from autograd.compiler.emit.kernel_memory import load, store
from autograd.compiler.emit.kernel_plan import Plan
from autograd.compiler.emit.kernel_scope import Scope
from autograd.compiler.emit.lanes import ATTRIBUTES, Lanes, Writer
from autograd.compiler.emit.mathematics import definitions
from autograd.compiler.emit.nest import Nest, accesses
from autograd.compiler.loops import Compute, Load, Register, Stage, Statement, Store

# A kernel of no more turns in which exp, tanh, … stands more often than this calls it.
_FEW_TURNS = 64
_INLINED = 16

# Bytes of scratch memory that a stack has room for; a thread's may have eight times as many.
_ON_STACK = 1 << 18


class KernelText:
    """Writes the function of one nest.

    chunks        into how many parts the first axis is cut; 1 for none
    chunk_steps   of a statement's memory, elements from one chunk's own copy to the next one's
    """

    def __init__(
        self,
        nest: Nest,
        arguments: Sequence[tuple[Any, ...]],
        chunks: int = 1,
        chunk_steps: Mapping[Statement, int] | None = None,
    ) -> None:
        self.nest = nest
        self.chunks = chunks
        self.w = Writer()
        self.w.calls = _calls_functions(nest)
        self.plan = Plan(nest, arguments, chunk_steps or {})
        self.entry: list[str] = []
        self.exit: list[str] = []
        self.folds = Folds(self.w, self.plan, self.entry)

    def written(self, name: str) -> str:
        """The text of the function, and of those it needs."""
        pointers = self._pointers()
        scope = Scope(self.w, self.plan, pointers, {}, self.nest.lanes)
        if 0 not in self.nest.extents[: self.nest.n_outer]:
            if self.chunks > 1:
                self.w.loop("%begin", "%end", 1, lambda chunk: self._chunk(chunk, scope))
            else:
                self._level(0, scope)
        head = f"define void @{name}(ptr %arguments, i64 %begin, i64 %end) {ATTRIBUTES}"
        body = "\n".join(
            ["entry:", *self.entry, *self._arguments(), *self.w.lines, *self.exit, "ret void"]
        )
        declared = sorted(self.w.declarations)
        return "\n".join([*definitions(self.w), *declared, f"{head} {{\n{body}\n}}"])

    def _pointers(self) -> dict[int, tuple[str, int]]:
        """Where every place is before the loops; scratch memory is reserved."""
        pointers = {}
        sizes = [
            length * register.dtype.itemsize
            for register, length in zip(self.plan.scratch, self.plan.scratch_lengths, strict=True)
        ]
        for number, place in enumerate(self.plan.places):
            base = f"%p{place.argument}"
            if place.argument < 0:
                own = -1 - place.argument
                base, length = f"%scratch{own}", self.plan.scratch_lengths[own]
                if sum(sizes) > _ON_STACK:
                    self._take(base, sizes[own])
                else:
                    self.entry.append(f"{base} = alloca [{length} x {place.kind}], align 64")
            pointers[number] = (base, 0)
        return pointers

    def _take(self, name: str, size: int) -> None:
        """Reserve memory that no stack has room for, and give it back at the end."""
        self.w.declarations |= {"declare noalias ptr @malloc(i64)", "declare void @free(ptr)"}
        self.entry += [
            f"{name}.block = call ptr @malloc(i64 {size + 64})",
            f"{name}.address = ptrtoint ptr {name}.block to i64",
            f"{name}.negative = sub i64 0, {name}.address",
            f"{name}.gap = and i64 {name}.negative, 63",
            f"{name} = getelementptr i8, ptr {name}.block, i64 {name}.gap",
        ]
        self.exit.append(f"call void @free(ptr {name}.block)")

    def _arguments(self) -> list[str]:
        lines: list[str] = []
        for number in sorted({place.argument for place in self.plan.places if place.argument >= 0}):
            lines += [
                f"%slot{number} = getelementptr ptr, ptr %arguments, i64 {number}",
                f"%p{number} = load ptr, ptr %slot{number}",
            ]
        return lines

    # Outer loops

    def _chunk(self, chunk: str, scope: Scope) -> None:
        """One chunk's share of the first axis, into its own copies."""
        w, nest = self.w, self.nest
        turns = nest.extents[0]
        if nest.lane == 0:
            turns = -(-turns // nest.lanes)
        inside = scope.child()
        for number, place in enumerate(self.plan.places):
            if place.chunk_step:
                step = w.let(f"mul i64 {chunk}, {place.chunk_step}")
                base = inside.pointers[number][0]
                inside.pointers[number] = (w.moved(base, place.kind, step), 0)
        start = w.let(f"sdiv i64 {w.let(f'mul i64 {chunk}, {turns}')}, {self.chunks}")
        after = w.let(f"add i64 {chunk}, 1")
        stop = w.let(f"sdiv i64 {w.let(f'mul i64 {after}, {turns}')}, {self.chunks}")
        self._level(0, inside, (start, stop))

    def _level(self, depth: int, scope: Scope, bounds: tuple[str, str] | None = None) -> None:
        """Everything inside the first `depth` outer loops."""
        if depth == self.nest.n_outer:
            self._stages([scope])
            return
        for statement in self.plan.hoisted[depth]:
            self._statement(statement, scope)
        folds = [fold for fold in self.plan.folds.values() if fold.home <= depth < fold.leaf]
        places = range(len(self.plan.places))

        def inside(scopes: Sequence[Scope]) -> None:
            if depth + 1 == self.nest.n_outer:
                self._stages(scopes)
            else:
                for scope in scopes:
                    self._level(depth + 1, scope)

        # Inner loops are turns enough to fill the CPU.
        stages = self.plan.sequence
        work = math.inf if any(stage.full for stage in stages) else _work(stages)
        body = Body(inside, folds, places, work)
        AxisLoop(depth, scope, self.folds, body).write(bounds)

    def _stages(self, scopes: Sequence[Scope]) -> None:
        """Everything inside all outer loops."""
        known: list[dict[Register, Lanes]] = [{} for _ in self.plan.unrolled]
        for stage in self.plan.sequence:
            if not stage.full:
                # Several rows of lanes go step by step together, so that none waits for itself.
                for statement in stage.statements:
                    for scope in scopes:
                        self._statement(statement, scope)
            elif stage.statements:
                for scope in scopes:
                    if self.plan.unrolled:
                        self._unrolled(stage, scope, known)
                    else:
                        self._inner_level(self.nest.n_outer, stage, [scope])

    # Inner loops

    def _inner_level(self, depth: int, stage: Stage, scopes: Sequence[Scope]) -> None:
        """What a stage does inside the first `depth` loops."""
        for statement in stage.statements:
            if self._depth(statement) == depth:
                for scope in scopes:
                    self._statement(statement, scope)
        if depth < self.nest.depth_of_all:
            for scope in scopes:
                self._inner_loop(depth, stage, scope)

    def _depth(self, statement: Statement) -> int:
        if isinstance(statement, Load | Compute):
            return self.nest.depth[statement.target]
        return self.nest.depth_of_all

    def _inner_loop(self, depth: int, stage: Stage, scope: Scope) -> None:
        folds = [fold for fold in self.plan.folds_of(stage) if fold.home <= depth]
        if 0 in self.nest.extents[depth:]:
            for fold in folds:
                if fold.home == depth:
                    self.folds.finish(fold, self.folds.start(fold), scope)
            return
        places = {self.plan.place_of[each] for each in accesses([stage])}
        places |= set(self.plan.scratch.values())

        def inside(scopes: Sequence[Scope]) -> None:
            self._inner_level(depth + 1, stage, scopes)

        body = Body(inside, folds, places, _work([stage]))
        AxisLoop(depth, scope, self.folds, body).write()

    def _unrolled(self, stage: Stage, scope: Scope, known: Sequence[dict[Register, Lanes]]) -> None:
        """A stage without loops; registers of earlier stages are known, turn by turn."""
        nest = self.nest
        self.folds.open_terms(self.plan.folds_of(stage))
        for (index, active), registers in zip(self.plan.unrolled, known, strict=True):
            inner = scope.child()
            inner.active = active or scope.active
            for axis, i in enumerate(index, nest.n_outer):
                inner.advance(axis, i, range(len(self.plan.places)))
            inner.registers.update(registers)
            for statement in stage.statements:
                self._statement(statement, inner)
                if isinstance(statement, Load | Compute):
                    registers[statement.target] = inner.registers[statement.target]
        self.folds.close_terms(nest.n_outer, scope)

    # Statements

    def _statement(self, statement: Statement, scope: Scope) -> None:
        if isinstance(statement, Store):
            store(scope, statement)
        elif isinstance(statement, Load):
            scope.define(statement.target, _loaded(scope, statement))
        elif isinstance(statement, Compute):
            scope.define(statement.target, _computed(scope, statement))
        else:
            fold = self.plan.folds[statement]
            self.folds.add(fold, scope.value(statement.argument, fold.dtype), scope)


def _loaded(scope: Scope, statement: Load) -> Lanes:
    return cast(scope.w, load(scope, statement), statement.target.dtype)


def _computed(scope: Scope, statement: Compute) -> Lanes:
    arguments = [scope.operand(x) for x in statement.arguments]
    dtype = statement.target.dtype
    if not any(isinstance(x, Lanes) for x in arguments):
        # Numbers are compared as numbers, not as the truth that comes of it.
        compares = dtype == BOOL and type(arguments[0]) is not bool
        working = np.dtype(np.float64) if compares else dtype
        arguments[0] = scope.w.constant(arguments[0], working)
    return functions.compute(scope.w, statement.function, arguments, dtype)


def _calls_functions(nest: Nest) -> bool:
    """Whether exp, tanh, … are called.

    Written out, a long chain of them takes very long to compile; it pays off for many numbers.
    """
    computed = Counter(
        each.function
        for stage in nest.stages
        for each in stage.statements
        if isinstance(each, Compute) and each.function in vector_math.NAMES
    )
    turns = math.prod(nest.extents) / max(nest.lanes, 1)
    return turns <= _FEW_TURNS and max(computed.values(), default=0) > _INLINED


def _work(stages: Sequence[Stage]) -> float:
    """Of one turn, in additions."""
    return sum(
        functions.cost(each.function, each.arguments) if isinstance(each, Compute) else 1.0
        for stage in stages
        for each in stage.statements
    )

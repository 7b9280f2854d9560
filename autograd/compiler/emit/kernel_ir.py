"""A kernel as one LLVM function: loops over addresses, a row of lanes at a time.

    define void @name(ptr %arguments, i64 %begin, i64 %end)

`arguments` holds the address of the first element of every view. A kernel in chunks computes those
from `begin` to `end`: as many threads as wanted may share them out.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.compiler.emit import functions, vector_math
from autograd.compiler.emit.lanes import ATTRIBUTES, Lanes, Writer, kind, memory_kind, wide
from autograd.compiler.emit.mathematics import definitions
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

# Beyond so many numbers in a row a sum is split, so that rounding errors add up over few.
_BLOCK = 128
_UNROLLED_TURNS = 16
# A kernel of no more turns in which exp, tanh, … stands more often than this calls it.
_FEW_TURNS = 64
_INLINED = 16
_UNROLLED_WORK = 300


@dataclass(eq=False)
class Fold:
    """A number that loops fold into: of a `Reduce`, or of an `Accumulate` on its way to memory.

    home      how many loops are open where the result is due
    leaf      how many are open where it is folded
    """

    statement: Reduce | Accumulate
    dtype: np.dtype[Any]
    home: int
    leaf: int
    lanes: int
    stage: int
    slots: dict[int, list[str]] = field(default_factory=dict)


@dataclass
class Scope:
    """What is known inside some loops: addresses, registers, and how many lanes are in use."""

    pointers: dict[int, tuple[str, int]]
    registers: dict[Register, Lanes]
    active: int = 0
    turn: int = 0

    def child(self) -> "Scope":
        """The same, for the inside of another loop."""
        return Scope(dict(self.pointers), dict(self.registers), self.active, self.turn)


@dataclass(frozen=True)
class Place:
    """An address that moves with the loops: which argument, and by how many elements per turn."""

    argument: int
    kind: str
    strides: tuple[int, ...]
    chunk_step: int = 0


class KernelText:
    """Writes the function of one nest.

    chunks        into how many parts the first axis is cut; 1 for none
    chunk_steps   of a statement's memory, elements from one chunk's own copy to the next one's
    overwrites    accumulations that visit each element once and need not read it
    """

    def __init__(
        self,
        nest: Nest,
        arguments: Sequence[tuple[Any, ...]],
        chunks: int = 1,
        chunk_steps: Mapping[int, int] | None = None,
    ) -> None:
        self.nest = nest
        self.chunks = chunks
        self.w = Writer()
        self.w.calls = self._calls_functions()
        self.entry: list[str] = []
        self.arguments = {key: number for number, key in enumerate(arguments)}
        self.chunk_steps = dict(chunk_steps or {})
        self.places: list[Place] = []
        self.numbers: dict[Place, int] = {}
        self.place_of: dict[int, int] = {}
        self.scratch: dict[Register, int] = {}
        self.folds: list[Fold] = []
        self.direct: set[int] = set()
        self._place_statements()
        self.unrolled = self._inner_turns() if self._may_unroll() else []
        self.terms: dict[Fold, list[tuple[Lanes, int]]] = {}
        self.kept: dict[tuple[Register, int], Lanes] = {}
        kept = [] if self.unrolled else shared(nest, [stage for _, stage in self.sequence])
        for register in kept:
            self.scratch[register] = self._scratch_place(register)
        self._find_folds()

    # Preparation

    def _calls_functions(self) -> bool:
        """Whether exp, tanh, … are called.

        Written out, a long chain of them takes very long to compile; it pays off for many numbers.
        """
        computed = Counter(
            each.function
            for stage in self.nest.stages
            for each in stage.statements
            if isinstance(each, Compute) and each.function in vector_math.NAMES
        )
        turns = math.prod(self.nest.extents) / max(self.nest.lanes, 1)
        return turns <= _FEW_TURNS and max(computed.values(), default=0) > _INLINED

    def _place_statements(self) -> None:
        """Which statements are hoisted to which loops, and which stay in their stage."""
        nest = self.nest
        self.hoisted: list[list[Statement]] = [[] for _ in range(nest.n_outer)]
        self.sequence: list[tuple[int, Stage]] = []
        for number, stage in enumerate(nest.stages):
            own = Stage(stage.full)
            before = Stage(False)
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
            if before.statements:
                self.sequence.append((number, before))
            self.sequence.append((number, own))
        for statement in accesses(nest.stages):
            self._place_of(statement)

    def _place_of(self, statement: Access) -> None:
        view = statement.view
        place = Place(
            self.arguments[argument_key(view)],
            memory_kind(view.dtype),
            self.nest.of(statement),
            self.chunk_steps.get(id(statement), 0),
        )
        self.place_of[id(statement)] = self._number(place)

    def _number(self, place: Place) -> int:
        if place not in self.numbers:
            self.numbers[place] = len(self.places)
            self.places.append(place)
        return self.numbers[place]

    def _may_unroll(self) -> bool:
        nest = self.nest
        turns = 1
        for axis in range(nest.n_outer, nest.depth_of_all):
            n = nest.extents[axis]
            turns *= -(-n // nest.lanes) if axis == nest.lane else n
        if nest.n_outer == nest.depth_of_all or not 0 < turns <= _UNROLLED_TURNS:
            return False
        work = 0.0
        for _, stage in self.sequence:
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
        """The inner indices, in order, each with the lanes in use (0: those of the outer loops)."""
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

    def _scratch_place(self, register: Register) -> int:
        """Memory of this thread's own for one number per inner index."""
        nest = self.nest
        step = nest.lanes if nest.lane is not None and nest.lane < nest.n_outer else 1
        strides = [0] * nest.depth_of_all
        for axis in range(nest.depth_of_all - 1, nest.n_outer - 1, -1):
            strides[axis] = step
            step *= nest.extents[axis]
        element = memory_kind(register.dtype)
        self.entry.append(
            f"%scratch{len(self.scratch)} = alloca [{max(step, 1) + 64} x {element}], align 64"
        )
        return self._number(Place(-1 - len(self.scratch), element, tuple(strides)))

    def _find_folds(self) -> None:
        nest = self.nest
        for number, stage in self.sequence:
            leaf = nest.leaf(stage)
            for statement in stage.statements:
                if isinstance(statement, Reduce):
                    dtype, due = statement.target.dtype, nest.n_outer
                elif isinstance(statement, Accumulate):
                    dtype, due = statement.view.dtype, home(nest, statement, leaf)
                    if due == leaf:
                        self.direct.add(id(statement))
                        continue
                else:
                    continue
                self.folds.append(
                    Fold(
                        statement, dtype, due, leaf, self._fold_lanes(statement, due, leaf), number
                    )
                )

    def _fold_lanes(self, statement: Reduce | Accumulate, due: int, leaf: int) -> int:
        lane = self.nest.lane
        if lane is None or lane >= leaf:
            return 0
        if due <= lane:
            return self.nest.lanes
        varying = any(x in self.nest.varying for x in registers([statement.argument]))
        return self.nest.lanes if varying or isinstance(statement, Accumulate) else 0

    # The function

    def written(self, name: str) -> str:
        """The text of the function, and of those it needs."""
        w, nest = self.w, self.nest
        scope = Scope({}, {}, nest.lanes)
        loads: list[str] = []
        for number in sorted({place.argument for place in self.places if place.argument >= 0}):
            loads += [
                f"%slot{number} = getelementptr ptr, ptr %arguments, i64 {number}",
                f"%p{number} = load ptr, ptr %slot{number}",
            ]
        for number, place in enumerate(self.places):
            base = (
                f"%p{place.argument}" if place.argument >= 0 else f"%scratch{-1 - place.argument}"
            )
            scope.pointers[number] = (base, 0)
        if 0 not in nest.extents[: nest.n_outer]:
            if self.chunks > 1:
                self._chunk_loop(scope)
            else:
                self._level(0, scope, None)
        declared = sorted(w.declarations)
        body = "\n".join(["entry:", *self.entry, *loads, *w.lines, "ret void"])
        head = f"define void @{name}(ptr %arguments, i64 %begin, i64 %end) {ATTRIBUTES}"
        return "\n".join(
            [
                *definitions(w),
                *declared,
                f"{head} {{\n{body}\n}}",
            ]
        )

    def _chunk_loop(self, scope: Scope) -> None:
        w, nest = self.w, self.nest
        turns = nest.extents[0]
        if nest.lane == 0:
            turns = -(-turns // nest.lanes)

        def body(chunk: str) -> None:
            inside = scope.child()
            for number, place in enumerate(self.places):
                if place.chunk_step:
                    step = w.let(f"mul i64 {chunk}, {place.chunk_step}")
                    base = inside.pointers[number][0]
                    inside.pointers[number] = (w.moved(base, place.kind, step), 0)
            start = w.let(f"sdiv i64 {w.let(f'mul i64 {chunk}, {turns}')}, {self.chunks}")
            after = w.let(f"add i64 {chunk}, 1")
            stop = w.let(f"sdiv i64 {w.let(f'mul i64 {after}, {turns}')}, {self.chunks}")
            self._level(0, inside, (start, stop))

        self.w.loop("%begin", "%end", 1, body)

    # Loops

    def _level(self, depth: int, scope: Scope, bounds: tuple[str, str] | None) -> None:
        """Everything inside the first `depth` outer loops."""
        if depth == self.nest.n_outer:
            self._innermost_outer([scope])
            return
        for statement in self.hoisted[depth]:
            self._statement(statement, scope)
        folds = [each for each in self.folds if each.home <= depth < each.leaf]
        self._axis(
            depth,
            scope,
            folds,
            range(len(self.places)),
            lambda inside: self._inside_outer(depth + 1, inside),
            bounds,
            self._outer_work(),
        )

    def _inside_outer(self, depth: int, scopes: Sequence[Scope]) -> None:
        if depth == self.nest.n_outer:
            self._innermost_outer(scopes)
        else:
            for scope in scopes:
                self._level(depth, scope, None)

    def _outer_work(self) -> float:
        work = 0.0
        for _, stage in self.sequence:
            if stage.full:
                return math.inf
            work += self._work(stage)
        return work

    def _work(self, stage: Stage) -> float:
        return sum(
            functions.cost(each.function, each.arguments) if isinstance(each, Compute) else 1.0
            for each in stage.statements
        )

    def _innermost_outer(self, scopes: Sequence[Scope]) -> None:
        for number, stage in self.sequence:
            if not stage.full:
                # Several rows of lanes go step by step together, so that none waits for itself.
                for statement in stage.statements:
                    for scope in scopes:
                        self._statement(statement, scope)
            elif stage.statements:
                for scope in scopes:
                    if self.unrolled:
                        self._unrolled_stage(number, stage, scope)
                    else:
                        self._full_stage(self.nest.n_outer, number, stage, [scope])

    def _full_stage(self, depth: int, number: int, stage: Stage, scopes: Sequence[Scope]) -> None:
        """The loops over `inner` from axis `depth` on."""
        nest = self.nest
        here = [each for each in stage.statements if self._stage_depth(each) == depth]
        for statement in here:
            for scope in scopes:
                self._statement(statement, scope)
        if depth == nest.depth_of_all:
            return
        for scope in scopes:
            self._inner_loop(depth, number, stage, scope)

    def _inner_loop(self, depth: int, number: int, stage: Stage, scope: Scope) -> None:
        nest = self.nest
        folds = [
            each
            for each in self.folds
            if each.stage == number
            and each.leaf == nest.depth_of_all
            and each.home <= depth < each.leaf
        ]
        if 0 in nest.extents[depth:]:
            for fold in folds:
                if fold.home == depth:
                    self._finish(fold, self._start(fold), scope)
            return
        used = {self.place_of[id(each)] for each in accesses([stage])}
        used |= set(self.scratch.values())
        self._axis(
            depth,
            scope,
            folds,
            used,
            lambda inside: self._full_stage(depth + 1, number, stage, inside),
            None,
            self._work(stage),
        )

    def _stage_depth(self, statement: Statement) -> int:
        if isinstance(statement, Load | Compute):
            return self.nest.depth[statement.target]
        return self.nest.depth_of_all

    def _start(self, fold: Fold) -> Lanes:
        start = functions.identity(fold.statement.function, fold.dtype)
        return self.w.constant(start, fold.dtype, fold.lanes)

    def _axis(
        self,
        axis: int,
        scope: Scope,
        folds: Sequence[Fold],
        used: Any,
        body: Callable[[Sequence[Scope]], None],
        bounds: tuple[str, str] | None,
        work: float,
    ) -> None:
        """The loop over one axis, and the folds it is folded over."""
        n, lanes = self.nest.extents[axis], self.nest.lanes
        in_lanes = axis == self.nest.lane
        turns = -(-n // lanes) if in_lanes else n
        copies = 1
        if in_lanes:
            light = work <= 12
            copies = 4 if folds and light else 2 if light else 1
            # A chain too long for the CPU to look beyond its end: two of them side by side.
            copies = 2 if 60 < work < 2500 and turns >= 256 else copies
            copies = min(copies, 1 << (max(turns, 1).bit_length() - 1))
        for fold in folds:
            self._slots(fold, axis, copies)
        blocked = (
            bounds is None
            and any(each.statement.function == "add" and each.dtype.kind == "f" for each in folds)
            and turns > 2 * _BLOCK * copies
        )

        def inner(index: str | int, active: int, turn: int, scale: int) -> Scope:
            made = scope.child()
            if in_lanes:
                made.active = active
            made.turn = turn
            self._advance(made, axis, index, used, scale)
            return made

        def inside(index: str | int, active: int, turn: int, scale: int) -> None:
            body([inner(index, active, turn, scale)])

        def span(start: str | int, stop: str | int, known: int | None) -> None:
            """Turns from start to stop, all lanes of each in use; `known` of them if constant."""
            scale = lanes if in_lanes else 1
            if copies > 1 and (known is None or known >= 2 * copies):
                if known is None:
                    length = self.w.let(f"sub i64 {stop}, {start}")
                    length = self.w.let(f"and i64 {length}, {-copies}")
                    many: str | int = self.w.let(f"add i64 {start}, {length}")
                else:
                    many = int(start) + known // copies * copies

                def several(i: str) -> None:
                    at = [i, *(self.w.let(f"add i64 {i}, {turn}") for turn in range(1, copies))]
                    body([inner(each, lanes, turn, scale) for turn, each in enumerate(at)])

                self.w.loop(start, many, copies, several)
                if known is None:
                    self.w.loop(many, stop, 1, lambda i: inside(i, lanes, 0, scale))
                else:
                    for i in range(int(many), int(stop)):
                        inside(i, lanes, i - int(many), scale)
            elif known is not None and known <= copies:
                for i in range(int(start), int(stop)):
                    inside(i, lanes, i - int(start), scale)
            else:
                self.w.loop(start, stop, 1, lambda i: inside(i, lanes, 0, scale))

        whole = n // lanes if in_lanes else n
        rest = n - whole * lanes if in_lanes else 0
        self._reset(folds, axis)
        if bounds is not None:
            start, stop = bounds
            if rest:
                low = self.w.let(f"icmp slt i64 {stop}, {whole}")
                last = self.w.let(f"select i1 {low}, i64 {stop}, i64 {whole}")
                span(start, last, None)
                final = self.w.let(f"icmp sgt i64 {stop}, {whole}")
                self.w.when(final, lambda: inside(whole, rest, 0, lanes))
            else:
                span(start, stop, None)
        elif blocked:
            self._in_blocks(axis, folds, whole, span)
        else:
            span(0, whole, whole)
        if rest and bounds is None:
            inside(whole, rest, copies - 1, lanes)
        for fold in folds:
            self._deliver(fold, axis, self._collected(fold, axis), scope)

    def _in_blocks(
        self,
        axis: int,
        folds: Sequence[Fold],
        whole: int,
        span: Callable[[str | int, str | int, int | None], None],
    ) -> None:
        """The turns in blocks of equal length, each folded by itself first."""
        w = self.w
        length = max(_BLOCK, int(whole**0.5)) // 16 * 16
        totals = {}
        for fold in folds:
            full = wide(kind(fold.dtype), fold.lanes)
            name = f"%total{len(self.entry)}"
            self.entry.append(f"{name} = alloca {full}, align 64")
            w.line(f"store {full} {self._start(fold).text}, ptr {name}, align 64")
            totals[fold] = name

        def block(i: str) -> None:
            after = w.let(f"add i64 {i}, {length}")
            low = w.let(f"icmp slt i64 {after}, {whole}")
            stop = w.let(f"select i1 {low}, i64 {after}, i64 {whole}")
            self._reset(folds, axis)
            span(i, stop, None)
            for fold in folds:
                self._fold_into(totals[fold], fold, self._collected(fold, axis))

        self.w.loop(0, whole, length, block)
        for fold in folds:
            self._reset([fold], axis)
            full = wide(kind(fold.dtype), fold.lanes)
            total = w.let(f"load {full}, ptr {totals[fold]}, align 64")
            w.line(f"store {full} {total}, ptr {fold.slots[axis][0]}, align 64")

    def _advance(self, scope: Scope, axis: int, index: str | int, used: Any, scale: int) -> None:
        """The addresses at an index of an axis."""
        for number in used:
            place = self.places[number]
            step = place.strides[axis] * scale if axis < len(place.strides) else 0
            if not step:
                continue
            base, constant = scope.pointers[number]
            if isinstance(index, int):
                scope.pointers[number] = (base, constant + index * step)
            else:
                offset = index if step == 1 else self.w.let(f"mul nsw i64 {index}, {step}")
                scope.pointers[number] = (self.w.moved(base, place.kind, offset), constant)

    # Folds

    def _slots(self, fold: Fold, axis: int, copies: int) -> None:
        full = wide(kind(fold.dtype), fold.lanes)
        names = []
        for _ in range(copies):
            names.append(f"%slot.{len(self.entry)}")
            self.entry.append(f"{names[-1]} = alloca {full}, align 64")
        fold.slots[axis] = names

    def _reset(self, folds: Sequence[Fold], axis: int) -> None:
        for fold in folds:
            full = wide(kind(fold.dtype), fold.lanes)
            for name in fold.slots[axis]:
                self.w.line(f"store {full} {self._start(fold).text}, ptr {name}, align 64")

    def _collected(self, fold: Fold, axis: int) -> Lanes:
        full = wide(kind(fold.dtype), fold.lanes)
        values = [
            Lanes(self.w.let(f"load {full}, ptr {name}, align 64"), fold.dtype, fold.lanes)
            for name in fold.slots[axis]
        ]
        return self._tree(fold, values)

    def _tree(self, fold: Fold, values: list[Lanes]) -> Lanes:
        while len(values) > 1:
            pairs = [
                self._combined(fold, values[i], values[i + 1]) for i in range(0, len(values) - 1, 2)
            ]
            values = pairs + values[2 * len(pairs) :]
        return values[0]

    def _combined(self, fold: Fold, a: Lanes, b: Lanes) -> Lanes:
        return functions.compute(self.w, fold.statement.function, (a, b), fold.dtype)

    def _fold_into(self, slot: str, fold: Fold, value: Lanes) -> None:
        full = wide(kind(fold.dtype), fold.lanes)
        old = Lanes(self.w.let(f"load {full}, ptr {slot}, align 64"), fold.dtype, fold.lanes)
        new = self._combined(fold, old, self.w.spread(value, fold.lanes))
        self.w.line(f"store {full} {new.text}, ptr {slot}, align 64")

    def _deliver(self, fold: Fold, axis: int, value: Lanes, scope: Scope) -> None:
        """What the loop over `axis` folded goes to the loop around, or is the result."""
        if axis > fold.home:
            self._fold_into(self._slot(fold, axis - 1, scope), fold, value)
        else:
            self._finish(fold, value, scope)

    def _slot(self, fold: Fold, axis: int, scope: Scope) -> str:
        slots = fold.slots[axis]
        return slots[scope.turn if axis == self.nest.lane and scope.turn < len(slots) else 0]

    def _finish(self, fold: Fold, value: Lanes, scope: Scope) -> None:
        lane = self.nest.lane
        if lane is not None and fold.home <= lane and value.lanes:
            value = self._across(fold.statement.function, value, value.lanes)
        statement = fold.statement
        if isinstance(statement, Reduce):
            scope.registers[statement.target] = value
        else:
            self._to_memory(statement, value, scope)

    def _across(self, function: str, value: Lanes, active: int) -> Lanes:
        return self.w.folded(
            value, active, lambda a, b: functions.compute(self.w, function, (a, b), a.dtype)
        )

    def _fold(self, fold: Fold, value: Lanes, scope: Scope) -> None:
        """One more number, or row of lanes, into a fold."""
        value = self.w.spread(functions.cast(self.w, value, fold.dtype), fold.lanes)
        if fold.lanes and scope.active < fold.lanes and fold.home <= (self.nest.lane or 0):
            value = self.w.chosen(scope.active, value, self._start(fold))
        if fold in self.terms:
            self.terms[fold].append((value, scope.active))
        else:
            self._fold_into(self._slot(fold, fold.leaf - 1, scope), fold, value)

    # Stages without loops

    def _unrolled_stage(self, number: int, stage: Stage, scope: Scope) -> None:
        nest = self.nest
        folds = [
            each for each in self.folds if each.stage == number and each.leaf == nest.depth_of_all
        ]
        here = [each for each in folds if each.home <= nest.n_outer]
        for fold in here:
            self.terms[fold] = []
        for turn, (index, active) in enumerate(self.unrolled):
            inner = scope.child()
            inner.active = active or scope.active
            for offset, i in enumerate(index):
                self._advance(inner, nest.n_outer + offset, i, range(len(self.places)), 1)
            for (register, at), value in self.kept.items():
                if at == turn:
                    inner.registers[register] = value
            for statement in stage.statements:
                self._statement(statement, inner)
                if isinstance(statement, Load | Compute):
                    self.kept[statement.target, turn] = inner.registers[statement.target]
        for fold in here:
            terms = [value for value, _ in self.terms.pop(fold)]
            value = self._tree(fold, terms)
            if fold.home < nest.n_outer:
                self._fold_into(self._slot(fold, nest.n_outer - 1, scope), fold, value)
            else:
                self._finish(fold, value, scope)

    # Statements

    def _statement(self, statement: Statement, scope: Scope) -> None:
        if isinstance(statement, Load):
            value = self._load(statement, scope)
            scope.registers[statement.target] = functions.cast(
                self.w, value, statement.target.dtype
            )
        elif isinstance(statement, Compute):
            arguments = [self._operand(x, scope) for x in statement.arguments]
            scope.registers[statement.target] = self._computed(statement, arguments)
        elif isinstance(statement, Store):
            value = self._value(statement.argument, statement.view.dtype, scope)
            self._store(statement, value, scope)
        elif isinstance(statement, Accumulate) and id(statement) in self.direct:
            self._to_memory(
                statement, self._value(statement.argument, statement.view.dtype, scope), scope
            )
        else:
            fold = next(each for each in self.folds if each.statement is statement)
            self._fold(fold, self._value(statement.argument, fold.dtype, scope), scope)
        if isinstance(statement, Load | Compute) and statement.target in self.scratch:
            self._keep(statement.target, scope)

    def _computed(self, statement: Compute, arguments: list[Any]) -> Lanes:
        if not any(isinstance(x, Lanes) for x in arguments):
            # Numbers are compared as numbers, not as the truth that comes of it.
            compares = statement.target.dtype == functions.BOOL and type(arguments[0]) is not bool
            dtype = np.dtype(np.float64) if compares else statement.target.dtype
            arguments[0] = self.w.constant(arguments[0], dtype)
        return functions.compute(self.w, statement.function, arguments, statement.target.dtype)

    def _operand(self, x: Any, scope: Scope) -> Any:
        if not isinstance(x, Register):
            return x
        if x not in scope.registers:
            scope.registers[x] = self._brought(x, scope)
        return scope.registers[x]

    def _value(self, x: Any, dtype: np.dtype[Any], scope: Scope) -> Lanes:
        operand = self._operand(x, scope)
        if not isinstance(operand, Lanes):
            return self.w.constant(operand, dtype)
        return functions.cast(self.w, operand, dtype)

    def _pointer(self, number: int, scope: Scope) -> str:
        base, constant = scope.pointers[number]
        return self.w.moved(base, self.places[number].kind, constant)

    def _scratch_stride(self, register: Register) -> int:
        return 1 if register in self.nest.varying else 0

    def _keep(self, register: Register, scope: Scope) -> None:
        value = scope.registers[register]
        lanes = self.nest.lanes if value.lanes else 0
        self.w.store(
            value,
            self._pointer(self.scratch[register], scope),
            1 if lanes else 0,
            lanes,
            scope.active if lanes else 1,
        )

    def _brought(self, register: Register, scope: Scope) -> Lanes:
        lanes = self.nest.lanes if register in self.nest.varying else 0
        return self.w.load(
            register.dtype,
            self._pointer(self.scratch[register], scope),
            1 if lanes else 0,
            lanes,
            scope.active if lanes else 1,
        )

    def _lane_stride(self, statement: Access, leaf_has_lanes: bool) -> int:
        lane = self.nest.lane
        return self.nest.of(statement)[lane] if lane is not None and leaf_has_lanes else 0

    def _address(self, statement: Access, scope: Scope) -> tuple[str, str | None]:
        """The address of the first lane; and, if lanes have their own indices, offsets of all."""
        w = self.w
        pointer = self._pointer(self.place_of[id(statement)], scope)
        if not statement.indices:
            return pointer, None
        element = memory_kind(statement.view.dtype)
        whole = np.dtype(np.int64)
        offsets: str | None = None
        lanes = self.nest.lanes
        for register, step in statement.indices:
            index = functions.cast(w, self._value(register, register.dtype, scope), whole)
            if not index.lanes:
                far = w.let(f"mul nsw i64 {index.text}, {step}")
                pointer = w.moved(pointer, element, far)
                continue
            full = wide("i64", lanes)
            far = w.let(f"mul nsw {full} {index.text}, splat (i64 {step})")
            offsets = far if offsets is None else w.let(f"add nsw {full} {offsets}, {far}")
        stride = self._lane_stride(statement, True)
        if offsets is not None and stride:
            steps = ", ".join(f"i64 {i * stride}" for i in range(lanes))
            offsets = w.let(f"add nsw {wide('i64', lanes)} {offsets}, <{steps}>")
        return pointer, offsets

    def _load(self, statement: Load, scope: Scope) -> Lanes:
        pointer, offsets = self._address(statement, scope)
        dtype, lanes = statement.view.dtype, self.nest.lanes
        if offsets is None:
            return self.w.load(
                dtype, pointer, self._lane_stride(statement, True), lanes, scope.active
            )
        if memory_kind(dtype) not in ("float", "double", "i32", "i64"):
            return self._load_one_by_one(dtype, pointer, offsets, scope)
        return self.w.load_at(dtype, pointer, offsets, lanes, scope.active)

    def _load_one_by_one(
        self, dtype: np.dtype[Any], pointer: str, offsets: str, scope: Scope
    ) -> Lanes:
        w, lanes = self.w, self.nest.lanes
        values = []
        for number in range(lanes):
            at = w.lane(Lanes(offsets, np.dtype(np.int64), lanes), min(number, scope.active - 1))
            place = w.moved(pointer, memory_kind(dtype), at.text)
            values.append(w.load(dtype, place, 0, 0, 1))
        return w.gathered(values)

    def _store(self, statement: Store, value: Lanes, scope: Scope) -> None:
        pointer, offsets = self._address(statement, scope)
        if offsets is not None:
            self.w.store_at(value, pointer, offsets, self.nest.lanes, scope.active)
            return
        stride = self._lane_stride(statement, True)
        self.w.store(value, pointer, stride, self.nest.lanes if stride else 0, scope.active)

    def _to_memory(self, statement: Accumulate, value: Lanes, scope: Scope) -> None:
        """memory = function(memory, value), at the open loops' indices."""
        w, nest = self.w, self.nest
        function, dtype = statement.function, statement.view.dtype
        pointer, offsets = self._address(statement, scope)
        if offsets is not None:
            self._one_by_one(statement, value, pointer, offsets, scope)
            return
        open_lanes = nest.lane is not None and self._is_open(statement)
        stride = self._lane_stride(statement, open_lanes)
        if open_lanes and not stride:
            value = self._across(function, w.spread(value, nest.lanes), scope.active)
        lanes = nest.lanes if stride else 0
        active = scope.active if lanes else 1
        if not self._overwrites(statement):
            old = w.load(dtype, pointer, stride, lanes, active)
            value = functions.compute(w, function, (old, value), dtype)
        w.store(value, pointer, stride, lanes, active)

    def _is_open(self, statement: Accumulate) -> bool:
        """Whether the lane axis is among the loops around the write to memory."""
        lane = self.nest.lane
        fold = next((each for each in self.folds if each.statement is statement), None)
        if fold is not None:
            return lane is not None and lane < fold.home
        leaf = next(self.nest.leaf(s) for _, s in self.sequence if statement in s.statements)
        return lane is not None and lane < leaf

    def _one_by_one(
        self, statement: Accumulate, value: Lanes, pointer: str, offsets: str, scope: Scope
    ) -> None:
        """Lane by lane: several may add to the same element."""
        w, lanes = self.w, self.nest.lanes
        dtype = statement.view.dtype
        for number in range(scope.active):
            at = w.lane(Lanes(offsets, np.dtype(np.int64), lanes), number)
            place = w.moved(pointer, memory_kind(dtype), at.text)
            old = w.load(dtype, place, 0, 0, 1)
            new = functions.compute(w, statement.function, (old, w.lane(value, number)), dtype)
            w.store(new, place, 0, 0, 1)

    def _overwrites(self, statement: Accumulate) -> bool:
        return statement.clear and visits_once(self.nest, statement)


def visits_once(nest: Nest, statement: Accumulate) -> bool:
    """Whether an accumulation reaches each element of its memory in one go, never to return."""
    if statement.indices:
        return False
    stage = next(each for each in nest.stages if statement in each.statements)
    due = home(nest, statement, nest.leaf(stage))
    # An axis that is left out and is not folded over would come back to the same element.
    return all(nest.of(statement)[:due]) and 0 not in nest.extents


def argument_key(view: View) -> tuple[Any, ...]:
    """Equal for views that begin at the same address, whatever loop is around."""
    return id(view.buffer), view.offset, view.steps


def views_of(stages: Sequence[Stage]) -> Iterator[View]:
    """The views of all memory statements."""
    for statement in accesses(stages):
        yield statement.view

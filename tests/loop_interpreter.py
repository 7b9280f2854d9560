"""Tasks carried out slowly by NumPy, as `loops` says that they are: what schedules are tested with.

Outer indices come one after another, so that memory which is written too early is seen; memory is
full of arbitrary numbers before it is written.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from autograd.compiler.fuse import Schedule
from autograd.compiler.loops import (
    Accumulate,
    Buffer,
    Call,
    Compute,
    Kernel,
    Load,
    Loop,
    MatMul,
    Reduce,
    Register,
    Store,
    Task,
    View,
)
from autograd.compiler.memory import Plan, plan
from autograd.scipy import special

IDENTITY = {"add": 0, "multiply": 1}
OWN = {
    "where": np.where,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, x.dtype.type(0)),
    "erf": special.erf,
}


def _extreme(dtype: Any, function: str) -> Any:
    if dtype.kind == "b":
        return function == "minimum"
    ends = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    start = ends.min if function == "maximum" else ends.max
    return np.copysign(np.inf, start) if dtype.kind == "f" else start


class Machine:
    """Memory, and what runs on it; temporaries are where a plan puts them."""

    def __init__(self, plan: Plan) -> None:
        self.memory: dict[Buffer, np.ndarray] = {}
        arena = (np.arange(plan.size) * 37 % 251).astype(np.uint8)
        for buffer, start in plan.offsets.items():
            part = arena[start : start + buffer.size * buffer.dtype.itemsize]
            if buffer.dtype == bool:
                part[...] %= 2
            self.memory[buffer] = part.view(buffer.dtype)

    def array(self, buffer: Buffer) -> np.ndarray:
        if buffer not in self.memory:
            if buffer.data is not None:
                data = np.asarray(buffer.data)
                assert data.flags.c_contiguous
                self.memory[buffer] = data.reshape(-1)
            else:
                assert buffer.role == "result", f"memory for {buffer.role} that is not there"
                filling = np.arange(buffer.size * buffer.dtype.itemsize) * 37 % 251
                raw = (filling % 2 if buffer.dtype == bool else filling).astype(np.uint8)
                self.memory[buffer] = raw.view(buffer.dtype)
        return self.memory[buffer]

    def places(self, view: View, steps: Sequence[int]) -> np.ndarray:
        moved = view.offset + sum(i * s for i, s in zip(steps, view.steps, strict=True))
        index = np.full(view.shape, moved, np.int64)
        for axis, (n, stride) in enumerate(zip(view.shape, view.strides, strict=True)):
            tail = (1,) * (len(view.shape) - axis - 1)
            index = index + stride * np.arange(n).reshape((n, *tail))
        assert index.size == 0 or (index.min() >= 0 and index.max() < view.buffer.size), view
        return index

    def read(self, view: View, steps: Sequence[int] = ()) -> np.ndarray:
        return self.array(view.buffer)[self.places(view, steps)]

    def run(self, task: Task, steps: tuple[int, ...] = ()) -> None:
        with np.errstate(all="ignore"):
            if isinstance(task, Kernel):
                self.kernel(task, steps)
            elif isinstance(task, MatMul):
                self.product(task, steps)
            elif isinstance(task, Call):
                self.call(task, steps)
            else:
                assert isinstance(task, Loop)
                turns = range(task.length)
                for i in reversed(turns) if task.reverse else turns:
                    for inner in task.tasks:
                        self.run(inner, (*steps, i))

    def product(self, task: MatMul, steps: Sequence[int]) -> None:
        assert task.a.shape[:-2] == task.b.shape[:-2] == task.out.shape[:-2]
        assert task.out.shape[-2:] == (task.a.shape[-2], task.b.shape[-1])
        assert task.a.dtype == task.b.dtype == task.out.dtype
        assert task.out.buffer not in (task.a.buffer, task.b.buffer)
        found = np.matmul(self.read(task.a, steps), self.read(task.b, steps))
        places = self.places(task.out, steps)
        memory = self.array(task.out.buffer)
        if not task.accumulate:
            memory[places] = 0
        np.add.at(memory, places, found)

    def call(self, task: Call, steps: Sequence[int]) -> None:
        given: list[Any] = []
        weak = task.weak or (False,) * len(task.inputs)
        for x, number in zip(task.inputs, weak, strict=True):
            if isinstance(x, View):
                x = self.read(x, steps)
                x = x.item() if number else x[()]
            given.append(x)
        found = task.op.function(*given, **task.static)
        parts = found if isinstance(found, tuple | list) else (found,)
        assert len(parts) == len(task.outputs)
        for part, view in zip(parts, task.outputs, strict=True):
            assert np.shape(part) == view.shape
            assert np.asarray(part).dtype == view.dtype
            self.array(view.buffer)[self.places(view, steps)] = part

    def kernel(self, task: Kernel, steps: Sequence[int]) -> None:
        places: dict[int, np.ndarray] = {}
        for stage in task.stages:
            for s in stage.statements:
                if isinstance(s, Load | Store | Accumulate):
                    every = (*task.outer, *task.inner) if stage.full else task.outer
                    assert s.view.shape == every, (s.view.shape, every)
                    places[id(s)] = self.places(s.view, steps)
                if isinstance(s, Store) and not s.indices:
                    assert len(np.unique(places[id(s)])) == places[id(s)].size, "stored twice"
                if isinstance(s, Accumulate) and s.clear:
                    dtype = s.view.dtype
                    start = IDENTITY.get(s.function)
                    if start is None:
                        start = _extreme(dtype, s.function)
                    self.array(s.view.buffer)[places[id(s)]] = start
        self._refuse_hazards(task, places)
        for index in product(*map(range, task.outer)):
            registers: dict[Register, Any] = {}
            full_of: dict[Register, bool] = {}

            def value(x: Any, full: bool, registers: Any = registers, kinds: Any = full_of) -> Any:
                if isinstance(x, Register):
                    assert full or not kinds[x], "a row stage reads a register of a full stage"
                    return registers[x]
                return x

            for stage in task.stages:
                for s in stage.statements:
                    self.statement(s, stage.full, index, value, registers, full_of, places, task)

    def _refuse_hazards(self, task: Kernel, places: dict[int, np.ndarray]) -> None:
        """What is stored is loaded at the same index or not at all, and stored once."""
        found = [s for s in task.statements() if isinstance(s, Load | Store | Accumulate)]
        for s in found:
            for other in found:
                if isinstance(s, Load) or other is s or other.view.buffer is not s.view.buffer:
                    continue
                mine, theirs = places[id(s)], places[id(other)]
                at_one_index = isinstance(s, Store) and isinstance(other, Load)
                if at_one_index and not other.indices and np.array_equal(mine, theirs):
                    continue
                assert not (s.indices or other.indices), "indices into memory that is written"
                assert not np.intersect1d(mine, theirs).size, "written while it is read"

    def statement(
        self,
        s: Any,
        full: bool,
        index: Any,
        value: Any,
        registers: Any,
        full_of: Any,
        places: Any,
        task: Kernel,
    ) -> None:
        shape = task.inner if full else ()

        def made(target: Register, x: Any, kind: bool = full) -> None:
            assert target not in registers, "computed twice"
            x = np.asarray(x)
            assert x.dtype == target.dtype, (s, x.dtype, target.dtype)
            registers[target] = np.broadcast_to(x, shape if kind else ())
            full_of[target] = kind

        def where(s: Any) -> np.ndarray:
            found = places[id(s)][index]
            for register, step in s.indices:
                found = found + value(register, full) * step
            found = np.broadcast_to(found, np.broadcast_shapes(np.shape(found), shape))
            assert found.size == 0 or (found.min() >= 0 and found.max() < s.view.buffer.size)
            return found

        if isinstance(s, Load):
            made(s.target, self.array(s.view.buffer)[where(s)])
        elif isinstance(s, Compute):
            arguments = [value(x, full) for x in s.arguments]
            kinds = {x.dtype for x in s.arguments if isinstance(x, Register)}
            if s.function == "where":
                arguments[1:] = [np.asarray(x).astype(s.target.dtype) for x in arguments[1:]]
                made(s.target, np.where(*arguments))
            elif s.function == "cast":
                made(s.target, np.asarray(arguments[0]).astype(s.target.dtype))
            else:
                assert len(kinds) == 1, (s.function, kinds)
                (kind,) = kinds
                arguments = [np.asarray(x).astype(kind) for x in arguments]
                if s.function in OWN:
                    found = OWN[s.function](*arguments)
                else:
                    found = getattr(np, s.function)(*arguments)
                made(s.target, found)
        elif isinstance(s, Reduce):
            assert full, "a reduction outside the inner loops"
            x = value(s.argument, full)
            found = getattr(np, s.function).reduce(x, axis=None, dtype=x.dtype)
            made(s.target, found, False)
        elif isinstance(s, Store):
            x = value(s.argument, full)
            if isinstance(s.argument, Register):
                assert s.argument.dtype == s.view.dtype
            self.array(s.view.buffer)[where(s)] = x
        else:
            ufunc = getattr(np, s.function)
            ufunc.at(self.array(s.view.buffer), where(s), value(s.argument, full))


def run(schedule: Schedule, inputs: Sequence[Any]) -> list[np.ndarray]:
    """The results of a schedule on these inputs; donated inputs are copied first."""
    machine = Machine(plan(schedule))
    for view, data in zip(schedule.inputs, inputs, strict=True):
        array = np.array(data, dtype=view.dtype)
        assert array.shape == view.shape
        machine.memory[view.buffer] = array.reshape(-1)
    for task in schedule.tasks:
        machine.run(task)
    for check in schedule.checks:
        extremes = machine.read(check.extremes)
        least, greatest = extremes[..., 0].min(), extremes[..., 1].max()
        if least < check.low or greatest >= check.high:
            raise IndexError(f"{check.name}: {least} to {greatest}")
    return [machine.read(view) for view in schedule.results]

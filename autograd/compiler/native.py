"""`Native`: a program as machine code, and the memory it runs in."""

from collections.abc import Mapping, Sequence
from functools import partial
from sys import getrefcount
from typing import Any

import numpy as np

from autograd.compiler.emit.as_python import source
from autograd.compiler.emit.with_llvm import compile_tasks
from autograd.compiler.explanation import Explanation, explained
from autograd.compiler.fuse import Schedule, schedule
from autograd.compiler.loops import (
    Accumulate,
    Buffer,
    Call,
    Compute,
    Kernel,
    Loop,
    MatMul,
    Reduce,
    Store,
    Task,
    View,
)
from autograd.compiler.memory import plan
from autograd.compiler.passes.pipeline import optimize
from autograd.compiler.program import Program
from autograd.errors import AutogradError, IndexingError
from autograd.value import Value
from autograd.wording import explain

# Arguments up to this many bytes are copied to a place of their own: asking NumPy for an address
# costs more.
SMALL = 1 << 14


class Native:
    """A program compiled for this machine.

    A table of addresses says where each buffer lies: all temporaries in one arena, inputs where the
    caller has them, results in arrays that are used again once nobody else refers to them.
    """

    def __init__(self, program: Program, arguments: int) -> None:
        self.program = optimize(program)
        self.schedule: Schedule = schedule(self.program)
        first, rest = _checks_first(self.schedule)
        self.schedule.tasks[:] = [*first, *rest]
        memory = plan(self.schedule)
        self.arena_bytes = memory.size
        slots, self._places = self._laid_out(memory.offsets)
        self._arena = _aligned(memory.size)
        self._table = np.zeros(len(slots) + 1, np.int64)
        self._table[0] = self._arena.ctypes.data
        self._address = self._table.ctypes.data
        self._offsets = memory.offsets
        self._slots = slots
        self._arguments = arguments
        self._place_constants()
        self._place_inputs()
        self._place_results()
        self._place_others()
        self._depositors: dict[int, Value] = {}
        self._early = _written_before_failure(first, rest)
        self._exposed = {
            number for number, view in enumerate(self.schedule.inputs) if view.buffer in self._early
        }
        self._checking = self._steps(first)
        self._steps_after = self._steps(rest)

    @property
    def source(self) -> str:
        """The kernels as readable Python, in the order they run."""
        return source(self.schedule.tasks)

    def expect(self, state: Mapping[int, Any], deposited: Mapping[int, Value]) -> None:
        """Write over these inputs, arrays that nobody else has, and over gradients replaced."""
        results = self.schedule.results
        self._depositors = {
            number: v
            for number, v in deposited.items()
            if results[number].buffer not in self._early
        }
        for number, slot in self._owned:
            x = state.get(number)
            if isinstance(x, np.ndarray) and x.dtype == self.schedule.inputs[number].dtype:
                self._last[number] = x = np.ascontiguousarray(x)
                self._table[slot] = x.__array_interface__["data"][0]

    def run(self, inputs: list[Any]) -> list[Any]:
        """The results, in arrays that no later run writes to while anyone else has them."""
        table = self._table
        for number, staging in self._staged:
            staging[...] = inputs[number]
        for number, slot in self._direct:
            x = inputs[number]
            if x is not self._last[number]:
                inputs[number] = x = _in_order(x, self.program.inputs[number])
                table[slot] = x.__array_interface__["data"][0]
                if number >= self._arguments:
                    self._last[number] = x
        for number, slot in self._owned:
            x = self._last[number]
            exposed = number in self._exposed
            if exposed or inputs[number] is not x or getrefcount(x) > _REFERENCES:
                self._last[number] = x = np.array(inputs[number], order="C")
                table[slot] = x.__array_interface__["data"][0]
        outputs = self._outputs
        depositors = self._depositors
        for number, slot in self._fresh:
            # The gradient that an earlier run left, and that this one replaces, is free as well.
            left = number in depositors and depositors[number].grad is outputs[number]
            if getrefcount(outputs[number]) > _FREE + left:
                outputs[number] = x = np.empty_like(outputs[number])
                table[slot] = x.__array_interface__["data"][0]
        if self._checking:
            for step in self._checking:
                step(inputs)
            self._look()
        for step in self._steps_after:
            step(inputs)
        results = []
        for kind, number in self._handed_out:
            if kind is _ARRAY:
                results.append(outputs[number])
            elif kind is _SCALAR:
                results.append(outputs[number][()])
            elif kind is _NUMBER:
                results.append(outputs[number].item())
            elif kind is _IN_PLACE:
                results.append(self._last[number])
            else:
                results.append(self._stagings[number].item())
        return results

    def explain(self, inputs: Sequence[Any], traced: int) -> Explanation:
        """What each task costs. It is run many times, on copies."""
        twin = Native(self.program, self._arguments)
        copies = [x.copy() if isinstance(x, np.ndarray) else x for x in inputs]
        twin.run(copies)
        steps = [step for task in twin.schedule.tasks for step in twin._steps([task])]
        runs = [partial(step, copies) for step in steps]
        equations = (traced, len(self.program.equations))
        return explained(twin.schedule.tasks, runs, self.arena_bytes, equations)

    # Where everything lies

    def _laid_out(self, offsets: dict[Buffer, int]) -> tuple[dict[Buffer, int], dict[Buffer, int]]:
        """For every buffer the slot of the table that its address is reckoned from."""
        slots: dict[Buffer, int] = dict.fromkeys(offsets, 0)
        places = dict(offsets)
        for buffer in _buffers(self.schedule):
            if buffer not in slots and buffer.role != "scratch":
                slots[buffer] = 1 + len(slots) - len(offsets)
                places[buffer] = 0
        return slots, places

    def _place_constants(self) -> None:
        self._kept = [b.data for b in self._slots if b.role == "constant"]
        for buffer, slot in self._slots.items():
            if buffer.role == "constant":
                self._table[slot] = buffer.data.__array_interface__["data"][0]

    def _place_inputs(self) -> None:
        self._stagings: dict[int, np.ndarray] = {}
        self._staged: list[tuple[int, np.ndarray]] = []
        self._direct: list[tuple[int, int]] = []
        self._owned: list[tuple[int, int]] = []
        self._last: list[Any] = [None] * len(self.program.inputs)
        replaced = {id(view.buffer) for view in self.schedule.results}
        for number, (variable, view) in enumerate(
            zip(self.program.inputs, self.schedule.inputs, strict=True)
        ):
            slot = self._slots.get(view.buffer)
            if slot is None:
                continue  # nothing reads it
            small = number < self._arguments and variable.size * view.dtype.itemsize <= SMALL
            if not variable.shape or small:
                staging = self._stagings[number] = _empty(variable.shape, view.dtype)
                self._staged.append((number, staging))
                self._table[slot] = staging.ctypes.data
            elif id(view.buffer) in replaced:
                self._owned.append((number, slot))
            else:
                self._direct.append((number, slot))

    def _place_results(self) -> None:
        self._outputs: list[Any] = [None] * len(self.schedule.results)
        self._fresh: list[tuple[int, int]] = []
        self._handed_out: list[tuple[str, int]] = []
        places = {id(view.buffer): i for i, view in enumerate(self.schedule.inputs)}
        for number, (x, view) in enumerate(
            zip(self.program.results, self.schedule.results, strict=True)
        ):
            source_number = places.get(id(view.buffer))
            if source_number is not None:
                staged = source_number in self._stagings
                self._handed_out.append((_STAGED if staged else _IN_PLACE, source_number))
                continue
            # No view of a larger array: a view of a result would refer to that one instead.
            self._outputs[number] = np.empty(x.shape, view.dtype)
            slot = self._slots[view.buffer]
            self._table[slot] = self._outputs[number].ctypes.data
            if x.shape:
                self._fresh.append((number, slot))
            self._handed_out.append((_ARRAY if x.shape else _NUMBER if x.weak else _SCALAR, number))
        self._extremes = []
        for check in self.schedule.checks:
            extremes = _empty(check.extremes.shape, np.dtype(np.int64))
            self._table[self._slots[check.extremes.buffer]] = extremes.ctypes.data
            self._extremes.append((check, extremes))

    def _place_others(self) -> None:
        """Memory for what is copied into an input's place at the end."""
        self._spare: dict[Buffer, np.ndarray] = {}
        for buffer, slot in self._slots.items():
            if buffer.role == "result" and not self._table[slot]:
                self._spare[buffer] = _empty((buffer.size,), buffer.dtype)
                self._table[slot] = self._spare[buffer].ctypes.data

    def _look(self) -> None:
        """Raise IndexingError for an index outside the array that it counts in."""
        for check, extremes in self._extremes:
            low, high = int(extremes[..., 0].min()), int(extremes[..., 1].max())
            if low < check.low or high >= check.high:
                raise IndexingError(
                    f"indices from {check.low} to {check.high - 1} for {check.name}",
                    f"{low if low < check.low else high}",
                    "correct the indices; labels count from 0",
                )

    # What runs

    def _steps(self, tasks: Sequence[Task]) -> list[Any]:
        """Native segments, and between them calls of NumPy."""
        steps: list[Any] = []
        waiting: list[Task] = []

        def flush() -> None:
            if waiting:
                segment = compile_tasks(waiting, self._slots, self._places)
                address = self._address
                steps.append(lambda inputs: segment.run(address))
                waiting.clear()

        for task in tasks:
            if isinstance(task, Call):
                flush()
                steps.append(self._call(task))
            else:
                waiting.append(task)
        flush()
        return steps

    def _call(self, call: Call) -> Any:
        weak = call.weak or (False,) * len(call.inputs)

        def run(inputs: list[Any]) -> None:
            given = []
            for x, number in zip(call.inputs, weak, strict=True):
                x = self._array(x, inputs) if isinstance(x, View) else x
                given.append(x.item() if number and isinstance(x, np.ndarray) else x)
            try:
                with np.errstate(all="ignore"):
                    found = call.op.function(*given, **call.static)
            except AutogradError:
                raise
            except Exception as error:
                explain(call.op, given, dict(call.static), error)
            parts = found if len(call.outputs) != 1 or isinstance(found, tuple) else (found,)
            for view, part in zip(call.outputs, parts, strict=True):
                self._array(view, inputs)[...] = part

        return run

    def _array(self, view: View, inputs: list[Any]) -> np.ndarray:
        """The elements of a view, as NumPy sees them."""
        size = view.dtype.itemsize
        base = self._memory(view.buffer, inputs)
        strides = tuple(stride * size for stride in view.strides)
        start = base[view.offset :] if view.offset else base
        return np.lib.stride_tricks.as_strided(start, view.shape, strides)

    def _memory(self, buffer: Buffer, inputs: list[Any]) -> np.ndarray:
        """All elements of a buffer."""
        if buffer.role == "constant":
            return buffer.data
        if buffer in self._offsets:
            start = self._offsets[buffer]
            end = start + buffer.size * buffer.dtype.itemsize
            return self._arena[start:end].view(buffer.dtype)
        for number, view in enumerate(self.schedule.inputs):
            if view.buffer is buffer:
                if number in self._stagings:
                    return self._stagings[number].reshape(-1)
                owned = any(number == i for i, _ in self._owned)
                return (self._last[number] if owned else inputs[number]).reshape(-1)
        for number, view in enumerate(self.schedule.results):
            if view.buffer is buffer:
                return self._outputs[number].reshape(-1)
        if buffer in self._spare:
            return self._spare[buffer]
        return next(e.reshape(-1) for c, e in self._extremes if c.extremes.buffer is buffer)


# How a result is handed out.
_ARRAY, _SCALAR, _NUMBER, _IN_PLACE, _STAGED = "array", "scalar", "number", "in place", "staged"


def _empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
    """An array whose memory begins at a multiple of 64 bytes, as vector instructions like it."""
    size = int(np.prod(shape)) * dtype.itemsize
    return _aligned(size)[:size].view(dtype).reshape(shape)


def _aligned(size: int) -> np.ndarray:
    raw = np.empty(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size]


def _in_order(x: Any, like: Any) -> np.ndarray:
    """The data of an input in C order."""
    return np.ascontiguousarray(x, like.dtype)


def _buffers(scheduled: Schedule) -> list[Buffer]:
    """Every buffer that tasks, inputs and results use, once."""
    found: dict[int, Buffer] = {}

    def visit(tasks: Sequence[Task]) -> None:
        for task in tasks:
            for view in views_of(task):
                found.setdefault(id(view.buffer), view.buffer)
            if isinstance(task, Loop):
                visit(task.tasks)

    visit(scheduled.tasks)
    for view in scheduled.results:
        found.setdefault(id(view.buffer), view.buffer)
    for check in scheduled.checks:
        found.setdefault(id(check.extremes.buffer), check.extremes.buffer)
    return list(found.values())


def views_of(task: Task) -> list[View]:
    """What a task reads and writes, apart from the tasks inside a loop."""
    if isinstance(task, Kernel):
        return [x.view for x in task.statements() if not isinstance(x, Compute | Reduce)]
    if isinstance(task, MatMul):
        return [task.a, task.b, task.out]
    if isinstance(task, Call):
        return [x for x in (*task.inputs, *task.outputs) if isinstance(x, View)]
    return []


def _writes(task: Task) -> list[View]:
    if isinstance(task, Kernel):
        return [x.view for x in task.statements() if isinstance(x, Store | Accumulate)]
    if isinstance(task, MatMul):
        return [task.out]
    if isinstance(task, Call):
        return list(task.outputs)
    return [view for inner in task.tasks for view in _writes(inner)]


def _everything(task: Task) -> list[View]:
    if isinstance(task, Loop):
        return [view for inner in task.tasks for view in _everything(inner)]
    return views_of(task)


def _checks_first(scheduled: Schedule) -> tuple[list[Task], list[Task]]:
    """The tasks that look at indices and what they need, and the others, each in order.

    An index out of bounds is an error before any state is changed.
    """
    needed = {id(check.extremes.buffer) for check in scheduled.checks}
    first: list[Task] = []
    for task in reversed(scheduled.tasks):
        if any(id(view.buffer) in needed for view in _writes(task)):
            needed |= {id(view.buffer) for view in _everything(task)}
            first.append(task)
    chosen = {id(task) for task in first}
    return first[::-1], [task for task in scheduled.tasks if id(task) not in chosen]


def _written_before_failure(first: Sequence[Task], rest: Sequence[Task]) -> set[Buffer]:
    """The buffers that are written to before all that may raise has run.

    An error must find the state as it was: state among these is computed in a copy.
    """
    calls = [i for i, task in enumerate(rest) if isinstance(task, Call)]
    early = [*first, *rest[: calls[-1] + 1 if calls else 0]]
    return {view.buffer for task in early for view in _writes(task)}


def _references() -> tuple[int, int]:
    """How many references an array has that a Value, `_last` and the inputs hold; a free output."""
    value = [np.zeros(1)]
    last, inputs = list(value), list(value)
    found = 0
    for number, _ in [(0, 0)]:
        x = last[number]
        if inputs[number] is x:
            found = getrefcount(x)
    outputs = [np.zeros(1)]
    return found, getrefcount(outputs[0])


_REFERENCES, _FREE = _references()

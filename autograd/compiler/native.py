"""`Native`: a program as machine code."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from sys import getrefcount
from typing import Any
from weakref import ref

import numpy as np

from autograd.compiler.emit.as_python import source
from autograd.compiler.emit.with_llvm import compile_tasks
from autograd.compiler.explanation import Explanation, explained
from autograd.compiler.loops import Call, Task, View
from autograd.compiler.ordering import generators, ordered
from autograd.compiler.ownership import ALONE, copied
from autograd.compiler.placement import Places
from autograd.compiler.program import Program
from autograd.compiler.remembering import remembered
from autograd.compiler.schedules import Schedule
from autograd.errors import ArgumentError, IndexingError, describe
from autograd.journal import Generators
from autograd.op import apply
from autograd.value import Value

# From the inputs of a run: what computes something, and what hands out a result.
Step = Callable[[list[Any]], None]
Take = Callable[[list[Any]], Any]


class Native:
    """A program compiled for this machine; one run at a time.

    Its tasks are native functions and, where NumPy alone knows how, calls of NumPy. `Places` says
    where all of them find their arrays.
    """

    def __init__(self, program: Program, arguments: int) -> None:
        self.program = program
        self.schedule: Schedule = remembered(program)
        order = ordered(self.schedule)
        self.schedule.tasks[:] = [*order.first, *order.rest]
        self._arguments = arguments
        self._exposed = order.exposed
        self._places = places = Places(self.program, self.schedule, order.exposed, arguments)
        # Of each Value that is read, the array whose address is in the table.
        self._seen: list[Callable[[], Any]] = [_nothing] * len(self.program.inputs)
        self._depositors: dict[int, Value] = {}
        results = [*zip(self.program.results, self.schedule.results, strict=True)]
        # A number is copied when it is handed out, an array is not.
        self._fresh = [
            (number, places.slots[view.buffer])
            for number, (x, view) in enumerate(results)
            if x.shape and places.outputs[number] is not None
        ]
        inputs = {view.buffer: number for number, view in enumerate(self.schedule.inputs)}
        self._takes = [
            self._take(number, x, inputs.get(view.buffer))
            for number, (x, view) in enumerate(results)
        ]
        self._steps_before = self._steps(order.first)
        self._steps_after = self._steps(order.rest)

    @property
    def source(self) -> str:
        """The kernels as readable Python, in the order they run."""
        return source(self.schedule.tasks)

    def expect(self, deposited: Mapping[int, Value]) -> None:
        """Write over gradients that are replaced."""
        results = self.schedule.results
        self._depositors = {
            number: v
            for number, v in deposited.items()
            if results[number].buffer not in self._exposed
        }

    def run(self, inputs: list[Any]) -> list[Any]:
        """The results, in arrays that no later run writes to while anyone else has them."""
        places, seen = self._places, self._seen
        table, outputs, owned = places.table, places.outputs, places.owned
        try:
            for number, staging in places.stagings.items():
                staging[...] = inputs[number]
        except OverflowError:
            raise _too_large(inputs) from None
        for number, slot in places.direct:
            given = inputs[number]
            if seen[number]() is not given:
                x = np.ascontiguousarray(given, self.program.inputs[number].dtype)
                inputs[number] = x
                table[slot] = x.__array_interface__["data"][0]
                if x is given and number >= self._arguments:
                    # No reference: another program that replaces the array would take it for held.
                    seen[number] = ref(x)
        for i in owned.lost(inputs):
            number = owned.places[i]
            owned.arrays[i] = inputs[number] = x = np.array(inputs[number], order="C")
            table[places.owned_slots[i]] = x.__array_interface__["data"][0]
        for number, slot in places.copied:
            inputs[number] = x = np.array(inputs[number], order="C")
            table[slot] = x.__array_interface__["data"][0]
        depositors = self._depositors
        for number, slot in self._fresh:
            # The gradient that an earlier run left, and that this one replaces, is free as well.
            left = number in depositors and depositors[number].grad is outputs[number]
            if getrefcount(outputs[number]) > ALONE + left:
                outputs[number] = x = np.empty_like(outputs[number])
                table[slot] = x.__array_interface__["data"][0]
        if self._steps_before:
            for step in self._steps_before:
                step(inputs)
            self._look()
        for step in self._steps_after:
            step(inputs)
        return [take(inputs) for take in self._takes]

    def explain(self, inputs: Sequence[Any], traced: int) -> Explanation:
        """What each task costs. It is run many times, on copies."""
        twin = Native(self.program, self._arguments)
        tasks = twin.schedule.tasks
        copies = copied(inputs)
        with Generators(generators(tasks)):
            twin.run(copies)
            runs = [partial(step, copies) for task in tasks for step in twin._steps([task])]
            equations = (traced, twin.schedule.equations)
            return explained(tasks, runs, len(twin._places.arena), equations)

    def _look(self) -> None:
        """Raise IndexingError for an index outside the array that it counts in."""
        for check, extremes in self._places.extremes:
            low, high = int(extremes[..., 0].min()), int(extremes[..., 1].max())
            if low < check.low or high >= check.high:
                raise IndexingError(
                    f"indices from {check.low} to {check.high - 1} for {check.name}",
                    f"{low if low < check.low else high}",
                    "correct the indices; labels count from 0",
                )

    def _take(self, number: int, x: Any, source: int | None) -> Take:
        """How a result is handed out, which may be in the memory of an input, its `source`."""
        places = self._places
        if source is not None and x.shape:
            return lambda inputs: inputs[source]
        outputs = places.outputs
        if x.shape:
            return lambda inputs: outputs[number]
        array = outputs[number] if source is None else places.stagings[source]
        return (lambda inputs: array.item()) if x.weak else (lambda inputs: array[()])

    def _steps(self, tasks: Sequence[Task]) -> list[Step]:
        """Native segments, and between them calls of NumPy."""
        steps: list[Step] = []
        waiting: list[Task] = []

        def flush() -> None:
            if waiting:
                segment = compile_tasks(waiting, self._places.slots, self._places.offsets)
                table = self._places.address
                steps.append(lambda inputs: segment.run(table))
                waiting.clear()

        for task in tasks:
            if isinstance(task, Call):
                flush()
                steps.append(self._call(task))
            else:
                waiting.append(task)
        flush()
        return steps

    def _call(self, call: Call) -> Step:
        weak = call.weak or (False,) * len(call.inputs)
        array = self._places.array
        takes = [array(x) if isinstance(x, View) else partial(_same, x) for x in call.inputs]
        outputs = [array(view) for view in call.outputs]

        def run(inputs: list[Any]) -> None:
            given = []
            for take, number in zip(takes, weak, strict=True):
                x = take(inputs)
                given.append(x.item() if number and isinstance(x, np.ndarray) else x)
            with np.errstate(all="ignore"):
                found = apply(call.op, tuple(given), dict(call.static))
            parts = found if len(call.outputs) != 1 or isinstance(found, tuple) else (found,)
            for output, part in zip(outputs, parts, strict=True):
                output(inputs)[...] = part

        return run


def _nothing() -> None:
    return None


def _same(x: Any, inputs: list[Any]) -> Any:
    return x


def _too_large(inputs: Sequence[Any]) -> ArgumentError:
    numbers = [x for x in inputs if type(x) is int and not -(1 << 63) <= x < 1 << 63]
    return ArgumentError(
        "whole numbers of 64 bits, in a compiled function",
        describe(numbers[0]),
        "pass a float, or call the function without jit",
    )

"""`Places`: where in memory each buffer of a schedule lies.

A table of addresses says so to native code. All temporaries lie in one arena. Small arguments are
copied to a place of their own, others lie where the caller has them. Results have arrays that are
used again once nobody else refers to them, or the memory of the inputs that they replace.
"""

from collections.abc import Callable, Collection
from math import prod
from typing import Any

import numpy as np

from autograd.compiler.loops import Buffer, View
from autograd.compiler.memory import plan, touched
from autograd.compiler.ownership import Owned
from autograd.compiler.program import Program
from autograd.compiler.schedules import Check, Schedule

# Arguments up to this many bytes are copied: asking NumPy for an address costs more.
SMALL = 1 << 14


class Places:
    """Memory for a schedule of `program`, whose first `arguments` inputs are those of a call.

    exposed    buffers whose contents must not be the state itself.

    A buffer lies at table[slots[buffer]] + offsets[buffer]. Of the inputs, by number,

    stagings   are the arrays that some are copied to.
    direct     are those that are read where they lie, each with its slot.
    copied     are those that are replaced in a copy, each with its slot.
    owned      are those that are replaced where they lie, if they may be; `owned_slots` are theirs.

    outputs    the array of each result, None where it takes the memory of an input.
    extremes   what each check looks at.
    """

    def __init__(
        self, program: Program, scheduled: Schedule, exposed: Collection[Buffer], arguments: int
    ) -> None:
        # Of each buffer all elements; where they move, the list that has them, None for a run's
        # inputs, and their number in it.
        self._fixed: dict[Buffer, np.ndarray] = {}
        self._moving: dict[Buffer, tuple[list[Any] | None, int]] = {}
        self._place_temporaries(scheduled)
        self._place_inputs(program, scheduled, exposed, arguments)
        self._place_results(program, scheduled)

    def array(self, view: View) -> Callable[[list[Any]], np.ndarray]:
        """A function from a run's inputs to the elements of a view, as NumPy sees them."""
        strides = tuple(stride * view.dtype.itemsize for stride in view.strides)

        def seen(flat: np.ndarray) -> np.ndarray:
            return np.lib.stride_tricks.as_strided(flat[view.offset :], view.shape, strides)

        if view.buffer in self._fixed:
            found = seen(self._fixed[view.buffer])
            return lambda inputs: found
        holder, number = self._moving[view.buffer]
        return lambda inputs: seen((inputs if holder is None else holder)[number].reshape(-1))

    def _place_temporaries(self, scheduled: Schedule) -> None:
        """The arena, constants, and a slot of the table for everything else."""
        memory = plan(scheduled)
        self.arena = _aligned(memory.size)
        self.slots = dict.fromkeys(memory.offsets, 0)
        self.offsets = dict(memory.offsets)
        for buffer, start in memory.offsets.items():
            end = start + buffer.size * buffer.dtype.itemsize
            self._fixed[buffer] = self.arena[start:end].view(buffer.dtype)
        others = [buffer for buffer in _buffers(scheduled) if buffer not in self.slots]
        self.slots.update((buffer, slot) for slot, buffer in enumerate(others, 1))
        self.offsets.update(dict.fromkeys(others, 0))
        self.table = np.zeros(1 + len(others), np.int64)
        self.address = self.table.ctypes.data
        self.table[0] = _address(self.arena)
        for buffer in others:
            if buffer.role == "constant":
                self._fix(buffer, buffer.data)

    def _place_inputs(
        self,
        program: Program,
        scheduled: Schedule,
        exposed: Collection[Buffer],
        arguments: int,
    ) -> None:
        self.stagings: dict[int, np.ndarray] = {}
        self.direct: list[tuple[int, int]] = []
        self.copied: list[tuple[int, int]] = []
        owned: list[tuple[int, int]] = []
        replaced = {view.buffer for view in scheduled.results}
        for number, (x, view) in enumerate(zip(program.inputs, scheduled.inputs, strict=True)):
            buffer = view.buffer
            slot = self.slots.get(buffer)
            if slot is None:
                continue  # nothing reads it
            small = number < arguments and x.size * view.dtype.itemsize <= SMALL
            if not x.shape or small:
                self._fix(buffer, self.stagings.setdefault(number, _empty(x.shape, view.dtype)))
                continue
            self._moving[buffer] = None, number
            if buffer not in replaced:
                self.direct.append((number, slot))
            elif buffer in exposed:
                self.copied.append((number, slot))
            else:
                owned.append((number, slot))
        self.owned = Owned([number for number, _ in owned])
        self.owned_slots = [slot for _, slot in owned]

    def _place_results(self, program: Program, scheduled: Schedule) -> None:
        self.outputs: list[Any] = [None] * len(scheduled.results)
        inputs = {view.buffer for view in scheduled.inputs}
        for number, (x, view) in enumerate(zip(program.results, scheduled.results, strict=True)):
            if view.buffer in inputs:
                continue
            # No view of a larger array: a view of a result would refer to that one instead.
            self.outputs[number] = np.empty(x.shape, view.dtype)
            self.table[self.slots[view.buffer]] = _address(self.outputs[number])
            self._moving[view.buffer] = self.outputs, number
        self.extremes: list[tuple[Check, np.ndarray]] = []
        for check in scheduled.checks:
            extremes = _empty(check.extremes.shape, check.extremes.dtype)
            self._fix(check.extremes.buffer, extremes)
            self.extremes.append((check, extremes))
        # What is copied into an input's place at the end.
        for buffer, slot in self.slots.items():
            if buffer.role == "result" and not self.table[slot]:
                self._fix(buffer, _empty((buffer.size,), buffer.dtype))

    def _fix(self, buffer: Buffer, array: np.ndarray) -> None:
        """The array is the memory of the buffer, from now on."""
        self._fixed[buffer] = array.reshape(-1)
        self.table[self.slots[buffer]] = _address(array)


def _address(array: np.ndarray) -> int:
    """Where the elements of an array begin."""
    return array.__array_interface__["data"][0]


def _empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
    """An array whose memory begins at a multiple of 64 bytes, as vector instructions like it."""
    return _aligned(prod(shape) * dtype.itemsize).view(dtype).reshape(shape)


def _aligned(size: int) -> np.ndarray:
    raw = np.empty(size + 64, np.uint8)
    start = -_address(raw) % 64
    return raw[start : start + size]


def _buffers(scheduled: Schedule) -> list[Buffer]:
    """Every buffer that tasks, results and checks use, once."""
    views = [view for task in scheduled.tasks for view in touched(task)]
    views += [*scheduled.results, *(check.extremes for check in scheduled.checks)]
    return list(dict.fromkeys(view.buffer for view in views))

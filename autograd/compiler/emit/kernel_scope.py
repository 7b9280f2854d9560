"""What code inside some loops of a kernel finds there: addresses, numbers in registers, lanes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.compiler.emit.instructions import cast
from autograd.compiler.emit.kernel_plan import Plan
from autograd.compiler.emit.lane_memory import load, store
from autograd.compiler.emit.lanes import Lanes, Writer
from autograd.compiler.loops import Register


@dataclass
class Scope:
    """The inside of some loops.

    pointers    of each place an address, and how many elements beyond it the place is
    active      how many lanes are in use, the first ones
    turn        which one, of turns that are written side by side
    """

    w: Writer
    plan: Plan
    pointers: dict[int, tuple[str, int]]
    registers: dict[Register, Lanes]
    active: int = 0
    turn: int = 0

    def child(self) -> "Scope":
        """The same, for the inside of another loop."""
        return Scope(
            self.w,
            self.plan,
            dict(self.pointers),
            dict(self.registers),
            self.active,
            self.turn,
        )

    # Addresses

    def advance(self, axis: int, index: str | int, places: Iterable[int], scale: int = 1) -> None:
        """Move places to an index of an axis, counted in steps of `scale` elements."""
        for number in places:
            place = self.plan.places[number]
            step = place.strides[axis] * scale
            if not step:
                continue
            base, constant = self.pointers[number]
            if isinstance(index, int):
                self.pointers[number] = (base, constant + index * step)
            else:
                offset = index if step == 1 else self.w.let(f"mul nsw i64 {index}, {step}")
                self.pointers[number] = (self.w.moved(base, place.kind, offset), constant)

    def pointer(self, number: int) -> str:
        """The address of a place."""
        base, constant = self.pointers[number]
        return self.w.moved(base, self.plan.places[number].kind, constant)

    # Numbers

    def operand(self, x: Any) -> Any:
        """The number in a register; a number is itself."""
        if not isinstance(x, Register):
            return x
        if x not in self.registers:
            self.registers[x] = self._from_scratch(x)
        return self.registers[x]

    def value(self, x: Any, dtype: np.dtype[Any]) -> Lanes:
        """A register's or a plain number, as this dtype."""
        operand = self.operand(x)
        if not isinstance(operand, Lanes):
            return self.w.constant(operand, dtype)
        return cast(self.w, operand, dtype)

    def define(self, register: Register, value: Lanes) -> None:
        """Give a register its number, in scratch memory too where later stages look for it."""
        self.registers[register] = value
        if register not in self.plan.scratch:
            return
        stride, lanes, active = self._row(bool(value.lanes))
        pointer = self.pointer(self.plan.scratch[register])
        store(self.w, value, pointer, stride, lanes, active)

    def _from_scratch(self, register: Register) -> Lanes:
        stride, lanes, active = self._row(register in self.plan.nest.varying)
        pointer = self.pointer(self.plan.scratch[register])
        return load(self.w, register.dtype, pointer, stride, lanes, active)

    def _row(self, varies: bool) -> tuple[int, int, int]:
        """Stride, lanes and lanes in use of a register in scratch memory."""
        return (1, self.plan.nest.lanes, self.active) if varies else (0, 0, 1)

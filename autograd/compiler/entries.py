"""`Entries`: a program of single numbers as entries, each one instruction on numbered slots.

    s12 = s3 * s4

What is computed twice is computed once, copies vanish, what no result needs is dropped, and a
product that only one sum reads is computed with it. All of it is linear in the number of equations.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.emit.tape_ir import Instruction
from autograd.compiler.passes.aliases import COPIES
from autograd.compiler.passes.common import frozen
from autograd.compiler.program import Constant, Equation, Operand, Program, Variable
from autograd.compiler.scalars import form_of

_BOOL, _FLOAT = np.dtype(np.bool_), np.dtype(np.float64)
_KINDS = {_BOOL: "b", _FLOAT: "f"}
# Exponents for which a power is few products, in an instruction of its own.
_EXPONENTS = (1.0, 2.0, 3.0, 4.0, -1.0)
PRODUCT = Instruction("multiply", "ff", "f")
# A sum of which the first or the second operand is a product.
_WITH_SUM = Instruction("multiply_add", "fff", "f")
FUSED = {
    Instruction("add", "ff", "f"): (_WITH_SUM, _WITH_SUM),
    Instruction("subtract", "ff", "f"): (
        Instruction("multiply_subtract", "fff", "f"),
        Instruction("subtract_product", "fff", "f"),
    ),
}

# From the slots of an equation's operands, the slot of its output.
Write = Callable[[Sequence[int]], int]


class Slot(NamedTuple):
    """A number of the tape, as a formula passes it on; `kind` is "f", or "b" for truth."""

    number: int
    kind: str


class Entries:
    """The slots of a program: inputs and constants, then what is computed from them.

    instructions    those that there are.
    codes           of each slot, the number of the instruction that computes it; -1 if none does.
    operands        of each slot, the slots that it is computed from.
    constants       what slots hold from the beginning.
    watched         arrays of closures, read at each run: their contents may change.
    results         the slot of each result.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.instructions: list[Instruction] = []
        self.codes: list[int] = []
        self.operands: list[tuple[int, ...]] = []
        self.constants: dict[int, float] = {}
        self.watched: dict[int, np.ndarray] = {}
        self.results: list[int] = []
        self._slots: dict[Any, int] = {}
        self._made: dict[Any, int] = {}
        self._codes: dict[Instruction, int] = {}
        self._writers: dict[Any, Write | None] = {}

    def write(self) -> bool:
        """Add all equations; False if the program is not of single numbers alone."""
        for variable in self.program.inputs:
            if variable.shape or variable.dtype.kind not in "biuf":
                return False
            self._slots[variable] = self._add(-1, ())
        slots = self._slots
        for equation in self.program.equations:
            given = []
            for x in equation.inputs:
                slot = slots.get(x) if type(x) is Variable else self._constant(x)
                if slot is None:
                    return False
                given.append(slot)
            writer = self._writer(equation)
            if writer is None:
                return False
            slots[equation.outputs[0]] = writer(given)
        for x in self.program.results:
            slot = slots.get(x) if type(x) is Variable else self._constant(x)
            whole = x.dtype not in _KINDS  # of which the tape has no more than was given
            if slot is None or slot in self.watched or (whole and not self._is_given(x, slot)):
                return False
            self.results.append(slot)
        self._fuse()
        return True

    def _is_given(self, x: Operand, slot: int) -> bool:
        return isinstance(x, Constant) or slot < len(self.program.inputs)

    def needed(self) -> list[int]:
        """The slots that the results are computed from, in order."""
        operands = self.operands
        marks = bytearray(len(operands))
        for slot in self.results:
            marks[slot] = 1
        for slot in range(len(operands) - 1, -1, -1):
            if marks[slot]:
                for x in operands[slot]:
                    marks[x] = 1
        return [slot for slot, mark in enumerate(marks) if mark]

    # Slots

    def _add(self, code: int, operands: tuple[int, ...]) -> int:
        self.codes.append(code)
        self.operands.append(operands)
        return len(self.codes) - 1

    def _code(self, instruction: Instruction) -> int:
        code = self._codes.setdefault(instruction, len(self.instructions))
        if code == len(self.instructions):
            self.instructions.append(instruction)
        return code

    def _enter(self, code: int, operands: tuple[int, ...]) -> int:
        """The slot of an instruction on these operands, which may be there already."""
        key = (code, operands)
        slot = self._made.get(key)
        if slot is None:
            slot = self._made[key] = self._add(code, operands)
        return slot

    def _number(self, number: float) -> int:
        """The slot of a number that never changes."""
        key = number.hex()  # 0.0 is not -0.0
        slot = self._made.get(key)
        if slot is None:
            slot = self._made[key] = self._add(-1, ())
            self.constants[slot] = number
        return slot

    def _constant(self, x: Any) -> int | None:
        """The slot of what the trace met; None for what is no single number."""
        if type(x) is not Constant or x.shape or x.dtype.kind not in "biuf":
            return None
        if x.fixed:
            return self._number(float(x.data))
        slot = self._slots.get(x)
        if slot is None:
            slot = self._slots[x] = self._add(-1, ())
            self.watched[slot] = x.data
        return slot

    # Equations

    def _writer(self, equation: Equation) -> Write | None:
        """How such equations become entries; None if they cannot."""
        outputs = equation.outputs
        if len(outputs) != 1 or outputs[0].shape:
            return None
        static = frozen(equation.static) if equation.static else None
        kinds = [(x.dtype.num, x.weak) for x in (*equation.inputs, *outputs)]
        key = (equation.op, static, *kinds)
        try:
            return self._writers[key]
        except KeyError:
            writer = self._writers[key] = self._new_writer(equation)
            return writer

    def _new_writer(self, equation: Equation) -> Write | None:
        inputs, gives = equation.inputs, equation.output.dtype
        if equation.op in COPIES:
            return lambda given: given[0]
        form = form_of(equation.op, inputs, dict(equation.static), gives) if inputs else None
        if form is None or not _KINDS.keys() >= {gives, form.dtype, *form.takes}:
            return None
        formula, dtype = form.formula, form.dtype
        copied = inputs[0].dtype if formula == "copy" else dtype
        if gives == _BOOL and copied != _BOOL:
            return None
        if formula == "copy":  # truth is a number already
            return lambda given: given[0]
        takes = "".join(_KINDS[kind] for kind in form.takes)
        if isinstance(formula, str):
            code = self._code(Instruction(formula, takes, _KINDS[dtype]))
            return lambda given: self._enter(code, tuple(given))
        return lambda given: formula(self._make, dtype, *map(Slot, given, takes)).number

    def _make(self, function: str, dtype: Any, *arguments: Any) -> Slot:
        """A step of a formula."""
        exponent = None
        if function == "power" and arguments[1] in _EXPONENTS:
            exponent = float(arguments[1])
            arguments = arguments[:1]
        slots = [x if type(x) is Slot else Slot(self._number(float(x)), "f") for x in arguments]
        gives = _KINDS[np.dtype(dtype)]
        instruction = Instruction(function, "".join(x.kind for x in slots), gives, exponent)
        return Slot(self._enter(self._code(instruction), tuple(x.number for x in slots)), gives)

    # Products within sums

    def _fuse(self) -> None:
        """Let a product that one sum alone reads be computed with the sum."""
        reads = [x for slot in self.needed() for x in self.operands[slot]]
        once = (np.bincount([*reads, *self.results], minlength=len(self.codes)) == 1).tolist()
        codes, operands = self.codes, self.operands
        product = self._code(PRODUCT)
        fused = {
            self._code(instruction): [self._code(new) for new in pair]
            for instruction, pair in FUSED.items()
        }
        for slot, code in enumerate(codes):
            if code not in fused:
                continue
            pair = operands[slot]
            for place in (1, 0):
                x = pair[place]
                if once[x] and codes[x] == product:
                    codes[slot] = fused[code][place]
                    operands[slot] = (*operands[x], pair[1 - place])
                    break

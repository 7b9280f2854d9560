"""Formulas written in Python, as LLVM IR: what an operator does here is one line of text there.

The text has no branches, so one formula serves one number or a vector of numbers, and LLVM's loop
vectoriser can widen it.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A binary floating-point format of IEEE 754: its LLVM types and what its bits mean."""

    name: str
    bits: int
    fraction: int  # stored bits of the fraction
    bias: int

    @property
    def integer(self) -> str:
        """LLVM's name of the integer with as many bits."""
        return f"i{self.bits}"

    @property
    def magic(self) -> float:
        """Adding 1.5 × 2^fraction rounds to an integer, which the low bits of the sum then hold."""
        return 1.5 * 2.0**self.fraction

    @property
    def smallest_normal(self) -> float:
        """The smallest number with all its digits."""
        return 2.0 ** (1 - self.bias)

    def pattern(self, value: float) -> int:
        """The bits of `value`, as an integer."""
        codes = ("f", "i") if self.bits == 32 else ("d", "q")
        return struct.unpack(f"<{codes[1]}", struct.pack(f"<{codes[0]}", value))[0]


FORMATS = {"float32": Format("float", 32, 23, 127), "float64": Format("double", 64, 52, 1023)}
SHORT = {"float32": "f32", "float64": "f64"}


class Code:
    """The lines of one function, and the numbers its formulas are made of."""

    def __init__(self, lanes: int = 1) -> None:
        self.lines: list[str] = []
        self.lanes = lanes

    def widened(self, scalar: str) -> str:
        """The type itself, or the vector of so many."""
        return scalar if self.lanes == 1 else f"<{self.lanes} x {scalar}>"

    def suffix(self, scalar: str) -> str:
        """How the name of an intrinsic function says the type."""
        letter = {"float": "f32", "double": "f64"}.get(scalar, scalar)
        return letter if self.lanes == 1 else f"v{self.lanes}{letter}"

    def line(self, text: str) -> str:
        """Add an instruction and return the name of its result."""
        name = f"%v{len(self.lines)}"
        self.lines.append(f"  {name} = {text}")
        return name

    def literal(self, kind: str, text: str) -> str:
        """A constant, in every lane."""
        return text if self.lanes == 1 else f"splat ({kind} {text})"


class Bit:
    """A condition, one bit per lane."""

    def __init__(self, code: Code, text: str) -> None:
        self.code = code
        self.text = text

    def _with(self, other: "Bit", what: str) -> "Bit":
        kind = self.code.widened("i1")
        return Bit(self.code, self.code.line(f"{what} {kind} {self.text}, {other.text}"))

    def __and__(self, other: "Bit") -> "Bit":
        return self._with(other, "and")

    def __or__(self, other: "Bit") -> "Bit":
        return self._with(other, "or")


class Whole:
    """An integer as wide as the numbers of a format."""

    def __init__(self, code: Code, format: Format, text: str) -> None:
        self.code = code
        self.format = format
        self.text = text
        self.type = code.widened(format.integer)

    def _with(self, other: "Whole | int", what: str) -> "Whole":
        if isinstance(other, int):
            right = self.code.literal(self.format.integer, str(other))
        else:
            right = other.text
        return Whole(
            self.code, self.format, self.code.line(f"{what} {self.type} {self.text}, {right}")
        )

    def __add__(self, other: "Whole | int") -> "Whole":
        return self._with(other, "add")

    def __sub__(self, other: "Whole | int") -> "Whole":
        return self._with(other, "sub")

    def __and__(self, other: "Whole | int") -> "Whole":
        return self._with(other, "and")

    def __xor__(self, other: "Whole | int") -> "Whole":
        return self._with(other, "xor")

    def __neg__(self) -> "Whole":
        return (self ^ -1) + 1

    def __lshift__(self, other: int) -> "Whole":
        return self._with(other, "shl")

    def __rshift__(self, other: int) -> "Whole":
        """The sign is shifted in: division rounding down."""
        return self._with(other, "ashr")

    def is_zero(self) -> Bit:
        """Whether it is 0."""
        zero = self.code.literal(self.format.integer, "0")
        return Bit(self.code, self.code.line(f"icmp eq {self.type} {self.text}, {zero}"))

    def real(self) -> "Real":
        """The number with these bits."""
        target = self.code.widened(self.format.name)
        line = f"bitcast {self.type} {self.text} to {target}"
        return Real(self.code, self.format, self.code.line(line))

    def number(self) -> "Real":
        """The number of this value."""
        target = self.code.widened(self.format.name)
        line = f"sitofp {self.type} {self.text} to {target}"
        return Real(self.code, self.format, self.code.line(line))


class Real:
    """A floating-point number of a format."""

    def __init__(self, code: Code, format: Format, text: str) -> None:
        self.code = code
        self.format = format
        self.text = text
        self.type = code.widened(format.name)

    def _made(self, line: str) -> "Real":
        return Real(self.code, self.format, self.code.line(line))

    def constant(self, value: float) -> "Real":
        """`value` rounded to this format."""
        if self.format.bits == 32:
            value = struct.unpack("<f", struct.pack("<f", value))[0]
        pattern = struct.unpack("<Q", struct.pack("<d", value))[0]
        text = self.code.literal(self.format.name, f"0x{pattern:016X}")
        return Real(self.code, self.format, text)

    def read(self, other: "Real | float") -> "Real":
        """`other`, as a number of this format."""
        return other if isinstance(other, Real) else self.constant(other)

    def _with(self, other: "Real | float", what: str) -> "Real":
        return self._made(f"{what} {self.type} {self.text}, {self.read(other).text}")

    def __add__(self, other: "Real | float") -> "Real":
        return self._with(other, "fadd")

    def __sub__(self, other: "Real | float") -> "Real":
        return self._with(other, "fsub")

    def __rsub__(self, other: float) -> "Real":
        return self.constant(other) - self

    def __mul__(self, other: "Real | float") -> "Real":
        return self._with(other, "fmul")

    def __truediv__(self, other: "Real | float") -> "Real":
        return self._with(other, "fdiv")

    def __rtruediv__(self, other: float) -> "Real":
        return self.constant(other) / self

    def __neg__(self) -> "Real":
        return self._made(f"fneg {self.type} {self.text}")

    def intrinsic(self, name: str, *others: "Real") -> "Real":
        """LLVM's function `name` of this number and others of its format."""
        arguments = ", ".join(f"{self.type} {each.text}" for each in (self, *others))
        suffix = self.code.suffix(self.format.name)
        return self._made(f"call {self.type} @llvm.{name}.{suffix}({arguments})")

    def __abs__(self) -> "Real":
        return self.intrinsic("fabs")

    def with_sign_of(self, other: "Real") -> "Real":
        """|self| with the sign of `other`."""
        return self.intrinsic("copysign", other)

    def scaled(self, k: Whole) -> "Real":
        """self × 2^k, rounded once."""
        suffix = f"{self.code.suffix(self.format.name)}.{self.code.suffix(self.format.integer)}"
        arguments = f"{self.type} {self.text}, {k.type} {k.text}"
        return self._made(f"call {self.type} @llvm.ldexp.{suffix}({arguments})")

    def truncated(self) -> "Real":
        """The integer next to it on the side of 0."""
        return self.intrinsic("trunc")

    def _compared(self, other: "Real | float", how: str) -> Bit:
        right = self.read(other).text
        return Bit(self.code, self.code.line(f"fcmp {how} {self.type} {self.text}, {right}"))

    def __lt__(self, other: "Real | float") -> Bit:
        return self._compared(other, "olt")

    def __gt__(self, other: "Real | float") -> Bit:
        return self._compared(other, "ogt")

    def __ge__(self, other: "Real | float") -> Bit:
        return self._compared(other, "oge")

    def equals(self, other: "Real | float") -> Bit:
        """Whether the two are equal; NaN equals nothing."""
        return self._compared(other, "oeq")

    def differs(self, other: "Real | float") -> Bit:
        """Whether the two are unequal, neither NaN."""
        return self._compared(other, "one")

    def is_nan(self) -> Bit:
        """Whether it is not a number."""
        return self._compared(self, "uno")

    def at_most(self, limit: float) -> "Real":
        """min(self, limit), NaN kept."""
        return where(self > limit, self.constant(limit), self)

    def at_least(self, limit: float) -> "Real":
        """max(self, limit), NaN kept."""
        return where(self < limit, self.constant(limit), self)

    def whole(self) -> Whole:
        """Its bits, as an integer."""
        target = self.code.widened(self.format.integer)
        line = f"bitcast {self.type} {self.text} to {target}"
        return Whole(self.code, self.format, self.code.line(line))

    def converted(self, format: Format) -> "Real":
        """The same number in another format."""
        what = "fpext" if format.bits > self.format.bits else "fptrunc"
        line = f"{what} {self.type} {self.text} to {self.code.widened(format.name)}"
        return Real(self.code, format, self.code.line(line))


def where(condition: Bit, yes: Real, no: Real | float) -> Real:
    """`yes` where the condition holds, else `no`."""
    other = yes.constant(no) if isinstance(no, int | float) else no
    kind = condition.code.widened("i1")
    line = f"select {kind} {condition.text}, {yes.type} {yes.text}, {yes.type} {other.text}"
    return Real(yes.code, yes.format, yes.code.line(line))


def fma(x: Real, y: Real | float, z: Real | float) -> Real:
    """x y + z, rounded once."""
    return x.intrinsic("fma", *[x.read(each) for each in (y, z)])


def polynomial(x: Real, coefficients: Sequence[float]) -> Real:
    """c0 + c1 x + c2 x² + … by Horner's rule, each step rounded once."""
    total: Real = x.constant(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = fma(total, x, coefficient)
    return total

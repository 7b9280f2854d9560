"""LLVM IR, a line at a time: loops, numbers in lanes, folds across lanes.

A `Lanes` value holds `lanes` numbers side by side (a vector register of the CPU); 0 lanes is one
number alike for all. A count of lanes in use, `active`, replaces masks: the first ones count.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

# One CPU's own model of time costs a third of LLVM's and gains nothing: the code is in order.
ATTRIBUTES = 'nounwind "tune-cpu"="generic"'

_KINDS = {"f4": "float", "f8": "double", "b1": "i1"}


class Lanes(NamedTuple):
    """An operand in the text and what it is: a number (0 lanes) or several side by side."""

    text: str
    dtype: np.dtype[Any]
    lanes: int


def kind(dtype: np.dtype[Any]) -> str:
    """LLVM's type of a number in a register: truth values are single bits there."""
    code = dtype.str[1:]
    return _KINDS.get(code) or f"i{8 * dtype.itemsize}"


def memory_kind(dtype: np.dtype[Any]) -> str:
    """LLVM's type of a number in memory: truth values are bytes there."""
    return "i8" if dtype == np.bool_ else kind(dtype)


def wide(element: str, lanes: int) -> str:
    """LLVM's type of so many elements.

    >>> wide("float", 16), wide("float", 0)
    ('<16 x float>', 'float')
    """
    return f"<{lanes} x {element}>" if lanes else element


def mangled(element: str, lanes: int) -> str:
    """The type as it stands in the name of an intrinsic.

    >>> mangled("float", 16), mangled("i32", 0)
    ('v16f32', 'i32')
    """
    short = {"float": "f32", "double": "f64", "ptr": "p0"}.get(element, element)
    return f"v{lanes}{short}" if lanes else short


def literal(number: Any, dtype: np.dtype[Any]) -> str:
    """The number as IR text, exactly."""
    if dtype == np.bool_:
        return "true" if number else "false"
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            rounded = float(dtype.type(number))
        return f"0x{struct.unpack('<Q', struct.pack('<d', rounded))[0]:016X}"
    return str(int(number))


def mask(active: int, lanes: int) -> str:
    """One bit per lane: those in use.

    >>> mask(1, 2), mask(4, 4)
    ('<2 x i1> <i1 true, i1 false>', '<4 x i1> splat (i1 true)')
    """
    if active >= lanes:
        return f"<{lanes} x i1> splat (i1 true)"
    bits = ", ".join(f"i1 {'true' if i < active else 'false'}" for i in range(lanes))
    return f"<{lanes} x i1> <{bits}>"


class Writer:
    """The lines of one function, the functions it needs, and fresh names.

    mathematics    the project's own functions that it calls, by dtype and lanes.
    calls          whether those stay calls, instead of being written out where they are called.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.declarations: set[str] = set()
        self.mathematics: set[tuple[str, np.dtype[Any], int]] = set()
        self.calls = False
        self._count = 0

    def name(self) -> str:
        """A name nothing has yet."""
        self._count += 1
        return f"%v{self._count}"

    def line(self, text: str) -> None:
        """Add a line."""
        self.lines.append(text)

    def let(self, text: str) -> str:
        """Add a line that gives its result a name; the name."""
        name = self.name()
        self.lines.append(f"{name} = {text}")
        return name

    def label(self) -> str:
        """A name for a block."""
        self._count += 1
        return f"b{self._count}"

    def declare(self, text: str) -> None:
        """Say that a function exists elsewhere."""
        self.declarations.add(f"declare {text}")

    def call(self, function: str, result: str, arguments: Sequence[tuple[str, str]]) -> str:
        """The name of function(arguments), each a type and an operand."""
        self.declare(f"{result} @{function}({', '.join(kind for kind, _ in arguments)})")
        return self.let(f"call {result} @{function}({', '.join(map(' '.join, arguments))})")

    # Control

    def loop(
        self, start: str | int, stop: str | int, step: int, body: Callable[[str], None]
    ) -> None:
        """for i in range(start, stop, step): body."""
        head, inside, after = self.label(), self.label(), self.label()
        before = self._current_block()
        i, following = self.name(), self.name()
        self.line(f"br label %{head}")
        self.line(f"{head}:")
        self.line(f"{i} = phi i64 [ {start}, %{before} ], [ {following}, %{inside}.end ]")
        more = self.let(f"icmp slt i64 {i}, {stop}")
        self.line(f"br i1 {more}, label %{inside}, label %{after}")
        self.line(f"{inside}:")
        body(i)
        self.line(f"br label %{inside}.end")
        self.line(f"{inside}.end:")
        self.line(f"{following} = add nsw i64 {i}, {step}")
        self.line(f"br label %{head}")
        self.line(f"{after}:")

    def in_blocks(self, length: int, size: int, body: Callable[[str | int, int], None]) -> None:
        """body(first index, how many) for blocks of `size` indices, then for what is left."""
        whole = length // size * size
        if whole == size:
            body(0, size)
        elif whole:
            self.loop(0, whole, size, lambda i: body(i, size))
        if length > whole:
            body(whole, length - whole)

    def when(self, condition: str, body: Callable[[], None]) -> None:
        """if condition: body."""
        yes, after = self.label(), self.label()
        self.line(f"br i1 {condition}, label %{yes}, label %{after}")
        self.line(f"{yes}:")
        body()
        self.line(f"br label %{after}")
        self.line(f"{after}:")

    def _current_block(self) -> str:
        for line in reversed(self.lines):
            if line.endswith(":"):
                return line[:-1]
        return "entry"

    # Numbers

    def constant(self, number: Any, dtype: np.dtype[Any], lanes: int = 0) -> Lanes:
        """A number known now."""
        text = literal(number, dtype)
        return Lanes(f"splat ({kind(dtype)} {text})" if lanes else text, dtype, lanes)

    def spread(self, value: Lanes, lanes: int) -> Lanes:
        """The same number in every lane."""
        if value.lanes == lanes:
            return value
        element = kind(value.dtype)
        if not value.text.startswith("%"):
            return Lanes(f"splat ({element} {value.text})", value.dtype, lanes)
        one = self.let(
            f"insertelement {wide(element, lanes)} poison, {element} {value.text}, i32 0"
        )
        every = self.let(
            f"shufflevector {wide(element, lanes)} {one}, {wide(element, lanes)} poison,"
            f" <{lanes} x i32> zeroinitializer"
        )
        return Lanes(every, value.dtype, lanes)

    def lane(self, value: Lanes, number: int) -> Lanes:
        """The number in one lane."""
        if not value.lanes:
            return value
        element = wide(kind(value.dtype), value.lanes)
        return Lanes(
            self.let(f"extractelement {element} {value.text}, i32 {number}"), value.dtype, 0
        )

    def gathered(self, values: Sequence[Lanes]) -> Lanes:
        """Numbers side by side."""
        element, lanes = kind(values[0].dtype), len(values)
        text = "poison"
        for number, value in enumerate(values):
            text = self.let(
                f"insertelement {wide(element, lanes)} {text}, {element} {value.text}, i32 {number}"
            )
        return Lanes(text, values[0].dtype, lanes)

    def shuffled(self, a: str, b: str, element: str, lanes: int, order: Sequence[int]) -> str:
        """The lanes of a and b, counted on from one to the other, in this order; -1 is any."""
        numbers = ", ".join(f"i32 {i}" if i >= 0 else "i32 poison" for i in order)
        full = wide(element, lanes)
        return self.let(f"shufflevector {full} {a}, {full} {b}, <{len(order)} x i32> <{numbers}>")

    def chosen(self, active: int, value: Lanes, otherwise: Lanes) -> Lanes:
        """The value in the first `active` lanes, the other one in the rest."""
        if active >= value.lanes:
            return value
        full = wide(kind(value.dtype), value.lanes)
        text = self.let(
            f"select {mask(active, value.lanes)}, {full} {value.text}, {full} {otherwise.text}"
        )
        return Lanes(text, value.dtype, value.lanes)

    def folded(self, value: Lanes, active: int, fold: Callable[[Lanes, Lanes], Lanes]) -> Lanes:
        """One number: the fold of the first `active` lanes, pairs of lanes first."""
        while value.lanes:
            lanes = value.lanes
            if lanes == 1 or active == 1:
                return self.lane(value, 0)
            half = 1 << ((lanes - 1).bit_length() - 1)
            element = kind(value.dtype)
            low = self.shuffled(value.text, "poison", element, lanes, range(half))
            upper = [i if i < lanes else -1 for i in range(half, 2 * half)]
            high = self.shuffled(value.text, "poison", element, lanes, upper)
            first = Lanes(low, value.dtype, half)
            if active > half:
                both = fold(first, Lanes(high, value.dtype, half))
                value = self.chosen(active - half, both, first)
            else:
                value = first
            active = min(active, half)
        return value

    def moved(self, pointer: str, element: str, offset: int | str) -> str:
        """The address so many elements further on."""
        if offset == 0:
            return pointer
        return self.let(f"getelementptr {element}, ptr {pointer}, i64 {offset}")

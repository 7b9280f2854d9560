"""LLVM IR, a line at a time: numbers in lanes, their memory, folds across lanes.

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

# What is written under a mask. LLVM takes one that narrows integers and has a single lane set for
# a store of the wide integer (releases 20 and 21), and that writes beyond the end of a row.
_MASKED = ("float", "double", "i64")


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
            f"select {_mask(active, value.lanes)}, {full} {value.text}, {full} {otherwise.text}"
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

    # Memory

    def moved(self, pointer: str, element: str, offset: int | str) -> str:
        """The address so many elements further on."""
        if offset == 0:
            return pointer
        return self.let(f"getelementptr {element}, ptr {pointer}, i64 {offset}")

    def load(
        self, dtype: np.dtype[Any], pointer: str, stride: int, lanes: int, active: int
    ) -> Lanes:
        """The numbers at pointer, pointer + stride … in the first `active` lanes.

        Nothing is read beyond the last of them, for there may be no memory.
        """
        element, size = memory_kind(dtype), dtype.itemsize
        if not lanes or stride == 0:
            one = self.let(f"load {element}, ptr {pointer}, align {size}")
            return self._from_memory(one, dtype, 0)
        if stride == 1:
            text = self._load_row(element, size, pointer, lanes, active)
        elif stride == -1 and active == lanes:
            start = self.moved(pointer, element, 1 - lanes)
            row = self._load_row(element, size, start, lanes, lanes)
            text = self.shuffled(row, "poison", element, lanes, range(lanes - 1, -1, -1))
        elif 1 < stride <= 4 and lanes > 1:
            text = self._load_every(element, size, pointer, stride, lanes, active)
        elif element in ("float", "double", "i32", "i64"):
            text = self._gather(
                element, size, self._places(element, pointer, stride, lanes), lanes, active
            )
        else:
            text = "poison"
            for number in range(active):
                place = self.moved(pointer, element, number * stride)
                one = self.let(f"load {element}, ptr {place}, align {size}")
                text = self.let(
                    f"insertelement {wide(element, lanes)} {text}, {element} {one}, i32 {number}"
                )
        return self._from_memory(text, dtype, lanes)

    def load_at(
        self, dtype: np.dtype[Any], pointer: str, offsets: str, lanes: int, active: int
    ) -> Lanes:
        """The numbers at pointer + offsets, a vector of i64 elements."""
        element = memory_kind(dtype)
        places = self.let(f"getelementptr {element}, ptr {pointer}, {wide('i64', lanes)} {offsets}")
        return self._from_memory(
            self._gather(element, dtype.itemsize, places, lanes, active), dtype, lanes
        )

    def store(self, value: Lanes, pointer: str, stride: int, lanes: int, active: int) -> None:
        """Write to pointer, pointer + stride … the first `active` lanes."""
        element, size = memory_kind(value.dtype), value.dtype.itemsize
        if not lanes or stride == 0:
            one = self._to_memory(self.lane(value, active - 1))
            self.line(f"store {element} {one}, ptr {pointer}, align {size}")
            return
        text, full = self._to_memory(self.spread(value, lanes)), wide(element, lanes)
        if stride == 1 and active == lanes:
            self.line(f"store {full} {text}, ptr {pointer}, align {size}")
        elif stride == 1 and element in _MASKED:
            name = f"llvm.masked.store.{mangled(element, lanes)}.p0"
            self.declare(f"void @{name}({full}, ptr, i32, <{lanes} x i1>)")
            self.line(
                f"call void @{name}({full} {text}, ptr {pointer}, i32 {size},"
                f" {_mask(active, lanes)})"
            )
        elif stride == 1:
            self._store_part(text, element, size, pointer, lanes, active)
        elif 1 < stride <= 4 and lanes > 2 and element in _MASKED:
            self._store_every(text, element, size, pointer, stride, lanes, active)
        else:
            for number in range(active):
                place = self.moved(pointer, element, number * stride)
                one = self.let(f"extractelement {full} {text}, i32 {number}")
                self.line(f"store {element} {one}, ptr {place}, align {size}")

    def _store_part(
        self, text: str, element: str, size: int, pointer: str, lanes: int, active: int
    ) -> None:
        """The first `active` lanes, as rows of 1, 2, 4 … of them."""
        start = 0
        while start < active:
            length = 1 << ((active - start).bit_length() - 1)
            places = range(start, start + length)
            part = self.shuffled(text, "poison", element, lanes, places)
            place = self.moved(pointer, element, start)
            self.line(f"store {wide(element, length)} {part}, ptr {place}, align {size}")
            start += length

    def _store_every(
        self, text: str, element: str, size: int, pointer: str, stride: int, lanes: int, active: int
    ) -> None:
        """Whole rows of memory, of which every so-maniest element is written."""
        full = wide(element, lanes)
        name = f"llvm.masked.store.{mangled(element, lanes)}.p0"
        self.declare(f"void @{name}({full}, ptr, i32, <{lanes} x i1>)")
        for start in range(0, (active - 1) * stride + 1, lanes):
            places = range(start, start + lanes)
            order = [at // stride if at % stride == 0 else -1 for at in places]
            order = [i if i < active else -1 for i in order]
            row = self.shuffled(text, "poison", element, lanes, order)
            bits = ", ".join(f"i1 {'true' if i >= 0 else 'false'}" for i in order)
            place = self.moved(pointer, element, start)
            self.line(
                f"call void @{name}({full} {row}, ptr {place}, i32 {size}, <{lanes} x i1> <{bits}>)"
            )

    def store_at(self, value: Lanes, pointer: str, offsets: str, lanes: int, active: int) -> None:
        """Write to pointer + offsets, a vector of i64 elements, the first lane first."""
        element = memory_kind(value.dtype)
        full, text = wide(element, lanes), self._to_memory(self.spread(value, lanes))
        for number in range(active):
            offset = self.let(f"extractelement {wide('i64', lanes)} {offsets}, i32 {number}")
            place = self.moved(pointer, element, offset)
            one = self.let(f"extractelement {full} {text}, i32 {number}")
            self.line(f"store {element} {one}, ptr {place}, align {value.dtype.itemsize}")

    def _load_row(self, element: str, size: int, pointer: str, lanes: int, active: int) -> str:
        full = wide(element, lanes)
        if active >= lanes:
            return self.let(f"load {full}, ptr {pointer}, align {size}")
        name = f"llvm.masked.load.{mangled(element, lanes)}.p0"
        self.declare(f"{full} @{name}(ptr, i32, <{lanes} x i1>, {full})")
        return self.let(
            f"call {full} @{name}(ptr {pointer}, i32 {size}, {_mask(active, lanes)},"
            f" {full} zeroinitializer)"
        )

    def _load_every(
        self, element: str, size: int, pointer: str, stride: int, lanes: int, active: int
    ) -> str:
        """Whole rows of memory, of which every so-maniest element stays."""
        result, total = "poison", (active - 1) * stride + 1
        for part in range(stride):
            start = part * lanes
            if start >= total:
                break
            row = self._load_row(
                element, size, self.moved(pointer, element, start), lanes, total - start
            )
            order = [
                lanes + i * stride - start
                if start <= i * stride < start + lanes
                else (i if i * stride < start else -1)
                for i in range(lanes)
            ]
            result = self.shuffled(result, row, element, lanes, order)
        return result

    def _places(self, element: str, pointer: str, stride: int, lanes: int) -> str:
        offsets = ", ".join(f"i32 {i * stride}" for i in range(lanes))
        if abs(lanes * stride) >= 2**31:
            offsets = offsets.replace("i32", "i64")
        return self.let(
            f"getelementptr {element}, ptr {pointer}, <{lanes} x {offsets[:3]}> <{offsets}>"
        )

    def _gather(self, element: str, size: int, places: str, lanes: int, active: int) -> str:
        full = wide(element, lanes)
        name = f"llvm.masked.gather.{mangled(element, lanes)}.{mangled('ptr', lanes)}"
        self.declare(f"{full} @{name}(<{lanes} x ptr>, i32, <{lanes} x i1>, {full})")
        return self.let(
            f"call {full} @{name}(<{lanes} x ptr> {places}, i32 {size}, {_mask(active, lanes)},"
            f" {full} zeroinitializer)"
        )

    def _from_memory(self, text: str, dtype: np.dtype[Any], lanes: int) -> Lanes:
        if dtype == np.bool_:
            zero = "zeroinitializer" if lanes else "0"
            text = self.let(f"icmp ne {wide('i8', lanes)} {text}, {zero}")
        return Lanes(text, dtype, lanes)

    def _to_memory(self, value: Lanes) -> str:
        if value.dtype != np.bool_:
            return value.text
        return self.let(f"zext {wide('i1', value.lanes)} {value.text} to {wide('i8', value.lanes)}")


def _mask(active: int, lanes: int) -> str:
    if active >= lanes:
        return f"<{lanes} x i1> splat (i1 true)"
    bits = ", ".join(f"i1 {'true' if i < active else 'false'}" for i in range(lanes))
    return f"<{lanes} x i1> <{bits}>"

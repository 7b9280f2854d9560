"""Numbers in lanes from memory and to memory: rows, every so-maniest element, or any elements.

Of `lanes` numbers the first `active` are read or written, and nothing beyond the last of them, for
there may be no memory. Strides and offsets are in elements.
"""

from typing import Any

import numpy as np

from autograd.compiler.emit.lanes import Lanes, Writer, mangled, mask, memory_kind, wide

# What is written under a mask. LLVM takes one that narrows integers and has a single lane set for
# a store of the wide integer (releases 20 and 21), and that writes beyond the end of a row.
_MASKED = ("float", "double", "i64")
_GATHERED = ("float", "double", "i32", "i64")
# Elements no further apart than so many are read, and written, as whole rows.
_NEAR = 4

_INT64 = np.dtype(np.int64)


def load(
    w: Writer, dtype: np.dtype[Any], pointer: str, stride: int, lanes: int, active: int
) -> Lanes:
    """The numbers at pointer, pointer + stride …; one number, alike for all, if nothing moves."""
    if not lanes or stride == 0:
        return _from_memory(w, _load_one(w, dtype, pointer), dtype, 0)
    if stride == 1:
        text = _load_row(w, dtype, pointer, lanes, active)
    elif stride == -1 and active == lanes:
        element = memory_kind(dtype)
        row = _load_row(w, dtype, w.moved(pointer, element, 1 - lanes), lanes, lanes)
        text = w.shuffled(row, "poison", element, lanes, range(lanes - 1, -1, -1))
    elif 1 < stride <= _NEAR and lanes > 1:
        text = _load_every(w, dtype, pointer, stride, lanes, active)
    elif memory_kind(dtype) in _GATHERED:
        text = _gather(w, dtype, _places(w, dtype, pointer, stride, lanes), lanes, active)
    else:
        text = _load_each(w, dtype, pointer, stride, lanes, active)
    return _from_memory(w, text, dtype, lanes)


def load_at(
    w: Writer, dtype: np.dtype[Any], pointer: str, offsets: str, lanes: int, active: int
) -> Lanes:
    """The numbers at pointer + offsets, a vector of i64."""
    element = memory_kind(dtype)
    if element not in _GATHERED:
        return _load_each_at(w, dtype, pointer, offsets, lanes, active)
    places = w.let(f"getelementptr {element}, ptr {pointer}, {wide('i64', lanes)} {offsets}")
    return _from_memory(w, _gather(w, dtype, places, lanes, active), dtype, lanes)


def store(w: Writer, value: Lanes, pointer: str, stride: int, lanes: int, active: int) -> None:
    """Write to pointer, pointer + stride …; the last lane in use, if nothing moves."""
    dtype, element = value.dtype, memory_kind(value.dtype)
    if not lanes or stride == 0:
        one = _to_memory(w, w.lane(value, active - 1))
        w.line(f"store {element} {one}, ptr {pointer}, align {dtype.itemsize}")
        return
    text = _to_memory(w, w.spread(value, lanes))
    if stride == 1 and active == lanes:
        w.line(f"store {wide(element, lanes)} {text}, ptr {pointer}, align {dtype.itemsize}")
    elif stride == 1 and element in _MASKED:
        _store_masked(w, text, dtype, pointer, lanes, mask(active, lanes))
    elif stride == 1:
        _store_part(w, text, dtype, pointer, lanes, active)
    elif 1 < stride <= _NEAR and lanes > 2 and element in _MASKED:
        _store_every(w, text, dtype, pointer, stride, lanes, active)
    else:
        for number in range(active):
            place = w.moved(pointer, element, number * stride)
            _store_lane(w, text, dtype, place, lanes, number)


def store_at(w: Writer, value: Lanes, pointer: str, offsets: str, lanes: int, active: int) -> None:
    """Write to pointer + offsets, a vector of i64, the first lane first."""
    text = _to_memory(w, w.spread(value, lanes))
    for number in range(active):
        place = place_at(w, value.dtype, pointer, offsets, lanes, number)
        _store_lane(w, text, value.dtype, place, lanes, number)


def place_at(
    w: Writer, dtype: np.dtype[Any], pointer: str, offsets: str, lanes: int, number: int
) -> str:
    """The address of one lane's element at pointer + offsets."""
    offset = w.lane(Lanes(offsets, _INT64, lanes), number)
    return w.moved(pointer, memory_kind(dtype), offset.text)


# Reading


def _load_one(w: Writer, dtype: np.dtype[Any], pointer: str) -> str:
    return w.let(f"load {memory_kind(dtype)}, ptr {pointer}, align {dtype.itemsize}")


def _load_row(w: Writer, dtype: np.dtype[Any], pointer: str, lanes: int, active: int) -> str:
    element, size = memory_kind(dtype), dtype.itemsize
    full = wide(element, lanes)
    if active >= lanes:
        return w.let(f"load {full}, ptr {pointer}, align {size}")
    name = f"llvm.masked.load.{mangled(element, lanes)}.p0"
    w.declare(f"{full} @{name}(ptr, i32, <{lanes} x i1>, {full})")
    return w.let(
        f"call {full} @{name}(ptr {pointer}, i32 {size}, {mask(active, lanes)},"
        f" {full} zeroinitializer)"
    )


def _load_every(
    w: Writer, dtype: np.dtype[Any], pointer: str, stride: int, lanes: int, active: int
) -> str:
    """Whole rows of memory, of which every so-maniest element stays."""
    element = memory_kind(dtype)
    result, total = "poison", (active - 1) * stride + 1
    for start in range(0, total, lanes):
        row = _load_row(w, dtype, w.moved(pointer, element, start), lanes, total - start)
        order = [
            lanes + i * stride - start
            if start <= i * stride < start + lanes
            else (i if i * stride < start else -1)
            for i in range(lanes)
        ]
        result = w.shuffled(result, row, element, lanes, order)
    return result


def _load_each(
    w: Writer, dtype: np.dtype[Any], pointer: str, stride: int, lanes: int, active: int
) -> str:
    element, text = memory_kind(dtype), "poison"
    full = wide(element, lanes)
    for number in range(active):
        one = _load_one(w, dtype, w.moved(pointer, element, number * stride))
        text = w.let(f"insertelement {full} {text}, {element} {one}, i32 {number}")
    return text


def _load_each_at(
    w: Writer, dtype: np.dtype[Any], pointer: str, offsets: str, lanes: int, active: int
) -> Lanes:
    values = []
    for number in range(lanes):
        place = place_at(w, dtype, pointer, offsets, lanes, min(number, active - 1))
        values.append(load(w, dtype, place, 0, 0, 1))
    return w.gathered(values)


def _places(w: Writer, dtype: np.dtype[Any], pointer: str, stride: int, lanes: int) -> str:
    offset = "i64" if abs(lanes * stride) >= 2**31 else "i32"
    offsets = ", ".join(f"{offset} {i * stride}" for i in range(lanes))
    return w.let(
        f"getelementptr {memory_kind(dtype)}, ptr {pointer}, <{lanes} x {offset}> <{offsets}>"
    )


def _gather(w: Writer, dtype: np.dtype[Any], places: str, lanes: int, active: int) -> str:
    element = memory_kind(dtype)
    full = wide(element, lanes)
    name = f"llvm.masked.gather.{mangled(element, lanes)}.{mangled('ptr', lanes)}"
    w.declare(f"{full} @{name}(<{lanes} x ptr>, i32, <{lanes} x i1>, {full})")
    return w.let(
        f"call {full} @{name}(<{lanes} x ptr> {places}, i32 {dtype.itemsize},"
        f" {mask(active, lanes)}, {full} zeroinitializer)"
    )


def _from_memory(w: Writer, text: str, dtype: np.dtype[Any], lanes: int) -> Lanes:
    if dtype == np.bool_:
        zero = "zeroinitializer" if lanes else "0"
        text = w.let(f"icmp ne {wide('i8', lanes)} {text}, {zero}")
    return Lanes(text, dtype, lanes)


# Writing


def _store_lane(
    w: Writer, text: str, dtype: np.dtype[Any], pointer: str, lanes: int, number: int
) -> None:
    element = memory_kind(dtype)
    one = w.let(f"extractelement {wide(element, lanes)} {text}, i32 {number}")
    w.line(f"store {element} {one}, ptr {pointer}, align {dtype.itemsize}")


def _store_masked(
    w: Writer, text: str, dtype: np.dtype[Any], pointer: str, lanes: int, wanted: str
) -> None:
    element = memory_kind(dtype)
    full = wide(element, lanes)
    name = f"llvm.masked.store.{mangled(element, lanes)}.p0"
    w.declare(f"void @{name}({full}, ptr, i32, <{lanes} x i1>)")
    w.line(f"call void @{name}({full} {text}, ptr {pointer}, i32 {dtype.itemsize}, {wanted})")


def _store_part(
    w: Writer, text: str, dtype: np.dtype[Any], pointer: str, lanes: int, active: int
) -> None:
    """The first `active` lanes, as rows of 1, 2, 4 … of them."""
    element, start = memory_kind(dtype), 0
    while start < active:
        length = 1 << ((active - start).bit_length() - 1)
        part = w.shuffled(text, "poison", element, lanes, range(start, start + length))
        place = w.moved(pointer, element, start)
        w.line(f"store {wide(element, length)} {part}, ptr {place}, align {dtype.itemsize}")
        start += length


def _store_every(
    w: Writer, text: str, dtype: np.dtype[Any], pointer: str, stride: int, lanes: int, active: int
) -> None:
    """Whole rows of memory, of which every so-maniest element is written."""
    element = memory_kind(dtype)
    for start in range(0, (active - 1) * stride + 1, lanes):
        places = range(start, start + lanes)
        order = [at // stride if at % stride == 0 else -1 for at in places]
        order = [i if i < active else -1 for i in order]
        row = w.shuffled(text, "poison", element, lanes, order)
        bits = ", ".join(f"i1 {'true' if i >= 0 else 'false'}" for i in order)
        place = w.moved(pointer, element, start)
        _store_masked(w, row, dtype, place, lanes, f"<{lanes} x i1> <{bits}>")


def _to_memory(w: Writer, value: Lanes) -> str:
    if value.dtype != np.bool_:
        return value.text
    return w.let(f"zext {wide('i1', value.lanes)} {value.text} to {wide('i8', value.lanes)}")

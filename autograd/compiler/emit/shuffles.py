"""Lanes across rows: sums of the lanes of several rows at once, and squares that are transposed."""

from typing import Any

import numpy as np

from autograd.compiler.emit.lane_memory import load, store
from autograd.compiler.emit.lanes import ATTRIBUTES, Lanes, Writer, kind, wide


def sums_of(w: Writer, values: list[str], dtype: np.dtype[Any], lanes: int) -> list[Lanes]:
    """The sums of the lanes of several rows, computed side by side."""
    element = kind(dtype)
    what = "fadd" if dtype.kind == "f" else "add"
    full = wide(element, lanes)
    many = len(values)
    while len(values) & (len(values) - 1):
        values.append("zeroinitializer")
    segment = lanes
    rows = values
    while len(rows) > 1 and segment > 1:
        half = segment // 2
        first, second = [], []
        for source in (0, lanes):
            for start in range(0, lanes, segment):
                first += [source + start + i for i in range(half)]
                second += [source + start + half + i for i in range(half)]
        rows = [
            w.let(
                f"{what} {full} {w.shuffled(x, y, element, lanes, first)},"
                f" {w.shuffled(x, y, element, lanes, second)}"
            )
            for x, y in zip(rows[0::2], rows[1::2], strict=True)
        ]
        segment = half
    results: list[Lanes] = []
    per_row = lanes // segment
    for row in rows:
        text = row
        part = segment
        while part > 1:
            order = [
                start + (i + part // 2) % segment
                for start in range(0, lanes, segment)
                for i in range(segment)
            ]
            other = w.shuffled(text, "poison", element, lanes, order)
            text = w.let(f"{what} {full} {text}, {other}")
            part //= 2
        results += [w.lane(Lanes(text, dtype, lanes), i * segment) for i in range(per_row)]
    return results[:many]


def turning(name: str, dtype: np.dtype[Any], lanes: int, columns: int, active: int) -> str:
    """A function that transposes a square of lanes in registers.

    Of `columns` columns, each in one piece, it reads `active` elements and writes them as rows.
    """
    w, element = Writer(), kind(dtype)

    def at(pointer: str, index: int, step: str) -> str:
        return w.moved(pointer, element, w.let(f"mul i64 {step}, {index}") if index else 0)

    rows = [
        load(w, dtype, at("%from", c, "%apart"), 1, lanes, active).text
        if c < columns
        else "zeroinitializer"
        for c in range(lanes)
    ]
    half = lanes // 2
    low = [i // 2 + (lanes if i % 2 else 0) for i in range(lanes)]
    high = [half + i for i in low]
    for _ in range(lanes.bit_length() - 1):
        pairs = [(rows[i], rows[i + half]) for i in range(half)]
        rows = [w.shuffled(x, y, element, lanes, order) for x, y in pairs for order in (low, high)]
    for i in range(active):
        store(w, Lanes(rows[i], dtype, lanes), at("%to", i, "%row"), 1, lanes, lanes)
    body = "\n".join(["entry:", *w.lines, "ret void"])
    head = f"define internal void @{name}(ptr %from, i64 %apart, ptr %to, i64 %row)"
    return "\n".join([*sorted(w.declarations), f"{head} noinline {ATTRIBUTES} {{\n{body}\n}}"])

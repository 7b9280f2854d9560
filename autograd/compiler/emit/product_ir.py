"""Small matrix products as one LLVM function, blocks of the result held in registers.

Three ways to put a product into lanes: the columns of the result (`b` read row by row), its rows
(the same for the transposed product), or the sum over k (each element of the result a dot product).
What is not laid out that way is copied into memory of its own first.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd.compiler.emit.lanes import ATTRIBUTES, Lanes, Writer, kind, mangled, wide

_ACCUMULATORS = 24
_PACKED_BYTES = 1 << 18
_FAR_APART = 1 << 19
# Bytes that the nearest cache holds anyway, and that the next one surely holds.
_NEAR, _FETCHED = 1 << 12, 1 << 18


@dataclass(frozen=True)
class Product:
    """out[i, j] (+)= Σ a[i, at] b[at, j], strides in elements; batch axes around."""

    m: int
    n: int
    k: int
    a: tuple[int, int]
    b: tuple[int, int]
    out: tuple[int, int]
    dtype: np.dtype[Any]
    accumulate: bool = False
    batch: tuple[int, ...] = ()
    batch_a: tuple[int, ...] = ()
    batch_b: tuple[int, ...] = ()
    batch_out: tuple[int, ...] = ()

    def transposed(self) -> "Product":
        """outᵀ = bᵀ aᵀ."""
        return replace(
            self,
            m=self.n,
            n=self.m,
            a=self.b[::-1],
            b=self.a[::-1],
            out=self.out[::-1],
            batch_a=self.batch_b,
            batch_b=self.batch_a,
        )


class ProductText:
    """Writes the function of a product: name(arguments = [a, b, out], begin, end).

    by_rows    chunks of one product are ranges of rows instead of ranges of the first batch axis
    """

    def __init__(self, product: Product, vector_bytes: int, chunks: int, by_rows: bool) -> None:
        self.w = Writer()
        self.entry: list[str] = []
        self.full = vector_bytes // product.dtype.itemsize
        self.chunks = chunks
        self.by_rows = by_rows
        self.swapped, self.sums = _way(product, self.full, by_rows and chunks > 1)
        self.p = product.transposed() if self.swapped else product
        self.element = kind(product.dtype)
        self.helpers: dict[str, str] = {}

    def written(self, name: str) -> str:
        """The text of the function and its declarations."""
        w, p = self.w, self.p
        places = ["%p1", "%p0", "%p2"] if self.swapped else ["%p0", "%p1", "%p2"]
        for number in range(3):
            self.entry.append(f"%q{number} = getelementptr ptr, ptr %arguments, i64 {number}")
            self.entry.append(f"%p{number} = load ptr, ptr %q{number}")

        def batches(axis: int, at: list[str], bounds: tuple[Any, Any]) -> None:
            if axis == len(p.batch):
                rows = bounds if self.by_rows else (0, p.m)
                self._one(at[0], at[1], at[2], rows)
                return

            def inside(i: str) -> None:
                moved = []
                for pointer, steps in zip(at, (p.batch_a, p.batch_b, p.batch_out), strict=True):
                    step = w.let(f"mul nsw i64 {i}, {steps[axis]}") if steps[axis] else 0
                    moved.append(w.moved(pointer, self.element, step))
                if axis == len(p.batch) - 1:
                    self._fetch(moved, axis)
                batches(axis + 1, moved, bounds)

            if axis == 0 and not self.by_rows and self.chunks > 1:
                w.loop(bounds[0], bounds[1], 1, inside)
            else:
                w.loop(0, p.batch[axis], 1, inside)

        if 0 in (p.m, p.n, *p.batch):
            pass
        elif self.chunks > 1:
            total = p.m if self.by_rows else p.batch[0]
            unit = _rows_at_once(p, self.full) if self.by_rows and not self.sums else 1
            turns = -(-total // unit)

            def chunk(c: str) -> None:
                limits = []
                for number in (c, w.let(f"add i64 {c}, 1")):
                    share = w.let(f"sdiv i64 {w.let(f'mul i64 {number}, {turns}')}, {self.chunks}")
                    limit = w.let(f"mul i64 {share}, {unit}")
                    limits.append(
                        w.call("llvm.smin.i64", "i64", [("i64", limit), ("i64", str(total))])
                    )
                batches(0, places, (limits[0], limits[1]))

            w.loop("%begin", "%end", 1, chunk)
        else:
            batches(0, places, (0, p.m))
        body = "\n".join(["entry:", *self.entry, *w.lines, "ret void"])
        head = f"define void @{name}(ptr %arguments, i64 %begin, i64 %end) {ATTRIBUTES}"
        texts = [*self.helpers.values(), *sorted(w.declarations), f"{head} {{\n{body}\n}}"]
        return "\n".join(texts)

    def _fetch(self, places: list[str], axis: int) -> None:
        """Have the next matrices of a batch on their way, where they come from far."""
        p, w, size = self.p, self.w, self.p.dtype.itemsize
        shapes = (
            (p.m, p.k, p.a, p.batch_a),
            (p.k, p.n, p.b, p.batch_b),
            (p.m, p.n, p.out, p.batch_out),
        )
        for number, (rows, columns, strides, steps) in enumerate(shapes):
            span = (rows - 1) * strides[0] + (columns - 1) * strides[1] + 1
            step = steps[axis]
            dense = span <= 2 * rows * columns
            if not (step and dense and _NEAR <= span * size <= _FETCHED):
                continue
            if step * p.batch[axis] * size < _FAR_APART:
                continue
            following = w.moved(places[number], self.element, step)
            w.declare("void @llvm.prefetch.p0(ptr, i32, i32, i32)")

            def ask(at: str, start: str = following, written: int = int(number == 2)) -> None:
                line = w.moved(start, "i8", at)
                w.line(f"call void @llvm.prefetch.p0(ptr {line}, i32 {written}, i32 2, i32 1)")

            w.loop(0, span * size, 64, ask)

    def _one(self, a: str, b: str, out: str, rows: tuple[Any, Any]) -> None:
        if self.sums:
            self._by_sums(a, b, out, rows)
        else:
            self._by_columns(a, b, out, rows)

    # Lanes along the columns of the result

    def _by_columns(self, a: str, b: str, out: str, rows: tuple[Any, Any]) -> None:
        p = self.p
        lanes = min(self.full, 1 << max(p.n - 1, 0).bit_length())
        b_strides = p.b
        if p.b[1] != 1 and p.n > 1:
            b, b_strides = self._packed(b), (-(-p.n // lanes) * lanes, 1)
        if not self._scatters(p):

            def down(j: str | int, used: int, active: int) -> None:
                bj, oj = self._at(b, j, b_strides[1]), self._at(out, j, p.out[1])

                def block(i: str | int, count: int) -> None:
                    ai, oi = self._at(a, i, p.a[0]), self._at(oj, i, p.out[0])
                    self._block(ai, bj, oi, p.a, b_strides, count, used, lanes, active)

                self._over_rows(rows, block)

            self._over_columns(lanes, down)
            return

        def across(i: str | int, count: int) -> None:
            ai, oi = self._at(a, i, p.a[0]), self._at(out, i, p.out[0])
            panel = self._panel(ai, count)

            def block(j: str | int, used: int, active: int) -> None:
                bj, oj = self._at(b, j, b_strides[1]), self._at(oi, j, p.out[1])
                self._block(panel, bj, oj, (1, count), b_strides, count, used, lanes, active)

            self._over_columns(lanes, block)

        self._over_rows(rows, across)

    def _scatters(self, p: Product) -> bool:
        """Whether a block of rows of `a` lies so far apart that caches lose it before the next."""
        far = p.a[1] * p.dtype.itemsize >= 512
        return far and p.a[0] == 1 and p.k * p.a[1] * p.dtype.itemsize > _FAR_APART and p.m > 1

    def _panel(self, a: str, count: int) -> str:
        """`count` rows of a side by side, one column of them after another."""
        p, w = self.p, self.w
        copy = f"%panel{len(self.entry)}"
        lanes = min(self.full, 1 << (count - 1).bit_length())
        room = p.k * count + lanes
        self.entry.append(f"{copy} = alloca [{room} x {self.element}], align 64")

        def move(at: str | int) -> None:
            source, target = self._at(a, at, p.a[1]), self._at(copy, at, count)
            for start in range(0, count, lanes):
                used = min(lanes, count - start)
                values = w.load(p.dtype, self._at(source, start, 1), 1, lanes, used)
                w.store(values, self._at(target, start, 1), 1, lanes, used)

        self._over_k(p.k, 2, move)
        return copy

    def _over_columns(self, lanes: int, body: Callable[[str | int, int, int], None]) -> None:
        """body(first column, rows of lanes, lanes in use of the last) for blocks of columns."""
        p = self.p
        _, vectors = _blocking(p, self.full)
        width = vectors * lanes
        whole = p.n // width * width
        if whole == width:
            body(0, vectors, lanes)
        elif whole:
            self.w.loop(0, whole, width, lambda j: body(j, vectors, lanes))
        rest = p.n - whole
        if rest:
            used = -(-rest // lanes)
            body(whole, used, rest - (used - 1) * lanes)

    def _over_rows(self, rows: tuple[Any, Any], body: Callable[[str | int, int], None]) -> None:
        """body(first row, number of rows) for blocks of rows."""
        p, w = self.p, self.w
        at_once, _ = _blocking(p, self.full)
        start, stop = rows
        whole = p.m // at_once * at_once
        if isinstance(start, int):
            if whole == at_once:
                body(0, at_once)
            elif whole:
                w.loop(0, whole, at_once, lambda i: body(i, at_once))
            if p.m > whole:
                body(whole, p.m - whole)
            return
        last = w.call("llvm.smin.i64", "i64", [("i64", stop), ("i64", str(whole))])
        w.loop(start, last, at_once, lambda i: body(i, at_once))
        if p.m > whole:
            final = w.let(f"icmp sgt i64 {stop}, {whole}")
            w.when(final, lambda: body(whole, p.m - whole))

    def _block(
        self,
        a: str,
        b: str,
        out: str,
        a_strides: tuple[int, int],
        b_strides: tuple[int, int],
        count: int,
        used: int,
        lanes: int,
        active: int,
    ) -> None:
        """`count` rows by `used` rows of lanes of the result, of whose last `active` count."""
        p, w, dtype = self.p, self.w, self.p.dtype
        sums = [[self._slot(lanes) for _ in range(used)] for _ in range(count)]
        zero = w.constant(0, dtype, lanes).text
        full = wide(self.element, lanes)
        for slot in (each for row in sums for each in row):
            w.line(f"store {full} {zero}, ptr {slot}, align 64")

        def step(at: str | int) -> None:
            bl, al = self._at(b, at, b_strides[0]), self._at(a, at, a_strides[1])
            row = [
                w.load(
                    dtype,
                    w.moved(bl, self.element, v * lanes),
                    1,
                    lanes,
                    active if v == used - 1 else lanes,
                )
                for v in range(used)
            ]
            for r in range(count):
                one = w.load(dtype, w.moved(al, self.element, r * a_strides[0]), 0, 0, 1)
                same = w.spread(one, lanes)
                for v in range(used):
                    self._add_product(sums[r][v], same, row[v])

        self._over_k(p.k, 2 if count * used <= 12 else 1, step)
        for r in range(count):
            for v in range(used):
                place = self._at(self._at(out, r, p.out[0]), v * lanes, p.out[1])
                valid = active if v == used - 1 else lanes
                total = Lanes(w.let(f"load {full}, ptr {sums[r][v]}, align 64"), dtype, lanes)
                self._write(total, place, p.out[1], lanes, valid)

    def _write(self, total: Lanes, place: str, stride: int, lanes: int, active: int) -> None:
        w = self.w
        stride = stride if lanes else 0
        if lanes == 1 or active == 1:
            total, lanes, stride = w.lane(total, 0), 0, 0
        if self.p.accumulate:
            old = w.load(self.p.dtype, place, stride, lanes, active)
            what = "fadd" if self.p.dtype.kind == "f" else "add"
            full = wide(self.element, lanes)
            total = Lanes(w.let(f"{what} {full} {old.text}, {total.text}"), self.p.dtype, lanes)
        w.store(total, place, stride, lanes, active)

    def _over_k(self, k: int, copies: int, step: Callable[[str | int], None]) -> None:
        w = self.w
        if k <= 4:
            for at in range(k):
                step(at)
            return
        whole = k // copies * copies

        def several(at: str) -> None:
            for copy in range(copies):
                step(w.let(f"add i64 {at}, {copy}") if copy else at)

        w.loop(0, whole, copies, several)
        for at in range(whole, k):
            step(at)

    def _add_product(self, slot: str, x: Lanes, y: Lanes) -> None:
        w, full = self.w, wide(self.element, x.lanes)
        old = w.let(f"load {full}, ptr {slot}, align 64")
        if self.p.dtype.kind == "f":
            name = f"llvm.fma.{mangled(self.element, x.lanes)}"
            new = w.call(name, full, [(full, x.text), (full, y.text), (full, old)])
        else:
            new = w.let(f"add {full} {old}, {w.let(f'mul {full} {x.text}, {y.text}')}")
        w.line(f"store {full} {new}, ptr {slot}, align 64")

    def _slot(self, lanes: int) -> str:
        name = f"%sum{len(self.entry)}"
        self.entry.append(f"{name} = alloca {wide(self.element, lanes)}, align 64")
        return name

    def _at(self, pointer: str, index: str | int, stride: int) -> str:
        if isinstance(index, int):
            return self.w.moved(pointer, self.element, index * stride)
        if not stride:
            return pointer
        return self.w.moved(
            pointer,
            self.element,
            index if stride == 1 else self.w.let(f"mul nsw i64 {index}, {stride}"),
        )

    def _packed(self, b: str) -> str:
        """A copy of b with its rows one after another, each filled up to whole rows of lanes."""
        p, w, dtype = self.p, self.w, self.p.dtype
        lanes = min(self.full, 1 << max(p.n - 1, 0).bit_length())
        row = -(-p.n // lanes) * lanes
        copy = f"%packed{len(self.entry)}"
        self.entry.append(f"{copy} = alloca [{row * p.k + 64} x {self.element}], align 64")

        def some(j: str | int, columns: int) -> None:
            source, target = self._at(b, j, p.b[1]), self._at(copy, j, 1)
            if p.b[0] == 1 and lanes > 1:
                self._turn(source, target, row, lanes, columns)
                return

            def move(at: str) -> None:
                values = w.load(dtype, self._at(source, at, p.b[0]), p.b[1], lanes, columns)
                w.store(values, self._at(target, at, row), 1, lanes, lanes)

            w.loop(0, p.k, 1, move)

        whole = p.n // lanes * lanes
        if whole == lanes:
            some(0, lanes)
        elif whole:
            w.loop(0, whole, lanes, lambda j: some(j, lanes))
        if p.n > whole:
            some(whole, p.n - whole)
        return copy

    def _turn(self, source: str, target: str, row: int, lanes: int, columns: int) -> None:
        """Turn `columns` columns of b, each in one piece, into the rows of the copy."""
        p, w = self.p, self.w
        whole = p.k // lanes * lanes

        def square(at: str | int, active: int) -> None:
            name = f"turn_{mangled(self.element, lanes)}_{columns}_{active}"
            self.helpers.setdefault(name, _turning(name, p.dtype, lanes, columns, active))
            w.line(
                f"call void @{name}(ptr {self._at(source, at, 1)}, i64 {p.b[1]},"
                f" ptr {self._at(target, at, row)}, i64 {row})"
            )

        if whole == lanes:
            square(0, lanes)
        elif whole:
            w.loop(0, whole, lanes, lambda at: square(at, lanes))
        if p.k > whole:
            square(whole, p.k - whole)

    # Lanes along the sum

    def _by_sums(self, a: str, b: str, out: str, rows: tuple[Any, Any]) -> None:
        p, w = self.p, self.w
        at_once = min(4 if p.n > 1 else 8, p.m)
        across = min(4 if p.m > 1 else 8, p.n)

        def over_columns(i: str | int, count: int) -> None:
            ai, oi = self._at(a, i, p.a[0]), self._at(out, i, p.out[0])

            def block(j: str | int, used: int) -> None:
                self._dots(ai, self._at(b, j, p.b[1]), self._at(oi, j, p.out[1]), count, used)

            whole = p.n // across * across
            w.loop(0, whole, across, lambda j: block(j, across))
            if p.n > whole:
                block(whole, p.n - whole)

        start, stop = rows
        whole = p.m // at_once * at_once
        if isinstance(start, int):
            w.loop(0, whole, at_once, lambda i: over_columns(i, at_once))
            if p.m > whole:
                over_columns(whole, p.m - whole)
            return
        length = w.let(f"sub i64 {stop}, {start}")
        pieces = w.let(f"sdiv i64 {length}, {at_once}")
        last = w.let(f"add i64 {start}, {w.let(f'mul i64 {pieces}, {at_once}')}")
        w.loop(start, last, at_once, lambda i: over_columns(i, at_once))
        w.loop(last, stop, 1, lambda i: over_columns(i, 1))

    def _dots(self, a: str, b: str, out: str, count: int, used: int) -> None:
        p, w, dtype = self.p, self.w, self.p.dtype
        lanes = min(self.full, 1 << max(p.k - 1, 0).bit_length())
        full = wide(self.element, lanes)
        sums = [[self._slot(lanes) for _ in range(used)] for _ in range(count)]
        zero = w.constant(0, dtype, lanes).text
        for slot in (each for row in sums for each in row):
            w.line(f"store {full} {zero}, ptr {slot}, align 64")

        def step(at: str | int, active: int) -> None:
            left = [
                w.load(dtype, self._at(self._at(a, r, p.a[0]), at, 1), 1, lanes, active)
                for r in range(count)
            ]
            for c in range(used):
                right = w.load(dtype, self._at(self._at(b, c, p.b[1]), at, 1), 1, lanes, active)
                for r in range(count):
                    self._add_product(sums[r][c], left[r], right)

        whole = p.k // lanes * lanes
        if whole == lanes:
            step(0, lanes)
        elif whole:
            w.loop(0, whole, lanes, lambda at: step(at, lanes))
        if p.k > whole:
            step(whole, p.k - whole)
        values = [w.let(f"load {full}, ptr {slot}, align 64") for row in sums for slot in row]
        totals = self._sums_of(values, lanes)
        for r in range(count):
            for c in range(used):
                place = self._at(self._at(out, r, p.out[0]), c, p.out[1])
                self._write(totals[r * used + c], place, 0, 0, 1)

    def _sums_of(self, values: list[str], lanes: int) -> list[Lanes]:
        """The sums of the lanes of several rows, computed side by side."""
        w, dtype = self.w, self.p.dtype
        what = "fadd" if dtype.kind == "f" else "add"
        full = wide(self.element, lanes)
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
                    f"{what} {full} {w.shuffled(x, y, self.element, lanes, first)},"
                    f" {w.shuffled(x, y, self.element, lanes, second)}"
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
                other = w.shuffled(text, "poison", self.element, lanes, order)
                text = w.let(f"{what} {full} {text}, {other}")
                part //= 2
            results += [w.lane(Lanes(text, dtype, lanes), i * segment) for i in range(per_row)]
        return results[:many]


def _turning(name: str, dtype: np.dtype[Any], lanes: int, columns: int, active: int) -> str:
    """A function that transposes a square of lanes in registers.

    Of `columns` columns, each in one piece, it reads `active` elements and writes them as rows.
    """
    w, element = Writer(), kind(dtype)

    def at(pointer: str, index: int, step: str) -> str:
        return w.moved(pointer, element, w.let(f"mul i64 {step}, {index}") if index else 0)

    rows = [
        w.load(dtype, at("%from", c, "%apart"), 1, lanes, active).text
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
        w.store(Lanes(rows[i], dtype, lanes), at("%to", i, "%row"), 1, lanes, lanes)
    body = "\n".join(["entry:", *w.lines, "ret void"])
    head = f"define internal void @{name}(ptr %from, i64 %apart, ptr %to, i64 %row)"
    return "\n".join([*sorted(w.declarations), f"{head} noinline {ATTRIBUTES} {{\n{body}\n}}"])


def _blocking(p: Product, full: int) -> tuple[int, int]:
    """How many rows, and rows of lanes across, are held in registers."""
    lanes = min(full, 1 << max(p.n - 1, 0).bit_length())
    across = -(-p.n // lanes)
    vectors = min(across, 4 if p.m > 2 else 8)
    if across > vectors:
        # Equal shares leave no thin rest.
        vectors = -(-across // -(-across // vectors))
    rows = min(p.m, max(1, _ACCUMULATORS // vectors), 12)
    rows = -(-p.m // -(-p.m // rows)) if p.m else 1
    return rows, vectors


def _rows_at_once(p: Product, full: int) -> int:
    return _blocking(p, full)[0]


def _way(p: Product, full: int, by_rows: bool) -> tuple[bool, bool]:
    """Whether to transpose the product, and whether lanes go along the sum."""
    options = [(_columns_cost(p, full), (False, False))]
    if not by_rows:
        options.append((_columns_cost(p.transposed(), full), (True, False)))
    if (p.a[1] == 1 or p.k == 1) and (p.b[0] == 1 or p.k == 1):
        tiles = p.m * p.n
        loads = 0.1 if p.m > 1 and p.n > 1 else 1.0
        options.append((tiles * (-(-p.k // full) * (1 + loads) + 4), (False, True)))
    return min(options)[1]


def _columns_cost(p: Product, full: int) -> float:
    lanes = min(full, 1 << max(p.n - 1, 0).bit_length())
    across = -(-p.n // lanes)
    rows, _ = _blocking(p, full)
    cost = p.m * p.k * across * (1 + 1 / max(rows, 1)) + p.m * across
    if p.b[1] != 1 and p.n > 1:
        if p.k * across * lanes * p.dtype.itemsize > _PACKED_BYTES:
            return math.inf
        cost += p.k * across * lanes * (0.5 if p.b[0] == 1 else 2)
    if p.out[1] != 1 and p.n > 1:
        # Lane by lane, which is much text as well.
        cost += p.m * p.n * 4 + 1000
    return cost


def estimated_cost(p: Product, vector_bytes: int) -> float:
    """Cycles of one product, about."""
    full = vector_bytes // p.dtype.itemsize
    return min(
        _columns_cost(p, full),
        _columns_cost(p.transposed(), full),
        math.inf if not (p.a[1] == 1 and p.b[0] == 1) else p.m * p.n * (-(-p.k // full) * 1.1 + 4),
    )

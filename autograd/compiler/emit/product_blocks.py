"""What the text of a product is made of: blocks of its result, terms of its sums, copies."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from autograd.compiler.emit.lane_memory import load, store
from autograd.compiler.emit.lanes import Lanes, Writer, kind, mangled, wide
from autograd.compiler.emit.product_ways import Way, lanes_of
from autograd.compiler.emit.shuffles import turning


class Factor(NamedTuple):
    """Where a factor is, how far apart its rows or columns are, and the terms of the sum.

    summed    how far apart the terms of the further loops of the sum are.
    """

    at: str
    across: int
    along: int
    summed: tuple[int, ...]


class ProductBlocks:
    """Writes parts of the function of a product.

    entry      lines at its beginning, where memory of its own is set aside.
    helpers    functions that it calls.
    """

    def __init__(self, way: Way, vector_bytes: int) -> None:
        self.w = Writer()
        self.entry: list[str] = []
        self.way = way
        self.p = way.p
        self.full = vector_bytes // self.p.dtype.itemsize
        self.element = kind(self.p.dtype)
        self.helpers: dict[str, str] = {}

    # Blocks of the result

    def _clear(self, slots: Sequence[str], lanes: int) -> None:
        zero = self.w.constant(0, self.p.dtype, lanes).text
        for slot in slots:
            self.w.line(f"store {wide(self.element, lanes)} {zero}, ptr {slot}, align 64")

    def _write(self, total: Lanes, place: str, stride: int, lanes: int, active: int) -> None:
        w = self.w
        stride = stride if lanes else 0
        if lanes == 1 or active == 1:
            total, lanes, stride = w.lane(total, 0), 0, 0
        if self.p.accumulate:
            old = load(w, self.p.dtype, place, stride, lanes, active)
            what = "fadd" if self.p.dtype.kind == "f" else "add"
            full = wide(self.element, lanes)
            total = Lanes(w.let(f"{what} {full} {old.text}, {total.text}"), self.p.dtype, lanes)
        store(w, total, place, stride, lanes, active)

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

    # Terms of the sum

    def _over_sum(
        self, factors: tuple[Factor, ...], body: Callable[[tuple[Factor, ...]], None]
    ) -> None:
        """body(factors) for every index of the further loops of the sum, the factors there."""
        counts = [x.length for x in self.way.summed]

        def deeper(level: int, at: tuple[Factor, ...]) -> None:
            if level == len(counts):
                body(at)
                return

            def turn(i: str | int) -> None:
                moved = tuple(x._replace(at=self._at(x.at, i, x.summed[level])) for x in at)
                deeper(level + 1, moved)

            self.w.loop(0, counts[level], 1, turn)

        deeper(0, factors)

    def _over_k(
        self, copies: int, factors: tuple[Factor, ...], step: Callable[[str, str], None]
    ) -> None:
        """step(place in a, place in b) for every term."""
        w, k = self.w, self.p.k

        def one(at: str | int) -> None:
            a, b = (self._at(x.at, at, x.along) for x in factors)
            step(a, b)

        if k <= 4:
            for at in range(k):
                one(at)
            return
        whole = k // copies * copies

        def several(at: str) -> None:
            for copy in range(copies):
                one(w.let(f"add i64 {at}, {copy}") if copy else at)

        w.loop(0, whole, copies, several)
        for at in range(whole, k):
            one(at)

    def _shifted(self, factor: Factor, index: str | int) -> Factor:
        return factor._replace(at=self._at(factor.at, index, factor.across))

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

    # Copies

    def _in_order(self, row: int) -> tuple[int, ...]:
        """How far apart the terms of the further loops are where all terms are rows in order."""
        steps, step = [], row * self.p.k
        for x in reversed(self.way.summed):
            steps.insert(0, step)
            step *= x.length
        return tuple(steps)

    def _panel(self, a: Factor, count: int) -> Factor:
        """`count` rows of a side by side, one column of them after another."""
        p, w = self.p, self.w
        copy = f"%panel{len(self.entry)}"
        lanes = min(self.full, 1 << (count - 1).bit_length())
        room = self.way.depth * count + lanes
        self.entry.append(f"{copy} = alloca [{room} x {self.element}], align 64")
        panel = Factor(copy, 1, count, self._in_order(count))

        def move(source: str, target: str) -> None:
            for start in range(0, count, lanes):
                used = min(lanes, count - start)
                values = load(w, p.dtype, self._at(source, start, 1), 1, lanes, used)
                store(w, values, self._at(target, start, 1), 1, lanes, used)

        self._over_sum((a, panel), lambda at: self._over_k(2, at, move))
        return panel

    def _packed(self, b: Factor) -> Factor:
        """A copy of b with its rows one after another, each filled up to whole rows of lanes."""
        p, w, dtype = self.p, self.w, self.p.dtype
        lanes = lanes_of(p, self.full)
        row = -(-p.n // lanes) * lanes
        name = f"%packed{len(self.entry)}"
        self.entry.append(
            f"{name} = alloca [{row * self.way.depth + 64} x {self.element}], align 64"
        )
        copy = Factor(name, 1, row, self._in_order(row))

        def some(at: tuple[Factor, ...], j: str | int, columns: int) -> None:
            source, target = (self._shifted(x, j).at for x in at)
            if p.b[0] == 1 and lanes > 1:
                self._turn(source, target, row, lanes, columns)
                return

            def move(t: str) -> None:
                values = load(w, dtype, self._at(source, t, p.b[0]), p.b[1], lanes, columns)
                store(w, values, self._at(target, t, row), 1, lanes, lanes)

            w.loop(0, p.k, 1, move)

        self._over_sum((b, copy), lambda at: w.in_blocks(p.n, lanes, partial(some, at)))
        return copy

    def _turn(self, source: str, target: str, row: int, lanes: int, columns: int) -> None:
        """Turn `columns` columns of b, each in one piece, into the rows of the copy."""
        p, w = self.p, self.w

        def square(at: str | int, active: int) -> None:
            name = f"turn_{mangled(self.element, lanes)}_{columns}_{active}"
            self.helpers.setdefault(name, turning(name, p.dtype, lanes, columns, active))
            w.line(
                f"call void @{name}(ptr {self._at(source, at, 1)}, i64 {p.b[1]},"
                f" ptr {self._at(target, at, row)}, i64 {row})"
            )

        w.in_blocks(p.k, lanes, square)

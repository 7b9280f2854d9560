"""Small matrix products as one LLVM function, blocks of the result held in registers.

`product_ways` says in which order the loops run. A matrix that is not laid out for that is copied
into memory of its own first.
"""

from collections.abc import Callable, Sequence
from functools import partial

from autograd.compiler.emit.lane_memory import load
from autograd.compiler.emit.lanes import ATTRIBUTES, Lanes, wide
from autograd.compiler.emit.product_blocks import Factor, ProductBlocks
from autograd.compiler.emit.product_ways import Axis, Way, block, lanes_of
from autograd.compiler.emit.shuffles import sums_of

_FAR_APART = 1 << 19
# Bytes that the nearest cache holds anyway, and that the next one surely holds.
_NEAR, _FETCHED = 1 << 12, 1 << 18


class ProductText(ProductBlocks):
    """Writes the function of a product: name(arguments = [a, b, out], begin, end).

    chunks     into how many parts the work is cut: ranges of the first loop,
    by_rows    or of the rows.
    """

    def __init__(self, way: Way, vector_bytes: int, chunks: int, by_rows: bool) -> None:
        super().__init__(way, vector_bytes)
        self.chunks = chunks
        self.by_rows = by_rows

    def written(self, name: str) -> str:
        """The text of the function and its declarations."""
        w, p = self.w, self.p
        places = ["%p1", "%p0", "%p2"] if self.way.swapped else ["%p0", "%p1", "%p2"]
        for number in range(3):
            self.entry.append(f"%q{number} = getelementptr ptr, ptr %arguments, i64 {number}")
            self.entry.append(f"%p{number} = load ptr, ptr %q{number}")
        if self.chunks > 1:
            shared = (*self.way.outside, *self.way.inside)
            total = p.m if self.by_rows else shared[0].length
            unit = block(self.way, self.full)[0] if self.by_rows and not self.way.by_sums else 1
            turns = -(-total // unit)

            def chunk(c: str) -> None:
                limits = []
                for number in (c, w.let(f"add i64 {c}, 1")):
                    share = w.let(f"sdiv i64 {w.let(f'mul i64 {number}, {turns}')}, {self.chunks}")
                    limit = w.let(f"mul i64 {share}, {unit}")
                    limits.append(
                        w.call("llvm.smin.i64", "i64", [("i64", limit), ("i64", str(total))])
                    )
                self._loops(places, (limits[0], limits[1]))

            w.loop("%begin", "%end", 1, chunk)
        else:
            self._loops(places, None)
        body = "\n".join(["entry:", *self.entry, *w.lines, "ret void"])
        head = f"define void @{name}(ptr %arguments, i64 %begin, i64 %end) {ATTRIBUTES}"
        texts = [*self.helpers.values(), *sorted(w.declarations), f"{head} {{\n{body}\n}}"]
        return "\n".join(texts)

    # Loops around

    def _loops(self, places: Sequence[str], bounds: tuple[str, str] | None) -> None:
        """All products, or those of the first loop, or rows, between the bounds."""
        p, way = self.p, self.way
        rows = bounds if bounds and self.by_rows else (0, p.m)
        first = None if self.by_rows else bounds
        a_summed = tuple(x.a for x in way.summed)
        b_summed = tuple(x.b for x in way.summed)

        def around(at: list[str]) -> None:
            if way.by_sums:
                a = Factor(at[0], p.a[0], p.a[1], a_summed)
                self._by_sums(a, Factor(at[1], p.b[1], p.b[0], b_summed), at[2], rows)
                return
            b = Factor(at[1], p.b[1], p.b[0], b_summed)
            if p.b[1] != 1 and p.n > 1:
                b = self._packed(b)

            def within(at: list[str]) -> None:
                a = Factor(at[0], p.a[0], p.a[1], a_summed)
                self._by_columns(a, b, at[2], rows)

            self._over(way.inside, at, None if way.outside else first, within)

        self._over(way.outside, list(places), first, around)

    def _over(
        self,
        loops: Sequence[Axis],
        at: list[str],
        bounds: tuple[str, str] | None,
        body: Callable[[list[str]], None],
    ) -> None:
        if not loops:
            body(at)
            return
        w, (here, *further) = self.w, loops

        def turn(i: str) -> None:
            moved = []
            for pointer, step in zip(at, here[1:], strict=True):
                far = w.let(f"mul nsw i64 {i}, {step}") if step else 0
                moved.append(w.moved(pointer, self.element, far))
            if not further:
                self._fetch(moved, here)
            self._over(further, moved, None, body)

        start, stop = bounds or (0, here.length)
        w.loop(start, stop, 1, turn)

    def _fetch(self, places: Sequence[str], loop: Axis) -> None:
        """Have the next matrices of a loop on their way, where they come from far."""
        p, w, size = self.p, self.w, self.p.dtype.itemsize
        sums = [(x.length, x) for x in self.way.summed]
        shapes = (
            [(p.m, p.a[0]), (p.k, p.a[1]), *((n, x.a) for n, x in sums)],
            [(p.k, p.b[0]), (p.n, p.b[1]), *((n, x.b) for n, x in sums)],
            [(p.m, p.out[0]), (p.n, p.out[1])],
        )
        for number, (axes, step) in enumerate(zip(shapes, loop[1:], strict=True)):
            span = sum((n - 1) * stride for n, stride in axes) + 1
            many = 1
            for n, _ in axes:
                many *= n
            dense = span <= 2 * many and all(stride >= 0 for _, stride in axes)
            if not (step and dense and _NEAR <= span * size <= _FETCHED):
                continue
            if step * loop.length * size < _FAR_APART:
                continue
            following = w.moved(places[number], self.element, step)
            w.declare("void @llvm.prefetch.p0(ptr, i32, i32, i32)")

            def ask(at: str, start: str = following, written: int = int(number == 2)) -> None:
                line = w.moved(start, "i8", at)
                w.line(f"call void @llvm.prefetch.p0(ptr {line}, i32 {written}, i32 2, i32 1)")

            w.loop(0, span * size, 64, ask)

    # Lanes along the columns of the result

    def _by_columns(self, a: Factor, b: Factor, out: str, rows: tuple[str | int, ...]) -> None:
        p = self.p
        if not self._scatters():

            def down(j: str | int, used: int, active: int) -> None:
                bj, oj = self._shifted(b, j), self._at(out, j, p.out[1])

                def one(i: str | int, count: int) -> None:
                    oi = self._at(oj, i, p.out[0])
                    self._block(self._shifted(a, i), bj, oi, count, used, active)

                self._over_rows(rows, one)

            self._over_columns(down)
            return

        def across(i: str | int, count: int) -> None:
            panel, oi = self._panel(self._shifted(a, i), count), self._at(out, i, p.out[0])

            def one(j: str | int, used: int, active: int) -> None:
                oj = self._at(oi, j, p.out[1])
                self._block(panel, self._shifted(b, j), oj, count, used, active)

            self._over_columns(one)

        self._over_rows(rows, across)

    def _scatters(self) -> bool:
        """Whether a block of rows of `a` lies so far apart that caches lose it before the next."""
        p = self.p
        far = p.a[1] * p.dtype.itemsize >= 512
        large = p.k * p.a[1] * p.dtype.itemsize > _FAR_APART
        return far and large and p.a[0] == 1 and p.m > 1 and not self.way.rows

    def _over_columns(self, body: Callable[[str | int, int, int], None]) -> None:
        """body(first column, rows of lanes, lanes in use of the last) for blocks of columns."""
        p, lanes = self.p, lanes_of(self.p, self.full)
        _, vectors = block(self.way, self.full)

        def some(j: str | int, columns: int) -> None:
            used = -(-columns // lanes)
            body(j, used, columns - (used - 1) * lanes)

        self.w.in_blocks(p.n, vectors * lanes, some)

    def _over_rows(
        self, rows: tuple[str | int, ...], body: Callable[[str | int, int], None]
    ) -> None:
        """body(first row, number of rows) for blocks of rows."""
        p, w = self.p, self.w
        at_once, _ = block(self.way, self.full)
        start, stop = rows
        if isinstance(start, int):
            w.in_blocks(p.m, at_once, body)
            return
        whole = p.m // at_once * at_once
        last = w.call("llvm.smin.i64", "i64", [("i64", str(stop)), ("i64", str(whole))])
        w.loop(start, last, at_once, lambda i: body(i, at_once))
        if p.m > whole:
            final = w.let(f"icmp sgt i64 {stop}, {whole}")
            w.when(final, lambda: body(whole, p.m - whole))

    def _block(self, a: Factor, b: Factor, out: str, count: int, used: int, active: int) -> None:
        """`count` rows, each with its further ones, by `used` rows of lanes of the result.

        Of the last row of lanes `active` count.
        """
        p, w, dtype = self.p, self.w, self.p.dtype
        lanes = lanes_of(p, self.full)
        places = [(r * a.across, r * p.out[0]) for r in range(count)]
        for x in self.way.rows:
            places = [(i + t * x.a, o + t * x.out) for i, o in places for t in range(x.length)]
        sums = [[self._slot(lanes) for _ in range(used)] for _ in places]
        self._clear([slot for row in sums for slot in row], lanes)

        def step(al: str, bl: str) -> None:
            row = [
                load(
                    w,
                    dtype,
                    w.moved(bl, self.element, v * lanes),
                    1,
                    lanes,
                    active if v == used - 1 else lanes,
                )
                for v in range(used)
            ]
            for r, (start, _) in enumerate(places):
                one = load(w, dtype, w.moved(al, self.element, start), 0, 0, 1)
                same = w.spread(one, lanes)
                for v in range(used):
                    self._add_product(sums[r][v], same, row[v])

        self._over_sum(
            (a, b),
            lambda at: self._over_k(2 if len(places) * used <= 12 else 1, at, step),
        )
        full = wide(self.element, lanes)
        for r, (_, start) in enumerate(places):
            for v in range(used):
                place = self._at(self._at(out, start, 1), v * lanes, p.out[1])
                valid = active if v == used - 1 else lanes
                total = Lanes(w.let(f"load {full}, ptr {sums[r][v]}, align 64"), dtype, lanes)
                self._write(total, place, p.out[1], lanes, valid)

    # Lanes along the sum

    def _by_sums(self, a: Factor, b: Factor, out: str, rows: tuple[str | int, ...]) -> None:
        p, w = self.p, self.w
        at_once = min(4 if p.n > 1 else 8, p.m)
        across = min(4 if p.m > 1 else 8, p.n)

        def over_columns(i: str | int, count: int) -> None:
            ai, oi = self._shifted(a, i), self._at(out, i, p.out[0])

            def one(j: str | int, used: int) -> None:
                self._dots(ai, self._shifted(b, j), self._at(oi, j, p.out[1]), count, used)

            whole = p.n // across * across
            w.loop(0, whole, across, lambda j: one(j, across))
            if p.n > whole:
                one(whole, p.n - whole)

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

    def _dots(self, a: Factor, b: Factor, out: str, count: int, used: int) -> None:
        p, w, dtype = self.p, self.w, self.p.dtype
        lanes = min(self.full, 1 << max(p.k - 1, 0).bit_length())
        sums = [[self._slot(lanes) for _ in range(used)] for _ in range(count)]
        self._clear([slot for row in sums for slot in row], lanes)

        def step(x: str, y: str, at: str | int, active: int) -> None:
            left = [
                load(w, dtype, self._at(self._at(x, r, a.across), at, 1), 1, lanes, active)
                for r in range(count)
            ]
            for c in range(used):
                right = load(w, dtype, self._at(self._at(y, c, b.across), at, 1), 1, lanes, active)
                for r in range(count):
                    self._add_product(sums[r][c], left[r], right)

        def along(factors: tuple[Factor, ...]) -> None:
            x, y = (factor.at for factor in factors)
            w.in_blocks(p.k, lanes, partial(step, x, y))

        self._over_sum((a, b), along)
        full = wide(self.element, lanes)
        values = [w.let(f"load {full}, ptr {slot}, align 64") for row in sums for slot in row]
        totals = sums_of(w, values, dtype, lanes)
        for r in range(count):
            for c in range(used):
                place = self._at(self._at(out, r, p.out[0]), c, p.out[1])
                self._write(totals[r * used + c], place, 0, 0, 1)

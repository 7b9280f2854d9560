"""A `MatMul` as calls of native functions: our own code, and the BLAS for what fits no cache."""

import math
from collections.abc import Sequence
from dataclasses import replace

from autograd.compiler.emit import blas
from autograd.compiler.emit.lanes import ATTRIBUTES, Writer, kind
from autograd.compiler.emit.lowering import Piece, pieces
from autograd.compiler.emit.product_ir import ProductText
from autograd.compiler.emit.product_ways import Axis, Product, Way, chosen_way
from autograd.compiler.loops import (
    Buffer,
    Kernel,
    Load,
    MatMul,
    Register,
    Stage,
    Statement,
    Store,
    View,
    contiguous,
)

_NANOSECONDS_PER_CYCLE = 0.4
_WORTH_SHARING = 30_000
# A matrix beyond so many bytes is better cut into blocks for every level of the caches.
_LARGE = 1 << 20
_ROW_MAJOR, _AS_IT_IS, _TRANSPOSED = 101, 111, 112


def product_pieces(task: MatMul, threads: int, vector_bytes: int) -> tuple[list[Piece], bool]:
    """The functions that compute the product, in order; and whether the BLAS is among them."""
    p = normalised(task)
    if p.k == 0 and not p.accumulate:
        return pieces(_zeros(task.out), threads, vector_bytes), False
    if 0 in (p.m, p.n, p.k, *(x.length for x in p.loops)):
        return [], False
    views = [task.a, task.b, task.out]
    by_blas = _is_for_blas(p)
    if by_blas:
        for number, strides in enumerate((p.a, p.b)):
            rows, columns = (p.m, p.k) if number == 0 else (p.k, p.n)
            if _leading(strides, rows, columns) is None:
                copied, own = _copied(views[number], threads, vector_bytes)
                # The copy is contiguous: its product is another one.
                again = replace(task, **{"a" if number == 0 else "b": own})
                rest, used = product_pieces(again, threads, vector_bytes)
                return [*copied, *rest], used
        if p.out[1] != 1 and p.n > 1 and (p.out[0] != 1 and p.m > 1):
            by_blas = False
    if by_blas:
        before = _begun(task, any(not x.out for x in p.loops), threads, vector_bytes)
        p = replace(p, accumulate=p.accumulate or bool(before))
        text, chunks = _blas_text(p, threads)
        return [*before, Piece(text, views, chunks)], True
    way = chosen_way(p, vector_bytes)
    if math.isinf(way.cost):
        copied, own = _copied(task.b, threads, vector_bytes)
        rest, used = product_pieces(replace(task, b=own), threads, vector_bytes)
        return [*copied, *rest], used
    way, chunks, by_rows = _shared(way, p, vector_bytes, threads)
    before = _begun(task, way.in_memory, threads, vector_bytes)
    if before:
        way = replace(way, p=replace(way.p, accumulate=True))
    text = ProductText(way, vector_bytes, chunks, by_rows).written("NAME")
    return [*before, Piece(text, views, chunks)], False


def _begun(task: MatMul, in_memory: bool, threads: int, vector_bytes: int) -> list[Piece]:
    """The result set to 0, where sums go on from what memory holds."""
    if not in_memory or task.accumulate:
        return []
    return pieces(_zeros(task.out), threads, vector_bytes)


def _shared(way: Way, p: Product, vector_bytes: int, threads: int) -> tuple[Way, int, bool]:
    """A way with work for every thread; into how many parts, and whether those are rows."""
    if threads < 2 or way.cost * _NANOSECONDS_PER_CYCLE < _WORTH_SHARING:
        return way, 1, False

    around = (*way.outside, *way.inside)
    by_loop = bool(around) and bool(around[0].out) and around[0].length >= threads
    # Every part of a loop inside would put all of b in order for itself.
    if by_loop and way.outside:
        return way, threads, False
    least = 2 * threads
    other = chosen_way(p, vector_bytes, least)
    if other.p.m >= least and not math.isinf(other.cost):
        return other, threads, True
    return (way, threads, False) if by_loop else (way, 1, False)


def signature(task: MatMul) -> tuple[object, ...]:
    """Equal for products whose native code is the same, up to where the matrices lie."""
    views = (task.a, task.b, task.out)
    return (
        "product",
        task.accumulate,
        task.out.dtype.str,
        *((view.shape, view.strides) for view in views),
    )


def normalised(task: MatMul) -> Product:
    """Batch axes that are longer matrices become part of them, the others as few as possible."""
    (*batch, m, k), n = task.a.shape, task.b.shape[-1]
    (*sa, am, ak), (*sb, bk, bn), (*so, om, on) = task.a.strides, task.b.strides, task.out.strides
    axes = [Axis(*row) for row in zip(batch, sa, sb, so, strict=True) if row[0] != 1]
    changed = True
    while changed:
        changed = False
        for number, (count, a, b, out) in reversed(list(enumerate(axes))):
            if b == 0 and out and (m == 1 or (a == m * am and out == m * om)):
                am, om, m = (a, out, count) if m == 1 else (am, om, m * count)
            elif a == 0 and out and (n == 1 or (b == n * bn and out == n * on)):
                bn, on, n = (b, out, count) if n == 1 else (bn, on, n * count)
            elif out == 0 and (k == 1 or (a == k * ak and b == k * bk)):
                ak, bk, k = (a, b, count) if k == 1 else (ak, bk, k * count)
            else:
                continue
            del axes[number]
            changed = True
            break
    axes = _collapsed(sorted(axes, key=lambda x: x.out == 0))
    if m == 1:
        am, om = k * abs(ak) or 1, n * abs(on) or 1
    if n == 1:
        bn, on = (k * abs(bk) or 1, 1) if bk == 1 else (1, 1)
    if k == 1:
        ak, bk = (1 if am != 1 else m), (n if bn == 1 else 1)
    out = task.out.dtype
    return Product(m, n, k, (am, ak), (bk, bn), (om, on), out, task.accumulate, tuple(axes))


def _collapsed(axes: Sequence[Axis]) -> list[Axis]:
    out: list[Axis] = []
    for x in axes:
        if out and all(
            far == step * x.length for far, step in zip(out[-1][1:], x[1:], strict=True)
        ):
            out[-1] = x._replace(length=out[-1].length * x.length)
        else:
            out.append(x)
    return out


def _is_for_blas(p: Product) -> bool:
    largest = max(p.m * p.k, p.k * p.n) * p.dtype.itemsize
    if p.dtype.kind != "f" or min(p.m, p.n) == 1 or largest <= _LARGE:
        return False
    return blas.find() is not None


def _leading(strides: tuple[int, int], rows: int, columns: int) -> tuple[int, int] | None:
    """How the BLAS reads the matrix: as it is or transposed, and from row to row; None: not."""
    if strides[1] == 1 and strides[0] >= columns:
        return _AS_IT_IS, strides[0]
    if strides[0] == 1 and strides[1] >= rows:
        return _TRANSPOSED, strides[1]
    return None


def _blas_chunks(p: Product, threads: int) -> tuple[int, bool]:
    """Into how many parts, and whether they are rows of the matrix instead of a loop's."""
    time = 2 * p.m * p.n * p.k * math.prod(x.length for x in p.loops) / 60
    if threads < 2 or time < _WORTH_SHARING:
        return 1, False
    if p.loops and p.loops[0].out and p.loops[0].length >= threads:
        return threads, False
    if p.m >= 2 * threads:
        return threads, True
    return 1, False


def _zeros(view: View) -> Kernel:
    axes = [(n, s) for n, s in zip(view.shape, view.strides, strict=True) if s and n != 1]
    target = replace(view, shape=tuple(n for n, _ in axes), strides=tuple(s for _, s in axes))
    return Kernel(target.shape, (), [Stage(False, [Store(target, 0)])])


def _copied(view: View, threads: int, vector_bytes: int) -> tuple[list[Piece], View]:
    """The matrices of a view one after another in memory of their own."""
    moving = [
        n if s or axis >= len(view.shape) - 2 else 1
        for axis, (n, s) in enumerate(zip(view.shape, view.strides, strict=True))
    ]
    steps = contiguous(moving)
    strides = tuple(s if n == m else 0 for s, n, m in zip(steps, view.shape, moving, strict=True))
    buffer = Buffer(math.prod(moving), view.dtype, "scratch")
    number = Register(view.dtype)
    statements: list[Statement] = [
        Load(number, replace(view, shape=tuple(moving))),
        Store(View(buffer, tuple(moving), steps), number),
    ]
    kernel = Kernel(tuple(moving), (), [Stage(False, statements)])
    return pieces(kernel, threads, vector_bytes), View(buffer, view.shape, strides)


def _blas_text(p: Product, threads: int) -> tuple[str, int]:
    """A function that calls the BLAS, once per batch index; and into how many parts it is cut."""
    swapped = p.out[1] != 1
    if swapped:
        p = p.transposed()
    a, b = _leading(p.a, p.m, p.k), _leading(p.b, p.k, p.n)
    if a is None or b is None:
        raise ValueError("matrices that the BLAS cannot read")
    chunks, by_rows = _blas_chunks(p, threads)
    by_columns = False
    if by_rows and p.n > 2 * p.m:
        by_rows, by_columns = False, True
    w = Writer()
    element = kind(p.dtype)
    pointers = []
    for number in (1, 0, 2) if swapped else (0, 1, 2):
        w.line(f"%q{number} = getelementptr ptr, ptr %arguments, i64 {number}")
        w.line(f"%p{number} = load ptr, ptr %q{number}")
        pointers.append(f"%p{number}")
    name = f"blas_{'s' if p.dtype.itemsize == 4 else 'd'}gemm"
    types = [
        "i32",
        "i32",
        "i32",
        "i64",
        "i64",
        "i64",
        element,
        "ptr",
        "i64",
        "ptr",
        "i64",
        element,
        "ptr",
        "i64",
    ]
    w.declare(f"void @{name}({', '.join(types)})")
    one, zero = "0x3FF0000000000000", "0x0000000000000000"

    def call(at: list[str], m: str | int, n: str | int) -> None:
        operands = [
            _ROW_MAJOR,
            a[0],
            b[0],
            m,
            n,
            p.k,
            one,
            at[0],
            a[1],
            at[1],
            b[1],
            one if p.accumulate else zero,
            at[2],
            p.out[0],
        ]
        text = ", ".join(f"{t} {x}" for t, x in zip(types, operands, strict=True))
        w.line(f"call void @{name}({text})")

    def over_batch(
        axis: int, at: list[str], m: str | int, n: str | int, bounds: tuple[str, str] | None
    ) -> None:
        if axis == len(p.loops):
            call(at, m, n)
            return

        def inside(i: str) -> None:
            moved = []
            for pointer, step in zip(at, p.loops[axis][1:], strict=True):
                far = w.let(f"mul nsw i64 {i}, {step}") if step else 0
                moved.append(w.moved(pointer, element, far))
            over_batch(axis + 1, moved, m, n, None)

        start, stop = bounds or (0, p.loops[axis].length)
        w.loop(start, stop, 1, inside)

    def chunk(c: str) -> None:
        total = p.m if by_rows else p.n if by_columns else p.loops[0].length
        unit = 16 if by_rows or by_columns else 1
        turns = -(-total // unit)
        limits = []
        for number in (c, w.let(f"add i64 {c}, 1")):
            share = w.let(f"sdiv i64 {w.let(f'mul i64 {number}, {turns}')}, {chunks}")
            limit = w.let(f"mul i64 {share}, {unit}")
            limits.append(w.call("llvm.smin.i64", "i64", [("i64", limit), ("i64", str(total))]))
        start, stop = limits
        if not (by_rows or by_columns):
            over_batch(0, pointers, p.m, p.n, (start, stop))
            return
        length = w.let(f"sub i64 {stop}, {start}")
        at = list(pointers)
        which, stride = (0, p.a[0]) if by_rows else (1, p.b[1])
        at[which] = w.moved(at[which], element, w.let(f"mul i64 {start}, {stride}"))
        out_stride = p.out[0] if by_rows else p.out[1]
        at[2] = w.moved(at[2], element, w.let(f"mul i64 {start}, {out_stride}"))
        some = w.let(f"icmp sgt i64 {length}, 0")
        rows, columns = (length, p.n) if by_rows else (p.m, length)
        w.when(some, lambda: over_batch(0, at, rows, columns, None))

    if chunks > 1:
        w.loop("%begin", "%end", 1, chunk)
    else:
        over_batch(0, pointers, p.m, p.n, None)
    body = "\n".join(["entry:", *w.lines, "ret void"])
    head = f"define void @NAME(ptr %arguments, i64 %begin, i64 %end) {ATTRIBUTES}"
    return "\n".join([*sorted(w.declarations), f"{head} {{\n{body}\n}}"]), chunks

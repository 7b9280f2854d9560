"""Tasks as native code: `compile_tasks(tasks, slots, offsets)` gives a `Segment` to run."""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd.compiler.collecting import uncollected
from autograd.compiler.emit import blas, driver, machine, threads
from autograd.compiler.emit.driver import Argument, NativeCall, NativeLoop, Record
from autograd.compiler.emit.lowering import pieces, signature
from autograd.compiler.emit.products import product_pieces
from autograd.compiler.emit.products import signature as product_signature
from autograd.compiler.loops import Buffer, Kernel, Loop, MatMul, Task, View
from autograd.errors import UnsupportedError

# Texts are compiled together up to so many characters: fewer files, and work for every core.
_MODULE = 60_000
# Below so many numbers, letting other Python threads go on costs more than it gives them.
_SHORT = 500_000


class Segment:
    """Tasks compiled into one native function.

    One call at a time: memory for partial results belongs to the segment.
    """

    def __init__(self, code: Any, kept: Sequence[Any], most_arguments: int, is_short: bool) -> None:
        self._code = code
        self._kept = kept
        run = driver.library().function("run", 3, keep_gil=is_short)
        address = code.ctypes.data
        self._run = lambda table: run(address, table, most_arguments)

    def run(self, table_address: int) -> None:
        """Run the tasks: buffer b lies at table[slots[b]] + offsets[b], in bytes."""
        self._run(table_address)


@dataclass(frozen=True)
class _Plan:
    """The calls that do a task, its addresses left open: in (which view, elements further on)."""

    calls: list[tuple[str, list[tuple[int, int] | View], int]]
    by_blas: bool = False
    flush: bool | None = None


class _Builder:
    """Collects what a segment is made of."""

    def __init__(self, slots: Mapping[Buffer, int], offsets: Mapping[Buffer, int]) -> None:
        self.slots = slots
        self.offsets = offsets
        self.threads = threads.get_threads()
        self.vector_bytes = vector_bytes()
        self.texts: dict[str, str] = {}
        self.plans: dict[Any, _Plan] = {}
        self.kept: list[Any] = []
        self.scratch: dict[int, int] = {}
        self.uses_blas = False

    def records(self, tasks: Sequence[Task]) -> list[Record]:
        """What the driver does for the tasks."""
        out: list[Record] = []
        for task in tasks:
            if isinstance(task, Loop):
                out.append(NativeLoop(task.length, task.reverse, self.records(task.tasks)))
            elif isinstance(task, Kernel):
                key, views = signature(task)
                out += self._calls(key, views, task)
            elif isinstance(task, MatMul):
                out += self._calls(product_signature(task), [task.a, task.b, task.out], task)
            else:
                raise UnsupportedError("a kernel, a product or a loop", repr(task), "run it apart")
        return out

    def _calls(
        self, key: Any, views: Sequence[View], task: Kernel | MatMul
    ) -> Iterator[NativeCall]:
        """Equal tasks have one plan; each has its own addresses."""
        if key not in self.plans:
            self.plans[key] = self._plan(views, task)
        plan = self.plans[key]
        self.uses_blas = self.uses_blas or plan.by_blas
        for name, places, chunks in plan.calls:
            arguments = [
                self._argument(place, 0)
                if isinstance(place, View)
                else self._argument(views[place[0]], place[1])
                for place in places
            ]
            yield NativeCall(name, arguments, chunks, chunks, flush=plan.flush)

    def _plan(self, views: Sequence[View], task: Kernel | MatMul) -> _Plan:
        by_blas = False
        if isinstance(task, Kernel):
            made = pieces(task, self.threads, self.vector_bytes)
        else:
            # Views that happen to be equal here may differ in the next product.
            views = [replace(view) for view in views]
            task = replace(task, a=views[0], b=views[1], out=views[2])
            made, by_blas = product_pieces(task, self.threads, self.vector_bytes)
        calls = []
        for piece in made:
            name = "k" + hashlib.sha256(piece.text.encode()).hexdigest()[:24]
            self.texts[name] = piece.text.replace("@NAME(", f"@{name}(")
            calls.append((name, [_relative(view, views) for view in piece.views], piece.chunks))
        return _Plan(calls, by_blas, _flushes(views))

    def _argument(self, view: View, further: int) -> Argument:
        size = view.dtype.itemsize
        steps = tuple(step * size for step in view.steps)
        if view.buffer.role == "scratch":
            return Argument(-1, self._scratch_address(view.buffer) + view.offset * size)
        start = self.offsets[view.buffer] + (view.offset + further) * size
        return Argument(self.slots[view.buffer], start, steps)

    def _scratch_address(self, buffer: Buffer) -> int:
        if id(buffer) not in self.scratch:
            memory = np.empty(buffer.size * buffer.dtype.itemsize + 64, np.uint8)
            self.kept += [memory, buffer]
            self.scratch[id(buffer)] = -(-memory.ctypes.data // 64) * 64
        return self.scratch[id(buffer)]


def _flushes(views: Sequence[View]) -> bool | None:
    """Single precision flushes tiny results to 0, double precision is NumPy's to the last bit."""
    kinds = {view.dtype for view in views if math.prod(view.shape) > 1}
    return False if np.dtype(np.float64) in kinds else np.dtype(np.float32) in kinds or None


def _relative(view: View, views: Sequence[View]) -> tuple[int, int] | View:
    """Which of the task's views begins where this one does, or in the same buffer."""
    if view.buffer.role == "scratch":
        return view
    for number, other in enumerate(views):
        if other is view:
            return number, 0
    same = [
        (number, view.offset - other.offset)
        for number, other in enumerate(views)
        if other.buffer is view.buffer and other.steps == view.steps
    ]
    return min(same, key=lambda pair: abs(pair[1]))


def vector_bytes() -> int:
    """How wide the CPU's vector registers are."""
    features = machine.host()[1].split(",")
    return 64 if "+avx512f" in features else 32 if "+avx2" in features else 16


@uncollected()
def compile_tasks(
    tasks: Sequence[Task], slots: Mapping[Buffer, int], offsets: Mapping[Buffer, int]
) -> Segment:
    """Native code for the tasks, none of them a `Call`; equal kernels are compiled once."""
    builder = _Builder(slots, offsets)
    records = builder.records(tasks)
    if builder.uses_blas:
        # Our threads call it: its own would meet them.
        records = [NativeCall("blas_enter", ()), *records, NativeCall("blas_leave", ())]
    records = driver.with_modes(records)
    addresses = _compiled(builder.texts, builder.uses_blas)
    most = 1
    for call in driver.calls(records):
        call.address = addresses[call.name]
        most = max(most, len(call.arguments))
    shared = threads.library().address("parallel_for")
    code = np.array(driver.encoded(records, shared), np.int64)
    return Segment(code, builder.kept, most, _work(tasks) < _SHORT)


def _work(tasks: Sequence[Task]) -> float:
    """How many numbers the tasks compute, about."""
    total = 0.0
    for task in tasks:
        if isinstance(task, Loop):
            total += task.length * _work(task.tasks)
        elif isinstance(task, MatMul):
            total += math.prod(task.a.shape) * task.b.shape[-1] / 16
        elif isinstance(task, Kernel):
            total += math.prod(task.outer) * math.prod(task.inner)
    return total


def _compiled(texts: Mapping[str, str], uses_blas: bool) -> dict[str, int]:
    groups: list[list[str]] = [[]]
    size = 0
    for name, text in texts.items():
        if size > _MODULE:
            groups.append([])
            size = 0
        groups[-1].append(name)
        size += len(text)
    addresses: dict[str, int] = {}
    if uses_blas:
        gate = blas.library()
        addresses = {name: gate.address(name) for name in ("blas_enter", "blas_leave")}
    for names in groups:
        if names:
            library = machine.compile_ir(_joined([texts[name] for name in names]), in_lanes=True)
            addresses.update({name: library.address(name) for name in names})
    return addresses


def _joined(texts: Sequence[str]) -> str:
    """One module: definitions and declarations that several texts have stand there once."""
    parts: dict[str, None] = {}
    for text in texts:
        for part in (
            text.replace("\ndefine ", "\0define ").replace("\ndeclare ", "\0declare ").split("\0")
        ):
            parts[part] = None
    return "\n".join(parts)

"""The one native function of a segment: it walks through a list of calls and loops.

A kernel's code knows no addresses, so that equal kernels share it; the list says what to call with
which memory. It is data, an array of int64:

    call    1, length, function, chunks, threads, parallel_for, n, n × (slot, offset, steps)
    loop    2, length, turns, 1 if backwards, its body, 0
    mode    3, 1 if results below the smallest normal number become 0
    end     0

An argument lies at table[slot] + offset + Σ turn of each loop around × its step, in bytes; with
slot -1, at the offset itself. `parallel_for` is the address of threads' function, 0 for none.
"""

import functools
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from autograd.compiler.emit import machine
from autograd.errors import UnsupportedError

_INTEL = platform.machine().lower() in ("x86_64", "amd64", "i686")
# So many loops may be within each other: as many counters the driver has.
_DEEPEST = 15
# The mode of the caller, and the same but for results below the smallest normal number, which
# become 0: such numbers are what makes some CPUs a hundred times slower.
_BOTH_MODES = """
  call void @llvm.x86.sse.stmxcsr(ptr %modes)
  %mode = load i32, ptr %modes
  %flushing = or i32 %mode, 32768
  %second = getelementptr i32, ptr %modes, i64 1
  store i32 %flushing, ptr %second
"""
_TAKE_MODE = "call void @llvm.x86.sse.ldmxcsr(ptr %wanted)"

_DRIVER = f"""
define void @run(ptr %code, ptr %table, i64 %most) nounwind {{
  %counters = alloca [16 x i64], align 8
  %modes = getelementptr i64, ptr %counters, i64 15
  %arguments = alloca ptr, i64 %most, align 8
  {_BOTH_MODES if _INTEL else ""}
  call void @run_list(ptr %code, ptr %table, ptr %arguments, ptr %counters, i64 0)
  ret void
}}

define internal void @run_list(ptr %code, ptr %table, ptr %arguments, ptr %counters, i64 %depth)
    nounwind {{
entry:
  br label %record
record:
  %at = phi ptr [ %code, %entry ], [ %next, %called ], [ %next2, %looped ], [ %next3, %turn_mode ]
  %kind = load i64, ptr %at
  switch i64 %kind, label %end [ i64 1, label %call i64 2, label %loop i64 3, label %turn_mode ]
call:
  %length.p = getelementptr i64, ptr %at, i64 1
  %length = load i64, ptr %length.p
  %next = getelementptr i64, ptr %at, i64 %length
  %function.p = getelementptr i64, ptr %at, i64 2
  %function = load ptr, ptr %function.p
  %chunks.p = getelementptr i64, ptr %at, i64 3
  %chunks = load i64, ptr %chunks.p
  %threads.p = getelementptr i64, ptr %at, i64 4
  %threads = load i64, ptr %threads.p
  %parallel.p = getelementptr i64, ptr %at, i64 5
  %parallel = load ptr, ptr %parallel.p
  %n.p = getelementptr i64, ptr %at, i64 6
  %n = load i64, ptr %n.p
  %first = getelementptr i64, ptr %at, i64 7
  br label %argument
argument:
  %i = phi i64 [ 0, %call ], [ %i.next, %placed ]
  %from = phi ptr [ %first, %call ], [ %steps.end, %placed ]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %resolve, label %ready
resolve:
  %slot = load i64, ptr %from
  %offset.p = getelementptr i64, ptr %from, i64 1
  %offset = load i64, ptr %offset.p
  %steps = getelementptr i64, ptr %from, i64 2
  %steps.end = getelementptr i64, ptr %steps, i64 %depth
  %absolute = icmp slt i64 %slot, 0
  br i1 %absolute, label %based, label %listed
listed:
  %base.p = getelementptr i64, ptr %table, i64 %slot
  %base.l = load i64, ptr %base.p
  br label %based
based:
  %base = phi i64 [ 0, %resolve ], [ %base.l, %listed ]
  %start = add i64 %base, %offset
  br label %step
step:
  %level = phi i64 [ 0, %based ], [ %level.next, %stepped ]
  %place = phi i64 [ %start, %based ], [ %place.next, %stepped ]
  %deeper = icmp slt i64 %level, %depth
  br i1 %deeper, label %stepped, label %placed
stepped:
  %step.p = getelementptr i64, ptr %steps, i64 %level
  %by = load i64, ptr %step.p
  %turn.p = getelementptr i64, ptr %counters, i64 %level
  %turn = load i64, ptr %turn.p
  %far = mul i64 %by, %turn
  %place.next = add i64 %place, %far
  %level.next = add i64 %level, 1
  br label %step
placed:
  %to = getelementptr i64, ptr %arguments, i64 %i
  store i64 %place, ptr %to
  %i.next = add i64 %i, 1
  br label %argument
ready:
  %alone = icmp eq ptr %parallel, null
  br i1 %alone, label %serial, label %shared
serial:
  call void %function(ptr %arguments, i64 0, i64 %chunks)
  br label %called
shared:
  call void %parallel(ptr %function, ptr %arguments, i64 %chunks, i64 %threads)
  br label %called
called:
  br label %record
loop:
  %length2.p = getelementptr i64, ptr %at, i64 1
  %length2 = load i64, ptr %length2.p
  %next2 = getelementptr i64, ptr %at, i64 %length2
  %turns.p = getelementptr i64, ptr %at, i64 2
  %turns = load i64, ptr %turns.p
  %backwards.p = getelementptr i64, ptr %at, i64 3
  %backwards = load i64, ptr %backwards.p
  %back = icmp ne i64 %backwards, 0
  %body = getelementptr i64, ptr %at, i64 4
  %last = sub i64 %turns, 1
  %counter = getelementptr i64, ptr %counters, i64 %depth
  %below = add i64 %depth, 1
  br label %turning
turning:
  %t = phi i64 [ 0, %loop ], [ %t.next, %turned ]
  %again = icmp slt i64 %t, %turns
  br i1 %again, label %turned, label %looped
turned:
  %other = sub i64 %last, %t
  %now = select i1 %back, i64 %other, i64 %t
  store i64 %now, ptr %counter
  call void @run_list(ptr %body, ptr %table, ptr %arguments, ptr %counters, i64 %below)
  %t.next = add i64 %t, 1
  br label %turning
looped:
  br label %record
turn_mode:
  %flag.p = getelementptr i64, ptr %at, i64 1
  %flag = load i64, ptr %flag.p
  %both = getelementptr i64, ptr %counters, i64 15
  %wanted = getelementptr i32, ptr %both, i64 %flag
  {_TAKE_MODE if _INTEL else ""}
  %next3 = getelementptr i64, ptr %at, i64 2
  br label %record
end:
  ret void
}}
"""


@dataclass
class Argument:
    """Where an argument lies: bytes from the start of a buffer, and per turn of each loop."""

    slot: int
    offset: int
    steps: tuple[int, ...] = ()


@dataclass
class NativeCall:
    """A function with its arguments; `chunks` parts of work for so many threads."""

    name: str
    arguments: Sequence[Argument]
    chunks: int = 1
    threads: int = 0
    address: int = 0
    flush: bool | None = None  # whether tiny results become 0; None for either


@dataclass
class NativeLoop:
    """Calls that are repeated."""

    turns: int
    reverse: bool
    body: "list[NativeCall | NativeLoop | NativeMode]" = field(default_factory=list)


@dataclass
class NativeMode:
    """Whether results below the smallest normal number become 0 from here on."""

    flush: bool


Record: TypeAlias = NativeCall | NativeLoop | NativeMode


def calls(records: Sequence[Record]) -> Iterator[NativeCall]:
    """Every call, those in loops too."""
    for record in records:
        if isinstance(record, NativeLoop):
            yield from calls(record.body)
        elif isinstance(record, NativeCall):
            yield record


def with_modes(records: Sequence[Record], last: bool | None = False) -> list[Record]:
    """The records, with a change of mode wherever the next call needs another than the last."""
    out: list[Record] = []
    now: bool | None = False if last is False else None
    for record in records:
        if isinstance(record, NativeLoop):
            if any(call.flush for call in calls([record])):
                record = replace(record, body=with_modes(record.body, None))
                now = None
        elif isinstance(record, NativeCall) and record.flush not in (None, now):
            now = bool(record.flush)
            out.append(NativeMode(now))
        out.append(record)
    return out if last is None or now is False else [*out, NativeMode(False)]


def encoded(records: Sequence[Record], parallel_for: int, depth: int = 0) -> list[int]:
    """The list as numbers."""
    out: list[int] = []
    for record in records:
        if isinstance(record, NativeLoop):
            if depth == _DEEPEST:
                raise UnsupportedError(
                    f"at most {_DEEPEST} loops within each other in machine code",
                    "one more",
                    'pass emitter="numpy" to jit, or make one loop of two',
                )
            body = encoded(record.body, parallel_for, depth + 1)
            out += [2, len(body) + 4, record.turns, int(record.reverse), *body]
            continue
        if isinstance(record, NativeMode):
            out += [3, int(record.flush)]
            continue
        arguments: list[int] = []
        for each in record.arguments:
            steps = (*each.steps, *(0 for _ in range(depth - len(each.steps))))[:depth]
            arguments += [each.slot, each.offset, *steps]
        shared = parallel_for if record.threads > 1 and record.chunks > 1 else 0
        out += [
            1,
            len(arguments) + 7,
            record.address,
            record.chunks,
            record.threads,
            shared,
            len(record.arguments),
            *arguments,
        ]
    return [*out, 0]


@functools.cache
def library() -> machine.Library:
    """The compiled driver."""
    return machine.compile_ir(_DRIVER, in_lanes=True)

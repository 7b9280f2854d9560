"""Native loops over entries of a tape that do the same: one function for each instruction.

Every number of a tape is a double in one array; truth is 1.0 or 0.0 there. A loop reads the places
of its operands from a table of int32, first all those of the first operand, then of the second, and
writes its results side by side:

    for i in range(n): out[i] = slots[table[i]] * slots[table[n + i]]

No loop reads what it writes, which is said by `noalias`; LLVM then does several turns at once.
`@run` walks through a list of loops, each (function, first result, start in the table, n).
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.emit import machine
from autograd.compiler.emit.functions import compute
from autograd.compiler.emit.instructions import cast
from autograd.compiler.emit.lanes import ATTRIBUTES, Lanes, Writer
from autograd.compiler.emit.mathematics import definitions

_DTYPES = {"f": np.dtype(np.float64), "b": np.dtype(np.bool_)}
# A product and what is added to it, each rounded as Python rounds it.
FUSED = {
    "multiply_add": ("fadd", "{m}, {c}"),
    "multiply_subtract": ("fsub", "{m}, {c}"),
    "subtract_product": ("fsub", "{c}, {m}"),
}

_RUN = f"""
define void @run(ptr %slots, ptr %table, ptr %loops, i64 %count) {ATTRIBUTES} {{
entry:
  %some = icmp sgt i64 %count, 0
  br i1 %some, label %loop, label %done
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %record = getelementptr [4 x i64], ptr %loops, i64 %i
  %function = load ptr, ptr %record
  %first.p = getelementptr i64, ptr %record, i64 1
  %first = load i64, ptr %first.p
  %start.p = getelementptr i64, ptr %record, i64 2
  %start = load i64, ptr %start.p
  %n.p = getelementptr i64, ptr %record, i64 3
  %n = load i64, ptr %n.p
  %out = getelementptr double, ptr %slots, i64 %first
  %places = getelementptr i32, ptr %table, i64 %start
  call void %function(ptr %out, ptr %slots, ptr %places, i64 %n)
  %next = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %next, %count
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""


class Instruction(NamedTuple):
    """What an entry does: function(operands), of numbers "f" or truth values "b".

    exponent    of a power whose exponent is known now, and few products.
    """

    function: str
    takes: str
    gives: str
    exponent: float | None = None


def address(instruction: Instruction) -> int:
    """Where the native loop of an instruction begins; compiled once, and kept on disk."""
    return machine.compile_ir(text(instruction)).address("entries")


@cache
def runner() -> Callable[[int, int, int, int], None]:
    """run(slots, table, loops, count): the addresses of three arrays, and how many loops."""
    return machine.compile_ir(_RUN, in_lanes=True).function("run", 4)


def text(instruction: Instruction) -> str:
    """The loop as LLVM IR."""
    w = Writer()
    operands = [_operand(w, place, kind) for place, kind in enumerate(instruction.takes)]
    result = cast(w, _computed(w, instruction, operands), _DTYPES["f"])
    body = "\n  ".join(w.lines)
    functions = "\n".join([*sorted(w.declarations), *definitions(w)])
    return f"""{functions}
define void @entries(ptr noalias %out, ptr noalias readonly %slots, ptr noalias readonly %places,
    i64 %n) {ATTRIBUTES} {{
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  {body}
  %to = getelementptr double, ptr %out, i64 %i
  store double {result.text}, ptr %to
  %next = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""


def _operand(w: Writer, place: int, kind: str) -> Lanes:
    number = "%i"
    for _ in range(place):
        number = w.let(f"add nuw nsw i64 {number}, %n")
    at = w.let(f"getelementptr i32, ptr %places, i64 {number}")
    short = w.let(f"load i32, ptr {at}")
    slot = w.let(f"zext i32 {short} to i64")
    found = w.let(f"getelementptr double, ptr %slots, i64 {slot}")
    return cast(w, Lanes(w.let(f"load double, ptr {found}"), _DTYPES["f"], 0), _DTYPES[kind])


def _computed(w: Writer, instruction: Instruction, operands: list[Lanes]) -> Lanes:
    function, _, gives, exponent = instruction
    if function in FUSED:
        what, order = FUSED[function]
        a, b, c = (x.text for x in operands)
        product = w.let(f"fmul double {a}, {b}")
        together = w.let(f"{what} double {order.format(m=product, c=c)}")
        return Lanes(together, _DTYPES["f"], 0)
    arguments: list[Any] = operands if exponent is None else [*operands, exponent]
    return compute(w, function, arguments, _DTYPES[gives])

"""Single instructions of LLVM on numbers in lanes: what `functions` are made of."""

from typing import Any

import numpy as np

from autograd.compiler.emit.lanes import Lanes, Writer, kind, mangled, wide

BOOL = np.dtype(np.bool_)
COMPARISONS = {
    "less": ("olt", "lt"),
    "less_equal": ("ole", "le"),
    "greater": ("ogt", "gt"),
    "greater_equal": ("oge", "ge"),
    "equal": ("oeq", "eq"),
    "not_equal": ("une", "ne"),
}


def line(w: Writer, what: str, *args: Lanes) -> Lanes:
    """One instruction on these numbers."""
    full = wide(kind(args[0].dtype), args[0].lanes)
    text = w.let(f"{what} {full} {', '.join(each.text for each in args)}")
    return Lanes(text, args[0].dtype, args[0].lanes)


def intrinsic(w: Writer, name: str, *args: Lanes, extra: str = "") -> Lanes:
    """LLVM's own function of this name."""
    element, lanes = kind(args[0].dtype), args[0].lanes
    full = wide(element, lanes)
    operands = [(full, each.text) for each in args] + ([("i1", extra)] if extra else [])
    text = w.call(f"llvm.{name}.{mangled(element, lanes)}", full, operands)
    return Lanes(text, args[0].dtype, lanes)


def compared(w: Writer, function: str, a: Lanes, b: Lanes) -> Lanes:
    """A comparison by NumPy's name: false with NaN, but for not_equal."""
    real, whole = COMPARISONS[function]
    full = wide(kind(a.dtype), a.lanes)
    if a.dtype.kind == "f":
        what = f"fcmp {real}"
    elif whole in ("eq", "ne"):
        what = f"icmp {whole}"
    else:
        what = f"icmp {'s' if a.dtype.kind == 'i' else 'u'}{whole}"
    return Lanes(w.let(f"{what} {full} {a.text}, {b.text}"), BOOL, a.lanes)


def is_nan(w: Writer, x: Lanes) -> Lanes:
    """Where it is no number."""
    full = wide(kind(x.dtype), x.lanes)
    return Lanes(w.let(f"fcmp uno {full} {x.text}, {x.text}"), BOOL, x.lanes)


def select(w: Writer, condition: Lanes, yes: Lanes, no: Lanes) -> Lanes:
    """One number where a condition holds, the other elsewhere."""
    full, bits = wide(kind(yes.dtype), yes.lanes), wide("i1", yes.lanes)
    text = w.let(f"select {bits} {condition.text}, {full} {yes.text}, {full} {no.text}")
    return Lanes(text, yes.dtype, yes.lanes)


def number_like(w: Writer, like: Lanes, number: Any = 0) -> Lanes:
    """0, or another number, in as many lanes and of the dtype of another."""
    return w.constant(number, like.dtype, like.lanes)

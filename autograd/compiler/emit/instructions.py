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


def cast(w: Writer, x: Lanes, dtype: np.dtype[Any]) -> Lanes:
    """The number in another dtype, as C converts; truth is whether it differs from 0."""
    if x.dtype == dtype:
        return x
    if not x.text.startswith(("%", "splat")):
        return w.constant(_number_of(x), dtype, x.lanes)
    old, new = wide(kind(x.dtype), x.lanes), wide(kind(dtype), x.lanes)
    if dtype == BOOL:
        return compared(w, "not_equal", x, w.constant(0, x.dtype, x.lanes))
    source, target = x.dtype.kind, dtype.kind
    if source == "f" and target == "f":
        what = "fpext" if dtype.itemsize > x.dtype.itemsize else "fptrunc"
    elif source == "f":
        what = "fptosi" if target == "i" else "fptoui"
    elif target == "f":
        what = "sitofp" if source == "i" else "uitofp"
    elif dtype.itemsize < x.dtype.itemsize:
        what = "trunc"
    elif dtype.itemsize == x.dtype.itemsize and x.dtype != BOOL:
        return Lanes(x.text, dtype, x.lanes)
    else:
        what = "sext" if source == "i" else "zext"
    text = w.let(f"{what} {old} {x.text} to {new}")
    if what in ("fptosi", "fptoui"):
        text = w.let(f"freeze {new} {text}")
    return Lanes(text, dtype, x.lanes)


def _number_of(x: Lanes) -> Any:
    if x.dtype == BOOL:
        return x.text == "true"
    if x.dtype.kind == "f":
        return np.array(int(x.text, 16), np.uint64).view(np.float64).item()
    return int(x.text)

"""Division as NumPy does it: rounded down, the remainder with the divisor's sign, no traps."""

from collections.abc import Sequence

import numpy as np

from autograd.compiler.emit.instructions import compared, intrinsic, line, number_like, select
from autograd.compiler.emit.lanes import Lanes, Writer


def floor_divide(w: Writer, args: Sequence[Lanes]) -> Lanes:
    """The quotient rounded down."""
    a, b = args
    if a.dtype.kind != "f":
        return _whole_division(w, a, b)[0]
    quotient, _ = _real_division(w, a, b)
    down = intrinsic(w, "floor", quotient)
    # (a - rest)/b is whole up to rounding: the nearest whole number is meant.
    short = compared(w, "greater", line(w, "fsub", quotient, down), number_like(w, a, 0.5))
    near = select(w, short, line(w, "fadd", down, number_like(w, a, 1)), down)
    plain = line(w, "fdiv", a, b)
    signed = select(
        w,
        compared(w, "equal", near, number_like(w, a)),
        intrinsic(w, "copysign", number_like(w, a), plain),
        near,
    )
    return select(w, compared(w, "equal", b, number_like(w, b)), plain, signed)


def remainder(w: Writer, args: Sequence[Lanes]) -> Lanes:
    """What floor_divide leaves, with the divisor's sign."""
    a, b = args
    return _whole_division(w, a, b)[1] if a.dtype.kind != "f" else _real_division(w, a, b)[1]


def fmod(w: Writer, args: Sequence[Lanes]) -> Lanes:
    """What division rounded towards 0 leaves; 0 where a whole number is divided by 0."""
    a, b = args
    if a.dtype.kind == "f":
        return line(w, "frem", a, b)
    safe, bad = _safe_divisor(w, a, b)
    rest = line(w, "srem" if a.dtype.kind == "i" else "urem", a, safe)
    return select(w, bad, number_like(w, a), rest)


def _real_division(w: Writer, a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """The quotient rounded down, nearly, and the remainder with the divisor's sign."""
    rest = line(w, "frem", a, b)
    quotient = line(w, "fdiv", line(w, "fsub", a, rest), b)
    zero = number_like(w, a)
    some = compared(w, "not_equal", rest, zero)
    below = line(w, "xor", compared(w, "less", b, zero), compared(w, "less", rest, zero))
    other = line(w, "and", some, below)
    quotient = select(w, other, line(w, "fsub", quotient, number_like(w, a, 1)), quotient)
    moved = select(w, other, line(w, "fadd", rest, b), rest)
    none = compared(w, "equal", rest, zero)
    return quotient, select(w, none, intrinsic(w, "copysign", zero, b), moved)


def _safe_divisor(w: Writer, a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """A divisor the CPU accepts, and where it is not the one given."""
    bad = compared(w, "equal", b, number_like(w, b))
    if a.dtype.kind == "i":
        smallest = compared(w, "equal", a, number_like(w, a, np.iinfo(a.dtype).min))
        overflow = line(w, "and", smallest, compared(w, "equal", b, number_like(w, b, -1)))
        return select(w, line(w, "or", bad, overflow), number_like(w, b, 1), b), bad
    return select(w, bad, number_like(w, b, 1), b), bad


def _whole_division(w: Writer, a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """NumPy's quotient rounded down and remainder with the divisor's sign; both 0 if b is 0."""
    zero = number_like(w, a)
    safe, bad = _safe_divisor(w, a, b)
    signed = a.dtype.kind == "i"
    quotient = line(w, "sdiv" if signed else "udiv", a, safe)
    rest = line(w, "srem" if signed else "urem", a, safe)
    if signed:
        some = compared(w, "not_equal", rest, zero)
        below = line(w, "xor", compared(w, "less", safe, zero), compared(w, "less", rest, zero))
        other = line(w, "and", some, below)
        quotient = select(w, other, line(w, "sub", quotient, number_like(w, a, 1)), quotient)
        rest = select(w, other, line(w, "add", rest, safe), rest)
    return select(w, bad, zero, quotient), select(w, bad, zero, rest)

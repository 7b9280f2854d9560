"""NumPy's functions that are a few instructions: `FUNCTIONS[name](writer, arguments)`."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from autograd.compiler.emit.division import floor_divide, fmod, remainder
from autograd.compiler.emit.instructions import (
    BOOL,
    COMPARISONS,
    cast,
    compared,
    intrinsic,
    is_nan,
    line,
    number_like,
    select,
)
from autograd.compiler.emit.lanes import Lanes, Writer, kind, wide

Make: TypeAlias = Callable[[Writer, Sequence[Lanes]], Lanes]


def _arithmetic(real: str, whole: str, truth: str) -> Make:
    """One instruction, which one depends on the kind of number."""

    def make(w: Writer, args: Sequence[Lanes]) -> Lanes:
        x = args[0]
        return line(w, real if x.dtype.kind == "f" else truth if x.dtype == BOOL else whole, *args)

    return make


_multiply = _arithmetic("fmul contract", "mul", "and")


def _bitwise(what: str) -> Make:
    return lambda w, args: line(w, what, *args)


def _logical(what: str) -> Make:
    return lambda w, args: line(w, what, *(cast(w, each, BOOL) for each in args))


def _comparison(name: str) -> Make:
    return lambda w, args: compared(w, name, *args)


def _rounded(name: str) -> Make:
    """Integers are whole already."""
    return lambda w, args: intrinsic(w, name, *args) if args[0].dtype.kind == "f" else args[0]


def _extreme(w: Writer, args: Sequence[Lanes], larger: bool) -> Lanes:
    """NumPy's maximum or minimum: NaN if either is."""
    a, b = args
    if a.dtype == BOOL:
        return line(w, "or" if larger else "and", a, b)
    if a.dtype.kind != "f":
        letter = "s" if a.dtype.kind == "i" else "u"
        return intrinsic(w, f"{letter}{'max' if larger else 'min'}", a, b)
    # The CPU's own instruction gives its second operand where either is NaN.
    ordered = select(w, compared(w, "greater" if larger else "less", a, b), a, b)
    return select(w, is_nan(w, a), a, ordered)


def _extreme_of_numbers(w: Writer, args: Sequence[Lanes], larger: bool) -> Lanes:
    """NumPy's fmax or fmin: the number if the other is NaN."""
    a, b = args
    if a.dtype.kind != "f":
        return _extreme(w, args, larger)
    better = compared(w, "greater_equal" if larger else "less_equal", a, b)
    return select(w, line(w, "or", better, is_nan(w, b)), a, b)


def _divide(w: Writer, args: Sequence[Lanes]) -> Lanes:
    return line(w, "fdiv", *args)


def _sqrt(w: Writer, args: Sequence[Lanes]) -> Lanes:
    return intrinsic(w, "sqrt", args[0])


def _negative(w: Writer, args: Sequence[Lanes]) -> Lanes:
    (x,) = args
    return line(w, "fneg", x) if x.dtype.kind == "f" else line(w, "sub", number_like(w, x), x)


def _absolute(w: Writer, args: Sequence[Lanes]) -> Lanes:
    (x,) = args
    if x.dtype.kind == "f":
        return intrinsic(w, "fabs", x)
    return intrinsic(w, "abs", x, extra="false") if x.dtype.kind == "i" else x


def _sign(w: Writer, args: Sequence[Lanes]) -> Lanes:
    (x,) = args
    zero, one = number_like(w, x), number_like(w, x, 1)
    if x.dtype.kind == "u":
        return select(w, compared(w, "equal", x, zero), zero, one)
    # 0 and NaN are their own signs, a negative zero gives 0.
    rest = select(w, compared(w, "equal", x, zero), zero, x)
    below = select(w, compared(w, "less", x, zero), number_like(w, x, -1), rest)
    return select(w, compared(w, "greater", x, zero), one, below)


def _reciprocal(w: Writer, args: Sequence[Lanes]) -> Lanes:
    one = number_like(w, args[0], 1)
    if args[0].dtype.kind == "f":
        return line(w, "fdiv", one, args[0])
    return floor_divide(w, [one, args[0]])


def _is_infinite(w: Writer, args: Sequence[Lanes]) -> Lanes:
    size = _absolute(w, args)
    if args[0].dtype.kind != "f":
        return w.constant(False, BOOL, args[0].lanes)
    return compared(w, "equal", size, number_like(w, size, float("inf")))


def _is_finite(w: Writer, args: Sequence[Lanes]) -> Lanes:
    size = _absolute(w, args)
    if args[0].dtype.kind != "f":
        return w.constant(True, BOOL, args[0].lanes)
    return compared(w, "less", size, number_like(w, size, float("inf")))


def _is_not_number(w: Writer, args: Sequence[Lanes]) -> Lanes:
    if args[0].dtype.kind != "f":
        return w.constant(False, BOOL, args[0].lanes)
    return is_nan(w, args[0])


def _not(w: Writer, args: Sequence[Lanes]) -> Lanes:
    truth = cast(w, args[0], BOOL)
    return line(w, "xor", truth, number_like(w, truth, True))


def _invert(w: Writer, args: Sequence[Lanes]) -> Lanes:
    (x,) = args
    return line(w, "xor", x, number_like(w, x, True if x.dtype == BOOL else -1))


def _sign_bit(w: Writer, args: Sequence[Lanes]) -> Lanes:
    (x,) = args
    if x.dtype.kind != "f":
        return compared(w, "less", x, number_like(w, x))
    whole = np.dtype(f"i{x.dtype.itemsize}")
    old, new = wide(kind(x.dtype), x.lanes), wide(kind(whole), x.lanes)
    bits = Lanes(w.let(f"bitcast {old} {x.text} to {new}"), whole, x.lanes)
    return compared(w, "less", bits, number_like(w, bits))


def _shift(what: str, signed: str) -> Make:
    def make(w: Writer, args: Sequence[Lanes]) -> Lanes:
        a, b = args
        bits = 8 * a.dtype.itemsize
        inside = compared(w, "less", b, number_like(w, b, bits))
        if a.dtype.kind == "i":
            inside = line(w, "and", inside, compared(w, "greater_equal", b, number_like(w, b)))
        shifted = line(
            w, signed if a.dtype.kind == "i" else what, a, select(w, inside, b, number_like(w, b))
        )
        if what == "lshr" and a.dtype.kind == "i":
            far = line(w, "ashr", a, number_like(w, a, bits - 1))
        else:
            far = number_like(w, a)
        return select(w, inside, shifted, far)

    return make


FUNCTIONS: dict[str, Make] = {
    "add": _arithmetic("fadd contract", "add", "or"),
    "subtract": _arithmetic("fsub contract", "sub", "xor"),
    "multiply": _multiply,
    "divide": _divide,
    "negative": _negative,
    "cast": lambda w, args: args[0],
    "copy": lambda w, args: args[0],
    "absolute": _absolute,
    "sign": _sign,
    "square": lambda w, args: _multiply(w, [args[0], args[0]]),
    "sqrt": _sqrt,
    "reciprocal": _reciprocal,
    "maximum": partial(_extreme, larger=True),
    "minimum": partial(_extreme, larger=False),
    "fmax": partial(_extreme_of_numbers, larger=True),
    "fmin": partial(_extreme_of_numbers, larger=False),
    "where": lambda w, args: select(w, *args),
    **{name: _comparison(name) for name in COMPARISONS},
    "bitwise_and": _bitwise("and"),
    "bitwise_or": _bitwise("or"),
    "bitwise_xor": _bitwise("xor"),
    "logical_and": _logical("and"),
    "logical_or": _logical("or"),
    "logical_xor": _logical("xor"),
    "logical_not": _not,
    "invert": _invert,
    "isnan": _is_not_number,
    "isinf": _is_infinite,
    "isfinite": _is_finite,
    "floor": _rounded("floor"),
    "ceil": _rounded("ceil"),
    "trunc": _rounded("trunc"),
    "rint": _rounded("rint"),
    "floor_divide": floor_divide,
    "remainder": remainder,
    "fmod": fmod,
    "copysign": lambda w, args: intrinsic(w, "copysign", *args),
    "signbit": _sign_bit,
    "left_shift": _shift("shl", "shl"),
    "right_shift": _shift("lshr", "ashr"),
}

"""What each function of a `Compute` is in LLVM IR: `compute(writer, name, arguments, dtype)`.

The results are NumPy's: a NaN goes through maximum and minimum, division of integers rounds down
and gives 0 for 0, comparisons with NaN are false. Fast-math flags: `contract` alone (x y + z may be
rounded once), which keeps NaN, infinities and the order of operations.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd.compiler.emit import vector_math
from autograd.compiler.emit.c_library import libm
from autograd.compiler.emit.division import floor_divide, fmod, remainder
from autograd.compiler.emit.instructions import (
    BOOL,
    COMPARISONS,
    compared,
    intrinsic,
    is_nan,
    line,
    number_like,
    select,
)
from autograd.compiler.emit.lanes import Lanes, Writer, kind, mangled, wide
from autograd.errors import UnsupportedError

Make: TypeAlias = Callable[[Writer, Sequence[Lanes]], Lanes]

_ARITHMETIC = {
    "add": ("fadd contract", "add", "or"),
    "subtract": ("fsub contract", "sub", "xor"),
    "multiply": ("fmul contract", "mul", "and"),
}
_BITS = {
    "bitwise_and": "and",
    "bitwise_or": "or",
    "bitwise_xor": "xor",
    "logical_and": "and",
    "logical_or": "or",
    "logical_xor": "xor",
}
_ROUNDING = {"floor": "floor", "ceil": "ceil", "trunc": "trunc", "rint": "rint"}
_FOLD_START = {"add": -0.0, "multiply": 1, "logical_or": False, "logical_and": True}


def identity(function: str, dtype: np.dtype[Any]) -> Any:
    """What a fold by this function begins with."""
    if function in _FOLD_START:
        return _FOLD_START[function] if dtype.kind == "f" else dtype.type(_FOLD_START[function])
    if dtype == BOOL:
        return function == "minimum"
    sign = -1 if function in ("maximum", "fmax") else 1
    if dtype.kind == "f":
        return sign * float("inf") if function in ("maximum", "minimum") else float("nan")
    limits = np.iinfo(dtype)
    return limits.min if sign < 0 else limits.max


def cost(function: str, arguments: Sequence[Any] = ()) -> float:
    """How long it takes, in additions."""
    if function in _COSTS:
        return _COSTS[function]
    if any(function in table for table in (_ARITHMETIC, _SIMPLE, COMPARISONS, _BITS, _ROUNDING)):
        return 1
    if function == "power" and not hasattr(arguments[1], "dtype"):
        return 4
    return 18 if function in vector_math.NAMES else 150


_COSTS = {
    "divide": 6,
    "sqrt": 8,
    "reciprocal": 6,
    "maximum": 2,
    "minimum": 2,
    "floor_divide": 60,
    "remainder": 50,
    "sign": 3,
}


def compute(w: Writer, function: str, arguments: Sequence[Any], dtype: np.dtype[Any]) -> Lanes:
    """function(*arguments) in every lane; numbers among the arguments take the others' dtype."""
    known = [x for x in arguments if isinstance(x, Lanes)]
    lanes = max((x.lanes for x in known), default=0)
    working = _working_dtype(function, known, dtype)
    args = []
    for number, x in enumerate(arguments):
        wanted = BOOL if function == "where" and number == 0 else working
        if not isinstance(x, Lanes):
            args.append(w.constant(x, wanted, lanes))
        else:
            args.append(w.spread(cast(w, x, wanted), lanes))
    if function == "power" and not isinstance(arguments[1], Lanes):
        result = _power_of_number(w, args[0], float(arguments[1]))
        if result is not None:
            return cast(w, result, dtype)
    return cast(w, _made(w, function, args), dtype)


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


def _working_dtype(function: str, known: Sequence[Lanes], dtype: np.dtype[Any]) -> np.dtype[Any]:
    if function == "where":
        return dtype
    of = [x.dtype for x in known]
    if not of:
        return dtype if dtype != BOOL else np.dtype(np.float64)
    return of[0] if len(of) == 1 else np.result_type(*of)


def _made(w: Writer, function: str, args: Sequence[Lanes]) -> Lanes:
    x = args[0]
    if function in _ARITHMETIC:
        real, whole, truth = _ARITHMETIC[function]
        what = real if x.dtype.kind == "f" else truth if x.dtype == BOOL else whole
        return line(w, what, *args)
    if function in COMPARISONS:
        return compared(w, function, *args)
    if function.startswith("logical_") and function in _BITS:
        return line(w, _BITS[function], *(cast(w, each, BOOL) for each in args))
    if function in _BITS:
        return line(w, _BITS[function], *args)
    if function in _ROUNDING:
        return x if x.dtype.kind != "f" else intrinsic(w, _ROUNDING[function], x)
    if function in _SIMPLE:
        return _SIMPLE[function](w, args)
    if x.dtype.kind == "f" and function in vector_math.NAMES:
        return _mathematical(w, function, args)
    return _library(w, function, args)


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


def _power_of_number(w: Writer, x: Lanes, exponent: float) -> Lanes | None:
    """Products and a square root, where they say the same; otherwise None."""
    whole = x.dtype.kind != "f"
    if exponent == 0:
        return number_like(w, x, 1)
    if whole and (exponent < 0 or exponent != int(exponent) or exponent > 64):
        return None
    # Rounding adds up: beyond x⁴ the true power is a better answer than a chain of products.
    if exponent == int(exponent) and (1 <= exponent <= (64 if whole else 4)):
        result, square, left = None, x, int(exponent)
        while left:
            if left & 1:
                result = square if result is None else _made(w, "multiply", [result, square])
            left >>= 1
            if left:
                square = _made(w, "multiply", [square, square])
        return result
    if exponent == 0.5:
        return intrinsic(w, "sqrt", x)
    if exponent == -1:
        return line(w, "fdiv", number_like(w, x, 1), x)
    if exponent == -2:
        return line(w, "fdiv", number_like(w, x, 1), line(w, "fmul", x, x))
    return None


def _mathematical(w: Writer, function: str, args: Sequence[Lanes]) -> Lanes:
    """A call of the project's own function, written beside the kernel."""
    x = args[0]
    lanes = x.lanes
    w.mathematics.add((function, x.dtype, lanes))
    full = wide(kind(x.dtype), lanes)
    operands = ", ".join(f"{full} {each.text}" for each in args)
    name = mathematical_name(function, x.dtype, lanes)
    ending = " noinline" if w.calls else ""
    text = w.let(f"call {full} @{name}({operands}){ending}")
    return Lanes(text, x.dtype, lanes)


def mathematical_name(function: str, dtype: np.dtype[Any], lanes: int) -> str:
    """What a function of vector_math is called in the text."""
    return f"{function}_{mangled(kind(dtype), lanes)}"


def _library(w: Writer, function: str, args: Sequence[Lanes]) -> Lanes:
    """A function of the C library, a lane at a time."""
    x = args[0]
    found = libm(function, x.dtype.name) if x.dtype.kind == "f" else None
    if found is None:
        raise UnsupportedError("a function that kernels compute", function, "call it by NumPy")
    declaration, name = found
    w.declarations.add(declaration.strip())
    element = kind(x.dtype)

    def once(numbers: Sequence[Lanes]) -> Lanes:
        operands = ", ".join(f"{element} {each.text}" for each in numbers)
        return Lanes(w.let(f"call {element} @{name}({operands})"), x.dtype, 0)

    if not x.lanes:
        return once(args)
    results = []
    for number in range(x.lanes):
        results.append(once([w.lane(each, number) for each in args]))
    return w.gathered(results)


_SIMPLE: dict[str, Make] = {
    "divide": _divide,
    "negative": _negative,
    "cast": lambda w, args: args[0],
    "copy": lambda w, args: args[0],
    "absolute": _absolute,
    "sign": _sign,
    "square": lambda w, args: _made(w, "multiply", [args[0], args[0]]),
    "sqrt": _sqrt,
    "reciprocal": _reciprocal,
    "maximum": lambda w, args: _extreme(w, args, True),
    "minimum": lambda w, args: _extreme(w, args, False),
    "fmax": lambda w, args: _extreme_of_numbers(w, args, True),
    "fmin": lambda w, args: _extreme_of_numbers(w, args, False),
    "where": lambda w, args: select(w, *args),
    "logical_not": _not,
    "invert": _invert,
    "isnan": _is_not_number,
    "isinf": _is_infinite,
    "isfinite": _is_finite,
    "floor_divide": floor_divide,
    "remainder": remainder,
    "fmod": fmod,
    "copysign": lambda w, args: intrinsic(w, "copysign", *args),
    "signbit": _sign_bit,
    "left_shift": _shift("shl", "shl"),
    "right_shift": _shift("lshr", "ashr"),
}

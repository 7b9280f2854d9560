"""What each function of a `Compute` is in LLVM IR: `compute(writer, name, arguments, dtype)`.

The results are NumPy's: a NaN goes through maximum and minimum, division of integers rounds down
and gives 0 for 0, comparisons with NaN are false. Fast-math flags: `contract` alone (x y + z may be
rounded once), which keeps NaN, infinities and the order of operations.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiler.emit import vector_math
from autograd.compiler.emit.c_library import libm
from autograd.compiler.emit.elementary import FUNCTIONS
from autograd.compiler.emit.instructions import BOOL, cast, intrinsic, line, number_like
from autograd.compiler.emit.lanes import Lanes, Writer, kind, mangled, wide
from autograd.errors import UnsupportedError

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
    if function in FUNCTIONS:
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


def _working_dtype(function: str, known: Sequence[Lanes], dtype: np.dtype[Any]) -> np.dtype[Any]:
    if function == "where":
        return dtype
    of = [x.dtype for x in known]
    if not of:
        return dtype if dtype != BOOL else np.dtype(np.float64)
    return of[0] if len(of) == 1 else np.result_type(*of)


def _made(w: Writer, function: str, args: Sequence[Lanes]) -> Lanes:
    if function in FUNCTIONS:
        return FUNCTIONS[function](w, args)
    if args[0].dtype.kind == "f" and function in vector_math.NAMES:
        return _mathematical(w, function, args)
    return _library(w, function, args)


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

"""What an elementwise op computes, in the functions that a kernel knows.

`form_of` finds for an op and the dtypes of its operands its `Form`: the dtypes in which NumPy
computes, and the function, or the formula made of several, that computes it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.broadcast import number
from autograd.op import Op, registry
from autograd.ops import arithmetic, complex, elementary, index, shape, special

# Dtypes that kernels compute in; ops on others are calls of NumPy.
SUPPORTED = frozenset(
    map(
        np.dtype,
        ("?", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "f4", "f8"),
    )
)

# The names that `Compute` takes: those of NumPy's functions, and these.
COMPARISONS = frozenset(
    ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "isnan", "isinf")
) | {"isfinite", "logical_and", "logical_or", "logical_not", "logical_xor", "signbit"}
BITWISE = frozenset(("bitwise_and", "bitwise_or", "bitwise_xor", "invert")) | {
    "left_shift",
    "right_shift",
}
ARITHMETIC = frozenset(
    ("add", "subtract", "multiply", "divide", "negative", "absolute", "sign", "square")
) | {"maximum", "minimum", "fmax", "fmin", "where", "cast", "reciprocal", "sqrt"}
ROUNDING = frozenset(("floor", "ceil", "trunc", "rint", "floor_divide", "remainder", "copysign"))
TRANSCENDENTAL = frozenset(
    ("exp", "log", "tanh", "erf", "sin", "cos", "sigmoid", "softplus", "expm1", "log1p", "log2")
) | {"log10", "exp2", "sinh", "cosh", "arctan", "power"}
LIBRARY = frozenset(
    ("tan", "arcsin", "arccos", "arcsinh", "arccosh", "arctanh", "cbrt", "hypot", "arctan2", "fmod")
)
FUNCTIONS = COMPARISONS | BITWISE | ARITHMETIC | ROUNDING | TRANSCENDENTAL | LIBRARY

# Floating-point operations of one evaluation, as they are commonly counted: what `explain` prints.
COSTS = dict.fromkeys(TRANSCENDENTAL | LIBRARY, 10) | {"divide": 4, "sqrt": 4, "reciprocal": 4}

# Functions that cost no operation as these are counted.
FREE = frozenset(("cast", "where", "copy"))

# `Make(function, dtype, *arguments)` adds an elementwise node, and returns its elements.
Make = Callable[..., Any]
Formula = Callable[..., Any]


@dataclass(frozen=True)
class Form:
    """How an op is computed.

    takes      the dtype that each argument is cast to.
    dtype      that of the result.
    formula    (make, dtype, *arguments) -> the result; a function by its name alone.
    """

    takes: tuple[np.dtype[Any], ...]
    dtype: np.dtype[Any]
    formula: Formula | str


def _logaddexp(exp: str, log1p: Callable[[Make, Any, Any], Any]) -> Formula:
    def formula(make: Make, dtype: Any, x: Any, y: Any) -> Any:
        high, low = make("maximum", dtype, x, y), make("minimum", dtype, x, y)
        # Infinities of one sign: their difference would be NaN.
        same = make("equal", bool, x, y)
        gap = make("where", dtype, same, 0.0, make("subtract", dtype, low, high))
        return make("add", dtype, high, log1p(make, dtype, make(exp, dtype, gap)))

    return formula


def _heaviside(make: Make, dtype: Any, x: Any, y: Any) -> Any:
    step = make("where", dtype, make("greater", bool, x, 0.0), 1.0, 0.0)
    step = make("where", dtype, make("equal", bool, x, 0.0), y, step)
    return make("where", dtype, make("isnan", bool, x), x, step)


def _times(factor: float) -> Formula:
    return lambda make, dtype, x: make("multiply", dtype, x, factor)


# ufunc -> the function of another name, or the formula.
_SPELLED: dict[str, Formula | str] = {
    "fabs": "absolute",
    "true_divide": "divide",
    "positive": "copy",
    "deg2rad": _times(elementary.DEGREE),
    "radians": _times(elementary.DEGREE),
    "rad2deg": _times(1 / elementary.DEGREE),
    "degrees": _times(1 / elementary.DEGREE),
    "heaviside": _heaviside,
    "logaddexp": _logaddexp("exp", lambda make, dtype, e: make("log1p", dtype, e)),
    "logaddexp2": _logaddexp(
        "exp2",
        lambda make, dtype, e: make("multiply", dtype, make("log1p", dtype, e), 1 / math.log(2.0)),
    ),
}


def resolved(ufunc: np.ufunc, operands: Sequence[Any]) -> tuple[np.dtype[Any], ...] | None:
    """The dtypes of the loop that NumPy runs, inputs then output; None where there is none.

    An operand has a `dtype`, and is `weak` if it is a Python number.
    """
    given: list[Any] = []
    for x in operands:
        kind = {"b": bool, "i": int, "f": float, "c": complex}.get(x.dtype.kind)
        given.append(kind if x.weak and kind in (int, float) else x.dtype)
    if all(isinstance(kind, type) for kind in given):
        given = [x.dtype for x in operands]
    try:
        return ufunc.resolve_dtypes((*given, None))
    except TypeError:
        return None


def _by_ufunc(ufunc: np.ufunc, operands: Sequence[Any]) -> Form | None:
    name = ufunc.__name__
    formula = _SPELLED.get(name, name if name in FUNCTIONS else None)
    dtypes = resolved(ufunc, operands) if formula is not None and ufunc.nout == 1 else None
    if formula is None or dtypes is None:
        return None
    *takes, gives = dtypes
    # NumPy raises for whole numbers and negative exponents, which nothing is known of here.
    if len(set(takes)) > 1 or (name == "power" and takes[0].kind != "f"):
        return None
    return Form(tuple(takes), gives, formula)


def _power_of_number(operands: Sequence[Any], exponent: Any) -> Form | None:
    (x,) = operands
    dtype = x.dtype if x.weak else np.result_type(x.dtype, type(exponent)(1))
    if x.weak and isinstance(exponent, float):
        dtype = np.dtype(np.float64)
    if dtype.kind != "f" and not 0 <= exponent <= 64:
        return None
    return Form((dtype,), dtype, lambda make, dtype, x: make("power", dtype, x, exponent))


def _where(operands: Sequence[Any]) -> Form | None:
    _, x, y = operands
    if x.weak and y.weak:
        dtype = np.result_type(x.dtype, y.dtype)
    else:
        # NumPy looks at the kind of a Python number alone.
        given = [x.dtype.type(0).item() if x.weak else x.dtype for x in (x, y)]
        dtype = np.result_type(*given)
    return Form((np.dtype(bool), dtype, dtype), dtype, "where")


def _own(name: str) -> Callable[[Sequence[Any], np.dtype[Any]], Form | None]:
    def form(operands: Sequence[Any], gives: np.dtype[Any]) -> Form | None:
        return Form((gives,), gives, name) if gives.kind == "f" else None

    return form


def _relu(operands: Sequence[Any], gives: np.dtype[Any]) -> Form:
    return Form((gives,), gives, lambda make, dtype, x: make("maximum", dtype, x, 0))


def _equal_to(value: float) -> Callable[[Sequence[Any], np.dtype[Any]], Form | None]:
    def form(operands: Sequence[Any], gives: np.dtype[Any]) -> Form | None:
        kind = operands[0].dtype
        if kind.kind != "f":
            return None
        return Form((kind,), gives, lambda make, dtype, x: make("equal", dtype, x, value))

    return form


def _fix(operands: Sequence[Any], gives: np.dtype[Any]) -> Form | None:
    return Form((gives,), gives, "trunc" if gives.kind == "f" else "copy")


def _same(operands: Sequence[Any], gives: np.dtype[Any]) -> Form:
    """Casts, copies, and what only stops a gradient."""
    return Form((gives,), gives, "copy")


_ROWS: dict[Any, Callable[[Sequence[Any], np.dtype[Any]], Form | None]] = {
    elementary.relu_row: _relu,
    elementary.sigmoid_row: _own("sigmoid"),
    elementary.softplus_row: _own("softplus"),
    special.erf_row: _own("erf"),
    shape.copy: _same,
    shape.cast_row: _same,
    shape.truncate_row: _same,
    index.stop_row: _same,
    number: _same,
    complex.real: _same,
    complex.conjugate: _same,
    registry[np.isposinf]: _equal_to(math.inf),
    registry[np.isneginf]: _equal_to(-math.inf),
    registry[np.fix]: _fix,
}


def form_of(
    op: Op, operands: Sequence[Any], static: dict[str, Any], gives: np.dtype[Any]
) -> Form | None:
    """How a kernel computes an elementwise op, or None where only NumPy does.

    `gives` is the dtype of the output.
    """
    if op is arithmetic.power_of_number:
        form = _power_of_number(operands, static["exponent"])
    elif op is arithmetic.where_row and not static:
        form = _where(operands)
    elif op in _ROWS and (not static or op in (shape.cast_row, shape.truncate_row)):
        form = _ROWS[op](operands, gives)
    elif isinstance(op.function, np.ufunc) and not static:
        form = _by_ufunc(op.function, operands)
    else:
        form = None
    if form is None or not SUPPORTED.issuperset((*form.takes, form.dtype)):
        return None
    return form

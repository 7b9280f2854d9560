"""exp, log, tanh, erf, sin, … as LLVM IR that loops can be vectorised over.

Every function is one formula without branches for its whole range: infinities, NaN, signed zeros,
numbers below the smallest normal one, overflow. Errors are at most 2 units in the last place in
float32 and 4 in float64. The methods are those of W. J. Cody and W. Waite, "Software Manual for the
Elementary Functions" (1980), and J.-M. Muller, "Elementary Functions" (3rd ed., 2016): split the
argument, evaluate a polynomial where it is small, put the pieces together in an order that loses
nothing.
"""

import functools
from collections.abc import Callable

from autograd.compiler.emit import circular, exponentials, logarithms
from autograd.compiler.emit.c_library import libm as libm
from autograd.compiler.emit.vector_code import FORMATS, SHORT, Code, Format, Real

_FORMULAS: dict[str, Callable[..., Real]] = {
    "arctan": circular.arctan,
    "cosh": exponentials.cosh,
    "erf": exponentials.erf,
    "exp": exponentials.exp,
    "exp2": exponentials.exp2,
    "expm1": exponentials.expm1,
    "log": logarithms.log,
    "log10": logarithms.log10,
    "log1p": logarithms.log1p,
    "log2": logarithms.log2,
    "power": logarithms.power,
    "sigmoid": exponentials.sigmoid,
    "sinh": exponentials.sinh,
    "softplus": logarithms.softplus,
    "tanh": exponentials.tanh,
}
_CIRCULAR: dict[str, Callable[[Real], Real]] = {"cos": circular.cos, "sin": circular.sin}
_BINARY = ("power",)
# What the circular formulas take; beyond it the C library serves, one number at a time.
_CIRCULAR_LIMIT = {32: 1e5, 64: 1e9}
# Vectors of 16, 32 and 64 bytes.
_VECTOR_BYTES = (16, 32, 64)

NAMES = frozenset((*_FORMULAS, *_CIRCULAR))


@functools.cache
def definition(function: str, dtype: str, lanes: int | None = None) -> str:
    """LLVM IR that defines `@{function}_f32(float)` or `@{function}_f64(double)`.

    Where the formula serves the whole range it is inlined and widened with the loop around it.
    `sin` and `cos` look whether any number is too large for the formula, which it hardly ever is;
    they are functions of whole vectors as well, and a vectorised loop calls those.

    With `lanes` the text has vectors: `@{function}_v16f32(<16 x float>)` for 16 of them. All of it
    is inlined then, and 1 lane is a number.
    """
    format = FORMATS[dtype]
    if function not in _CIRCULAR:
        return _plain(function, format, dtype, lanes or 1)
    c_name = function + ("f" if format.bits == 32 else "")
    declaration = f"declare {format.name} @{c_name}({format.name})\n"
    if lanes is not None:
        return declaration + _checked(function, c_name, format, lanes, "internal", "alwaysinline")
    # LLVM drops an internal function that nothing calls yet, as the vectors' are.
    widths = [size * 8 // format.bits for size in _VECTOR_BYTES]
    names = {width: _name(function, dtype, width) for width in widths}
    scalar = _name(function, dtype, 1)
    variants = ",".join(f"_ZGV_LLVM_N{width}v_{scalar}({names[width]})" for width in widths)
    attributes = f'noinline "vector-function-abi-variant"="{variants}"'
    texts = [_checked(function, c_name, format, 1, "internal", attributes)]
    texts += [_checked(function, c_name, format, width, "hidden", "noinline") for width in widths]
    return declaration + "".join(texts)


def _name(function: str, dtype: str, lanes: int) -> str:
    return f"{function}_{SHORT[dtype]}" if lanes == 1 else f"{function}_v{lanes}{SHORT[dtype]}"


def _plain(function: str, format: Format, dtype: str, lanes: int) -> str:
    """A formula as a function."""
    code = Code(lanes)
    names = ("%x", "%y") if function in _BINARY else ("%x",)
    result = _FORMULAS[function](*[Real(code, format, name) for name in names])
    arguments = ", ".join(f"{result.type} {name}" for name in names)
    lines = "\n".join(code.lines)
    return (
        f"define internal {result.type} @{_name(function, dtype, lanes)}({arguments}) "
        f"alwaysinline nounwind memory(none) {{\n{lines}\n  ret {result.type} {result.text}\n}}\n"
    )


def _checked(
    function: str, c_name: str, format: Format, lanes: int, linkage: str, attributes: str
) -> str:
    """The formula for so many numbers, and the C library where one is too large for it."""
    dtype = "float32" if format.bits == 32 else "float64"
    code = Code(lanes)
    x = Real(code, format, "%x")
    result = _CIRCULAR[function](x)
    large = (abs(x) > _CIRCULAR_LIMIT[format.bits]).text
    if lanes > 1:
        large = code.line(f"call i1 @llvm.vector.reduce.or.v{lanes}i1(<{lanes} x i1> {large})")
    rare = code.line(f"call i1 @llvm.expect.i1(i1 {large}, i1 false)")
    name, far = _name(function, dtype, lanes), _name(f"{function}_far", dtype, lanes)
    lines = "\n".join(code.lines)
    effects = "nounwind willreturn memory(none)"
    return (
        f"{_far(far, c_name, x, effects)}"
        f"define {linkage} {x.type} @{name}({x.type} %x) {effects} {attributes} {{\n{lines}\n"
        f"  br i1 {rare}, label %far, label %near\n"
        f"near:\n  ret {x.type} {result.text}\n"
        f"far:\n  %slow = call {x.type} @{far}({x.type} %x, {x.type} {result.text})\n"
        f"  ret {x.type} %slow\n}}\n"
    )


def _far(name: str, c_name: str, x: Real, effects: str) -> str:
    """A function of the numbers and of their results: those too large are computed again."""
    format, code = x.format, Code(x.code.lanes)
    large = abs(Real(code, format, "%x")) > _CIRCULAR_LIMIT[format.bits]
    kind = format.name
    made = "%x"
    if code.lanes == 1:
        made = code.line(f"call {kind} @{c_name}({kind} %x)")
    for lane in range(code.lanes if code.lanes > 1 else 0):
        number = code.line(f"extractelement {x.type} %x, i64 {lane}")
        answer = code.line(f"call {kind} @{c_name}({kind} {number})")
        made = code.line(f"insertelement {x.type} {made}, {kind} {answer}, i64 {lane}")
    bits = code.widened("i1")
    chosen = code.line(f"select {bits} {large.text}, {x.type} {made}, {x.type} %near")
    lines = "\n".join(code.lines)
    return (
        f"define internal {x.type} @{name}({x.type} %x, {x.type} %near) noinline cold {effects} "
        f"{{\n{lines}\n  ret {x.type} {chosen}\n}}\n"
    )

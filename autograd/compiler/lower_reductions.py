"""Lowering of reductions, and of what is made of them: means, norms, softmax."""

from typing import Any, cast

import numpy as np

from autograd.compiler.building import BOOL, Builder, OnlyByNumPy
from autograd.compiler.nodes import Access, Number
from autograd.compiler.program import Equation
from autograd.op import Op, registry
from autograd.ops import extremes, logits, reduce

INT = np.dtype(np.int64)


def _options(equation: Equation) -> tuple[Any, bool]:
    static = equation.static
    if not {"axis", "keepdims", "dtype", "initial"}.issuperset(static):
        raise OnlyByNumPy
    return static.get("axis"), bool(static.get("keepdims", False))


def _sum(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    from autograd.compiler.lower_products import summed_product

    axis, keepdims = _options(equation)
    dtype = equation.output.dtype
    x = b.cast(operands[0], dtype)
    total = None
    if isinstance(x, Access) and not keepdims and b.uses.get(equation.inputs[0]) == 1:
        total = summed_product(b, x, axis)
    if total is None:
        total = b.reduce("add", x, axis, keepdims)
    initial = equation.static.get("initial", 0)
    return b.make("add", dtype, total, _number(b, initial, dtype)) if initial else total


def _number(b: Builder, x: Any, dtype: Any) -> Any:
    return b.cast(Number(x, np.asarray(x).dtype), dtype)


def _mean(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    axis, keepdims = _options(equation)
    dtype = equation.output.dtype
    x = b.access(b.cast(operands[0], dtype))
    total = b.reduce("add", x, axis, keepdims)
    return b.make("divide", dtype, total, x.size // max(total.size, 1))


def _prod(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    axis, keepdims = _options(equation)
    return b.reduce("multiply", b.cast(operands[0], equation.output.dtype), axis, keepdims)


def _extreme(function: str) -> Any:
    def lowered(b: Builder, equation: Equation, operands: list[Any]) -> Any:
        axis, keepdims = _options(equation)
        dtype = equation.output.dtype
        found = b.reduce(function, b.cast(operands[0], dtype), axis, keepdims)
        initial = equation.static.get("initial")
        if initial is None or initial is np._NoValue:
            return found
        return b.make(function, dtype, found, _number(b, initial, dtype))

    return lowered


def _test(function: str) -> Any:
    def lowered(b: Builder, equation: Equation, operands: list[Any]) -> Any:
        axis, keepdims = _options(equation)
        return b.reduce(function, b.cast(operands[0], BOOL), axis, keepdims)

    return lowered


def _count(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    if equation.output.dtype != INT:
        return None
    axis, keepdims = _options(equation)
    return b.reduce("add", b.cast(b.cast(operands[0], BOOL), INT), axis, keepdims)


def _norm(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    axis, keepdims = _options(equation)
    dtype = equation.output.dtype
    if dtype.kind != "f":
        return None
    x = b.cast(operands[0], dtype)
    return b.make("sqrt", dtype, b.reduce("add", b.make("square", dtype, x), axis, keepdims))


# Softmax and its kin: the greatest element goes first, so that nothing overflows.


def _peak(b: Builder, x: Access, axis: Any) -> Access:
    """The greatest, or 0 where that is not finite."""
    peak = b.reduce("maximum", x, axis, keepdims=True)
    return b.make("where", x.dtype, b.make("isfinite", BOOL, peak), peak, 0.0)


def _parts(
    b: Builder, equation: Equation, operands: list[Any], default: Any
) -> tuple[Access, Access, Access, Access, Any]:
    """x in its dtype, its peak, e**(x - peak), the sum of that, and the axis."""
    axis = equation.static.get("axis", default)
    dtype = equation.output.dtype
    x = b.access(b.cast(operands[0], dtype))
    peak = _peak(b, x, axis)
    shifted = b.make("subtract", dtype, x, peak)
    e = b.make("exp", dtype, shifted)
    return shifted, peak, e, b.reduce("add", e, axis, keepdims=True), axis


def _logsumexp(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    if equation.output.dtype.kind != "f":
        return None
    _, peak, _, total, _ = _parts(b, equation, operands, None)
    dtype = equation.output.dtype
    found = b.make("add", dtype, b.make("log", dtype, total), peak)
    return b.reshape(found, equation.output.shape)


def _softmax(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    if equation.output.dtype.kind != "f":
        return None
    _, _, e, total, _ = _parts(b, equation, operands, -1)
    return b.make("divide", equation.output.dtype, e, total)


def _log_softmax(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    if equation.output.dtype.kind != "f":
        return None
    dtype = equation.output.dtype
    shifted, _, _, total, _ = _parts(b, equation, operands, -1)
    return b.make("subtract", dtype, shifted, b.make("log", dtype, total))


REDUCTIONS: dict[Op, Any] = {
    reduce.sum_row: _sum,
    reduce.mean_row: _mean,
    reduce.prod_row: _prod,
    reduce.euclid: _norm,
    extremes.max_row: _extreme("maximum"),
    extremes.min_row: _extreme("minimum"),
    logits.logsumexp_row: _logsumexp,
    logits.softmax_row: _softmax,
    logits.log_softmax_row: _log_softmax,
    cast(Op, registry[np.any]): _test("maximum"),
    cast(Op, registry[np.all]): _test("minimum"),
    cast(Op, registry[np.count_nonzero]): _count,
}

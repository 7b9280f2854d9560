"""Rearrangements: transposes, reshapes and broadcasts that cancel, merge, or cost nothing."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd.compiler.passes.rewriting import Rewriting, is_elementwise
from autograd.compiler.program import Constant, Equation, Operand, Program, Variable
from autograd.ops import contract, shape

_NOTHING: dict[str, Any] = {}


def layout(program: Program) -> Program:
    """One kind of transpose and one kind of reshape, as few of them as possible.

    swapaxes and moveaxis are written as transposes, expand_dims and squeeze as reshapes; those in a
    row are merged. (a b)ᵀ becomes bᵀ aᵀ, whose transposes are views. An elementwise equation reads
    what was broadcast for it, and where all its operands were, it is computed before broadcasting.
    """
    return Rewriting(program).run([_transposes, _reshapes, _broadcasts, _elementwise])


# Transposes


def axes_of(equation: Equation) -> tuple[int, ...] | None:
    """The axes of what is a transpose under some name."""
    op, static = equation.op, equation.static
    if op not in (shape.transpose, shape.swapaxes, shape.moveaxis):
        return None
    n = len(equation.inputs[0].shape)
    if op is shape.transpose:
        axes = static.get("axes")
        return tuple(range(n))[::-1] if axes is None else normalize_axis_tuple(axes, n)
    order = list(range(n))
    if op is shape.swapaxes:
        i, j = (normalize_axis_index(static[key], n) for key in ("axis1", "axis2"))
        order[i], order[j] = j, i
        return tuple(order)
    source = normalize_axis_tuple(static["source"], n)
    target = normalize_axis_tuple(static["destination"], n)
    order = [i for i in order if i not in source]
    for place, i in sorted(zip(target, source, strict=True)):
        order.insert(place, i)
    return tuple(order)


def transposed(
    x: Operand, axes: tuple[int, ...], rewriting: Rewriting, like: Operand | None = None
) -> Operand:
    """x with its axes in this order, as simply as it can be had."""
    source = rewriting.source(x)
    inner = None if source is None else axes_of(source)
    if source is not None and inner is not None:
        x, axes = source.inputs[0], tuple(inner[i] for i in axes)
    if axes == tuple(range(len(axes))):
        return x
    static = _NOTHING if axes == tuple(range(len(axes)))[::-1] else {"axes": axes}
    return rewriting.make(shape.transpose, (x,), x, static, tuple(x.shape[i] for i in axes))


def _transposes(equation: Equation, rewriting: Rewriting) -> Operand | None:
    axes = axes_of(equation)
    if axes is None:
        return None
    x = equation.inputs[0]
    product = rewriting.source(x, contract.matmul_row)
    if product is not None and rewriting.is_used_once(x):
        a, b = product.inputs
        n = len(axes)
        last = axes == (*range(n - 2), n - 1, n - 2)
        if n >= 2 and last and len(a.shape) == len(b.shape) == n:
            turned = tuple(transposed(part, axes, rewriting) for part in (b, a))
            return rewriting.make(contract.matmul_row, turned, equation.output)
    canonical = equation.op is shape.transpose and (
        not equation.static
        if axes == tuple(range(len(axes)))[::-1]
        else equation.static.get("axes") == axes
    )
    source = rewriting.source(x)
    merges = source is not None and axes_of(source) is not None
    if canonical and not merges and axes != tuple(range(len(axes))):
        return None
    return transposed(x, axes, rewriting)


# Reshapes


def _reshapes(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """Reshapes that follow one another; those to the shape that there is already."""
    if equation.op not in (shape.reshape_row, shape.expand_dims, shape.squeeze):
        return None
    y, x = equation.output, equation.inputs[0]
    if equation.static.get("order", "C") != "C" or x.weak:
        return None
    source = rewriting.source(x, shape.reshape_row)
    merges = source is not None and source.static.get("order", "C") == "C"
    if source is not None and merges:
        x = source.inputs[0]
    if x.shape == y.shape:
        return x
    plain = equation.op is shape.reshape_row and equation.static["shape"] == y.shape
    if plain and not merges:
        return None
    return rewriting.make(shape.reshape_row, (x,), y, {"shape": y.shape})


# Broadcasts


def _broadcasts(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """A broadcast of a broadcast is one; one to the shape that there is already is none."""
    if equation.op is not shape.broadcast_to:
        return None
    y, x = equation.output, equation.inputs[0]
    if x.shape == y.shape:
        return x
    source = rewriting.source(x, shape.broadcast_to)
    if source is None:
        return None
    return rewriting.make(shape.broadcast_to, (source.inputs[0],), y, {"shape": y.shape})


def _elementwise(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """f(broadcast x, y) → f(x, y), broadcast afterwards if still needed."""
    y = equation.output
    if not is_elementwise(equation) or not y.shape or y.weak:
        return None
    inputs = tuple(_before_broadcast(x, rewriting) for x in equation.inputs)
    if all(a is b for a, b in zip(inputs, equation.inputs, strict=True)):
        return None
    small = np.broadcast_shapes(*map(np.shape, inputs))
    if any(isinstance(x, Constant | Variable) and not x.weak for x in inputs) is False:
        return None
    if small == y.shape:
        return rewriting.make(equation.op, inputs, y, equation.static)
    made = rewriting.make(equation.op, inputs, y, equation.static, small)
    return rewriting.make(shape.broadcast_to, (made,), y, {"shape": y.shape})


def _before_broadcast(x: Any, rewriting: Rewriting) -> Any:
    source = rewriting.source(x, shape.broadcast_to)
    if source is None:
        return x
    inner = source.inputs[0]
    if not inner.weak:
        return inner
    if isinstance(inner, Constant) and inner.fixed:
        return Constant(x.dtype.type(inner.data), fixed=True)
    return x

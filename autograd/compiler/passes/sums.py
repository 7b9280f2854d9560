"""Sums of what was broadcast, and sums of sums. Results differ by how a sum is rounded."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.compiler.passes.rewriting import Rewriting, reshaped
from autograd.compiler.program import Constant, Equation, Operand, Program
from autograd.ops import arithmetic, reduce, shape


def sums(program: Program) -> Program:
    """Σ of a broadcast over the axes it has been given: times their lengths. Σ Σ x is one Σ."""
    return Rewriting(program).run([_of_broadcast, _of_sum, _of_reshape])


def _is_plain(equation: Equation) -> bool:
    static = equation.static
    return equation.op is reduce.sum_row and not ({"dtype", "initial"} & set(static))


def _axes(equation: Equation) -> tuple[int, ...]:
    n = len(equation.inputs[0].shape)
    axis = equation.static.get("axis") if n else None  # NumPy takes axis 0 of a number
    return tuple(range(n)) if axis is None else normalize_axis_tuple(axis, n)


def _of_broadcast(equation: Equation, rewriting: Rewriting) -> Operand | None:
    if not _is_plain(equation):
        return None
    y = equation.output
    source = rewriting.source(equation.inputs[0], shape.broadcast_to)
    if source is None or y.dtype.kind not in "fc":
        return None
    x, whole = source.inputs[0], source.output.shape
    if x.weak or x.dtype != y.dtype:
        return None
    added = len(whole) - len(x.shape)
    axes = _axes(equation)
    given = [i for i in axes if i < added or x.shape[i - added] != whole[i]]
    number = int(np.prod([whole[i] for i in given], dtype=np.int64))
    left = tuple(i - added for i in axes if i not in given)
    if not given or not number:
        return None
    total: Any = x
    if left:
        kept = tuple(1 if i in left else n for i, n in enumerate(x.shape))
        options = {"axis": left, "keepdims": True}
        total = rewriting.make(reduce.sum_row, (x,), y, options, kept)
    # What is left has length 1 along every axis that was summed: the output's shape, or smaller.
    kept = tuple(1 if i in axes else n for i, n in enumerate(whole))
    if int(np.prod(total.shape, dtype=np.int64)) != int(np.prod(kept, dtype=np.int64)):
        return None
    product = rewriting.make(
        arithmetic.multiply, (total, Constant(float(number))), y, lengths=total.shape
    )
    return product if product.shape == y.shape else reshaped(product, y.shape, rewriting)


def _of_sum(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """Σ over some axes of Σ over others."""
    if not _is_plain(equation):
        return None
    inner = rewriting.source(equation.inputs[0], reduce.sum_row)
    if inner is None or not _is_plain(inner) or not rewriting.is_used_once(inner.output):
        return None
    x, y = inner.inputs[0], equation.output
    if x.dtype != y.dtype or x.dtype.kind not in "fc":
        return None
    first, second = _axes(inner), _axes(equation)
    if not inner.static.get("keepdims"):
        left = [i for i in range(len(x.shape)) if i not in first]
        second = tuple(left[i] for i in second)
    return _summed(x, tuple(sorted({*first, *second})), equation, rewriting)


def _summed(x: Operand, axes: tuple[int, ...], equation: Equation, rewriting: Rewriting) -> Operand:
    """The sum over these axes, in the shape that the equation's output has."""
    y = equation.output
    left = tuple(n for i, n in enumerate(x.shape) if i not in axes)
    total = rewriting.make(reduce.sum_row, (x,), y, {"axis": axes}, left)
    return total if left == y.shape else reshaped(total, y.shape, rewriting)


def _of_reshape(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """Σ over the first axes, into which others were divided or merged."""
    if not _is_plain(equation) or equation.static.get("keepdims"):
        return None
    source = rewriting.source(equation.inputs[0], shape.reshape_row)
    if source is None or source.static.get("order", "C") != "C":
        return None
    x, whole, axes = source.inputs[0], source.output.shape, _axes(equation)
    left = len(whole) - len(axes)
    first = len(x.shape) - left
    if sorted(axes) != list(range(len(axes))) or first < 1 or not left or x.weak:
        return None
    if x.shape[first:] != whole[len(axes) :]:
        return None
    options = {"axis": tuple(range(first))}
    return rewriting.make(reduce.sum_row, (x,), equation.output, options)

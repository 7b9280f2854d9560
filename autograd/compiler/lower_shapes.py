"""Lowering of what only moves elements: strides say all of it, but for some reshapes."""

from typing import Any

import numpy as np

from autograd.compiler import views
from autograd.compiler.building import Builder
from autograd.compiler.lower_products import in_order, part_of_product
from autograd.compiler.nodes import Access
from autograd.compiler.program import Equation
from autograd.op import Op, component
from autograd.ops import index, shape, steps, window
from autograd.ops.index import is_basic
from autograd.runs import alias


def _reshape(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    x = b.access(operands[0])
    to = equation.output.shape
    if equation.static.get("order", "C") == "C":
        if views.reshaped(x, to) is None and b.is_only_use(equation.inputs[0]):
            x = in_order(b, x) or x
        return b.reshape(x, to)
    back = b.reshape(views.permuted(x, range(len(x.shape))[::-1]), to[::-1])
    return views.permuted(back, range(len(to))[::-1])


def _transpose(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    x = b.access(operands[0])
    axes = equation.static.get("axes")
    n = len(x.shape)
    return views.permuted(x, range(n)[::-1] if axes is None else views.axes_of(axes, n))


def _by_numpy(op: Op) -> Any:
    """What an op that permutes axes does, found out on an array of their numbers."""

    def lowered(b: Builder, equation: Equation, operands: list[Any]) -> Any:
        x = b.access(operands[0])
        n = len(x.shape)
        # Axis i has length i + 1: the lengths of the result say which axis went where.
        moved = op.function(np.broadcast_to(0, range(1, n + 1)), **equation.static)
        return views.permuted(x, [length - 1 for length in moved.shape])

    return lowered


def _unit_axes(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    return b.reshape(operands[0], equation.output.shape)


def _broadcast(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    return views.broadcast(b.access(operands[0]), equation.output.shape)


def _same(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    return operands[0]


def _windows(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    static = equation.static
    return views.windows(b.access(operands[0]), static["window"], static["axes"])


def _item(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    from autograd.compiler.lower_indexing import lower_item

    x = b.access(operands[0])
    if is_basic(equation.static["index"]):
        part = views.item(x, equation.static["index"])
        alone = b.is_only_use(equation.inputs[0])
        return (part_of_product(b, part) if alone else None) or part
    return lower_item(b, equation, x)


def _unstack(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    x = b.access(operands[0])
    axis = equation.static.get("axis", 0) % len(x.shape)
    ahead = (slice(None),) * axis
    return tuple(views.item(x, (*ahead, i)) for i in range(x.shape[axis]))


def _component(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    return operands[equation.static["index"]] if len(operands) > 1 else None


SHAPES: dict[Op, Any] = {
    shape.reshape_row: _reshape,
    shape.transpose: _transpose,
    shape.swapaxes: _by_numpy(shape.swapaxes),
    shape.moveaxis: _by_numpy(shape.moveaxis),
    shape.expand_dims: _unit_axes,
    shape.squeeze: _unit_axes,
    shape.broadcast_to: _broadcast,
    shape.copy: _same,
    index.stop_row: _same,
    alias: _same,
    index.get_row: _item,
    window.windows_row: _windows,
    steps.unstack_row: _unstack,
    component: _component,
}
__all__ = ["SHAPES", "Access"]

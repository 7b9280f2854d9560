"""All slices of an array along one axis, and the array of all slices: one node either way.

Slices taken one by one would each fill an array of zeros in reverse mode, and the time for all of
them would grow with the square of their number.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import leading
from autograd.broadcast import data_of
from autograd.modes import current
from autograd.op import Kind, Op, apply, component
from autograd.value import NO_STATIC, Value, detached, node


def _unstack(x: Any, axis: int = 0) -> tuple[Any, ...]:
    return tuple(np.moveaxis(x, axis, 0))


def _stack(*parts: Any, axis: int = 0) -> Any:
    return np.stack(parts, axis)


# Linear, and each the transpose of the other. They stand for no function of NumPy.
unstack_row = Op(
    _unstack,
    Kind.LINEAR,
    joint=lambda wanted, g, y, x, *, axis=0: [apply(stack_row, g, {"axis": axis})],
    batch=leading.along(axis=0),
    name="unstack",
)
stack_row = Op(
    _stack,
    Kind.LINEAR,
    joint=lambda wanted, g, y, *parts, axis=0: apply(unstack_row, (g,), {"axis": axis}),
    batch=leading.joined,
    name="stack",
)


def unstack(x: Any) -> Sequence[Any]:
    """x[0], x[1], …

    >>> unstack(np.array([[1.0, 2.0], [3.0, 4.0]]))
    (array([1., 2.]), array([3., 4.]))
    """
    parts = tuple(data_of(x))
    if type(x) is not Value:
        return parts
    mode = current()
    requires = x.requires_grad and mode.records
    if not (requires or mode.replayable):
        return [detached(part) for part in parts]
    whole = node(unstack_row, parts, (x,), NO_STATIC, requires)
    return [node(component, p, (whole,), {"index": i}, requires) for i, p in enumerate(parts)]


def stack(parts: Sequence[Any]) -> Any:
    """The array, or Value, of which these are x[0], x[1], …

    >>> stack([1.0, Value(2.0)])
    Value(data=[1., 2.], shape=(2,), dtype=float64, grad=None, op=stack)
    """
    return apply(stack_row, tuple(parts), NO_STATIC)

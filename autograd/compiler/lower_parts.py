"""Lowering of joining and padding: stores into parts of one array."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.compiler import views
from autograd.compiler.building import Builder
from autograd.compiler.nodes import Access, Assembled, Number
from autograd.compiler.program import Equation
from autograd.compiler.slicing import decoded
from autograd.op import Op
from autograd.ops import joining, padding, steps


def _join(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    output = equation.output
    axis = equation.static.get("axis", 0)
    parts = [b.access(b.cast(x, output.dtype)) for x in operands]
    if axis is None:
        parts = [b.reshape(x, (x.size,)) for x in parts]
        axis = 0
    axis %= len(output.shape)
    whole = b.assembled(output.shape, output.dtype)
    start = 0
    for x in parts:
        stop = start + x.shape[axis]
        b.write(views.item(whole.whole(), along_axis(axis, slice(start, stop))), x)
        start = stop
    return whole.whole()


def _stack(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    output = equation.output
    axis = equation.static.get("axis", 0) % len(output.shape)
    whole = b.assembled(output.shape, output.dtype)
    for i, x in enumerate(operands):
        x = b.access(b.cast(x, output.dtype))
        b.write(views.item(whole.whole(), along_axis(axis, i)), x)
    return whole.whole()


def along_axis(axis: int, part: Any) -> tuple[Any, ...]:
    """An index that names this part of one axis, and all of the others."""
    return (*(slice(None),) * axis, part)


def placed(b: Builder, background: Any, shape: Sequence[int], dtype: Any, place: Any) -> Any:
    """Memory that holds `background`, and then what `place(all of it)` and its value say."""
    whole = b.assembled(shape, dtype)
    target, x = place(whole.whole())
    if target.is_whole and target.shape == whole.shape:
        return views.broadcast(b.access(b.cast(x, dtype)), shape)
    x = b.cast(x, dtype)
    first = b.write(whole.whole(), background)
    b.write(target, x, after=(first,))
    if not isinstance(background, Access) and background in (0, Number(0, dtype, False)):
        whole.parts.append((target, views.broadcast(b.access(x), target.shape)))
    return whole.whole()


def sum_of_parts(b: Builder, operands: list[Any]) -> Any:
    """The sum of arrays of zeros with parts that do not meet: one array with all the parts."""
    nodes = [x.node for x in operands if isinstance(x, Access) and x.is_whole]
    wholes = [node for node in nodes if isinstance(node, Assembled) and node.parts]
    if len(wholes) != 2 or wholes[0].shape != wholes[1].shape:
        return None
    parts = [part for whole in wholes for part in whole.parts]
    # Those of one array do not meet: it has one part, or was made here.
    ours, theirs = ([_box(whole, target) for target, _ in whole.parts] for whole in wholes)
    if any(_meet(box, other) for box in ours for other in theirs):
        return None
    new = b.assembled(wholes[0].shape, wholes[0].dtype)
    after = ()
    if sum(target.size for target, _ in parts) < new.size:
        after = (b.write(new.whole(), 0),)
    for target, x in parts:
        place = replace(target, node=new)
        b.write(place, x, after=after)
        new.parts.append((place, x))
    return new.whole()


def _box(whole: Assembled, target: Access) -> list[set[int]] | None:
    """The places along each axis that a part takes."""
    found = decoded(whole, target.shape, target.strides, target.offset)
    if found is None:
        return None
    moves, start = found
    box = []
    for i, along in zip(start, moves, strict=True):
        places = {i}
        for k, step in along:
            places = {j + step * turn for j in places for turn in range(target.shape[k])}
        box.append(places)
    return box


def _meet(box: list[set[int]] | None, other: list[set[int]] | None) -> bool:
    """Whether parts have an element in common, as far as is known."""
    if box is None or other is None:
        return True
    return all(not a.isdisjoint(c) for a, c in zip(box, other, strict=True))


def _pad(b: Builder, equation: Equation, operands: list[Any]) -> Any:
    output = equation.output
    value = equation.static.get("constant_values", 0)
    if np.ndim(value):
        return None
    x = operands[0]
    parts = tuple(
        slice(before, before + n)
        for (before, _), n in zip(equation.static["pad_width"], x.shape, strict=True)
    )
    filling = b.cast(Number(value, np.asarray(value).dtype), output.dtype)
    return placed(b, filling, output.shape, output.dtype, lambda y: (views.item(y, parts), x))


PARTS: dict[Op, Any] = {
    joining.join: _join,
    steps.stack_row: _stack,
    padding.pad_row: _pad,
}

"""Indexing, and its transpose; item assignment."""

from typing import Any

import numpy as np

from autograd import leading, leading_index
from autograd import value as value_module
from autograd.broadcast import dtype_of, number
from autograd.containers import map_leaves
from autograd.errors import (
    ArgumentError,
    AssignmentError,
    ConversionError,
    DTypeError,
    IndexingError,
    ShapeError,
    describe,
)
from autograd.graph import edges
from autograd.journal import Journal, journal
from autograd.modes import EAGER, current
from autograd.op import apply, composite, constant, linear, record
from autograd.ops.gather import TRACED, back_at, is_traced, traced_item
from autograd.ops.joining import operand
from autograd.ops.scattering import added
from autograd.value import MANY, NO_STATIC, Value, as_data, detached, next_order, node
from autograd.wording import explain

_BASIC = (int, slice, type(None), type(Ellipsis), np.integer)


def is_basic(index: Any) -> bool:
    """Whether NumPy takes `index` for a view, in which no element comes twice."""
    for part in index if type(index) is tuple else (index,):
        if not isinstance(part, _BASIC) or type(part) is bool:
            return False
    return True


def _get(x: Any, index: Any) -> Any:
    return (x if isinstance(x, np.ndarray) else np.asarray(x))[index]


def _scatter(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """An array of zeros with `g` added at `index`."""
    if not is_basic(index):
        return added(g, index, shape)
    out = np.zeros(shape, np.asarray(g).dtype)
    out[index] = g
    return out


get_row = linear(
    _get,
    lambda g, y, x, *, index: apply(scatter, (g,), {"index": index, "shape": np.shape(x)}),
    batch=leading_index.item,
    name="getitem",
)
scatter = linear(
    _scatter,
    lambda g, y, x, *, index, shape: g[index],
    batch=leading_index.scattered,
    name="scatter",
)


def get_item(x: Any, index: Any) -> Any:
    """x[index]: basic, advanced or boolean."""
    mode = current()
    if mode.replayable:
        parts = index if type(index) is tuple else (index,)
        if is_traced(parts):
            return traced_item(x, parts)
    index = plain_index(index)
    if mode is not EAGER or type(x) is not Value or type(x._data) is not np.ndarray:
        return apply(get_row, (x,), {"index": index})
    try:
        data = x._data[index]
    except Exception as error:
        explain(get_row, [x._data], {"index": index}, error)
    return node(get_row, data, (x,), {"index": index}, True) if x.requires_grad else detached(data)


def plain_index(index: Any) -> Any:
    """An index with the integers and booleans of Values in place of the Values."""
    if type(index) is tuple:
        for part in index:
            if type(part) is Value or type(part) is tuple:
                return tuple([plain_index(part) for part in index])
        return index
    if type(index) is Value:
        if index.dtype.kind not in "biu":
            raise DTypeError(
                "integers or booleans to index with",
                describe(index),
                "index with integers; no gradient flows through an index",
            )
        if current().replayable and index.dtype.kind == "b":
            raise ConversionError(
                "an index whose result has a shape known beforehand",
                f"a traced boolean, {describe(index)}",
                "use np.where(mask, x, 0) for x[mask], and x = np.where(mask, new, x) for "
                "x[mask] = new, with one new number for each element of x, or one for all",
            )
        return index._data
    return index


def _put(x: Any, v: Any, index: Any) -> Any:
    out = np.array(x)
    out[index] = v
    return out


def _put_rule(g: Any, y: Any, x: Any, v: Any, *, index: Any) -> Any:
    return np.where(_touched(np.shape(x), index), 0, g)


def _touched(shape: tuple[int, ...], index: Any) -> np.ndarray:
    touched = np.zeros(shape, dtype=bool)
    touched[index] = True
    return touched


def _put_value_rule(g: Any, y: Any, x: Any, v: Any, *, index: Any) -> Any:
    if is_basic(index):
        return g[index]
    # Where an index comes twice, the last one assigned is the one that stands.
    shape = np.shape(x)
    count = np.arange(np.size(np.empty(shape)[index])).reshape(np.empty(shape)[index].shape)
    last = np.full(shape, -1)
    last[index] = count
    return np.where(last[index] == count, g[index], 0)


# x with v at x[index]; the engine sums v's cotangent over the axes it was broadcast along.
put_row = linear(_put, _put_rule, _put_value_rule, batch=leading_index.put, name="setitem")


def set_item(v: Value, index: Any, new: Any) -> None:
    """v[index] = new: v becomes a functional update of what it was, which is kept as a version."""
    parts = index if type(index) is tuple else (index,)
    traced = current().replayable and any(type(part) is Value for part in parts)
    if not traced:
        index = plain_index(index)
    if not isinstance(new, Value | np.ndarray | np.generic | float | int | complex):
        new = _listed(new)
    requires = v.requires_grad or (type(new) is Value and new.requires_grad)
    _refuse_assignment(v, requires)
    notes = journal()
    if notes is not None:
        (_open(notes, v) if v.order < notes.sealed else notes).note(v)
    old = _as_it_was(v)
    new = old if new is v else new
    raw = new._data if type(new) is Value else new
    if dtype_of(raw).kind == "c" and v.dtype.kind != "c":
        raise DTypeError(
            f"real numbers to assign into {describe(v)}", describe(new), "assign to a complex Value"
        )
    if traced:
        made = _put_traced(old, new, parts)
        data = made._data
    else:
        try:
            data = _put(v._data, raw, index)
        except (ValueError, IndexError, TypeError) as error:
            explain(put_row, [v._data, raw], {"index": index}, error)
        made = record(put_row, data, (old, new), {"index": index})
    if v.dtype.kind in "biu" and requires:
        raise DTypeError(
            "a floating-point Value to assign a recorded Value into", describe(v), "use float64"
        )
    if type(new) is Value:
        _repoint(new, v, old)
    _keep_version(v, old)
    v._data = data
    v.op, v._left, v._right, v.static = made.op, made._left, made._right, made.static
    v.requires_grad = made.requires_grad
    v.order = next_order()
    v._grad = None


def _put_traced(x: Value, new: Any, index: tuple[Any, ...]) -> Any:
    """x with `new` at an index that is another one at every replay."""
    dtype = x.dtype
    new = new.astype(dtype) if type(new) is Value else np.asarray(new, dtype)
    if not is_traced(index):
        return _put_masked(x, new, index)
    places = np.ravel(traced_item(np.arange(x.size).reshape(x.shape), index))
    values = np.ravel(np.broadcast_to(new, traced_item(x, index).shape))
    if places.size > 1:  # where an index comes twice, the last one assigned stands
        ordered = np.argsort(places, stable=True)
        following = places[ordered]
        last = np.concatenate([following[1:] != following[:-1], np.array([True])])
        values = np.where(last[np.argsort(ordered)], values, np.zeros((), dtype))
    static = {"index": (TRACED,), "shape": (x.size,)}
    found = apply(back_at, (values, places), static)
    hit = apply(back_at, (np.ones(places.shape), places), static) > 0
    return np.where(np.reshape(hit, x.shape), np.reshape(found, x.shape), x)


def _is_all(part: Any) -> bool:
    """Whether a part of an index takes all there is."""
    return part is Ellipsis or (isinstance(part, slice) and part == slice(None))


def _put_masked(x: Value, new: Any, index: tuple[Any, ...]) -> Any:
    """x with `new` where a traced mask holds: that is np.where, if `new` has one for all places.

    The index is the mask, or full slices or an ellipsis and then the mask; full slices may follow.
    """
    *before, mask = index
    while before and _is_all(mask):
        mask = before.pop()
    rest = x.ndim - np.ndim(mask)
    if len(before) == 1 and before[0] is Ellipsis:
        before = [slice(None)] * rest
    n = len(before)
    shape = (1,) * (rest + 1 - np.ndim(new)) + np.shape(new)
    whole = all(_is_all(part) and part is not Ellipsis for part in before)
    boolean = type(mask) is Value and mask.dtype == bool
    if not (whole and boolean and len(shape) == rest + 1 and shape[n] == 1):
        plain_index(index)  # raises
    if mask.shape != x.shape[n : n + mask.ndim]:
        raise IndexingError(
            f"a mask of the shape of the axes that it is for, {x.shape[n : n + mask.ndim]}",
            describe(mask),
            "compute the mask from the array itself",
        )
    new = np.reshape(new, shape[:n] + (1,) * mask.ndim + shape[n + 1 :])
    if not all(a in (1, b) for a, b in zip(np.shape(new), x.shape, strict=True)):
        raise ShapeError(
            f"a value that broadcasts to the places of a mask in {x.shape}",
            describe(new),
            "assign a number, or one row for all of them",
        )
    return np.where(np.reshape(mask, (1,) * n + mask.shape + (1,) * (rest - n)), new, x)


def _as_it_was(v: Value) -> Value:
    """A node that is what `v` is now."""
    old = detached(v._data)
    old.op, old._left, old._right, old.static = v.op, v._left, v._right, v.static
    old.order, old.requires_grad = v.order, v.requires_grad
    return old


def _keep_version(v: Value, old: Value) -> None:
    try:
        v._more.setdefault("versions", []).append(old)
    except AttributeError:
        v._more = {"versions": [old]}


def _open(notes: Journal | None, v: Value) -> Journal:
    """The journal to note a change of `v` in, or the error that says why it may not change."""
    if notes is None or notes.sealed:
        raise AssignmentError(
            "no assignment to a Value where one run of a function stands for many, as in vmap",
            f"one to {describe(v)}",
            "return the new data, and assign them outside",
        )
    return notes


def assign_traced(v: Value, data: Any) -> Value:
    """`Value.assign` in a trace: `v` becomes a leaf of the new data; the journal notes which.

    A leaf, so that gradients end there, as they do eagerly. What was made before keeps the old one.
    """
    notes = _open(journal(), v)
    notes.note(v)
    if v.op is not None and not notes.was_leaf(v):
        v._as_own(data)  # raises
    if type(data) is Value:
        v._refuse_unlike(data._data)
        if type(v._data) is float and type(data._data) is not float:
            data = apply(number, (data,), NO_STATIC)
        elif getattr(v._data, "dtype", None) != getattr(data._data, "dtype", None):
            data = data.astype(v.dtype)
        raw = data._data
    else:
        raw = v._cast(data)
    old = _as_it_was(v)
    notes.copies[id(old)] = old
    _keep_version(v, old)
    v._data = raw
    v.op, v._left, v._right, v.static = None, (), MANY, NO_STATIC
    v.requires_grad = notes.before[id(v)].state["requires_grad"]
    v.order = next_order()
    notes.sources[v.order] = data
    return v


def _listed(new: Any) -> Any:
    """Nested lists of numbers as an array; with Values in them, stacked."""
    try:
        return as_data(new, False)
    except ConversionError:
        return operand(new)


def _repoint(new: Value, v: Value, old: Value) -> None:
    """Edges to `v` in the history of `new` become edges to `old`, which is what they mean.

    Otherwise `v[i] = f(v)` would be a reference cycle. Only what was made since the assignment
    before can have such an edge, so a loop of assignments takes time linear in its length.
    """
    stack = [new]
    seen = {new.order}
    while stack:
        n = stack.pop()
        if n.order < old.order:
            continue
        if n._left is v:
            n._left = old
        if n._right is v:
            n._right = old
        elif n._right is MANY:
            n._left = tuple(old if x is v else x for x in n._left)
        for x in n.inputs:
            if type(x) is Value and x.op is not None and x.order not in seen:
                seen.add(x.order)
                stack.append(x)


def _refuse_assignment(v: Value, requires: bool) -> None:
    if type(v._data) is float:
        raise ShapeError(
            "an array to assign items of", describe(v), "rebind the name, or use v.assign(x)"
        )
    if v.op is None and v.requires_grad:
        raise AssignmentError(
            "a Value that is no leaf, for item assignment",
            f"a leaf with requires_grad, {describe(v)}",
            "write v = v.copy() first, or v.assign(data) to change a parameter",
        )
    if requires and not current().records:
        raise AssignmentError(
            "item assignment of recorded Values to be recorded",
            f"one under no_grad, into {describe(v)}",
            "leave no_grad, or work on v.numpy().copy()",
        )
    made_by = "" if v.op is None else v.op.name
    for x in edges(v):
        if type(x) is Value and np.may_share_memory(x._data, v._data):
            raise AssignmentError(
                "a Value with memory of its own, for item assignment",
                f"a view, made by {made_by}, of {describe(x)}",
                "assign to that base itself, or write v = v.copy() first",
            )


# NumPy's functions that are indexing


@composite(np.take)
def take(
    a: Any, indices: Any, axis: int | None = None, out: None = None, mode: str = "raise"
) -> Any:
    """np.take."""
    if mode not in ("raise", "wrap", "clip"):
        raise ArgumentError("mode raise, wrap or clip of take", repr(mode), "choose one of them")
    a = operand(a)
    if axis is None or (np.ndim(a) == 0 and axis in (0, -1)):  # NumPy lets a number have an axis
        a = np.ravel(a)
        axis = 0
    axis = np.lib.array_utils.normalize_axis_index(axis, np.ndim(a))
    indices = operand(indices)
    if indices.dtype == bool:  # NumPy's take counts with them: no mask
        indices = np.where(indices, 1, 0)
    if mode != "raise":
        n = np.shape(a)[axis]
        indices = indices % n if mode == "wrap" else np.clip(indices, 0, n - 1)
    if type(a) is not Value and type(indices) is not Value:
        return np.take(a, indices, axis=axis)
    return get_item(a, (slice(None),) * axis + (indices[()],))


@composite(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None, out: None = None) -> Any:
    """np.compress."""
    if np.ndim(condition) != 1:
        raise ShapeError(
            "a condition with one axis for compress", describe(condition), "write a[mask] for masks"
        )
    return np.take(a, np.flatnonzero(condition), axis=axis)


@composite(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """np.extract."""
    return np.take(np.ravel(arr), np.flatnonzero(condition))


# What stops a gradient

stop_row = constant(lambda x: x, batch=leading.elementwise, name="stop_gradient")


def stop_gradient(x: Any) -> Any:
    """The same numbers, through which no gradient flows: f(x) = x, f'(x) = 0.

    Of a tuple, list or dict it is that of each item; what is no Value is returned as it is.

    >>> from autograd import Value, grad
    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    if type(x) is not Value:
        return map_leaves(stop_gradient, x) if isinstance(x, tuple | list | dict) else x
    return stop_row(x) if current().replayable else detached(x._data)


value_module.set_item = set_item
value_module.stop_gradient = stop_gradient
value_module.recorded_data = stop_row
value_module.assign_traced = assign_traced

"""In-place operators in a trace: what is a plain array outside of it is written to, as by NumPy.

There `y += 1` changes the array that all names of it share, while of a Value it makes a new one.
Views are snapshots in a trace: what would write through one to its base is refused, except where it
is stored back at once, as `y[i] += 1` is.
"""

from typing import Any

import numpy as np

from autograd.errors import AssignmentError, DTypeError, ShapeError, describe
from autograd.graph import edges, histories
from autograd.journal import Journal, refuse_array
from autograd.op import Kind
from autograd.ops.gather import at
from autograd.ops.index import get_row, is_basic, put_row, stop_row
from autograd.runs import alias
from autograd.value import Value, detached, next_order


def augmented(notes: Journal, v: Value, other: Any, made: Value) -> Value:
    """`v += other`, of which `made` is v + other: a new Value, or `v` with those contents.

    Raises ShapeError and DTypeError where NumPy would not write the result into the array, and
    AssignmentError for a view or for what is older than a `scan`'s step or a `vmap`.
    """
    if not np.ndim(v._data) or not (is_array(notes, v) and is_array(notes, other)):
        return made
    if made.shape != v.shape:
        raise ShapeError(
            f"a result of the array's shape, {v.shape}, for an in-place operator",
            describe(made),
            "write y = y + x, which makes a new array",
        )
    if not np.can_cast(made.dtype, v.dtype, "same_kind"):
        raise DTypeError(
            f"a result that {v.dtype} can hold, for an in-place operator",
            describe(made),
            "write y = y + x, which makes a new array, or begin with y = y.astype(float)",
        )
    if made.dtype != v.dtype:
        made = made.astype(v.dtype)
    if v.order in notes.plain:
        refuse_array(v._data)  # it stands for one from outside
    if v.op is at or (v.op is get_row and is_basic(v.static["index"])):
        notes.borrowed.append((v, made, v.inputs[0]))
        return made
    for x in edges(v):
        if type(x) is Value and np.may_share_memory(x._data, v._data):
            refuse_view(v)
    if v.order < notes.sealed:
        raise AssignmentError(
            "no in-place operator on an array from outside where one run of a function stands for "
            "many, as in a step of scan",
            f"one on {describe(v)}",
            "write y = y + x, and return it",
        )
    _become(notes, v, made)
    return v


def refuse_what_was_not_stored(notes: Journal) -> None:
    """Raise where an in-place operator wrote to a slice that was never put back."""
    for v, made, base in notes.borrowed:
        if not any(_holds(x, v, made) for x in (base, *base.versions)):
            refuse_view(made)


def _holds(x: Value, v: Value, made: Value) -> bool:
    """Whether x is an array into which `made` was put where `v` was taken from."""
    if x.order <= made.order:
        return False
    if x.op is put_row:
        return x._right is made and repr(x.static["index"]) == repr(v.static["index"])
    # With a traced index that is several ops.
    return v.op is at and made.order in histories([x], made.order)


def refuse_view(v: Value) -> None:
    """Raise: an in-place operator on a view."""
    raise AssignmentError(
        "arrays of their own for in-place operators, in a function to compile",
        f"a view of another array, {describe(v)}, which would not be written to",
        "write y[i] += x for a part of y, or y = y + x for a new array",
    )


def _become(notes: Journal, v: Value, made: Value) -> None:
    """`v` is what `made` is, from now on; what was made of it before keeps what it was."""
    notes.note(v)
    old = detached(v._data)
    old.op, old._left, old._right, old.static = v.op, v._left, v._right, v.static
    old.order, old.requires_grad = v.order, v.requires_grad
    if not hasattr(v, "_more"):
        v._more = {}
    v._more.setdefault("versions", []).append(old)
    v._data = made._data
    v.op, v.static = made.op, made.static
    # `made` was computed from what `v` was: no node may be among its own inputs.
    v._left = old if made._left is v else made._left
    v._right = old if made._right is v else made._right
    v.requires_grad = made.requires_grad
    v.order = next_order()


def is_array(notes: Journal, v: Any) -> bool:
    """Whether this is plain outside of the trace: computed from plain arguments alone."""
    known = notes.arrays
    stack = [v]
    while stack:
        x = stack[-1]
        if type(x) is not Value or x.order in known:
            stack.pop()
            continue
        if x.op is None:
            known[x.order] = x.order in notes.plain or x.order in notes.filled
        elif x.op is alias:
            known[x.order] = False
        elif x.op.kind is Kind.CONSTANT and x.op is not stop_row:
            known[x.order] = True
        else:
            # One input that is none decides: most in-place operators are an optimizer's.
            below = (y for y in edges(x) if type(y) is Value)
            open_or_not = next((y for y in below if not known.get(y.order, False)), None)
            if open_or_not is not None and open_or_not.order not in known:
                stack.append(open_or_not)
                continue
            known[x.order] = open_or_not is None
        stack.pop()
    return known[v.order] if type(v) is Value else True

"""The graph is data, and a transform is a sweep over it.

    history(root)                                 the nodes that `root` was made from
    pullback(root, cotangent, wrt, record=False)  descending order, returns {order: cotangent}
    pushforward(root, tangents, record=False)     ascending order, returns the tangent of `root`
    replay(root, substitutions)                   runs the record again on other data

and `Value.backward`, a pullback into `.grad`.
"""

from collections.abc import Mapping
from sys import getrefcount
from typing import Any

import numpy as np

from autograd import value as value_module
from autograd.broadcast import data_of, seed
from autograd.errors import ArgumentError, DTypeError, ShapeError, StaleGraphError, describe
from autograd.forward import pushforward
from autograd.graph import Section, by_order, edges, history, resolve, section
from autograd.journal import Journal, journal
from autograd.modes import current
from autograd.op import apply, component
from autograd.ops.index import stop_gradient
from autograd.reverse import guarded, pull_section, pullback
from autograd.scalar_sweep import backward_floats
from autograd.value import Value, detached

__all__ = [
    "Section",
    "as_cotangent",
    "edges",
    "history",
    "one_like",
    "own",
    "pull_section",
    "pullback",
    "pushforward",
    "replay",
    "resolve",
    "section",
]


def replay(root: Value, substitutions: Mapping[Value | int, Any]) -> Any:
    """What `root` would be with other data in place of some Values, or of those of some orders.

    >>> x = Value(3.0)
    >>> y = x * x + 1.0
    >>> replay(y, {x.order: 5.0})
    26.0
    """
    found = by_order(substitutions)
    for n in history(root):
        if n.order in found:
            continue
        old = edges(n)
        new = [found[x.order] if type(x) is Value else x for x in old]
        if all(x is y for x, y in zip(old, new, strict=True)):
            found[n.order] = n
        elif n.op is component:
            found[n.order] = new[0][n.static["index"]]
        else:
            found[n.order] = apply(n.op, tuple(new), n.static)
    return found[root.order]


class _Every:
    """The orders of all Values."""

    def __contains__(self, order: object) -> bool:
        return True


_EVERY = _Every()


def backward(root: Value, cotangent: Any = None, keep_grads: bool = False) -> None:
    """`Value.backward`."""
    if not root.requires_grad:
        raise ArgumentError(
            "a Value that depends on one with requires_grad=True to go backward from",
            describe(root),
            "make the inputs Values, and compute outside no_grad()",
        )
    if cotangent is None:
        if type(root._data) is float and backward_floats(root):
            return
        cotangent = one_like(root, "backward()")
    else:
        cotangent = as_cotangent(data_of(cotangent), root)
    wanted = _EVERY if keep_grads else None
    found, reached = guarded([root], [cotangent], None, wanted, current().replayable)
    _deposit(found, reached, cotangent)


def one_like(root: Value, what: str) -> Any:
    """The cotangent 1 of a single element; ShapeError where `root` has several."""
    data = root._data
    kind = type(data)
    if kind is float or kind is np.float32 or kind is np.float64:
        return kind(1)
    if data.dtype.kind == "c":
        raise DTypeError(
            f"a real scalar for {what} without a cotangent",
            describe(root),
            "take np.real, np.imag or np.abs of it, or pass a cotangent",
        )
    if data.size != 1:
        raise ShapeError(
            f"a scalar for {what} without a cotangent",
            describe(root),
            "reduce it first, with .sum() or .mean(), or pass a cotangent of its shape; "
            "jacobian gives all derivatives of an array",
        )
    return data.dtype.type(1) if data.ndim == 0 else np.ones_like(data)


def as_cotangent(cotangent: Any, root: Value) -> Any:
    """A cotangent in the shape and dtype of `root`; an error if it has another shape or kind."""
    if np.shape(data_of(cotangent)) != root.shape:
        raise ShapeError(
            f"a cotangent of the output's shape {root.shape}",
            describe(cotangent),
            "pass one number for each element of the output",
        )
    return seed(cotangent, root._data, "cotangent")


def _deposit(found: dict[int, Any], nodes: dict[int, Value], given: Any) -> None:
    """Add the cotangents to `.grad`; no two grads, and no caller's array, share memory."""
    seen = {id(given)}
    notes = journal()
    for order, c in found.items():
        if type(c) is tuple:
            continue
        n = nodes[order]
        if notes is not None:
            _note(notes, n)
        n._grad = own(c, seen) if n._grad is None else n._grad + c
        if notes is not None:
            # Outside of a trace it is an array, through which no gradient flows.
            n._grad = stop_gradient(n._grad)
            notes.gradients.append(n._grad)


def _note(notes: Journal, n: Value) -> None:
    """What a trace has to know before the gradient of `n` changes."""
    if id(n) in notes.copies:
        raise StaleGraphError(
            "a graph recorded after the assignments to what it depends on",
            f"gradients of {describe(n)}, assigned since",
            "go backward before the optimizer's step, and run the forward pass again after it",
        )
    notes.note_grad(n)
    notes.swept.add(id(n))
    if notes.is_from_before(n, n._grad) and type(n._grad) is not Value:
        n._grad = detached(n._grad)
        notes.reads[id(n)] = (n, n._grad)


# For fewer elements a copy takes less time than finding out that none is needed.
_FEW = 4096


def own(c: Any, seen: set[int]) -> Any:
    """`c`, sharing memory with nothing else: a copy if it is a view, or was handed out before."""
    if type(c) is np.ndarray:
        if id(c) in seen or (c.base is not None and not _all_of_its_own(c)):
            return c.copy()
        seen.add(id(c))
    return c


def _all_of_its_own(view: np.ndarray) -> bool:
    """Whether a view has all elements of an array, in order, that nothing else can reach."""
    return (
        view.size >= _FEW
        and type(view.base) is np.ndarray
        and view.base.base is None
        and view.base.size == view.size
        and view.flags.c_contiguous
        and view.flags.writeable
        and _references_to_base(view) == _BY_ITS_VIEW
    )


def _references_to_base(view: np.ndarray) -> int:
    return getrefcount(view.base)


# How many an array has that a view keeps, and nothing else.
_BY_ITS_VIEW = _references_to_base(np.zeros(1)[:])


value_module.backward = backward

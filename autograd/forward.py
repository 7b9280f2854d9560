"""The forward sweep: tangents from the inputs up, by the kind of each op."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd.broadcast import align, data_of, is_finite, unbroadcast
from autograd.graph import by_order, edges, section
from autograd.modes import current, enable_grad
from autograd.op import Kind, Op, apply, component
from autograd.reverse import on_floats, output_of, pullback, without_poles
from autograd.value import Value, leaf


def pushforward(
    root: Value | Sequence[Value], tangents: Mapping[Value | int, Any], record: bool = False
) -> Any:
    """The tangent of `root`: d(root)/d(inputs) · tangents.

    The tangents are given by the inputs, or by the orders they had. None where `root` does not
    depend on them; a list for a sequence of roots.

    >>> x = Value(3.0)
    >>> pushforward(x * x, {x.order: 1.0})
    6.0
    """
    roots = [root] if isinstance(root, Value) else root
    record = record or current().replayable
    found = by_order(tangents)
    nodes = section(roots, found).nodes
    with np.errstate(all="ignore"):
        for order in reversed(nodes):
            if order not in found:
                n = nodes[order]
                inputs = edges(n)
                moving = [found.get(x.order) if type(x) is Value else None for x in inputs]
                tangent = tangent_of(n, inputs, moving, record)
                if tangent is not None:
                    found[order] = (
                        tangent if isinstance(tangent, tuple) else align(tangent, n._data)
                    )
    results = [found.get(r.order) for r in roots]
    return results[0] if isinstance(root, Value) else results


def tangent_of(n: Value, inputs: list[Any], moving: list[Any], record: bool) -> Any:
    """The tangent of one node, from those of its inputs, by the kind of its op."""
    op = n.op
    y = output_of(n, record)
    arguments = inputs if record else [data_of(x) for x in inputs]
    static = n.static
    if op is component:
        return moving[0][static["index"]]
    if op.tangent is not None:
        return op.tangent(moving, y, *arguments, **static)
    total = None
    if op.kind is Kind.ELEMENTWISE:
        for rule, t in zip(op.rules, moving, strict=True):
            if t is not None and rule is not None:
                part = without_poles_unless_finite(on_floats(rule, t, y, arguments, static), t, op)
                total = part if total is None else total + part
        return total
    if op.kind is Kind.LINEAR:
        static = {key: x for key, x in static.items() if key not in op.affine}
        zeros = zip(moving, arguments, strict=True)
        moved = [np.zeros_like(data_of(x)) if t is None else t for t, x in zeros]
        return apply(op, tuple(moved), static)
    if op.kind is Kind.MULTILINEAR:
        for i, t in enumerate(moving):
            if t is not None:
                part = apply(op, (*arguments[:i], t, *arguments[i + 1 :]), static)
                total = part if total is None else total + part
        return total
    if op.kind is Kind.GENERAL:
        return _transposed(n, op, arguments, moving, y, record)
    return None


def without_poles_unless_finite(c: Any, t: Any, op: Op) -> Any:
    """The guard of `without_poles` in forward mode, where one look decides whether it is needed."""
    if current().replayable:
        return without_poles(c, t) if op.pole else c
    return c if is_finite(c) else without_poles(c, t)


def _transposed(
    n: Value, op: Op, arguments: Sequence[Any], moving: list[Any], y: Any, record: bool
) -> Any:
    """J · t for a rule g -> g · J, which is linear in g: the pullback of the rule itself."""
    with enable_grad():
        several = isinstance(n._data, tuple)
        dummies = [leaf(np.zeros_like(part)) for part in (n._data if several else [n._data])]
        g = tuple(dummies) if several else dummies[0]
        needed = [t is not None for t in moving]
        if op.joint is not None:
            results = op.joint(needed, g, y, *arguments, **n.static)
        else:
            pairs = zip(op.rules, needed, strict=True)
            results = [r(g, y, *arguments, **n.static) if r and w else None for r, w in pairs]
        columns = [
            (unbroadcast(c, data_of(x)), t)
            for c, x, t in zip(results, arguments, moving, strict=True)
            if t is not None and type(c) is Value
        ]
        found = pullback([c for c, _ in columns], [t for _, t in columns], dummies, record)
    parts = [found.get(d.order, np.zeros_like(d._data)) for d in dummies]
    return tuple(parts) if several else parts[0]

"""The graph is data, and a transform is a sweep over it.

    history(root)                                 the nodes that `root` was made from
    pullback(root, cotangent, wrt, record=False)  descending order, returns {order: cotangent}
    pushforward(root, tangents, record=False)     ascending order, returns the tangent of `root`
    replay(root, substitutions)                   runs the record again on other data

Creation order is a topological order, so a sweep collects the reachable nodes and sorts them by it;
nothing here recurses over the graph.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from autograd import value as value_module
from autograd.broadcast import align, data_of, match, unbroadcast
from autograd.errors import (
    ArgumentError,
    DTypeError,
    NonFiniteWarning,
    ShapeError,
    StaleGraphError,
    describe,
)
from autograd.modes import current, enable_grad
from autograd.op import Kind, Op, apply, component, refuse_nan
from autograd.scalar_sweep import backward_floats
from autograd.value import ABSENT, MANY, NO_STATIC, Value, leaf


def resolve(x: Value, order: int) -> Value:
    """What `x` was when the node of this order was made.

    An edge from node n to x means x if x is older than n, else the newest version of x that is.
    Raises StaleGraphError where there is none: `x` was assigned after the graph was recorded.
    """
    if x.order < order:
        return x
    older = [version for version in x.versions if version.order < order]
    if older:
        return older[-1]
    raise StaleGraphError(
        "the data that this graph was recorded with",
        f"a Value assigned since: {describe(x)}",
        "run the forward pass again after an assignment, and take gradients before the next one",
    )


def edges(n: Value) -> list[Any]:
    """The inputs of a node as it saw them: Values resolved to their versions, constants as given."""
    return [resolve(x, n.order) if type(x) is Value else x for x in n.inputs]


def history(root: Value, since: int = 0) -> list[Value]:
    """Every Value that `root` was made from, itself included, oldest first; none before `since`.

    >>> x = Value(2.0)
    >>> [v.data for v in history(x * 3.0 + x)]
    [2.0, 6.0, 8.0]
    """
    nodes = {root.order: root}
    stack = [root]
    while stack:
        n = stack.pop()
        for x in n.inputs:
            if type(x) is Value:
                x = resolve(x, n.order)
                order = x.order
                if order >= since and order not in nodes:
                    nodes[order] = x
                    if x.op is not None:
                        stack.append(x)
    return [nodes[order] for order in sorted(nodes)]


class Section(NamedTuple):
    """The part of a graph between roots and the Values that they are differentiated by.

    nodes      by order, newest first; each requires a gradient.
    outside    whether the roots depend on a Value older than all of those as well.
    """

    nodes: dict[int, Value]
    outside: bool


def _differentiable(roots: Iterable[Value], since: int = 0) -> Section:
    """The part of the history that requires a gradient and is not older than `since`."""
    nodes = {root.order: root for root in roots if root.requires_grad and root.order >= since}
    stack = list(nodes.values())
    outside = False
    while stack:
        n = stack.pop()
        order = n.order
        right = n._right
        for x in n._left if right is MANY else (n._left, right):
            if type(x) is Value:
                if x.order > order:
                    x = resolve(x, order)
                if x.requires_grad:
                    o = x.order
                    if o < since:
                        outside = True
                    elif o not in nodes:
                        nodes[o] = x
                        if x.op is not None:
                            stack.append(x)
    return Section({order: nodes[order] for order in sorted(nodes, reverse=True)}, outside)


def section(roots: Iterable[Value], wrt: Iterable[int]) -> Section:
    """What lies between `roots` and the Values of the orders `wrt`, both included."""
    active = set(wrt)
    if not active:
        return Section({}, False)
    nodes, outside = _differentiable(roots, min(active))
    for order in reversed(nodes):
        if order not in active:
            n = nodes[order]
            for x in n.inputs:
                if type(x) is Value:
                    if x.order > order:
                        x = resolve(x, order)
                    if x.order in active:
                        active.add(order)
                        break
    return Section({order: n for order, n in nodes.items() if order in active}, outside)


# Reverse


def pullback(
    root: Value | Sequence[Value],
    cotangent: Any,
    wrt: Iterable[Value | int],
    record: bool = False,
) -> dict[int, Any]:
    """The cotangents of `wrt`, by order: cotangent · d(root)/d(wrt).

    `wrt` are Values, or the orders they had; several roots come with as many cotangents. What the
    root does not depend on is missing from the result. With `record`, the rules run on Values, so
    that the result has a history of its own.

    >>> x = Value(3.0)
    >>> pullback(x * x, 1.0, [x])[x.order]
    6.0
    """
    roots, cotangents = ([root], [cotangent]) if isinstance(root, Value) else (root, cotangent)
    wanted = {x.order if isinstance(x, Value) else x for x in wrt}
    return pull_section(section(roots, wanted).nodes, roots, cotangents, wanted, record)


def pull_section(
    nodes: dict[int, Value],
    roots: Sequence[Value],
    cotangents: Sequence[Any],
    wanted: set[int],
    record: bool,
) -> dict[int, Any]:
    """The pullback over a section found before: many pullbacks may share one."""
    found = _guarded(roots, cotangents, nodes, wanted, record)
    return {order: c for order, c in found.items() if order in wanted}


def _guarded(
    roots: Sequence[Value],
    cotangents: Sequence[Any],
    nodes: dict[int, Value],
    wanted: set[int] | None,
    record: bool,
) -> dict[int, Any]:
    """The sweep, and once more with the guard where a result is not finite."""
    if current().replayable:
        return _sweep(roots, cotangents, nodes, wanted, True, True)
    # NumPy would warn of the infinities that the guard is about to remove.
    with np.errstate(all="ignore"):
        found = _sweep(roots, cotangents, nodes, wanted, record, False)
        for order, c in found.items():
            if not _is_finite(c) and (wanted is None or order in wanted):
                found = _sweep(roots, cotangents, nodes, wanted, record, True)
                _warn_of_nan(found, cotangents)
                break
    return found


def _is_finite(c: Any) -> bool:
    """Whether all of `c` is finite; may say no to very large numbers, which costs a second sweep."""
    if type(c) is float:
        return isfinite(c)
    if isinstance(c, tuple):
        return all(_is_finite(part) for part in c if part is not None)
    c = data_of(c)
    return isfinite(abs(np.vdot(c, c)))


def _warn_of_nan(found: dict[int, Any], given: Sequence[Any]) -> None:
    raw = [data_of(c) for c in found.values() if not isinstance(c, tuple)]
    if any(np.isnan(c).any() for c in raw) and not any(np.isnan(data_of(c)).any() for c in given):
        warnings.warn(
            "a gradient is NaN; autograd.detect_anomaly() names the op that makes it",
            NonFiniteWarning,
            stacklevel=4,
        )


def _sweep(
    roots: Sequence[Value],
    seeds: Sequence[Any],
    nodes: dict[int, Value],
    wanted: set[int] | None,
    record: bool,
    guard: bool,
) -> dict[int, Any]:
    """Cotangents by order, from the roots down; those of arrays between, if not wanted, are dropped."""
    cotangents: dict[int, Any] = {}
    arrived = cotangents.get
    owned: set[int] = set()  # sums made here, which may be added to in place
    plainly = not (record or guard or current().anomaly)

    def deliver(x: Value, c: Any) -> None:
        """Add `c` to the cotangent of `x`, in its shape and dtype."""
        data = x._data
        kind = type(c)
        if kind is np.ndarray is type(data):
            if c.dtype is not data.dtype or c.shape != data.shape:
                c = unbroadcast(c, data)
        elif kind is not tuple and not (kind is float is type(data)):
            c = unbroadcast(c, data)
        order = x.order
        previous = arrived(order)
        if previous is None:
            cotangents[order] = c
        elif order in owned:
            previous += c
        elif kind is tuple:
            cotangents[order] = _add_tuples(previous, c)
        else:
            cotangents[order] = total = previous + c
            if type(total) is np.ndarray:
                owned.add(order)

    for root, seed in zip(roots, seeds, strict=True):
        if root.order in nodes:
            deliver(root, seed)
    for order, n in nodes.items():
        op = n.op
        g = arrived(order)
        if op is None or g is None:
            continue
        if type(g) is not float if wanted is None else order not in wanted:
            del cotangents[order]
        left = n._left
        right = n._right
        if not plainly or right is MANY or op.joint is not None or n.static or type(g) is float:
            for x, c in _contributions(n, g, nodes, record, guard):
                deliver(x, c)
            continue
        # The same for one and two arguments of raw arrays, unrolled: this is where the time goes.
        if type(left) is Value:
            if left.order > order:
                left = resolve(left, order)
            a = left._data
        else:
            a = left
        if right is ABSENT:
            deliver(left, op.rules[0](g, n._data, a))
            continue
        if type(right) is Value:
            if right.order > order:
                right = resolve(right, order)
            b = right._data
        else:
            b = right
        to_left, to_right = op.rules
        if to_left is not None and type(left) is Value and left.order in nodes:
            deliver(left, to_left(g, n._data, a, b))
        if to_right is not None and type(right) is Value and right.order in nodes:
            deliver(right, to_right(g, n._data, a, b))
    return cotangents


def _contributions(
    n: Value, g: Any, nodes: Mapping[int, Value], record: bool, guard: bool
) -> Iterator[tuple[Value, Any]]:
    """What each differentiable input of `n` receives of its cotangent `g`."""
    op = n.op
    inputs = edges(n)
    y = _output(n, record)
    if type(g) is tuple:
        g = tuple(
            np.zeros_like(part) if h is None else h for h, part in zip(g, n._data, strict=True)
        )
    arguments = inputs if record else [data_of(x) for x in inputs]
    needed = [type(x) is Value and x.requires_grad and x.order in nodes for x in inputs]
    if op.joint is not None:
        results = op.joint(needed, g, y, *arguments, **n.static)
    else:
        rules = zip(op.rules, needed, strict=True)
        results = (
            _on_floats(rule, g, y, arguments, n.static) if rule is not None and wanted else None
            for rule, wanted in rules
        )
    guard = guard and op.kind is Kind.ELEMENTWISE and (op.pole or not current().replayable)
    for x, c, wanted in zip(inputs, results, needed, strict=True):
        if wanted and c is not None:
            if guard:
                c = without_poles(c, g)
            if current().anomaly:
                refuse_nan(op, c, (g, *arguments))
            yield x, c


def _output(n: Value, record: bool) -> Any:
    """The output that a rule reads: raw, or the Value; for several outputs their tuple."""
    if not record:
        return n._data
    if type(n._data) is tuple or isinstance(n._data, tuple):
        return tuple(apply(component, (n,), {"index": i}) for i in range(len(n._data)))
    return n


def _on_floats(
    rule: Callable[..., Any], g: Any, y: Any, arguments: Sequence[Any], static: Mapping[str, Any]
) -> Any:
    """The rule; where Python's floats raise or turn complex, what NumPy's float64 give."""
    try:
        c = rule(g, y, *arguments, **static)
    except (ArithmeticError, ValueError):
        if type(data_of(g)) is not float:
            raise
    else:
        if type(c) is not complex:
            return c
    arguments = [_in_numpy(x) for x in arguments]
    return rule(_in_numpy(g), _in_numpy(y), *arguments, **static)


def _in_numpy(x: Any) -> Any:
    return np.float64(x) if type(x) is float else x


def without_poles(c: Any, g: Any) -> Any:
    """`c`, but 0 where it is not finite and its cotangent `g` is exactly 0.

    A branch that `np.where` masks has cotangent 0, and its pole must not turn that into 0 · inf = NaN.

    >>> without_poles(np.array([np.nan, np.inf, 2.0]), np.array([0.0, 1.0, 0.0]))
    array([ 0., inf,  2.])
    """
    keep = np.isfinite(c) | (g != 0)
    if type(keep) is not Value and np.all(keep):
        return c
    return np.where(keep, c, 0.0)


def _add_tuples(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        x if y is None else y if x is None else x + y for x, y in zip(a, b, strict=True)
    )


# Backward: a pullback into `.grad`


def backward(root: Value, cotangent: Any = None, keep_grads: bool = False) -> None:
    """`Value.backward`."""
    if not root.requires_grad:
        raise ArgumentError(
            "a Value that depends on one with requires_grad=True to go backward from",
            describe(root),
            "make the inputs Values, and compute outside no_grad()",
        )
    if cotangent is None:
        if backward_floats(root):
            return
        cotangent = one_like(root, "backward()")
    else:
        cotangent = as_cotangent(data_of(cotangent), root)
    nodes = _differentiable([root]).nodes
    wanted = set(nodes) if keep_grads else None
    found = _guarded([root], [cotangent], nodes, wanted, False)
    _deposit(found, nodes, cotangent)


def one_like(root: Value, what: str) -> Any:
    """The cotangent 1 of a single element; ShapeError where `root` has several."""
    data = root._data
    if type(data) is float:
        return 1.0
    if data.dtype.kind == "c":
        raise DTypeError(
            f"a real scalar for {what} without a cotangent",
            describe(root),
            "take np.real, np.imag or np.abs of it, or pass a cotangent; holomorphic_grad "
            "differentiates a holomorphic function",
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
    """A cotangent in the shape and dtype of `root`; ShapeError if it has another shape."""
    if np.shape(data_of(cotangent)) != root.shape:
        raise ShapeError(
            f"a cotangent of the output's shape {root.shape}",
            describe(cotangent),
            "pass one number for each element of the output",
        )
    if type(cotangent) is list or type(cotangent) is tuple:
        cotangent = np.asarray(cotangent)
    return match(cotangent, root._data)


def _deposit(found: dict[int, Any], nodes: dict[int, Value], given: Any) -> None:
    """Add the cotangents to `.grad`; no two grads, and no caller's array, share memory."""
    seen = {id(given)}
    for order, c in found.items():
        n = nodes[order]
        if not isinstance(c, tuple):
            n.grad = own(c, seen) if n.grad is None else n.grad + c


def own(c: Any, seen: set[int]) -> Any:
    """A cotangent that shares memory with nothing else: a copy of a view, or of one handed out before."""
    if type(c) is np.ndarray:
        if c.base is not None or id(c) in seen:
            return c.copy()
        seen.add(id(c))
    return c


# Forward


def pushforward(
    root: Value | Sequence[Value], tangents: Mapping[int, Any], record: bool = False
) -> Any:
    """The tangent of `root`: d(root)/d(inputs) · tangents, which are given by the inputs' orders.

    None where `root` does not depend on them; a list for a sequence of roots.

    >>> x = Value(3.0)
    >>> pushforward(x * x, {x.order: 1.0})
    6.0
    """
    roots = [root] if isinstance(root, Value) else root
    record = record or current().replayable
    nodes = section(roots, tangents).nodes
    with np.errstate(all="ignore"):
        found: dict[int, Any] = dict(tangents)
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
    y = _output(n, record)
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
                part = without_poles_unless_finite(
                    _on_floats(rule, t, y, arguments, static), t, op
                )
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
    return c if _is_finite(c) else without_poles(c, t)


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


# Again, on other data


def replay(root: Value, substitutions: Mapping[int, Any]) -> Any:
    """What `root` would be with other data in place of the Values of the given orders.

    >>> x = Value(3.0)
    >>> y = x * x + 1.0
    >>> replay(y, {x.order: 5.0})
    26.0
    """
    found: dict[int, Any] = dict(substitutions)
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


value_module.backward = backward

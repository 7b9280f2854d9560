"""The forward sweep: tangents from the inputs up, by the kind of each op."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd.broadcast import align, data_of, is_finite, seed, unbroadcast
from autograd.graph import by_order, edges, resolve, section
from autograd.modes import current, enable_grad
from autograd.op import Kind, Op, apply, component
from autograd.poles import on_floats, without_poles, zeros_win
from autograd.reverse import output_of, pullback
from autograd.value import ABSENT, MANY, Value, leaf
from autograd.wording import explain_rule

# Looking a member up in its Enum costs as much as a small sum.
_ELEMENTWISE, _LINEAR, _MULTILINEAR = Kind.ELEMENTWISE, Kind.LINEAR, Kind.MULTILINEAR

# Up to here, finding which tangents to drop costs more than keeping as many as there are nodes.
_FEW = 64


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
    found = by_order(tangents)
    nodes = section(roots, found).nodes
    for order in found.keys() & nodes.keys():
        found[order] = seed(found[order], nodes[order]._data, "tangent")
    results = push_section(nodes, roots, found, record or current().replayable)
    return results[0] if isinstance(root, Value) else results


@np.errstate(all="ignore")  # as in reverse mode
def push_section(
    nodes: dict[int, Value], roots: Sequence[Value], tangents: Mapping[int, Any], record: bool
) -> list[Any]:
    """The pushforward over a section found before: many pushforwards may share one."""
    traced = current().replayable
    results = _sweep(nodes, roots, tangents, record, traced)
    for t in results:
        if not traced and t is not None and not is_finite(t):
            # The guard comes with a second sweep, where the first one needs it.
            return _sweep(nodes, roots, tangents, record, True)
    return results


def _sweep(
    nodes: dict[int, Value],
    roots: Sequence[Value],
    given: Mapping[int, Any],
    record: bool,
    guard: bool,
) -> list[Any]:
    """Tangents by order, oldest first; in a long record, one not needed any more is dropped."""
    found = dict(given)
    get = found.get
    plainly = not (record or guard)
    done = _last_uses(nodes, roots) if len(nodes) > _FEW else {}
    array = np.ndarray
    n = None
    try:
        for order, n in nodes.items():
            if order not in found:
                z: Any = n._data
                x, y = n._left, n._right
                tangent: Any = MANY
                # One and two inputs, as in most nodes, take the short way; floats may raise.
                if plainly and y is not MANY and type(n._data) is not float:
                    s = t = None
                    if type(x) is Value:
                        if x.order >= order:
                            x = resolve(x, order)
                        s, x = get(x.order), x._data
                    if type(y) is Value:
                        if y.order >= order:
                            y = resolve(y, order)
                        t, y = get(y.order), y._data
                    tangent = None if s is None is t else _of_few(n, z, x, y, s, t)
                if tangent is MANY:
                    tangent = _tangent(n, found, record, guard)
                kind = type(tangent)
                same = kind is array is type(z) and tangent.dtype is z.dtype
                if same and tangent.shape == z.shape:
                    found[order] = tangent
                elif tangent is not None:
                    found[order] = tangent if kind is tuple else align(tangent, z)
            if done:
                for old in done.get(order, ()):
                    found.pop(old, None)
    except (TypeError, ValueError, AttributeError) as error:
        explain_rule(n, error)
    return [get(r.order) for r in roots]


def _last_uses(nodes: dict[int, Value], roots: Sequence[Value]) -> dict[int, list[int]]:
    """By the order of a node, the inputs that no newer one has; the roots are never done with."""
    seen = {root.order for root in roots}
    done: dict[int, list[int]] = {}
    for order, n in reversed(nodes.items()):
        right = n._right
        for x in n._left if right is MANY else (n._left, right):
            if type(x) is Value:
                used = (x if x.order < order else resolve(x, order)).order
                if used not in seen:
                    seen.add(used)
                    done.setdefault(order, []).append(used)
    return done


def _of_few(n: Value, z: Any, x: Any, y: Any, s: Any, t: Any) -> Any:
    """`tangent_of` for one or two inputs, of which one moves, unguarded; MANY: it is too hard."""
    op, static = n.op, n.static
    kind, rules = op.kind, op.rules
    if op.tangent is not None:
        if y is ABSENT:
            return op.tangent([s], z, x, **static)
        return op.tangent([s, t], z, x, y, **static)
    if y is ABSENT:
        if kind is _ELEMENTWISE:
            return rules[0](s, z, x, **static) if rules[0] else None
        return op.function(s, **static) if kind is _LINEAR and not (op.affine and static) else MANY
    if kind is _ELEMENTWISE:
        left = rules[0](s, z, x, y, **static) if s is not None and rules[0] else None
        right = rules[1](t, z, x, y, **static) if t is not None and rules[1] else None
    elif kind is _MULTILINEAR:
        function = op.shorter or op.function
        left = function(s, y, **static) if s is not None else None
        right = function(x, t, **static) if t is not None else None
    else:
        return MANY
    if left is None:
        return right
    return left if right is None else _plus(left, right, left is not s and left is not t)


def _tangent(n: Value, found: Mapping[int, Any], record: bool, guard: bool) -> Any:
    """The tangent of any node, from those `found` of its inputs."""
    inputs = edges(n)
    moving = [found.get(x.order) if type(x) is Value else None for x in inputs]
    return tangent_of(n, inputs, moving, record, guard)


def tangent_of(
    n: Value, inputs: Sequence[Any], moving: list[Any], record: bool, guard: bool
) -> Any:
    """The tangent of one node, from those of its inputs, by the kind of its op."""
    op = n.op
    y = output_of(n, record)
    arguments = inputs if record else [data_of(x) for x in inputs]
    static = n.static
    if op is component:
        return None if moving[0] is None else moving[0][static["index"]]
    if all(t is None for t in moving):
        return None
    if op.tangent is not None:
        return op.tangent(moving, y, *arguments, **static)
    total = None
    if op.kind is Kind.ELEMENTWISE:
        guard = guard and (op.pole or not current().replayable)
        for rule, t in zip(op.rules, moving, strict=True):
            if t is not None and rule is not None:
                part = on_floats(rule, t, y, arguments, static)
                if guard:
                    part = without_poles(part, t)
                    part = zeros_win(part, t, rule, y, arguments, static)
                own = not any(total is given for given in moving)
                total = part if total is None else _plus(total, part, own)
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
                own = not any(total is given for given in moving)
                total = part if total is None else _plus(total, part, own)
        return total
    if op.kind is Kind.GENERAL:
        return _transposed(n, op, arguments, moving, y, record)
    return None


def _plus(total: Any, part: Any, own: bool) -> Any:
    """total + part, into `total` where that is our `own` array: new memory is what costs."""
    if (
        own
        and type(total) is np.ndarray is type(part)
        and total.base is None
        and total.dtype is part.dtype
        and total.shape == part.shape
    ):
        total += part
        return total
    return total + part


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

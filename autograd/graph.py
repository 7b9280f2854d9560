"""The record of a computation, read as a graph: what a Value was made from, oldest first.

Creation order is a topological order, so the nodes that are reachable are collected and sorted by
it; nothing here recurses over the graph.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from autograd.errors import StaleGraphError, describe
from autograd.value import ABSENT, MANY, Value


def resolve(x: Value, order: int) -> Value:
    """What `x` was when the node of this order was made.

    An edge from node n to x means x if x is older than n, else the newest version of x that is.
    Raises StaleGraphError where there is none: `x` was assigned after the graph was recorded.
    """
    if x.order < order:
        return x
    versions = x.versions
    count = bisect_left(versions, order, key=attrgetter("order"))
    if count:
        newest = versions[count - 1]
        if not any(newest.order < lost < order for lost in x.lost):
            return newest
    raise StaleGraphError(
        "the data that this graph was recorded with",
        f"a Value assigned since: {describe(x)}",
        "run the forward pass again after an assignment, and take gradients before the next one",
    )


def by_order(given: Mapping[Value | int, Any]) -> dict[int, Any]:
    """A mapping whose keys are Values, or the orders they had, with orders as keys.

    >>> x = Value(1.0)
    >>> by_order({x: 5.0}) == {x.order: 5.0}
    True
    """
    return {key.order if isinstance(key, Value) else key: x for key, x in given.items()}


def edges(n: Value) -> Sequence[Any]:
    """The inputs of a node as it saw them: Values by their versions, constants as given."""
    order, right = n.order, n._right
    inputs = n._left if right is MANY else (n._left,) if right is ABSENT else (n._left, right)
    for x in inputs:
        if type(x) is Value and x.order >= order:
            return [resolve(x, order) if type(x) is Value else x for x in inputs]
    return inputs


def history(root: Value, since: int = 0) -> list[Value]:
    """Every Value that `root` was made from, itself included, oldest first; none before `since`.

    >>> x = Value(2.0)
    >>> [v.data for v in history(x * 3.0 + x)]
    [2.0, 6.0, 8.0]
    """
    return list(histories([root], since).values())


def histories(roots: Iterable[Value], since: int = 0) -> dict[int, Value]:
    """Every Value that any of the roots was made from, by order: each is met once.

    >>> x = Value(2.0)
    >>> [v.data for v in histories([x * 3.0, x + 1.0]).values()]
    [2.0, 6.0, 3.0]
    """
    nodes = {root.order: root for root in roots}
    stack = list(nodes.values())
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
    return {order: nodes[order] for order in sorted(nodes)}


def sources(roots: Iterable[Value], since: int) -> list[Value]:
    """The Values older than `since` that the roots were made from by what is not.

    >>> x = Value(2.0)
    >>> y = x * 3.0
    >>> [v.data for v in sources([y * x], y.order)], [v.data for v in sources([y], y.order + 1)]
    ([2.0], [6.0])
    """
    roots = list(roots)
    found = {root.order: root for root in roots if root.order < since}
    recent = [root for root in roots if root.order >= since]
    for n in histories(recent, since).values():
        for x in edges(n):
            if type(x) is Value and x.order < since:
                found[x.order] = x
    return list(found.values())


class Section(NamedTuple):
    """The part of a graph between roots and the Values that they are differentiated by.

    nodes      by order, oldest first; each requires a gradient.
    outside    whether the roots depend on a Value older than all of those as well.
    """

    nodes: dict[int, Value]
    outside: bool


def differentiable(roots: Iterable[Value], since: int = 0) -> Section:
    """The part of the history that requires a gradient and is not older than `since`."""
    nodes = {root.order: root for root in roots if root.requires_grad and root.order >= since}
    stack = list(nodes.values())
    outside = False
    while stack:
        n = stack.pop()
        order, right = n.order, n._right
        for x in n._left if right is MANY else (n._left, right):
            if type(x) is Value:
                o = x.order
                if o >= order:
                    x = resolve(x, order)
                    o = x.order
                if x.requires_grad:
                    if o < since:
                        outside = True
                    elif o not in nodes:
                        nodes[o] = x
                        if x.op is not None:
                            stack.append(x)
    return Section({order: nodes[order] for order in sorted(nodes)}, outside)


def section(roots: Iterable[Value], wrt: Iterable[int]) -> Section:
    """What lies between `roots` and the Values of the orders `wrt`, both included."""
    wrt = set(wrt)
    if not wrt:
        return Section({}, False)
    nodes, outside = differentiable(roots, min(wrt))
    return Section(depending(nodes, wrt), outside)


def depending(nodes: dict[int, Value], wrt: Iterable[int]) -> dict[int, Value]:
    """Those of `nodes`, oldest first, that are or depend on the Values of the orders `wrt`."""
    active = set(wrt)
    for order, n in nodes.items():
        if order not in active:
            right = n._right
            for x in n._left if right is MANY else (n._left, right):
                if type(x) is Value:
                    if x.order >= order:
                        x = resolve(x, order)
                    if x.order in active:
                        active.add(order)
                        break
    return {order: n for order, n in nodes.items() if order in active}

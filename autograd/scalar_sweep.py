"""The sweep of a graph of Python floats, in which `.grad` itself is the place to add up.

It uses the same rules as the general sweep, which takes over wherever this one cannot go on.
"""

from math import isfinite

from autograd.modes import EAGER, current
from autograd.value import ABSENT, MANY, Value


def backward_floats(root: Value) -> bool:
    """Add d(root)/d(node) to the `.grad` of every node; False, and nothing changed, if it cannot.

    It cannot where a node is no Python float, was gone backward from before, is stale, or where a
    rule leaves the finite numbers.
    """
    if type(root._data) is not float or root.op is None or current() is not EAGER:
        return False
    nodes = {root.order: root}
    leaves: list[tuple[Value, float]] = []
    stack = [root]
    pop = stack.pop
    push = stack.append
    if root._grad != 0.0:
        return False
    while stack:
        n = pop()
        order = n.order
        x = n._left
        y = n._right
        if y is MANY or not n.op.rules or (n.static and y is not ABSENT):
            return False
        # The same for both inputs, unrolled: half of the time of a scalar program goes here.
        if type(x) is Value:
            o = x.order
            if o > order:
                return False
            if o not in nodes and x.requires_grad:
                if type(x._data) is not float:
                    return False
                nodes[o] = x
                if x.op is None:
                    leaves.append((x, x._grad))
                elif x._grad != 0.0:
                    return False
                else:
                    push(x)
        if type(y) is Value:
            o = y.order
            if o > order:
                return False
            if o not in nodes and y.requires_grad:
                if type(y._data) is not float:
                    return False
                nodes[o] = y
                if y.op is None:
                    leaves.append((y, y._grad))
                elif y._grad != 0.0:
                    return False
                else:
                    push(y)
    root._grad = 1.0
    try:
        for order in sorted(nodes, reverse=True):
            n = nodes[order]
            op = n.op
            if op is None:
                continue
            g = n._grad
            x = n._left
            y = n._right
            if y is ABSENT:
                rule = op.rules[0]
                static = n.static
                x._grad += (
                    rule(g, n._data, x._data, **static) if static else rule(g, n._data, x._data)
                )
            elif type(x) is Value:
                a = x._data
                if type(y) is Value:
                    b = y._data
                    to_x, to_y = op.rules
                    if y.requires_grad:
                        y._grad += to_y(g, n._data, a, b)
                    if x.requires_grad:
                        x._grad += to_x(g, n._data, a, b)
                elif x.requires_grad:
                    x._grad += op.rules[0](g, n._data, a, y)
            elif y.requires_grad:
                y._grad += op.rules[1](g, n._data, x, y._data)
    except (ArithmeticError, ValueError, TypeError):
        _undo(nodes, leaves)
        return False
    for x, _ in leaves:
        if type(x._grad) is not float or not isfinite(x._grad):
            _undo(nodes, leaves)
            return False
    return True


def _undo(nodes: dict[int, Value], leaves: list[tuple[Value, float]]) -> None:
    for n in nodes.values():
        n._grad = 0.0
    for x, before in leaves:
        x._grad = before

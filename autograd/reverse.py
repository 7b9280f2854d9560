"""The reverse sweep: cotangents from the roots down, by the rules of each op."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from autograd.broadcast import are_finite, data_of, is_finite, seed, unbroadcast
from autograd.errors import NonFiniteWarning
from autograd.graph import differentiable, edges, resolve, section
from autograd.modes import current
from autograd.op import Kind, apply, component
from autograd.ops.index import get_row, is_basic, scatter
from autograd.ops.reduce import spread
from autograd.poles import (
    begins_mask,
    hands_down,
    has_pole,
    is_root,
    is_sum,
    keeps_mask,
    keeps_zeros,
    on_floats,
    reduction,
    without_poles,
    zeros_win,
)
from autograd.value import ABSENT, MANY, Value
from autograd.wording import explain_rule, refuse_nan, warn

# Cotangents that take the longer way: floats may leave Python's range, and of several outputs those
# that nothing used are filled in.
_BESIDE = (float, list, tuple)


def pullback(
    root: Value | Sequence[Value],
    cotangent: Any,
    wrt: Value | Iterable[Value | int],
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
    cotangents = [
        c if isinstance(c, tuple) else seed(c, root._data, "cotangent")
        for c, root in zip(cotangents, roots, strict=True)
    ]
    wrt = [wrt] if isinstance(wrt, Value) else wrt
    wanted = {x.order if isinstance(x, Value) else x for x in wrt}
    if any(order > root.order for order in wanted for root in roots):
        differentiable(roots)  # raises where a Value is newer because it was assigned since
    record = record or current().replayable
    return pull_section(section(roots, wanted).nodes, roots, cotangents, wanted, record)


def pull_section(
    nodes: Mapping[int, Value],
    roots: Sequence[Value],
    cotangents: Sequence[Any],
    wanted: Container[int],
    record: bool,
) -> dict[int, Any]:
    """The pullback over a section found before: many pullbacks may share one."""
    found, _ = guarded(roots, cotangents, nodes, wanted, record)
    return {order: c for order, c in found.items() if order in wanted}


def guarded(
    roots: Sequence[Value],
    cotangents: Sequence[Any],
    within: Container[int] | None,
    wanted: Container[int] | None,
    record: bool,
    since: int = 0,
) -> tuple[dict[int, Any], dict[int, Value]]:
    """The sweep, and once more with the guard where a result is not finite."""
    mode = current()
    if mode.replayable or mode.anomaly:
        return _sweep(roots, cotangents, within, wanted, record, True, since)
    found, reached, finite = _quietly(roots, cotangents, within, wanted, record, since)
    if not finite:
        _warn_of_nan(found, cotangents)
    return found, reached


@np.errstate(all="ignore")  # NumPy would warn of the infinities that the guard is about to remove.
def _quietly(
    roots: Sequence[Value],
    cotangents: Sequence[Any],
    within: Container[int] | None,
    wanted: Container[int] | None,
    record: bool,
    since: int,
) -> tuple[dict[int, Any], dict[int, Value], bool]:
    found, reached = _sweep(roots, cotangents, within, wanted, record, False, since)
    if not are_finite(found.values()):
        for order, c in found.items():
            if not is_finite(c) and (wanted is None or order in wanted):
                return *_sweep(roots, cotangents, within, wanted, record, True, since), False
    return found, reached, True


def _warn_of_nan(found: dict[int, Any], given: Sequence[Any]) -> None:
    raw = [data_of(c) for c in found.values() if not isinstance(c, tuple)]
    if any(np.isnan(c).any() for c in raw) and not any(np.isnan(data_of(c)).any() for c in given):
        warn(
            "a gradient is NaN; autograd.detect_anomaly() names the op that makes it",
            NonFiniteWarning,
        )


def _sweep(
    roots: Sequence[Value],
    seeds: Sequence[Any],
    within: Container[int] | None,
    wanted: Container[int] | None,
    record: bool,
    guard: bool,
    since: int,
) -> tuple[dict[int, Any], dict[int, Value]]:
    """Cotangents, and the nodes they reached, by order, from the roots down.

    The newest node that has a cotangent comes next: what was made from it is newer, and done.
    Only nodes `within` these orders count, all if None; one older than `since` is an end.
    Cotangents of arrays between the roots and the leaves are dropped unless they are `wanted`; None
    keeps those of the leaves and of floats.
    """
    cotangents: dict[int, Any] = {}
    reached: dict[int, Value] = {}
    heap: list[int] = []
    n: Any = None
    ends: list[int] = []  # nodes of several outputs among those older than `since`
    owned: set[int] = set()  # sums made here, which may be added to in place
    plainly = not (guard or current().anomaly)
    replayable = current().replayable
    masked: set[int] = set()  # nodes of a trace whose cotangent `where` may have made 0
    below_root: set[int] = set()  # and those that a root may have given an infinite one
    everywhere = within is None
    orders: Container[int] = () if within is None else within
    array = np.ndarray

    def deliver(x: Value, c: Any) -> None:
        """Add `c` to the cotangent of `x`, in its shape and dtype."""
        order = x.order
        new = order not in reached
        kind = type(c)
        if kind is array and not new and order in owned:
            total = cotangents[order]
            try:
                total += c
                return
            except (TypeError, ValueError):
                pass  # complex beside real, or to be summed first
        data = x._data
        if kind is array is type(data):
            if c.dtype is not data.dtype or c.shape != data.shape:
                c = unbroadcast(c, data)
        elif kind is Value and type(c._data) is array is type(data):
            if c._data.dtype is not data.dtype or c._data.shape != data.shape:
                c = unbroadcast(c, data)
        elif kind is not tuple and not (kind is float is type(data)):
            c = unbroadcast(c, data)
        if new:
            reached[order] = x
            cotangents[order] = c
            if x.op is not None and order >= since:
                heappush(heap, -order)
        elif kind is tuple:
            cotangents[order] = _add_tuples(cotangents[order], c)
        else:
            cotangents[order] = total = cotangents[order] + c
            if type(total) is array:
                owned.add(order)
            else:
                owned.discard(order)

    def place(x: Value, index: int, c: Any) -> None:
        """Add `c` to one part of the cotangent of `x`: a list until all parts are there."""
        order = x.order
        if order not in reached:
            reached[order] = x
            cotangents[order] = [None] * len(x._data)
            if order >= since:
                heappush(heap, -order)
            else:
                ends.append(order)
        elif type(cotangents[order]) is tuple:
            cotangents[order] = list(cotangents[order])
        parts = cotangents[order]
        parts[index] = c if parts[index] is None else parts[index] + c

    def put(x: Value, index: Any, c: Any) -> None:
        """Add `c` to the cotangent of `x` at a basic index, in place once there is a sum."""
        order = x.order
        if order not in owned:
            if order in reached:
                deliver(x, scatter.function(c, index, x._data.shape))
                return
            owned.add(order)
            reached[order] = x
            cotangents[order] = np.zeros(x._data.shape, c.dtype)
            cotangents[order][index] = c
            if x.op is not None and order >= since:
                heappush(heap, -order)
        else:
            cotangents[order][index] += c

    for root, c in zip(roots, seeds, strict=True):
        if root.requires_grad and (everywhere or root.order in orders):
            deliver(root, c)
    try:
        while heap:
            order = -heappop(heap)
            n = reached[order]
            op = n.op
            g = cotangents.pop(order)
            kind = type(g)
            if kind is list:
                g = tuple(g)
            if kind is float if wanted is None else order in wanted:
                cotangents[order] = g
            x, y = n._left, n._right
            if op is component:
                if x.requires_grad and (everywhere or x.order in orders):
                    place(x, n.static["index"], op.rules[0](g, n, x, **n.static))
            # What `_contributions` does, unrolled for the one and two inputs of most ops: this is
            # where the time goes.
            elif plainly and y is ABSENT and op.rules and kind not in _BESIDE:
                if x.order >= order:
                    x = resolve(x, order)
                if x.requires_grad and (everywhere or x.order in orders):
                    static = n.static
                    if record:
                        deliver(x, op.rules[0](g, n, x, **static))
                    elif (
                        op is get_row
                        and type(x._data) is array
                        and _may_be_put(g, x, static["index"])
                    ):
                        put(x, static["index"], g)
                    elif static:
                        deliver(x, op.rules[0](g, n._data, x._data, **static))
                    else:
                        deliver(x, op.rules[0](g, n._data, x._data))
            elif plainly and y is not MANY and op.rules and not n.static and kind not in _BESIDE:
                a, b = x, y
                x_needs = y_needs = False
                if type(x) is Value:
                    if x.order >= order:
                        x = resolve(x, order)
                    x_needs = x.requires_grad and (everywhere or x.order in orders)
                    a = x if record else x._data
                if type(y) is Value:
                    if y.order >= order:
                        y = resolve(y, order)
                    y_needs = y.requires_grad and (everywhere or y.order in orders)
                    b = y if record else y._data
                z = n if record else n._data
                to_x, to_y = op.rules
                if x_needs and to_x is not None:
                    deliver(x, to_x(g, z, a, b))
                if y_needs and to_y is not None:
                    deliver(y, to_y(g, z, a, b))
            elif plainly and op.rules and kind not in _BESIDE:
                inputs = edges(n)
                z, arguments = n, inputs
                if not record:
                    z, arguments = n._data, [x._data if type(x) is Value else x for x in inputs]
                for x, rule in zip(inputs, op.rules, strict=True):
                    needs = (
                        type(x) is Value and x.requires_grad and (everywhere or x.order in orders)
                    )
                    if needs and rule is not None:
                        deliver(x, rule(g, z, *arguments, **n.static))
            else:
                unsure, steep = order in masked, order in below_root
                for x, c in _contributions(n, g, within, record, guard, unsure, steep):
                    deliver(x, c)
                    if replayable and (unsure or begins_mask(n)) and keeps_mask(n):
                        masked.add(x.order)
                    if replayable and (hands_down(n) if steep else is_root(n)):
                        below_root.add(x.order)
    except (TypeError, ValueError, AttributeError) as error:
        explain_rule(n, error)
    for order in ends:
        cotangents[order] = tuple(cotangents[order])
    return cotangents, reached


def _may_be_put(c: Any, x: Value, index: Any) -> bool:
    """Whether a cotangent of x[index] can be added in place to that of x."""
    raw = isinstance(c, np.ndarray | np.generic) and type(x._data) is np.ndarray
    return raw and c.dtype is x._data.dtype and is_basic(index)


def _contributions(
    n: Value,
    g: Any,
    within: Container[int] | None,
    record: bool,
    guard: bool,
    masked: bool,
    steep: bool,
) -> Iterator[tuple[Value, Any]]:
    """What each differentiable input of `n` receives of its cotangent `g`."""
    op = n.op
    inputs = edges(n)
    y = output_of(n, record)
    if type(g) is tuple:
        g = tuple(
            np.zeros_like(part) if h is None else h for h, part in zip(g, n._data, strict=True)
        )
    arguments = inputs if record else [data_of(x) for x in inputs]
    needed = [
        type(x) is Value and x.requires_grad and (within is None or x.order in within)
        for x in inputs
    ]
    if op.joint is not None:
        results = op.joint(needed, g, y, *arguments, **n.static)
    else:
        rules = zip(op.rules, needed, strict=True)
        results = (
            on_floats(rule, g, y, arguments, n.static) if rule is not None and wanted else None
            for rule, wanted in rules
        )
    spread_over = reduction(n) if guard and (masked or not current().replayable) else None
    guard = guard and op.kind is Kind.ELEMENTWISE
    steep = steep and guard and not is_sum(n)
    if guard and current().replayable:
        guard = has_pole(n) or (masked and not keeps_zeros(op, arguments))
    for number, (x, c, wanted) in enumerate(zip(inputs, results, needed, strict=True)):
        # Of a joint rule None is zero; another rule that gives None has forgotten something.
        if wanted and (c is not None or (op.rules and op.rules[number] is not None)):
            if guard or steep:
                c = without_poles(c, g) if guard else c
                c = zeros_win(c, g, op.rules[number], y, arguments, n.static, steep)
            elif spread_over is not None:
                c = without_poles(c, spread(g, data_of(x), *spread_over))
            if current().anomaly:
                refuse_nan(op, c, (g, *arguments))
            yield x, c


def output_of(n: Value, record: bool) -> Any:
    """The output that a rule reads: raw, or the Value; for several outputs their tuple."""
    if not record:
        return n._data
    if isinstance(n._data, tuple):
        return tuple(apply(component, (n,), {"index": i}) for i in range(len(n._data)))
    return n


def _add_tuples(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(x if y is None else y if x is None else x + y for x, y in zip(a, b, strict=True))

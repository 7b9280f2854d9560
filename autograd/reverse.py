"""The reverse sweep: cotangents from the roots down, by the rules of each op."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.broadcast import data_of, is_finite, unbroadcast
from autograd.errors import NonFiniteWarning
from autograd.graph import edges, resolve, section
from autograd.modes import current
from autograd.op import Kind, apply, component
from autograd.value import ABSENT, MANY, Value
from autograd.wording import refuse_nan


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
    wrt = [wrt] if isinstance(wrt, Value) else wrt
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
    found = guarded(roots, cotangents, nodes, wanted, record)
    return {order: c for order, c in found.items() if order in wanted}


def guarded(
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
            if not is_finite(c) and (wanted is None or order in wanted):
                found = _sweep(roots, cotangents, nodes, wanted, record, True)
                _warn_of_nan(found, cotangents)
                break
    return found


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
    """Cotangents by order, from the roots down; arrays between that are not wanted are dropped."""
    cotangents: dict[int, Any] = {}
    arrived, take = cotangents.get, cotangents.pop
    owned: set[int] = set()  # sums made here, which may be added to in place
    plainly = not (record or guard or current().anomaly)
    array = np.ndarray

    def deliver(x: Value, c: Any) -> None:
        """Add `c` to the cotangent of `x`, in its shape and dtype."""
        data = x._data
        kind = type(c)
        if kind is array is type(data):
            if c.dtype is not data.dtype or c.shape != data.shape:
                c = unbroadcast(c, data)
        elif kind is not tuple and not (kind is float is type(data)):
            c = unbroadcast(c, data)
        order = x.order
        previous = arrived(order)
        if previous is None:
            cotangents[order] = c
        elif order in owned and kind is array:
            previous += c
        elif kind is tuple:
            cotangents[order] = _add_tuples(previous, c)
        else:
            cotangents[order] = total = previous + c
            if type(total) is array:
                owned.add(order)

    for root, seed in zip(roots, seeds, strict=True):
        if root.order in nodes:
            deliver(root, seed)
    for order, n in nodes.items():
        op = n.op
        if op is None:
            continue
        g = take(order, None)
        if g is None:
            continue
        if type(g) is float if wanted is None else order in wanted:
            cotangents[order] = g
        x, y = n._left, n._right
        # What `_contributions` does, unrolled for the one and two raw arrays of most ops: this is
        # where the time goes.
        if plainly and y is ABSENT and op.rules and type(g) is not float:
            if x.order > order:
                x = resolve(x, order)
            static = n.static
            if static:
                deliver(x, op.rules[0](g, n._data, x._data, **static))
            else:
                deliver(x, op.rules[0](g, n._data, x._data))
        elif plainly and y is not MANY and op.rules and not n.static and type(g) is not float:
            a = x
            if type(x) is Value:
                if x.order > order:
                    x = resolve(x, order)
                a = x._data
            b = y
            if type(y) is Value:
                if y.order > order:
                    y = resolve(y, order)
                b = y._data
            to_x, to_y = op.rules
            if type(x) is Value and x.order in nodes and to_x is not None:
                deliver(x, to_x(g, n._data, a, b))
            if type(y) is Value and y.order in nodes and to_y is not None:
                deliver(y, to_y(g, n._data, a, b))
        else:
            for x, c in _contributions(n, g, nodes, record, guard):
                deliver(x, c)
    return cotangents


def _contributions(
    n: Value, g: Any, nodes: Mapping[int, Value], record: bool, guard: bool
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
    needed = [type(x) is Value and x.requires_grad and x.order in nodes for x in inputs]
    if op.joint is not None:
        results = op.joint(needed, g, y, *arguments, **n.static)
    else:
        rules = zip(op.rules, needed, strict=True)
        results = (
            on_floats(rule, g, y, arguments, n.static) if rule is not None and wanted else None
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


def output_of(n: Value, record: bool) -> Any:
    """The output that a rule reads: raw, or the Value; for several outputs their tuple."""
    if not record:
        return n._data
    if isinstance(n._data, tuple):
        return tuple(apply(component, (n,), {"index": i}) for i in range(len(n._data)))
    return n


def on_floats(
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

    A branch that `np.where` masks has cotangent 0, and its pole must not turn that into 0 · inf =
    NaN.

    >>> without_poles(np.array([np.nan, np.inf, 2.0]), np.array([0.0, 1.0, 0.0]))
    array([ 0., inf,  2.])
    """
    keep = np.isfinite(c) | (g != 0)
    if type(keep) is not Value and np.all(keep):
        return c
    return np.where(keep, c, 0.0)


def _add_tuples(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(x if y is None else y if x is None else x + y for x, y in zip(a, b, strict=True))

"""The update of a long parameter, a block at a time.

A formula in NumPy makes a new array of each of its parts, and for long arrays it is the new memory
that costs. The parts of a block fit into a core's cache, and the next block has the same memory.
"""

from collections.abc import Callable, Mapping
from sys import getrefcount
from typing import Any

import numpy as np

from autograd import Value

# Elements in a block; a parameter that is no longer than that is updated at once.
BLOCK = 1 << 16


Update = Callable[..., tuple[Any, dict[str, Any]]]


def elementwise(update: Update) -> Update:
    """Mark an update in which the new value of an element depends on no other element."""
    update.__dict__["elementwise"] = True
    return update


def fits(update: Update, parameter: Any, gradient: Any) -> bool:
    """Whether an update may go through these arrays block by block, and had better do so."""
    return (
        type(parameter) is np.ndarray is type(gradient)
        and parameter.size > BLOCK
        and getattr(update, "elementwise", False)
        and parameter.flags.c_contiguous
        and gradient.flags.c_contiguous
    )


def updated(
    update: Update,
    parameter: np.ndarray,
    gradient: np.ndarray,
    state: Mapping[str, Value],
    finish: Callable[[str, Any], Any],
    options: Mapping[str, Any],
) -> tuple[np.ndarray, dict[str, Any]]:
    """What an `elementwise` update makes of the whole; `finish(name, data)` of state comes after.

    State is written where it is if only its Value can reach that memory.

    >>> w, g, state = np.ones(80_000), np.ones(80_000), {"sum": Value(np.zeros(80_000))}
    >>> def update(parameter, gradient, state, *, lr):
    ...     total = state["sum"] + gradient
    ...     return parameter - lr * total, {"sum": total}
    >>> new, after = updated(update, w, g, state, lambda name, data: data, {"lr": 0.5})
    >>> new.max(), after["sum"].min()
    (np.float64(0.5), np.float64(1.0))
    """
    new = np.empty_like(parameter)
    before, after = {}, {}
    for name, value in state.items():
        data = value._data
        if type(data) is np.ndarray:
            alone = data.base is None and _references(data) == _BY_ITS_VALUE
            contiguous = data.flags.c_contiguous and data.flags.writeable
            after[name] = data if alone and contiguous else np.empty_like(parameter)
        before[name] = data
    flat = {name: x.reshape(-1) for name, x in after.items()}
    old = {name: before[name].reshape(-1) for name in after}
    p, g, out = parameter.reshape(-1), gradient.reshape(-1), new.reshape(-1)
    for start in range(0, p.size, BLOCK):
        block = slice(start, start + BLOCK)
        parts = before | {name: x[block] for name, x in old.items()}
        out[block], found = update(p[block], g[block], parts, **options)
        for name, x in found.items():
            if name in flat:
                flat[name][block] = finish(name, x)
            else:
                after[name] = x
    return new, after


def _references(data: np.ndarray) -> int:
    return getrefcount(data)


def _by_its_value() -> int:
    value = Value(np.zeros(1))
    data = value._data
    return _references(data)


# How many an array has that a Value holds, and the variable of who asks.
_BY_ITS_VALUE = _by_its_value()

"""One of several arrays, element by element: select, choose, piecewise."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.errors import ArgumentError, DTypeError, IndexingError, describe
from autograd.op import apply, composite
from autograd.ops.index import put_row
from autograd.ops.joining import fitted, operand
from autograd.value import Value

_NUMBERS = (int, float, complex)


def _weakly(xs: Sequence[Any]) -> tuple[list[Any], np.dtype[Any]]:
    """Operands, and their dtype taken together, in which Python's own numbers are weak."""
    found = [x if type(data_of(x)) in _NUMBERS else operand(x) for x in xs]
    return found, np.result_type(*map(data_of, found))


@composite(np.select)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """np.select: where the first of the conditions holds, the choice that belongs to it."""
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ArgumentError(
            "as many choices as conditions, one at least",
            f"{len(condlist)} conditions, {len(choicelist)} choices",
            "the default= stands where no condition holds",
        )
    conditions = [operand(condition) for condition in condlist]
    for condition in conditions:
        if condition.dtype != bool:
            raise DTypeError("conditions that are booleans", describe(condition), "compare first")
    choices, dtype = _weakly((*choicelist, default))
    shape = np.broadcast_shapes(*map(np.shape, (*conditions, *choices)))
    *choices, result = choices
    for condition, choice in zip(conditions[::-1], choices[::-1], strict=True):
        result = np.where(condition, choice, result)
    result = result if result.dtype == dtype else result.astype(dtype)
    return np.broadcast_to(result, shape) if np.shape(result) != shape else result


@composite(np.choose)
def choose(a: Any, choices: Any, out: None = None, mode: str = "raise") -> Any:
    """np.choose: at every place the element of choices[a]."""
    if mode not in ("raise", "wrap", "clip"):
        raise ArgumentError("mode raise, wrap or clip of choose", repr(mode), "choose one of them")
    a = operand(a)
    if type(choices) not in (Value, np.ndarray):
        choices, dtype = _weakly(choices)
        choices = np.stack(np.broadcast_arrays(*(operand(x).astype(dtype) for x in choices)))
    n = np.shape(choices)[0]
    if mode == "wrap":
        a = np.remainder(a, n)
    elif mode == "clip":
        a = np.clip(a, 0, n - 1)
    elif type(a) is not Value and np.any((a < 0) | (a >= n)):
        raise IndexingError(
            f"numbers of choices, 0 to {n - 1}",
            f"{int(np.min(a))} to {int(np.max(a))}",
            "pass mode='clip' or mode='wrap'",
        )
    inner = np.shape(choices)[1:]
    shape = np.broadcast_shapes(np.shape(a), inner)
    table = np.reshape(choices, (n,) + (1,) * (len(shape) - len(inner)) + inner)
    table = np.broadcast_to(table, (n, *shape))
    return np.take_along_axis(table, np.broadcast_to(a, shape)[np.newaxis], 0)[0]


@composite(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """np.piecewise: of several functions, at every element the last whose condition holds.

    A function sees only the elements of its condition; where the conditions are traced (under jit)
    it sees all, and what it makes of the others is dropped.
    """
    x = operand(x)
    conditions = operand(condlist)
    if np.ndim(conditions) == 0 or (np.ndim(conditions) == 1 and np.ndim(x)):
        conditions = conditions[np.newaxis]
    if conditions.dtype != bool:
        conditions = np.not_equal(conditions, 0)
    n = np.shape(conditions)[0]
    if len(funclist) not in (n, n + 1):
        raise ArgumentError(
            f"{n} or {n + 1} functions for {n} conditions",
            f"{len(funclist)}",
            "one function more than conditions is for all the rest",
        )
    chosen = list(conditions)
    if len(funclist) == n + 1:
        chosen.append(np.logical_not(np.any(conditions, axis=0)))
    y: Any = np.zeros(np.shape(x), x.dtype)
    for condition, function in zip(chosen, funclist, strict=True):
        if type(condition) is Value:
            with np.errstate(all="ignore"):  # NumPy would warn of what is dropped
                part = function(x, *args, **kw) if isinstance(function, Callable) else function
            y = np.where(condition, fitted(part, x.dtype), y)
            continue
        part = function
        if isinstance(function, Callable):
            inside = x[condition]
            if not np.size(inside):
                continue
            part = function(inside, *args, **kw)
        y = apply(put_row, (y, fitted(part, x.dtype)), {"index": condition})
    return y

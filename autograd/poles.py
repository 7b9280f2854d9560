"""What becomes of infinite derivatives: along the chain, inf · 0 counts as 0.

A branch that `np.where` masks has cotangent 0, and its pole must not turn that into NaN; where a
cotangent comes from a pole, neither must a factor 0. docs/singularities.md says what follows.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.broadcast import data_of, dtype_of, is_finite
from autograd.graph import edges
from autograd.modes import current
from autograd.op import Kind
from autograd.ops.arithmetic import add, divide, multiply, power_of_number, subtract, where_row
from autograd.ops.elementary import arccos, arccosh, arcsin, cbrt, sqrt
from autograd.value import Value

# The cotangents of these take zeros to zeros, so that what `where` has masked stays masked.
_ONE_BY_ONE = (Kind.ELEMENTWISE, Kind.LINEAR)
_SUMS = (add, subtract, where_row)
# Finite where their slope is not.
_ROOTS = (sqrt, cbrt, arcsin, arccos, arccosh)


def without_poles(c: Any, g: Any) -> Any:
    """`c`, but 0 where it is not finite and its cotangent `g` is exactly 0.

    A branch that `np.where` masks has cotangent 0, and its pole must not turn that into 0 · inf =
    NaN.

    >>> without_poles(np.array([np.nan, np.inf, 2.0]), np.array([0.0, 1.0, 0.0]))
    array([ 0., inf,  2.])
    """
    keep = np.logical_or(np.isfinite(c), np.not_equal(g, 0))
    if type(keep) is not Value and np.all(keep):
        return c
    return np.where(keep, c, 0.0)


def zeros_win(
    c: Any,
    g: Any,
    rule: Callable[..., Any],
    y: Any,
    arguments: Sequence[Any],
    static: Any,
    steep: bool = False,
) -> Any:
    """`c`, but 0 where its cotangent `g` is not finite and the derivative here is exactly 0.

    The other side of the same coin: where `g` comes from a pole, a factor 0 must not turn it into
    inf · 0 = NaN. So sqrt(x · x) has derivative 0 at 0 in either mode, as |x| has. In a trace,
    where no numbers are there to be asked, only where `g` may be infinite, `steep`.
    """
    if not steep and (current().replayable or is_finite(c) or is_finite(g)):
        return c
    ones = np.ones(np.shape(g), dtype_of(data_of(g)))
    slope = on_floats(rule, ones, y, arguments, static)
    infinite = np.logical_not(np.isfinite(g))
    return np.where(np.logical_and(np.equal(slope, 0), infinite), 0.0, c)


def on_floats(
    rule: Callable[..., Any], g: Any, y: Any, arguments: Sequence[Any], static: Mapping[str, Any]
) -> Any:
    """The rule; where Python's floats raise or turn complex, what NumPy's float64 give."""
    try:
        c = rule(g, y, *arguments, **static)
    except (ArithmeticError, ValueError):
        if type(data_of(g)) is not float and not any(type(x) is float for x in arguments):
            raise
    else:
        if type(c) is not complex:
            return c
    arguments = [_in_numpy(x) for x in arguments]
    return rule(_in_numpy(g), _in_numpy(y), *arguments, **static)


def _in_numpy(x: Any) -> Any:
    return np.float64(x) if type(x) is float else x


def reduction(n: Value) -> tuple[Any, bool] | None:
    """`axis` and `keepdims` of a reduction such as `norm`, of which only the rules are known.

    Where its cotangent is 0, that of the whole slice is, although the rule may say 0 · inf.
    """
    options = n.op.axis_options() if n.op.kind is Kind.GENERAL else None
    if options is None or "axis" not in n.static.keys() | options.keys():
        return None
    keepdims = bool(n.static.get("keepdims", False))
    if isinstance(n._data, tuple) or (np.ndim(n._data) == np.ndim(edges(n)[0]) and not keepdims):
        return None
    return n.static.get("axis", options.get("axis")), keepdims


def has_pole(n: Value) -> bool:
    """Whether the derivative is infinite at some finite input: that of xⁿ is not for n ≥ 1."""
    return n.op.pole and not (n.op is power_of_number and n.static["exponent"] >= 1)


def begins_mask(n: Value) -> bool:
    """Whether `n` is made of some elements of its input only: by `np.where`, or by x[mask]."""
    if n.op is where_row:
        return True
    index = n.static.get("index")
    parts = index if type(index) is tuple else (index,)
    return any(isinstance(part, np.ndarray) and part.dtype.kind == "b" for part in parts)


def keeps_mask(n: Value) -> bool:
    """Whether zeros in the cotangent of a node are zeros in those of its inputs."""
    return n.op.kind in _ONE_BY_ONE or reduction(n) is not None


def keeps_zeros(op: Any, arguments: Sequence[Any]) -> bool:
    """Whether a cotangent 0 stays 0 whatever the arguments are."""
    if op is multiply:
        return any(np.ndim(x) == 0 and type(x) is not Value and np.isfinite(x) for x in arguments)
    return op in _SUMS


def is_root(n: Value) -> bool:
    """Whether the derivative is infinite at some point where the function is not."""
    return n.op in _ROOTS or (n.op is power_of_number and 0 < n.static["exponent"] < 1)


def hands_down(n: Value) -> bool:
    """Whether an infinite cotangent of `n` is one of its inputs: n is a sum, but of no number > 0.

    That is there to keep a root from 0: sqrt(variance + eps).
    """
    if n.op is add:
        return not any(type(x) in (float, int) and x > 0 for x in edges(n))
    return n.op.kind is Kind.LINEAR or is_sum(n)


def is_sum(n: Value) -> bool:
    """Whether an elementwise op adds up or scales: its derivative is nowhere 0."""
    if n.op is multiply:
        return any(type(x) in (float, int) and x != 0 for x in edges(n))
    return n.op in _SUMS or (n.op is divide and type(n._right) is not Value)

"""Lists of Values: whether there is a Value in one, and the recorded array that it stands for."""

from typing import Any

from autograd.ops.joining import operand
from autograd.value import Value


def holds_values(x: Any) -> bool:
    """Whether `x` is a Value, or a list or tuple with one in it.

    >>> holds_values([1.0, (2.0, Value(3.0))]), holds_values([1.0, 2.0])
    (True, False)
    """
    if type(x) is Value:
        return True
    if not isinstance(x, list | tuple):
        return False
    kinds = set(map(type, x))  # a list of a million floats is as fast as np.array of it
    if Value in kinds:
        return True
    return any(issubclass(kind, list | tuple) for kind in kinds) and any(map(holds_values, x))


def joined(x: Any) -> Any:
    """np.array of a nested list with Values in it: stacked, and recorded; else `x` as it is.

    >>> joined([Value(1.0), 2.0])
    Value(data=[1., 2.], shape=(2,), dtype=float64, grad=None, op=concatenate)
    """
    return operand(x) if holds_values(x) else x


def joined_items(x: Any) -> Any:
    """The list itself, of arrays: each item that is a list of Values joined."""
    return type(x)(map(joined, x)) if type(x) is list or type(x) is tuple else x

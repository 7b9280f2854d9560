"""What existing code asks of a traced number: whether it is one, and what it holds."""

from typing import Any

from autograd.primitives import notrace_primitive, primitive, register_notrace
from autograd.value import Value
from autograd.value import Value as Box

__all__ = ["Box", "getval", "isbox", "notrace_primitive", "primitive", "register_notrace"]


def isbox(x: Any) -> bool:
    """Whether `x` is a Value.

    >>> isbox(Value(2.0)), isbox(2.0)
    (True, False)
    """
    return type(x) is Value


def getval(x: Any) -> Any:
    """The data of a Value, and anything else as it is; no gradient flows from it.

    >>> getval(Value(2.0)), getval("text")
    (2.0, 'text')
    """
    return x.data if type(x) is Value else x

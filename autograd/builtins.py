"""Python's `isinstance` and `type` as if a Value were its data; and its containers, as they are.

>>> isinstance(Value(2.0), float), type(Value([1.0])).__name__
(True, 'ndarray')
"""

import builtins
from typing import Any

from autograd.value import Value

__all__ = ["dict", "isinstance", "list", "tuple", "type"]

tuple = builtins.tuple
list = builtins.list
dict = builtins.dict


def isinstance(x: Any, kind: Any) -> bool:
    """Whether `x`, or the data of the Value `x`, is of this kind."""
    if builtins.isinstance(x, kind):
        return True
    return builtins.isinstance(x, Value) and builtins.isinstance(x._data, kind)


def type(x: Any, *bases: Any) -> Any:
    """The type of `x`, or of the data of the Value `x`."""
    if bases:
        return builtins.type(x, *bases)
    return builtins.type(x._data if builtins.isinstance(x, Value) else x)

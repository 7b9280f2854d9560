"""What a program depends on besides contents: structure, shapes, dtypes, and what is static."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from autograd.errors import ArgumentError, describe
from autograd.value import Value

_NUMBERS = (float, int, complex)
_LEAST, _MOST = -(2**63), 2**63 - 1


class Static:
    """An argument that is part of the program: equal ones share it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Static)
            and type(self.value) is type(other.value)
            and bool(self.value == other.value)
        )

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


def taken_apart(tree: Any, leaves: list[Any]) -> Hashable:
    """A key for everything of `tree` but the contents of its arrays and numbers.

    Those are appended to `leaves`. Strings, booleans, None and every other object are static: part
    of the key by their equality. Raises ArgumentError for a static object that is not hashable, and
    for an integer that no array can hold.

    >>> leaves = []
    >>> taken_apart({"x": 2.0, "mode": "fast"}, leaves), leaves
    ((<class 'dict'>, ('x', <class 'float'>), ('mode', (<class 'str'>, 'fast'))), [2.0])
    """
    kind = type(tree)
    if kind is np.ndarray:
        leaves.append(tree)
        return (tree.dtype, tree.shape)
    if kind is Value:
        leaves.append(tree)
        data = tree._data
        return (tree.requires_grad, getattr(data, "dtype", type(data)), np.shape(data))
    if kind in _NUMBERS:
        if kind is int and not _LEAST <= tree <= _MOST:
            raise ArgumentError(
                "whole numbers of 64 bits, in a compiled function",
                describe(tree),
                "pass a float, make the argument static, or call the function without jit",
            )
        leaves.append(tree)
        return kind
    if isinstance(tree, np.generic):
        leaves.append(tree)
        return (tree.dtype,)
    if isinstance(tree, dict):
        items = ((key, taken_apart(x, leaves)) for key, x in tree.items())
        return (kind, *items)
    if isinstance(tree, tuple | list):
        return (kind, *(taken_apart(x, leaves) for x in tree))
    try:
        hash(tree)
    except TypeError:
        raise ArgumentError(
            "arrays, numbers, Values, containers of them, and static arguments that are hashable",
            describe(tree),
            "pass it by way of a closure, or make it hashable",
        ) from None
    return (kind, tree)


def put_together(tree: Any, leaves: Any) -> Any:
    """The containers of `tree` with what the iterator `leaves` gives in place of its leaves.

    >>> put_together({"x": 2.0, "mode": "fast"}, iter([5.0]))
    {'x': 5.0, 'mode': 'fast'}
    """
    kind = type(tree)
    if kind in (np.ndarray, Value) or kind in _NUMBERS or isinstance(tree, np.generic):
        return next(leaves)
    if isinstance(tree, dict):
        pairs = {key: put_together(x, leaves) for key, x in tree.items()}
        if kind is dict:
            return pairs
        copy = tree.copy()
        copy.update(pairs)
        return copy
    if isinstance(tree, tuple | list):
        items = [put_together(x, leaves) for x in tree]
        return kind(*items) if hasattr(tree, "_fields") else kind(items)
    return tree.value if kind is Static else tree

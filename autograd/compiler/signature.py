"""What a program depends on besides contents: structure, shapes, dtypes, and what is static."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from inspect import Parameter, signature
from typing import Any

import numpy as np

from autograd.errors import ArgumentError, describe
from autograd.runs import name_of
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


def _listed(option: str, given: Any, kind: type) -> tuple[Any, ...]:
    """One or several numbers or names, as a tuple."""
    several = isinstance(given, Iterable) and not isinstance(given, kind)
    listed = tuple(given) if several else (given,)
    if not all(isinstance(x, kind) and not isinstance(x, bool) for x in listed):
        raise ArgumentError(
            f"{option} of {kind.__name__}s",
            repr(given),
            f"{option} is one {kind.__name__}, or several",
        )
    return listed


def static_arguments(
    f: Callable[..., Any], numbers: int | Sequence[int], names: str | Sequence[str]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The numbers and names of static arguments: each by both, if f has a signature that says so.

    Raises ArgumentError for a name or a number that f does not have, and for what is neither.

    >>> static_arguments(lambda x, mode: x, (), "mode")
    ((1,), ('mode',))
    """
    numbers = _listed("static_argnums", numbers, int)
    names = _listed("static_argnames", names, str)
    try:
        parameters = list(signature(f).parameters.values())
    except (TypeError, ValueError):  # a function of C that does not say
        return numbers, names
    kinds = {x.kind for x in parameters}
    positional = [x.name for x in parameters if x.kind in _POSITIONAL]
    known = [x.name for x in parameters if x.kind in _NAMED]
    wrong: list[Any] = []
    if Parameter.VAR_KEYWORD not in kinds:
        wrong += [x for x in names if x not in known]
    if Parameter.VAR_POSITIONAL not in kinds:
        wrong += [x for x in numbers if not -len(positional) <= x < len(positional)]
    if wrong:
        all_names = ", ".join(x.name for x in parameters)
        raise ArgumentError(
            f"static arguments among those of {name_of(f)}: {all_names}",
            ", ".join(map(repr, wrong)),
            "correct static_argnums, which count from 0, or static_argnames",
        )
    also = [i for i, x in enumerate(positional) if x in names and i not in numbers]
    named = [positional[i] for i in numbers if i < len(positional) and positional[i] in known]
    return (*numbers, *also), (*names, *(x for x in named if x not in names))


_NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


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
        if tree.dtype.kind not in "biufc":
            raise ArgumentError(
                "arrays of numbers, in a compiled function",
                describe(tree),
                "convert it with .astype(float), or call the function without jit",
            )
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
        if kind is Static:
            raise ArgumentError(
                "a static argument that is hashable",
                describe(tree.value),
                "pass a number, a string or a tuple, or make the argument not static",
            ) from None
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

"""`Deferred`: an array of a trace that is made when its contents are read, and no earlier.

A program needs shapes and dtypes, no numbers (see `autograd.compiler.deferring`).
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


class Deferred(NDArrayOperatorsMixin):
    """An array that is made when its contents are read, and no earlier."""

    __slots__ = ("_array", "_inputs", "_op", "_static", "dtype", "shape")

    def __init__(
        self,
        op: Any,
        inputs: Sequence[Any],
        static: Mapping[str, Any],
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self._op = op
        self._inputs = inputs
        self._static = static
        self._array: Any = None

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many elements it has."""
        return prod(self.shape)

    def made(self) -> Any:
        """The array, made from what it depends on, deepest first."""
        stack = [self]
        while stack:
            x = stack[-1]
            missing = [y for y in x._inputs if type(y) is Deferred and y._array is None]
            if x._array is None and missing:
                stack += missing
                continue
            if x._array is None:
                x._array = x._op.function(*map(contents, x._inputs), **x._static)
                x._inputs = ()
            stack.pop()
        return self._array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.made(), dtype, copy=copy)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        given = {key: _all_contents(x) for key, x in options.items()}
        return getattr(ufunc, method)(*map(contents, inputs), **given)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        if function in _OF_MEMORY:
            return _may_share(args[0], args[1])
        known = _KNOWN.get(function)
        if known is not None and len(args) == 1:
            return getattr(args[0], known)
        look = outline if function in _OF_SHAPES else contents
        return function(*_mapped(look, args), **_mapped(look, kwargs))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.made(), name)

    def __getitem__(self, index: Any) -> Any:
        return self.made()[_all_contents(index)]

    def __len__(self) -> int:
        return len(outline(self))

    def __iter__(self) -> Any:
        return iter(self.made())

    def __bool__(self) -> bool:
        return bool(self.made())

    def __float__(self) -> float:
        return float(self.made())

    def __repr__(self) -> str:
        return repr(self.made())


# What NumPy says of arrays without looking into them.
_KNOWN = {np.shape: "shape", np.ndim: "ndim", np.size: "size"}
_OF_SHAPES = {
    np.size,
    np.result_type,
    np.can_cast,
    np.common_type,
    np.iscomplexobj,
    np.isrealobj,
    np.empty_like,
    np.zeros_like,
    np.ones_like,
    np.full_like,
}
_OF_MEMORY = {np.may_share_memory, np.shares_memory}


def _may_share(a: Any, b: Any) -> bool:
    """Whether two arrays will lie in the same memory, as a slice does in that of the whole."""
    a, b = _base(a), _base(b)
    if type(a) is Deferred or type(b) is Deferred:
        return a is b
    return bool(np.may_share_memory(a, b))


def _base(x: Any) -> Any:
    """What an array that was put off is a view of, as far as that was put off too."""
    while type(x) is Deferred:
        if x._array is not None:
            return x._array
        given = [y for y in x._inputs if isinstance(y, Deferred | np.ndarray)]
        if len(given) != 1 or len(x._inputs) != 1 or not _is_view(x, given[0]):
            return x
        (x,) = given
    return x


def _is_view(x: Deferred, given: Any) -> bool:
    whole = np.broadcast_to(np.zeros((), given.dtype), given.shape)
    if x._op.kind.name != "LINEAR":
        return False
    try:
        made = x._op.function(whole, **x._static)
    except Exception:  # it wants the true contents
        return False
    return isinstance(made, np.ndarray) and np.may_share_memory(made, whole)


def contents(x: Any) -> Any:
    """The array that was put off; anything else as it is."""
    return x.made() if type(x) is Deferred else x


def _all_contents(tree: Any) -> Any:
    return _mapped(contents, tree)


def _mapped(f: Callable[[Any], Any], tree: Any) -> Any:
    """f of whatever is inside of nested tuples, lists and dictionaries."""
    if type(tree) is tuple or type(tree) is list:
        return type(tree)([_mapped(f, x) for x in tree])
    if type(tree) is dict:
        return {key: _mapped(f, x) for key, x in tree.items()}
    return f(tree)


def outline(x: Any) -> Any:
    """An array of the shape and dtype of one that was put off, which takes no memory."""
    return np.broadcast_to(np.zeros((), x.dtype), x.shape) if type(x) is Deferred else x

"""Arithmetic put off while a function is traced: a program needs shapes and dtypes, no numbers.

`compute` is what an op of a trace does in place of its NumPy function. Once an array is large, or
put off itself, the result is a `Deferred`, which has a shape and a dtype and knows how to make its
contents. Whoever reads them, as a decomposition that may fail does, gets them.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from autograd.op import Kind, Op

# From so many elements on, arithmetic is put off: below, it costs less than to say what it makes.
LARGE = 4096


class Deferred(NDArrayOperatorsMixin):
    """An array that is made when its contents are read, and no earlier."""

    __slots__ = ("_array", "_inputs", "_op", "_static", "dtype", "shape")

    def __init__(
        self,
        op: Op,
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
        known = _KNOWN.get(function)
        if known is not None and len(args) == 1:
            return getattr(args[0], known)
        look = _outline if function in _OF_SHAPES else contents
        return function(*_mapped(look, args), **_mapped(look, kwargs))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.made(), name)

    def __getitem__(self, index: Any) -> Any:
        return self.made()[_all_contents(index)]

    def __len__(self) -> int:
        return len(_outline(self))

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
    np.may_share_memory,
    np.shares_memory,
}


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


def compute(op: Op, raw: Sequence[Any], static: Mapping[str, Any]) -> Any:
    """The op on raw data, put off where an array is large and the outcome's shape is known."""
    if any(map(_is_put_off, raw)):
        outcome = _outcome(op, raw, static)
        if outcome is not None:
            return Deferred(op, raw, static, *outcome)
        raw = [contents(x) for x in raw]
    return op.function(*raw, **static)


def _is_put_off(x: Any) -> bool:
    return type(x) is Deferred or (type(x) is np.ndarray and x.size >= LARGE)


def _outcome(
    op: Op, raw: Sequence[Any], static: Mapping[str, Any]
) -> tuple[tuple[int, ...], np.dtype[Any]] | None:
    """The shape and dtype of what the op makes; None where only the true contents tell."""
    module = getattr(op.function, "__module__", None) or ""
    if module and module != "numpy" and not module.startswith("autograd.ops."):
        return None  # what a user wrote, a decomposition, a function of SciPy
    try:
        if op.is_elementwise or _is_elementwise(op.function):
            if static:
                made = op.function(*map(_unit, raw), **static).dtype
            else:
                made = _kind_made(op.function, tuple(map(_kind, raw)))
            return _broadcast([x.shape if hasattr(x, "shape") else np.shape(x) for x in raw]), made
        if op.function is np.matmul:
            return _product(*raw)
        if op.kind in (Kind.LINEAR, Kind.MULTILINEAR) or op.name in _BY_SHAPE:
            made = op.function(*map(_outline, raw), **static)
            return made.shape, made.dtype
    except Exception:  # the op itself says what is wrong, given the true contents
        return None
    return None


# Other ops whose outcome has a shape and a dtype that follow from those of the inputs, and that
# refuse no contents.
_BY_SHAPE = {
    *("prod", "norm", "logsumexp", "softmax", "log_softmax", "cumprod", "max", "min"),
    *("real", "imag", "angle", "argmax", "argmin", "argsort", "any", "all", "round"),
    *("stop_gradient", "truncate"),
}


def _is_elementwise(function: Any) -> bool:
    return isinstance(function, np.ufunc) and function.signature is None and function.nout == 1


def _kind(x: Any) -> Any:
    """What decides a result's dtype: a dtype, or the type of a Python number."""
    return x.dtype if hasattr(x, "dtype") else type(x)


@functools.cache
def _kind_made(function: Callable[..., Any], kinds: tuple[Any, ...]) -> np.dtype[Any]:
    units = [
        np.ones(1, x) if isinstance(x, np.dtype) else None if x is _NONE else x(1) for x in kinds
    ]
    return function(*units).dtype


_NONE = type(None)


def _broadcast(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    longest = max(shapes, key=len)
    if all(shape == longest or not shape for shape in shapes):
        return longest
    return np.broadcast_shapes(*shapes)


def _unit(x: Any) -> Any:
    """An array of one element, which stands for one of more."""
    return np.ones((1,) * x.ndim, x.dtype) if isinstance(x, np.ndarray | Deferred) else x


def _outline(x: Any) -> Any:
    """An array of that shape and dtype, which takes no memory."""
    if type(x) is Deferred or (type(x) is np.ndarray and x.size >= LARGE):
        return np.broadcast_to(np.zeros((), x.dtype), x.shape)
    return x


def _product(a: Any, b: Any) -> tuple[tuple[int, ...], np.dtype[Any]] | None:
    """What `matmul` makes; None where the shapes do not fit."""
    if a.ndim == 0 or b.ndim == 0 or a.shape[-1] != b.shape[max(b.ndim - 2, 0)]:
        return None
    columns = b.shape[-1:] if b.ndim > 1 else ()
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), *a.shape[-2:-1], *columns)
    return shape, _kind_made(np.multiply, (a.dtype, b.dtype))

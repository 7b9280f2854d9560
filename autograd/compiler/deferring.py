"""Arithmetic put off while a function is traced: a program needs shapes and dtypes, no numbers.

`compute` is what an op of a trace does in place of its NumPy function. Once an array is large, or
put off itself, the result is a `Deferred`, which has a shape and a dtype and knows how to make its
contents. Whoever reads them, as a decomposition that may fail does, gets them.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.deferred import Deferred, contents, outline
from autograd.op import Kind, Op

# From so many elements on, arithmetic is put off: below, it costs less than to say what it makes.
LARGE = 4096


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
    """An array of that shape and dtype, which takes no memory if x is large."""
    if type(x) is np.ndarray and x.size >= LARGE:
        return np.broadcast_to(np.zeros((), x.dtype), x.shape)
    return outline(x)


def _product(a: Any, b: Any) -> tuple[tuple[int, ...], np.dtype[Any]] | None:
    """What `matmul` makes; None where the shapes do not fit."""
    if a.ndim == 0 or b.ndim == 0 or a.shape[-1] != b.shape[max(b.ndim - 2, 0)]:
        return None
    columns = b.shape[-1:] if b.ndim > 1 else ()
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), *a.shape[-2:-1], *columns)
    return shape, _kind_made(np.multiply, (a.dtype, b.dtype))

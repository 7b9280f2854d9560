"""Joining arrays, and splitting them again: linear, and each the transpose of the other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import leading
from autograd.errors import ConversionError, DTypeError, ShapeError, describe
from autograd.op import apply, composite, linear
from autograd.value import NO_STATIC, Value


def operand(x: Any) -> Any:
    """A Value or an array as it is; numbers and nested lists, also of Values, as an array.

    >>> operand([Value(1.0), 2.0])
    Value(data=[1., 2.], shape=(2,), dtype=float64, grad=None, op=concatenate)
    """
    if type(x) is Value or type(x) is np.ndarray:
        return x
    try:
        return np.asarray(x)
    except ConversionError:
        return stack([operand(part) for part in x])


def fitted(x: Any, dtype: np.dtype[Any]) -> Any:
    """`x` cast to the dtype of an array that it is put into; no derivative may be lost by that."""
    x = operand(x)
    if x.dtype == dtype:
        return x
    loses = dtype.kind not in "fc" and type(x) is Value and x.requires_grad
    if loses or (x.dtype.kind == "c" and dtype.kind != "c"):
        raise DTypeError(
            f"numbers that an array of {dtype} holds",
            describe(x),
            "cast the array with .astype(...), or take the real part",
        )
    return x.astype(dtype)


def _join(*arrays: Any, axis: int | None = 0) -> Any:
    return np.concatenate(arrays, axis=axis)


def _split_back(wanted: Any, g: Any, y: Any, *xs: Any, axis: int | None = 0) -> list[Any]:
    """The piece of the cotangent that belongs to each of the joined arrays."""
    pieces = []
    start = 0
    for x in xs:
        shape = np.shape(x)
        stop = start + (np.size(x) if axis is None else shape[axis])
        if axis is None:
            pieces.append(np.reshape(g[start:stop], shape))
        else:
            index = (slice(None),) * (axis % len(shape)) + (slice(start, stop),)
            pieces.append(g[index])
        start = stop
    return pieces


join = linear(_join, joint=_split_back, batch=leading.joined, name="concatenate")


@composite(np.concatenate, np.concat)
def concatenate(
    arrays: Sequence[Any],
    /,
    axis: int | None = 0,
    out: None = None,
    *,
    dtype: Any = None,
    casting: Any = "same_kind",
) -> Any:
    """np.concatenate."""
    parts = tuple(map(operand, arrays))
    if dtype is not None:
        refused = [a for a in parts if not np.can_cast(a.dtype, dtype, casting)]
        if refused:
            raise DTypeError(
                f"arrays that can be cast to {np.dtype(dtype)} by the rule {casting!r}",
                describe(refused[0]),
                "pass casting='unsafe', or cast them first",
            )
        parts = tuple(a.astype(dtype) for a in parts)
    return apply(join, parts, {"axis": axis} if axis != 0 else NO_STATIC)


@composite(np.stack)
def stack(
    arrays: Sequence[Any],
    axis: int = 0,
    out: None = None,
    *,
    dtype: Any = None,
    casting: Any = "same_kind",
) -> Any:
    """np.stack."""
    arrays = tuple(map(operand, arrays))
    shapes = {np.shape(a) for a in arrays}
    if len(shapes) > 1:
        raise ShapeError(
            "arrays of one shape to stack",
            ", ".join(describe(a) for a in arrays),
            "np.concatenate joins along an axis they have; np.broadcast_arrays makes them equal",
        )
    apart = [np.expand_dims(a, axis) for a in arrays]
    return concatenate(apart, axis=axis, dtype=dtype, casting=casting)


@composite(np.vstack)
def vstack(tup: Sequence[Any], *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """np.vstack."""
    rows = [np.atleast_2d(operand(a)) for a in tup]
    return concatenate(rows, axis=0, dtype=dtype, casting=casting)


@composite(np.hstack)
def hstack(tup: Sequence[Any], *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """np.hstack."""
    arrays = [np.atleast_1d(operand(a)) for a in tup]
    axis = 0 if np.ndim(arrays[0]) == 1 else 1
    return concatenate(arrays, axis=axis, dtype=dtype, casting=casting)


@composite(np.dstack)
def dstack(tup: Sequence[Any]) -> Any:
    """np.dstack."""
    return concatenate([np.atleast_3d(operand(a)) for a in tup], axis=2)


@composite(np.column_stack)
def column_stack(tup: Sequence[Any]) -> Any:
    """np.column_stack."""
    arrays = map(operand, tup)
    return concatenate([np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in arrays], axis=1)


# Splitting


@composite(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """np.array_split."""
    axis = np.lib.array_utils.normalize_axis_index(axis, np.ndim(ary))
    n = np.shape(ary)[axis]
    bounds = [part[[0, -1]] if len(part) else part for part in _parts(n, indices_or_sections)]
    ahead = (slice(None),) * (axis % np.ndim(ary))
    return [ary[(*ahead, slice(b[0], b[-1] + 1) if len(b) else slice(0, 0))] for b in bounds]


def _parts(n: int, indices_or_sections: Any) -> list[np.ndarray]:
    return np.array_split(np.arange(n), indices_or_sections)


@composite(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """np.split."""
    axis = np.lib.array_utils.normalize_axis_index(axis, np.ndim(ary))
    np.split(np.arange(np.shape(ary)[axis]), indices_or_sections)  # NumPy's own check
    return array_split(ary, indices_or_sections, axis)


@composite(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """np.hsplit."""
    return split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@composite(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """np.vsplit."""
    return split(ary, indices_or_sections, 0)


@composite(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """np.dsplit."""
    return split(ary, indices_or_sections, 2)


@composite("unstack")
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """np.unstack."""
    return tuple(np.moveaxis(x, axis, 0))

"""Arrays with elements put in or left out, and NumPy's functions that assign in place."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd.errors import (
    ArgumentError,
    AssignmentError,
    DTypeError,
    IndexingError,
    ShapeError,
    describe,
)
from autograd.modes import current
from autograd.op import composite, constant, registry
from autograd.ops.index import take
from autograd.ops.joining import fitted, operand
from autograd.value import Value


def _plain(x: Any) -> Any:
    """What NumPy's own functions take: the numbers of a Value; traced ones are refused."""
    return x.numpy() if type(x) is Value else x


def _bind_places(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """np.ravel_multi_index(multi_index, dims, mode, order), its arrays one by one."""
    given = {**dict(zip(("multi_index", "dims", "mode", "order"), args, strict=False)), **kwargs}
    return tuple(map(operand, given.pop("multi_index"))), given


@composite(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """np.insert: both joined, and taken in the order that puts the values before obj."""
    arr = operand(arr)
    arr = np.ravel(arr) if axis is None else arr
    axis = 0 if axis is None else normalize_axis_index(axis, np.ndim(arr))
    shape = np.shape(arr)
    n = shape[axis]
    obj = np.arange(*obj.indices(n)) if isinstance(obj, slice) else np.asarray(_plain(obj))
    values = fitted(values, arr.dtype)
    places = np.flatnonzero(obj) if obj.dtype == bool else obj
    m = places.size
    if m == 1:  # one place takes as many as are given
        values = np.reshape(values, (1,) * (len(shape) - np.ndim(values)) + np.shape(values))
        if places.ndim == 0:
            values = np.moveaxis(values, 0, axis)
        m = np.shape(values)[axis]
    values = np.broadcast_to(values, (*shape[:axis], m, *shape[axis + 1 :]))
    order = np.insert(np.arange(n), places if m else [], np.arange(n, n + m))
    return np.take(np.concatenate([arr, values], axis), order, axis)


@composite(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """np.delete: the elements that stay."""
    arr = operand(arr)
    arr = np.ravel(arr) if axis is None else arr
    axis = 0 if axis is None else normalize_axis_index(axis, np.ndim(arr))
    return np.take(arr, np.delete(np.arange(np.shape(arr)[axis]), _plain(obj)), axis)


@composite(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """np.append: concatenate, of the flattened arrays where there is no axis."""
    arr, values = operand(arr), operand(values)
    if axis is None:
        arr, values, axis = np.ravel(arr), np.ravel(values), 0
    return np.concatenate([arr, values], axis)


@composite(np.trim_zeros)
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """np.trim_zeros: without the zeros at the ends; as the numbers are now."""
    if trim.lower() not in ("fb", "bf", "f", "b"):
        raise ArgumentError("trim of f, b or both", repr(trim), "f is the front, b the back")
    filt = operand(filt)
    n = np.ndim(filt)
    axes = tuple(range(n)) if axis is None else normalize_axis_tuple(axis, n)
    filled = np.argwhere(_plain(filt))
    start, stop = np.zeros(n, int), np.zeros(n, int)
    if len(filled):
        start = filled.min(0) if "f" in trim.lower() else start
        stop = filled.max(0) + 1 if "b" in trim.lower() else np.asarray(np.shape(filt))
    return filt[tuple(slice(start[i], stop[i]) if i in axes else slice(None) for i in range(n))]


# Where elements are, as flat numbers and as indices

constant(np.unravel_index)
constant(
    lambda *multi_index, **options: np.ravel_multi_index(multi_index, **options),
    name="ravel_multi_index",
    bind=_bind_places,
    numpy=(np.ravel_multi_index,),
)

# In place: an item assignment to a Value, as the design has it


def in_place(numpy_function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a function that assigns to its first argument, which has to be a Value for that."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        first = function.__code__.co_varnames[0]

        def assign(*args: Any, **kwargs: Any) -> None:
            target, *rest = args if args else (kwargs.pop(first),)
            if type(target) is Value:
                function(target, *rest, **kwargs)
                return
            mode = current()
            for x in (*rest, *kwargs.values()):
                if type(x) is Value and (mode.replayable or (x.requires_grad and mode.records)):
                    raise AssignmentError(
                        "a Value to assign Values into",
                        f"{describe(target)}, a plain array, and {describe(x)}",
                        "make the array one, v = Value(array, requires_grad=False); for np.full "
                        "and np.full_like write np.broadcast_to(value, shape)",
                    )
            options = {key: _plain(x) for key, x in kwargs.items()}
            numpy_function(target, *map(_plain, rest), **options)

        registry[numpy_function] = assign
        return function

    return register


def _put_flat(a: Value, places: Any, values: Any) -> None:
    """a.flat[places] = values, over and over."""
    n = np.size(places)
    values = np.ravel(fitted(values, a.dtype))
    if not n or not np.size(values):
        return
    values = take(values, np.arange(n) % np.size(values))
    if a.ndim == 0:
        a[()] = values[-1]
    else:
        a[np.unravel_index(places, a.shape)] = values


@in_place(np.put)
def put(a: Value, ind: Any, v: Any, mode: str = "raise") -> None:
    """np.put: a.flat[ind] = v, over and over."""
    ind = np.ravel(operand(ind))
    if mode == "clip":
        ind = np.clip(ind, 0, a.size - 1)
    elif type(ind) is not Value and mode == "raise" and np.any((ind < -a.size) | (ind >= a.size)):
        raise IndexingError(
            f"indices from {-a.size} to {a.size - 1} for put",
            f"{int(np.min(ind))} to {int(np.max(ind))}",
            "pass mode='wrap' or mode='clip'",
        )
    else:
        ind = np.remainder(ind, a.size)
    _put_flat(a, ind, v)


@in_place(np.put_along_axis)
def put_along_axis(arr: Value, indices: Any, values: Any, axis: int | None) -> None:
    """np.put_along_axis: what np.take_along_axis would take is assigned."""
    indices = operand(indices)
    if axis is None:
        _put_flat(arr, indices, np.broadcast_to(operand(values), np.shape(indices)))
        return
    n = arr.ndim
    axis = normalize_axis_index(axis, n)
    if np.ndim(indices) != n:
        raise ShapeError(
            f"as many axes in the indices as in the array, {n}",
            f"{describe(arr)}, indices {describe(indices)}",
            "np.expand_dims the indices",
        )
    grid = [np.arange(m).reshape((-1,) + (1,) * (n - i - 1)) for i, m in enumerate(arr.shape)]
    arr[(*grid[:axis], indices, *grid[axis + 1 :])] = fitted(values, arr.dtype)


@in_place(np.place)
def place(arr: Value, mask: Any, vals: Any) -> None:
    """np.place: the first of vals where the mask first holds, and so on, over and over."""
    mask, vals = _of_size(arr, mask), np.ravel(fitted(vals, arr.dtype))
    if not np.size(vals):
        raise ArgumentError("values to put in place", "none", "pass one at least")
    number = np.cumsum(np.where(np.ravel(mask), 1, 0)) - 1
    chosen = take(vals, np.remainder(number, np.size(vals)))
    arr[...] = np.where(mask, np.reshape(chosen, arr.shape), arr)


@in_place(np.putmask)
def putmask(a: Value, mask: Any, values: Any) -> None:
    """np.putmask: where the mask holds, the values at that place, over and over."""
    mask, values = _of_size(a, mask), fitted(values, a.dtype)
    if np.size(values):
        a[...] = np.where(mask, np.resize(values, a.shape), a)


def _of_size(a: Value, mask: Any) -> Any:
    mask = operand(mask)
    if np.size(mask) != a.size:
        raise ShapeError(
            f"a mask of the shape {a.shape}", describe(mask), "np.broadcast_to its shape"
        )
    return np.reshape(mask if mask.dtype == bool else np.not_equal(mask, 0), a.shape)


@in_place(np.copyto)
def copyto(dst: Value, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """np.copyto: dst[...] = src, where the mask holds."""
    kind = np.result_type(src, dst.dtype) if type(src) in (int, float) else operand(src).dtype
    if not np.can_cast(kind, dst.dtype, casting):
        raise DTypeError(
            f"numbers that can be cast to {dst.dtype} by the rule {casting!r}",
            describe(src),
            "cast them first, with .astype(...)",
        )
    src = fitted(src, dst.dtype)
    dst[...] = src if where is True else np.where(where, src, dst)


@in_place(np.fill_diagonal)
def fill_diagonal(a: Value, val: Any, wrap: bool = False) -> None:
    """np.fill_diagonal: a[i, ..., i] = val, over and over; wrap goes on below a tall matrix."""
    shape = a.shape
    if len(shape) < 2 or (len(shape) > 2 and len(set(shape)) != 1):
        raise ShapeError(
            "a matrix, or an array with more axes of one length", describe(a), "assign to a[i, i]"
        )
    step = 1 + int(np.sum(np.cumprod(shape[:0:-1])))
    end = shape[1] ** 2 if len(shape) == 2 and not wrap else a.size
    _put_flat(a, np.arange(0, min(end, a.size), step), val)

"""Rearranging elements: all linear."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd import leading
from autograd.broadcast import data_of
from autograd.errors import ArgumentError, DTypeError, describe
from autograd.fast import unary
from autograd.journal import note_filled
from autograd.op import apply, composite, constant, linear, registry
from autograd.value import Value, detached


def _reshape_back(g: Any, y: Any, x: Any, *, shape: Any, order: Any = "C") -> Any:
    return np.reshape(g, np.shape(x), order=order)


def _reshape(a: Any, shape: Any, order: Any = "C") -> Any:
    return np.asarray(a).reshape(shape, order=order)


reshape_row = linear(
    _reshape,
    _reshape_back,
    batch=leading.shaped,
    name="reshape",
)


@composite(np.reshape)
def reshape(
    a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None
) -> Any:
    """np.reshape; order "A" is the one that the elements have in memory now."""
    order = _checked_order(order)
    if order == "A":
        order = "F" if np.asarray(data_of(a)).flags.fnc else "C"
    static = {"shape": newshape if shape is None else shape}
    return apply(reshape_row, (a,), static if order == "C" else {**static, "order": order})


def _checked_order(order: Any) -> str:
    """An order of elements by its letter, which NumPy takes in lower case as well; None is "C"."""
    if order is None:
        return "C"
    if isinstance(order, str) and order.upper() in ("C", "F", "A", "K"):
        return order.upper()
    raise ArgumentError("order 'C', 'F', 'A' or 'K'", describe(order), "leave it out for 'C'")


@composite(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """np.ravel: along one axis; order "K" is that in memory."""
    data = np.asarray(data_of(a))
    order = _checked_order(order)
    if order == "K":
        a = np.transpose(a, sorted(range(data.ndim), key=lambda i: -abs(data.strides[i])))
    fortran = order == "F" or (order == "A" and data.flags.fnc)
    return np.reshape(a, (-1,), order="F" if fortran else "C")


def _inverse(axes: Sequence[int] | int | None) -> Any:
    if axes is None or isinstance(axes, int | np.integer):  # one number, of an array with one axis
        return None
    return tuple(np.argsort([i % len(axes) for i in axes]).tolist())


def _transpose_back(g: Any, y: Any, x: Any, *, axes: Any = None) -> Any:
    # A Python number has no T.
    return getattr(g, "T", g) if axes is None else np.transpose(g, _inverse(axes))


transpose = linear(
    lambda a, axes=None: np.asarray(a).transpose(axes),
    _transpose_back,
    batch=leading.transposed,
    name="transpose",
    numpy=(np.transpose, np.permute_dims),
)
transpose_all = unary(transpose)
swapaxes = linear(
    np.swapaxes,
    lambda g, y, x, *, axis1, axis2: np.swapaxes(g, axis1, axis2),
    name="swapaxes",
)
moveaxis = linear(
    np.moveaxis,
    lambda g, y, x, *, source, destination: np.moveaxis(g, destination, source),
    name="moveaxis",
)
expand_dims = linear(
    np.expand_dims,
    lambda g, y, x, *, axis: np.reshape(g, np.shape(x)),
    batch=leading.reshaped,
    name="expand_dims",
)
squeeze = linear(
    np.squeeze,
    lambda g, y, x, *, axis=None: np.reshape(g, np.shape(x)),
    batch=leading.reshaped,
    name="squeeze",
)
# The engine sums the cotangent back over the axes that were added.
broadcast_to = linear(
    np.broadcast_to,
    lambda g, y, x, *, shape, subok=False: g,
    batch=leading.shaped,
    name="broadcast_to",
)
copy = linear(lambda a: np.array(a)[()], lambda g, y, x: g, batch=leading.elementwise, name="copy")


@composite(np.copy)
def copy_of(a: Any, order: str = "K", subok: bool = False) -> Any:
    """np.copy, which is recorded; the order of the elements in memory is none of its matter."""
    _checked_order(order)
    return copy(a)


cast_row = linear(
    lambda x, dtype: np.asarray(x).astype(dtype)[()],
    lambda g, y, x, *, dtype: g,
    batch=leading.elementwise,
    name="astype",
)


# To integers and booleans: piecewise constant.
truncate_row = constant(
    lambda x, dtype: np.asarray(x).astype(dtype), batch=leading.elementwise, name="truncate"
)


def cast(x: Any, dtype: Any) -> Any:
    """`astype`: recorded for a floating-point or complex dtype, else a plain array."""
    try:
        row = cast_row if np.dtype(dtype).kind in "fc" else truncate_row
    except TypeError as error:
        raise DTypeError(
            "a dtype for astype", f"{describe(dtype)} ({error})", "pass one, such as np.float32"
        ) from error
    return apply(row, (x,), {"dtype": dtype})


@composite("astype")
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """np.astype."""
    return cast(x, dtype)


@composite(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x: Any, /) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(x, -1, -2)


@composite(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """np.rollaxis."""
    n = np.ndim(a)
    axis = np.lib.array_utils.normalize_axis_index(axis, n)
    start = start + n if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


@composite(np.atleast_1d)
def atleast_1d(*arrays: Any) -> Any:
    """np.atleast_1d."""
    return _each(lambda a: np.reshape(a, (1,)) if np.ndim(a) == 0 else a, arrays)


@composite(np.atleast_2d)
def atleast_2d(*arrays: Any) -> Any:
    """np.atleast_2d."""
    return _each(
        lambda a: np.reshape(a, (1, -1)) if np.ndim(a) < 2 else a,
        arrays,
    )


@composite(np.atleast_3d)
def atleast_3d(*arrays: Any) -> Any:
    """np.atleast_3d."""

    def three(a: Any) -> Any:
        if np.ndim(a) < 2:
            return np.reshape(a, (1, -1, 1))
        return a[..., np.newaxis] if np.ndim(a) == 2 else a

    return _each(three, arrays)


def _each(function: Any, arrays: tuple[Any, ...]) -> Any:
    results = tuple(function(a) for a in arrays)
    return results[0] if len(results) == 1 else results


@composite(np.broadcast_arrays)
def broadcast_arrays(*arrays: Any, subok: bool = False) -> Any:
    """np.broadcast_arrays."""
    shape = np.broadcast_shapes(*(np.shape(a) for a in arrays))
    return tuple(np.broadcast_to(a, shape) for a in arrays)


# Repeating and reordering: gathers by constant indices


@composite(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """np.repeat."""
    if axis is None or (np.ndim(a) == 0 and axis in (0, -1)):  # NumPy lets a number have an axis
        a = np.ravel(a)
        axis = 0
    shape = np.shape(a)
    axis = normalize_axis_index(axis, len(shape))
    if np.size(repeats) != 1:
        return np.take(a, np.repeat(np.arange(shape[axis]), repeats), axis=axis)
    times = operator.index(np.asarray(repeats).item())
    apart = np.broadcast_to(
        np.expand_dims(a, axis + 1), (*shape[: axis + 1], times, *shape[axis + 1 :])
    )
    return np.reshape(apart, (*shape[:axis], shape[axis] * times, *shape[axis + 1 :]))


@composite(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """np.tile: each axis broadcast along a new one before it, and the two merged."""
    counts = tuple(int(n) for n in np.atleast_1d(reps))
    shape = np.shape(A)
    n = max(len(counts), len(shape))
    counts = (1,) * (n - len(counts)) + counts
    shape = (1,) * (n - len(shape)) + shape
    apart = [size for length in shape for size in (1, length)]
    spread = [size for pair in zip(counts, shape, strict=True) for size in pair]
    merged = [c * length for c, length in zip(counts, shape, strict=True)]
    return np.reshape(np.broadcast_to(np.reshape(A, apart), spread), merged)


@composite(np.flip)
def flip(m: Any, axis: Any = None) -> Any:
    """np.flip: a slice of step -1."""
    n = np.ndim(m)
    turned = range(n) if axis is None else normalize_axis_tuple(axis, n)
    return m[tuple(slice(None, None, -1 if i in turned else 1) for i in range(n))]


@composite(np.flipud)
def flipud(m: Any) -> Any:
    """np.flipud."""
    return np.flip(m, 0)


@composite(np.fliplr)
def fliplr(m: Any) -> Any:
    """np.fliplr."""
    return np.flip(m, 1)


@composite(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """np.roll."""
    if axis is None:
        return np.reshape(np.roll(np.ravel(a), shift, 0), np.shape(a))
    axis = normalize_axis_tuple(axis, np.ndim(a), allow_duplicate=True)
    shifts, axes = np.broadcast_arrays(shift, axis)
    for s, i in zip(shifts.ravel().tolist(), axes.ravel().tolist(), strict=True):
        n = np.shape(a)[i]
        if n and s % n:
            ahead = (slice(None),) * (i % np.ndim(a))
            cut = n - s % n
            a = np.concatenate(
                [a[(*ahead, slice(cut, None))], a[(*ahead, slice(None, cut))]], axis=i
            )
    return a


@composite(np.rot90)
def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """np.rot90."""
    for _ in range(k % 4):
        m = np.flip(np.swapaxes(m, *axes), axes[0])
    return m


# What depends on shape or dtype alone: plain results, in every mode


def _on_raw(function: Any) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        options = {key: data_of(x) for key, x in kwargs.items()}
        return function(*map(data_of, args), **options)

    return call


for function in (
    np.can_cast,
    np.common_type,
    np.min_scalar_type,
    np.diag_indices_from,
    np.tril_indices_from,
    np.triu_indices_from,
    np.shape,
    np.ndim,
    np.size,
    np.iscomplexobj,
    np.isrealobj,
    np.result_type,
    np.may_share_memory,
    np.shares_memory,
):
    registry[function] = _on_raw(function)


def _filled(function: Any) -> Any:
    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        return note_filled(detached(function(data_of(a), *args, **kwargs)), a)

    return call


# Values, and not plain arrays: `u = np.zeros_like(v)` and then `u[i] = f(v)` is how arrays are
# filled, and an ndarray could not take what is recorded.
for function in (np.zeros_like, np.ones_like):
    registry[function] = _filled(function)
# Under jit, what happens to lie in memory would be a constant that changes from trace to trace.
registry[np.empty_like] = _filled(np.zeros_like)
constant(np.isreal)
constant(np.iscomplex)


@composite(np.full_like)
def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """np.full_like; the fill value may be a Value."""
    raw = np.empty_like(data_of(a), dtype, order, subok, shape)
    if type(fill_value) is not Value:
        fill_value = note_filled(detached(np.asarray(fill_value)), a)
    return np.broadcast_to(fill_value.astype(raw.dtype), raw.shape)

"""Sorting: tied elements share the gradient equally, then the elements are gathered in order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.broadcast import dtype_of
from autograd.errors import UnsupportedError
from autograd.op import apply, composite, constant, general
from autograd.ops.reduce import cast


def _tie_mean(v: Any, key: Any, axis: int) -> Any:
    """Each element of `v` averaged with those whose `key` along `axis` is equal to its own."""
    v, key = np.broadcast_arrays(v, key)
    ordered = np.moveaxis(np.sort(key, axis=axis), axis, -1)
    if not np.any(ordered[..., 1:] == ordered[..., :-1]):
        return v
    order = np.argsort(key, axis=axis, kind="stable")
    moved = np.moveaxis(np.take_along_axis(v, order, axis), axis, -1)
    is_new = np.ones(moved.shape, bool)
    is_new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    starts = np.flatnonzero(is_new)
    counts = np.diff(starts, append=moved.size)
    sums = np.add.reduceat(moved.ravel(), starts)
    means = np.repeat(sums / counts.astype(np.finfo(moved.dtype).dtype), counts)
    out = np.empty_like(v)
    np.put_along_axis(out, order, np.moveaxis(means.reshape(moved.shape), -1, axis), axis)
    return out


# A symmetric map, so it is its own transpose.
tie_mean = general(
    _tie_mean,
    lambda g, y, v, key, *, axis: apply(tie_mean, (g, key), {"axis": axis}),
    None,
    tangent=lambda t, y, v, key, *, axis: (
        None if t[0] is None else apply(tie_mean, (t[0], key), {"axis": axis})
    ),
    name="tie_mean",
)

# The identity: where elements are equal, which of them comes first is arbitrary, so each of their
# places in the order belongs to all of them alike. A rule sees the average.
ties_row = general(
    lambda x, axis: x,
    lambda g, y, x, *, axis: apply(tie_mean, (g, x), {"axis": axis}),
    tangent=lambda t, y, x, *, axis: apply(tie_mean, (t[0], x), {"axis": axis}),
    name="share_ties",
)


def share_ties(a: Any, axis: int) -> Any:
    """`a`, in which elements that are equal along `axis` share what each of them is given."""
    return apply(ties_row, (a,), {"axis": axis})


def gathered(a: Any, order: Any, axis: int) -> Any:
    """The elements of `a` at `order` along `axis`; those that are tied share the gradient."""
    return np.take_along_axis(share_ties(a, axis), order, axis)


def _refuse_fields(name: str, order: Any) -> None:
    if order is not None:
        raise UnsupportedError(
            f"numbers to {name}",
            f"order={order!r}, the fields of a structured array",
            "leave order= out",
        )


def _axis_of(a: Any, axis: int | None) -> tuple[Any, int]:
    """The array and the axis to order along; None means all elements."""
    if axis is None:
        return np.ravel(a), 0
    return a, normalize_axis_index(axis, np.ndim(a))


@composite(np.sort)
def sort(
    a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Any:
    """np.sort: each place of tied elements belongs to all of them alike."""
    _refuse_fields("sort", order)
    a, axis = _axis_of(a, axis)
    return gathered(a, np.argsort(a, axis=axis, kind=kind, stable=stable), axis)


@composite(np.partition)
def partition(
    a: Any,
    kth: int | Sequence[int],
    axis: int | None = -1,
    kind: Any = "introselect",
    order: Any = None,
) -> Any:
    """np.partition: the elements on each side of `kth` come in the order of np.argpartition."""
    _refuse_fields("partition", order)
    a, axis = _axis_of(a, axis)
    return gathered(a, np.argpartition(a, kth, axis=axis, kind=kind), axis)


@composite(np.sort_complex)
def sort_complex(a: Any) -> Any:
    """np.sort_complex: sorted along the last axis, as complex numbers."""
    found = sort(a)
    if dtype_of(found).kind == "c":
        return found
    return cast(found, np.sort_complex(np.zeros(1, dtype_of(found))).dtype)


def _positions(*keys: Any, axis: int = -1) -> Any:
    return np.lexsort(keys, axis=axis)


def _bind_lexsort(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    keys, *rest = (*args, *kwargs.values())
    return tuple(keys), {"axis": rest[0]} if rest else {}


constant(_positions, bind=_bind_lexsort, numpy=(np.lexsort,), name="lexsort")
for function in (np.argsort, np.argpartition):
    constant(function)

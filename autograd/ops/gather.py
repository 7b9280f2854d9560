"""Elements chosen by indices that may be Values: the indices are arguments, not options.

Eagerly an index is a plain array and `ops.index` keeps it as an option of the op. A traced index
(the argsort of a traced Value, say) is another one at every replay, and has to be in the record.
"""

from typing import Any

import numpy as np

from autograd.errors import ShapeError, describe
from autograd.leading import along as along_axis
from autograd.leading import behind, everywhere, size_of
from autograd.leading_index import Layout, fronted, parts_of, sunk
from autograd.op import apply, composite, multilinear
from autograd.ops.scattering import added
from autograd.value import Value


def _places(shape: tuple[int, ...], indices: Any, axis: int) -> tuple[Any, ...]:
    """What to index an array with so that `indices` count along `axis`; the others stay."""
    n = len(shape)
    if n == 1:
        return (indices,)
    grid = [np.arange(m).reshape((-1,) + (1,) * (n - i - 1)) for i, m in enumerate(shape)]
    grid[axis] = indices
    return tuple(grid)


def _along(x: Any, indices: Any, axis: int) -> Any:
    return x[_places(x.shape, indices, axis)]


def _back_along(g: Any, indices: Any, axis: int, shape: tuple[int, ...]) -> Any:
    """An array of zeros with `g` added where `indices` along `axis` say."""
    places = _places(shape, indices, axis)
    once = list(shape)
    once[axis] = 1
    if g.shape != tuple(once):
        return added(g, places, shape)
    out = np.zeros(shape, g.dtype)  # no element comes twice
    out[places] = g
    return out


def _back_along_batch(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    g, indices = xs
    size = size_of(xs, batched)
    (g,) = everywhere((g,), batched[:1], size)
    indices = indices if batched[1] else indices[np.newaxis]
    axis = behind(static["axis"], len(static["shape"]))
    return apply(op, (g, indices), {"axis": axis, "shape": (size, *static["shape"])})


along = multilinear(
    _along,
    lambda g, y, x, i, *, axis: apply(back_along, (g, i), {"axis": axis, "shape": np.shape(x)}),
    None,
    batch=along_axis(),
    name="take_along_axis",
)
back_along = multilinear(
    _back_along,
    lambda g, y, x, i, *, axis, shape: apply(along, (g, i), {"axis": axis}),
    None,
    batch=_back_along_batch,
    name="put_along_axis",
)


@composite(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """np.take_along_axis."""
    if axis is None:
        arr = np.ravel(arr)
        axis = 0
    if type(indices) is not Value:
        indices = np.asarray(indices)
    n = np.ndim(arr)
    axis = np.lib.array_utils.normalize_axis_index(axis, n)
    if indices.ndim != n or indices.dtype.kind not in "iu":
        raise ShapeError(
            f"integer indices with as many axes as the array, {n}",
            f"{describe(arr)}, indices {describe(indices)}",
            "np.expand_dims the indices",
        )
    return apply(along, (arr, indices), {"axis": axis})


class _Traced:
    """Stands in an index for a part that is an argument of the op."""

    def __repr__(self) -> str:
        return "traced"


TRACED = _Traced()


def _inserted(index: tuple[Any, ...], parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """The index with its traced parts put back."""
    remaining = iter(parts)
    return tuple(next(remaining) if part is TRACED else part for part in index)


def _at(x: Any, *parts: Any, index: tuple[Any, ...]) -> Any:
    return x[_inserted(index, parts)]


def _back_at(g: Any, *parts: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    return added(g, _inserted(index, parts), shape)


def _at_joint(wanted: Any, g: Any, y: Any, x: Any, *parts: Any, index: Any) -> tuple[Any, ...]:
    static = {"index": index, "shape": np.shape(x)}
    return (apply(back_at, (g, *parts), static), *(None for _ in parts))


def _back_at_joint(
    wanted: Any, g: Any, y: Any, x: Any, *parts: Any, index: Any, shape: Any
) -> tuple[Any, ...]:
    return (apply(at, (g, *parts), {"index": index}), *(None for _ in parts))


def _behind_arrays(parts: tuple[Any, ...], batched: list[bool], ndim: int) -> tuple[Any, ...]:
    """Index arrays aligned at their last axes, those that have it with the new axis in front."""
    return tuple(
        np.reshape(i, (np.shape(i)[0], *(1,) * (ndim - np.ndim(i) + 1), *np.shape(i)[1:]))
        if has
        else i
        for i, has in zip(parts, batched, strict=True)
    )


def _layout(index: tuple[Any, ...], parts: Any, batched: Any, ndim: int) -> tuple[Any, Any]:
    """The template written out, and where the arrays' axes of one slice are."""
    arrays = [np.broadcast_to(0, np.shape(i)[has:]) for i, has in zip(parts, batched, strict=True)]
    template = parts_of(index, ndim)
    return template, Layout(list(_inserted(tuple(template), tuple(arrays))))


def _at_batch(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    x, *parts = xs
    has_x, *moving = batched
    template, layout = _layout(static["index"], parts, moving, np.ndim(x) - has_x)
    if not any(moving):
        return fronted(apply(op, xs, {"index": (slice(None), *template)}), layout)
    parts = _behind_arrays(tuple(parts), moving, layout.ndim)
    if not has_x:
        found = apply(op, (x, *parts), {"index": tuple(template)})
        return np.moveaxis(found, layout.before, 0)
    rows = np.arange(np.shape(x)[0]).reshape((-1,) + (1,) * layout.ndim)
    found = apply(op, (x, *parts), {"index": (rows, *template)})
    ends = range(1 + layout.before, 1 + layout.before + layout.ndim)
    return np.moveaxis(found, tuple(range(1, 1 + layout.ndim)), tuple(ends))


def _back_at_batch(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    g, *parts = xs
    size = size_of(xs, batched)
    (g,) = everywhere((g,), batched[:1], size)
    moving = batched[1:]
    template, layout = _layout(static["index"], parts, moving, len(static["shape"]))
    shape = (size, *static["shape"])
    if not any(moving):
        static = {"index": (slice(None), *template), "shape": shape}
        return apply(op, (sunk(g, layout), *parts), static)
    rows = np.arange(size).reshape((-1,) + (1,) * layout.ndim)
    ends = range(1 + layout.before, 1 + layout.before + layout.ndim)
    g = np.moveaxis(g, tuple(ends), tuple(range(1, 1 + layout.ndim)))
    parts = _behind_arrays(tuple(parts), list(moving), layout.ndim)
    return apply(op, (g, *parts), {"index": (rows, *template), "shape": shape})


at = multilinear(_at, joint=_at_joint, batch=_at_batch, name="gather")
back_at = multilinear(_back_at, joint=_back_at_joint, batch=_back_at_batch, name="scatter_add")


def traced_item(x: Any, index: tuple[Any, ...]) -> Any:
    """x[index] with every Value in the index an argument of the op."""
    parts = tuple(part for part in index if type(part) is Value)
    template = tuple(TRACED if type(part) is Value else part for part in index)
    return apply(at, (x, *parts), {"index": template})


def is_traced(index: tuple[Any, ...]) -> bool:
    """Whether an index holds integers that a replay computes anew."""
    kinds = [part.dtype.kind for part in index if type(part) is Value]
    return bool(kinds) and all(kind in "iu" for kind in kinds)

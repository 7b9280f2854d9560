"""How indexing takes one axis more, in front.

NumPy puts the axes of its index arrays where they stand if they stand together, and first if they
do not; the new axis is then behind them and has to be moved.
"""

from typing import Any

import numpy as np

from autograd.leading import everywhere, one_by_one, size_of
from autograd.op import apply


def parts_of(index: Any, ndim: int) -> list[Any]:
    """The parts of an index into an array of `ndim` axes, an ellipsis written out."""
    parts = list(index) if type(index) is tuple else [index]
    taken = sum(_takes(part) for part in parts)
    for i, part in enumerate(parts):
        if part is Ellipsis:
            parts[i : i + 1] = [slice(None)] * (ndim - taken)
            break
    return parts


def _takes(part: Any) -> int:
    """How many axes of the array a part of an index speaks of."""
    if part is None or part is Ellipsis:
        return 0
    if isinstance(part, np.ndarray | list) and np.asarray(part).dtype == bool:
        return np.ndim(part)
    return 1


class Layout:
    """Where the axes of the index arrays are in x[index].

    ndim       how many axes the arrays broadcast to, 0 if there are none.
    together   whether they stand where the arrays stand in the index, not first.
    before     how many axes of the result come before them then.
    """

    def __init__(self, parts: list[Any]) -> None:
        advanced = [i for i, part in enumerate(parts) if _is_array(part)]
        self.ndim = max(
            (1 if np.asarray(parts[i]).dtype == bool else np.ndim(parts[i]) for i in advanced),
            default=0,
        )
        if advanced:  # beside an array, a number is one too
            advanced = [i for i, p in enumerate(parts) if not (p is None or isinstance(p, slice))]
        self.together = not advanced or advanced[-1] - advanced[0] + 1 == len(advanced)
        self.before = advanced[0] if advanced and self.together else 0


def _is_array(part: Any) -> bool:
    return not (part is None or isinstance(part, slice | int | np.integer))


def item(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    """x[index] of every slice."""
    (x,) = xs
    parts = parts_of(static["index"], np.ndim(x) - 1)
    if any(type(part) is bool or part is np.True_ or part is np.False_ for part in parts):
        return one_by_one(op, xs, batched, static, y)
    found = apply(op, xs, {"index": (slice(None), *parts)})
    return fronted(found, Layout(parts))


def fronted(found: Any, layout: Layout) -> Any:
    """x[index] of every slice with the new axis first."""
    return found if layout.together else np.moveaxis(found, layout.ndim, 0)


def sunk(g: Any, layout: Layout) -> Any:
    """What is to lie at an index with the new axis where NumPy wants it."""
    return g if layout.together else np.moveaxis(g, 0, layout.ndim)


def scattered(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    """Zeros with g added at an index, for every slice."""
    (g,) = xs
    parts = parts_of(static["index"], len(static["shape"]))
    shape = (np.shape(g)[0], *static["shape"])
    return apply(op, (sunk(g, Layout(parts)),), {"index": (slice(None), *parts), "shape": shape})


def put(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    """x with v at an index, for every slice."""
    size = size_of(xs, batched)
    x, v = xs
    (x,) = everywhere((x,), batched[:1], size)
    parts = parts_of(static["index"], np.ndim(y))
    layout = Layout(parts)
    if batched[1]:
        target = np.broadcast_to(0, np.shape(y))[tuple(parts)]
        missing = target.ndim - (np.ndim(v) - 1)
        v = sunk(np.reshape(v, (size, *(1,) * missing, *np.shape(v)[1:])), layout)
    elif not layout.together:
        v = np.broadcast_to(v, np.broadcast_to(0, np.shape(y))[tuple(parts)].shape)
        v = sunk(np.broadcast_to(v, (size, *np.shape(v))), layout)
    return apply(op, (x, v), {"index": (slice(None), *parts)})

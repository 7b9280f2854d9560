"""How ops take one axis more, in front: what `vmap` does with each node of a record.

A row's `batch` is one of the functions here, or one like them: `(op, xs, batched, static, y)` ->
what the op gives for all slices at once, with the new axis first. `batched` says which of `xs` have
that axis; `y` is the output for one slice. The result is made by ops, so that it is recorded where
its inputs are.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.broadcast import dtype_of
from autograd.op import AXIS_OPTIONS, Kind, apply
from autograd.value import Value

Batch = Callable[..., Any]


def size_of(xs: Sequence[Any], batched: Sequence[bool]) -> int:
    """The length of the axis in front."""
    return next(np.shape(x)[0] for x, has in zip(xs, batched, strict=True) if has)


def aligned(xs: Sequence[Any], batched: Sequence[bool], core: Sequence[int]) -> tuple[Any, ...]:
    """`xs` with axes of length 1 behind the new one, so that what precedes the core broadcasts."""
    outer = [np.ndim(x) - has - k for x, has, k in zip(xs, batched, core, strict=True)]
    most = max(outer)
    return tuple(
        np.reshape(x, (np.shape(x)[0], *(1,) * (most - n), *np.shape(x)[1:]))
        if has and n < most
        else x
        for x, has, n in zip(xs, batched, outer, strict=True)
    )


def elementwise(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    """The arguments broadcast, each element by itself."""
    return apply(op, aligned(xs, batched, [0] * len(xs)), static)


def core(*ndims: int) -> Batch:
    """The op works on the last so many axes of each argument, and broadcasts those before."""

    def batch(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
        return apply(op, aligned(xs, batched, ndims), static)

    return batch


def along(**defaults: Any) -> Batch:
    """The op's options name the axes it works along; None names all. `defaults` are the row's."""

    def batch(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
        xs = tuple(x if has else x[np.newaxis] for x, has in zip(xs, batched, strict=True))
        n = np.ndim(xs[0]) - 1
        if all(np.ndim(x) == 1 for x in xs):
            # Of a number NumPy takes the axes 0 and -1, which here would be that of the slices.
            found = batch(op, tuple(x[:, np.newaxis] for x in xs), (True,) * len(xs), static, y)
            return _like_slices(found, y)
        options = {**defaults, **static}
        if op.kind is Kind.CONSTANT and n > 1 and options.get("axis", 0) is None:
            return one_by_one(op, xs, batched, static, y)  # argmax takes one axis only
        return apply(
            op, xs, {k: behind(x, n) if k in AXIS_OPTIONS else x for k, x in options.items()}
        )

    return batch


def _like_slices(found: Any, y: Any) -> Any:
    """`found`, of which each slice gets the shape of `y`."""
    if isinstance(y, tuple):
        return tuple(_like_slices(part, like) for part, like in zip(found, y, strict=True))
    return np.reshape(found, (np.shape(found)[0], *np.shape(y)))


def behind(axis: Any, n: int) -> Any:
    """The axes of an array of `n` axes once there is one more in front."""
    if axis is None:
        return 1 if n == 1 else tuple(range(1, n + 1))
    if isinstance(axis, int | np.integer):
        return int(axis) + 1 if axis >= 0 else int(axis)
    return tuple(behind(i, n) for i in axis)


def shaped(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    """The op has the `shape` of its result for an option."""
    (x,) = xs
    shape = (np.shape(x)[0], *np.shape(y))
    if static.get("order", "C") != "C":
        return one_by_one(op, xs, batched, static, y)
    short = np.ndim(y) - (np.ndim(x) - 1)
    if op.name == "broadcast_to" and short:
        x = np.reshape(x, (shape[0], *(1,) * short, *np.shape(x)[1:]))
    return apply(op, (x,), {**static, "shape": shape})


def reshaped(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    """The op gives the same elements in another shape."""
    (x,) = xs
    return np.reshape(x, (np.shape(x)[0], *np.shape(y)))


def transposed(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    """The op orders the axes anew; None reverses them."""
    n = np.ndim(y)
    axes = static.get("axes")
    axes = tuple(reversed(range(n))) if axes is None else np.atleast_1d(axes).tolist()
    return apply(op, xs, {"axes": (0, *behind(tuple(axes), n))})


def matrices(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    """A matrix product, in which a vector is a row on the left and a column on the right."""
    x, w = xs
    row = np.ndim(x) - batched[0] == 1
    column = np.ndim(w) - batched[1] == 1
    left = x[..., np.newaxis, :] if row else x
    right = w[..., np.newaxis] if column else w
    product = apply(op, aligned((left, right), batched, (2, 2)), static)
    return np.reshape(product, (size_of(xs, batched), *np.shape(y))) if row or column else product


def everywhere(xs: Any, batched: Any, size: int) -> tuple[Any, ...]:
    """`xs`, all with the new axis."""
    return tuple(
        x if has else np.broadcast_to(x, (size, *np.shape(x)))
        for x, has in zip(xs, batched, strict=True)
    )


def joined(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    """Arrays joined along an axis."""
    xs = everywhere(xs, batched, size_of(xs, batched))
    axis = static.get("axis", 0)
    if axis is None:
        xs = tuple(np.reshape(x, (np.shape(x)[0], -1)) for x in xs)
        axis = 0
    return apply(op, xs, {**static, "axis": behind(axis, np.ndim(xs[0]) - 1)})


def one_by_one(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    """Every slice by itself, and the results stacked: right for any op."""
    found = [
        apply(op, tuple(x[i] if has else x for x, has in zip(xs, batched, strict=True)), static)
        for i in range(size_of(xs, batched))
    ]
    if isinstance(y, tuple):
        return tuple(stacked([parts[i] for parts in found], part) for i, part in enumerate(y))
    return stacked(found, y)


def stacked(slices: list[Any], like: Any) -> Any:
    """The slices along a new first axis; `like` is one of them, should there be none."""
    if not slices:
        return np.zeros((0, *np.shape(like)), dtype_of(like))
    if any(type(x) is Value for x in slices):
        return np.stack(slices)
    return np.stack([np.asarray(x) for x in slices])

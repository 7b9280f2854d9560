"""Moving elements without touching them: what such ops do to an `Access`."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from autograd.compiler.nodes import Access


def permuted(x: Access, axes: Sequence[int]) -> Access:
    """The axes in another order."""
    return replace(
        x, shape=tuple(x.shape[i] for i in axes), strides=tuple(x.strides[i] for i in axes)
    )


def broadcast(x: Access, shape: Sequence[int]) -> Access:
    """Repeated along axes of length 1 and along new axes in front.

    Axes of length 1 in front may be too many, as in an assignment.
    """
    shape = tuple(shape)
    if x.shape == shape:
        return x
    x = without(x, range(len(x.shape) - len(shape)))
    missing = len(shape) - len(x.shape)
    strides = [0] * missing
    strides += [
        0 if n == 1 != m else stride
        for n, m, stride in zip(x.shape, shape[missing:], x.strides, strict=True)
    ]
    return replace(x, shape=shape, strides=tuple(strides))


def reshaped(x: Access, shape: Sequence[int]) -> Access | None:
    """The same elements in C order under another shape; None where no strides say so."""
    shape = tuple(shape)
    old = [(n, s) for n, s in zip(x.shape, x.strides, strict=True) if n != 1]
    new = [i for i, n in enumerate(shape) if n != 1]
    strides = [0] * len(shape)
    # From the last axis on, the shortest runs of old and of new axes of as many elements. The old
    # ones of a run have to lie one after another.
    while old and new:
        length, stride = old.pop()
        run = [new.pop()]
        size = shape[run[0]]
        while length != size:
            if length < size:
                if not old or old[-1][1] != length * stride:
                    return None
                length *= old.pop()[0]
            else:
                run.append(new.pop())
                size *= shape[run[-1]]
        for i in run:
            strides[i] = stride
            stride *= shape[i]
    return replace(x, shape=shape, strides=tuple(strides))


def without(x: Access, axes: Sequence[int]) -> Access:
    """At index 0 of these axes, which are left out."""
    keep = [i for i in range(len(x.shape)) if i not in axes]
    return permuted(x, keep)


def item(x: Access, index: Any) -> Access:
    """x[index] for integers, slices, None and an ellipsis."""
    parts = list(index) if type(index) is tuple else [index]
    taken = sum(part is not None and part is not Ellipsis for part in parts)
    if not any(part is Ellipsis for part in parts):
        parts.append(Ellipsis)
    shape: list[int] = []
    strides: list[int] = []
    offset = x.offset
    axis = 0
    for part in parts:
        if part is None:
            shape.append(1)
            strides.append(0)
        elif part is Ellipsis:
            for _ in range(len(x.shape) - taken):
                shape.append(x.shape[axis])
                strides.append(x.strides[axis])
                axis += 1
        elif isinstance(part, slice):
            start, stop, step = part.indices(x.shape[axis])
            length = len(range(start, stop, step))
            shape.append(length)
            strides.append(x.strides[axis] * step)
            offset += start * x.strides[axis] if length else 0
            axis += 1
        else:
            offset += (int(part) % x.shape[axis]) * x.strides[axis]
            axis += 1
    return replace(x, shape=tuple(shape), strides=tuple(strides), offset=offset, weak=False)


def windows(x: Access, window: Sequence[int], axes: Sequence[int]) -> Access:
    """Windows that slide along `axes`, their own axes last."""
    shape = list(x.shape)
    for size, axis in zip(window, axes, strict=True):
        shape[axis] -= size - 1
    strides = (*x.strides, *(x.strides[axis] for axis in axes))
    return replace(x, shape=(*shape, *window), strides=strides)


def split_axis(x: Access, axis: int, outer: int) -> Access:
    """One axis as two, the first of length `outer`."""
    n, stride = x.shape[axis], x.strides[axis]
    inner = n // outer
    return replace(
        x,
        shape=(*x.shape[:axis], outer, inner, *x.shape[axis + 1 :]),
        strides=(*x.strides[:axis], stride * inner, stride, *x.strides[axis + 1 :]),
    )


def merged(x: Access, axis: int) -> Access | None:
    """Two axes, `axis` and the next, as one; None where no stride says so."""
    (n, m), (s, t) = x.shape[axis : axis + 2], x.strides[axis : axis + 2]
    if m == 1:
        stride = s
    elif n == 1 or s == m * t:
        stride = t
    else:
        return None
    return replace(
        x,
        shape=(*x.shape[:axis], n * m, *x.shape[axis + 2 :]),
        strides=(*x.strides[:axis], stride, *x.strides[axis + 2 :]),
    )


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """An option that names axes, as a tuple of numbers from 0 on; None names all."""
    if axis is None:
        return tuple(range(ndim))
    named = axis if isinstance(axis, tuple | list) else (axis,)
    # A single number has no axes, but NumPy lets -1 and 0 name one.
    return tuple(int(i) % ndim for i in named) if ndim else ()


def overlaps_itself(x: Access) -> bool:
    """Whether some element may come twice."""
    reach = 1
    for stride, n in sorted((abs(s), n) for n, s in zip(x.shape, x.strides, strict=True) if n > 1):
        if stride < reach:
            return True
        reach = stride * (n - 1) + reach
    return False


def inner_length(shape: Sequence[int]) -> int:
    """The number of elements, as a plain int."""
    return int(prod(shape)) if len(shape) else 1


def diagonal_index(shape: Sequence[int], index: Any) -> tuple[int, int, int] | None:
    """(start of axis 0, start of axis 1, length) where two ramps of step 1 index two axes."""
    if type(index) is not tuple or len(index) != 2 or len(shape) != 2:
        return None
    i, j = index
    if not all(isinstance(k, np.ndarray) and k.ndim == 1 and k.dtype.kind in "iu" for k in (i, j)):
        return None
    if i.shape != j.shape or not len(i):
        return None
    ramp = np.arange(len(i))
    if np.array_equal(i, ramp + i[0]) and np.array_equal(j, ramp + j[0]) and i[0] >= 0 <= j[0]:
        return int(i[0]), int(j[0]), len(i)
    return None

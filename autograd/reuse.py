"""Memory of large arrays that nobody holds any more, for the next result of the same shape.

A system hands out memory page by page and clears each page, which takes longer than most arithmetic
on it. A step of training makes arrays like those of the step before, whose memory the C library has
given back meanwhile. So it is kept here: `room` remembers what it gave, and gives it once more when
nothing else refers to it.
"""

import os
from collections import deque
from collections.abc import Callable
from functools import cache
from math import prod
from sys import getrefcount
from threading import local
from typing import Any

import numpy as np

# Elements. What is smaller comes out of memory that the C library keeps by itself.
LARGE = 65_536

# How many arrays of a shape are looked at before a new one is made.
_LOOKS = 8


def _physical_memory() -> int:
    """Bytes; 8 GiB where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 << 30


# The most bytes that are kept for a thread.
_LIMIT = _physical_memory() // 8


class _Kept(local):
    """The memory that one thread was given, in arrays of bytes, by size."""

    def __init__(self) -> None:
        self.blocks: dict[int, deque[np.ndarray]] = {}
        self.bytes = 0


_kept = _Kept()


def room(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array in C order, of whatever contents, in memory that nobody else refers to.

    >>> first = room((1000, 1000), np.dtype(float))
    >>> place = first.ctypes.data
    >>> del first
    >>> room((500, 2000), np.dtype(float)).ctypes.data == place
    True
    """
    size = prod(shape) * dtype.itemsize
    blocks = _kept.blocks.setdefault(size, deque())
    for _ in range(min(_LOOKS, len(blocks))):
        blocks.rotate()
        block, references = _first(blocks)
        if references == _FREE:
            return np.ndarray(shape, dtype, block)
    block = np.empty(size, np.uint8)
    _kept.bytes += size
    if _kept.bytes > _LIMIT:
        empty_cache()
    else:
        blocks.append(block)
    return np.ndarray(shape, dtype, block)


def _first(blocks: deque[np.ndarray]) -> tuple[np.ndarray, int]:
    """A block, and how many references it has while it is looked at: one from every view of it."""
    block = blocks[0]
    return block, getrefcount(block)


# How many that are if only the deque holds it.
_FREE = _first(deque([np.empty(0, np.uint8)]))[1]


def in_room(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, whose large results lie in `room`: a ufunc does, another function stays as it is.

    >>> add = in_room(np.add)
    >>> add(np.ones(2), 1.0)
    array([2., 2.])
    """
    if not isinstance(function, np.ufunc) or function.nout != 1:
        return function
    ufunc = function

    def computed(*operands: Any, **options: Any) -> Any:
        for x in operands:
            if type(x) is np.ndarray and x.size >= LARGE and not options:
                place = _place(ufunc, operands)
                return ufunc(*operands) if place is None else ufunc(*operands, out=place)
        return ufunc(*operands, **options)

    return computed


def _place(ufunc: np.ufunc, operands: tuple[Any, ...]) -> np.ndarray | None:
    """Room for a large result that NumPy would lay out in C order, in the dtype of the arrays.

    Python's numbers take the dtype of the arrays beside them; what else is there, NumPy decides.
    """
    arrays = [x for x in operands if type(x) is np.ndarray]
    dtype = arrays[0].dtype
    if any(x.dtype != dtype for x in arrays) or not _keeps(ufunc, dtype):
        return None
    if any(type(x) not in (np.ndarray, float, int) for x in operands):
        return None
    if ufunc is np.matmul:
        shape = _product(*operands)
    elif ufunc.signature is None and all(x.flags.c_contiguous for x in arrays):
        shape = np.broadcast(*arrays).shape
    else:
        return None
    return room(shape, dtype) if prod(shape) >= LARGE else None


def _product(x: Any, w: Any) -> tuple[int, ...]:
    """The shape of x @ w for two matrices, or as many of each; () of anything else."""
    if min(np.ndim(x), np.ndim(w)) < 2 or x.shape[:-2] != w.shape[:-2]:
        return ()
    if x.shape[-1] != w.shape[-2]:
        return ()
    return (*x.shape[:-1], w.shape[-1])


@cache
def _keeps(ufunc: np.ufunc, dtype: np.dtype) -> bool:
    """Whether of real floats of this dtype the ufunc makes such floats."""
    loop = f"{dtype.char * ufunc.nin}->{dtype.char}"
    return dtype.char in "fd" and dtype.isnative and loop in ufunc.types


def empty_cache() -> None:
    """Give back the memory of large results that nobody holds and that this thread has kept.

    Results of 65,536 elements and more are written into the memory of earlier ones that are gone,
    an eighth of the machine's memory at most.

    >>> from autograd import Value, empty_cache
    >>> y = np.tanh(Value(np.zeros((1000, 1000))))
    >>> del y
    >>> empty_cache()
    """
    _kept.blocks.clear()
    _kept.bytes = 0

"""Memory of large arrays that nobody holds any more, for the next result of the same size.

A system hands out memory page by page and clears each page, which takes longer than most arithmetic
on it. A step of training makes arrays like those of the step before, whose memory the C library has
given back meanwhile. So it is kept here: `room` remembers what it gave, and gives it once more when
nothing else refers to it.
"""

import os
import sys
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

# How many blocks of a size are looked at before a new one is made.
_LOOKS = 8


def _physical_memory() -> int:
    """Bytes; 8 GiB where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 << 30


# The most bytes that are kept for a thread, and what is kept without looking whether it is used.
_LIMIT = _physical_memory() // 8
_LITTLE = 1 << 26


class _Kept(local):
    """The memory that one thread was given, in arrays of bytes, by size; `allowed` until a look."""

    def __init__(self) -> None:
        self.blocks: dict[int, deque[np.ndarray]] = {}
        self.bytes = 0
        self.allowed = _LITTLE

    def forget_unused(self) -> None:
        """Keep what somebody holds, and allow as much again: all of it, where that is too much."""
        for size, blocks in list(self.blocks.items()):
            for _ in range(len(blocks)):
                if _first(blocks)[1] == _FREE:
                    blocks.popleft()
                    self.bytes -= size
                else:
                    blocks.rotate(-1)
            if not blocks:
                del self.blocks[size]
        if self.bytes > _LIMIT:
            self.forget()
        self.allowed = max(_LITTLE, 2 * self.bytes)

    def forget(self) -> None:
        self.blocks.clear()
        self.bytes = 0
        self.allowed = _LITTLE


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
    blocks = _kept.blocks.get(size) or deque()
    for _ in range(min(_LOOKS, len(blocks))):
        blocks.rotate()
        block, references = _first(blocks)
        if references == _FREE:
            return np.ndarray(shape, dtype, block)
    block = np.empty(size, np.uint8)
    if _kept.bytes + size > _kept.allowed:
        _kept.forget_unused()
    _kept.blocks.setdefault(size, deque()).append(block)
    _kept.bytes += size
    return np.ndarray(shape, dtype, block)


def _first(blocks: deque[np.ndarray]) -> tuple[np.ndarray, int]:
    """A block, and how many references it has while it is looked at: one from every view of it."""
    block = blocks[0]
    return block, getrefcount(block)


# How many that are if only the deque holds it.
_FREE = _first(deque([np.empty(0, np.uint8)]))[1]


def in_room(ufunc: np.ufunc) -> Callable[..., Any]:
    """The ufunc, a large result of which lies in `room`.

    >>> in_room(np.add)(np.ones(2), 1.0)
    array([2., 2.])
    """

    def computed(*operands: Any, **options: Any) -> Any:
        for x in operands:
            if type(x) is np.ndarray and x.size >= LARGE and not options:
                place = _place(ufunc, operands)
                return ufunc(*operands) if place is None else ufunc(*operands, out=place)
        return ufunc(*operands, **options)

    return computed


def _place(ufunc: np.ufunc, operands: tuple[Any, ...]) -> np.ndarray | None:
    """Room for a large real result that NumPy would lay out in C order; None for any other."""
    if any(isinstance(x, np.ndarray) and type(x) is not np.ndarray for x in operands):
        return None  # the result is of their class
    if _memory_is_watched():
        return None
    kinds = tuple([x.dtype if isinstance(x, _ARRAYS) else type(x) for x in operands])
    dtype = _made(ufunc, kinds)
    if dtype is None:
        return None
    if ufunc is np.matmul:
        shape = _product(*operands)
    elif all(x.flags.c_contiguous for x in operands if type(x) is np.ndarray):
        shape = _broadcast(operands)
    else:
        return None
    return room(shape, dtype) if shape is not None and prod(shape) >= LARGE else None


_ARRAYS = (np.ndarray, np.generic)


def _memory_is_watched() -> bool:
    """Whether tracemalloc counts what a program holds: it sees new memory only."""
    tracemalloc = sys.modules.get("tracemalloc")
    return tracemalloc is not None and tracemalloc.is_tracing()


@cache
def _made(ufunc: np.ufunc, kinds: tuple[Any, ...]) -> np.dtype | None:
    """The dtype that the ufunc makes of these; None if it is no real one of the machine's."""
    if ufunc.signature is not None and ufunc is not np.matmul:
        return None
    try:
        made = ufunc.resolve_dtypes((*kinds, None))[-1]
    except (TypeError, ValueError):
        return None
    return made if made.char in "fd" and made.isnative else None


def _broadcast(operands: tuple[Any, ...]) -> tuple[int, ...] | None:
    try:
        return np.broadcast(*operands).shape
    except ValueError:
        return None  # NumPy's own words for it are better


def _product(x: Any, w: Any) -> tuple[int, ...] | None:
    """The shape of x @ w for two matrices, or as many of each; None of anything else."""
    if min(np.ndim(x), np.ndim(w)) < 2 or x.shape[:-2] != w.shape[:-2]:
        return None
    if x.shape[-1] != w.shape[-2]:
        return None
    return (*x.shape[:-1], w.shape[-1])


def empty_cache() -> None:
    """Give back the memory of large results that nobody holds and that this thread has kept.

    Results of 65,536 elements and more are written into the memory of earlier ones that are gone.
    Without a call it is given back when other sizes need more, and beyond an eighth of the
    machine's memory.

    >>> from autograd import Value, empty_cache
    >>> y = np.tanh(Value(np.zeros((1000, 1000))))
    >>> del y
    >>> empty_cache()
    """
    _kept.forget()

"""What to do about an error that NumPy raised: by the name of the function, then by its words."""

import re

import numpy as np

ALIGN = (
    "give shapes that are equal, or 1, axis by axis from the right; reshape or np.expand_dims adds "
    "axes of length 1"
)
_PRODUCT = (
    "give the last axis of the first the length of the last but one of the second (of a vector, "
    "its only one); .T or np.swapaxes exchanges two axes"
)
_JOINED = "give arrays that agree in all axes but the one that they are joined along"

_OF_SHAPES = {
    "broadcast_to": "give a shape that ends in the array's own; axes of length 1 may grow",
    "dot": _PRODUCT,
    "einsum": "write a letter for each axis of each operand, each for one length, and an output of "
    "these letters",
    "matmul": _PRODUCT,
    "multi_dot": _PRODUCT,
    "pad": "give pad_width as one number, one pair, or a pair for each axis",
    "repeat": "give one count, or one for each element along the axis",
    "reshape": "give a shape of as many elements, in which one length may be -1",
    "setitem": "assign a number, or an array that broadcasts to the shape at the index",
    "solve": "give a square matrix, and a right side of as many rows",
    "split": "give a number of parts that divides the axis; np.array_split takes any",
    "squeeze": "name axes of length 1 only; an index takes one element of others",
    "transpose": "name every axis once, as many as the array has",
}

# Some of NumPy's words, and what to do about them in any function.
_OF_WORDS = (
    ("duplicate value", "name each axis once"),
    ("has no identity", "give at least one element, or initial="),
    ("must match exactly", _JOINED),
    ("same number of dimensions", _JOINED),
    ("zero-dimensional arrays", "join numbers with np.stack"),
    ("data points", "give a length of 1 or more"),
    ("non-negative", "give counts of 0 or more"),
    ("broadcast", ALIGN),
)


def of_shapes(name: str, words: str) -> str:
    """What to do about shapes that do not fit the function of this name.

    >>> of_shapes("sum", "duplicate value in 'axis'")
    'name each axis once'
    """
    if name in _OF_SHAPES:
        return _OF_SHAPES[name]
    for part, remedy in _OF_WORDS:
        if part in words:
            return remedy
    for module in (np, np.linalg, np.fft):
        if callable(getattr(module, name, None)):  # np.fft is a module, np.fft.fft the function
            return f"see help({module.__name__}.{name}) for what it takes"
    return "compare the shapes"


def of_axis(ndim: int | None) -> str:
    """What to do about an axis that an array of so many axes does not have.

    >>> of_axis(2)
    'pass an axis from -2 to 1'
    """
    if ndim is None:
        return "pass an axis from -n to n - 1 for n axes"
    return f"pass an axis from {-ndim} to {ndim - 1}" if ndim else "leave it out: a number has none"


def of_index(words: str) -> str:
    """What to do about an index, from NumPy's words about it.

    >>> of_index("index 5 is out of bounds for axis 0 with size 3")
    'use an index from -3 to 2 there'
    """
    size = re.search(r"is out of bounds for axis \d+ with size (\d+)", words)
    if size:
        n = int(size[1])
        return f"use an index from {-n} to {n - 1} there" if n else "leave it out: nothing is there"
    if "too many indices" in words:
        return "give at most one index for each axis"
    if "boolean index" in words:
        return "compute the mask from the array itself"
    if "only integers" in words or "must be of integer" in words:
        return "index with whole numbers, slices, or arrays of whole numbers or of booleans"
    return "compare the index with the shape"


def of_types(words: str) -> str:
    """What to do about an argument of a type that the function does not take."""
    if "interpreted as an integer" in words:
        return "pass whole numbers for axes, shapes and counts"
    return "pass arrays or numbers"

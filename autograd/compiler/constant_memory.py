"""Where the elements of a constant lie, for native code to read them there."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd.compiler.program import Constant


def settled(constant: Constant) -> np.ndarray:
    """The array of a constant: where it lies if its contents may change, else in C order."""
    data = np.asarray(constant.data)
    return np.ascontiguousarray(data) if constant.fixed else data


def lying(data: np.ndarray) -> np.ndarray:
    """The memory of an array from its first to its last element, of which it may be a part."""
    back = tuple(slice(None, None, -1 if stride < 0 else 1) for stride in data.strides)
    reach = sum((n - 1) * abs(s) for n, s in zip(data.shape, data.strides, strict=True))
    span = reach // data.itemsize + 1 if data.size else 0
    return as_strided(data[(*back, ...)], (span,), (data.itemsize,), writeable=False)

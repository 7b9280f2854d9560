"""numpy.emath: real functions that turn complex outside their domain.

Whether they do depends on the numbers, and with it the dtype of the result; so none of them can be
traced for other real numbers. Complex ones stay what they are.
"""

from typing import Any

import numpy as np

from autograd.op import composite
from autograd.ops.joining import operand


def _complex_where(x: Any, outside: Any) -> Any:
    """x, as complex numbers where any of them is real and outside the domain."""
    if np.iscomplexobj(x) or not np.any(np.logical_and(np.isreal(x), outside)):
        return x
    array = x if hasattr(x, "astype") else np.asarray(x)
    return array.astype(np.result_type(array.dtype, np.complex64))


def _from_zero(x: Any) -> Any:
    return _complex_where(x, np.less(np.real(x), 0))


def _from_minus_one_to_one(x: Any) -> Any:
    return _complex_where(x, np.greater(np.abs(x), 1))


@composite(np.emath.sqrt)
def sqrt(x: Any) -> Any:
    """np.emath.sqrt."""
    return np.sqrt(_from_zero(x))


@composite(np.emath.log)
def log(x: Any) -> Any:
    """np.emath.log."""
    return np.log(_from_zero(x))


@composite(np.emath.log2)
def log2(x: Any) -> Any:
    """np.emath.log2."""
    return np.log2(_from_zero(x))


@composite(np.emath.log10)
def log10(x: Any) -> Any:
    """np.emath.log10."""
    return np.log10(_from_zero(x))


@composite(np.emath.logn)
def logn(n: Any, x: Any) -> Any:
    """np.emath.logn: ln x / ln n."""
    return log(x) / log(n)


@composite(np.emath.power)
def power(x: Any, p: Any) -> Any:
    """np.emath.power: of a negative number to a fraction too."""
    p = operand(p)
    return np.power(_from_zero(x), p * 1.0 if np.any(np.less(np.real(p), 0)) else p)


@composite(np.emath.arccos)
def arccos(x: Any) -> Any:
    """np.emath.arccos."""
    return np.arccos(_from_minus_one_to_one(x))


@composite(np.emath.arcsin)
def arcsin(x: Any) -> Any:
    """np.emath.arcsin."""
    return np.arcsin(_from_minus_one_to_one(x))


@composite(np.emath.arctanh)
def arctanh(x: Any) -> Any:
    """np.emath.arctanh."""
    return np.arctanh(_from_minus_one_to_one(x))

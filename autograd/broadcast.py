"""The engine broadcasts, rules do not: cotangents back to arguments, tangents out to outputs."""

from collections.abc import Iterable
from math import isfinite
from typing import Any

import numpy as np

from autograd.deferred import contents
from autograd.errors import DTypeError, ShapeError, describe
from autograd.modes import current
from autograd.op import Kind, Op, apply
from autograd.value import NO_STATIC, Value

# NumPy's scalars of one type have one shape and dtype.
_SCALARS = {np.float16, np.float32, np.float64, np.longdouble, np.complex64, np.complex128}

# A 0-d array as a Python number, which follows the dtype of what it meets. An example that `vmap`
# computes with has an axis more, and stays an array.
number = Op(
    lambda x: x if np.ndim(x) else float(x),
    Kind.ELEMENTWISE,
    (lambda g, y, x: g,),
    name="number",
)


# Of more elements than these BLAS wakes its threads for a product, which costs more than they save.
_FEW = 10_000


def data_of(x: Any) -> Any:
    """The raw data of a Value; anything else as it is."""
    return x._data if type(x) is Value else x


def contents_of(x: Any) -> Any:
    """The raw data of a Value for a user's function, made if a trace has put them off."""
    return contents(data_of(x))


def dtype_of(x: Any) -> np.dtype[Any]:
    """The dtype of a Value, an array or a number."""
    return x.dtype if hasattr(x, "dtype") else np.asarray(x).dtype


def match(x: Any, like: Any) -> Any:
    """The dtype of `like` for `x`: cast, the real part where `like` is real, a float for a float.

    Works on arrays and, recorded, on Values.
    """
    if type(like) is float:
        kind = np.float64
    else:
        kind = dtype_of(like)
        if kind.kind in "biu":
            kind = np.dtype(np.float64)
    data = data_of(x)
    dtype = dtype_of(data)
    if dtype != kind:
        if dtype.kind == "c" and np.dtype(kind).kind != "c":
            x = np.real(x)
        if data_of(x).dtype != kind if hasattr(data_of(x), "dtype") else True:
            x = x.astype(kind) if hasattr(x, "astype") else np.dtype(kind).type(x)
    if type(like) is float:
        if type(x) is not Value:
            return float(x)
        if type(x._data) is not float and x._data.ndim == 0 and current().replayable:
            return apply(number, (x,), NO_STATIC)
    return x


def seed(given: Any, like: Any, what: str) -> Any:
    """A tangent or cotangent, which is `what`, in the dtype of the data that it belongs to.

    Raises DTypeError for complex numbers where these are real, as half of them would be lost, and
    for what are no numbers.
    """
    kind = dtype_of(data_of(given)).kind
    if kind not in "biufc":
        raise DTypeError(f"a {what} of numbers", describe(given), "pass an array of floats")
    if kind == "c" and dtype_of(like).kind != "c":
        raise DTypeError(
            f"a real {what}, as what it belongs to is real, {describe(like)}",
            describe(given),
            "take .real and .imag of it, one after the other",
        )
    return match(_as_number(given), like)


def _as_number(x: Any) -> Any:
    """A number, array or Value that arithmetic works on."""
    if type(x) is Value or type(x) is float:
        return x
    return x if type(x) is np.ndarray and x.ndim else np.asarray(x)[()]


def unbroadcast(cotangent: Any, like: Any) -> Any:
    """Sum a cotangent over the axes that broadcasting added, to the shape and dtype of `like`.

    >>> unbroadcast(np.ones((2, 3)), np.zeros((3,)))
    array([2., 2., 2.])
    >>> unbroadcast(np.ones((2, 3)), np.zeros((2, 1)))
    array([[3.],
           [3.]])
    >>> unbroadcast(np.array([1.0, 2.0]), np.zeros((1, 2)))
    array([[1., 2.]])
    """
    kind = type(cotangent)
    if kind is np.ndarray:
        if type(like) is np.ndarray and cotangent.dtype is like.dtype:
            added = cotangent.ndim - like.ndim
            if added > 0 and cotangent.shape[added:] == like.shape:  # a bias, added to every row
                return np.add.reduce(cotangent, axis=0 if added == 1 else tuple(range(added)))
    elif kind in _SCALARS and kind is type(like):
        return cotangent
    shape = np.shape(like)
    current = np.shape(data_of(cotangent))
    if cotangent is None or not _sums_to(current, shape):
        raise ShapeError(
            f"a cotangent of the argument's shape {shape}, or one that it broadcasts to",
            "None" if cotangent is None else describe(cotangent),
            "let the rule return the cotangent of its argument; gradcheck compares it",
        )
    if current != shape:
        added = len(current) - len(shape)
        if added > 0:
            cotangent = np.sum(cotangent, axis=tuple(range(added)))
            current = current[added:]
        elif added < 0:  # shapes are aligned at their ends
            current = (1,) * -added + current
            cotangent = np.reshape(cotangent, current)
        stretched = tuple(
            i for i, n in enumerate(shape) if n == 1 and current[i:] and current[i] != 1
        )
        if stretched:
            cotangent = np.sum(cotangent, axis=stretched, keepdims=True)
        if np.shape(data_of(cotangent)) != shape:  # a rule's constant, smaller than its argument
            cotangent = np.broadcast_to(cotangent, shape)
    return match(cotangent, like)


def _sums_to(given: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether a cotangent of this shape can be summed, or a constant one spread, to `shape`."""
    if given == shape:
        return True
    pairs = zip(reversed(given), reversed(shape), strict=False)
    return all(m == n or m == 1 or n == 1 for m, n in pairs)


def align(tangent: Any, output: Any) -> Any:
    """Broadcast a tangent to the shape and dtype of the output.

    >>> align(np.float64(2.0), np.zeros((2,)))
    array([2., 2.])
    """
    if (
        type(tangent) is np.ndarray is type(output)
        and tangent.dtype is output.dtype
        and tangent.shape == output.shape
    ):
        return tangent
    if type(tangent) is type(output) and type(output) in _SCALARS:
        return tangent
    if np.shape(data_of(tangent)) != np.shape(output):
        tangent = np.broadcast_to(tangent, np.shape(output))
    return match(tangent, output)


def is_finite(c: Any) -> bool:
    """Whether all of `c` is finite; a no to very large numbers only costs a second sweep."""
    if type(c) is not np.ndarray:
        c = data_of(c)
        if type(c) is float:
            return isfinite(c)
        if type(c) in _SCALARS or type(c) is complex:
            return isfinite(abs(c))
        if isinstance(c, tuple):
            return all(is_finite(part) for part in c if part is not None)
    return isfinite(np.vdot(c, c).real if c.size < _FEW else abs(c.sum()))


def are_finite(several: Iterable[Any]) -> bool:
    """Whether all elements of all of these are finite, in one question for the small ones.

    As in `is_finite`, but NumPy may warn here: a sweep asks where it has silenced that.

    >>> are_finite([np.ones(2), 3.0]), are_finite([np.array([1.0, np.nan]), np.ones(2)])
    (True, False)
    """
    total = 0.0
    for c in several:
        if type(c) is np.ndarray and c.size < _FEW:
            flat = c.ravel("K")
            total += flat.dot(flat)  # a method takes half of the time of `vdot`
        elif not is_finite(c):
            return False
    return isfinite(abs(total))

"""What every layer asks of its arguments, and how it reads plain data."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import Value
from autograd.errors import ArgumentError, DTypeError, ShapeError, describe
from autograd.journal import stands_for_array
from autograd.ops.joining import operand


def checked_size(name: str, n: object, least: int = 1) -> int:
    """`n` as an int of at least `least`. Raises ArgumentError for anything else.

    >>> checked_size("in_features", np.int64(3))
    3
    """
    if isinstance(n, bool) or not isinstance(n, Integral) or int(n) < least:
        wanted = "a positive integer" if least == 1 else f"an integer of {least} or more"
        raise ArgumentError(f"{wanted} for {name}", describe(n), f"pass {name} as an int")
    return int(n)


def checked_pair(name: str, n: object, least: int = 1) -> tuple[int, int]:
    """A size for height and width: one int for both, or two. Raises ArgumentError for others.

    >>> checked_pair("kernel_size", 3), checked_pair("padding", (0, 1), least=0)
    ((3, 3), (0, 1))
    """
    if isinstance(n, tuple | list) and len(n) == 2:
        return checked_size(name, n[0], least), checked_size(name, n[1], least)
    if isinstance(n, bool) or not isinstance(n, Integral) or int(n) < least:
        raise ArgumentError(
            f"an integer of {least} or more, or one for height and one for width, for {name}",
            describe(n),
            f"pass {name} as an int or as (height, width)",
        )
    return int(n), int(n)


def checked_switch(name: str, given: object) -> bool:
    """`given` as a bool, from True, False, 1 or 0. Raises ArgumentError for anything else.

    So Linear(3, 2, relu) and bias="no" are refused, which would otherwise be taken for True.

    >>> checked_switch("bias", np.bool_(False))
    False
    """
    if not isinstance(given, bool | np.bool_) and not (
        isinstance(given, Integral) and given in (0, 1)
    ):
        raise ArgumentError(f"True or False for {name}", describe(given), f"pass {name}=True")
    return bool(given)


def checked_number(name: str, given: Any) -> Any:
    """`given`, one real number, or a Value or an array of one. Raises DTypeError for anything else.

    >>> checked_number("beta", np.float32(2.0))
    np.float32(2.0)
    """
    if type(given) is float:
        return given
    if hasattr(given, "dtype"):
        is_number = np.shape(given) == () and given.dtype.kind in "fiub"
    else:
        is_number = isinstance(given, Real)
    if not is_number:
        raise DTypeError(f"a number for {name}", describe(given), f"pass {name} as a float")
    return given


def as_numbers(x: Any, what: str) -> Any:
    """A Value or an array as it is; numbers and lists, also lists of Values, as an array.

    Raises DTypeError for what are no numbers, ShapeError for rows of unequal length.

    >>> as_numbers([1, 2], "a loss")
    array([1, 2])
    """
    try:
        array = x if isinstance(x, np.ndarray) else operand(x)
    except ValueError:  # NumPy's own
        raise ShapeError("rows of one length", describe(x), "pad them, or pass an array") from None
    if array.dtype.kind not in "fiubc":
        raise DTypeError(f"numbers for {what}", describe(x), "convert them, as to np.float32")
    return array


def checked_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """The dtype of parameters. Raises ArgumentError for one that has no fractions, or is none.

    >>> checked_dtype("float32")
    dtype('float32')
    """
    try:
        checked = np.dtype(dtype)
    except TypeError:
        raise ArgumentError(
            "a dtype for parameters", describe(dtype), "pass dtype=np.float32 or np.float64"
        ) from None
    if checked.kind not in "fc":
        raise ArgumentError(
            "a floating-point dtype for parameters",
            str(checked),
            "pass dtype=np.float32 or np.float64",
        )
    return checked


def checked_real(dtype: DTypeLike, layer: str) -> np.dtype[Any]:
    """The dtype of a `layer` of real numbers. Raises ArgumentError for complex ones, and no floats.

    >>> checked_real(np.float32, "a normalisation")
    dtype('float32')
    """
    checked = checked_dtype(dtype)
    if checked.kind == "c":
        raise ArgumentError(
            f"a real dtype for {layer}", str(checked), "pass dtype=np.float32 or np.float64"
        )
    return checked


def features(x: Any, dtype: np.dtype[Any]) -> Any:
    """Plain real numbers as an array of a layer's dtype; a Value, or complex numbers, as they are.

    So float64 data do not make a float32 model slow. Raises DTypeError for what are no numbers.

    >>> features([1, 2], np.dtype("float32"))
    array([1., 2.], dtype=float32)
    """
    if not isinstance(x, Value):
        given, x = x, np.asarray(x)
        if x.dtype.kind not in "fbiuc":
            raise DTypeError("numbers for a layer", describe(given), "convert x to np.float32")
    elif not stands_for_array(x):
        return x
    return x.astype(dtype, copy=False) if x.dtype.kind in "fbiu" and x.dtype != dtype else x

"""Words for what went wrong with an op: NumPy's errors again, naming the op, shapes and options.

`op` is an Op, or the NumPy function that one or several of them stand for.
"""

import sys
import warnings
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from autograd import remedies
from autograd.errors import (
    ArgumentError,
    AutogradError,
    AxisError,
    DTypeError,
    IndexingError,
    LinAlgError,
    ShapeError,
    UnsupportedError,
    describe,
)
from autograd.value import Value

# What NumPy's functions raise for arguments that they do not take; not FloatingPointError, which
# np.errstate asks for.
_OTHERS = (AttributeError, OverflowError, ZeroDivisionError)
REFUSALS = (AutogradError, TypeError, ValueError, IndexError, *_OTHERS)


def _name(op: Any) -> str:
    return getattr(op, "name", None) or getattr(op, "__name__", str(op))


def refuse_option(op: Any, key: str, given: Any) -> NoReturn:
    """Raise the three-part error for an option of a NumPy function that has no rule."""
    name = _name(op)
    if key == "out":
        raise UnsupportedError(
            f"{name} to return its result",
            "out=, which would write into an array that the record may hold",
            "bind the returned Value to a name",
        )
    known = ", ".join(sorted(getattr(op, "options", ()))) or "no others"
    raise UnsupportedError(
        f"options of {name} that have a derivative rule: {known}",
        f"{key}={describe(given)}",
        f"leave {key}= out, and write what it does as operations of their own",
    )


def _shapes(raw: Any) -> str:
    return ", ".join(describe(x) for x in raw)


def explain_rule(n: Any, error: Exception) -> NoReturn:
    """Raise the error of a rule of node `n` again, naming the op; as it is, if no rule made it."""
    if n is None or n.op is None or not n.op.rules:
        raise error
    if isinstance(error, AutogradError) and not isinstance(error, ShapeError):
        raise error
    said = error.received if isinstance(error, ShapeError) else " ".join(str(error).split())
    raise ArgumentError(
        f"rules of {n.op.name} that read (g, y, *inputs) and return a cotangent of their "
        "argument's shape; in forward mode, a kind that is true of it",
        f"for {_shapes(n.inputs)} and the result {describe(n)}: {said}",
        "compare the op with differences in gradcheck, and see the table of kinds in the README",
    ) from error


def explain(op: Any, raw: Any, static: Mapping[str, Any], error: Exception) -> NoReturn:
    """Raise NumPy's error again as one of ours, naming the op, the shapes and the options."""
    name = _name(op)
    options = "".join(f", {key}={value!r}" for key, value in static.items())
    said = " ".join(str(error).split())
    received = f"{_shapes(raw)}{options} ({said})" if said else f"{_shapes(raw)}{options}"
    if isinstance(error, np.exceptions.AxisError):
        raise AxisError(
            f"an axis that the argument of {name} has", received, remedies.of_axis(error.ndim)
        ) from error
    if isinstance(error, np.linalg.LinAlgError):
        raise LinAlgError(
            f"a matrix that {name} can work on", received, "check its rank and its shape"
        ) from error
    if isinstance(error, IndexError):
        raise IndexingError(
            f"indices inside the array for {name}", received, remedies.of_index(said)
        ) from error
    if isinstance(error, TypeError):
        raise DTypeError(
            f"arguments that {name} takes", received, remedies.of_types(said)
        ) from error
    if isinstance(error, ValueError):
        is_ufunc = isinstance(op, np.ufunc) and not op.signature
        aligned = is_ufunc or getattr(op, "is_elementwise", False)
        remedy = remedies.ALIGN if aligned else remedies.of_shapes(name, said)
        raise ShapeError(f"shapes that fit {name}", received, remedy) from error
    if isinstance(error, _OTHERS):
        raise ArgumentError(
            f"arguments that {name} takes", received, remedies.of_types(said)
        ) from error
    raise error


def refuse_nan(op: Any, data: Any, inputs: Any) -> None:
    """Raise if `data` holds a NaN that its inputs did not hold."""
    raw = [x._data if type(x) is Value else x for x in inputs]
    if _has_nan(data) and not any(_has_nan(x) for x in raw):
        raise ArgumentError(
            f"a result of {op.name} without NaN",
            f"NaN from {_shapes(raw)}",
            f"keep the inputs inside the domain of {op.name}, or mask them with np.where",
        )


def _has_nan(x: Any) -> bool:
    if isinstance(x, tuple):
        return any(map(_has_nan, x))
    array = np.asarray(x) if x is not None else np.zeros(())
    return array.dtype.kind in "fc" and bool(np.isnan(array).any())


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the line of the caller outside of these packages."""
    level = 1
    frame = sys._getframe()
    # Beside these packages, what calls a function that one of them decorates.
    ours = ("autograd", "nn", "contextlib")
    while frame is not None and frame.f_globals.get("__name__", "").split(".")[0] in ours:
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level)

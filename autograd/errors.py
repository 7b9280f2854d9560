"""Exception types. Every message has three parts: what was expected, what came, what to do."""

from typing import Any

import numpy as np


class AutogradError(Exception):
    """Base of every error raised here: `expected`, `received` and `remedy`, in that order.

    >>> print(AutogradError("a scalar", "float64 (3,)", "sum it first"))
    expected a scalar
      received: float64 (3,)
      remedy:   sum it first
    """

    def __init__(self, expected: str, received: str, remedy: str) -> None:
        super().__init__(expected, received, remedy)
        self.expected = expected
        self.received = received
        self.remedy = remedy

    def __str__(self) -> str:
        return f"expected {self.expected}\n  received: {self.received}\n  remedy:   {self.remedy}"


class ShapeError(AutogradError, ValueError):
    """Shapes that do not fit an op, a broadcast, a cotangent or a parameter."""


class AxisError(AutogradError, ValueError, IndexError):
    """An axis that the array does not have."""


class IndexingError(AutogradError, IndexError):
    """An index outside the array, or of a kind arrays are not indexed by."""


class ArgumentError(AutogradError, ValueError):
    """An argument whose value is outside what the function takes."""


class DTypeError(AutogradError, TypeError):
    """Data of a type that has no derivative, or that NumPy cannot compute with."""


class UnsupportedError(AutogradError, TypeError):
    """A NumPy function, or an option of one, that has no derivative rule."""


class ConversionError(AutogradError, TypeError):
    """A conversion that would lose the gradient in silence."""


class AssignmentError(AutogradError, RuntimeError):
    """An assignment that would make a recorded graph wrong."""


class AttributeAssignmentError(AssignmentError, AttributeError):
    """An assignment to an attribute that NumPy writes in place, and a Value does not have so."""


class StaleGraphError(AutogradError, RuntimeError):
    """A graph whose inputs were assigned after it was recorded."""


class CompilationError(AutogradError, RuntimeError):
    """A function that `jit` cannot compile: it does not do the same at every call."""


class LinAlgError(AutogradError, np.linalg.LinAlgError):
    """A matrix that is singular or otherwise outside the domain of a decomposition."""


class SolverError(AutogradError, RuntimeError):
    """A solver of SciPy that did not come to a result."""


class GradcheckError(AutogradError, AssertionError):
    """A derivative that disagrees with finite differences; `report` holds the comparison."""

    report: Any = None


class RenderError(AutogradError, RuntimeError):
    """A picture that could not be drawn."""


class MissingDependencyError(AutogradError, ImportError):
    """An optional package that is not installed."""


class FileFormatError(AutogradError, ValueError):
    """A file that is not what it should be."""


class MissingKeyError(AutogradError, KeyError):
    """A name that a state, a structure or a table does not hold."""

    __str__ = AutogradError.__str__


class DetachedWarning(UserWarning):
    """The output does not depend on the input: its derivative is zero everywhere."""


class CompilationWarning(UserWarning):
    """What `jit` does is right but slow: many programs of one function, or no native code."""


class NonFiniteWarning(RuntimeWarning):
    """A gradient is NaN; the message names the op that made it so."""


def describe(x: Any) -> str:
    """Dtype and shape of a Value, array or nested list; type and value of anything small.

    >>> describe(np.zeros((3, 4)))
    'float64 (3, 4)'
    >>> describe(2.0)
    'float 2.0'
    """
    name = getattr(x, "name", None)
    prefix = f"{name}: " if isinstance(name, str) and hasattr(x, "order") else ""
    data = getattr(x, "_data", x)
    if hasattr(data, "dtype") and hasattr(data, "shape"):
        return f"{prefix}{data.dtype} {data.shape}"
    if isinstance(data, list | tuple):
        kind = type(data).__name__
        if len(data) > 4:
            return f"{prefix}{kind} of {len(data)}"
        return f"{prefix}{kind} [{', '.join(describe(item) for item in data)}]"
    text = repr(data)
    return f"{prefix}{type(data).__name__} {text if len(text) <= 60 else text[:57] + '...'}"

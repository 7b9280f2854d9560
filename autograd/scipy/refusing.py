"""What SciPy's solvers refuse, in the three parts of `autograd.errors`.

SciPy finds roots, minima and solutions on plain numbers, and raises errors of its own for arguments
that it cannot work on. These come out as ours, with its words and what to do. An error of the
function that was given comes out as it is.
"""

from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import ParamSpec, TypeVar

import numpy as np

from autograd.errors import (
    ArgumentError,
    AutogradError,
    DTypeError,
    LinAlgError,
    ShapeError,
    SolverError,
    describe,
)

P = ParamSpec("P")
R = TypeVar("R")

# An error of SciPy's, and what it comes out as.
_OURS: dict[type[Exception], type[AutogradError]] = {
    np.linalg.LinAlgError: LinAlgError,
    ValueError: ArgumentError,
    IndexError: ShapeError,
    TypeError: DTypeError,
    AttributeError: DTypeError,
    RuntimeError: SolverError,
}

# What runs between a call of ours and SciPy's refusal.
_PACKAGES = ("autograd", "scipy", "numpy", "inspect")


def refused(remedy: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function of SciPy's name whose refusals are ours, and say to do this.

    Raises ArgumentError for a ValueError, LinAlgError for NumPy's, ShapeError for an IndexError,
    DTypeError for a TypeError and for an AttributeError, which an argument that is no array makes,
    SolverError for a RuntimeError.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name = ".".join([*function.__module__.split(".")[1:3], function.__name__])

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except AutogradError:
                raise
            except tuple(_OURS) as error:
                if _is_the_users(error.__traceback__):
                    raise
                kind = next(ours for theirs, ours in _OURS.items() if isinstance(error, theirs))
                words = " ".join(str(error).split())
                words = words if len(words) <= 200 else words[:200] + "..."
                arrays = [describe(x) for x in (*args, *kwargs.values()) if hasattr(x, "dtype")]
                words = f"{', '.join(arrays)} ({words})" if arrays else words
                raise kind(f"arguments that {name} can work on", words, remedy) from error

        return call

    return decorate


def _is_the_users(traceback: TracebackType | None) -> bool:
    """Whether an error went through a function that is neither ours nor SciPy's."""
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__", "")
        if module.split(".")[0] not in _PACKAGES:
            return True
        traceback = traceback.tb_next
    return False

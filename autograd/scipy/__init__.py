"""SciPy's functions, of arrays and of Values: linalg, stats, special, signal, integrate, optimize.

SciPy's ufuncs work on Values as they are. Its other functions give Values no hook, so they are here
under SciPy's names; given plain arrays they are SciPy's own. Needs the extra `scipy`.
"""

from importlib import import_module
from typing import Any

from autograd.errors import MissingDependencyError

try:
    import_module("scipy")
except ImportError as error:
    raise MissingDependencyError(
        "SciPy, for autograd.scipy",
        "an environment without it",
        "pip install scipy, or install this project with its extra `scipy`",
    ) from error

_SUBMODULES = ("integrate", "linalg", "optimize", "signal", "special", "stats")


def __getattr__(name: str) -> Any:
    """A submodule, imported when first asked for."""
    if name not in _SUBMODULES:
        raise AttributeError(f"module 'autograd.scipy' has no attribute {name!r}")
    return import_module(f"autograd.scipy.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBMODULES})

"""Functions of the C library that native code may call where there is no formula of ours."""

import ctypes
import ctypes.util
import functools

from autograd.compiler.emit.vector_code import FORMATS

# NumPy's name, or scipy.special's: the C name and the number of arguments.
_C_NAMES = {
    "arccos": ("acos", 1),
    "arccosh": ("acosh", 1),
    "arcsin": ("asin", 1),
    "arcsinh": ("asinh", 1),
    "arctan": ("atan", 1),
    "arctan2": ("atan2", 2),
    "arctanh": ("atanh", 1),
    "cbrt": ("cbrt", 1),
    "cos": ("cos", 1),
    "cosh": ("cosh", 1),
    "erf": ("erf", 1),
    "erfc": ("erfc", 1),
    "exp": ("exp", 1),
    "exp2": ("exp2", 1),
    "expm1": ("expm1", 1),
    "fmod": ("fmod", 2),
    "gamma": ("tgamma", 1),
    "gammaln": ("lgamma", 1),
    "hypot": ("hypot", 2),
    "j0": ("j0", 1),
    "j1": ("j1", 1),
    "log": ("log", 1),
    "log10": ("log10", 1),
    "log1p": ("log1p", 1),
    "log2": ("log2", 1),
    "nextafter": ("nextafter", 2),
    "power": ("pow", 2),
    "sin": ("sin", 1),
    "sinh": ("sinh", 1),
    "tan": ("tan", 1),
    "tanh": ("tanh", 1),
    "y0": ("y0", 1),
    "y1": ("y1", 1),
}


@functools.cache
def _process() -> ctypes.CDLL | None:
    """What is loaded, the mathematical part of the C library among it."""
    try:
        loaded = ctypes.CDLL(None, mode=ctypes.RTLD_GLOBAL)
        if not hasattr(loaded, "erfc"):
            ctypes.CDLL(ctypes.util.find_library("m"), mode=ctypes.RTLD_GLOBAL)
    except (OSError, TypeError):
        return None
    return loaded


@functools.cache
def libm(function: str, dtype: str) -> tuple[str, str] | None:
    """The declaration and the symbol of `function` in the C library; None if it has none.

    The declaration says that the function reads and writes nothing, so equal calls become one.
    """
    if function not in _C_NAMES:
        return None
    name, n_arguments = _C_NAMES[function]
    format = FORMATS[dtype]
    symbol = name + ("f" if format.bits == 32 else "")
    process = _process()
    if process is None or not hasattr(process, symbol):
        return None
    arguments = ", ".join([format.name] * n_arguments)
    attributes = "nounwind willreturn memory(none)"
    return f"declare {format.name} @{symbol}({arguments}) {attributes}\n", symbol

"""scipy.optimize: roots, fixed points and minima, differentiable by their parameters.

Each result is an implicit function of the Values in `args`, and of those that the function closes
over: see `autograd.implicit`. SciPy finds it, on plain numbers; starting points and brackets have
no derivative.
"""

from autograd.implicit import implicit_function
from autograd.scipy.optimize.minima import curve_fit, least_squares, minimize, minimize_scalar
from autograd.scipy.optimize.roots import (
    bisect,
    brenth,
    brentq,
    fixed_point,
    fsolve,
    newton,
    ridder,
    root,
    root_scalar,
    toms748,
)

__all__ = [
    "bisect",
    "brenth",
    "brentq",
    "curve_fit",
    "fixed_point",
    "fsolve",
    "implicit_function",
    "least_squares",
    "minimize",
    "minimize_scalar",
    "newton",
    "ridder",
    "root",
    "root_scalar",
    "toms748",
]

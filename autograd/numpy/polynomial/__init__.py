"""numpy.polynomial, whose functions and classes take Values.

>>> from autograd import grad
>>> from autograd.numpy.polynomial import Chebyshev
>>> grad(lambda x: Chebyshev([1.0, 2.0, 3.0])(x))(0.5)
8.0
"""

from typing import Any

import numpy as _numpy

from autograd.numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

Polynomial = polynomial.Polynomial
Chebyshev = chebyshev.Chebyshev
Legendre = legendre.Legendre
Laguerre = laguerre.Laguerre
Hermite = hermite.Hermite
HermiteE = hermite_e.HermiteE


def __getattr__(name: str) -> Any:
    return getattr(_numpy.polynomial, name)


def __dir__() -> list[str]:
    return dir(_numpy.polynomial)

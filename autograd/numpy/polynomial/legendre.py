"""numpy.polynomial.legendre, for Values."""

from typing import Any

import numpy as _numpy

from autograd.numpy.polynomial.namespace import functions_of as _functions_of

globals().update(_functions_of(_numpy.polynomial.legendre, "leg"))


def __getattr__(name: str) -> Any:
    return getattr(_numpy.polynomial.legendre, name)


def __dir__() -> list[str]:
    return dir(_numpy.polynomial.legendre)

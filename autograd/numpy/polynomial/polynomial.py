"""numpy.polynomial.polynomial, for Values."""

from typing import Any

import numpy as _numpy

from autograd.numpy.polynomial.namespace import functions_of as _functions_of

globals().update(_functions_of(_numpy.polynomial.polynomial, "poly"))


def __getattr__(name: str) -> Any:
    return getattr(_numpy.polynomial.polynomial, name)


def __dir__() -> list[str]:
    return dir(_numpy.polynomial.polynomial)

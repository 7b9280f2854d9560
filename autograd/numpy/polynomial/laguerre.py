"""numpy.polynomial.laguerre, for Values."""

from typing import Any

import numpy as _numpy

from autograd.numpy.polynomial.namespace import functions_of as _functions_of

globals().update(_functions_of(_numpy.polynomial.laguerre, "lag"))


def __getattr__(name: str) -> Any:
    return getattr(_numpy.polynomial.laguerre, name)


def __dir__() -> list[str]:
    return dir(_numpy.polynomial.laguerre)

"""numpy.lib, of which `stride_tricks` takes Values."""

from typing import Any

import numpy as _numpy

from autograd.numpy.lib import stride_tricks as stride_tricks


def __getattr__(name: str) -> Any:
    return getattr(_numpy.lib, name)


def __dir__() -> list[str]:
    return dir(_numpy.lib)

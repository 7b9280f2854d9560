"""numpy.linalg, whose functions also take lists of Values."""

from typing import Any

import numpy as _numpy

from autograd.numpy.mirror import mirrored as _mirrored

globals().update(_mirrored(_numpy.linalg, {}))


def __getattr__(name: str) -> Any:
    return getattr(_numpy.linalg, name)


def __dir__() -> list[str]:
    return dir(_numpy.linalg)

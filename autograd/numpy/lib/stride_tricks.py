"""numpy.lib.stride_tricks, whose functions take Values."""

from typing import Any

import numpy as _numpy

from autograd.numpy.lists import holds_values as _holds_values
from autograd.numpy.mirror import mirrored as _mirrored
from autograd.ops.window import as_strided as _as_strided


def as_strided(x: Any, *args: Any, **kwargs: Any) -> Any:
    """np.lib.stride_tricks.as_strided: of a Value a copy, not a view."""
    view = _as_strided if _holds_values(x) else _numpy.lib.stride_tricks.as_strided
    return view(x, *args, **kwargs)


globals().update(_mirrored(_numpy.lib.stride_tricks, {"as_strided": as_strided}))


def __getattr__(name: str) -> Any:
    return getattr(_numpy.lib.stride_tricks, name)


def __dir__() -> list[str]:
    return dir(_numpy.lib.stride_tricks)

"""Where an array is not zero: in as many places as its numbers say, so nothing for jit and vmap."""

from typing import Any

import numpy as np

from autograd.op import composite
from autograd.ops.counting import known


@composite(np.nonzero)
def nonzero(a: Any) -> Any:
    """np.nonzero."""
    return np.nonzero(known(a, "nonzero"))


@composite(np.argwhere)
def argwhere(a: Any) -> Any:
    """np.argwhere."""
    return np.argwhere(known(a, "argwhere"))


@composite(np.flatnonzero)
def flatnonzero(a: Any) -> Any:
    """np.flatnonzero."""
    return np.flatnonzero(known(a, "flatnonzero"))

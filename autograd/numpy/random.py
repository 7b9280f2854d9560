"""numpy.random: a draw is a constant, unless its parameters are Values.

`normal(m, s)` of Values is m + s · ε, where ε is drawn and constant; so are the other families that
`autograd.numpy.draws` lists. A sampler that rejects and draws again (`gamma`, `beta`, `binomial`)
does not compute how its result moves with a parameter: given Values it raises.
"""

from typing import Any

import numpy as _numpy

from autograd.numpy.draws import reparameterised as _reparameterised
from autograd.numpy.mirror import mirrored as _mirrored

_names = [
    name for name in _numpy.random.__all__ if not isinstance(getattr(_numpy.random, name), type)
]
globals().update(
    _mirrored(
        _numpy.random,
        {name: _reparameterised(name, getattr(_numpy.random, name)) for name in _names},
    )
)


def __getattr__(name: str) -> Any:
    return getattr(_numpy.random, name)


def __dir__() -> list[str]:
    return dir(_numpy.random)

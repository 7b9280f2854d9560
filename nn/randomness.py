"""The default random generator, and the one way every `rng=` argument is read.

NumPy's `Generator` takes a lock around each draw, so threads may share the default one. Which
thread gets which numbers then depends on their timing: give each its own `rng` where that matters.
"""

from numbers import Integral
from typing import TypeAlias

import numpy as np

from autograd.errors import ArgumentError, describe

RandomSource: TypeAlias = np.random.Generator | int | np.integer | None

_default = np.random.default_rng()


def seed(n: int) -> None:
    """Start the default generator again from `n`: the same `n`, the same numbers.

    Everything that takes `rng=` and is given None draws from the default generator: initialisers,
    `Dropout`, shuffling. The generator is restarted in place, so whoever holds it sees the change.

    Raises ArgumentError if `n` is not a non-negative integer.

    >>> seed(7)
    >>> first = generator().normal(size=3)
    >>> seed(7)
    >>> bool(np.all(generator().normal(size=3) == first))
    True
    """
    state = type(_default.bit_generator)(_checked_seed(n)).state
    with _default.bit_generator.lock:
        _default.bit_generator.state = state


def generator(rng: RandomSource = None) -> np.random.Generator:
    """The generator an `rng=` argument stands for.

    A Generator stands for itself, an int for a new one with that seed, None for the default one.
    Raises ArgumentError for anything else.

    >>> float(generator(0).random()) == float(np.random.default_rng(0).random())
    True
    >>> generator() is generator(None)
    True
    """
    if rng is None:
        return _default
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(_checked_seed(rng))


def _checked_seed(n: object) -> int:
    if isinstance(n, bool) or not isinstance(n, Integral) or int(n) < 0:
        raise ArgumentError(
            "a np.random.Generator, a non-negative int seed, or None for the default generator",
            describe(n),
            "pass rng=np.random.default_rng(0), or rng=0",
        )
    return int(n)

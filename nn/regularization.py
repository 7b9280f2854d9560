"""Layers that act in training only."""

from typing import Any

import numpy as np

from autograd.errors import ArgumentError, describe
from autograd.ops.random import uniform
from nn.module import Module
from nn.randomness import RandomSource, generator


class Dropout(Module):
    """In training y = x · m / (1 − p), with m = 0 with probability p and 1 otherwise; else y = x.

    p      between 0 and 1. Dividing by 1 − p keeps the mean of y equal to x.
    rng    where the masks come from: a Generator, an int seed, or None for the default generator.
           It is an attribute, so a deep copy draws the masks that the original would have drawn.

    Raises ArgumentError for a p outside [0, 1]. Source: Srivastava et al., "Dropout: a simple way
    to prevent neural networks from overfitting", JMLR 15, 2014.

    >>> layer = Dropout(0.5, rng=0)
    >>> layer(np.ones(6))
    array([2., 0., 0., 0., 2., 2.])
    >>> layer.eval()(np.ones(3))
    array([1., 1., 1.])
    """

    p: float
    rng: np.random.Generator | None

    def __init__(self, p: float = 0.5, rng: RandomSource = None) -> None:
        if isinstance(p, bool) or not isinstance(p, int | float | np.number) or not 0 <= p <= 1:
            raise ArgumentError(
                "a probability p from 0 to 1 for Dropout",
                describe(p),
                "pass the share of entries to set to 0, such as Dropout(0.2)",
            )
        self.p = float(p)
        # None stays None: a copy of the module must go on following nn.seed.
        self.rng = None if rng is None else generator(rng)

    def forward(self, x: Any) -> Any:
        """x times a random mask of 0 and 1 / (1 − p) in training, else x itself."""
        if not self.training or self.p == 0:
            return x
        if not hasattr(x, "dtype"):
            x = np.asarray(x)
        real = np.finfo(x.dtype).dtype if x.dtype.kind in "fc" else np.dtype(np.float64)
        kept = uniform(generator(self.rng), x.shape) >= self.p
        scale = 0.0 if self.p == 1 else 1 / (1 - self.p)
        return x * (kept * real.type(scale))

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p:g}"

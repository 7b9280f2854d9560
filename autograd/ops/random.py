"""Random draws as an op: under `jit` a program draws anew at every call."""

from typing import Any

import numpy as np

from autograd.journal import journal
from autograd.op import Kind, Op
from autograd.value import node


def _draw(*, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.random(shape)


random_row = Op(_draw, Kind.CONSTANT, name="random")


def uniform(generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Uniform numbers in [0, 1) from `generator`; a constant, and an equation of what `jit` traces.

    >>> uniform(np.random.default_rng(0), (2,))
    array([0.63696169, 0.26978671])
    """
    drawn = generator.random(shape)
    if journal() is None:
        return drawn
    return node(random_row, drawn, (), {"generator": generator, "shape": shape}, False)

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
    notes = journal()
    if notes is None:
        return generator.random(shape)
    notes.drawn.note(generator)
    return node(
        random_row, generator.random(shape), (), {"generator": generator, "shape": shape}, False
    )

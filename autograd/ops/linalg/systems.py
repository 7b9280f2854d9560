"""Inverses and systems of equations that have one solution."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import leading
from autograd.errors import ArgumentError, LinAlgError, describe
from autograd.op import composite, general
from autograd.ops.linalg.common import by_columns, transposed, turned

inv = general(
    np.linalg.inv,
    lambda g, y, a: -(transposed(y) @ g @ transposed(y)),
    tangent=lambda t, y, a: -(y @ t[0] @ y),
    batch=leading.core(2),
    name="inv",
)


def _solve_back(wanted: Any, g: Any, y: Any, a: Any, b: Any) -> tuple[Any, Any]:
    w = np.linalg.solve(transposed(a), g)
    return -(w @ transposed(y)) if wanted[0] else None, w


def _solve_forward(t: Any, y: Any, a: Any, b: Any) -> Any:
    return np.linalg.solve(a, turned(t, y))


solve_row = general(
    np.linalg.solve,
    joint=_solve_back,
    tangent=_solve_forward,
    arity=2,
    batch=leading.core(2, 2),
    name="solve",
)


@composite(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """np.linalg.solve; a vector is a matrix of one column."""
    return by_columns(lambda b: solve_row(a, b), b)


@composite(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """np.linalg.tensorsolve: the x for which np.tensordot(a, x, x.ndim) is b."""
    n = np.ndim(a)
    if axes is not None:
        order = [i for i in range(n) if i not in axes] + list(axes)
        if sorted(order) != list(range(n)):
            raise ArgumentError(
                f"axes of a from 0 to {n - 1}, each once, for tensorsolve",
                f"axes={tuple(axes)}",
                "name the axes to move to the end",
            )
        a = np.transpose(a, order)
    shape = np.shape(a)[np.ndim(b) :]
    size = math.prod(shape)
    if np.size(a) != size**2 or np.size(b) != size:
        raise LinAlgError(
            "as many equations as unknowns for tensorsolve: a of shape b.shape + x.shape",
            f"{describe(a)}, {describe(b)}",
            "reshape a, or pass axes= to move those of x to the end",
        )
    solved = np.linalg.solve(np.reshape(a, (size, size)), np.ravel(b))
    return np.reshape(solved, shape)


@composite(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """np.linalg.tensorinv: the inverse of the map from the axes after `ind` to those before."""
    if ind <= 0:
        raise ArgumentError(
            "a positive number of first axes, ind", f"ind={ind}", "pass the axes of the result"
        )
    shape = np.shape(a)
    size = math.prod(shape[ind:])
    if size**2 != math.prod(shape):
        raise LinAlgError(
            "first and last axes of equal size for tensorinv",
            f"{describe(a)}, ind={ind}",
            "pass another ind=, or reshape a",
        )
    inverse = np.linalg.inv(np.reshape(a, (size, size)))
    return np.reshape(inverse, shape[ind:] + shape[:ind])

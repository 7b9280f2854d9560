"""Nested containers as one vector, recorded in both directions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import containers


def flatten(value: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The numbers of nested containers as one vector, and the function that puts them back.

    Dicts in the order of their sorted keys; the vector has one dtype for all.

    >>> vector, unflatten = flatten({"w": np.ones((2, 1)), "b": 5.0})
    >>> vector
    array([5., 1., 1.])
    >>> unflatten(2 * vector)["b"]
    10.0
    """
    leaves, structure = containers.flatten(_in_order(value))
    shapes = [np.shape(leaf) for leaf in leaves]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    vector = np.concatenate([np.zeros(0), *(np.reshape(leaf, -1) for leaf in leaves)])
    if leaves:
        vector = vector.astype(np.result_type(*leaves))

    def unflatten(vector: Any) -> Any:
        pieces = np.split(vector, ends[:-1]) if leaves else []
        return containers.unflatten(structure, map(_as, pieces, shapes, leaves))

    return vector, unflatten


def _as(piece: Any, shape: tuple[int, ...], like: Any) -> Any:
    whole = np.reshape(piece, shape)[()]
    return whole.item() if isinstance(like, float) and type(whole) is np.float64 else whole


def flatten_func(
    func: Callable[..., Any], example: Any
) -> tuple[Callable[..., Any], Callable[[Any], Any], Any]:
    """`func` from vector to vector, `unflatten` for its argument, and the example as a vector.

    >>> f, unflatten, x = flatten_func(lambda d: {"sum": d["a"] + d["b"]}, {"a": 1.0, "b": 2.0})
    >>> f(x)
    array([3.])
    """
    vector, unflatten = flatten(example)

    def flat(x: Any, *args: Any, **kwargs: Any) -> Any:
        return flatten(func(unflatten(x), *args, **kwargs))[0]

    return flat, unflatten, vector


def _in_order(x: Any) -> Any:
    """The same containers, with the keys of every dict sorted."""
    if isinstance(x, dict):
        return {key: _in_order(x[key]) for key in sorted(x)}
    if isinstance(x, tuple | list):
        items = [_in_order(item) for item in x]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    return x

"""Products of several matrices."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.errors import ArgumentError, ShapeError, describe
from autograd.op import composite


@composite(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """np.linalg.matrix_power: by squaring; negative powers are those of the inverse."""
    n = operator.index(n)
    if np.ndim(a) < 2 or np.shape(a)[-1] != np.shape(a)[-2]:
        raise ShapeError("square matrices, for matrix_power", describe(a), "reshape, or slice")
    if n == 0:
        return np.zeros_like(a) + np.eye(np.shape(a)[-1], dtype=a.dtype)
    square = np.linalg.inv(a) if n < 0 else a
    n = abs(n)
    found = None
    while True:
        if n % 2:
            found = square if found is None else np.matmul(found, square)
        n //= 2
        if n == 0:
            return found
        square = np.matmul(square, square)


def _cheapest(sizes: Sequence[int]) -> list[list[int]]:
    """Where to split each product i..j of matrices of these sizes; Cormen et al., 15.2."""
    n = len(sizes) - 1
    cost = [[0.0] * n for _ in range(n)]
    split = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j], split[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )
    return split


@composite(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any]) -> Any:
    """np.linalg.multi_dot: the product of all, in the order that costs least."""
    arrays = list(arrays)
    if len(arrays) < 2:
        raise ArgumentError("two arrays or more, for multi_dot", f"{len(arrays)}", "pass two")
    row, column = np.ndim(arrays[0]) == 1, np.ndim(arrays[-1]) == 1
    if row:
        arrays[0] = np.expand_dims(arrays[0], 0)
    if column:
        arrays[-1] = np.expand_dims(arrays[-1], -1)
    if any(np.ndim(x) != 2 for x in arrays):
        raise ShapeError(
            "matrices, of which the first and the last may be vectors, for multi_dot",
            ", ".join(map(describe, arrays)),
            "use np.matmul for more axes",
        )
    split = _cheapest([np.shape(arrays[0])[0], *(np.shape(x)[1] for x in arrays)])

    def product(i: int, j: int) -> Any:
        if i == j:
            return arrays[i]
        return np.matmul(product(i, split[i][j]), product(split[i][j] + 1, j))

    found = product(0, len(arrays) - 1)
    if row and column:
        return found[0, 0]
    return found[0] if row else found[:, 0] if column else found

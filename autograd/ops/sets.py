"""Sets: each element of the result belongs to all that are equal to it alike.

Which elements there are, and how many, is decided by the numbers: nothing for jit and vmap.
"""

from typing import Any

import numpy as np

from autograd.op import composite
from autograd.ops.counting import known
from autograd.ops.ordering import share_ties


def _chosen(x: Any, index: Any) -> Any:
    """The elements at `index` of a flat array; all that are equal to one share its gradient."""
    return np.take(share_ties(x, 0), index)


@composite(np.unique)
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """np.unique; of equal slices along `axis` the first has the gradient."""
    data = known(ar, "unique")
    _, *others = np.unique(data, True, True, True, axis, equal_nan=equal_nan)
    index = others[0]
    values = _chosen(np.ravel(ar), index) if axis is None else np.take(ar, index, axis=axis)
    wanted = (return_index, return_inverse, return_counts)
    given = [x for x, is_wanted in zip(others, wanted, strict=True) if is_wanted]
    return (values, *given) if given else values


def _first_of_each(x: Any, what: str) -> Any:
    index = np.unique(known(x, what), return_index=True, equal_nan=False)[1]
    return _chosen(np.ravel(x), index)


@composite(np.unique_all)
def unique_all(x: Any, /) -> Any:
    """np.unique_all."""
    return np.unique_all(known(x, "unique_all"))._replace(values=_first_of_each(x, "unique_all"))


@composite(np.unique_counts)
def unique_counts(x: Any, /) -> Any:
    """np.unique_counts."""
    found = np.unique_counts(known(x, "unique_counts"))
    return found._replace(values=_first_of_each(x, "unique_counts"))


@composite(np.unique_inverse)
def unique_inverse(x: Any, /) -> Any:
    """np.unique_inverse."""
    found = np.unique_inverse(known(x, "unique_inverse"))
    return found._replace(values=_first_of_each(x, "unique_inverse"))


@composite(np.unique_values)
def unique_values(x: Any, /) -> Any:
    """np.unique_values, sorted."""
    return _first_of_each(x, "unique_values")


@composite(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Any:
    """np.union1d."""
    return unique(np.concatenate([ar1, ar2], axis=None))


@composite(np.intersect1d)
def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """np.intersect1d: equal elements of both arrays share the gradient."""
    data = known(ar1, "intersect1d"), known(ar2, "intersect1d")
    _, *index = np.intersect1d(*data, assume_unique, return_indices=True)
    values = _chosen(np.concatenate([ar1, ar2], axis=None), index[0])
    return (values, *index) if return_indices else values


@composite(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """np.setdiff1d: what is in the first array and not in the second."""
    data, other = np.ravel(known(ar1, "setdiff1d")), known(ar2, "setdiff1d")
    index = np.arange(data.size) if assume_unique else np.unique(data, return_index=True)[1]
    return _chosen(np.ravel(ar1), index[np.isin(data[index], other, invert=True)])


@composite(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """np.setxor1d: what is in one of the arrays only."""
    data = np.ravel(known(ar1, "setxor1d")), np.ravel(known(ar2, "setxor1d"))
    _, index, inverse = np.unique(np.concatenate(data), True, True)
    first, second = np.split(inverse, [data[0].size])
    in_one = np.isin(np.arange(index.size), first) != np.isin(np.arange(index.size), second)
    return _chosen(np.concatenate([ar1, ar2], axis=None), index[in_one])

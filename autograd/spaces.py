"""The vector space that an argument lies in: nested containers of arrays, as one vector."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.containers import flatten, map_leaves, unflatten
from autograd.value import Value


class VSpace:
    """All vectors of the containers, shapes and dtypes of one; integers become floats.

    >>> space = vspace({"w": np.zeros((2, 3)), "b": 0.0})
    >>> space.size, space.ones()["b"]
    (7, 1.0)
    """

    def __init__(self, value: Any) -> None:
        leaves, self._structure = flatten(value)
        self._leaves = [_as_floats(data_of(x)) for x in leaves]

    @property
    def size(self) -> int:
        """The number of real coordinates: two for a complex number."""
        return sum(np.size(x) * (2 if np.iscomplexobj(x) else 1) for x in self._leaves)

    @property
    def shape(self) -> Any:
        """The shape of an array, or the containers of shapes."""
        return unflatten(self._structure, map(np.shape, self._leaves))

    @property
    def dtype(self) -> Any:
        """The dtype of an array, or the containers of dtypes."""
        return unflatten(self._structure, [np.asarray(x).dtype for x in self._leaves])

    @property
    def iscomplex(self) -> bool:
        """Whether a number in it is complex."""
        return any(map(_is_complex, self._leaves))

    def _filled(self, fill: Any) -> Any:
        return unflatten(self._structure, [_like(x, fill(np.shape(x))) for x in self._leaves])

    def zeros(self) -> Any:
        """The vector of zeros."""
        return self._filled(np.zeros)

    def ones(self) -> Any:
        """The vector of ones."""
        return self._filled(np.ones)

    def randn(self) -> Any:
        """A vector of standard normal numbers, from NumPy's global generator."""
        return unflatten(
            self._structure,
            [
                _like(
                    x, _normal(np.shape(x)) + (1j * _normal(np.shape(x)) if _is_complex(x) else 0)
                )
                for x in self._leaves
            ],
        )

    def standard_basis(self) -> Iterator[Any]:
        """One vector for each real coordinate: 1 there, or 1j, and 0 elsewhere."""
        for place, x in enumerate(self._leaves):
            for unit in (1.0, 1.0j) if _is_complex(x) else (1.0,):
                for index in np.ndindex(np.shape(x)):
                    leaves = [np.zeros_like(np.asarray(y)) for y in self._leaves]
                    leaves[place][index] = unit
                    yield unflatten(self._structure, map(_like, self._leaves, leaves))

    def add(self, x: Any, y: Any) -> Any:
        """x + y."""
        return map_leaves(lambda a, b: a + b, x, y)

    def mut_add(self, x: Any, y: Any) -> Any:
        """x + y, where None for x stands for zeros; take what it returns, x itself stays."""
        return self.add(self.zeros() if x is None else x, y)

    def scalar_mul(self, x: Any, a: Any) -> Any:
        """a · x."""
        return map_leaves(lambda b: b * a, x)

    def inner_prod(self, x: Any, y: Any) -> Any:
        """Σ xᵢ yᵢ, the real part of x̄ y for complex numbers."""
        terms = map_leaves(lambda a, b: np.sum(np.real(np.conj(a) * b)), x, y)
        return sum(flatten(terms)[0])

    def covector(self, x: Any) -> Any:
        """The gradient that pairs with x: its complex conjugate."""
        return map_leaves(np.conj, x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VSpace) and (self._structure, self.shape, self.dtype) == (
            other._structure,
            other.shape,
            other.dtype,
        )

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        kinds = [f"{np.asarray(x).dtype} {np.shape(x)}" for x in self._leaves]
        return f"VSpace({unflatten(self._structure, kinds)!r})"


def vspace(value: Any) -> VSpace:
    """The space that a number, an array, or nested containers of them lie in."""
    return VSpace(value)


_normal = np.random.standard_normal


def _is_complex(x: Any) -> bool:
    return np.iscomplexobj(x)


def _as_floats(x: Any) -> Any:
    return x if np.asarray(x).dtype.kind in "fc" else np.asarray(x, np.float64)[()]


def _like(x: Any, found: Any) -> Any:
    if type(x) is float or type(x) is complex:
        return type(x)(found)
    return np.asarray(found, np.asarray(x).dtype)[()]


class SparseObject:
    """A cotangent with few elements that are not zero: mut_add(zeros) adds them, and returns it.

    >>> def third(total):
    ...     np.add.at(total, 2, 5.0)
    ...     return total
    >>> SparseObject(vspace(np.ones(3)), third).dense(False)
    array([0., 0., 5.])
    """

    def __init__(self, vs: VSpace, mut_add: Callable[[Any], Any]) -> None:
        self.vs = vs
        self.mut_add = mut_add

    def dense(self, recorded: bool) -> Any:
        """The cotangent in full; where it is `recorded`, `mut_add` is given Values to add to."""
        zeros = self.vs.zeros()
        if recorded:
            zeros = map_leaves(lambda x: Value(x, requires_grad=False), zeros)
        return self.mut_add(zeros)

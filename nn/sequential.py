"""Layers one after the other."""

from collections.abc import Callable, Iterator
from math import prod
from numbers import Integral
from typing import Any, Self, TypeAlias, overload

import numpy as np

from autograd.errors import ArgumentError, AxisError, IndexingError, describe
from nn.module import Module

Layer: TypeAlias = Callable[[Any], Any]


class Sequential(Module):
    """y = fₙ(… f₂(f₁(x))), for any functions: modules, activations, NumPy's own.

    Layers are named by their place, as in PyTorch: `0.weight`. Indexing, slicing, `len`, iteration
    and `append` work as for a list. An error inside says in which layer it happened.

    >>> from nn.linear import Linear
    >>> model = Sequential(Linear(4, 8), np.tanh, Linear(8, 2))
    >>> model
    Sequential(
      (0): Linear(in_features=4, out_features=8, bias=True)  # 40 parameters
      (1): tanh
      (2): Linear(in_features=8, out_features=2, bias=True)  # 18 parameters
    )  # 58 parameters
    >>> model(np.zeros((5, 4))).shape, len(model[:2])
    ((5, 2), 2)
    """

    layers: list[Layer]

    def __init__(self, *layers: Layer) -> None:
        self.layers = [_checked_layer(layer) for layer in layers]

    def forward(self, x: Any) -> Any:
        """The output of the last layer."""
        for place, layer in enumerate(self.layers):
            try:
                x = layer(x)
            except Exception as error:
                error.add_note(f"in layer {place} of {type(self).__name__}, given {describe(x)}")
                raise
        return x

    def named_attributes(self) -> Iterator[tuple[str, Any]]:
        """The layers under their places, then what a subclass adds."""
        for place, layer in enumerate(self.layers):
            yield str(place), layer
        for name, part in super().named_attributes():
            if name != "layers":
                yield name, part

    def append(self, layer: Layer) -> Self:
        """Add a layer at the end; returns self.

        >>> len(Sequential(np.tanh).append(np.exp))
        2
        """
        self.layers.append(_checked_layer(layer))
        return self

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    # A container with no layers is still a module: `if model:` asks whether there is one.
    def __bool__(self) -> bool:
        return True

    @overload
    def __getitem__(self, place: int) -> Layer: ...
    @overload
    def __getitem__(self, place: slice) -> "Sequential": ...
    def __getitem__(self, place: int | slice) -> "Layer | Sequential":
        """The layer at a place, or a Sequential of the layers in a slice, which are not copied."""
        if isinstance(place, slice):
            return Sequential(*self.layers[place])
        return self.layers[self._place(place)]

    def __setitem__(self, place: int, layer: Layer) -> None:
        self.layers[self._place(place)] = _checked_layer(layer)

    def _place(self, place: int) -> int:
        """The number of a layer; IndexingError where there is none."""
        if not isinstance(place, int | np.integer) or not -len(self) <= place < len(self):
            raise IndexingError(
                f"the number of a layer, 0 to {len(self) - 1}" if self.layers else "a layer",
                f"{place!r} for a {type(self).__name__} of {len(self)} layers",
                "append adds a layer" if isinstance(place, int) else "count layers from 0",
            )
        return int(place)


class Flatten(Module):
    """Make the axes from start_dim to end_dim, both included, one axis.

    The default keeps the first axis, the batch: (n, c, h, w) becomes (n, c·h·w). Raises AxisError
    where x does not have these axes, ArgumentError for axes that are no integers.

    >>> Flatten()(np.zeros((5, 1, 8, 8))).shape
    (5, 64)
    """

    start_dim: int
    end_dim: int

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = _checked_axis("start_dim", start_dim)
        self.end_dim = _checked_axis("end_dim", end_dim)

    def forward(self, x: Any) -> Any:
        """x with these axes made one."""
        shape = np.shape(x)
        start = self.start_dim + len(shape) * (self.start_dim < 0)
        end = self.end_dim + len(shape) * (self.end_dim < 0)
        if not 0 <= start <= end < len(shape):
            raise AxisError(
                f"an array with axes {self.start_dim} to {self.end_dim} for Flatten",
                describe(x),
                "give x a batch axis in front, or pass start_dim=0",
            )
        return np.reshape(x, (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]))

    def extra_repr(self) -> str:
        """The first and last axis to join."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


def _checked_axis(name: str, axis: object) -> int:
    if isinstance(axis, bool) or not isinstance(axis, Integral):
        raise ArgumentError(f"an integer for {name}", describe(axis), f"pass {name} as an int")
    return int(axis)


def _checked_layer(layer: object) -> Layer:
    if not callable(layer) or isinstance(layer, type):
        raise ArgumentError(
            "layers that can be called: modules or functions",
            f"the class {layer.__name__}" if isinstance(layer, type) else describe(layer),
            "write Sequential(a, b), not Sequential([a, b]); call a class to make a layer of it",
        )
    return layer

"""Layers that multiply by a matrix."""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd import Value
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.ops.contract import affine
from nn.activations import relu
from nn.arguments import checked_dtype, checked_size, checked_switch, features
from nn.module import Module
from nn.randomness import RandomSource, generator


class Linear(Module):
    """y = x Wᵀ + b, for x of shape (..., in_features).

    The result has shape (..., out_features). Weight and bias start uniform in ±1/√in_features, as
    in PyTorch. Plain arrays of real numbers are read in the dtype of the weight, so float64 data do
    not make a float32 model slow; Values keep theirs. Raises ShapeError where the last axis of x is
    not in_features long, ArgumentError for sizes that are no positive integers.

    >>> layer = Linear(3, 2, rng=0)
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)  # 8 parameters
    >>> layer(np.ones((5, 3))).shape
    (5, 2)
    """

    weight: Value  # (out_features, in_features)
    bias: Value | None  # (out_features,)

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: DTypeLike = np.float32,
        rng: RandomSource = None,
    ) -> None:
        self.in_features = checked_size("in_features", in_features)
        self.out_features = checked_size("out_features", out_features)
        bias = checked_switch("bias", bias)
        dtype = checked_dtype(dtype)
        draw = generator(rng).uniform
        # PyTorch writes this bound as Kaiming's with a = √5: √(6 / (1 + 5) / in_features).
        bound = 1 / sqrt(in_features)
        weight = draw(-bound, bound, (out_features, in_features))
        self.weight = Value(weight, name="weight", dtype=dtype)
        self.bias = (
            Value(draw(-bound, bound, out_features), name="bias", dtype=dtype) if bias else None
        )

    def forward(self, x: Value | ArrayLike) -> Value:
        """x Wᵀ + b."""
        given = features(x, self.weight.dtype)
        shape = given.shape
        if not shape or shape[-1] != self.in_features:
            raise ShapeError(
                f"x of shape (..., {self.in_features}) for Linear({self.extra_repr()})",
                describe(x),
                self._remedy(shape),
            )
        return affine(given, self.weight, self.bias)

    def _remedy(self, shape: tuple[int, ...]) -> str:
        if len(shape) == 2 and shape[0] == self.in_features:
            return "transpose x: rows are examples, columns are features"
        if len(shape) > 2 and np.prod(shape[1:]) == self.in_features:
            return "put nn.Flatten() before this layer"
        if not shape:
            return "give x an axis of features: np.reshape(x, (-1, 1))"
        return f"give x {self.in_features} features, or build Linear({shape[-1]}, ...)"

    def extra_repr(self) -> str:
        """The arguments the layer was made with."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class MLP(Module):
    """A multilayer perceptron: Linear layers with an activation between each two.

    sizes         features of the input, of each hidden layer and of the output: [64, 32, 10] makes
                  Linear(64, 32) and Linear(32, 10).
    activation    any function of an array, such as nn.relu or np.tanh; none follows the last layer,
                  since losses take logits.
    bias, dtype   as in Linear.
    rng           an int or a Generator all layers draw from, or None for the default generator.

    The result for x of shape (..., sizes[0]) has shape (..., sizes[-1]).

    >>> model = MLP([64, 32, 10], activation=np.tanh)
    >>> model(np.zeros((5, 64))).shape
    (5, 10)
    >>> [name for name, parameter in model.named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']
    """

    layers: list[Linear]
    activation: Callable[[Any], Any]

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        activation: Callable[[Any], Any] = relu,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
        rng: RandomSource = None,
    ) -> None:
        if not isinstance(sizes, Sequence) or isinstance(sizes, str) or len(sizes) < 2:
            raise ArgumentError(
                "the sizes of the input, of any hidden layers and of the output, as one list",
                describe(sizes),
                "write MLP([64, 32, 10])",
            )
        if not callable(activation):
            raise ArgumentError(
                "a function of an array as activation",
                describe(activation),
                "pass nn.relu or np.tanh",
            )
        rng = generator(rng)
        self.layers = [
            Linear(sizes[i], sizes[i + 1], bias, dtype=dtype, rng=rng)
            for i in range(len(sizes) - 1)
        ]
        self.activation = activation

    def forward(self, x: Value | ArrayLike) -> Value:
        """The last layer's output, without activation."""
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        return last(x)

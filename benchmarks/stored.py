"""A peer for `moons`: a scalar value that stores its local derivatives when it is made.

This is the fastest plain Python for scalars that we know of: no closure per node, `__slots__`,
one multiplication and one addition per edge on the way back.
"""

import random
from collections.abc import Iterable


class Value:
    """A number, what it was made from, and its derivative with respect to each of those."""

    __slots__ = ("data", "grad", "inputs", "slopes")

    def __init__(
        self,
        data: float,
        inputs: tuple["Value", ...] = (),
        slopes: tuple[float, ...] = (),
    ) -> None:
        self.data = data
        self.grad = 0.0
        self.inputs = inputs
        self.slopes = slopes

    def __add__(self, other: "Value | float") -> "Value":
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    __radd__ = __add__

    def __mul__(self, other: "Value | float") -> "Value":
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    __rmul__ = __mul__

    def relu(self) -> "Value":
        """max(x, 0)."""
        if self.data > 0.0:
            return Value(self.data, (self,), (1.0,))
        return Value(0.0, (self,), (0.0,))

    def backward(self) -> None:
        """Add d(self)/d(node) to the `grad` of every node below."""
        ordered: list[Value] = []
        seen: set[Value] = set()

        def visit(value: Value) -> None:
            if value not in seen:
                seen.add(value)
                for below in value.inputs:
                    visit(below)
                ordered.append(value)

        visit(self)
        self.grad = 1.0
        for value in reversed(ordered):
            cotangent = value.grad
            slopes = value.slopes
            for i, below in enumerate(value.inputs):
                below.grad += slopes[i] * cotangent


class Neuron:
    """relu(w·x + b), or w·x + b alone."""

    def __init__(self, inputs: int, bent: bool) -> None:
        self.weights = [Value(random.uniform(-1.0, 1.0)) for _ in range(inputs)]
        self.bias = Value(0.0)
        self.bent = bent

    def __call__(self, x: Iterable[Value]) -> Value:
        total = sum((w * xi for w, xi in zip(self.weights, x, strict=True)), self.bias)
        return total.relu() if self.bent else total


class MLP:
    """Layers of neurons, the last one without the bend."""

    def __init__(self, inputs: int, outputs: list[int]) -> None:
        widths = [inputs, *outputs]
        self.layers = [
            [Neuron(width, bent=level < len(outputs) - 1) for _ in range(outputs[level])]
            for level, width in enumerate(widths[:-1])
        ]

    def __call__(self, x: list[Value]) -> Value:
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        (score,) = x
        return score

    def parameters(self) -> list[Value]:
        """All weights and biases, neuron by neuron."""
        return [
            parameter
            for layer in self.layers
            for neuron in layer
            for parameter in (*neuron.weights, neuron.bias)
        ]

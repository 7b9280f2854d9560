"""Networks of scalar Values: each weight one number, each product one node of the graph.

The classes, arguments and attributes are micrograd's, so its programs run with these imports:
`from autograd import Value` and `from nn.scalar import Neuron, Layer, MLP`. Slow, and easy to draw;
`nn.MLP` is the same network in arrays.
"""

from collections.abc import Callable, Sequence
from random import Random
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from autograd import Value
from autograd.errors import ArgumentError, describe
from nn.arguments import checked_size, checked_switch
from nn.module import Module
from nn.randomness import RandomSource, generator

Activation: TypeAlias = Callable[[Any], Any] | str | None
# Python's own generator too: micrograd's programs seed the module `random`.
ScalarRandomSource: TypeAlias = RandomSource | Random | ModuleType

NAMED: dict[str, Callable[[Any], Any]] = {
    "relu": Value.relu,
    "tanh": Value.tanh,
    "sigmoid": Value.sigmoid,
}
TITLES = {"relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid"}
# They have a length and can be iterated, but hold no numbers in an order.
NO_SEQUENCES = (str, bytes, dict, set, frozenset)


class Neuron(Module):
    """y = f(w·x + b), for x a sequence of nin numbers or Values; f is relu unless told.

    nin           how many inputs.
    nonlin        False leaves f out, whatever `activation` says.
    activation    "relu", "tanh", "sigmoid", a function of a Value such as nn.tanh, or None.
    rng           what draws the weights, uniform in [-1, 1]: an int seed, a NumPy Generator, a
                  random.Random or the module `random`, or None for the default generator.

    The bias starts at 0. Raises ArgumentError for an unknown activation, for an x of another length
    and for a table of examples.

    >>> neuron = Neuron(2, rng=0)
    >>> neuron
    ReLUNeuron(2)
    >>> [round(w.data, 3) for w in neuron.w], neuron.b.data
    ([0.274, -0.46], 0.0)
    >>> round(neuron([1.0, -1.0]).data, 3)
    0.734
    """

    w: list[Value]
    b: Value

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Activation = "relu",
        rng: ScalarRandomSource = None,
    ) -> None:
        draw = _source(rng).uniform
        self.w = [Value(float(draw(-1, 1)), name=f"w{i}") for i in range(checked_size("nin", nin))]
        self.b = Value(0.0, name="b")
        self.nonlin = checked_switch("nonlin", nonlin)
        self.activation = _checked_activation(activation) if nonlin else None

    def forward(self, x: Any) -> Value:
        """f(Σ wᵢ xᵢ + b)."""
        # Rows of a table would be taken for inputs, and give numbers of no meaning.
        flat = getattr(x, "ndim", 1) == 1 and hasattr(x, "__len__")
        if not flat or len(x) != len(self.w) or isinstance(x, NO_SEQUENCES):
            raise ArgumentError(
                f"{len(self.w)} inputs for {self!r}",
                describe(x),
                f"pass a sequence of {len(self.w)} numbers or Values, one example at a time",
            )
        if isinstance(x, np.ndarray):
            x = x.tolist()  # Python floats: arithmetic on them costs a tenth of NumPy's scalars
        y = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return y if self.activation is None else self.activation(y)

    def __repr__(self) -> str:
        if self.activation is None:
            return f"LinearNeuron({len(self.w)})"
        name = getattr(self.activation, "__name__", type(self.activation).__name__)
        return f"{TITLES.get(name, name)}Neuron({len(self.w)})"


class Layer(Module):
    """nout neurons that see the same nin inputs; keyword arguments go to each Neuron.

    Gives a list of Values, or the Value itself where there is one.

    >>> layer = Layer(2, 3, nonlin=False)
    >>> layer
    Layer of [LinearNeuron(2), LinearNeuron(2), LinearNeuron(2)]
    >>> len(layer([1.0, 2.0]))
    3
    """

    neurons: list[Neuron]

    def __init__(
        self, nin: int, nout: int, *, rng: ScalarRandomSource = None, **kwargs: Any
    ) -> None:
        rng = _source(rng)
        self.neurons = [Neuron(nin, rng=rng, **kwargs) for _ in range(checked_size("nout", nout))]

    def forward(self, x: Any) -> Any:
        """Each neuron's output."""
        if isinstance(x, Value) and x.ndim == 0:
            x = [x]  # what a layer of one neuron before this one gave
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """Layers of nouts[0], nouts[1], … neurons on nin inputs; the last layer has no activation.

    >>> model = MLP(2, [3, 1])
    >>> model
    MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(3)]]
    >>> len(model.parameters())
    13
    >>> loss = (model([1.0, -2.0]) - 1.0) ** 2
    >>> loss.backward()
    >>> for p in model.parameters():
    ...     p.data -= 0.01 * p.grad
    """

    layers: list[Layer]

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: Activation = "relu",
        rng: ScalarRandomSource = None,
    ) -> None:
        if not isinstance(nouts, Sequence | np.ndarray) or isinstance(nouts, str) or not len(nouts):
            raise ArgumentError(
                "the numbers of neurons of the layers, as a list",
                describe(nouts),
                "write MLP(2, [16, 1])",
            )
        rng = _source(rng)
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [
            Layer(sizes[i], sizes[i + 1], nonlin=i != last, activation=activation, rng=rng)
            for i in range(len(nouts))
        ]

    def forward(self, x: Any) -> Any:
        """The last layer's output."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


def _source(rng: Any) -> Any:
    return rng if hasattr(rng, "uniform") else generator(rng)


def _checked_activation(activation: Activation) -> Callable[[Any], Any] | None:
    if isinstance(activation, str) and activation in NAMED:
        return NAMED[activation]
    if activation is None or callable(activation):
        return activation
    raise ArgumentError(
        f"an activation: one of {', '.join(map(repr, NAMED))}, a function of a Value, or None",
        describe(activation),
        "pass activation='tanh', or a function such as nn.tanh",
    )

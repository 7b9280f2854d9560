"""Recurrent layers over whole sequences: RNN, GRU and LSTM, of several layers and both directions.

What each step computes is in `nn.cells`; here the steps are put together by `autograd.scan`.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd import Value, scan
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.wording import warn
from nn.arguments import checked_real, checked_size, checked_switch, features
from nn.cells import (
    GATED,
    Step,
    Weights,
    checked_activation,
    checked_parts,
    checked_state,
    drawn,
    gru,
    lstm,
    rnn,
)
from nn.module import Module
from nn.randomness import RandomSource, generator
from nn.regularization import Dropout


class _Recurrent(Module):
    """Layers of one kind of step; what the three kinds have in common."""

    gates: int
    proj_size: int = 0

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: DTypeLike = np.float32,
        rng: RandomSource = None,
    ) -> None:
        self.input_size = checked_size("input_size", input_size)
        self.hidden_size = checked_size("hidden_size", hidden_size)
        self.num_layers = checked_size("num_layers", num_layers)
        self.bias = checked_switch("bias", bias)
        self.batch_first = checked_switch("batch_first", batch_first)
        self.bidirectional = checked_switch("bidirectional", bidirectional)
        self.dtype = checked_real(dtype, GATED)
        # None stays None, as in Dropout: masks must go on following nn.seed.
        rng = None if rng is None else generator(rng)
        between = Dropout(dropout, rng)  # which raises for what is no probability
        self.dropout = between.p
        if dropout and self.num_layers == 1:
            warn(
                "expected dropout between layers\n"
                f"  received: dropout={dropout} for a single layer, which has no effect\n"
                "  remedy:   leave dropout out, or put nn.Dropout after this layer",
                UserWarning,
            )
        elif dropout:
            self.between = between
        for layer in range(self.num_layers):
            for suffix in self._suffixes(layer):
                for name, shape in self._shapes(layer).items():
                    name += suffix
                    setattr(self, name, drawn(name, shape, self.hidden_size, self.dtype, rng))

    def _suffixes(self, layer: int) -> list[str]:
        """What the names of one layer's parameters end in, for each direction."""
        return [f"_l{layer}", f"_l{layer}_reverse"][: 1 + self.bidirectional]

    def _shapes(self, layer: int) -> dict[str, tuple[int, ...]]:
        """The parameters of one layer and direction, in PyTorch's order."""
        rows = self.gates * self.hidden_size
        width = self.proj_size or self.hidden_size
        below = width * (1 + self.bidirectional) if layer else self.input_size
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, below),
            "weight_hh": (rows, width),
        }
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        return shapes

    def _weights(self, layer: int, suffix: str) -> Weights:
        return Weights(**{name: getattr(self, name + suffix) for name in self._shapes(layer)})

    @abstractmethod
    def _steps(self, w: Weights, x: Any) -> tuple[Any, Step]:
        """What the formula makes of the weights and the inputs of all steps."""
        ...

    def _input(self, x: Any) -> Any:
        """x with the axis of the steps first."""
        given = features(x, self.dtype)
        if given.ndim not in (2, 3) or given.shape[-1] != self.input_size:
            order = "batch, steps" if self.batch_first else "steps, batch"
            raise ShapeError(
                f"x of shape ({order}, {self.input_size}) or (steps, {self.input_size}) for "
                f"{type(self).__name__}",
                describe(x),
                f"give each step {self.input_size} features, on the last axis",
            )
        return np.swapaxes(given, 0, 1) if self.batch_first and given.ndim == 3 else given

    def _first(self, given: Any, name: str, size: int, x: Any) -> Any:
        """The first states of all layers and directions, which the first axis counts."""
        shape = (self.num_layers * (1 + self.bidirectional), *x.shape[1:-1], size)
        like = np.zeros(0, np.result_type(x.dtype, self.dtype))
        return checked_state(given, name, shape, like, type(self).__name__)

    def _run(self, x: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The output of the last layer, and the last states of all, stacked as the first ones."""
        last = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = self.between(x)
            outputs = []
            for backwards, suffix in enumerate(self._suffixes(layer)):
                shares, step = self._steps(self._weights(layer, suffix), x)
                first = tuple(state[len(last)] for state in states)
                state, ys = scan(step, first, shares, reverse=bool(backwards))
                last.append(state)
                outputs.append(ys)
            x = np.concatenate(outputs, axis=-1) if self.bidirectional else outputs[0]
        output = np.swapaxes(x, 0, 1) if self.batch_first and x.ndim == 3 else x
        return output, [np.stack(column) for column in zip(*last, strict=True)]

    def extra_repr(self) -> str:
        """The arguments the layer was made with, those that are PyTorch's defaults left out."""
        parts = [f"input_size={self.input_size}, hidden_size={self.hidden_size}"]
        defaults = {
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "bidirectional": False,
            "proj_size": 0,
        }
        given = {name: getattr(self, name) for name in defaults}
        parts += [f"{name}={x}" for name, x in given.items() if x != defaults[name]]
        return ", ".join(parts)


class _OfOneState(_Recurrent):
    """Layers whose state is h alone."""

    def forward(self, x: Value | ArrayLike, h_0: Any = None) -> tuple[Value, Value]:
        """The output of every step, and the last h of every layer and direction."""
        x = self._input(x)
        output, (h_n,) = self._run(x, [self._first(h_0, "h_0", self.hidden_size, x)])
        return output, h_n


class RNN(_OfOneState):
    """h' = tanh(W x + b + U h + d) at each step, or relu with nonlinearity="relu" (Elman 1990).

    Arguments, shapes and errors are those of `GRU`; ArgumentError for another nonlinearity.

    >>> output, h_n = RNN(3, 5, rng=0)(np.ones((7, 2, 3)))
    >>> output.shape, h_n.shape
    ((7, 2, 5), (1, 2, 5))
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: DTypeLike = np.float32,
        rng: RandomSource = None,
    ) -> None:
        checked_activation(nonlinearity)
        self.nonlinearity = nonlinearity
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            dtype=dtype,
            rng=rng,
        )

    def _steps(self, w: Weights, x: Any) -> tuple[Any, Step]:
        return rnn(w, x, checked_activation(self.nonlinearity))

    def extra_repr(self) -> str:
        """The arguments the layer was made with."""
        return f"{super().extra_repr()}, nonlinearity={self.nonlinearity!r}"


class GRU(_OfOneState):
    """r, z = σ(·), n = tanh(W x + b + r (U h + d)), h' = (1 − z) n + z h at each step.

    Each · is an affine map of x plus one of h.

    num_layers       layers one on the other, each reading the output of that below.
    bias             whether there are b and d.
    batch_first      whether x and the output have shape (batch, steps, features), instead of
                     (steps, batch, features); states do not change.
    dropout          the probability of `nn.Dropout` between layers, in training.
    bidirectional    whether each layer runs backwards too, with weights of its own; the output
                     holds both, side by side.

    x has shape (steps, batch, input_size), or (steps, input_size) without a batch; the output has
    (steps, batch, directions · hidden_size). h_0 and h_n have (layers · directions, batch,
    hidden_size); an h_0 left out is 0. Names, layout and order of the gates (r, z, n) are
    PyTorch's, and all weights start uniform in ±1/√hidden_size. Raises ShapeError for other shapes,
    ArgumentError for sizes that are no positive integers. Source: Cho et al. 2014, in PyTorch's
    form, where r acts on U h + d.

    >>> layer = GRU(3, 5, num_layers=2, bidirectional=True, rng=0)
    >>> output, h_n = layer(np.ones((7, 2, 3)))
    >>> output.shape, h_n.shape
    ((7, 2, 10), (4, 2, 5))
    >>> [name for name, _ in layer.named_parameters()][:5]
    ['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0', 'weight_ih_l0_reverse']
    """

    gates = 3

    def _steps(self, w: Weights, x: Any) -> tuple[Any, Step]:
        return gru(w, x)


class LSTM(_Recurrent):
    """i, f, o = σ(·), g = tanh(·), c' = f c + i g, h' = o tanh(c') at each step.

    Each · is an affine map of x plus one of h. The state is (h, c): called with x and (h_0, c_0),
    which left out are 0, it returns the output and (h_n, c_n).

    proj_size    0, or the size of h' = P (o tanh(c')), smaller than hidden_size; P is `weight_hr`.

    All other arguments, shapes and errors are those of `GRU`; the order of the gates is i, f, g, o.
    Source: Hochreiter & Schmidhuber, "Long short-term memory", 1997, with the gate f of Gers,
    Schmidhuber & Cummins, 2000; the projection is that of Sak, Senior & Beaufays, 2014.

    >>> output, (h_n, c_n) = LSTM(3, 5, rng=0)(np.ones((7, 2, 3)))
    >>> output.shape, h_n.shape, c_n.shape
    ((7, 2, 5), (1, 2, 5), (1, 2, 5))
    >>> LSTM(10, 20, num_layers=2)
    LSTM(input_size=10, hidden_size=20, num_layers=2)  # 5,920 parameters
    """

    gates = 4

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        *,
        dtype: DTypeLike = np.float32,
        rng: RandomSource = None,
    ) -> None:
        self.proj_size = checked_size("proj_size", proj_size, least=0)
        if self.proj_size >= checked_size("hidden_size", hidden_size):
            raise ArgumentError(
                f"proj_size smaller than hidden_size={hidden_size}",
                f"proj_size={proj_size}",
                "leave proj_size out for no projection",
            )
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            dtype=dtype,
            rng=rng,
        )

    def _steps(self, w: Weights, x: Any) -> tuple[Any, Step]:
        return lstm(w, x)

    def forward(
        self, x: Value | ArrayLike, state: tuple[Any, Any] | None = None
    ) -> tuple[Value, tuple[Value, Value]]:
        """The output of every step, and the last h and c of every layer and direction."""
        x = self._input(x)
        h, c = checked_parts(state, type(self).__name__)
        h = self._first(h, "h_0", self.proj_size or self.hidden_size, x)
        output, (h_n, c_n) = self._run(x, [h, self._first(c, "c_0", self.hidden_size, x)])
        return output, (h_n, c_n)

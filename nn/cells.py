"""One step of a recurrent network: the formulas, and the modules that take a single step.

A formula is given the weights and the inputs of all steps, and returns what does not depend on the
state, one matrix product for all steps, and the step itself: a function of the state and of one
step's share, as `autograd.scan` takes it. The state is a tuple, of one array for GRU and RNN.
Layout, names and order of the gates are PyTorch's.
"""

from collections.abc import Callable
from math import sqrt
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd import Value
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.ops.contract import affine
from nn.activations import relu, sigmoid, tanh
from nn.arguments import checked_real, checked_size, checked_switch, features
from nn.module import Module
from nn.randomness import RandomSource, generator

Step: TypeAlias = Callable[[Any, Any], tuple[Any, Any]]

# What an error calls these layers.
GATED = "a recurrent layer, whose gates lie between 0 and 1"


class Weights(NamedTuple):
    """What one step of one layer computes with; the gates are stacked along the first axis."""

    weight_ih: Value  # (gates · hidden, input)
    weight_hh: Value  # (gates · hidden, hidden or proj)
    bias_ih: Value | None = None  # (gates · hidden,)
    bias_hh: Value | None = None  # (gates · hidden,)
    weight_hr: Value | None = None  # (proj, hidden): the projection of an LSTM's h


def lstm(w: Weights, x: Any) -> tuple[Any, Step]:
    """i, f, o = σ(·), g = tanh(·), c' = f c + i g, h' = o tanh(c') of the state (h, c).

    Each · is an affine map of x plus one of h. With a projection P, h' = P (o tanh(c')). Source:
    Hochreiter & Schmidhuber, "Long short-term memory", 1997; the gate f is from Gers, Schmidhuber &
    Cummins, "Learning to forget", 2000; P from Sak, Senior & Beaufays, 2014.
    """
    size = w.weight_hh.shape[0] // 4
    recurrent = w.weight_hh.T
    projection = None if w.weight_hr is None else w.weight_hr.T

    def step(state: Any, share: Any) -> tuple[Any, Any]:
        h, c = state
        gates = share + h @ recurrent
        i, f, g, o = (gates[..., k * size : (k + 1) * size] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        if projection is not None:
            h = h @ projection
        return (h, c), h

    return _affine(x, w.weight_ih, _sum(w.bias_ih, w.bias_hh)), step


def gru(w: Weights, x: Any) -> tuple[Any, Step]:
    """r, z = σ(·), n = tanh(W x + b + r (U h + d)), h' = (1 − z) n + z h.

    Each · is an affine map of x plus one of h. Source: Cho et al., "Learning phrase representations
    using RNN encoder-decoder for statistical machine translation", 2014, with r applied to U h + d,
    as PyTorch does, and not to h.
    """
    size = w.weight_hh.shape[1]
    to_gates, to_new = w.weight_hh[: 2 * size].T, w.weight_hh[2 * size :].T
    bias, inside = w.bias_ih, None
    if w.bias_hh is not None:
        none = np.zeros(size, w.bias_hh.dtype)
        bias = _sum(bias, np.concatenate([w.bias_hh[: 2 * size], none]))
        inside = w.bias_hh[2 * size :]

    def step(state: Any, share: Any) -> tuple[Any, Any]:
        (h,) = state
        gates = sigmoid(share[..., : 2 * size] + h @ to_gates)
        old = _sum(h @ to_new, inside)
        new = tanh(share[..., 2 * size :] + gates[..., :size] * old)
        h = new + gates[..., size:] * (h - new)
        return (h,), h

    return _affine(x, w.weight_ih, bias), step


def rnn(w: Weights, x: Any, activation: Callable[[Any], Any] = tanh) -> tuple[Any, Step]:
    """h' = tanh(W x + b + U h + d), or relu for tanh (Elman 1990)."""
    recurrent = w.weight_hh.T

    def step(state: Any, share: Any) -> tuple[Any, Any]:
        (h,) = state
        h = activation(share + h @ recurrent)
        return (h,), h

    return _affine(x, w.weight_ih, _sum(w.bias_ih, w.bias_hh)), step


def _affine(x: Any, weight: Any, bias: Any) -> Any:
    """x Wᵀ + b, as one product of two matrices however many axes x has."""
    rows = np.reshape(x, (-1, x.shape[-1])) if x.ndim > 2 else x
    y = affine(rows, weight, bias)
    return np.reshape(y, (*x.shape[:-1], y.shape[-1])) if x.ndim > 2 else y


def _sum(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


# What cells and layers share


def drawn(
    name: str, shape: tuple[int, ...], hidden_size: int, dtype: np.dtype[Any], rng: Any
) -> Value:
    """A parameter that starts uniform in ±1/√hidden_size, as all of a recurrent layer do."""
    bound = 1 / sqrt(hidden_size)
    return Value(generator(rng).uniform(-bound, bound, shape), name=name, dtype=dtype)


def checked_activation(nonlinearity: str) -> Callable[[Any], Any]:
    """The function of this name. Raises ArgumentError for any but "tanh" and "relu".

    >>> checked_activation("tanh").__name__
    'tanh'
    """
    known = {"tanh": tanh, "relu": relu}
    if not isinstance(nonlinearity, str) or nonlinearity not in known:
        raise ArgumentError(
            "nonlinearity 'tanh' or 'relu'", describe(nonlinearity), "pass nonlinearity='tanh'"
        )
    return known[nonlinearity]


def checked_state(given: Any, name: str, shape: tuple[int, ...], like: Any, owner: str) -> Any:
    """A state of this shape in the dtype of `like`; zeros where None is given."""
    if given is None:
        return np.zeros(shape, like.dtype)
    if isinstance(given, tuple):
        raise ArgumentError(
            f"an array for {name} of {owner}", describe(given), f"pass {name} of shape {shape}"
        )
    state = features(given, like.dtype)
    if state.shape != shape:
        raise ShapeError(
            f"{name} of shape {shape} for {owner}",
            describe(given),
            f"pass {name} of that shape, or leave it out for zeros",
        )
    return state


def checked_parts(given: Any, owner: str) -> tuple[Any, Any]:
    """The two parts of an LSTM's state, h and c; two Nones where None is given."""
    if given is None:
        return None, None
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise ArgumentError(
            f"the pair (h, c) as the state of {owner}", describe(given), "pass both, as a tuple"
        )
    return given[0], given[1]


# The modules


class _Cell(Module):
    """A single step; what the three kinds have in common."""

    gates: int
    weight_ih: Value
    weight_hh: Value
    bias_ih: Value | None
    bias_hh: Value | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: DTypeLike = np.float32,
        rng: RandomSource = None,
    ) -> None:
        self.input_size = checked_size("input_size", input_size)
        self.hidden_size = checked_size("hidden_size", hidden_size)
        bias = checked_switch("bias", bias)
        dtype, rng = checked_real(dtype, GATED), generator(rng)
        rows, size = self.gates * self.hidden_size, self.hidden_size
        shapes = {"weight_ih": (rows, self.input_size), "weight_hh": (rows, size)}
        for name, shape in shapes.items():
            setattr(self, name, drawn(name, shape, size, dtype, rng))
        for name in ("bias_ih", "bias_hh"):
            setattr(self, name, drawn(name, (rows,), size, dtype, rng) if bias else None)

    def _weights(self) -> Weights:
        return Weights(self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)

    def _input(self, x: Any) -> Any:
        given = features(x, self.weight_ih.dtype)
        if given.ndim not in (1, 2) or given.shape[-1] != self.input_size:
            raise ShapeError(
                f"x of shape (batch, {self.input_size}) or ({self.input_size},) for "
                f"{type(self).__name__}",
                describe(x),
                f"pass one step; nn.{type(self).__name__.removesuffix('Cell')} takes a sequence",
            )
        return given

    def _state(self, given: Any, name: str, x: Any, share: Any) -> Any:
        shape = (*x.shape[:-1], self.hidden_size)
        return checked_state(given, name, shape, share, type(self).__name__)

    def extra_repr(self) -> str:
        """The arguments the cell was made with."""
        text = f"input_size={self.input_size}, hidden_size={self.hidden_size}"
        return text if self.bias_ih is not None else f"{text}, bias=False"


class LSTMCell(_Cell):
    """(h', c') = one step of an LSTM from (h, c): see `nn.LSTM` for the formula.

    x has shape (batch, input_size), h and c (batch, hidden_size), or all without the batch; a state
    left out is 0. Raises ShapeError for others.

    >>> h, c = LSTMCell(3, 5, rng=0)(np.ones((2, 3)))
    >>> h.shape, c.shape
    ((2, 5), (2, 5))
    """

    gates = 4

    def forward(
        self, x: Value | ArrayLike, state: tuple[Any, Any] | None = None
    ) -> tuple[Value, Value]:
        """The next h and c."""
        x = self._input(x)
        share, step = lstm(self._weights(), x)
        h, c = checked_parts(state, type(self).__name__)
        state = self._state(h, "h", x, share), self._state(c, "c", x, share)
        return step(state, share)[0]


class GRUCell(_Cell):
    """h' = one step of a GRU from h: see `nn.GRU` for the formula.

    x has shape (batch, input_size), h (batch, hidden_size), or both without the batch; an h left
    out is 0. Raises ShapeError for others.

    >>> GRUCell(3, 5, rng=0)(np.ones((2, 3))).shape
    (2, 5)
    """

    gates = 3

    def forward(self, x: Value | ArrayLike, state: Any = None) -> Value:
        """The next h."""
        x = self._input(x)
        share, step = gru(self._weights(), x)
        return step((self._state(state, "h", x, share),), share)[1]


class RNNCell(_Cell):
    """h' = tanh(W x + b + U h + d), or relu with nonlinearity="relu".

    x has shape (batch, input_size), h (batch, hidden_size), or both without the batch; an h left
    out is 0. Raises ShapeError for others, ArgumentError for another nonlinearity.

    >>> RNNCell(3, 5, rng=0)(np.ones((2, 3))).shape
    (2, 5)
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        dtype: DTypeLike = np.float32,
        rng: RandomSource = None,
    ) -> None:
        checked_activation(nonlinearity)
        self.nonlinearity = nonlinearity
        super().__init__(input_size, hidden_size, bias, dtype=dtype, rng=rng)

    def forward(self, x: Value | ArrayLike, state: Any = None) -> Value:
        """The next h."""
        x = self._input(x)
        share, step = rnn(self._weights(), x, checked_activation(self.nonlinearity))
        return step((self._state(state, "h", x, share),), share)[1]

    def extra_repr(self) -> str:
        """The arguments the cell was made with."""
        return f"{super().extra_repr()}, nonlinearity={self.nonlinearity!r}"

"""logsumexp, softmax, log_softmax and cross entropy: the largest goes first, nothing overflows."""

from typing import Any

import numpy as np

from autograd.broadcast import are_finite, is_finite
from autograd.modes import EAGER, current
from autograd.op import apply, apply_eagerly, general
from autograd.ops.reduce import Axis, masked, spread
from autograd.protocols import ufunc_method
from autograd.value import Value

# Up to here `is_finite` looks at the sum of the squares.
_FEW = 10_000


def peak(x: Any, axis: Axis) -> Any:
    """The largest elements along `axis`, or 0 where they are not finite: what is taken off first.

    >>> peak(np.array([[1.0, 3.0], [2.0, np.inf]]), 1)
    array([[3.],
           [0.]])
    """
    return _or_zero(np.maximum.reduce(x, axis=axis, keepdims=True))


def _or_zero(x: Any) -> Any:
    return x if is_finite(x) else np.where(np.isfinite(x), x, 0)


def _logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    largest = peak(x, axis)
    with np.errstate(divide="ignore", over="ignore"):  # all -inf: log(0) is the right answer
        total = np.log(np.add.reduce(np.exp(x - largest), axis=axis, keepdims=True)) + largest
    return total if keepdims else np.squeeze(total, axis=axis)[()]


def _shifted(x: Any, axis: Axis) -> Any:
    largest = np.maximum.reduce(x, axis=axis, keepdims=True)
    if largest.size < _FEW and largest.itemsize > 2 and is_finite(largest):
        return x - largest  # the squares of the peaks are finite: no such difference overflows
    with np.errstate(over="ignore"):  # -inf is right for what lies so far below the peak
        return x - _or_zero(largest)


def _softmax(x: Any, axis: Axis = -1) -> Any:
    e = np.exp(_shifted(x, axis))
    return e / np.add.reduce(e, axis=axis, keepdims=True)


def _log_softmax(x: Any, axis: Axis = -1) -> Any:
    shifted = _shifted(x, axis)  # not x - logsumexp(x), which would round to the size of x
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))


def _weights(y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    y = spread(y, x, axis, keepdims)
    weights = np.exp(x - np.where(np.isfinite(y), y, 0))
    total = np.add.reduce(weights, axis=axis, keepdims=True)
    return weights / np.where(total == 0, 1, total)  # y is rounded to the size of x


logsumexp_row = general(
    _logsumexp,
    lambda g, y, x, *, axis=None, keepdims=False: (
        spread(g, x, axis, keepdims) * _weights(y, x, axis, keepdims)
    ),
    tangent=lambda t, y, x, *, axis=None, keepdims=False: np.add.reduce(
        t[0] * _weights(y, x, axis, keepdims), axis=axis, keepdims=keepdims
    ),
    name="logsumexp",
)
softmax_row = general(
    _softmax,
    lambda g, y, x, *, axis=-1: y * (g - np.add.reduce(g * y, axis=axis, keepdims=True)),
    tangent=lambda t, y, x, *, axis=-1: (
        y * (t[0] - np.add.reduce(t[0] * y, axis=axis, keepdims=True))
    ),
    name="softmax",
)
log_softmax_row = general(
    _log_softmax,
    lambda g, y, x, *, axis=-1: g - np.exp(y) * np.add.reduce(g, axis=axis, keepdims=True),
    tangent=lambda t, y, x, *, axis=-1: (
        t[0] - np.add.reduce(np.exp(y) * t[0], axis=axis, keepdims=True)
    ),
    name="log_softmax",
)


# Cross entropy: of every row one element of log_softmax, where four ops would go over all of them

# Up to so many classes they are the first axis: NumPy is slow at reductions of short rows.
_FEW_CLASSES = 32


def _by_class(x: Any) -> tuple[Any, int]:
    """The logits, few classes first, and the axis of the classes."""
    if x.shape[1] <= _FEW_CLASSES:
        return x.T.copy(), 0
    return np.ascontiguousarray(x), 1


def _places(x: Any, index: Any) -> Any:
    """Where the chosen logits lie in the memory of `_by_class`: one index costs less than two."""
    n, classes = x.shape
    index = index.astype(np.intp, copy=False)
    if classes <= _FEW_CLASSES:
        return index * n + np.arange(n)
    return np.arange(0, n * classes, classes) + index


def _surprise(x: Any, places: Any) -> Any:
    x, axis = _by_class(x)
    shifted = _shifted(x, axis)
    total = np.log(np.add.reduce(np.exp(shifted), axis=axis))
    total -= shifted.ravel()[places]
    return total


def _probabilities(y: Any, x: Any, axis: int, places: Any) -> Any:
    """softmax(x), from the surprises `y`; as exact, since these are what log_softmax has there."""
    if not are_finite((y,)):
        return _softmax(x, axis)
    chosen = x.ravel()[places]
    p = x - (chosen if axis == 0 else chosen[:, np.newaxis])
    p -= y if axis == 0 else y[:, np.newaxis]
    return np.exp(p, out=p)


def _surprise_back(g: Any, y: Any, x: Any, *, places: Any) -> Any:
    if type(x) is Value or type(g) is Value:
        return g[:, np.newaxis] * (softmax(x, axis=1) - _one_hot(x, places))
    x, axis = _by_class(x)
    p = _probabilities(y, x, axis, places)
    p *= g if axis == 0 else g[:, np.newaxis]
    p.ravel()[places] -= g
    return p if axis else p.T


def _surprise_tangent(t: Any, y: Any, x: Any, *, places: Any) -> Any:
    return np.sum(t[0] * (softmax(x, axis=1) - _one_hot(x, places)), axis=1)


def _one_hot(x: Any, places: Any) -> Any:
    """1 where a logit is chosen, else 0: (n, C)."""
    n, classes = x.shape
    few = classes <= _FEW_CLASSES
    chosen = np.zeros((classes, n) if few else (n, classes), x.dtype)
    chosen.ravel()[places] = 1
    return chosen.T if few else chosen


softmax_cross_entropy_row = general(
    _surprise,
    _surprise_back,
    tangent=_surprise_tangent,
    name="softmax_cross_entropy",
    numpy=(),
)


def softmax_cross_entropy(x: Any, index: Any) -> Any:
    """−log softmax(x)[i] for every row of x: (n, C) logits and (n,) integers give (n,).

    One node of the graph; in a trace the ones that it stands for, which are joined with others.

    >>> softmax_cross_entropy(np.array([[0.0, 0.0], [0.0, 1000.0]]), np.array([0, 1]))
    array([0.69314718, 0.        ])
    """
    mode = current()
    if mode.replayable:
        return -log_softmax(x, axis=1)[np.arange(len(x)), index]
    x = _operand(x)
    static = {"places": _places(x, index)}
    if mode is EAGER and type(x) is Value and x.requires_grad:
        return apply_eagerly(softmax_cross_entropy_row, (x._data,), (x,), static)
    return apply(softmax_cross_entropy_row, (x,), static)


def _operand(x: Any) -> Any:
    return x if type(x) is Value else np.asarray(x)


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log Σ e**x over `axis`, of a Value or an array; nothing overflows.

    >>> float(logsumexp(np.array([1000.0, 1000.0])))
    1000.6931471805599
    """
    return apply(logsumexp_row, (_operand(x),), {"axis": axis, "keepdims": keepdims})


def softmax(x: Any, axis: Axis = -1) -> Any:
    """e**x / Σ e**x along `axis`, of a Value or an array; nothing overflows.

    >>> softmax(np.array([0.0, 1000.0]))
    array([0., 1.])
    """
    return apply(softmax_row, (_operand(x),), {"axis": axis})


def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """x - log Σ e**x along `axis`, of a Value or an array; exact to rounding.

    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    return apply(log_softmax_row, (_operand(x),), {"axis": axis})


def _of_logaddexp(
    a: Any, axis: Axis = 0, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """np.logaddexp.reduce."""
    total = logsumexp(masked(a, where, -np.inf), axis, keepdims)
    return total if initial is None else np.logaddexp(initial, total)


ufunc_method(np.logaddexp, "reduce", _of_logaddexp)

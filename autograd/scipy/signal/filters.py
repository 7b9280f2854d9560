"""Digital filters: a convolution, and a recursion that is solved."""

from typing import Any

import numpy as np
import scipy.signal

from autograd import leading
from autograd.errors import ShapeError, describe
from autograd.op import general
from autograd.ops.convolution import window
from autograd.scipy.linalg.parts import of_scipy


def _recursion(a: Any, u: Any) -> Any:
    """y with Σ a[k] y[n - k] = u[n] along the last axis; the axes before it broadcast."""
    a, u = np.asarray(a), np.asarray(u)
    one = np.ones(1, np.result_type(a, u))
    if a.ndim == 1:
        return scipy.signal.lfilter(one, a, u)
    batch = np.broadcast_shapes(a.shape[:-1], u.shape[:-1])
    a = np.broadcast_to(a, (*batch, a.shape[-1]))
    u = np.broadcast_to(u, (*batch, u.shape[-1]))
    out = np.empty(u.shape, one.dtype)
    for place in np.ndindex(*batch):
        out[place] = scipy.signal.lfilter(one, a[place], u[place])
    return out


def _recursion_back(wanted: Any, g: Any, y: Any, a: Any, u: Any) -> tuple[Any, Any]:
    # The recursion is a triangular matrix with constant diagonals: transposed, it runs backwards.
    w = recursion(a, g[..., ::-1])
    to_a = None
    if wanted[0]:
        k = np.shape(a)[-1]
        to_a = -window(w, y, (np.shape(y)[-1] - k,), (k,))[..., ::-1]
    return to_a, w[..., ::-1]


def _recursion_forward(t: Any, y: Any, a: Any, u: Any) -> Any:
    moved = t[1]
    if t[0] is not None:
        changed = window(t[0], y, (0,), np.shape(y)[-1:])
        moved = -changed if moved is None else moved - changed
    return recursion(a, moved)


recursion = general(
    _recursion,
    joint=_recursion_back,
    tangent=_recursion_forward,
    arity=2,
    batch=leading.core(1, 1),
    name="recursion",
)


@of_scipy(scipy.signal.lfilter)
def lfilter(b: Any, a: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """y with Σ a[k] y[n - k] = Σ b[k] x[n - k]; with `zi`, (y, zf): the states before and after.

    b, a    the coefficients of the filter, vectors; a number is a vector of one.
    zi      of x's shape, but with max(len(a), len(b)) - 1 elements along `axis`.
    """
    b, a, x = (v if hasattr(v, "ndim") else np.asarray(v) for v in (b, a, x))
    b, a = np.atleast_1d(b, a)
    if np.ndim(b) != 1 or np.ndim(a) != 1:
        raise ShapeError(
            "two vectors of coefficients for lfilter",
            f"{describe(b)}, {describe(a)}",
            "filter with each row of a matrix by itself",
        )
    x = np.moveaxis(x, axis, -1)
    n = x.shape[-1]
    u = window(b, x, (0,), (n,))
    if zi is None:
        return np.moveaxis(recursion(a, u) if a.shape[0] > 1 else u / a[0], -1, axis)
    k = max(a.shape[0], b.shape[0]) - 1
    zi = np.moveaxis(zi, axis, -1)
    zi = np.broadcast_to(zi, (*x.shape[:-1], k))
    y = recursion(a, u + a[0] * _fitted(zi, n))
    after = window(b, x, (n,), (k,)) - window(a, y, (n,), (k,))
    zf = after / a[0] + _fitted(zi[..., n:], k)
    return np.moveaxis(y, -1, axis), np.moveaxis(zf, -1, axis)


def _fitted(x: Any, n: int) -> Any:
    """`x` cut off or filled up with zeros to n elements along the last axis."""
    missing = max(n - np.shape(x)[-1], 0)
    return np.pad(x[..., :n], [(0, 0)] * (np.ndim(x) - 1) + [(0, missing)])


@of_scipy(scipy.signal.sosfilt)
def sosfilt(sos: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """`lfilter` by one section after another, each a row [b0, b1, b2, a0, a1, a2]; zi is theirs."""
    sos = sos if hasattr(sos, "ndim") else np.asarray(sos)
    states = []
    for i in range(sos.shape[0]):
        b, a = sos[i, :3], sos[i, 3:]
        if zi is None:
            x = lfilter(b, a, x, axis)
        else:
            x, state = lfilter(b, a, x, axis, zi[i])
            states.append(state)
    return x if zi is None else (x, np.stack(states))

"""Polynomials by their coefficients, the highest power first."""

import operator
import warnings
from typing import Any

import numpy as np

from autograd import leading
from autograd.broadcast import data_of
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.modes import current
from autograd.op import composite, general
from autograd.ops.joining import operand
from autograd.value import Value


def vector(p: Any, name: str) -> Any:
    """The coefficients as a vector; a number is one of one element."""
    p = np.atleast_1d(operand(p))
    if np.ndim(p) != 1:
        raise ShapeError(f"a vector for {name}", describe(p), "np.ravel it")
    return p


def _like(found: Any, *given: Any) -> Any:
    """As NumPy has it: an np.poly1d where one was given."""
    return np.poly1d(found) if any(isinstance(p, np.poly1d) for p in given) else found


def is_traced(p: Any) -> bool:
    """Whether the shape of a result may not depend on the numbers of p."""
    return type(p) is Value and current().replayable


def _horner(p: Any, x: Any) -> Any:
    """The polynomials whose coefficients lie along the last axis."""
    y = np.zeros_like(x)
    for i in range(p.shape[-1]):
        y = y * x + p[..., i]
    return y


def _slope(p: Any) -> Any:
    n = np.shape(p)[-1]
    return p[..., :-1] * np.arange(max(n - 1, 0), 0, -1).astype(p.dtype)


def _to_coefficients(g: Any, y: Any, p: Any, x: Any) -> Any:
    """The sums of g x**k, the highest power first; under vmap the engine sums."""
    terms: list[Any] = []
    for _ in range(np.shape(p)[-1]):
        terms.insert(0, np.sum(g) if np.ndim(p) == 1 else g)
        g = g * x
    return np.stack(terms, axis=-1) if terms else np.zeros(np.shape(p))


def _horner_tangent(t: Any, y: Any, p: Any, x: Any) -> Any:
    moved = None if t[0] is None else horner(t[0], x)
    if t[1] is None:
        return moved
    along_x = t[1] * horner(_slope(p), x)
    return along_x if moved is None else moved + along_x


# (... (p[0] x + p[1]) x + ...), which keeps none of what lies between.
horner = general(
    _horner,
    _to_coefficients,
    lambda g, y, p, x: g * horner(_slope(p), x),
    tangent=_horner_tangent,
    batch=leading.core(1, 0),
    name="polyval",
)


@composite(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """np.polyval: p[0] x**(n - 1) + ... + p[n - 1], by Horner's rule; of an np.poly1d as well."""
    p = operand(p)
    if not isinstance(x, np.poly1d) and np.ndim(p) < 2:
        return horner(p, operand(x))
    # Of several axes, the coefficients lie along the first, and each broadcasts against x.
    y: Any = 0 if isinstance(x, np.poly1d) else np.zeros_like(x := operand(x))
    for i in range(np.shape(p)[0]):
        y = y * x + p[i]
    return y


@composite(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """np.polyadd."""
    p, q = _aligned(a1, a2)
    return _like(p + q, a1, a2)


@composite(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """np.polysub."""
    p, q = _aligned(a1, a2)
    return _like(p - q, a1, a2)


def _aligned(*ps: Any) -> list[Any]:
    """The shorter vector with zeros before it."""
    vectors = [vector(p, "a polynomial") for p in ps]
    n = max(np.shape(p)[0] for p in vectors)
    return [p if np.shape(p)[0] == n else np.pad(p, (n - np.shape(p)[0], 0)) for p in vectors]


@composite(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    """np.polymul: the convolution of the coefficients, without the zeros they begin with.

    Under jit and vmap, where no shape may depend on numbers, those zeros stay.
    """
    return _like(np.convolve(_without_zeros(a1), _without_zeros(a2)), a1, a2)


def _without_zeros(p: Any) -> Any:
    p = vector(p, "a polynomial")
    if is_traced(p):
        return p
    filled = np.flatnonzero(data_of(p))
    return p[filled[0] if len(filled) else -1 :]


@composite(np.polydiv)
def polydiv(u: Any, v: Any) -> Any:
    """np.polydiv: u = q v + r, by long division.

    The remainder loses the coefficients near 0 that it begins with; under jit and vmap, where no
    shape may depend on numbers, it has as many as a remainder may have.
    """
    p, w = vector(u, "polydiv"), vector(v, "polydiv")
    dtype = np.result_type(p.dtype, w.dtype, np.float16)
    m, n = np.shape(p)[0] - 1, np.shape(w)[0] - 1
    r, w = p.astype(dtype), w.astype(dtype)
    scale = 1.0 / w[0]
    quotient = []
    for k in range(m - n + 1):
        d = scale * r[k]
        quotient.append(d)
        r = np.concatenate([r[:k], r[k : k + n + 1] - d * w, r[k + n + 1 :]])
    q = np.stack(quotient) if quotient else np.zeros(1, dtype)
    start = min(len(quotient), m)
    if not is_traced(r):
        numbers, start = data_of(r), 0
        while start < len(numbers) - 1 and np.allclose(numbers[start], 0, rtol=1e-14):
            start += 1
    return _like(q, u, v), _like(r[start:], u, v)


def _order(m: Any, name: str) -> int:
    m = operator.index(m)
    if m < 0:
        raise ArgumentError(f"m >= 0 for {name}", f"m={m}", "polyder and polyint are inverses")
    return m


@composite(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    """np.polyder: the m-th derivative."""
    found = operand(p)
    for _ in range(_order(m, "polyder")):
        found = found[:-1] * np.arange(max(np.shape(found)[0] - 1, 0), 0, -1)
    return _like(found, p)


@composite(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """np.polyint: the m-th integral, with the constants k."""
    m = _order(m, "polyint")
    constants = vector(0.0 if k is None else k, "the constants of polyint")
    if np.shape(constants)[0] not in (1, *range(m, np.shape(constants)[0] + 1)):
        raise ShapeError(
            f"one constant, or {m} of them", describe(constants), "one for every integral"
        )
    found = operand(p)
    for i in range(m):
        constant = constants[0] if np.shape(constants)[0] == 1 else constants[i]
        parts = [found / np.arange(np.shape(found)[0], 0, -1), np.reshape(constant, 1)]
        found = np.concatenate(parts)
    return _like(found, p)


# Fits


@composite(np.polyfit)
def polyfit(
    x: Any,
    y: Any,
    deg: int,
    rcond: float | None = None,
    full: bool = False,
    w: Any = None,
    cov: bool | str = False,
) -> Any:
    """np.polyfit: least squares with the powers of x, whose columns are scaled to length one."""
    x, y, order = _points(x, y, deg)
    rcond = np.shape(x)[0] * np.finfo(x.dtype).eps if rcond is None else rcond
    powers, values = np.vander(x, order), y
    if w is not None:
        w = operand(w) + 0.0
        if np.shape(w) != np.shape(x):
            raise ShapeError("a weight for every point", describe(w), "np.broadcast_to its shape")
        powers = powers * w[:, np.newaxis]
        values = values * np.reshape(w, (-1,) + (1,) * (np.ndim(y) - 1))
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    powers = powers / scale
    c, residuals, rank, singular = np.linalg.lstsq(powers, values, rcond)
    c = np.transpose(np.transpose(c) / scale)
    if full:
        return c, residuals, rank, singular, rcond
    if type(rank) is not Value and rank != order:
        warnings.warn("Polyfit may be poorly conditioned", np.exceptions.RankWarning, stacklevel=4)
    if not cov:
        return c
    base = np.linalg.inv(np.transpose(powers) @ powers) / np.outer(scale, scale)
    factor: Any = 1
    if cov != "unscaled":
        if np.shape(x)[0] <= order:
            raise ArgumentError(
                f"more points than the {order} coefficients, to scale the covariance",
                f"{np.shape(x)[0]}",
                "pass cov='unscaled'",
            )
        factor = residuals / (np.shape(x)[0] - order)
    return c, (base if np.ndim(y) == 1 else base[:, :, np.newaxis]) * factor


def _points(x: Any, y: Any, deg: Any) -> tuple[Any, Any, int]:
    x, y, order = operand(x) + 0.0, operand(y) + 0.0, int(deg) + 1
    if order < 1:
        raise ArgumentError("a degree of 0 or more", f"deg={deg}", "pass deg=0 for a constant")
    if np.ndim(x) != 1 or not np.size(x) or np.ndim(y) not in (1, 2):
        raise ShapeError(
            "a vector x, not empty, and a vector or matrix y",
            f"x {describe(x)}, y {describe(y)}",
            "fit the columns of a matrix at once",
        )
    if np.shape(x)[0] != np.shape(y)[0]:
        raise ShapeError(
            "as many values as places", f"x {describe(x)}, y {describe(y)}", "compare the shapes"
        )
    return x, y, order

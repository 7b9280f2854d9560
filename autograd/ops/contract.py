"""Products that sum: matmul, einsum, and what is made of them."""

import math
import string
from typing import Any

import numpy as np

from autograd import leading
from autograd.broadcast import data_of
from autograd.errors import ArgumentError, DTypeError, describe
from autograd.fast import binary
from autograd.modes import EAGER, current
from autograd.op import apply, apply_eagerly, composite, general, multilinear
from autograd.ops.joining import operand
from autograd.value import NO_STATIC, Value


def product(x: Any, w: Any) -> Any:
    """x @ w, of two plain matrices by way of `dot`, which takes half of the time to begin."""
    if type(x) is np.ndarray is type(w) and x.ndim == 2 == w.ndim and x.dtype is w.dtype:
        try:
            return x.dot(w)
        except ValueError:
            pass  # the error that comes instead speaks of matmul
    return np.matmul(x, w)


def _times_transpose(g: Any, y: Any, x: Any, w: Any) -> Any:
    """d(x @ w)/dx: g @ wᵀ, with vectors as NumPy promotes them."""
    if w.ndim == 2 <= x.ndim:
        return product(g, w.T)
    if w.ndim == 1:
        return g * w if x.ndim == 1 else g[..., np.newaxis] * w
    if x.ndim == 1:
        return np.matmul(w, g[..., np.newaxis])[..., 0]
    return g @ np.swapaxes(w, -1, -2)


def _transpose_times(g: Any, y: Any, x: Any, w: Any) -> Any:
    """d(x @ w)/dw: xᵀ @ g, with vectors as NumPy promotes them."""
    if w.ndim == 2 < x.ndim and type(x) is np.ndarray is type(g):
        # One product, where one for each matrix would be summed afterwards.
        rows = math.prod(x.shape[:-1])
        x, g = x.reshape(rows, x.shape[-1]), g.reshape(rows, g.shape[-1])
    if x.ndim == 2 <= w.ndim:
        if type(w) is np.ndarray and w.ndim == 2 and w.strides[0] < w.strides[1]:
            return product(g.T, x).T  # w is the transpose of what someone holds, and so is this
        return product(x.T, g)
    if x.ndim == 1:
        return g * x if w.ndim == 1 else x[:, np.newaxis] * g[..., np.newaxis, :]
    if w.ndim == 1:
        return np.matmul(np.swapaxes(x, -1, -2), g[..., np.newaxis])[..., 0]
    return np.swapaxes(x, -1, -2) @ g


matmul_row = multilinear(
    np.matmul,
    _times_transpose,
    _transpose_times,
    batch=leading.matrices,
    shorter=product,
    name="matmul",
    numpy=(),
)
matmul = binary(matmul_row)


# An affine map of rows: a layer's one op, where NumPy needs three


def _rows(x: Any) -> Any:
    """The vectors along the last axis, as a matrix; BLAS is faster at one product than at many."""
    return x if x.ndim == 2 else x.reshape(-1, x.shape[-1])


def _affine(x: Any, w: Any, b: Any) -> Any:
    y = product(_rows(x), w.T)
    if b.dtype is y.dtype:
        y += b
    else:
        y = y + b
    return y if x.ndim == 2 else y.reshape(*x.shape[:-1], len(w))


def _affine_tangent(t: Any, y: Any, x: Any, w: Any, b: Any) -> Any:
    parts = [] if t[0] is None else [product(_rows(t[0]), w.T).reshape(y.shape)]
    parts += [] if t[1] is None else [product(_rows(x), t[1].T).reshape(y.shape)]
    return sum(parts[1:], parts[0]) if t[2] is None else sum(parts, t[2])


def _affine_to_x(g: Any, y: Any, x: Any, w: Any, b: Any) -> Any:
    return product(g, w) if x.ndim == 2 else product(_rows(g), w).reshape(x.shape)


def _affine_to_w(g: Any, y: Any, x: Any, w: Any, b: Any) -> Any:
    return product(g.T, x) if x.ndim == 2 else product(_rows(g).T, _rows(x))


affine_row = general(
    _affine,
    _affine_to_x,
    _affine_to_w,
    lambda g, y, x, w, b: g,
    tangent=_affine_tangent,
    name="affine",
    numpy=(),
)


def affine(x: Any, w: Any, b: Any) -> Any:
    """x Wᵀ + b along the last axis of x, for x (..., n), W (m, n) and b (m,): (..., m).

    One node of the graph; in a trace the three that it stands for, which are joined with others.
    None for b adds nothing.

    >>> affine(np.ones((2, 3)), np.eye(3)[:2], np.array([0.0, 10.0]))
    array([[ 1., 11.],
           [ 1., 11.]])
    """
    mode = current()
    if mode is EAGER and type(w) is Value is type(b) and w.requires_grad:
        raw = (x._data if type(x) is Value else x, w._data, b._data)
        return apply_eagerly(affine_row, raw, (x, w, b), NO_STATIC)
    if mode.replayable or (b is None and x.ndim < 3):
        y = x @ w.T
        return y if b is None else y + b
    if b is None:
        return (_rows(x) @ w.T).reshape(*x.shape[:-1], len(w))
    return apply(affine_row, (x, w, b), NO_STATIC)


# einsum: the adjoint of an einsum is an einsum


def _einsum(*operands: Any, subscripts: str) -> Any:
    return np.einsum(subscripts, *operands, optimize=len(operands) > 2)


def _einsum_back(wanted: Any, g: Any, y: Any, *operands: Any, subscripts: str) -> list[Any]:
    """The cotangent of each operand: the output's subscripts and the others', onto its own."""
    terms, output = subscripts.split("->")
    inputs = terms.split(",")
    results: list[Any] = []
    for i, own in enumerate(inputs):
        if not wanted[i]:
            results.append(None)
            continue
        factors = [g, *(x for j, x in enumerate(operands) if j != i)]
        letters = [output, *(term for j, term in enumerate(inputs) if j != i)]
        target = ""
        spare = iter(sorted(set(string.ascii_letters) - set(subscripts)))
        for letter, n in zip(own, np.shape(operands[i]), strict=True):
            if letter in target:  # a diagonal was taken: put it back on one
                other = next(spare)
                factors.append(np.eye(n, dtype=data_of(g).dtype))
                letters.append(letter + other)
                letter = other
            elif not any(letter in term for term in letters):  # it was summed away alone
                factors.append(np.ones(n, dtype=data_of(g).dtype))
                letters.append(letter)
            target += letter
        results.append(_summed(factors, f"{','.join(letters)}->{target}"))
    return results


def _summed(factors: list[Any], subscripts: str) -> Any:
    return apply(einsum_row, tuple(factors), {"subscripts": subscripts})


# NumPy's order: A to Z stand for 0 to 25.
_LETTERS = string.ascii_uppercase + string.ascii_lowercase


def _from_sublists(args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    operands = args[: len(args) // 2 * 2 : 2]
    lists = args[1::2]

    def term(sublist: Any) -> str:
        return "".join("..." if i is Ellipsis else _LETTERS[i] for i in sublist)

    text = ",".join(map(term, lists))
    if len(args) % 2:
        text += "->" + term(args[-1])
    return text, operands


def _explicit(text: str, operands: tuple[Any, ...]) -> str:
    text = text.replace(" ", "")
    terms, arrow, output = text.partition("->")
    inputs = terms.split(",")
    if len(inputs) != len(operands):
        raise ArgumentError(
            f"{len(inputs)} operands for einsum {text!r}",
            ", ".join(map(describe, operands)) or "none",
            "give one operand for each term",
        )
    spare = sorted(set(string.ascii_letters) - set(text))
    extra = [
        max(np.ndim(x) - len(term.replace("...", "")), 0)
        for x, term in zip(operands, inputs, strict=True)
    ]
    longest = max((n for n, term in zip(extra, inputs, strict=True) if "..." in term), default=0)
    dots = "".join(spare[:longest])
    inputs = [
        term.replace("...", dots[longest - n :]) for n, term in zip(extra, inputs, strict=True)
    ]
    if arrow:
        output = output.replace("...", dots)
    else:
        joined = "".join(term for term in terms.replace("...", "").split(","))
        output = dots + "".join(sorted(c for c in set(joined) if joined.count(c) == 1))
    return ",".join(inputs) + "->" + output


def _einsum_batch(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    """One letter more, in front of the operands that have the axis and of the output."""
    terms, output = static["subscripts"].split("->")
    letter = min(set(string.ascii_letters) - set(terms))
    ours = [
        letter + term if has else term for term, has in zip(terms.split(","), batched, strict=True)
    ]
    return apply(op, xs, {"subscripts": f"{','.join(ours)}->{letter}{output}"})


einsum_row = multilinear(_einsum, joint=_einsum_back, batch=_einsum_batch, name="einsum", numpy=())


@composite(np.einsum)
def einsum(
    *operands: Any,
    optimize: Any = False,
    dtype: Any = None,
    order: str = "K",
    casting: Any = "safe",
) -> Any:
    """np.einsum: a sum of products, its subscripts written out; NumPy's optimize= is our own."""
    if isinstance(operands[0], str):
        text, arrays = operands[0], operands[1:]
    else:
        text, arrays = _from_sublists(operands)
    arrays = tuple(map(operand, arrays))
    if dtype is not None:
        for x in arrays:
            if not np.can_cast(x.dtype, dtype, casting):
                raise DTypeError(
                    f"operands of einsum that can be cast to {np.dtype(dtype)}, {casting}",
                    describe(x),
                    "pass casting='unsafe', or cast the result",
                )
        arrays = tuple(x.astype(dtype) for x in arrays)
    return apply(einsum_row, arrays, {"subscripts": _explicit(text, arrays)})


@composite(np.einsum_path)
def einsum_path(*operands: Any, optimize: Any = "greedy", einsum_call: bool = False) -> Any:
    """np.einsum_path, which depends on the shapes alone."""
    raw: Any = (np.empty(np.shape(x)) if type(x) is Value else x for x in operands)
    return np.einsum_path(*raw, optimize=optimize)

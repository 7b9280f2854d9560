"""Products that sum: matmul, einsum, and what is made of them."""

import string
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.broadcast import data_of
from autograd.errors import ArgumentError, describe
from autograd.fast import binary
from autograd.op import composite, multilinear, registry
from autograd.value import Value


def _times_transpose(g: Any, y: Any, x: Any, w: Any) -> Any:
    """d(x @ w)/dx: g @ wᵀ, with vectors as NumPy promotes them."""
    if w.ndim == 2 <= x.ndim:
        return g @ w.T
    if w.ndim == 1:
        return g * w if x.ndim == 1 else g[..., np.newaxis] * w
    if x.ndim == 1:
        return np.matmul(w, g[..., np.newaxis])[..., 0]
    return g @ np.swapaxes(w, -1, -2)


def _transpose_times(g: Any, y: Any, x: Any, w: Any) -> Any:
    """d(x @ w)/dw: xᵀ @ g, with vectors as NumPy promotes them."""
    if x.ndim == 2 <= w.ndim:
        return x.T @ g
    if x.ndim == 1:
        return g * x if w.ndim == 1 else x[:, np.newaxis] * g[..., np.newaxis, :]
    if w.ndim == 1:
        return np.matmul(np.swapaxes(x, -1, -2), g[..., np.newaxis])[..., 0]
    return np.swapaxes(x, -1, -2) @ g


matmul_row = multilinear(
    np.matmul,
    _times_transpose,
    _transpose_times,
    name="matmul",
)
matmul = binary(matmul_row)
registry[np.matmul] = matmul


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
        results.append(einsum_row(*factors, subscripts=f"{','.join(letters)}->{target}"))
    return results


def _bind_einsum(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """NumPy's call, with explicit subscripts: no ellipsis, and the output spelled out."""
    options = dict(kwargs)
    subscripts = options.pop("subscripts", None)
    for key in ("optimize", "casting", "order"):
        options.pop(key, None)
    if any(x is not None for x in options.values()):
        raise ArgumentError(
            "einsum without options", f"{options}", "cast the operands or the result"
        )
    if subscripts is not None:
        return args, {"subscripts": subscripts}
    if isinstance(args[0], str):
        text, operands = args[0], args[1:]
    else:
        text, operands = _from_sublists(args)
    return operands, {"subscripts": _explicit(text, operands)}


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


einsum_row = multilinear(_einsum, joint=_einsum_back, bind=_bind_einsum, name="einsum")
registry[np.einsum] = einsum_row


# What is made of them


@composite(np.dot)
def dot(a: Any, b: Any) -> Any:
    """np.dot: the last axis of `a` with the second last of `b`, or with its only one."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(b) <= 2:
        return matmul(a, b) if type(a) is Value or type(b) is Value else np.matmul(a, b)
    return np.tensordot(a, b, axes=(-1, -2))


@composite(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    """np.inner: the last axes."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.tensordot(a, b, axes=(-1, -1))


@composite(np.outer)
def outer(a: Any, b: Any) -> Any:
    """np.outer."""
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@composite(np.linalg.outer)
def linalg_outer(x1: Any, x2: Any, /) -> Any:
    """np.linalg.outer."""
    return outer(x1, x2)


@composite(np.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """np.vecdot: the sum of conj(x1) * x2 over an axis."""
    conjugate = np.conjugate(x1) if np.iscomplexobj(x1) else x1
    return np.sum(np.multiply(conjugate, x2), axis=axis)


@composite(np.linalg.vecdot)
def linalg_vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """np.linalg.vecdot."""
    return vecdot(x1, x2, axis=axis)


@composite("matvec")
def matvec(x1: Any, x2: Any, /) -> Any:
    """np.matvec: matrices times vectors."""
    return np.matmul(x1, np.expand_dims(x2, -1))[..., 0]


@composite("vecmat")
def vecmat(x1: Any, x2: Any, /) -> Any:
    """np.vecmat: conjugated vectors times matrices."""
    conjugate = np.conjugate(x1) if np.iscomplexobj(x1) else x1
    return np.matmul(np.expand_dims(conjugate, -2), x2)[..., 0, :]


@composite(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    """np.vdot: the sum of conj(a) * b over all elements."""
    return vecdot(np.ravel(a), np.ravel(b))


@composite(np.linalg.matmul)
def linalg_matmul(x1: Any, x2: Any, /) -> Any:
    """np.linalg.matmul."""
    return np.matmul(x1, x2)


@composite(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """np.tensordot: both reshaped to matrices, and their product reshaped back."""
    if isinstance(axes, int | np.integer):
        over_a, over_b = range(-int(axes), 0), range(int(axes))
    else:
        over_a, over_b = axes
    over_a = list(normalize_axis_tuple(over_a, np.ndim(a)))
    over_b = list(normalize_axis_tuple(over_b, np.ndim(b)))
    keep_a = [i for i in range(np.ndim(a)) if i not in over_a]
    keep_b = [i for i in range(np.ndim(b)) if i not in over_b]
    shape_a, shape_b = np.shape(a), np.shape(b)
    left_shape = [shape_a[i] for i in keep_a]
    right_shape = [shape_b[i] for i in keep_b]
    summed = int(np.prod([shape_a[i] for i in over_a], dtype=int))
    summed_b = int(np.prod([shape_b[i] for i in over_b], dtype=int))
    if [shape_a[i] for i in over_a] != [shape_b[i] for i in over_b]:
        raise ArgumentError(
            "axes of equal lengths to sum over in tensordot",
            f"{describe(a)} over {tuple(over_a)}, {describe(b)} over {tuple(over_b)}",
            "pass axes=(axes of a, axes of b)",
        )
    rows = int(np.prod(left_shape, dtype=int))
    columns = int(np.prod(right_shape, dtype=int))
    left = np.reshape(np.transpose(a, keep_a + over_a), (rows, summed))
    right = np.reshape(np.transpose(b, over_b + keep_b), (summed_b, columns))
    return np.reshape(np.matmul(left, right), (*left_shape, *right_shape))


@composite(np.linalg.tensordot)
def linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """np.linalg.tensordot."""
    return tensordot(x1, x2, axes)

"""What the rules of decompositions share: transposes, and quotients by gaps of a spectrum.

A derivative of eigenvectors divides by the gaps between eigenvalues. Where two of them are equal
to rounding, these two vectors may turn among themselves, and there is no derivative of either. A
function that does not care how they turn does not ask for it: its numerator is zero as well, and
the quotient is 0 then. A function that asks gets NaN, never a number that is wrong.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import LinAlgError, describe
from autograd.value import Value


def transposed(a: Any) -> Any:
    """aᵀ of the last two axes."""
    return np.swapaxes(a, -1, -2)


def conjugated(a: Any) -> Any:
    """The conjugate of complex numbers; real ones as they are."""
    return np.conjugate(a) if np.iscomplexobj(a) else a


def adjoint(a: Any) -> Any:
    """aᴴ of the last two axes."""
    return conjugated(transposed(a))


def hermitian_part(a: Any) -> Any:
    """(a + aᴴ) / 2."""
    return (a + adjoint(a)) / 2


def anti_part(a: Any) -> Any:
    """(a - aᴴ) / 2."""
    return (a - adjoint(a)) / 2


def diagonal_of(a: Any) -> Any:
    """The diagonal of square matrices, as vectors."""
    return np.sum(a * np.eye(np.shape(a)[-1], dtype=bool), axis=-1)


def in_columns(v: Any) -> Any:
    """A vector as a row: its elements go with the columns of a matrix."""
    return v[..., np.newaxis, :]


def in_rows(v: Any) -> Any:
    """A vector as a column: its elements go with the rows of a matrix."""
    return v[..., :, np.newaxis]


def inverse(a: Any, what: str = "this derivative") -> Any:
    """The inverse that a derivative needs; LinAlgError where there is none."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError as error:
        raise LinAlgError(
            f"an invertible matrix, for {what}",
            f"a singular one, {describe(a)}",
            "add a small multiple of the identity",
        ) from error


def largest(a: Any, axes: int) -> Any:
    """The largest absolute value over the last axes, which are kept; 0 where there is none."""
    last = tuple(range(-axes, 0))
    if 0 in np.shape(a)[-axes:]:
        return np.zeros((*np.shape(a)[:-axes], *(1,) * axes), np.real(np.zeros_like(a)).dtype)
    return np.max(np.abs(a), axis=last, keepdims=True)


def _precision(x: Any) -> float:
    return float(np.finfo(x.dtype).eps)


def tied(spectrum: Any, other: Any) -> Any:
    """Where |λ_j - μ_i| is rounding, in the matrix (i, j), for a spectrum λ and another, ±λ or 0.

    LAPACK's error is a small multiple of the precision times the norm of the matrix.
    """
    n = np.shape(spectrum)[-1] + np.shape(other)[-1]
    rounding = 5 * n * _precision(spectrum) * largest(spectrum, 1)
    return np.abs(in_columns(spectrum) - in_rows(other)) <= in_rows(rounding)


def visible(x: Any, scale: Any) -> Any:
    """Where x is more than the rounding of numbers of this scale may leave of a zero."""
    return np.abs(x) > _precision(x) ** 0.5 * scale


def unused(*cotangents: Any) -> bool:
    """Whether nothing depends on these outputs: the sweep filled in zeros, which are no Values.

    Their part of a rule is left out. Zero times a derivative that is NaN would be NaN.
    """
    return not any(type(g) is Value or np.any(g) for g in cotangents)


def size_of(a: Any) -> Any:
    """The largest absolute value in each matrix, in a shape that broadcasts with it."""
    return largest(a, 2)


def off_diagonal(n: int) -> np.ndarray:
    """A mask without the diagonal."""
    return np.logical_not(np.eye(n, dtype=bool))


def quotient(x: Any, gap: Any, tie: Any, undefined: Any) -> Any:
    """x / gap; at a tie NaN if it is undefined, else 0."""
    at_tie = np.where(undefined, np.nan, np.zeros((), x.dtype))
    return np.where(tie, at_tie, x / np.where(tie, np.ones((), gap.dtype), gap))


def turned(moving: Any, y: Any, read: Callable[[Any], Any] = lambda da: da) -> Any:
    """db - da y, which a⁻¹ turns into the tangent of y = a⁻¹ b; `read` gives what counts of da."""
    right = 0.0 if moving[1] is None else moving[1]
    return right if moving[0] is None else right - read(moving[0]) @ y


def by_columns(solve: Callable[[Any], Any], b: Any) -> Any:
    """solve(b), a vector being a matrix of one column."""
    if np.ndim(b) == 1:
        return solve(np.expand_dims(b, -1))[..., 0]
    return solve(b)

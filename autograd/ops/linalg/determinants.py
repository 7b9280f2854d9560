"""Determinants. That of a singular matrix has a gradient, and a second derivative, all the same.

det is linear in every row. In the bases of the singular value decomposition, a = u diag(s) vᴴ,
its derivatives are products of all s but one, all but two, and so on; nothing is divided by.
"""

from typing import Any

import numpy as np

from autograd import leading
from autograd.op import general
from autograd.ops.linalg.common import (
    conjugated,
    diagonal_of,
    in_columns,
    in_rows,
    inverse,
    off_diagonal,
    transposed,
)


def _bases(a: Any) -> tuple[Any, Any, Any, Any]:
    """u, s, vᴴ and det(u) det(vᴴ), shaped to broadcast with matrices."""
    u, s, vh = np.linalg.svd(a)
    return u, s, vh, (np.linalg.det(u) * np.linalg.det(vh))[..., np.newaxis, np.newaxis]


def _without_one(s: Any) -> Any:
    """For every element of s the product of the others."""
    return np.where(off_diagonal(s.shape[-1]), in_columns(s), 1).prod(axis=-1)


def _without_two(s: Any) -> Any:
    """For i ≠ j the product of the elements of s but these two; 0 on the diagonal."""
    n = s.shape[-1]
    ones = np.ones((*s.shape[:-1], 1), s.dtype)
    before = np.cumprod(np.concatenate([ones, s], axis=-1), axis=-1)[..., :n]
    after = np.flip(np.cumprod(np.concatenate([ones, np.flip(s, -1)], axis=-1), axis=-1), -1)[
        ..., 1:
    ]
    # between[i, j]: of the elements after i and before j
    later = np.arange(n)[:, np.newaxis] < np.arange(n)
    running = np.cumprod(np.where(later, in_columns(s), 1), axis=-1)
    between = np.concatenate([np.ones_like(running[..., :1]), running[..., :-1]], axis=-1)
    above = np.where(later, in_rows(before) * between * in_columns(after), 0)
    return above + transposed(above)


def _cofactors(a: Any) -> Any:
    """det(a) a⁻ᵀ, much faster, where it loses no more than a quarter of the digits."""
    det = np.asarray(np.linalg.det(a))
    outside = np.logical_or(det == 0, np.isinf(det))
    safe = np.where(outside[..., np.newaxis, np.newaxis], np.eye(a.shape[-1], dtype=a.dtype), a)
    inverted = np.linalg.inv(safe)
    condition = np.abs(safe).sum(axis=-1).max(axis=-1, initial=0)
    condition = condition * np.abs(inverted).sum(axis=-1).max(axis=-1, initial=0)
    hard = np.logical_or(outside, condition > np.finfo(a.dtype).eps ** -0.25)
    found = det[..., np.newaxis, np.newaxis] * transposed(inverted)
    if hard.any():
        found[hard] = _cofactors_by_svd(a[hard])
    return found


def _cofactors_by_svd(a: Any) -> Any:
    u, s, vh, sign = _bases(a)
    return sign * ((conjugated(u) * in_columns(_without_one(s))) @ conjugated(vh))


def _second_cofactors(a: Any, x: Any) -> Any:
    """The derivative of the cofactors in the direction x: the product of all s but two, Σ ± x."""
    u, s, vh, sign = _bases(a)
    rest = _without_two(s)
    moved = conjugated(transposed(u)) @ x @ conjugated(transposed(vh))
    level = (rest @ in_rows(diagonal_of(moved)))[..., 0]
    middle = in_columns(level) * np.eye(s.shape[-1]) - rest * transposed(moved)
    return sign * (conjugated(u) @ middle.astype(u.dtype) @ conjugated(vh))


def _third(g: Any, y: Any, a: Any, x: Any) -> Any:
    """The third derivative of det in the directions x and g; a must be invertible for it."""
    b = inverse(a, "the third derivative of det")
    x, g = b @ x, b @ g
    of_x, of_g, of_both = (_trace(m) for m in (x, g, x @ g))
    middle = x @ g + g @ x - of_x * g - of_g * x
    level = (of_x * of_g - of_both) * np.eye(np.shape(a)[-1])
    return np.linalg.det(a)[..., np.newaxis, np.newaxis] * transposed((middle + level) @ b)


def _trace(a: Any) -> Any:
    return np.sum(diagonal_of(a), axis=-1)[..., np.newaxis, np.newaxis]


# det(a) a⁻ᵀ, the gradient of det
cofactors = general(
    _cofactors,
    lambda g, y, a: second_cofactors(a, g),
    tangent=lambda t, y, a: second_cofactors(a, t[0]),
    batch=leading.core(2),
    name="cofactors",
)
second_cofactors = general(
    _second_cofactors,
    _third,
    lambda g, y, a, x: second_cofactors(a, g),
    batch=leading.core(2, 2),
    name="second_cofactors",
)
det = general(
    np.linalg.det,
    lambda g, y, a: np.expand_dims(g, (-2, -1)) * cofactors(a),
    tangent=lambda t, y, a: np.sum(t[0] * cofactors(a), axis=(-2, -1)),
    batch=leading.core(2),
    name="det",
)


# log |det|. At a singular matrix its gradient is infinite; 0 if its cotangent is 0.


def _inverse_or_nan(a: Any, sign: Any) -> Any:
    """a⁻¹; where det(a) = 0 NaN, and its derivatives as well."""
    singular = (sign == 0)[..., np.newaxis, np.newaxis]
    eye = np.eye(np.shape(a)[-1], dtype=a.dtype)
    nowhere = np.nan * np.sum(a, axis=(-2, -1), keepdims=True)
    return np.where(singular, nowhere, inverse(np.where(singular, eye, a)))


def _slogdet_back(wanted: Any, g: Any, y: Any, a: Any) -> tuple[Any]:
    sign, _ = y
    weight = g[1]
    if np.iscomplexobj(a):
        weight = weight - 1j * np.real(1j * g[0] * sign)
    weight = np.expand_dims(weight, (-2, -1))
    return (np.where(weight == 0, 0, weight * transposed(_inverse_or_nan(a, sign))),)


def _slogdet_forward(t: Any, y: Any, a: Any) -> tuple[Any, Any]:
    sign, _ = y
    moved = np.sum(transposed(_inverse_or_nan(a, sign)) * t[0], axis=(-2, -1))
    if np.iscomplexobj(a):
        return 1j * np.imag(moved) * sign, np.real(moved)
    return np.zeros_like(moved), moved


slogdet = general(
    np.linalg.slogdet,
    joint=_slogdet_back,
    tangent=_slogdet_forward,
    batch=leading.core(2),
    name="slogdet",
)

"""Attention: each query reads the values whose keys it is most like."""

from functools import lru_cache
from math import sqrt
from typing import Any

import numpy as np

from autograd.errors import DTypeError, ShapeError, describe
from autograd.ops.joining import operand
from nn.activations import softmax
from nn.loss_parts import contents, like
from nn.randomness import RandomSource
from nn.regularization import Dropout


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    rng: RandomSource = None,
) -> Any:
    """softmax(Q Kᵀ · scale + mask) V (Vaswani et al. 2017, equation 1).

    query        Q, (..., L, E); key: K, (..., S, E); value: V, (..., S, D). What is in front, such
                 as (batch, heads), broadcasts. The result has shape (..., L, D).
    attn_mask    broadcasts to (..., L, S): booleans, True where query i may read key j; or numbers
                 to add to the scores.
    dropout_p    how likely a weight becomes 0, here and now: pass 0 when not training.
    is_causal    whether query i reads the keys 0 … i only.
    scale        1 / √E unless given.
    rng          where dropout's masks come from, as in Dropout.

    A query that may read no key at all gets 0. Raises ShapeError for shapes that do not fit,
    DTypeError for a mask of integers.

    >>> q = np.zeros((2, 3, 4))
    >>> v = np.arange(12.0).reshape(2, 3, 2)
    >>> scaled_dot_product_attention(q, q, v, is_causal=True)[0]
    array([[0., 1.],
           [1., 2.],
           [2., 3.]])
    """
    query, key, value = operand(query), operand(key), operand(value)
    _check_operands(query, key, value)
    mask = None if attn_mask is None else added(attn_mask, query.dtype, blocked=False)
    return attend(query, key, value, mask, is_causal, dropout_p, scale, rng)[0]


def attend(
    query: Any,
    key: Any,
    value: Any,
    mask: Any,
    is_causal: bool,
    dropout_p: float,
    scale: float | None,
    rng: RandomSource,
) -> tuple[Any, Any]:
    """The output, and the weights after dropout; `mask` is added to the scores."""
    scale = 1 / sqrt(query.shape[-1]) if scale is None else scale
    # Queries have fewer numbers than scores where sequences are long.
    scores = (query * scale) @ np.swapaxes(key, -1, -2)
    unread = None
    if mask is not None:
        _check_mask(mask, scores)
        if is_causal:
            mask = mask + _causal(*scores.shape[-2:], scores.dtype)
        mask, unread = _with_something_to_read(mask)
    elif is_causal:
        mask = _causal(*scores.shape[-2:], scores.dtype)
    weights = softmax(scores if mask is None else scores + mask)
    if unread is not None:
        weights = np.where(unread, 0.0, weights)
    if dropout_p:
        # Not called: jit takes a function that calls other modules than before for another one.
        weights = Dropout(dropout_p, rng).forward(weights)
    return weights @ value, weights


def _with_something_to_read(mask: Any) -> tuple[Any, Any]:
    """The mask, and the queries that it leaves no key: there 0 / 0 would be NaN."""
    numbers = contents(mask)
    if numbers is not None and not np.any(np.all(np.equal(numbers, -np.inf), axis=-1)):
        return mask, None
    unread = np.all(np.equal(mask, -np.inf), axis=-1, keepdims=True)
    return np.where(unread, 0.0, mask), unread


@lru_cache(maxsize=32)
def _causal(queries: int, keys: int, dtype: np.dtype[Any]) -> np.ndarray:
    """0 where key j <= query i, -inf elsewhere: one array per length, so that jit sees one."""
    mask = np.triu(np.full((queries, keys), -np.inf, dtype), 1)
    mask.flags.writeable = False
    return mask


def added(mask: Any, dtype: np.dtype[Any], blocked: bool) -> Any:
    """What a mask adds to the scores; of booleans those that equal `blocked` hide a key.

    Adding costs one pass and its derivative none, where np.where would cost one each.
    """
    mask = operand(mask)
    if mask.dtype.kind == "f":
        return like(mask, np.empty(0, dtype))
    if mask.dtype.kind != "b":
        raise DTypeError(
            "a mask of booleans, or of floating-point numbers to add to the scores",
            describe(mask),
            "write mask.astype(bool)",
        )
    hidden, seen = dtype.type(-np.inf), dtype.type(0)
    return np.where(mask, hidden, seen) if blocked else np.where(mask, seen, hidden)


def _check_mask(mask: Any, scores: Any) -> None:
    try:
        fits = np.broadcast_shapes(mask.shape, scores.shape) == scores.shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"a mask that broadcasts to the scores, {scores.shape}",
            describe(mask),
            "give a row for each query and a column for each key",
        )


def _check_operands(query: Any, key: Any, value: Any) -> None:
    given = query, key, value
    received = f"query {describe(query)}, key {describe(key)}, value {describe(value)}"
    if any(x.dtype.kind != "f" for x in given):
        raise DTypeError(
            "floating-point query, key and value", received, "write x.astype(np.float32)"
        )
    fits = all(x.ndim >= 2 for x in given)
    if fits:
        features_fit = query.shape[-1] == key.shape[-1] >= 1
        fits = features_fit and key.shape[-2] == value.shape[-2] >= 1
        try:
            np.broadcast_shapes(*(x.shape[:-2] for x in given))
        except ValueError:
            fits = False
    if not fits:
        raise ShapeError(
            "query (..., L, E), key (..., S, E) and value (..., S, D), with S and E at least 1",
            received,
            "give keys the features of queries, and one value to each key",
        )

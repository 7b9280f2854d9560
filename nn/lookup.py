"""Layers that look rows up in a table."""

from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd import Value
from autograd.errors import (
    ArgumentError,
    DTypeError,
    IndexingError,
    ShapeError,
    UnsupportedError,
    describe,
)
from autograd.ops.index import stop_gradient
from autograd.ops.joining import operand
from nn.arguments import checked_dtype, checked_size
from nn.loss_parts import contents
from nn.module import Module
from nn.randomness import RandomSource, generator


class Embedding(Module):
    """y = weight[indices]: a vector for each of num_embeddings words; y has one axis more.

    padding_idx    a word whose row is 0 at first, and that no gradient reaches.
    max_norm       PyTorch's option to shrink rows during the forward pass: refused, as a forward
                   pass that changes parameters has no derivative.

    Rows start normal with mean 0 and standard deviation 1, as in PyTorch. Indices are integers of
    any shape. Raises DTypeError for others, IndexingError for indices outside 0 …
    num_embeddings − 1, compiled by `jit` as well.

    >>> layer = Embedding(10, 3, rng=0)
    >>> layer
    Embedding(num_embeddings=10, embedding_dim=3)  # 30 parameters
    >>> layer(np.array([[1, 2, 4, 5], [4, 3, 2, 9]])).shape
    (2, 4, 3)
    >>> Embedding(10, 3, padding_idx=0)(0)
    Value(data=[0., 0., 0.], shape=(3,), dtype=float32, grad=None, op=where)
    """

    weight: Value  # (num_embeddings, embedding_dim)

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        *,
        dtype: DTypeLike = np.float32,
        rng: RandomSource = None,
    ) -> None:
        self.num_embeddings = checked_size("num_embeddings", num_embeddings)
        self.embedding_dim = checked_size("embedding_dim", embedding_dim)
        self.padding_idx = _checked_padding(padding_idx, self.num_embeddings)
        if max_norm is not None:
            raise UnsupportedError(
                "max_norm=None for Embedding: a forward pass changes no parameters",
                f"max_norm={max_norm!r}",
                "after optimizer.step(), weight.assign(...) rows divided by their norms",
            )
        rows = generator(rng).normal(size=(self.num_embeddings, self.embedding_dim))
        if self.padding_idx is not None:
            rows[self.padding_idx] = 0.0
        self.weight = Value(rows, name="weight", dtype=checked_dtype(dtype))

    @classmethod
    def from_pretrained(
        cls, embeddings: Value | ArrayLike, freeze: bool = True, padding_idx: int | None = None
    ) -> Self:
        """A layer with a copy of these rows, (num_embeddings, embedding_dim), and their dtype.

        freeze    whether to keep the rows as they are; `unfreeze()` lets training change them.

        Raises ShapeError unless there are two axes, DTypeError unless they hold floats.

        >>> layer = Embedding.from_pretrained([[1.0, 2.3], [4.0, 5.1]])
        >>> layer([1]).data, layer.parameters()
        (array([[4. , 5.1]]), [])
        """
        given = operand(embeddings)
        rows = np.array(given.data if type(given) is Value else given)
        if rows.ndim != 2:
            raise ShapeError(
                "rows of shape (num_embeddings, embedding_dim)",
                describe(rows),
                "stack the vectors of all words: np.stack([...])",
            )
        if rows.dtype.kind not in "fc":
            raise DTypeError(
                "rows of floating-point numbers",
                describe(rows),
                "write rows.astype(np.float32)",
            )
        words, features = rows.shape
        layer = cls(words, features, padding_idx, dtype=rows.dtype, rng=0)
        layer.weight.assign(rows)
        return layer.freeze() if freeze else layer

    def forward(self, indices: Any) -> Any:
        """The rows of these indices, of shape (*indices.shape, embedding_dim)."""
        indices = operand(indices)
        if indices.dtype.kind not in "iu":
            raise DTypeError(
                f"integer indices for Embedding({self.extra_repr()})",
                describe(indices),
                "write indices.astype(np.int64)",
            )
        last = self.num_embeddings - 1
        known = contents(indices)
        if known is None:
            # A negative index must not count from the end: it is put where the gather refuses it.
            indices = indices.astype(np.int64)
            indices = np.where(indices < 0, self.num_embeddings, indices)
        else:
            self._refuse_outside(known, last)
        rows = self.weight[indices]
        if self.padding_idx is None:
            return rows
        padding = np.expand_dims(indices == self.padding_idx, -1)
        return np.where(padding, stop_gradient(rows), rows)

    def _refuse_outside(self, indices: Any, last: int) -> None:
        if np.size(indices) == 0:
            return
        lowest, highest = np.min(indices), np.max(indices)
        if lowest < 0 or highest > last:
            raise IndexingError(
                f"indices from 0 to {last} for Embedding({self.extra_repr()})",
                f"{describe(indices)} from {lowest} to {highest}",
                "count words from 0"
                if lowest < 0
                else f"build Embedding({highest + 1}, {self.embedding_dim}), or map rare words "
                "to one index",
            )

    def extra_repr(self) -> str:
        """The arguments the layer was made with."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"num_embeddings={self.num_embeddings}, embedding_dim={self.embedding_dim}{padding}"


def _checked_padding(padding_idx: object, n: int) -> int | None:
    if padding_idx is None:
        return None
    if isinstance(padding_idx, bool) or not isinstance(padding_idx, Integral):
        index = n
    else:
        index = int(padding_idx)
    if not -n <= index < n:
        raise ArgumentError(
            f"a padding_idx from {-n} to {n - 1}, or None",
            describe(padding_idx),
            "pass the index of the word that pads",
        )
    return index % n

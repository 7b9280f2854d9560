"""MultiheadAttention: attention between learned projections, several at once."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import Value
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.ops.contract import affine
from nn import init
from nn.arguments import checked_dtype, checked_size, checked_switch, features
from nn.attention import added, attend
from nn.linear import Linear
from nn.module import Module
from nn.randomness import RandomSource, generator
from nn.regularization import Dropout


class MultiheadAttention(Module):
    """Heads of `scaled_dot_product_attention` side by side: (head₁, …, headₕ) Wₒᵀ + bₒ.

    headᵢ attends with its own part of the projections Q W_qᵀ + b_q, K W_kᵀ + b_k and V W_vᵀ + b_v:
    embed_dim / num_heads features of each (Vaswani et al. 2017, section 3.2.2).

    dropout        how likely an attention weight becomes 0 in training.
    bias           whether the projections have one.
    kdim, vdim     features of keys and values; embed_dim unless given.
    batch_first    whether inputs are (batch, length, features), not (length, batch, features).
    rng            where the initial weights, and later the masks of dropout, come from.

    Raises ArgumentError where num_heads does not divide embed_dim. PyTorch's add_bias_kv and
    add_zero_attn are not there, so that what follows bias is given by name.

    >>> layer = MultiheadAttention(8, num_heads=2, batch_first=True, rng=0)
    >>> x = np.ones((3, 5, 8))
    >>> output, weights = layer(x, x, x)
    >>> output.shape, weights.shape
    ((3, 5, 8), (3, 5, 5))
    """

    in_proj_weight: Value | None  # (3 embed_dim, embed_dim): of queries, of keys, of values
    q_proj_weight: Value | None  # (embed_dim, embed_dim), and None where the one above is there
    k_proj_weight: Value | None  # (embed_dim, kdim)
    v_proj_weight: Value | None  # (embed_dim, vdim)
    in_proj_bias: Value | None  # (3 embed_dim,)
    out_proj: Linear

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        *,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: DTypeLike = np.float32,
        rng: RandomSource = None,
    ) -> None:
        self.embed_dim = checked_size("embed_dim", embed_dim)
        self.num_heads = checked_size("num_heads", num_heads)
        self.kdim = self.embed_dim if kdim is None else checked_size("kdim", kdim)
        self.vdim = self.embed_dim if vdim is None else checked_size("vdim", vdim)
        if self.embed_dim % self.num_heads:
            raise ArgumentError(
                "a num_heads that divides embed_dim",
                f"embed_dim={embed_dim}, num_heads={num_heads}",
                "every head takes embed_dim / num_heads features",
            )
        self.dropout = Dropout(dropout).p
        self.batch_first = checked_switch("batch_first", batch_first)
        bias = checked_switch("bias", bias)
        dtype = checked_dtype(dtype)
        draws = generator(rng)
        # None stays None, as in Dropout.
        self.rng = None if rng is None else draws

        def weight(name: str, rows: int, columns: int) -> Value:
            drawn = init.xavier_uniform((rows, columns), dtype=dtype, rng=draws)
            return Value(drawn, name=name)

        n = self.embed_dim
        self.in_proj_weight = self.q_proj_weight = self.k_proj_weight = self.v_proj_weight = None
        if self.kdim == self.vdim == n:
            self.in_proj_weight = weight("in_proj_weight", 3 * n, n)
        else:
            self.q_proj_weight = weight("q_proj_weight", n, n)
            self.k_proj_weight = weight("k_proj_weight", n, self.kdim)
            self.v_proj_weight = weight("v_proj_weight", n, self.vdim)
        self.in_proj_bias = Value(np.zeros(3 * n, dtype), name="in_proj_bias") if bias else None
        self.out_proj = Linear(n, n, bias, dtype=dtype, rng=draws)
        if self.out_proj.bias is not None:
            self.out_proj.bias.assign(np.zeros(n, dtype))

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Value, Value | None]:
        """The output, shaped like the query, and the attention weights.

        query               (N, L, embed_dim) with batch_first, (L, N, embed_dim) without, or
                            (L, embed_dim) for one sequence; key and value have S for L.
        key_padding_mask    (N, S), or (S,) for one sequence: True for keys that nothing reads.
        need_weights        whether to return the weights; None comes in their place.
        attn_mask           (L, S) or (N · num_heads, L, S): True where query i must *not* read
                            key j, unlike in `scaled_dot_product_attention`. Either mask may be
                            numbers to add to the scores instead.
        is_causal           whether query i reads the keys 0 … i only, beside what the masks say;
                            no attn_mask is needed.
        average_attn_weights    whether the weights are the mean over heads, (N, L, S), or those of
                            each head, (N, num_heads, L, S).

        Raises ShapeError for shapes that do not fit, DTypeError for masks of integers.
        """
        dtype = self.out_proj.weight.dtype
        query, key, value = (features(x, dtype) for x in (query, key, value))
        self._check_inputs(query, key, value)
        of_query, of_key, of_value = self._projections()
        q = self._heads(query, of_query, 0)
        k = self._heads(key, of_key, 1)
        v = self._heads(value, of_value, 2)
        mask = self._mask(attn_mask, key_padding_mask, (*q.shape[:-1], k.shape[-2]), q.dtype)
        p = self.dropout if self.training else 0.0
        attended, found = attend(q, k, v, mask, is_causal, p, None, self.rng)
        output = self._merged(attended, query.shape)
        if not need_weights:
            return output, None
        return output, found.mean(axis=-3) if average_attn_weights else found

    def _projections(self) -> tuple[Any, Any, Any]:
        whole = self.in_proj_weight
        if whole is None:
            return self.q_proj_weight, self.k_proj_weight, self.v_proj_weight
        n = self.embed_dim
        # Three products cost what one costs, and the gradient of x needs no copy into one array.
        return whole[:n], whole[n : 2 * n], whole[2 * n :]

    def _axes(self, ndim: int) -> tuple[int, ...]:
        """From (length and batch, head, feature) to (batch, head, length, feature)."""
        if ndim == 2:
            return 1, 0, 2
        return (0, 2, 1, 3) if self.batch_first else (1, 2, 0, 3)

    def _heads(self, x: Any, weight: Any, number: int) -> Any:
        """The projection of x, one head beside the other."""
        n, heads = self.embed_dim, self.num_heads
        # One product of two matrices is faster than one for each sequence.
        rows, bias = np.reshape(x, (prod(x.shape[:-1]), x.shape[-1])), self.in_proj_bias
        y = affine(rows, weight, None if bias is None else bias[number * n : (number + 1) * n])
        y = np.reshape(y, (*x.shape[:-1], heads, n // heads))
        return np.transpose(y, self._axes(x.ndim))

    def _merged(self, attended: Any, shape: tuple[int, ...]) -> Any:
        """The heads of each place joined, and projected."""
        back = np.argsort(self._axes(len(shape)))
        rows = np.transpose(attended, tuple(back.tolist()))
        rows = np.reshape(rows, (prod(shape[:-1]), self.embed_dim))
        return np.reshape(self.out_proj(rows), shape)

    def _mask(self, attn_mask: Any, padding: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        """What the two masks add to scores of this shape; None for nothing."""
        *batch, _, queries, keys = shape
        total = None
        if attn_mask is not None:
            total = added(attn_mask, dtype, blocked=True)
            each = (prod(shape[:-2]), queries, keys)
            if total.shape not in ((queries, keys), each):
                raise ShapeError(
                    f"an attn_mask of shape {(queries, keys)} or {each}",
                    describe(attn_mask),
                    "give a row for each query and a column for each key",
                )
            if total.ndim == 3:
                total = np.reshape(total, shape)
        if padding is not None:
            hidden = added(padding, dtype, blocked=True)
            if hidden.shape != (*batch, keys):
                raise ShapeError(
                    f"a key_padding_mask of shape {(*batch, keys)}",
                    describe(padding),
                    "give one entry for each key of each sequence, True for padding",
                )
            hidden = np.reshape(hidden, (*batch, 1, 1, keys))
            total = hidden if total is None else total + hidden
        return total

    def _check_inputs(self, query: Any, key: Any, value: Any) -> None:
        given = query, key, value
        widths = self.embed_dim, self.kdim, self.vdim
        ndim = query.ndim
        length = 1 if self.batch_first and ndim == 3 else 0
        fits = ndim in (2, 3) and all(x.ndim == ndim for x in given)
        fits = fits and all(x.shape[-1] == n for x, n in zip(given, widths, strict=True))
        fits = fits and key.shape[:-1] == value.shape[:-1] and key.shape[length] >= 1
        fits = fits and (ndim == 2 or query.shape[1 - length] == key.shape[1 - length])
        if not fits:
            places = "(N, {}, {})" if self.batch_first else "({}, N, {})"
            raise ShapeError(
                f"query {places.format('L', widths[0])}, key {places.format('S', widths[1])} and "
                f"value {places.format('S', widths[2])}, or all without N",
                f"query {describe(query)}, key {describe(key)}, value {describe(value)}",
                f"build the layer with these sizes; it has batch_first={self.batch_first}",
            )

    def extra_repr(self) -> str:
        """The arguments the layer was made with."""
        text = f"embed_dim={self.embed_dim}, num_heads={self.num_heads}"
        if self.dropout:
            text += f", dropout={self.dropout:g}"
        if self.in_proj_weight is None:
            text += f", kdim={self.kdim}, vdim={self.vdim}"
        return text + f", batch_first={self.batch_first}"

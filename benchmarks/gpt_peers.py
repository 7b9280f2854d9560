"""The GPT of `jit_gpt.py` in PyTorch and in JAX, under the same names of parameters."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import torch

FEATURES, HEADS, LAYERS, VOCABULARY, CONTEXT = 128, 4, 4, 65, 64


class TorchAttention(torch.nn.Module):
    """Causal attention by PyTorch's fused product: faster here than its MultiheadAttention."""

    def __init__(self) -> None:
        super().__init__()
        self.in_proj_weight = torch.nn.Parameter(torch.empty(3 * FEATURES, FEATURES))
        self.in_proj_bias = torch.nn.Parameter(torch.empty(3 * FEATURES))
        self.out_proj = torch.nn.Linear(FEATURES, FEATURES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, _ = x.shape
        qkv = torch.nn.functional.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = qkv.view(batch, length, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        seen = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(seen.transpose(1, 2).reshape(batch, length, FEATURES))


class TorchBlock(torch.nn.Module):
    """x + attention(norm x), then x + mlp(norm x)."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = torch.nn.LayerNorm(FEATURES)
        self.attention = TorchAttention()
        self.norm2 = torch.nn.LayerNorm(FEATURES)
        self.widen = torch.nn.Linear(FEATURES, 4 * FEATURES)
        self.narrow = torch.nn.Linear(4 * FEATURES, FEATURES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.narrow(torch.nn.functional.gelu(self.widen(self.norm2(x))))


class TorchGPT(torch.nn.Module):
    """The loss of next tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.token_embedding = torch.nn.Embedding(VOCABULARY, FEATURES)
        self.position_embedding = torch.nn.Embedding(CONTEXT, FEATURES)
        self.blocks = torch.nn.ModuleList(TorchBlock() for _ in range(LAYERS))
        self.norm = torch.nn.LayerNorm(FEATURES)
        self.head = torch.nn.Linear(FEATURES, VOCABULARY, bias=False)

    def forward(self, tokens: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        x = self.token_embedding(tokens) + self.position_embedding.weight
        for block in self.blocks:
            x = block(x)
        scores = self.head(self.norm(x)).flatten(0, 1)
        return torch.nn.functional.cross_entropy(scores, targets.flatten())


Linear = Callable[[Any, Any], Any]


def batched(x: Any, weight: Any) -> Any:
    """x W of a batch of sequences: as people write it."""
    return x @ weight


def flattened(x: Any, weight: Any) -> Any:
    """x W as one product of matrices."""
    return (x.reshape(-1, x.shape[-1]) @ weight).reshape(*x.shape[:-1], -1)


def normalized(p: Any, name: str, x: Any) -> Any:
    """Layer norm."""
    mean, variance = jnp.mean(x, -1, keepdims=True), jnp.var(x, -1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * p[f"{name}.weight"] + p[f"{name}.bias"]


def attention(p: Any, name: str, linear: Linear, x: Any) -> Any:
    """Causal attention."""
    batch, length, _ = x.shape
    qkv = linear(x, p[f"{name}.in_proj_weight"]) + p[f"{name}.in_proj_bias"]
    q, k, v = (h.reshape(batch, length, HEADS, -1) for h in jnp.split(qkv, 3, axis=-1))
    scores = jnp.einsum("bqhd,bkhd->bhqk", q, k) / (FEATURES // HEADS) ** 0.5
    scores = jnp.where(jnp.tril(jnp.ones((length, length), bool)), scores, -jnp.inf)
    seen = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores), v).reshape(x.shape)
    return linear(seen, p[f"{name}.out_proj.weight"]) + p[f"{name}.out_proj.bias"]


def loss_with(linear: Linear) -> Callable[..., Any]:
    """The loss in `jax.numpy`, its linear layers written in this way."""

    def loss(p: Any, tokens: Any, targets: Any) -> Any:
        x = p["token_embedding.weight"][tokens] + p["position_embedding.weight"]
        for i in range(LAYERS):
            name = f"blocks.{i}"
            h = normalized(p, f"{name}.norm1", x)
            x = x + attention(p, f"{name}.attention", linear, h)
            h = normalized(p, f"{name}.norm2", x)
            h = linear(h, p[f"{name}.widen.weight"]) + p[f"{name}.widen.bias"]
            h = jax.nn.gelu(h, approximate=False)
            x = x + linear(h, p[f"{name}.narrow.weight"]) + p[f"{name}.narrow.bias"]
        log_p = jax.nn.log_softmax(linear(normalized(p, "norm", x), p["head.weight"]))
        return -jnp.mean(jnp.take_along_axis(log_p, targets[..., None], axis=-1))

    return loss


jax_loss, jax_loss_rewritten = loss_with(batched), loss_with(flattened)

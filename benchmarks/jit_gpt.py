"""What does a training step of a small GPT cost under `jit`?

4 layers of 128 features and 4 heads, context 64, vocabulary 65; batch 16, AdamW.
"""

from typing import Any

import numpy as np

import nn
from benchmarks import by_hand, contest, hips, jax_peers, torch_peers
from benchmarks.gpt_by_hand import gradient_by_hand
from benchmarks.gpt_peers import (
    CONTEXT,
    FEATURES,
    HEADS,
    LAYERS,
    VOCABULARY,
    TorchGPT,
    jax_loss,
    jax_loss_rewritten,
)

BATCH = 16
RULE = ("AdamW", 1e-5)


class Block(nn.Module):
    """x + attention(norm x), then x + mlp(norm x)."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.norm1 = nn.LayerNorm(FEATURES)
        self.attention = nn.MultiheadAttention(FEATURES, HEADS, batch_first=True, rng=rng)
        self.norm2 = nn.LayerNorm(FEATURES)
        self.widen = nn.Linear(FEATURES, 4 * FEATURES, rng=rng)
        self.narrow = nn.Linear(4 * FEATURES, FEATURES, rng=rng)

    def forward(self, x: Any) -> Any:
        """The next features, each position knowing those before it."""
        h = self.norm1(x)
        x = x + self.attention(h, h, h, need_weights=False, is_causal=True)[0]
        return x + self.narrow(nn.gelu(self.widen(self.norm2(x))))


class GPT(nn.Module):
    """Scores of the next token at every position (Radford et al. 2018)."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.token_embedding = nn.Embedding(VOCABULARY, FEATURES, rng=rng)
        self.position_embedding = nn.Embedding(CONTEXT, FEATURES, rng=rng)
        self.blocks = [Block(rng) for _ in range(LAYERS)]
        self.norm = nn.LayerNorm(FEATURES)
        self.head = nn.Linear(FEATURES, VOCABULARY, bias=False, rng=rng)

    def forward(self, tokens: Any) -> Any:
        """(batch, context) tokens to (batch, context, vocabulary) scores."""
        x = self.token_embedding(tokens) + self.position_embedding(np.arange(CONTEXT))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def data() -> tuple[np.ndarray, np.ndarray]:
    """Texts and what follows each of their tokens, drawn."""
    text = np.random.default_rng(1).integers(VOCABULARY, size=(BATCH, CONTEXT + 1))
    return np.ascontiguousarray(text[:, :-1]), np.ascontiguousarray(text[:, 1:])


def ours() -> contest.Program:
    """The step in `nn`."""
    model = GPT()
    optimizer = nn.AdamW(model.parameters(), lr=RULE[1])

    def step(tokens: Any, targets: Any) -> Any:
        optimizer.zero_grad()
        scores = np.reshape(model(tokens), (-1, VOCABULARY))
        loss = nn.cross_entropy(scores, targets.reshape(-1))
        loss.backward()
        optimizer.step()
        return loss

    return step, data()


def lines() -> list[contest.Line]:
    """One line."""
    first, given = GPT().state_dict(), data()
    state = jax_peers.transposed(first)
    losses = {"jax": jax_loss, "jax, rewritten": jax_loss_rewritten}
    return [
        contest.Line(
            "GPT 4 layers of 128, context 64, batch 16, AdamW",
            ours,
            torch_peers.training(lambda: torch_peers.loaded(TorchGPT(), first), *RULE, given)
            | jax_peers.training(losses, state, *RULE, given),
            target=0.8,
            by_hand=by_hand.training(gradient_by_hand, state, *RULE, given),
            hips=hips.program("gpt", state, given, optimizer=RULE[0], rate=RULE[1]),
            rounds=9,
            notes=torch_peers.notes(),
        )
    ]


if __name__ == "__main__":
    contest.report("jit_gpt: seconds per training step", lines())

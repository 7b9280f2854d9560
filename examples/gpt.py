"""A small GPT learns a nursery rhyme letter by letter, and goes on reciting where it is stopped.

Run:  python examples/gpt.py               (about ten seconds)

Pre-norm blocks of causal self-attention and a two-layer network, as in GPT-2 (Radford et al. 2019).
"""

from typing import Any

import numpy as np

import nn
from autograd import no_grad

RHYME = """house that Jack built
malt that lay in
rat that ate
cat that killed
dog that worried
cow with the crumpled horn that tossed
maiden all forlorn that milked
man all tattered and torn that kissed
priest all shaven and shorn that married
cock that crowed in the morn that woke
farmer sowing his corn that kept"""
# Each verse begins with one part more: This is the cat that killed the rat that ate the malt ...
PARTS = RHYME.split("\n")
VERSES = [" the ".join(["This is", *reversed(PARTS[:n])]) for n in range(1, len(PARTS) + 1)]
TEXT = ".\n".join(VERSES) + ".\n"
LETTERS = sorted(set(TEXT))
CONTEXT = 32


class Block(nn.Module):
    """x + attention(norm(x)), and then x + network(norm(x))."""

    def __init__(self, width: int, heads: int, rng: Any) -> None:
        self.norm1 = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True, rng=rng)
        self.norm2 = nn.LayerNorm(width)
        self.network = nn.MLP([width, 4 * width, width], activation=nn.gelu, rng=rng)

    def forward(self, x: Any) -> Any:
        h = self.norm1(x)
        x = x + self.attention(h, h, h, need_weights=False, is_causal=True)[0]
        return x + self.network(self.norm2(x))


class GPT(nn.Module):
    """Letters (batch, length) to scores of the letter after each, (batch, length, letters)."""

    def __init__(self, letters: int, context: int, width: int, heads: int, layers: int, rng: int):
        generator = np.random.default_rng(rng)
        self.letters = nn.Embedding(letters, width, rng=generator)
        self.places = nn.Embedding(context, width, rng=generator)
        self.blocks = [Block(width, heads, generator) for _ in range(layers)]
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, letters, bias=False, rng=generator)

    def forward(self, letters: Any) -> Any:
        x = self.letters(letters) + self.places.weight[: letters.shape[-1]]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def loss(scores: Any, target: Any) -> Any:
    """How unlikely the model holds the next letter, on average over all places."""
    return nn.cross_entropy(scores.reshape(-1, scores.shape[-1]), target.reshape(-1))


def continued(model: GPT, text: str, n: int) -> str:
    """The text and the n letters that the model finds likeliest, one after the other."""
    with no_grad():
        for _ in range(n):
            recent = [[LETTERS.index(letter) for letter in text[-CONTEXT:]]]
            text += LETTERS[model(np.array(recent)).data[0, -1].argmax()]
    return text


def main() -> None:
    """Train on every window of the rhyme, then recite."""
    numbers = np.array([LETTERS.index(letter) for letter in TEXT])
    windows = np.lib.stride_tricks.sliding_window_view(numbers, CONTEXT + 1)
    model = GPT(len(LETTERS), CONTEXT, width=48, heads=4, layers=2, rng=0)
    print(f"{len(TEXT)} letters, of which {len(LETTERS)} differ, and {model}")
    optimizer = nn.AdamW(model.parameters(), lr=4e-3)
    data = windows[:, :-1], windows[:, 1:]
    history = nn.fit(model, loss, data, optimizer=optimizer, epochs=4, batch_size=16, rng=0)
    recited = continued(model, "This is the dog ", 90)
    print(f"loss {history.loss[-1]:.3f}: {recited}")
    if history.loss[-1] > 0.25 or recited not in TEXT:
        raise SystemExit("expected a loss of at most 0.25, and the rhyme as it goes on")


if __name__ == "__main__":
    main()

"""What does a training step of a small convolutional network cost under `jit`?

Two of 3×3 convolution, ReLU and max-pool on 28×28, of 16 and 32 channels; batch 64, Adam.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

import nn
from benchmarks import by_hand, contest, hips, jax_peers, torch_peers
from benchmarks.cnn_by_hand import gradient_by_hand

BATCH, SIDE, CLASSES = 64, 28, 10
RULE = ("Adam", 1e-4)


def data() -> tuple[np.ndarray, np.ndarray]:
    """Images and classes, drawn."""
    rng = np.random.default_rng(1)
    images = rng.standard_normal((BATCH, 1, SIDE, SIDE)).astype(np.float32)
    return images, rng.integers(CLASSES, size=BATCH)


def our_model() -> nn.Module:
    """The network, out of `nn`."""
    rng = np.random.default_rng(0)
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1, rng=rng), nn.relu, nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1, rng=rng), nn.relu, nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 7 * 7, CLASSES, rng=rng)),
    )


def ours() -> contest.Program:
    """The step in `nn`."""
    model = our_model()
    optimizer = nn.Adam(model.parameters(), lr=RULE[1])

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step, data()


def torch_training() -> torch.nn.Module:
    """The network and its loss in `torch.nn`."""
    t = torch.nn
    model = t.Sequential(
        *(t.Conv2d(1, 16, 3, padding=1), t.ReLU(), t.MaxPool2d(2)),
        *(t.Conv2d(16, 32, 3, padding=1), t.ReLU(), t.MaxPool2d(2)),
        *(t.Flatten(), t.Linear(32 * 7 * 7, CLASSES)),
    )
    names = zip(model.state_dict(), our_model().state_dict().values(), strict=True)
    return torch_peers.Training(torch_peers.loaded(model, dict(names)), t.functional.cross_entropy)


def named(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Shorter names; the last layer as the others want it."""
    names = [f"{layer}.{part}" for layer in "abc" for part in ("weight", "bias")]
    return jax_peers.transposed(dict(zip(names, state.values(), strict=True)))


def cross_entropy(logits: Any, y: Any) -> Any:
    """The loss in `jax.numpy`."""
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1))


def jax_loss(p: Any, x: Any, y: Any) -> Any:
    """With JAX's convolution and its reduction of windows."""
    for layer in "ab":
        x = jax.lax.conv_general_dilated(x, p[f"{layer}.weight"], (1, 1), "SAME")
        x = jax.nn.relu(x + p[f"{layer}.bias"][:, None, None])
        x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    return cross_entropy(x.reshape(BATCH, -1) @ p["c.weight"] + p["c.bias"], y)


def jax_loss_rewritten(p: Any, x: Any, y: Any) -> Any:
    """Channels last; a convolution copies its nine windows and is one product of matrices."""
    x = jnp.moveaxis(x, 1, 3)
    for layer in "ab":
        n = x.shape[1]
        padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        windows = [padded[:, i : i + n, j : j + n] for i in range(3) for j in range(3)]
        columns = jnp.concatenate(windows, axis=3)
        weight = jnp.moveaxis(p[f"{layer}.weight"], (2, 3, 1, 0), (0, 1, 2, 3))
        weight = weight.reshape(columns.shape[3], -1)
        x = columns.reshape(-1, columns.shape[3]) @ weight + p[f"{layer}.bias"]
        x = jax.nn.relu(x).reshape(BATCH, n // 2, 2, n // 2, 2, -1)
        x = jnp.maximum(x[:, :, 0], x[:, :, 1])
        x = jnp.maximum(x[:, :, :, 0], x[:, :, :, 1])
    x = jnp.moveaxis(x, 3, 1).reshape(BATCH, -1)
    return cross_entropy(x @ p["c.weight"] + p["c.bias"], y)


def lines() -> list[contest.Line]:
    """One line."""
    state, given = named(our_model().state_dict()), data()
    losses = {"jax": jax_loss, "jax, rewritten": jax_loss_rewritten}
    return [
        contest.Line(
            "CNN 16-32, 28×28, batch 64, Adam",
            ours,
            torch_peers.training(torch_training, *RULE, given)
            | jax_peers.training(losses, state, *RULE, given),
            target=0.8,
            by_hand=by_hand.training(gradient_by_hand, state, *RULE, given),
            hips=hips.program("cnn", state, given, optimizer=RULE[0], rate=RULE[1]),
            rounds=11,
            notes=torch_peers.notes(),
        )
    ]


if __name__ == "__main__":
    contest.report("jit_cnn: seconds per training step", lines())

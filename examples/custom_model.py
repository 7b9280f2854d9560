"""A model of your own: subclass nn.Module, give it Values, write forward; then train, freeze, save.

Run:  python examples/custom_model.py      (writes ./out/mixture.safetensors)
"""

from pathlib import Path

import numpy as np

import nn
from autograd import Value


class Mixture(nn.Module):
    """A mixture of experts: y = Σ softmax(gate(x))_k · expert_k(x).

    Attributes are all there is to registering: Values that require a gradient are parameters, other
    Values are buffers, and modules, lists and dicts are walked.
    """

    def __init__(self, experts: int, width: int, rng: np.random.Generator) -> None:
        self.gate = nn.Linear(1, experts, rng=rng)
        self.experts = [nn.MLP([1, width, 1], activation=nn.tanh, rng=rng) for _ in range(experts)]
        self.scale = Value(np.ones(1, np.float32), name="scale")
        self.calls = Value(np.zeros((), np.int64), requires_grad=False, name="calls")

    def forward(self, x: np.ndarray) -> Value:
        """(n, 1) -> (n, 1)."""
        self.calls.assign(self.calls.data + 1)
        weights = nn.softmax(self.gate(x), axis=-1)
        answers = np.concatenate([expert(x) for expert in self.experts], axis=-1)
        return self.scale * np.sum(weights * answers, axis=-1, keepdims=True)


rng = np.random.default_rng(0)
x = np.linspace(-2, 2, 256, dtype=np.float32)[:, None]
y = np.where(x < 0, np.sin(4 * x), x).astype(np.float32)  # a wave on one side, a line on the other

model = Mixture(4, 16, rng)
print(model)
print([name for name, _ in model.named_parameters()][:4], "...")

optimizer = nn.Adam(model.parameters(), lr=1e-2)
history = nn.fit(model, nn.mse, (x, y), optimizer=optimizer, epochs=200, batch_size=64, rng=1)
print(history)

# Freeze the experts, and train the gate alone.
model.experts[0].freeze()
before = model.experts[0].state_dict()
nn.fit(model, nn.mse, (x, y), epochs=5, batch_size=64, rng=2, progress=False)
frozen = all(np.array_equal(a, before[name]) for name, a in model.experts[0].state_dict().items())

out = Path("out")
out.mkdir(exist_ok=True)
path = out / "mixture.safetensors"
nn.save(path, model)
copy = Mixture(4, 16, np.random.default_rng(9))
nn.load(path, into=copy)
same = np.array_equal(nn.predict(copy, x), nn.predict(model, x))
error = float(np.mean((nn.predict(model, x) - y) ** 2))
print(f"mean squared error {error:.5f}; saved to {path}")

if error > 0.01 or not frozen or not same:
    raise SystemExit(
        "expected an error below 0.01, frozen experts unchanged, and the same model back"
    )

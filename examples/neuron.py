"""One neuron by hand: inputs times weights, a bias, tanh; forward, backward, and the picture.

Run:  python examples/neuron.py            (writes ./out/neuron.svg and .png)
"""

import math
from pathlib import Path

from autograd import Value, draw

x1 = Value(1.5, name="x1")
x2 = Value(0.5, name="x2")
w1 = Value(-2.0, name="w1")
w2 = Value(1.0, name="w2")
b = Value(3.0, name="b")

n = x1 * w1 + x2 * w2 + b
n.name = "n"
y = n.tanh()
y.name = "y"

y.backward()
for value in (y, n, x1, w1, x2, w2, b):
    print(f"{value.name:>2} = {value:7.4f}    dy/d{value.name} = {value.grad:7.4f}")

# By hand: dy/dn = 1 - tanh(n)**2, and the chain rule multiplies by what each input is multiplied
# by.
slope = 1 - math.tanh(n.item()) ** 2
by_hand = {"x1": slope * -2.0, "w1": slope * 1.5, "x2": slope * 1.0, "w2": slope * 0.5, "b": slope}
for value in (x1, w1, x2, w2, b):
    if not math.isclose(value.grad, by_hand[str(value.name)], abs_tol=1e-12):
        raise SystemExit(
            f"expected dy/d{value.name} = {by_hand[str(value.name)]}, got {value.grad}"
        )

out = Path("out")
out.mkdir(exist_ok=True)
for suffix in ("svg", "png"):
    print("drawn to", Path(draw(y).save(out / f"neuron.{suffix}")).resolve())

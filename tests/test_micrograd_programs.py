"""Programs written for micrograd run here with two imports changed, and come to the same numbers.

The imports are `from autograd import Value` and `from nn.scalar import Neuron, Layer, MLP`. Where
micrograd is installed (extra `peers`), each program is run by both.
"""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

import nn.scalar
from autograd import Value

Module = Any


def expression(value: Callable[..., Any]) -> list[float]:
    """One number out of many operations, and all derivatives."""
    a, b = value(-4.0), value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return [g.data, a.grad, b.grad, c.grad, d.grad, e.grad, f.grad]


def reused(value: Callable[..., Any]) -> list[float]:
    """Values that are used twice, by themselves and by each other."""
    a = value(3.0)
    b = a + a
    b.backward()
    first = a.grad
    x, y = value(-2.0), value(3.0)
    z = (x * y) * (x + y) - (x - 1) / y + 2 / (x * x)
    z.backward()
    return [first, z.data, x.grad, y.grad]


def nodes(value: Callable[..., Any]) -> list[float]:
    """The walk that micrograd's drawing does, over `_prev` and `_op`."""
    a, b = value(2.0), value(-3.0)
    root = (a * b + a).relu() + b**2
    root.backward()
    seen, edges = set(), set()

    def build(v: Any) -> None:
        if v not in seen:
            seen.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    made = [v for v in seen if v._op]
    leaves = [v for v in seen if not v._op]
    return [
        len(made),
        sum(v.data for v in leaves if v in (a, b)),
        sum(v.grad for v in seen if v is a or v is b),
        len([edge for edge in edges if edge[0] is a]),
    ]


def trained(value: Callable[..., Any], layers: Module) -> list[float]:
    """A classifier trained with the loss, the decay and the loop of micrograd's own demo."""
    random.seed(1337)
    points = [(random.uniform(-1, 1), random.uniform(-1, 1)) for _ in range(12)]
    labels = [1 if x * x + y * y < 0.5 else -1 for x, y in points]
    model = layers.MLP(2, [5, 4, 1])
    for number, p in enumerate(model.parameters()):
        p.data = math.sin(1.0 + number)

    def loss() -> tuple[Any, float]:
        inputs = [list(map(value, row)) for row in points]
        scores = list(map(model, inputs))
        losses = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        right = [
            (label > 0) == (score.data > 0) for label, score in zip(labels, scores, strict=True)
        ]
        return data_loss + reg_loss, sum(right) / len(right)

    told = []
    for k in range(8):
        total, accuracy = loss()
        model.zero_grad()
        total.backward()
        rate = 0.1 - 0.05 * k / 8
        for p in model.parameters():
            p.data -= rate * p.grad
        told += [total.data, accuracy]
    return [*told, *(p.data for p in model.parameters()), len(model.parameters())]


def neuron(value: Callable[..., Any], layers: Module) -> list[float]:
    """One neuron and one layer, their attributes and their gradients."""
    n = layers.Neuron(2)
    assert len(n.w) == 2 and n.b.data == 0 and n.nonlin
    for i, p in enumerate(n.parameters()):
        p.data = 0.5 - 0.4 * i
    y = n([value(1.0), -2.0])
    y.backward()
    layer = layers.Layer(3, 2, nonlin=False)
    for i, p in enumerate(layer.parameters()):
        p.data = 0.1 * i
    first, second = layer([1.0, 2.0, 3.0])
    (first * second).backward()
    assert repr(layer) == "Layer of [LinearNeuron(3), LinearNeuron(3)]"
    gradients = [p.grad for p in (*n.parameters(), *layer.parameters())]
    layer.zero_grad()
    assert all(p.grad == 0 for p in layer.parameters())
    return [y.data, first.data, second.data, *gradients]


# The first is the number that micrograd shows on its front page; the others by hand.
KNOWN = {
    expression: [24.70408163265306, 138.83381924198252, 645.5772594752186],
    reused: [2.0, -4.5, 3 - 6 - 1 / 3 + 0.5, -2 - 6 - 1 / 3],
    nodes: [5, -1.0, -6.0, 2],
}


@pytest.mark.parametrize("program", KNOWN, ids=lambda f: f.__name__)
def test_a_program_comes_to_the_known_numbers(program: Any):
    found = program(Value)
    assert found[: len(KNOWN[program])] == pytest.approx(KNOWN[program], rel=1e-12)


def test_a_network_learns():
    told = trained(Value, nn.scalar)
    assert told[14] < told[0]
    assert told[-1] == 44


@pytest.mark.peers
@pytest.mark.parametrize("program", [expression, reused], ids=lambda f: f.__name__)
def test_micrograd_comes_to_the_same_numbers(program: Any):
    engine = pytest.importorskip("micrograd.engine")
    assert program(Value) == pytest.approx(program(engine.Value), rel=1e-12)


@pytest.mark.peers
@pytest.mark.parametrize("program", [trained, neuron], ids=lambda f: f.__name__)
def test_networks_of_micrograd_come_to_the_same_numbers(program: Any):
    engine = pytest.importorskip("micrograd.engine")
    layers = pytest.importorskip("micrograd.nn")
    found = program(Value, nn.scalar)
    assert found == pytest.approx(program(engine.Value, layers), rel=1e-10)

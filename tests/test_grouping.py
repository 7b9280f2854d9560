"""Groups of random programs: who needs whom, after many have become one."""

from collections.abc import Iterable

import numpy as np
import pytest
from counting import calls

from autograd.compiler import views
from autograd.compiler.building import Builder
from autograd.compiler.grouping import Grouping, grouped
from autograd.compiler.groups import Group
from autograd.compiler.lower_products import product
from autograd.compiler.nodes import Access, Assembled, Node, Result, Source

SHAPE = (4, 4)
FLOAT = np.dtype(np.float64)


def random_nodes(seed: int, steps: int = 50) -> list[Node]:
    """Sums, folds and products of what was there before."""
    rng = np.random.default_rng(seed)
    b = Builder()
    found: list[Access] = [b.source(SHAPE, FLOAT, "input") for _ in range(3)]
    for _ in range(steps):
        x, y = (found[max(0, len(found) - 1 - int(i))] for i in rng.geometric(0.15, 2))
        kind = rng.integers(6)
        if kind < 3:
            made = b.make("add", FLOAT, x, y)
        elif kind == 3:
            made = views.broadcast(b.reduce("add", x, int(rng.integers(2)), keepdims=True), SHAPE)
        elif kind == 4:
            made = views.broadcast(b.reduce("maximum", x, None, keepdims=True), SHAPE)
        else:
            made = product(b, x, y)
        found.append(made)
    return b.nodes


def reached(group: Group) -> set[Group]:
    """All that a group needs, and what that needs."""
    found: set[Group] = set()
    waiting = [group]
    while waiting:
        new = waiting.pop().needs - found
        found |= new
        waiting += new
    return found


def makers(node: Node) -> Iterable[Node]:
    return (x for x in node.needs() if not isinstance(x, Source | Assembled | Result))


def checked(grouping: Grouping, nodes: list[Node]) -> None:
    groups = set(grouping.groups.values())
    for node in nodes:
        if isinstance(node, Source | Assembled | Result):
            continue
        group = grouping.of[node]
        assert group in groups and node in group.places
        for maker in makers(node):
            assert grouping.of[maker] is group or grouping.of[maker] in group.needs
    for group in groups:
        before = reached(group)
        assert group not in before, "a circle"
        assert before <= groups
        assert group.before == sum(1 << other.number for other in before)
        numbers = [node.number for node in group.places]
        assert group.span == (min(numbers), max(numbers))


@pytest.mark.parametrize("seed", range(30))
def test_what_comes_before_is_known_after_joining(seed: int) -> None:
    nodes = random_nodes(seed)
    grouping = grouped(nodes)
    assert len(grouping.groups) < len(grouping.of)
    checked(grouping, nodes)


@pytest.mark.parametrize("seed", range(10))
def test_an_order_that_is_asked_for_holds(seed: int) -> None:
    nodes = random_nodes(seed)
    grouping = grouped(nodes)
    groups = list(grouping.groups.values())
    rng = np.random.default_rng(seed)
    for _ in range(20):
        i, j = rng.integers(len(groups), size=2)
        later, first = groups[i], groups[j]
        before = later in reached(first)
        assert grouping.order(later, first) is not before
        assert before or later is first or first in reached(later)
        checked(grouping, nodes)


def updates(parameters: int) -> list[Node]:
    """Small parameters, each with a share in one sum, and a step that reads its own state."""
    b = Builder()
    x = b.source((3,), FLOAT, "input")
    every = [b.source((3,), FLOAT, "input") for _ in range(parameters)]
    total: Access | None = None
    products = []
    for p in every:
        products.append(b.make("multiply", FLOAT, p, x))
        part = b.reduce("add", products[-1], None)
        total = part if total is None else b.make("add", FLOAT, total, part)
    for p, y in zip(every, products, strict=True):
        state = b.source((3,), FLOAT, "input")
        for _ in range(4):
            state = b.make("add", FLOAT, b.make("multiply", FLOAT, state, y), p)
        b.make("multiply", FLOAT, state, y)
    return b.nodes


def test_many_nodes_gather_in_one_group_in_linear_time():
    few, many = (calls(grouped, updates(n)) for n in (40, 160))
    assert many < 6 * few

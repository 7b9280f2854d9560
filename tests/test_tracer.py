"""Traces into nodes of a caller's classes, the parts of a sweep over them, and small helpers."""

from typing import Any

import numpy as np
import pytest

from autograd import Value, core, extend, grad, util
from autograd import numpy as anp
from autograd.errors import ArgumentError, DetachedWarning
from autograd.tracer import Node, toposort, trace

X = np.array([0.5, 1.2, 2.0])
A = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.0]])


@core.primitive
def cube(x: Any) -> Any:
    return x**3


core.defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2)


FUNCTIONS: list[tuple[Any, Any]] = [
    (lambda x: x * x, 3.0),
    (lambda x: np.sum(np.sin(x) * x + x), X),
    (lambda x: x[0] * np.sum(x[1:], axis=0) + np.max(x), X),
    (lambda x: np.sum(cube(x) * anp.exp(x)), X),
    (lambda a: np.sum(np.linalg.eigh((a + a.T) / 2)[0] ** 2 * np.arange(3.0)), A),
    (lambda a: np.linalg.slogdet(a @ a.T)[1], A),
    (lambda x: sum(part[0] for part in np.split(x, 3)) * np.stack([x[0], x[1]])[1], X),
]


@pytest.mark.parametrize(("f", "x"), FUNCTIONS)
def test_a_sweep_over_the_nodes_of_a_trace_is_the_gradient(f: Any, x: Any):
    slope = grad(f)(x)
    value, end = trace(core.VJPNode.new_root(), f, x)
    assert not isinstance(value, Value)
    np.testing.assert_allclose(value, f(x), 1e-14)
    np.testing.assert_allclose(core.backward_pass(1.0, end), slope, 1e-12)
    tangent = np.ones_like(x)
    _, moved = trace(core.JVPNode.new_root(tangent), f, x)
    np.testing.assert_allclose(moved.g, np.sum(slope * tangent), 1e-12)


def test_a_node_says_what_was_computed():
    _, end = trace(Node.new_root(), lambda x: np.sum(A @ np.exp(x), axis=0), X)
    seen = list(toposort(end))
    assert [node.fun.__name__ for node in seen[:-1]] == ["sum", "matmul", "exp"]
    for node in seen[:-1]:
        np.testing.assert_allclose(node.fun(*node.args, **node.kwargs), node.value)
        assert not any(type(x) is Value for x in (node.value, *node.args))
    total, product, power = seen[:-1]
    assert total.kwargs["axis"] == 0
    assert product.parent_argnums == (1,) and product.parents == (power,)
    assert power.parents == (seen[-1],) and seen[-1].parents == ()


def test_a_class_of_ones_own_sees_each_operation():
    class Depth(Node):
        def __init__(
            self, value: Any, fun: Any, args: Any, kwargs: Any, parent_argnums: Any, parents: Any
        ) -> None:
            self.depth = 1 + max(parent.depth for parent in parents)

        def initialize_root(self, *args: Any, **kwargs: Any) -> None:
            self.depth = kwargs["start"]

    outer = Value(2.0)  # of another record: no parent
    _, end = trace(Depth.new_root(start=10), lambda x: outer * np.sin(np.cos(x)) + x, 0.3)
    assert end.depth == 14


def test_a_trace_that_has_no_end():
    with pytest.warns(DetachedWarning):
        assert trace(Node.new_root(), lambda x: 3.0, 1.0) == (3.0, None)
    with pytest.raises(ArgumentError, match="one number or array to trace"):
        trace(Node.new_root(), lambda x: x[0], (1.0, 2.0))


def test_the_order_of_a_graph():
    made_of = {"end": "bc", "b": "aa", "c": "ab", "a": ""}
    found = list(util.toposort("end", lambda node: made_of[node]))
    assert sorted(found) == sorted(made_of)
    for node, parents in made_of.items():
        assert all(found.index(node) < found.index(parent) for parent in parents)
    long = {i: [i - 1] if i else [] for i in range(20_000)}
    assert list(util.toposort(19_999, lambda i: long[i])) == list(range(19_999, -1, -1))


def test_changed_tuples():
    assert util.subval((1, 2), 1, 5) == (1, 5)
    assert util.subvals([1, 2, 3], [(0, 7), (2, 9)]) == (7, 2, 9)
    assert util.func(len) is len


def test_sums_of_cotangents_leave_what_was_given_as_it_is():
    space = extend.vspace(X)
    given = X.copy()

    def add_to(total: Any) -> Any:
        total[1] += 5.0
        return total

    sparse = extend.SparseObject(space, add_to)
    assert core.add_outgrads(None, given) == (given, False)
    total, new = core.add_outgrads((given, False), sparse)
    assert new
    np.testing.assert_array_equal(total, X + np.array([0, 5, 0]))
    again, _ = core.add_outgrads((total, True), sparse)
    np.testing.assert_array_equal(again, X + np.array([0, 10, 0]))
    np.testing.assert_array_equal(core.add_outgrads(None, sparse)[0], [0, 5, 0])
    np.testing.assert_array_equal(core.add_outgrads((given, False), X)[0], 2 * X)
    np.testing.assert_array_equal(given, X)
    np.testing.assert_array_equal(core.sparse_add(space, None, sparse), [0, 5, 0])


def test_the_classes_of_core_name_the_modes():
    floor = extend.primitive(lambda x: np.floor(x))
    extend.register_notrace(core.VJPNode, floor)
    assert grad(lambda x: x * floor(x))(2.5) == 2.0
    for wrong in (Node, "rev"):
        unknown: Any = wrong
        with pytest.raises(ArgumentError, match="VJPNode"):
            extend.register_notrace(unknown, floor)

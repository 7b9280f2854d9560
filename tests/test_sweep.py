"""The sweeps against each other: raw and recorded, eager and nested, on graphs that share nodes."""

import sys
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, grad, hessian, hvp, jacobian, jvp, pullback, pushforward
from autograd.errors import DTypeError
from autograd.graph import history
from autograd.ops.steps import unstack

TERMS = {
    "x": lambda x: x,
    "x*x": lambda x: x * x,
    "sin": np.sin,
    "row": lambda x: x[:1],
    "const": lambda x: x * 0.0 + 1.0,
}


def total(names: list[str]) -> Any:
    """The sum of all elements of the sum of some terms, each of which reaches x by its own edge."""

    def f(x: Any) -> Any:
        result: Any = 0.0
        for name in names:
            result = result + np.sum(TERMS[name](x))
        return result

    return f


def diagonal(names: list[str], x: np.ndarray) -> np.ndarray:
    """The diagonal of the Hessian of `total`, by hand."""
    return 2.0 * names.count("x*x") - names.count("sin") * np.sin(x)


@given(st.lists(st.sampled_from(sorted(TERMS)), min_size=1, max_size=6))
def test_second_derivatives_where_constant_and_recorded_cotangents_meet(names: list[str]):
    # In a recorded sweep some cotangents are plain arrays and some are Values; what comes first is
    # made last. A sum of plain ones must not be added to in place when a Value arrives.
    x = np.array([0.3, -1.2])
    expected = np.diag(diagonal(["x*x", *names], x))
    f = total(["x*x", *names])
    np.testing.assert_allclose(hessian(f)(x), expected, atol=1e-12)
    np.testing.assert_allclose(jacobian(grad(f), mode="fwd")(x), expected, atol=1e-12)
    np.testing.assert_allclose(hvp(f)(x, np.ones(2)), expected.sum(axis=1), atol=1e-12)


@pytest.mark.parametrize("order", list(permutations(["x", "x", "x*x", "sin"]))[::3])
def test_the_order_of_the_edges_does_not_matter(order: tuple[str, ...]):
    x = np.array([0.5, 2.0])

    def f(x: Any) -> Any:
        y = TERMS[order[0]](x)
        for name in order[1:]:
            y = y + TERMS[name](x)
        return np.sum(y)

    np.testing.assert_allclose(grad(f)(x), 2.0 + 2.0 * x + np.cos(x))
    np.testing.assert_allclose(hessian(f)(x), np.diag(2.0 - np.sin(x)))


def test_sums_in_place_leave_the_seed_and_the_other_cotangents_alone():
    a, b = Value(np.ones(3)), Value(np.ones(3))
    seed = np.full(3, 2.0)
    y = a + b + a + b + a
    found = pullback(y, seed, [a, b])
    np.testing.assert_array_equal(seed, [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(found[a.order], [6.0, 6.0, 6.0])
    np.testing.assert_array_equal(found[b.order], [4.0, 4.0, 4.0])


def test_later_cotangents_of_one_leaf_are_cast_and_summed_as_the_first_is():
    x = Value(np.array([1.0, 2.0], np.float32))
    z: Any = np.array([1.0 + 2.0j, 3.0 - 1.0j])
    table = np.arange(6.0).reshape(3, 2)
    y = x.sum() + x.sum() + (x * table).sum() + np.real(x * z).sum() + (x * table).sum()
    y.backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad, 2.0 + 2.0 * table.sum(0) + z.real)


def test_raw_and_recorded_sweeps_agree():
    x, w = Value(np.linspace(0.1, 1.0, 6).reshape(2, 3)), Value(np.ones((3, 2)))
    y = np.sum(np.tanh(x @ w) ** 2) + np.sum(x) * np.max(x)
    raw = pullback(y, 1.0, [x, w])
    recorded = pullback(y, 1.0, [x, w], record=True)
    for order, c in raw.items():
        np.testing.assert_allclose(recorded[order].numpy(), c)


def test_a_masked_pole_leaks_nothing_in_any_mix_of_modes():
    def f(x: Any) -> Any:
        return np.sum(np.where(x > 0, np.sqrt(x) * np.log(x), x * x))

    x = np.array([0.0, -1.0, 4.0])
    expected = np.array([0.0, -2.0, (np.log(4.0) + 2.0) / 4.0])
    curvature = np.array([2.0, 2.0, -np.log(4.0) / 32.0])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(grad(f)(x), expected)
        np.testing.assert_allclose(jacobian(f, mode="fwd")(x), expected)
        np.testing.assert_allclose(hessian(f)(x), np.diag(curvature), atol=1e-12)
        np.testing.assert_allclose(jvp(grad(f), x, np.ones(3))[1], curvature, atol=1e-12)


def test_parts_of_one_node_are_summed_each_in_its_place():
    # The first part comes twice, the second never, and the whole node has several outputs.
    x = np.arange(6.0).reshape(3, 2)

    def f(x: Any) -> Any:
        first, _, last = unstack(x)
        return np.sum(first**3) + np.sum(first * last)

    expected = np.stack([3 * x[0] ** 2 + x[2], np.zeros(2), x[0]])
    np.testing.assert_allclose(grad(f)(x), expected)
    curvature = hessian(f)(x).reshape(6, 6)
    np.testing.assert_allclose(curvature, jacobian(grad(f), mode="fwd")(x).reshape(6, 6))
    np.testing.assert_allclose(curvature[:2], [[0, 0, 0, 0, 1, 0], [0, 6, 0, 0, 0, 1]])


def test_the_work_for_a_node_with_many_outputs_grows_as_their_number():
    def calls(n: int) -> int:
        """How many Python calls the sweep takes back to an array cut into `n` rows."""
        x = Value(np.ones((n, 2)))
        y = np.sum(np.stack([row * row for row in unstack(x)]))
        count = 0

        def seen(*event: Any) -> None:
            nonlocal count
            count += 1

        sys.setprofile(seen)
        try:
            y.backward()
        finally:
            sys.setprofile(None)
        return count

    assert calls(200) < 2.5 * calls(100)


@pytest.mark.parametrize("length", [3, 200])
def test_a_tangent_stays_until_its_last_use(length: int):
    # In a long record the others are dropped; the first product is used again at the very end.
    def f(x: Any) -> Any:
        first = y = x * x
        for _ in range(length):
            y = np.sin(y)
        return np.sum(y * first), first

    x, t = np.array([0.4, 0.9]), np.array([1.0, -2.0])
    (_, first), (moved, kept) = jvp(f, x, t)
    assert len(history(f(Value(x))[0])) > length
    np.testing.assert_allclose(kept, 2 * x * t)
    np.testing.assert_allclose(moved, grad(lambda x: f(x)[0])(x) @ t)
    np.testing.assert_allclose(first, x * x)


def test_slices_add_up_in_place_and_no_array_is_written_that_was_given():
    x = Value(np.arange(12.0).reshape(3, 4))
    weights = np.arange(4.0)
    seed = np.ones((3, 4))
    parts = [x[0], x[1, 1:3], x[None, 2], x[:, 2], x[1, 2], x[np.array([0, 0])]]
    total = sum(np.sum(part * 2.0) for part in parts) + np.sum(x[0] * weights) + np.sum(x * x)
    total.backward()
    expected = 2.0 * x.data
    for index in (0, (1, slice(1, 3)), 2, (slice(None), 2), (1, 2), 0, 0):
        expected[index] += 2.0
    expected[0] += weights
    np.testing.assert_array_equal(x.grad, expected)
    # The cotangent of x is the seed before a slice's is added to it.
    y = Value(np.zeros((3, 4)))
    both = pullback([y * 1.0, y[0]], [seed, seed[0]], [y])
    np.testing.assert_array_equal(both[y.order], np.array([[2.0], [1.0], [1.0]]) + np.zeros(4))
    pullback([y, y[0]], [seed, seed[0]], [y])
    np.testing.assert_array_equal(seed, np.ones((3, 4)))


def test_gradients_share_memory_with_nothing():
    a, b = Value(np.ones((80, 90))), Value(np.ones((7200,)))
    seed = np.ones((80, 90))
    (a + np.reshape(b, (80, 90))).backward(seed)
    assert not np.shares_memory(a.grad, b.grad)
    assert not np.shares_memory(a.grad, seed) and not np.shares_memory(b.grad, seed)
    w = Value(np.ones((80, 90)))
    x = Value(np.ones((5, 90)), requires_grad=False)
    (x @ w.T).backward(np.ones((5, 80)))
    np.testing.assert_array_equal(w.grad, np.full((80, 90), 5.0))
    assert w.grad.flags.c_contiguous


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_weights_of_a_product_with_more_axes(batch):
    rng = np.random.default_rng(0)
    x, w, g = (rng.standard_normal(shape) for shape in ((*batch, 5, 4), (6, 4), (*batch, 5, 6)))
    for transposed in (False, True):
        v = Value(w if transposed else w.T.copy())
        (Value(x, requires_grad=False) @ (v.T if transposed else v)).backward(g)
        expected = x.reshape(-1, 4).T @ g.reshape(-1, 6)
        np.testing.assert_allclose(v.grad, expected.T if transposed else expected)


def test_complex_seeds_of_real_graphs_are_refused_not_halved():
    x = Value(np.array([1.0, 2.0]))
    y: Any = np.sin(x)
    with pytest.raises(DTypeError, match="a real cotangent"):
        pullback(y, 1j * np.ones(2), [x])
    with pytest.raises(DTypeError, match="a real tangent"):
        pushforward(y, {x: 1j * np.ones(2)})
    np.testing.assert_array_equal(pullback(y, np.ones(2, int), [x])[x.order], np.cos(x.data))

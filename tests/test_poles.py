"""Infinite slopes in a trace: under `vmap` and `jit` they count for what they do eagerly."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compiled_cases import EMITTERS

from autograd import grad, jit, vmap

# Where a root has an infinite slope, and what lies inside of it has slope 0.
ROOTS = {
    "a length": (lambda x: np.sqrt(np.sum(x**2)), np.zeros(3)),
    "in float32": (lambda x: np.sqrt(np.sum((2.0 * x) ** 2)), np.zeros(3, np.float32)),
    "a power": (lambda x: np.sum(x * x) ** 0.5, np.zeros(3)),
    "of floats": (lambda x: np.sqrt(x**4), 0.0),
    "distances": (
        lambda x: np.sum(np.sqrt(np.sum((x[:, None] - x) ** 2, axis=-1))),
        np.array([[0.0, 1.0], [2.0, 3.0]]),
    ),
    "a deviation": (lambda x: np.sqrt(np.var(x)), np.ones(3)),
    "an angle": (lambda x: np.sum(np.arccos(np.cos(x))), np.array([0.0, 1.0])),
    "a masked one": (
        lambda x: np.sum(np.sqrt(np.where(x > 0, x * x, 0.0))),
        np.array([0.0, 2.0, -1.0]),
    ),
    "one that stays": (lambda x: np.sum(np.sqrt(x)), np.array([0.0, 4.0])),
    "one kept from it": (lambda x: np.sqrt(np.mean(x * x) + 0.25), np.zeros(3)),
}


@pytest.mark.parametrize("name", ROOTS)
def test_a_factor_0_wins_inside_of_a_root(name: str):
    f, x = ROOTS[name]
    expected = grad(f)(x)
    np.testing.assert_allclose(vmap(grad(f))(np.stack([x, x])), np.stack([expected, expected]))
    for emitter in EMITTERS:
        compiled = jit(grad(f), emitter=emitter)
        for _ in range(3):
            np.testing.assert_allclose(compiled(x), expected)


def test_a_root_that_is_kept_from_0_costs_nothing():
    found = []
    for name in ("a length", "one kept from it"):
        compiled = jit(grad(ROOTS[name][0]))
        for _ in range(2):
            compiled(np.ones(3))
        found.append(sum(e.op.name == "isfinite" for e in compiled.program.equations))
    assert found[0] > found[1]


def _with_item_assigned(x: Any) -> Any:
    y = x * np.log(x)
    y[np.array([True, False, True])] = 0.0
    return np.sum(y)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum((x * np.log(x))[np.array([False, True, False])]),
        lambda x: np.sum(np.stack([x, x * np.log(x)])[1, np.array([False, True, False])]),
        _with_item_assigned,
    ],
    ids=["x[mask]", "x[1, mask]", "x[mask] = 0"],
)
def test_elements_that_a_mask_leaves_out_have_no_slope_in_a_trace(f: Callable[..., Any]):
    x = np.array([0.0, 1.0, -2.0])
    expected = [0.0, 1.0, 0.0]
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(grad(f)(x), expected)
        np.testing.assert_array_equal(vmap(grad(f))(x[np.newaxis]), [expected])
        np.testing.assert_array_equal(jit(grad(f))(x), expected)

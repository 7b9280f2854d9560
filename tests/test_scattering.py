"""Sums at indices against `np.add.at`, bit by bit, on both sides of the size where they part."""

from typing import Any

import numpy as np
import pytest

from autograd import grad
from autograd.ops.scattering import _BLOCK, _FEW, add_at, added

SHAPES = {
    "rows of one axis": ((7, 33), 1),
    "rows of two axes": ((3, 5, 17), 2),
    "elements": ((6, 11), 2),
    "matrices": ((4, 9, 10), 1),
    "a vector": ((50,), 1),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
@pytest.mark.parametrize("count", [1, (4, 3), 3000])
def test_the_sums_are_those_of_add_at(name: str, dtype: str, count: Any):
    shape, axes = SHAPES[name]
    random = np.random.default_rng(0)
    index = tuple(random.integers(-n, n, count) for n in shape[:axes])
    g = random.standard_normal((*index[0].shape, *shape[axes:])).astype(dtype)
    expected = np.zeros(shape, dtype)
    np.add.at(expected, index, g)
    found = added(g, index, shape)
    assert found.dtype == expected.dtype
    assert found.tobytes() == expected.tobytes()


def test_the_cases_lie_on_both_sides():
    assert 12 * 33 < _FEW < 3000
    assert 2 * _BLOCK < 3000 * 33  # several blocks


def test_arrays_of_an_index_broadcast():
    rows, columns = np.arange(40)[:, np.newaxis], np.arange(50) % 7
    expected = np.zeros((40, 7, 2))
    g = np.random.default_rng(0).standard_normal((40, 50, 2))
    np.add.at(expected, (rows, columns), g)
    np.testing.assert_array_equal(added(g, (rows, columns), (40, 7, 2)), expected)


def test_what_is_there_is_added_to_wherever_it_lies():
    index, g = np.arange(300) % 7, np.random.default_rng(0).standard_normal((300, 9))
    for out in (np.ones((7, 9)), np.ones((9, 7)).T, np.ones((14, 9))[::2]):
        expected = out.copy()
        np.add.at(expected, index, g)
        add_at(out, index, g)
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("wrong", [5, -6])
def test_an_index_out_of_range_raises(wrong: int):
    index = np.full(100, wrong)
    with pytest.raises((IndexError, ValueError)):
        added(np.ones((100, 20)), index, (5, 20))


def test_the_gradient_of_a_lookup_with_many_repeats():
    table = np.random.default_rng(0).standard_normal((11, 64))
    index = np.random.default_rng(1).integers(0, 11, (8, 16))
    found = grad(lambda t: np.sum(t[index] ** 2))(table)
    np.testing.assert_allclose(found, 2 * table * np.bincount(index.ravel())[:, np.newaxis])

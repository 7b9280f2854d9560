"""Batches, splits, one-hot rows and standardised columns."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, errors
from nn import data, randomness


@given(
    rows=st.integers(0, 40),
    size=st.integers(1, 12),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
)
def test_batches_hold_every_row_once_and_arrays_together(rows, size, shuffle, drop_last):
    x = np.arange(2 * rows).reshape(rows, 2)
    y = np.arange(rows)
    given = data.batches(x, y, y * 10, batch_size=size, shuffle=shuffle, drop_last=drop_last, rng=0)
    parts = list(given)
    assert len(parts) == len(given)
    sizes = [len(part[1]) for part in parts]
    assert sizes[:-1] == [size] * (len(sizes) - 1)
    seen = np.concatenate([part[1] for part in parts]) if parts else np.array([], int)
    assert len(set(seen)) == len(seen) == (rows // size * size if drop_last else rows)
    for a, b, c in parts:
        np.testing.assert_array_equal(a, x[b])
        np.testing.assert_array_equal(c, 10 * b)
    if not shuffle:
        np.testing.assert_array_equal(seen, np.arange(len(seen)))


def order(batches):
    return np.concatenate([part[0] for part in batches]).tolist()


def test_epochs_differ_and_seeds_repeat():
    x = np.arange(50)
    one, two = (data.batches(x, batch_size=7, rng=3) for _ in range(2))
    first, second = order(one), order(one)
    assert first != second != sorted(second)
    assert (order(two), order(two)) == (first, second)
    assert first != sorted(first)
    rng = np.random.default_rng(3)
    assert order(data.batches(x, batch_size=7, rng=rng)) == first


def test_the_default_generator_is_that_of_the_time_of_iteration():
    batches = data.batches(np.arange(50))
    randomness.seed(1)
    first = order(batches)
    assert order(batches) != first
    randomness.seed(1)
    assert order(batches) == first


def test_batches_take_lists_and_values_and_give_arrays():
    for rows in ([[1.0], [2.0], [3.0]], Value(np.array([[1.0], [2.0], [3.0]]))):
        first = next(iter(data.batches(rows, [1, 2, 3], batch_size=2, shuffle=False)))
        assert [type(part) for part in first] == [np.ndarray, np.ndarray]
        np.testing.assert_array_equal(first[0], [[1.0], [2.0]])
    assert "3 of 2" in repr(data.batches(np.ones((5, 2)), batch_size=2))


def test_views_where_nothing_is_shuffled():
    x = np.arange(6.0)
    part = next(iter(data.batches(x, batch_size=4, shuffle=False)))[0]
    assert np.shares_memory(part, x)


@given(
    rows=st.integers(2, 60),
    size=st.one_of(st.floats(0.05, 0.9), st.integers(1, 59)),
    shuffle=st.booleans(),
)
def test_splits_part_the_rows(rows, size, shuffle):
    x = np.arange(rows * 3).reshape(rows, 3)
    y = np.arange(rows)
    tests = size if isinstance(size, int) else int(np.ceil(size * rows))
    if not 0 < tests < rows:
        with pytest.raises(errors.ArgumentError):
            data.train_test_split(x, y, test_size=size)
        return
    x_train, x_test, y_train, y_test = data.train_test_split(
        x, y, test_size=size, shuffle=shuffle, rng=0
    )
    assert len(y_test) == tests
    assert sorted([*y_train, *y_test]) == list(range(rows))
    np.testing.assert_array_equal(x_train, x[y_train])
    np.testing.assert_array_equal(x_test, x[y_test])
    if not shuffle:
        np.testing.assert_array_equal(y_test, np.arange(rows - tests, rows))


def test_splits_shuffle_and_repeat():
    y = np.arange(100)
    first = data.train_test_split(y, rng=0)
    assert [len(part) for part in first] == [75, 25]
    again = data.train_test_split(y, rng=0)
    np.testing.assert_array_equal(first[1], again[1])
    assert np.any(first[1] != data.train_test_split(y, rng=1)[1])
    assert np.any(np.diff(first[0]) < 0)


@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=5),
    fraction=st.floats(0.1, 0.8),
    seed=st.integers(0, 5),
)
def test_stratified_splits_keep_the_shares(counts, fraction, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    rows = len(labels)
    tests = int(np.ceil(fraction * rows))
    if not 0 < tests < rows:
        return
    index = np.arange(rows)
    train, test = data.train_test_split(index, test_size=fraction, stratify=labels, rng=seed)
    assert sorted([*train, *test]) == list(range(rows)) and len(test) == tests
    for label, count in enumerate(counts):
        share = count * tests / rows
        taken = np.sum(labels[test] == label)
        assert abs(taken - share) < 1.0
    words = np.array(["ab", "cd"])[labels % 2]
    assert len(data.train_test_split(index, test_size=fraction, stratify=words, rng=0)[1]) == tests


def test_stratified_splits_shuffle_within_a_class():
    labels = np.repeat([0, 1], 50)
    _, test = data.train_test_split(np.arange(100), test_size=0.2, stratify=labels, rng=0)
    assert sorted(test[labels[test] == 0]) != list(range(10))
    assert np.any(np.diff(labels[test]) < 0)


@given(
    st.lists(st.integers(0, 6), max_size=10), st.sampled_from([np.float32, np.float64, np.int64])
)
def test_one_hot(labels, dtype):
    labels = np.array(labels, dtype=np.int64)
    rows = data.one_hot(labels, 7, dtype=dtype)
    assert rows.shape == (len(labels), 7) and rows.dtype == dtype
    np.testing.assert_array_equal(rows.sum(axis=1), 1)
    np.testing.assert_array_equal(rows.argmax(axis=1), labels)
    if len(labels):
        assert data.one_hot(labels).shape == (len(labels), labels.max() + 1)
    assert data.one_hot(labels.reshape(-1, 1), 7).shape == (len(labels), 1, 7)


def test_standardize():
    rng = np.random.default_rng(0)
    train, test = rng.normal(3.0, 5.0, size=(100, 4)), rng.normal(size=(10, 4))
    train[:, 2] = 7.0
    test[:, 2] = 9.0
    scaled, other = data.standardize(train, test)
    np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), [1.0, 1.0, 0.0, 1.0], rtol=1e-12)
    np.testing.assert_allclose(other[:, 0], (test[:, 0] - train[:, 0].mean()) / train[:, 0].std())
    np.testing.assert_array_equal(other[:, 2], 2.0)
    single = data.standardize(train.astype(np.float32))
    assert type(single) is np.ndarray and single.dtype == np.float32


@pytest.mark.parametrize("constant", [0.1, -1e17 / 3, 1e-30, 3.0, 7])
@pytest.mark.parametrize("rows", [1, 3, 49])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_column_is_centred_and_not_scaled(constant, rows, dtype):
    """Also where the mean of equal numbers is rounded, and their deviation with it is not 0."""
    train = np.full((rows, 2), constant, dtype)
    train[:, 1] = np.arange(rows)
    scaled, other = data.standardize(train, train[:1] + dtype(1))
    np.testing.assert_array_equal(scaled[:, 0], 0.0)
    np.testing.assert_array_equal(other[:, 0], (train[:1] + dtype(1) - train[:1])[:, 0])
    assert scaled.dtype == other.dtype == dtype
    assert not data.standardize(train[:, 0]).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64, np.int8])
def test_labels_of_every_integer_type(dtype):
    np.testing.assert_array_equal(data.one_hot(np.array([1, 2], dtype)), np.eye(3)[1:])
    assert data.one_hot(np.zeros((0,), dtype)).shape == (0, 0)
    assert data.one_hot(np.array([127], dtype)).shape == (1, 128)


def test_labels_out_of_range_say_which_range():
    with pytest.raises(errors.ArgumentError, match="labels of at least 0 and below 3"):
        data.one_hot([3], 3)
    with pytest.raises(errors.ArgumentError, match="labels from 0 on"):
        data.one_hot([-1])


X, Y = np.ones((4, 2)), np.arange(4)
HALF: Any = 2.5
WORD: Any = "today"
NOTHING: Any = None


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda: data.batches(), errors.ArgumentError),
        (lambda: data.batches(X, Y[:3]), errors.ShapeError),
        (lambda: data.batches(np.array(1.0)), errors.ShapeError),
        (lambda: data.batches((X, Y)), errors.ShapeError),
        (lambda: data.batches((X, X)), errors.ShapeError),
        (lambda: data.batches([[1.0, 2.0], [3.0]]), errors.ShapeError),
        (lambda: data.batches(X, batch_size=0), errors.ArgumentError),
        (lambda: data.batches(X, batch_size=HALF), errors.ArgumentError),
        (lambda: data.batches(X, rng=WORD), errors.ArgumentError),
        (lambda: data.train_test_split(X, Y[:3]), errors.ShapeError),
        (lambda: data.train_test_split(X, test_size=0.0), errors.ArgumentError),
        (lambda: data.train_test_split(X, test_size=1.0), errors.ArgumentError),
        (lambda: data.train_test_split(X, stratify=Y, shuffle=False), errors.ArgumentError),
        (lambda: data.train_test_split(X, stratify=Y[:2]), errors.ShapeError),
        (lambda: data.one_hot([0.5]), errors.DTypeError),
        (lambda: data.one_hot([3], 3), errors.ArgumentError),
        (lambda: data.one_hot([-1]), errors.ArgumentError),
        (lambda: data.one_hot([1], 3, WORD), errors.ArgumentError),
        (lambda: data.one_hot([[1], [2, 3]]), errors.ShapeError),
        (lambda: data.train_test_split(X, stratify=[[1], [2, 3]]), errors.ShapeError),
        (lambda: data.standardize(X, np.ones((4, 3))), errors.ShapeError),
        (lambda: data.standardize((X, X)), errors.ShapeError),
        (lambda: data.standardize(X[:0]), errors.ShapeError),
        (lambda: data.standardize(3.0), errors.ShapeError),
        (lambda: data.standardize(["a"]), errors.DTypeError),
        (lambda: data.one_hot([1], HALF), errors.ArgumentError),
        (lambda: data.one_hot([], -1), errors.DTypeError),
        (lambda: data.one_hot(Y[:0], -1), errors.ArgumentError),
        (lambda: data.train_test_split(X, test_size=WORD), errors.ArgumentError),
        (lambda: data.train_test_split(X, test_size=NOTHING), errors.ArgumentError),
        (lambda: data.train_test_split(X, test_size=np.nan), errors.ArgumentError),
        (lambda: data.train_test_split(X, test_size=np.inf), errors.ArgumentError),
        (lambda: data.train_test_split(X, test_size=True), errors.ArgumentError),
    ],
)
def test_bad_input(call, kind):
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.expected and caught.value.received and caught.value.remedy

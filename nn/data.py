"""Data: batches, splits, one-hot rows, standardised columns; plain arrays in and out."""

from collections.abc import Iterator
from math import ceil, isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd import Value
from autograd.errors import ArgumentError, DTypeError, ShapeError, describe
from nn.randomness import RandomSource, generator


class Batches:
    """What `batches` returns: iterate over it once per epoch; `len` is the number of batches."""

    def __init__(
        self,
        arrays: tuple[np.ndarray, ...],
        batch_size: int,
        shuffle: bool,
        drop_last: bool,
        rng: Any,
    ) -> None:
        self.arrays = arrays
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.drop_last = drop_last
        # A seed becomes one generator here, or else every epoch would have the same order.
        self._rng = None if rng is None else generator(rng)

    @property
    def rows(self) -> int:
        """How many rows the arrays have."""
        return len(self.arrays[0])

    def __len__(self) -> int:
        whole, rest = divmod(self.rows, self.batch_size)
        return whole if self.drop_last or not rest else whole + 1

    def __iter__(self) -> Iterator[tuple[np.ndarray, ...]]:
        order = generator(self._rng).permutation(self.rows) if self.shuffle else None
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            part = slice(start, start + self.batch_size)
            rows = part if order is None else order[part]
            yield tuple(array[rows] for array in self.arrays)

    def __repr__(self) -> str:
        shapes = ", ".join(describe(array) for array in self.arrays)
        return f"Batches({shapes}: {len(self)} of {self.batch_size}, shuffle={self.shuffle})"


def batches(
    *arrays: Any,
    batch_size: int = 32,
    shuffle: bool = True,
    drop_last: bool = False,
    rng: RandomSource = None,
) -> Batches:
    """Tuples of the same `batch_size` rows of every array; an iteration sees every row once.

    shuffle      draws a new order for each iteration; without it batches are views, not copies.
    drop_last    leaves out a last batch that is smaller than the others.
    rng          a Generator, an int seed, or None for `nn`'s default generator.

    Raises ShapeError for arrays of different lengths, ArgumentError for none and for batch_size <
    1.

    >>> x, y = np.arange(10).reshape(5, 2), np.arange(5)
    >>> [labels.tolist() for rows, labels in batches(x, y, batch_size=2, shuffle=False)]
    [[0, 1], [2, 3], [4]]
    >>> len(batches(x, y, batch_size=2, drop_last=True))
    2
    """
    if (
        isinstance(batch_size, bool)
        or not isinstance(batch_size, int | np.integer)
        or batch_size < 1
    ):
        raise ArgumentError("an integer batch_size of at least 1", repr(batch_size), "pass 32")
    return Batches(_same_length(arrays), int(batch_size), shuffle, drop_last, rng)


def train_test_split(
    *arrays: Any,
    test_size: float = 0.25,
    shuffle: bool = True,
    stratify: ArrayLike | None = None,
    rng: RandomSource = None,
) -> list[np.ndarray]:
    """[x_train, x_test, y_train, y_test, …]: the rows of every array, split once and for all alike.

    test_size    a fraction, rounded up to whole rows, or an int number of rows.
    shuffle      whether rows are drawn; without it the last ones are for testing.
    stratify     labels, one per row: each keeps its share in both parts, to within a row.
    rng          a Generator, an int seed, or None for `nn`'s default generator.

    Raises ShapeError for arrays of different lengths, ArgumentError where a part would be empty and
    for stratify without shuffle.

    >>> x, y = np.arange(8).reshape(4, 2), np.arange(4)
    >>> x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=1, shuffle=False)
    >>> y_train, y_test
    (array([0, 1, 2]), array([3]))
    """
    split = _same_length(arrays)
    rows = len(split[0])
    if isinstance(test_size, bool) or not isinstance(test_size, Real) or not isfinite(test_size):
        raise ArgumentError(
            "a fraction or a number of rows, for test_size",
            f"test_size={test_size!r}",
            "leave it out for a quarter",
        )
    tests = int(test_size) if isinstance(test_size, Integral) else ceil(test_size * rows)
    if not 0 < tests < rows:
        raise ArgumentError(
            f"a test_size that leaves rows for training and for testing, of {rows}",
            f"test_size={test_size!r}, which is {tests} rows",
            "pass a fraction such as 0.25, or an int between 1 and the number of rows - 1",
        )
    if stratify is None:
        order = generator(rng).permutation(rows) if shuffle else np.arange(rows)
        train, test = order[: rows - tests], order[rows - tests :]
    elif shuffle:
        train, test = _stratified(_plain(stratify), rows, tests, generator(rng))
    else:
        raise ArgumentError(
            "shuffle=True with stratify",
            "shuffle=False",
            "leave shuffle out, or leave stratify out",
        )
    return [part for array in split for part in (array[train], array[test])]


def one_hot(
    labels: ArrayLike, num_classes: int | None = None, dtype: DTypeLike = np.float32
) -> np.ndarray:
    """Rows of zeros with a one at the label: shape (…, num_classes) for labels of shape (…).

    num_classes defaults to the largest label + 1. Raises DTypeError for labels that are no
    integers, ArgumentError for labels out of range and for num_classes that is no number of them.

    >>> one_hot([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    indices = _plain(labels)
    if indices.dtype.kind not in "iu":
        raise DTypeError("integer labels", describe(indices), "write labels.astype(np.int64)")
    if num_classes is None:
        num_classes = int(indices.max()) + 1 if indices.size else 0
    if not isinstance(num_classes, int | np.integer) or num_classes < 0:
        raise ArgumentError(
            "a number of classes, for num_classes",
            f"num_classes={num_classes!r}",
            "leave it out for the largest label + 1",
        )
    if indices.size and not 0 <= indices.min() <= indices.max() < num_classes:
        raise ArgumentError(
            f"labels of at least 0 and below {num_classes}" if num_classes else "labels from 0 on",
            f"labels from {indices.min()} to {indices.max()}",
            "count classes from 0, or pass a larger num_classes",
        )
    try:
        kind = np.dtype(dtype)
    except TypeError:
        raise ArgumentError("a dtype", describe(dtype), "leave it out for np.float32") from None
    return (indices[..., None] == np.arange(num_classes)).astype(kind)


def standardize(train: ArrayLike, *others: ArrayLike) -> Any:
    """(x − mean) / std of each column, both of the first array; a constant column gives 0.

    One array in gives one array out, several give a tuple: what the test set is scaled by is the
    training set's. Integers become float64. Raises ShapeError for columns that differ and for no
    rows to take a mean of, DTypeError for what are no numbers.

    >>> standardize(np.array([[1.0], [3.0]]), np.array([[5.0]]))
    (array([[-1.],
           [ 1.]]), array([[3.]]))
    """
    arrays = [_plain(array) for array in (train, *others)]
    if not all(array.shape for array in arrays) or not len(arrays[0]):
        raise ShapeError(
            "arrays with rows, and at least one in the first",
            ", ".join(describe(array) for array in arrays),
            "pass the training set first",
        )
    for array in arrays:
        if array.dtype.kind not in "biufc":
            raise DTypeError(
                "numbers to standardize", describe(array), "write array.astype(np.float32)"
            )
        if array.shape[1:] != arrays[0].shape[1:]:
            raise ShapeError(
                f"rows of shape {arrays[0].shape[1:]}, as the first array has",
                describe(array),
                "pass arrays with the same columns",
            )
    first = arrays[0]
    mean, std = first.mean(axis=0), first.std(axis=0)
    # The mean of equal numbers may differ from them by rounding, and their deviation from 0.
    constant = (first == first[0]).all(axis=0)
    mean = np.where(constant, first[0], mean)
    std = np.where(constant | (std == 0.0), 1.0, std)
    scaled = tuple((array - mean) / std for array in arrays)
    return scaled if others else scaled[0]


def _same_length(arrays: tuple[Any, ...]) -> tuple[np.ndarray, ...]:
    if not arrays:
        raise ArgumentError("at least one array", "none", "pass x, or x and y")
    plain = tuple(_plain(array) for array in arrays)
    if any(array.ndim == 0 for array in plain) or len({len(array) for array in plain}) > 1:
        raise ShapeError(
            "arrays with the same number of rows",
            ", ".join(describe(array) for array in plain),
            "give every array one row per sample",
        )
    return plain


def _plain(array: Any) -> np.ndarray:
    """One of the arrays; a tuple of arrays is refused, for as one array it would be a third."""
    if type(array) is Value:
        return array.numpy()
    try:
        if isinstance(array, tuple) and any(isinstance(part, np.ndarray) for part in array):
            raise ValueError
        return np.asarray(array)
    except ValueError:
        raise ShapeError(
            "arrays, or lists with rows of one length",
            describe(array),
            "pass x, y instead of (x, y)",
        ) from None


def _stratified(
    labels: np.ndarray, rows: int, tests: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Each class gives its share of the test rows; the largest remainders give one row more."""
    if labels.shape != (rows,):
        raise ShapeError(f"one label per row to stratify by, ({rows},)", describe(labels), "pass y")
    _, members, counts = np.unique(labels, return_inverse=True, return_counts=True)
    shares = counts * tests / rows
    taken = np.floor(shares).astype(np.int64)
    taken[np.argsort(taken - shares, kind="stable")[: tests - taken.sum()]] += 1
    order = rng.permutation(rows)
    # The rank of every shuffled row within its class; the first ones of each class are for testing.
    by_class = order[np.argsort(members[order], kind="stable")]
    ranks = np.arange(rows) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen = np.zeros(rows, dtype=bool)
    chosen[by_class[ranks < np.repeat(taken, counts)]] = True
    return order[~chosen[order]], order[chosen[order]]

"""Programs that fill arrays element by element, each beside the same in functional style.

All is plain NumPy: `np.zeros(n, like=x)` is an array where x is one, and a Value where x is.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd import logsumexp


class Program(NamedTuple):
    """A scalar function twice, and where to differentiate it.

    branches    whether it asks what its numbers are, which no trace can answer.
    """

    filled: Callable[[Any], Any]
    functional: Callable[[Any], Any]
    x: np.ndarray
    branches: bool = False

    @property
    def name(self) -> str:
        return self.filled.__name__


def weighed(u: Any) -> Any:
    """A number in which every element counts differently."""
    return np.sum(u * np.cos(np.arange(np.size(u))).reshape(np.shape(u)) + u**3 / 7)


def recurrence(x: Any) -> Any:
    u = np.zeros(7, like=x)
    u[0] = x[0]
    u[1] = x[1] * x[2]
    for i in range(2, 7):
        u[i] = np.sin(u[i - 1]) + 0.5 * u[i - 2] * x[i % 3]
    return weighed(u)


def recurrence_by_list(x: Any) -> Any:
    u = [x[0], x[1] * x[2]]
    for i in range(2, 7):
        u.append(np.sin(u[i - 1]) + 0.5 * u[i - 2] * x[i % 3])
    return weighed(np.stack(u))


def pairwise_matrix(x: Any) -> Any:
    """A symmetric matrix, element by element, then its diagonal, a column and a corner."""
    n = len(x)
    k = np.zeros((n, n), like=x)
    for i in range(n):
        for j in range(i):
            k[i, j] = np.exp(-((x[i] - x[j]) ** 2))
            k[j, i] = k[i, j]
        k[i, i] += 2.0 + x[i] ** 2
    k[:, 0] *= x
    k[-2:, -2:] -= k[:2, :2]
    return weighed(k)


def pairwise_matrix_at_once(x: Any) -> Any:
    n = len(x)
    k = np.exp(-((x[:, None] - x) ** 2)) * (1 - np.eye(n)) + np.eye(n) * (2.0 + x**2)
    k = np.concatenate([(k[:, 0] * x)[:, None], k[:, 1:]], axis=1)
    corner = k[-2:, -2:] - k[:2, :2]
    below = np.concatenate([k[-2:, :-2], corner], axis=1)
    return weighed(np.concatenate([k[:-2], below]))


def edit_distance(x: Any) -> Any:
    """Soft edit distance: the smoothed minimum of three ways.

    As in M. Cuturi and M. Blondel, Soft-DTW: a differentiable loss function for time series, 2017.
    """
    a, b = x[:4], x[4:]
    d = np.zeros((len(a) + 1, len(b) + 1), like=x)
    d[0, 1:] = 1.0 * np.arange(1, len(b) + 1)
    d[1:, 0] = 1.0 * np.arange(1, len(a) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            ways = np.stack([d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1]])
            ways = ways + np.array([0.0, 0.0, 1.0]) * (a[i - 1] - b[j - 1]) ** 2
            d[i, j] = -logsumexp(-ways)
    return d[-1, -1]


def edit_distance_by_rows(x: Any) -> Any:
    a, b = x[:4], x[4:]
    before = [float(j) for j in range(len(b) + 1)]
    for i in range(len(a)):
        row: list[Any] = [float(i + 1)]
        for j in range(len(b)):
            change = (a[i] - b[j]) ** 2
            ways = [before[j + 1] + 1, row[j] + 1, before[j] + change]
            row.append(-np.log(sum(np.exp(-way) for way in ways)))
        before = row
    return before[-1]


OBSERVED = (0, 2, 1, 1, 0, 2)


def hidden_markov(x: Any) -> tuple[Any, Any, Any]:
    """Logarithms of the start, transition and emission probabilities of two states."""
    start, move, emit = x[:2], np.reshape(x[2:6], (2, 2)), np.reshape(x[6:], (2, 3))
    return (
        start - logsumexp(start),
        move - logsumexp(move, axis=1, keepdims=True),
        emit - logsumexp(emit, axis=1, keepdims=True),
    )


def forward_algorithm(x: Any) -> Any:
    """log p(observations) of a hidden Markov model, one row of the table per observation."""
    start, move, emit = hidden_markov(x)
    alpha = np.zeros((len(OBSERVED), 2), like=x)
    alpha[0] = start + emit[:, OBSERVED[0]]
    for t in range(1, len(OBSERVED)):
        alpha[t] = logsumexp(alpha[t - 1][:, None] + move, axis=0)
        alpha[t] += emit[:, OBSERVED[t]]
    return logsumexp(alpha[-1])


def probability_of_all_paths(x: Any) -> Any:
    start, move, emit = (np.exp(each) for each in hidden_markov(x))
    alpha = start * emit[:, OBSERVED[0]]
    for seen in OBSERVED[1:]:
        alpha = (alpha @ move) * emit[:, seen]
    return np.log(np.sum(alpha))


def viterbi(x: Any) -> Any:
    """The probability of the likeliest path."""
    start, move, emit = hidden_markov(x)
    delta = np.zeros((len(OBSERVED), 2), like=x)
    delta[0, :] = start + emit[:, OBSERVED[0]]
    for t in range(1, len(OBSERVED)):
        for state in range(2):
            delta[t, state] = np.max(delta[t - 1] + move[:, state]) + emit[state, OBSERVED[t]]
    return np.exp(np.max(delta[-1]))


def viterbi_by_rows(x: Any) -> Any:
    start, move, emit = hidden_markov(x)
    delta = start + emit[:, OBSERVED[0]]
    for seen in OBSERVED[1:]:
        delta = np.max(delta[:, None] + move, axis=0) + emit[:, seen]
    return np.exp(np.max(delta))


def heat(x: Any) -> Any:
    """Explicit steps with changing conductivity; fixed ends, set again after every step."""
    u = np.zeros(9, like=x)
    u[1:-1] = x[:7]
    for _ in range(6):
        flux = (0.2 + 0.1 * np.tanh(x)) * (u[1:] - u[:-1])
        u[1:-1] += flux[1:] - flux[:-1]
        u[0] = 1.0
        u[-1] = x[0] * u[-2]
    return weighed(u)


def heat_joined(x: Any) -> Any:
    u = np.concatenate([[0.0], x[:7], [0.0]])
    for _ in range(6):
        flux = (0.2 + 0.1 * np.tanh(x)) * (u[1:] - u[:-1])
        middle = u[1:-1] + flux[1:] - flux[:-1]
        u = np.concatenate([[1.0], middle, np.reshape(x[0] * middle[-1], (1,))])
    return weighed(u)


def wave(x: Any) -> Any:
    """Two time levels in turns, in a table of all of them; periodic in space by slices."""
    n, steps = len(x), 5
    u = np.zeros((steps, n), like=x)
    u[0] = np.sin(x)
    u[1] = u[0]
    for t in range(1, steps - 1):
        u[t + 1, 1:-1] = u[t, 2:] - 2 * u[t, 1:-1] + u[t, :-2]
        u[t + 1, 0] = u[t, 1] - 2 * u[t, 0] + u[t, -1]
        u[t + 1, -1] = u[t, 0] - 2 * u[t, -1] + u[t, -2]
        u[t + 1] *= 0.3 * (1 + x**2)
        u[t + 1] += 2 * u[t] - u[t - 1]
    return weighed(u)


def wave_rolled(x: Any) -> Any:
    u = [np.sin(x), np.sin(x)]
    for _ in range(3):
        around = np.roll(u[-1], -1) - 2 * u[-1] + np.roll(u[-1], 1)
        u.append(0.3 * (1 + x**2) * around + 2 * u[-1] - u[-2])
    return weighed(np.stack(u))


def elimination(x: Any) -> Any:
    """Gauss's elimination in place, then the triangular system backwards."""
    n = 3
    a = np.zeros((n, n + 1), like=x)
    a[:, :n] = 0.3 * np.outer(x, x) + np.diag(np.array([2.0, 3.0, 4.0]))
    a[:, n] = np.sin(x)
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k:] -= a[i, k] / a[k, k] * a[k, k:]
    y = np.zeros(n, like=x)
    for i in range(n - 1, -1, -1):
        y[i] = (a[i, n] - a[i, i + 1 : n] @ y[i + 1 :]) / a[i, i]
    return weighed(y)


def elimination_solved(x: Any) -> Any:
    a = 0.3 * np.outer(x, x) + np.diag(np.array([2.0, 3.0, 4.0]))
    return weighed(np.linalg.solve(a, np.sin(x)))


def triangular_root(x: Any) -> Any:
    """Cholesky's decomposition, column by column."""
    a = 0.5 * np.outer(x, x) + np.diag(np.arange(1.0, 5.0))
    n = len(x)
    root = np.zeros((n, n), like=x)
    for j in range(n):
        root[j, j] = np.sqrt(a[j, j] - np.sum(root[j, :j] ** 2))
        root[j + 1 :, j] = (a[j + 1 :, j] - root[j + 1 :, :j] @ root[j, :j]) / root[j, j]
    return weighed(root)


def triangular_root_at_once(x: Any) -> Any:
    return weighed(np.linalg.cholesky(0.5 * np.outer(x, x) + np.diag(np.arange(1.0, 5.0))))


def relaxation(x: Any) -> Any:
    """Gauss and Seidel's sweeps: every update sees those before it."""
    u = np.zeros(len(x), like=x)
    for _ in range(3):
        for i in range(len(x)):
            u[i] = 0.25 * (u[i - 1] + u[(i + 1) % len(x)] + x[i] ** 2)
    return weighed(u)


def relaxation_by_list(x: Any) -> Any:
    u: list[Any] = [0.0] * len(x)
    for _ in range(3):
        for i in range(len(x)):
            u[i] = 0.25 * (u[i - 1] + u[(i + 1) % len(x)] + x[i] ** 2)
    return weighed(np.stack(u))


def bubble_sort(x: Any) -> Any:
    """Neighbours exchanged until they are in order."""
    u = np.zeros(len(x), like=x)
    u[:] = x
    for last in range(len(x) - 1, 0, -1):
        for i in range(last):
            if u[i] > u[i + 1]:
                u[i], u[i + 1] = u[i + 1], u[i]
    return weighed(u)


def sorted_at_once(x: Any) -> Any:
    return weighed(np.sort(x))


def histogram(x: Any) -> Any:
    """A soft histogram by places and by masks; of places that come twice the last counts."""
    counts = np.zeros(4, like=x)
    for a in x:
        counts[int(a > 0) + 2 * int(a > 1)] += a**2
    counts[[0, 0, 3]] += x[:3]
    counts[counts > 1.0] *= 0.5
    counts[np.array([True, False, True, False])] /= 1.0 + x[3] ** 2
    return weighed(counts)


def histogram_of_sums(x: Any) -> Any:
    place = (x > 0).astype(int) + 2 * (x > 1)
    counts = np.stack([np.sum(np.where(place == i, x**2, 0.0)) for i in range(4)])
    counts = counts + np.stack([x[1], 0.0, 0.0, x[2]])
    counts = np.where(counts > 1.0, 0.5 * counts, counts)
    return weighed(counts / np.where(np.arange(4) % 2 == 0, 1.0 + x[3] ** 2, 1.0))


def overlapping(x: Any) -> Any:
    """What is assigned is read in full before anything is written, however the two overlap."""
    u = np.zeros(len(x), like=x)
    u[...] = x
    u[1:] = u[:-1] * u[1:]
    u[:] = u[::-1]
    u[::2] = u[1::2]
    u[[0, 1]] = u[[1, 0]]
    u[2:] -= u[:-2]
    u[:3] = np.mean(u) * u[-3:]
    return weighed(u)


def overlapping_joined(x: Any) -> Any:
    u = np.concatenate([x[:1], x[:-1] * x[1:]])[::-1]
    u = np.stack([u[1], u[1], u[3], u[3], u[5], u[5]])
    u = np.stack([u[1], u[0], *u[2:]])
    u = np.concatenate([u[:2], u[2:] - u[:-2]])
    return weighed(np.concatenate([np.mean(u) * u[-3:], u[3:]]))


POINTS = np.array([0.7, -0.4, 1.3, 0.2, -1.1, 0.9, 0.35, -0.8, 0.55, 1.7, -0.15, 0.45])

PROGRAMS = (
    Program(recurrence, recurrence_by_list, POINTS[:3]),
    Program(pairwise_matrix, pairwise_matrix_at_once, POINTS[:4]),
    Program(edit_distance, edit_distance_by_rows, POINTS[:7]),
    Program(forward_algorithm, probability_of_all_paths, POINTS),
    Program(viterbi, viterbi_by_rows, POINTS),
    Program(heat, heat_joined, POINTS[:8]),
    Program(wave, wave_rolled, POINTS[:5]),
    Program(elimination, elimination_solved, POINTS[:3]),
    Program(triangular_root, triangular_root_at_once, POINTS[:4]),
    Program(relaxation, relaxation_by_list, POINTS[:4]),
    Program(bubble_sort, sorted_at_once, POINTS[:6], branches=True),
    Program(histogram, histogram_of_sums, POINTS[:6], branches=True),
    Program(overlapping, overlapping_joined, POINTS[:6]),
)

"""Classic test functions of any number of coordinates, from their formulas, in plain NumPy.

M. Jamil and X.-S. Yang, A literature survey of benchmark functions for global optimisation
problems, Int. J. of Mathematical Modelling and Numerical Optimisation 4 (2013) 150-194; what is not
in it names its source. The coordinates are the first axis: x of shape (n,) gives a number, x
of shape (n, m) gives m of them. `each_f` is f written coordinate by coordinate, for Python numbers.
"""

from itertools import pairwise
from typing import Any

import numpy as np

PI = np.pi


def column(x: Any, numbers: Any) -> Any:
    """One number for each coordinate, in the shape that broadcasts with x."""
    return np.reshape(np.asarray(numbers, float), (-1,) + (1,) * (np.ndim(x) - 1))


def counted(x: Any) -> Any:
    """1, 2, ..., n."""
    return column(x, np.arange(1, len(x) + 1))


# Any number of coordinates, over arrays


def sphere(x: Any) -> Any:
    return np.sum(x**2, axis=0)


def sum_of_powers(x: Any) -> Any:
    return np.sum(np.abs(x) ** (counted(x) + 1), axis=0)


def hyper_ellipsoid(x: Any) -> Any:
    return np.sum(np.cumsum(x, axis=0) ** 2, axis=0)


def schwefel_2_22(x: Any) -> Any:
    return np.sum(np.abs(x), axis=0) + np.prod(np.abs(x), axis=0)


def rosenbrock(x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2, axis=0)


def ackley(x: Any) -> Any:
    radius = np.linalg.norm(x, axis=0) / np.sqrt(len(x))
    waves = np.mean(np.cos(2 * PI * x), axis=0)
    return -20 * np.exp(-0.2 * radius) - np.exp(waves) + 20 + np.e


def rastrigin(x: Any) -> Any:
    return 10 * len(x) + np.sum(x**2 - 10 * np.cos(2 * PI * x), axis=0)


def griewank(x: Any) -> Any:
    waves = np.prod(np.cos(x / np.sqrt(counted(x))), axis=0)
    return 1 + np.sum(x**2, axis=0) / 4000 - waves


def schwefel(x: Any) -> Any:
    return 418.982887272433799 * len(x) - np.sum(x * np.sin(np.sqrt(np.abs(x))), axis=0)


def levy(x: Any) -> Any:
    w = 1 + (x - 1) / 4
    middle = np.sum((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(PI * w[:-1] + 1) ** 2), axis=0)
    return np.sin(PI * w[0]) ** 2 + middle + (w[-1] - 1) ** 2 * (1 + np.sin(2 * PI * w[-1]) ** 2)


def michalewicz(x: Any) -> Any:
    return -np.sum(np.sin(x) * np.sin(counted(x) * x**2 / PI) ** 20, axis=0)


def styblinski_tang(x: Any) -> Any:
    return 0.5 * np.sum(x**4 - 16 * x**2 + 5 * x, axis=0)


def dixon_price(x: Any) -> Any:
    rest = counted(x)[1:] * (2 * x[1:] ** 2 - x[:-1]) ** 2
    return (x[0] - 1) ** 2 + np.sum(rest, axis=0)


def zakharov(x: Any) -> Any:
    tilt = np.sum(0.5 * counted(x) * x, axis=0)
    return np.sum(x**2, axis=0) + tilt**2 + tilt**4


def powell(x: Any) -> Any:
    a, b, c, d = x[0::4], x[1::4], x[2::4], x[3::4]
    terms = (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4
    return np.sum(terms, axis=0)


def trid(x: Any) -> Any:
    return np.sum((x - 1) ** 2, axis=0) - np.sum(x[1:] * x[:-1], axis=0)


def brown(x: Any) -> Any:
    a, b = x[:-1] ** 2, x[1:] ** 2
    return np.sum(a ** (b + 1) + b ** (a + 1), axis=0)


def alpine(x: Any) -> Any:
    return np.sum(np.abs(x * np.sin(x) + 0.1 * x), axis=0)


def salomon(x: Any) -> Any:
    radius = np.linalg.norm(x, axis=0)
    return 1 - np.cos(2 * PI * radius) + 0.1 * radius


def perm(x: Any) -> Any:
    """Of n and beta = 0.5; Surjanovic and Bingham, Virtual Library of Simulation Experiments."""
    i = counted(x)
    powers = [np.sum((i**k + 0.5) * ((x / i) ** k - 1), axis=0) for k in range(1, len(x) + 1)]
    return np.sum(np.stack(powers) ** 2, axis=0)


# The same, coordinate by coordinate


def each_sphere(x: Any) -> Any:
    return sum(a**2 for a in x)


def each_sum_of_powers(x: Any) -> Any:
    return sum(abs(a) ** (i + 2) for i, a in enumerate(x))


def each_hyper_ellipsoid(x: Any) -> Any:
    return sum(sum(x[: i + 1]) ** 2 for i in range(len(x)))


def each_schwefel_2_22(x: Any) -> Any:
    total, product = 0.0, 1.0
    for a in x:
        total += abs(a)
        product *= abs(a)
    return total + product


def each_rosenbrock(x: Any) -> Any:
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def each_ackley(x: Any) -> Any:
    n = len(x)
    radius = np.sqrt(sum(a**2 for a in x) / n)
    return -20 * np.exp(-0.2 * radius) - np.exp(sum(np.cos(2 * PI * a) for a in x) / n) + 20 + np.e


def each_rastrigin(x: Any) -> Any:
    return sum(10 + a * a - 10 * np.cos(2 * PI * a) for a in x)


def each_griewank(x: Any) -> Any:
    waves = 1.0
    for i, a in enumerate(x):
        waves *= np.cos(a / (i + 1) ** 0.5)
    return 1 + sum(a * a for a in x) / 4000 - waves


def each_schwefel(x: Any) -> Any:
    return sum(418.982887272433799 - a * np.sin(np.sqrt(abs(a))) for a in x)


def each_levy(x: Any) -> Any:
    w = [(a + 3) / 4 for a in x]
    total = np.sin(PI * w[0]) ** 2 + (w[-1] - 1) ** 2 * (1 + np.sin(2 * PI * w[-1]) ** 2)
    for a in w[:-1]:
        total += (a - 1) ** 2 * (1 + 10 * np.sin(PI * a + 1) ** 2)
    return total


def each_michalewicz(x: Any) -> Any:
    return -sum(np.sin(a) * np.sin((i + 1) * a**2 / PI) ** 20 for i, a in enumerate(x))


def each_styblinski_tang(x: Any) -> Any:
    return sum((a**4 - 16 * a**2 + 5 * a) / 2 for a in x)


def each_dixon_price(x: Any) -> Any:
    total = (x[0] - 1) ** 2
    for i in range(1, len(x)):
        total = total + (i + 1) * (2 * x[i] ** 2 - x[i - 1]) ** 2
    return total


def each_zakharov(x: Any) -> Any:
    tilt = sum(0.5 * (i + 1) * a for i, a in enumerate(x))
    return sum(a**2 for a in x) + tilt**2 + tilt**4


def each_powell(x: Any) -> Any:
    a, b, c, d = x
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def each_trid(x: Any) -> Any:
    return sum((a - 1) ** 2 for a in x) - sum(a * b for a, b in pairwise(x))


def each_brown(x: Any) -> Any:
    total = 0.0
    for a, b in pairwise(x):
        total += (a**2) ** (b**2 + 1) + (b**2) ** (a**2 + 1)
    return total


def each_alpine(x: Any) -> Any:
    return sum(abs(a * np.sin(a) + 0.1 * a) for a in x)


def each_salomon(x: Any) -> Any:
    radius = sum(a * a for a in x) ** 0.5
    return 1 - np.cos(2 * PI * radius) + 0.1 * radius


def each_perm(x: Any) -> Any:
    total = 0.0
    for k in range(1, len(x) + 1):
        inner = 0.0
        for j, a in enumerate(x, 1):
            inner += (j**k + 0.5) * ((a / j) ** k - 1)
        total += inner**2
    return total

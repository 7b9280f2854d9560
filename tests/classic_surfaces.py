"""Classic test functions of one to six coordinates, from their formulas, in plain NumPy.

M. Jamil and X.-S. Yang, A literature survey of benchmark functions for global optimisation
problems, Int. J. of Mathematical Modelling and Numerical Optimisation 4 (2013) 150-194; what is not
in it names its source. The coordinates are the first axis; those of two take a pair of Python
numbers as well as an array.
"""

from typing import Any

import numpy as np
from classic_sums import column

PI = np.pi


# One, two or three coordinates: the same code for a pair of numbers and of arrays


def gramacy_lee(x: Any) -> Any:
    """R. B. Gramacy and H. K. H. Lee, Cases for the nugget in computer experiments, 2012."""
    (x,) = x
    return np.sin(10 * PI * x) / (2 * x) + (x - 1) ** 4


def forrester(x: Any) -> Any:
    """A. Forrester, A. Sobester and A. Keane, Engineering Design via Surrogate Modelling, 2008."""
    (x,) = x
    return (6 * x - 2) ** 2 * np.sin(12 * x - 4)


def beale(x: Any) -> Any:
    x, y = x
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def himmelblau(x: Any) -> Any:
    x, y = x
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def booth(x: Any) -> Any:
    x, y = x
    return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2


def matyas(x: Any) -> Any:
    x, y = x
    return 0.26 * (x**2 + y**2) - 0.48 * x * y


def easom(x: Any) -> Any:
    x, y = x
    return -np.cos(x) * np.cos(y) * np.exp(-((x - PI) ** 2) - (y - PI) ** 2)


def mccormick(x: Any) -> Any:
    x, y = x
    return np.sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1


def goldstein_price(x: Any) -> Any:
    x, y = x
    a = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    b = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    return a * b


def six_hump_camel(x: Any) -> Any:
    x, y = x
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (-4 + 4 * y**2) * y**2


def three_hump_camel(x: Any) -> Any:
    x, y = x
    return 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2


def branin(x: Any) -> Any:
    x, y = x
    bowl = (y - 5.1 / (4 * PI**2) * x**2 + 5 / PI * x - 6) ** 2
    return bowl + 10 * (1 - 1 / (8 * PI)) * np.cos(x) + 10


def levy_13(x: Any) -> Any:
    x, y = x
    first = (x - 1) ** 2 * (1 + np.sin(3 * PI * y) ** 2)
    return np.sin(3 * PI * x) ** 2 + first + (y - 1) ** 2 * (1 + np.sin(2 * PI * y) ** 2)


def bohachevsky(x: Any) -> Any:
    x, y = x
    return x**2 + 2 * y**2 - 0.3 * np.cos(3 * PI * x) - 0.4 * np.cos(4 * PI * y) + 0.7


def bird(x: Any) -> Any:
    x, y = x
    waves = np.sin(x) * np.exp((1 - np.cos(y)) ** 2) + np.cos(y) * np.exp((1 - np.sin(x)) ** 2)
    return waves + (x - y) ** 2


def bukin_6(x: Any) -> Any:
    x, y = x
    return 100 * np.sqrt(np.abs(y - 0.01 * x**2)) + 0.01 * np.abs(x + 10)


def cross_in_tray(x: Any) -> Any:
    x, y = x
    bump = np.exp(np.abs(100 - np.sqrt(x**2 + y**2) / PI))
    return -0.0001 * (np.abs(np.sin(x) * np.sin(y) * bump) + 1) ** 0.1


def holder_table(x: Any) -> Any:
    x, y = x
    return -np.abs(np.sin(x) * np.cos(y) * np.exp(np.abs(1 - np.hypot(x, y) / PI)))


def eggholder(x: Any) -> Any:
    x, y = x
    y = y + 47
    return -y * np.sin(np.sqrt(np.abs(x / 2 + y))) - x * np.sin(np.sqrt(np.abs(x - y)))


def drop_wave(x: Any) -> Any:
    x, y = x
    r = np.hypot(x, y)
    return -(1 + np.cos(12 * r)) / (0.5 * r**2 + 2)


def schaffer_2(x: Any) -> Any:
    x, y = x
    return 0.5 + (np.sin(x**2 - y**2) ** 2 - 0.5) / (1 + 0.001 * (x**2 + y**2)) ** 2


def schaffer_4(x: Any) -> Any:
    x, y = x
    waves = np.cos(np.sin(np.abs(x**2 - y**2))) ** 2
    return 0.5 + (waves - 0.5) / (1 + 0.001 * (x**2 + y**2)) ** 2


def helical_valley(x: Any) -> Any:
    x, y, z = x
    turn = np.arctan2(y, x) / (2 * PI)
    return 100 * ((z - 10 * turn) ** 2 + (np.hypot(x, y) - 1) ** 2) + z**2


def colville(x: Any) -> Any:
    a, b, c, d = x
    valleys = 100 * (a**2 - b) ** 2 + (a - 1) ** 2 + (c - 1) ** 2 + 90 * (c**2 - d) ** 2
    return valleys + 10.1 * ((b - 1) ** 2 + (d - 1) ** 2) + 19.8 * (b - 1) * (d - 1)


# Tables of constants


def wells(x: Any, depths: Any, centres: Any) -> tuple[Any, Any]:
    """depths and x - centres, with axes (well, coordinate, point ...)."""
    ones = (1,) * (np.ndim(x) - 1)
    depths, centres = np.asarray(depths, float), np.asarray(centres, float)
    return depths.reshape(-1, *ones), x - centres.reshape(*centres.shape, *ones)


def hartmann(x: Any, widths: Any, centres: Any) -> Any:
    depths, away = wells(x, [1.0, 1.2, 3.0, 3.2], 1e-4 * np.array(centres))
    widths = np.reshape(np.asarray(widths, float), (4, -1) + (1,) * (np.ndim(x) - 1))
    return -np.sum(depths * np.exp(-np.sum(widths * away**2, axis=1)), axis=0)


def hartmann_3(x: Any) -> Any:
    centres = [[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]
    return hartmann(x, [[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]], centres)


def hartmann_6(x: Any) -> Any:
    widths = [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
    centres = [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
    return hartmann(x, widths, centres)


def shekel(x: Any) -> Any:
    centres = [
        [4, 1, 8, 6, 3, 2, 5, 8, 6, 7],
        [4, 1, 8, 6, 7, 9, 5, 1, 2, 3.6],
        [4, 1, 8, 6, 3, 2, 3, 8, 6, 7],
        [4, 1, 8, 6, 7, 9, 3, 1, 2, 3.6],
    ]
    widths = [0.1, 0.2, 0.2, 0.4, 0.4, 0.6, 0.3, 0.7, 0.5, 0.5]
    widths, away = wells(x, widths, np.transpose(centres))
    return -np.sum(1 / (np.sum(away**2, axis=1) + widths), axis=0)


def kowalik(x: Any) -> Any:
    b = 1 / column(x, [0.25, 0.5, 1, 2, 4, 6, 8, 10, 12, 14, 16])
    a = column(
        x,
        [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246],
    )
    model = x[0] * (b**2 + b * x[1]) / (b**2 + b * x[2] + x[3])
    return np.sum((a - model) ** 2, axis=0)

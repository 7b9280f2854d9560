"""Print tests/special_references.json: derivatives of special functions to all digits of a double.

Needs mpmath (pip install mpmath), which the library itself does not use:

    python docs/special_references.py > tests/special_references.json

Each line is a ufunc of scipy.special, arguments, the position of one of them, and the derivative in
it: by numerical differentiation of mpmath's function with 60 digits, or where a formula says so.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import mpmath as mp
import numpy as np

mp.mp.dps = 60
N = 4  # points drawn per function, beside those that are named
HALF = mp.mpf(1) / 2
RANDOM = np.random.default_rng(5)


def far(low: float, high: float) -> np.ndarray:
    """Numbers spread evenly over the magnitudes between low and high."""
    return np.exp(RANDOM.uniform(np.log(low), np.log(high), N))


def near(low: float, high: float) -> np.ndarray:
    """Numbers spread evenly between low and high."""
    return RANDOM.uniform(low, high, N)


def student(v: Any, t: Any) -> Any:
    """Student's distribution function."""
    v, t = mp.mpf(v), mp.mpf(t)
    tail = mp.betainc(v / 2, HALF, 0, v / (v + t * t), regularized=True) / 2
    return tail if t < 0 else 1 - tail


def student_slope(v: Any, t: Any, position: int) -> Any:
    """The density; in v, for large v, the first terms of Fisher's expansion."""
    v, t = mp.mpf(v), mp.mpf(t)
    if position == 1:
        unit = mp.gamma((v + 1) / 2) / mp.gamma(v / 2) / mp.sqrt(v * mp.pi)
        return unit * (1 + t * t / v) ** (-(v + 1) / 2)
    if v < 1e7:
        return None
    second = (3 * t**7 - 7 * t**5 - 5 * t**3 - 3 * t) / 96
    return mp.npdf(t) * ((t**3 + t) / 4 / v**2 + 2 * second / v**3)


def scaled_slope(sign: int, unit: Any) -> Callable[..., Any]:
    """Far out, the asymptotic series of the derivatives of erfcx and of Dawson's integral."""

    def slope(x: Any, position: int) -> Any:
        u = sign / (2 * mp.mpf(x) ** 2)
        return unit * (u + 3 * u**2 + 15 * u**3) if abs(x) > 1e3 else None

    return slope


def log_ndtr_slope(x: Any, position: int) -> Any:
    """Density over distribution, and far to the left its series."""
    x = mp.mpf(x)
    if x < -1e4:
        return -x * (1 + 1 / x**2 - 2 / x**4)
    return mp.npdf(x) / (mp.erfc(-x / mp.sqrt(2)) / 2)


def boxcox_slope(x: Any, p: Any, position: int) -> Any:
    """The limits at p = 0."""
    return (1 / mp.mpf(x), mp.log(x) ** 2 / 2)[position] if p == 0 else None


def lower(a: Any, x: Any) -> Any:
    """P(a, x)."""
    return mp.gammainc(a, 0, x, regularized=True)


def upper(a: Any, x: Any) -> Any:
    """Q(a, x)."""
    return mp.gammainc(a, x, mp.inf, regularized=True)


def beta(a: Any, b: Any, x: Any) -> Any:
    """I_x(a, b)."""
    return mp.betainc(a, b, 0, x, regularized=True)


# name -> (function, points drawn, points named, formula or None)
Entry = tuple[Callable[..., Any], list[np.ndarray], list[tuple[float, ...]], Any]
FUNCTIONS: dict[str, Entry] = {
    "jv": (
        mp.besselj,
        [far(0.01, 50), far(0.01, 100)],
        [(0.001, 1.0), (30.0, 1.0), (2.0, 1e3)],
        None,
    ),
    "yv": (mp.bessely, [far(0.01, 50), far(0.01, 100)], [], None),
    "iv": (mp.besseli, [far(0.01, 50), far(0.01, 100)], [], None),
    "kv": (
        mp.besselk,
        [far(0.01, 50), far(0.01, 100)],
        [(0.001, 1.0), (30.0, 0.01), (0.3, 300.0)],
        None,
    ),
    "kve": (
        lambda v, x: mp.besselk(v, x) * mp.exp(x),
        [far(0.01, 50), far(0.01, 1e4)],
        [],
        None,
    ),
    "ive": (
        lambda v, x: mp.besseli(v, x) * mp.exp(-x),
        [far(0.01, 50), far(0.01, 1e3)],
        [],
        None,
    ),
    "struve": (mp.struveh, [far(0.01, 10), far(0.01, 30)], [(0.5, 20.0)], None),
    "modstruve": (mp.struvel, [far(0.01, 10), far(0.01, 30)], [], None),
    "gammainc": (
        lower,
        [far(0.01, 500), far(0.01, 500)],
        [(300.0, 120.0), (1e4, 1.01e4), (2.0, 1e-6), (0.001, 0.5)],
        None,
    ),
    "gammaincc": (
        upper,
        [far(0.01, 500), far(0.01, 500)],
        [(3.0, 80.0), (1e4, 1.01e4), (0.5, 300.0)],
        None,
    ),
    "betainc": (
        beta,
        [far(0.05, 200), far(0.05, 200), near(0.01, 0.99)],
        [(30.0, 40.0, 0.05), (2.0, 3.0, 1e-6), (500.0, 700.0, 0.42)],
        None,
    ),
    "stdtr": (
        student,
        [far(0.1, 1e7), near(-6, 6)],
        [(1e6, 1.3), (1e8, -2.0), (3.0, -40.0), (50.0, 8.0)],
        student_slope,
    ),
    "fdtr": (
        lambda n, d, x: beta(n * HALF, d * HALF, n * x / (n * x + d)),
        [far(0.1, 100), far(0.1, 100), far(0.05, 20)],
        [],
        None,
    ),
    "chdtr": (lambda v, x: lower(v * HALF, x * HALF), [far(0.1, 100), far(0.1, 100)], [], None),
    "zetac": (lambda s: mp.zeta(s) - 1, [1 + far(0.01, 30)], [(40.0,), (1.001,)], None),
    "hyp0f1": (mp.hyp0f1, [far(0.05, 10), near(-20, 20)], [], None),
    "hyp1f1": (mp.hyp1f1, [far(0.05, 10), far(0.05, 10), near(-20, 20)], [], None),
    "hyp2f1": (mp.hyp2f1, [far(0.05, 5), far(0.05, 5), far(0.05, 5), near(-3, 0.9)], [], None),
    "hyperu": (
        mp.hyperu,
        [far(0.05, 5), near(0.05, 3), far(0.05, 20)],
        [(0.01, 0.5, 2.0), (0.3, 1.5, 15.0), (8.0, -2.0, 20.0), (-1.3, 0.5, 2.0)],
        None,
    ),
    "erfcx": (
        lambda x: mp.exp(x * x) * mp.erfc(x),
        [near(-5, 100)],
        [(30.0,), (1e4,), (1e8,)],
        scaled_slope(-1, 2 / mp.sqrt(mp.pi)),
    ),
    "dawsn": (
        lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
        [near(-5, 100)],
        [(30.0,), (-1e4,), (1e8,)],
        scaled_slope(1, -1),
    ),
    "log_ndtr": (
        lambda x: mp.log(mp.ncdf(x)),
        [near(-40, 5)],
        [(-1e3,), (-1e8,), (30.0,)],
        log_ndtr_slope,
    ),
    "boxcox": (
        lambda x, p: (mp.mpf(x) ** p - 1) / p,
        [far(0.01, 100), near(-3, 3)],
        [(2.0, 0.0), (2.0, 1e-9)],
        boxcox_slope,
    ),
    "exprel": (
        lambda x: mp.expm1(x) / x,
        [near(-30, 30)],
        [(1e-9,), (0.4999,), (-700.0,)],
        None,
    ),
    "ellipk": (mp.ellipk, [near(-20, 0.999)], [(0.0,), (1e-9,), (-1e6,)], None),
    "ellipe": (mp.ellipe, [near(-20, 0.999)], [(0.0,), (1e-9,)], None),
    "ellipkinc": (
        mp.ellipf,
        [near(-3, 3), near(-3, 0.9)],
        [(1.2, 0.0), (1e-5, 0.3), (5.0, 0.4)],
        None,
    ),
    "ellipeinc": (lambda phi, m: mp.ellipe(phi, m), [near(-3, 3), near(-3, 0.9)], [], None),
    "elliprd": (
        mp.elliprd,
        [far(0.01, 10), far(0.01, 10), far(0.01, 10)],
        [(1.0, 1.0, 1.0), (1.0, 2.0, 1.0000001), (1e-3, 5.0, 2.0)],
        None,
    ),
    "elliprj": (mp.elliprj, [far(0.1, 10), far(0.1, 10), far(0.1, 10), far(0.1, 10)], [], None),
    "elliprg": (mp.elliprg, [far(0.1, 10), far(0.1, 10), far(0.1, 10)], [], None),
    "agm": (mp.agm, [far(0.1, 10), far(0.1, 10)], [], None),
    "eval_legendre": (mp.legendre, [near(0.1, 8), near(-0.9, 0.95)], [], None),
    "eval_laguerre": (lambda n, x: mp.laguerre(n, 0, x), [near(0.1, 8), near(0.1, 10)], [], None),
    "eval_jacobi": (
        mp.jacobi,
        [near(0.1, 8), near(0.1, 3), near(0.1, 3), near(-0.9, 0.9)],
        [],
        None,
    ),
    "gammaln": (mp.loggamma, [far(0.01, 1e4)], [], None),
    "psi": (mp.digamma, [far(0.01, 1e4)], [(-1.5,), (1e8,)], None),
    "rgamma": (mp.rgamma, [near(-10, 10)], [(-3.0,), (0.0,), (-20.5,)], None),
    "beta": (mp.beta, [far(0.01, 100), far(0.01, 100)], [(1e3, 0.01)], None),
    "poch": (mp.rf, [near(0.1, 10), near(0.1, 10)], [], None),
    "spence": (
        lambda x: mp.polylog(2, 1 - mp.mpf(x)),
        [far(0.01, 10)],
        [(1.0,), (1 + 1e-9,)],
        lambda x, position: mp.mpf(-1) if x == 1 else mp.log(x) / (1 - mp.mpf(x)),
    ),
}


def derivative(name: str, point: tuple[float, ...], position: int) -> float:
    """The derivative in one argument."""
    function, _, _, formula = FUNCTIONS[name]
    found = formula(*point, position) if formula else None
    if found is None:
        x = mp.mpf(point[position])

        def of_one(t: Any) -> Any:
            return function(*(t if j == position else mp.mpf(p) for j, p in enumerate(point)))

        found = mp.diff(of_one, x, h=max(abs(x), mp.mpf(1)) * mp.mpf("1e-15"))
    return float(mp.re(found))


def lines() -> Iterator[list[Any]]:
    """All references, but those that underflow."""
    for name, (_, drawn, named, _) in FUNCTIONS.items():
        points = [tuple(map(float, point)) for point in zip(*drawn, strict=True)]
        for point in [*points, *named]:
            for position in range(len(point)):
                found = derivative(name, point, position)
                if found == 0 or abs(found) > 1e-290:
                    yield [name, list(point), position, found]


if __name__ == "__main__":
    print("[\n" + ",\n".join(json.dumps(line) for line in lines()) + "\n]")

"""Cases for polynomials: arithmetic, calculus, roots and fits."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from cases import Case, array, row_of
from cases_building import CONTENTS, numbered
from numpy.polynomial import polynomial

P, Q, W, X = array(4), array(3, seed=1), array(2, seed=3), array(2, 3, seed=2)
SPLIT = np.array([1.0, -3.0, 1.0])
NUMBERS = array(7, seed=5)


def arithmetic_cases() -> Iterator[Case]:
    yield from numbered(
        np.polyval,
        (np.polyval, (P, X)),
        (np.polyval, (P, 1.5)),
        (lambda x: np.polyval([1, 2.0, 3], x), (X,)),
        (lambda p: np.polyval(p, [1, 2.0]), (P,)),
        (np.polyval, (P[:1], X)),
        (np.polyval, (array(3, 3), array(3, seed=6))),
        (np.polyval, (array(4, 3, 1), X[0])),
        (np.polyval, (X, 1.5)),
    )
    yield from numbered(
        np.polyval, (lambda p, x: np.poly1d(p)(x), (P, X)), name=f"{CONTENTS}: poly1d"
    )
    yield Case(
        "polyval of polynomials at a table",
        row_of("polyval"),
        row_of("polyval"),
        (array(2, 1, 4), X),
        True,
    )
    for f in (np.polyadd, np.polysub, np.polymul):
        yield from numbered(
            f,
            (f, (P, Q)),
            (f, (Q, P)),
            (f, (P, P[::-1].copy())),
            (lambda p, f=f: f([1.0, 2.0], p), (P,)),
            (lambda p, f=f: f(p, 2.0), (P,)),
        )
        yield from numbered(
            f,
            (lambda p, f=f: f(np.poly1d([1.0, 2.0]), p).coeffs, (P,)),
            name=f"{CONTENTS}: {f.__name__}",
        )
    yield from numbered(
        np.polymul,
        (lambda p, q: np.polymul(p * np.array([0, 0, 1, 1]), q), (P, Q)),
        (lambda p, q: np.polymul(p * 0, q), (P, Q)),
        name=f"{CONTENTS}: zeros in polymul",
    )
    yield from numbered(
        np.polydiv,
        (np.polydiv, (array(6), Q + 3)),
        (np.polydiv, (Q, P)),
        (np.polydiv, (Q, np.array([2.0]))),
        (lambda u: np.polydiv(u, [1.0, 1.0])[0], (array(6),)),
    )
    for m in (0, 1, 2, 5):
        yield Case(f"polyder {m}", np.polyder, lambda p, m=m: np.polyder(p, m) * 1, (P,), True)
        yield Case(f"polyint {m}", np.polyint, lambda p, m=m: np.polyint(p, m) * 1, (P,), True)
    yield from numbered(
        np.polyint,
        (lambda p, k: np.polyint(p, 3, k=k), (P, Q)),
        (lambda p, k: np.polyint(p, 2, k), (P, Q)),
        (lambda p, k: np.polyint(p, 2, k), (P, np.array(1.5))),
        (lambda p: np.polyint(p, 2, k=[1.0, 2.0]), (P,)),
    )


def root_cases() -> Iterator[Case]:
    outer_zeros = np.array([0, 1, 1, 1, 0])
    for of in (np.roots, row_of("roots")):
        yield from numbered(
            of,
            (np.roots, (SPLIT,)),
            (np.roots, (np.array([1.0, 2.0, 3.0, 4.0]),)),
            (lambda p: np.roots(p * outer_zeros), (np.array([1.0, 1.0, -3.0, 1.0, 2.0]),)),
        )
    yield Case("roots cubed", np.roots, np.roots, (np.array([2.0, -3, -1, 4, 0.5]),), order=3)
    yield from numbered(np.poly, (np.poly, (P,)), (np.poly, (array(1),)))
    for of in (np.poly, row_of("poly")):
        yield from numbered(
            of,
            (np.poly, (array(3, 3),)),
            (np.poly, (np.diag([1.0, 2.0, 4.0]),)),
            (np.poly, (array(1, 1),)),
        )
    yield Case("poly of a multiple", np.poly, np.poly, (np.eye(3),))


def fit_cases() -> Iterator[Case]:
    x, y, table = NUMBERS, array(7, seed=6), array(7, 2, seed=7)
    w = np.linspace(0.5, 2.0, 7)

    def one(**options: Any) -> Any:
        return lambda x, y: np.polyfit(x, y, 2, **options)

    yield from numbered(
        np.polyfit,
        (one(), (x, y)),
        (one(), (x, table)),
        (lambda x, y, w: np.polyfit(x, y, 2, w=w), (x, y, w)),
        (lambda x, y, w: np.polyfit(x, y, 1, w=w), (x, table, w)),
        (one(cov=True), (x, y)),
        (one(cov=True), (x, table)),
        (one(cov="unscaled"), (x, y)),
        (lambda x, y: np.polyfit(x, y, 2, full=True)[:2], (x, y)),
        (one(rcond=1e-8), (x, y)),
        (lambda y: np.polyfit(x, y, 0), (y,)),
        (lambda x: np.polyfit(x, y, 1), (x,)),
        complex=False,
    )


def several_cases() -> Iterator[Case]:
    c = array(3, 2, 2)
    several: tuple[Any, ...] = (polynomial.polyval2d, polynomial.polygrid2d)
    for of in several if hasattr(several[0], "__wrapped__") else ():  # NumPy 2.0 asks no Value
        yield from numbered(of, (of, (X, 2 * X, array(3, 4))), (of, (1.2, 0.5, array(3, 4))))
        yield Case(f"{of.__name__} of several", of, of, (X, X + 1, c), True)
        yield Case(f"{of.__name__} of lists", of, lambda x, f=of: f(x, [1, 2.0], c), (W,), True)


CASES = [*arithmetic_cases(), *root_cases(), *fit_cases(), *several_cases()]

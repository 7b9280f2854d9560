"""Cases for differences, interpolation and unwrapped phases."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from cases import Case, array
from cases_building import numbered

X, V = array(3, 4), array(4, seed=3)
ONE = np.array(1.2)
PLACES = np.sort(array(4, seed=5))


def difference_cases() -> Iterator[Case]:
    for n, axis in product((0, 1, 2, 3), (0, -1)):
        yield Case(
            f"diff {n} {axis}",
            np.diff,
            lambda x, n=n, a=axis: np.diff(x, n, a) * 1,
            (array(4, 3),),
            True,
        )
    yield from numbered(
        np.diff,
        (lambda x, a: np.diff(x, 2, 0, prepend=a), (X, ONE)),
        (lambda x, a, b: np.diff(x, append=a, prepend=b), (X, array(3, 2), array(3, 1))),
        (lambda a: np.diff([1.0, 4.0], append=a), (ONE,)),
        (lambda x: np.diff(x, 5), (V,)),
    )
    yield from numbered(
        np.ediff1d,
        (np.ediff1d, (X,)),
        (lambda x, a, b: np.ediff1d(x, a, b), (X, array(3, 2), ONE)),
        (lambda x: np.ediff1d(x, to_end=2.0), (X,)),
        (lambda x, a: np.ediff1d(x, to_begin=[1.0, 2.0], to_end=a), (np.ones(0), ONE)),
    )


def slope_cases() -> Iterator[Case]:
    edges: tuple[Any, ...] = (1, 2)
    for edge, axis in product(edges, (None, 0, (1, 0), -1)):
        yield Case(
            f"gradient {edge} {axis}",
            np.gradient,
            lambda x, e=edge, a=axis: np.gradient(x, axis=a, edge_order=e),
            (X,),
            True,
        )
    for edge in (1, 2):
        options: dict[str, Any] = {"edge_order": edge}
        yield from numbered(
            np.gradient,
            (lambda x, h, o=options: np.gradient(x, h, **o), (X, ONE)),
            (lambda x, h, p, o=options: np.gradient(x, h, p, **o), (X, ONE, PLACES)),
            (lambda x, o=options: np.gradient(x, 1.5, PLACES, **o), (X,)),
            (lambda x, o=options: np.gradient(x, 2 * np.arange(4), axis=1, **o), (X,)),
        )
        yield from (
            Case(
                f"gradient of a constant {edge} {number}",
                np.gradient,
                lambda p, o=options: np.gradient(V, p, **o),
                (places,),
            )
            for number, places in enumerate((PLACES, np.arange(4.0)))
        )
    yield from numbered(
        np.trapezoid,
        (np.trapezoid, (X,)),
        (np.trapezoid, (X, V)),
        (np.trapezoid, (array(2, 3, 4, seed=1), X)),
        (np.trapezoid, (V, X)),
        (lambda y, x: np.trapezoid(y, x, axis=0), (X, array(3))),
        (lambda y, x: np.trapezoid(y, x, axis=1), (array(2, 3, 2), array(2, 3, 2, seed=1))),
        (lambda y: np.trapezoid(y, None, 0.3, 0), (X,)),
        (lambda x: np.trapezoid([1.0, 2.0, 4.0], x), (array(3),)),
        (np.trapezoid, (np.ones((2, 0)),)),
    )


def phase_cases() -> Iterator[Case]:
    phases = 10 * array(3, 5)
    yield from numbered(
        np.unwrap,
        *((lambda p, a=axis: np.unwrap(p, axis=a), (phases,)) for axis in (0, 1, -1)),
        (lambda p: np.unwrap(p, 4.0, 0), (phases,)),
        (lambda p: np.unwrap(p, discont=1.0, period=3.0), (phases,)),
        (lambda p, period: np.unwrap(p, period=period), (phases, np.array(2.3))),
        complex=False,
    )


def interpolation_cases() -> Iterator[Case]:
    x, places, values = array(7), np.sort(array(5, seed=3)), array(5, seed=4)
    yield from numbered(
        np.interp,
        (np.interp, (x, places, values)),
        (np.interp, (x.reshape(7, 1), places, values + 1j * array(5, seed=6))),
        (lambda *args: np.interp(*args), (2 * x, places, values, np.array(1.0), np.array(2.5))),
        (lambda *args: np.interp(*args, right=0.0), (2 * x, places, values)),
        (lambda x, p, f: np.interp(x, p, f, period=1.3), (2 * x, places, values)),
        (lambda x, p, f, n: np.interp(x, p, f, None, None, n), (x, places, values, np.array(-1.7))),
        (np.interp, (0.3, places, values)),
        (np.interp, (x, places[:1], values[:1])),
        (lambda f: np.interp(x, places, f), (values,)),
        (lambda p: np.interp([0.1, 0.2], p, values), (places,)),
        complex=False,
    )
    yield Case(
        "interp of complex values", np.interp, lambda f: np.interp(x, places, f), (values,), True
    )


CASES = [*difference_cases(), *slope_cases(), *phase_cases(), *interpolation_cases()]

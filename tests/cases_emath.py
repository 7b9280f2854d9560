"""Cases for numpy.emath, inside the real domain and outside of it."""

from typing import Any

import numpy as np
from cases import Case, array, draw, label

INSIDE, POSITIVE = draw((-0.9, 0.9), (2, 3)), draw((0.3, 3.0), (2, 3))
MIXED, OTHER = array(2, 3), array(2, 3, seed=1)

CASES: list[Case] = []
for of, inside in (
    (np.emath.sqrt, POSITIVE),
    (np.emath.log, POSITIVE),
    (np.emath.log2, POSITIVE),
    (np.emath.log10, POSITIVE),
    (np.emath.arccos, INSIDE),
    (np.emath.arcsin, INSIDE),
    (np.emath.arctanh, INSIDE),
):
    places: list[tuple[str, Any]] = [
        ("inside", inside),
        ("mixed", MIXED),
        ("float", float(inside[0, 0])),
        ("float outside", np.float64(-1.7)),
        ("complex", MIXED + 1j * OTHER),
        ("empty", np.zeros((0, 2))),
    ]
    CASES += [Case(f"{label(of)} {name}", of, of, (x,)) for name, x in places]
for of, args in (
    (np.emath.logn, (POSITIVE + 1, POSITIVE)),
    (np.emath.logn, (POSITIVE + 1, MIXED)),
    (np.emath.power, (POSITIVE, OTHER)),
    (np.emath.power, (MIXED, OTHER)),
):
    CASES.append(Case(f"{label(of)} {len(CASES)}", of, of, args))
CASES += [
    Case("emath.logn 2", np.emath.logn, lambda x: np.emath.logn(2.0, x), (MIXED,)),
    Case("emath.power 2", np.emath.power, lambda x: np.emath.power(x, 2), (MIXED,)),
    Case("emath.power -2", np.emath.power, lambda x: np.emath.power(x, [-2, 2, 1]), (MIXED,)),
]

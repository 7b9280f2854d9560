"""Noncentral distributions, by differences in what has no closed form."""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.making import Cumulative, slope

_BESIDE = {"pole": True}
_CHANCE = (0.3, 0.7)


# Noncentral chi-squared: x, v degrees of freedom, noncentrality c. As a mixture of central ones by
# Poisson's weights it has the density f(x; v, c) below, and dF/dc = -f(x; v + 2, c).
def _density(x: Any, v: Any, c: Any) -> Any:
    half = 0.5 * v
    central = sp.xlogy(half - 1, 0.5 * x) - 0.5 * (x + c) - sp.gammaln(half)
    return 0.5 * np.exp(central) * sp.hyp0f1(half, 0.25 * c * x)


def _width(x: Any, v: Any, c: Any) -> Any:
    """One degree of freedom, or less than the spread of x and than v."""
    return np.minimum(v, np.sqrt(2 * v + 4 * c)) / (1 + np.abs(np.log(x / (v + c))))


chi_squared = Cumulative(
    x=_density,
    v=slope(sp.chndtr, 1, _width),
    c=lambda x, v, c: -_density(x, v + 2, c),
)
chndtr = elementwise(
    sp.chndtr, *chi_squared.rules(), domain=((1.0, 6.0), (2.0, 5.0), (0.5, 3.0)), **_BESIDE
)
chndtrix = elementwise(
    sp.chndtrix,
    *chi_squared.solved("p v c", "x"),
    domain=(_CHANCE, (2.0, 5.0), (0.5, 3.0)),
    **_BESIDE,
)
chndtridf = elementwise(
    sp.chndtridf,
    *chi_squared.solved("x p c", "v"),
    domain=((4.0, 6.0), _CHANCE, (0.5, 1.5)),
    **_BESIDE,
)
chndtrinc = elementwise(
    sp.chndtrinc,
    *chi_squared.solved("x v p", "c"),
    domain=((6.0, 8.0), (2.0, 3.0), (0.3, 0.6)),
    **_BESIDE,
)


# Noncentral F: n and d degrees of freedom, noncentrality c
def _least(position: int) -> Any:
    """The step is in proportion to the argument: all are positive."""
    return lambda *args: args[position] / (1 + np.sqrt(args[position]))


fisher = Cumulative(
    **{name: slope(sp.ncfdtr, i, _least(i)) for i, name in enumerate(("n", "d", "c", "x"))}
)
ncfdtr = elementwise(
    sp.ncfdtr, *fisher.rules(), domain=((2.0, 5.0), (3.0, 6.0), (0.5, 2.0), (1.0, 2.0)), **_BESIDE
)
ncfdtri = elementwise(
    sp.ncfdtri,
    *fisher.solved("n d c p", "x"),
    domain=((2.0, 5.0), (3.0, 6.0), (0.5, 2.0), _CHANCE),
    **_BESIDE,
)
# ncfdtridfn, ncfdtridfd and ncfdtrinc have no rows: SciPy solves for those to 1e-5 only, and gives
# 1e100 where the solution is not unique.

# Noncentral t: v degrees of freedom, noncentrality c
student = Cumulative(
    v=slope(sp.nctdtr, 0, lambda v, c, t: v / (1 + 0.5 * v * np.log1p(t * t / v))),
    c=slope(sp.nctdtr, 1),
    t=slope(sp.nctdtr, 2, lambda v, c, t: np.sqrt(np.minimum(v, 1.0))),
)
nctdtr = elementwise(
    sp.nctdtr, *student.rules(), domain=((2.0, 5.0), (-0.5, 1.5), (-1.0, 2.0)), **_BESIDE
)
nctdtrit = elementwise(
    sp.nctdtrit,
    *student.solved("v c p", "t"),
    domain=((2.0, 5.0), (-0.5, 1.5), _CHANCE),
    **_BESIDE,
)
nctdtridf = elementwise(
    sp.nctdtridf,
    *student.solved("p c t", "v"),
    domain=((0.6, 0.62), (0.7, 0.75), (1.1, 1.15)),
    **_BESIDE,
)
nctdtrinc = elementwise(
    sp.nctdtrinc,
    *student.solved("v p t", "c"),
    domain=((2.0, 5.0), (0.4, 0.6), (0.8, 1.5)),
    **_BESIDE,
)

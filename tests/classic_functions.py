"""The table of the classic test functions: where each is searched, and a minimum of it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from classic_sums import (
    ackley,
    alpine,
    brown,
    dixon_price,
    each_ackley,
    each_alpine,
    each_brown,
    each_dixon_price,
    each_griewank,
    each_hyper_ellipsoid,
    each_levy,
    each_michalewicz,
    each_perm,
    each_powell,
    each_rastrigin,
    each_rosenbrock,
    each_salomon,
    each_schwefel,
    each_schwefel_2_22,
    each_sphere,
    each_styblinski_tang,
    each_sum_of_powers,
    each_trid,
    each_zakharov,
    griewank,
    hyper_ellipsoid,
    levy,
    michalewicz,
    perm,
    powell,
    rastrigin,
    rosenbrock,
    salomon,
    schwefel,
    schwefel_2_22,
    sphere,
    styblinski_tang,
    sum_of_powers,
    trid,
    zakharov,
)
from classic_surfaces import (
    beale,
    bird,
    bohachevsky,
    booth,
    branin,
    bukin_6,
    colville,
    cross_in_tray,
    drop_wave,
    easom,
    eggholder,
    forrester,
    goldstein_price,
    gramacy_lee,
    hartmann_3,
    hartmann_6,
    helical_valley,
    himmelblau,
    holder_table,
    kowalik,
    levy_13,
    matyas,
    mccormick,
    schaffer_2,
    schaffer_4,
    shekel,
    six_hump_camel,
    three_hump_camel,
)

PI = np.pi


class Classic(NamedTuple):
    """A function, the box it is searched in, and a minimum of it.

    kinks    numbers that are 0 where the function has no derivative.
    smooth   whether it has derivatives at its minimum.
    free     the coordinates in which the minimum does not lie on the border.
    """

    f: Callable[[Any], Any]
    low: float
    high: float
    at: tuple[float, ...]
    value: float
    each: Callable[[Any], Any] | None = None
    kinks: Callable[[Any], Any] | None = None
    smooth: bool = True
    free: tuple[int, ...] | None = None

    @property
    def name(self) -> str:
        return self.f.__name__


ZERO3 = (0.0, 0.0, 0.0)
SCHWEFEL_AT = 420.968746359982
STYBLINSKI_AT = -2.903534027771177

CLASSICS = (
    Classic(sphere, -5.0, 5.0, ZERO3, 0.0, each_sphere),
    Classic(
        sum_of_powers, -1.0, 1.0, ZERO3, 0.0, each_sum_of_powers, kinks=lambda x: x, smooth=False
    ),
    Classic(hyper_ellipsoid, -5.0, 5.0, ZERO3, 0.0, each_hyper_ellipsoid),
    Classic(
        schwefel_2_22, -5.0, 5.0, ZERO3, 0.0, each_schwefel_2_22, kinks=lambda x: x, smooth=False
    ),
    Classic(rosenbrock, -3.0, 3.0, (1.0, 1.0, 1.0, 1.0), 0.0, each_rosenbrock),
    Classic(ackley, -5.0, 5.0, ZERO3, 0.0, each_ackley, kinks=np.linalg.norm, smooth=False),
    Classic(rastrigin, -5.12, 5.12, ZERO3, 0.0, each_rastrigin),
    Classic(griewank, -50.0, 50.0, ZERO3, 0.0, each_griewank),
    Classic(
        schwefel, -500.0, 500.0, (SCHWEFEL_AT,) * 2, 0.0, each_schwefel, kinks=lambda x: x / 100
    ),
    Classic(levy, -10.0, 10.0, (1.0, 1.0, 1.0), 0.0, each_levy),
    Classic(michalewicz, 0.0, PI, (2.202906, 1.570796), -1.801303, each_michalewicz),
    Classic(
        styblinski_tang, -5.0, 5.0, (STYBLINSKI_AT,) * 3, -117.4984971113, each_styblinski_tang
    ),
    Classic(dixon_price, -5.0, 5.0, (1.0, 2**-0.5, 2**-0.75), 0.0, each_dixon_price),
    Classic(zakharov, -5.0, 5.0, ZERO3, 0.0, each_zakharov),
    Classic(powell, -4.0, 5.0, (0.0, 0.0, 0.0, 0.0), 0.0, each_powell),
    Classic(trid, -16.0, 16.0, (4.0, 6.0, 6.0, 4.0), -16.0, each_trid),
    Classic(brown, -1.0, 2.0, ZERO3, 0.0, each_brown, kinks=lambda x: x),
    Classic(
        alpine,
        -10.0,
        10.0,
        ZERO3,
        0.0,
        each_alpine,
        kinks=lambda x: x * (np.sin(x) + 0.1),
        smooth=False,
    ),
    Classic(salomon, -10.0, 10.0, ZERO3, 0.0, each_salomon, kinks=np.linalg.norm, smooth=False),
    Classic(perm, -3.0, 3.0, (1.0, 2.0, 3.0), 0.0, each_perm),
    Classic(gramacy_lee, 0.5, 2.5, (0.548563444,), -0.869011135),
    Classic(forrester, 0.0, 1.0, (0.757248757,), -6.020740056),
    Classic(beale, -4.5, 4.5, (3.0, 0.5), 0.0),
    Classic(himmelblau, -5.0, 5.0, (3.0, 2.0), 0.0),
    Classic(booth, -10.0, 10.0, (1.0, 3.0), 0.0),
    Classic(matyas, -10.0, 10.0, (0.0, 0.0), 0.0),
    Classic(easom, 0.0, 6.0, (PI, PI), -1.0),
    Classic(mccormick, -1.5, 4.0, (-0.547197553, -1.547197553), -1.913222955),
    Classic(goldstein_price, -2.0, 2.0, (0.0, -1.0), 3.0),
    Classic(six_hump_camel, -2.0, 2.0, (0.089842, -0.712656), -1.031628453),
    Classic(three_hump_camel, -5.0, 5.0, (0.0, 0.0), 0.0),
    Classic(branin, -5.0, 15.0, (PI, 2.275), 0.397887358),
    Classic(levy_13, -10.0, 10.0, (1.0, 1.0), 0.0),
    Classic(bohachevsky, -10.0, 10.0, (0.0, 0.0), 0.0),
    Classic(bird, -2 * PI, 2 * PI, (4.70104, 3.15294), -106.764537),
    Classic(
        bukin_6,
        -15.0,
        3.0,
        (-10.0, 1.0),
        0.0,
        kinks=lambda x: np.stack([x[1] - 0.01 * x[0] ** 2, x[0] + 10]),
        smooth=False,
    ),
    Classic(
        cross_in_tray,
        -3.0,
        3.0,
        (1.349406609, 1.349406609),
        -2.062611871,
        kinks=lambda x: np.sin(x),
    ),
    Classic(
        holder_table,
        -10.0,
        10.0,
        (8.055023, 9.664590),
        -19.2085026,
        kinks=lambda x: np.stack([np.sin(x[0]), np.cos(x[1]), np.hypot(*x), np.hypot(*x) - PI]),
    ),
    Classic(
        eggholder,
        -512.0,
        512.0,
        (512.0, 404.231805),
        -959.640663,
        kinks=lambda x: np.stack([x[0] / 2 + x[1] + 47, x[0] - x[1] - 47]) / 100,
        free=(1,),
    ),
    Classic(drop_wave, -5.12, 5.12, (0.0, 0.0), -1.0, kinks=lambda x: np.hypot(*x), smooth=False),
    Classic(schaffer_2, -5.0, 5.0, (0.0, 0.0), 0.0),
    Classic(
        schaffer_4,
        -5.0,
        5.0,
        (0.0, 1.253131828),
        0.292578632,
        kinks=lambda x: x[0] ** 2 - x[1] ** 2,
    ),
    Classic(
        helical_valley,
        -5.0,
        5.0,
        (1.0, 0.0, 0.0),
        0.0,
        kinks=lambda x: np.stack([np.hypot(x[0], x[1]), np.abs(x[1]) + np.maximum(x[0], 0)]),
    ),
    Classic(colville, -5.0, 5.0, (1.0, 1.0, 1.0, 1.0), 0.0),
    Classic(hartmann_3, 0.0, 1.0, (0.114589, 0.555649, 0.852547), -3.86278),
    Classic(
        hartmann_6, 0.0, 1.0, (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573), -3.32237
    ),
    Classic(shekel, 0.0, 10.0, (4.000747, 4.000593, 3.999663, 3.999510), -10.536443),
    Classic(kowalik, 0.0, 0.5, (0.192833, 0.190836, 0.123117, 0.135766), 0.000307486),
)

"""Print the coefficients in autograd/ops/special.py, and how far off the fit is.

Needs mpmath (pip install mpmath), which the library itself does not use:

    python docs/fit_erf.py

w(x) = -log(1 - erf(x)) / x - 1 is smooth for x >= 0, and fitted by p(x) / q(x). With q(0) = 1 that
is linear in the unknown coefficients: p(x) = w(x) q(x) at as many nodes as there are unknowns. The
nodes are Chebyshev's in 1 / (x + SHIFT), which puts more of them near 0, where an error in w
matters most to erf(x) = 1 - exp(-x (1 + w(x))). The degrees and SHIFT were found by trial: the
smallest that leave an error far below the rounding of float64, with coefficients that are all
positive, so that no evaluation cancels.
"""

import mpmath as mp

# From 5.93 on, erf rounds to 1.
END = mp.mpf("5.93")
NUMERATOR, DENOMINATOR = 9, 8
SHIFT = mp.mpf("0.5")


def w(x: mp.mpf) -> mp.mpf:
    """What the rational function stands for; its limit at 0."""
    return (-mp.log(mp.erfc(x)) / x if x else 2 / mp.sqrt(mp.pi)) - 1


def chebyshev_nodes(count: int) -> list[mp.mpf]:
    low, high = 1 / (END + SHIFT), 1 / SHIFT
    angles = [mp.pi * (i + mp.mpf(1) / 2) / count for i in range(count)]
    return [1 / ((low + high) / 2 + (high - low) / 2 * mp.cos(angle)) - SHIFT for angle in angles]


def fit() -> tuple[list[mp.mpf], list[mp.mpf]]:
    """The coefficients of p and of q, the highest power first."""
    count = NUMERATOR + DENOMINATOR + 1
    rows = []
    for x in chebyshev_nodes(count):
        numerator = [x**j / w(x) for j in range(NUMERATOR + 1)]
        rows.append(numerator + [-(x**j) for j in range(1, DENOMINATOR + 1)])
    solved = list(mp.lu_solve(mp.matrix(rows), mp.ones(count, 1)))
    p, q = solved[: NUMERATOR + 1], [mp.mpf(1), *solved[NUMERATOR + 1 :]]
    return p[::-1], q[::-1]


def show(name: str, coefficients: list[mp.mpf]) -> None:
    print(f"{name} = (")
    for coefficient in coefficients:
        print(f"    {float(coefficient)!r},")
    print(")")


def main() -> None:
    mp.mp.dps = 60
    p, q = fit()
    show("_P", p)
    show("_Q", q)
    # As rounded to float64, in arithmetic that does not round.
    p, q = ([mp.mpf(float(c)) for c in coefficients] for coefficients in (p, q))
    xs = [END * i / 2000 for i in range(1, 2001)]
    fitted = [1 - mp.exp(-x * (1 + mp.polyval(p, x) / mp.polyval(q, x))) for x in xs]
    off = [abs(y / mp.erf(x) - 1) for x, y in zip(xs, fitted, strict=True)]
    print("largest relative error of erf:", mp.nstr(max(off), 2))


if __name__ == "__main__":
    main()

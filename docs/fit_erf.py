"""Print the coefficients in autograd/ops/special.py, and how far off the fit is.

Needs mpmath (pip install mpmath), which the library itself does not use:

    python docs/fit_erf.py

w(x) = -log(1 - erf(x)) / x - 1 is smooth for x >= 0, and fitted by p(x) / q(x). With q(0) = 1 that
is linear in the unknown coefficients: p(x) = w(x) q(x) at as many nodes as there are unknowns. The
nodes are Chebyshev's in 1 / (x + SHIFT), which puts more of them near 0, where an error in w
matters most to erf(x) = 1 - exp(-x (1 + w(x))). The degrees and SHIFT were found by trial: the
smallest that leave an error far below the rounding of float64, with coefficients that are all
positive, so that no evaluation cancels. For float32, where erf is evaluated in float64 and rounded
once, a polynomial is enough: the same with q = 1.
"""

import mpmath as mp

# From 5.93 on, erf rounds to 1; in float32 from 3.95 on.
END, NARROW_END = mp.mpf("5.93"), mp.mpf("3.95")
NUMERATOR, DENOMINATOR, NARROW = 9, 8, 9
SHIFT, NARROW_SHIFT = mp.mpf("0.5"), mp.mpf(1)


def w(x: mp.mpf) -> mp.mpf:
    """What the rational function stands for; its limit at 0."""
    return (-mp.log(mp.erfc(x)) / x if x else 2 / mp.sqrt(mp.pi)) - 1


def chebyshev_nodes(count: int, end: mp.mpf, shift: mp.mpf) -> list[mp.mpf]:
    low, high = 1 / (end + shift), 1 / shift
    angles = [mp.pi * (i + mp.mpf(1) / 2) / count for i in range(count)]
    return [1 / ((low + high) / 2 + (high - low) / 2 * mp.cos(angle)) - shift for angle in angles]


def fit(
    numerator: int, denominator: int, end: mp.mpf, shift: mp.mpf
) -> tuple[list[mp.mpf], list[mp.mpf]]:
    """The coefficients of p and of q, of these degrees, the highest power first."""
    count = numerator + denominator + 1
    rows = []
    for x in chebyshev_nodes(count, end, shift):
        above = [x**j / w(x) for j in range(numerator + 1)]
        rows.append(above + [-(x**j) for j in range(1, denominator + 1)])
    solved = list(mp.lu_solve(mp.matrix(rows), mp.ones(count, 1)))
    p, q = solved[: numerator + 1], [mp.mpf(1), *solved[numerator + 1 :]]
    return p[::-1], q[::-1]


def largest_error(p: list[mp.mpf], q: list[mp.mpf], end: mp.mpf) -> str:
    """Of erf, relatively; coefficients as rounded to float64, in arithmetic that does not round."""
    p, q = ([mp.mpf(float(c)) for c in coefficients] for coefficients in (p, q))
    xs = [end * i / 2000 for i in range(1, 2001)]
    fitted = [1 - mp.exp(-x * (1 + mp.polyval(p, x) / mp.polyval(q, x))) for x in xs]
    off = [abs(y / mp.erf(x) - 1) for x, y in zip(xs, fitted, strict=True)]
    return mp.nstr(max(off), 2)


def show(name: str, coefficients: list[mp.mpf]) -> None:
    print(f"{name} = (")
    for coefficient in coefficients:
        print(f"    {float(coefficient)!r},")
    print(")")


def main() -> None:
    mp.mp.dps = 60
    p, q = fit(NUMERATOR, DENOMINATOR, END, SHIFT)
    show("_P", p)
    show("_Q", q)
    print("largest relative error of erf:", largest_error(p, q, END))
    p, q = fit(NARROW, 0, NARROW_END, NARROW_SHIFT)
    show("_NARROW", p)
    print("largest relative error of erf:", largest_error(p, q, NARROW_END))


if __name__ == "__main__":
    main()

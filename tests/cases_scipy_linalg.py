"""Cases for `test_registry.py`: scipy.linalg."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from cases import BATCH, SQUARE, Case, Constant, array, row_of

import autograd.scipy.linalg as sl
from autograd.scipy.linalg import factoring, matrix_functions, orthogonal, spectral, without

FOUR = array(4, 4, seed=1)
VECTOR, COLUMNS = array(3, seed=2), array(3, 2, seed=3)
Call = tuple[str, Callable[..., Any], tuple[Any, ...]]


def adjoint(a: Any) -> Any:
    """The conjugate transpose."""
    return np.conjugate(np.swapaxes(a, -1, -2))


def hermitian(a: Any) -> Any:
    """A Hermitian matrix."""
    return a + adjoint(a)


def symmetric(a: Any) -> Any:
    """A symmetric matrix, also where it is complex."""
    return a + np.swapaxes(a, -1, -2)


def definite(a: Any) -> Any:
    """A positive definite matrix."""
    return hermitian(a) / 4 + 4 * np.eye(np.shape(a)[-1])


def span(basis: Any) -> Any:
    """The projector onto the span of the columns."""
    return basis @ adjoint(basis)


def cases(row: str, *calls: Call, **more: Any) -> Iterator[Case]:
    """A case per call, for complex numbers as well; `row` is one that they all reach."""
    more = {"complex": True, **more}
    for name, function, args in calls:
        yield Case(f"scipy {row} {name}", row_of(row), function, args, **more)


def system_cases() -> Iterator[Case]:
    row = "solve with structure"
    for structure in (None, "gen", "diagonal", "tridiagonal", "banded"):
        b = VECTOR if structure == "gen" else COLUMNS
        yield from cases(
            row,
            (
                f"{structure}",
                lambda a, b, s=structure: sl.solve(a, b, assume_a=s),
                (SQUARE, b),
            ),
        )
    for structure in ("upper triangular", "lower triangular"):
        yield from cases(
            row,
            (structure, lambda a, b, s=structure: sl.solve(a, b, assume_a=s), (SQUARE, VECTOR)),
        )
        yield from cases(
            row,
            (
                f"{structure} transposed",
                lambda a, b, s=structure: sl.solve(a, b, assume_a=s, transposed=True),
                (SQUARE, VECTOR),
            ),
            complex=False,
        )
    for structure, whole in (("sym", symmetric), ("her", hermitian), ("pos", definite)):
        for lower in (False, True):
            yield from cases(
                row,
                (
                    f"{structure} {lower}",
                    lambda a, b, s=structure, w=whole, low=lower: sl.solve(
                        w(a), b, low, assume_a=s
                    ),
                    (BATCH if lower else SQUARE, COLUMNS),
                ),
            )
    yield from cases(
        row,
        ("batch", sl.solve, (BATCH, VECTOR)),
        ("inv", lambda a: sl.inv(definite(a), assume_a="pos"), (BATCH,)),
    )
    yield from cases("inv", ("inv", sl.inv, (BATCH,)))
    row = "solve_triangular"
    for trans, lower, unit in ((t, low, u) for t in (0, "T", 2) for low in (0, 1) for u in (0, 1)):
        yield from cases(
            row,
            (
                f"{trans} {lower} {unit}",
                lambda a, b, o=(trans, lower, unit): sl.solve_triangular(a, b, *o),
                (SQUARE if unit else BATCH, COLUMNS if unit else VECTOR),
            ),
        )
    yield from cases(row, ("batch of b", sl.solve_triangular, (SQUARE, array(2, 3, 2))))
    for lower in (False, True):
        yield from cases(
            row,
            ("cho_solve", lambda c, b, low=lower: sl.cho_solve((c, low), b), (SQUARE, COLUMNS)),
        )


def banded_cases() -> Iterator[Case]:
    ab = array(4, 4, seed=6) + 4 * np.eye(1, 4, 1).T
    row = "solve_banded"
    for lower, upper in ((2, 1), (1, 1), (0, 1), (1, 0), (0, 0)):
        middle = ab[1 - upper : 2 + lower]
        yield from cases(
            row,
            (
                f"{lower} {upper}",
                lambda ab, b, bands=(lower, upper): sl.solve_banded(bands, ab, b),
                (middle, array(4) if lower == upper else array(4, 2)),
            ),
        )
    batch = np.stack([ab[:3], ab[:3] * 0.8])
    yield from cases(
        row, ("batch", lambda ab, b: sl.solve_banded((1, 1), ab, b), (batch, array(4, 2)))
    )

    def positive(ab: Any, lower: bool) -> Any:
        place = np.eye(1, 3, 0 if lower else 2).T
        return 0.3 * ab * (1 - place) + place * (np.real(ab) + 5)

    for lower in (False, True):
        yield from cases(
            "solveh_banded",
            *(
                (
                    f"{lower} {b.ndim}",
                    lambda ab, b, low=lower: sl.solveh_banded(positive(ab, low), b, lower=low),
                    (ab[:3], b),
                )
                for b in (array(4), array(4, 2))
            ),
        )
        yield from cases(
            row,
            (
                f"cho_solve_banded {lower}",
                lambda ab, b, low=lower: sl.cho_solve_banded((positive(ab, low), low), b),
                (ab[:3], array(4, 2)),
            ),
        )
        yield from cases(
            "eigvalsh",
            (
                f"eigvals_banded {lower}",
                lambda ab, low=lower: sl.eigvals_banded(positive(ab, low), lower=low),
                (ab[:3],),
            ),
        )
    yield from cases(
        "eigvalsh",
        ("eigvalsh_tridiagonal", sl.eigvalsh_tridiagonal, (ab[0], ab[1, :3])),
        complex=False,
    )
    yield from cases(
        "eigh",
        (
            "eigh_tridiagonal",
            lambda d, e: np.square(sl.eigh_tridiagonal(d, e)[1]),
            (ab[0], ab[1, :3]),
        ),
        complex=False,
    )


def structured_cases() -> Iterator[Case]:
    v, w = array(4, seed=4), array(4, seed=5)
    row = "sliding_window_view"
    yield from cases(
        row,
        ("toeplitz", sl.toeplitz, (v,)),
        ("toeplitz of two", sl.toeplitz, (v, w[:3])),
        ("toeplitz batch", sl.toeplitz, (array(2, 3), array(2, 4))),
        ("hankel", sl.hankel, (v,)),
        ("hankel of two", sl.hankel, (v, w[:3])),
        ("circulant", sl.circulant, (array(2, 3),)),
        *(
            (
                f"convolution_matrix {mode} {n}",
                lambda a, n=n, m=mode: sl.convolution_matrix(a, n, m),
                (v,),
            )
            for mode in ("full", "same", "valid")
            for n in (2, 5)
        ),
    )
    yield from cases(
        "concatenate",
        ("companion", sl.companion, (v + 3,)),
        ("companion batch", sl.companion, (array(2, 3) + 3,)),
        ("companion of two", sl.companion, (v[:2],)),
        ("leslie", sl.leslie, (v, w[:3])),
        ("leslie batch", sl.leslie, (array(2, 4), array(2, 3))),
        ("block_diag", sl.block_diag, (array(2, 4), v, array(3, 1))),
        ("block_diag batch", sl.block_diag, (array(2, 2, 4), array(3, 1))),
    )
    yield from cases("absolute", ("fiedler", sl.fiedler, (array(2, 4),)), complex=False)
    yield from cases(
        "multiply",
        ("khatri_rao", sl.khatri_rao, (array(2, 3), SQUARE)),
        ("khatri_rao batch", sl.khatri_rao, (array(2, 2, 3), SQUARE)),
        ("diagsvd", lambda s: sl.diagsvd(s, 4, 3), (VECTOR,)),
        ("diagsvd batch", lambda s: sl.diagsvd(s, 3, 5), (array(2, 3),)),
    )
    c = v + np.array([7.0, 0, 0, 0])
    for b in (array(4), array(4, 2)):
        yield from cases(
            "solve_toeplitz",
            (f"{b.ndim}", sl.solve_toeplitz, (c, b)),
            (f"of two {b.ndim}", lambda c, r, b: sl.solve_toeplitz((c, r), b), (c, w, b)),
        )
        yield from cases("solve_circulant", (f"{b.ndim}", sl.solve_circulant, (c, b)))
        yield from cases(
            "multiply",
            (f"matmul_toeplitz {b.ndim}", sl.matmul_toeplitz, (c, b)),
            (
                f"matmul_toeplitz of two {b.ndim}",
                lambda c, r, b: sl.matmul_toeplitz((c, r), b),
                (VECTOR, w, b),
            ),
        )
    axes: dict[str, Any] = {"caxis": 0, "baxis": -1, "outaxis": -1}
    yield from cases(
        "solve_circulant",
        ("axes", lambda c, b: sl.solve_circulant(c, b, **axes), (np.stack([c, c + 1], 1), v)),
        ("lstsq", lambda c, b: sl.solve_circulant(c, b, singular="lstsq"), (c, v)),
    )


def equation_cases() -> Iterator[Case]:
    small, q = array(2, 2) + 3 * np.eye(2), array(3, 3, seed=1)
    yield from cases(
        "solve_sylvester",
        ("", sl.solve_sylvester, (SQUARE, small, array(3, 2))),
        ("batch", sl.solve_sylvester, (BATCH, small, array(3, 2))),
        ("continuous lyapunov", sl.solve_continuous_lyapunov, (SQUARE, q)),
        (
            "bilinear lyapunov",
            lambda a, q: sl.solve_discrete_lyapunov(a, q, "bilinear"),
            (SQUARE / 7, q),
        ),
    )
    yield from cases("solve", ("lyapunov", sl.solve_discrete_lyapunov, (SQUARE / 7, q)))
    r, e, s = array(2, 2, seed=9), array(3, 3, seed=5) / 5, array(3, 2, seed=6) / 5
    for solve in (sl.solve_continuous_are, sl.solve_discrete_are):

        def riccati(a: Any, b: Any, q: Any, r: Any, f: Any = solve) -> Any:
            return f(a, b, 2 * definite(q), 2 * definite(r))

        def extended(a: Any, b: Any, q: Any, r: Any, e: Any, s: Any, f: Any = solve) -> Any:
            return f(a, b, 2 * definite(q), 2 * definite(r), np.eye(3) + e, s)

        args = (q, array(3, 2, seed=8), array(3, 3, seed=3), r)
        yield from cases(solve.__name__, ("", riccati, args), ("e and s", extended, (*args, e, s)))


def factor_cases() -> Iterator[Case]:
    for lower in (False, True):
        yield from cases(
            "cholesky",
            (f"{lower}", lambda a, low=lower: sl.cholesky(definite(a), low), (BATCH,)),
            (
                f"cho_factor {lower}",
                lambda a, b, low=lower: sl.cho_solve(sl.cho_factor(definite(a), low), b),
                (SQUARE, VECTOR),
            ),
        )
    row = "lu_factor"
    for name, a in (
        ("square", FOUR),
        ("wide", FOUR[:3]),
        ("tall", FOUR[:, :3]),
        ("batch", np.stack([FOUR[:2], FOUR[2:]])),
    ):
        yield from cases(
            row,
            (f"lu {name}", lambda a: sl.lu(a)[1:], (a,)),
            (f"lu permuted {name}", lambda a: sl.lu(a, permute_l=True), (a,)),
            (f"{name}", lambda a: sl.lu_factor(a)[0], (a,)),
        )
    for trans in (0, 1, 2):
        yield from cases(
            row,
            *(
                (
                    f"lu_solve {trans} {name}",
                    lambda a, b, trans=trans: sl.lu_solve(sl.lu_factor(a), b, trans),
                    args,
                )
                for name, args in (
                    ("vector", (FOUR, array(4))),
                    ("batch of b", (FOUR, array(2, 4, 1))),
                    ("batch", (BATCH, COLUMNS)),
                )
            ),
        )


def orthogonal_cases() -> Iterator[Case]:
    tall, wide, low = FOUR[:, :3], FOUR[:3], FOUR[:, :2]
    for name, a in (("square", FOUR), ("wide", wide), ("tall", tall), ("batch", BATCH)):
        yield from cases(
            "unitary factor of polar",
            (f"right {name}", lambda a: tuple(sl.polar(a)), (a,)),
            (f"left {name}", lambda a: tuple(sl.polar(a, "left")), (a,)),
        )
        yield from cases("pinv", (name, sl.pinv, (a,)))
    yield from cases(
        "unitary factor of polar",
        ("procrustes", sl.orthogonal_procrustes, (FOUR[:, :3], FOUR[:, 1:])),
    )
    yield from cases("pinv", ("low rank", lambda a: sl.pinv(a[:, :2] @ a[:2], rtol=1e-3), (FOUR,)))
    yield from cases(
        "from one triangle",
        ("", lambda a: sl.pinvh(hermitian(a)), (FOUR,)),
        ("upper", lambda a: sl.pinvh(hermitian(a), lower=False), (FOUR,)),
        ("low rank", lambda a: sl.pinvh(span(a), rtol=1e-3), (low,)),
    )
    yield from cases("null_space", ("", lambda a: span(sl.null_space(a)), (FOUR[:2],)))
    yield from cases("null_space", ("of one", sl.null_space, (wide,)), complex=False)
    yield from cases(
        "orth",
        ("", lambda a: span(sl.orth(a)), (low,)),
    )


def spectral_cases() -> Iterator[Case]:
    metric = array(4, 4, seed=4)

    def invariants(w: Any, v: Any) -> Any:
        return w, np.abs(v) ** 2, span(v[..., :1])

    yield from cases(
        "eigh",
        ("", lambda a: invariants(*sl.eigh(hermitian(a))), (FOUR,)),
        ("b", lambda a, b: invariants(*sl.eigh(hermitian(a), 2 * definite(b))), (FOUR, metric)),
    )
    yield from cases(
        "eigvalsh",
        ("upper", lambda a: sl.eigh(hermitian(a), lower=False, eigvals_only=True), (FOUR,)),
        ("b", lambda a, b: sl.eigvalsh(hermitian(a), 2 * definite(b)), (FOUR, metric)),
        (
            "b upper",
            lambda a, b: sl.eigvalsh(hermitian(a), 2 * definite(b), lower=False),
            (FOUR, metric),
        ),
        ("subset", lambda a: sl.eigvalsh(hermitian(a), subset_by_index=[1, 2]), (FOUR,)),
        ("batch", lambda a: sl.eigvalsh(hermitian(a)), (BATCH,)),
    )
    yield from cases("det", ("det", sl.det, (BATCH,)))
    yield from cases("norm", ("norm", lambda a: sl.norm(a, axis=0), (FOUR,)))


def function_cases() -> Iterator[Case]:
    def logm(a: Any) -> Any:
        # SciPy's own warns of the rounding in single precision.
        return sl.logm(a.astype(np.result_type(a.dtype, np.float64)))

    for f in (sl.expm, logm, sl.sqrtm, sl.signm):
        yield from cases(f.__name__, ("third order", f, (SQUARE[:2, :2],)), order=3)
        yield from cases(f.__name__, ("batch", f, (BATCH,)))
    signs = SQUARE - np.diag([0.0, 6.0, 0.0])
    yield from cases("signm", ("of both signs", sl.signm, (signs,)))
    yield from cases(
        "expm",
        *((f.__name__, f, (FOUR,)) for f in (sl.cosm, sl.sinm, sl.tanm)),
        *((f.__name__, f, (FOUR,)) for f in (sl.coshm, sl.sinhm, sl.tanhm)),
        ("expm_frechet", sl.expm_frechet, (SQUARE / 6, FOUR[:3, :3])),
        (
            "expm_frechet alone",
            lambda a, e: sl.expm_frechet(a, e, compute_expm=False),
            (SQUARE / 6, FOUR[:3, :3]),
        ),
    )
    row = "fractional_matrix_power"
    for exponent in (0.5, -1.3, 2, -1):
        yield from cases(
            row, (f"{exponent}", lambda a, t=exponent: sl.fractional_matrix_power(a, t), (SQUARE,))
        )
    yield from cases(
        row, ("by its exponent", sl.fractional_matrix_power, (SQUARE, 0.7)), complex=False
    )


def delegated_cases() -> Iterator[Case]:
    """What numpy.linalg does."""
    tall, wide, low = FOUR[:, :3], FOUR[:3], FOUR[:, :2]
    yield from cases(
        "qr",
        ("full", sl.qr, (FOUR,)),
        ("economic", lambda a: sl.qr(a, mode="economic"), (tall,)),
        ("r", lambda a: sl.qr(a, mode="r"), (tall,)),
        ("pivots", lambda a: sl.qr(a, pivoting=True)[:2], (FOUR,)),
        ("rq", sl.rq, (FOUR,)),
        ("rq of a wide one", lambda a: sl.rq(a, mode="economic"), (wide,)),
        ("rq of a tall one", lambda a: sl.rq(a, mode="economic"), (tall,)),
        ("rq r", lambda a: sl.rq(a, mode="r"), (FOUR,)),
    )
    yield from cases(
        "lstsq",
        ("", lambda a, b: sl.lstsq(a, b)[:2], (tall, array(4))),
        ("columns", lambda a, b: sl.lstsq(a, b)[:2], (tall, array(4, 2))),
        ("wide", lambda a, b: sl.lstsq(a, b)[0], (wide, VECTOR)),
    )
    yield from cases("svdvals", ("svdvals", sl.svdvals, (FOUR,)))
    yield from cases(
        "svd", ("svd", lambda a: sl.svd(a, full_matrices=False), (FOUR,)), complex=False
    )
    yield from cases("eig", ("eig", sl.eig, (FOUR,)))
    yield from cases("eigvals", ("eigvals", sl.eigvals, (FOUR,)))
    yield from cases("eig", ("funm", lambda a: sl.funm(a, np.sin), (SQUARE,)))
    yield from cases(
        "orth",
        ("subspace_angles", sl.subspace_angles, (low, array(4, 2, seed=3))),
        ("subspace_angles of a line", sl.subspace_angles, (low, array(4, 1, seed=3))),
    )


CASES = [
    *system_cases(),
    *banded_cases(),
    *structured_cases(),
    *equation_cases(),
    *factor_cases(),
    *orthogonal_cases(),
    *spectral_cases(),
    *function_cases(),
    *delegated_cases(),
]

CONSTANTS = [
    Constant(row.name, row.function, row, args)
    for row, args in (
        (without.bandwidth, (np.triu(FOUR),)),
        (without.issymmetric, (symmetric(FOUR),)),
        (without.ishermitian, (FOUR,)),
        (orthogonal.pivots_of_columns, (FOUR,)),
        (matrix_functions.size_of_matrix, (BATCH,)),
    )
] + [
    Constant(
        "permutation",
        factoring.permutation.function,
        lambda p: factoring.permutation(p.astype(int), rows=3),
        (np.array([1, 2]),),
    ),
    Constant(
        "signs of columns",
        spectral.signs_of_columns.function,
        lambda a: spectral.signs_of_columns(np.eye(4), a, None, lower=True),
        (symmetric(FOUR),),
    ),
    Constant(
        "signs of the rows",
        orthogonal.signs_of_rows.function,
        lambda a: orthogonal.signs_of_rows(a, np.eye(4), mode="full"),
        (FOUR,),
    ),
]

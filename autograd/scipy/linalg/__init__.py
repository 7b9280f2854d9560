"""scipy.linalg, with derivatives of every order in both modes.

systems      solve, solve_triangular, cho_solve, inv
banded       solve_banded, solveh_banded, cho_solve_banded, cholesky_banded, eig_banded,
             eigvals_banded, eigh_tridiagonal, eigvalsh_tridiagonal
structured   toeplitz, circulant, hankel, convolution_matrix, companion, leslie, fiedler,
             block_diag, khatri_rao; solve_toeplitz, matmul_toeplitz, solve_circulant
equations    solve_sylvester, solve_continuous_lyapunov, solve_discrete_lyapunov,
             solve_continuous_are, solve_discrete_are
factors      cholesky, cho_factor, lu, lu_factor, lu_solve, qr, rq, polar, orthogonal_procrustes,
             pinv, pinvh, lstsq, null_space, orth, subspace_angles
spectra      eig, eigvals, eigh, eigvalsh, svd, svdvals, diagsvd, det, norm
functions    expm, expm_frechet, logm, sqrtm, fractional_matrix_power, signm, funm,
             cosm, sinm, tanm, coshm, sinhm, tanhm
plain        bandwidth, ishermitian, issymmetric; SciPy's others, which refuse Values

Given plain arrays each is SciPy's own. Given a Value, leading axes are a batch where SciPy has one;
options that say how to compute (overwrite_a, check_finite, drivers) change nothing.
"""

from typing import Any

from autograd.scipy.linalg.banded import (
    cho_solve_banded,
    cholesky_banded,
    eig_banded,
    eigh_tridiagonal,
    eigvals_banded,
    eigvalsh_tridiagonal,
    solve_banded,
    solveh_banded,
)
from autograd.scipy.linalg.equations import (
    solve_continuous_are,
    solve_continuous_lyapunov,
    solve_discrete_are,
    solve_discrete_lyapunov,
    solve_sylvester,
)
from autograd.scipy.linalg.factoring import cho_factor, cholesky, lu, lu_factor, lu_solve
from autograd.scipy.linalg.matrix_functions import (
    coshm,
    cosm,
    expm,
    expm_frechet,
    fractional_matrix_power,
    funm,
    logm,
    signm,
    sinhm,
    sinm,
    sqrtm,
    tanhm,
    tanm,
)
from autograd.scipy.linalg.orthogonal import (
    lstsq,
    null_space,
    orth,
    orthogonal_procrustes,
    pinv,
    pinvh,
    polar,
    qr,
    rq,
    subspace_angles,
)
from autograd.scipy.linalg.spectral import (
    det,
    diagsvd,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    norm,
    svd,
    svdvals,
)
from autograd.scipy.linalg.structured import (
    block_diag,
    circulant,
    companion,
    convolution_matrix,
    fiedler,
    hankel,
    khatri_rao,
    leslie,
    matmul_toeplitz,
    solve_circulant,
    solve_toeplitz,
    toeplitz,
)
from autograd.scipy.linalg.systems import cho_solve, inv, solve, solve_triangular
from autograd.scipy.linalg.without import bandwidth, ishermitian, issymmetric, of_plain_arrays

solve_lyapunov = solve_continuous_lyapunov


def __getattr__(name: str) -> Any:
    """SciPy's own, where there is no derivative."""
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return of_plain_arrays(name)


__all__ = [
    "bandwidth",
    "block_diag",
    "cho_factor",
    "cho_solve",
    "cho_solve_banded",
    "cholesky",
    "cholesky_banded",
    "circulant",
    "companion",
    "convolution_matrix",
    "coshm",
    "cosm",
    "det",
    "diagsvd",
    "eig",
    "eig_banded",
    "eigh",
    "eigh_tridiagonal",
    "eigvals",
    "eigvals_banded",
    "eigvalsh",
    "eigvalsh_tridiagonal",
    "expm",
    "expm_frechet",
    "fiedler",
    "fractional_matrix_power",
    "funm",
    "hankel",
    "inv",
    "ishermitian",
    "issymmetric",
    "khatri_rao",
    "leslie",
    "logm",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_solve",
    "matmul_toeplitz",
    "norm",
    "null_space",
    "orth",
    "orthogonal_procrustes",
    "pinv",
    "pinvh",
    "polar",
    "qr",
    "rq",
    "signm",
    "sinhm",
    "sinm",
    "solve",
    "solve_banded",
    "solve_circulant",
    "solve_continuous_are",
    "solve_continuous_lyapunov",
    "solve_discrete_are",
    "solve_discrete_lyapunov",
    "solve_lyapunov",
    "solve_sylvester",
    "solve_toeplitz",
    "solve_triangular",
    "solveh_banded",
    "sqrtm",
    "subspace_angles",
    "svd",
    "svdvals",
    "tanhm",
    "tanm",
    "toeplitz",
]

"""One call for every function of NumPy whose output moves with its input, and for every other.

A call is an expression in `np`, the namespace under test, and in the variables of `VARIABLES`,
by all of which it is differentiated. Plain NumPy, so that peers can be asked as well. Where `|`
parts several calls, this project has to pass all of them, and a peer any one.
"""

from typing import Any

import numpy


def _spread(low: float, high: float, *shape: int, seed: int = 0) -> numpy.ndarray:
    """Numbers of the interval with room between any two."""
    random = numpy.random.default_rng(seed)
    size = int(numpy.prod(shape))
    places = random.permutation(size) + random.uniform(0.2, 0.8, size)
    return (low + (high - low) * places / size).reshape(shape)


VARIABLES: dict[str, Any] = {
    "x": _spread(-1.2, 1.3, 4),
    "y": _spread(-1.3, 1.2, 4, seed=1),
    "u": _spread(0.1, 0.9, 4, seed=2),
    "p": _spread(1.2, 3.0, 4, seed=3),
    "q": _spread(0.5, 1.5, 2, seed=4),
    "k": numpy.sort(_spread(-1.5, 1.5, 4, seed=5)),
    "s": 0.7,
    "A": _spread(-2.0, 2.0, 2, 3, seed=6),
    "B": _spread(-2.0, 2.0, 3, 2, seed=7),
    "S": _spread(-1.0, 1.0, 3, 3, seed=8) + 2.0 * numpy.eye(3),
    "T": _spread(-2.0, 2.0, 2, 3, 2, seed=9),
    "z": _spread(-2.0, 2.0, 4, seed=10) + 1j * _spread(-2.0, 2.0, 4, seed=11),
}

# Templates: what stands for {} is the name, with its module in front of it.
_FAMILIES = {
    "{}(x)": """
        numpy: absolute negative positive sin cos tan sinh cosh tanh arctan arcsinh exp exp2 expm1
        square cbrt reciprocal deg2rad degrees rad2deg radians fabs sinc i0 copy ravel sort
        atleast_1d atleast_2d atleast_3d diag diagflat flip flipud ediff1d diff gradient unwrap
        trim_zeros vander meshgrid unique unique_values nan_to_num broadcast_arrays array asarray
        asanyarray ascontiguousarray asfortranarray asarray_chkfinite require fromiter real_if_close
        trapezoid unique_all unique_counts unique_inverse
        emath: arcsin arccos arctanh
    """,
    "{}(u)": "numpy: arcsin arccos arctanh",
    "{}(p)": """
        numpy: log log2 log10 log1p sqrt arccosh
        emath: sqrt log log2 log10
    """,
    "{}(z)": "numpy: real imag conjugate angle sign sort_complex",
    "{}(x, y)": """
        numpy: add subtract multiply maximum minimum fmax fmin arctan2 hypot logaddexp logaddexp2
        copysign nextafter dot vdot inner outer vecdot convolve correlate kron append cov corrcoef
        union1d setxor1d setdiff1d polyadd polysub polymul
        linalg: outer vecdot
    """,
    "{}(x, p)": "numpy: divide remainder fmod divmod",
    "{}(p, y)": """
        numpy: power float_power
        emath: power
    """,
    "{}(A, axis=1)": """
        numpy: sum mean prod max min var std nansum nanmean nanprod nanmax nanmin nanvar nanstd
        median nanmedian amax amin ptp average cumsum cumprod nancumsum nancumprod cumulative_sum
        cumulative_prod
    """,
    "{}(A)": """
        numpy: transpose squeeze fliplr rot90 tril triu trace matrix_transpose
        linalg: norm matrix_norm vector_norm matrix_transpose diagonal trace pinv svdvals qr cond
        fft: fft ifft fft2 ifft2 fftn ifftn fftshift ifftshift
    """,
    "{}(A) | {}(B)": "fft: rfft irfft rfft2 irfft2 rfftn irfftn hfft ihfft",
    "{}([A, 2.0 * A])": """
        numpy: concatenate stack vstack hstack dstack column_stack row_stack block
    """,
    "{}(A, q / 2, axis=1) | {}(A, 0.3, axis=1)": "numpy: quantile nanquantile",
    "{}(A, 50 * q, axis=1) | {}(A, 30, axis=1)": "numpy: percentile nanpercentile",
    "{}(A, B)": "numpy: matmul\nlinalg: matmul",
    "{}(S)": "linalg: inv det slogdet eig eigvals",
    "{}(S + S.T)": "linalg: eigh eigvalsh",
    "{}(p, q)": "numpy: polyval polydiv",
}

SAMPLES: dict[str, str] = {
    # Elementwise
    "numpy.heaviside": "np.heaviside(np.array([-1.0, 0.0, 2.0]), s)",
    "numpy.ldexp": "np.ldexp(x, np.array([1, 2, 0, -1]))",
    "numpy.frexp": "np.frexp(3.0 * x)[0]",
    "numpy.modf": "np.modf(3.0 * x)[0]",
    "numpy.clip": "np.clip(x, -s, s) | np.clip(x, -0.5, 0.7)",
    "numpy.where": "np.where(np.array([True, False, True, True]), x, y)",
    "numpy.emath.logn": "np.emath.logn(2.0, p)",
    "numpy.astype": "np.astype(x, complex)",
    "numpy.select": "np.select([x > 0.5, x > -0.5], [x**2, y], s)",
    "numpy.choose": "np.choose(np.array([0, 1, 1, 0]), [x, y])",
    "numpy.piecewise": "np.piecewise(x, [x < 0, x >= 0], [lambda t: t**2, lambda t: t**3])",
    # Products of arrays
    "numpy.matvec": "np.matvec(A, B[:, 0])",
    "numpy.vecmat": "np.vecmat(A[:, 0], A)",
    "numpy.einsum": "np.einsum('ij,jk->ik', A, B)",
    "numpy.tensordot": "np.tensordot(A, B, 1)",
    "numpy.cross": "np.cross(A, B.T)",
    # Shapes
    "numpy.diagonal": "np.diagonal(A) | np.diagonal(S, 0, -1, -2)",
    "numpy.reshape": "np.reshape(A, (3, 2))",
    "numpy.swapaxes": "np.swapaxes(A, 0, 1)",
    "numpy.moveaxis": "np.moveaxis(T, 0, -1)",
    "numpy.rollaxis": "np.rollaxis(T, 2)",
    "numpy.expand_dims": "np.expand_dims(A, 1)",
    "numpy.broadcast_to": "np.broadcast_to(x, (2, 4)) | np.broadcast_to(A[:1], (2, 3))",
    "numpy.split": "np.split(x, 2)",
    "numpy.array_split": "np.array_split(x, 3)",
    "numpy.hsplit": "np.hsplit(x, 2) | np.hsplit(A, 3)",
    "numpy.vsplit": "np.vsplit(A, 2)",
    "numpy.dsplit": "np.dsplit(T, 2)",
    "numpy.unstack": "np.unstack(A)",
    "numpy.pad": "np.pad(x, 1, constant_values=s) | np.pad(x, 1, 'constant')",
    "numpy.repeat": "np.repeat(x, 2)",
    "numpy.tile": "np.tile(x, 2)",
    "numpy.roll": "np.roll(x, 1)",
    "numpy.resize": "np.resize(x, (2, 3))",
    "numpy.insert": "np.insert(x, 1, s) | np.insert(x, 1, 2.0)",
    "numpy.delete": "np.delete(x, 1)",
    "numpy.take": "np.take(x, np.array([0, 2, 2]))",
    "numpy.take_along_axis": "np.take_along_axis(x, np.array([0, 2, 2]), 0)",
    "numpy.compress": "np.compress(np.array([True, False, True, True]), x)",
    "numpy.extract": "np.extract(np.array([True, False, True, True]), x)",
    "numpy.partition": "np.partition(x, 1)",
    "numpy.intersect1d": "np.intersect1d(x, np.concatenate([x[:2], y]))",
    "numpy.apply_along_axis": "np.apply_along_axis(lambda r: r * r[0], 1, A)",
    "numpy.apply_over_axes": "np.apply_over_axes(np.sum, T, [0, 2])",
    # Written into a copy
    "numpy.put": "written(np.put, x, np.array([0, 2]), q)",
    "numpy.put_along_axis": "written(np.put_along_axis, A, np.array([[0], [2]]), s, 1)",
    "numpy.place": "written(np.place, x, np.array([True, False, True, False]), q)",
    "numpy.putmask": "written(np.putmask, x, np.array([True, False, True, False]), y)",
    "numpy.copyto": "written(np.copyto, A, s)",
    "numpy.fill_diagonal": "written(np.fill_diagonal, S, s)",
    # Out of numbers
    "numpy.full": "np.full((2, 2), s)",
    "numpy.full_like": "np.full_like(x, s)",
    "numpy.arange": "np.arange(s, 3.0, 0.4 * s)",
    "numpy.linspace": "np.linspace(s, x, 3) | np.linspace(s, 2.0, 3)",
    "numpy.logspace": "np.logspace(s, x, 3) | np.logspace(s, 2.0, 3)",
    "numpy.geomspace": "np.geomspace(s, p, 3) | np.geomspace(s, 2.0, 3)",
    "numpy.kaiser": "np.kaiser(5, s)",
    "numpy.fromfunction": "np.fromfunction(lambda i, j: s * i + j * s**2, (2, 3))",
    "numpy.vectorize": "np.vectorize(lambda a, b: a * b)(x, s)",
    "numpy.frompyfunc": "np.frompyfunc(lambda a, b: a * b, 2, 1)(x, s)",
    "numpy.fft.fftfreq": "np.fft.fftfreq(5, s)",
    "numpy.fft.rfftfreq": "np.fft.rfftfreq(5, s)",
    "numpy.lib.stride_tricks.as_strided": "np.lib.stride_tricks.as_strided(x, (3, 2), (8, 8))",
    "numpy.lib.stride_tricks.sliding_window_view": (
        "np.lib.stride_tricks.sliding_window_view(x, 2)"
    ),
    "numpy.r_": "np.r_[x, s]",
    "numpy.c_": "np.c_[x, y]",
    "numpy.ndenumerate": "[v for _, v in np.ndenumerate(A)]",
    "numpy.poly1d": "np.poly1d(p)(y)",
    # Methods of ufuncs
    "numpy.ufunc.reduce": "np.add.reduce(A) | np.multiply.reduce(A, axis=1)",
    "numpy.ufunc.accumulate": "np.add.accumulate(A) | np.multiply.accumulate(A, axis=1)",
    "numpy.ufunc.reduceat": "np.add.reduceat(x, np.array([0, 2]))",
    "numpy.ufunc.outer": "np.multiply.outer(x, y)",
    "numpy.ufunc.at": "written(np.add.at, x, np.array([0, 2]), q)",
    # Calculus, statistics, polynomials
    "numpy.interp": "np.interp(u - 0.5, k, y)",
    "numpy.histogram": "np.histogram(np.array([1.0, 2.0, 2.5, 4.0]), 3, weights=x)",
    "numpy.histogram2d": "np.histogram2d(np.arange(4.0), np.arange(4.0), 2, weights=x)",
    "numpy.histogramdd": "np.histogramdd(np.eye(4), 2, weights=x)[0]",
    "numpy.histogram_bin_edges": "np.histogram_bin_edges(x, 3)",
    "numpy.bincount": "np.bincount(np.array([0, 1, 1, 3]), x)",
    "numpy.poly": "np.poly(x)",
    "numpy.polyder": "np.polyder(x)",
    "numpy.polyint": "np.polyint(x)",
    "numpy.polyfit": "np.polyfit(k, y, 2)",
    "numpy.roots": "np.roots(p)",
    # Linear algebra
    "numpy.linalg.solve": "np.linalg.solve(S, B)",
    "numpy.linalg.lstsq": "np.linalg.lstsq(B, x[:3], rcond=None)[0]",
    "numpy.linalg.cholesky": "np.linalg.cholesky(S @ S.T)",
    "numpy.linalg.matrix_power": "np.linalg.matrix_power(S, 3)",
    "numpy.linalg.multi_dot": "np.linalg.multi_dot([A, B, A])",
    "numpy.linalg.tensordot": "np.linalg.tensordot(A, B, axes=1)",
    "numpy.linalg.tensorsolve": "np.linalg.tensorsolve(np.reshape(S, (1, 3, 3)), B[:, :1].T)",
    "numpy.linalg.tensorinv": "np.linalg.tensorinv(np.reshape(S, (3, 1, 3)), ind=1)",
    "numpy.linalg.cross": "np.linalg.cross(A, B.T)",
    # Eigenvectors are determined up to a factor: what does not depend on it
    "numpy.linalg.eig": "np.abs(np.linalg.eig(S)[1]), np.linalg.eig(S)[0]",
    "numpy.linalg.eigh": "np.abs(np.linalg.eigh(S + S.T)[1]), np.linalg.eigh(S + S.T)[0]",
    "numpy.linalg.svd": "np.linalg.svd(A, full_matrices=False)",
    "numpy.trapezoid": "np.trapezoid(x, k) | np.trapezoid(x)",
    "numpy.fromiter": "np.fromiter([x[0], x[1]], float)",
    "numpy.array": "np.array([x[0], s])",
}

# numpy.polynomial: the functions of each basis, by the rest of their names behind the prefix.
BASES = {
    "polynomial": "poly",
    "chebyshev": "cheb",
    "legendre": "leg",
    "laguerre": "lag",
    "hermite": "herm",
    "hermite_e": "herme",
}
_SERIES = {
    "line": "(s, 2.0 * s)",
    "add": "(p, q)",
    "sub": "(q, p)",
    "mulx": "(p)",
    "mul": "(p, q)",
    "div": "(p, q)",
    "pow": "(q, 3)",
    "val": "(x, A)",
    "valfromroots": "(x, q)",
    "der": "(A, 2, s, axis=1)",
    "int": "(p, 2, q, s, 2.0 * s)",
    "2poly": "(p)",
    "fromroots": "(x)",
    "vander": "(x, 3)",
    "fit": "(x, y, 2)",
    "trim": "(p)",
    "roots": "(p)",
    "val2d": "(x, y, A)",
    "val3d": "(x, y, p, T)",
    "grid2d": "(x, p, A)",
    "grid3d": "(x, y, q, T)",
    "vander2d": "(x, y, [1, 2])",
    "vander3d": "(x, y, p, [1, 2, 1])",
    "companion": "(p)",
    "weight": "(u)",
}
SERIES = {
    f"numpy.polynomial.{module}.{prefix}{name}": f"np.polynomial.{module}.{prefix}{name}{arguments}"
    for module, prefix in BASES.items()
    for name, arguments in _SERIES.items()
    if hasattr(getattr(numpy.polynomial, module), prefix + name)
}
SERIES |= {
    f"numpy.polynomial.{module}.poly2{prefix}": f"np.polynomial.{module}.poly2{prefix}(p)"
    for module, prefix in list(BASES.items())[1:]
}

# Draws whose parameters may be Values, called through autograd.numpy with the same seed each time.
DRAWS: dict[str, str] = {
    "numpy.random.normal": "np.random.normal(s, p)",
    "numpy.random.laplace": "np.random.laplace(s, p)",
    "numpy.random.logistic": "np.random.logistic(s, p)",
    "numpy.random.gumbel": "np.random.gumbel(s, p)",
    "numpy.random.uniform": "np.random.uniform(s, p)",
    "numpy.random.lognormal": "np.random.lognormal(s, p)",
    "numpy.random.exponential": "np.random.exponential(p)",
    "numpy.random.rayleigh": "np.random.rayleigh(p)",
    "numpy.random.weibull": "np.random.weibull(p)",
    "numpy.random.pareto": "np.random.pareto(p)",
    "numpy.random.power": "np.random.power(p)",
}

# Piecewise constant in every number they are given; the expressions are checked to be.
CONSTANTS: dict[str, str] = {
    "numpy.floor_divide": "np.floor_divide(x, p)",
    "numpy.searchsorted": "np.searchsorted(k, x)",
    "numpy.digitize": "np.digitize(x, k)",
    "numpy.round": "np.round(x, 1)",
    "numpy.around": "np.around(x, 1)",
    "numpy.argpartition": "np.argpartition(x, 1)",
    "numpy.lexsort": "np.lexsort((x, y))",
    "numpy.isin": "np.isin(x, y)",
    "numpy.linalg.matrix_rank": "np.linalg.matrix_rank(S)",
    "numpy.diag_indices_from": "np.diag_indices_from(S)",
    "numpy.tril_indices_from": "np.tril_indices_from(S)",
    "numpy.triu_indices_from": "np.triu_indices_from(S)",
    "numpy.ix_": "np.ix_(x > 0, y > 0)",
}
_CONSTANT_FAMILIES = {
    "{}(x)": """numpy: floor ceil trunc rint fix spacing signbit isfinite isinf isnan isneginf
        isposinf iscomplex isreal logical_not argmax argmin argsort argwhere nonzero flatnonzero any
        all count_nonzero nanargmax nanargmin zeros_like ones_like shape ndim size iterable
        isscalar iscomplexobj isrealobj""",
    "{}(x, y)": """numpy: equal not_equal less less_equal greater greater_equal logical_and
        logical_or logical_xor isclose allclose array_equal array_equiv shares_memory
        may_share_memory result_type""",
}


def _expanded(families: dict[str, str]) -> dict[str, str]:
    found = {}
    for template, listed in families.items():
        module = ""
        for word in listed.split():
            if word.endswith(":"):
                module = word[:-1]
                continue
            full = f"numpy.{word}" if module == "numpy" else f"numpy.{module}.{word}"
            found[full] = template.replace("{}", full.replace("numpy", "np", 1))
    return found


SAMPLES = _expanded(_FAMILIES) | SAMPLES
CONSTANTS = _expanded(_CONSTANT_FAMILIES) | CONSTANTS

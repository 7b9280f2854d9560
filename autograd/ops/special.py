"""Special functions that NumPy lacks."""

import math
from typing import Any

import numpy as np

from autograd.fast import unary
from autograd.op import elementwise

# erf(x) = 1 - exp(-x (1 + w(x))) for x >= 0, where w is smooth and close to p(x) / q(x): that
# is off by at most 2e-17 of erf up to x = 5.93, from where on erf is 1. Our own fit, made with 60
# digits; docs/fit_erf.py prints the coefficients anew, the highest power first. They are positive,
# so no sum cancels.
_P = (
    2.1900306774539288e-05,
    0.0007797092233121082,
    0.009432511789861969,
    0.061656966986569486,
    0.2531516603534238,
    0.6893942971489102,
    1.2476820808174125,
    1.4198845773926208,
    0.8623833757174497,
    0.1283791670955126,
)
_Q = (
    2.1902359429730267e-05,
    0.0008012775967554921,
    0.010124208183863583,
    0.06895234216539128,
    0.29418372533436565,
    0.8282977025608512,
    1.5389746016461159,
    1.7585688430421338,
    1.0,
)

# For float32 and float16 a polynomial will do, up to where erf rounds to 1 there: off by 6e-9.
_NARROW = (
    1.060417171947593e-06,
    -1.9735535423271864e-05,
    0.00015980484675449821,
    -0.0007224579674332208,
    0.0017761058648075997,
    -0.00023713263623380772,
    -0.019123271508703202,
    0.10277216524553333,
    0.6366197850499804,
    0.1283791670429749,
)
_END, _NARROW_END = 5.93, 3.95

# A block and its intermediate results fit into a core's cache.
_BLOCK = 16384
# Up to this size, one call of `math` per element takes less time than forty of NumPy's.
_FEW = 256
_erf_of_each = np.frompyfunc(math.erf, 1, 1)


def _polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    y = coefficients[0] * x
    for coefficient in coefficients[1:-1]:
        y += coefficient
        y *= x
    y += coefficients[-1]
    return y


def _erf_block(x: Any, narrow: bool) -> Any:
    size = np.minimum(np.abs(x), _NARROW_END if narrow else _END)
    if narrow:
        exponent = _polynomial(_NARROW, size)
    else:
        exponent = _polynomial(_P, size)
        exponent /= _polynomial(_Q, size)
    exponent *= size
    # 1 + w is never formed: near 0 that would round away digits of w.
    exponent += size
    return np.copysign(np.expm1(-exponent), x)


def _erf(x: Any) -> Any:
    x = np.asarray(x)
    if x.dtype.kind not in "fiub":
        raise TypeError(f"erf takes real numbers, not {x.dtype}")
    dtype = np.result_type(x, np.float16)
    # The smallest numbers underflow, which loses nothing that the result could hold; and nothing
    # but a signalling NaN is invalid.
    with np.errstate(under="ignore", invalid="ignore"):
        if x.size <= _FEW:
            return np.asarray(_erf_of_each(x), np.float64).astype(dtype)[()]
        # Whatever the dtype and the strides are, the blocks come in float64 and contiguous.
        blocks = np.nditer(
            [x, None],
            flags=["external_loop", "buffered"],
            op_flags=[["readonly"], ["writeonly", "allocate"]],
            op_dtypes=[np.dtype(np.float64), dtype],
            casting="same_kind",
            buffersize=_BLOCK,
        )
        with blocks:
            for given, result in blocks:
                result[...] = _erf_block(given, dtype.itemsize < 8)
            return blocks.operands[1]


erf_row = elementwise(
    _erf,
    lambda g, y, x: g * (2 / math.sqrt(math.pi)) * np.exp(-x * x),
    name="erf",
    scalar=math.erf,
)
erf_call = unary(erf_row)


def erf(x: Any) -> Any:
    """2/√π ∫₀ˣ e**-t² dt, of a Value or an array; to 2 units in the last place.

    >>> float(erf(0.5))
    0.5204998778130465
    """
    return erf_call(x)

"""What scipy.linalg has beside the functions with a derivative: SciPy's own, for plain arrays."""

from functools import wraps
from typing import Any

import scipy.linalg

from autograd.errors import UnsupportedError
from autograd.numpy.lists import holds_values
from autograd.op import constant

bandwidth = constant(scipy.linalg.bandwidth)
ishermitian = constant(scipy.linalg.ishermitian)
issymmetric = constant(scipy.linalg.issymmetric)

_REMEDIES = {
    "cossin": "use svd of the blocks",
    "hessenberg": "use qr, eig or eigh",
    "ldl": "use cholesky, lu or eigh",
    "ordqz": "use eig(np.linalg.solve(b, a))",
    "qr_multiply": "use qr, and a product",
    "qz": "use eig(np.linalg.solve(b, a))",
    "schur": "use eig or eigh, or a function of the matrix such as sqrtm and logm",
}


def of_plain_arrays(name: str) -> Any:
    """`scipy.linalg.name`, which refuses Values instead of losing their gradient."""
    found = getattr(scipy.linalg, name)
    if not callable(found) or isinstance(found, type):
        return found

    @wraps(found)
    def call(*args: Any, **kwargs: Any) -> Any:
        if any(map(holds_values, (*args, *kwargs.values()))):
            raise UnsupportedError(
                "a function of autograd.scipy.linalg that has a derivative rule",
                f"scipy.linalg.{name}, called on a Value",
                _REMEDIES.get(name, "write it with functions that have one")
                + "; or call it on v.numpy(), through which no gradient flows",
            )
        return found(*args, **kwargs)

    return call

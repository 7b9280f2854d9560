"""What this package shares: SciPy's own for plain arrays, matrices from a triangle, columns."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd import leading
from autograd.numpy.lists import holds_values as holds_value
from autograd.op import general
from autograd.ops.joining import operand
from autograd.ops.linalg.common import adjoint as h
from autograd.ops.linalg.common import hermitian_part
from autograd.wording import refuse_option

# Options that say how SciPy computes, not what: where there is a Value, they change nothing.
HOW = {"check_finite", "disp", "driver", "lapack_driver", "lwork", "workers"}
HOW |= {"overwrite_a", "overwrite_ab", "overwrite_b"}


def _as_array(x: Any) -> Any:
    """Lists as arrays, those in a tuple of arguments as well."""
    if isinstance(x, tuple):
        return tuple(map(_as_array, x))
    return operand(x) if isinstance(x, list) else x


def of_scipy(scipy_function: Callable[..., Any]) -> Callable[..., Callable[..., Any]]:
    """Give `ours` SciPy's signature: it gets the calls that have a Value in them, SciPy the others.

    `ours` has the arguments that matter, under SciPy's names; others are refused unless they are
    left as they are, or say only how to compute.
    """

    def register(ours: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(scipy_function)
        known = inspect.signature(ours).parameters

        @wraps(ours)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not any(map(holds_value, (*args, *kwargs.values()))):
                return scipy_function(*args, **kwargs)
            bound = signature.bind(*args, **kwargs)
            for name, given in list(bound.arguments.items()):
                if name not in known:
                    if name not in HOW and given is not signature.parameters[name].default:
                        refuse_option(ours, name, given)
                    del bound.arguments[name]
                else:
                    bound.arguments[name] = _as_array(given)
            return ours(*bound.args, **bound.kwargs)

        return call

    return register


def _whole(a: Any, lower: bool) -> Any:
    half = np.tril(a) if lower else np.triu(a)
    off = np.tril(a, -1) if lower else np.triu(a, 1)
    return half + h(off)


# The Hermitian matrix of one triangle, with the gradient of (a + aᴴ) / 2: as for np.linalg.
from_triangle = general(
    _whole,
    lambda g, y, a, *, lower: hermitian_part(g),
    tangent=lambda moving, y, a, *, lower: hermitian_part(moving[0]),
    batch=leading.core(2),
    name="from one triangle",
)


def double(a: Any) -> Any:
    """`a` in double precision, where SciPy computes in nothing else."""
    return a.astype(np.result_type(a.dtype, np.float64))

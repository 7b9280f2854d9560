"""What this package shares: SciPy's own for plain arrays, matrices from a triangle, columns."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd import leading
from autograd.broadcast import data_of
from autograd.errors import ArgumentError, describe
from autograd.modes import current
from autograd.numpy.lists import holds_values as holds_value
from autograd.op import general
from autograd.ops.joining import operand
from autograd.ops.linalg.common import adjoint as h
from autograd.ops.linalg.common import hermitian_part
from autograd.scipy.refusing import refused
from autograd.wording import refuse_option

# Options that say how SciPy computes, not what: where there is a Value, they change nothing.
HOW = {"check_finite", "disp", "driver", "lapack_driver", "lwork", "workers"}
HOW |= {"overwrite_a", "overwrite_ab", "overwrite_b"}


def _as_array(x: Any) -> Any:
    """Lists as arrays, those in a tuple of arguments as well."""
    if isinstance(x, tuple):
        return tuple(map(_as_array, x))
    return operand(x) if isinstance(x, list) else x


def _refuse_infinite(given: Any, name: str) -> None:
    """As SciPy does where check_finite is True: what LAPACK makes of NaN is no answer."""
    for x in given if isinstance(given, tuple) else (given,):
        data = data_of(x)
        if getattr(data, "dtype", np.dtype(object)).kind in "fc" and not np.isfinite(data).all():
            raise ArgumentError(
                f"finite numbers for {name}",
                f"{describe(data)} with NaN or infinity in it",
                "look for where they come from, or pass check_finite=False",
            )


def of_scipy(scipy_function: Callable[..., Any]) -> Callable[..., Callable[..., Any]]:
    """Give `ours` SciPy's signature: it gets the calls that have a Value in them, SciPy the others.

    `ours` has the arguments that matter, under SciPy's names; others are refused unless they are
    left as they are, or say only how to compute.

    Raises what `refused` says for arguments that `ours` cannot work on.
    """

    def register(ours: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(scipy_function)
        known = inspect.signature(ours).parameters

        @refused("check the shapes and the types of the arrays, as in SciPy's own page")
        @wraps(ours)
        def on_values(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            is_checked = "check_finite" in signature.parameters and not current().replayable
            if is_checked and bound.arguments.get("check_finite", True):
                for given in bound.arguments.values():
                    _refuse_infinite(given, ours.__name__)
            for name, given in list(bound.arguments.items()):
                if name not in known:
                    if name not in HOW and given is not signature.parameters[name].default:
                        refuse_option(ours, name, given)
                    del bound.arguments[name]
                else:
                    bound.arguments[name] = _as_array(given)
            return ours(*bound.args, **bound.kwargs)

        @wraps(ours)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not any(map(holds_value, (*args, *kwargs.values()))):
                return scipy_function(*args, **kwargs)
            return on_values(*args, **kwargs)

        return call

    return register


def _whole(a: Any, lower: bool) -> Any:
    if np.ndim(a) < 2 or np.shape(a)[-2] != np.shape(a)[-1]:
        raise ValueError("one triangle of a square matrix")
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

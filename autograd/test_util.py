"""Checks of derivatives by the names that existing tests import; `autograd.gradcheck` does them."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.checking import gradcheck
from autograd.containers import describe_tree, flatten, map_leaves
from autograd.errors import GradcheckError
from autograd.runs import Argnum
from autograd.spaces import vspace
from autograd.wrap_util import unary_to_nary

TOL = 1e-6
RTOL = 1e-6
EPS = 1e-6


def check_grads(
    f: Callable[..., Any],
    argnum: Argnum = 0,
    modes: Sequence[str] = ("fwd", "rev"),
    order: int = 2,
) -> Callable[..., None]:
    """check_grads(f)(*args) raises unless the derivatives agree with finite differences.

    In each of the modes, and every mix of them up to the order. Raises GradcheckError, which is an
    AssertionError.

    >>> check_grads(np.sin, modes=["rev"], order=1)(2.0)
    """

    def check(unary: Callable[[Any], Any], x: Any) -> None:
        gradcheck(unary, map_leaves(_floating, x), order=order, modes=tuple(modes))

    return unary_to_nary(check)(f, argnum)


def check_vjp(f: Callable[..., Any], x: Any) -> None:
    """Raise GradcheckError unless reverse mode agrees with finite differences at x."""
    check_grads(f, modes=("rev",), order=1)(x)


def check_jvp(f: Callable[..., Any], x: Any) -> None:
    """Raise GradcheckError unless forward mode agrees with finite differences at x."""
    check_grads(f, modes=("fwd",), order=1)(x)


def combo_check(
    fun: Callable[..., Any],
    argnum: Argnum = 0,
    modes: Sequence[str] = ("fwd", "rev"),
    order: int = 2,
) -> Callable[..., None]:
    """combo_check(f)(choices, ..., name=choices) checks every combination of the arguments.

    >>> combo_check(np.sum, order=1)([np.ones(2), np.ones((2, 3))], axis=[None, 0])
    """
    check = check_grads(fun, argnum, modes, order)

    def check_all(*choices: Any, **named: Any) -> None:
        options = product(*([(key, x) for x in given] for key, given in named.items()))
        for args, kwargs in product(product(*choices), list(options)):
            check(*args, **dict(kwargs))

    return check_all


def check_equivalent(x: Any, y: Any) -> None:
    """Raise GradcheckError unless x and y lie in one space, and are close.

    >>> check_equivalent([1.0, 2.0], [1.0, 2.0 + 1e-9])
    """
    if vspace(x) != vspace(y):
        raise GradcheckError(
            f"a value like {describe_tree(x)}", describe_tree(y), "compare what is returned"
        )
    for a, b in zip(flatten(x)[0], flatten(y)[0], strict=True):
        if not np.allclose(data_of(a), data_of(b), RTOL, TOL):
            raise GradcheckError(
                f"{data_of(a)!r}, to within {RTOL} of it and {TOL}",
                repr(data_of(b)),
                "compare how the two were computed",
            )


def scalar_close(a: float, b: float) -> bool:
    """Whether two numbers agree to within RTOL of their size, or TOL.

    >>> scalar_close(1.0, 1.0 + 1e-8)
    True
    """
    return bool(abs(a - b) < TOL or abs(a - b) / abs(a + b) < RTOL)


def make_numerical_jvp(f: Callable[..., Any], x: Any) -> Callable[[Any], Any]:
    """t -> (f(x + ht/2) - f(x - ht/2)) / h.

    >>> round(make_numerical_jvp(lambda x: x**2, 3.0)(1.0), 4)
    6.0
    """

    def moved(t: Any, by: float) -> Any:
        return f(map_leaves(lambda a, b: a + by * b, x, t))

    def jvp(t: Any) -> Any:
        ahead, behind = moved(t, EPS / 2), moved(t, -EPS / 2)
        return map_leaves(lambda a, b: (a - b) / EPS, ahead, behind)

    return jvp


def _floating(x: Any) -> Any:
    """Integers as floats, which existing tests pass and expect to be differentiated."""
    return x if np.asarray(data_of(x)).dtype.kind in "fc" else np.asarray(x, np.float64)[()]

"""The functions of one argument that existing code imports from here."""

from collections.abc import Callable
from typing import Any

from autograd import differential_operators as nary
from autograd.extend import (
    Box,
    JVPNode,
    SparseObject,
    VJPNode,
    VSpace,
    def_linear,
    defjvp,
    defjvp_argnum,
    defjvp_argnums,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    primitive,
    vspace,
)
from autograd.tracer import getval, isbox

__all__ = [
    "Box",
    "JVPNode",
    "SparseObject",
    "VJPNode",
    "VSpace",
    "def_linear",
    "defjvp",
    "defjvp_argnum",
    "defjvp_argnums",
    "defvjp",
    "defvjp_argnum",
    "defvjp_argnums",
    "getval",
    "isbox",
    "make_jvp",
    "make_vjp",
    "primitive",
    "vspace",
]


def make_vjp(fun: Callable[..., Any], x: Any) -> tuple[Callable[..., Any], Any]:
    """(v -> vᵀ J, f(x)).

    >>> pull, y = make_vjp(lambda x: x**2, 3.0)
    >>> pull(1.0), y
    (6.0, 9.0)
    """
    return nary.make_vjp(fun)(x)


def make_jvp(fun: Callable[..., Any], x: Any) -> Callable[..., Any]:
    """t -> (f(x), J t).

    >>> make_jvp(lambda x: x**2, 3.0)(1.0)
    (9.0, 6.0)
    """
    return nary.make_jvp(fun)(x)

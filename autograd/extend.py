"""New functions with derivatives of their own, in the words of existing code.

    @primitive
    def cube(x): ...
    defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2)

`autograd.elementwise` and its like are the shorter way; see docs/adding_an_op.md.
"""

from autograd.primitives import (
    JVPNode,
    VJPNode,
    def_linear,
    defjvp,
    defjvp_argnum,
    defjvp_argnums,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    notrace_primitive,
    primitive,
    register_notrace,
)
from autograd.spaces import SparseObject, VSpace, vspace
from autograd.value import Value as Box

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
    "notrace_primitive",
    "primitive",
    "register_notrace",
    "vspace",
]

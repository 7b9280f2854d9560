"""The functions of one argument that existing code imports from here, and the parts of a sweep."""

from collections.abc import Callable
from typing import Any

from autograd import differential_operators as nary
from autograd.extend import (
    Box,
    SparseObject,
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
from autograd.primitives import JVPNode as ForwardMode
from autograd.primitives import VJPNode as ReverseMode
from autograd.tracer import Node, getval, isbox
from autograd.transforms import jvp, vjp
from autograd.util import subvals, toposort

__all__ = [
    "Box",
    "JVPNode",
    "SparseObject",
    "VJPNode",
    "VSpace",
    "add_outgrads",
    "backward_pass",
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
    "sparse_add",
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


def _of_parents(node: Node) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A node as a function of its parents alone, and their values."""

    def of_parents(*chosen: Any) -> Any:
        changed = zip(node.parent_argnums, chosen, strict=True)
        return node.fun(*subvals(node.args, changed), **node.kwargs)

    return of_parents, tuple(node.args[i] for i in node.parent_argnums)


class VJPNode(Node, ReverseMode):
    """A node of `autograd.tracer.trace` for `backward_pass`: `vjp(g)` is its own pullback."""

    def __init__(self, *made: Any) -> None:
        super().__init__(*made)
        of_parents, chosen = _of_parents(self)
        self.vjp = vjp(of_parents, *chosen)[1]

    def initialize_root(self, *args: Any, **kwargs: Any) -> None:
        """An argument has nothing to pull its cotangent back to."""
        super().initialize_root()
        self.vjp = lambda g: ()


class JVPNode(Node, ForwardMode):
    """A node of `autograd.tracer.trace` with its tangent `g`; that of the root is given.

    >>> from autograd.tracer import trace
    >>> trace(JVPNode.new_root(1.0), lambda x: x * x, 3.0)[1].g
    6.0
    """

    def __init__(self, *made: Any) -> None:
        super().__init__(*made)
        of_parents, chosen = _of_parents(self)
        self.g = jvp(of_parents, chosen, tuple(parent.g for parent in made[-1]))[1]

    def initialize_root(self, *args: Any, **kwargs: Any) -> None:
        """The one argument is the tangent of x."""
        super().initialize_root()
        (self.g,) = args


def backward_pass(g: Any, end_node: Any) -> Any:
    """The cotangent of the root, for the cotangent g of `end_node`: from the end down to the root.

    Nodes have `parents`, and `vjp(g)` for the cotangents of these.

    >>> from autograd.tracer import trace
    >>> backward_pass(1.0, trace(VJPNode.new_root(), lambda x: x * x, 3.0)[1])
    6.0
    """
    found = {end_node: (g, False)}
    total = g
    for node in toposort(end_node):
        total = found.pop(node)[0]
        for parent, c in zip(node.parents, node.vjp(total), strict=True):
            found[parent] = add_outgrads(found.get(parent), c)
    return total


def add_outgrads(prev_g_flagged: tuple[Any, bool] | None, g: Any) -> tuple[Any, bool]:
    """(the sum of two cotangents, whether it is new), where the first came in this form, or None.

    >>> add_outgrads((2.0, False), 3.0)
    (5.0, True)
    """
    total, new = prev_g_flagged or (None, False)
    if type(g) is SparseObject:
        # A copy first: the elements are added in place.
        own = total if new or total is None else g.vs.mut_add(None, total)
        return sparse_add(g.vs, own, g), True
    return (g, False) if total is None else (vspace(g).add(total, g), True)


def sparse_add(vs: VSpace, x_prev: Any, x_new: SparseObject) -> Any:
    """x_prev, or zeros for None, with the few elements of x_new added in place."""
    return x_new.mut_add(vs.zeros() if x_prev is None else x_prev)

"""What existing code asks of a traced number, and traces into nodes of its own classes."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd.broadcast import data_of
from autograd.containers import is_container
from autograd.errors import ArgumentError, describe
from autograd.graph import edges
from autograd.op import Op, apply
from autograd.primitives import notrace_primitive, primitive, register_notrace
from autograd.runs import Graph, name_of, roots_of, run_on_values
from autograd.util import subval, subvals, toposort
from autograd.value import Value
from autograd.value import Value as Box

__all__ = [
    "Box",
    "Node",
    "getval",
    "isbox",
    "notrace_primitive",
    "primitive",
    "register_notrace",
    "subval",
    "subvals",
    "toposort",
    "trace",
]


def isbox(x: Any) -> bool:
    """Whether `x` is a Value.

    >>> isbox(Value(2.0)), isbox(2.0)
    (True, False)
    """
    return type(x) is Value


def getval(x: Any) -> Any:
    """The data of a Value, and anything else as it is; no gradient flows from it.

    >>> getval(Value(2.0)), getval("text")
    (2.0, 'text')
    """
    return x.data if type(x) is Value else x


class Node:
    """What `trace` makes of one operation; a subclass says what to keep of it.

    value                   the result, plain data.
    fun, args, kwargs       fun(*args, **kwargs) is the value.
    parent_argnums, parents which of args were traced, and their nodes.
    """

    def __init__(
        self,
        value: Any,
        fun: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        parent_argnums: Sequence[int],
        parents: Sequence["Node"],
    ) -> None:
        self.value, self.fun, self.args, self.kwargs = value, fun, args, kwargs
        self.parent_argnums, self.parents = parent_argnums, parents

    def initialize_root(self, *args: Any, **kwargs: Any) -> None:
        """What `new_root` does in place of __init__: a node without parents."""
        self.parent_argnums, self.parents = (), ()

    @classmethod
    def new_root(cls, *args: Any, **kwargs: Any) -> Any:
        """The node of an argument, for `trace`."""
        root = cls.__new__(cls)
        root.initialize_root(*args, **kwargs)
        return root


def trace(start_node: Node, fun: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    """(fun(x), the node of it): `fun` recorded, in nodes of the class of `start_node`, that of x.

    The nodes are made when `fun` has returned, oldest first, each by
    `Class(value, fun, args, kwargs, parent_argnums, parents)`. x and fun(x) are one number or array
    each. Where fun(x) does not depend on x, it warns, and the node is None.

    >>> value, node = trace(Node.new_root(), lambda x: x * 3.0, 2.0)
    >>> value, node.fun.__name__, node.args
    (6.0, 'multiply', (2.0, 3.0))
    """
    run = run_on_values(fun, (x,), {}, (0,))
    if is_container(x) or is_container(run.output):
        raise ArgumentError(
            f"one number or array to trace {name_of(fun)} by, and one that it returns",
            f"{describe(x)} and {describe(run.output)}",
            "join several with np.concatenate, or autograd.misc.flatten",
        )
    graph = Graph(run, roots_of(run.output))
    graph.warn_if_detached(fun)
    value = graph.plain(run.output)
    if not graph.depends:
        return value, None
    nodes: dict[int, Any] = {run.orders[0]: start_node}
    for order, n in graph.between.items():
        if order not in nodes:
            inputs = edges(n)
            traced = [
                i for i, x in enumerate(inputs) if type(x) is Value and x.order in graph.between
            ]
            nodes[order] = type(start_node)(
                n._data,
                _function_of(n.op),
                tuple(map(data_of, inputs)),
                dict(n.static),
                tuple(traced),
                tuple(nodes[inputs[i].order] for i in traced),
            )
    return value, nodes[run.output.order]


def _function_of(op: Op) -> Callable[..., Any]:
    """The op as a function, with the name that pictures of the graph show."""

    def compute(*args: Any, **kwargs: Any) -> Any:
        return apply(op, args, kwargs)

    compute.__name__ = op.name
    return compute

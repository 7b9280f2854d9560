"""A recorded graph as a plain list of boxes and edges: everything a picture says, as text."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from autograd.broadcast import data_of
from autograd.drawing.labels import described, described_gradient, op_label
from autograd.graph import histories
from autograd.op import Op
from autograd.sweep import pullback, resolve
from autograd.value import Value

Kind = Literal["leaf", "data", "constant", "result", "output", "op"]


class Box(NamedTuple):
    """One value, constant or op.

    kind        "leaf" gets a gradient, "data" is a leaf that gets none, "constant" is a raw number
                or array, "result" is what an op made, "output" is what was asked for.
    title       the name of a value, or the sign of an op.
    value       the number, or the few elements of a small array.
    detail      dtype and shape of a value, the static arguments of an op.
    gradient    d(output)/d(this), in words.
    """

    id: str
    kind: Kind
    title: str = ""
    value: str = ""
    detail: str = ""
    gradient: str = ""


class Edge(NamedTuple):
    """What flows from box `tail` to box `head`.

    `argument` names the place it takes among the op's arguments, where their order matters;
    `carries` says what flows, where no box of its own does.
    """

    tail: str
    head: str
    argument: str = ""
    carries: str = ""


class Graph(NamedTuple):
    """Boxes in the order they were computed, edges in the order of the arguments, and a caption."""

    boxes: list[Box]
    edges: list[Edge]
    caption: str


# Swapping the arguments of these changes nothing.
COMMUTATIVE = frozenset(
    {"add", "multiply", "maximum", "minimum", "fmax", "fmin", "hypot", "logaddexp", "logaddexp2"}
)


def build(
    roots: Mapping[str, Value] | Sequence[Value],
    *,
    gradients: bool = True,
    intermediates: bool = True,
    names: Mapping[str, Value] | None = None,
) -> Graph:
    """The graph of everything that the roots were made from.

    >>> x = Value(3.0, name="x")
    >>> graph = build([x * x])
    >>> [(box.kind, box.title, box.value, box.gradient) for box in graph.boxes]
    [('leaf', 'x', '3.0', 'grad 6.0'), ('op', '×', '', ''), ('output', '', '9.0', 'grad 1.0')]
    >>> [(edge.tail, edge.head) for edge in graph.edges]
    [('v0', 'op1'), ('v0', 'op1'), ('op1', 'v1')]
    """
    outputs = {n.order: n for n in (roots.values() if isinstance(roots, Mapping) else roots)}
    nodes = histories(outputs.values())
    titles = _titles(nodes, roots, names or {})
    found = _gradients(outputs, nodes) if gradients else {}
    boxes: list[Box] = []
    edges: list[Edge] = []
    # Where an edge to a value's consumers begins, and what it has to say.
    source: dict[int, tuple[str, str]] = {}
    for i, (order, n) in enumerate(nodes.items()):
        value, detail = described(n._data)
        title = titles.get(order, "")
        if n.op is not None:
            sign, static = op_label(n.op.name, n.static)
            boxes.append(Box(f"op{i}", "op", sign, detail=static))
            _add_arguments(boxes, edges, source, n, i)
        hidden = not (intermediates or title or order in outputs or n.op is None)
        if hidden or isinstance(n._data, tuple):
            carries = "" if isinstance(n._data, tuple) else detail if np.ndim(n._data) else value
            source[order] = f"op{i}", carries
            continue
        gradient = described_gradient(found[order]) if order in found else ""
        boxes.append(Box(f"v{i}", _kind(n, outputs), title, value, detail, gradient))
        source[order] = f"v{i}", ""
        if n.op is not None:
            edges.append(Edge(f"op{i}", f"v{i}"))
    return Graph(boxes, edges, _caption(list(outputs.values()), titles) if gradients else "")


def _kind(n: Value, outputs: Mapping[int, Value]) -> Kind:
    if n.order in outputs:
        return "output"
    if n.op is not None:
        return "result"
    return "leaf" if n.requires_grad else "data"


def _add_arguments(
    boxes: list[Box], edges: list[Edge], source: Mapping[int, tuple[str, str]], n: Value, i: int
) -> None:
    """The edges into the op of the i-th node, and a box for each of its constants."""
    inputs = n.inputs
    for place, (x, argument) in enumerate(zip(inputs, _arguments(n.op, inputs), strict=True)):
        if type(x) is Value:
            tail, carries = source[resolve(x, n.order).order]
        elif x is None:  # an optional argument that was not given
            continue
        else:
            tail, carries = f"c{i}_{place}", ""
            value, detail = described(x)
            boxes.append(Box(tail, "constant", "", value, detail))
        edges.append(Edge(tail, f"op{i}", argument, carries))


def _arguments(op: Op, inputs: Sequence[Any]) -> list[str]:
    """What each argument is called; empty where there is one, or their order does not matter."""
    if sum(x is not None for x in inputs) < 2 or op.name in COMMUTATIVE:
        return [""] * len(inputs)
    try:
        names = op.parameters[: op.arity]
    except (TypeError, ValueError):  # a function whose signature Python cannot read
        names = []
    return names if len(names) == len(inputs) else [f"[{place}]" for place in range(len(inputs))]


def _titles(
    nodes: Mapping[int, Value],
    roots: Mapping[str, Value] | Sequence[Value],
    names: Mapping[str, Value],
) -> dict[int, str]:
    """The name of every node that has one, by order: given here, its own, or its key in a dict."""
    keys = roots if isinstance(roots, Mapping) else {}
    titles = {root.order: str(key) for key, root in keys.items()}
    for n in nodes.values():
        for x in (n, *n.inputs):
            if type(x) is Value and x.versions:
                for number, version in enumerate(x.versions, 1):
                    if x.name and version.order in nodes:
                        titles[version.order] = f"{x.name} (version {number})"
    titles |= {order: n.name for order, n in nodes.items() if n.name and order not in titles}
    return titles | {value.order: str(name) for name, value in names.items()}


def _gradients(outputs: Mapping[int, Value], nodes: Mapping[int, Value]) -> dict[int, Any]:
    """d(sum of all outputs)/d(node) of every node that has a gradient; no `.grad` is touched."""
    wanted = [n for n in nodes.values() if n.requires_grad and not isinstance(n._data, tuple)]
    total: dict[int, Any] = {}
    for root in outputs.values():
        if root.requires_grad:
            ones = 1.0 if type(root._data) is float else np.ones_like(root._data)
            for order, cotangent in pullback(root, ones, wanted).items():
                cotangent = data_of(cotangent)
                total[order] = total[order] + cotangent if order in total else cotangent
    # What no output depends on (behind stop_gradient, say) has the gradient zero.
    if total:
        for n in wanted:
            if n.order not in total:
                total[n.order] = 0.0 if type(n._data) is float else np.zeros_like(n._data)
    return total


def _caption(outputs: Sequence[Value], titles: Mapping[int, str]) -> str:
    """What `grad` in the picture is the gradient of."""
    differentiable = [root for root in outputs if root.requires_grad]
    if not differentiable:
        return "no gradients: the output requires none"
    called = [titles.get(root.order, "output") for root in differentiable]
    many = any(np.size(root._data) != 1 for root in differentiable)
    if len(called) == 1:
        if many:
            return f"grad = d(sum({called[0]})) / d(value): the cotangent is ones"
        return f"grad = d({called[0]}) / d(value)"
    whole = " + ".join(f"sum({name})" for name in called) if many else " + ".join(called)
    if len(called) > 4:
        whole = f"sum of all {len(called)} outputs"
    return f"grad = d({whole}) / d(value)"

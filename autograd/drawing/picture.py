"""`draw`: the graph of a Value as a picture, with the gradient of every node."""

import os
import secrets
from collections.abc import Mapping, Sequence
from functools import cached_property
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from autograd.drawing.dot_source import to_dot
from autograd.drawing.graph import Graph, build
from autograd.drawing.rendering import render
from autograd.errors import (
    ArgumentError,
    RenderError,
    StaleGraphError,
    UnsupportedError,
    describe,
)
from autograd.value import Value

DIRECTIONS = ("LR", "RL", "TB", "BT")
TEXT, IMAGES = (".dot", ".gv"), (".svg", ".png", ".pdf")


class Drawing:
    """A picture of a graph; a notebook shows it.

    graph        its boxes and edges as plain data.
    max_nodes    the most boxes that are laid out.

    The texts are those of the moment it was made: later assignments change nothing in it.
    """

    def __init__(self, graph: Graph, direction: str = "LR", max_nodes: int = 1000) -> None:
        self.graph = graph
        self.direction = direction
        self.max_nodes = max_nodes

    @cached_property
    def source(self) -> str:
        """The picture in Graphviz' DOT language."""
        return to_dot(self.graph, self.direction)

    def svg(self) -> str:
        """The picture as SVG text; raises RenderError as `save` does."""
        return self._render(".svg").decode()

    def _repr_svg_(self) -> str:
        return self.svg()

    def save(self, path: str | os.PathLike[str], *, dpi: float = 144) -> Path:
        """Write .svg, .png, .pdf, .dot or .gv, as the suffix says, and return the path.

        dpi    dots per inch of a PNG.

        A file of that name is replaced once the new one is complete. Raises ArgumentError for
        another suffix, for a folder, for one that does not exist and for a `dpi` out of range,
        RenderError where the picture has more than `max_nodes` boxes, where it is too large for a
        PNG of this `dpi`, where Graphviz is not installed, or where it fails.

        >>> draw(Value(2.0, name="x") * 3.0).save("product.dot").name
        'product.dot'
        """
        if not isinstance(path, str | os.PathLike):
            raise ArgumentError(
                "the path of a file", describe(path), 'write drawing.save("graph.svg")'
            )
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in TEXT + IMAGES:
            raise ArgumentError(
                f"a file name that ends in {', '.join(IMAGES + TEXT)}",
                repr(str(path)),
                'choose one of these, such as drawing.save("graph.svg")',
            )
        if not path.parent.is_dir():
            raise ArgumentError(
                "a file name in a folder that exists",
                repr(str(path)),
                f"create {str(path.parent)!r} first, or save elsewhere",
            )
        if path.is_dir():
            raise ArgumentError(
                "the path of a file",
                f"{str(path)!r}, which is a folder",
                "give the file another name",
            )
        if not isinstance(dpi, Real) or isinstance(dpi, bool) or not 0 < dpi <= 2400:
            raise ArgumentError(
                "between 0 and 2400 dots per inch",
                f"dpi={dpi!r}",
                "use 144 for a screen, 300 for paper",
            )
        content = self.source.encode() if suffix in TEXT else self._render(suffix, dpi)
        # No longer than a name may be, however long that of the file is
        partial = path.with_name(f".{secrets.token_hex(8)}.partial")
        try:
            partial.write_bytes(content)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        return path

    def _render(self, suffix: str, dpi: float = 144) -> bytes:
        count = len(self.graph.boxes)
        if count > self.max_nodes:
            raise RenderError(
                f"at most {self.max_nodes} boxes to lay out, which takes seconds",
                f"{count}",
                f"draw less of the graph, leave out what has no name (intermediates=False), insist "
                f"(max_nodes={count}), or save the .dot file",
            )
        return render(self.source, suffix.removeprefix("."), dpi)

    def __repr__(self) -> str:
        ops = sum(box.kind == "op" for box in self.graph.boxes)
        values = len(self.graph.boxes) - ops
        edges = len(self.graph.edges)
        return f"Drawing({_count(values, 'value')}, {_count(ops, 'op')}, {_count(edges, 'edge')})"


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def draw(
    value: Any,
    *,
    gradients: bool = True,
    direction: str = "LR",
    intermediates: bool = True,
    names: Mapping[str, Value] | None = None,
    max_nodes: int = 1000,
) -> Drawing:
    """A picture of how `value` was computed, with d(value)/d(node) at every node.

    value            a Value, or a list, tuple or dict of them; the keys of a dict are names.
    gradients        whether to show them; they are computed anew and no `.grad` is touched. Several
                     elements, and several Values, are summed first, and the caption says so.
    direction        of the computation: "LR" (to the right), "RL", "TB" (downwards) or "BT".
    intermediates    False leaves out the results without a name, and writes their shapes on the
                     edges: the picture for networks of arrays.
    names            more names, such as `dict(model.named_parameters())`.
    max_nodes        more boxes than this are not laid out (`dot` would take minutes); `.source` has
                     no limit.

    Raises UnsupportedError for what is no Value, ArgumentError for an empty container and for other
    options than these, StaleGraphError where an input was assigned since.

    >>> x = Value(3.0, name="x")
    >>> draw(x * x)
    Drawing(2 values, 1 op, 3 edges)
    >>> path = draw(x * x).save("square.dot")
    """
    if direction not in DIRECTIONS:
        raise ArgumentError(
            f"a direction among {', '.join(DIRECTIONS)}", repr(direction), 'use "LR" or "TB"'
        )
    if not isinstance(max_nodes, int | np.integer) or isinstance(max_nodes, bool) or max_nodes < 0:
        raise ArgumentError(
            "a number of boxes, for max_nodes", f"max_nodes={max_nodes!r}", "leave it out for 1000"
        )
    if names is not None and not isinstance(names, Mapping):
        raise ArgumentError(
            "names as a mapping of names to Values",
            describe(names),
            "write names=dict(model.named_parameters())",
        )
    roots = _roots(value)
    for name, named in (names or {}).items():
        if type(named) is not Value:
            raise UnsupportedError(
                "names of Values",
                f"{describe(name)}: {describe(named)}",
                "write names=dict(model.named_parameters())",
            )
    try:
        graph = build(roots, gradients=gradients, intermediates=intermediates, names=names)
    except StaleGraphError as error:
        raise StaleGraphError(
            error.expected,
            error.received,
            "draw before the assignment (of optimizer.step(), say), or run the forward pass again "
            "and draw its result",
        ) from error
    return Drawing(graph, direction, max_nodes)


def _roots(value: Any) -> Mapping[str, Value] | Sequence[Value]:
    roots = value if isinstance(value, Mapping | list | tuple) else [value]
    for root in roots.values() if isinstance(roots, Mapping) else roots:
        _check(root)
    if not roots:
        raise ArgumentError("a Value to draw", f"an empty {type(value).__name__}", "pass one")
    return roots


def _check(value: Any) -> None:
    if type(value) is not Value:
        raise UnsupportedError(
            "a Value, or a list, tuple or dict of Values, to draw",
            describe(value),
            "draw what operations on a Value returned; a plain array has no history",
        )

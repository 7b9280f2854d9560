"""Boxes and edges in Graphviz' DOT language: every colour, font and distance of a picture."""

import html
import re
from collections.abc import Iterator

from autograd.drawing.graph import Box, Edge, Graph

FONT = "Helvetica,Arial,sans-serif"
INK, FAINT, PALE, WARM = "#1e293b", "#64748b", "#cbd5e1", "#b0470f"

# The side of an op at which its arguments come in.
ENTRANCE = {"LR": "w", "RL": "e", "TB": "n", "BT": "s"}

# Only what gets a gradient, and what was asked for, has a colour.
STYLES = {
    "leaf": 'fillcolor="#e8f1fd" color="#5b8fd9"',
    "data": 'fillcolor="#f1f3f5" color="#9aa5b1"',
    "constant": 'fillcolor="white" color="#b6c0cc" style="rounded,filled,dashed"',
    "result": 'fillcolor="white" color="#b6c0cc"',
    "output": 'fillcolor="#e6f6ec" color="#2f9e63" penwidth="1.8"',
    "op": 'fillcolor="#334155" color="#334155" fontcolor="white"',
}

# XML has no place for these, or takes them for the end of a line.
_NO_XML = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def to_dot(graph: Graph, direction: str = "LR") -> str:
    """The graph as DOT text.

    >>> from autograd.drawing.graph import Box, Edge
    >>> boxes = [Box("v0", "leaf", "x", "3.0"), Box("op1", "op", "tanh")]
    >>> graph = Graph(boxes, [Edge("v0", "op1")], "")
    >>> print(to_dot(graph).splitlines()[-2])
        v0 -> op1
    """
    import graphviz

    caption = {}
    if graph.caption:
        text = _font(graph.caption, FAINT, 10)
        table = _table(f'<TD CELLPADDING="5">{text}</TD>')
        caption["label"] = f"<{table}>"
    dot = graphviz.Digraph(
        graph_attr={
            "rankdir": direction,
            "nodesep": "0.22",
            "ranksep": "0.32",
            "pad": "0.15",
            "bgcolor": "white",
            "fontname": FONT,
            "labelloc": "b",
            **caption,
        },
        node_attr={
            "shape": "box",
            "style": "rounded,filled",
            "fontname": FONT,
            "fontsize": "12",
            "fontcolor": INK,
            "margin": "0.09,0.04",
            "height": "0.3",
            "width": "0.3",
            "penwidth": "1.1",
        },
        edge_attr={
            "color": "#8793a3",
            "penwidth": "1.1",
            "arrowsize": "0.6",
            "fontname": FONT,
            "fontsize": "9",
            "fontcolor": FAINT,
        },
    )
    dot.body.extend(_statements(graph, direction))
    return dot.source


def _statements(graph: Graph, direction: str) -> Iterator[str]:
    """A line for each box and each edge.

    Ids and styles are ours and labels are in angle brackets, so there is nothing to quote; the
    package would look for it in every one of a large graph's attributes.
    """
    kinds = {box.id: box.kind for box in graph.boxes}
    arguments: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.argument:
            arguments.setdefault(edge.head, []).append(edge.argument)
    for box in graph.boxes:
        style = STYLES[box.kind]
        if box.kind == "op":
            doors = arguments.get(box.id, [])
            label = _op_label(box, doors, direction)
            if doors:  # close to the border, where the arrows end
                style += ' margin="0.03,0.02"'
        else:
            label = _card(box)
        yield f"\t{box.id} [label=<{label}> {style}]\n"
    for edge in graph.edges:
        head = edge.head
        if edge.argument:
            head += f":{_port(arguments[edge.head].index(edge.argument))}:{ENTRANCE[direction]}"
        style = _edge_style(edge, kinds[edge.tail], kinds[edge.head])
        yield f"\t{edge.tail} -> {head}{style and f' [{style}]'}\n"


def _edge_style(edge: Edge, tail: str, head: str) -> str:
    """An op holds on to what it makes; the way from result to result is the straight one."""
    if head != "op":
        return "arrowhead=none weight=8"
    weight = "weight=4" if tail in ("result", "op") else ""
    # The space keeps the label off the line.
    label = f"label=<&#160;{escape(edge.carries)}>" if edge.carries else ""
    return f"{label} {weight}".strip()


def _port(place: int) -> str:
    return f"a{place}"


def _op_label(box: Box, arguments: list[str], direction: str) -> str:
    """The op's sign, its options below, and a door for each argument where their order matters."""
    sideways = direction in ("LR", "RL")
    sign = f'<TD CELLPADDING="{4 if arguments and sideways else 1}">{escape(box.title)}</TD>'
    body = [sign, f"<TD>{_font(box.detail, PALE, 9)}</TD>"] if box.detail else [sign]
    if not arguments:
        return _table(*body) if box.detail else escape(box.title)
    align = {"LR": "LEFT", "RL": "RIGHT"}.get(direction, "CENTER")
    doors = [
        f'<TD PORT="{_port(i)}" ALIGN="{align}">{_font(name, PALE, 8)}</TD>'
        for i, name in enumerate(arguments)
    ]
    entrance = _table(*doors) if sideways else _table("".join(doors))
    parts = [f"<TD>{entrance}</TD>", f"<TD>{_table(*body)}</TD>"]
    if direction in ("RL", "BT"):
        parts.reverse()
    return _table("".join(parts)) if sideways else _table(*parts)


def _card(box: Box) -> str:
    """Name and value, dtype and shape, gradient: one line each, those that there are."""
    title = f"<B>{escape(box.title)}</B>" if box.title else ""
    value = escape(box.value)
    first = f"{title} = {value}" if title and value else title or value
    rows = [first] if first else []
    if box.detail:
        rows.append(_font(box.detail, FAINT, 10))
    if box.gradient:
        rows.append(_font(box.gradient, WARM, 10))
    return _table(*(f'<TD ALIGN="LEFT">{row}</TD>' for row in rows))


def _table(*rows: str) -> str:
    cells = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">{cells}</TABLE>'


def _font(text: str, color: str, size: int) -> str:
    return f'<FONT COLOR="{color}" POINT-SIZE="{size}">{escape(text)}</FONT>'


def escape(text: str) -> str:
    r"""Any text for an HTML-like label, on one line; what XML cannot hold becomes a visible sign.

    >>> print(escape('a<b> & "c"'), escape("back\\slash"), escape("two\nlines"))
    a&lt;b&gt; &amp; &quot;c&quot; back\\slash two↵lines
    """

    def sign(match: re.Match[str]) -> str:
        code = ord(match.group())
        if match.group() in "\n\x85\u2028\u2029":
            return "↵"
        # U+2400 and the following are pictures of the control characters.
        return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else "\ufffd"

    # Graphviz reads escapes such as \N in these labels too, after it has read the XML.
    return html.escape(_NO_XML.sub(sign, text)).replace("\\", "\\\\")

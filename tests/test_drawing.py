"""`draw`: what a picture says, read back out of its boxes, its DOT and its SVG."""

import html
import os
import re
import subprocess
import sys
import threading
import unicodedata
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, elementwise, no_grad, stop_gradient
from autograd.drawing import Drawing, draw
from autograd.drawing.labels import number
from autograd.errors import ArgumentError, RenderError, StaleGraphError, UnsupportedError
from autograd.sweep import history

SVG = "{http://www.w3.org/2000/svg}"
needs_graphviz = pytest.mark.skipif(
    not (which("dot") or find_spec("pygraphviz")), reason="no Graphviz here"
)
needs_scripts = pytest.mark.skipif(os.name == "nt", reason="a script is no program on Windows")

NAMES = [
    'a"b',
    "back\\slash",
    "\\N and \\G",
    "ends in \\",
    "<b>bold</b>",
    "<x>",
    "&alpha; &amp; &#65;",
    "a & b",
    "{left|right}",
    "größe 日本 ∂ 🙂",
    "-->",
    "]]>",
    "weights['key'][0]",
    "%d",
    "node",
]


class Node(NamedTuple):
    lines: list[str]
    attributes: str


def texts(label: str) -> list[str]:
    """The text of each cell of an HTML-like label; raises where it is not well-formed XML."""
    tree = ElementTree.fromstring(f"<label>{label}</label>".replace("&#160;", ""))
    cells = [cell for cell in tree.iter("TD") if cell.find("TABLE") is None]
    # What Graphviz does to backslashes after it has read the XML.
    return ["".join(cell.itertext()).replace("\\\\", "\\") for cell in cells or [tree]]


def parse(source: str) -> tuple[dict[str, Node], list[tuple[str, str, str]]]:
    """The nodes of a DOT text, and its edges as (tail, head, port)."""
    nodes, edges = {}, []
    for line in source.split("\n"):
        if match := re.fullmatch(r"\t(\w+) \[label=<(.*)>(?: (.*))?\]", line):
            nodes[match[1]] = Node(texts(match[2]), match[3] or "")
        elif match := re.fullmatch(r"\t(\w+) -> (\w+)(?::(\w+):[nesw])?(?: \[.*\])?", line):
            edges.append((match[1], match[2], match[3] or ""))
    return nodes, edges


def boxes(drawing: Drawing, *kinds: str) -> list:
    return [box for box in drawing.graph.boxes if box.kind in kinds]


def box(drawing: Drawing, title: str):
    (found,) = [box for box in drawing.graph.boxes if box.title == title and box.kind != "op"]
    return found


def arguments(drawing: Drawing, op: str) -> list[tuple[str, str]]:
    """(argument, what arrives there) of the only op of this sign, in order."""
    by_id = {box.id: box for box in drawing.graph.boxes}
    (head,) = [box.id for box in boxes(drawing, "op") if box.title == op]
    return [
        (edge.argument, by_id[edge.tail].title or by_id[edge.tail].value)
        for edge in drawing.graph.edges
        if edge.head == head
    ]


def neuron() -> Value:
    """tanh(x1 w1 + x2 w2 + b), with b such that the derivative of tanh is 1/2."""
    given = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0}
    x1, x2, w1, w2 = (Value(data, name=name) for name, data in given.items())
    bias = Value(6.0 + np.arctanh(np.sqrt(0.5)).item(), name="b")
    n = x1 * w1 + x2 * w2 + bias
    n.name = "n"
    out = n.tanh()
    out.name = "o"
    return out


# What a picture says


def test_a_neuron_shows_its_values_and_gradients():
    drawing = draw(neuron())
    shown = {box.title: (box.kind, box.value, box.gradient) for box in drawing.graph.boxes}
    assert shown["x1"] == ("leaf", "2.0", "grad -1.5")
    assert shown["w1"] == ("leaf", "-3.0", "grad 1.0")
    assert shown["x2"] == ("leaf", "0.0", "grad 0.5")
    assert shown["w2"] == ("leaf", "1.0", "grad 0.0")
    assert shown["b"] == ("leaf", "6.881", "grad 0.5")
    assert shown["n"] == ("result", "0.8814", "grad 0.5")
    assert shown["o"] == ("output", "0.7071", "grad 1.0")
    assert [box.title for box in boxes(drawing, "op")] == ["×", "×", "+", "+", "tanh"]
    assert drawing.graph.caption == "grad = d(o) / d(value)"
    assert repr(drawing) == "Drawing(10 values, 5 ops, 14 edges)"


def test_the_dot_text_holds_every_box_and_every_edge():
    drawing = draw(neuron())
    nodes, edges = parse(drawing.source)
    assert list(nodes) == [box.id for box in drawing.graph.boxes]
    assert [edge[:2] for edge in edges] == [edge[:2] for edge in drawing.graph.edges]
    assert nodes["v0"].lines == ["x1 = 2.0", "grad -1.5"]
    assert nodes["v9"].lines == ["o = 0.7071", "grad 1.0"]
    assert nodes["op9"].lines == ["tanh"]
    assert "grad = d(o) / d(value)" in drawing.source
    assert edges[-1] == ("op9", "v9", "")


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (2.0, "2.0"),
        (2, "2"),
        (True, "True"),
        (-0.0, "0.0"),
        (1.0 + 1e-15, "1.0"),
        (0.70710678, "0.7071"),
        (1234.5678, "1235"),
        (123456.0, "123456.0"),
        (-1.5e-9, "-1.5e-09"),
        (1e30, "1e+30"),
        (np.inf, "inf"),
        (np.nan, "nan"),
        (0.5 - 2j, "0.5-2.0j"),
    ],
)
def test_numbers_are_short_and_say_whether_they_are_whole(x, text):
    assert number(x) == text


def test_kinds_of_values_look_different():
    x, scale = Value(1.0, name="x"), Value(2.0, requires_grad=False, name="scale")
    drawing = draw(np.exp(x * scale + 1.0))
    nodes, _ = parse(drawing.source)
    looks = {box.kind: nodes[box.id].attributes for box in drawing.graph.boxes}
    assert set(looks) == {"leaf", "data", "constant", "result", "output", "op"}
    assert len(set(looks.values())) == 6
    assert "bgcolor=white" in drawing.source  # legible on a dark page


def test_twice_the_same_argument_is_two_edges():
    x = Value(3.0, name="x")
    drawing = draw(x + x)
    assert parse(drawing.source)[1] == [("v0", "op1", ""), ("v0", "op1", ""), ("op1", "v1", "")]
    assert box(drawing, "x").gradient == "grad 2.0"


def test_a_shared_value_is_one_box():
    x = Value(2.0, name="x")
    square = x * x
    drawing = draw(square * np.exp(square) - square)
    assert len(boxes(drawing, "leaf", "result", "output")) == 5
    (shared,) = [box for box in boxes(drawing, "result") if box.value == "4.0"]
    assert sum(edge.tail == shared.id for edge in drawing.graph.edges) == 3


def test_a_leaf_alone_is_a_picture():
    drawing = draw(Value(3.0, name="x"))
    assert [(box.kind, box.gradient) for box in drawing.graph.boxes] == [("output", "grad 1.0")]
    assert not drawing.graph.edges


def test_arrays_show_dtype_shape_and_the_size_of_their_gradient():
    w = Value(np.ones((3, 4)), dtype=np.float32, name="w")
    small = box(draw(np.sum(3 * w[:2, 0])), "w")
    assert (small.value, small.detail) == ("", "float32 (3, 4)")
    assert small.gradient == f"grad norm {np.sqrt(18):.4g}"


def test_small_arrays_show_their_elements():
    v = Value([1.0, -0.25], name="v")
    drawing = draw(np.sum(v * np.array([[1, 2], [3, 4]])))
    assert box(drawing, "v")[3:] == ("[1.0, -0.25]", "float64 (2,)", "grad [4.0, 6.0]")
    (matrix,) = boxes(drawing, "constant")
    assert (matrix.value, matrix.detail) == ("[[1, 2], [3, 4]]", "int64 (2, 2)")
    nodes, _ = parse(drawing.source)
    assert nodes["v0"].lines == ["v = [1.0, -0.25]", "float64 (2,)", "grad [4.0, 6.0]"]


def test_constants_show_a_scalar_by_value_and_an_array_by_shape():
    x = Value(1.0, name="x")
    drawing = draw(x * 0.5 + np.zeros((8, 8)))
    shown = [(box.value, box.detail) for box in boxes(drawing, "constant")]
    assert shown == [("0.5", ""), ("", "float64 (8, 8)")]


def test_complex_numbers_are_shown():
    z = Value(np.array(1.0 - 2.0j), name="z")
    assert box(draw(z * 2.0), "z").value == "1.0-2.0j"


@pytest.mark.parametrize(
    ("made", "sign", "detail"),
    [
        (lambda v: np.sum(v, axis=1, keepdims=True), "sum", "axis=1, keepdims=True"),
        (lambda v: np.sum(v), "sum", ""),
        (lambda v: v[1:, ::2], "[1:, ::2]", ""),
        (lambda v: v[..., None, 0], "[..., None, 0]", ""),
        (lambda v: v[[0, 2]], "[[0, 2]]", ""),
        (lambda v: v**2, "** 2", ""),
        (lambda v: v @ v, "@", ""),
        (lambda v: -v, "−", ""),
        (lambda v: np.reshape(v, (9,)), "reshape", "shape=(9,)"),
    ],
)
def test_an_op_shows_its_sign_and_its_static_arguments(made, sign, detail):
    drawing = draw(made(Value(np.ones((3, 3)))))
    (op,) = boxes(drawing, "op")
    assert (op.title, op.detail) == (sign, detail)
    nodes, _ = parse(drawing.source)
    assert [sign, detail][: 1 + bool(detail)] == nodes[op.id].lines[-1 - bool(detail) :]


def test_arguments_whose_order_matters_are_told_apart():
    x, y = Value(3.0, name="x"), Value(4.0, name="y")
    assert arguments(draw(x - y), "−") == [("x1", "x"), ("x2", "y")]
    assert arguments(draw(y - x), "−") == [("x1", "y"), ("x2", "x")]
    assert arguments(draw(2.0 / x), "/") == [("x1", "2.0"), ("x2", "x")]
    assert arguments(draw(x - x), "−") == [("x1", "x"), ("x2", "x")]
    assert arguments(draw(x * y), "×") == [("", "x"), ("", "y")]


@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
def test_each_argument_has_a_port_of_its_own(direction):
    x, y = Value(3.0, name="x"), Value(4.0, name="y")
    source = draw(y / x, direction=direction).source
    assert f"rankdir={direction}" in source
    nodes, edges = parse(source)
    assert edges[:2] == [("v1", "op2", "a0"), ("v0", "op2", "a1")]
    assert sorted(nodes["op2"].lines) == ["/", "x1", "x2"]
    label = source[source.index("op2 [") :]
    assert label.index('PORT="a0"') < label.index('PORT="a1"')
    assert (label.index('PORT="a0"') < label.index(">/<")) == (direction in ("LR", "TB"))


def test_a_list_of_arguments_is_numbered():
    a, b = Value([1.0], name="a"), Value([2.0], name="b")
    drawing = draw(np.concatenate([b, a, np.zeros(9)]))
    assert [argument for argument, _ in arguments(drawing, "concatenate")] == ["[0]", "[1]", "[2]"]
    assert [came for _, came in arguments(drawing, "concatenate")][:2] == ["b", "a"]


def test_an_op_of_the_users_own_is_drawn_with_its_own_names():
    hill = elementwise(
        lambda height, width: height / (1 + width * width),
        lambda g, z, height, width: g / (1 + width * width),
        lambda g, z, height, width: -2 * g * z * width / (1 + width * width),
        name="hill <&>",
        numpy=(object(),),
    )
    drawing = draw(hill(Value(1.0, name="h"), Value(2.0, name="w")))
    assert arguments(drawing, "hill <&>") == [("height", "h"), ("width", "w")]
    assert parse(drawing.source)[0]["op2"].lines == ["height", "width", "hill <&>"]


def test_optional_arguments_that_were_not_given_are_not_drawn():
    scaled = elementwise(
        lambda x, by=None: x if by is None else x * by,
        lambda g, y, x, by: g if by is None else g * by,
        lambda g, y, x, by: g * x,
        name="scaled",
        numpy=(object(),),
    )
    x = Value(3.0, name="x")
    assert arguments(draw(scaled(x)), "scaled") == [("", "x")]
    assert arguments(draw(scaled(x, 2.0)), "scaled") == [("x", "x"), ("by", "2.0")]


def test_an_op_with_several_outputs_leads_to_the_one_that_was_used():
    m = Value([[2.0, 0.0], [0.0, 3.0]], name="m")
    drawing = draw(np.linalg.slogdet(m)[1])
    assert [box.title for box in boxes(drawing, "op")] == ["slogdet", "[1]"]
    assert box(drawing, "m").gradient == "grad [[0.5, 0.0], [0.0, 0.3333]]"
    assert [edge[:2] for edge in drawing.graph.edges] == [
        ("v0", "op1"),
        ("op1", "op2"),
        ("op2", "v2"),
    ]
    assert not any(edge.carries for edge in drawing.graph.edges)


def test_versions_from_item_assignment_are_boxes_of_their_own():
    a = Value([1.0, 2.0], name="a")
    u = a * 2.0
    u.name = "u"
    before = u.sum()
    u[1] = a[0] ** 2
    drawing = draw(u.sum() + before)
    old, new = box(drawing, "u (version 1)"), box(drawing, "u")
    assert (old.value, new.value) == ("[2.0, 4.0]", "[2.0, 1.0]")
    assert (old.gradient, new.gradient) == ("grad [2.0, 1.0]", "grad [1.0, 1.0]")
    assert box(drawing, "a").gradient == "grad [6.0, 2.0]"
    (assignment,) = [box for box in boxes(drawing, "op") if box.title == "[1] ="]
    edges = {edge[:2] for edge in drawing.graph.edges}
    assert {(old.id, assignment.id), (assignment.id, new.id)} <= edges
    reductions = [box.id for box in boxes(drawing, "op") if box.title == "sum"]
    assert {tail for tail, head in edges if head in reductions} == {old.id, new.id}


def test_a_version_keeps_its_name_where_only_it_was_used():
    u = Value([1.0, 2.0]) * 2.0
    u.name = "u"
    total = u.sum()
    u[0] = 5.0
    assert [box.title for box in boxes(draw(total), "result")] == ["u (version 1)"]


# Gradients


def test_no_grad_is_touched():
    x, w = Value(2.0, name="x"), Value(np.ones((2, 3)), name="w")
    x.grad, w.grad = 7.0, np.full((2, 3), 9.0)
    product = w * x
    loss = np.sum(product)
    before = loss.grad
    draw(loss)
    assert x.grad == 7.0
    np.testing.assert_array_equal(w.grad, np.full((2, 3), 9.0))
    assert product.grad is None
    assert loss.grad is before


def test_gradients_agree_with_backward():
    out = neuron()
    drawing = draw(out)
    nodes = history(out)
    out.backward()
    shown = [box.gradient for box in boxes(drawing, "leaf", "result", "output")]
    assert shown == [f"grad {number(node.grad)}" for node in nodes]


def test_an_array_is_summed_first_and_the_picture_says_so():
    v = Value([1.0, 2.0, 3.0], name="v")
    out = v * v
    out.name = "out"
    drawing = draw(out)
    assert drawing.graph.caption == "grad = d(sum(out)) / d(value): the cotangent is ones"
    assert box(drawing, "v").gradient == "grad [2.0, 4.0, 6.0]"
    assert box(drawing, "out").gradient == "grad [1.0, 1.0, 1.0]"


def test_several_outputs_are_added_up_and_the_picture_says_so():
    x = Value(3.0, name="x")
    drawing = draw({"double": 2.0 * x, "square": x * x})
    assert drawing.graph.caption == "grad = d(double + square) / d(value)"
    assert box(drawing, "x").gradient == "grad 8.0"
    assert [box.title for box in boxes(drawing, "output")] == ["double", "square"]
    assert len(boxes(drawing, "leaf")) == 1
    assert "sum of all 5 outputs" in draw([x + i for i in range(5)]).graph.caption
    assert "sum(v)" in draw((x, Value([1.0, 2.0], name="v"))).graph.caption


def test_an_output_given_twice_counts_once():
    x = Value(3.0, name="x")
    y = x * x
    assert box(draw([y, y]), "x").gradient == "grad 6.0"


def test_an_output_inside_the_graph_of_another():
    x = Value(3.0, name="x")
    inner = x * x
    drawing = draw([inner, inner * 2.0])
    assert box(drawing, "x").gradient == "grad 18.0"
    assert [box.gradient for box in boxes(drawing, "output")] == ["grad 3.0", "grad 1.0"]


def test_what_no_gradient_flows_to_has_none_or_zero():
    x, k = Value(3.0, name="x"), Value(4.0, name="k", requires_grad=False)
    drawing = draw([x * k, stop_gradient(x) * Value(1.0)])
    assert box(drawing, "k").gradient == ""
    assert box(drawing, "x").gradient == "grad 4.0"
    assert box(draw(x * k, gradients=False), "x").gradient == ""
    assert draw(x * k, gradients=False).graph.caption == ""
    assert draw(k).graph.caption == "no gradients: the output requires none"
    zero = elementwise(lambda x: x, None, name="wall", numpy=(object(),))
    assert box(draw(zero(x)), "x").gradient == "grad 0.0"


@pytest.mark.parametrize(
    ("scale", "norm"), [(1e300, "3e+300"), (1e-300, "3e-300"), (0.0, "0.0"), (np.inf, "inf")]
)
def test_the_size_of_a_gradient_neither_overflows_nor_vanishes(scale, norm):
    v = Value(np.full(9, 1e-9), name="v")
    assert box(draw(np.sum(v * scale)), "v").gradient == f"grad norm {norm}"


def test_drawing_inside_no_grad_shows_the_same_graph():
    out = neuron()
    with no_grad():
        inside = draw(out)
    assert inside.source == draw(out).source


# What is drawn, and when


def test_names_may_be_given_and_come_first():
    x, y = Value(1.0, name="old"), Value(2.0)
    drawing = draw(x * y, names={"layers.0.weight": x, "layers.0.bias": y})
    assert [box.title for box in boxes(drawing, "leaf")] == ["layers.0.weight", "layers.0.bias"]
    assert "old" not in drawing.source


def test_without_intermediates_only_what_has_a_name_is_a_box():
    x = Value(np.ones((32, 64)), name="x")
    w = Value(np.ones((64, 10)), name="w")
    logits = (x @ w).tanh() * 2.0
    logits.name = "logits"
    loss = -np.mean(np.exp(logits))
    drawing = draw(loss, intermediates=False)
    assert [box.title for box in boxes(drawing, "leaf", "result")] == ["x", "w", "logits"]
    assert len(boxes(drawing, "op")) == 6
    carried = {edge.carries for edge in drawing.graph.edges}
    assert carried == {"", "float64 (32, 10)", "7.389"}
    assert "float64 (32, 10)" in drawing.source
    (output,) = boxes(drawing, "output")
    assert output.value == "-7.389"
    everything = draw(loss)
    assert len(boxes(everything, "result")) == 5
    assert not any(edge.carries for edge in everything.graph.edges)


def test_a_picture_stays_what_it_was():
    w = Value([1.0, 2.0], name="w")
    drawing = draw(np.sum(w))
    w.assign(w.data * 10.0)
    assert "[1.0, 2.0]" in drawing.source
    assert "[10.0, 20.0]" in draw(np.sum(w)).source


def test_a_stale_graph_is_refused():
    w = Value([1.0, 2.0], name="w")
    loss = np.sum(w * w)
    w.assign(w.data - 0.1)
    with pytest.raises(StaleGraphError, match=r"w: float64 \(2,\)\n.*draw before the assignment"):
        draw(loss)


def test_the_same_graph_gives_the_same_text_in_every_thread():
    found: list[str] = []

    def work() -> None:
        found.append(draw(neuron()).source)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [draw(neuron()).source] * 4


def test_a_deep_graph_has_a_source_and_is_not_laid_out(tmp_path):
    v = Value(1.0, name="x")
    for _ in range(100_000):
        v = -v
    drawing = draw(v)
    assert drawing.graph.boxes[0][2:] == ("x", "1.0", "", "grad 1.0")
    assert drawing.source.count("->") == 200_000
    with pytest.raises(RenderError) as caught:
        drawing.save(tmp_path / "deep.png")
    assert "at most 1000 boxes" in caught.value.expected
    assert caught.value.received == "200001"
    assert "max_nodes=200001" in caught.value.remedy
    assert not list(tmp_path.iterdir())
    assert drawing.save(tmp_path / "deep.dot").stat().st_size == len(drawing.source.encode())


@needs_graphviz
def test_max_nodes_is_the_most_that_is_laid_out():
    assert "tanh" in draw(neuron(), max_nodes=15).svg()
    with pytest.raises(RenderError, match="at most 14"):
        draw(neuron(), max_nodes=14).svg()


# Any name


@given(st.text(st.characters(exclude_characters="\n"), min_size=1))
def test_any_name_comes_back_out_of_the_dot_text(name):
    drawing = draw(Value(1.0, name=name))
    nodes, _ = parse(drawing.source.encode().decode())
    (line, _) = nodes["v0"].lines
    shown = line.removesuffix(" = 1.0")
    assert len(shown) == len(name)
    for given_, seen in zip(name, shown, strict=True):
        printable = unicodedata.category(given_) not in ("Cc", "Cs", "Zl", "Zp", "Cn")
        assert seen == given_ or not printable
        assert unicodedata.category(seen) not in ("Cc", "Cs", "Zl", "Zp")


def test_control_characters_become_visible():
    nodes, _ = parse(draw(Value(1.0, name="two\nlines\tand \x00\x7f\ud800\uffff")).source)
    assert nodes["v0"].lines[0] == "two↵lines␉and ␀␡\ufffd\ufffd = 1.0"


@needs_graphviz
def test_any_name_comes_back_out_of_the_svg():
    values = [Value(float(i), name=name) for i, name in enumerate(NAMES)]
    tree = ElementTree.fromstring(draw(values, gradients=False).svg())
    shown = [
        "".join(text.itertext()).replace("\xa0", " ")
        for node in tree.iter(f"{SVG}g")
        if node.get("class") == "node"
        for text in node.iter(f"{SVG}text")
        if text.get("font-weight") == "bold"
    ]
    assert shown == NAMES


# Files and Graphviz


@needs_graphviz
def test_the_svg_has_every_node_every_edge_and_every_text():
    drawing = draw(neuron())
    tree = ElementTree.fromstring(drawing.svg())
    groups = [group.get("class") for group in tree.iter(f"{SVG}g")]
    assert groups.count("node") == 15
    assert groups.count("edge") == 14
    shown = [("".join(t.itertext())).replace("\xa0", " ").strip() for t in tree.iter(f"{SVG}text")]
    for text in ("x1", "= 2.0", "grad -1.5", "×", "tanh", "o", "grad = d(o) / d(value)"):
        assert text in shown
    titles = [t.text for g in tree.iter(f"{SVG}g") for t in g.iter(f"{SVG}title")]
    assert {"v0", "op9"} <= set(titles)
    assert drawing._repr_svg_() == drawing.svg()


@needs_graphviz
def test_two_edges_stay_two_in_the_svg():
    x = Value(3.0)
    tree = ElementTree.fromstring(draw(x - x).svg())
    assert [group.get("class") for group in tree.iter(f"{SVG}g")].count("edge") == 3


@needs_graphviz
@pytest.mark.parametrize(
    ("suffix", "start"),
    [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".PDF", b"%PDF")],
)
def test_a_saved_file_is_of_its_kind(tmp_path, suffix, start):
    path = draw(neuron()).save(tmp_path / f"graph{suffix}")
    assert path == tmp_path / f"graph{suffix}"
    assert path.read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [path.name]


@needs_graphviz
def test_dpi_sets_the_size_of_a_png(tmp_path):
    def width(path: Path) -> int:
        return int.from_bytes(path.read_bytes()[16:20], "big")

    drawing = draw(neuron())
    coarse = drawing.save(tmp_path / "coarse.png", dpi=72)
    fine = drawing.save(str(tmp_path / "fine.png"))
    assert width(fine) == pytest.approx(2 * width(coarse), abs=4)


@pytest.mark.parametrize("suffix", [".dot", ".gv"])
def test_dot_text_is_saved_without_graphviz(tmp_path, monkeypatch, suffix):
    monkeypatch.setenv("PATH", str(tmp_path))
    drawing = draw(Value(1.0, name="größe"))
    path = drawing.save(tmp_path / f"graph{suffix}")
    assert path.read_text(encoding="utf-8") == drawing.source
    assert "größe" in drawing.source


def script(folder: Path, body: str) -> None:
    """A program `dot` that runs `body` as Python."""
    folder.mkdir()
    program = folder / "dot"
    program.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
    program.chmod(0o755)


@needs_scripts
def test_the_program_dot_is_used_where_there_is_one(tmp_path, monkeypatch):
    body = "sys.stdout.write(repr(sys.argv[1:]) + sys.stdin.read())"
    script(tmp_path / "bin", body)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    drawing = draw(Value(1.0, name="x"))
    assert drawing.svg() == f"['-Tsvg', '-Gdpi=72']{drawing.source}"
    saved = drawing.save(tmp_path / "x.png", dpi=300).read_text()
    assert saved == f"['-Tpng', '-Gdpi=300']{drawing.source}"


@needs_scripts
def test_what_dot_complains_of_is_told_and_the_old_file_stays(tmp_path, monkeypatch):
    script(tmp_path / "bin", "sys.stdout.write('half'); sys.exit('Format: \"png\" not recognized')")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    target = tmp_path / "x.png"
    target.write_bytes(b"old")
    with pytest.raises(RenderError) as caught:
        draw(Value(1.0)).save(target)
    assert 'exit status 1 (Format: "png" not recognized)' in caught.value.received
    assert "png" in caught.value.expected
    assert ".dot" in caught.value.remedy
    assert target.read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["bin", "x.png"]


@needs_graphviz
def test_a_png_that_graphviz_would_shrink_is_refused(tmp_path):
    v = Value(1.0, name="x")
    for _ in range(120):
        v = -v
    drawing = draw(v)
    with pytest.raises(RenderError) as caught:
        drawing.save(tmp_path / "long.png", dpi=400)
    assert "at 400 dots" in caught.value.expected
    assert ".svg" in caught.value.remedy
    assert not os.listdir(tmp_path)
    dpi = int(caught.value.remedy.rpartition("=")[2])
    assert 100 < dpi < 400
    data = drawing.save(tmp_path / "long.png", dpi=dpi).read_bytes()
    assert 32_000 < int.from_bytes(data[16:20], "big") < 32_768
    assert drawing.svg().count('class="node"') == 241


@needs_scripts
def test_a_dot_that_does_not_start_is_told(tmp_path, monkeypatch):
    script(tmp_path / "bin", "")
    (tmp_path / "bin" / "dot").write_text("#!/no/such/interpreter\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(RenderError, match="No such file"):
        draw(Value(1.0)).svg()


@pytest.mark.skipif(not find_spec("pygraphviz"), reason="pygraphviz is not installed")
def test_pygraphviz_draws_where_there_is_no_dot(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    tree = ElementTree.fromstring(draw(neuron()).svg())
    assert [group.get("class") for group in tree.iter(f"{SVG}g")].count("node") == 15


@pytest.mark.skipif(not find_spec("pygraphviz"), reason="pygraphviz is not installed")
def test_a_file_called_pygraphviz_in_the_working_directory_is_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pygraphviz.py").write_text("raise SystemExit('not this one')")
    assert "<svg" in draw(Value(1.0)).svg()


def test_without_graphviz_both_ways_out_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RenderError) as caught:
        draw(Value(1.0)).save(tmp_path / "x.svg")
    assert "`dot`" in caught.value.received
    assert "pygraphviz" in caught.value.received
    assert "install Graphviz" in caught.value.remedy
    assert "pip install 'valuegraph[draw]'" in caught.value.remedy
    assert not os.listdir(tmp_path)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    drawing = draw(Value(1.0))
    target = tmp_path / "x.dot"
    target.write_text("old")

    def fail(*_: object) -> None:
        raise OSError("disk gone")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="disk gone"):
        patch.setattr(os, "replace", fail)
        drawing.save(target)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.dot"]
    drawing.save(target)
    assert target.read_text() == drawing.source


# What cannot be drawn


@pytest.mark.parametrize("name", ["graph.jpeg", "graph", "graph.svg.gz", ".svg"])
def test_an_unknown_suffix_is_refused(tmp_path, name):
    with pytest.raises(ArgumentError) as caught:
        draw(Value(1.0)).save(tmp_path / name)
    assert ".svg, .png, .pdf, .dot, .gv" in caught.value.expected
    assert name in caught.value.received
    assert "graph.svg" in caught.value.remedy
    assert not os.listdir(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ArgumentError) as caught:
        draw(Value(1.0)).save(tmp_path / "no" / "x.dot")
    assert "folder that exists" in caught.value.expected
    assert str(tmp_path / "no") in caught.value.remedy.replace("\\\\", "\\")


@pytest.mark.parametrize("dpi", [0, -72, 1e9, float("nan"), "x", "300", None, 1j, [300], True])
def test_an_impossible_resolution_is_refused(tmp_path, dpi):
    with pytest.raises(ArgumentError, match="dpi="):
        draw(Value(1.0)).save(tmp_path / "x.png", dpi=dpi)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("path", [None, 3, b"x.dot", ["x.dot"]])
def test_what_is_no_path_is_refused(path: Any):
    with pytest.raises(ArgumentError) as caught:
        draw(Value(1.0)).save(path)
    assert "path" in caught.value.expected and "graph.svg" in caught.value.remedy


def test_a_folder_is_no_file_to_write(tmp_path):
    (tmp_path / "folder.dot").mkdir()
    with pytest.raises(ArgumentError) as caught:
        draw(Value(1.0)).save(tmp_path / "folder.dot")
    assert "which is a folder" in caught.value.received
    assert os.listdir(tmp_path) == ["folder.dot"]


def test_a_file_whose_name_is_as_long_as_can_be_is_written(tmp_path):
    name = "x" * 251 + ".dot"
    assert draw(Value(1.0)).save(tmp_path / name).is_file()
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("most", ["a", 14.5, None, True, -1])
def test_what_is_no_number_of_boxes_is_refused_at_once(most: Any):
    with pytest.raises(ArgumentError) as caught:
        draw(Value(1.0), max_nodes=most)
    assert f"max_nodes={most!r}" in caught.value.received
    counted: Any = np.int64(3)
    assert draw(Value(1.0), max_nodes=counted).max_nodes == 3


@pytest.mark.parametrize(
    ("thing", "received"),
    [
        (3.0, "float 3.0"),
        (np.zeros(3), "float64 (3,)"),
        ([Value(1.0), 2.0], "float 2.0"),
        ({"loss": None}, "NoneType None"),
    ],
)
def test_what_is_no_value_is_refused(thing, received):
    with pytest.raises(UnsupportedError) as caught:
        draw(thing)
    assert "a Value" in caught.value.expected
    assert caught.value.received == received
    assert "history" in caught.value.remedy


def test_names_are_names_of_values():
    wrong: Any = {"w": 2.0}
    with pytest.raises(UnsupportedError, match=r"names of Values\n  received: str 'w': float 2\.0"):
        draw(Value(1.0), names=wrong)
    pairs: Any = [("w", Value(1.0))]
    with pytest.raises(ArgumentError) as caught:
        draw(Value(1.0), names=pairs)
    assert "names" in caught.value.expected and "dict(" in caught.value.remedy
    for nothing in ({}, None):
        assert len(draw(Value(1.0), names=nothing).graph.boxes) == 1


@pytest.mark.parametrize("nothing", [[], (), {}])
def test_nothing_to_draw_is_refused(nothing):
    with pytest.raises(ArgumentError, match=f"an empty {type(nothing).__name__}"):
        draw(nothing)


def test_an_unknown_direction_is_refused():
    with pytest.raises(ArgumentError) as caught:
        draw(Value(1.0), direction="up")
    assert "LR, RL, TB, BT" in caught.value.expected
    assert caught.value.received == "'up'"


def test_importing_the_engine_loads_no_graphviz():
    code = (
        "import sys, autograd.drawing\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules} & {'graphviz', 'pygraphviz'}))"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_the_reader_of_labels_in_this_file_notices_bad_xml():
    assert texts("<B>x</B> = 1 &lt;") == ["x = 1 <"]
    assert texts(html.escape("<&>")) == ["<&>"]
    with pytest.raises(ElementTree.ParseError):
        texts("<B>a < b</B>")

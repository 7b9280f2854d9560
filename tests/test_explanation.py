"""`jit(f).explain(...)`: a table of every kernel, under the names of `.source`."""

import re
from typing import Any

import numpy as np
import pytest

from autograd import jit, scan

pytest.importorskip("llvmlite")


def twice(w: Any, v: Any, x: Any) -> Any:
    """Two products and two kernels of one name each."""
    return np.sin(np.sin(x @ w) @ v)


def compiled(f: Any, *args: Any) -> Any:
    jitted = jit(f)
    for _ in range(3):
        jitted(*args)
    return jitted


ARGS = np.ones((4, 3)), np.ones((3, 4)), np.ones((2, 4))


def test_a_row_has_the_name_of_a_function_in_the_source():
    f = compiled(twice, *ARGS)
    names = [row.name for row in f.explain(*ARGS).rows]
    assert names == re.findall(r"^def (?!run)(\w+)\(", f.source, re.MULTILINE)
    assert {"matmul", "matmul_2", "sin", "sin_2"} == set(names)


def test_a_name_that_python_has_taken_is_another_in_the_table_too():
    f = compiled(lambda x, w: np.sum(np.sum(x, axis=0) @ w), np.ones((4, 3)), np.eye(3))
    names = [row.name for row in f.explain(np.ones((4, 3)), np.eye(3)).rows]
    assert names == re.findall(r"^def (?!run)(\w+)\(", f.source, re.MULTILINE)
    assert names == ["sum_2", "matmul", "sum_3"]


def test_a_row_says_what_its_kernel_runs_over():
    rows = compiled(twice, *ARGS).explain(*ARGS).rows
    extents = {row.name: row.extent for row in rows}
    assert extents["matmul"] == "[2, 4] @ [4, 3]"
    assert extents["matmul_2"] == "[2, 3] @ [3, 4]"
    assert extents["sin_2"] in ("[8]", "[2, 4]")


def test_the_table_is_aligned_and_adds_up():
    table = compiled(twice, *ARGS).explain(*ARGS)
    first, head, *lines = str(table).splitlines()
    traced, left = table.equations
    assert (traced, left) == (4, 4)
    assert first.startswith(f"{traced} equations, {left} after the passes, 4 kernels, ")
    place = head.index("kernel, and")
    names = [*(row.name for row in table.rows), "all of them"]
    for name, line in zip(names, lines, strict=True):
        assert line[place - 2 :].startswith(f"  {name}")
    shares = [float(line[:place].split()[-1].rstrip("%")) for line in lines]
    assert shares[-1] == 100.0
    assert sum(shares[:-1]) == pytest.approx(100.0, abs=0.5)
    assert float(lines[-1].split()[0]) == pytest.approx(
        sum(row.cost.operations for row in table.rows) / 1e6, abs=1e-3
    )


def test_a_loop_is_a_row_that_names_what_it_repeats():
    def f(x: Any, w: Any) -> Any:
        return scan(lambda h, a: (np.tanh(h @ w + a), None), x[0] @ w, x)[0]

    args = np.ones((5, 2, 3)), np.eye(3)
    g = compiled(f, *args)
    (loop,) = [row for row in g.explain(*args).rows if "times" in row.extent]
    assert loop.extent.startswith("5 times: matmul")
    defined = re.findall(r"^def (\w+)\(", g.source, re.MULTILINE)
    assert set(loop.extent.removeprefix("5 times: ").split(", ")) <= set(defined)


def test_one_kernel_is_one_kernel():
    x = np.ones(8)
    assert ", 1 kernel, " in str(compiled(np.exp, x).explain(x))

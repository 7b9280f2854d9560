"""Nested containers: taken apart, put together, named."""

from collections import OrderedDict, defaultdict
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.containers import (
    count_leaves,
    describe_tree,
    flatten,
    is_container,
    map_leaves,
    paths,
    unflatten,
)
from autograd.errors import ArgumentError


class Point(NamedTuple):
    x: Any
    y: Any = None


keys = st.text("ab'\"[", max_size=3) | st.integers(-2, 2)
trees = st.recursive(
    st.integers() | st.floats(allow_nan=False) | st.text(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.none()
        | st.tuples(inner, inner)
        | st.just(())
        | st.builds(Point, inner, inner | st.none())
        | st.dictionaries(keys, inner, max_size=3)
        | st.dictionaries(keys, inner, max_size=2).map(OrderedDict)
        | st.dictionaries(keys, inner, max_size=2).map(lambda d: defaultdict(list, d))
    ),
    max_leaves=8,
)


def equal(a: Any, b: Any) -> bool:
    """Equal, and of one type at every level, dicts in one order."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b


@given(trees)
def test_put_together_it_is_what_was_taken_apart(tree: Any) -> None:
    leaves, structure = flatten(tree)
    assert equal(unflatten(structure, leaves), tree)
    assert equal(unflatten(structure, iter(leaves)), tree)
    assert count_leaves(tree) == count_leaves(structure) == len(leaves) == len(paths(tree))
    assert flatten(unflatten(structure, range(len(leaves))))[0] == list(range(len(leaves)))
    assert flatten(tree)[1] == structure
    assert not any(is_container(leaf) for leaf in leaves)


@given(trees)
def test_a_path_is_python(tree: Any) -> None:
    leaves, _ = flatten(tree)
    for path, leaf in zip(paths(tree), leaves, strict=True):
        assert eval(f"tree{path}", {"tree": tree}) is leaf


@given(trees)
def test_map_leaves(tree: Any) -> None:
    numbered = map_leaves(lambda x: (x,), tree)
    assert flatten(numbered)[0] == flatten(tree)[0]
    doubled = map_leaves(lambda x, y, z: [x is y, y is z], tree, tree, tree)
    assert flatten(doubled)[0] == [True, True] * count_leaves(tree)
    same = map_leaves(lambda x: x, tree)
    assert equal(same, tree)


@given(trees, st.integers(1, 3))
def test_a_wrong_number_of_leaves_is_refused(tree: Any, extra: int) -> None:
    leaves, structure = flatten(tree)
    for wrong in (leaves + [0] * extra, leaves[:-extra]):
        if len(wrong) != len(leaves):
            with pytest.raises(ArgumentError, match=f"{len(leaves)} leaves"):
                unflatten(structure, wrong)
            with pytest.raises(ArgumentError, match="structure"):
                map_leaves(lambda x, y: x, tree, wrong)


def test_structures_differ_where_containers_do() -> None:
    different = [(1, 2), [1, 2], {"a": 1, "b": 2}, {"a": 1, "c": 2}, [1, [2]], [1, 2, None], 1]
    structures = [flatten(tree)[1] for tree in different]
    for i, a in enumerate(structures):
        for j, b in enumerate(structures):
            assert (a == b) is (i == j)
    with pytest.raises(ArgumentError):
        map_leaves(lambda x, y: x, [1, 2], (1, 2))
    with pytest.raises(ArgumentError):
        map_leaves(lambda x, y: x, {"a": 1}, {"b": 1})


def test_none_holds_nothing_and_arrays_are_leaves() -> None:
    assert flatten(None) == ([], None)
    assert is_container(None)
    for leaf in (1.0, np.ones(2), "ab", {1}, range(3), object()):
        assert not is_container(leaf)
        assert flatten(leaf)[0][0] is leaf


def test_a_defaultdict_keeps_its_factory() -> None:
    tree = unflatten(flatten(defaultdict(list, {"a": 1}))[1], [5])
    assert tree["new"] == []


def test_describe_tree() -> None:
    tree = {"w": np.ones((2, 3), np.float32), "p": Point(1.0, [2])}
    assert describe_tree(tree) == "['w']: float32 (2, 3), ['p'].x: float 1.0, ['p'].y[0]: int 2"
    assert describe_tree(np.ones(2)) == "float64 (2,)"
    assert describe_tree(None) == ""

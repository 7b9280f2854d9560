"""Nested containers: tuples, lists, dicts and named tuples of arrays, flattened and rebuilt."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autograd.errors import ArgumentError, describe

_CONTAINERS = (tuple, list, dict)

# A structure is the container with every leaf replaced by LEAF; None is a container of nothing.
LEAF = type("Leaf", (), {"__repr__": lambda self: "*", "__slots__": ()})()


def is_container(x: Any) -> bool:
    """Whether `x` is a tuple, list or dict, or None, which holds nothing.

    >>> is_container((1, 2)), is_container(1.0)
    (True, False)
    """
    return x is None or isinstance(x, _CONTAINERS)


def _rebuild(container: Any, items: list[Any]) -> Any:
    kind = type(container)
    if kind is tuple or kind is list:
        return kind(items)
    if isinstance(container, dict):
        pairs = zip(container, items, strict=True)
        if kind is dict:
            return dict(pairs)
        copy = container.copy()
        copy.update(pairs)
        return copy
    if hasattr(container, "_fields"):
        return kind(*items)
    return kind(items)


def _items(container: Any) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """The leaves of `tree`, in order, and its structure.

    >>> flatten({"w": [1.0, 2.0], "b": (3.0, None)})
    ([1.0, 2.0, 3.0], {'w': [*, *], 'b': (*, None)})
    """
    leaves: list[Any] = []
    return leaves, _take_apart(tree, leaves)


# Functions of the module, not closures: a closure that calls itself is a reference cycle, and would
# hold the leaves, and with them their graphs, until the garbage collector runs.
def _take_apart(x: Any, leaves: list[Any]) -> Any:
    if x is None:
        return None
    if isinstance(x, _CONTAINERS):
        return _rebuild(x, [_take_apart(item, leaves) for item in _items(x)])
    leaves.append(x)
    return LEAF


def unflatten(structure: Any, leaves: Iterable[Any]) -> Any:
    """The inverse of `flatten`.

    Raises ArgumentError when there are more or fewer leaves than the structure has places.

    >>> leaves, structure = flatten({"w": [1.0, 2.0], "b": (3.0, None)})
    >>> unflatten(structure, [10 * x for x in leaves])
    {'w': [10.0, 20.0], 'b': (30.0, None)}
    """
    given = list(leaves)
    if structure is LEAF and len(given) == 1:
        return given[0]
    places = count_leaves(structure)
    if places != len(given):
        raise ArgumentError(
            f"{places} leaves for the structure {structure!r}",
            f"{len(given)} leaves",
            "pass one leaf for each * of the structure",
        )
    return _put_together(structure, iter(given))


def _put_together(x: Any, leaves: Iterator[Any]) -> Any:
    if x is LEAF:
        return next(leaves)
    if x is None:
        return None
    return _rebuild(x, [_put_together(item, leaves) for item in _items(x)])


def count_leaves(structure: Any) -> int:
    """How many leaves a structure, or any nested container, has.

    >>> count_leaves({"w": [1.0, 2.0], "b": (3.0, None)})
    3
    """
    if structure is None:
        return 0
    if isinstance(structure, _CONTAINERS):
        return sum(map(count_leaves, _items(structure)))
    return 1


def paths(tree: Any) -> list[str]:
    """One name per leaf, as Python would index it.

    >>> paths({"w": [1.0, 2.0], "b": 3.0})
    ["['w'][0]", "['w'][1]", "['b']"]
    """
    found: list[str] = []
    _name_leaves(tree, "", found)
    return found


def _name_leaves(x: Any, path: str, found: list[str]) -> None:
    if x is None:
        return
    if isinstance(x, dict):
        for key, item in x.items():
            _name_leaves(item, f"{path}[{key!r}]", found)
    elif hasattr(x, "_fields"):
        for field, item in zip(x._fields, x, strict=True):
            _name_leaves(item, f"{path}.{field}", found)
    elif isinstance(x, tuple | list):
        for position, item in enumerate(x):
            _name_leaves(item, f"{path}[{position}]", found)
    else:
        found.append(path)


def map_leaves(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """`function` applied to every leaf, and to the leaves of equally structured containers.

    >>> map_leaves(lambda x, y: x + y, {"a": 1, "b": [2]}, {"a": 10, "b": [20]})
    {'a': 11, 'b': [22]}
    """
    leaves, structure = flatten(tree)
    columns = [leaves]
    for other in others:
        column, received = flatten(other)
        if received != structure:
            raise ArgumentError(
                f"the structure {structure!r}",
                f"{received!r}",
                "pass containers of equal structure",
            )
        columns.append(column)
    return unflatten(structure, [function(*row) for row in zip(*columns, strict=True)])


def describe_tree(tree: Any) -> str:
    """The shapes and dtypes of the leaves, each with its path.

    >>> describe_tree([1.0, {"w": 2}])
    "[0]: float 1.0, [1]['w']: int 2"
    """
    leaves, _ = flatten(tree)
    named = zip(paths(tree), leaves, strict=True)
    return ", ".join(f"{path}: {describe(x)}" if path else describe(x) for path, x in named)

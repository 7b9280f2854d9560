"""Small helpers that existing code imports: changed copies of tuples, and the order of a graph."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from graphlib import TopologicalSorter
from operator import attrgetter
from typing import Any

__all__ = ["func", "subval", "subvals", "toposort"]


def subval(x: Iterable[Any], i: int, v: Any) -> tuple[Any, ...]:
    """`x` as a tuple with v at index i.

    >>> subval((1, 2, 3), 0, 5)
    (5, 2, 3)
    """
    return subvals(x, [(i, v)])


def subvals(x: Iterable[Any], ivs: Iterable[tuple[int, Any]]) -> tuple[Any, ...]:
    """`x` as a tuple with v at index i, for every pair (i, v).

    >>> subvals((1, 2, 3), [(0, 5), (2, 7)])
    (5, 2, 7)
    """
    changed = list(x)
    for i, v in ivs:
        changed[i] = v
    return tuple(changed)


def func(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f` itself; in Python 2 it was the function of a method."""
    return f


def toposort(
    end_node: Hashable, parents: Callable[[Any], Iterable[Any]] = attrgetter("parents")
) -> Iterator[Any]:
    """The nodes that `end_node` was made from, each after all that were made from it.

    >>> list(toposort("d", {"a": "", "b": "a", "c": "ab", "d": "cb"}.get))
    ['d', 'c', 'b', 'a']
    """
    order: TopologicalSorter[Any] = TopologicalSorter({end_node: ()})
    seen, waiting = {end_node}, [end_node]
    while waiting:
        node = waiting.pop()
        for parent in parents(node):
            order.add(parent, node)
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    yield from order.static_order()

"""Grouping: every node into the group where it costs least, as long as no circle comes of it."""

from collections.abc import Iterable

from autograd.compiler.groups import Group, alone, volume
from autograd.compiler.joining_groups import joined
from autograd.compiler.nodes import (
    Access,
    Assembled,
    Node,
    Opaque,
    Product,
    Result,
    Source,
    Write,
)

# How many groups that read the same memory are tried.
_NEIGHBOURS = 4


class Grouping:
    """The groups so far; `of` says in which a node is."""

    def __init__(self) -> None:
        self.groups: dict[int, Group] = {}
        self.of: dict[Node, Group] = {}
        self._readers: dict[Node, list[Node]] = {}
        self._after: dict[Group, set[Group]] = {}  # the groups that need a group
        self._numbers = 0
        # A group of single numbers, by what it depends on.
        self._scalars: dict[int, Node] = {}

    def add(self, node: Node) -> None:
        """Put a node, whose operands have been put already, where it belongs."""
        if isinstance(node, Source | Assembled | Result):
            return
        group = alone(node, self._numbers, isinstance(node, Product | Opaque))
        self._numbers += 1
        self.groups[group.number] = group
        self.of[node] = group
        for maker in node.needs():
            self._follow(group, self.of[maker])
        if not group.opaque:
            for other in self._candidates(node):
                mine, theirs = self.of[node], self.of[other]
                if mine is not theirs:
                    self._try(theirs, mine)
            if not self.of[node].sizes:
                self._scalars[self.of[node].before] = node
        for x in node.operands():
            if isinstance(x, Access):
                self._readers.setdefault(x.node, []).append(node)

    def _candidates(self, node: Node) -> Iterable[Node]:
        """Nodes whose groups this one might join: what it reads, then what reads the same."""
        read = [x.node for x in node.operands() if isinstance(x, Access)]
        makers = [m for m in read if m in self.of and not self.of[m].opaque]
        yield from sorted(makers, key=lambda m: (-m.size, -m.number))
        if not self.of[node].sizes:
            # Joining one that waits for more would make what reads either wait for both.
            like = self._scalars.get(self.of[node].before)
            if like is not None:
                yield like
            return
        for source in sorted(read, key=lambda m: -m.size):
            if source.size > 1:
                yield from self._readers.get(source, [])[: -_NEIGHBOURS - 1 : -1]
        if isinstance(node, Write):
            # What is assembled of equal parts is written by one nest of loops.
            yield from [w for w in node.whole_node.writes if w in self.of and w is not node][-1:]

    def _try(self, g: Group, h: Group) -> None:
        if g.opaque or h.opaque or self._circle(g, h) or self._circle(h, g):
            return
        if not self._shares(g, h):
            return
        if len(h.places) > len(g.places):
            g, h = h, g  # the smaller moves: n nodes that gather in one group move log n times
        if joined(g, h):
            self._replace(g, h)

    def _shares(self, g: Group, h: Group) -> bool:
        """Whether two groups turn alike, or one reads what the other makes."""
        if volume(g) == volume(h):
            return True
        if _reads_of(h, g):
            return True
        return h.span[0] < g.span[1] and _reads_of(g, h)

    def _circle(self, g: Group, h: Group) -> bool:
        """Whether h comes after a third group that comes after g."""
        return any(d is not g and d.before >> g.number & 1 for d in h.needs)

    def _replace(self, g: Group, h: Group) -> None:
        """What is in h now is in g."""
        bits = 1 << g.number | 1 << h.number
        before = (g.before | h.before) & ~bits
        grows = before != g.before or h in self._after
        for first in h.needs:
            self._after[first].discard(h)
        for first in h.needs - {g}:
            self._after[first].add(g)
        g.needs = (g.needs | h.needs) - {g, h}
        g.before = before
        del self.groups[h.number]
        for node in h.places:
            self.of[node] = g
        if not grows:
            return
        for other in self._after.pop(h, ()):
            other.needs.discard(h)
            if other is not g:
                other.needs.add(g)
                self._after.setdefault(g, set()).add(other)
        for other in self._later(g):
            other.before = (other.before & ~bits) | before | 1 << g.number

    def _later(self, group: Group) -> Iterable[Group]:
        """All groups that come after one."""
        found: set[Group] = set()
        waiting = [group]
        while waiting:
            new = self._after.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return found

    def _follow(self, group: Group, first: Group) -> None:
        if first is group:
            return
        group.needs.add(first)
        self._after.setdefault(first, set()).add(group)
        group.before |= first.before | 1 << first.number

    def order(self, group: Group, first: Group) -> bool:
        """Have `group` come after `first`; False where it has to come before."""
        if first is group or first in group.needs:
            return True
        if first.before >> group.number & 1:
            return False
        self._follow(group, first)
        for other in self._later(group):
            other.before |= group.before
        return True


def _reads_of(reader: Group, maker: Group) -> bool:
    """Whether a node of one group reads what one of the other makes."""
    few = len(maker.places) < len(reader.places)
    return any(
        isinstance(x, Access) and x.node in maker.places
        for node in (reader.readers(maker.places) if few else reader.places)
        for x in node.operands()
    )


def grouped(nodes: Iterable[Node]) -> Grouping:
    """The groups of the nodes."""
    grouping = Grouping()
    for node in nodes:
        grouping.add(node)
    for group in grouping.groups.values():
        group.decide()
    return grouping

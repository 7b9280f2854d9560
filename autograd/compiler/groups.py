"""Groups: which nodes share a nest of loops.

Every node that loops can compute begins as a group of its own. Two groups become one where their
loops can be matched: what one reads of the other is then at hand at the same index, and needs no
memory. The loops of a group are numbers; a `Place` says for each axis of a node's space of which
loops its index is made.

In terms of the loops a node is either full (all loops) or a row (all but the inner ones, which a
reduction folds). A reduction whose result comes only after the last turn is a sink: nothing in its
own group may read it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from math import prod
from typing import TypeAlias

from autograd.compiler.loops import contiguous
from autograd.compiler.nodes import Access, Node, Reduction, Write

# Of each axis, the loops and how far the index moves with each.
Place: TypeAlias = tuple[tuple[tuple[int, int], ...], ...]
# How far an address moves with each loop; loops along which it stays are left out.
Form: TypeAlias = dict[int, int]

new_loop = count().__next__


def form(strides: tuple[int, ...], place: Place) -> Form:
    """How an address with these strides moves with the loops."""
    found: Form = {}
    for stride, parts in zip(strides, place, strict=True):
        if stride:
            for loop, step in parts:
                found[loop] = found.get(loop, 0) + stride * step
    return {loop: step for loop, step in found.items() if step}


def own_form(node: Node, place: Place) -> Form:
    """How the address of a node's own elements moves with the loops."""
    if isinstance(node, Reduction):
        return form(contiguous(node.shape), tuple(place[i] for i in node.kept))
    if isinstance(node, Write):
        return form(node.target.strides, place)
    return form(contiguous(node.shape), place)


@dataclass(eq=False)
class Group:
    """Nodes in one nest of loops; or one node that is none, a product of matrices or a call.

    sizes      the length of each loop.
    places     the nodes, in the order of their numbers, and where they are in the loops.
    span       the numbers of the first and of the last of the nodes.
    inner      the loops that its reductions fold; None while there is no such reduction.
    sinks      reductions whose result comes after the last turn.
    before     a bit for every group that has to come before.
    needs      the groups that it reads from, or has to follow for another reason.
    """

    number: int
    sizes: dict[int, int]
    places: dict[Node, Place]
    span: tuple[int, int]
    inner: frozenset[int] | None = None
    sinks: set[Node] = field(default_factory=set)
    before: int = 0
    needs: set["Group"] = field(default_factory=set)
    opaque: bool = False
    division: frozenset[int] | None = None  # the outer loops, once all is decided
    used: set[frozenset[int]] = field(default_factory=set)  # the loops of one node or another
    folds: list[Reduction] = field(default_factory=list)  # reductions that are no sinks
    _reads: dict[Node, dict[tuple[tuple[int, int], ...], Form]] | None = None
    _readers: dict[Node, list[Node]] | None = None

    def outer_of(self, inner: frozenset[int] | None) -> frozenset[int] | None:
        """The loops around the inner ones; None where the nodes do not fit such a division."""
        every = frozenset(self.sizes)
        if inner is not None:
            outer = every - inner
        else:
            fewer = self.used - {every}
            if len(fewer) > 1:
                return None
            (outer,) = fewer or {frozenset[int]()}
        return outer if self.used <= {every, outer} else None

    @property
    def undecided(self) -> Reduction | None:
        """A lone reduction that may yet fold inner loops or be a sink."""
        if len(self.places) != 1 or self.opaque or self.inner is not None or self.sinks:
            return None
        (node,) = self.places
        return node if isinstance(node, Reduction) else None

    def decide(self) -> None:
        """Make up what a lone reduction is, and which loops are the outer ones."""
        node = self.undecided
        if node is not None and runs_across(node, self.places[node]):
            self.sinks.add(node)
        elif node is not None:
            self.inner = folded_loops(node, self.places[node])
        self.division = self.outer_of(self.inner)
        self.places = dict(sorted(self.places.items(), key=lambda item: item[0].number))

    def accesses(self, node: Node) -> Iterator[tuple[Access, Form]]:
        """What a node of the group reads, and how the addresses move with the loops."""
        place = self.places[node]
        for x in node.operands():
            if isinstance(x, Access):
                yield x, form(x.strides, place)

    def reads(self) -> dict[Node, dict[tuple[tuple[int, int], ...], Form]]:
        """How the group moves through each node that it reads or writes a part of."""
        if self._reads is None:
            self._reads = {}
            for node in self.places:
                self.note(node)
        return self._reads

    def readers(self, made: Iterable[Node]) -> list[Node]:
        """The nodes that read what these make, or write to where these write, in order."""
        if self._readers is None:
            self._readers = {}
            for node in self.places:
                self._note_reader(node)
        found: set[Node] = set()
        for node in made:
            found.update(self._readers.get(node, ()))
            if isinstance(node, Write):
                found.update(self._readers.get(node.whole_node, ()))
        return sorted(found, key=lambda node: node.number)

    def _note_reader(self, node: Node) -> None:
        if self._readers is None:
            return
        touched = [x.node for x in node.operands() if isinstance(x, Access)]
        for x in (*touched, node.whole_node) if isinstance(node, Write) else touched:
            self._readers.setdefault(x, []).append(node)

    def note(self, node: Node) -> None:
        """Add a node to what `reads` and `readers` know."""
        self._note_reader(node)
        if self._reads is None:
            return
        for x, moves in self.accesses(node):
            self._reads.setdefault(x.node, {})[tuple(sorted(moves.items()))] = moves
        if isinstance(node, Write):
            moves = own_form(node, self.places[node])
            self._reads.setdefault(node.target.node, {})[tuple(sorted(moves.items()))] = moves

    def forget(self) -> None:
        """The loops are others now."""
        self._reads = None


def loops_of(place: Place) -> Iterator[int]:
    """The loops of a place."""
    for parts in place:
        for loop, _ in parts:
            yield loop


def alone(node: Node, number: int, opaque: bool = False) -> Group:
    """A group of one node."""
    sizes: dict[int, int] = {}
    place: list[tuple[tuple[int, int], ...]] = []
    for n in () if opaque else node.space:
        if n == 1:
            place.append(())
            continue
        loop = new_loop()
        sizes[loop] = n
        place.append(((loop, 1),))
    places, span = {node: tuple(place)}, (node.number, node.number)
    return Group(number, sizes, places, span, opaque=opaque, used={frozenset(sizes)})


def folded_loops(node: Reduction, place: Place) -> frozenset[int]:
    """The loops that a reduction folds."""
    return frozenset(loop for i in node.axes for loop, _ in place[i])


def runs_across(node: Reduction, place: Place) -> bool:
    """Whether the elements that it folds together lie apart, and its results side by side."""
    moves = form(node.argument.strides, place)
    if not moves or len(folded_loops(node, place)) == len(set(loops_of(place))):
        return False
    return min(moves, key=lambda loop: abs(moves[loop])) not in folded_loops(node, place)


def volume(group: Group) -> int:
    """How many turns the loops make."""
    return prod(group.sizes.values())

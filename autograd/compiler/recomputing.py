"""Recomputing: what costs less to compute twice than to store and read is computed twice.

What a kernel makes for later kernels would have to be stored. Where that follows by a few functions
from what lies in memory anyway, from a number per row, or from what the kernel itself read, the
later kernels compute it again: a mask, a cast, the normalised rows of a layer norm, the derivative
of gelu. This is also what moves a computation from the kernel of what it reads into that of what
reads it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from autograd.compiler.grouping import Grouping
from autograd.compiler.groups import Form, Group, Place, volume
from autograd.compiler.loops import contiguous
from autograd.compiler.nodes import Access, Elementwise, Gather, Node, Reduction, Source
from autograd.compiler.scalars import COSTS
from autograd.compiler.slicing import substitute

# The cost, in additions for an element, up to which four bytes are computed rather than stored.
_WORTH = 24
# Up to so many nodes of a group each is looked at by itself.
_MANY = 16
# A node with so many times fewer elements may be stored without being counted.
_SMALL = 8
_COMPARISONS = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}


@dataclass(eq=False)
class _Chain:
    """A node and those below it that would be computed with it.

    members    the nodes, each after those that it reads.
    leaves     what would be read instead, other than small things.
    kept       those of them that would have to stay in memory for longer.
    cost       of one element, not counting what no one else in the group needs.
    """

    members: list[Elementwise]
    leaves: set[Node]
    kept: set[Node]
    cost: float


def recompute(nodes: list[Node], grouping: Grouping, results: Iterable[Node]) -> list[Node]:
    """The nodes, with copies of some in the groups that read them."""
    return _Recomputing(nodes, grouping, set(results)).run()


class _Recomputing:
    def __init__(self, nodes: list[Node], grouping: Grouping, results: set[Node]) -> None:
        self.nodes = nodes
        self.grouping = grouping
        self.results = results
        self.readers: dict[Node, list[Node]] = {}
        for node in nodes:
            self._note(node)
        self.made: list[Node] = []
        self.twins: dict[tuple[Node, Place, Group], Elementwise] = {}

    def _note(self, node: Node) -> None:
        for x in node.operands():
            if isinstance(x, Access):
                self.readers.setdefault(x.node, []).append(node)

    def run(self) -> list[Node]:
        """Look at each group after all that come later."""
        order = {group: max(n.number for n in group.places) for group in self._groups()}
        for group in sorted(order, key=lambda group: -order[group]):
            self._lighten(group)
        nodes = sorted([*self.nodes, *self.made], key=lambda node: node.number)
        dropped = self._dropped(nodes)
        return [node for node in nodes if node not in dropped]

    def _groups(self) -> list[Group]:
        return [group for group in self.grouping.groups.values() if not group.opaque]

    # Which

    def _lighten(self, home: Group) -> None:
        """Have later groups compute what they read of this one, where that is worth while."""
        stored = [
            node
            for node in home.places
            if isinstance(node, Elementwise) and node.size > 1 and self._is_for_others(node, home)
        ]
        free = self._only_for(home)
        wanted = [
            node
            for node in stored
            if self._uses(node, home) is not None and not self._is_sought(node)
        ]
        gain, chains = self._weighed(wanted, home, free)
        # One by one, those without which more is gained.
        while len(chains) > 1 and len(wanted) <= _MANY:
            tried = [
                self._weighed([n for n in chains if n is not left], home, free) for left in chains
            ]
            better = max(tried, key=lambda found: found[0])
            if better[0] <= gain:
                break
            gain, chains = better
        if gain > 0:
            for node in reversed(list(chains)):
                self._move(node, home, chains[node])

    def _weighed(
        self, wanted: list[Elementwise], home: Group, free: set[Node]
    ) -> tuple[int, dict[Elementwise, _Chain]]:
        """The bytes that are not stored and not loaded if these are computed elsewhere, and how.

        Nothing is gained where more would have to stay in memory than now is stored.
        """
        chains: dict[Elementwise, _Chain] = {}
        for node in wanted:
            chain = self._chain(node, home, chains, free)
            if chain is not None and chain.cost <= _WORTH * node.dtype.itemsize / 4:
                chains[node] = chain
        stored = sum(map(_bytes, chains))
        if sum(map(_bytes, {leaf for chain in chains.values() for leaf in chain.kept})) > stored:
            return -1, chains
        gain = stored
        needed: dict[Group, set[Node]] = {}
        for node, chain in chains.items():
            for group in {self.grouping.of[r] for r in self.readers[node]} - {home}:
                gain += _bytes(node)
                needed.setdefault(group, set()).update(chain.leaves)
        for group, leaves in needed.items():
            loaded = {x.node for n in group.places for x in n.operands() if isinstance(x, Access)}
            gain -= sum(map(_bytes, leaves - loaded | (leaves & set(chains))))
        return gain, chains

    def _is_for_others(self, node: Node, home: Group) -> bool:
        if node in self.results:
            return False
        return any(self.grouping.of[reader] is not home for reader in self.readers.get(node, ()))

    def _is_sought(self, node: Node) -> bool:
        """Whether an extreme of a node is compared with it, which another kernel may round else."""
        readers = self.readers.get(node, ())
        return any(
            isinstance(r, Reduction) and r.function in ("maximum", "minimum") for r in readers
        ) and any(isinstance(r, Elementwise) and r.function in _COMPARISONS for r in readers)

    def _only_for(self, home: Group) -> set[Node]:
        """Nodes of a group that it computes for later groups alone: moving them costs nothing."""
        found: set[Node] = set()
        for node in reversed(home.places):
            if not isinstance(node, Elementwise) or node in self.results:
                continue
            inside = [r for r in self.readers.get(node, ()) if self.grouping.of[r] is home]
            if all(reader in found for reader in inside):
                found.add(node)
        return found

    def _uses(self, node: Node, home: Group) -> list[tuple[Node, Access, Place]] | None:
        """How others read a node, and where it would be in their loops; None if one cannot."""
        found = []
        for reader in dict.fromkeys(self.readers.get(node, ())):
            group = self.grouping.of[reader]
            if group is home:
                continue
            if group.opaque or volume(group) > 4 * node.size:
                return None
            for x, moves in dict(group.accesses(reader)).items():
                if x.node is node:
                    place = _place(node, x, moves, group)
                    if place is None or (isinstance(reader, Gather) and x is reader.table):
                        return None
                    found.append((reader, x, place))
        return found

    def _chain(
        self, node: Elementwise, home: Group, chains: dict[Elementwise, _Chain], free: set[Node]
    ) -> _Chain | None:
        """What would have to be computed with a node, down to what lies in memory."""
        found = _Chain([], set(), set(), 0.0)
        stack: list[tuple[Elementwise, bool]] = [(node, False)]
        seen: set[Node] = set()
        while stack:
            member, done = stack.pop()
            if done:
                found.members.append(member)
                if member not in free:
                    found.cost += COSTS.get(member.function, 1)
                continue
            if member in seen:
                continue
            seen.add(member)
            stack.append((member, True))
            for x in member.operands():
                if not isinstance(x, Access):
                    continue
                y = x.node
                if y.size * _SMALL <= node.size:
                    continue
                if y not in home.places:
                    found.leaves.add(y)
                    if not self._stays(y, home):
                        found.kept.add(y)
                elif self._lies(y, home, chains):
                    found.leaves.add(y)
                elif (
                    isinstance(y, Elementwise)
                    and x.is_whole
                    and x.shape == y.shape == node.shape
                    and not self._is_sought(y)
                ):
                    stack.append((y, False))
                else:
                    return None
        return found

    def _lies(self, node: Node, home: Group, chains: dict[Elementwise, _Chain]) -> bool:
        """Whether a node of the group will be in memory in any case."""
        if node in self.results or node in home.sinks:
            return True
        return node not in chains and self._is_for_others(node, home)

    def _stays(self, node: Node, home: Group) -> bool:
        """Whether what the group reads is in memory for others as well."""
        if isinstance(node, Source) or node in self.results:
            return True
        return any(self.grouping.of[r] is not home for r in self.readers.get(node, ()))

    # How

    def _move(self, node: Elementwise, home: Group, chain: _Chain) -> None:
        """Compute a node in the groups that read it."""
        uses = self._uses(node, home) or []
        made: dict[tuple[int, Place], Node] = {}
        for reader, x, place in uses:
            group = self.grouping.of[reader]
            key = (group.number, place)
            if key not in made:
                made[key] = self._copied(node, chain.members, place, group)
            substitute(reader, x, replace(x, node=made[key]))
            self.readers.setdefault(made[key], []).append(reader)
        others = {reader for reader, _, _ in uses}
        self.readers[node] = [r for r in self.readers[node] if r not in others]

    def _copied(self, node: Node, members: list[Elementwise], place: Place, group: Group) -> Node:
        """A node, and what is below it, once more, in another group."""
        made: dict[Node, Node] = {}
        for member in members:
            twin = self.twins.get((member, place, group))
            if twin is None:
                arguments = tuple(
                    replace(x, node=made[x.node]) if isinstance(x, Access) and x.node in made else x
                    for x in member.arguments
                )
                twin = Elementwise(member.shape, member.dtype, member.function, arguments)
                twin.number = member.number
                group.places[twin] = place
                self.grouping.of[twin] = group
                self.twins[member, place, group] = twin
                self.made.append(twin)
                self._note(twin)
            made[member] = twin
        group.places = dict(sorted(group.places.items(), key=lambda item: item[0].number))
        return made[node]

    def _dropped(self, nodes: list[Node]) -> set[Node]:
        """Nodes that nothing reads any more, taken out of their groups."""
        dropped: set[Node] = set()
        for node in reversed(nodes):
            if not isinstance(node, Elementwise) or node in self.results:
                continue
            if all(reader in dropped for reader in self.readers.get(node, ())):
                dropped.add(node)
                del self.grouping.of[node].places[node]
        return dropped


def _bytes(node: Node) -> int:
    return node.size * node.dtype.itemsize


def _place(node: Node, x: Access, moves: Form, group: Group) -> Place | None:
    """Where a node would be in a group that reads it so; None if it reads other elements too."""
    if x.offset:
        return None
    parts: list[list[tuple[int, int]]] = [[] for _ in node.shape]
    steps = contiguous(node.shape)
    for loop, step in moves.items():
        for axis, (n, own) in enumerate(zip(node.shape, steps, strict=True)):
            if n != 1 and own <= step < own * n:
                if step % own or (step // own) * (group.sizes[loop] - 1) >= n:
                    return None
                parts[axis].append((loop, step // own))
                break
        else:
            return None
    reach = [sum((group.sizes[loop] - 1) * s for loop, s in part) + 1 for part in parts]
    if any(far > n for far, n in zip(reach, node.shape, strict=True)):
        return None
    return tuple(map(tuple, parts))

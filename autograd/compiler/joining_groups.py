"""Joining: two groups in one nest of loops, where their loops match."""

from collections.abc import Iterator

from autograd.compiler.groups import (
    Form,
    Group,
    Place,
    folded_loops,
    form,
    loops_of,
    own_form,
    runs_across,
)
from autograd.compiler.matching import Matching
from autograd.compiler.nodes import Access, Gather, Node, Reduction, Write


def joined(g: Group, h: Group) -> bool:
    """Put what is in h into g, if all of it fits one nest of loops.

    If not, nothing changes, except that loops of g may be divided in two.
    """
    if g.opaque or h.opaque:
        return False
    links = _links(g, h)
    if links is None:
        return False
    matching = Matching(g, h)
    for of_g, of_h, size in links:
        if not matching.same(of_g, of_h, size):
            return False
    for of_g, of_h, size in _hints(g, h):
        matching.guess(of_g, of_h, size)
    matching.by_length()
    if not matching.pair and not _scalars_fit(g, h, bool(links)):
        return False
    undecided = [side.undecided for side in (g, h) if side.undecided is not None]
    if matching.g.parts:
        _divide(g, matching)
    rename = matching.pair
    places = {}
    for node, place in h.places.items():
        places[node] = tuple(
            tuple((rename.get(loop, loop), step) for loop, step in parts)
            for parts in matching.h.place(place)
        )
    other = None
    if h.inner is not None:
        other = frozenset(rename.get(loop, loop) for loop in matching.h.loops(h.inner))
        if g.inner is not None and g.inner != other:
            return False
    more = {c: n for c, n in matching.h.sizes.items() if c not in rename}
    new = Group(g.number, {**g.sizes, **more}, {}, g.span)
    new.used = g.used | {frozenset(loops_of(place)) for place in places.values()}
    for inner, sinks in _choices(
        undecided,
        {**{n: g.places[n] for n in undecided if n in g.places}, **places},
        other if g.inner is None else g.inner,
    ):
        folds = [n for n in (*g.folds, *h.folds, *undecided) if n not in sinks]
        outer = new.outer_of(inner)
        as_before = inner == g.inner and not more
        unsure = folds[len(g.folds) :] if as_before else folds
        if outer is None or not _folds_fit(new, inner, unsure, g.places, places):
            continue
        if inner is None and outer and _strides_apart(outer, g.places, places):
            continue
        if _reads_any(g, h, sinks):
            continue
        g.inner, g.folds = inner, folds
        g.sinks |= h.sinks | sinks
        g.sizes, g.used = new.sizes, new.used
        g.places.update(places)
        g.span = min(g.span[0], h.span[0]), max(g.span[1], h.span[1])
        for node in places:
            g.note(node)
        return True
    return False


def _divide(g: Group, matching: Matching) -> None:
    """Have the group speak of the parts of loops that were divided."""
    g.places = {node: matching.g.place(place) for node, place in g.places.items()}
    g.sizes = dict(matching.g.sizes)
    g.used = {frozenset(loops_of(place)) for place in g.places.values()}
    g.inner = None if g.inner is None else matching.g.loops(g.inner)
    g.forget()


def _folds_fit(
    new: Group,
    inner: frozenset[int] | None,
    folds: list[Reduction],
    *places: dict[Node, Place],
) -> bool:
    """Whether these reductions fold the inner loops, and run in all."""
    every = set(new.sizes)
    for node in folds:
        place = next(known[node] for known in places if node in known)
        if folded_loops(node, place) != inner or set(loops_of(place)) != every:
            return False
    return True


def _strides_apart(outer: frozenset[int], *places: dict[Node, Place]) -> bool:
    """Whether elements that the inner loops visit lie apart, those of the outer side by side."""
    for known in places:
        for node, place in known.items():
            moves = own_form(node, place)
            if len(moves) > len(outer):
                return min(moves, key=lambda loop: abs(moves[loop])) in outer
    return False


def _reads_any(g: Group, h: Group, sinks: set[Node]) -> bool:
    """Whether a node of either reads one of these."""
    return bool(sinks) and any(
        isinstance(x, Access) and x.node in sinks
        for side in (g, h)
        for node in side.places
        for x in node.operands()
    )


def _scalars_fit(g: Group, h: Group, linked: bool) -> bool:
    """Whether groups without a common loop belong together: numbers, and sums that make them."""
    if g.sizes and h.sizes:
        return False
    looping = g if g.sizes else h
    folds = looping.inner is not None or looping.undecided is not None
    return not looping.sizes or (linked and folds)


def _choices(
    undecided: list[Reduction], places: dict[Node, Place], inner: frozenset[int] | None
) -> Iterator[tuple[frozenset[int] | None, set[Node]]]:
    """The ways to have reductions fold the inner loops, or be sinks: the best first."""
    if not undecided:
        yield inner, set()
        return
    first, *rest = undecided
    folded = folded_loops(first, places[first])
    if inner == folded or (inner is None and not runs_across(first, places[first])):
        for found, sinks in _choices(rest, places, folded):
            yield found, sinks
    for found, sinks in _choices(rest, places, inner):
        yield found, sinks | {first}


def _links(g: Group, h: Group) -> list[tuple[Form, Form, int]] | None:
    """What either reads of the other; None if it can be read from memory only."""
    found = []
    sides = [(h, g)]
    if h.span[0] < g.span[1]:
        sides.append((g, h))
    for reader, maker in sides:
        few = len(maker.places) < len(reader.places)
        for node in reader.readers(maker.places) if few else reader.places:
            if isinstance(node, Write) and any(w in maker.places for w in node.after):
                return None
            for x in node.operands():
                if not isinstance(x, Access):
                    continue
                if x.node in maker.places:
                    if isinstance(node, Gather) and x is node.table:
                        return None
                    if x.node in maker.sinks or isinstance(x.node, Write) or x.offset:
                        return None
                    made = own_form(x.node, maker.places[x.node])
                    moves = form(x.strides, reader.places[node])
                    pair = (made, moves) if maker is g else (moves, made)
                    found.append((*pair, x.node.size))
                elif any(made in maker.places for made in x.node.makers()):
                    return None
    return found


def _hints(g: Group, h: Group) -> Iterator[tuple[Form, Form, int]]:
    """What both read, or write, of the same memory."""
    if not h.sizes or not g.sizes:
        return
    read = g.reads()
    for node in h.places:
        for x, moves in h.accesses(node):
            for other in read.get(x.node, {}).values():
                yield other, moves, x.node.size
        if isinstance(node, Write):
            for other in read.get(node.target.node, {}).values():
                yield other, own_form(node, h.places[node]), node.target.node.size

"""Matching loops: which loops of one group are those of another, dividing them where needed."""

from collections.abc import Iterator

from autograd.compiler.groups import Form, Group, Place, new_loop


class Split:
    """Loops that were divided in two, an outer and an inner."""

    def __init__(self, sizes: dict[int, int]) -> None:
        self.sizes = dict(sizes)
        self.parts: dict[int, tuple[tuple[int, int], tuple[int, int]]] = {}

    def divide(self, loop: int, inner: int) -> tuple[int, int]:
        """The outer and the inner part of a loop, the inner of this length."""
        n = self.sizes.pop(loop)
        first, second = new_loop(), new_loop()
        self.sizes[first], self.sizes[second] = n // inner, inner
        self.parts[loop] = ((first, inner), (second, 1))
        return first, second

    def place(self, place: Place) -> Place:
        """A place in terms of the parts."""
        if not self.parts:
            return place
        return tuple(tuple(self._pieces(parts)) for parts in place)

    def _pieces(self, parts: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, int]]:
        for loop, step in parts:
            if loop in self.parts:
                yield from self._pieces(tuple((p, step * m) for p, m in self.parts[loop]))
            else:
                yield loop, step

    def form(self, form: Form) -> Form:
        """A form in terms of the parts."""
        if not self.parts:
            return form
        return dict(self._pieces(tuple(form.items())))

    def loops(self, loops: frozenset[int]) -> frozenset[int]:
        """A set of loops in terms of the parts."""
        return frozenset(loop for loop, _ in self._pieces(tuple((loop, 1) for loop in loops)))


class Matching:
    """Which loops of one group are those of another."""

    def __init__(self, g: Group, h: Group) -> None:
        self.g = Split(g.sizes)
        self.h = Split(h.sizes)
        self.pair: dict[int, int] = {}  # loop of h -> loop of g
        self.back: dict[int, int] = {}

    def _join(self, a: int, c: int) -> bool:
        if c in self.pair or a in self.back:
            return self.pair.get(c) == a
        self.pair[c], self.back[a] = a, c
        return True

    def _divide(self, side: Split, loop: int, inner: int) -> tuple[int, int]:
        """A loop in two; with it the one that it is paired with."""
        parts = side.divide(loop, inner)
        one, two = (self.back, self.pair) if side is self.g else (self.pair, self.back)
        if loop in one:
            partner = one.pop(loop)
            del two[partner]
            others = (self.h if side is self.g else self.g).divide(partner, inner)
            for part, other in zip(parts, others, strict=True):
                one[part], two[other] = other, part
        return parts

    def same(self, of_g: Form, of_h: Form, size: int) -> bool:
        """Match the loops along which both go through all of an array, in its order."""
        left = _digits(self.g.form(of_g), self.g.sizes, size)
        right = _digits(self.h.form(of_h), self.h.sizes, size)
        if left is None or right is None:
            return False
        while left and right:
            a, n = left.pop()
            c, m = right.pop()
            if n == m:
                if not self._join(a, c):
                    return False
            elif n % m == 0:
                first, second = self._divide(self.g, a, m)
                left.append((first, n // m))
                left.append((second, m))
                right.append((c, m))
                if not self._still(left, right):
                    return self.same(of_g, of_h, size)
            elif m % n == 0:
                first, second = self._divide(self.h, c, n)
                right.append((first, m // n))
                right.append((second, n))
                left.append((a, n))
                if not self._still(left, right):
                    return self.same(of_g, of_h, size)
            else:
                return False
        return not left and not right

    def _still(self, left: list[tuple[int, int]], right: list[tuple[int, int]]) -> bool:
        """Whether no loop that is yet to come was divided along with its partner."""
        return all(a in self.g.sizes for a, _ in left) and all(c in self.h.sizes for c, _ in right)

    def guess(self, of_g: Form, of_h: Form, size: int) -> None:
        """Match loops along which both move alike through an array that neither computes."""
        if len(of_g) != len(of_h) and self.same(of_g, of_h, size):
            return
        found = {(step, self.g.sizes[a]): a for a, step in self.g.form(of_g).items()}
        for c, step in self.h.form(of_h).items():
            a = found.get((step, self.h.sizes[c]))
            if a is not None and c not in self.pair and a not in self.back:
                self._join(a, c)

    def by_length(self) -> None:
        """Match what is left where the lengths are equal."""
        for c, n in self.h.sizes.items():
            if c not in self.pair:
                for a, m in self.g.sizes.items():
                    if n == m and a not in self.back:
                        self._join(a, c)
                        break


def _digits(form: Form, sizes: dict[int, int], size: int) -> list[tuple[int, int]] | None:
    """The loops and lengths that count through an array, slowest first; None if they do not."""
    found = sorted((step, loop) for loop, step in form.items())
    reach = 1
    for step, loop in found:
        if step != reach:
            return None
        reach *= sizes[loop]
    return [(loop, sizes[loop]) for _, loop in reversed(found)] if reach == size else None

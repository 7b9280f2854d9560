"""Which memory each array of a program takes.

An array lives in a piece of memory from the step that makes it to the last one that reads it; then
the piece serves another.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograd.compiler.emit.numpy_layouts import Layouts
from autograd.compiler.emit.numpy_names import Form
from autograd.compiler.emit.numpy_steps import Step
from autograd.compiler.program import Equation, Program, Variable


@dataclass(eq=False)
class Home:
    """Where an array is.

    kind      "input", "number" (no array), "call" (the expression makes or shows it), "memory"
              (planned, number `slot`), "piece" (the same, of a chain's piece), "result" (new at
              every call, or an input's memory: `instead_of`).
    """

    kind: str
    slot: int = -1
    instead_of: Variable | None = None


@dataclass(eq=False)
class Plan:
    """Homes of all variables, sizes of the memories, and which results still have to be copied."""

    steps: list[Step]
    homes: dict[Variable, Home] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)


class _Arena:
    """Memories, of which the free ones are given out again: the smallest that is large enough."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self._free: list[tuple[int, int]] = []  # sizes and numbers, the smallest first

    def take(self, size: int) -> int:
        if not self._free:
            self.sizes.append(size)
            return len(self.sizes) - 1
        enough = bisect_left(self._free, (size, 0))
        _, slot = self._free.pop(min(enough, len(self._free) - 1))
        self.sizes[slot] = max(size, self.sizes[slot])
        return slot

    def give_back(self, slot: int) -> None:
        insort(self._free, (self.sizes[slot], slot))


class _Pieces:
    """The memories of a chain's pieces: while it runs they serve nothing else."""

    def __init__(self, arena: _Arena) -> None:
        self.arena = arena
        self.live: dict[Variable, int] = {}
        self.free: list[int] = []

    def take(self, size: int) -> int:
        for slot in self.free:
            if self.arena.sizes[slot] >= size:
                self.free.remove(slot)
                return slot
        return self.arena.take(size)

    def release(self, variables: Iterable[Variable]) -> None:
        self.free += [self.live.pop(variable) for variable in variables]


class Planner:
    """Decides where every array lives."""

    def __init__(
        self,
        program: Program,
        steps: list[Step],
        forms: Mapping[Equation, Form],
        layouts: Layouts,
    ) -> None:
        self.program = program
        self.forms = forms
        self.layouts = layouts
        self.plan = Plan(steps)
        self._roots: dict[Variable, frozenset[Variable]] = {}
        self._last: dict[Variable, tuple[int, int]] = {}
        self._readers: dict[Variable, list[tuple[int, int, Variable]]] = {}
        self._arena = _Arena()

    def run(self) -> Plan:
        """The plan."""
        self._find_roots()
        self._find_readers()
        self._find_results()
        live: dict[Variable, int] = {}
        dying: dict[int, list[Variable]] = {}
        for variable, (number, _) in self._last.items():
            dying.setdefault(number, []).append(variable)
        for number, step in enumerate(self.plan.steps):
            pieces = _Pieces(self._arena)
            for place, equation in enumerate(step.equations):
                for variable in equation.outputs:
                    self._settle(variable, equation, number, place, live, pieces)
                pieces.release([v for v in pieces.live if self._read_until(v)[1] <= place])
            unread = [v for e in step.equations for v in e.outputs if v not in self._last]
            ended = [v for v in (*dying.get(number, ()), *unread) if v in live]
            for slot in (*pieces.free, *(live.pop(v) for v in ended)):
                self._arena.give_back(slot)
        self.plan.sizes = self._arena.sizes
        return self.plan

    def _find_roots(self) -> None:
        """Of every variable, those whose memory it may be: itself, or what it is a view of."""
        for variable in self.program.inputs:
            self._roots[variable] = frozenset([variable])
            self.plan.homes[variable] = Home("input")
        for step in self.plan.steps:
            for equation in step.equations:
                form = self.forms[equation]
                read = [x for x in equation.inputs if isinstance(x, Variable)]
                shown = [] if form.fresh and not form.view else read[: 1 if form.view else None]
                for variable in equation.outputs:
                    own = () if form.view else (variable,)
                    below = [self._roots[x] for x in shown]
                    self._roots[variable] = frozenset(own).union(*below)

    def _find_readers(self) -> None:
        for number, step in enumerate(self.plan.steps):
            for place, equation in enumerate(step.equations):
                for x in equation.inputs:
                    self._read(x, number, place)
        for x in self.program.results:
            self._read(x, len(self.plan.steps), 0)

    def _read(self, x: Any, number: int, place: int) -> None:
        if isinstance(x, Variable):
            for root in self._roots[x]:
                self._readers.setdefault(root, []).append((number, place, x))
                self._last[root] = number, place

    def _read_until(self, variable: Variable) -> tuple[int, int]:
        """Step, and place in it, where the memory of a variable is read last."""
        return self._last.get(variable, (-1, -1))

    def _find_results(self) -> None:
        made = {
            v: (e, number, place)
            for number, step in enumerate(self.plan.steps)
            for place, e in enumerate(step.equations)
            for v in e.outputs
        }
        given: set[Variable] = set()
        for result, x in enumerate(self.program.results):
            if not isinstance(x, Variable) or x not in made or not x.shape:
                continue
            equation, number, place = made[x]
            form = self.forms[equation]
            if form.view or not form.fresh or x in self.plan.homes:
                continue
            home = self.plan.homes[x] = Home("result")
            where = self.program.donated.get(result)
            if where is None:
                continue
            source = self.program.inputs[where]
            same = source.shape == x.shape and source.dtype == x.dtype
            fits = same and self.layouts.is_flat(x) and source not in given
            if fits and form.fill and self._may_overwrite(source, number, place, form):
                home.instead_of = source
                given.add(source)

    def _may_overwrite(self, old: Variable, number: int, place: int, form: Form) -> bool:
        """Whether the memory of `old` may be written at this place: nobody reads it any more."""
        for n, p, reader in reversed(self._readers.get(old, ())):
            if n < number:
                return True
            if n > number or p > place or reader is not old:
                return False
            if (n, p) == (number, place) and not form.in_place:
                return False
        return True

    def _settle(
        self,
        y: Variable,
        equation: Equation,
        number: int,
        place: int,
        live: dict[Variable, int],
        pieces: "_Pieces",
    ) -> None:
        """Find a home for an output."""
        if y in self.plan.homes:
            return
        form = self.forms[equation]
        step = self.plan.steps[number]
        if not y.shape:
            self.plan.homes[y] = Home("number")
            return
        if form.fill is None:
            self.plan.homes[y] = Home("call")
            return
        size = y.size * y.dtype.itemsize
        if step.piece and self._read_until(y)[0] <= number:
            size = size // step.length * min(step.piece, step.length)
            old = self._reusable(y, equation, number, place, pieces.live, form)
            slot = pieces.take(size) if old is None else pieces.live.pop(old)
            self.plan.homes[y] = Home("piece", slot)
            pieces.live[y] = slot
            return
        old = self._reusable(y, equation, number, place, live, form)
        slot = self._arena.take(size) if old is None else live.pop(old)
        self.plan.homes[y] = Home("memory", slot)
        live[y] = slot

    def _reusable(
        self,
        y: Variable,
        equation: Equation,
        number: int,
        place: int,
        candidates: Iterable[Variable],
        form: Form,
    ) -> Variable | None:
        """An operand in whose memory the output may be computed."""
        if not form.in_place:
            return None
        for x in equation.inputs:
            if (
                isinstance(x, Variable)
                and x in candidates
                and x.shape == y.shape
                and x.dtype == y.dtype
                and self.layouts.of(x) == self.layouts.of(y)
                and self._may_overwrite(x, number, place, form)
            ):
                return x
        return None

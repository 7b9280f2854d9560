"""Numbers that a kernel's loops fold into: in memory while a loop runs, then where they are due."""

from collections.abc import Sequence

from autograd.compiler.emit import functions
from autograd.compiler.emit.instructions import cast
from autograd.compiler.emit.kernel_memory import accumulate, across
from autograd.compiler.emit.kernel_plan import Fold, Plan
from autograd.compiler.emit.kernel_scope import Scope
from autograd.compiler.emit.lanes import Lanes, Writer, kind, wide
from autograd.compiler.loops import Reduce


class Folds:
    """The slots that loops fold into: for each axis folded over, one per turn side by side.

    entry    the lines that reserve them, for the beginning of the function
    """

    def __init__(self, w: Writer, plan: Plan, entry: list[str]) -> None:
        self.w = w
        self.lane = plan.nest.lane
        self.entry = entry
        self._slots: dict[tuple[Fold, int], list[str]] = {}
        self._terms: dict[Fold, list[Lanes]] = {}

    # Loops

    def open(self, folds: Sequence[Fold], axis: int, copies: int) -> None:
        """Have slots for a loop over the axis."""
        for fold in folds:
            self._slots[fold, axis] = [self._reserved(fold, "%slot.") for _ in range(copies)]

    def reset(self, folds: Sequence[Fold], axis: int) -> None:
        """Nothing is folded yet."""
        for fold in folds:
            for slot in self._slots[fold, axis]:
                self._set(slot, self.start(fold))

    def close(self, folds: Sequence[Fold], axis: int, scope: Scope) -> None:
        """What the loop over `axis` folded goes to the loop around, or is the result."""
        for fold in folds:
            self._deliver(fold, axis, self._collected(fold, axis), scope)

    def start(self, fold: Fold) -> Lanes:
        """What folding begins with."""
        start = functions.identity(fold.statement.function, fold.dtype)
        return self.w.constant(start, fold.dtype, fold.lanes)

    def finish(self, fold: Fold, value: Lanes, scope: Scope) -> None:
        """The result: to the register, or to memory."""
        if self.lane is not None and fold.home <= self.lane and value.lanes:
            value = across(self.w, fold.statement.function, value, value.lanes)
        if isinstance(fold.statement, Reduce):
            scope.registers[fold.statement.target] = value
        else:
            accumulate(scope, fold.statement, value, fold.home)

    def _deliver(self, fold: Fold, axis: int, value: Lanes, scope: Scope) -> None:
        if axis > fold.home:
            self._fold_into(self._slot(fold, axis - 1, scope), fold, value)
        else:
            self.finish(fold, value, scope)

    # Blocks

    def open_totals(self, folds: Sequence[Fold]) -> list[str]:
        """Slots for what blocks of a loop's turns come to."""
        totals = [self._reserved(fold, "%total") for fold in folds]
        for total, fold in zip(totals, folds, strict=True):
            self._set(total, self.start(fold))
        return totals

    def add_block(self, totals: Sequence[str], folds: Sequence[Fold], axis: int) -> None:
        """Fold what a block came to into the totals."""
        for total, fold in zip(totals, folds, strict=True):
            self._fold_into(total, fold, self._collected(fold, axis))

    def close_totals(self, totals: Sequence[str], folds: Sequence[Fold], axis: int) -> None:
        """The totals are what the loop folded so far."""
        for total, fold in zip(totals, folds, strict=True):
            self.reset([fold], axis)
            self._set(self._slots[fold, axis][0], self._held(total, fold))

    # Numbers

    def add(self, fold: Fold, value: Lanes, scope: Scope) -> None:
        """One more number, or row of lanes, into a fold."""
        if fold.home == fold.leaf:
            self.finish(fold, value, scope)
            return
        value = self.w.spread(cast(self.w, value, fold.dtype), fold.lanes)
        if fold.lanes and scope.active < fold.lanes and fold.home <= (self.lane or 0):
            value = self.w.chosen(scope.active, value, self.start(fold))
        if fold in self._terms:
            self._terms[fold].append(value)
        else:
            self._fold_into(self._slot(fold, fold.leaf - 1, scope), fold, value)

    def open_terms(self, folds: Sequence[Fold]) -> None:
        """Keep the numbers that come now, for there is no loop around them."""
        self._terms = {fold: [] for fold in folds}

    def close_terms(self, axis: int, scope: Scope) -> None:
        """Fold the numbers that came, as the loops from `axis` on would have."""
        terms, self._terms = self._terms, {}
        for fold, values in terms.items():
            self._deliver(fold, axis, self._tree(fold, values), scope)

    def _collected(self, fold: Fold, axis: int) -> Lanes:
        return self._tree(fold, [self._held(slot, fold) for slot in self._slots[fold, axis]])

    def _tree(self, fold: Fold, values: list[Lanes]) -> Lanes:
        """Neighbours first, then their results: fewer roundings on each number's way."""
        while len(values) > 1:
            pairs = [
                self._combined(fold, values[i], values[i + 1]) for i in range(0, len(values) - 1, 2)
            ]
            values = pairs + values[2 * len(pairs) :]
        return values[0]

    def _combined(self, fold: Fold, a: Lanes, b: Lanes) -> Lanes:
        return functions.compute(self.w, fold.statement.function, (a, b), fold.dtype)

    # Slots

    def _slot(self, fold: Fold, axis: int, scope: Scope) -> str:
        slots = self._slots[fold, axis]
        return slots[scope.turn if axis == self.lane and scope.turn < len(slots) else 0]

    def _reserved(self, fold: Fold, prefix: str) -> str:
        name = f"{prefix}{len(self.entry)}"
        self.entry.append(f"{name} = alloca {wide(kind(fold.dtype), fold.lanes)}, align 64")
        return name

    def _fold_into(self, slot: str, fold: Fold, value: Lanes) -> None:
        old = self._held(slot, fold)
        self._set(slot, self._combined(fold, old, self.w.spread(value, fold.lanes)))

    def _held(self, slot: str, fold: Fold) -> Lanes:
        full = wide(kind(fold.dtype), fold.lanes)
        return Lanes(self.w.let(f"load {full}, ptr {slot}, align 64"), fold.dtype, fold.lanes)

    def _set(self, slot: str, value: Lanes) -> None:
        full = wide(kind(value.dtype), value.lanes)
        self.w.line(f"store {full} {value.text}, ptr {slot}, align 64")

"""The loop over one axis of a kernel: turns side by side, blocks of long sums, the last lanes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from autograd.compiler.emit.kernel_folds import Folds
from autograd.compiler.emit.kernel_plan import Fold
from autograd.compiler.emit.kernel_scope import Scope

# Beyond so many numbers in a row a sum is split, so that rounding errors add up over few.
_BLOCK = 128
# In additions: turns so light go side by side, and so do chains that are too long for the CPU to
# look beyond their end but not for its registers, if there are that many turns.
_LIGHT = 12
_LONG, _TOO_LONG = 60, 2500
_MANY_TURNS = 256


@dataclass(frozen=True)
class Body:
    """What is inside a loop.

    write     writes it, for one scope per turn side by side
    folds     what the loop folds
    places    the places whose addresses move with it
    work      of one turn, in additions
    """

    write: Callable[[Sequence[Scope]], None]
    folds: Sequence[Fold]
    places: Iterable[int]
    work: float


class AxisLoop:
    """The loop over one axis, or a row of lanes at a time over the lane axis."""

    def __init__(self, axis: int, scope: Scope, folds: Folds, body: Body) -> None:
        nest = scope.plan.nest
        self.w = scope.w
        self.axis = axis
        self.scope = scope
        self.folds = folds
        self.body = body
        self.in_lanes = axis == nest.lane
        self.step = nest.lanes if self.in_lanes else 1
        self.whole, self.rest = divmod(nest.extents[axis], self.step)
        self.copies = self._side_by_side() if self.in_lanes else 1

    def _side_by_side(self) -> int:
        """How many turns go step by step together, so that none waits for itself."""
        turns, work = self.whole + (self.rest > 0), self.body.work
        copies = 1
        if work <= _LIGHT:
            copies = 4 if self.body.folds else 2
        elif _LONG < work < _TOO_LONG and turns >= _MANY_TURNS:
            copies = 2
        return min(copies, 1 << (max(turns, 1).bit_length() - 1))

    def write(self, bounds: tuple[str, str] | None = None) -> None:
        """All turns; those from one bound to the other where threads share them out."""
        self.folds.open(self.body.folds, self.axis, self.copies)
        self.folds.reset(self.body.folds, self.axis)
        if bounds is not None:
            self._shared_out(*bounds)
        else:
            if self._is_long_sum():
                self._in_blocks()
            else:
                self._every_turn()
            if self.rest:
                self._turn(self.whole, self.copies - 1, self.rest)
        self.folds.close(self.body.folds, self.axis, self.scope)

    def _is_long_sum(self) -> bool:
        sums = any(
            fold.statement.function == "add" and fold.dtype.kind == "f" for fold in self.body.folds
        )
        return sums and self.whole + (self.rest > 0) > 2 * _BLOCK * self.copies

    # Turns

    def _turn(self, index: str | int, turn: int = 0, active: int | None = None) -> None:
        self.body.write([self._inside(index, turn, active)])

    def _inside(self, index: str | int, turn: int, active: int | None = None) -> Scope:
        scope = self.scope.child()
        if self.in_lanes:
            scope.active = self.step if active is None else active
        scope.turn = turn
        scope.advance(self.axis, index, self.body.places, self.step)
        return scope

    def _several(self, i: str) -> None:
        at = [i, *(self.w.let(f"add i64 {i}, {turn}") for turn in range(1, self.copies))]
        self.body.write([self._inside(index, turn) for turn, index in enumerate(at)])

    def _every_turn(self) -> None:
        """Those with all lanes in use."""
        if self.whole <= self.copies:
            many = 0
        elif self.copies > 1 and self.whole >= 2 * self.copies:
            many = self.whole // self.copies * self.copies
            self.w.loop(0, many, self.copies, self._several)
        else:
            self.w.loop(0, self.whole, 1, self._turn)
            return
        for i in range(many, self.whole):
            self._turn(i, i - many)

    def _turns_between(self, start: str, stop: str) -> None:
        """The same, where only the running program knows how many there are."""
        many = start
        if self.copies > 1:
            length = self.w.let(f"sub i64 {stop}, {start}")
            length = self.w.let(f"and i64 {length}, {-self.copies}")
            many = self.w.let(f"add i64 {start}, {length}")
            self.w.loop(start, many, self.copies, self._several)
        self.w.loop(many, stop, 1, self._turn)

    def _shared_out(self, start: str, stop: str) -> None:
        w = self.w
        if not self.rest:
            self._turns_between(start, stop)
            return
        low = w.let(f"icmp slt i64 {stop}, {self.whole}")
        last = w.let(f"select i1 {low}, i64 {stop}, i64 {self.whole}")
        self._turns_between(start, last)
        final = w.let(f"icmp sgt i64 {stop}, {self.whole}")
        w.when(final, lambda: self._turn(self.whole, 0, self.rest))

    def _in_blocks(self) -> None:
        """The turns in blocks of equal length, each folded by itself first."""
        w, folds = self.w, self.body.folds
        length = max(_BLOCK, int(self.whole**0.5)) // 16 * 16
        totals = self.folds.open_totals(folds)

        def block(i: str) -> None:
            after = w.let(f"add i64 {i}, {length}")
            low = w.let(f"icmp slt i64 {after}, {self.whole}")
            stop = w.let(f"select i1 {low}, i64 {after}, i64 {self.whole}")
            self.folds.reset(folds, self.axis)
            self._turns_between(i, stop)
            self.folds.add_block(totals, folds, self.axis)

        w.loop(0, self.whole, length, block)
        self.folds.close_totals(totals, folds, self.axis)

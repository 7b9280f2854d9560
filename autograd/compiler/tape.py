"""`Tape`: a program of very many operations on single numbers, run without code of its own.

A fixed graph of scalar Values is a program of a hundred thousand equations; as one straight line of
machine code it would take minutes to compile. Here every number is a slot of one float64 array, and
an entry is an instruction and the slots it reads. Entries that do the same and do not wait for one
another are run together, by one native loop (`emit.tape_ir`): the level of an entry is one more
than the highest of those it reads, and all of a level with the same instruction lie side by side.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.collecting import uncollected
from autograd.compiler.costs import Cost
from autograd.compiler.emit import tape_ir
from autograd.compiler.emit.tape_ir import Instruction
from autograd.compiler.entries import Entries
from autograd.compiler.explanation import Explanation, explained_as_one
from autograd.compiler.ownership import copied
from autograd.compiler.program import Constant, Program
from autograd.value import Value

# From so many equations on: fewer are faster as a straight line, which compiles soon enough.
MANY = 1500

_BOOL, _FLOAT = np.dtype(np.bool_), np.dtype(np.float64)
_SPELLED = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "negative": "-{}",
    "less": "{} < {}",
    "less_equal": "{} <= {}",
    "greater": "{} > {}",
    "greater_equal": "{} >= {}",
    "equal": "{} == {}",
    "not_equal": "{} != {}",
    "logical_and": "{} and {}",
    "logical_or": "{} or {}",
    "logical_not": "not {}",
    "where": "{1} if {0} else {2}",
    "multiply_add": "{} * {} + {}",
    "multiply_subtract": "{} * {} - {}",
    "subtract_product": "{2} - {0} * {1}",
}


class Tape:
    """A program of single float64 numbers and truth values; `tape` makes one.

    Results are those of the same operations on Python floats in the same order: sums and products
    to the last bit, exp and other functions to 4 units in the last place.
    """

    def __init__(self, entries: Entries) -> None:
        self.program = entries.program
        order = _ordered(entries)
        places = order.places
        self._slots = np.zeros(len(places))
        for slot, number in entries.constants.items():
            self._slots[places[slot]] = number
        self._watched = [(int(places[slot]), x) for slot, x in entries.watched.items()]
        self._table, self._loops = _loops(entries, order)
        self._read = places[entries.results]
        self._arguments = (
            self._slots.ctypes.data,
            self._table.ctypes.data,
            self._loops.ctypes.data,
            len(self._loops),
        )
        self._run = tape_ir.runner()
        self._exceptions = _exceptions(entries)

    @property
    def source(self) -> str:
        """One line for each entry, in the order they run."""
        with uncollected():
            entries = Entries(self.program)
            entries.write()
            return "\n".join(_lines(entries, _ordered(entries)))

    def expect(self, deposited: Mapping[int, Value]) -> None:
        """It has no arrays but its own."""

    def run(self, inputs: list[Any]) -> list[Any]:
        """The results, in arrays that no later run writes to while anyone else has them."""
        slots = self._slots
        slots[: len(inputs)] = inputs
        for place, x in self._watched:
            slots[place] = x
        self._run(*self._arguments)
        results = slots[self._read].tolist()
        for number, what in self._exceptions:
            results[number] = inputs[what] if type(what) is int else what(results[number])
        return results

    def explain(self, inputs: Sequence[Any], traced: int) -> Explanation:
        """What all entries cost, as one kernel: a place is 4 bytes, and a number that it says 8."""
        entries, places = int(self._loops[:, 3].sum()), len(self._table)
        work = Cost(entries, 4 * places + 8 * (places + entries))
        extent = f"[{entries}] in {len(self._loops)} loops"
        copies = copied(inputs)
        equations = (traced, len(self.program.equations))
        return explained_as_one("tape", extent, work, lambda: self.run(copies), equations)


def tape(program: Program) -> Tape | None:
    """The program as a tape; None where it has few equations, or others than on single numbers.

    >>> from autograd.compiler.program import Equation, Variable
    >>> from autograd.ops.elementary import exp
    >>> x, y = Variable((), float, weak=True), Variable((), float, weak=True)
    >>> tape(Program([x], [Equation(exp, (x,), {}, (y,))], [y])) is None
    True
    """
    if len(program.equations) < MANY:
        return None
    with uncollected():
        entries = Entries(program)
        return Tape(entries) if entries.write() else None


class _Order(NamedTuple):
    """When everything happens.

    slots     of the entries, in the order they run.
    loops     where in that order each loop begins and ends.
    places    of every slot, its place in the array: inputs, constants, then in the order they run.
    """

    slots: np.ndarray
    loops: list[tuple[int, int]]
    places: np.ndarray


def _ordered(entries: Entries) -> _Order:
    computed = [slot for slot in entries.needed() if entries.codes[slot] >= 0]
    heights = [0] * len(entries.codes)
    for slot in computed:
        heights[slot] = 1 + max([heights[x] for x in entries.operands[slot]])
    codes, levels = np.array(entries.codes), np.array(heights)
    slots = np.array(computed, np.int64)
    slots = slots[np.lexsort((slots, codes[slots], levels[slots]))]
    other = np.diff(codes[slots], prepend=-1) != 0
    other |= np.diff(levels[slots], prepend=-1) != 0
    given = np.flatnonzero(codes < 0)
    places = np.zeros(len(codes), np.int64)
    places[given] = np.arange(len(given))
    places[slots] = len(given) + np.arange(len(slots))
    starts = np.flatnonzero(other).tolist()
    return _Order(slots, list(pairwise([*starts, len(slots)])), places)


def _loops(entries: Entries, order: _Order) -> tuple[np.ndarray, np.ndarray]:
    """All places that are read, and the loops: function, first result, start of its places, n."""
    slots, places = order.slots.tolist(), order.places
    table = [np.zeros(0, np.int64)]
    loops: list[tuple[int, int, int, int]] = []
    addresses: dict[int, int] = {}
    length = 0
    for start, stop in order.loops:
        code = entries.codes[slots[start]]
        if code not in addresses:
            addresses[code] = tape_ir.address(entries.instructions[code])
        read = places[[entries.operands[slot] for slot in slots[start:stop]]]
        table.append(read.T.ravel())
        loops.append((addresses[code], int(places[slots[start]]), length, stop - start))
        length += read.size
    joined = np.concatenate(table, dtype=np.int32, casting="same_kind")
    return joined, np.array(loops, np.int64)


def _exceptions(entries: Entries) -> list[tuple[int, Any]]:
    """Results that are no Python float: by number, what makes them of it, or an input's number."""
    found: list[tuple[int, Any]] = []
    for number, x in enumerate(entries.program.results):
        if isinstance(x, Constant):
            found.append((number, partial(_given, x.data)))
        elif x.dtype not in (_BOOL, _FLOAT):  # only an input can be
            found.append((number, entries.results[number]))
        elif x.dtype == _BOOL:
            found.append((number, bool if x.weak else np.bool_))
        elif not x.weak:
            found.append((number, np.float64))
    return found


def _given(x: Any, _: float) -> Any:
    return x


def _lines(entries: Entries, order: _Order) -> Iterator[str]:
    names = [f"s{place}" for place in order.places.tolist()]
    for number, x in enumerate(entries.program.inputs):
        yield f"{names[number]} = input {number}{f', {x.name}' if x.name else ''}"
    for slot, number in entries.constants.items():
        yield f"{names[slot]} = {number!r}"
    for slot in entries.watched:
        yield f"{names[slot]} = an array of a closure"
    for slot in order.slots.tolist():
        instruction = entries.instructions[entries.codes[slot]]
        yield f"{names[slot]} = {_spelled(instruction, [names[x] for x in entries.operands[slot]])}"
    yield f"results: {', '.join(names[slot] for slot in entries.results)}"


def _spelled(instruction: Instruction, operands: Sequence[str]) -> str:
    if instruction.exponent is not None:
        return f"{operands[0]} ** {instruction.exponent}"
    form = _SPELLED.get(instruction.function)
    if form is None:
        return f"{instruction.function}({', '.join(operands)})"
    return form.format(*operands)

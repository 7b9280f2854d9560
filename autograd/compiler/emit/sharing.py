"""How one pass over a row comes by the numbers of an earlier pass: again, or out of memory."""

from collections.abc import Sequence
from typing import TypeAlias

from autograd.compiler.emit import functions
from autograd.compiler.emit.nest import Nest, needed
from autograd.compiler.loops import (
    Accumulate,
    Compute,
    Load,
    Register,
    Stage,
    Statement,
    Store,
)

Made: TypeAlias = dict[Register, tuple[Stage, Load | Compute]]

# Additions that are no dearer than a number's way to memory and back.
_CHEAP = 5


def shared(nest: Nest, stages: Sequence[Stage]) -> list[Register]:
    """The registers to keep in memory; the statements of cheap ones are put into later stages."""
    made: Made = {}
    kept: list[Register] = []
    written: set[int] = set()
    for stage in stages:
        if stage.full:
            again: list[Statement] = []
            own = {x.target for x in stage.statements if isinstance(x, Load | Compute)}
            seen = set(own)
            for statement in stage.statements:
                for register in needed(statement):
                    _bring(register, nest, made, kept, written, seen, again)
            stage.statements[:0] = again
            for statement in stage.statements:
                if isinstance(statement, Load | Compute):
                    made.setdefault(statement.target, (stage, statement))
        for statement in stage.statements:
            if isinstance(statement, Store | Accumulate):
                written.add(id(statement.view.buffer))
    return kept


def _bring(
    register: Register,
    nest: Nest,
    made: Made,
    kept: list[Register],
    written: set[int],
    seen: set[Register],
    again: list[Statement],
) -> None:
    """Have the register in a stage: its statement again, or its number kept."""
    if register in seen or register not in made:
        return
    seen.add(register)
    if register in kept:
        return
    if not _is_cheap(register, nest, made, kept, written):
        kept.append(register)
        return
    statement = made[register][1]
    for other in needed(statement):
        _bring(other, nest, made, kept, written, seen, again)
    again.append(statement)


def _is_cheap(
    register: Register, nest: Nest, made: Made, kept: Sequence[Register], written: set[int]
) -> bool:
    """Whether computing it again, from memory that is as it was, beats keeping it."""
    total, todo, seen = 0.0, [register], set[Register]()
    while todo:
        each = todo.pop()
        if each in seen or each not in made:
            continue
        seen.add(each)
        if each in kept:
            total += 1
            continue
        statement = made[each][1]
        if isinstance(statement, Load):
            if id(statement.view.buffer) in written:
                return False
            near = abs(nest.lane_stride(statement)) <= 1 and not statement.indices
            total += 2 if near else 8
        else:
            total += functions.cost(statement.function, statement.arguments)
        todo += needed(statement)
    return total <= _CHEAP

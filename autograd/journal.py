"""What a trace notes of what the traced function changes, so that it can be put back.

Under `jit` a function may assign to Values that outlive the trace: parameters, running statistics,
optimizer moments, gradients. Each is noted before its first change, and restored at the end.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

_journal: ContextVar["Journal | None"] = ContextVar("autograd_journal", default=None)

# The journal of the trace that is going on, or None.
journal = _journal.get

_STATE = ("_data", "op", "_left", "_right", "static", "order", "requires_grad", "_grad")


class Before(NamedTuple):
    """A Value as it was before its first change."""

    value: Any
    state: dict[str, Any]
    versions: list[Any]


class Journal:
    """What a trace changes, and what it reads that is no Value.

    start      everything of a smaller order is from before the trace.
    before     by identity, each changed Value as it was.
    sources    by the order that an assignment gave, the data assigned: a Value, or plain.
    copies     by identity, the leaves that Values were before an assignment.
    grads      by identity, each Value whose `.grad` changes, and what that was.
    reset      by identity, Values whose `.grad` the function itself has set since.
    reads      by identity, each Value whose `.grad` is read, and the Value that stands for it.
    gradients  what was left in a `.grad`: eagerly plain data, Values in the trace.
    modules    by identity, each module called, and whether it was in training.
    scan       records a loop as one op (see `autograd.compiler.repetition`).
    plain      orders of the Values that stand for plain arrays among the arguments.
    swept      by identity, Values in whose `.grad` a sweep has left something.
    sealed     how many transforms are at work in which nothing may be assigned.
    """

    def __init__(self, start: int) -> None:
        self.start = start
        self.before: dict[int, Before] = {}
        self.sources: dict[int, Any] = {}
        self.copies: dict[int, Any] = {}
        self.grads: dict[int, tuple[Any, Any]] = {}
        self.reset: set[int] = set()
        self.reads: dict[int, tuple[Any, Any]] = {}
        self.gradients: list[Any] = []
        self.modules: dict[int, tuple[Any, bool]] = {}
        self.scan: Callable[..., Any] | None = None
        self.plain: set[int] = set()
        self.swept: set[int] = set()
        self.sealed = 0

    def note(self, value: Any) -> None:
        """Keep what `value` is, before it changes."""
        if id(value) not in self.before:
            state = {name: getattr(value, name) for name in _STATE}
            self.before[id(value)] = Before(value, state, list(value.versions))

    def note_grad(self, value: Any, reset: bool = False) -> None:
        """Keep the gradient that `value` has, before it changes; not of what the trace made."""
        if value.order < self.start or id(value) in self.before:
            self.grads.setdefault(id(value), (value, value._grad))
            if reset:
                self.reset.add(id(value))

    def was_leaf(self, value: Any) -> bool:
        """Whether `value` was a leaf before its first change."""
        return id(value) in self.before and self.before[id(value)].state["op"] is None

    def called(self, module: Any, training: bool) -> None:
        """A module ran, in this mode."""
        self.modules.setdefault(id(module), (module, training))

    def restore(self) -> None:
        """Put everything back."""
        for kept in self.before.values():
            for name, x in kept.state.items():
                setattr(kept.value, name, x)
            kept.value.versions[:] = kept.versions
        for value, grad in self.grads.values():
            value._grad = grad


def stands_for_array(value: Any) -> bool:
    """Whether this Value is a plain array that is the argument of a function being traced."""
    notes = journal()
    return notes is not None and value.order in notes.plain


@contextmanager
def keeping(notes: Journal) -> Iterator[None]:
    """Note changes in this journal, and put them back at the end."""
    token = _journal.set(notes)
    try:
        yield
    finally:
        _journal.reset(token)
        notes.restore()


@contextmanager
def sealed() -> Iterator[None]:
    """Nothing may be assigned inside: what runs once stands for many runs."""
    notes = journal()
    if notes is None:
        yield
        return
    notes.sealed += 1
    try:
        yield
    finally:
        notes.sealed -= 1

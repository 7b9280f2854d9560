"""What a trace notes of what the traced function changes, so that it can be put back.

Under `jit` a function may assign to Values that outlive the trace: parameters, running statistics,
optimizer moments, gradients. Each is noted before its first change, and restored at the end.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, NoReturn

from autograd.errors import AssignmentError, describe

_journal: ContextVar["Journal | None"] = ContextVar("autograd_journal", default=None)

# The journal of the trace that is going on, or None.
journal = _journal.get

_STATE = ("_data", "op", "_left", "_right", "static", "order", "requires_grad", "_grad")


class Before(NamedTuple):
    """A Value as it was before its first change."""

    value: Any
    state: dict[str, Any]
    versions: list[Any]


class Generators:
    """Random generators, each with the state that it had; at the end of a `with` it has it again.

    >>> import numpy as np
    >>> generator = np.random.default_rng(0)
    >>> with Generators([generator]):
    ...     first = generator.random()
    >>> generator.random() == first
    True
    """

    def __init__(self, generators: Iterable[Any] = ()) -> None:
        self._states: dict[int, tuple[Any, Any]] = {}
        for generator in generators:
            self.note(generator)

    def __iter__(self) -> Iterator[Any]:
        return (generator for generator, _ in self._states.values())

    def __enter__(self) -> "Generators":
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()

    def note(self, generator: Any) -> None:
        """Keep the state that a generator has, before it is first drawn from."""
        if id(generator) not in self._states:
            self._states[id(generator)] = generator, generator.bit_generator.state

    def restore(self) -> None:
        """Give every generator its state back."""
        for generator, state in self._states.values():
            generator.bit_generator.state = state


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
    consulted  by identity, dictionaries and lists that Python decides by, what they held at first,
               and whether all of that counts: attributes of modules, globals.
    scan       records a loop as one op (see `autograd.compiler.repetition`).
    augment    does in-place operators (see `autograd.compiler.writing`).
    compute    applies an op to raw data, or puts that off (see `autograd.compiler.deferring`).
    drawn      the random generators that were drawn from.
    is_array   whether something is a plain array outside of the trace (see `writing`).
    arrays     by order, what that said of a Value.
    borrowed   slices, what in-place operators made of them, and what they are slices of.
    inside     orders of the Values that stand for what one step of a loop is given.
    plain      orders of the Values that stand for plain arrays among the arguments, of a step
               of a loop too.
    filled     orders of the Values that stand for arrays that the function itself has filled, with
               zeros or ones in the shape of a plain array.
    swept      by identity, Values in whose `.grad` a sweep has left something.
    sealed     where a transform is at work in which nothing older may be assigned to, the order
               from which on its own Values count; else 0.
    """

    def __init__(
        self,
        start: int,
        scan: Callable[..., Any],
        compute: Callable[..., Any],
        augment: Callable[..., Any],
        is_array: Callable[..., bool],
    ) -> None:
        self.start = start
        self.scan = scan
        self.compute = compute
        self.augment = augment
        self.is_array = is_array
        self.before: dict[int, Before] = {}
        self.sources: dict[int, Any] = {}
        self.copies: dict[int, Any] = {}
        self.grads: dict[int, tuple[Any, Any]] = {}
        self.reset: set[int] = set()
        self.reads: dict[int, tuple[Any, Any]] = {}
        self.gradients: list[Any] = []
        self.modules: dict[int, tuple[Any, bool]] = {}
        self.consulted: dict[int, tuple[Any, dict[Any, Any], bool]] = {}
        self.drawn = Generators()
        self.arrays: dict[int, bool] = {}
        self.borrowed: list[tuple[Any, Any, Any]] = []
        self.inside: set[int] = set()
        self.plain: set[int] = set()
        self.filled: set[int] = set()
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

    def read_grad(self, value: Any, grad: Any, standing_for: Callable[[Any], Any]) -> Any:
        """What stands for a gradient that was there before the trace: an input of the program."""
        self.note_grad(value)
        if not self.is_from_before(value, grad):
            return grad
        value._grad = stand = standing_for(grad)
        self.reads[id(value)] = value, stand
        return stand

    def is_from_before(self, value: Any, grad: Any) -> bool:
        """Whether the gradient that `value` has now is the one that it had before the trace."""
        known = grad is not None and id(value) in self.grads and id(value) not in self.reset
        return known and self.grads[id(value)][1] is grad

    def was_leaf(self, value: Any) -> bool:
        """Whether `value` was a leaf before its first change."""
        return id(value) in self.before and self.before[id(value)].state["op"] is None

    def required(self, value: Any) -> bool:
        """Whether `value` required a gradient before its first change."""
        kept = self.before.get(id(value))
        return value.requires_grad if kept is None else kept.state["requires_grad"]

    def called(self, module: Any, training: bool) -> None:
        """A module ran, in this mode."""
        if id(module) not in self.modules:
            self.modules[id(module)] = module, training
            self.consult(vars(module))

    def consult(self, container: Any, known: dict[Any, Any] | None = None) -> None:
        """A dictionary or a list decides what is recorded, by all that it holds or by what is here.

        Where it holds something else later, the function has to be traced again.
        """
        if known is None and id(container) not in self.consulted:
            held = dict(container if isinstance(container, dict) else enumerate(container))
            self.consulted[id(container)] = container, held, True
        elif known is not None:
            _, held, _ = self.consulted.setdefault(id(container), (container, {}, False))
            for key, x in known.items():
                held.setdefault(key, x)

    def restore(self) -> None:
        """Put everything back."""
        self.drawn.restore()
        for kept in self.before.values():
            for name, x in kept.state.items():
                setattr(kept.value, name, x)
            kept.value.versions[:] = kept.versions
        for value, grad in self.grads.values():
            value._grad = grad


def stands_for_array(value: Any) -> bool:
    """Whether this Value is a plain array outside of the trace that is going on.

    Such are the plain arguments of the function, and what is computed from nothing else.
    """
    notes = journal()
    if notes is None:
        return False
    return value.order in notes.plain if value.op is None else notes.is_array(notes, value)


def note_filled(made: Any, like: Any) -> Any:
    """`made`, a new leaf in the shape of another: a plain array outside of a trace if that is."""
    notes = journal()
    if notes is not None and notes.is_array(notes, like):
        notes.filled.add(made.order)
    return made


def refuse_array(x: Any) -> NoReturn:
    """Raise: a plain array, an argument of a function being traced, is written to."""
    raise AssignmentError(
        "array arguments that a function to compile leaves as they are",
        f"an assignment into one, {describe(x)}, which would stay as it was",
        "begin with x = x.copy() and return that, or pass Value(x, requires_grad=False)",
    )


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
def sealed(start: int) -> Iterator[None]:
    """Nothing older than `start` may be assigned to: what runs once stands for many runs."""
    notes = journal()
    if notes is None:
        yield
        return
    before = notes.sealed
    notes.sealed = start
    try:
        yield
    finally:
        notes.sealed = before

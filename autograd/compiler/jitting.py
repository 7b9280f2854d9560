"""`jit`: a function compiled when it is first called with arguments of a kind."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import partial, update_wrapper
from sys import modules
from threading import RLock
from typing import Any, cast, overload

import numpy as np

from autograd.broadcast import data_of
from autograd.compiler.agreement import is_same, require_same
from autograd.compiler.backends import Backend, build, load
from autograd.compiler.collecting import uncollected
from autograd.compiler.differentiation import Derivatives
from autograd.compiler.explanation import Explanation
from autograd.compiler.first_runs import interpreted, is_dear, require_equal, settle
from autograd.compiler.kinds import Entry, Shortcut, owner
from autograd.compiler.program import Program
from autograd.compiler.signature import Static, put_together, static_arguments, taken_apart
from autograd.compiler.trace import Trace, trace
from autograd.compiler.watching import consult, consult_instance
from autograd.containers import unflatten
from autograd.errors import (
    ArgumentError,
    CompilationError,
    CompilationWarning,
    UnsupportedError,
    describe,
)
from autograd.journal import journal
from autograd.modes import current
from autograd.runs import name_of
from autograd.value import Value, detached, next_order
from autograd.wording import warn

# How many programs a function keeps, and from how many on a warning says that there are many.
MOST_PROGRAMS = 64
MANY_PROGRAMS = 10


class Jitted:
    """What `jit` returns: a function that runs generated code."""

    def __init__(
        self,
        f: Callable[..., Any],
        *,
        static_argnums: int | Sequence[int] = (),
        static_argnames: str | Sequence[str] = (),
        check: bool = False,
        emitter: str | None = None,
    ) -> None:
        self.function = f
        self._static_numbers, self._static_names = static_arguments(
            f, static_argnums, static_argnames
        )
        self._check = check
        self._emitter = load(emitter)
        self._programs: OrderedDict[Hashable, list[Entry]] = OrderedDict()
        self._last: Entry | None = None
        self._shortcut: Shortcut | None = None
        self._traces = 0
        self._again = 0
        self._lock = RLock()
        update_wrapper(self, f, updated=())

    def __repr__(self) -> str:
        return f"jit({name_of(self.function)})"

    def __reduce__(self) -> Any:
        """Copied and pickled as the function it is; a copy compiles programs of its own."""
        if _is_global(self):
            return vars(self)["__qualname__"]
        options = {
            "static_argnums": self._static_numbers,
            "static_argnames": self._static_names,
            "check": self._check,
            "emitter": self._emitter,
        }
        return partial(Jitted, **options), (self.function,)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """As a method: the instance is the first argument, and static."""
        return self if instance is None else partial(self, Static(instance))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        mode = current()
        if mode.replayable or mode.anomaly:
            # A trace goes through; what detects anomalies wants to see every op.
            return self._eagerly(args, kwargs)
        with self._lock:
            shortcut = self._shortcut
            if (
                shortcut is not None
                and not kwargs
                and shortcut.entry.mode is mode
                and shortcut.takes(args)
            ):
                return self._run(shortcut.entry, args, kwargs, args)
            args, kwargs, leaves, key = self._told_apart(args, kwargs)
            entry = self._find(key, leaves)
            if entry is None or entry.backend is None:
                return self._trace(key, entry, args, kwargs, leaves)
            if entry.is_eager(leaves):
                return self._eagerly(args, kwargs)
            plain = not kwargs and all(type(x) is np.ndarray or type(x) is float for x in args)
            self._last = entry
            self._shortcut = Shortcut(entry, args) if plain else None
            return self._run(entry, args, kwargs, leaves)

    def _eagerly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._consult(args)
        return self.function(*map(_opened, args), **{k: _opened(x) for k, x in kwargs.items()})

    def _consult(self, args: tuple[Any, ...]) -> None:
        """Note what the function looks up beside its arguments, where a trace is going on."""
        notes = journal()
        if notes is not None:
            consult(notes, self.function)
            for x in args:
                if type(x) is Static:
                    consult_instance(notes, x.value)

    def _run(
        self, entry: Entry, args: tuple[Any, ...], kwargs: dict[str, Any], leaves: Sequence[Any]
    ) -> Any:
        backend = cast(Backend, entry.backend or entry.draft)
        results = backend.run(entry.inputs(leaves))
        return self._finish(entry, args, kwargs, leaves, results)

    # Programs

    @property
    def program(self) -> Program:
        """The program that ran last, as traced: equations, one per line."""
        return self._latest().trace.program

    @property
    def source(self) -> str:
        """The generated code that ran last."""
        backend = self._latest().backend
        return "" if backend is None else backend.source

    def explain(self, *args: Any, **kwargs: Any) -> Explanation:
        """What the program for these arguments costs: work and time of every kernel.

        The time is predicted and measured, on copies: nothing changes. Raises UnsupportedError for
        an emitter that makes no kernels.
        """
        _, _, leaves, key = self._told_apart(args, kwargs)
        entry = self._find(key, leaves)
        if entry is None or entry.backend is None:
            raise self._not_compiled()
        if not hasattr(entry.backend, "explain"):
            raise UnsupportedError(
                "a program of native kernels to explain",
                f"one of the emitter {self._emitter}",
                "read .source, and pip install 'valuegraph[jit]'",
            )
        traced = len(entry.trace.program.equations)
        return cast(Any, entry.backend).explain(entry.inputs(leaves), traced)

    def _latest(self) -> Entry:
        if self._last is None or self._last.backend is None:
            raise self._not_compiled()
        return self._last

    def _not_compiled(self) -> CompilationError:
        return CompilationError(
            f"a compiled program of {name_of(self.function)}",
            "none so far",
            "call it twice with such arguments: the first two calls trace it, and compare",
        )

    def _told_apart(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any], list[Any], Hashable]:
        """The arguments, what is static marked as such; their numbers and arrays; their kind."""
        if self._static_numbers or self._static_names:
            numbers = {n + len(args) if n < 0 else n for n in self._static_numbers}
            args = tuple(Static(x) if i in numbers else x for i, x in enumerate(args))
            kwargs = {k: Static(x) if k in self._static_names else x for k, x in kwargs.items()}
        leaves: list[Any] = []
        key = (taken_apart(args, leaves), taken_apart(kwargs, leaves), current())
        return args, kwargs, leaves, key

    def _find(self, key: Hashable, leaves: Sequence[Any]) -> Entry | None:
        try:
            entries = self._programs[key]
        except KeyError:
            return None
        self._programs.move_to_end(key)
        for entry in entries:
            if entry.fits(leaves):
                return entry
        return None

    @uncollected()
    def _trace(
        self,
        key: Hashable,
        entry: Entry | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        leaves: list[Any],
    ) -> Any:
        """Run traced: a new program, or the second look at one, which is then compiled."""
        traced = trace(self._on_leaves(args, kwargs), leaves)
        if entry is not None:
            require_same(entry.trace, traced, name_of(self.function))
        else:
            same = (x for x in self._programs.get(key, ()) if is_same(x.trace, traced))
            entry = next(same, None)
            if entry is not None:
                self._count_again(entry.changed())
        if entry is None:
            entry = Entry(traced, leaves, current())
            self._keep(key, entry)
            if is_dear(traced.program) and not entry.is_eager(leaves):
                settle(traced.program)
                entry.draft = self._built(entry, leaves)
        else:
            entry.look_at(traced, leaves)
            if entry.backend is None:
                entry.backend = entry.draft or self._built(entry, leaves)
                entry.draft = None
            self._last = entry
        if entry.is_eager(leaves):
            return self._eagerly(args, kwargs)
        if entry.backend is None and entry.draft is None:
            results = interpreted(traced.program, entry.inputs(leaves))
            return self._finish(entry, args, kwargs, leaves, results)
        return self._run(entry, args, kwargs, leaves)

    def _built(self, entry: Entry, leaves: Sequence[Any]) -> Backend:
        """The entry's program, compiled."""
        traced = entry.trace
        backend = build(traced.program, len(leaves), self._emitter)
        if self._check:
            require_equal(backend, traced, entry.inputs(leaves), name_of(self.function))
        deposited = enumerate(traced.deposited, traced.outputs + len(traced.assigned))
        backend.expect({place: v for place, v in deposited if type(v) is Value})
        return backend

    def _keep(self, key: Hashable, entry: Entry) -> None:
        entries = self._programs.setdefault(key, [])
        entries.append(entry)
        del entries[:-MOST_PROGRAMS]
        self._traces += 1
        if self._traces == MANY_PROGRAMS:
            warn(
                f"expected few kinds of arguments for {name_of(self.function)}, which is compiled\n"
                f"  received: {MANY_PROGRAMS} combinations of shapes, dtypes, static arguments and "
                f"what it looks up, each a program of its own{_said(self._changed(key))}\n"
                "  remedy:   pad arrays to a few shapes, and pass numbers that change as floats or "
                "arrays",
                CompilationWarning,
            )
        while len(self._programs) > MOST_PROGRAMS:
            self._programs.popitem(last=False)

    def _changed(self, key: Hashable) -> list[Any]:
        """What is something else now than in the program before the last one of this kind."""
        entries = self._programs[key]
        return entries[-2].changed() if len(entries) > 1 else []

    def _count_again(self, changed: list[Any]) -> None:
        """Warn where things change that trace after trace turn out to be no part of a program."""
        self._again += bool(changed)
        if self._again == MANY_PROGRAMS and changed:
            warn(
                f"expected what {name_of(self.function)} looks up to stay, as it is compiled\n"
                f"  received: {', '.join(map(repr, changed))}, which changed and was traced "
                f"{MANY_PROGRAMS} times, each time to the same program\n"
                "  remedy:   keep elsewhere what is no part of the function",
                CompilationWarning,
            )

    def _on_leaves(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any]:
        def f(*leaves: Any) -> Any:
            self._consult(args)
            remaining = iter(leaves)
            positional = put_together(args, remaining)
            return self.function(*positional, **put_together(kwargs, remaining))

        return f

    # Results

    def _finish(
        self,
        entry: Entry,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        leaves: Sequence[Any],
        results: list[Any],
    ) -> Any:
        """Write back what the program assigned, and hand out its outputs."""
        if not entry.is_pure:
            self._write_back(entry.trace, leaves, results)
        outputs = [
            detached(data) if wraps else data
            for wraps, data in zip(entry.wraps, results, strict=False)
        ]
        if entry.records:
            self._record(entry, args, kwargs, leaves, outputs)
        for place, x in entry.trace.fixed.items():
            outputs[place] = x
        return outputs[0] if entry.is_single else unflatten(entry.trace.structure, outputs)

    def _write_back(self, traced: Trace, leaves: Sequence[Any], results: list[Any]) -> None:
        place = traced.outputs
        # Not `owner`: these are many, and a call takes its time.
        for x in traced.assigned:
            v: Any = leaves[x] if type(x) is int else x
            more = getattr(v, "_more", None)
            if more and more.get("versions"):
                more.setdefault("lost", []).append(v.order)
            v._data = results[place]
            v.order = next_order()
            place += 1
        for x in traced.deposited:
            v = leaves[x] if type(x) is int else x
            v._grad = results[place]
            place += 1
        for x in traced.cleared:
            owner(x, leaves)._grad = None

    def _record(
        self,
        entry: Entry,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        leaves: Sequence[Any],
        outputs: list[Any],
    ) -> None:
        """Make the outputs that require a gradient recorded Values."""
        traced = entry.trace
        places = [i for i, requires in enumerate(traced.requires) if requires]
        if entry.derivatives is None:
            numbers = [i for i, x in enumerate(leaves) if type(x) is Value and x.requires_grad]
            captured = [v for v in traced.captured if v.requires_grad]
            entry.derivatives = Derivatives(
                self._on_leaves(_emptied(args), _emptied(kwargs)),
                numbers,
                captured,
                places,
                partial(Jitted, emitter=self._emitter),
            )
        made = entry.derivatives.record(leaves, [data_of(outputs[i]) for i in places])
        for i, y in zip(places, made, strict=True):
            outputs[i] = y


def _said(changed: list[Any]) -> str:
    return f"; {', '.join(map(repr, changed))} changed" if changed else ""


def _is_global(f: Any) -> bool:
    """Whether a module has this object under its name."""
    name = getattr(f, "__qualname__", "")
    return getattr(modules.get(getattr(f, "__module__", "")), name, None) is f


def _opened(x: Any) -> Any:
    return x.value if type(x) is Static else x


def _emptied(tree: Any) -> Any:
    """The containers with a number for every leaf: what holds no array alive."""
    leaves: list[Any] = []
    taken_apart(tree, leaves)
    return put_together(tree, iter([0.0] * len(leaves)))


@overload
def jit(f: Callable[..., Any], /, **options: Any) -> Jitted: ...
@overload
def jit(**options: Any) -> Callable[[Callable[..., Any]], Jitted]: ...
def jit(f: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """The function f, recorded in its first two calls, and from the third run as generated code.

    f                  computes with NumPy's functions on its arguments and on Values of closures.
                       It may go backward, step an optimizer and assign to Values.
    static_argnums     positional arguments, by number, that are part of the program: hashable
                       objects. Strings, booleans, None and other objects that are neither numbers
                       nor arrays always are.
    static_argnames    the same, keyword arguments by name.
    check              compare the compiled results with the eager ones before trusting them.
    emitter            "native" (needs the extra `jit`), "numpy" or None for the best there is.

    There is one program for every combination of structure, shapes and dtypes. The first two calls
    of each record it, and must record the same; then it is compiled, or before the first run where
    that is the shorter way to its results. Values that f reads
    are read at each call, what it assigns, arguments too, is assigned at the end. Array arguments
    and results are plain or Values as they would be without `jit`. Nests in all other transforms,
    and they in it.

    Raises ConversionError where f branches on the contents of an array (write np.where) or takes
    numbers out of one; AssignmentError where it writes into an argument that is a plain array;
    CompilationError where it does not do the same at every call, or with `check` gives other
    numbers; ArgumentError for an argument that is no number, array of numbers or hashable object.
    Warns of the tenth program.

    >>> import numpy as np
    >>> from autograd import grad
    >>> slope = jit(grad(lambda x: np.sum(np.tanh(x) ** 2)))
    >>> for _ in range(3):
    ...     y = slope(np.array([0.0, 1.0]))
    >>> y.round(3)
    array([0.  , 0.64])
    """
    if f is None:
        return partial(jit, **options)
    if not callable(f):
        raise ArgumentError("a function to compile", describe(f), "write jit(f), then call that")
    return Jitted(f, **options)

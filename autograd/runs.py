"""A function run on Values in place of some of its arguments: what every transform begins with."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from autograd import leading
from autograd.broadcast import data_of
from autograd.containers import LEAF, describe_tree, flatten, unflatten
from autograd.errors import ArgumentError, DetachedWarning, describe
from autograd.forward import push_section
from autograd.graph import depending, differentiable
from autograd.modes import current, enable_grad, recording
from autograd.op import Kind, Op
from autograd.sweep import own, pull_section
from autograd.value import NO_STATIC, Value, as_data, detached, leaf, next_order, node
from autograd.wording import warn

Argnum = int | Sequence[int]

# A function's argument: the Value that was given, as a new node.
alias = Op(
    lambda x: x,
    Kind.LINEAR,
    (lambda g, y, x: g,),
    batch=leading.elementwise,
    name="argument",
)


class Run(NamedTuple):
    """A function run on Values in place of some of its arguments."""

    output: Any  # as the function returned it
    inputs: list[Value]  # the Values put in, in order
    orders: list[int]  # their orders at that time; the function may assign to them
    structure: Any  # the containers they were in
    given: list[Any]  # what was given in their place


def require_function(f: object, purpose: str, remedy: str) -> None:
    """Raise ArgumentError unless `f` can be called."""
    if not callable(f):
        raise ArgumentError(f"a function {purpose}", describe(f), remedy)


def require_differentiable(f: object) -> None:
    """Raise ArgumentError unless `f` can be called."""
    require_function(
        f,
        "to differentiate",
        "write grad(f)(x); of a Value that was computed, loss.backward() is the gradient",
    )


def run_on_values(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    argnums: Sequence[int] | None = None,
    copy: bool = False,
) -> Run:
    """Call `f` with a fresh Value for every leaf of the chosen arguments: of all, if None.

    With `copy` the Values hold data of their own, for a sweep long after the call.
    """
    require_differentiable(f)
    chosen = tuple(args) if argnums is None else arguments_at(f, args, argnums)
    given, structure = taken_apart(chosen)
    plain = not copy
    inputs = [
        leaf(x) if plain and type(x) is np.ndarray and x.dtype.kind == "f" else _fresh(x, copy)
        for x in given
    ]
    orders = [x.order for x in inputs]
    flat = structure.count(LEAF) == len(structure)
    arguments = inputs if flat else unflatten(structure, inputs)
    if argnums is not None:
        replaced = list(args)
        for i, argument in zip(argnums, arguments, strict=True):
            replaced[i] = argument
        arguments = replaced
    with recording():
        output = f(*arguments, **kwargs)
    return Run(output, inputs, orders, structure, given)


def taken_apart(arguments: tuple[Any, ...]) -> tuple[list[Any], Any]:
    """`flatten`, in a fraction of the time where no argument is a container.

    >>> taken_apart((1.0, np.ones(2)))
    ([1.0, array([1., 1.])], (*, *))
    """
    for x in arguments:
        if type(x) not in _NO_CONTAINERS:
            return flatten(arguments)
    return list(arguments), (LEAF,) * len(arguments)


_NO_CONTAINERS = (np.ndarray, Value, float)


def arguments_at(
    f: Callable[..., Any], args: Sequence[Any], argnums: Sequence[int]
) -> tuple[Any, ...]:
    """The positional arguments to differentiate by; ArgumentError where one is absent or double."""
    chosen = tuple([argument_at(f, args, i) for i in argnums])
    # One argument can be put in but once: the first of two would be left without a gradient.
    if len({i % len(args) for i in argnums}) < len(chosen):
        raise ArgumentError(
            f"each argument of {name_of(f)} to differentiate by once",
            f"argnum {tuple(argnums)}, of {len(args)} positional arguments",
            "leave the repeated number out",
        )
    return chosen


def argument_at(f: Callable[..., Any], args: Sequence[Any], argnum: int) -> Any:
    """The positional argument to differentiate by; ArgumentError where there is none."""
    if not -len(args) <= argnum < len(args):
        raise ArgumentError(
            f"a positional argument number {argnum} of {name_of(f)} to differentiate by",
            f"{len(args)} positional arguments",
            "pass it by position, or choose another argnum",
        )
    return args[argnum]


def _fresh(x: Any, copy: bool) -> Value:
    """A new input: a leaf for data, and for a Value one that remembers where it came from."""
    if type(x) is not Value:
        return leaf(as_data(x, True, copy=copy))
    if x.requires_grad or current().replayable:
        with enable_grad():
            return node(alias, x._data, (x,), NO_STATIC, True)
    return leaf(as_data(x._data, True, copy=False))


def name_of(f: Callable[..., Any]) -> str:
    """What to call a function in a message."""
    return getattr(f, "__name__", None) or getattr(f, "name", type(f).__name__)


def one_spelling(argnum: Argnum | None, argnums: Argnum | None) -> Argnum | None:
    """The one of the two spellings that was given, None where neither was."""
    if argnum is not None and argnums is not None:
        raise ArgumentError(
            "argnum or argnums, which are two names of one option",
            f"argnum={argnum!r} and argnums={argnums!r}",
            "leave one out; to differentiate by several arguments give a tuple of numbers",
        )
    return argnum if argnums is None else argnums


def as_argnums(
    argnum: Argnum | None, argnums: Argnum | None = None
) -> tuple[tuple[int, ...], bool]:
    """The numbers as a tuple, (0,) unless given, and whether one alone was asked for."""
    chosen = one_spelling(argnum, argnums)
    chosen = 0 if chosen is None else chosen
    if isinstance(chosen, int | np.integer) and not isinstance(chosen, bool):
        return (int(chosen),), True
    if isinstance(chosen, tuple | list) and all(isinstance(i, int | np.integer) for i in chosen):
        return tuple(int(i) for i in chosen), False
    raise ArgumentError(
        "argnum as an int or a tuple of ints", describe(chosen), "number the arguments from 0"
    )


def roots_of(output: Any) -> list[Value | None]:
    """The leaves of an output that a sweep can start from, and None for the others."""
    return roots_among(flatten(output)[0])


def roots_among(leaves: Sequence[Any]) -> list[Value | None]:
    """`roots_of` an output whose leaves these are."""
    return [x if type(x) is Value and x.requires_grad else None for x in leaves]


class Graph:
    """The section of a run's record that matters, and how its results are handed out."""

    def __init__(self, run: Run, roots: Sequence[Value | None]) -> None:
        self.run = run
        self.roots = [root for root in roots if root is not None]
        # Forward, what does not depend on the inputs has no tangent: only `pull` needs the rest.
        oldest = run.orders[0] if run.orders else next_order()
        self.nodes, outside = differentiable(self.roots, oldest)
        self.among_values = Value in map(type, run.given)
        if self.among_values:
            outside = outside or any(type(x) is Value and x.requires_grad for x in run.given)
        mode = current()
        self.record = (outside and mode.records) or mode.replayable

    @cached_property
    def between(self) -> dict[int, Value]:
        """The nodes that depend on the inputs, these included."""
        return depending(self.nodes, self.run.orders)

    @property
    def depends(self) -> bool:
        """Whether a root depends on an input."""
        return any(order in self.nodes for order in self.run.orders) and any(
            root.order in self.between for root in self.roots
        )

    def warn_if_detached(self, f: Callable[..., Any]) -> None:
        if not self.depends:
            warn(
                f"expected an output of {name_of(f)} that depends on its argument\n"
                f"  received: {describe_tree(self.run.output)}, computed without it: the "
                "derivative is zero\n"
                "  remedy:   compute with NumPy's functions on the argument; .numpy(), .item() and "
                "stop_gradient end a gradient",
                DetachedWarning,
            )

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """The cotangent of every input, zeros where the outputs do not depend on it."""
        with recording():
            found = pull_section(
                self.between, self.roots, cotangents, set(self.run.orders), self.record
            )
        seen = {id(c) for c in cotangents}
        return [
            handed_out(found.get(order), data_of(x), given, seen)
            for order, x, given in zip(
                self.run.orders, self.run.inputs, self.run.given, strict=True
            )
        ]

    def push(self, roots: Sequence[Value | None], tangents: Sequence[Any]) -> list[Any]:
        """The tangent of every root, None for one that is None or does not depend on the inputs."""
        moving = dict(zip(self.run.orders, tangents, strict=True))
        live = [r for r in roots if r is not None]
        with recording():
            found = push_section(self.nodes, live, moving, self.record)
        if len(live) == len(roots):
            return found
        remaining = iter(found)
        return [None if r is None else next(remaining) for r in roots]

    def plain(self, output: Any) -> Any:
        """The output; as plain data unless it depends on more than this run's inputs."""
        leaves, structure = flatten(output)
        return unflatten(structure, [self.plain_leaf(x) for x in leaves])

    def plain_leaf(self, x: Any) -> Any:
        """One leaf of the output, in the same form."""
        if type(x) is not Value or current().replayable:
            return x
        if self.record and x.requires_grad:
            return x
        return detached(x._data) if self.among_values else x._data


def handed_out(c: Any, like: Any, given: Any, seen: set[int]) -> Any:
    """A cotangent or tangent in the form that its argument came in: plain, or a Value."""
    if c is None:
        c = 0.0 if type(like) is float else np.zeros_like(like)
    if type(c) is Value:
        if c.requires_grad or current().replayable:
            return c
        c = c._data
    c = c[()] if type(c) is np.ndarray and c.ndim == 0 else own(c, seen)
    return detached(c) if type(given) is Value else c


def floating(y: Any) -> Any:
    """The data of an output, integers as float64."""
    return as_data(y, True, copy=False)

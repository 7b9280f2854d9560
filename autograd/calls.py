"""A whole call as one node of the graph: for algorithms whose steps nobody wants to record.

A root finder or a quadrature runs on plain numbers, and what it finds becomes a node. Its inputs
are the Values that the user's function depends on, arguments and closures alike, which are found by
running that function once on Values.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from autograd.broadcast import contents_of, data_of
from autograd.containers import flatten, map_leaves, unflatten
from autograd.errors import UnsupportedError, describe
from autograd.forward import push_section
from autograd.graph import depending, differentiable, sources
from autograd.modes import current, enable_grad, no_grad
from autograd.op import Kind, Op, apply, component
from autograd.ops.joining import operand
from autograd.reverse import guarded
from autograd.runs import alias
from autograd.value import NO_STATIC, Value, detached, leaf, next_order, node


def plain(tree: Any) -> Any:
    """Nested containers with the data of the Values in place of the Values."""
    return map_leaves(contents_of, tree)


def holds_value(tree: Any) -> bool:
    """Whether a Value is among the leaves of nested containers."""
    return any(type(x) is Value for x in flatten(tree)[0])


def constants(found: Any, given: Any) -> Any:
    """`found`, which depends on nothing recorded: as constant Values where Values were given."""
    return map_leaves(detached, found) if holds_value(given) else found


def on_numbers(f: Callable[..., Any]) -> Callable[..., Any]:
    """f for an algorithm that knows plain numbers only, whatever Values f closes over."""

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def function(*args: Any, **kwargs: Any) -> Any:
        with no_grad():
            return plain(f(*args, **kwargs))

    return function


def as_array(y: Any) -> Any:
    """The array of nested lists of numbers and Values; anything else as it is."""
    return operand(y) if isinstance(y, tuple | list) else y


class Linearized:
    """f at a point, recorded: its Jacobian times vectors from either side.

    f         returns an array, or a tuple of them.
    given     the arguments of f to differentiate by, plain or Values.
    closed    Values that f closes over, to differentiate by as well.
    record    whether the results shall have a history of their own.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        given: Sequence[Any],
        closed: Sequence[Value] = (),
        record: bool = False,
    ) -> None:
        self.record = record or current().replayable
        with enable_grad():
            inputs = [apply(alias, (x,), {}) if type(x) is Value else leaf(x) for x in given]
            self.start = next_order()
            self.output = f(*inputs)
        self.inputs = [*inputs, *closed]
        outputs = self.output if isinstance(self.output, tuple) else (self.output,)
        self.roots = [y if type(y) is Value and y.requires_grad else None for y in outputs]

    def pull(self, cotangent: Any, first: int | None = None) -> list[Any]:
        """The cotangents of the given and the closed, or only of the `first` of them."""
        wanted = {x.order for x in self.inputs[:first]}
        within = None if first is None else wanted | self._between(wanted).keys()
        seeds = cotangent if isinstance(self.output, tuple) else (cotangent,)
        pairs = [(y, c) for y, c in zip(self.roots, seeds, strict=True) if y is not None]
        # What the inputs were made of is not the business of this sweep: it ends at `start`.
        with enable_grad():
            found, _ = guarded(
                [y for y, _ in pairs],
                [c for _, c in pairs],
                within,
                wanted,
                self.record,
                since=self.start,
            )
        return [found.get(x.order, np.zeros_like(x._data)) for x in self.inputs[:first]]

    def push(self, tangents: Sequence[Any]) -> Any:
        """The tangent of the output; None stands for an input that stays."""
        found = {x.order: t for x, t in zip(self.inputs, tangents, strict=True) if t is not None}
        roots = [y for y in self.roots if y is not None]
        with enable_grad():
            moved = iter(push_section(self._between(set(found)), roots, found, self.record))
        outputs = self.output if isinstance(self.output, tuple) else (self.output,)
        tangents = []
        for y, root in zip(outputs, self.roots, strict=True):
            t = None if root is None else next(moved)
            tangents.append(np.zeros_like(data_of(y)) if t is None else t)
        return tuple(tangents) if isinstance(self.output, tuple) else tangents[0]

    def _between(self, wanted: set[int]) -> dict[int, Value]:
        """The nodes made by f that depend on the wanted ones, oldest first."""
        roots = [y for y in self.roots if y is not None]
        return depending(differentiable(roots, self.start).nodes, wanted)


class Call:
    """A call with some arguments, and the Values among them and in closures that it depends on.

    >>> x, y = Value(2.0), Value(3.0)
    >>> call = Call("product", (x, 5.0))
    >>> call.watched(lambda x, factor: x * factor * y)
    30.0
    >>> [v.data for v in call.inputs]
    [2.0, 3.0]
    """

    def __init__(self, name: str, args: tuple[Any, ...]) -> None:
        self.name = name
        self._leaves, self._structure = flatten(args)
        self._found: dict[int, Value] = {}
        with enable_grad():
            self._fresh = [apply(alias, (x,), {}) if type(x) is Value else x for x in self._leaves]
        self._start = next_order()

    def watched(self, f: Callable[..., Any], *ahead: Any) -> Any:
        """The plain data of f(*ahead, *arguments); what it depends on becomes an input."""
        mode = current()
        if not (mode.records or mode.replayable):
            return plain(f(*ahead, *unflatten(self._structure, map(contents_of, self._leaves))))
        with enable_grad():
            output = f(*ahead, *unflatten(self._structure, self._fresh))
        roots = [y for y in flatten(output)[0] if type(y) is Value]
        for x in sources(roots, self._start):
            if x.requires_grad or mode.replayable:
                self._found[x.order] = x
        return plain(output)

    @property
    def _places(self) -> list[int]:
        """Which of the arguments' leaves are inputs."""
        fresh = enumerate(self._fresh)
        return [i for i, x in fresh if type(x) is Value and x.order in self._found]

    @property
    def _closed(self) -> list[Value]:
        """The Values that were reached, but not through the arguments."""
        fresh = {x.order for x in self._fresh if type(x) is Value}
        return [x for order, x in self._found.items() if order not in fresh]

    @property
    def inputs(self) -> list[Value]:
        """What the rules of the node get, or have others in the place of."""
        return [*(self._leaves[i] for i in self._places), *self._closed]

    def arguments(self, xs: Sequence[Any]) -> Any:
        """The arguments, with `xs` in place of the inputs; plain where no input is."""
        leaves = [contents_of(x) for x in self._leaves]
        places = self._places
        for i, x in zip(places, xs, strict=False):
            leaves[i] = x
        for x, source in zip(xs[len(places) :], self._closed, strict=True):
            if contents_of(x) is not contents_of(source):
                raise UnsupportedError(
                    f"other data only for the arguments of {self.name}",
                    f"some for a Value that its function closes over, {describe(source)}",
                    "pass that Value in args",
                )
        return unflatten(self._structure, leaves)

    def given(self, xs: Sequence[Any]) -> tuple[Any, ...]:
        """Those of `xs` that stand for arguments; the others stand for what is closed over."""
        return tuple(xs[: len(self._places)])

    def linearized(
        self,
        f: Callable[..., Any],
        xs: Sequence[Any],
        ahead: Sequence[Any] = (),
        record: bool | None = None,
    ) -> Linearized:
        """f(*ahead, *arguments) linearized by `ahead` and the inputs, which are now `xs`.

        `record` is whether one of these is a Value, unless it is given; then those of `xs` that are
        closed over may be left out.
        """
        n, closed = len(ahead), self._closed

        def function(*given: Any) -> Any:
            return f(*given[:n], *self.arguments([*given[n:], *closed]))

        if record is None:
            self.arguments(xs)  # raises for other closures
            record = any(type(x) is Value for x in (*ahead, *xs))
        return Linearized(function, [*ahead, *self.given(xs)], closed, record)

    def node(
        self,
        data: Any,
        compute: Callable[..., Any],
        joint: Callable[..., Any],
        tangent: Callable[..., Any],
        ahead: tuple[Any, ...] = (),
    ) -> Value:
        """`data`, which is compute(*ahead, *arguments) on plain numbers, as a node.

        Its inputs are those `ahead`, and those of the call; for the rules see `Op`.
        """
        n = len(ahead)
        inputs = (*ahead, *self.inputs)
        op = Op(
            lambda *xs: compute(*xs[:n], *self.arguments(xs[n:])),
            Kind.GENERAL,
            joint=joint,
            tangent=tangent,
            arity=len(inputs),
            name=self.name,
        )
        return node(op, data, inputs, NO_STATIC, any(_requires(x) for x in inputs))


def whole(name: str, f: Callable[..., Any]) -> Callable[..., Any]:
    """f, which a replay (vmap, jit) runs as a whole: for a course that depends on the numbers.

    Elsewhere it is f itself. f takes and returns arrays, in tuples where there are several.
    """

    def called(*args: Any) -> Any:
        if not current().replayable:
            return f(*args)
        call = Call(name, args)
        data = call.watched(f)
        if not call.inputs:
            return constants(data, args)

        def pulled(g: Any, *xs: Any) -> tuple[Any, ...]:
            return tuple(call.linearized(f, xs).pull(g))

        def pushed(t: Any, *xs: Any) -> Any:
            return call.linearized(f, xs).push(t)

        made = call.node(
            data,
            lambda *args: plain(f(*args)),
            lambda wanted, g, y, *xs: whole(f"gradient of {name}", pulled)(g, *xs),
            lambda t, y, *xs: whole(f"tangent of {name}", pushed)(t, *xs),
        )
        if not isinstance(data, tuple):
            return made
        return tuple(apply(component, (made,), {"index": i}) for i in range(len(data)))

    return called


def _requires(x: Any) -> bool:
    return type(x) is Value and x.requires_grad

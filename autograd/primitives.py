"""`primitive`: a function that the graph shows as one node, and whose rules are given afterwards.

Each way of giving a rule comes down to one form:

    reverse    (argnums, ans, args, kwargs) -> (g -> a cotangent for each of argnums)
    forward    (argnums, tangents, ans, args, kwargs) -> the tangent of the output

Arguments and outputs may be nested containers; rules then take and return such containers.
"""

from collections.abc import Callable, Sequence
from functools import update_wrapper
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from autograd.broadcast import contents_of, data_of
from autograd.containers import flatten, is_container, map_leaves, unflatten
from autograd.custom import check_cotangent
from autograd.errors import ArgumentError, UnsupportedError, describe
from autograd.op import Kind, Op, record
from autograd.runs import name_of
from autograd.spaces import SparseObject
from autograd.value import Value

Rule = Callable[..., Any]


class Call(NamedTuple):
    """How the leaves of a call make up its arguments, and those of its output the output."""

    arguments: Any  # the structure of (args, kwargs)
    output: Any

    def bind(self, leaves: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """args and kwargs."""
        return unflatten(self.arguments, leaves)

    def whole(self, output: Any) -> Any:
        """What the function returned, or a cotangent of it, out of its leaves."""
        return unflatten(self.output, output) if is_container(self.output) else output

    def leaves(self, output: Any) -> Any:
        """The leaves of what the function returned, as the graph holds them."""
        return tuple(flatten(output)[0]) if is_container(self.output) else output

    def places(self, leaves: Sequence[Any]) -> list[Any]:
        """The positional arguments, with the number of the leaf in place of each leaf."""
        return list(self.bind(range(len(leaves)))[0])


class Primitive:
    """A function that is one node of the graph; without Values among its arguments, itself."""

    def __init__(self, fun: Callable[..., Any], kind: Kind) -> None:
        update_wrapper(self, fun)
        self.fun = fun
        self.op = Op(self._on_leaves, kind, joint=self._pull, name=name_of(fun))
        self.reverse: Rule | None = None
        self.forward: Rule | None = None

    def __repr__(self) -> str:
        return f"<primitive {self.op.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten((args, kwargs))
        if not any(type(x) is Value for x in leaves):
            return self.fun(*args, **kwargs)
        if any(type(x) is Value for x in flatten(kwargs)[0]):
            raise UnsupportedError(
                f"Values among the positional arguments of {self.op.name}, a primitive",
                f"one among the keyword arguments: {', '.join(kwargs)}",
                "pass it by position",
            )
        plain_args, plain_kwargs = unflatten(structure, map(contents_of, leaves))
        output = self.fun(*plain_args, **plain_kwargs)
        call = Call(structure, flatten(output)[1])
        found = record(self.op, call.leaves(output), tuple(leaves), {"call": call})
        return call.whole(found)

    def _on_leaves(self, *leaves: Any, call: Call) -> Any:
        args, kwargs = call.bind(leaves)
        return call.leaves(self.fun(*args, **kwargs))

    def _pull(self, wanted: Sequence[bool], g: Any, y: Any, *leaves: Any, call: Call) -> list[Any]:
        args, kwargs = call.bind(leaves)
        places = call.places(leaves)
        argnums = [i for i, place in enumerate(places) if any(wanted[j] for j in flatten(place)[0])]
        if self.reverse is None:
            raise _missing(self, argnums[0], "defvjp")
        found = self.reverse(argnums, call.whole(y), args, kwargs)(call.whole(g))
        results: list[Any] = [None] * len(leaves)
        for i, c in zip(argnums, found, strict=True):
            if type(c) is SparseObject:
                c = c.dense(any(type(part) is Value for part in flatten(g)[0]))
            if c is not None:
                spots, structure = flatten(places[i])
                parts, received = flatten(c)
                if received != structure:
                    raise ArgumentError(
                        f"a cotangent of argument {i} of {self.op.name} in its structure "
                        f"{structure!r}",
                        repr(received),
                        "return from the rule what the argument is made of",
                    )
                for spot, part in zip(spots, parts, strict=True):
                    if wanted[spot]:
                        check_cotangent(part, leaves[spot], f"the rule of {self.op.name}")
                        results[spot] = part
        return results

    def _push(self, tangents: Sequence[Any], y: Any, *leaves: Any, call: Call) -> Any:
        args, kwargs = call.bind(leaves)
        argnums, moving = [], []
        for i, place in enumerate(call.places(leaves)):
            spots, structure = flatten(place)
            if any(tangents[j] is not None for j in spots):
                whole = [_or_zeros(tangents[j], leaves[j]) for j in spots]
                argnums.append(i)
                moving.append(unflatten(structure, whole))
        moved = self.forward and self.forward(argnums, moving, call.whole(y), args, kwargs)
        return None if moved is None else call.leaves(moved)


def _or_zeros(t: Any, x: Any) -> Any:
    return np.zeros_like(data_of(x)) if t is None else t


def primitive(fun: Callable[..., Any]) -> Primitive:
    """`fun` as one node of the graph; `defvjp` and `defjvp` say its derivatives.

    It is called on plain data. Where only `defvjp` says a rule, forward mode is its transpose.

    >>> from autograd import grad
    >>> @primitive
    ... def cube(x):
    ...     return x**3
    >>> defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2)
    >>> grad(cube)(2.0), grad(grad(cube))(2.0)
    (12.0, 12.0)
    """
    return Primitive(fun, Kind.GENERAL)


def notrace_primitive(fun: Callable[..., Any]) -> Primitive:
    """`fun` as a function without a derivative: it is called on plain data, and returns that.

    >>> notrace_primitive(lambda x: x // 1)(Value(2.5))
    2.0
    """
    return Primitive(fun, Kind.CONSTANT)


class VJPNode:
    """Stands for reverse mode in `register_notrace`."""


class JVPNode:
    """Stands for forward mode in `register_notrace`."""


def register_notrace(mode: type[VJPNode] | type[JVPNode], fun: Any) -> None:
    """Say that the derivative of `fun`, a primitive, is zero in that mode, VJPNode or JVPNode."""
    bases = getattr(mode, "__mro__", ())
    if VJPNode in bases:
        defvjp_argnums(fun, lambda argnums, *call: lambda g: [None] * len(argnums))
    elif JVPNode in bases:
        defjvp_argnums(fun, lambda *call: None)
    else:
        raise ArgumentError("VJPNode or JVPNode", describe(mode), "register one, then the other")


def _known(fun: Any) -> Primitive:
    if isinstance(fun, Primitive):
        return fun
    raise ArgumentError(
        "a function made by primitive",
        describe(fun),
        "write f = primitive(f) first; a new row for a NumPy function is autograd.elementwise, ...",
    )


def _missing(fun: Primitive, argnum: int, remedy: str) -> UnsupportedError:
    return UnsupportedError(
        f"a derivative rule of {fun.op.name} for argument {argnum}",
        "none",
        f"say it with {remedy}; None stands for a derivative of zero",
    )


# Reverse mode


def defvjp_argnums(fun: Any, maker: Rule) -> None:
    """One rule for several arguments: maker(argnums, ans, args, kwargs) -> (g -> cotangents)."""
    _known(fun).reverse = maker


def defvjp_argnum(fun: Any, maker: Rule) -> None:
    """One rule for any argument: maker(argnum, ans, args, kwargs) -> (g -> its cotangent)."""

    def reverse(argnums: Sequence[int], ans: Any, args: Any, kwargs: Any) -> Rule:
        pulls = [maker(i, ans, args, kwargs) for i in argnums]
        return lambda g: [pull(g) for pull in pulls]

    defvjp_argnums(fun, reverse)


def defvjp(fun: Any, *makers: Rule | None, argnums: Sequence[int] | None = None) -> None:
    """A rule for each argument: maker(ans, *args, **kwargs) -> (g -> its cotangent).

    None says that the derivative is zero. `argnums` says which arguments, unless from the first on.
    """
    known = _known(fun)
    table = dict(zip(count() if argnums is None else argnums, makers, strict=False))

    def reverse(argnums: Sequence[int], ans: Any, args: Any, kwargs: Any) -> Rule:
        pulls = []
        for i in argnums:
            if i not in table:
                raise _missing(known, i, "defvjp")
            maker = table[i]
            pulls.append(None if maker is None else maker(ans, *args, **kwargs))
        return lambda g: [None if pull is None else pull(g) for pull in pulls]

    defvjp_argnums(fun, reverse)


# Forward mode


def defjvp_argnums(fun: Any, rule: Rule) -> None:
    """One rule for several arguments: rule(argnums, tangents, ans, args, kwargs) -> tangent."""
    known = _known(fun)
    known.forward = rule
    known.op.tangent = known._push


def defjvp_argnum(fun: Any, rule: Rule) -> None:
    """One rule for any argument: rule(argnum, g, ans, args, kwargs) -> the output's tangent."""

    def forward(argnums: Sequence[int], gs: Any, ans: Any, args: Any, kwargs: Any) -> Any:
        parts = (rule(i, g, ans, args, kwargs) for i, g in zip(argnums, gs, strict=True))
        return _total([part for part in parts if part is not None])

    defjvp_argnums(fun, forward)


def defjvp(fun: Any, *rules: Rule | str | None, argnums: Sequence[int] | None = None) -> None:
    """A rule for each argument: rule(g, ans, *args, **kwargs) -> the output's tangent.

    None says that the derivative is zero, "same" that fun is linear in this argument.
    """
    known = _known(fun)
    table = dict(zip(count() if argnums is None else argnums, rules, strict=False))

    def forward(argnum: int, g: Any, ans: Any, args: Any, kwargs: Any) -> Any:
        if argnum not in table:
            raise _missing(known, argnum, "defjvp")
        rule = table[argnum]
        if rule == "same":
            return _substituted(known, argnum, g, ans, args, kwargs)
        return rule(g, ans, *args, **kwargs) if callable(rule) else None

    defjvp_argnum(fun, forward)


def def_linear(fun: Any) -> None:
    """Say that `fun` is linear in each argument by itself, for forward mode."""
    known = _known(fun)
    defjvp_argnum(fun, lambda *call: _substituted(known, *call))


def _substituted(fun: Primitive, argnum: int, g: Any, ans: Any, args: Any, kwargs: Any) -> Any:
    return fun(*args[:argnum], g, *args[argnum + 1 :], **kwargs)


def _total(tangents: list[Any]) -> Any:
    if not tangents:
        return None
    total, *others = tangents
    for other in others:
        total = map_leaves(lambda x, y: x + y, total, other)
    return total

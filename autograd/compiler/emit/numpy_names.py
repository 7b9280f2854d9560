"""What the lines of generated NumPy code are made of: names, and how an equation is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from keyword import iskeyword
from math import isfinite
from types import BuiltinMethodType
from typing import Any

import numpy as np

_PLAIN = (int, float, bool, str, type(None), type(Ellipsis))

# What generated code calls itself, beside the names that are bound.
_OURS = ("copyto", "empty", "memory", "place", "take_over", "pieces")
_OURS += ("make", "run", "donate", "part", "total")


class Names:
    """The names in generated code, and what those that it does not define itself stand for."""

    def __init__(self) -> None:
        self.bound: dict[str, Any] = {"np": np, "inf": float("inf"), "nan": float("nan")}
        self._taken = set(self.bound) | set(_OURS)
        self._known: dict[Any, str] = {}
        self._count: dict[str, int] = {}  # of every name, how many have been made from it

    def fresh(self, wanted: str) -> str:
        """A name like this one that nothing has yet."""
        base = "".join(c if c.isalnum() else "_" for c in wanted)
        base = base if base.isidentifier() else f"x_{base}"
        name, number = base, self._count.get(base, 0)
        while name in self._taken or iskeyword(name):
            number += 1
            name = f"{base}_{number}"
        self._count[base] = number
        self._taken.add(name)
        return name

    def bind(self, x: Any, wanted: str) -> str:
        """The name that stands for an object."""
        # A method of a ufunc is another object each time it is asked for.
        key = x if isinstance(x, BuiltinMethodType) else id(x)
        if key not in self._known:
            name = self._known[key] = self.fresh(wanted)
            self.bound[name] = x
        return self._known[key]

    def literal(self, x: Any, wanted: str = "option") -> str:
        """Code for an object: written out where that is readable, else a name for it."""
        kind = type(x)
        if kind in _PLAIN:
            return "..." if x is Ellipsis else repr(x)
        if isinstance(x, np.integer):
            return repr(int(x))
        if kind is slice:
            parts = (self.literal(part) for part in (x.start, x.stop, x.step))
            return f"slice({', '.join(parts)})"
        if kind is complex and isfinite(x.real) and isfinite(x.imag):
            return repr(x)
        if kind is tuple:
            inner = [self.literal(part) for part in x]
            return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
        return self.bind(x, wanted)

    def options(self, static: Mapping[str, Any]) -> str:
        """Code for keyword arguments, each preceded by a comma."""
        return "".join(f", {key}={self.literal(x, key)}" for key, x in static.items())


@dataclass
class Form:
    """How an equation is written.

    expression    from the arguments, code whose value is the output; None if there is only `fill`.
    fill          from the arguments and the array to fill, lines; None if there is only the other.
    elementwise   each element of the output is made from those at its place: it may be computed in
                  pieces.
    in_place      it may be computed into the memory of an argument.
    reduces       it is a reduction over the option `axis`.
    view          the expression shows the memory of the first argument.
    fresh         the expression makes an array of its own.
    """

    expression: Callable[[list[str]], str] | None = None
    fill: Callable[[list[str], str], list[str]] | None = None
    elementwise: bool = False
    in_place: bool = False
    reduces: bool = False
    view: bool = False
    fresh: bool = True

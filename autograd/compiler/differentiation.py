"""Derivatives of compiled functions: their pullbacks and pushforwards are compiled as well."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.containers import flatten
from autograd.forward import push_section
from autograd.modes import enable_grad, no_grad
from autograd.op import Kind, Op, component
from autograd.runs import alias
from autograd.sweep import pullback, section
from autograd.value import NO_STATIC, Value, node

Compile = Callable[[Callable[..., Any]], Callable[..., Any]]


class Derivatives:
    """The compiled pullback and pushforward of f, a function of leaves.

    `numbers` are the arguments to differentiate by, `captured` the Values of closures, `places` the
    outputs to differentiate.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        numbers: Sequence[int],
        captured: Sequence[Value],
        places: Sequence[int],
        compiled: Compile,
    ) -> None:
        self.f = f
        self.numbers = numbers
        self.captured = captured
        self.places = places
        self._pull = compiled(self._pulled)
        self._push = compiled(self._pushed)

    def record(self, leaves: Sequence[Any], data: Sequence[Any]) -> list[Value]:
        """The outputs, of this data, as recorded results of the call on these leaves."""
        inputs = (*(leaves[i] for i in self.numbers), *self.captured)

        def replaced(xs: Sequence[Any]) -> list[Any]:
            found = list(leaves)
            for i, x in zip(self.numbers, xs, strict=False):
                found[i] = x
            return found

        def forward(*xs: Any) -> Any:
            outputs = flatten(self.f(*replaced(xs)))[0]
            raw = [data_of(outputs[i]) for i in self.places]
            return tuple(raw) if len(raw) > 1 else raw[0]

        def rule(wanted: Sequence[bool], g: Any, y: Any, *xs: Any) -> Sequence[Any]:
            given = g if isinstance(g, tuple) else (g,)
            return _on(self._pull, [*given, *xs], replaced(xs), list(given))

        def tangent(tangents: Sequence[Any], y: Any, *xs: Any) -> Any:
            moving = [
                np.zeros_like(data_of(x)) if t is None else t
                for t, x in zip(tangents, inputs, strict=True)
            ]
            found = _on(self._push, [*moving, *xs], replaced(xs), moving)
            return tuple(found) if len(found) > 1 else found[0]

        op = Op(
            forward, Kind.GENERAL, joint=rule, tangent=tangent, arity=len(inputs), name="compiled"
        )
        if len(data) == 1:
            return [node(op, data[0], inputs, NO_STATIC, True)]
        whole = node(op, tuple(data), inputs, NO_STATIC, True)
        return [node(component, x, (whole,), {"index": i}, True) for i, x in enumerate(data)]

    def _run(self, leaves: Sequence[Any]) -> tuple[list[Value], list[Value]]:
        """The Values to differentiate by, and the outputs of f."""
        with enable_grad():
            leaves = [*leaves]
            for i in self.numbers:
                leaves[i] = node(alias, data_of(leaves[i]), (leaves[i],), NO_STATIC, True)
            outputs = flatten(self.f(*leaves))[0]
        return [*(leaves[i] for i in self.numbers), *self.captured], [
            outputs[i] for i in self.places
        ]

    def _pulled(self, leaves: list[Any], cotangents: list[Any]) -> list[Any]:
        inputs, roots = self._run(leaves)
        with enable_grad():
            found = pullback(roots, cotangents, inputs, record=True)
        return [found.get(x.order, np.zeros_like(x._data)) for x in inputs]

    def _pushed(self, leaves: list[Any], tangents: list[Any]) -> list[Any]:
        inputs, roots = self._run(leaves)
        orders = [x.order for x in inputs]
        with enable_grad():
            moving = dict(zip(orders, tangents, strict=True))
            found = push_section(section(roots, orders).nodes, roots, moving, True)
        return [
            np.zeros_like(root._data) if t is None else t
            for root, t in zip(roots, found, strict=True)
        ]


def _on(f: Callable[..., Any], values: Sequence[Any], *arguments: Any) -> list[Any]:
    """f, recorded where one of the values is recorded, on plain numbers otherwise."""
    if any(type(x) is Value for x in values):
        return f(*arguments)
    with no_grad():
        return [data_of(x) for x in f(*arguments)]

"""`custom_vjp`: a function whose reverse rule is given by the one who wrote it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, NamedTuple

import numpy as np

from autograd.broadcast import contents_of, data_of, dtype_of
from autograd.containers import flatten, map_leaves, unflatten
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.leading import one_by_one
from autograd.modes import current
from autograd.op import Kind, Op, record
from autograd.runs import name_of, require_function
from autograd.value import Value


@dataclass(frozen=True, eq=False)
class _Kept:
    """What `fwd` returned for `bwd`: the last of the op's outputs, no number and no sequence."""

    residuals: Any


class _Call(NamedTuple):
    """One call: its arguments without their leaves, and the output without its own.

    keeps    whether the last output is what fwd kept for bwd; else a number in its place.
    """

    arguments: Any
    output: Any
    keeps: bool


def check_cotangent(cotangent: Any, x: Any, rule: str) -> None:
    """Raise ShapeError unless it has the shape of x, or one that broadcasting made of it.

    A smaller one, such as a sum that has lost its axes, would spread over x and be wrong; but for
    the number 0, which is right wherever it is spread.
    """
    if type(cotangent) in (int, float) and cotangent == 0:
        return
    shape, received = np.shape(data_of(x)), np.shape(data_of(cotangent))
    last = received[len(received) - len(shape) :]
    broadcast = len(received) >= len(shape) and all(
        n in (1, m) for n, m in zip(shape, last, strict=True)
    )
    if not broadcast or dtype_of(cotangent).kind not in "biufc":
        raise ShapeError(
            f"a cotangent from {rule} with the shape of its argument, {shape}",
            describe(cotangent),
            "return one number for each element: g has the shape of the output",
        )


class custom_vjp:
    """f with a reverse rule of its own: `f.defvjp(fwd, bwd)`.

    fwd(*args)           returns (f(*args), residuals): whatever the rule needs.
    bwd(residuals, g)    returns a cotangent for each argument, in a tuple; None for none.
    nondiff_argnums      arguments that are no arrays; bwd gets them first, and gives no cotangent
                         for them.

    For one sweep fwd runs on plain data and bwd on what it left. Where the sweep is itself
    recorded, both run on Values, so they must be NumPy code for derivatives of higher order.
    Forward mode is the transpose of bwd, which is linear in g. The names are JAX's.

    Raises ArgumentError where the rule is missing, or gives another number of cotangents;
    ShapeError for a cotangent that is smaller than its argument.

    >>> import numpy as np
    >>> from autograd import grad
    >>> @custom_vjp
    ... def clipped(x):  # the gradient passes where the value is clipped
    ...     return np.clip(x, -1.0, 1.0)
    >>> clipped.defvjp(lambda x: (clipped(x), None), lambda residuals, g: (g,))
    >>> grad(clipped)(3.0)
    1.0
    """

    def __init__(self, f: Callable[..., Any], nondiff_argnums: Sequence[int] = ()) -> None:
        require_function(f, "to give a rule", "write it as a decorator: @custom_vjp above def f(x)")
        update_wrapper(self, f)
        self.f = f
        self.nondiff_argnums = tuple(nondiff_argnums)
        self.fwd: Callable[..., Any] | None = None
        self.bwd: Callable[..., Any] | None = None
        self.op = Op(self._run, Kind.GENERAL, joint=self._pull, batch=self._batch, name=name_of(f))

    def __repr__(self) -> str:
        return f"<custom_vjp {self.op.name}>"

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Say the rule; see the class."""
        for part in (fwd, bwd):
            require_function(part, f"for each part of the rule of {self.op.name}", "see custom_vjp")
        self.fwd, self.bwd = fwd, bwd

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise ArgumentError(
                f"the arguments of {self.op.name} by position, as its rule takes them",
                f"{', '.join(kwargs)} by keyword",
                "pass them by position",
            )
        moving = [None if i in self.nondiff_argnums else x for i, x in enumerate(args)]
        leaves, structure = flatten(moving)
        if not any(type(x) is Value for x in leaves):
            return self.f(*args)
        fixed = tuple(args[i] for i in self.nondiff_argnums)
        output, kept = self._forward(map(contents_of, leaves), structure, fixed)
        parts, output_structure = flatten(output)
        # In a trace bwd reads what fwd made of Values, and a program holds nothing but numbers.
        keeps = not current().replayable
        static = {"call": _Call(structure, output_structure, keeps), "fixed": fixed}
        found = record(self.op, (*parts, _Kept(kept) if keeps else 0.0), tuple(leaves), static)
        return unflatten(output_structure, found[:-1])

    def _forward(self, leaves: Any, structure: Any, fixed: tuple[Any, ...]) -> tuple[Any, Any]:
        """fwd of arguments given by their leaves."""
        if self.fwd is None or self.bwd is None:
            raise ArgumentError(
                f"a rule for {self.op.name}, which is a custom_vjp",
                "none",
                f"call {self.op.name}.defvjp(fwd, bwd)",
            )
        args = list(unflatten(structure, leaves))
        for i, x in zip(self.nondiff_argnums, fixed, strict=True):
            args[i] = x
        found = self.fwd(*args)
        if not (isinstance(found, tuple) and len(found) == 2):
            raise ArgumentError(
                f"(output, residuals) from fwd of {self.op.name}",
                type(found).__name__,
                "return a pair; the residuals may be None",
            )
        return found

    def _run(self, *leaves: Any, call: _Call, fixed: tuple[Any, ...]) -> Any:
        output, kept = self._forward(leaves, call.arguments, fixed)
        parts = flatten(map_leaves(contents_of, output))[0]
        return (*parts, _Kept(kept) if call.keeps else 0.0)

    def _pull(
        self, wanted: Sequence[bool], g: Any, y: Any, *leaves: Any, call: _Call, fixed: Any
    ) -> list[Any]:
        # Recorded, what the rule reads has a history too.
        if not call.keeps or any(type(x) is Value for x in leaves):
            _, residuals = self._forward(leaves, call.arguments, fixed)
        else:
            residuals = y[-1].residuals
        if self.bwd is None:
            return [None] * len(leaves)
        found = self.bwd(*fixed, residuals, unflatten(call.output, g[:-1]))
        arguments = [a for i, a in enumerate(call.arguments) if i not in self.nondiff_argnums]
        if not (isinstance(found, tuple | list) and len(found) == len(arguments)):
            raise ArgumentError(
                f"{len(arguments)} cotangents from bwd of {self.op.name}, one for each argument",
                f"{len(found)}" if isinstance(found, tuple | list) else type(found).__name__,
                "return them in a tuple, with None for an argument that has none",
            )
        results: list[Any] = []
        for c, argument in zip(found, arguments, strict=True):
            places = len(flatten(argument)[0])
            parts, received = ([None] * places, argument) if c is None else flatten(c)
            if received != argument:
                raise ArgumentError(
                    f"a cotangent with the structure {argument!r} of its argument",
                    repr(received),
                    "return from bwd what the argument is made of",
                )
            results += parts
        for c, x in zip(results, leaves, strict=True):
            if c is not None:
                check_cotangent(c, x, f"bwd of {self.op.name}")
        return results

    def _batch(self, op: Op, xs: Any, batched: Any, static: Any, y: Any) -> Any:
        return one_by_one(op, xs, batched, static, y[:-1])

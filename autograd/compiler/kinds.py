"""A compiled function's programs: one for each kind of arguments, and when it may run."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiler.backends import Backend
from autograd.compiler.differentiation import Derivatives
from autograd.compiler.program import Variable
from autograd.compiler.trace import Owner, Trace
from autograd.compiler.watching import Watched
from autograd.containers import LEAF
from autograd.modes import Mode
from autograd.value import Value


class Entry:
    """A program for arguments of one kind: traced at the first call, compiled at the second.

    All that follows from the kind of the arguments is settled here: a call has little to do.

    backend    what runs, once two traces agree.
    draft      the same, compiled from the first trace alone and not trusted before the second.
    """

    def __init__(self, traced: Trace, leaves: Sequence[Any], mode: Mode) -> None:
        self.backend: Backend | None = None
        self.draft: Backend | None = None
        self.derivatives: Derivatives | None = None
        self.mode = mode
        self.leaves: list[list[tuple[Owner, bool, bool]]] = []
        self.look_at(traced, leaves)

    def look_at(self, traced: Trace, leaves: Sequence[Any]) -> None:
        """Take this trace for the program."""
        self.trace = traced
        # A step that forgets the gradients first is one program, with gradients and without.
        self.leaves = [traced.leaves, *(x for x in self.leaves if x != traced.leaves)]
        self._known = [
            (
                [(v, requires, missing) for v, requires, missing in known if type(v) is Value],
                [(i, missing) for i, _, missing in known if type(i) is int],
            )
            for known in self.leaves
        ]
        self._watched = Watched([*traced.found.held, *traced.found.options])
        self.wraps = traced.is_value
        self.records = self.mode.records and not traced.assigned and any(traced.requires)
        # A gradient may be asked for of a function that changes state: the record has it.
        replaced = {x for x in traced.assigned if type(x) is int}
        self._asked = bool(traced.assigned) and any(
            type(x) is Value and x.requires_grad and i not in replaced for i, x in enumerate(leaves)
        )
        self.is_pure = not (traced.assigned or traced.deposited or traced.cleared)
        self._arguments = [i for i, x in enumerate(leaves) if type(x) is Value]
        state = [*traced.grads, *traced.assigned, *traced.deposited, *traced.cleared]
        self._changed = [x for x in dict.fromkeys(state) if type(x) is int]
        self._outside = {id(x) for x in [*traced.captured, *state] if type(x) is Value}
        self.is_single = traced.structure is LEAF

    def is_eager(self, leaves: Sequence[Any]) -> bool:
        """Whether the function itself has to run, since the program would not do the same.

        A program takes the Values that a call is given for different ones, and for leaves.
        """
        if self._asked:
            return True
        if self.is_pure or not self._arguments:
            return False
        given = {id(leaves[i]) for i in self._arguments}
        if len(given) < len(self._arguments) or not given.isdisjoint(self._outside):
            return True
        return any(leaves[i].op is not None for i in self._changed)

    def changed(self) -> list[Any]:
        """The names of attributes, globals and the like that hold something else now."""
        return self._watched.changed()

    def fits(self, leaves: Sequence[Any]) -> bool:
        """Whether all is as it was in the trace that Python decides by and no number.

        Gradients are there or not, leaves and modules in training or not, and modules, globals and
        the closure hold the same.
        """
        for module, mode in self.trace.modules:
            if module.training is not mode:
                return False
        for container, length in self.trace.found.lengths:
            if len(container) != length:
                return False
        if not self._watched.stands():
            return False
        for outside, given in self._known:
            for v, requires, missing in outside:
                if v.requires_grad is not requires or (v._grad is None) is not missing:
                    break
            else:
                if all((leaves[i]._grad is None) is missing for i, missing in given):
                    return self._gradients_fit(leaves)
        return False

    def _gradients_fit(self, leaves: Sequence[Any]) -> bool:
        """Whether what is in `.grad` and is read is of the shape and dtype that it had."""
        traced = self.trace
        first = len(traced.program.inputs) - len(traced.grads)
        for x, known in zip(traced.grads, traced.program.inputs[first:], strict=True):
            now = Variable.like(owner(x, leaves)._grad)
            if (now.shape, now.dtype, now.weak) != (known.shape, known.dtype, known.weak):
                return False
        return True

    def inputs(self, leaves: Sequence[Any]) -> list[Any]:
        """The data of the program's inputs."""
        found = [x._data if type(x) is Value else x for x in leaves]
        found += [v._data for v in self.trace.captured]
        if self.trace.grads:
            found += [owner(x, leaves)._grad for x in self.trace.grads]
        return found


def owner(x: Owner, leaves: Sequence[Any]) -> Value:
    """The Value itself, or in place of a number the argument that has it."""
    return leaves[x] if isinstance(x, int) else x


class Shortcut:
    """Plain arrays and floats as the only arguments of the program that ran last."""

    def __init__(self, entry: Entry, args: Sequence[Any]) -> None:
        self.entry = entry
        self.kinds = [
            (type(x), x.dtype, x.shape) if type(x) is np.ndarray else (type(x), None, None)
            for x in args
        ]

    def takes(self, args: Sequence[Any]) -> bool:
        """Whether the program is for these arguments, in the state that things are in."""
        if len(args) != len(self.kinds):
            return False
        for x, (kind, dtype, shape) in zip(args, self.kinds, strict=True):
            if type(x) is not kind:
                return False
            if kind is np.ndarray and (x.dtype is not dtype or x.shape != shape):
                return False
        return self.entry.fits(args)

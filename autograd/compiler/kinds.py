"""A compiled function's programs: one for each kind of arguments, and when it may run."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiler.backends import Backend
from autograd.compiler.differentiation import Derivatives
from autograd.compiler.trace import Trace
from autograd.containers import LEAF
from autograd.modes import Mode
from autograd.value import Value


class Entry:
    """A program for arguments of one kind: traced at the first call, compiled at the second.

    All that follows from the kind of the arguments is settled here: a call has little to do.
    """

    def __init__(self, traced: Trace, leaves: Sequence[Any], mode: Mode) -> None:
        self.backend: Backend | None = None
        self.derivatives: Derivatives | None = None
        self.mode = mode
        self.leaves: list[list[tuple[Value, bool, bool]]] = []
        self.look_at(traced, leaves)

    def look_at(self, traced: Trace, leaves: Sequence[Any]) -> None:
        """Take this trace for the program."""
        self.trace = traced
        # A step that forgets the gradients first is one program, with gradients and without.
        self.leaves = [traced.leaves, *(x for x in self.leaves if x != traced.leaves)]
        self.wraps = traced.is_value
        self.records = self.mode.records and not traced.assigned and any(traced.requires)
        # A gradient may be asked for of a function that changes state: the record has it.
        self.eager = bool(traced.assigned) and any(
            type(x) is Value and x.requires_grad for x in leaves
        )
        self.is_pure = not (
            traced.assigned or traced.deposited or traced.cleared or traced.argument_grads
        )
        self.is_single = traced.structure is LEAF

    def fits(self) -> bool:
        """Whether all is as it was in the trace that Python decides by and no number.

        Gradients are there or not, leaves and modules in training or not, and modules hold the same
        Values and modules.
        """
        for module, mode in self.trace.modules:
            if module.training is not mode:
                return False
        for container, length in self.trace.lengths:
            if len(container) != length:
                return False
        try:
            for container, key, x in self.trace.held:
                if container[key] is not x:
                    return False
        except (KeyError, IndexError):
            return False
        for leaves in self.leaves:
            for v, requires, missing in leaves:
                if v.requires_grad is not requires or (v._grad is None) is not missing:
                    break
            else:
                return True
        return False

    def inputs(self, leaves: Sequence[Any]) -> list[Any]:
        """The data of the program's inputs."""
        found = [x._data if type(x) is Value else x for x in leaves]
        found += [v._data for v in self.trace.captured]
        if self.trace.grads:
            found += [v._grad for v in self.trace.grads]
        return found


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
        return self.entry.fits()

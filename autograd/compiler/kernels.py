"""Kernels: a group as a nest of loops, its statements divided into stages."""

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

import numpy as np

from autograd.compiler.groups import Form, Group, own_form
from autograd.compiler.loops import (
    Accumulate,
    Buffer,
    Compute,
    Kernel,
    Load,
    Reduce,
    Register,
    Stage,
    Statement,
    Store,
    View,
)
from autograd.compiler.nodes import Access, Elementwise, Gather, Node, Reduction, Write


class _Writer:
    """The statements of one group."""

    def __init__(self, group: Group, last: frozenset[Buffer]) -> None:
        self.group = group
        self.last = last  # memory that is written only after all has been read
        outer = group.division or frozenset()
        every = frozenset(group.sizes)
        self.inner_set = every - outer
        if not self.inner_set:
            self.inner_set = every if group.inner is None else self.inner_set
            outer = every - self.inner_set
        weights = self._weights()
        self.outer = sorted(outer, key=lambda loop: -weights[loop])
        self.inner = sorted(self.inner_set, key=lambda loop: -weights[loop])
        self.levels: dict[Node, int] = {}
        self.registers: dict[Node, Any] = {}
        self.loads: dict[Any, Register] = {}
        self.stages: dict[tuple[int, bool], list[Statement]] = {}
        self.later: list[tuple[int, bool, Store]] = []

    def _weights(self) -> dict[int, float]:
        """How far apart the elements are that each loop visits, on the whole."""
        weights = dict.fromkeys(self.group.sizes, 0.0)
        for node in self.group.places:
            forms = [moves for _, moves in self.group.accesses(node)]
            if node.buffer is not None or isinstance(node, Write):
                forms.append(own_form(node, self.group.places[node]))
            for moves in forms:
                for loop, step in moves.items():
                    weights[loop] += min(abs(step), 4096) + 1e-6 * abs(step)
        return weights

    def is_full(self, node: Node) -> bool:
        """Whether a node is computed at every inner index."""
        return bool(self.inner_set) and any(
            loop in self.inner_set for parts in self.group.places[node] for loop, _ in parts
        )

    def kernel(self) -> Kernel:
        """The kernel."""
        self._find_levels()
        for node in sorted(self.group.places, key=lambda node: (self.levels[node], node.number)):
            self._write(node)
        for level, full, store in self.later:
            due = max(level, self._read(store.view.buffer, full))
            self.stages.setdefault((due, full), []).append(store)
        order = sorted(self.stages)
        stages = [Stage(full, self.stages[level, full]) for level, full in order]
        sizes = self.group.sizes
        kernel = Kernel(
            tuple(sizes[loop] for loop in self.outer),
            tuple(sizes[loop] for loop in self.inner),
            stages,
            _name(self.group.places),
        )
        return coalesced(kernel)

    # Stages

    def _find_levels(self) -> None:
        """The stage of each node: after the reductions it needs, and not before it is needed."""
        for node in self.group.places:
            level = 0
            for x in node.operands():
                if isinstance(x, Access) and x.node in self.group.places:
                    level = max(level, self._ready(x.node))
            self.levels[node] = level
        users: dict[Node, list[int]] = {}
        for node in reversed(self.group.places):
            later = users.get(node)
            if later and not isinstance(node, Reduction):
                self.levels[node] = max(self.levels[node], min(later))
            for x in node.operands():
                if isinstance(x, Access) and x.node in self.group.places:
                    users.setdefault(x.node, []).append(self.levels[node])

    def _read(self, buffer: Buffer, full: bool) -> int:
        """The first level at whose end, in full stages or else in rows, a buffer has been read."""
        levels = [0]
        for (level, at_every_index), stage in self.stages.items():
            if any(isinstance(s, Load | Accumulate) and s.view.buffer is buffer for s in stage):
                levels.append(level + (at_every_index and not full))
        return max(levels)

    def _ready(self, node: Node) -> int:
        return self.levels[node] + (isinstance(node, Reduction) and node not in self.group.sinks)

    def _stage(self, node: Node) -> list[Statement]:
        return self.stages.setdefault((self.levels[node], self.is_full(node)), [])

    # Statements

    def _view(self, buffer: Buffer, moves: Form, offset: int, full: bool) -> View:
        loops = [*self.outer, *self.inner] if full else self.outer
        return View(
            buffer,
            tuple(self.group.sizes[loop] for loop in loops),
            tuple(moves.get(loop, 0) for loop in loops),
            offset,
        )

    def _value(self, node: Node, x: Any, indices: tuple[tuple[Register, int], ...] = ()) -> Any:
        """The register, or the number, that an operand of a node is."""
        if not isinstance(x, Access):
            return x
        if x.node in self.group.places:
            return self.registers[x.node]
        moves = dict(self._moves(node, x))
        full = self.is_full(node) and any(loop in self.inner_set for loop in moves)
        full = full or (self.is_full(node) and bool(indices))
        level = self.levels[node]
        key = (x.node.memory, x.offset, tuple(sorted(moves.items())), indices)
        if key not in self.loads:
            register = Register(x.dtype)
            view = self._view(x.node.memory, moves, x.offset, full)
            load = Load(register, view, indices)
            self.stages.setdefault((level, full), []).append(load)
            self.loads[key] = register
        return self.loads[key]

    def _moves(self, node: Node, x: Access) -> Form:
        for other, moves in self.group.accesses(node):
            if other is x:
                return moves
        raise LookupError

    def _write(self, node: Node) -> None:
        stage = self._stage(node)
        if isinstance(node, Elementwise):
            arguments = tuple(self._value(node, x) for x in node.arguments)
            if node.function == "copy":
                value = arguments[0]
            else:
                value = Register(node.dtype)
                stage.append(Compute(value, node.function, arguments))
        elif isinstance(node, Gather):
            indices = tuple((self._value(node, i), step) for i, step in node.indices)
            value = self._value(node, node.table, indices)
        elif isinstance(node, Reduction):
            argument = self._value(node, node.argument)
            if node in self.group.sinks:
                stage.append(Accumulate(self._own(node), node.function, argument))
                return
            value = Register(node.dtype)
            stage.append(Reduce(value, node.function, argument))
        elif isinstance(node, Write):
            indices = tuple((self._value(node, i), step) for i, step in node.indices)
            argument = self._value(node, node.argument)
            view = self._own(node)
            if node.adds:
                stage.append(Accumulate(view, "add", argument, indices, False))
            else:
                self._store(node, Store(view, argument, indices))
            return
        else:
            raise TypeError(f"no statement for a {type(node).__name__}")
        self.registers[node] = value
        if node.buffer is not None:
            self._store(node, Store(self._own(node), value))

    def _store(self, node: Node, store: Store) -> None:
        level, full = self.levels[node], self.is_full(node)
        if isinstance(node, Reduction):
            level, full = level + 1, False
        if store.view.buffer in self.last:
            self.later.append((level, full, store))
            return
        self.stages.setdefault((level, full), []).append(store)

    def _own(self, node: Node) -> View:
        """Where the node's own elements are."""
        moves = own_form(node, self.group.places[node])
        full = self.is_full(node)
        if isinstance(node, Write):
            return self._view(node.target.node.memory, moves, node.target.offset, full)
        if isinstance(node, Reduction) and node not in self.group.sinks:
            full = False
        return self._view(node.memory, moves, 0, full)


def kernel_of(group: Group, last: Iterable[Buffer] = ()) -> Kernel:
    """The kernel of a group whose nodes have their memory by now.

    last    memory that may be written only after everything else of the same index was read.
    """
    return _Writer(group, frozenset(last)).kernel()


def _name(nodes: Iterable[Node]) -> str:
    """What a kernel computes, in short."""
    names = []
    for node in nodes:
        if isinstance(node, Elementwise | Reduction) and node.function not in ("copy", "cast"):
            prefix = "sum" if isinstance(node, Reduction) and node.function == "add" else ""
            names.append(prefix or node.function)
        elif isinstance(node, Gather):
            names.append("gather")
    names = names or ["copy"]
    short = [*names[:3], "etc", *names[-2:]] if len(names) > 6 else names
    return "_".join(short)


# Loops that are one


def coalesced(kernel: Kernel) -> Kernel:
    """The kernel with neighbouring loops merged along which every view moves as along one."""
    n = len(kernel.outer)
    outer, inner = list(kernel.outer), list(kernel.inner)
    views = [s.view for s in kernel.statements() if isinstance(s, Load | Store | Accumulate)]
    strides = {id(v): list(v.strides) for v in views}
    merge_outer = _mergeable(views, strides, outer, 0)
    merge_inner = _mergeable([v for v in views if len(v.strides) > n], strides, inner, n)
    if not merge_outer and not merge_inner:
        return kernel
    made: dict[int, View] = {}
    for v in views:
        steps = list(v.strides)
        shape = list(v.shape)
        for i in (n + i for i in reversed(merge_inner) if len(v.strides) > n):
            shape[i] *= shape.pop(i + 1)
            steps.pop(i)
        for i in reversed(merge_outer):
            shape[i] *= shape.pop(i + 1)
            steps.pop(i)
        made[id(v)] = View(v.buffer, tuple(shape), tuple(steps), v.offset, v.steps)
    for s in kernel.statements():
        if isinstance(s, Load | Store | Accumulate):
            s.view = made[id(s.view)]
    for lengths, merges in ((outer, merge_outer), (inner, merge_inner)):
        for i in reversed(merges):
            lengths[i] *= lengths.pop(i + 1)
    return Kernel(tuple(outer), tuple(inner), kernel.stages, kernel.name)


def _mergeable(
    views: Sequence[View], strides: dict[int, list[int]], lengths: Sequence[int], start: int
) -> list[int]:
    """The loops that may be merged with the one after them."""
    return [
        i
        for i in range(len(lengths) - 1)
        if all(
            strides[id(v)][start + i] == strides[id(v)][start + i + 1] * lengths[i + 1]
            for v in views
        )
    ]


def turns(kernel: Kernel) -> tuple[int, int]:
    """How often a row stage runs, and a full stage."""
    return prod(kernel.outer), prod(kernel.outer) * prod(kernel.inner)


__all__ = ["coalesced", "kernel_of", "np", "turns"]

"""A kernel's loops with fewer axes: none of length 1, and neighbours that can be one are one."""

from collections.abc import Sequence

from autograd.compiler.emit.nest import Nest, accesses, needed
from autograd.compiler.loops import (
    Accumulate,
    Compute,
    Kernel,
    Load,
    Reduce,
    Stage,
    Statement,
    Store,
)


def simplified(kernel: Kernel) -> Nest:
    """The kernel as a nest of few loops, none of them in lanes yet."""
    return _collapsed(_flattened(_without_units(kernel)))


def _without_units(kernel: Kernel) -> Nest:
    extents = [*kernel.outer, *kernel.inner]
    kept = [axis for axis, n in enumerate(extents) if n != 1]
    strides = {}
    for stage in kernel.stages:
        for statement in accesses([stage]):
            own = statement.view.strides
            padded = own if stage.full else (*own, *(0 for _ in kernel.inner))
            strides[id(statement)] = tuple(padded[axis] for axis in kept)
    n_outer = sum(axis < len(kernel.outer) for axis in kept)
    return Nest([extents[axis] for axis in kept], n_outer, list(kernel.stages), strides)


def _flattened(nest: Nest) -> Nest:
    """Without inner loops where nothing needs them to be apart from the outer ones."""
    if nest.n_outer < len(nest.extents):
        stages = _apart(nest.stages)
        if len(stages) > len(nest.stages):
            return Nest(nest.extents, nest.n_outer, stages, nest.strides)
    statements = [each for stage in nest.stages for each in stage.statements]
    if nest.n_outer == len(nest.extents):
        # Folding over no loop is the number itself.
        statements = [
            Compute(each.target, "cast", (each.argument,)) if isinstance(each, Reduce) else each
            for each in statements
        ]
        return Nest(nest.extents, nest.n_outer, [Stage(False, statements)], nest.strides)
    once = [each for stage in nest.stages if not stage.full for each in stage.statements]
    if any(isinstance(each, Reduce) for each in statements) or any(
        isinstance(each, Store | Accumulate) for each in once
    ):
        return nest
    return Nest(nest.extents, len(nest.extents), [Stage(False, statements)], nest.strides)


def _apart(stages: Sequence[Stage]) -> list[Stage]:
    """One pass over `inner` for each of several accumulations to shifted places of one buffer.

    In one pass each would read what the one before has just written in part, and wait for it.
    """
    out: list[Stage] = []
    for stage in stages:
        targets = [x for x in stage.statements if isinstance(x, Accumulate)]
        buffers = {id(x.view.buffer) for x in targets}
        alone = all(isinstance(x, Accumulate | Load | Compute) for x in stage.statements)
        if not (stage.full and alone and len(targets) > 1 and len(buffers) == 1):
            out.append(stage)
            continue
        if any(x.indices for x in targets) or any(_reads(stage, buffer) for buffer in buffers):
            out.append(stage)
            continue
        for target in targets:
            wanted = set(needed(target))
            own: list[Statement] = [target]
            for statement in reversed(stage.statements):
                if isinstance(statement, Load | Compute) and statement.target in wanted:
                    wanted |= set(needed(statement))
                    own.insert(0, statement)
            out.append(Stage(True, own))
    return out


def _reads(stage: Stage, buffer: int) -> bool:
    return any(isinstance(x, Load) and id(x.view.buffer) == buffer for x in stage.statements)


def _collapsed(nest: Nest) -> Nest:
    extents, n_outer, strides = list(nest.extents), nest.n_outer, dict(nest.strides)
    axis = len(extents) - 2
    while axis >= 0:
        n = extents[axis + 1]
        if axis + 1 != n_outer and all(s[axis] == s[axis + 1] * n for s in strides.values()):
            extents[axis : axis + 2] = [extents[axis] * n]
            strides = {key: (*s[:axis], *s[axis + 1 :]) for key, s in strides.items()}
            n_outer -= axis < n_outer
        axis -= 1
    return Nest(extents, n_outer, nest.stages, strides)

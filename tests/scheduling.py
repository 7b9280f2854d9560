"""Functions as schedules, and whether a schedule computes what the equations say."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from loop_interpreter import run

import nn
from autograd.compiler.fuse import Schedule, schedule
from autograd.compiler.kinds import owner
from autograd.compiler.loops import Kernel
from autograd.compiler.passes.pipeline import optimize
from autograd.compiler.program import Program, evaluate
from autograd.compiler.trace import trace

rng = np.random.default_rng(0)


def draw(*shape: int, dtype: Any = np.float32) -> np.ndarray:
    return rng.normal(size=shape).astype(dtype)


def compiled(f: Callable[..., Any], args: Sequence[Any]) -> tuple[Program, Schedule, list[Any]]:
    """The program, its schedule, and the inputs of both."""
    found = trace(f, args)
    inputs = [getattr(x, "_data", x) for x in args]
    inputs += [v._data for v in found.captured]
    inputs += [owner(x, args).grad for x in found.grads]
    program = optimize(found.program)
    return program, schedule(program), inputs


def agree(program: Program, tasks: Schedule, inputs: Sequence[Any]) -> None:
    with np.errstate(all="ignore"):
        wanted = evaluate(program, [np.copy(x) if np.ndim(x) else x for x in inputs])
    for x, y in zip(run(tasks, inputs), wanted, strict=True):
        y = np.asarray(y)
        assert x.dtype == y.dtype
        close = 1e-5 if y.dtype == np.float32 else 1e-10
        np.testing.assert_allclose(x, y, rtol=close, atol=close)


def same(f: Callable[..., Any], *args: Any) -> Schedule:
    """The schedule of f, after its results were compared with those of the equations."""
    program, tasks, inputs = compiled(f, args)
    agree(program, tasks, inputs)
    return tasks


def counts(tasks: Schedule) -> dict[str, int]:
    """How many tasks there are of each kind; kernels that make single numbers do not count."""
    found = Counter(
        type(task).__name__
        for task in tasks.tasks
        if not (isinstance(task, Kernel) and not task.outer and not task.inner)
    )
    return dict(found)


def training_step(model: Any, optimizer: Any) -> Callable[..., Any]:
    """One step of training, recorded."""

    def step(x: Any, y: Any) -> Any:
        loss = nn.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step

"""Whether two traces of a function say the same; if not, it reads something that no program does.

A number of a closure that changes, a counter, a draw from NumPy's own random generator: all of them
would be baked into a program in silence. Two traces show them.
"""

from typing import Any

import numpy as np

from autograd.compiler.bodies import Body
from autograd.compiler.program import Constant, Equation, Program, Variable
from autograd.compiler.trace import Owner, Trace
from autograd.errors import CompilationError

_REMEDY = (
    "make what changes an argument or a Value, draw random numbers inside from nn's generator or "
    "outside, and do the rest outside of the function"
)


def require_same(first: Trace, second: Trace, name: str) -> None:
    """Raise CompilationError naming the first difference.

    Arrays that both traces met in the same memory are read at every call, since they may change;
    equal ones that each trace made anew are fixed.
    """
    a, b = first.program, second.program
    if len(a.equations) != len(b.equations) or _state(first) != _state(second):
        _differ(
            name,
            f"{len(a.equations)} equations and {len(_state(first))} Values of state, then "
            f"{len(b.equations)} and {len(_state(second))}",
        )
    _require_program(name, a, b)
    for place, x in first.fixed.items():
        if not equal(x, second.fixed.get(place)):
            _differ(name, f"the result {_short(x)}, then {_short(second.fixed.get(place))}")


def _require_program(name: str, a: Program, b: Program) -> None:
    """Raise where two programs with as many equations differ."""
    same: dict[Any, Any] = dict(zip(a.inputs, b.inputs, strict=True))
    for left, right in zip(a.equations, b.equations, strict=True):
        where = f" in {right.op.name}"
        if left.op.name != right.op.name or len(left.inputs) != len(right.inputs):
            _differ(name, f"the operation {left.op.name}, then {right.op.name}")
        for x, y in zip(left.inputs, right.inputs, strict=True):
            _require_operand(name, same, x, y, where)
        _require_static(name, left, right)
        same.update(zip(left.outputs, right.outputs, strict=True))
    for x, y in zip(a.results, b.results, strict=True):
        _require_operand(name, same, x, y, " in a result")


def is_same(first: Trace, second: Trace) -> bool:
    """Whether two traces in different states, with gradients and without, are of one program."""
    if _outside(first) != _outside(second):
        return False
    try:
        require_same(first, second, "")
    except CompilationError:
        return False
    return True


def _outside(traced: Trace) -> tuple[Any, ...]:
    """What a trace depends on and hands out, apart from its program."""
    modules = [(id(module), training) for module, training in traced.modules]
    held = [(id(container), key, id(x)) for container, key, x in traced.found.held]
    values = [(_identity(v), requires) for v, requires, _ in traced.leaves]
    inputs = [(v.shape, v.dtype, v.weak) for v in traced.program.inputs]
    outputs = (traced.structure, traced.outputs, traced.is_value, traced.requires)
    return (modules, held, values, inputs, *outputs)


def _state(traced: Trace) -> list[int]:
    kinds = (traced.captured, traced.grads, traced.assigned, traced.deposited, traced.cleared)
    return [_identity(v) for values in kinds for v in values]


def _identity(v: Owner) -> int:
    return v if type(v) is int else id(v)


def _require_operand(name: str, same: dict[Any, Any], x: Any, y: Any, where: str) -> None:
    if isinstance(x, Variable):
        if same.get(x) is not y:
            _differ(name, f"different operands{where}")
    elif isinstance(x, Constant) and isinstance(y, Constant):
        if x.data is y.data:
            return
        if not equal(x.data, y.data):
            _differ(name, f"the constant {_short(x.data)}, then {_short(y.data)},{where}")
        # Both are there at once: where they meet, they are views of what lies outside.
        y.fixed = not np.may_share_memory(x.data, y.data)
    elif not equal(x, y):
        _differ(name, f"{_short(x)}, then {_short(y)},{where}")


def _require_static(name: str, left: Equation, right: Equation) -> None:
    if left.static.keys() != right.static.keys():
        _differ(name, f"other options of {left.op.name}")
    for key, x in left.static.items():
        y = right.static[key]
        if isinstance(x, Body) and isinstance(y, Body):
            _require_body(name, x, y)
        elif not equal(x, y):
            _differ(name, f"{key}={_short(x)}, then {_short(y)}, in {left.op.name}")


def _require_body(name: str, x: Body, y: Body) -> None:
    kinds = [
        (
            body.carried,
            body.sliced,
            len(body.program.equations),
            len(body.program.results),
            [(v.shape, v.dtype, v.weak) for v in body.program.inputs],
        )
        for body in (x, y)
    ]
    if kinds[0] != kinds[1]:
        _differ(name, f"a scan with {x!r}, then one with {y!r}")
    _require_program(name, x.program, y.program)


def equal(x: Any, y: Any) -> bool:
    """Whether two constants or options are the same: arrays by contents, NaN equal to NaN."""
    if x is y:
        return True
    if isinstance(x, tuple | list) and type(x) is type(y):
        return len(x) == len(y) and all(map(equal, x, y))
    if isinstance(x, dict) and isinstance(y, dict):
        return x.keys() == y.keys() and all(equal(x[key], y[key]) for key in x)
    if isinstance(x, slice) and isinstance(y, slice):
        return (x.start, x.stop, x.step) == (y.start, y.stop, y.step)
    if type(x) is not type(y):
        return False
    if isinstance(x, np.ndarray | np.generic):
        return (
            x.shape == y.shape
            and x.dtype == y.dtype
            and bool(np.array_equal(x, y, equal_nan=x.dtype.kind in "fc"))
        )
    if isinstance(x, float):
        return x == y or (x != x and y != y)
    if callable(x) and getattr(x, "__qualname__", None) == getattr(y, "__qualname__", ""):
        return True  # a function that the traced one defines anew at every call
    return bool(x == y)


def _short(x: Any) -> str:
    text = " ".join(repr(x).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _differ(name: str, received: str) -> None:
    raise CompilationError(
        f"{name} to do the same operations with the same constants at every call",
        received,
        _REMEDY,
    )

"""Division by a number that loops have folded: one reciprocal, and a multiplication per turn."""

from collections.abc import Sequence
from typing import Any

from autograd.compiler.emit.nest import registers
from autograd.compiler.loops import Compute, Reduce, Register, Stage, Statement


def with_reciprocals(stages: Sequence[Stage]) -> list[Stage]:
    """Divide by the result of a fold once per outer index; multiply in the inner loops.

    The quotient is then rounded twice, as the fold itself was many times. A power of two keeps the
    reciprocal of a number near the ends of the range within it.
    """
    folded: set[Register] = set()
    out: list[Stage] = []
    for stage in stages:
        before, own = Stage(False), Stage(stage.full)
        scaled: dict[Register, tuple[Register, Register]] = {}
        for statement in stage.statements:
            if isinstance(statement, Reduce):
                folded.add(statement.target)
            if not isinstance(statement, Compute):
                own.statements.append(statement)
                continue
            x, *rest = statement.arguments
            divisor = rest[0] if statement.function == "divide" else None
            if not stage.full and any(r in folded for r in registers(statement.arguments)):
                folded.add(statement.target)
            if not (
                stage.full
                and isinstance(x, Register)
                and isinstance(divisor, Register)
                and divisor in folded
                and divisor.dtype.kind == "f"
                and x.dtype == divisor.dtype == statement.target.dtype
            ):
                own.statements.append(statement)
                continue
            if divisor not in scaled:
                scaled[divisor] = _reciprocal(divisor, before.statements)
            scale, reciprocal = scaled[divisor]
            near = Register(x.dtype)
            own.statements.append(Compute(near, "multiply", (x, scale)))
            own.statements.append(Compute(statement.target, "multiply", (near, reciprocal)))
        out += [before, own] if before.statements else [own]
    return out


def _reciprocal(x: Register, statements: list[Statement]) -> tuple[Register, Register]:
    """s and 1/(s x), with s = 1 unless x is very small or very large."""

    def made(function: str, *arguments: Any, dtype: Any = x.dtype) -> Register:
        target = Register(dtype)
        statements.append(Compute(target, function, arguments))
        return target

    end, step = (2.0**100, 2.0**64) if x.dtype.itemsize == 4 else (2.0**1000, 2.0**600)
    size = made("absolute", x)
    small, large = made("less", size, 1 / end, dtype=bool), made("greater", size, end, dtype=bool)
    scale = made("where", small, step, made("where", large, 2.0**-64, 1.0))
    return scale, made("divide", 1.0, made("multiply", x, scale))

"""Where a gradient check failed: the Jacobian of the stage, element by element."""

from collections.abc import Callable

import numpy as np

from autograd.checking.finite_differences import Vector
from autograd.checking.report import ROWS_SHOWN, Element
from autograd.checking.rounding import spread
from autograd.checking.trials import Trial, only
from autograd.checking.verdicts import TINY

MOST = 200  # rows and columns of a table; where there are more, the wrong ones are searched for


def elements(trial: Trial, mode: str) -> list[Element]:
    """The Jacobian, worst element first; of a large one the part where the errors are."""
    stage = trial.stage
    every = np.ones(stage.inputs.size, dtype=bool)
    columns = _suspects(len(every), lambda part: bool(trial.along(mode, part).bad.any()))
    rows = _suspects(
        stage.outputs.size, lambda part: bool(trial.along(mode, every, part).bad.any())
    )
    jacobian = _jacobian(trial, mode, rows, columns)
    outputs, inputs = stage.outputs.labels(), stage.inputs.labels()
    found = []
    for column, moved in zip(columns, np.moveaxis(jacobian, -1, 0), strict=True):
        analytic = moved[0]
        compared = trial.compare(
            only(len(every), column),
            lambda d, known=analytic: known,
            lambda e, d, at=column: trial.of_outputs(e, rows, float(d[at])),
            lambda d, known=moved: spread(known),
        )
        kinks = _kinks(trial, column, rows, analytic) if compared.bad.any() else {}
        for i, row in enumerate(rows):
            found.append(
                Element(
                    outputs[row],
                    inputs[column],
                    float(analytic[i]) + 0.0,
                    float(compared.numeric[i]) + 0.0,
                    float(compared.gap[i]),
                    float(compared.relative[i]),
                    float(compared.error[i]),
                    bool(compared.bad[i]),
                    kinks.get(row) if compared.bad[i] else None,
                )
            )
    return sorted(found, key=lambda e: (not e.bad, -e.relative, -np.nan_to_num(e.absolute)))


def _jacobian(trial: Trial, mode: str, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The Jacobian by the rules, and with the last digits of the numbers changed: of rank 3."""
    stage = trial.stage
    if mode == "rev":
        units = [only(stage.outputs.size, i) * 1.0 for i in rows]
        pulled = [trial.moved(stage.pull, c)[:, columns] for c in units]
        return np.reshape(pulled, (len(rows), -1, len(columns))).swapaxes(0, 1)
    units = [only(stage.inputs.size, j) * 1.0 for j in columns]
    pushed = [trial.moved(stage.push, t)[:, rows] for t in units]
    return np.moveaxis(np.reshape(pushed, (len(columns), -1, len(rows))), 0, -1)


def _kinks(
    trial: Trial, column: int, rows: np.ndarray, analytic: Vector
) -> dict[int, tuple[float, float]]:
    """The slopes on both sides, of outputs where they differ and the rules' lies between."""
    unit = trial.scales[column]
    left, right, jumps = trial.sides(only(trial.stage.inputs.size, column) * unit)
    found = {}
    for row, a in zip(rows, analytic, strict=True):
        low, high = sorted((left[row] / unit, right[row] / unit))
        margin = 1e-3 * (high - low)
        if jumps[row] and low - margin <= a <= high + margin:
            found[int(row)] = (float(left[row] / unit), float(right[row] / unit))
    return found


def narrow_elements(trial: Trial, mode: str) -> list[Element]:
    """Where the derivative in the arguments' own dtypes differs from the one in float64.

    Only gross differences: rounding errors in the function cannot be told from those of a rule.
    """
    stage = trial.stage
    dtypes = (*stage.inputs.dtypes, *stage.outputs.dtypes)
    precision = max((float(np.finfo(dtype).eps) for dtype in dtypes), default=0.0)
    if stage.narrow or precision < 1e-10:
        return []
    if mode == "rev":
        along, derivative, space = trial.cotangent, stage.pull, stage.inputs
        from_, to = "cotangent", "gradient"
        natural = np.linalg.norm(along * stage.sizes) / trial.scales
    else:
        along, derivative, space = trial.weights * trial.scales, stage.push, stage.outputs
        from_, to = "direction", "tangent"
        natural = stage.sizes
    wide, narrow = derivative(along), derivative(along, narrow=True)
    sizes = np.zeros(space.size)
    for start, end in zip(space.ends, space.ends[1:], strict=False):
        sizes[start:end] = np.max(np.abs(wide[start:end]), initial=0.0)
    gap = np.abs(narrow - wide)
    allowed = precision**0.2 * sizes + 100 * precision * natural + TINY
    if (gap <= allowed).all():
        return []
    allowed += spread(trial.moved(derivative, along, precision))
    return [
        Element(
            f"{to} {label}",
            f"random {from_}",
            float(narrow[i]),
            float(wide[i]),
            float(gap[i]),
            float(gap[i] / (sizes[i] + TINY)),
            0.0,
            True,
        )
        for i, label in enumerate(space.labels())
        if not gap[i] <= allowed[i]
    ]


def _suspects(size: int, wrong: Callable[[np.ndarray], bool]) -> np.ndarray:
    """The positions to look at: all, or of many some that are wrong, found by halving."""
    if size <= MOST:
        return np.arange(size)
    found: list[int] = []
    parts = [np.arange(size)]
    while parts and len(found) < 2 * ROWS_SHOWN:
        part = parts.pop()
        if len(part) < size and not wrong(np.isin(np.arange(size), part)):
            continue
        if len(part) == 1:
            found.append(int(part[0]))
        else:
            parts += np.array_split(part, 2)
    return np.array(sorted(found)) if found else np.arange(MOST)

"""gradcheck: derivatives by the rules against derivatives by finite differences."""

import inspect
from collections.abc import Callable, Sequence
from itertools import product
from numbers import Real
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.checking.elements import elements, narrow_elements
from autograd.checking.report import GradcheckReport, StageCheck
from autograd.checking.stages import MODES, Coordinates, Stage, evaluated
from autograd.checking.trials import Settings, Trial
from autograd.containers import flatten, map_leaves, paths, unflatten
from autograd.errors import ArgumentError, DTypeError, GradcheckError, describe
from autograd.runs import Argnum, as_argnums, name_of, one_spelling

METHODS = ("auto", "central", "complex")


# Steps may leave the domain, and derivatives be all but 0: what overflows on the way is judged.
@np.errstate(all="ignore")
def gradcheck(
    f: Callable[..., Any],
    *args: Any,
    order: int = 2,
    modes: Sequence[str] = ("rev", "fwd"),
    argnum: Argnum | None = None,
    argnums: Argnum | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    eps: float | None = None,
    rng: Any = 0,
    method: str = "auto",
    **kwargs: Any,
) -> GradcheckReport:
    """Compare J t and cᵀ J with (f(x + h t) - f(x - h t)) / 2h, and so on up to the given order.

    order     every mix of modes up to it is checked: VJP, JVP, VJP of VJP, JVP of VJP, ...
    argnum    which arguments (also spelled `argnums`); unless given, every number in them that is
              float or complex.
    rtol      of the difference to the size of the derivative; 5e-7 in float64, 2e-3 in float32.
    atol      added to that; 0. The error estimate of the differences is added as well.
    eps       the step, relative to the size of the inputs; the best is searched for unless given.
    rng       a seed or generator for the directions: one random direction per derivative, and more
              where the inputs' contributions differ much in size.
    method    "central"; "complex", the complex step, for f analytic; "auto" is central, and the
              complex step where central differences are too noisy and do not contradict it.
    kwargs    go to f, and are not differentiated.

    f may take and return nested containers. float32 arguments are checked in float64; their own
    derivatives are then compared with those. For complex numbers the convention is JAX's: the
    gradient of a real f(x + iy) is df/dx - i df/dy. Returns the report. Raises GradcheckError, with
    the `report`, where derivatives disagree, and where f is random or gives NaN or infinity;
    ArgumentError and DTypeError for options out of range and where there is nothing to check.

    >>> bool(gradcheck(lambda x: np.sum(np.sin(x) ** 2), np.array([1.0, 2.0])))
    True
    """
    if not callable(f):
        raise ArgumentError(
            "a function to check", describe(f), "write gradcheck(f, x), not gradcheck(f(x), x)"
        )
    if not isinstance(order, int | np.integer) or order < 1:
        raise ArgumentError("an order of 1 or more", describe(order), "leave it out for 2")
    if isinstance(modes, str) or not modes or not set(modes) <= set(MODES):
        raise ArgumentError(
            "modes among 'rev' and 'fwd', at least one", repr(modes), "write modes=('rev',)"
        )
    if method not in METHODS:
        raise ArgumentError(
            f"method {', '.join(map(repr, METHODS))}", repr(method), "leave it out for 'auto'"
        )
    _require_tolerances(rtol=rtol, atol=atol, eps=eps)
    report = GradcheckReport(name_of(f), _described(f, args), atol=atol or 0.0)
    chosen = one_spelling(argnum, argnums)
    stage, precision = _first_stage(f, args, kwargs, chosen, report)
    report.rtol = precision**0.4 if rtol is None else rtol
    settings = Settings(precision, report.rtol, report.atol, eps, method, _generator(rng))
    level = [stage]
    for depth in range(1, order + 1):
        trials = [Trial(stage, settings, "rev" in modes) for stage in level]
        if depth == 1 and (kinks := trials[0].kinks()):
            report.notes.append(_kink_note(kinks))
        failed = []
        for trial, mode in product(trials, modes):
            check = trial.check(mode)
            report.stages.append(check)
            if not check.passed:
                failed.append((trial, mode, check))
        if failed:
            raise _disagreement(report, *failed[0])
        for trial, mode in product(trials, modes):
            _check_own_precision(report, trial, mode)
        level = [trial.derived(mode) for trial, mode in product(trials, modes) if depth < order]
    return report


def _require_tolerances(**given: float | None) -> None:
    """ArgumentError for what would fail, or pass, every derivative."""
    for name, number in given.items():
        if number is None:
            continue
        in_range = isinstance(number, Real) and 0 <= number < np.inf
        if not in_range or (number == 0 and name == "eps"):
            least = "above 0" if name == "eps" else "of 0 or more"
            raise ArgumentError(
                f"a finite {name} {least}", describe(number), "leave it out for the default"
            )


def _generator(rng: Any) -> np.random.Generator:
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            "a seed or a generator, for rng", f"{describe(rng)} ({error})", "leave it out for 0"
        ) from error


# What is differentiated


def _first_stage(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    argnum: Argnum | None,
    report: GradcheckReport,
) -> tuple[Stage, float]:
    """f as a function of its differentiable leaves, at the given ones; and its precision."""
    given, structure = flatten(args)
    owners = [i for i, arg in enumerate(args) for _ in flatten(arg)[0]]
    wanted = _wanted(args, argnum)
    chosen = [
        i
        for i, (leaf, owner) in enumerate(zip(given, owners, strict=True))
        if (owner in wanted and _kind(leaf) in ("fc" if argnum is None else "fcbiu"))
    ]
    if not chosen:
        raise DTypeError(
            f"a float or complex argument of {report.function} to differentiate by",
            report.arguments or "no arguments",
            "pass floats, or choose integers to treat as floats with argnum",
        )
    names = _argument_names(f, args)
    points = [_number(given[i]) for i in chosen]
    inputs = Coordinates([names[i] for i in chosen], points)
    outputs_chosen: list[int] = []

    def call(leaves: Sequence[Any]) -> tuple[list[Any], list[str]]:
        replaced = [_copy(x) for x in given]
        for i, leaf in zip(chosen, leaves, strict=True):
            replaced[i] = leaf
        output = f(*unflatten(structure, replaced), **map_leaves(_copy, kwargs))
        return flatten(output)[0], paths(output)

    def function(*leaves: Any) -> tuple[Any, ...]:
        found, _ = call(leaves)
        return tuple(found[i] for i in outputs_chosen)

    point = inputs.vector(points)
    raw, output_paths = evaluated(lambda *leaves: call(leaves), inputs.leaves(point, narrow=True))
    outputs_chosen += [i for i, y in enumerate(raw) if _kind(y) in "fc"]
    if not outputs_chosen:
        received = ", ".join(describe(data_of(y)) for y in raw)
        raise DTypeError(
            f"a float or complex output of {report.function}",
            received or "nothing",
            "return what is to be differentiated",
        )
    results = [data_of(raw[i]) for i in outputs_chosen]
    outputs = Coordinates([f"output{output_paths[i]}" for i in outputs_chosen], results)
    wide, narrow = results, False
    if not all(_is_wide(x) for x in (*points, *results)):
        try:
            wide = [data_of(y) for y in evaluated(function, inputs.leaves(point))]
        # An f that insists on its own dtypes is checked in them, with the tolerance they allow.
        except Exception:
            narrow = True
    precision = max(float(np.finfo(np.asarray(y).dtype).eps) for y in wide)
    value = outputs.vector(wide)
    # Where f is 0, differences of the inputs' size may have cancelled.
    floor = 1e-6 * min(1.0, np.max(np.abs(point), initial=0.0))
    sizes = np.maximum(outputs.sizes(value), floor)
    stage = Stage("", function, inputs, outputs, point, value, sizes, narrow)
    if narrow:
        precision = max(float(np.finfo(x).eps) for x in (*inputs.dtypes, *outputs.dtypes))
    _require_finite(stage, report)
    _require_deterministic(stage, precision, report)
    return stage, max(precision, float(np.finfo(np.float64).eps))


def _wanted(args: tuple[Any, ...], argnum: Argnum | None) -> set[int]:
    wanted = range(len(args)) if argnum is None else as_argnums(argnum, None)[0]
    if not all(-len(args) <= i < len(args) for i in wanted):
        raise ArgumentError(
            f"argnum below {len(args)}, the number of arguments", repr(argnum), "count from 0"
        )
    return {i % len(args) for i in wanted}


def _kind(x: Any) -> str:
    """The NumPy kind of a number or array; "-" for anything else."""
    data = data_of(x)
    if isinstance(data, np.ndarray | np.generic):
        return data.dtype.kind if data.dtype.kind in "fcbiu" else "-"
    return np.asarray(data).dtype.kind if isinstance(data, bool | int | float | complex) else "-"


def _number(x: Any) -> Any:
    """A differentiable leaf: integers as floats."""
    data = data_of(x)
    if _kind(data) in "fc":
        return data
    return np.asarray(data).astype(np.float64) if isinstance(data, np.ndarray) else float(data)


def _is_wide(x: Any) -> bool:
    return np.finfo(np.asarray(x).dtype).bits >= 64


def _copy(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def _argument_names(f: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """A name for every leaf of the arguments: the parameter's, and the path inside."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    plain = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = [plain[i] if i < len(plain) else f"args[{i}]" for i in range(len(args))]
    return [name + path for name, arg in zip(names, args, strict=True) for path in paths(arg)]


def _described(f: Callable[..., Any], args: tuple[Any, ...]) -> str:
    pairs = zip(_argument_names(f, args), flatten(args)[0], strict=True)
    return ", ".join(f"{name}: {describe(data_of(leaf))}" for name, leaf in pairs)


def _require_finite(stage: Stage, report: GradcheckReport) -> None:
    bad = [
        f"{label} = {y}"
        for label, y in zip(stage.outputs.labels(), stage.value, strict=True)
        if not np.isfinite(y)
    ]
    if bad:
        more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
        raise _error(
            report,
            f"finite outputs of {report.function}",
            f"{', '.join(bad[:5])}{more}, for {report.arguments}",
            "choose a point inside the domain of the function, where its value is finite",
        )


def _require_deterministic(stage: Stage, precision: float, report: GradcheckReport) -> None:
    again = stage.values(stage.point)
    change = np.abs(again - stage.value)
    # Sums in several threads may differ in their last digits.
    if not (change <= 64 * precision * np.max(np.abs(stage.value), initial=0.0)).all():
        i = int(np.argmax(np.nan_to_num(change, nan=np.inf)))
        raise _error(
            report,
            f"equal outputs of {report.function} from equal inputs: a deterministic function",
            f"{stage.outputs.labels()[i]} = {stage.value[i]}, then {again[i]}",
            "seed its random numbers inside the function, or pass them as an argument; switch "
            "dropout off with eval()",
        )


def _error(report: GradcheckReport, expected: str, received: str, remedy: str) -> GradcheckError:
    error = GradcheckError(expected, received, remedy)
    error.report = report
    return error


def _disagreement(
    report: GradcheckReport, trial: Trial, mode: str, check: StageCheck
) -> GradcheckError:
    """The error for a derivative that disagrees, with the elements of its Jacobian."""
    report.elements = elements(trial, mode)
    bad = [e for e in report.elements if e.bad]
    kinks = [e for e in bad if e.kink]
    remedy = (
        "compare the rules of the operations between these inputs and outputs with their formulas"
    )
    if kinks:
        left, right = kinks[0].kink or (0.0, 0.0)
        report.notes.append(
            f"this point looks like a kink: d {kinks[0].output} / d {kinks[0].input} is {left:.6g} "
            f"to the left and {right:.6g} to the right, and {kinks[0].analytic:.6g} lies between"
        )
        remedy = "check at a point without a kink"
    elif report.notes:
        remedy = "check at a point without a kink"
    elif check.unresolved:
        report.notes.append(
            "the differences are too noisy to decide: the function is rounded, discontinuous, or "
            "at the edge of its domain here"
        )
        remedy = "check at another point, in float64, or with a larger eps or atol"
    elif not bad:
        report.notes.append(
            "each element agrees by itself, their combination does not: a rule is not linear in "
            "its cotangent, or in its tangent"
        )
        remedy = "make every rule linear in g"
    symmetric = trial.symmetric()
    if symmetric is not None and symmetric.check(mode).passed:
        transposed = "a.conj().T" if any(trial.stage.inputs.complex) else "a.T"
        report.notes.append(
            "along changes that keep a symmetric matrix symmetric it agrees: functions that read "
            "one triangle (cholesky, eigh, eigvalsh) have the derivative of the symmetric matrix"
        )
        remedy = f"if one triangle is read, check f((a + {transposed}) / 2); otherwise {remedy}"
    if check.name != MODES[mode]:
        remedy += f"; what comes before {MODES[mode]} in {check.name!r} is right"
    return _error(
        report,
        f"{check.name} of {report.function} equal to finite differences, {report.tolerance}",
        "\n".join(
            [
                f"a relative error of {check.relative:.1e} along a random direction; "
                f"wrong: {', '.join(report.failed)}",
                *report.table(),
                *report.notes,
            ]
        ),
        remedy,
    )


def _check_own_precision(report: GradcheckReport, trial: Trial, mode: str) -> None:
    found = narrow_elements(trial, mode)
    if found:
        name = trial.stage.derivative(mode)
        position = [stage.name for stage in report.stages].index(name)
        report.stages[position] = report.stages[position]._replace(passed=False)
        report.elements = found
        dtypes = {str(d) for d in (*trial.stage.inputs.dtypes, *trial.stage.outputs.dtypes)}
        raise _error(
            report,
            f"{name} of {report.function} in {', '.join(sorted(dtypes))} close to that in float64",
            "\n".join(["another (the column 'numeric' is float64)", *report.table()]),
            "look for overflow, cancellation, and constants of small dtypes in the rules",
        )


def _kink_note(outputs: list[str]) -> str:
    more = f" and {len(outputs) - 3} more" if len(outputs) > 3 else ""
    return (
        f"this point looks like a kink of {', '.join(outputs[:3])}{more}: the slopes to the left "
        "and to the right differ"
    )

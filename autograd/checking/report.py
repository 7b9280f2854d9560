"""What a gradient check found, in words: a line per derivative, and a table of elements."""

from dataclasses import dataclass, field
from typing import NamedTuple

ROWS_SHOWN = 20


class Element(NamedTuple):
    """One element of a Jacobian: d(output)/d(input), by the rules and by finite differences.

    uncertainty   how far `numeric` itself may be from the truth.
    kink          the slopes to the left and right, where they differ and `analytic` is between.
    """

    output: str
    input: str
    analytic: float
    numeric: float
    absolute: float
    relative: float
    uncertainty: float
    bad: bool
    kink: tuple[float, float] | None = None


class StageCheck(NamedTuple):
    """One derivative that was compared: "VJP of JVP" is the reverse derivative of the forward one.

    relative     the largest difference, relative to the derivative.
    step         relative to the size of the inputs.
    unresolved   the differences were too noisy to decide.
    """

    name: str
    passed: bool
    relative: float
    step: float
    method: str
    unresolved: bool = False


@dataclass
class GradcheckReport:
    """What was checked, and how closely it agreed; truthy where everything did.

    stages     one line per derivative: its name, the largest error, the step.
    elements   on failure the Jacobian of the first derivative that failed, worst element first.
    notes      what the numbers suggest: a kink, differences too noisy to decide.
    """

    function: str
    arguments: str
    rtol: float = 0.0
    atol: float = 0.0
    stages: list[StageCheck] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.stages) and not self.failed

    @property
    def failed(self) -> list[str]:
        """The names of the derivatives that disagree."""
        return [stage.name for stage in self.stages if not stage.passed]

    @property
    def tolerance(self) -> str:
        """The tolerances, in words."""
        return f"rtol {self.rtol:.1e}" + (f", atol {self.atol:.1e}" if self.atol else "")

    def __repr__(self) -> str:
        state = "passed" if self else f"failed: {', '.join(self.failed) or 'nothing compared'}"
        worst = max((stage.relative for stage in self.stages), default=0.0)
        return (
            f"<GradcheckReport of {self.function}: {len(self.stages)} derivatives, "
            f"largest relative error {worst:.1e}, {self.tolerance}, {state}>"
        )

    def __str__(self) -> str:
        lines = [f"gradcheck of {self.function} at {self.arguments}, {self.tolerance}"]
        width = max((len(stage.name) for stage in self.stages), default=0)
        for stage in self.stages:
            state = "ok" if stage.passed else "undecided" if stage.unresolved else "WRONG"
            lines.append(
                f"  {stage.name:<{width}}  {state:<5}  relative error {stage.relative:.1e}"
                f"  ({stage.method}, step {stage.step:.1e})"
            )
        return "\n".join([*lines, *self.table(), *self.notes])

    def table(self) -> list[str]:
        """The lines of the Jacobian's table, worst element first, bad rows marked with a cross."""
        if not self.elements:
            return []
        shown = self.elements[:ROWS_SHOWN]
        rows = [("", "output", "input", "analytic", "numeric", "absolute", "relative")]
        rows += [
            (
                "✗" if e.bad else "",
                e.output,
                e.input,
                f"{e.analytic:.9g}",
                f"{e.numeric:.9g}",
                f"{e.absolute:.1e}",
                f"{e.relative:.1e}",
            )
            for e in shown
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        bad = sum(e.bad for e in self.elements)
        rest = len(self.elements) - len(shown)
        if rest:
            more = bad - sum(e.bad for e in shown)
            lines.append(f"and {rest} more rows, {more} of them wrong")
        return [*lines, f"{bad} of {len(self.elements)} elements wrong"]

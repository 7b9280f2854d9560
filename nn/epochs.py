"""What training leaves behind: `History`, the record of an `Epoch`, and `EarlyStopping`."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from autograd.errors import ArgumentError, MissingDependencyError, describe
from nn.metrics import better
from nn.optimizer import Optimizer

_ENDS = {"lowest": min, "highest": max}


@dataclass
class History:
    """What `fit` measured: one number per epoch, and the loss of every iteration.

    loss                mean training loss of each epoch, over its rows, measured while training.
    val_loss            validation loss after each epoch; empty without validation.
    metrics             each metric by name, and by "val_" and its name, one number per epoch.
    seconds             duration of each epoch, validation included.
    iteration_losses    the loss of every batch.
    """

    loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    iteration_losses: list[float] = field(default_factory=list)

    def curves(self) -> dict[str, list[float]]:
        """Every series with one number per epoch, by name.

        >>> History(loss=[2.0, 1.0]).curves()
        {'loss': [2.0, 1.0]}
        """
        return (
            {"loss": self.loss}
            | ({"val_loss": self.val_loss} if self.val_loss else {})
            | self.metrics
        )

    def __repr__(self) -> str:
        """The first, the last and the best epoch of every curve.

        Of a metric whose name does not say which numbers are better, the lowest and the highest.
        """
        lines = [f"History({len(self.loss)} epochs, {sum(self.seconds):.1f} s"]
        for name, curve in self.curves().items():
            if curve:
                which = better(name)
                ends = {"best": max if which == "max" else min} if which else _ENDS
                measured = [x for x in curve if not math.isnan(x)]
                found = {word: end(measured) for word, end in ends.items() if measured}
                lines.append(
                    ", ".join(
                        [f"  {name}: {curve[0]:.4g} to {curve[-1]:.4g}"]
                        + [f"{w} {x:.4g} in epoch {curve.index(x) + 1}" for w, x in found.items()]
                    )
                )
        return "\n".join(lines) + ")"

    def plot(self, path: str | PathLike[str] | None = None) -> Any:
        """Losses on the left, metrics on the right, as a matplotlib Figure.

        path    a file to write as well: .png, .svg or .pdf.

        Needs no display. Raises MissingDependencyError where matplotlib is not installed,
        ArgumentError for a path that no picture can be written to.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            raise MissingDependencyError(
                "matplotlib, which draws History.plot()",
                "no module of that name",
                "pip install 'valuegraph[examples]'",
            ) from error
        if path is not None:
            _check_writable(path, Figure().canvas.get_supported_filetypes())
        panels = [{k: v for k, v in self.curves().items() if k in ("loss", "val_loss")}]
        panels += [self.metrics] if self.metrics else []
        figure = Figure(figsize=(5.0 * len(panels), 3.6), layout="constrained")
        for axes, curves in zip(np.ravel(figure.subplots(1, len(panels))), panels, strict=True):
            for name, curve in curves.items():
                axes.plot(range(1, len(curve) + 1), curve, marker=".", label=name)
            axes.set_xlabel("epoch")
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(alpha=0.3)
            axes.legend()
        # The training loss of each batch behind the means, over the same epochs.
        if self.loss and len(self.iteration_losses) > len(self.loss):
            epochs = np.linspace(0.5, len(self.loss) + 0.5, len(self.iteration_losses))
            left = figure.axes[0]
            batches = {"color": "0.8", "linewidth": 0.8, "label": "each batch"}
            left.plot(epochs, self.iteration_losses, zorder=0, **batches)
            left.legend()
        if path is not None:
            figure.savefig(path)
        return figure


def _check_writable(path: Any, suffixes: Iterable[str]) -> None:
    """ArgumentError for what is no file that matplotlib can write."""
    if not isinstance(path, str | PathLike):
        raise ArgumentError("the path of a picture", describe(path), 'write plot("history.png")')
    file = Path(path)
    if file.suffix.lower().removeprefix(".") not in suffixes or file.is_dir():
        raise ArgumentError(
            "a file name that ends in .png, .svg or .pdf", repr(str(path)), "add one of them"
        )
    if not file.parent.is_dir():
        raise ArgumentError(
            "a file name in a folder that exists",
            repr(str(path)),
            f"create {str(file.parent)!r} first",
        )


@dataclass
class Epoch:
    """What callbacks get after each epoch: `epoch` counts from 1, `logs` holds its numbers."""

    epoch: int
    epochs: int
    logs: dict[str, float]
    history: History
    model: Any
    optimizer: Optimizer


class EarlyStopping:
    """Stops once `monitor` has not improved by more than min_delta for `patience` epochs.

    restore    puts the model's state of the best epoch back when it stops, or epochs run out.
    mode       "min" where less is better, "max" where more is; needed where the name of what is
               monitored does not say it ("loss" and "error" are "min", "accuracy" is "max").

    It begins anew with each epoch 1. Raises ArgumentError for options of another kind.

    >>> stop = EarlyStopping("loss", patience=1)
    >>> for epoch, loss in enumerate([2.0, 1.0, 1.5], 1):
    ...     print(stop(Epoch(epoch, 9, {"loss": loss}, History(), None, None)))
    False
    False
    True
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 5,
        min_delta: float = 0.0,
        restore: bool = False,
        mode: str | None = None,
    ) -> None:
        if not isinstance(monitor, str):
            raise ArgumentError(
                "the name of a number as monitor", describe(monitor), "write monitor='val_loss'"
            )
        for name, number in (("patience", patience), ("min_delta", min_delta)):
            if not isinstance(number, Real) or not number >= 0:
                raise ArgumentError(
                    f"a number of at least 0 as {name}", f"{name}={number!r}", "leave it out"
                )
        if mode not in (None, "min", "max"):
            raise ArgumentError("mode 'min' or 'max'", repr(mode), "leave it out for losses")
        mode = mode or better(monitor)
        if mode is None:
            raise ArgumentError(
                "mode 'min' or 'max' for a number whose name does not say which is better",
                f"monitor={monitor!r}",
                f"write EarlyStopping({monitor!r}, mode='max') if larger is better",
            )
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.restore = restore
        self.sign = -1.0 if mode == "max" else 1.0
        self._forget()

    def __repr__(self) -> str:
        mode = "max" if self.sign < 0 else "min"
        return (
            f"EarlyStopping({self.monitor!r}, patience={self.patience}, "
            f"min_delta={self.min_delta}, restore={self.restore}, mode={mode!r})"
        )

    def _forget(self) -> None:
        self.best = math.inf
        self.best_epoch = 0
        self._state: Any = None

    def __call__(self, record: Epoch) -> bool:
        """Whether to stop. Raises ArgumentError where `monitor` is none of the epoch's numbers."""
        if self.monitor not in record.logs:
            raise ArgumentError(
                f"a number to monitor among {', '.join(record.logs)}",
                f"monitor={self.monitor!r}",
                "pass validation= and metrics= to fit, or monitor='loss'",
            )
        if record.epoch == 1:  # what was best of another run is none of this model's
            self._forget()
        now = self.sign * record.logs[self.monitor]
        if now < self.best - self.min_delta:
            self.best = now
            self.best_epoch = record.epoch
            self._state = record.model.state_dict() if self.restore else None
            return False
        stop = record.epoch - self.best_epoch >= self.patience
        if (stop or record.epoch == record.epochs) and self._state is not None:
            record.model.load_state_dict(self._state)
        return stop

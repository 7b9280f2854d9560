"""Learning-rate schedules: each states one function, from a step count to a rate.

    rate(base, t) -> the learning rate at step t, for a group whose rate was `base` at the start

`step()` counts, and assigns the rate to the `lr` of every group of the optimizer: after each epoch
or each iteration, as suits the numbers given, also inside of a compiled function. A schedule is
also a callback of `fit`, which then calls it after each epoch.
"""

from collections.abc import Mapping
from functools import partial
from math import cos, isfinite, pi
from typing import Any

import numpy as np

from autograd import Value
from autograd.errors import ArgumentError, MissingKeyError, UnsupportedError
from autograd.op import Kind, Op, apply
from nn.arguments import checked_number
from nn.optim import Optimizer


class Schedule:
    """Base of the schedules: override `rate`.

    >>> class Halving(Schedule):
    ...     def rate(self, base, t):
    ...         return base / 2**t
    >>> from nn.optim import SGD
    >>> optimizer = SGD([Value(1.0)], lr=0.5)
    >>> schedule = Halving(optimizer)
    >>> schedule.step()
    >>> optimizer.param_groups[0]["lr"].item()
    0.25
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise ArgumentError(
                "an optimizer to schedule", repr(optimizer), "pass the optimizer first"
            )
        self.optimizer = optimizer
        self.bases = [float(np.asarray(_data(group["lr"]))) for group in optimizer.param_groups]
        self._count = Value(0.0, requires_grad=False)
        # A compiled function calls `rate` at every step: it is Python, and may branch.
        self._rates = [
            Op(partial(_at_step, self, i), Kind.CONSTANT, name="rate")
            for i in range(len(self.bases))
        ]
        self._assign()

    @property
    def t(self) -> int:
        """How many steps were counted."""
        return int(self._count._data)

    @t.setter
    def t(self, t: int) -> None:
        self._count.assign(float(t))

    def rate(self, base: float, t: int) -> float:
        """The learning rate at step t of a group that started with `base`."""
        raise UnsupportedError(
            "a schedule that says its rate",
            f"{type(self).__name__}, which does not",
            "subclass it and define rate(self, base, t)",
        )

    def step(self) -> None:
        """Count one step, and assign every group its rate."""
        self._count.assign(self._count.data + 1.0)
        self._assign()

    def __call__(self, record: Any = None) -> None:
        """`step()`, as a callback of `fit`."""
        self.step()

    def state_dict(self) -> dict[str, np.ndarray]:
        """The step count and the starting rates."""
        return {"t": np.array(self.t), "bases": np.array(self.bases)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another was. Raises MissingKeyError, and ArgumentError for other groups."""
        if not {"t", "bases"} <= set(state):
            raise MissingKeyError(
                "a state with t and bases", f"{sorted(state)}", "pass state_dict()"
            )
        bases = np.asarray(state["bases"], dtype=float).ravel().tolist()
        if len(bases) != len(self.bases):
            raise ArgumentError(
                f"a starting rate for each of {len(self.bases)} groups",
                f"{len(bases)}",
                "make the optimizer of the same groups first",
            )
        self.bases[:] = bases
        self.t = int(state["t"])
        self._assign()

    def _assign(self) -> None:
        for group, rate_at in zip(self.optimizer.param_groups, self._rates, strict=False):
            rate = apply(rate_at, (self._count.data,), {})
            if type(group["lr"]) is Value:
                group["lr"].assign(rate)
            else:
                group["lr"] = rate

    def __repr__(self) -> str:
        rates = [float(np.asarray(_data(group["lr"]))) for group in self.optimizer.param_groups]
        return f"{type(self).__name__}(t={self.t}, lr={rates})"


class StepLR(Schedule):
    """base · gamma^⌊t / step_size⌋: times gamma after every step_size steps.

    >>> from nn.optim import SGD
    >>> schedule = StepLR(SGD([Value(1.0)], lr=0.5), step_size=2, gamma=0.1)
    >>> [round(schedule.rate(0.5, t), 3) for t in range(5)]
    [0.5, 0.5, 0.05, 0.05, 0.005]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size = _at_least_one("step_size", step_size)
        self.gamma = _finite("gamma", gamma)
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        """base · gamma^⌊t / step_size⌋."""
        return base * self.gamma ** (t // self.step_size)


class ExponentialLR(Schedule):
    """base · gammaᵗ.

    >>> from nn.optim import SGD
    >>> schedule = ExponentialLR(SGD([Value(1.0)], lr=0.5), gamma=0.5)
    >>> [schedule.rate(0.5, t) for t in range(3)]
    [0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = _finite("gamma", gamma)
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        """base · gammaᵗ."""
        return base * self.gamma**t


class CosineAnnealingLR(Schedule):
    """eta_min + ½ (base − eta_min) (1 + cos(π t / T_max)): down for T_max steps, then up again.

    Loshchilov & Hutter 2017, equation 5, without restarts.

    >>> from nn.optim import SGD
    >>> schedule = CosineAnnealingLR(SGD([Value(1.0)], lr=0.5), T_max=2)
    >>> [round(schedule.rate(0.5, t), 3) for t in range(4)]
    [0.5, 0.25, 0.0, 0.25]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max = _at_least_one("T_max", T_max)
        self.eta_min = _finite("eta_min", eta_min)
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        """eta_min + ½ (base − eta_min) (1 + cos(π t / T_max))."""
        return self.eta_min + 0.5 * (base - self.eta_min) * (1.0 + cos(pi * t / self.T_max))


class WarmupCosine(Schedule):
    """base · (t + 1) / (warmup + 1) for t < warmup, then down a cosine to eta_min at step `total`.

    Rises from a small rate, so that the first, large gradients do little (Goyal et al. 2017), and
    stays at eta_min after `total`. Raises ArgumentError unless 0 <= warmup < total.

    >>> from nn.optim import SGD
    >>> schedule = WarmupCosine(SGD([Value(1.0)], lr=1.0), warmup=3, total=5)
    >>> [round(schedule.rate(1.0, t), 3) for t in range(7)]
    [0.25, 0.5, 0.75, 1.0, 0.5, 0.0, 0.0]
    """

    def __init__(self, optimizer: Optimizer, warmup: int, total: int, eta_min: float = 0.0) -> None:
        if not 0 <= checked_number("warmup", warmup) < checked_number("total", total):
            raise ArgumentError(
                "0 <= warmup < total",
                f"warmup={warmup}, total={total}",
                "count both in calls of step(), `total` from the start",
            )
        self.warmup = warmup
        self.total = total
        self.eta_min = _finite("eta_min", eta_min)
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        """The line up, then the cosine down."""
        if t < self.warmup:
            return base * (t + 1) / (self.warmup + 1)
        done = min((t - self.warmup) / (self.total - self.warmup), 1.0)
        return self.eta_min + 0.5 * (base - self.eta_min) * (1.0 + cos(pi * done))


def _at_step(schedule: Schedule, number: int, t: float) -> float:
    return float(schedule.rate(schedule.bases[number], int(t)))


def _data(rate: Any) -> Any:
    return rate.data if type(rate) is Value else rate


def _at_least_one(name: str, number: int) -> int:
    if not checked_number(name, number) >= 1:
        raise ArgumentError(f"{name} of at least 1", f"{number}", "count in calls of step()")
    return number


def _finite(name: str, number: float) -> float:
    if not isfinite(checked_number(name, number)):
        raise ArgumentError(f"a finite {name}", f"{number}", "rates of training are finite")
    return number

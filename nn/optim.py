"""Optimizers, each a pure function in plain NumPy; arguments, defaults and results are PyTorch's.

The base class, `Optimizer`, says how to write another.
"""

from collections.abc import Mapping
from math import inf
from typing import Any, ClassVar

import numpy as np

from autograd import Value
from autograd.errors import ArgumentError
from nn.blockwise import elementwise
from nn.clipping import clip_grad_norm, clip_grad_value
from nn.optimizer import FLUSH_EVERY, Optimizer, Parameters, State

__all__ = [
    "FLUSH_EVERY",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSprop",
    "clip_grad_norm",
    "clip_grad_value",
]


class SGD(Optimizer):
    """p ← p − lr · v, with v ← momentum · v + (1 − dampening) · g; the first v is g.

    weight_decay    adds weight_decay · p to the gradient g, here and in the optimizers below.
    maximize        g counts with the other sign, here and below: up, not down.
    nesterov        p ← p − lr · (g + momentum · v) (Sutskever et al. 2013).

    >>> w = Value(3.0)
    >>> optimizer = SGD([w], lr=0.25)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    1.5
    """

    decaying = ("momentum_buffer",)
    ranges: ClassVar = {"momentum": (0.0, inf), "weight_decay": (0.0, inf)}

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Value = 0.001,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """As for every optimizer; nesterov needs momentum and no dampening."""
        super().check(options)
        if options["nesterov"] and (options["momentum"] <= 0.0 or options["dampening"] != 0.0):
            raise ArgumentError(
                "momentum > 0 and dampening = 0 for nesterov",
                f"momentum={options['momentum']}, dampening={options['dampening']}",
                "pass momentum=0.9, or leave nesterov out",
            )

    @staticmethod
    def initial(parameter: Any, **options: Any) -> State:
        """No velocity; a step count only where dampening has to spare the first step."""
        if not options["momentum"]:
            return {}
        state: State = {"momentum_buffer": _zeros_like(parameter)}
        return state | {"step": 0.0} if options["dampening"] else state

    @staticmethod
    @elementwise
    def update(
        parameter: Any,
        gradient: Any,
        state: State,
        *,
        lr: Any,
        momentum: float,
        dampening: float,
        weight_decay: float,
        nesterov: bool,
    ) -> tuple[Any, State]:
        """The formulas of the class."""
        if weight_decay:
            gradient = gradient + weight_decay * parameter
        if momentum:
            velocity = momentum * state["momentum_buffer"]
            if dampening:
                velocity += (1.0 - dampening * (state["step"] > 0)) * gradient
                state = {"momentum_buffer": velocity, "step": state["step"] + 1.0}
            else:
                velocity += gradient
                state = {"momentum_buffer": velocity}
            gradient = gradient + momentum * velocity if nesterov else velocity
        # `+=` below goes into the product just made, here and in the other optimizers.
        new = gradient * -lr  # in this order; NumPy is slower at a float times an array
        new += parameter
        return new, state


class RMSprop(Optimizer):
    """p ← p − lr · g / (√s + eps), with s ← alpha · s + (1 − alpha) · g² (Hinton 2012, lecture 6).

    centered     subtracts the square of the mean gradient from s (Graves 2013).
    momentum     p ← p − lr · b, with b ← momentum · b + g / (√s + eps).

    >>> w = Value(3.0)
    >>> optimizer = RMSprop([w], lr=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 4)
    -2.0
    """

    decaying = ("square_avg", "grad_avg", "momentum_buffer")
    ranges: ClassVar = {
        "alpha": (0.0, inf),
        "eps": (0.0, inf),
        "momentum": (0.0, inf),
        "weight_decay": (0.0, inf),
    }

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Value = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            maximize=maximize,
        )

    @staticmethod
    def initial(parameter: Any, **options: Any) -> State:
        """Means of 0."""
        names = ["square_avg"]
        names += ["grad_avg"] if options["centered"] else []
        names += ["momentum_buffer"] if options["momentum"] else []
        return {name: _zeros_like(parameter) for name in names}

    @staticmethod
    @elementwise
    def update(
        parameter: Any,
        gradient: Any,
        state: State,
        *,
        lr: Any,
        alpha: float,
        eps: float,
        weight_decay: float,
        momentum: float,
        centered: bool,
    ) -> tuple[Any, State]:
        """The formulas of the class."""
        if weight_decay:
            gradient = gradient + weight_decay * parameter
        after = {"square_avg": _mean(state["square_avg"], gradient * gradient, alpha)}
        scale = after["square_avg"]
        if centered:
            mean = after["grad_avg"] = _mean(state["grad_avg"], gradient, alpha)
            # A variance, which rounding may put below 0.
            scale = np.maximum(scale - mean * mean, 0.0)
        scale = np.sqrt(scale)
        scale += eps
        change = gradient / scale
        if momentum:
            change += momentum * state["momentum_buffer"]
            after["momentum_buffer"] = change
        new = change * -lr
        new += parameter
        return new, after


class Adagrad(Optimizer):
    """p ← p − lr / (1 + (t − 1) · lr_decay) · g / (√s + eps), with s ← s + g² (Duchi et al. 2011).

    >>> w = Value(3.0)
    >>> optimizer = Adagrad([w], lr=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 4)
    2.5
    """

    ranges: ClassVar = dict.fromkeys(
        ("lr_decay", "weight_decay", "initial_accumulator_value", "eps"), (0.0, inf)
    )

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Value = 0.01,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters,
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            maximize=maximize,
        )

    @staticmethod
    def initial(parameter: Any, **options: Any) -> State:
        """s = initial_accumulator_value."""
        return {"step": 0.0, "sum": _zeros_like(parameter) + options["initial_accumulator_value"]}

    @staticmethod
    @elementwise
    def update(
        parameter: Any,
        gradient: Any,
        state: State,
        *,
        lr: Any,
        lr_decay: float,
        weight_decay: float,
        initial_accumulator_value: float,
        eps: float,
    ) -> tuple[Any, State]:
        """The formulas of the class."""
        if weight_decay:
            gradient = gradient + weight_decay * parameter
        total = gradient * gradient
        total += state["sum"]
        scale = np.sqrt(total)
        scale += eps
        new = gradient / scale
        new *= -lr / (1.0 + state["step"] * lr_decay)
        new += parameter
        return new, {"step": state["step"] + 1.0, "sum": total}


class Adam(Optimizer):
    """p ← p − lr · m̂ / (√v̂ + eps) (Kingma & Ba 2014).

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)

    weight_decay    adds weight_decay · p to g; `AdamW` decays the parameter itself.
    amsgrad         takes the largest v so far (Reddi et al. 2018).

    >>> w = Value(3.0)
    >>> optimizer = Adam([w], lr=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 4)
    2.5
    """

    decaying = ("exp_avg", "exp_avg_sq")
    ranges: ClassVar = {"betas": (0.0, 1.0), "eps": (0.0, inf), "weight_decay": (0.0, inf)}

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Value = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """As for every optimizer; betas are two."""
        betas = options["betas"]
        if not isinstance(betas, tuple | list) or len(betas) != 2:
            raise ArgumentError(
                f"two numbers as betas of {type(self).__name__}",
                f"betas={betas!r}",
                "pass betas=(0.9, 0.999)",
            )
        super().check(options)

    @staticmethod
    def initial(parameter: Any, **options: Any) -> State:
        """t = 0, and moments of 0."""
        names = ["exp_avg", "exp_avg_sq"] + ["max_exp_avg_sq"] * options["amsgrad"]
        return {"step": 0.0} | {name: _zeros_like(parameter) for name in names}

    @staticmethod
    @elementwise
    def update(
        parameter: Any,
        gradient: Any,
        state: State,
        *,
        lr: Any,
        betas: tuple[float, float],
        eps: float,
        weight_decay: float,
        amsgrad: bool,
    ) -> tuple[Any, State]:
        """The formulas of the class."""
        if weight_decay:
            gradient = gradient + weight_decay * parameter
        beta1, beta2 = betas
        step = state["step"] + 1.0
        mean = _mean(state["exp_avg"], gradient, beta1)
        square = _mean(state["exp_avg_sq"], gradient * gradient, beta2)
        after = {"step": step, "exp_avg": mean, "exp_avg_sq": square}
        if amsgrad:
            square = np.maximum(state["max_exp_avg_sq"], square)
            after["max_exp_avg_sq"] = square
        new = np.sqrt(square)
        new *= 1.0 / (1.0 - beta2**step) ** 0.5
        new += eps
        # Divided before it is multiplied by lr: the quotient is of the order of 1, the product with
        # a small mean might be denormal.
        new = mean / new
        new *= -lr / (1.0 - beta1**step)
        new += parameter
        return new, after


class AdamW(Adam):
    """Adam after p ← p − lr · weight_decay · p (Loshchilov & Hutter 2019).

    >>> w = Value(3.0)
    >>> optimizer = AdamW([w], lr=0.5, weight_decay=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 4)
    2.35
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Value = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    @staticmethod
    @elementwise
    def update(
        parameter: Any, gradient: Any, state: State, *, lr: Any, weight_decay: float, **options: Any
    ) -> tuple[Any, State]:
        """The formulas of the class."""
        if weight_decay:
            parameter = (1.0 - lr * weight_decay) * parameter
        return Adam.update(parameter, gradient, state, lr=lr, weight_decay=0.0, **options)


def _mean(mean: Any, x: Any, keep: float) -> Any:
    """keep · mean + (1 − keep) · x."""
    mean = keep * mean
    mean += (1.0 - keep) * x
    return mean


def _zeros_like(data: Any) -> Any:
    return 0.0 if type(data) is float else np.zeros_like(data)

"""Optimizers: each states one pure function, `update`; `Optimizer` does the rest.

    update(parameter, gradient, state, **options) -> (parameter, state)

is plain NumPy on raw arrays. `state` is a dict of arrays, the options are those of the parameter's
group. It returns new arrays and writes into none it was given. A new optimizer is such a function
and, where it has state, `initial`:

>>> class SignDescent(Optimizer):
...     @staticmethod
...     def update(parameter, gradient, state, *, lr):
...         return parameter - lr * np.sign(gradient), state
>>> w = Value(np.array([1.0, -2.0]))
>>> (w * w).sum().backward()
>>> SignDescent([w], lr=0.5).step()
>>> w.data
array([ 0.5, -1.5])

Arguments, defaults and results are PyTorch's, to rounding. Learning rates, step counts and moments
are Values, changed by `assign`, so a step can be compiled. The learning rate is a Python float and
therefore never changes a parameter's dtype.
"""

from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any, ClassVar, TypeAlias

import numpy as np

from autograd import Value
from autograd.errors import ArgumentError, DTypeError, describe
from nn.state import checked_assignments

State: TypeAlias = dict[str, Any]
Parameters: TypeAlias = Iterable[Value] | Iterable[dict[str, Any]]

# A moment whose gradients have stopped shrinks step by step into the denormal numbers (below 1e-38
# in float32) and stays there, because 0.9 times the smallest one rounds to itself. Arithmetic on
# them is slower, 3 to 55 times, as processors go. So every 16 steps moments below this bound become
# 0: 1e-26 in float32, far enough above the denormals that a moment halved in each of 16 steps and
# multiplied by a small learning rate is none, and far below what shows: beside Adam's eps = 1e-8
# its root is 1e-13.
FLUSH_EVERY = 16
_FLUSH_BELOW = {np.dtype(np.float32): 2.0**-86, np.dtype(np.float64): 2.0**-982}


class Optimizer:
    """Parameter groups, state, `step`, `zero_grad` and the state dict, for any `update`.

    parameters    Values, or dicts with "params" and options of their own, which override `options`.
    options       keyword arguments of `update`, `lr` among them. `lr` may be a Value; groups given
                  the same one share it.

    Raises ArgumentError for no parameters, one given twice, and options that are unknown or out of
    range; DTypeError for what is no Value.
    """

    update: ClassVar[Callable[..., tuple[Any, State]]]

    # State that shrinks geometrically, and is flushed to 0 before it becomes denormal.
    decaying: ClassVar[tuple[str, ...]] = ()

    # Lowest and highest value of options; the highest is excluded.
    ranges: ClassVar[dict[str, tuple[float, float]]] = {}

    def __init__(self, parameters: Parameters, *, lr: float | Value, **options: Any) -> None:
        self.defaults: dict[str, Any] = {"lr": lr, **options}
        self.param_groups: list[dict[str, Any]] = []
        self.state: list[dict[str, Value]] = []
        self._steps = 0
        given = _listed(parameters)
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    @staticmethod
    def initial(parameter: Any, **options: Any) -> State:
        """A parameter's state before its first step: a dict of arrays, empty unless overridden."""
        return {}

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Train `group["params"]` too, with the options of `group` and the defaults for the others.

        >>> optimizer = SGD([Value(1.0)], lr=0.1)
        >>> optimizer.add_param_group({"params": [Value(2.0)], "lr": 0.01})
        >>> [group["lr"].item() for group in optimizer.param_groups]
        [0.1, 0.01]
        """
        if not isinstance(group, Mapping) or "params" not in group:
            raise ArgumentError(
                "a parameter group, a dict with the key 'params'",
                describe(group),
                "pass Values alone, or dicts like {'params': layer.parameters(), 'lr': 0.01} alone",
            )
        parameters = _listed(group["params"])
        known = {id(parameter) for other in self.param_groups for parameter in other["params"]}
        for parameter in parameters:
            if type(parameter) is not Value:
                raise DTypeError("Values to train", describe(parameter), "pass model.parameters()")
            if id(parameter) in known:
                raise ArgumentError(
                    "each parameter once", f"{describe(parameter)} twice", "leave one of them out"
                )
            known.add(id(parameter))
        options = {**self.defaults, **{k: v for k, v in group.items() if k != "params"}}
        self.check(options)
        self.param_groups.append({"params": parameters, **options})
        _rate(self.param_groups[-1])
        numbers = {name: option for name, option in options.items() if name != "lr"}
        for parameter in parameters:
            initial = self.initial(parameter.data, **numbers)
            self.state.append({k: Value(v, requires_grad=False) for k, v in initial.items()})

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ArgumentError for options of a group that are unknown or out of range."""
        for name, option in options.items():
            if name not in self.defaults:
                raise ArgumentError(
                    f"options of {type(self).__name__}: {', '.join(self.defaults)}",
                    f"{name}={option!r}",
                    "correct the name, or leave it out",
                )
            low, high = self.ranges.get(name, (0.0, inf) if name == "lr" else (-inf, inf))
            numbers = option if isinstance(option, tuple | list) else (option,)
            for number in numbers:
                number = number.data if type(number) is Value else number
                if not low <= number < high:
                    raise ArgumentError(
                        f"{name} of {type(self).__name__} "
                        + (
                            f"of at least {low:g}"
                            if high == inf
                            else f"from {low:g} to below {high:g}"
                        ),
                        f"{name}={option!r}",
                        f"change {name}",
                    )

    def step(self) -> None:
        """Update every parameter that has a gradient, and its state."""
        self._steps += 1
        flush = self._steps % FLUSH_EVERY == 0
        update = self.update
        states = iter(self.state)
        for group in self.param_groups:
            options = group.copy()
            rate = _rate(group).data
            # float32 times a NumPy float64 would be float64; times a Python float it is not.
            options["lr"] = rate if type(rate) is Value else float(rate)
            # Parameters first: where they are used up, `zip` takes no state of the next group.
            for parameter, state in zip(options.pop("params"), states, strict=False):
                gradient = parameter.grad
                if gradient is None:
                    continue
                before = {name: value.data for name, value in state.items()} if state else state
                data, after = update(parameter.data, gradient, before, **options)
                parameter.assign(data)
                for name, value in state.items():
                    data = after[name]
                    # A compiled step cannot count in Python: there every step flushes.
                    if (flush or type(data) is Value) and name in self.decaying:
                        data = _flushed(data)
                    value.assign(data)

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.zero_grad()

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of what training changes, by name: learning rates and state.

        Parameters are numbered over all groups. The other options are
        the program's, not the state's.

        >>> sorted(Adam([Value(1.0)]).state_dict())
        ['param_groups.0.lr', 'state.0.exp_avg', 'state.0.exp_avg_sq', 'state.0.step']
        """
        return {name: np.array(value.data) for name, value in self._values().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Assign what `state_dict` returned, to an optimizer made of the same parameters.

        Raises MissingKeyError, ShapeError or DTypeError, and then changes nothing.
        """
        for value, data in checked_assignments(self._values(), state, True, type(self).__name__)[0]:
            value.assign(data)

    def _values(self) -> dict[str, Value]:
        rates = {f"param_groups.{i}.lr": _rate(group) for i, group in enumerate(self.param_groups)}
        return rates | {
            f"state.{i}.{name}": value
            for i, state in enumerate(self.state)
            for name, value in state.items()
        }

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__}("]
        for group in self.param_groups:
            options = {k: v for k, v in group.items() if k != "params"} | {"lr": _rate(group).data}
            text = ", ".join(f"{name}={option}" for name, option in options.items())
            lines.append(f"  {len(group['params'])} parameters: {text}")
        return "\n".join([*lines, ")"])


class SGD(Optimizer):
    """p ← p − lr · v, with v ← momentum · v + (1 − dampening) · g; the first v is g.

    weight_decay    adds weight_decay · p to the gradient g, here and in the optimizers below.
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
    ) -> None:
        super().__init__(
            parameters,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
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
        new = -lr * gradient
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
    ) -> None:
        super().__init__(
            parameters,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
        )

    @staticmethod
    def initial(parameter: Any, **options: Any) -> State:
        """Means of 0."""
        names = ["square_avg"]
        names += ["grad_avg"] if options["centered"] else []
        names += ["momentum_buffer"] if options["momentum"] else []
        return {name: _zeros_like(parameter) for name in names}

    @staticmethod
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
        new = -lr * change
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
    ) -> None:
        super().__init__(
            parameters,
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )

    @staticmethod
    def initial(parameter: Any, **options: Any) -> State:
        """s = initial_accumulator_value."""
        return {"step": 0.0, "sum": _zeros_like(parameter) + options["initial_accumulator_value"]}

    @staticmethod
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
    ) -> None:
        super().__init__(
            parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad
        )

    @staticmethod
    def initial(parameter: Any, **options: Any) -> State:
        """t = 0, and moments of 0."""
        names = ["exp_avg", "exp_avg_sq"] + ["max_exp_avg_sq"] * options["amsgrad"]
        return {"step": 0.0} | {name: _zeros_like(parameter) for name in names}

    @staticmethod
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
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay, amsgrad)

    @staticmethod
    def update(
        parameter: Any, gradient: Any, state: State, *, lr: Any, weight_decay: float, **options: Any
    ) -> tuple[Any, State]:
        """The formulas of the class."""
        if weight_decay:
            parameter = (1.0 - lr * weight_decay) * parameter
        return Adam.update(parameter, gradient, state, lr=lr, weight_decay=0.0, **options)


def clip_grad_norm(
    parameters: Value | Iterable[Value], max_norm: float, norm_type: float = 2.0
) -> float:
    """Scale all gradients by one factor to a joint norm of at most max_norm; returns the norm.

    norm_type is the p of the p-norm, inf for the largest magnitude. Parameters without a gradient
    do not count. Raises ArgumentError unless max_norm >= 0 and norm_type > 0 (Pascanu et al. 2013).

    >>> w = Value(np.array([3.0, 4.0]))
    >>> (w * w).sum().backward()
    >>> clip_grad_norm([w], 1.0)
    10.0
    >>> w.grad.round(4)
    array([0.6, 0.8])
    """
    if not (max_norm >= 0.0 and norm_type > 0.0):
        raise ArgumentError(
            "max_norm >= 0 and norm_type > 0",
            f"max_norm={max_norm}, norm_type={norm_type}",
            "pass max_norm=1.0 for a norm of at most 1",
        )
    trained = _with_gradient(parameters)
    if not trained:
        return 0.0
    # In float64, where the square of no float32 overflows.
    sizes = [np.abs(parameter.grad).astype(np.float64) for parameter in trained]
    if norm_type == inf:
        norm = float(max(np.max(size, initial=0.0) for size in sizes))
    elif norm_type == 2.0:
        norm = float(sum(np.sum(size * size) for size in sizes)) ** 0.5
    else:
        norm = float(sum(np.sum(size**norm_type) for size in sizes)) ** (1.0 / norm_type)
    if norm > max_norm:
        # PyTorch's 1e-6 keeps the clipped norm below max_norm.
        factor = max_norm / (norm + 1e-6)
        for parameter in trained:
            parameter.grad = parameter.grad * factor
    return norm


def clip_grad_value(parameters: Value | Iterable[Value], clip_value: float) -> None:
    """Clip every element of every gradient to ±clip_value. Raises ArgumentError below 0.

    >>> w = Value(np.array([3.0, 0.25]))
    >>> (w * w).sum().backward()
    >>> clip_grad_value([w], 1.0)
    >>> w.grad
    array([1. , 0.5])
    """
    if not clip_value >= 0.0:
        raise ArgumentError(
            "clip_value >= 0", f"{clip_value}", "pass the largest magnitude to keep"
        )
    for parameter in _with_gradient(parameters):
        parameter.grad = _as_before(
            np.clip(parameter.grad, -clip_value, clip_value), parameter.grad
        )


def _with_gradient(parameters: Value | Iterable[Value]) -> list[Value]:
    given = [parameters] if type(parameters) is Value else _listed(parameters)
    return [parameter for parameter in given if parameter.grad is not None]


def _as_before(gradient: Any, before: Any) -> Any:
    return float(gradient) if type(before) is float else gradient


def _mean(mean: Any, x: Any, keep: float) -> Any:
    """keep · mean + (1 − keep) · x."""
    mean = keep * mean
    mean += (1.0 - keep) * x
    return mean


def _zeros_like(data: Any) -> Any:
    return 0.0 if type(data) is float else np.zeros_like(data)


def _flushed(data: Any) -> Any:
    bound = _FLUSH_BELOW.get(getattr(data, "dtype", None))
    return data if bound is None else np.where(np.abs(data) < bound, 0.0, data)


def _rate(group: dict[str, Any]) -> Value:
    """The group's learning rate as a Value, also where a number was put in its place."""
    rate = group["lr"]
    if type(rate) is not Value:
        rate = group["lr"] = Value(float(rate), requires_grad=False)
    return rate


def _listed(parameters: Any) -> list[Any]:
    if (
        type(parameters) is Value
        or isinstance(parameters, Mapping)
        or not hasattr(parameters, "__iter__")
    ):
        raise DTypeError(
            "an iterable of Values",
            describe(parameters),
            "pass model.parameters(), or a list: [weight, bias]",
        )
    listed = list(parameters)
    if not listed:
        raise ArgumentError(
            "parameters to train", "none", "pass model.parameters(); a frozen model has none"
        )
    return listed

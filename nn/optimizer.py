"""`Optimizer`: what every optimizer has beside its one pure function, `update`.

    update(parameter, gradient, state, **options) -> (parameter, state)

is plain NumPy on raw arrays. `state` is a dict of arrays, the options are those of the parameter's
group. It returns new arrays and writes into none it was given. Marked `@nn.blockwise.elementwise`
where no element's update depends on another, it may be given blocks of a long parameter in turn.
A new optimizer is such a function and, where it has state, `initial`:

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

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any, ClassVar, TypeAlias, TypeVar, overload

import numpy as np

from autograd import Value, enable_grad
from autograd.broadcast import dtype_of
from autograd.errors import ArgumentError, DTypeError, describe
from autograd.journal import journal
from autograd.modes import current
from nn import blockwise
from nn.state import checked_assignments, forget

State: TypeAlias = dict[str, Any]
Loss = TypeVar("Loss")
Parameters: TypeAlias = Iterable[Value] | Iterable[dict[str, Any]]

# A moment whose gradients have stopped shrinks step by step into the denormal numbers (below 1e-38
# in float32) and stays there, because 0.9 times the smallest one rounds to itself. Arithmetic on
# them is slower, 3 to 55 times, as processors go. So every 16 steps moments below this bound become
# 0: 1e-26 in float32, far enough above the denormals that a moment halved in each of 16 steps and
# multiplied by a small learning rate is none, and far below what shows: beside Adam's eps = 1e-8
# its root is 1e-13.
FLUSH_EVERY = 16
_FLUSH_BELOW = {np.dtype(np.float32): 2.0**-86, np.dtype(np.float64): 2.0**-982}


class _Group(dict[str, Any]):
    """A parameter group, whose learning rate is a Value also where it is set to a number.

    Its parameters get the state that an option asks for when that is set: a velocity, for momentum.

    >>> group = _Group(params=[])
    >>> group["lr"] = 0.1
    >>> rate = group["lr"]
    >>> group["lr"] = 0.01  # which compiled steps see, as this Value is nobody else's
    >>> rate.data
    0.01
    """

    initial: Callable[..., State] | None = None
    states: Sequence[dict[str, Value]] = ()  # of each parameter
    _own: Value | None = None

    def __setitem__(self, name: str, option: Any) -> None:
        if name == "lr" and type(option) is not Value:
            if self._own is not None and self["lr"] is self._own:
                self._own.assign(float(option))
                return
            option = self._own = Value(float(option), requires_grad=False)
        changes = name in self and name not in _NOT_FOR_STATE
        super().__setitem__(name, option)
        if changes:
            self.complete()

    def complete(self) -> None:
        """Begin the state that these options ask for and that is not there."""
        if self.initial is None:
            return
        options = {name: option for name, option in self.items() if name not in _NOT_FOR_STATE}
        for parameter, state in zip(self["params"], self.states, strict=False):
            for name, data in self.initial(parameter.data, **options).items():
                if name not in state:
                    state[name] = Value(data, requires_grad=False)


_NOT_FOR_STATE = ("params", "lr", "maximize")


class Optimizer:
    """Parameter groups, state, `step`, `zero_grad` and the state dict, for any `update`.

    parameters    Values, or dicts with "params" and options of their own, which override `options`.
    options       keyword arguments of `update`, `lr` among them. `lr` may be a Value; groups given
                  the same one share it.
    maximize      go up: every gradient counts with the other sign. An option of groups as well.

    Raises ArgumentError for no parameters, one given twice, and options that are unknown or out of
    range; DTypeError for what is no Value.
    """

    update: ClassVar[Callable[..., tuple[Any, State]]]

    # State that shrinks geometrically, and is flushed to 0 before it becomes denormal.
    decaying: ClassVar[tuple[str, ...]] = ()

    # Lowest and highest value of options; the highest is excluded.
    ranges: ClassVar[dict[str, tuple[float, float]]] = {}

    def __init__(
        self, parameters: Parameters, *, lr: float | Value, maximize: bool = False, **options: Any
    ) -> None:
        self.defaults: dict[str, Any] = {"lr": lr, **options, "maximize": maximize}
        self.param_groups: list[dict[str, Any]] = []
        self.state: list[dict[str, Value]] = []
        self._steps = 0
        given = listed(parameters)
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    @staticmethod
    def initial(parameter: Any, **options: Any) -> State:
        """A parameter's state before its first step: a dict of arrays, empty unless overridden."""
        return {}

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Train `group["params"]` too, with the options of `group` and the defaults for the others.

        >>> from nn.optim import SGD
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
        parameters = listed(group["params"])
        known = {id(parameter) for other in self.param_groups for parameter in other["params"]}
        for parameter in parameters:
            if type(parameter) is not Value:
                raise DTypeError("Values to train", describe(parameter), "pass model.parameters()")
            if not parameter.is_leaf:
                raise ArgumentError(
                    "leaves to train",
                    f"the result of an op, {describe(parameter)}",
                    "pass the Values that it was computed from",
                )
            if id(parameter) in known:
                raise ArgumentError(
                    "each parameter once", f"{describe(parameter)} twice", "leave one of them out"
                )
            known.add(id(parameter))
        options = {**self.defaults, **{k: v for k, v in group.items() if k != "params"}}
        self.check(options)
        group = _Group(params=parameters, **options)
        group["lr"] = options["lr"]
        group.initial, group.states = self.initial, [{} for _ in parameters]
        group.complete()
        self.param_groups.append(group)
        self.state += group.states

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
                if dtype_of(number).kind not in "biuf" or np.size(number) != 1:
                    raise ArgumentError(
                        f"a real number for {name} of {type(self).__name__}",
                        describe(number),
                        f"pass {name} as a float",
                    )
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

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], Loss]) -> Loss: ...
    def step(self, closure: Callable[[], Loss] | None = None) -> Loss | None:
        """Update every parameter that has a gradient, and its state.

        closure    computes the loss and its gradients first; what it returns is returned.

        >>> from nn.optim import SGD
        >>> w = Value(3.0)
        >>> optimizer = SGD([w], lr=0.25)
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = w * w
        ...     loss.backward()
        ...     return loss
        >>> optimizer.step(closure).item(), w.data
        (9.0, 1.5)
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        self._update()
        return loss

    def _update(self) -> None:
        self._steps += 1
        flush = self._steps % FLUSH_EVERY == 0
        update = self.update

        def finish(name: str, data: Any) -> Any:
            # A compiled step cannot count in Python: there every step flushes.
            if (flush or type(data) is Value) and name in self.decaying:
                return _flushed(data)
            return data

        traced = current().replayable
        notes = journal()
        if notes is not None:
            for container in (self.param_groups, *self.param_groups):
                notes.consult(container)
        states = iter(self.state)
        for group in self.param_groups:
            options = group.copy()
            rate = _rate(group).data
            # float32 times a NumPy float64 would be float64; times a Python float it is not.
            options["lr"] = rate if type(rate) is Value else float(rate)
            maximize = options.pop("maximize")
            # Parameters first: where they are used up, `zip` takes no state of the next group.
            for parameter, state in zip(options.pop("params"), states, strict=False):
                # Outside of a trace nobody has to know what is read here.
                gradient = parameter.grad if traced else parameter._grad
                if gradient is None:
                    continue
                if maximize:
                    gradient = -gradient
                data = parameter.data if traced else parameter._data
                if type(data) is np.ndarray and (
                    data.size > blockwise.BLOCK and blockwise.fits(update, data, gradient)
                ):
                    data, after = blockwise.updated(update, data, gradient, state, finish, options)
                else:
                    before = {name: value.data for name, value in state.items()} if state else state
                    data, after = update(data, gradient, before, **options)
                    after = {name: finish(name, after[name]) for name in state} if state else state
                parameter.assign(data, copy=False)
                for name, value in state.items():
                    value.assign(after[name], copy=False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradient of every parameter; with set_to_none=False those there are become 0.

        A gradient of 0 still moves a parameter that has momentum or weight decay.
        """
        for group in self.param_groups:
            forget(group["params"], set_to_none)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of what training changes, by name: learning rates and state.

        Parameters are numbered over all groups. The other options are
        the program's, not the state's.

        >>> from nn.optim import Adam
        >>> sorted(Adam([Value(1.0)]).state_dict())
        ['param_groups.0.lr', 'state.0.exp_avg', 'state.0.exp_avg_sq', 'state.0.step']
        """
        return {name: np.array(value.data) for name, value in self._values().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Assign what `state_dict` returned, to an optimizer made of the same parameters.

        Raises MissingKeyError, ShapeError or DTypeError, and then changes nothing.
        """
        for value, data in checked_assignments(self._values(), state, True, type(self).__name__)[0]:
            value.assign(data, copy=False)

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
            count = len(group["params"])
            lines.append(f"  {count} parameter{'' if count == 1 else 's'}: {text}")
        return "\n".join([*lines, ")"])


def _flushed(data: Any) -> Any:
    bound = _FLUSH_BELOW.get(getattr(data, "dtype", None))
    return data if bound is None else np.where(np.abs(data) < bound, 0.0, data)


def _rate(group: dict[str, Any]) -> Value:
    """The group's learning rate as a Value, also where a number was put in its place."""
    rate = group["lr"]
    if type(rate) is not Value:
        rate = group["lr"] = Value(float(rate), requires_grad=False)
    return rate


def listed(parameters: Any) -> list[Any]:
    """The parameters as a list; DTypeError for what is no iterable, ArgumentError for none."""
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

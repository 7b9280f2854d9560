"""The recording mode: whether operations are recorded, per thread, in one ContextVar."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ContextDecorator, nullcontext
from contextvars import ContextVar
from functools import partial, wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from itertools import product
from typing import Any, ClassVar, NamedTuple, Self

from autograd.errors import UnsupportedError


class Mode(NamedTuple):
    """What happens to an operation on a Value.

    `records`: operations on Values that require a gradient are recorded.
    `replayable`: every operation on a Value is recorded, so that the record is the whole program.
    `anomaly`: a result that is NaN where no input is raises at once, naming the op.
    """

    records: bool = True
    replayable: bool = False
    anomaly: bool = False


# Every mode exists once, so that the hot path may ask `current() is EAGER`.
_MODES = {flags: Mode(*flags) for flags in product((False, True), repeat=3)}
EAGER = _MODES[True, False, False]

_mode: ContextVar[Mode] = ContextVar("autograd_mode", default=EAGER)
current = _mode.get


class _Switch(ContextDecorator):
    """Change one flag of the mode, and change it back; a decorator too, nested, in any thread."""

    changes: ClassVar[dict[str, bool]]
    _after: ClassVar[dict[Mode, Mode]]  # the mode inside, by the one outside
    _before: list[Mode]

    def __init_subclass__(cls) -> None:
        cls._after = {mode: _MODES[mode._replace(**cls.changes)] for mode in _MODES.values()}

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        # `@no_grad` without brackets is the same as `@no_grad()`.
        if function is not None:
            return cls()(function)
        self = super().__new__(cls)
        self._before = []
        return self

    def __call__(self, function: Callable[..., Any]) -> Any:
        # A call of these only makes an object: the body runs later, when the mode is back.
        if isgeneratorfunction(function):
            return self._each_step(function)
        if iscoroutinefunction(function):
            return self._awaited(function)
        if isasyncgenfunction(function):
            raise UnsupportedError(
                f"a function, a generator or a coroutine to decorate with {type(self).__name__}",
                f"the asynchronous generator {function.__name__}",
                f"write `with {type(self).__name__}():` inside, around what lies between yields",
            )
        return super().__call__(function)

    def _each_step(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The generator function, every step of which runs in the mode, and no other code."""

        @wraps(function)
        def steps(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            generator = function(*args, **kwargs)
            step = partial(next, generator)
            while True:
                try:
                    with self._recreate_cm():
                        made = step()
                except StopIteration as end:
                    return end.value
                try:
                    sent = yield made
                except GeneratorExit:
                    with self._recreate_cm():
                        generator.close()
                    raise
                except BaseException as error:
                    step = partial(generator.throw, error)
                else:
                    step = partial(generator.send, sent)

        return steps

    def _awaited(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with self._recreate_cm():
                return await function(*args, **kwargs)

        return awaited

    def _recreate_cm(self) -> Self:
        return type(self)()

    def __enter__(self) -> Self:
        mode = current()
        self._before.append(mode)
        _mode.set(self._after[mode])
        return self

    def __exit__(self, *exception: object) -> None:
        _mode.set(self._before.pop())


class no_grad(_Switch):
    """Record nothing inside: results are Values without history.

    >>> from autograd import Value, no_grad
    >>> with no_grad():
    ...     y = Value(2.0) * 3.0
    >>> y.requires_grad
    False
    """

    changes: ClassVar[dict[str, bool]] = {"records": False}


class enable_grad(_Switch):
    """Record inside, also within `no_grad`.

    >>> from autograd import Value, enable_grad, no_grad
    >>> with no_grad(), enable_grad():
    ...     y = Value(2.0) * 3.0
    >>> y.requires_grad
    True
    """

    changes: ClassVar[dict[str, bool]] = {"records": True}


def recording() -> AbstractContextManager[Any]:
    """`enable_grad()`, for next to nothing where operations are recorded anyway."""
    return _AS_IT_IS if current().records else enable_grad()


_AS_IT_IS = nullcontext()


class replayable(_Switch):
    """Record every operation on a Value, whether or not it requires a gradient."""

    changes: ClassVar[dict[str, bool]] = {"replayable": True}


class detect_anomaly(_Switch):
    """Raise at the op that makes a NaN, forward or in a sweep, and name it.

    >>> import numpy as np
    >>> from autograd import Value, detect_anomaly
    >>> with np.errstate(all="ignore"), detect_anomaly():
    ...     np.log(Value(-1.0))
    Traceback (most recent call last):
    ...
    autograd.errors.ArgumentError: expected a result of log without NaN
      received: NaN from float -1.0
      remedy:   keep the inputs inside the domain of log, or mask them with np.where
    """

    changes: ClassVar[dict[str, bool]] = {"anomaly": True}


def is_grad_enabled() -> bool:
    """Whether operations are recorded here and now.

    >>> is_grad_enabled()
    True
    """
    return current().records

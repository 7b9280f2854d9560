"""Training: `fit`, a loop short enough to copy, and what it gives back.

>>> import nn
>>> x = np.linspace(-1.0, 1.0, 32, dtype=np.float32).reshape(32, 1)
>>> model = nn.Linear(1, 1, rng=0)
>>> history = fit(model, nn.mse, (x, 3.0 * x + 1.0), optimizer=nn.SGD(model.parameters(), lr=0.3),
...               epochs=20, batch_size=8, progress=False, rng=0)
>>> history.loss[-1] < 1e-3
True
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np
from tqdm import tqdm

import autograd
from autograd import Value, no_grad
from autograd.errors import (
    ArgumentError,
    AutogradError,
    DTypeError,
    ShapeError,
    describe,
)
from nn.data import Batches, batches, train_test_split
from nn.epochs import Epoch, History
from nn.metrics import Metric, Metrics, named_metrics, raw
from nn.module import Module
from nn.optim import Adam, Optimizer
from nn.randomness import RandomSource, generator


class NonFiniteLossError(AutogradError, FloatingPointError):
    """A loss that became NaN or infinite during training."""


def fit(
    model: Module,
    loss: Callable[[Any, Any], Any],
    data: Any,
    *,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int = 32,
    validation: Any = None,
    metrics: Metrics = None,
    callbacks: Sequence[Callable[[Epoch], Any]] = (),
    progress: bool = True,
    shuffle: bool = True,
    rng: RandomSource = None,
    jit: bool = False,
) -> History:
    """Train the model on the data, and return the History.

    loss          called with the model's output and the target; gives a scalar Value.
    data          (x, y) or (x₁, x₂, …, y), a tuple of arrays; or an iterable of such batches that
                  can be iterated once per epoch. The model is called with all but the last.
    optimizer     Adam with its defaults unless given.
    epochs        how often to go through the data.
    batch_size    rows per batch; for arrays only, as `shuffle`, whether each epoch has them in a
                  new order, and `rng`, a seed or generator for that.
    validation    (x, y), an iterable of batches, or a fraction of the arrays to set aside at
                  random.
    metrics       functions of output and target, as [nn.accuracy], or by name, as {"top": f};
                  averaged over rows. A training metric is measured while the model changes.
    callbacks     each is called with an `Epoch` after each epoch; one that returns True ends
                  training.
    progress      whether to show a bar.
    jit           whether to compile the iteration, forward, backward and step: one program for each
                  shape of a batch. Model and loss must then be functions that `autograd.jit` takes.

    The model is in training mode meanwhile, in evaluation mode for validation, and afterwards in
    the mode it was in. Raises NonFiniteLossError naming epoch and iteration: before the step, so
    that the model is still the one before; with `jit` after it, which is compiled with the loss, so
    that the model is lost. Raises ShapeError for a loss that is no scalar, ArgumentError for data
    that give no batches, DTypeError for a model, a loss, an optimizer or a callback that is none.

    >>> import numpy as np
    >>> import nn
    >>> x = np.linspace(-1, 1, 64, dtype=np.float32)[:, None]
    >>> model = nn.Linear(1, 1, rng=0)
    >>> sgd = nn.SGD(model.parameters(), lr=0.5)
    >>> history = fit(model, nn.mse, (x, 3 * x), optimizer=sgd, epochs=20, rng=0, progress=False)
    >>> print(f"{model.weight.item():.3f}")
    3.000
    """
    _require(model, isinstance(model, Module), "a Module to train", "wrap it: nn.Sequential(f)")
    _require(loss, callable(loss), "a function as loss", "pass nn.mse, or one of your own")
    made = optimizer is None or isinstance(optimizer, Optimizer)
    _require(optimizer, made, "an optimizer", "make one: nn.Adam(model.parameters(), lr=0.001)")
    listed = isinstance(callbacks, list | tuple) and all(map(callable, callbacks))
    _require(callbacks, listed, "a list of functions as callbacks", "write callbacks=[f]")
    for callback in callbacks:
        made = not isinstance(callback, type)
        _require(callback, made, "functions as callbacks", "make one: nn.EarlyStopping()")
    counts = isinstance(epochs, int | np.integer)
    _require(epochs, counts, "a whole number of epochs", "write epochs=10")
    if epochs < 0:
        raise ArgumentError("at least 0 epochs", f"epochs={epochs}", "write epochs=10")
    optimizer = Adam(model.parameters()) if optimizer is None else optimizer
    _require_its_optimizer(model, optimizer)
    rng = generator(rng)
    data, validation = _with_validation(data, validation, rng)
    data = _as_batches(data, batch_size, shuffle, rng)
    if validation is not None:
        validation = _as_batches(validation, batch_size, False, None, "validation")
    metrics = named_metrics(metrics)
    history = History()
    iterate = _iteration(model, loss, optimizer, keeps=bool(metrics), compiled=jit)
    total = len(data) * epochs if hasattr(data, "__len__") else None
    with (
        _mode(model, training=True),
        # Where nothing is said of it, the environment variable TQDM_DISABLE decides.
        tqdm(total=total) if progress else tqdm(total=total, disable=True) as bar,
    ):
        for epoch in range(1, epochs + 1):
            start = perf_counter()
            bar.set_description(f"epoch {epoch}/{epochs}", refresh=False)
            means = _Means()
            for iteration, batch in enumerate(data, 1):
                inputs, target = _split(batch)
                where = f"epoch {epoch}, iteration {iteration}"
                number, prediction = iterate(inputs, target, where)
                history.iteration_losses.append(number)
                means.add(len(target), {"loss": number, **_measure(metrics, prediction, target)})
                if bar.update():
                    bar.set_postfix(means.all(), refresh=False)
            logs = means.all(f"epoch {epoch}")
            if validation is not None:
                measured = evaluate(model, loss, validation, metrics=metrics, jit=jit)
                logs |= {f"val_{name}": number for name, number in measured.items()}
            bar.set_postfix(logs)
            _append(history, logs, perf_counter() - start)
            record = Epoch(epoch, epochs, logs, history, model, optimizer)
            # Every callback sees the epoch, also after one of them has asked to stop.
            answers = [callback(record) for callback in callbacks]
            # Only what a comparison gives: a callback that returns anything else goes on.
            if any(isinstance(answer, bool | np.bool) and answer for answer in answers):
                break
    return history


def _require_its_optimizer(model: Module, optimizer: Optimizer) -> None:
    """Raise where the optimizer trains other parameters than the model's: a model made again."""
    own = {id(parameter) for parameter in model.parameters()}
    trained = {id(x) for group in optimizer.param_groups for x in group["params"]}
    if own and not own & trained:
        raise ArgumentError(
            "an optimizer that has a parameter of the model",
            f"{type(optimizer).__name__} of {len(trained)} others",
            f"make one of this model: nn.{type(optimizer).__name__}(model.parameters(), lr=...)",
        )


def _iteration(
    model: Module,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    keeps: bool,
    compiled: bool,
) -> Callable[[Sequence[Any], Any, str], tuple[float, Any]]:
    """One iteration as a function of inputs, target and where it is: the loss and the output."""

    def eagerly(inputs: Sequence[Any], target: Any, where: str) -> tuple[float, Any]:
        optimizer.zero_grad()
        prediction = model(*inputs)
        value = loss(prediction, target)
        number = _checked(value, where)
        value.backward()
        optimizer.step()
        return number, prediction

    optimizer.zero_grad()
    if not compiled:
        return eagerly

    @autograd.jit
    def step(inputs: Sequence[Any], target: Any) -> tuple[Any, Any]:
        prediction = model(*inputs)
        value = loss(prediction, target)
        _require_scalar(value)
        value.backward()
        optimizer.step()
        # No gradient is left, so that the next iteration finds what this one found.
        optimizer.zero_grad()
        return value, prediction if keeps else None

    def natively(inputs: Sequence[Any], target: Any, where: str) -> tuple[float, Any]:
        value, prediction = step(inputs, target)
        return _checked(value, where), prediction

    return natively


def evaluate(
    model: Module,
    loss: Callable[[Any, Any], Any],
    data: Any,
    *,
    metrics: Metrics = None,
    batch_size: int = 256,
    jit: bool = False,
) -> dict[str, float]:
    """{"loss": …} and every metric, averaged over rows, in evaluation mode, not recorded.

    jit    whether to compile the model and the loss; worth it for many batches of one shape.

    >>> import nn
    >>> evaluate(nn.Sequential(np.abs), nn.mse, (np.array([-1.0, 2.0]), np.array([1.0, 0.0])))
    {'loss': 2.0}
    """
    _require(loss, callable(loss), "a function as loss", "pass nn.mse, or one of your own")
    means = _Means()
    metrics = named_metrics(metrics)

    def measure(inputs: Sequence[Any], target: Any) -> tuple[Any, Any]:
        prediction = model(*inputs)
        return loss(prediction, target), prediction

    measure = autograd.jit(measure) if jit else measure
    with _mode(model, training=False), no_grad():
        for batch in _as_batches(data, batch_size, False, None):
            inputs, target = _split(batch)
            value, prediction = measure(inputs, target)
            number = _number(value, "loss")
            means.add(len(target), {"loss": number, **_measure(metrics, prediction, target)})
    return means.all("evaluate")


def predict(model: Module, *inputs: Any, batch_size: int | None = None) -> np.ndarray:
    """The model's output as a plain array, in evaluation mode and without recording.

    batch_size computes that many rows at a time, for inputs whose intermediates would not fit
    memory.

    >>> import nn
    >>> predict(nn.Sequential(np.square), np.array([1.0, 2.0, 3.0]), batch_size=2)
    array([1., 4., 9.])
    """
    with _mode(model, training=False), no_grad():
        if batch_size is None:
            return raw(model(*inputs))
        parts = batches(*inputs, batch_size=batch_size, shuffle=False)
        if not len(parts):  # only the model knows what shape no rows have
            return raw(model(*inputs))
        return np.concatenate([raw(model(*part)) for part in parts])


def _require(given: Any, right: bool, expected: str, remedy: str) -> None:
    if not right:
        text = f"the class {given.__name__}" if isinstance(given, type) else describe(given)
        raise DTypeError(expected, text, remedy)


class _Means:
    """Averages of numbers that each stand for some rows."""

    def __init__(self) -> None:
        self.rows = 0
        self.sums: dict[str, float] = {}

    def add(self, rows: int, numbers: Mapping[str, float]) -> None:
        self.rows += rows
        for name, number in numbers.items():
            self.sums[name] = self.sums.get(name, 0.0) + rows * number

    def all(self, where: str = "the data") -> dict[str, float]:
        if not self.rows:
            raise ArgumentError(
                f"batches of data in {where}",
                "none",
                "pass arrays with rows, or an object that can be iterated again each epoch: a "
                "generator is used up after the first",
            )
        return {name: total / self.rows for name, total in self.sums.items()}


@contextmanager
def _mode(model: Any, training: bool) -> Iterator[None]:
    """The model in this mode, and afterwards each of its modules in the mode it was in."""
    _require(model, isinstance(model, Module), "a Module", "wrap it: nn.Sequential(f)")
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, mode in before:
            module.training = mode


def _with_validation(data: Any, validation: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    if not isinstance(validation, float | np.floating):
        return data, validation
    if not _are_arrays(data):
        raise ArgumentError(
            "a tuple of arrays to set a fraction of aside",
            f"validation={validation} of {type(data).__name__}",
            "pass data=(x, y), or validation=(x_val, y_val)",
        )
    split = train_test_split(*data, test_size=float(validation), rng=rng)
    return tuple(split[::2]), tuple(split[1::2])


def _are_arrays(data: Any) -> bool:
    return isinstance(data, tuple) and all(
        isinstance(part, np.ndarray | Value | list) for part in data
    )


def _as_batches(
    data: Any, batch_size: int, shuffle: bool, rng: Any, name: str = "data"
) -> Batches | Iterable[Any]:
    if _are_arrays(data):
        return batches(*data, batch_size=batch_size, shuffle=shuffle, rng=rng)
    if isinstance(data, np.ndarray | Value | Mapping) or not hasattr(data, "__iter__"):
        raise ArgumentError(
            f"{name}=(x, y), or an iterable of batches",
            describe(data),
            f"pass a tuple: {name}=(x, y)",
        )
    return data


def _split(batch: Any) -> tuple[Sequence[Any], Any]:
    if not isinstance(batch, tuple | list) or len(batch) < 2:
        raise ArgumentError(
            "batches of inputs and a target, (x, y)",
            describe(batch),
            "yield tuples: x, y; whole arrays come as a tuple, not as a list",
        )
    try:
        len(batch[-1])
    except TypeError:
        raise ShapeError(
            "batches whose target has rows",
            describe(batch[-1]),
            "yield several rows at once, or one as x[None], y[None]",
        ) from None
    return batch[:-1], batch[-1]


def _require_scalar(value: Any) -> None:
    if type(value) is not Value or value.size != 1:
        raise ShapeError(
            "a loss that is a Value with one element",
            describe(value),
            "end the loss with .mean(), or leave reduction out; compute it with NumPy's functions",
        )
    if value.dtype.kind == "c":
        raise DTypeError("a real loss", describe(value), "take its .real, or np.abs of it")


def _checked(value: Any, where: str) -> float:
    _require_scalar(value)
    number = value.item()
    if not math.isfinite(number):
        raise NonFiniteLossError(
            "a finite loss",
            f"{number} in {where}",
            "lower the learning rate, clip gradients with nn.clip_grad_norm, or look for NaN in "
            "the data; autograd.detect_anomaly() names the op that made it",
        )
    return number


def _measure(metrics: Mapping[str, Metric], prediction: Any, target: Any) -> dict[str, float]:
    if not metrics:
        return {}
    with no_grad():
        return {
            name: _number(metric(prediction, target), f"metric {name!r}")
            for name, metric in metrics.items()
        }


def _append(history: History, logs: Mapping[str, float], seconds: float) -> None:
    history.seconds.append(seconds)
    for name, number in logs.items():
        own = {"loss": history.loss, "val_loss": history.val_loss}
        (own[name] if name in own else history.metrics.setdefault(name, [])).append(number)


def _number(x: Any, what: str) -> float:
    """The one real number in x, which stands for the `what`."""
    array = raw(x)
    if array.size != 1:
        raise ShapeError(f"one number as {what}", describe(x), "return its mean")
    if array.dtype.kind not in "biuf":
        raise DTypeError(f"a number as {what}", describe(x), "return a float, or an array of one")
    return float(array.item())

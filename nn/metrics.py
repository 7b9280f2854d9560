"""What is measured of a model beside its loss: `accuracy`; what metrics are called, and want."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np

from autograd import Value
from autograd.errors import ArgumentError, DTypeError, ShapeError, describe

Metric: TypeAlias = Callable[[Any, Any], Any]
Metrics: TypeAlias = Mapping[str, Metric] | Iterable[Metric] | Metric | None

# Words of a metric's name, those between its underscores, that say which numbers are better.
_SMALLER = re.compile(
    "loss|losses|error|errors|err|mae|mse|rmse|msle|mape|l1|l2|nll|bce|huber|hinge|entropy|kl|"
    "divergence|deviance|distance|residual|residuals|perplexity|brier"
)
_LARGER = re.compile("accuracy|acc|auc|auroc|f1|precision|recall|r2|iou|dice|psnr|bleu")


def better(name: str) -> Literal["min", "max"] | None:
    """Whether "min" or "max" is the best of what has this name; None if the name does not say.

    >>> better("val_loss"), better("val_mean_absolute_error"), better("top5_accuracy"), better("k")
    ('min', 'min', 'max', None)
    """
    words = re.split("[^a-z0-9]+", name.lower())
    if any(map(_SMALLER.fullmatch, words)):
        return "min"
    return "max" if any(map(_LARGER.fullmatch, words)) else None


def named_metrics(metrics: Metrics) -> dict[str, Metric]:
    """Metrics by name: as given, or by the names of the functions.

    Raises ArgumentError for a name that is given twice, or that the losses have; DTypeError for
    what is no function.

    >>> list(named_metrics([accuracy])), named_metrics(None)
    (['accuracy'], {})
    """
    if metrics is None:
        return {}
    if isinstance(metrics, Mapping):
        pairs = list(metrics.items())
    elif callable(metrics):
        pairs = [(_name(metrics), metrics)]
    elif isinstance(metrics, Iterable) and not isinstance(metrics, str):
        pairs = [(_name(metric), metric) for metric in metrics]
    else:
        raise _no_metrics(metrics)
    found: dict[str, Metric] = {}
    for name, metric in pairs:
        if not callable(metric):
            raise _no_metrics(metric)
        if name in found or name == "loss" or name.startswith("val_"):
            raise ArgumentError(
                'a name of its own for each metric, other than "loss" and "val_..."',
                f"{name!r}",
                'name the functions: metrics={"mae": f, "bias": g}',
            )
        found[name] = metric
    return found


def _name(metric: Any) -> str:
    while isinstance(metric, partial):
        metric = metric.func
    return getattr(metric, "__name__", type(metric).__name__)


def _no_metrics(received: Any) -> DTypeError:
    return DTypeError(
        "metrics that are functions of output and target",
        describe(received),
        'pass metrics=[nn.accuracy], or by name: metrics={"accuracy": nn.accuracy}',
    )


def accuracy(prediction: Any, target: Any) -> float:
    """The share of predictions that are right.

    prediction    (N, C, …) scores, of which the largest along axis 1 counts; or, with a target of
                  the same shape, logits of which the sign counts (one per row, two classes).
    target        class indices of shape (N, …), probabilities or one-hot rows of the scores' shape,
                  or 0 and 1 (or −1 and 1) for logits.

    Raises ShapeError for other shapes.

    >>> accuracy(np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 0]))
    0.5
    """
    scores, labels = raw(prediction), raw(target)
    if scores.ndim == labels.ndim + 1 and scores.shape[:1] + scores.shape[2:] == labels.shape:
        return float(np.mean(scores.argmax(axis=1) == labels))
    if scores.shape != labels.shape:
        raise ShapeError(
            "scores (N, C) with class indices (N,), or scores and targets of one shape",
            f"{describe(prediction)} and {describe(target)}",
            "reshape one of them: (N,) does not go with (N, 1)",
        )
    if scores.ndim >= 2 and scores.shape[1] > 1:
        return float(np.mean(scores.argmax(axis=1) == labels.argmax(axis=1)))
    return float(np.mean((scores > 0) == (labels > 0)))


def raw(x: Any) -> np.ndarray:
    """The numbers of a Value, or of what an array can be made of; no gradient flows from them.

    >>> raw(Value(2.0))
    array(2.)
    """
    return x.numpy() if type(x) is Value else np.asarray(x)

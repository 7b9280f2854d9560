"""What the losses share: checked arguments, class indices, class weights, and reductions."""

from numbers import Integral
from typing import Any

import numpy as np

from autograd import Value
from autograd.errors import ArgumentError, DTypeError, ShapeError, describe
from autograd.journal import stands_for_array
from autograd.modes import current
from nn.arguments import as_numbers

# PyTorch's floor under a logarithm of a probability, for one that rounded to 0.
LOWEST_LOG = -100.0

_UNSIGNED = {n: np.dtype(f"u{n}") for n in (1, 2, 4, 8)}


def reduce(losses: Any, reduction: str, also: tuple[str, ...] = ()) -> Any:
    """The losses of the elements as "mean", "sum" or "none" asks."""
    known = ("mean", "sum", "none", *also)
    if not isinstance(reduction, str) or reduction not in known:
        raise ArgumentError(
            "reduction " + ", ".join(map(repr, known)),
            f"reduction={describe(reduction)}",
            "leave it out for the mean; pass other options by their names",
        )
    if reduction == "none":
        return losses
    if reduction == "batchmean":
        return losses.sum() / max(losses.shape[0] if losses.ndim else 1, 1)
    return losses.mean() if reduction == "mean" else losses.sum()


def as_array(x: Any) -> Any:
    """A Value as it is, anything else, also a list of Values, as an array."""
    return as_numbers(x, "a loss")


def floating(name: str, x: Any) -> Any:
    """The scores of a loss, which must be floating-point numbers."""
    x = as_array(x)
    if x.dtype.kind != "f":
        raise DTypeError(
            f"floating-point scores for {name}, then the target",
            describe(x),
            "pass the model's output first and the labels second",
        )
    return x


def like(target: Any, prediction: Any) -> Any:
    """A plain array in the prediction's dtype; a Value as it is."""
    is_value = type(target) is Value and not stands_for_array(target)
    if is_value or target.dtype == prediction.dtype:
        return target
    if prediction.dtype.kind == "f" and target.dtype.kind in "fiub":
        return target.astype(prediction.dtype)
    return target


def paired(name: str, prediction: Any, target: Any) -> tuple[Any, Any]:
    """Prediction and target as arrays of one shape and, where that loses nothing, one dtype."""
    prediction = as_array(prediction)
    if type(target) is float and prediction.shape == ():
        return prediction, target
    target = as_array(target)
    if prediction.shape != target.shape:
        raise ShapeError(
            f"a prediction and a target of one shape for {name}",
            f"prediction {describe(prediction)} and target {describe(target)}",
            same_shape(prediction.shape, target.shape),
        )
    return prediction, like(target, prediction)


def same_shape(prediction: tuple[int, ...], target: tuple[int, ...]) -> str:
    """What to do about two shapes that differ."""
    if np.prod(prediction) == np.prod(target):
        return f"reshape one of them: prediction.reshape({target}) or target.reshape({prediction})"
    return "give one target for each prediction"


def contents(x: Any) -> Any:
    """The data for a check to look at; None while tracing, when there are none yet."""
    if type(x) is not Value:
        return x
    return None if current().replayable else x.data


def refuse_outside(name: str, what: str, x: Any, low: float, high: float) -> None:
    """Raise ArgumentError for numbers below `low` or above `high`."""
    x = contents(x)
    if x is None or np.size(x) == 0:
        return
    lowest, highest = np.min(x), np.max(x)
    if not (lowest >= low and highest <= high):
        raise ArgumentError(
            f"{what} from {low:g} to {high:g} for {name}",
            f"{describe(x)} from {lowest:g} to {highest:g}",
            "pass logits to bce_with_logits; write (target + 1) / 2 for targets -1 and 1"
            if "bce" in name
            else "divide each row by its sum, or pass class indices",
        )


def floored_log(p: Any) -> Any:
    """log p, but at least LOWEST_LOG, so that p = 0 has a finite loss."""
    positive = p > 0
    logs = np.where(positive, np.log(np.where(positive, p, 1.0)), LOWEST_LOG)
    return np.maximum(logs, LOWEST_LOG)


def weighted(losses: Any, weight: Any) -> Any:
    """The losses times their weights, which may broadcast."""
    if weight is None:
        return losses
    weight = as_array(weight)
    try:
        fits = np.broadcast_shapes(weight.shape, losses.shape) == losses.shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"a weight that broadcasts to the losses, {losses.shape}",
            describe(weight),
            "give one weight for all, or one for each element",
        )
    return losses * like(weight, losses)


# Classes


def class_axis(name: str, scores: Any) -> int:
    """The axis of the classes: 0 of (C,), else 1."""
    if scores.ndim == 0:
        raise ShapeError(
            f"scores of shape (C,), (N, C) or (N, C, d1, ...) for {name}",
            describe(scores),
            "stack the scores of the classes along axis 1",
        )
    return min(scores.ndim - 1, 1)


def class_weight(weight: Any, scores: Any, axis: int) -> Any:
    """One weight per class, in the dtype of the scores."""
    if weight is None:
        return None
    weight = as_array(weight)
    if weight.shape != (scores.shape[axis],):
        raise ShapeError(
            f"one weight per class, ({scores.shape[axis]},)",
            describe(weight),
            "give a weight for every class, in the order of the scores",
        )
    return like(weight, scores)


def along(weight: Any, axis: int, ndim: int) -> Any:
    """The class weights shaped to broadcast along the class axis."""
    return weight.reshape((-1,) + (1,) * (ndim - axis - 1))


def class_indices(
    name: str, scores: Any, target: Any, axis: int, ignore_index: int | None
) -> tuple[Any, Any]:
    """Checked class indices, and which of them count: None for all."""
    if ignore_index is not None and not isinstance(ignore_index, int | Integral):
        raise DTypeError(
            f"an integer for ignore_index of {name}",
            describe(ignore_index),
            "leave it out, or pass the index of the class that counts nothing",
        )
    shape = scores.shape[:axis] + scores.shape[axis + 1 :]
    classes = scores.shape[axis]
    if target.dtype.kind not in "iu":
        raise DTypeError(
            f"integer class indices of shape {shape} for {name}",
            describe(target),
            "write target.astype(np.int64); one-hot rows and probabilities go to cross_entropy as "
            "floats of the shape of the logits",
        )
    if target.shape != shape:
        raise ShapeError(
            f"class indices of shape {shape} for scores {describe(scores)} in {name}",
            describe(target),
            f"write target.reshape({shape})"
            if target.size == np.prod(shape)
            else "pass one index per row; one-hot rows go to cross_entropy as floats",
        )
    indices = contents(target)
    if indices is None:  # tracing: the mask belongs to the program, the check cannot
        kept = None if ignore_index is None else target != ignore_index
        # A negative label must not count from the end: it is put where the gather refuses it.
        target = np.where(target < 0, classes, target)
        return (target if kept is None else np.where(kept, target, 0)), kept
    if indices.size == 0:
        return indices, None
    # As unsigned numbers negative ones are the largest: one look at most targets is enough.
    unsigned = indices.view(_UNSIGNED[indices.itemsize])
    none_ignored = ignore_index is None or not 0 <= ignore_index < classes
    if none_ignored and np.maximum.reduce(unsigned, axis=None) < classes:
        return indices, None
    lowest, highest = indices.min(), indices.max()
    kept = None
    if ignore_index is not None and lowest <= ignore_index <= highest:
        kept = indices != ignore_index
        indices = np.where(kept, indices, 0)
        lowest, highest = indices.min(), indices.max()
    if lowest < 0 or highest >= classes:
        raise ArgumentError(
            f"class indices from 0 to {classes - 1} for {name} of scores {describe(scores)}",
            f"indices from {lowest} to {highest}",
            "count classes from 0, and give the model one output per class",
        )
    return indices, kept


def counted(name: str, losses: Any, kept: Any, counts: Any, reduction: str) -> Any:
    """The losses of class indices, reduced: those that are `kept`, each as much as it `counts`."""
    is_mean = isinstance(reduction, str) and reduction == "mean"
    if kept is not None:
        losses = np.where(kept, losses, 0.0)
        counts = kept.astype(losses.dtype) if counts is None else np.where(kept, counts, 0.0)
        if is_mean and type(kept) is not Value and not kept.any():
            raise ArgumentError(
                f"at least one target that counts, for the mean of {name}",
                f"{kept.size} targets, all of them ignore_index",
                "leave such a batch out, or pass reduction='sum'",
            )
    if is_mean and counts is not None:
        return losses.sum() / counts.sum()
    return reduce(losses, reduction)


def picked(scores: Any, indices: Any, axis: int) -> Any:
    """The score of each index; `axis` is 0 or 1, and is gone from the result."""
    if axis == 0:
        return scores[indices]
    if indices.ndim == 1:
        return scores[np.arange(len(indices)), indices]
    first, *others = np.indices(indices.shape, sparse=True)
    return scores[(first, indices, *others)]

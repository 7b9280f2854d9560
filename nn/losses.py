"""Losses: plain functions of Values or arrays, made of recorded operations.

Meaning and defaults are those of `torch.nn.functional`. Every loss ends with `reduction`: "mean",
"sum", or "none" for one loss per element. A target never broadcasts against a prediction: (n,)
beside (n, 1) raises ShapeError rather than making an (n, n) table. A target given as a plain array
is read in the dtype of the prediction, so float64 data do not make a float32 model slow. Contents
out of range (class indices, probabilities, signs) raise ArgumentError.
"""

from typing import Any

import numpy as np

from autograd import Value, ops
from autograd.errors import ArgumentError, DTypeError, ShapeError, describe
from autograd.modes import current

# PyTorch's floor under a logarithm of a probability, for one that rounded to 0.
LOWEST_LOG = -100.0


def mse(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """(prediction − target)², for arrays of equal shape.

    >>> float(mse(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    prediction, target = _pair("mse", prediction, target)
    return _reduce(np.square(prediction - target), reduction)


def l1(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """|prediction − target|, for arrays of equal shape; the derivative at 0 is 0.

    >>> float(l1(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    1.0
    """
    prediction, target = _pair("l1", prediction, target)
    return _reduce(np.abs(prediction - target), reduction)


def huber(prediction: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """½ d² where |d| ≤ delta, else delta · (|d| − ½ delta); d = prediction − target (Huber 1964).

    Raises ArgumentError unless delta > 0.

    >>> huber(np.array([0.5, 3.0]), np.zeros(2), reduction="none")
    array([0.125, 2.5  ])
    """
    if not delta > 0.0:
        raise ArgumentError("delta > 0 for huber", f"delta={delta}", "pass a positive number")
    prediction, target = _pair("huber", prediction, target)
    difference = prediction - target
    # Both branches in one: within delta this is d · (d − ½ d), beyond it ±delta · (d ∓ ½ delta).
    bounded = np.clip(difference, -delta, delta)
    return _reduce(bounded * (difference - 0.5 * bounded), reduction)


def cross_entropy(
    logits: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """−log softmax(logits)[target]: how unlikely the logits hold the target.

    logits            (C,), (N, C) or (N, C, d₁, …): scores of C classes, not probabilities.
    target            class indices, integers of shape (), (N,) or (N, d₁, …); or probabilities,
                      floats of the logits' shape, with the loss −Σ target · log_softmax.
    weight            (C,): how much each class counts; with class indices the mean is weighted.
    ignore_index      targets of this class index count nothing, neither in the sum nor in the mean.
    label_smoothing   s in [0, 1]: the target becomes (1 − s) · target + s / C (Szegedy 2016).

    Raises ShapeError, DTypeError for class indices that are floats, ArgumentError for indices out
    of range, for probabilities outside [0, 1], and for a mean where every target is ignored.

    >>> cross_entropy(np.array([[2.0, 0.0], [0.0, 3.0]]), np.array([0, 1])).round(4)
    np.float64(0.0878)
    """
    if not 0.0 <= label_smoothing <= 1.0:
        raise ArgumentError(
            "0 <= label_smoothing <= 1",
            f"label_smoothing={label_smoothing}",
            "pass the part of the target to spread over all classes, such as 0.1",
        )
    logits = _floating("cross_entropy", logits)
    axis = _class_axis("cross_entropy", logits)
    target = _array(target)
    weight = _class_weight(weight, logits, axis)
    logs = ops.log_softmax(logits, axis=axis)
    if target.dtype.kind != "f" or target.shape != logits.shape:
        return _likelihood(
            "cross_entropy", logs, target, axis, weight, ignore_index, reduction, label_smoothing
        )
    _refuse_outside("cross_entropy", "target probabilities", target, 0.0, 1.0)
    target = _like(target, logits)
    if label_smoothing:
        target = (1.0 - label_smoothing) * target + label_smoothing / logits.shape[axis]
    if weight is not None:
        target = target * _along(weight, axis, logits.ndim)
    return _reduce(-np.sum(target * logs, axis=axis), reduction)


def nll(
    log_probabilities: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    """−log_probabilities[target]: `cross_entropy` after `log_softmax`, with its shapes and errors.

    >>> float(nll(np.array([[-0.5, -1.0]]), np.array([1])))
    1.0
    """
    logs = _floating("nll", log_probabilities)
    axis = _class_axis("nll", logs)
    weight = _class_weight(weight, logs, axis)
    return _likelihood("nll", logs, _array(target), axis, weight, ignore_index, reduction, 0.0)


def bce(probability: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """−target · log p − (1 − target) · log(1 − p).

    Logarithms below −100 count as −100, without gradient, as the probability may have rounded to 0.
    `probability` and `target` have equal shapes and lie in [0, 1]; `weight` multiplies the losses
    and may broadcast. Where the probabilities are sigmoids, `bce_with_logits` is exact, and this
    is not.

    >>> bce(np.array([0.5, 1.0]), np.array([1.0, 0.0]), reduction="none").round(4)
    array([  0.6931, 100.    ])
    """
    probability, target = _pair("bce", probability, target)
    _refuse_outside("bce", "probabilities", probability, 0.0, 1.0)
    _refuse_outside("bce", "targets", target, 0.0, 1.0)
    losses = -(target * _log(probability) + (1.0 - target) * _log(1.0 - probability))
    return _reduce(_weighted(losses, weight), reduction)


def bce_with_logits(
    logits: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """`bce(sigmoid(logits), target)`, as target · softplus(−x) + (1 − target) · softplus(x).

    `target` has the shape of the logits and lies in [0, 1]. `weight` multiplies the losses,
    `pos_weight` those of the positive targets alone; both may broadcast.

    >>> bce_with_logits(np.array([500.0, 0.0]), np.array([0.0, 1.0]), reduction="none").round(1)
    array([500. ,   0.7])
    """
    logits, target = _pair("bce_with_logits", logits, target)
    _refuse_outside("bce_with_logits", "targets", target, 0.0, 1.0)
    positive = _weighted(target * ops.softplus(-logits), pos_weight)
    return _reduce(_weighted(positive + (1.0 - target) * ops.softplus(logits), weight), reduction)


def hinge(prediction: Any, target: Any, reduction: str = "mean", margin: float = 1.0) -> Any:
    """max(0, margin − target · prediction), for targets −1 and +1 (Cortes & Vapnik 1995).

    >>> hinge(np.array([2.0, 0.25]), np.array([1, -1]), reduction="none")
    array([0.  , 1.25])
    """
    prediction, target = _pair("hinge", prediction, target)
    signs = _contents(target)
    if signs is not None and not np.all(np.abs(signs) == 1):
        raise ArgumentError(
            "targets -1 and +1 for hinge",
            f"{describe(target)} that also holds others",
            "write 2 * target - 1 for targets 0 and 1",
        )
    return _reduce(ops.relu(margin - target * prediction), reduction)


def multi_class_hinge(
    scores: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    reduction: str = "mean",
) -> Any:
    """Σ over i ≠ target of max(0, margin − scores[target] + scores[i])ᵖ, divided by C.

    scores    (C,) or (N, C); target: class indices of shape () or (N,).
    p         1 or 2.
    weight    (C,): multiplies the loss of each target's class.

    Raises as `cross_entropy` does, and ArgumentError for another p. Crammer & Singer 2001 took the
    largest term; the sum is Weston & Watkins 1999.

    >>> float(multi_class_hinge(np.array([[1.0, 0.5, -3.0]]), np.array([0])).round(4))
    0.1667
    """
    name = "multi_class_hinge"
    if p not in (1, 2):
        raise ArgumentError(
            f"p=1 or p=2 for {name}", f"p={p}", "leave p out for the sum of margins"
        )
    scores = _floating(name, scores)
    if scores.ndim not in (1, 2):
        raise ShapeError(
            f"scores of shape (C,) or (N, C) for {name}", describe(scores), "reshape them"
        )
    target = _class_indices(name, scores, _array(target), scores.ndim - 1, None)[0]
    classes = scores.shape[-1]
    own = _pick(scores, target, scores.ndim - 1)
    excess = ops.relu(margin - np.expand_dims(own, -1) + scores)
    others = np.arange(classes) != np.expand_dims(target, -1)
    excess = np.where(others, excess if p == 1 else np.square(excess), 0.0)
    losses = np.sum(excess, axis=-1) / classes
    weight = _class_weight(weight, scores, scores.ndim - 1)
    return _reduce(losses if weight is None else losses * weight[target], reduction)


def kl_div(
    log_prediction: Any, target: Any, reduction: str = "mean", log_target: bool = False
) -> Any:
    """target · (log target − log_prediction): the Kullback-Leibler divergence, element by element.

    log_prediction    logarithms of probabilities, as `log_softmax` returns.
    target            probabilities, or their logarithms with log_target=True; same shape.
    reduction         also "batchmean", the sum divided by N, which is the definition's;
                      "mean" divides by the number of elements, as PyTorch does.

    Raises ShapeError, and ArgumentError for a target below 0.

    >>> float(kl_div(np.log([0.5, 0.5]), np.array([1.0, 0.0]), reduction="sum").round(4))
    0.6931
    """
    log_prediction, target = _pair("kl_div", log_prediction, target)
    if log_target:
        losses = np.exp(target) * (target - log_prediction)
    else:
        contents = _contents(target)
        if contents is not None and np.any(np.less(contents, 0)):
            raise ArgumentError(
                "target probabilities of at least 0 for kl_div",
                f"{describe(target)} with a lowest of {np.min(contents)}",
                "pass log_target=True if these are logarithms",
            )
        positive = target > 0
        logs = np.log(np.where(positive, target, 1.0))
        losses = target * np.where(positive, logs - log_prediction, 0.0)
    if reduction == "batchmean":
        return losses.sum() / max(losses.shape[0] if losses.ndim else 1, 1)
    return _reduce(losses, reduction, also=("batchmean",))


# PyTorch's names in torch.nn.functional.
mse_loss = mse
l1_loss = l1
huber_loss = huber
nll_loss = nll
binary_cross_entropy = bce
binary_cross_entropy_with_logits = bce_with_logits
multi_margin_loss = multi_class_hinge


# What all of them share


def _reduce(losses: Any, reduction: str, also: tuple[str, ...] = ()) -> Any:
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    if reduction == "none":
        return losses
    raise ArgumentError(
        "reduction " + ", ".join(map(repr, ("mean", "sum", "none", *also))),
        f"reduction={reduction!r}",
        "leave it out for the mean",
    )


def _array(x: Any) -> Any:
    return x if type(x) is Value or isinstance(x, np.ndarray) else np.asarray(x)


def _floating(name: str, x: Any) -> Any:
    x = _array(x)
    if x.dtype.kind != "f":
        raise DTypeError(
            f"floating-point scores for {name}, then the target",
            describe(x),
            "pass the model's output first and the labels second",
        )
    return x


def _like(target: Any, prediction: Any) -> Any:
    """A plain array in the prediction's dtype; a Value as it is."""
    if type(target) is Value or target.dtype == prediction.dtype:
        return target
    if prediction.dtype.kind == "f" and target.dtype.kind in "fiub":
        return target.astype(prediction.dtype)
    return target


def _pair(name: str, prediction: Any, target: Any) -> tuple[Any, Any]:
    """Prediction and target as arrays of one shape and, where that loses nothing, one dtype."""
    prediction = _array(prediction)
    if type(target) is float and prediction.shape == ():
        return prediction, target
    target = _array(target)
    if prediction.shape != target.shape:
        raise ShapeError(
            f"a prediction and a target of one shape for {name}",
            f"prediction {describe(prediction)} and target {describe(target)}",
            _same_shape(prediction.shape, target.shape),
        )
    return prediction, _like(target, prediction)


def _same_shape(prediction: tuple[int, ...], target: tuple[int, ...]) -> str:
    if np.prod(prediction) == np.prod(target):
        return f"reshape one of them: prediction.reshape({target}) or target.reshape({prediction})"
    return "give one target for each prediction"


def _contents(x: Any) -> Any:
    """The data for a check to look at; None while tracing, when there are none yet."""
    if type(x) is not Value:
        return x
    return None if current().replayable else x.data


def _refuse_outside(name: str, what: str, x: Any, low: float, high: float) -> None:
    x = _contents(x)
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


def _log(p: Any) -> Any:
    positive = p > 0
    logs = np.where(positive, np.log(np.where(positive, p, 1.0)), LOWEST_LOG)
    return np.maximum(logs, LOWEST_LOG)


def _weighted(losses: Any, weight: Any) -> Any:
    if weight is None:
        return losses
    weight = _array(weight)
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
    return losses * _like(weight, losses)


# Classes


def _class_axis(name: str, scores: Any) -> int:
    if scores.ndim == 0:
        raise ShapeError(
            f"scores of shape (C,), (N, C) or (N, C, d1, ...) for {name}",
            describe(scores),
            "stack the scores of the classes along axis 1",
        )
    return min(scores.ndim - 1, 1)


def _class_weight(weight: Any, scores: Any, axis: int) -> Any:
    if weight is None:
        return None
    weight = _array(weight)
    if weight.shape != (scores.shape[axis],):
        raise ShapeError(
            f"one weight per class, ({scores.shape[axis]},)",
            describe(weight),
            "give a weight for every class, in the order of the scores",
        )
    return _like(weight, scores)


def _along(weight: Any, axis: int, ndim: int) -> Any:
    return weight.reshape((-1,) + (1,) * (ndim - axis - 1))


def _class_indices(
    name: str, scores: Any, target: Any, axis: int, ignore_index: int | None
) -> tuple[Any, Any]:
    """Checked class indices, and which of them count: None for all."""
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
    indices = _contents(target)
    if indices is None:  # tracing: the mask belongs to the program, the check cannot
        kept = None if ignore_index is None else target != ignore_index
        return (target if kept is None else np.where(kept, target, 0)), kept
    if indices.size == 0:
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


def _likelihood(
    name: str,
    logs: Any,
    target: Any,
    axis: int,
    weight: Any,
    ignore_index: int,
    reduction: str,
    smoothing: float,
) -> Any:
    indices, kept = _class_indices(name, logs, target, axis, ignore_index)
    scores = _pick(logs, indices, axis)
    counts = None
    if weight is not None:
        counts = weight[indices]
        scores = scores * counts
    if smoothing:
        every = logs if weight is None else logs * _along(weight, axis, logs.ndim)
        scores = (1.0 - smoothing) * scores + smoothing * np.mean(every, axis=axis)
    if kept is not None:
        scores = np.where(kept, scores, 0.0)
        counts = kept.astype(logs.dtype) if counts is None else np.where(kept, counts, 0.0)
        if reduction == "mean" and type(kept) is not Value and not kept.any():
            raise ArgumentError(
                f"at least one target that counts, for the mean of {name}",
                f"{describe(target)} of {ignore_index}, the ignore_index, only",
                "leave such a batch out, or pass reduction='sum'",
            )
    if reduction == "mean" and counts is not None:
        return -scores.sum() / counts.sum()
    return -_reduce(scores, reduction)


def _pick(scores: Any, indices: Any, axis: int) -> Any:
    """The score of each index; `axis` is 0 or 1, and is gone from the result."""
    if axis == 0:
        return scores[indices]
    first, *others = np.indices(indices.shape, sparse=True)
    return scores[(first, indices, *others)]

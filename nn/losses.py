"""Losses: plain functions of Values or arrays, made of recorded operations.

Meaning and defaults are those of `torch.nn.functional`. Every loss ends with `reduction`: "mean",
"sum", or "none" for one loss per element. A target never broadcasts against a prediction: (n,)
beside (n, 1) raises ShapeError rather than making an (n, n) table. A target given as a plain array
is read in the dtype of the prediction, so float64 data do not make a float32 model slow. Contents
out of range (class indices, probabilities, signs) raise ArgumentError; what are no numbers,
DTypeError.
"""

from typing import Any

import numpy as np

from autograd import ops
from autograd.errors import ArgumentError, DTypeError, ShapeError, describe
from autograd.ops.index import take
from autograd.ops.logits import softmax_cross_entropy
from nn.arguments import checked_number
from nn.loss_parts import (
    along,
    as_array,
    class_axis,
    class_indices,
    class_weight,
    contents,
    counted,
    floating,
    floored_log,
    like,
    paired,
    picked,
    reduce,
    refuse_outside,
    weighted,
)


def mse(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """(prediction − target)², for arrays of equal shape.

    >>> float(mse(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    prediction, target = paired("mse", prediction, target)
    return reduce(np.square(prediction - target), reduction)


def l1(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """|prediction − target|, for arrays of equal shape; the derivative at 0 is 0.

    >>> float(l1(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    1.0
    """
    prediction, target = paired("l1", prediction, target)
    return reduce(np.abs(prediction - target), reduction)


def huber(prediction: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """½ d² where |d| ≤ delta, else delta · (|d| − ½ delta); d = prediction − target (Huber 1964).

    Raises ArgumentError unless delta > 0.

    >>> huber(np.array([0.5, 3.0]), np.zeros(2), reduction="none")
    array([0.125, 2.5  ])
    """
    if not checked_number("delta", delta) > 0.0:
        raise ArgumentError("delta > 0 for huber", f"delta={delta}", "pass a positive number")
    prediction, target = paired("huber", prediction, target)
    difference = prediction - target
    # Both branches in one: within delta this is d · (d − ½ d), beyond it ±delta · (d ∓ ½ delta).
    bounded = np.clip(difference, -delta, delta)
    return reduce(bounded * (difference - 0.5 * bounded), reduction)


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
    if not 0.0 <= checked_number("label_smoothing", label_smoothing) <= 1.0:
        raise ArgumentError(
            "0 <= label_smoothing <= 1",
            f"label_smoothing={label_smoothing}",
            "pass the part of the target to spread over all classes, such as 0.1",
        )
    logits = floating("cross_entropy", logits)
    axis = class_axis("cross_entropy", logits)
    target = as_array(target)
    weight = class_weight(weight, logits, axis)
    if target.dtype.kind != "f" or target.shape != logits.shape:
        indices, kept = class_indices("cross_entropy", logits, target, axis, ignore_index)
        counts = None if weight is None else take(weight, indices)
        if axis == 1 == indices.ndim and not label_smoothing:
            losses = weighted(softmax_cross_entropy(logits, indices), counts)
        else:
            logs = ops.log_softmax(logits, axis=axis)
            losses = weighted(-picked(logs, indices, axis), counts)
            if label_smoothing:
                every = logs if weight is None else logs * along(weight, axis, logs.ndim)
                losses = (1.0 - label_smoothing) * losses
                losses = losses - label_smoothing * np.mean(every, axis=axis)
        return counted("cross_entropy", losses, kept, counts, reduction)
    logs = ops.log_softmax(logits, axis=axis)
    refuse_outside("cross_entropy", "target probabilities", target, 0.0, 1.0)
    target = like(target, logits)
    if label_smoothing:
        target = (1.0 - label_smoothing) * target + label_smoothing / logits.shape[axis]
    if weight is not None:
        target = target * along(weight, axis, logits.ndim)
    return reduce(-np.sum(target * logs, axis=axis), reduction)


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
    logs = floating("nll", log_probabilities)
    axis = class_axis("nll", logs)
    weight = class_weight(weight, logs, axis)
    indices, kept = class_indices("nll", logs, as_array(target), axis, ignore_index)
    counts = None if weight is None else take(weight, indices)
    losses = weighted(-picked(logs, indices, axis), counts)
    return counted("nll", losses, kept, counts, reduction)


def bce(probability: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """−target · log p − (1 − target) · log(1 − p).

    Logarithms below −100 count as −100, without gradient, as the probability may have rounded to 0.
    `probability` and `target` have equal shapes and lie in [0, 1]; `weight` multiplies the losses
    and may broadcast. Where the probabilities are sigmoids, `bce_with_logits` is exact, and this
    is not.

    >>> bce(np.array([0.5, 1.0]), np.array([1.0, 0.0]), reduction="none").round(4)
    array([  0.6931, 100.    ])
    """
    probability, target = paired("bce", probability, target)
    refuse_outside("bce", "probabilities", probability, 0.0, 1.0)
    refuse_outside("bce", "targets", target, 0.0, 1.0)
    losses = -(target * floored_log(probability) + (1.0 - target) * floored_log(1.0 - probability))
    return reduce(weighted(losses, weight), reduction)


def bce_with_logits(
    logits: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """`bce(sigmoid(logits), target)`, as target · softplus(−x) + (1 − target) · softplus(x).

    `target` has the shape of the logits and lies in [0, 1]. `weight` multiplies the losses,
    `pos_weight` those of the positive targets alone; both may broadcast.

    >>> bce_with_logits(np.array([500.0, 0.0]), np.array([0.0, 1.0]), reduction="none").round(1)
    array([500. ,   0.7])
    """
    logits, target = paired("bce_with_logits", logits, target)
    refuse_outside("bce_with_logits", "targets", target, 0.0, 1.0)
    positive = weighted(target * ops.softplus(-logits), pos_weight)
    return reduce(weighted(positive + (1.0 - target) * ops.softplus(logits), weight), reduction)


def hinge(prediction: Any, target: Any, reduction: str = "mean", margin: float = 1.0) -> Any:
    """max(0, margin − target · prediction), for targets −1 and +1 (Cortes & Vapnik 1995).

    >>> hinge(np.array([2.0, 0.25]), np.array([1, -1]), reduction="none")
    array([0.  , 1.25])
    """
    prediction, target = paired("hinge", prediction, target)
    signs = contents(target)
    if signs is not None and not np.all(np.abs(signs) == 1):
        raise ArgumentError(
            "targets -1 and +1 for hinge",
            f"{describe(target)} that also holds others",
            "write 2 * target - 1 for targets 0 and 1",
        )
    margin = checked_number("margin", margin)
    return reduce(ops.relu(margin - target * prediction), reduction)


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
    if checked_number("p", p) not in (1, 2):
        raise ArgumentError(
            f"p=1 or p=2 for {name}", f"p={p}", "leave p out for the sum of margins"
        )
    scores = floating(name, scores)
    if scores.ndim not in (1, 2):
        raise ShapeError(
            f"scores of shape (C,) or (N, C) for {name}", describe(scores), "reshape them"
        )
    target = class_indices(name, scores, as_array(target), scores.ndim - 1, None)[0]
    classes = scores.shape[-1]
    own = picked(scores, target, scores.ndim - 1)
    excess = ops.relu(checked_number("margin", margin) - np.expand_dims(own, -1) + scores)
    others = np.arange(classes) != np.expand_dims(target, -1)
    excess = np.where(others, excess if p == 1 else np.square(excess), 0.0)
    losses = np.sum(excess, axis=-1) / classes
    weight = class_weight(weight, scores, scores.ndim - 1)
    return reduce(losses if weight is None else losses * take(weight, target), reduction)


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
    if not isinstance(log_target, bool | np.bool_ | int):
        raise DTypeError(
            "log_target=True or False for kl_div", describe(log_target), "leave it out for False"
        )
    log_prediction, target = paired("kl_div", log_prediction, target)
    if log_target:
        losses = np.exp(target) * (target - log_prediction)
    else:
        numbers = contents(target)
        if numbers is not None and np.any(np.less(numbers, 0)):
            raise ArgumentError(
                "target probabilities of at least 0 for kl_div",
                f"{describe(target)} with a lowest of {np.min(numbers)}",
                "pass log_target=True if these are logarithms",
            )
        positive = target > 0
        logs = np.log(np.where(positive, target, 1.0))
        losses = target * np.where(positive, logs - log_prediction, 0.0)
    return reduce(losses, reduction, also=("batchmean",))


# PyTorch's names in torch.nn.functional.
mse_loss = mse
l1_loss = l1
huber_loss = huber
nll_loss = nll
binary_cross_entropy = bce
binary_cross_entropy_with_logits = bce_with_logits
multi_margin_loss = multi_class_hinge

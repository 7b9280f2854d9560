"""Losses: formulas, gradients, stability, reductions, shapes, errors, and PyTorch's."""

from contextlib import nullcontext as nothing
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, errors
from nn import losses

N, C = 6, 4
RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(N, C), scale=2.0)
IMAGES = RNG.normal(size=(2, C, 3, 2))
LABELS = np.array([0, 3, 1, 1, 2, 0])
PIXELS = RNG.integers(0, C, size=(2, 3, 2))
IGNORING = np.array([0, -100, 1, 1, -100, 0])
WEIGHT = np.array([0.5, 2.0, 1.0, 0.25])
REAL = RNG.normal(size=(N, C), scale=2.0)
PROBABILITY = RNG.uniform(0.05, 0.95, size=(N, C))
DISTRIBUTION = RNG.dirichlet(np.ones(C), size=N)
SIGNS = RNG.choice([-1.0, 1.0], size=(N, C))
BITS = RNG.integers(0, 2, size=(N, C)).astype(float)
POSITIVE = RNG.uniform(0.5, 3.0, size=C)

# name: (ours, torch's name or None, prediction, target, options)
CASES = {
    "mse": (losses.mse, "mse_loss", REAL, SCORES, {}),
    "l1": (losses.l1, "l1_loss", REAL, SCORES, {}),
    "huber": (losses.huber, "huber_loss", REAL, SCORES, {}),
    "huber(delta)": (losses.huber, "huber_loss", REAL, SCORES, {"delta": 2.5}),
    "cross_entropy": (losses.cross_entropy, "cross_entropy", SCORES, LABELS, {}),
    "cross_entropy of one row": (losses.cross_entropy, "cross_entropy", SCORES[0], np.array(2), {}),
    "cross_entropy of images": (losses.cross_entropy, "cross_entropy", IMAGES, PIXELS, {}),
    "weighted cross_entropy": (
        losses.cross_entropy,
        "cross_entropy",
        SCORES,
        LABELS,
        {"weight": WEIGHT},
    ),
    "smoothed cross_entropy": (
        losses.cross_entropy,
        "cross_entropy",
        SCORES,
        LABELS,
        {"label_smoothing": 0.3},
    ),
    "cross_entropy with all options": (
        losses.cross_entropy,
        "cross_entropy",
        SCORES,
        IGNORING,
        {"weight": WEIGHT, "label_smoothing": 0.2},
    ),
    "cross_entropy ignoring": (losses.cross_entropy, "cross_entropy", SCORES, IGNORING, {}),
    "cross_entropy ignoring a class": (
        losses.cross_entropy,
        "cross_entropy",
        SCORES,
        LABELS,
        {"ignore_index": 1},
    ),
    "cross_entropy of weighted images": (
        losses.cross_entropy,
        "cross_entropy",
        IMAGES,
        np.where(PIXELS == 2, -100, PIXELS),
        {"weight": WEIGHT, "label_smoothing": 0.1},
    ),
    "cross_entropy of probabilities": (
        losses.cross_entropy,
        "cross_entropy",
        SCORES,
        DISTRIBUTION,
        {},
    ),
    "cross_entropy of weighted probabilities": (
        losses.cross_entropy,
        "cross_entropy",
        SCORES,
        DISTRIBUTION,
        {"weight": WEIGHT, "label_smoothing": 0.2},
    ),
    "nll": (losses.nll, "nll_loss", np.log(DISTRIBUTION), LABELS, {}),
    "weighted nll": (losses.nll, "nll_loss", np.log(DISTRIBUTION), IGNORING, {"weight": WEIGHT}),
    "bce": (losses.bce, "binary_cross_entropy", PROBABILITY, BITS, {}),
    "weighted bce": (
        losses.bce,
        "binary_cross_entropy",
        PROBABILITY,
        PROBABILITY[::-1].copy(),
        {"weight": POSITIVE},
    ),
    "bce_with_logits": (losses.bce_with_logits, "binary_cross_entropy_with_logits", REAL, BITS, {}),
    "weighted bce_with_logits": (
        losses.bce_with_logits,
        "binary_cross_entropy_with_logits",
        REAL,
        PROBABILITY,
        {"weight": POSITIVE[::-1].copy(), "pos_weight": POSITIVE},
    ),
    "hinge": (losses.hinge, None, REAL, SIGNS, {}),
    "hinge(margin)": (losses.hinge, None, REAL, SIGNS, {"margin": 2.0}),
    "multi_class_hinge": (losses.multi_class_hinge, "multi_margin_loss", SCORES, LABELS, {}),
    "multi_class_hinge of one row": (
        losses.multi_class_hinge,
        "multi_margin_loss",
        SCORES[0],
        np.array(2),
        {},
    ),
    "multi_class_hinge with all options": (
        losses.multi_class_hinge,
        "multi_margin_loss",
        SCORES,
        LABELS,
        {"p": 2, "margin": 0.5, "weight": WEIGHT},
    ),
    "kl_div": (losses.kl_div, "kl_div", np.log(DISTRIBUTION), DISTRIBUTION[::-1].copy(), {}),
    "kl_div of zeros": (losses.kl_div, "kl_div", np.log(DISTRIBUTION), np.eye(N, C), {}),
    "kl_div(log_target)": (
        losses.kl_div,
        "kl_div",
        np.log(DISTRIBUTION),
        np.log(DISTRIBUTION[::-1]),
        {"log_target": True},
    ),
}

every_case = pytest.mark.parametrize("name", CASES)
every_reduction = pytest.mark.parametrize("reduction", ["mean", "sum", "none"])


def numeric_gradient(f, x, h=1e-6):
    slopes = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        slopes[index] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes


@every_case
@every_reduction
def test_gradient_agrees_with_finite_differences(name, reduction):
    loss, _, prediction, target, options = CASES[name]
    loss = partial(loss, reduction=reduction, **options)
    weights = np.random.default_rng(1).normal(size=loss(prediction, target).shape)
    value = Value(prediction)
    (loss(value, target) * weights).sum().backward()
    numeric = numeric_gradient(lambda x: (loss(x, target) * weights).sum(), prediction)
    np.testing.assert_allclose(value.grad, numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "name", ["mse", "l1", "huber", "bce", "bce_with_logits", "hinge", "kl_div"]
)
def test_gradient_reaches_a_target_that_is_a_value(name):
    loss, _, prediction, target, options = CASES[name]
    if name == "bce":
        target = PROBABILITY[::-1].copy()
    elif name == "bce_with_logits":
        target = PROBABILITY
    loss = partial(loss, reduction="sum", **options)
    value = Value(target)
    loss(prediction, value).backward()
    if name == "hinge":  # a step away from ±1 is refused, so by its formula
        expected = np.where(1.0 - target * prediction > 0.0, -prediction, 0.0)
    else:
        expected = numeric_gradient(lambda y: loss(prediction, y), target)
    np.testing.assert_allclose(value.grad, expected, rtol=1e-6, atol=1e-7)


@every_case
@every_reduction
def test_reductions_dtypes_and_plain_arrays(name, reduction):
    loss, _, prediction, target, options = CASES[name]
    single = prediction.astype(np.float32)
    value = Value(single)
    # The target stays float64, or integers: the result is the prediction's float32 all the same.
    result = loss(value, target, reduction=reduction, **options)
    plain = loss(single, target, reduction=reduction, **options)
    assert result.dtype == plain.dtype == np.float32
    assert type(result) is Value and type(plain) is not Value
    np.testing.assert_array_equal(result.data, plain)
    result.sum().backward()
    assert value.grad.dtype == np.float32 and value.grad.shape == single.shape
    # As precise as float32 lets it: both predictions are rounded alike.
    double = loss(single.astype(np.float64), target, reduction=reduction, **options)
    np.testing.assert_allclose(plain, double, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize(
    "name", ["mse", "l1", "huber", "bce", "bce_with_logits", "hinge", "kl_div"]
)
@given(
    shape=st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple),
    data=st.data(),
)
def test_shapes_never_broadcast(name, shape, data):
    loss = CASES[name][0]
    other = data.draw(
        st.sampled_from([(*shape, 1), (1, *shape), shape[1:], (*shape[:-1], shape[-1] + 1), ()])
    )
    with pytest.raises(errors.ShapeError) as caught:
        loss(Value(np.full(shape, 0.5)), np.ones(other))
    assert str(shape) in caught.value.received and str(other) in caught.value.received
    with pytest.raises(errors.ShapeError):
        loss(Value(np.full(shape, 0.5)), Value(np.ones(other)))
    assert loss(Value(np.full(shape, 0.5)), np.ones(shape)).shape == ()


def test_a_column_beside_a_row_says_how_to_reshape():
    with pytest.raises(errors.ShapeError) as caught:
        losses.mse(Value(np.ones((5, 1))), np.ones(5))
    assert "target.reshape((5, 1))" in caught.value.remedy


# What cross_entropy means


def test_cross_entropy_by_its_definition():
    probabilities = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)
    by_hand = -np.log(probabilities[np.arange(N), LABELS])
    none = losses.cross_entropy(SCORES, LABELS, reduction="none")
    np.testing.assert_allclose(none, by_hand, rtol=1e-12)
    rows = np.eye(C)[LABELS]
    np.testing.assert_allclose(losses.cross_entropy(SCORES, rows), by_hand.mean(), rtol=1e-12)
    weighted = (by_hand * WEIGHT[LABELS]).sum() / WEIGHT[LABELS].sum()
    np.testing.assert_allclose(losses.cross_entropy(SCORES, LABELS, WEIGHT), weighted, rtol=1e-12)
    smoothed = losses.cross_entropy(SCORES, 0.7 * rows + 0.3 / C)
    np.testing.assert_allclose(
        losses.cross_entropy(SCORES, LABELS, label_smoothing=0.3), smoothed, rtol=1e-12
    )
    # With both, every term has its class's weight, and the mean is over the weights of the targets.
    terms = -(0.7 * rows + 0.3 / C) * WEIGHT * np.log(probabilities)
    both = losses.cross_entropy(SCORES, LABELS, WEIGHT, label_smoothing=0.3)
    np.testing.assert_allclose(both, terms.sum() / WEIGHT[LABELS].sum(), rtol=1e-12)


@pytest.mark.parametrize("dtype", "bBhHiIqQ")
@pytest.mark.parametrize("classes", [2, 10, 100])
def test_labels_of_any_integers_for_more_rows_than_these_can_count(classes: int, dtype: str):
    rng = np.random.default_rng(classes)
    labels = rng.integers(classes, size=400)
    logits = Value(np.asfortranarray(rng.normal(size=(400, classes))))
    loss = losses.cross_entropy(logits, labels.astype(dtype))
    loss.backward()
    probabilities = np.exp(logits.data) / np.exp(logits.data).sum(axis=1, keepdims=True)
    by_hand = -np.log(probabilities[np.arange(400), labels]).mean()
    assert loss.item() == pytest.approx(by_hand, rel=1e-12)
    expected = (probabilities - np.eye(classes)[labels]) / 400
    np.testing.assert_allclose(logits.grad, expected, rtol=1e-10, atol=1e-16)


@given(st.sampled_from([0.0, 1e4, -1e4, 1e30]), st.sampled_from([np.float32, np.float64]))
def test_cross_entropy_does_not_depend_on_a_shift(shift, dtype):
    logits = Value(np.full((3, C), shift, dtype))
    loss = losses.cross_entropy(logits, LABELS[:3])
    loss.backward()
    assert loss.item() == pytest.approx(np.log(C), rel=1e-6)
    expected = (1 / C - np.eye(C)[LABELS[:3]]) / 3
    np.testing.assert_allclose(logits.grad, expected, rtol=1e-6)


def test_a_confident_prediction_keeps_its_small_loss():
    # log(1 + exp(-40)), which 1 - probability would have rounded away.
    assert losses.cross_entropy(np.array([[40.0, 0.0]]), np.array([0])) == pytest.approx(
        np.exp(-40.0)
    )
    for logit, bit in ((40.0, 1.0), (-40.0, 0.0)):
        loss = losses.bce_with_logits(np.array([logit]), np.array([bit]))
        assert loss == pytest.approx(np.exp(-40.0), rel=1e-12)


def test_ignored_targets_have_no_gradient():
    logits = Value(SCORES)
    losses.cross_entropy(logits, IGNORING).backward()
    ignored = IGNORING == -100
    assert np.all(logits.grad[ignored] == 0.0) and np.all(logits.grad[~ignored] != 0.0)
    rest = losses.cross_entropy(SCORES[~ignored], IGNORING[~ignored])
    np.testing.assert_allclose(losses.cross_entropy(SCORES, IGNORING), rest, rtol=1e-12)


# Large inputs: warnings are errors, so nothing on the way may overflow


@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 1e15), (np.float64, 1e150)])
def test_large_predictions(dtype, size):
    x = np.array([[size, -size], [-size, size]], dtype)
    bits = np.array([[0.0, 0.0], [1.0, 1.0]], dtype)
    labels = np.array([1, 1])
    expected = {
        losses.l1: (bits, size),
        partial(losses.huber, delta=2.0): (bits, 2.0 * size),
        losses.cross_entropy: (labels, size),
        losses.bce_with_logits: (bits, size / 2),
        losses.hinge: (2 * bits - 1, size / 2),
        losses.multi_class_hinge: (labels, size / 2),
    }
    for loss, (target, number) in expected.items():
        value = Value(x)
        result = loss(value, target)
        result.backward()
        assert result.item() == pytest.approx(number, rel=1e-6)
        assert np.all(np.isfinite(value.grad))


def test_bce_of_probabilities_that_rounded_to_0_and_1():
    p = Value(np.array([0.0, 1.0, 0.0, 1.0], np.float32))
    loss = losses.bce(p, np.array([0.0, 1.0, 1.0, 0.0]), reduction="none")
    np.testing.assert_array_equal(loss.data, [0.0, 0.0, 100.0, 100.0])
    loss.sum().backward()
    assert np.all(np.isfinite(p.grad))


def test_corners_have_the_stated_derivatives():
    def slope(loss, x, target=0.0):
        value = Value(np.array([x]))
        loss(value, np.array([target])).backward()
        return value.grad[0]

    assert slope(losses.l1, 0.0) == 0.0
    assert slope(losses.huber, 1.0) == 1.0
    assert slope(losses.huber, -1.0) == -1.0
    assert slope(losses.hinge, 1.0, 1.0) == 0.0


def test_python_floats():
    x = Value(3.0)
    loss = losses.mse(x, 1.0)
    loss.backward()
    assert (loss.item(), x.grad) == (4.0, 4.0)


def test_torch_names_are_the_same_functions():
    for theirs, ours in {
        "mse_loss": "mse",
        "l1_loss": "l1",
        "huber_loss": "huber",
        "nll_loss": "nll",
        "binary_cross_entropy": "bce",
        "binary_cross_entropy_with_logits": "bce_with_logits",
        "multi_margin_loss": "multi_class_hinge",
    }.items():
        assert getattr(losses, theirs) is getattr(losses, ours)


# Bad input

LOGITS = Value(SCORES)


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda: losses.mse(LOGITS, SCORES, reduction="average"), errors.ArgumentError),
        (lambda: losses.cross_entropy(LOGITS, LABELS, reduction="batchmean"), errors.ArgumentError),
        (lambda: losses.kl_div(LOGITS, DISTRIBUTION, reduction="all"), errors.ArgumentError),
        (lambda: losses.cross_entropy(LOGITS, LABELS.astype(float)), errors.DTypeError),
        (lambda: losses.cross_entropy(LOGITS, LABELS == 1), errors.DTypeError),
        (lambda: losses.cross_entropy(LOGITS, np.eye(C, dtype=int)[LABELS]), errors.ShapeError),
        (lambda: losses.cross_entropy(LOGITS, LABELS[:, None]), errors.ShapeError),
        (lambda: losses.cross_entropy(LOGITS, LABELS[:-1]), errors.ShapeError),
        (lambda: losses.cross_entropy(LOGITS, LABELS + 1), errors.ArgumentError),
        (lambda: losses.cross_entropy(LOGITS, LABELS - 1), errors.ArgumentError),
        (lambda: losses.cross_entropy(LOGITS, np.full(N, -100)), errors.ArgumentError),
        (lambda: losses.cross_entropy(LOGITS, DISTRIBUTION * 2.0), errors.ArgumentError),
        (lambda: losses.cross_entropy(LOGITS, LABELS, weight=np.ones(N)), errors.ShapeError),
        (lambda: losses.cross_entropy(LOGITS, LABELS, label_smoothing=1.5), errors.ArgumentError),
        (lambda: losses.cross_entropy(Value(1.0), np.array(0)), errors.ShapeError),
        (lambda: losses.cross_entropy(LABELS, SCORES), errors.DTypeError),
        (lambda: losses.nll(LOGITS, LABELS + 1), errors.ArgumentError),
        (lambda: losses.bce(LOGITS, BITS), errors.ArgumentError),
        (lambda: losses.bce(np.full(2, np.nan), np.ones(2)), errors.ArgumentError),
        (lambda: losses.bce(PROBABILITY, SIGNS), errors.ArgumentError),
        (lambda: losses.bce(PROBABILITY, BITS, weight=np.ones(N)), errors.ShapeError),
        (lambda: losses.bce_with_logits(LOGITS, SIGNS), errors.ArgumentError),
        (
            lambda: losses.bce_with_logits(LOGITS, BITS, pos_weight=np.ones((2, N, C))),
            errors.ShapeError,
        ),
        (lambda: losses.hinge(LOGITS, BITS), errors.ArgumentError),
        (lambda: losses.multi_class_hinge(LOGITS, LABELS, p=3), errors.ArgumentError),
        (lambda: losses.multi_class_hinge(LOGITS, LABELS + 1), errors.ArgumentError),
        (lambda: losses.multi_class_hinge(Value(IMAGES), PIXELS), errors.ShapeError),
        (lambda: losses.huber(LOGITS, SCORES, delta=0.0), errors.ArgumentError),
        (lambda: losses.kl_div(LOGITS, np.log(DISTRIBUTION)), errors.ArgumentError),
        (lambda: losses.mse("a", "b"), errors.DTypeError),
        (lambda: losses.mse(LOGITS, [[1.0, 2.0], [3.0]]), errors.ShapeError),
        (lambda: losses.cross_entropy(LOGITS, LABELS, ["a"] * C), errors.DTypeError),
    ],
)
def test_bad_input(call, kind):
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.expected and caught.value.received and caught.value.remedy


@pytest.mark.parametrize("wrong", ["a", {}, 1j, np.ones(2), ["a"]])
@pytest.mark.parametrize(
    ("loss", "target", "option"),
    [
        (losses.cross_entropy, LABELS, "label_smoothing"),
        (losses.cross_entropy, LABELS, "ignore_index"),
        (losses.nll, LABELS, "ignore_index"),
        (losses.huber, SCORES, "delta"),
        (losses.hinge, SIGNS, "margin"),
        (losses.multi_class_hinge, LABELS, "margin"),
        (losses.multi_class_hinge, LABELS, "p"),
        (losses.kl_div, DISTRIBUTION, "log_target"),
        (losses.mse, SCORES, "reduction"),
        (losses.cross_entropy, LABELS, "reduction"),
    ],
)
def test_options_of_the_wrong_type_are_refused(loss, target, option, wrong):
    with pytest.raises((errors.DTypeError, errors.ArgumentError), match=option):
        loss(LOGITS, target, **{option: wrong})


# PyTorch


@pytest.mark.peers
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("name", "reduction"),
    [
        (name, reduction)
        for name, case in CASES.items()
        for reduction in ("mean", "sum", "none", "batchmean")
        if case[1] and (reduction != "batchmean" or case[1] == "kl_div")
    ],
)
def test_against_torch(name, reduction, dtype):
    torch = pytest.importorskip("torch")
    loss, theirs, prediction, target, options = CASES[name]
    prediction = prediction.astype(dtype)
    if target.dtype.kind == "f":
        target = target.astype(dtype)
    tensors = {
        k: torch.tensor(v.astype(dtype)) if isinstance(v, np.ndarray) else v
        for k, v in options.items()
    }
    tensor = torch.tensor(prediction, requires_grad=True)
    with pytest.warns() if (theirs, reduction) == ("kl_div", "mean") else nothing():
        expected = getattr(torch.nn.functional, theirs)(
            tensor, torch.tensor(target), reduction=reduction, **tensors
        )
    expected.sum().backward()
    value = Value(prediction)
    result = loss(value, target, reduction=reduction, **options)
    result.sum().backward()
    rtol, atol = (2e-5, 2e-6) if dtype == np.float32 else (1e-11, 1e-12)
    np.testing.assert_allclose(result.data, expected.detach().numpy(), rtol=rtol, atol=atol)
    np.testing.assert_allclose(value.grad, tensor.grad.numpy(), rtol=rtol, atol=atol)


@pytest.mark.peers
def test_defaults_against_torch():
    torch = pytest.importorskip("torch")
    for loss, theirs, prediction, target, options in CASES.values():
        if theirs not in (None, "kl_div") and not options:
            expected = getattr(torch.nn.functional, theirs)(
                torch.tensor(prediction), torch.tensor(target)
            )
            assert loss(prediction, target) == pytest.approx(expected.item(), rel=1e-12)


LISTED = [losses.mse, losses.l1, losses.huber, losses.bce, losses.bce_with_logits, losses.hinge]


@pytest.mark.parametrize("loss", LISTED)
def test_lists_of_values_are_stacked(loss):
    numbers, target = [0.25, 0.75], [1.0, 1.0]
    values, whole = [Value(x) for x in numbers], Value(numbers)
    loss(values, target).backward()
    loss(whole, target).backward()
    np.testing.assert_array_equal([value.grad for value in values], whole.grad)

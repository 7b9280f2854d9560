"""`fit` and what goes with it: the loop, validation, metrics, callbacks, History, errors."""

import builtins
import io
import sys
from contextlib import redirect_stderr
from functools import partial
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, errors, is_grad_enabled
from nn import training

X = np.random.default_rng(0).normal(size=(60, 3))
Y = X @ np.array([[1.0], [-2.0], [0.5]]) + 0.3


class Linear(nn.Module):
    """y = x W + b, which remembers the modes it was called in."""

    def __init__(self):
        self.weight = Value(np.zeros((3, 1)))
        self.bias = Value(np.zeros(1))
        self.seen = []

    def forward(self, x):
        self.seen.append((self.training, is_grad_enabled(), len(x)))
        return x @ self.weight + self.bias


class TwoInputs(nn.Module):
    """`Linear` of its inputs side by side."""

    def __init__(self):
        self.linear = Linear()

    def forward(self, a, b):
        return self.linear(np.concatenate([a, b], axis=1))


def fitted(**options):
    model = Linear()
    options = {"epochs": 3, "progress": False, "rng": 0, **options}
    history = nn.fit(model, nn.mse, options.pop("data", (X, Y)), **options)
    return model, history


def test_fit_is_the_loop_anyone_would_write():
    model, history = fitted(batch_size=16, shuffle=False)
    by_hand = Linear()
    optimizer = nn.Adam(by_hand.parameters())
    losses = []
    for _ in range(3):
        for start in range(0, 60, 16):
            x, y = X[start : start + 16], Y[start : start + 16]
            optimizer.zero_grad()
            loss = nn.mse(by_hand(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    np.testing.assert_array_equal(model.weight.data, by_hand.weight.data)
    np.testing.assert_array_equal(history.iteration_losses, losses)
    # The last batch has 12 rows, and counts as 12.
    first = (16 * sum(losses[:3]) + 12 * losses[3]) / 60
    assert history.loss[0] == pytest.approx(first, rel=1e-12)
    assert len(history.loss) == len(history.seconds) == 3
    assert history.val_loss == [] and history.metrics == {}


def test_fit_learns():
    model = Linear()
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.5)
    history = nn.fit(model, nn.mse, (X, Y), optimizer=optimizer, epochs=40, progress=False, rng=0)
    np.testing.assert_allclose(model.weight.data.ravel(), [1.0, -2.0, 0.5], atol=1e-3)
    assert history.loss[-1] < 1e-5 < history.loss[0]


def test_seeds_repeat_and_shuffling_matters():
    weights = [fitted(rng=seed, batch_size=8)[0].weight.data for seed in (0, 0, 1)]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert np.any(weights[0] != weights[2])


@pytest.mark.parametrize("mode", [True, False])
def test_modes(mode):
    model = Linear()
    model.train(mode)
    nn.fit(
        model, nn.mse, (X, Y), epochs=1, batch_size=30, validation=(X[:10], Y[:10]), progress=False
    )
    assert model.seen == [(True, True, 30), (True, True, 30), (False, False, 10)]
    assert model.training is mode
    model.seen.clear()
    nn.predict(model, X)
    nn.evaluate(model, nn.mse, (X, Y), batch_size=40)
    assert model.seen == [(False, False, 60), (False, False, 40), (False, False, 20)]
    assert model.training is mode


def test_a_part_that_was_set_to_eval_stays_so():
    model = nn.Sequential(Linear(), nn.Dropout(0.5))
    model.train()
    list(model.modules())[1].eval()
    before = [module.training for module in model.modules()]
    assert True in before and False in before
    nn.predict(model, X)
    assert [module.training for module in model.modules()] == before


def test_modes_come_back_after_an_error():
    model = Linear()
    model.eval()

    def fail(record):
        raise KeyError("stop here")

    with pytest.raises(KeyError, match="stop here"):
        nn.fit(model, nn.mse, (X, Y), epochs=1, progress=False, callbacks=[fail])
    assert model.training is False and is_grad_enabled()


def test_validation_is_measured_after_each_epoch():
    validation = (X[:20], Y[:20])
    numbers = []
    model, history = fitted(
        validation=validation,
        metrics={"l1": nn.l1},
        callbacks=[
            lambda r: numbers.append(
                nn.evaluate(r.model, nn.mse, validation, metrics={"l1": nn.l1})
            )
        ],
    )
    assert history.val_loss == pytest.approx([n["loss"] for n in numbers], rel=1e-12)
    assert history.metrics["val_l1"] == pytest.approx([n["l1"] for n in numbers], rel=1e-12)
    assert list(history.metrics) == ["l1", "val_l1"]
    assert history.val_loss[-1] == pytest.approx(np.mean((model(X[:20]).data - Y[:20]) ** 2))
    # A validation set in batches is averaged over its rows.
    batches = [(X[:15], Y[:15]), (X[15:20], Y[15:20])]
    assert nn.evaluate(model, nn.mse, batches)["loss"] == pytest.approx(history.val_loss[-1])


def test_a_fraction_is_set_aside():
    model, history = fitted(epochs=2, batch_size=100, validation=0.25)
    assert [rows for _, _, rows in model.seen] == [45, 15, 45, 15]
    assert len(history.val_loss) == 2
    with pytest.raises(errors.ArgumentError):
        fitted(data=[(X, Y)], validation=0.25)


def test_data_as_batches():
    batches = nn.batches(X, Y, batch_size=20, shuffle=False)
    reference = fitted(batch_size=20, shuffle=False)[0].weight.data
    for data in (batches, list(batches), [list(batch) for batch in batches], tuple(batches)):
        np.testing.assert_array_equal(fitted(data=data)[0].weight.data, reference)


def test_several_inputs():
    model = TwoInputs()
    nn.fit(model, nn.mse, (X[:, :2], X[:, 2:], Y), epochs=3, progress=False, shuffle=False)
    reference = fitted(shuffle=False)[0]
    np.testing.assert_array_equal(model.linear.weight.data, reference.weight.data)
    np.testing.assert_array_equal(nn.predict(model, X[:, :2], X[:, 2:]), nn.predict(reference, X))


def test_predict():
    model, _ = fitted()
    whole = nn.predict(model, X)
    assert type(whole) is np.ndarray
    np.testing.assert_allclose(nn.predict(model, X, batch_size=7), whole, rtol=1e-12)
    assert model.weight.grad is not None


# Callbacks


def test_callbacks_see_every_epoch_and_stop():
    records = []

    def watch(record):
        records.append((record.epoch, record.epochs, dict(record.logs), len(record.history.loss)))
        return record.epoch == 2

    also = []
    _, history = fitted(epochs=5, callbacks=[watch, lambda record: also.append(record.epoch)])
    assert [record[:2] for record in records] == [(1, 5), (2, 5)]
    assert also == [1, 2]
    assert [record[2]["loss"] for record in records] == history.loss
    assert [record[3] for record in records] == [1, 2]


def test_only_true_stops():
    _, history = fitted(callbacks=[lambda record: 1, lambda record: record])
    assert len(history.loss) == 3


def test_a_comparison_of_numpys_numbers_stops():
    _, history = fitted(epochs=5, callbacks=[lambda record: np.float64(record.epoch) == 2.0])
    assert len(history.loss) == 2


def epochs_of(stop, series, name="val_loss"):
    model = Linear()
    for epoch, number in enumerate(series, 1):
        model.bias.assign(np.array([float(epoch)]))
        record = training.Epoch(
            epoch, 99, {name: number}, nn.History(), model, nn.SGD([Value(1.0)])
        )
        if stop(record):
            return epoch, model
    return None, model


def test_early_stopping():
    assert epochs_of(nn.EarlyStopping(patience=2), [3.0, 2.0, 2.5, 1.0, 1.5, 1.0, 0.5])[0] == 6
    assert epochs_of(nn.EarlyStopping(patience=3), [3.0, 2.0, 2.5, 1.0, 1.5, 1.0, 0.5])[0] is None
    assert epochs_of(nn.EarlyStopping(patience=2, min_delta=0.3), [3.0, 2.9, 2.8, 2.0])[0] == 3
    higher = nn.EarlyStopping("accuracy", patience=1)
    assert epochs_of(higher, [0.1, 0.5, 0.4], "accuracy")[0] == 3
    assert epochs_of(nn.EarlyStopping("score", patience=1, mode="min"), [0.1, 0.5], "score")[0] == 2
    stopped, model = epochs_of(nn.EarlyStopping(patience=2, restore=True), [3.0, 1.0, 2.0, 2.0])
    assert (stopped, model.bias.data[0]) == (4, 2.0)
    with pytest.raises(errors.ArgumentError) as caught:
        fitted(callbacks=[nn.EarlyStopping()])
    assert "loss" in caught.value.expected
    with pytest.raises(errors.ArgumentError):
        nn.EarlyStopping(mode="lowest")
    lower = nn.EarlyStopping("val_mae", patience=1)
    assert epochs_of(lower, [0.5, 0.1, 0.4], "val_mae")[0] == 3
    with pytest.raises(errors.ArgumentError, match="EarlyStopping\\('gain', mode='max'\\)"):
        nn.EarlyStopping("gain")


def test_the_best_model_is_there_when_the_epochs_run_out():
    model = Linear()
    optimizer = nn.SGD(model.parameters(), lr=1.1)  # grows step by step
    stop = nn.EarlyStopping(patience=9, restore=True)
    options = {"optimizer": optimizer, "validation": (X, Y), "batch_size": 60, "progress": False}
    history = nn.fit(model, nn.mse, (X, Y), epochs=4, callbacks=[stop], rng=0, **options)
    assert len(history.val_loss) == 4 and history.val_loss[-1] > 2.0 * min(history.val_loss)
    assert nn.evaluate(model, nn.mse, (X, Y))["loss"] == pytest.approx(min(history.val_loss))


def test_early_stopping_begins_anew_with_each_run():
    """What it remembers of one model would end the training of the next, and overwrite it."""
    stop = nn.EarlyStopping(patience=2, restore=True)
    first, one = epochs_of(stop, [3.0, 1.0, 2.0, 2.0])
    second, two = epochs_of(stop, [9.0, 9.0, 8.0, 8.5, 8.5])
    assert (first, second) == (4, 5)
    assert (one.bias.data[0], two.bias.data[0]) == (2.0, 3.0)
    assert (stop.best, stop.best_epoch) == (8.0, 3)


@pytest.mark.parametrize(
    "options",
    [
        {"patience": "a"},
        {"patience": None},
        {"patience": -1},
        {"patience": np.nan},
        {"min_delta": "a"},
        {"min_delta": np.nan},
        {"monitor": 3},
        {"monitor": None, "mode": "min"},
    ],
)
def test_options_of_early_stopping(options: Any):
    with pytest.raises(errors.ArgumentError) as caught:
        nn.EarlyStopping(**options)
    assert next(iter(options)) in caught.value.expected and caught.value.remedy


def test_early_stopping_repr():
    assert repr(nn.EarlyStopping()) == (
        "EarlyStopping('val_loss', patience=5, min_delta=0.0, restore=False, mode='min')"
    )
    assert "mode='max'" in repr(nn.EarlyStopping("accuracy"))


def test_an_optimizer_of_another_model_is_refused():
    """It would train nothing of this one: an optimizer kept while the model was made again."""
    old = nn.SGD(Linear().parameters(), lr=0.1)
    with pytest.raises(errors.ArgumentError) as caught:
        fitted(optimizer=old)
    assert "model.parameters()" in caught.value.remedy
    model = Linear()
    part = nn.SGD([model.bias, Value(1.0)], lr=0.1)
    nn.fit(model, nn.mse, (X, Y), optimizer=part, epochs=1, progress=False)
    assert model.bias.data.any() and not model.weight.data.any()
    # What a model closes over is none of its parameters, and a frozen model has none to train.
    w = Value(np.zeros((3, 1)))
    closing = nn.Sequential(lambda x: x @ w)
    nn.fit(closing, nn.mse, (X, Y), optimizer=nn.SGD([w], lr=0.1), epochs=1, progress=False)
    assert w.data.all()


def test_a_schedule_is_a_callback():
    model = Linear()
    optimizer = nn.SGD(model.parameters(), lr=0.5)
    schedule = nn.ExponentialLR(optimizer, gamma=0.5)
    nn.fit(
        model, nn.mse, (X, Y), optimizer=optimizer, epochs=3, progress=False, callbacks=[schedule]
    )
    assert optimizer.param_groups[0]["lr"].item() == 0.5**4


# Metrics


def test_accuracy():
    scores = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [0.0, 1.0, 2.0], [5.0, 1.0, 2.0]])
    assert nn.accuracy(scores, np.array([0, 1, 2, 2])) == 0.75
    assert nn.accuracy(Value(scores), Value(np.array([0, 0, 0, 0]), requires_grad=False)) == 0.5
    assert nn.accuracy(scores, np.eye(3)[[0, 1, 2, 2]]) == 0.75
    logits = np.array([3.0, -1.0, 2.0, -4.0])
    for target in (np.array([1, 0, 0, 0]), np.array([1, -1, -1, -1])):
        assert nn.accuracy(logits, target) == 0.75
        assert nn.accuracy(logits[:, None], target[:, None]) == 0.75
    images = np.stack([scores, scores], axis=2)
    assert nn.accuracy(images, np.array([[0, 0], [1, 0], [2, 2], [2, 2]])) == 5 / 8
    for bad in (np.array([0, 1, 2]), np.array([[0], [1], [2], [2]])):
        with pytest.raises(errors.ShapeError):
            nn.accuracy(scores, bad)
    with pytest.raises(errors.ShapeError):
        nn.accuracy(logits[:, None], np.array([1, 0, 0, 0, 0]))


# Errors


def test_a_loss_that_is_not_finite_names_epoch_and_iteration():
    x = X.copy()
    x[45] = np.nan
    with pytest.raises(nn.NonFiniteLossError) as caught:
        fitted(data=(x, Y), batch_size=20, shuffle=False)
    assert "epoch 1, iteration 3" in caught.value.received
    assert isinstance(caught.value, FloatingPointError) and isinstance(
        caught.value, errors.AutogradError
    )


def test_a_loss_that_is_not_finite_leaves_the_model_before_it():
    x = X.copy()
    x[45] = np.nan
    model = Linear()
    options: dict[str, Any] = {"epochs": 1, "batch_size": 20, "shuffle": False, "progress": False}
    with pytest.raises(nn.NonFiniteLossError):
        nn.fit(model, nn.mse, (x, Y), **options)
    before = Linear()
    nn.fit(before, nn.mse, (x[:40], Y[:40]), **options)
    assert np.array_equal(model.weight.numpy(), before.weight.numpy())
    with pytest.raises(nn.NonFiniteLossError):  # compiled with the step, which has been taken
        nn.fit(before, nn.mse, (x, Y), **options, jit=True)


def test_a_diverging_run_is_stopped():
    model = Linear()
    optimizer = nn.SGD(model.parameters(), lr=1e3)
    with np.errstate(all="ignore"), pytest.raises(nn.NonFiniteLossError):
        nn.fit(model, nn.mse, (X, Y), optimizer=optimizer, epochs=200, progress=False)


@pytest.mark.parametrize(
    ("options", "loss", "kind"),
    [
        ({"data": X}, nn.mse, errors.ArgumentError),
        ({"data": 3.0}, nn.mse, errors.ArgumentError),
        ({"data": {"x": X, "y": Y}}, nn.mse, errors.ArgumentError),
        ({"data": (X, Y[:5])}, nn.mse, errors.ShapeError),
        ({"data": [X, Y]}, nn.mse, errors.ArgumentError),
        ({"data": []}, nn.mse, errors.ArgumentError),
        ({"data": (X[:0], Y[:0])}, nn.mse, errors.ArgumentError),
        ({"data": (batch for batch in [(X, Y)])}, nn.mse, errors.ArgumentError),
        ({"data": (X,)}, nn.mse, errors.ArgumentError),
        ({"batch_size": 0}, nn.mse, errors.ArgumentError),
        ({"data": (X, Y[:, 0])}, nn.mse, errors.ShapeError),
        ({}, lambda p, t: nn.mse(p, t, reduction="none"), errors.ShapeError),
        ({}, lambda p, t: 1.0, errors.ShapeError),
        ({}, "mse", errors.DTypeError),
        ({"optimizer": nn.Adam}, nn.mse, errors.DTypeError),
        ({"optimizer": "adam"}, nn.mse, errors.DTypeError),
        ({"callbacks": print}, nn.mse, errors.DTypeError),
        ({"callbacks": [3]}, nn.mse, errors.DTypeError),
        ({"epochs": 2.5}, nn.mse, errors.DTypeError),
        ({"epochs": -1}, nn.mse, errors.ArgumentError),
        ({"validation": np.nan}, nn.mse, errors.ArgumentError),
        ({"validation": 0.0}, nn.mse, errors.ArgumentError),
        ({"callbacks": [nn.EarlyStopping]}, nn.mse, errors.DTypeError),
        ({"metrics": {"shape": lambda p, t: np.ones(2)}}, nn.mse, errors.ShapeError),
        ({"metrics": {"nothing": lambda p, t: None}}, nn.mse, errors.DTypeError),
        ({"metrics": {"word": lambda p, t: "good"}}, nn.mse, errors.DTypeError),
        ({"metrics": {"complex": lambda p, t: 1j}}, nn.mse, errors.DTypeError),
        ({"data": [(X[0], 2.0)]}, lambda p, t: np.sum(p - t), errors.ShapeError),
        ({"data": [(X[0], Value(2.0))]}, lambda p, t: np.sum(p - t), errors.ShapeError),
        ({"data": [(X[0], np.array(2.0))]}, lambda p, t: np.sum(p - t), errors.ShapeError),
        ({}, lambda p, t: np.sum(p - t) * 1j, errors.DTypeError),
    ],
)
def test_bad_input(options, loss, kind):
    with pytest.raises(kind) as caught:
        nn.fit(
            Linear(), loss, options.pop("data", (X, Y)), progress=False, **{"epochs": 2, **options}
        )
    assert caught.value.expected and caught.value.received and caught.value.remedy


def test_evaluate_needs_a_loss_that_can_be_called():
    loss: Any = "mse"
    with pytest.raises(errors.DTypeError, match="a function as loss"):
        nn.evaluate(Linear(), loss, (X, Y))


@pytest.mark.parametrize("validation", [10, True, X, {"x": X}])
def test_validation_is_looked_at_before_training(validation):
    model = Linear()
    with pytest.raises(errors.ArgumentError, match=r"validation=\(x, y\), or an iterable"):
        nn.fit(model, nn.mse, (X, Y), validation=validation, progress=False)
    assert not model.seen


def test_a_list_of_arrays_is_told_to_be_a_tuple():
    data: Any = [X, Y]
    with pytest.raises(errors.ArgumentError, match="whole arrays come as a tuple, not as a list"):
        nn.fit(Linear(), nn.mse, data, progress=False)


def test_a_function_is_no_module():
    for call in (
        lambda f: nn.fit(f, nn.mse, (X, Y), progress=False),
        lambda f: nn.evaluate(f, nn.mse, (X, Y)),
        lambda f: nn.predict(f, X),
    ):
        with pytest.raises(errors.DTypeError, match=r"nn\.Sequential\(f\)"):
            call(np.tanh)


# What is shown


def test_the_bar_shows_epoch_and_losses():
    text = io.StringIO()
    with redirect_stderr(text):
        fitted(progress=True, validation=0.2, metrics={"l1": nn.l1})
    last = text.getvalue().split("\r")[-1]
    assert "epoch 3/3" in last and "6/6" in last
    assert "loss=" in last and "val_l1=" in last
    with redirect_stderr(silent := io.StringIO()):
        fitted()
    assert silent.getvalue() == ""


def test_history_repr():
    history = nn.History(
        loss=[2.0, 0.5, 1.0], metrics={"accuracy": [0.1, 0.9, 0.8]}, seconds=[1.0, 1.0, 0.5]
    )
    text = repr(history)
    assert "3 epochs, 2.5 s" in text
    assert "loss: 2 to 1, best 0.5 in epoch 2" in text
    assert "accuracy: 0.1 to 0.8, best 0.9 in epoch 2" in text
    assert repr(nn.History()).startswith("History(0 epochs")


def test_history_says_best_only_where_the_name_says_what_is_better():
    curve = [3.0, 1.0, 2.0]
    lines = repr(
        nn.History(loss=curve, metrics={"val_mae": curve, "top_5_accuracy": curve, "gain": curve})
    ).split("\n")[1:]
    assert [line.split(", ", 1)[1].rstrip(")") for line in lines] == [
        "best 1 in epoch 2",
        "best 1 in epoch 2",
        "best 3 in epoch 1",
        "lowest 1 in epoch 2, highest 3 in epoch 1",
    ]


def test_metrics_by_name_in_a_list_or_alone():
    def bias(prediction, target):
        return np.mean(prediction - target)

    half = partial(nn.huber, delta=0.5)
    given = {"by name": {"bias": bias, "huber": half}, "list": [bias, half], "tuple": (bias, half)}
    for metrics in given.values():
        _, history = fitted(metrics=metrics, validation=0.2)
        assert list(history.metrics) == ["bias", "huber", "val_bias", "val_huber"]
    _, history = fitted(metrics=bias)
    assert list(history.metrics) == ["bias"]
    assert list(nn.evaluate(Linear(), nn.mse, (X, Y), metrics=[bias])) == ["loss", "bias"]


@pytest.mark.parametrize(
    ("metrics", "kind"),
    [
        ([nn.l1, nn.l1], errors.ArgumentError),
        ({"loss": nn.l1}, errors.ArgumentError),
        ({"val_l1": nn.l1}, errors.ArgumentError),
        (["accuracy"], errors.DTypeError),
        ("accuracy", errors.DTypeError),
        ({"l1": 3.0}, errors.DTypeError),
        (3.0, errors.DTypeError),
    ],
)
def test_bad_metrics(metrics, kind):
    with pytest.raises(kind) as caught:
        fitted(metrics=metrics)
    assert caught.value.expected and caught.value.received and caught.value.remedy


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_plot(tmp_path, suffix):
    pytest.importorskip("matplotlib")
    _, history = fitted(validation=0.2, metrics={"l1": nn.l1})
    path = tmp_path / f"curve.{suffix}"
    figure = history.plot(path)
    start = path.read_bytes()[:5]
    assert start == {"png": b"\x89PNG\r", "svg": b"<?xml", "pdf": b"%PDF-"}[suffix]
    left, right = figure.axes
    lines = {line.get_label(): line.get_ydata() for line in [*left.lines, *right.lines]}
    np.testing.assert_array_equal(lines["loss"], history.loss)
    np.testing.assert_array_equal(lines["val_loss"], history.val_loss)
    np.testing.assert_array_equal(lines["val_l1"], history.metrics["val_l1"])


def test_plot_without_metrics_or_epochs():
    pytest.importorskip("matplotlib")
    assert len(nn.History(loss=[1.0, 0.5]).plot().axes) == 1
    assert len(nn.History().plot().axes) == 1


def test_plot_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def missing(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    for name in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(errors.MissingDependencyError) as caught:
        nn.History(loss=[1.0]).plot()
    assert "pip install 'valuegraph[examples]'" in caught.value.remedy


def test_matplotlib_is_not_imported_with_nn():
    import subprocess

    code = "import nn, sys; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_jit_nothing_of_the_compiler_is_asked_for(monkeypatch):
    def refused(f):
        raise RuntimeError("jit was called")

    monkeypatch.setattr(autograd, "jit", refused)
    model = nn.Linear(2, 1, rng=0)
    data = (np.ones((4, 2), np.float32), np.ones((4, 1), np.float32))
    nn.fit(model, nn.mse, data, epochs=1, progress=False)


def test_a_fraction_of_any_float_type_is_set_aside():
    seen = [
        len(fitted(validation=kind(0.25), epochs=1, batch_size=9)[1].iteration_losses)
        for kind in (float, np.float32, np.float16)
    ]
    assert seen == [5, 5, 5]


@pytest.mark.parametrize("loss", [lambda p, t: None, lambda p, t: "good", lambda p, t: p - t])
def test_a_loss_to_evaluate_is_a_number(loss):
    with pytest.raises((errors.DTypeError, errors.ShapeError), match="as loss"):
        nn.evaluate(Linear(), loss, (X, Y))


def test_no_rows_are_no_predictions():
    assert nn.predict(Linear(), X[:0], batch_size=7).shape == (0, 1)
    assert nn.predict(Linear(), X[:0]).shape == (0, 1)


def test_a_history_passes_over_what_was_not_measured():
    told = repr(nn.History(loss=[np.nan, 1.0, 2.0], metrics={"gain": [np.nan, np.nan]}))
    assert "best 1 in epoch 2" in told
    assert "gain: nan to nan" in told and told.count("epoch") == 2


@pytest.mark.parametrize("path", ["h.xyz", "no/h.png", 3, "."])
def test_a_plot_that_cannot_be_written_is_told(tmp_path, monkeypatch, path: Any):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(errors.ArgumentError) as caught:
        nn.History(loss=[1.0]).plot(path)
    assert caught.value.expected and caught.value.received and caught.value.remedy

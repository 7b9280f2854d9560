"""Optimizers: PyTorch's trajectories, groups, states, denormals, clipping; schedules."""

from copy import deepcopy
from functools import partial
from timeit import timeit
from typing import Any

import numpy as np
import pytest

from autograd import Value, errors, no_grad
from nn import optim, schedules

# Each with options for ours and PyTorch's.
CASES: dict[str, Any] = {
    "SGD": (optim.SGD, {"lr": 0.1}),
    "SGD(weight_decay)": (optim.SGD, {"lr": 0.1, "weight_decay": 0.05}),
    "SGD(momentum)": (optim.SGD, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}),
    "SGD(dampening)": (optim.SGD, {"lr": 0.05, "momentum": 0.9, "dampening": 0.4}),
    "SGD(nesterov)": (
        optim.SGD,
        {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
    ),
    "RMSprop": (optim.RMSprop, {}),
    "RMSprop(all)": (
        optim.RMSprop,
        {
            "lr": 0.005,
            "alpha": 0.9,
            "eps": 1e-6,
            "weight_decay": 0.02,
            "momentum": 0.7,
            "centered": True,
        },
    ),
    "RMSprop(momentum)": (optim.RMSprop, {"momentum": 0.5}),
    "Adagrad": (optim.Adagrad, {}),
    "Adagrad(all)": (
        optim.Adagrad,
        {
            "lr": 0.1,
            "lr_decay": 0.05,
            "weight_decay": 0.02,
            "initial_accumulator_value": 0.3,
            "eps": 1e-7,
        },
    ),
    "Adam": (optim.Adam, {}),
    "Adam(all)": (
        optim.Adam,
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1, "amsgrad": True},
    ),
    "AdamW": (optim.AdamW, {}),
    "AdamW(all)": (
        optim.AdamW,
        {"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-5, "weight_decay": 0.3, "amsgrad": True},
    ),
}
every_case = pytest.mark.parametrize("name", CASES)

START = [np.array([[1.0, -2.0, 0.5], [0.1, 3.0, -1.0]]), np.array([0.5, -0.25]), np.array(2.0)]


def gradients(step):
    """Those of a run of 25 steps: of changing size, some of them 0."""
    rng = np.random.default_rng(step)
    return [
        rng.normal(size=x.shape, scale=10.0 ** rng.integers(-3, 2)) * (rng.random(x.shape) > 0.2)
        for x in START
    ]


def trained(name, dtype, steps=25, missing=None, split=False):
    make, options = CASES[name]
    values = [Value(x.astype(dtype)) for x in START]
    given = [{"params": values[:1], "lr": 0.2}, {"params": values[1:]}] if split else values
    optimizer = make(given, **options)
    for step in range(steps):
        for i, (value, gradient) in enumerate(zip(values, gradients(step), strict=True)):
            value.grad = None if missing == (step % 3, i) else np.asarray(gradient, dtype)
        optimizer.step()
    return optimizer, values


@pytest.mark.peers
@every_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("split", [False, True])
def test_trajectories_are_torchs(name, dtype, split):
    torch = pytest.importorskip("torch")
    make, options = CASES[name]
    missing = (1, 1)
    tensors = [torch.tensor(x.astype(dtype), requires_grad=True) for x in START]
    given = [{"params": tensors[:1], "lr": 0.2}, {"params": tensors[1:]}] if split else tensors
    # Where no lr is given it is PyTorch's default that is compared with ours.
    theirs = getattr(torch.optim, make.__name__)(given, **options)
    rtol, atol = (2e-5, 2e-6) if dtype == np.float32 else (1e-11, 1e-12)
    for step in range(25):
        for i, (tensor, gradient) in enumerate(zip(tensors, gradients(step), strict=True)):
            tensor.grad = (
                None if missing == (step % 3, i) else torch.tensor(np.asarray(gradient, dtype))
            )
        theirs.step()
        if step in (0, 1, 7, 24):
            _, values = trained(name, dtype, step + 1, missing, split)
            for value, tensor in zip(values, tensors, strict=True):
                np.testing.assert_allclose(
                    value.data, tensor.detach().numpy(), rtol=rtol, atol=atol
                )


# The formulas, one parameter at a time: these run without PyTorch


def by_hand(name, gs, p):
    """The published formulas in Python floats, for the options of CASES."""
    make, options = CASES[name]
    lr, decay = (
        options.get("lr", 0.01 if make is not optim.Adam else 0.001),
        options.get("weight_decay", 0.0),
    )
    v = m = s = top = 0.0
    for t, g in enumerate(gs, 1):
        if make is optim.AdamW:
            lr = options.get("lr", 0.001)
            p -= lr * options.get("weight_decay", 0.01) * p
        else:
            g += decay * p
        if make is optim.SGD:
            v = (
                g
                if t == 1
                else options.get("momentum", 0.0) * v + (1 - options.get("dampening", 0.0)) * g
            )
            p -= lr * (g + options["momentum"] * v if options.get("nesterov") else v)
        elif make is optim.RMSprop:
            alpha = options.get("alpha", 0.99)
            s = alpha * s + (1 - alpha) * g * g
            m = alpha * m + (1 - alpha) * g
            scale = (s - m * m if options.get("centered") else s) ** 0.5 + options.get("eps", 1e-8)
            v = options.get("momentum", 0.0) * v + g / scale
            p -= lr * v
        elif make is optim.Adagrad:
            s += g * g + (options.get("initial_accumulator_value", 0.0) if t == 1 else 0.0)
            p -= (
                lr
                / (1 + (t - 1) * options.get("lr_decay", 0.0))
                * g
                / (s**0.5 + options.get("eps", 1e-10))
            )
        else:
            b1, b2 = options.get("betas", (0.9, 0.999))
            m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g * g
            top = max(top, s) if options.get("amsgrad") else s
            p -= lr * m / (1 - b1**t) / ((top / (1 - b2**t)) ** 0.5 + options.get("eps", 1e-8))
    return p


@every_case
def test_formulas(name):
    _, values = trained(name, np.float64)
    for i, value in enumerate(values):
        for index in np.ndindex(value.shape):
            gs = [float(gradients(step)[i][index]) for step in range(25)]
            expected = by_hand(name, gs, float(START[i][index]))
            assert value.data[index] == pytest.approx(expected, rel=1e-10, abs=1e-12)


@every_case
def test_python_float_parameters_stay_python_floats(name):
    make, options = CASES[name]
    w = Value(3.0)
    optimizer = make([w], **options)
    for g in (1.0, -0.5, 2.0):
        w.grad = g
        optimizer.step()
    assert type(w.data) is float
    # Adam's and others' default options of by_hand are those of 25 steps as well.
    assert w.data == pytest.approx(by_hand(name, [1.0, -0.5, 2.0], 3.0), rel=1e-12)


@every_case
@pytest.mark.parametrize(
    "lr", [0.1, np.float64(0.1), Value(0.1, requires_grad=False), Value(np.float64(0.1))]
)
def test_a_learning_rate_keeps_float32(name, lr):
    make, options = CASES[name]
    w = Value(np.ones(3, np.float32))
    optimizer = make([w], **{**options, "lr": lr})
    w.grad = np.ones(3, np.float32)
    optimizer.step()
    assert w.dtype == np.float32
    assert all(value.dtype == np.float32 for k, value in optimizer.state[0].items() if k != "step")
    assert np.all(w.data != 1.0)


@every_case
def test_update_is_pure(name):
    make, _ = CASES[name]
    optimizer, values = trained(name, np.float32, steps=2)
    rng = np.random.default_rng(0)
    parameter, gradient = values[0].data, rng.normal(size=values[0].shape).astype(np.float32)
    state = {k: v.data for k, v in optimizer.state[0].items()}
    options = {**optimizer.param_groups[0], "lr": 0.1}
    options = {k: v for k, v in options.items() if k not in ("params", "maximize")}
    arrays = [parameter, gradient, *(x for x in state.values() if isinstance(x, np.ndarray))]
    for array in arrays:
        array.flags.writeable = False  # a write would raise
    first = make.update(parameter, gradient, dict(state), **options)
    again = make.update(parameter, gradient, dict(state), **options)
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1].keys() == state.keys()


def test_gradients_that_are_missing_leave_parameter_and_state_alone():
    used, unused = Value(np.ones(2)), Value(np.ones(2))
    optimizer = optim.Adam([used, unused])
    (used * 3.0).sum().backward()
    optimizer.step()
    assert np.all(used.data != 1.0)
    np.testing.assert_array_equal(unused.data, 1.0)
    assert [state["step"].item() for state in optimizer.state] == [1.0, 0.0]


def test_step_rebinds_and_never_writes():
    w = Value(np.ones(2))
    before = w.data
    optimizer = optim.SGD([w], lr=0.5)
    (w * 1.0).sum().backward()
    optimizer.step()
    np.testing.assert_array_equal(before, 1.0)
    np.testing.assert_array_equal(w.data, 0.5)
    optimizer.zero_grad()
    assert w.grad is None


def test_training_reaches_the_minimum():
    target = np.array([1.0, -2.0, 3.0])
    for make in (
        partial(optim.SGD, lr=0.1, momentum=0.5),
        partial(optim.RMSprop, lr=0.01),
        partial(optim.Adagrad, lr=1.0),
        partial(optim.Adam, lr=0.1),
        partial(optim.AdamW, lr=0.1, weight_decay=0.0),
    ):
        w = Value(np.zeros(3))
        optimizer = make([w])
        for _ in range(600):
            optimizer.zero_grad()
            ((w - target) ** 2).sum().backward()
            optimizer.step()
        np.testing.assert_allclose(w.data, target, atol=0.02)


# Groups, states, errors


@every_case
def test_maximize_is_descent_of_minus_the_function(name):
    make, options = CASES[name]
    found = []
    for sign in (1.0, -1.0):
        w = Value(np.array([0.5, -1.0, 2.0]))
        optimizer = make([w], **options, maximize=sign < 0)
        for _ in range(5):
            optimizer.zero_grad()
            (sign * (w - 1.0) ** 2).sum().backward()
            optimizer.step()
        found.append(w.data)
    np.testing.assert_array_equal(*found)
    assert not np.array_equal(found[0], [0.5, -1.0, 2.0])


def test_maximize_is_an_option_of_a_group_and_of_any_optimizer():
    up, down = Value(1.0), Value(1.0)
    optimizer = optim.SGD([{"params": [up], "maximize": True}, {"params": [down]}], lr=0.5)
    (up + down).backward()
    optimizer.step()
    assert (up.data, down.data) == (1.5, 0.5)
    assert "maximize=True" in repr(optimizer)

    class SignDescent(optim.Optimizer):
        @staticmethod
        def update(parameter, gradient, state, *, lr):
            return parameter - lr * np.sign(gradient), state

    SignDescent([up, down], lr=0.25, maximize=True).step()
    assert (up.data, down.data) == (1.75, 0.75)


def test_a_closure_is_called_first_recorded_and_its_loss_returned():
    w = Value(np.array([3.0]))
    optimizer = optim.SGD([w], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 9.0
    with no_grad():
        assert optimizer.step(closure).item() == 2.25
    assert w.data[0] == 0.75
    assert optimizer.step() is None


def test_zero_grad_forgets_or_fills():
    array, number, untouched = Value(np.ones(2, np.float32)), Value(2.0), Value(np.ones(1))
    optimizer = optim.SGD([array, number, untouched], lr=0.5, momentum=0.5)
    for set_to_none, expected in ((False, [0.0, 0.0]), (True, None)):
        (array.sum() * number).backward()
        optimizer.zero_grad(set_to_none=set_to_none)
        assert expected == (None if array.grad is None else array.grad.tolist())
        assert array.grad is None or array.grad.dtype == np.float32
        assert number.grad == 0.0
        assert type(number.grad) is float
        assert untouched.grad is None
    optimizer.zero_grad()
    assert array.grad is None


def test_groups_have_their_own_options():
    a, b = Value(np.ones(2)), Value(np.ones(2))
    optimizer = optim.SGD(
        [{"params": [a]}, {"params": [b], "lr": 0.01, "weight_decay": 1.0}], lr=0.5
    )
    a.grad = b.grad = np.ones(2)
    optimizer.step()
    np.testing.assert_allclose(a.data, 0.5)
    np.testing.assert_allclose(b.data, 1.0 - 0.01 * 2.0)
    assert "lr=0.5" in repr(optimizer) and "lr=0.01" in repr(optimizer)
    assert "1 parameter: lr=0.5" in repr(optimizer)


def test_a_number_in_place_of_lr_is_used():
    w = Value(np.ones(1))
    optimizer = optim.SGD([w], lr=0.5)
    optimizer.param_groups[0]["lr"] = 0.25
    w.grad = np.ones(1)
    optimizer.step()
    assert w.data[0] == 0.75


def test_an_option_set_later_has_its_state():
    w = Value(np.ones(1))
    optimizer = optim.SGD([w], lr=0.5)
    for momentum, expected in ((0.0, 0.5), (0.5, 0.0), (0.5, -0.75)):
        optimizer.param_groups[0]["momentum"] = momentum
        w.grad = np.ones(1)
        optimizer.step()  # by velocities 1, 1, then 1 + 0.5 · 1
        assert w.data[0] == expected
    assert "state.0.momentum_buffer" in optimizer.state_dict()
    assert deepcopy(optimizer).param_groups[0]["momentum"] == 0.5


def test_a_shared_learning_rate_changes_every_group():
    lr = Value(0.5, requires_grad=False)
    a, b = Value(np.ones(1)), Value(np.ones(1))
    optimizer = optim.SGD([{"params": [a]}, {"params": [b]}], lr=lr)
    lr.assign(0.25)
    a.grad = b.grad = np.ones(1)
    optimizer.step()
    assert a.data[0] == b.data[0] == 0.75


@every_case
def test_state_moves_to_another_optimizer(name):
    make, options = CASES[name]
    optimizer, values = trained(name, np.float32, steps=5)
    state = optimizer.state_dict()
    copies = [Value(value.data) for value in values]
    other = make(copies, **{**options, "lr": 9.0})
    other.load_state_dict(state)
    for step in range(5, 20):
        for pair in zip(values, copies, gradients(step), strict=True):
            pair[0].grad = pair[1].grad = np.asarray(pair[2], np.float32)
        optimizer.step()
        other.step()
    for value, copy in zip(values, copies, strict=True):
        np.testing.assert_array_equal(value.data, copy.data)
    # What was returned are copies.
    again = trained(name, np.float32, steps=5)[0].state_dict()
    assert state.keys() == again.keys()
    for key in state:
        np.testing.assert_array_equal(state[key], again[key])


def test_a_state_that_does_not_fit_changes_nothing():
    w = Value(np.ones(2))
    optimizer = optim.Adam([w])
    w.grad = np.ones(2)
    optimizer.step()
    state = optimizer.state_dict()
    bad = [
        ({k: v for k, v in state.items() if "exp_avg_sq" not in k}, errors.MissingKeyError),
        ({**state, "state.1.step": np.array(1.0)}, errors.MissingKeyError),
        ({**state, "state.0.exp_avg": np.ones(3)}, errors.ShapeError),
    ]
    for given, kind in bad:
        with pytest.raises(kind):
            optimizer.load_state_dict({**given, "param_groups.0.lr": np.array(5.0)})
        for key, array in optimizer.state_dict().items():
            np.testing.assert_array_equal(array, state[key])


NUMBER: Any = 3.0
THREE: Any = (0.9, 0.9, 0.9)
ARRAY: Any = np.ones(2)


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda w: optim.SGD([]), errors.ArgumentError),
        (lambda w: optim.SGD(w), errors.DTypeError),
        (lambda w: optim.SGD(NUMBER), errors.DTypeError),
        (lambda w: optim.SGD([ARRAY]), errors.DTypeError),
        (lambda w: optim.SGD([w, w]), errors.ArgumentError),
        (lambda w: optim.SGD([{"params": [w]}, {"params": [w]}]), errors.ArgumentError),
        (lambda w: optim.SGD([{"parameters": [w]}]), errors.ArgumentError),
        (lambda w: optim.SGD([{"params": [w]}, w]), errors.ArgumentError),
        (lambda w: optim.SGD([{"params": [w], "learning_rate": 0.1}]), errors.ArgumentError),
        (lambda w: optim.SGD([w], lr=-1.0), errors.ArgumentError),
        (lambda w: optim.SGD([w], lr=float("nan")), errors.ArgumentError),
        (lambda w: optim.SGD([w], momentum=-0.1), errors.ArgumentError),
        (lambda w: optim.SGD([w], nesterov=True), errors.ArgumentError),
        (lambda w: optim.Adam([w], betas=(0.9, 1.0)), errors.ArgumentError),
        (lambda w: optim.Adam([w], eps=-1e-8), errors.ArgumentError),
        (lambda w: optim.Adam([w], betas=NUMBER), errors.ArgumentError),
        (lambda w: optim.AdamW([w], betas=THREE), errors.ArgumentError),
        (lambda w: optim.Adam([{"params": [w], "betas": 0.9}]), errors.ArgumentError),
        (lambda w: optim.AdamW([w], weight_decay=-1.0), errors.ArgumentError),
        (lambda w: optim.RMSprop([w], alpha=-0.5), errors.ArgumentError),
        (lambda w: optim.Adagrad([w], lr_decay=-0.5), errors.ArgumentError),
        (lambda w: optim.clip_grad_norm([w], -1.0), errors.ArgumentError),
        (lambda w: optim.clip_grad_value([w], -1.0), errors.ArgumentError),
    ],
)
def test_bad_arguments(call, kind):
    with pytest.raises(kind) as caught:
        call(Value(np.ones(2)))
    assert caught.value.expected and caught.value.received and caught.value.remedy


# Denormals


@pytest.mark.parametrize(
    "name", ["SGD(momentum)", "SGD(nesterov)", "RMSprop(all)", "Adam", "AdamW(all)"]
)
@pytest.mark.parametrize("steps", [700, 1200])
def test_moments_of_zero_gradients_reach_zero_and_are_never_denormal(name, steps):
    make, options = CASES[name]
    w = Value(np.array([1.0, -1.0, 1e-3], np.float32))
    optimizer = make([w], **{**options, "weight_decay": 0.0})
    w.grad = np.array([1.0, -1e-6, 1e3], np.float32)
    optimizer.step()
    w.grad = np.zeros(3, np.float32)
    smallest = np.finfo(np.float32).smallest_normal
    for _ in range(steps):
        optimizer.step()
        for key in optimizer.decaying:
            if key in optimizer.state[0]:
                moment = np.abs(optimizer.state[0][key].data)
                assert np.all((moment == 0.0) | (moment >= smallest)), key
    moment = optimizer.state[0]["momentum_buffer" if "momentum" in options else "exp_avg"].data
    assert np.all(moment == 0.0)


@pytest.mark.parametrize("name", ["SGD(momentum)", "RMSprop(all)", "Adam", "AdamW(all)"])
def test_flushing_does_not_show_in_a_trajectory(name, monkeypatch):
    make, options = CASES[name]

    def run():
        w = Value(np.linspace(-1.0, 1.0, 50, dtype=np.float32))
        optimizer = make([w], **{**options, "weight_decay": 0.0})
        rng = np.random.default_rng(0)
        smallest = []
        for step in range(700):
            # Small enough for moments below the bound; then gradients of all sizes, and none.
            size = 1e-17 if step < 40 else 10.0 ** -(step % 30) if step < 70 else 0.0
            w.grad = (rng.normal(size=50) * size).astype(np.float32)
            optimizer.step()
            moments = [optimizer.state[0][k].data for k in optimizer.decaying if k in make_state]
            smallest += [np.min(np.abs(m[m != 0]), initial=1.0) for m in moments]
        return w.data, min(smallest)

    make_state = make([Value(1.0)], **options).state[0]
    flushed, _ = run()
    monkeypatch.setattr("nn.optimizer.FLUSH_EVERY", 10**9)
    kept, smallest = run()
    assert smallest < 1e-26  # there was something to flush
    np.testing.assert_array_equal(flushed, kept)


def test_a_step_over_small_parameters_is_quick():
    values = [Value(np.ones((32, 32), np.float32)) for _ in range(6)]
    optimizer = optim.SGD(values, lr=1e-6)
    for value in values:
        value.grad = np.ones((32, 32), np.float32)
    optimizer.step()
    # About 4 µs per parameter where this was written; the bound is there to catch a slip of 10.
    assert min(timeit(optimizer.step, number=20) / 20 / 6 for _ in range(10)) < 4e-5


# Clipping


def filled(*gradients):
    values = [Value(np.zeros_like(g)) for g in gradients]
    for value, gradient in zip(values, gradients, strict=True):
        value.grad = gradient
    return values


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clip_grad_norm(norm_type, dtype):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype(dtype) for shape in ((3, 2), (4,), ())]
    arrays = [np.asarray(array, dtype) for array in arrays]
    total = np.linalg.norm(np.concatenate([a.ravel() for a in arrays]), norm_type)
    unused = Value(np.ones(3))
    for max_norm, expected in ((0.5, 0.5), (1e3, total)):
        values = filled(*(array.copy() for array in arrays))
        norm = optim.clip_grad_norm([*values, unused], max_norm, norm_type)
        assert norm == pytest.approx(total, rel=1e-6)
        after = np.linalg.norm(np.concatenate([v.grad.ravel() for v in values]), norm_type)
        assert after == pytest.approx(expected, rel=1e-5)
        assert all(v.grad.dtype == dtype for v in values)
        for value, array in zip(values, arrays, strict=True):
            np.testing.assert_allclose(value.grad * (total / expected), array, rtol=1e-5)


def test_clip_grad_norm_of_large_gradients_and_scalars():
    big = filled(np.full(4, 1e30, np.float32))
    assert optim.clip_grad_norm(big, 1.0) == pytest.approx(2e30)
    np.testing.assert_allclose(big[0].grad, 0.5, rtol=1e-6)
    w = Value(2.0)
    w.grad = -8.0
    assert optim.clip_grad_norm(w, 2.0) == 8.0
    assert w.grad == pytest.approx(-2.0) and type(w.grad) is float
    assert optim.clip_grad_norm([Value(np.ones(2))], 1.0) == 0.0


def test_a_norm_that_is_nan_reaches_every_gradient():
    # As in PyTorch. Left alone, the other gradients would go into the step without a bound.
    values = filled(np.array([np.nan, 1.0], np.float32), np.array([100.0], np.float32))
    assert np.isnan(optim.clip_grad_norm(values, 1.0))
    assert all(np.isnan(value.grad).all() and value.grad.dtype == np.float32 for value in values)


def test_gradients_to_clip_are_those_of_values():
    wrong: tuple[Any, ...] = ([1.0], ["a"], [np.ones(2)])
    for clip in (optim.clip_grad_norm, optim.clip_grad_value):
        for given in wrong:
            with pytest.raises(errors.DTypeError, match=r"model\.parameters"):
                clip(given, 1.0)


@pytest.mark.parametrize("bound", ["1", None, np.ones(2), np.nan, -1.0])
def test_bounds_of_clipping_are_numbers(bound: Any):
    values = filled(np.ones(2))
    with pytest.raises(errors.ArgumentError, match="max_norm >= 0"):
        optim.clip_grad_norm(values, bound)
    with pytest.raises(errors.ArgumentError, match="norm_type > 0"):
        optim.clip_grad_norm(values, 1.0, bound)
    with pytest.raises(errors.ArgumentError, match="clip_value >= 0"):
        optim.clip_grad_value(values, bound)
    np.testing.assert_array_equal(values[0].grad, 1.0)


def test_clip_grad_value():
    values = filled(np.array([3.0, -0.5, -7.0], np.float32), np.array(9.0))
    w = Value(1.0)
    w.grad = 5.0
    optim.clip_grad_value([*values, w], 2.0)
    np.testing.assert_array_equal(values[0].grad, [2.0, -0.5, -2.0])
    assert values[0].grad.dtype == np.float32
    assert values[1].grad == 2.0 and w.grad == 2.0 and type(w.grad) is float


@pytest.mark.peers
@pytest.mark.parametrize("norm_type", [1.0, 2.0, np.inf])
def test_clipping_against_torch(norm_type):
    torch = pytest.importorskip("torch")
    arrays = [np.random.default_rng(i).normal(size=(3, i + 1)) for i in range(3)]
    tensors = [torch.zeros(a.shape, dtype=torch.float64, requires_grad=True) for a in arrays]
    for tensor, array in zip(tensors, arrays, strict=True):
        tensor.grad = torch.tensor(array)
    values = filled(*arrays)
    theirs = torch.nn.utils.clip_grad_norm_(tensors, 0.7, norm_type)
    assert optim.clip_grad_norm(values, 0.7, norm_type) == pytest.approx(theirs.item(), rel=1e-12)
    for value, tensor in zip(values, tensors, strict=True):
        np.testing.assert_allclose(value.grad, tensor.grad.numpy(), rtol=1e-12)


# Schedules


def scheduled(make, steps, **options):
    optimizer = optim.SGD([{"params": [Value(1.0)]}, {"params": [Value(1.0)], "lr": 0.02}], lr=0.5)
    schedule = make(optimizer, **options)
    rates = []
    for _ in range(steps):
        rates.append([group["lr"].item() for group in optimizer.param_groups])
        schedule.step()
    return np.array(rates)


SCHEDULES = {
    "StepLR": {"step_size": 3, "gamma": 0.5},
    "ExponentialLR": {"gamma": 0.9},
    "CosineAnnealingLR": {"T_max": 7, "eta_min": 0.001},
}


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_against_torch(name):
    torch = pytest.importorskip("torch")
    groups = [{"params": [torch.zeros(1)]}, {"params": [torch.zeros(1)], "lr": 0.02}]
    optimizer = torch.optim.SGD(groups, lr=0.5)
    schedule = getattr(torch.optim.lr_scheduler, name)(optimizer, **SCHEDULES[name])
    rates = []
    for _ in range(12):
        rates.append([group["lr"] for group in optimizer.param_groups])
        schedule.step()
    ours = scheduled(getattr(schedules, name), 12, **SCHEDULES[name])
    np.testing.assert_allclose(ours, rates, rtol=1e-10, atol=1e-15)


def test_schedules_by_their_formulas():
    t = np.arange(12)[:, None]
    base = np.array([0.5, 0.02])
    np.testing.assert_allclose(
        scheduled(schedules.StepLR, 12, step_size=3, gamma=0.5), base * 0.5 ** (t // 3), rtol=1e-14
    )
    np.testing.assert_allclose(
        scheduled(schedules.ExponentialLR, 12, gamma=0.9), base * 0.9**t, rtol=1e-14
    )
    cosine = 0.001 + (base - 0.001) * (1 + np.cos(np.pi * t / 7)) / 2
    np.testing.assert_allclose(
        scheduled(schedules.CosineAnnealingLR, 12, T_max=7, eta_min=0.001), cosine, rtol=1e-13
    )


def test_warmup_then_cosine():
    rates = scheduled(schedules.WarmupCosine, 14, warmup=4, total=10, eta_min=0.01)[:, 0]
    np.testing.assert_allclose(rates[:5], [0.1, 0.2, 0.3, 0.4, 0.5])
    assert np.all(np.diff(rates[4:11]) < 0.0)
    assert rates[7] == pytest.approx((0.5 + 0.01) / 2)
    np.testing.assert_allclose(rates[10:], 0.01)


def test_a_schedule_goes_on_from_its_state():
    def new():
        return schedules.CosineAnnealingLR(optim.SGD([Value(1.0)], lr=0.5), T_max=10)

    first = new()
    for _ in range(4):
        first.step()
    second = new()
    second.load_state_dict(first.state_dict())
    first(None)
    second.step()
    assert repr(first) == repr(second)
    assert "t=5" in repr(first)
    with pytest.raises(errors.MissingKeyError):
        second.load_state_dict({"t": 3})
    with pytest.raises(errors.ArgumentError):
        second.load_state_dict({"t": 3, "bases": [0.1, 0.2]})


@pytest.mark.parametrize(
    "call",
    [
        lambda o: schedules.StepLR(o, step_size=0),
        lambda o: schedules.CosineAnnealingLR(o, T_max=0),
        lambda o: schedules.WarmupCosine(o, warmup=5, total=5),
        lambda o: schedules.ExponentialLR(NUMBER, gamma=0.9),
    ],
)
def test_bad_schedules(call):
    with pytest.raises(errors.ArgumentError):
        call(optim.SGD([Value(1.0)]))


@pytest.mark.parametrize("number", ["a", None, np.ones(2), np.nan])
@pytest.mark.parametrize(
    ("schedule", "option"),
    [
        (partial(schedules.StepLR, step_size=2), "step_size"),
        (partial(schedules.StepLR, step_size=2), "gamma"),
        (schedules.ExponentialLR, "gamma"),
        (partial(schedules.CosineAnnealingLR, T_max=2), "T_max"),
        (partial(schedules.CosineAnnealingLR, T_max=2), "eta_min"),
        (partial(schedules.WarmupCosine, warmup=2, total=5), "warmup"),
        (partial(schedules.WarmupCosine, warmup=2, total=5), "total"),
        (partial(schedules.WarmupCosine, warmup=2, total=5), "eta_min"),
    ],
)
def test_numbers_of_schedules_are_numbers(schedule: Any, option: str, number: Any):
    with pytest.raises((errors.ArgumentError, errors.DTypeError), match=option):
        schedule(optim.SGD([Value(1.0)]), **{option: number})


def test_a_step_under_no_grad_is_the_same():
    w = Value(np.ones(2))
    w.grad = np.ones(2)
    with no_grad():
        optim.Adam([w], lr=0.5).step()
    np.testing.assert_allclose(w.data, 0.5)


@pytest.mark.parametrize("lr", ["0.1", None, 1j])
def test_a_learning_rate_that_is_no_number_is_told(lr):
    with pytest.raises(errors.ArgumentError, match="a real number for lr of SGD"):
        optim.SGD([Value(1.0)], lr=lr)

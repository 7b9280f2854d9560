"""Programs that users write, compiled and not: each found a defect once."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, grad, jit, jvp, scan, vmap
from autograd.errors import ArgumentError, AssignmentError, ConversionError, DTypeError

RNG = np.random.default_rng(0)


@pytest.fixture(params=["native", "numpy"])
def compiled(request: pytest.FixtureRequest) -> Any:
    """`jit` with either emitter."""
    if request.param == "native":
        pytest.importorskip("llvmlite")
    return lambda f: jit(f, emitter=request.param)


def agree(found: Any, expected: Any) -> None:
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-11)


# detach


def test_a_detached_value_is_computed_anew_at_every_call(compiled: Any) -> None:
    w = Value(np.array([1.0, 2.0]))

    def f(x: Any) -> Any:
        y = x * w
        return np.sum(y.detach() * y)

    step = compiled(f)
    for k in range(4):
        x = np.array([1.0 + k, -2.0])
        np.testing.assert_allclose(step(x).data, np.sum((x * w.data) ** 2))


def test_a_detached_value_passes_no_gradient_on(compiled: Any) -> None:
    slope = compiled(grad(lambda x: np.sum(x.detach() * x)))
    for k in range(4):
        np.testing.assert_array_equal(slope(np.array([2.0 + k, 3.0])), [2.0 + k, 3.0])
    slopes = vmap(grad(lambda x: x.detach() * x))
    np.testing.assert_array_equal(slopes(np.array([2.0, 3.0])), [2.0, 3.0])


def test_two_optimizers_and_a_detached_fake(compiled: Any) -> None:
    def training(wrap: Any) -> list[Any]:
        maker, judge = nn.MLP([3, 8, 2], rng=0), nn.MLP([2, 8, 1], rng=1)
        first, second = nn.Adam(maker.parameters()), nn.RMSprop(judge.parameters())

        @wrap
        def step(real: Any, noise: Any) -> Any:
            second.zero_grad()
            fake = maker(noise)
            one, zero = np.ones((4, 1), np.float32), np.zeros((4, 1), np.float32)
            found = nn.bce_with_logits(judge(fake.detach()), zero)
            (found + nn.bce_with_logits(judge(real), one)).backward()
            second.step()
            first.zero_grad()
            loss = nn.bce_with_logits(judge(fake), one)
            loss.backward()
            first.step()
            return loss

        rng = np.random.default_rng(0)
        losses = []
        for _ in range(5):
            real, noise = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))
            losses.append(step(real.astype(np.float32), noise.astype(np.float32)).data)
        return losses

    np.testing.assert_allclose(training(compiled), training(lambda f: f), rtol=1e-5)


# scan


def _spread(a: Any) -> Any:
    values, vectors = np.linalg.eigh(a + a.T)
    return np.sum(values * vectors[0] ** 2)


STEPS = {
    "det": np.linalg.det,
    "solve": lambda a: np.sum(np.linalg.solve(a, a.T)),
    "cholesky": lambda a: np.sum(np.linalg.cholesky(a @ a.T + np.eye(3))),
    "fft": lambda a: np.sum(np.abs(np.fft.fft(a)) ** 2),
    "sort": lambda a: np.sum(np.sort(a, axis=0)[0] ** 2),
    "slogdet": lambda a: np.linalg.slogdet(a)[1],
    "eigh": _spread,
    "qr": lambda a: np.sum(np.linalg.qr(a)[1] ** 2),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_loop_whose_step_numpy_computes(compiled: Any, name: str) -> None:
    def loss(a: Any, xs: Any) -> Any:
        def step(a: Any, x: Any) -> Any:
            y = STEPS[name](a)
            return 0.9 * a + 0.1 * x + 0.01 * y, y

        a, ys = scan(step, a, xs)
        return np.sum(ys) + np.sum(a**2)

    slopes = grad(loss, argnum=(0, 1))

    def both(a: Any, xs: Any) -> Any:
        return (loss(a, xs), *slopes(a, xs), grad(lambda a: np.sum(slopes(a, xs)[0] ** 2))(a))

    step = compiled(both)
    for _ in range(4):
        args = np.eye(3) + 0.1 * RNG.normal(size=(3, 3)), RNG.normal(size=(4, 3, 3))
        agree(step(*args), both(*args))


def test_a_vector_is_carried_through_products(compiled: Any) -> None:
    def power(w: Any, xs: Any) -> Any:
        return scan(lambda h, x: (w @ h, None), np.ones(3), xs)[0]

    def swapped(w: Any, xs: Any) -> Any:
        (a, b), ys = scan(
            lambda c, x: ((w @ c[1], w.T @ c[0] + x), c[0]), (np.ones(3), np.arange(3.0)), xs
        )
        return a, b, ys

    def recurrent(w: Any, xs: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            h = np.tanh(h @ w + x)
            return h, h

        h, ys = scan(step, np.zeros(3), xs)
        return np.sum(h) + np.sum(ys**2)

    def nested(w: Any, xs: Any) -> Any:
        def outer(h: Any, xs: Any) -> Any:
            return scan(lambda h, x: (np.tanh(h @ w + x), h), h, xs)[0], None

        return np.sum(scan(outer, np.zeros(3), np.stack([xs] * 2))[0])

    functions = (power, swapped, grad(recurrent, argnum=(0, 1)), grad(nested, argnum=(0, 1)))
    for f in functions:
        step = compiled(f)
        for _ in range(4):
            args = 0.5 * RNG.normal(size=(3, 3)), RNG.normal(size=(5, 3))
            agree(np.atleast_1d(step(*args)) if f is power else step(*args), f(*args))


def test_the_tangent_of_a_number_that_is_carried(compiled: Any) -> None:
    def f(w: Any, xs: Any) -> Any:
        return scan(lambda c, x: (c * w + x, c), 0.0, xs)[1]

    def slopes(xs: Any) -> Any:
        return jvp(lambda w: f(w, xs), 0.5, 1.0)

    step = compiled(slopes)
    for _ in range(4):
        xs = RNG.normal(size=5)
        agree(step(xs), slopes(xs))


def test_a_complex_number_is_carried(compiled: Any) -> None:
    slope = grad(lambda x: np.abs(scan(lambda z, v: (0.9j * z + v, None), 0j + x[0], x)[0]) ** 2)
    step = compiled(slope)
    for _ in range(4):
        x = RNG.normal(size=4)
        np.testing.assert_allclose(step(x), slope(x), rtol=1e-12)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_what_a_step_draws_is_drawn_once(compiled: Any, mode: str) -> None:
    def derivative() -> Any:
        drop = nn.Dropout(0.5, rng=1)

        def loss(w: Any, xs: Any) -> Any:
            def step(h: Any, x: Any) -> Any:
                h = np.tanh(drop(h * w)) + drop(x)
                return h, h

            return np.sum(scan(step, np.ones(3), xs)[1] ** 2)

        if mode == "reverse":
            return grad(loss, argnum=(0, 1))
        return lambda w, xs: jvp(loss, (w, xs), (xs[0], 2 * xs))

    expected, step = derivative(), compiled(derivative())
    for _ in range(5):
        args = RNG.normal(size=3), RNG.normal(size=(4, 3))
        agree(step(*args), expected(*args))


# np.where


MASKED = {
    "x log x": lambda x: np.where(x > 0, x * np.log(x), 0),
    "exp": lambda x: np.where(x < 1, x, np.exp(1e4 * x)),
    "sinh": lambda x: np.where(x < 1, x, np.sinh(1e4 * x)),
    "x ** x": lambda x: np.where(x > 0, x**x, 0),
    "reciprocal": lambda x: np.where(x != 0, np.reciprocal(x), 0),
    "square": lambda x: np.where(x < 1, x, (1e200 * x) ** 2),
    "behind a sum": lambda x: np.where(np.sum(x) > 1e9, np.nan * np.sum(x), x),
    "in a reshaped branch": lambda x: np.where(x > 0, (x * np.log(x)).reshape(1, -1)[0], 0),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", MASKED)
def test_a_masked_branch_leaks_no_nan_where_it_is_traced(compiled: Any, name: str) -> None:
    f = MASKED[name]
    x = np.array([0.0, -1.5, 0.5, 0.25, 0.75])
    first = grad(lambda x: np.sum(f(x)))
    second = grad(lambda x: np.sum(first(x) * x))
    for slope in (first, second):
        expected = slope(x)
        assert np.all(np.isfinite(expected))
        step = compiled(slope)
        for _ in range(3):
            np.testing.assert_allclose(step(x), expected, rtol=1e-12)
        if name != "behind a sum":
            slopes = vmap(slope)(np.stack([x, x]))
            np.testing.assert_allclose(slopes, [expected] * 2, rtol=1e-12)


def test_a_polynomial_is_not_guarded() -> None:
    compiled = jit(grad(lambda x: np.sum(x**2 + x**3)))
    for _ in range(2):
        compiled(np.ones(2))
    assert "isfinite" not in str(compiled.program)


# State


def test_what_is_assigned_is_what_it_was_then(compiled: Any) -> None:
    def history() -> tuple[list[Value], Any]:
        values = [Value(np.full(2, float(i)), requires_grad=False) for i in range(3)]
        values.append(Value(1.0, requires_grad=False))
        first, second, third, count = values

        def push(x: Any) -> Any:
            third.assign(second)
            second.assign(first)
            first.assign(x)
            count.assign(count * 2)
            first.assign(first * count)
            return first + 10 * second + 100 * third

        return values, push

    expected, push = history()
    values, step = history()
    step = compiled(step)
    for k in range(5):
        x = np.array([k, 1.0])
        np.testing.assert_array_equal(step(x).data, push(x).data)
        agree([v.data for v in values], [v.data for v in expected])


def test_weights_before_a_step_are_kept(compiled: Any) -> None:
    w, before = Value(np.ones(3)), Value(np.zeros(3), requires_grad=False)

    @compiled
    def step(x: Any) -> Any:
        before.assign(w)
        w.grad = None
        np.sum((w - x) ** 2 + w * before).backward()
        w.assign(w - 0.1 * w.grad)

    for k in range(5):
        old, x = w.data.copy(), np.full(3, float(k))
        step(x)
        np.testing.assert_array_equal(before.data, old)
        np.testing.assert_allclose(w.data, old - 0.1 * (2 * (old - x) + old), rtol=1e-14)


# Items


def test_an_item_is_assigned_at_a_traced_index(compiled: Any) -> None:
    def f(x: Any, i: Any) -> Any:
        y = 2.0 * x
        y[i] = x[0]
        y[1, i % 2] = 5.0
        return y

    def column(x: Any, i: Any) -> Any:
        y = x * 1.0
        y[:, i] += 1.0
        return y

    g, h = compiled(f), compiled(column)
    for k in range(5):
        x = RNG.normal(size=(4, 3))
        for i in (k % 4, np.array([k % 4, 3, k % 4])):
            expected = 2.0 * x
            expected[i] = x[0]
            expected[1, i % 2] = 5.0
            np.testing.assert_array_equal(g(x, i), expected)
        moved = x.copy()
        moved[:, k % 3] += 1.0
        np.testing.assert_array_equal(h(x, k % 3), moved)


def test_the_last_of_equal_traced_indices_stands_and_takes_the_gradient(compiled: Any) -> None:
    def loss(x: Any, v: Any, i: Any) -> Any:
        y = x * 1.0
        y[i] = v
        return np.sum(y**2)

    slopes = grad(loss, argnum=(0, 1))
    step = compiled(slopes)

    def pushed(x: Any, v: Any, i: Any) -> Any:
        return jvp(lambda x, v: loss(x, v, i), (x, v), (x, v))

    along = compiled(pushed)
    for indices in ([0, 2, 0], [1, 1, 1], [3, -4, 0], [2, 1, 0]):
        args = RNG.normal(size=4), RNG.normal(size=3), np.array(indices)
        agree(step(*args), slopes(*args))
        agree(along(*args), pushed(*args))


def test_items_are_assigned_where_a_traced_mask_holds(compiled: Any) -> None:
    def f(x: Any) -> Any:
        y = x * 2.0
        y[y < 0] = -1.0
        y[np.sum(y, axis=1) > 1] = 7.0
        return y

    def listed(x: Any) -> Any:
        y = x * 2.0
        y[x > 0] = np.ones(3)
        return y

    step = compiled(f)
    for _ in range(4):
        x = RNG.normal(size=(4, 2))
        np.testing.assert_array_equal(step(x), f(x))
    with pytest.raises(ConversionError, match=r"np\.where"):
        compiled(listed)(np.ones(3))


def test_items_are_assigned_in_what_stands_for_many_runs(compiled: Any) -> None:
    def moved(x: Any, i: Any) -> Any:
        y = x * 2.0
        y[0] = 5.0
        y[i] = x[1]
        return y

    def looped(x: Any) -> Any:
        def step(h: Any, v: Any) -> Any:
            h = h * v
            h[0] = v
            h[1:] += h[0]
            return h, h

        return scan(step, x, np.arange(3.0))

    many, loop = compiled(vmap(moved)), compiled(looped)
    for _ in range(4):
        x, i = RNG.normal(size=(4, 3)), RNG.integers(0, 3, 4)
        expected = 2.0 * x
        expected[:, 0] = 5.0
        expected[np.arange(4), i] = x[:, 1]
        np.testing.assert_array_equal(many(x, i), expected)
        agree(loop(x[0]), looped(x[0]))


def test_what_is_older_is_not_assigned_in_what_stands_for_many_runs() -> None:
    outside = Value(np.zeros(3), requires_grad=False)

    def f(x: Any) -> Any:
        inside = x * 1.0
        vmap(lambda v: inside.__setitem__(0, v))(x)
        return inside

    def g(x: Any) -> Any:
        return vmap(lambda v: outside.__setitem__(0, v))(x)

    for h in (f, g):
        with pytest.raises(AssignmentError, match="stands for many"):
            jit(h)(np.ones(3))
    np.testing.assert_array_equal(outside.data, np.zeros(3))


# Integers


def test_the_bits_of_traced_integers(compiled: Any) -> None:
    def f(a: Any, b: Any) -> Any:
        return a & b, a | 4, 7 ^ a, ~a, a << 2, a >> 1, 1 << b, 64 >> b, (a > b) & (b > 1), ~(a > b)

    step = compiled(f)
    for _ in range(4):
        a, b = RNG.integers(-9, 9, 6), RNG.integers(0, 5, 6)
        for x, y in zip(step(a, b), f(a, b), strict=True):
            assert x.dtype == y.dtype
            np.testing.assert_array_equal(x, y)


def test_a_float_has_no_bits() -> None:
    for f in (lambda v: ~v, lambda v: v & 1, lambda v: v << 1, lambda v: 1 >> v):
        with pytest.raises(DTypeError, match="received"):
            f(Value(1.5))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**70])
def test_a_whole_number_that_no_array_holds_is_refused(compiled: Any, number: int) -> None:
    f = compiled(lambda x, k: x * k)
    with pytest.raises(ArgumentError, match="64 bits"):
        f(np.ones(2), number)
    for k in (3, 2**63 - 1, -(2**63), 5):
        np.testing.assert_array_equal(f(np.ones(2), k), np.ones(2) * k)
    with pytest.raises(ArgumentError, match="64 bits"):
        f(np.ones(2), number)


def test_a_static_number_may_be_of_any_size() -> None:
    f = jit(lambda x, k: x * float(k), static_argnums=1)
    for _ in range(3):
        np.testing.assert_array_equal(f(np.ones(2), 2**70), np.ones(2) * 2.0**70)


# Gradients from before the call


@pytest.mark.parametrize("kind", ["number", "scalar", "array"])
def test_a_gradient_from_before_the_call_is_read_anew(compiled: Any, kind: str) -> None:
    data: Any = {"number": 2.0, "scalar": np.float64(2.0), "array": np.ones(3)}[kind]

    def world() -> tuple[Value, Value, Any]:
        w, kept = Value(data), Value(data * 0, requires_grad=False)

        def update(rate: Any) -> Any:
            kept.assign(2 * w.grad)
            w.assign(w - rate * w.grad)
            w.zero_grad()
            np.sum(w * rate).backward()
            return np.sum(w.grad + 1.0)

        return w, kept, update

    (w, kept, update), (v, held, step) = world(), world()
    step = compiled(step)
    for k in range(5):
        w.grad = v.grad = data * (k + 1)
        rate = 0.1 * (k + 1)
        agree([step(rate)], [update(rate)])
        agree([v.data, held.data, v.grad], [w.data, kept.data, w.grad])


def test_a_gradient_that_is_read_and_added_to(compiled: Any) -> None:
    w, kept = Value(np.ones(3)), Value(np.zeros(3), requires_grad=False)

    @compiled
    def step() -> None:
        kept.assign(w.grad)
        np.sum(2 * w).backward()

    for k in range(4):
        given = w.grad = np.full(3, float(k))
        step()
        np.testing.assert_array_equal(given, np.full(3, float(k)))
        np.testing.assert_array_equal(kept.data, given)
        np.testing.assert_array_equal(w.grad, given + 2)


# The dtype of what is computed from plain arguments


def scaled_images(model: Any, x: Any) -> Any:
    return model((x - np.mean(x, axis=0)) / 255.0)


def targets_of_a_loss(model: Any, x: Any) -> Any:
    return nn.mse(model(x), 2 * x[:, :2] + 1)


def labels_of_a_loss(model: Any, x: Any) -> Any:
    return nn.hinge(model(x)[:, 0], np.where(x[:, 0] > 0, 1, -1))


def joined_with_an_array(model: Any, x: Any) -> Any:
    return model(np.concatenate([x[:, :2], np.ones((len(x), 1))], axis=1))


def in_the_step_of_a_loop(model: Any, x: Any) -> Any:
    return scan(
        lambda total, row: (total + model(row[np.newaxis] / 2.0)[0], row),
        np.zeros(2, np.float32),
        x,
    )[0]


def of_a_value(model: Any, x: Any) -> Any:
    return model(x / Value(np.array([2.0]), requires_grad=False))


@pytest.mark.parametrize(
    ("f", "dtype"),
    [
        (scaled_images, np.float32),
        (targets_of_a_loss, np.float32),
        (labels_of_a_loss, np.float32),
        (joined_with_an_array, np.float32),
        (in_the_step_of_a_loop, np.float32),
        (of_a_value, np.float64),
    ],
)
def test_a_layer_computes_plain_data_in_its_own_dtype(compiled: Any, f: Any, dtype: Any) -> None:
    model = nn.Linear(3, 2, rng=0)
    x = np.random.default_rng(0).normal(size=(4, 3))
    g = compiled(lambda x: f(model, x))
    for _ in range(3):
        assert g(x).dtype == f(model, x).dtype == dtype
        assert np.allclose(g(x).data, f(model, x).data, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 3), (1, 1, 3), (1, 1, 1)])
@pytest.mark.parametrize("index", [0, slice(1, 3), (Ellipsis, slice(None)), (0, slice(None, 2))])
def test_a_value_to_assign_has_axes_of_length_1_to_spare(
    compiled: Any, index: Any, shape: tuple[int, ...]
) -> None:
    def f(x: Any, new: Any) -> Any:
        y = x * 1.0
        y[index] = new if index != (0, slice(None, 2)) else new[..., :2]
        return y

    x, new = np.arange(12.0).reshape(4, 3), np.arange(float(shape[-1])).reshape(shape) - 7.0
    g, slopes = compiled(f), compiled(grad(lambda x, v: np.sum(f(x, v) ** 2), (0, 1)))
    for _ in range(3):
        assert np.array_equal(g(x, new), f(x, new))
        by_x, by_new = slopes(x, new)
        assert np.allclose(by_x, np.where(f(x, np.full_like(new, np.nan)) == x, 2 * x, 0))
        assert np.allclose(np.sum(by_new), 2 * np.sum(f(x * 0, new)))

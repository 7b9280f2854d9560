"""Memory of large results, used again, and never while somebody can still see it."""

import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, empty_cache, grad, reuse
from autograd.reuse import in_room, room

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)
SHAPE = (300, 300)


@pytest.fixture(autouse=True)
def nothing_kept():
    empty_cache()
    yield
    empty_cache()


def address(x):
    return x.__array_interface__["data"][0]


def test_memory_comes_again_when_nobody_holds_it():
    first = room(SHAPE, F32)
    place = address(first)
    second = room(SHAPE, F32)
    assert address(second) != place
    del first
    assert address(room((100, 900), F32)) == place


@pytest.mark.parametrize(
    "hold",
    [
        lambda x: x,
        lambda x: x[5:],
        lambda x: x.T[1:, ::2],
        lambda x: x.reshape(-1)[3],
        memoryview,
        lambda x: x.view(np.int32),
        lambda x: np.lib.stride_tricks.as_strided(x, (2,), (4,)),
        lambda x: x.__dlpack__(),
    ],
    ids=["itself", "part", "transposed", "element", "buffer", "bits", "strided", "dlpack"],
)
def test_whatever_reaches_the_memory_keeps_it(hold):
    first = room(SHAPE, F32)
    first[:] = 1.0
    place, held = address(first), hold(first)
    is_copy = isinstance(held, np.generic)
    del first
    taken = [room(SHAPE, F32) for _ in range(3)]
    assert (place in map(address, taken)) == is_copy
    del held
    assert place in map(address, [*taken, room(SHAPE, F32)])


def test_what_users_change_in_place_stays_theirs():
    first = room(SHAPE, F32)
    first.shape = (90_000,)
    first.flags.writeable = False
    del first
    again = room(SHAPE, F32)
    assert again.shape == SHAPE and again.flags.writeable


def test_other_threads_have_memory_of_their_own():
    first = room(SHAPE, F32)
    place = address(first)
    del first
    found = []
    thread = threading.Thread(target=lambda: found.append(room(SHAPE, F32)))
    thread.start()
    thread.join()
    assert address(found[0]) != place


def test_empty_cache_gives_the_memory_back():
    x = room(SHAPE, F32)
    assert reuse._kept.bytes == x.nbytes and list(reuse._kept.blocks) == [x.nbytes]
    empty_cache()
    assert reuse._kept.bytes == 0 and not reuse._kept.blocks


def test_no_more_is_kept_than_the_limit(monkeypatch):
    monkeypatch.setattr(reuse, "_LIMIT", 3 * 360_000)
    monkeypatch.setattr(reuse, "_LITTLE", 360_000)
    empty_cache()
    held = []
    for _ in range(20):
        held.append(room(SHAPE, F32))
        assert reuse._kept.bytes <= 6 * 360_000
    assert len({address(x) for x in held}) == 20


def test_memory_of_sizes_that_do_not_come_again_is_given_back():
    held = room(SHAPE, F32)
    held[:] = 7.0
    for n in range(70_000, 72_000):
        room((n,), F64)
    assert reuse._kept.bytes <= reuse._LITTLE + held.nbytes
    assert held.nbytes in reuse._kept.blocks
    assert np.all(held == 7.0)


def test_all_that_is_used_at_once_is_kept_for_the_next_time():
    places = []
    for _ in range(3):
        held = [room((1000, 1000), F64) for _ in range(30)]  # more than is kept without a look
        places.append({address(x) for x in held})
        del held
    assert places[0] == places[1] == places[2]


def test_a_subclass_of_ndarray_stays_one():
    class Named(np.ndarray):
        pass

    x = np.ones(SHAPE)
    assert type(in_room(np.add)(x.view(Named), x)) is Named


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "compute",
    [
        lambda np_, x, y: np_.add(x, y),
        lambda np_, x, y: np_.multiply(x, 2),
        lambda np_, x, y: np_.subtract(1.5, x),
        lambda np_, x, y: np_.tanh(x),
        lambda np_, x, y: np_.power(x, 2.0),
        lambda np_, x, y: np_.maximum(x, y[0]),
        lambda np_, x, y: np_.matmul(x, y),
        lambda np_, x, y: np_.matmul(x.T, y),
        lambda np_, x, y: np_.matmul(x.reshape(3, 100, 300), y.reshape(3, 300, 100)),
        lambda np_, x, y: np_.add(x[:, ::2], y[:, ::2]),
        lambda np_, x, y: np_.add(x.T, y),
        lambda np_, x, y: np_.add(x, y.astype(np.float16)),
        lambda np_, x, y: np_.add(x, np.float64(2.0)),
        lambda np_, x, y: np_.add(x, np.arange(300)),
        lambda np_, x, y: np_.add(x, 1j * y),
        lambda np_, x, y: np_.isfinite(x),
        lambda np_, x, y: np_.ldexp(x, 3),
        lambda np_, x, y: np_.matmul(x, y[0]),
        lambda np_, x, y: np_.true_divide(np.arange(90_000), 7),
        lambda np_, x, y: np_.float_power(x * x, 2),
        lambda np_, x, y: np_.add(x, np.float32(2.0)),
        lambda np_, x, y: np_.multiply(x, True),
        lambda np_, x, y: np_.multiply(x, np.bool_(True)),
        lambda np_, x, y: np_.hypot(x[:, :1], y[:1]),
        lambda np_, x, y: np_.add(x.T, y.T),
        lambda np_, x, y: np_.add(x.astype(object), 1),
    ],
)
def test_results_are_numpys(dtype, compute):
    class Roomy:
        def __getattr__(self, name):
            return in_room(getattr(np, name))

    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, *SHAPE)).astype(dtype)
    kept, expected = compute(Roomy(), x, y), compute(np, x, y)
    assert kept.dtype == expected.dtype and kept.shape == expected.shape
    assert kept.strides == expected.strides
    np.testing.assert_array_equal(kept, expected)


def test_large_results_lie_in_memory_that_was_used_before():
    x = Value(np.ones((400, 400)), requires_grad=True)
    before = []
    for _ in range(3):
        y = np.tanh(x * 2.0 + x) @ x
        before.append(reuse._kept.bytes)
        del y
    assert before == [4 * x.nbytes] * 3


def test_tracemalloc_sees_what_is_held():
    x = Value(np.ones((400, 400)))
    y = np.tanh(x)
    del y
    tracemalloc.start()
    y = np.tanh(x)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held >= y.data.nbytes


def test_errors_of_products_are_ours():
    x = Value(np.ones((300, 300)))
    with pytest.raises(ValueError, match="matmul"):
        _ = x @ np.ones((400, 300))


ACTIONS = ["tanh", "add", "multiply", "matmul", "view", "keep", "drop"]
steps = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 9)),
    max_size=30,
)


@given(steps)
@settings(max_examples=60, deadline=None)
def test_no_result_changes_under_who_holds_it(program):
    """Random programs, whose results are held or dropped, beside the same in NumPy alone."""
    rng = np.random.default_rng(1)
    start = rng.standard_normal((256, 256)).astype(np.float32)
    held = [(Value(start, requires_grad=True), start)]
    for name, place in program:
        v, x = held[place % len(held)]
        w, y = held[place // 2 % len(held)]
        if name == "tanh":
            held.append((np.tanh(v), np.tanh(x)))
        elif name == "add":
            held.append((v + w, x + y))
        elif name == "multiply":
            held.append((v * 0.5, x * np.float32(0.5)))
        elif name == "matmul" and v.shape == w.shape:
            held.append((np.tanh(v @ w), np.tanh(x @ y)))
        elif name == "view":
            held.append((v.T.detach(), x.T))
        elif name == "drop" and len(held) > 1:
            del held[place % len(held)]
    for v, x in held:
        np.testing.assert_array_equal(v.data, x)


def test_gradients_held_from_one_step_to_the_next_stay_as_they_are():
    def loss(x):
        return np.sum(np.tanh(x * x + 1.0) * x)

    rng = np.random.default_rng(2)
    points = rng.standard_normal((4, 512, 256))
    gradients = [grad(loss)(x) for x in points]
    for x, g in zip(points, gradients, strict=True):
        y = np.tanh(x * x + 1.0)
        np.testing.assert_allclose(g, y + x * (1 - y * y) * 2 * x, rtol=1e-12, atol=1e-12)

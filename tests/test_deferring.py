"""Arithmetic that a trace puts off: never seen in a result, an error or what a function reads."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compiled_cases import with_gradient, with_tangent

import nn
from autograd import Value, custom_vjp, grad, jit, vmap
from autograd.compiler import deferring
from autograd.compiler.deferring import LARGE
from autograd.compiler.trace import trace
from autograd.deferred import Deferred
from autograd.errors import AutogradError, LinAlgError, ShapeError
from autograd.extend import defvjp, primitive
from autograd.op import Kind, Op

negative = Op(np.negative, Kind.ELEMENTWISE, (lambda g, y, x: -g,))

N = 72  # N x N elements are put off
X = np.random.default_rng(0).normal(size=(N, N))

assert N * N > LARGE


def seen_of(f: Callable[..., Any]) -> list[type]:
    """What kinds of data the Values hold that f appends to a list while it is traced."""
    seen: list[type] = []
    trace(lambda x: f(x, lambda v: seen.append(type(v._data))), [X])
    return seen


def test_nothing_is_computed_of_large_arrays():
    def f(x: Any, show: Callable[[Any], None]) -> Any:
        for v in (x * 2.0, x @ x, x.T, x.sum(), (x * 2.0)[1], np.where(x > 0, x, 0.0), x.max(0)):
            show(v)
        return x

    assert seen_of(f) == [Deferred] * 7


def test_small_arrays_are_computed():
    def f(x: Any, show: Callable[[Any], None]) -> Any:
        show(x)
        return x

    seen: list[type] = []
    trace(lambda x: seen.append(type((x * 2.0)._data)), [np.ones(3)])
    assert seen == [np.ndarray]


def test_a_trace_takes_no_memory_for_what_it_puts_off():
    x = np.ones(250_000)

    def f(x: Any) -> Any:
        for _ in range(50):
            x = np.tanh(x * 0.9)
        return x.sum()

    tracemalloc.start()
    try:
        trace(grad(f), [x])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * x.nbytes


FUNCTIONS = {
    "elementwise": lambda x: np.tanh(x * 0.5 + x[0]) / (1.0 + np.exp(-x)),
    "where": lambda x: np.where(x > 0, np.sqrt(np.abs(x)), x**3),
    "reductions": lambda x: x.max(0) + x.sum(1) * x.mean() + np.var(x, axis=0) + x.prod(),
    "products": lambda x: (x @ x[0]) + np.einsum("ij,kj->i", x, x) + x[:, :3] @ x[:3] @ x[1],
    "shapes": lambda x: np.concatenate([x, x.T])[5:9].reshape(-1) * np.pad(x, 1)[1:2, 1:2].ravel(),
    "softmax": lambda x: np.sum(nn.softmax(x, axis=1) * nn.log_softmax(x, axis=0), axis=1),
    "cumulative": lambda x: np.cumsum(x, axis=0)[-1] + np.sort(x * 2.0, axis=1)[:, 3],
    "decompositions": lambda x: (
        np.linalg.solve(x @ x.T + N * np.eye(N), x[0]) + np.linalg.cholesky(x @ x.T + np.eye(N))[-1]
    ),
    "spectra": lambda x: np.linalg.eigvalsh(x @ x.T * 0.01) + np.linalg.svd(x * 2.0)[1],
    "indices": lambda x: (x * 2.0)[np.argmax(x * 1.5, axis=1), np.arange(N)],
    "fft": lambda x: np.real(np.fft.fft(x * 2.0)[3]),
    "vmap": lambda x: vmap(lambda row: np.sum(np.tanh(row * x[0])))(x * 3.0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("emitter", ["equations", "numpy", "native"])
@pytest.mark.parametrize("large", [1, LARGE])
def test_every_call_gives_what_the_function_gives(
    name: str, emitter: str, large: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(deferring, "LARGE", large)
    for f in (with_gradient(FUNCTIONS[name]), with_tangent(FUNCTIONS[name])):
        expected = f(X)
        compiled = jit(f, emitter=emitter)
        for call in range(3):
            for y, wanted in zip(compiled(X), expected, strict=True):
                tolerance = 0.0 if call == 0 and emitter == "equations" else 1e-9
                scale = np.max(np.abs(wanted))
                np.testing.assert_allclose(y, wanted, tolerance, tolerance * scale)


def test_the_first_call_gives_arrays_of_its_own():
    held = np.ones((N, N))
    for f in (lambda x: x, lambda x: x.T, lambda x: (x * 2.0)[1:], lambda x: (held, held * x)):
        given = X.copy()
        y = jit(f)(given)
        for part in y if isinstance(y, tuple) else (y,):
            assert part.base is None
            part += 1.0
        np.testing.assert_array_equal(given, X)
        np.testing.assert_array_equal(held, 1.0)


def test_errors_are_of_the_true_contents():
    def singular(x: Any) -> Any:
        return np.linalg.inv(x * 0.0)

    with pytest.raises(LinAlgError):
        jit(singular)(X)
    # Every element put off stands for the others: this would be singular if one did.
    jit(lambda x: np.linalg.inv(x * 1.0))(X)


def test_shapes_that_do_not_fit_are_refused():
    for f in (lambda x: x + np.ones((N, 2)), lambda x: (x * 1.0) @ np.ones((3, 3))):
        with pytest.raises(ShapeError) as expected:
            f(Value(X))
        with pytest.raises(ShapeError) as found:
            jit(f)(X)
        assert str(found.value).splitlines()[0] == str(expected.value).splitlines()[0]


def test_state_and_draws_are_those_of_eager_calls():
    def run(compiled: bool) -> list[np.ndarray]:
        model = nn.Sequential(nn.Linear(N, N, rng=0), nn.Dropout(0.5), nn.Linear(N, 2, rng=1))
        nn.seed(3)
        optimizer = nn.optim.Adam(model.parameters(), lr=1e-2)

        def step(x: Any) -> Any:
            loss = (model(x) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss

        f = jit(step) if compiled else step
        losses = [np.asarray(f(X.astype(np.float32)).data) for _ in range(5)]
        return [*losses, *(p.data for p in model.parameters())]

    for x, y in zip(run(True), run(False), strict=True):
        np.testing.assert_allclose(x, y, 1e-4, 1e-5)


def test_contents_that_are_read_are_true():
    x = Deferred(negative, (X,), {}, X.shape, X.dtype)
    assert x.ndim == 2 and x.size == N * N and len(x) == N and np.shape(x) == X.shape
    np.testing.assert_array_equal(x[3], -X[3])
    np.testing.assert_array_equal(np.sum([x, X], axis=0), np.zeros((N, N)))
    np.testing.assert_array_equal(x + X, np.zeros((N, N)))
    np.testing.assert_array_equal(x.T, -X.T)
    assert np.zeros_like(x).shape == X.shape


def test_a_long_chain_is_made_without_recursion():
    x: Any = X[0]
    for _ in range(5000):
        x = Deferred(negative, (x,), {}, (N,), X.dtype)
    np.testing.assert_array_equal(x.made(), X[0])


def test_functions_of_users_get_arrays():
    kinds = set()

    @primitive
    def doubled(x: Any) -> Any:
        kinds.add(type(x))
        return 2.0 * x

    defvjp(doubled, lambda y, x: lambda g: 2.0 * g)

    @custom_vjp
    def tripled(x: Any) -> Any:
        kinds.add(type(x))
        return 3.0 * x

    tripled.defvjp(lambda x: (tripled(x), None), lambda kept, g: (3.0 * g,))
    f = jit(grad(lambda x: np.sum(doubled(x * 1.5) * tripled(x * 0.5))))
    for _ in range(3):
        np.testing.assert_allclose(f(X), 2 * 2.0 * 1.5 * 3.0 * 0.5 * X, 1e-12)
    assert kinds <= {np.ndarray, Value}


def test_what_a_trace_leaves_behind_can_be_read():
    kept = []

    def f(x: Any) -> Any:
        kept.append(x * 2.0)
        return x.sum()

    jit(f)(X)
    with pytest.raises(AutogradError):
        kept[0].backward()
    np.testing.assert_array_equal(kept[0].data, 2.0 * X)


def test_whether_memory_is_shared_is_known_without_the_contents():
    def f(x: Any) -> Any:
        y = x * 2.0
        part = y[1:, :3]
        for view in (part, y.T, part.T, y.reshape(-1), y[np.newaxis]):
            assert np.may_share_memory(view._data, y._data)
            assert np.shares_memory(y._data, view._data)
        for copy in (y.copy(), -y, part.copy(), y[[0, 1]], x):
            assert not np.may_share_memory(copy._data, y._data)
            assert not np.may_share_memory(part._data, copy._data)
        assert np.may_share_memory(x[1:]._data, x._data)
        assert type(y._data) is Deferred and y._data._array is None
        return y

    trace(f, [X])

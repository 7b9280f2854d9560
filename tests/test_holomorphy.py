"""Jacobians of complex numbers against differences: four kinds, every mode, every shape."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from autograd import Value, elementwise_grad, grad, hessian, jacobian, jit, vmap
from autograd import holomorphy as module
from autograd import jacobians as jacobians_module
from autograd import transforms as transforms_module
from autograd.complex_transforms import holomorphic_grad
from autograd.errors import ArgumentError, NonFiniteWarning

MODES = ("rev", "fwd", "auto")
RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 3))
Z = X + 1j * RNG.standard_normal((2, 3))
A = RNG.standard_normal((5, 3)) + 1j * RNG.standard_normal((5, 3))


def slope(f: Callable[[Any], Any], x: Any, step: Any) -> Any:
    h = 1e-6
    return (np.asarray(f(x + h * step)) - f(x - h * step)) / (2 * h)


def differences(f: Callable[[Any], Any], x: Any) -> np.ndarray:
    """df/dx of real x; of complex x df/dx - i df/dy where f is real, and df/dx where it is not."""
    x = np.asarray(x)
    to_real = np.iscomplexobj(x) and not np.iscomplexobj(f(x))
    columns = []
    for index in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[index] = 1.0
        column = slope(f, x, unit)
        columns.append(column - 1j * slope(f, x, 1j * unit) if to_real else column)
    return np.reshape(np.stack(columns, -1), (*np.shape(f(x)), *x.shape))


def rotation(v: Any) -> Any:
    return np.stack([np.stack([v[0], -1 - v[1]]), np.stack([1 + v[1] ** 2, v[0]])])


CASES: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "real to real": (lambda v: np.sin(v) * v[0], X[0]),
    "real to complex": (np.fft.fft, X[0]),
    "real to complex, each": (lambda v: np.exp(1j * v), X[0]),
    "real to complex, tall": (lambda v: A @ (v * v), X[0]),
    "real to complex, wide": (lambda v: 1j * v[:1] * v[1] + v[2] ** 2, X[0]),
    "real to complex, matrices": (lambda v: np.exp(1j * v) @ v.T, X),
    "real to complex, numbers": (lambda t: np.exp(1j * t), 0.3),
    "real to complex, eigenvalues": (lambda v: np.linalg.eigvals(rotation(v)), X[0, :2]),
    "complex to real": (lambda q: np.real(q) * np.imag(q[::-1]) + np.angle(q), Z[0]),
    "complex to real, tall": (lambda q: np.abs(q[0]) * np.arange(1.0, 9.0), Z[0]),
    "complex to real, wide": (lambda q: np.abs(q[0] * q[1]), Z[0]),
    "complex to real, matrices": (lambda q: np.abs(q @ q.T), Z),
    "complex to real, numbers": (np.abs, 0.3 + 1j),
    "complex to complex": (lambda q: np.sin(q) * q[0], Z[0]),
    "complex to complex, tall": (lambda q: A @ (q * q), Z[0]),
    "complex to complex, wide": (lambda q: np.sum(q * q) * q[:1], Z[0]),
    "complex to complex, inverse": (lambda q: np.linalg.inv(q[:, :2] + np.eye(2)), Z),
    "complex to complex, numbers": (lambda t: t**2, 0.3 + 1j),
}


def check(f: Callable[[Any], Any], x: Any, transform: Callable[..., Any]) -> None:
    found = transform(f)(x)
    is_complex = np.iscomplexobj(x) or np.iscomplexobj(f(x))
    assert np.iscomplexobj(found) == is_complex
    assert np.shape(found) == (*np.shape(f(x)), *np.shape(x))
    np.testing.assert_allclose(found, differences(f, x), 0, 1e-7)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES)
def test_a_jacobian_is_that_of_differences(case: str, mode: str):
    f, x = CASES[case]
    by_mode = partial(jacobian, mode=mode)
    check(f, x, by_mode)
    check(f, x, lambda f: lambda x: vmap(by_mode(f))(np.stack([x, x / 2]))[0])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", [name for name in CASES if "eigenvalues" not in name])
def test_a_jacobian_under_jit(case: str, mode: str):
    f, x = CASES[case]
    compiled = jit(jacobian(f, mode=mode))
    for _ in range(3):
        np.testing.assert_allclose(compiled(x), differences(f, x), 0, 1e-7)


# The errors that this file is there to find: sweeps along one axis only, or not turned back.
PLANTED: dict[str, tuple[Callable[..., Any], set[tuple[str, str]]]] = {
    "one axis": (
        lambda f, first, second, seed, to_complex, rows=1: first,
        {("real to complex", "rev"), ("complex to real", "fwd")},
    ),
    "not turned": (
        lambda f, first, second, seed, to_complex, rows=1: (
            first if to_complex else first + seed * second
        ),
        {("real to complex", "rev"), ("complex to real", "fwd")},
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_error_is_found(planted: str, monkeypatch: pytest.MonkeyPatch):
    wrong, expected = PLANTED[planted]
    monkeypatch.setattr(jacobians_module, "joined", wrong)
    monkeypatch.setattr(transforms_module, "joined", wrong)
    found = set()
    for case in ("real to complex", "complex to real", "complex to complex"):
        for mode in ("rev", "fwd"):
            try:
                check(*CASES[case], lambda f, mode=mode: jacobian(f, mode=mode))
            except AssertionError:
                found.add((case, mode))
    assert found == expected
    with pytest.raises(AssertionError):
        test_the_derivative_of_each_element()


def test_the_derivative_of_each_element():
    for f, x, slopes in (
        (lambda v: np.exp(1j * v), X, 1j * np.exp(1j * X)),
        (np.abs, Z, np.conj(Z) / np.abs(Z)),
        (np.exp, Z, np.exp(Z)),
    ):
        for transform in (elementwise_grad(f), jit(elementwise_grad(f)), vmap(elementwise_grad(f))):
            found = transform(x)
            assert np.iscomplexobj(found)
            np.testing.assert_allclose(found, slopes, 1e-13)
    assert elementwise_grad(lambda t: 1j * t)(2.0) == 1j


def mixed(p: Any, factor: Any) -> Any:
    return {
        "complex": p["real"][0] * factor * np.array([1.0, 1j]),
        "both": [np.real(p["complex"] @ p["complex"]) * p["real"], np.sum(p["real"])],
    }


@pytest.mark.parametrize("mode", MODES)
def test_containers_of_real_and_complex_numbers(mode: str):
    p = {"real": X[0], "complex": Z[0]}
    found = jacobian(mixed, (0, 1), mode=mode)(p, 2.0)

    def compare(leaf: Callable[[Any], Any], dtype: type) -> None:
        """The blocks of one leaf of the output."""
        to_p, to_factor = leaf(found)
        for block, f, x, kind in (
            (to_p["real"], lambda x: mixed({**p, "real": x}, 2.0), X[0], dtype),
            (to_p["complex"], lambda z: mixed({**p, "complex": z}, 2.0), Z[0], np.complex128),
            (to_factor, lambda t: mixed(p, t), 2.0, dtype),
        ):
            assert np.asarray(block).dtype == kind
            wanted = differences(partial(lambda f, x: leaf(f(x)), f), x)
            np.testing.assert_allclose(block, wanted, 0, 1e-7)

    compare(lambda y: y["complex"], np.complex128)
    compare(lambda y: y["both"][0], np.float64)
    compare(lambda y: y["both"][1], np.float64)


SECOND: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "real to complex": (lambda v: np.exp(1j * v) * v[0], X[0]),
    "complex to complex": (lambda q: np.exp(q) * q[0], Z[0]),
    # The gradient of a holomorphic function's real part is holomorphic.
    "complex to real": (lambda q: np.real(np.sum(np.exp(q)) * q), Z[0]),
}


@pytest.mark.parametrize("outer", MODES[:2])
@pytest.mark.parametrize("inner", MODES[:2])
@pytest.mark.parametrize("case", SECOND)
def test_the_jacobian_of_a_jacobian(case: str, inner: str, outer: str):
    f, x = SECOND[case]
    expected = differences(jacobian(f), x)
    twice = jacobian(jacobian(f, mode=inner), mode=outer)
    np.testing.assert_allclose(twice(x), expected, 0, 1e-6)
    np.testing.assert_allclose(vmap(twice)(np.stack([x, x]))[1], expected, 0, 1e-6)
    if inner == outer:
        compiled = jit(twice)
        for _ in range(3):
            np.testing.assert_allclose(compiled(x), expected, 0, 1e-6)
    np.testing.assert_allclose(hessian(f)(x), expected, 0, 1e-6)


NOT_HOLOMORPHIC: list[Callable[[Any], Any]] = [
    np.conj,
    lambda q: q * np.conj(q),
    lambda q: np.real(q) + 0j,
    lambda q: np.sum(np.abs(q)) * q,
    lambda q: np.stack([1e12 * q[0], np.conj(q[1])]),  # found beside a derivative much larger
]


@pytest.mark.parametrize("f", NOT_HOLOMORPHIC)
@pytest.mark.parametrize("mode", MODES)
def test_what_is_not_holomorphic_has_no_jacobian(f: Callable[[Any], Any], mode: str):
    with pytest.raises(ArgumentError, match="a holomorphic function") as raised:
        jacobian(f, mode=mode)(Z[0])
    assert "conj" in str(raised.value)
    for traced in (jit(jacobian(f, mode=mode))(Z[0]), vmap(jacobian(f, mode=mode))(Z)):
        assert np.isnan(traced).any()
        assert np.iscomplexobj(traced)


@pytest.mark.parametrize("f", [np.conj, lambda q: q * np.abs(q)])
def test_no_derivative_of_each_element(f: Callable[[Any], Any]):
    with pytest.raises(ArgumentError, match="a holomorphic function"):
        elementwise_grad(f)(Z)
    assert np.isnan(jit(elementwise_grad(f))(Z)).all()
    assert np.isnan(vmap(holomorphic_grad(f))(Z[0])).all()
    assert np.isnan(jit(holomorphic_grad(f))(1 + 2j))
    with pytest.raises(ArgumentError, match="a holomorphic function"):
        hessian(lambda q: np.sum(np.abs(q) ** 2))(Z[0])


def test_the_nan_of_a_trace_stays_at_second_order():
    twice = jacobian(jacobian(lambda q: q * np.conj(q)))
    assert np.isnan(vmap(twice)(Z)).any()
    assert np.isnan(jit(twice)(Z[0])).any()


def test_rounding_is_no_difference():
    """What is left of a sum that cancels is as large as the derivatives at small weights."""
    weights = np.array([1.0, 1e-9])
    exact = np.diag(weights) + 0j
    for noise in (1e-16 * weights, 1e-16 * weights[:, np.newaxis]):
        found = module.joined(np.conj, exact + noise, -1j * (exact - noise), -1j, True, rows=2)
        np.testing.assert_array_equal(found, exact + noise)
    with pytest.raises(ArgumentError, match=r"1e-09\+0j along the real"):
        other = exact * [[1.0], [1.001]]
        module.joined(np.conj, exact, -1j * other, -1j, True, rows=2)


def test_infinities_are_not_compared():
    with pytest.warns(NonFiniteWarning):
        found = jacobian(np.sqrt)(np.array([0j, 1.0]))
    assert not np.isfinite(found[0, 0])
    assert found[1, 1] == 0.5


@pytest.mark.parametrize("mode", MODES)
def test_the_precision_is_that_of_the_argument(mode: str):
    x, z = X[0].astype(np.float32), Z[0].astype(np.complex64)
    for f, at in ((np.fft.fft, x), (np.abs, z), (np.exp, z)):
        assert jacobian(f, mode=mode)(at).dtype == np.complex64
        assert jit(jacobian(f, mode=mode))(at).dtype == np.complex64
    for widened in (lambda v: v * np.ones(4)[:, np.newaxis], lambda v: v[0] * np.float64(2)):
        assert jacobian(widened, mode=mode)(x).dtype == np.float32
    assert jacobian(lambda q: 3.0 + 0 * np.abs(q[:0]), mode=mode)(Z[0]).shape == (0, 3)


def test_of_values_the_jacobian_is_recorded():
    x = Value(X[0].copy())
    total = np.sum(np.abs(jacobian(lambda v: np.exp(1j * v) * v[0])(x)) ** 2)
    total.backward()
    exact = differences(
        lambda v: np.sum(np.abs(jacobian(lambda u: np.exp(1j * u) * u[0])(v)) ** 2), X[0]
    )
    np.testing.assert_allclose(x.grad, exact, 0, 1e-6)


def test_the_two_sweeps_of_a_number():
    assert module.joined(np.abs, 0.6, 0.8, module.ALONG_Y, False) == 0.6 - 0.8j
    assert module.joined(np.sin, 2j, -2 + 0j, module.ALONG_Y, True) == 2j


@pytest.mark.parametrize("z", [0.7 + 0.3j, np.complex128(0.7 + 0.3j), np.complex64(0.7 + 0.3j)])
def test_the_gradient_by_one_complex_number(z: Any):
    w = complex(z)
    of_real = {np.real: 1, np.imag: -1j, np.angle: -1j / w, np.abs: w.conjugate() / abs(w)}
    for f, expected in of_real.items():
        found = grad(f)(z)
        assert found.dtype == np.asarray(z).dtype
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(grad(lambda z: np.imag(z) ** 2)(z), -2j * w.imag, rtol=1e-6)


def test_the_hessian_of_an_array_is_the_jacobian_twice():
    def f(v: Any) -> Any:
        return np.sin(v) * v[0]

    assert hessian(f)(X[0]).shape == (3, 3, 3)
    np.testing.assert_array_equal(hessian(f)(X[0]), jacobian(jacobian(f))(X[0]))
    assert hessian(lambda v: np.sum(v**3, keepdims=True))(X[0]).shape == (1, 3, 3)
    both = hessian(lambda v: (np.sum(v**3), {"w": v**2}))(X[0])
    np.testing.assert_allclose(both[0], np.diag(6 * X[0]))
    assert both[1]["w"].shape == (3, 3, 3)
    fourth = hessian(hessian(lambda v: np.sum(v**5)))(X[0])
    np.testing.assert_allclose(fourth[1, 1, 1, 1], 120 * X[0, 1])


@pytest.mark.peers
def test_jacobians_are_those_of_jax():
    jax: Any = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def compare(ours: Callable[[Any], Any], theirs: Any, x: Any) -> None:
        expected = jax.jit(theirs)(x)
        for mode in MODES:
            np.testing.assert_allclose(jacobian(ours, mode=mode)(x), expected, 0, 1e-12)

    compare(lambda v: np.exp(1j * v) * v[0], jax.jacfwd(lambda v: jnp.exp(1j * v) * v[0]), X[0])
    compare(lambda q: np.abs(q) * q[0].real, jax.jacrev(lambda q: jnp.abs(q) * q[0].real), Z[0])
    for theirs in (jax.jacfwd, jax.jacrev):
        compare(lambda q: q**2 * q[0], theirs(lambda q: q**2 * q[0], holomorphic=True), Z[0])
    cubes = jax.jit(jax.hessian(lambda q: jnp.sum(q**3) * q[0], holomorphic=True))
    np.testing.assert_allclose(hessian(lambda q: np.sum(q**3) * q[0])(Z[0]), cubes(Z[0]), 1e-12)

"""Fourier transforms and convolution beyond the registry's cases."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from cases import array

from autograd import Value, grad, gradcheck, jacobian, jvp, vmap
from autograd.errors import ArgumentError, ShapeError, UnsupportedError

X = array(6)


def test_the_rows_are_imported_when_a_transform_is_first_called_on_a_value():
    program = (
        "import sys, numpy, autograd\n"
        "assert 'autograd.ops.fft' not in sys.modules\n"
        "y = numpy.fft.fft(autograd.Value([1.0, 2.0]))\n"
        "assert 'autograd.ops.fft' in sys.modules and type(y) is autograd.Value\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_energy_has_the_gradient_of_parsevals_theorem():
    def energy(x: Any) -> Any:
        return np.sum(np.abs(np.fft.fft(x)) ** 2)

    np.testing.assert_allclose(grad(energy)(X), 2 * X.size * X, 1e-12)
    np.testing.assert_allclose(jacobian(grad(energy))(X), 2 * X.size * np.eye(X.size), 0, 1e-10)


def test_the_matrix_of_a_transform_is_its_jacobian():
    k = np.arange(6)
    matrix: Any = np.exp(-2j * np.pi * np.outer(k, k) / 6)
    found = jacobian(lambda x: np.real(np.fft.fft(x)), mode="rev")(X)
    np.testing.assert_allclose(found, matrix.real, 0, 1e-12)
    found = jacobian(lambda x: np.imag(np.fft.fft(x)), mode="fwd")(X)
    np.testing.assert_allclose(found, matrix.imag, 0, 1e-12)


def test_a_transform_there_and_back_changes_nothing():
    for there, back in ((np.fft.rfft, np.fft.irfft), (np.fft.ihfft, np.fft.hfft)):
        for n in (5, 6):
            found = jacobian(lambda x, f=there, g=back, n=n: g(f(x), n))(array(n))
            np.testing.assert_allclose(found, np.eye(n), 0, 1e-12)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_convolution_by_transforms_is_convolution(mode: Any):
    v = array(4, seed=1)

    def by_transforms(x: Any) -> Any:
        full = np.fft.irfft(np.fft.rfft(x, 9) * np.fft.rfft(v, 9), 9)
        return full[{"full": slice(9), "same": slice(1, 7), "valid": slice(3, 6)}[mode]]

    expected = jacobian(by_transforms)(X)
    np.testing.assert_allclose(jacobian(lambda x: np.convolve(x, v, mode))(X), expected, 0, 1e-12)
    np.testing.assert_allclose(
        jacobian(lambda x: np.correlate(x, v[::-1], mode))(X), expected, 0, 1e-12
    )


@pytest.mark.parametrize("f", [np.fft.fftfreq, np.fft.rfftfreq])
def test_frequencies_depend_on_the_spacing(f: Any):
    np.testing.assert_array_equal(f(5, Value(0.3)).data, f(5, 0.3))
    gradcheck(lambda d: f(6, d), 0.7)


def test_frequencies_of_a_physical_grid_in_a_spectral_derivative():
    """d/dx sin on a grid of n points of length L, by its transform; both depend on L."""

    def slope(length: Any) -> Any:
        x = np.arange(8) * (length / 8)
        k = 2 * np.pi * np.fft.rfftfreq(8, length / 8)
        return np.fft.irfft(1j * k * np.fft.rfft(np.sin(2 * np.pi * x / length)), 8)

    np.testing.assert_allclose(slope(3.0)[0], 2 * np.pi / 3, 1e-12)
    np.testing.assert_allclose(grad(lambda length: slope(length)[0])(3.0), -2 * np.pi / 9, 1e-12)


def test_vmap_takes_every_transform_along_its_axis():
    xs = array(3, 2, 4)
    for f in (np.fft.rfft2, lambda x: np.fft.fft(x, 5, 0), lambda x: np.fft.irfft(x, axis=0)):
        np.testing.assert_allclose(vmap(f)(xs), np.stack([f(x) for x in xs]), 1e-12, 1e-14)

        def energy(x: Any, f: Any = f) -> Any:
            return np.sum(np.abs(f(x)) ** 2)

        found = grad(lambda xs, f=energy: np.sum(vmap(f)(xs)))(xs)
        np.testing.assert_allclose(found, np.stack([grad(energy)(x) for x in xs]), 1e-12)


def test_errors_of_transforms():
    v: Any = Value(X)
    unknown: Any = "unitary"
    with pytest.raises(ArgumentError, match="norm 'backward', 'ortho' or 'forward'"):
        np.fft.fft(v, norm=unknown)
    with pytest.raises(ArgumentError, match="2 lengths, 1 axes"):
        np.fft.fftn(v, (3, 4), (0,))
    with pytest.raises(UnsupportedError, match="out="):
        np.fft.fft(v, out=np.zeros(6, complex))
    with pytest.raises(ShapeError):
        np.fft.fft(v, 0)
    with pytest.raises(IndexError):
        np.fft.fft(v, axis=1)


def test_errors_of_convolution():
    v: Any = Value(X)
    unknown: Any = "half"
    functions: tuple[Any, ...] = (np.convolve, np.correlate)
    for f in functions:
        with pytest.raises(ShapeError, match="two vectors that are not empty"):
            f(v, np.zeros(0))
        with pytest.raises(ShapeError, match="two vectors that are not empty"):
            f(Value(array(2, 2)), v)
        with pytest.raises(ArgumentError, match="mode full, same or valid"):
            f(v, v, unknown)


# Peers

SPECTRA: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("fft", False, {"n": 5}),
    ("ifft", True, {"norm": "ortho"}),
    ("rfft", False, {"n": 7, "norm": "forward"}),
    ("irfft", True, {"n": 6}),
    ("irfft", True, {"n": 5}),
    ("hfft", True, {"n": 8}),
    ("ihfft", False, {"n": 4}),
    ("fft2", True, {}),
    ("rfft2", False, {"s": (3, 5)}),
    ("irfft2", True, {"norm": "ortho"}),
    ("fftshift", True, {}),
)


@pytest.mark.peers
@pytest.mark.parametrize(("name", "is_complex", "options"), SPECTRA)
def test_gradients_are_those_of_jax(name: str, is_complex: bool, options: dict[str, Any]):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    x = array(3, 4) + (1j * array(3, 4, seed=1) if is_complex else 0)

    def loss(numpy: Any) -> Any:
        f = getattr(numpy.fft, name)
        return lambda x: numpy.sum(numpy.abs(f(x * x, **options) - 0.3) ** 3)

    for transform, theirs in ((grad, jax.grad), (hvp_of, hvp_of_jax(jax))):
        found, wanted = transform(loss(np))(x), theirs(loss(jax.numpy))(x)
        np.testing.assert_allclose(found, np.asarray(wanted), 1e-9, 1e-9)


def hvp_of(f: Any) -> Any:
    """The derivative of the gradient in the direction x."""
    return lambda x: jvp(grad(f), (x,), (x,))[1]


def hvp_of_jax(jax: Any) -> Any:
    return lambda f: lambda x: jax.jvp(jax.grad(f), (x,), (x,))[1]


@pytest.mark.peers
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_convolutions_are_those_of_jax(mode: Any):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    x, v = X + 1j * array(6, seed=1), array(4, seed=2) - 0.5j

    def loss(numpy: Any, name: str) -> Any:
        f = getattr(numpy, name)
        return lambda x, v: numpy.sum(numpy.abs(f(x, v, mode=mode)) ** 3)

    for name in ("convolve", "correlate"):
        found = grad(loss(np, name), (0, 1))(x, v)
        for a, b in zip(found, jax.grad(loss(jax.numpy, name), (0, 1))(x, v), strict=True):
            np.testing.assert_allclose(a, np.asarray(b), 1e-9)

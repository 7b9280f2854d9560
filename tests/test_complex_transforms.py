"""holomorphic_grad: complex derivatives known in closed form, and what it refuses."""

from typing import Any

import numpy as np
import pytest

from autograd import grad, vmap
from autograd.complex_transforms import holomorphic_grad
from autograd.errors import ArgumentError, DTypeError, ShapeError

Z = np.array([1.0 + 2.0j, -0.5 + 0.1j])


def test_derivatives_of_a_power():
    def f(z):
        return z**4

    for power, factor in ((3, 4), (2, 12), (1, 24)):
        f = holomorphic_grad(f)
        assert f(1 + 1j) == pytest.approx(factor * (1 + 1j) ** power)


def test_each_element_of_a_sum_has_its_own_derivative():
    found = holomorphic_grad(lambda z: np.sum(np.exp(z) * z))(Z)
    np.testing.assert_allclose(found, np.exp(Z) * (1 + Z), 1e-14)
    np.testing.assert_allclose(vmap(holomorphic_grad(np.sin))(Z), np.cos(Z), 1e-14)


def test_several_arguments_and_containers():
    def f(z, p):
        return np.sum(z * p["w"][0]) + p["c"]

    to_z, to_p = holomorphic_grad(f, (0, 1))(Z, {"w": [2 * Z], "c": 1j})
    np.testing.assert_allclose(to_z, 2 * Z)
    np.testing.assert_allclose(to_p["w"][0], Z)
    assert to_p["c"] == 1


def test_the_gradient_of_the_real_part_is_the_derivative():
    def f(z):
        return np.sum(np.sin(z) / z)

    np.testing.assert_allclose(grad(lambda z: np.real(f(z)))(Z), holomorphic_grad(f)(Z), 1e-13)


def test_complex64_stays():
    found = holomorphic_grad(lambda z: np.sum(np.exp(z)))(Z.astype(np.complex64))
    assert found.dtype == np.complex64


@pytest.mark.parametrize(
    "f", [np.conj, lambda z: z * np.abs(z), lambda z: np.real(z) + 0j, lambda z: z * np.conj(z)]
)
def test_what_is_not_holomorphic_is_refused(f: Any):
    with pytest.raises(ArgumentError, match="a holomorphic function"):
        holomorphic_grad(f)(1 + 2j)


def test_real_numbers_and_arrays_are_refused():
    with pytest.raises(DTypeError, match="complex arguments of <lambda>"):
        holomorphic_grad(lambda z: z * z)(2.0)
    with pytest.raises(DTypeError, match="a complex output"):
        holomorphic_grad(np.abs)(1j)
    with pytest.raises(ShapeError, match="a scalar output"):
        holomorphic_grad(np.exp)(Z)
    with pytest.raises(ShapeError, match="a scalar output"):
        holomorphic_grad(lambda z: (z, z))(1j)

"""Reductions of arrays that have no axes: NumPy lets these have one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import grad, hessian, jit, vmap


@pytest.mark.parametrize("reduce", [np.sum, np.prod, np.max, np.min])
@pytest.mark.parametrize("axis", [0, -1, (0,)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_an_axis_of_a_number(reduce: Callable[..., Any], axis: Any, keepdims: bool):
    def f(x: Any) -> Any:
        return np.tanh(reduce(x[0], axis=axis, keepdims=keepdims))

    x = np.full(3, 0.5)
    slope, curvature = 1 - np.tanh(0.5) ** 2, -2 * np.tanh(0.5) * (1 - np.tanh(0.5) ** 2)
    expected = np.array([slope, 0.0, 0.0])
    np.testing.assert_allclose(grad(f)(x), expected, 1e-12)
    np.testing.assert_allclose(hessian(f)(x)[0], [curvature, 0.0, 0.0], 1e-12)
    np.testing.assert_allclose(vmap(grad(f))(np.stack([x, x])), [expected, expected], 1e-12)
    compiled = jit(grad(f))
    for _ in range(3):
        np.testing.assert_allclose(compiled(x), expected, 1e-12)
    with pytest.raises(np.exceptions.AxisError):
        reduce(x[0], axis=1)

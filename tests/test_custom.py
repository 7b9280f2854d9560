"""custom_vjp: the rule that is given, and no other, in every transform; linearize beside it."""

from typing import Any

import numpy as np
import pytest

from autograd import (
    Value,
    custom_vjp,
    grad,
    gradcheck,
    hessian,
    jacobian,
    jit,
    jvp,
    linearize,
    no_grad,
    vmap,
)
from autograd.errors import ArgumentError, ShapeError

X = np.array([0.5, -1.0, 2.0])


def softplus_of_its_own() -> custom_vjp:
    @custom_vjp
    def softplus(x: Any) -> Any:
        return np.log1p(np.exp(x))

    def fwd(x: Any) -> tuple[Any, Any]:
        e = np.exp(x)
        return np.log1p(e), e / (1 + e)

    softplus.defvjp(fwd, lambda s, g: (g * s,))
    return softplus


def test_the_rule_agrees_with_differences_in_every_mode_and_order():
    softplus = softplus_of_its_own()
    assert gradcheck(softplus, X, order=2)
    assert gradcheck(lambda x: np.sum(softplus(x) ** 2), X, order=2)
    h = hessian(lambda x: np.sum(softplus(x)))(X)
    s = 1 / (1 + np.exp(-X))
    assert np.allclose(h, np.diag(s * (1 - s)))


def test_the_rule_is_the_one_given_even_if_it_is_wrong():
    @custom_vjp
    def f(x: Any) -> Any:
        return x**2

    f.defvjp(lambda x: (x**2, x), lambda x, g: (g * 100 * x,))
    assert grad(f)(3.0) == 300.0
    assert grad(grad(f))(3.0) == 100.0
    assert jvp(f, (3.0,), (1.0,)) == (9.0, 300.0)
    with pytest.raises(AssertionError):
        gradcheck(f, 3.0)


def test_residuals_may_be_anything():
    @custom_vjp
    def f(x: Any, y: Any) -> Any:
        return x * y

    f.defvjp(
        lambda x, y: (x * y, {"x": x, "more": ("a word", None, [y])}),
        lambda r, g: (g * r["more"][2][0], g * r["x"]),
    )
    assert grad(f, (0, 1))(2.0, 5.0) == (5.0, 2.0)
    assert gradcheck(f, X, X + 1, order=2)


def test_containers_and_several_outputs():
    @custom_vjp
    def f(p: Any) -> Any:
        return {"sum": p["a"] + p["b"], "product": p["a"] * p["b"]}

    def bwd(p: Any, g: Any) -> Any:
        s, t = g["sum"], g["product"]
        return ({"a": s + t * p["b"], "b": s + t * p["a"]},)

    f.defvjp(lambda p: (f.f(p), p), bwd)
    p = {"a": 2.0, "b": 5.0}
    assert grad(lambda p: f(p)["product"])(p) == {"a": 5.0, "b": 2.0}
    assert grad(lambda p: f(p)["product"] * f(p)["sum"])(p) == {"a": 45.0, "b": 24.0}
    assert gradcheck(lambda p: f(p)["product"] * f(p)["sum"], p, order=2)


def test_arguments_without_a_derivative():
    @custom_vjp
    def plain(x: Any, n: int) -> Any:
        return x**n

    power = custom_vjp(plain.f, nondiff_argnums=(1,))
    power.defvjp(lambda x, n: (x**n, x), lambda n, x, g: (g * n * x ** (n - 1),))
    assert grad(power)(2.0, 3) == 12.0
    constant = custom_vjp(lambda x, y: x * y)
    constant.defvjp(lambda x, y: (x * y, y), lambda y, g: (g * y, None))
    assert grad(constant, (0, 1))(2.0, 5.0) == (5.0, 0.0)


def test_under_vmap_and_around_it():
    softplus = softplus_of_its_own()
    s = 1 / (1 + np.exp(-X))
    assert np.allclose(vmap(softplus)(X), np.log1p(np.exp(X)))
    assert np.allclose(vmap(grad(softplus))(X), s)
    assert np.allclose(grad(lambda x: np.sum(vmap(softplus)(x)))(X), s)
    x = np.linspace(-1, 1, 6)
    assert np.allclose(jacobian(softplus)(x), np.diag(1 / (1 + np.exp(-x))))


def test_the_rule_of_one_sweep_sees_plain_data():
    seen: list[bool] = []

    @custom_vjp
    def f(x: Any) -> Any:
        return np.sin(x)

    def fwd(x: Any) -> Any:
        seen.append(type(x) is Value)
        return np.sin(x), np.cos(x)

    f.defvjp(fwd, lambda c, g: (g * c,))
    grad(f)(1.0)
    assert seen == [False]
    assert f(1.0) == np.sin(1.0)
    with no_grad():
        assert not f(Value(1.0)).requires_grad


def test_errors_say_what_is_wrong_with_the_rule():
    bare = custom_vjp(np.sin)
    with pytest.raises(ArgumentError, match="defvjp"):
        grad(bare)(1.0)
    short = custom_vjp(lambda x, y: x * y)
    short.defvjp(lambda x, y: (x * y, None), lambda r, g: (g,))
    with pytest.raises(ArgumentError, match="2 cotangents"):
        grad(short)(1.0, 2.0)
    alone = custom_vjp(np.sin)
    alone.defvjp(np.sin, lambda r, g: (g,))
    with pytest.raises(ArgumentError, match="residuals"):
        grad(alone)(1.0)
    with pytest.raises(ArgumentError, match="by position"):
        softplus_of_its_own()(x=Value(1.0))


@pytest.mark.parametrize(
    "bwd",
    [
        lambda x, g: (np.sum(g * x),),
        lambda x, g: ((g * x)[:1],),
        lambda x, g: (np.ones(7),),
        lambda x, g: ("g",),
    ],
)
def test_a_cotangent_that_does_not_fit_its_argument_is_refused(bwd: Any):
    half_square = custom_vjp(lambda x: x**2 / 2)
    half_square.defvjp(lambda x: (x**2 / 2, x), bwd)
    for derivative in (grad, jacobian, hessian, lambda f: jit(grad(f))):
        with pytest.raises(ShapeError, match=r"bwd .* with the shape of its argument, \(3,\)"):
            derivative(lambda x: np.sum(half_square(x)))(X)
    with pytest.raises(ShapeError, match=r"shape of its argument"):
        vmap(grad(lambda x: np.sum(half_square(x))))(np.stack([X, X]))
    with pytest.raises(ShapeError, match=r"shape of its argument"):
        jvp(half_square, (X,), (X,))


def test_a_cotangent_that_broadcasting_made_is_summed():
    product = custom_vjp(np.multiply)
    product.defvjp(lambda a, x: (a * x, (a, x)), lambda r, g: (g * r[1], g * r[0]))
    rows = np.stack([X, 2 * X])
    for a in (2.0, X, rows[:, :1]):
        found = grad(lambda a, x: np.sum(product(a, x) ** 2), (0, 1))(a, rows)
        known = grad(lambda a, x: np.sum((a * x) ** 2), (0, 1))(a, rows)
        for one, other in zip(found, known, strict=True):
            np.testing.assert_allclose(one, other)


# linearize


def test_linearize_runs_the_function_once():
    calls: list[int] = []

    def f(x: Any, y: Any) -> Any:
        calls.append(1)
        return np.sin(x) * y, {"x": x**2}

    (out, rest), push = linearize(f, X, 2.0)
    assert np.allclose(out, 2 * np.sin(X))
    assert np.allclose(rest["x"], X**2)
    for t in np.eye(3):
        expected = jvp(f, (X, 2.0), (t, 0.5))[1]
        calls.clear()
        found = push(t, 0.5)
        assert np.allclose(found[0], expected[0])
        assert np.allclose(found[1]["x"], expected[1]["x"])
        assert not calls


def test_linearize_inside_and_around_other_transforms():
    def slope(x: Any) -> Any:
        return linearize(np.sin, x)[1](1.0)

    assert np.isclose(grad(slope)(0.3), -np.sin(0.3))
    assert np.allclose(vmap(slope)(X), np.cos(X))
    _, push = linearize(grad(lambda x: np.sum(x**3)), X)
    assert np.allclose(vmap(push)(np.eye(3)), np.diag(6 * X))
    with pytest.raises(ShapeError):
        push(np.ones(2))
    with pytest.raises(ArgumentError, match="structure"):
        push(np.ones(3), np.ones(3))


def test_the_data_of_the_point_are_its_own():
    x = X.copy()
    _, push = linearize(lambda x: x**2, x)
    x[:] = 0.0
    assert np.allclose(push(np.ones(3)), 2 * X)


RESIDUALS = {
    "arrays of several shapes": lambda x: (x, np.ones((2, 3))),
    "no number": lambda x: (x, "text"),
    "none": lambda x: (x, None),
    "containers": lambda x: (x, {"a": [x, 2.0]}),
}


@pytest.mark.parametrize("name", RESIDUALS)
@pytest.mark.parametrize("emitter", [None, "numpy", "native"])
def test_residuals_hold_anything_compiled_and_not(name: str, emitter: str | None) -> None:
    if emitter == "native":
        pytest.importorskip("llvmlite")

    @custom_vjp
    def cube(x: Any) -> Any:
        return x**3

    cube.defvjp(lambda x: (x**3, RESIDUALS[name](x)), lambda kept, g: (g * 3 * kept[0] ** 2,))
    slope: Any = grad(lambda x: np.sum(cube(x)))
    second: Any = grad(lambda x: np.sum(slope(x) * x))
    found: list[Any] = [cube, slope, second]
    if emitter is not None:
        found = [jit(f, emitter=emitter) for f in found]
    for _ in range(4 if emitter else 1):
        for f, expected in zip(found, (X**3, 3 * X**2, 9 * X**2), strict=True):
            np.testing.assert_allclose(f(X), expected)

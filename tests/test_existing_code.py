"""Names that existing code imports, beyond what the programs of `hips_programs.py` use."""

import subprocess
import sys
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, extend, grad, gradcheck, hessian, jacobian, jvp, primitive, vjp
from autograd import builtins as values_as_data
from autograd.core import make_jvp, make_vjp
from autograd.differential_operators import (
    deriv,
    grad_and_aux,
    grad_named,
    make_ggnvp,
    make_hvp,
    make_jvp_reversemode,
    multigrad_dict,
    tensor_jacobian_product,
)
from autograd.errors import (
    ArgumentError,
    ConversionError,
    GradcheckError,
    ShapeError,
    UnsupportedError,
)
from autograd.extend import (
    Box,
    VSpace,
    def_linear,
    defjvp,
    defjvp_argnum,
    defjvp_argnums,
    defvjp,
    notrace_primitive,
    vspace,
)
from autograd.misc import const_graph, flatten
from autograd.misc.fixed_points import fixed_point
from autograd.misc.optimizers import adam, sgd
from autograd.numpy.numpy_boxes import ArrayBox
from autograd.numpy.numpy_vjps import match_complex, unbroadcast_f
from autograd.test_util import (
    check_equivalent,
    check_grads,
    check_jvp,
    check_vjp,
    combo_check,
    make_numerical_jvp,
    scalar_close,
)
from autograd.tracer import getval, isbox
from autograd.wrap_util import unary_to_nary

X, Y = np.array([0.5, -1.2, 0.8]), np.array([1.0, 2.0, -0.4])
Pair = namedtuple("Pair", "a b")

# Operators


def test_gradients_by_name():
    def f(a: Any, b: Any = 2.0, *rest: Any, scale: Any = 1.0) -> Any:
        return scale * a * b**2 + sum(rest)

    assert grad_named(f, "b")(3.0) == 12.0
    assert grad_named(f, "b")(3.0, b=5.0) == 30.0
    assert grad_named(f, "scale")(3.0, scale=2.0) == 12.0
    assert multigrad_dict(f)(3.0) == {"a": 4.0, "b": 12.0, "rest": (), "scale": 12.0}
    assert multigrad_dict(f)(3.0, 1.0, 7.0)["rest"] == (1.0,)
    with pytest.raises(ArgumentError, match="a, b"):
        grad_named(lambda a, b: a, "c")


def test_operators_take_several_arguments_and_containers():
    def f(p: Any, y: Any) -> Any:
        return np.sum(p["x"] * y) ** 2

    point = {"x": X}
    pull, value = autograd.make_vjp(f, (0, 1))(point, Y)
    first, second = pull(1.0)
    assert value == np.sum(X * Y) ** 2
    np.testing.assert_allclose(first["x"], 2 * np.sum(X * Y) * Y)
    np.testing.assert_allclose(second, 2 * np.sum(X * Y) * X)
    value, moved = autograd.make_jvp(f, (0, 1))(point, Y)(({"x": Y}, X))
    np.testing.assert_allclose(moved, np.sum(first["x"] * Y) + np.sum(second * X))
    np.testing.assert_allclose(make_jvp_reversemode(f, 1)(point, Y)(X)[1], np.sum(second * X))
    np.testing.assert_allclose(deriv(lambda p: p["x"] ** 2)(point), 2 * X)
    assert deriv(lambda n: n * n)(3) == 6.0


def test_functions_of_one_argument():
    pull, y = make_vjp(np.sin, 0.5)
    assert (pull(1.0), y) == (np.cos(0.5), np.sin(0.5))
    assert make_jvp(np.sin, 0.5)(2.0) == (np.sin(0.5), 2 * np.cos(0.5))


def test_products_with_jacobians_and_hessians():
    def f(x: Any, power: Any) -> Any:
        return np.stack([np.sum(x**power), x[0] * x[1]])

    np.testing.assert_allclose(tensor_jacobian_product(f)(X, 2, Y[:2]), Y[:2] @ jacobian(f)(X, 2))
    partial = tensor_jacobian_product(lambda x: np.outer(x, x))(X, Y)
    np.testing.assert_allclose(partial, np.outer(X, Y) + np.sum(X * Y) * np.eye(3))
    product, slope = make_hvp(lambda a, x: np.sum(a * x**3), 1)(2.0, X)
    np.testing.assert_allclose(slope, 6 * X**2)
    np.testing.assert_allclose(product(Y), 12 * X * Y)
    jac = jacobian(f)(X, 2)
    inner = np.diag([1.0, 4.0])
    gauss = make_ggnvp(f, lambda y: 0.5 * y[0] ** 2 + 2 * y[1] ** 2)(X, 2)
    np.testing.assert_allclose(gauss(Y), jac.T @ inner @ jac @ Y)


def test_aux_and_unary_operators():
    assert grad_and_aux(lambda a, b: (a * b, {"kept": b}), 1)(2.0, 3.0) == (2.0, {"kept": 3.0})
    difference = unary_to_nary(lambda f, x, h=1.0: (f(x + h) - f(x)) / h)
    assert difference(lambda a, b: a * b**2, 1, h=2.0)(3.0, 1.0) == 12.0


def test_names_at_the_top():
    for name in autograd.__all__:
        assert getattr(autograd, name).__doc__
    namespace: dict[str, Any] = {}
    exec("from autograd import isinstance, type, tuple, list, dict, primitive", namespace)
    assert namespace["tuple"] is tuple and namespace["isinstance"](Value(1.0), float)


def test_modules_are_known_after_import_autograd():
    source = """
import autograd
assert autograd.numpy.exp(0.0) == 1.0
assert autograd.extend.primitive is autograd.primitive
assert autograd.util.subvals((1, 2), [(0, 3)]) == (3, 2)
assert {"numpy", "core", "tracer", "grad", "jit"} <= set(dir(autograd))
try:
    autograd.no_such_module
except AttributeError as error:
    assert "no_such_module" in str(error)
else:
    raise SystemExit("a module that is not there")
"""
    subprocess.run([sys.executable, "-c", source], check=True)


# Primitives


def test_a_primitive_of_containers():
    @primitive
    def f(params: Any, scale: Any, unused: Any = None) -> Any:
        return {"sum": np.sum(params["x"]) * scale, "parts": [params["y"] * scale]}

    def f_vjp(ans: Any, params: Any, scale: Any, unused: Any = None) -> Any:
        def pull(g: Any) -> Any:
            return {"x": g["sum"] * scale * np.ones(3), "y": g["parts"][0] * scale}

        return pull

    def scale_vjp(ans: Any, params: Any, scale: Any, unused: Any = None) -> Any:
        return lambda g: g["sum"] * np.sum(params["x"]) + np.sum(g["parts"][0] * params["y"])

    defvjp(f, f_vjp, scale_vjp)

    def total(params: Any, scale: Any) -> Any:
        found = f(params, scale)
        return found["sum"] ** 2 + np.sum(found["parts"][0] ** 3)

    assert gradcheck(total, {"x": X, "y": Y}, 0.7)
    assert grad(lambda y: f({"x": X, "y": y}, 2.0)["parts"][0][0])(Y).tolist() == [2.0, 0.0, 0.0]
    plain = f({"x": X, "y": Y}, 2.0)
    assert type(plain["sum"]) is np.float64


def test_a_primitive_that_returns_a_tuple():
    @primitive
    def halves(x: Any) -> Any:
        return x[:2] * 2, x[2:] ** 2

    defvjp(halves, lambda ans, x: lambda g: np.concatenate([2 * g[0], g[1] * 2 * x[2:]]))
    assert gradcheck(lambda x: np.sum(halves(x)[0]) * np.sum(halves(x)[1]), X)
    np.testing.assert_allclose(jvp(lambda x: halves(x)[1], (X,), (Y,))[1], 2 * X[2:] * Y[2:])


def test_forward_rules_of_every_form():
    @primitive
    def product(x: Any, y: Any, name: Any) -> Any:
        return x * y

    defvjp(product, lambda ans, x, y, n: lambda g: g * y, lambda ans, x, y, n: lambda g: g * x)

    def check() -> None:
        assert gradcheck(lambda x, y: product(x, y, "name") ** 2, X, Y)

    check()
    defjvp(product, "same", lambda g, ans, x, y, name: g * x)
    check()
    defjvp(product, lambda g, ans, x, y, name: g * y, "same", None)
    check()
    def_linear(product)
    check()
    defjvp_argnum(product, lambda argnum, g, ans, args, kwargs: g * args[1 - argnum])
    check()

    def joint(argnums: Any, gs: Any, ans: Any, args: Any, kwargs: Any) -> Any:
        return sum(g * args[1 - i] for i, g in zip(argnums, gs, strict=True))

    defjvp_argnums(product, joint)
    check()
    defjvp(product, lambda g, ans, x, y, name: 1.01 * g * y, "same")
    with pytest.raises(GradcheckError, match="JVP"):
        check()


def test_arguments_of_zero_derivative():
    @primitive
    def f(x: Any, y: Any) -> Any:
        return x * np.round(y)

    defvjp(f, lambda ans, x, y: lambda g: g * np.round(y), None)
    defjvp(f, "same", None)
    assert grad(f, (0, 1))(2.0, 3.2) == (3.0, 0.0)
    assert jvp(f, (2.0, 3.2), (0.0, 1.0))[1] == 0.0
    defjvp(f, "same", argnums=[0])
    defvjp(f, lambda ans, x, y: lambda g: g * np.round(y), argnums=[0])
    for derivative in (lambda: grad(f, 1)(2.0, 3.2), lambda: jvp(f, (2.0, 3.2), (0.0, 1.0))):
        with pytest.raises(UnsupportedError, match="argument 1"):
            derivative()


def test_errors_of_primitives():
    @primitive
    def f(x: Any, scale: Any = 1.0) -> Any:
        return x * scale

    with pytest.raises(UnsupportedError, match="defvjp"):
        grad(f)(2.0)
    with pytest.raises(UnsupportedError, match="by position"):
        grad(lambda s: f(2.0, scale=s))(3.0)
    with pytest.raises(ArgumentError, match="primitive"):
        defvjp(np.sin, lambda ans, x: lambda g: g)
    defvjp(f, lambda ans, x: lambda g: [g])
    with pytest.raises(ArgumentError, match="structure"):
        grad(f)(2.0)
    assert repr(f) == "<primitive f>" and f(3.0, scale=2.0) == 6.0


def test_rules_that_unbroadcast_themselves():
    @primitive
    def scaled(a: Any, x: Any) -> Any:
        return np.multiply(a, x)

    defvjp(
        scaled,
        lambda ans, a, x: unbroadcast_f(a, lambda g: g * x),
        lambda ans, a, x: unbroadcast_f(x, lambda g: g * a),
    )
    rows = np.stack([X, Y])
    for a, x in ((2.0, rows), (X, rows), (rows[:, :1], Y), (np.float32(2), Y)):
        by_a, by_x = grad(lambda a, x: np.sum(scaled(a, x) ** 2), (0, 1))(a, x)
        known = grad(lambda a, x: np.sum((a * x) ** 2), (0, 1))(a, x)
        np.testing.assert_allclose(by_a, known[0], rtol=1e-6)
        np.testing.assert_allclose(by_x, known[1], rtol=1e-6)
        assert np.asarray(by_a).dtype == np.asarray(known[0]).dtype
    # Alone, as a rule for other engines would call it
    assert unbroadcast_f(rows[:, :1], lambda g: 3 * g)(rows).shape == (2, 1)
    assert match_complex(X, X + 1j * Y).dtype == X.dtype
    assert match_complex(X + 1j, Y).dtype == np.complex128


@pytest.mark.parametrize("rule", [lambda g: np.sum(g), lambda g: g[:1], lambda g: np.ones(7)])
def test_a_cotangent_smaller_than_its_argument_is_refused(rule: Any):
    doubled = primitive(lambda x: 2 * x)
    defvjp(doubled, lambda ans, x: lambda g: rule(2 * g))
    for derivative in (grad, lambda f: lambda x: jvp(f, (x,), (x,)), hessian):
        with pytest.raises(ShapeError, match=r"with the shape of its argument, \(3,\)"):
            derivative(lambda x: np.sum(doubled(x)))(X)


def test_a_primitive_without_a_trace():
    @notrace_primitive
    def size_of(x: Any, more: Any = 0) -> Any:
        return float(np.sum(x > 0)) + more

    assert size_of(Value(X)) == 2.0 and type(size_of(Value(X))) is float
    np.testing.assert_allclose(grad(lambda x: np.sum(x) * size_of(x))(X), np.full(3, 2.0))


def test_boxes():
    v = Value(2.0)
    assert isinstance(v, Box) and isinstance(Value(X), ArrayBox) and isbox(v) and not isbox(2.0)
    assert getval(v) == 2.0 and v._value == 2.0 and getval("text") == "text"
    assert values_as_data.isinstance(Value(X), np.ndarray)
    assert not values_as_data.isinstance(v, np.ndarray)
    assert values_as_data.isinstance(v, Value) and values_as_data.type(v) is float
    assert values_as_data.type("Made", (), {}).__name__ == "Made"


# Fixed points and constant graphs


def affine(params: Any) -> Any:
    return lambda x: {"x": 0.3 * np.tanh(params["A"] @ x["x"]) + params["b"]}


def apart(x: Any, y: Any) -> Any:
    return np.max(np.abs(x["x"] - y["x"]))


def test_a_fixed_point_of_containers():
    A = np.array([[0.5, -0.2, 0.1], [0.3, 0.4, 0.0], [-0.1, 0.2, 0.6]])

    def solved(A: Any, b: Any) -> Any:
        found = fixed_point(affine, {"A": A, "b": b}, {"x": np.zeros(3)}, apart, 1e-14)
        return np.sum(found["x"] ** 2)

    assert gradcheck(solved, A, X, rtol=1e-5)


def test_the_start_of_a_fixed_point_does_not_matter():
    def root(x0: Any) -> Any:
        return fixed_point(lambda a: lambda x: (x + a / x) / 2, 2.0, x0, scalar_gap, 1e-12)

    assert grad(root)(1.5) == 0.0


def scalar_gap(x: Any, y: Any) -> Any:
    return abs(x - y)


def test_a_fixed_point_that_closes_over_a_value_is_refused():
    def root(a: Any) -> Any:
        return fixed_point(lambda _: lambda x: (x + a / x) / 2, None, 1.0, scalar_gap, 1e-12)

    with pytest.raises(ArgumentError, match="closes over"):
        grad(root)(2.0)


def test_a_constant_graph_is_recorded_once_for_each_shape():
    calls = []

    def f(a: Any, x: Any, power: Any = 2) -> Any:
        calls.append(1)
        return {"y": a * np.where(x > 0, x**power, -x)}

    replayed = const_graph(f, 3.0, power=3)
    for x in (X, Y, -X):
        np.testing.assert_allclose(replayed(x)["y"], f(3.0, x, 3)["y"])
        found = grad(lambda x: np.sum(replayed(x)["y"]))(x)
        np.testing.assert_allclose(found, grad(lambda x: np.sum(f(3.0, x, 3)["y"]))(x))
    calls.clear()
    replayed(X)
    assert not calls
    replayed(2.0)
    assert len(calls) == 1
    with pytest.raises(ConversionError, match=r"np\.where"):
        const_graph(lambda x: x if x > 0 else -x)(2.0)


def test_a_constant_graph_takes_all_arguments_of_its_function():
    calls = []

    def f(p: Any, y: Any) -> Any:
        calls.append(1)
        return np.sum(p["x"] ** 2 * y)

    replayed = const_graph(grad(f, (0, 1)))
    for x, y in ((X, Y), (Y, X)):
        by_p, by_y = replayed({"x": x}, y)
        np.testing.assert_allclose(by_p["x"], 2 * x * y)
        np.testing.assert_allclose(by_y, x**2)
    assert len(calls) == 1
    np.testing.assert_allclose(grad(const_graph(f), 1)({"x": X}, Y), X**2)


# Flat vectors and optimizers


def test_flattened_containers():
    tree = {"b": [np.arange(4.0).reshape(2, 2), 5.0], "a": Pair(1.0, None), "empty": ()}
    vector, unflatten = flatten(tree)
    np.testing.assert_array_equal(vector, [1.0, 0.0, 1.0, 2.0, 3.0, 5.0])
    again = unflatten(10 * vector)
    assert again["a"] == Pair(10.0, None) and type(again["b"][1]) is float
    np.testing.assert_array_equal(again["b"][0], 10 * tree["b"][0])
    assert flatten(np.array([1j, 2.0]))[0].dtype == np.complex128
    assert flatten([np.float32(1), np.ones(2, np.float32)])[0].dtype == np.float32
    empty, unflatten = flatten(())
    assert empty.shape == (0,) and unflatten(empty) == ()


def test_flattening_is_recorded_both_ways():
    def f(tree: Any) -> Any:
        vector, unflatten = flatten(tree)
        again = unflatten(vector**2)
        return np.sum(again["a"]) * again["b"]

    assert gradcheck(f, {"a": X, "b": 0.7})


@pytest.mark.parametrize("optimize", [adam, sgd])
def test_optimizers_of_nested_containers(optimize: Any):
    told = []
    start = Pair({"x": X}, [2.0])

    def f(p: Any) -> Any:
        return np.sum((p.a["x"] - Y) ** 2) + p.b[0] ** 2

    found = optimize(
        lambda p, i: grad(f)(p),
        start,
        callback=lambda p, i, g: told.append((i, f(p), g.b[0])),
        num_iters=300,
        step_size=0.1,
    )
    assert type(found) is Pair and f(found) < 1e-3 < f(start)
    assert [i for i, _, _ in told] == list(range(300))
    assert told[0][1:] == (f(start), 4.0)


# Spaces and checks


def test_vector_spaces():
    space = vspace({"x": X, "z": 1j, "n": 3})
    assert isinstance(space, VSpace) and space.size == 6
    assert space.shape == {"x": (3,), "z": (), "n": ()}
    assert space.dtype["n"] == np.float64
    zeros, ones = space.zeros(), space.ones()
    assert ones["z"] == 1 and zeros["x"].tolist() == [0, 0, 0]
    basis = list(space.standard_basis())
    assert len(basis) == 6 and [b["z"] for b in basis][3:5] == [1, 1j]
    assert space.inner_prod(ones, space.add(ones, ones)) == 2 * 5
    assert space.inner_prod(ones, space.mut_add(None, ones)) == 5
    assert space.inner_prod(ones, space.mut_add(ones, ones)) == 2 * 5
    assert space.iscomplex and not vspace(X).iscomplex
    assert space.scalar_mul(ones, 3.0)["z"] == 3 and space.covector({"z": 1j})["z"] == -1j
    assert space.randn()["x"].shape == (3,) and space.randn()["z"] != space.randn()["z"]
    assert space == vspace({"x": Y, "z": 2j, "n": 1.0}) != vspace({"x": X, "z": 1.0, "n": 3})
    assert "complex128 ()" in repr(space) and vspace(Value(2.0)).ones() == 1.0


def test_checks_that_pass_and_fail():
    check_grads(lambda x, y: x @ y, (0, 1))(X, Y)
    check_grads(np.sin, modes=["fwd"], order=3)(2)
    check_vjp(np.sin, X)
    check_jvp(np.sin, X)
    combo_check(np.sum, modes=["rev"], order=1)([X, np.ones((2, 3))], axis=[None, 0])
    wrong = primitive(np.sin)
    defvjp(wrong, lambda ans, x: lambda g: g * np.sin(x))
    defjvp(wrong, lambda g, ans, x: g * np.sin(x))
    for check in (check_grads(wrong), lambda x: check_vjp(wrong, x), lambda x: check_jvp(wrong, x)):
        with pytest.raises(AssertionError):
            check(X)
    with pytest.raises(AssertionError):
        combo_check(wrong, order=1)([X])


def test_equivalence():
    check_equivalent({"a": X}, {"a": X + 1e-9})
    for other in ({"a": X + 1e-3}, {"a": X[:2]}, [X]):
        with pytest.raises(AssertionError):
            check_equivalent({"a": X}, other)
    assert scalar_close(1.0, 1.0 + 1e-7) and not scalar_close(1.0, 1.1)
    numerical = make_numerical_jvp(np.sin, X)(Y)
    np.testing.assert_allclose(numerical, np.cos(X) * Y, 1e-6)


def test_higher_orders_through_a_primitive():
    @primitive
    def cube(x: Any) -> Any:
        return x**3

    defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2)
    assert grad(grad(grad(cube)))(1.3) == pytest.approx(6.0)
    _, pull = vjp(cube, X)
    np.testing.assert_allclose(pull(Y)[0], 3 * X**2 * Y)
    assert gradcheck(cube, X, order=3)


def test_a_sparse_cotangent_is_added_in_place():
    """HIPS autograd's way of a cheap rule for indexing, also where the sweep is recorded."""
    pick = extend.primitive(lambda a, i: a[i])
    places = np.array([0, 0, 2])

    def rule(ans: Any, a: Any, i: Any) -> Any:
        def pull(g: Any) -> Any:
            def add_to(total: Any) -> Any:
                np.add.at(total, i, g)
                return total

            return extend.SparseObject(extend.vspace(a), add_to)

        return pull

    extend.defvjp(pick, rule, None)
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(grad(lambda a: np.sum(pick(a, places) ** 2))(x), [4, 0, 6])
    cubes = hessian(lambda a: np.sum(pick(a, places) ** 3))(x)
    np.testing.assert_array_equal(cubes, np.diag([12.0, 0.0, 18.0]))
    assert gradcheck(lambda a: pick(a, places) ** 2, x)


def test_register_notrace_says_that_a_derivative_is_zero():
    wrong: Any = Value
    floor = extend.primitive(lambda x: np.floor(x))
    with pytest.raises(UnsupportedError, match="rule"):
        grad(lambda x: x * floor(x))(2.5)
    extend.register_notrace(extend.VJPNode, floor)
    assert grad(lambda x: x * floor(x))(2.5) == 2.0
    extend.register_notrace(extend.JVPNode, floor)
    assert gradcheck(lambda x: x * floor(x), 2.5)
    with pytest.raises(ArgumentError, match="VJPNode"):
        extend.register_notrace(wrong, floor)

"""Programs as people write them for HIPS autograd, and the numbers they come to.

Each function, here and in `hips_models.py`, is a program; its result is a dict of numbers.
`test_hips_programs.py` runs them here and compares with `hips_numbers.json`, which HIPS autograd
made of these same files:

    cd /; python .../tests/hips_programs.py > .../tests/hips_numbers.json
"""

import json
import platform
from importlib.metadata import version
from itertools import pairwise
from typing import Any

from hips_models import MODELS

import autograd.numpy as np
import autograd.numpy.random as npr
from autograd import (
    deriv,
    elementwise_grad,
    grad,
    grad_and_aux,
    grad_named,
    hessian,
    hessian_tensor_product,
    holomorphic_grad,
    jacobian,
    make_ggnvp,
    make_jvp,
    make_vjp,
    tensor_jacobian_product,
    value_and_grad,
    vector_jacobian_product,
)
from autograd.builtins import dict as make_dict
from autograd.builtins import isinstance as is_instance
from autograd.builtins import list as make_list
from autograd.builtins import tuple as make_tuple
from autograd.builtins import type as type_of
from autograd.extend import defjvp, defvjp, defvjp_argnum, defvjp_argnums, primitive
from autograd.misc import const_graph
from autograd.misc.fixed_points import fixed_point
from autograd.test_util import check_grads, combo_check
from autograd.tracer import getval, isbox

Numbers = dict[str, Any]


def derivatives_of_derivatives() -> Numbers:
    def tanh(x):
        return (1.0 - np.exp(-2 * x)) / (1.0 + np.exp(-2 * x))

    x = np.linspace(-3, 3, 7)
    found, f = {}, tanh
    for order in range(4):
        found[f"order {order}"] = f(x)
        f = elementwise_grad(f)
    found["scalar"] = grad(grad(grad(lambda x: x**2 * np.sin(x))))(0.7)
    found["forward"] = deriv(deriv(deriv(lambda x: x**2 * np.sin(x))))(0.7)
    return found


def arrays_made_of_numbers() -> Numbers:
    def spiral(t):
        return np.array([t * np.cos(t), t * np.sin(t), 1.0])

    def rotation(angle):
        c, s = np.cos(angle), np.sin(angle)
        return np.array([[c, -s], [s, c]])

    def length(points):
        total = 0.0
        for a, b in pairwise(points):
            total = total + np.sqrt(np.sum((a - b) ** 2))
        return total

    def path(angles):
        place, points = np.array([0.0, 0.0]), []
        for angle in angles:
            place = place + np.dot(rotation(angle), np.array([1.0, 0.5 * angle]))
            points.append(place)
        return np.array(points)

    angles = np.array([0.3, -0.7, 1.1, 0.2])
    return {
        "speed": jacobian(spiral)(2.0),
        "rotation": jacobian(rotation)(0.4),
        "length": grad(lambda a: length(path(a)))(angles),
        "ends": jacobian(lambda a: path(a)[-1])(angles),
        "sum": grad(lambda x: np.sum(np.array([[x, x * x], [2.0, np.exp(x)]]) ** 2))(0.5),
        "methods": grad(lambda x: np.dot(x.T, x.reshape((2, 2)).sum(axis=1).repeat(2)))(angles),
    }


def primitives_of_their_own() -> Numbers:
    @primitive
    def logsumexp(x):
        top = np.max(x)
        return top + np.log(np.sum(np.exp(x - top)))

    def logsumexp_vjp(ans, x):
        x_shape = x.shape
        return lambda g: np.full(x_shape, g) * np.exp(x - np.full(x_shape, ans))

    defvjp(logsumexp, logsumexp_vjp)
    defjvp(logsumexp, lambda g, ans, x: np.sum(g * np.exp(x - ans)))

    @primitive
    def scaled(data, name, x, power=1):
        assert name == "text"
        return data * x**power

    defvjp(
        scaled,
        None,
        None,
        lambda ans, data, name, x, power=1: lambda g: g * data * power * x ** (power - 1),
    )

    @primitive
    def product(x, y, z):
        return x * y * z

    def product_vjp(argnum, ans, args, kwargs):
        others = [arg for i, arg in enumerate(args) if i != argnum]
        return lambda g: g * others[0] * others[1]

    defvjp_argnum(product, product_vjp)

    @primitive
    def quotient(x, y):
        return x / y

    def quotient_vjp(argnums, ans, args, kwargs):
        x, y = args
        both = (lambda g: g / y, lambda g: -g * x / y**2)
        return lambda g: tuple(both[i](g) for i in argnums)

    defvjp_argnums(quotient, quotient_vjp)

    x = np.array([1.5, -0.3, 0.8])
    check_grads(logsumexp, modes=["fwd", "rev"], order=2)(x)
    return {
        "logsumexp": grad(lambda x: logsumexp(x**2))(x),
        "second": hessian(lambda x: logsumexp(x**2))(x),
        "third": grad(lambda x: np.sum(hessian(logsumexp)(x) ** 2))(x),
        "forward": make_jvp(logsumexp)(x)(np.ones(3))[1],
        "argnums": grad(lambda x: np.sum(scaled(np.arange(3.0), "text", x, power=3)))(x),
        "argnum": grad(lambda x: product(x, x**2, 3.0 + x))(1.7),
        "quotient": grad(lambda x: quotient(np.sin(x), x**2))(1.7),
        "quotient twice": grad(grad(lambda x: quotient(np.sin(x), x**2)))(1.7),
    }


def fixed_points() -> Numbers:
    def newton_sqrt(a):
        return lambda x: 0.5 * (x + a / x)

    def distance(x, y):
        return np.max(np.abs(x - y))

    def root(a, guess=10.0):
        return fixed_point(newton_sqrt, a, guess, distance, 1e-12)

    def contraction(params):
        W, b = params
        return lambda x: np.tanh(0.5 * np.dot(W, x) + b)

    def equilibrium(W, b):
        return fixed_point(contraction, (W, b), np.zeros(3), distance, 1e-13)

    random = npr.RandomState(4)
    W, b = 0.5 * random.randn(3, 3), random.randn(3)
    return {
        "root": root(2.0),
        "first": grad(root)(2.0),
        "second": grad(grad(root))(2.0),
        "equilibrium": equilibrium(W, b),
        "dW": grad(lambda W: np.sum(equilibrium(W, b) ** 2))(W),
        "db": grad(lambda b: np.sum(equilibrium(W, b) ** 2))(b),
    }


def constant_graphs() -> Numbers:
    def steps(n, x):
        for i in range(n):
            x = np.sin(x) * (i + 1.0) + 0.1 * x
        return np.sum(x)

    f = const_graph(steps, 5)
    xs = [np.linspace(0, 1, 3), np.linspace(-1, 2, 3)]
    return {
        "values": np.array([f(x) for x in xs]),
        "gradients": np.array([grad(f)(x) for x in xs]),
    }


def every_operator() -> Numbers:
    def f(a, b, c=0.3):
        return np.sum(np.sin(a) * b) + c * np.sum(b**3)

    def g(x):
        return np.array([x[0] * x[1], np.sin(x[1]), x[0] ** 2 + x[2]])

    a, b = np.array([0.1, 0.5, -0.4]), np.array([1.0, -2.0, 0.3])
    pull, value = make_vjp(g)(a)
    pulled, push = pull(b), make_jvp(g)(a)
    pushed = push(b)
    value_too = value_and_grad(f, 1)(a, b)
    with_aux = grad_and_aux(lambda x: (np.sum(x**2), x[0] * 2))(a)
    return {
        "vjp": pulled,
        "vjp value": value,
        "jvp": pushed[1],
        "jvp value": pushed[0],
        "tensor": tensor_jacobian_product(g)(a, b),
        "vector": vector_jacobian_product(g)(a, b),
        "jacobian": jacobian(g)(a),
        "hessian tensor": hessian_tensor_product(f)(a, b, b),
        "gauss newton": make_ggnvp(g)(a)(b),
        "gauss newton of exp": make_ggnvp(g, lambda y: np.sum(np.exp(y)))(a)(b),
        "named": grad_named(f, "b")(a, b),
        "value": value_too[0],
        "gradient": value_too[1],
        "aux gradient": with_aux[0],
        "aux": getval(with_aux[1]),
    }


def containers_from_builtins() -> Numbers:
    def split(params):
        assert is_instance(params, dict)
        assert is_instance(params["w"], np.ndarray) and type_of(params["w"]) is np.ndarray
        assert is_instance(params["s"], float) and isbox(params["s"])
        assert not is_instance(params["s"], np.ndarray)
        parts = make_tuple((params["w"] * params["s"], np.sum(params["w"])))
        return make_dict(parts=parts, rest=make_list([params["s"] ** 2]))

    def total(params):
        found = split(params)
        scaled, summed = found["parts"]
        assert is_instance(found["rest"], list)
        return np.sum(scaled**2) * summed + found["rest"][0]

    params = {"w": np.array([1.0, -2.0, 0.5]), "s": 0.3}
    gradient = grad(total)(params)
    pairs = grad(lambda pair: np.sum(pair[0] * pair[1]))(([1.0, 2.0][0], np.ones(2)))
    return {"dw": gradient["w"], "ds": gradient["s"], "pair 0": pairs[0], "pair 1": pairs[1]}


def spectra_and_complex_numbers() -> Numbers:
    x = np.cos(np.arange(8.0)) + 0.1 * np.arange(8.0)

    def power(x):
        return np.sum(np.abs(np.fft.fft(x)) ** 2 * np.arange(8))

    def oscillation(w):
        return np.real(np.sum(np.exp(1j * w * np.arange(4)) * (1 + 2j)))

    z = holomorphic_grad(lambda z: z**3 * np.exp(z))(1.0 + 0.5j)
    found = {"power": grad(power)(x), "oscillation": grad(oscillation)(0.3)}
    return {**found, "holomorphic": np.array([np.real(z), np.imag(z)])}


def odds_and_ends() -> Numbers:
    x = np.array([[0.5, -1.2, 0.3], [2.0, 0.1, -0.7]])
    symmetric = np.dot(x.T, x) + np.diag([1.0, 2.0, 3.0])

    def eigen(a):
        w, v = np.linalg.eigh(a)
        return np.sum(w**3) + np.sum(v[:, -1] ** 4)

    combo_check(np.sum, modes=["rev"], order=1)([x], axis=[None, 0], keepdims=[True, False])
    return {
        "where": grad(lambda x: np.sum(np.where(x > 0, x**2, np.exp(x))))(x),
        "maximum": grad(lambda x: np.sum(np.maximum(x, 0.2) * np.minimum(x, 1.0)))(x),
        "sort": grad(lambda x: np.dot(np.sort(np.ravel(x)), np.arange(6.0)))(x),
        "einsum": grad(lambda x: np.sum(np.einsum("ij,kj->ik", x, x) ** 2))(x),
        "tensordot": grad(lambda x: np.sum(np.tensordot(x, x, ([0], [0])) ** 3))(x),
        "statistics": grad(lambda x: np.sum(np.std(x, axis=1) / np.var(x) + np.prod(x)))(x),
        "cumsum": grad(lambda x: np.sum(np.cumsum(x, axis=0) ** 2 * np.flipud(x)))(x),
        "norm": grad(lambda x: np.linalg.norm(x) + np.sum(np.linalg.norm(x, axis=1)))(x),
        "eigen": grad(lambda a: eigen(0.5 * (a + a.T)))(symmetric),
        "index": grad(lambda x: np.sum(x[[0, 1, 1], [2, 0, 0]] ** 2 * x[:, ::-1][:, :1]))(x),
        "linspace": grad(lambda x: np.sum(np.logaddexp(x, x[::-1]) * np.linspace(0, 1, 3)))(x),
        "split": grad(lambda x: sum(np.sum(p) ** 2 for p in np.split(x, 3, axis=1)))(x),
        "inverse": grad(lambda a: np.sum(np.linalg.inv(a) ** 2))(symmetric),
        "mixed": grad(lambda x: np.sum(np.kron(x, np.eye(2)) ** 3) + np.trace(x @ x.T))(x),
    }


SMALL = (
    derivatives_of_derivatives,
    arrays_made_of_numbers,
    primitives_of_their_own,
    fixed_points,
    constant_graphs,
    every_operator,
    containers_from_builtins,
    spectra_and_complex_numbers,
    odds_and_ends,
)
PROGRAMS = {run.__name__: run for run in (*MODELS, *SMALL)}


def rounded(x: Any) -> Any:
    """Numbers to 12 digits, for a file."""
    if hasattr(x, "tolist"):
        x = x.tolist()
    if isinstance(x, list):
        return [rounded(item) for item in x]
    return float(f"{x:.12g}")


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "made by": "python tests/hips_programs.py, run where `autograd` is HIPS autograd",
                "versions": {
                    "autograd": version("autograd"),
                    "numpy": version("numpy"),
                    "scipy": version("scipy"),
                    "python": platform.python_version(),
                },
                "numbers": {
                    name: {key: rounded(x) for key, x in run().items()}
                    for name, run in PROGRAMS.items()
                },
            },
            indent=1,
        )
    )

"""Models as people write them for HIPS autograd: see `hips_programs.py`."""

from itertools import pairwise
from typing import Any

import autograd.numpy as np
import autograd.numpy.random as npr
from autograd import grad, hessian, hessian_vector_product, make_hvp, value_and_grad
from autograd.misc import flatten
from autograd.misc.flatten import flatten_func
from autograd.misc.optimizers import adam, rmsprop, sgd
from autograd.test_util import check_grads

Numbers = dict[str, Any]


def rosenbrock_by_newton() -> Numbers:
    def f(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    slope, curvature = grad(f), hessian(f)
    x = np.array([-1.2, 1.0, 0.8])
    for _ in range(4):
        x = x - np.linalg.solve(curvature(x) + 5.0 * np.eye(3), slope(x))
    v = np.array([1.0, -2.0, 0.5])
    return {
        "x": x,
        "f": f(x),
        "gradient": slope(x),
        "hvp": hessian_vector_product(f)(x, v),
        "by make_hvp": make_hvp(f)(x)[0](v),
        "by grad of grad": grad(lambda x: np.dot(slope(x), v))(x),
    }


def logistic_regression() -> Numbers:
    random = npr.RandomState(0)
    inputs = random.randn(20, 3)
    targets = inputs @ np.array([1.0, -2.0, 0.5]) + 0.3 * random.randn(20) > 0

    def sigmoid(x):
        return 0.5 * (np.tanh(x / 2.0) + 1)

    def predict(weights, inputs):
        return sigmoid(np.dot(inputs, weights))

    def loss(weights):
        p = predict(weights, inputs)
        likelihood = p * targets + (1 - p) * (1 - targets)
        return -np.sum(np.log(likelihood))

    gradient = grad(loss)
    check_grads(loss, modes=["rev"])(np.zeros(3))
    weights = np.zeros(3)
    for _ in range(50):
        weights -= gradient(weights) * 0.05
    return {"weights": weights, "loss": loss(weights)}


def _layers(sizes, scale, random):
    return [(random.randn(m, n) * scale, random.randn(n) * scale) for m, n in pairwise(sizes)]


def deep_network_of_nested_lists() -> Numbers:
    random = npr.RandomState(1)
    inputs = np.linspace(-2, 2, 12)[:, None]
    targets = np.cos(2 * inputs)

    def predict(params, inputs):
        outputs = inputs
        for W, b in params:
            outputs = np.dot(inputs, W) + b
            inputs = np.tanh(outputs)
        return outputs

    def prior(params):
        flat, _ = flatten(params)
        return 0.01 * np.dot(flat, flat)

    def objective(params, t):
        return prior(params) + np.mean((predict(params, inputs) - targets) ** 2)

    told = []

    def callback(params, t, g):
        told.append((t, params[0][0].shape, float(objective(params, t))))

    start = _layers([1, 6, 5, 1], 0.5, random)
    found = {}
    for name, optimize, options in (
        ("adam", adam, {"step_size": 0.05, "num_iters": 15}),
        ("rmsprop", rmsprop, {"step_size": 0.02, "num_iters": 15}),
        ("sgd", sgd, {"step_size": 0.05, "num_iters": 15, "mass": 0.8}),
    ):
        params = optimize(grad(objective), start, callback=callback, **options)
        found[name] = flatten(params)[0]
    found["told"] = np.array([loss for _, _, loss in told])
    return found


def recurrent_network_of_a_dict() -> Numbers:
    random = npr.RandomState(2)
    sizes = {"input": 3, "state": 4, "output": 2}
    params = {
        "initial": random.randn(1, sizes["state"]) * 0.5,
        "change": random.randn(sizes["input"] + sizes["state"] + 1, sizes["state"]) * 0.5,
        "predict": random.randn(sizes["state"] + 1, sizes["output"]) * 0.5,
    }
    inputs = random.randn(5, 2, 3)
    targets = random.randn(5, 2, 2)

    def concat_and_multiply(weights, *args):
        column = np.ones((args[0].shape[0], 1))
        return np.dot(np.hstack((*args, column)), weights)

    def run(params, inputs):
        state = np.repeat(params["initial"], inputs.shape[1], axis=0)
        outputs = []
        for step in inputs:
            state = np.tanh(concat_and_multiply(params["change"], step, state))
            outputs.append(concat_and_multiply(params["predict"], state))
        return outputs

    def loss(params, i=0):
        error = 0.0
        for output, target in zip(run(params, inputs), targets, strict=True):
            error = error + np.sum((output - target) ** 2)
        return error / 10.0

    gradient = grad(loss)(params)
    trained = adam(grad(loss), params, step_size=0.05, num_iters=10)
    return {
        **{f"d {name}": gradient[name] for name in sorted(params)},
        **{name: trained[name] for name in sorted(params)},
        "loss": loss(trained),
    }


def mixture_of_gaussians() -> Numbers:
    random = npr.RandomState(3)
    data = np.concatenate([random.randn(6, 2) * 0.5 + 1.0, random.randn(6, 2) * 0.7 - 1.0])
    params = {
        "weights": np.array([0.1, -0.2, 0.3]),
        "means": random.randn(3, 2),
        "factors": np.array([np.eye(2) * s for s in (1.0, 0.8, 1.2)]) + 0.1,
    }

    def log_density(x, mean, factor):
        precision_factor = np.linalg.inv(factor)
        z = np.dot(x - mean, precision_factor.T)
        half_log_det = np.log(np.abs(np.linalg.det(factor)))
        return -0.5 * np.sum(z**2, axis=1) - half_log_det - np.log(2 * np.pi)

    def logsumexp(a, axis):
        top = np.max(a, axis=axis, keepdims=True)
        return np.log(np.sum(np.exp(a - top), axis=axis)) + np.squeeze(top, axis)

    def log_likelihood(params):
        shares = params["weights"] - logsumexp(params["weights"], 0)
        parts = [
            share + log_density(data, mean, factor)
            for share, mean, factor in zip(shares, params["means"], params["factors"], strict=True)
        ]
        return np.sum(logsumexp(np.vstack(parts), axis=0))

    flat, unflatten, start = flatten_func(log_likelihood, params)
    slope = grad(lambda x: flat(x)[0])
    x = start
    for _ in range(3):
        x = x + 0.01 * slope(x)
    direction = np.cos(np.arange(len(x)))
    product = hessian_vector_product(lambda x: flat(x)[0])(x, direction)
    return {"start": start, "x": x, "hvp": product, "means": unflatten(x)["means"]}


def hamiltonian_dynamics() -> Numbers:
    masses = np.array([1.0, 2.0])

    def energy(q, p):
        kinetic = np.sum(p**2 / (2 * masses[:, None]))
        r = np.sqrt(np.sum((q[0] - q[1]) ** 2))
        return kinetic - masses[0] * masses[1] / r

    force, velocity = grad(energy, 0), grad(energy, 1)

    def evolve(start, steps=10, dt=0.05):
        q, p = start
        for _ in range(steps):
            p = p - 0.5 * dt * force(q, p)
            q = q + dt * velocity(q, p)
            p = p - 0.5 * dt * force(q, p)
        return q, p

    q = np.array([[0.0, 0.0], [1.0, 0.2]])
    p = np.array([[0.1, -0.5], [-0.1, 0.5]])
    end, _ = evolve((q, p))
    sensitivity = grad(lambda p: evolve((q, p), steps=4)[0][1, 0])(p)
    both = grad(energy, (0, 1))(q, p)
    return {"end": end, "sensitivity": sensitivity, "dq": both[0], "dp": both[1]}


def gaussian_process() -> Numbers:
    x = np.linspace(0, 3, 8)
    y = np.sin(2 * x)

    def kernel(params, a, b):
        scale, length = np.exp(params[0]), np.exp(params[1])
        return scale * np.exp(-0.5 * ((a[:, None] - b[None, :]) / length) ** 2)

    def negative_log_likelihood(params):
        K = kernel(params, x, x) + np.exp(params[2]) * np.eye(len(x))
        L = np.linalg.cholesky(K)
        _, logdet = np.linalg.slogdet(K)
        by_factor = 2 * np.sum(np.log(np.diag(L)))
        fit = np.dot(y, np.linalg.solve(K, y))
        return 0.5 * fit + 0.25 * (logdet + by_factor) + 0.5 * len(x) * np.log(2 * np.pi)

    params = np.array([0.2, -0.3, -2.0])
    return {
        "value": negative_log_likelihood(params),
        "gradient": grad(negative_log_likelihood)(params),
        "hessian": hessian(negative_log_likelihood)(params),
    }


def diffusion_backwards() -> Numbers:
    def step(u, rate):
        around = np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1)
        return u + rate * (around - 4 * u)

    def blurred(u, rate):
        for _ in range(6):
            u = step(u, rate)
        return u

    target = np.outer(np.sin(np.linspace(0, 3, 5)), np.cos(np.linspace(0, 2, 5)))

    def distance(params):
        return np.mean((blurred(params["u"], params["rate"]) - target) ** 2)

    params = {"u": np.eye(5), "rate": 0.1}
    gradient = grad(distance)(params)
    return {"du": gradient["u"], "drate": gradient["rate"]}


def minimized_by_scipy() -> Numbers:
    from scipy.optimize import minimize

    def f(x):
        return np.sum(np.cosh(x - np.array([0.5, -0.2, 1.0]))) + 0.1 * np.sum(x) ** 2

    found = minimize(value_and_grad(f), np.zeros(3), jac=True, method="BFGS", tol=1e-10)
    exact = minimize(f, np.zeros(3), jac=grad(f), hess=hessian(f), method="trust-exact", tol=1e-12)
    return {"bfgs": np.round(found.x, 7), "trust": np.round(exact.x, 9)}


MODELS = (
    rosenbrock_by_newton,
    logistic_regression,
    deep_network_of_nested_lists,
    recurrent_network_of_a_dict,
    mixture_of_gaussians,
    hamiltonian_dynamics,
    gaussian_process,
    diffusion_backwards,
    minimized_by_scipy,
)

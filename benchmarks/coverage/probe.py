"""Ask one library for the derivatives of every sample, and compare with finite differences.

python -m benchmarks.coverage.probe jax              what JAX can do, into peers.json
python -m benchmarks.coverage.probe hips             HIPS autograd, from an environment that has it

Neither is needed to write docs/coverage.md: their answers are kept in peers.json.
"""

import json
import os
import platform
import re
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from benchmarks.coverage.samples import SAMPLES, VARIABLES

PEERS = Path(__file__).with_name("peers.json")
STEP = 1e-5
QUESTIONS = ("reverse", "forward", "second")


class Library(NamedTuple):
    """A namespace like NumPy's, and its operators.

    gradient     (f, arguments) -> the gradients of a real function of several arguments.
    derivative   (f, arguments, tangents) -> the derivative in that direction, in forward mode.
    forget       drops what the library has compiled so far.
    """

    np: Any
    gradient: Callable[..., Any]
    derivative: Callable[..., Any]
    forget: Callable[[], Any] = lambda: None


def ours(namespace: str) -> Library:
    """This project, called through the namespace `numpy` or `autograd.numpy`."""
    from autograd import grad, jvp

    def gradient(f: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        return grad(f, tuple(range(len(arguments))))(*arguments)

    return Library(import_module(namespace), gradient, lambda f, x, t: jvp(f, x, t)[1])


def hips() -> Library:
    """HIPS autograd, which has this project's import name: the checkout is taken off the path."""
    checkout = str(Path(__file__).resolve().parents[2])
    sys.path[:] = [p for p in sys.path if str(Path(p or ".").resolve()) != checkout]
    autograd = import_module("autograd")
    if hasattr(autograd, "Value"):
        raise SystemExit("this interpreter has no HIPS autograd: use one that does")

    def gradient(f: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        return autograd.grad(f, tuple(range(len(arguments))))(*arguments)

    def derivative(f: Callable[..., Any], arguments: Any, tangents: Any) -> Any:
        push = autograd.make_jvp(f, tuple(range(len(arguments))))(*arguments)
        return push(tangents)[1]

    return Library(import_module("autograd.numpy"), gradient, derivative)


def jax() -> Library:
    """JAX, in double precision."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    library = import_module("jax")
    library.config.update("jax_enable_x64", True)

    def gradient(f: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        return library.grad(f, tuple(range(len(arguments))))(*arguments)

    return Library(
        import_module("jax.numpy"),
        gradient,
        lambda f, x, t: library.jvp(f, tuple(x), tuple(t))[1],
        library.clear_caches,
    )


# Samples


def used(expression: str) -> list[str]:
    """The variables in an expression."""
    words = set(re.findall(r"(?<![\w.'])([A-Za-z]\w*)(?!\w*\s*=[^=])", expression))
    return [name for name in VARIABLES if name in words]


def evaluate(expression: str, np: Any, variables: dict[str, Any]) -> Any:
    """The expression, in this namespace."""

    def written(function: Callable[..., Any], array: Any, *args: Any) -> Any:
        """A copy of the array, which the function has written into."""
        copy = np.copy(array)
        function(copy, *args)
        return copy

    if "np.random" not in expression:
        return eval(expression, {"np": np, "written": written, **variables})
    before = np.random.get_state()
    np.random.seed(0)
    try:
        return eval(expression, {"np": np, **variables})
    finally:
        np.random.set_state(before)


def leaves(output: Any) -> list[Any]:
    """The arrays of an output: one, or those of a tuple or list."""
    if isinstance(output, tuple | list) or type(output).__name__ == "SequenceBox":
        return [leaf for item in output for leaf in leaves(item)]
    return [output]


def is_smooth(leaf: Any) -> bool:
    """Whether an output is floating-point or complex, or of Python's numbers."""
    data = getattr(leaf, "dtype", None)
    return (numpy.asarray(leaf).dtype if data is None else data).kind in "fcO"


def weighted(np: Any, output: Any) -> Any:
    """A weighted sum of all numbers of the output: one real number."""
    random = numpy.random.default_rng(0)
    total = 0.0
    for leaf in leaves(output):
        if is_smooth(leaf):
            shape = numpy.shape(leaf)
            weights, others = random.uniform(0.5, 1.5, (2, *shape))
            if numpy.dtype(getattr(leaf, "dtype", float)).kind == "c":
                total = total + np.sum(weights * np.real(leaf)) + np.sum(others * np.imag(leaf))
            else:
                total = total + np.sum(weights * leaf)
    return total


def directions(arguments: tuple[Any, ...], seed: int = 1) -> tuple[Any, ...]:
    """A random tangent for each argument."""
    random = numpy.random.default_rng(seed)
    found = []
    for x in arguments:
        t = random.uniform(0.5, 1.5, numpy.shape(x))
        if numpy.iscomplexobj(x):
            t = t + 1j * random.uniform(0.5, 1.5, numpy.shape(x))
        found.append(float(t) if type(x) is float else t)
    return tuple(found)


def along(gradients: Any, tangents: Any) -> float:
    """The derivative in a direction: the real part of Σ gradient · tangent."""
    pairs = zip(gradients, tangents, strict=True)
    return sum(float(numpy.sum(numpy.real(numpy.asarray(g) * t))) for g, t in pairs)


def close(a: float, b: float, tolerance: float) -> bool:
    """Whether a derivative agrees with its finite difference."""
    return bool(numpy.isfinite(a)) and abs(a - b) <= tolerance * (1.0 + abs(b))


def ask(library: Library, sample: str, every: bool = False) -> dict[str, str]:
    """For each question "" where an answer agrees with finite differences, else what was wrong.

    Of the calls in the sample, one that is right suffices unless `every` one has to be.
    """
    asked = [_ask(library, expression) for expression in sample.split(" | ")]
    choose = max if every else min
    return {question: choose(answers[question] for answers in asked) for question in QUESTIONS}


def _ask(library: Library, expression: str) -> dict[str, str]:
    names = used(expression)
    arguments = tuple(VARIABLES[name] for name in names)
    tangents = directions(arguments)

    def function(np: Any) -> Callable[..., Any]:
        return lambda *xs: weighted(np, evaluate(expression, np, dict(zip(names, xs, strict=True))))

    def moved(by: float) -> tuple[Any, ...]:
        return tuple(x + by * t for x, t in zip(arguments, tangents, strict=True))

    f, plain = function(library.np), function(numpy)
    answers = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slope = (plain(*moved(STEP)) - plain(*moved(-STEP))) / (2 * STEP)
        for question in QUESTIONS:
            try:
                if not close(float(_plain(f(*arguments))), float(plain(*arguments)), 1e-8):
                    raise ValueError("another value than NumPy's")
                if question == "reverse":
                    found, wanted = along(library.gradient(f, arguments), tangents), slope
                elif question == "forward":
                    found, wanted = float(library.derivative(f, arguments, tangents)), slope
                elif answers["reverse"]:
                    raise ValueError("no first derivative")
                else:
                    found, wanted = _second(library, f, arguments, tangents)
                good = close(found, float(wanted), 1e-5)
                answers[question] = "" if good else f"{found:.6g} instead of {wanted:.6g}"
            except Exception as error:
                answers[question] = f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
    return answers


def _second(
    library: Library, f: Callable[..., Any], arguments: tuple[Any, ...], tangents: tuple[Any, ...]
) -> tuple[float, float]:
    """The gradient of the derivative in a direction, which is forward or reverse over reverse."""
    others = directions(arguments, seed=2)

    def slope(*xs: Any) -> Any:
        gradients = library.gradient(f, xs)
        terms = [
            library.np.sum(library.np.real(g * t)) for g, t in zip(gradients, others, strict=True)
        ]
        return sum(terms[1:], terms[0])

    def at(by: float) -> float:
        moved = tuple(x + by * t for x, t in zip(arguments, tangents, strict=True))
        return along(library.gradient(f, moved), others)

    found = along(library.gradient(slope, arguments), tangents)
    return found, (at(STEP) - at(-STEP)) / (2 * STEP)


def _plain(x: Any) -> Any:
    return x.data if type(x).__name__ == "Value" else x


def main() -> None:
    """Probe one peer and keep what it answers."""
    name = sys.argv[1]
    library = {"jax": jax, "hips": hips}[name]()
    kept = json.loads(PEERS.read_text(encoding="utf-8")) if PEERS.exists() else {}
    package = {"jax": "jax", "hips": "autograd"}[name]
    versions = {p: version(p) for p in (package, "numpy")}
    before = kept.get(name, {})
    if before.get("versions") != versions:
        before = {"asked": {}, "cannot": {}}
    cannot: dict[str, list[str]] = {}
    for full, sample in SAMPLES.items():
        if before["asked"].get(full) == sample:  # JAX takes two seconds for each
            wrong = before["cannot"].get(full, [])
        else:
            answers = ask(library, sample)
            wrong = [question for question, why in answers.items() if why]
            print(f"{full}: {'; '.join(dict.fromkeys(filter(None, answers.values())))}", flush=True)
        if wrong:
            cannot[full] = wrong
        library.forget()
    kept[name] = {
        "made by": f"python -m benchmarks.coverage.probe {name}",
        "versions": versions,
        "python": platform.python_version(),
        "asked": SAMPLES,
        "cannot": cannot,
    }
    PEERS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    total = len(SAMPLES)
    for question in QUESTIONS:
        missing = sum(question in wrong for wrong in cannot.values())
        print(f"{name}: {total - missing} of {total} in {question}")


if __name__ == "__main__":
    main()

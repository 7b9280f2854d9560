"""Schedules kept on disk: what is read is what was written, and whatever else is there is not."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Value, grad, jit
from autograd.compiler import remembering
from autograd.compiler.emit import machine
from autograd.compiler.fingerprint import Fingerprint, UnknownError
from autograd.compiler.program import Constant, Equation, Program, Variable, evaluate
from autograd.op import elementwise
from autograd.ops.arithmetic import add, multiply
from autograd.ops.elementary import exp, tanh
from autograd.ops.index import get_row
from autograd.ops.reduce import sum_row

pytestmark = pytest.mark.skipif(not machine.available(), reason="llvmlite is not installed")

X = np.linspace(-1.0, 1.0, 12).reshape(3, 4)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of the test's own, in which the shortest program is worth keeping."""
    monkeypatch.setenv("AUTOGRAD_CACHE", str(tmp_path))
    monkeypatch.setattr(remembering, "_WORTH", 0)
    yield tmp_path


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.schedule"))


def no_scheduling(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a schedule has to be found."""

    def refused(program: Program) -> Any:
        raise AssertionError("scheduled again")

    monkeypatch.setattr("autograd.compiler.fuse.schedule", refused)


def twice(make: Callable[[], Callable[..., Any]], *args: Any) -> tuple[Any, str]:
    """What a new `jit` of the function gives when it runs compiled, and its source."""
    f = jit(make())
    results = [f(*args) for _ in range(3)]
    return results[-1], f.source


def losses(x: Any) -> Any:
    z = np.tanh(x @ np.linspace(0.1, 0.8, 8).reshape(4, 2)) - np.max(x, axis=1, keepdims=True)
    return np.sum(np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True) * np.where(z > 0, z, z * z))


def picked(x: Any) -> Any:
    return x[np.argsort(x[:, 0])][1:] * 2.0


def solved(x: Any) -> Any:
    return np.linalg.solve(x[:, :3] + 3.0 * np.eye(3), x[:, 3])


FUNCTIONS = {"gradient": grad(losses), "indices": picked, "call of NumPy": solved}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_found_is_what_was_made(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    f = FUNCTIONS[name]
    expected, source = twice(lambda: lambda x: f(x), X)
    assert len(files(folder)) == 1
    no_scheduling(monkeypatch)
    result, found = twice(lambda: lambda x: f(x), X)
    assert found == source
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_allclose(result, f(X), rtol=1e-12)


def test_a_step_with_state(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def make() -> tuple[Value, Callable[[Any], Any]]:
        w = Value(np.ones((4, 2)))

        def step(x: Any) -> Any:
            w.grad = None
            loss = np.sum((np.tanh(x @ w) - 0.5) ** 2)
            loss.backward()
            w.assign(w - 0.1 * w.grad)
            return loss

        return w, jit(step)

    runs = []
    for _ in range(2):
        w, step = make()
        runs.append(([step(X).data for _ in range(6)], w.data))
        assert files(folder)
        no_scheduling(monkeypatch)
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    np.testing.assert_array_equal(runs[0][1], runs[1][1])


def test_an_array_of_a_closure_is_read_where_it_lies(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of(array: np.ndarray) -> Any:
        return twice(lambda: lambda x: x * array[::-1, ::2] + array[0, 1], X[:, :2])[0]

    first = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(of(first), X[:, :2] * first[::-1, ::2] + first[0, 1])
    kept = files(folder)
    second = first + 100.0
    f = jit(lambda x: x * second)
    for _ in range(3):
        f(X)
    no_scheduling(monkeypatch)
    # Of other contents, which change after it was compiled.
    third = first * 7.0
    g = jit(lambda x: x * third)
    for _ in range(3):
        g(X)
    third += 1.0
    np.testing.assert_array_equal(g(X), X * third)
    assert len(files(folder)) == len(kept) + 1


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda content: b"",
    "the half": lambda content: content[: len(content) // 2],
    "a byte": lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
}
# What is in order as a file, and no schedule.
FOREIGN = {
    "no JSON": b"\x80\x04.",
    "a number": b"3",
    "an unknown word": b'["exec", "print(1)"]',
    "another class": b'["new", 99]',
    "another object": b'["new", 1, 3, ["dtype", "<f8"]]',
    "too few parts": b'["new", 11, 1]',
    "no such number": b'["same", 5]',
    "no op": b'["op", "os:system"]',
    "other shapes": b'["new", 11, ["list"], ["list"], ["list"], ["list"], 0]',
    "too deep": b"[" * 100_000 + b"]" * 100_000,
}


@pytest.mark.parametrize("name", [*DAMAGE, *FOREIGN])
def test_a_file_that_does_not_fit_is_made_again(name: str, folder: Path) -> None:
    expected, source = twice(lambda: lambda x: np.exp(x) * 2.0, X)
    (file,) = files(folder)
    whole = file.read_bytes()
    if name in DAMAGE:
        file.write_bytes(DAMAGE[name](whole))
    else:
        remembering.keeping.write(file.name, FOREIGN[name])
    result, again = twice(lambda: lambda x: np.exp(x) * 2.0, X)
    assert again == source
    np.testing.assert_array_equal(result, expected)
    assert file.read_bytes() == whole


def program(
    op: Any = exp, number: Any = 2.0, dtype: Any = float, axis: Any = 0, name: str = "x"
) -> Program:
    x, y = Variable((2, 3), dtype, name=name), Variable((2, 3), dtype)
    z, s = Variable((2, 3), dtype), Variable((3,) if axis == 0 else (2,), dtype)
    equations = [
        Equation(op, (x,), {}, (y,)),
        Equation(multiply, (y, Constant(number)), {}, (z,)),
        Equation(sum_row, (z,), {"axis": axis}, (s,)),
    ]
    return Program([x], equations, [s])


def test_equal_programs_have_one_key() -> None:
    assert Fingerprint(program()).key == Fingerprint(program()).key


@pytest.mark.parametrize(
    "other",
    [
        {"op": tanh},
        {"number": 2},
        {"number": -2.0},
        {"number": np.float64(2.0)},
        {"number": np.nextafter(2.0, 3.0).item()},
        {"dtype": np.float32},
        {"axis": 1},
        {"axis": (0,)},
        {"name": "z"},
    ],
    ids=str,
)
def test_programs_that_differ_have_two(other: dict[str, Any]) -> None:
    assert Fingerprint(program()).key != Fingerprint(program(**other)).key


def test_which_variable_is_read_decides() -> None:
    def of(first: int, second: int) -> str:
        x, y, z = (Variable((2,), float, name=name) for name in "xyz")
        pair = ((x, y)[first], (x, y)[second])
        return Fingerprint(Program([x, y], [Equation(add, pair, {}, (z,))], [z])).key

    assert len({of(i, j) for i in (0, 1) for j in (0, 1)}) == 4


def test_one_array_or_two_decides() -> None:
    def of(*arrays: np.ndarray) -> str:
        x, y, z = (Variable((2,), float) for _ in range(3))
        first, second = map(Constant, arrays)
        steps = [Equation(add, (x, first), {}, (y,)), Equation(add, (y, second), {}, (z,))]
        return Fingerprint(Program([x], steps, [z])).key

    a, b = np.ones(2), np.ones(2)
    assert of(a, a) == of(b, b) != of(a, b)
    assert of(a, np.ones(4)[::2]) != of(a, b)


def test_what_another_process_could_not_name_is_not_kept(folder: Path) -> None:
    own = elementwise(lambda x: x * 3.0, lambda g, y, x: g * 3.0, name="thrice")
    assert (twice(lambda: lambda x: own(x) + 1.0, X)[0] == X * 3.0 + 1.0).all()
    with pytest.raises(UnknownError):
        Fingerprint(program(op=own))
    x, y = Variable((4,), float), Variable((2,), float)
    taken = Equation(get_row, (x,), {"index": object()}, (y,))
    with pytest.raises(UnknownError):
        Fingerprint(Program([x], [taken], [y]))
    assert not files(folder)


def test_nan_is_not_kept(folder: Path) -> None:
    result, _ = twice(lambda: lambda x: np.where(x > 0, x, float("nan")), X)
    np.testing.assert_array_equal(result, np.where(X > 0, X, float("nan")))
    assert not files(folder)


def test_short_programs_are_not_looked_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_WORTH", 200)
    twice(lambda: lambda x: x + 1.0, X)
    assert not files(folder)


def test_the_schedule_counts_the_equations_that_were_left() -> None:
    given = program()
    made, found = remembering.remembered(given), remembering.remembered(given)
    assert made.equations == found.equations > 0
    assert evaluate(given, [np.ones((2, 3))])[0].shape == found.results[0].shape

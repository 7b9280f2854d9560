"""docs/coverage.md: every function of NumPy is in it, and is what the page says."""

import re
from typing import Any

import numpy as np
import pytest

from autograd import Value
from autograd.errors import AutogradError
from benchmarks.coverage.__main__ import PAGE, mark, page, rows, stored
from benchmarks.coverage.names import MODULES, NOT_APPLICABLE, aliases, functions, public
from benchmarks.coverage.probe import QUESTIONS, ask, evaluate, leaves, ours, used
from benchmarks.coverage.samples import CONSTANTS, DRAWS, SAMPLES, VARIABLES

FUNCTIONS = functions()
SMOOTH = [full for full in SAMPLES if full in FUNCTIONS]
PLAIN, LISTS = ours("numpy"), ours("autograd.numpy")
# What NumPy turns into arrays, or loops over, without asking a Value.
NOT_ASKED = {
    *("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "require"),
    *("asarray_chkfinite", "fromiter", "full", "arange", "kaiser", "vectorize", "frompyfunc"),
    *("r_", "c_", "ndenumerate", "as_strided"),
}


def written_for() -> str:
    """The NumPy version that the page names."""
    found = re.search(r"function of NumPy ([\d.]+),", PAGE.read_text(encoding="utf-8"))
    assert found
    return found[1]


def test_the_page_is_current():
    if np.__version__ != written_for():
        pytest.skip(f"the page is of NumPy {written_for()}")
    told = PAGE.read_text(encoding="utf-8")
    assert told == page(rows()), "run: python -m benchmarks.coverage"


def test_every_function_of_numpy_has_one_place():
    known = [*SAMPLES, *CONSTANTS, *NOT_APPLICABLE]
    assert len(known) == len(set(known))
    unknown = FUNCTIONS.keys() - set(known)
    newer = np.lib.NumpyVersion(np.__version__) > written_for()
    assert not unknown or newer, "add a sample, or say why there is none"


def test_nothing_public_is_forgotten():
    other = aliases()
    for prefix, module in MODULES.items():
        listed = {name.rpartition(".")[2] for name in FUNCTIONS if name.startswith(f"{prefix}.")}
        listed |= {alias for full, names in other.items() for alias in names if full in FUNCTIONS}
        for name in public(prefix):
            thing = vars(module).get(name)
            assert name in listed or isinstance(thing, type) or not callable(thing), name


@pytest.mark.parametrize("full", SMOOTH)
def test_a_function_is_differentiable_through_autograd_numpy(full: str):
    assert ask(LISTS, SAMPLES[full], every=True) == dict.fromkeys(QUESTIONS, "")


@pytest.mark.parametrize("full", SMOOTH)
def test_a_function_is_differentiable_through_numpy_or_refuses(full: str):
    if full.rpartition(".")[2] not in NOT_ASKED:
        assert ask(PLAIN, SAMPLES[full], every=True) == dict.fromkeys(QUESTIONS, "")
        return
    values = {name: Value(x) for name, x in VARIABLES.items()}
    with pytest.raises((AutogradError, ValueError)) as refused:
        evaluate(SAMPLES[full], np, values)
    causes = (refused.value, refused.value.__cause__)
    assert any(isinstance(error, AutogradError) for error in causes)


@pytest.mark.parametrize("full", DRAWS)
def test_a_draw_is_differentiable_in_its_parameters(full: str):
    assert ask(LISTS, DRAWS[full]) == dict.fromkeys(QUESTIONS, "")


@pytest.mark.parametrize("full", [full for full in CONSTANTS if full in FUNCTIONS])
def test_a_function_that_is_called_constant_is(full: str):
    expression = CONSTANTS[full]
    names = used(expression)
    here = evaluate(expression, np, VARIABLES)
    for step in (1e-6, -1e-6):
        near = {name: VARIABLES[name] + step for name in names}
        for a, b in zip(leaves(here), leaves(evaluate(expression, np, near)), strict=True):
            np.testing.assert_array_equal(a, b)
    values = {name: Value(VARIABLES[name]) for name in names}
    for namespace in (PLAIN.np, LISTS.np):
        found = leaves(evaluate(expression, namespace, values))
        assert not any(isinstance(y, Value) and y.requires_grad for y in found)


def test_a_smooth_function_would_not_pass_for_constant():
    for full in ("numpy.sin", "numpy.sort", "numpy.linalg.det"):
        expression = SAMPLES[full]
        near = {name: x + 1e-6 for name, x in VARIABLES.items()}
        a, b = evaluate(expression, np, VARIABLES), evaluate(expression, np, near)
        assert not np.array_equal(a, b)


# The judge


def test_a_wrong_derivative_is_noticed():
    def scaled(*given: Any) -> Any:
        return [1.001 * g for g in PLAIN.gradient(*given)]

    faulty = PLAIN._replace(gradient=scaled)
    answers = ask(faulty, "np.sin(x)")
    assert answers["reverse"] and answers["second"] and not answers["forward"]
    faulty = PLAIN._replace(derivative=lambda *given: 1.001 * PLAIN.derivative(*given))
    assert {q for q, wrong in ask(faulty, "np.sin(x)").items() if wrong} == {"forward"}


def test_another_value_than_numpys_is_noticed():
    other = type("Other", (), {"sin": np.cos, "sum": np.sum})
    assert "another value" in ask(PLAIN._replace(np=other), "np.sin(x)")["reverse"]


def test_variables_are_found_in_an_expression():
    assert used("np.pad(x, 1, constant_values=s, mode='A')") == ["x", "s"]
    assert used("np.quantile(A, q / 2, axis=1)") == ["q", "A"]


def test_marks():
    assert [mark(cannot) for cannot in ((), QUESTIONS, ["second"])] == ["✓", "✗", "1"]
    assert [mark(cannot) for cannot in (["forward"], ["reverse", "second"])] == ["R", "F"]


# The peers


def test_the_peers_were_asked_about_every_sample():
    for name, peer in stored().items():
        assert peer["asked"] == SAMPLES, f"run: {peer['made by']} ({name})"
        assert set(peer["cannot"]) <= set(SAMPLES)


@pytest.mark.peers
def test_jax_still_answers_as_stored():
    pytest.importorskip("jax")
    from benchmarks.coverage.probe import jax

    peer, library = stored()["jax"], jax()
    for full in ("numpy.sin", "numpy.linalg.eigh", "numpy.arange", "numpy.interp"):
        cannot = [q for q, why in ask(library, SAMPLES[full]).items() if why]
        assert cannot == peer["cannot"].get(full, []), full

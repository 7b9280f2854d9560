"""Forward mode makes the choices of docs/singularities.md; test_docs.py runs it as it stands."""

import doctest
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pages import sessions

from autograd import jacobian, jvp

PAGE = Path(__file__).resolve().parent.parent / "docs" / "singularities.md"


class Checker(doctest.OutputChecker):
    """Numbers are compared as numbers are: 0.0 with -0.0, a float with NumPy's float64."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return super().check_output(plain(want), plain(got), optionflags)


def plain(text: str) -> str:
    text = re.sub(r"np\.float64\(([^()]*)\)", r"\1", text)
    return re.sub(r"\s+", "", re.sub(r"-0(\.0?)?(?!\d)", r"0\1", text))


def failures(
    text: str, replaced: dict[str, Any], checker: doctest.OutputChecker, without: str
) -> list[str]:
    """The page run as one session, whose first block imports; what differs from its words."""
    told: list[str] = []
    globs: dict[str, Any] = {}
    runner = doctest.DocTestRunner(checker, optionflags=doctest.NORMALIZE_WHITESPACE)
    examples_of_page = sessions(text)
    for examples in examples_of_page:
        if any(without in example.source for example in examples):
            continue
        test = doctest.DocTest(examples, globs, PAGE.name, str(PAGE), 0, None)
        test.globs = globs  # not a copy: one session
        runner.run(test, out=told.append, clear_globs=False)
        if examples is examples_of_page[0]:
            globs.update(replaced)
    return told


TEXT = PAGE.read_text(encoding="utf-8")


def test_it_has_lines_to_be_true() -> None:
    assert sum(bool(example.want) for block in sessions(TEXT) for example in block) > 45


def in_forward_mode(f: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """What `grad` gives, by one pushforward per element of the arguments."""

    def gradient(*args: Any) -> Any:
        if isinstance(args[0], complex):  # df/dx - i df/dy, from the tangents 1 and i
            along = [jvp(f, args, (t,))[1] for t in (1.0 + 0j, 1j)]
            return complex(along[0], -along[1])
        return jacobian(f, argnum, mode="fwd")(*args)

    return gradient


FORWARD = {"grad": in_forward_mode, "jacobian": lambda f: jacobian(f, mode="fwd")}


def test_the_page_is_true_in_forward_mode() -> None:
    """But for the lines about warnings, which only a backward sweep gives."""
    told = failures(TEXT, FORWARD, Checker(), "catch_warnings")
    assert not told, "".join(told)


def test_a_false_line_is_caught() -> None:
    true_lines = len(failures(TEXT, FORWARD, Checker(), "catch_warnings"))
    for true, false in (
        ("((0.5, 0.5), (0.5, 0.5))", "((1.0, 0.0), (0.5, 0.5))"),
        ("[0.5, 0.5, 0. ]", "[1., 0., 0. ]"),
    ):
        wrong = TEXT.replace(true, false, 1)
        assert wrong != TEXT
        assert len(failures(wrong, FORWARD, Checker(), "catch_warnings")) == true_lines + 1

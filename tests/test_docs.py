"""What the documentation shows is what happens: doctests and Python blocks run as written."""

import ast
import doctest
import importlib
import itertools
import pkgutil
import re
from pathlib import Path

import pytest
from pages import sessions

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
FENCE = re.compile(r"^```python[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Comments that say what a print is for: of a report, which is long.
DESCRIBED = {" against finite differences; names what is wrong"}
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def modules_of(package: str) -> list[str]:
    found = pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
    return [package, *(info.name for info in found)]


def blocks(text: str) -> list[tuple[int, str]]:
    """Each ```python block with the number of the line before it."""
    return [(text.count("\n", 0, m.start(1)), m.group(1)) for m in FENCE.finditer(text)]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty working directory and no screen: documentation may write files and show plots."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")


@pytest.mark.parametrize("name", [*modules_of("autograd"), *modules_of("nn")])
def test_docstring_examples(name, elsewhere):
    module = importlib.import_module(name)
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        runner.run(test, out=told.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(told)


def test_the_engine_and_the_layers_do_have_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    for package in ("autograd", "nn"):
        modules = [importlib.import_module(name) for name in modules_of(package)]
        assert any(test.examples for module in modules for test in finder.find(module))


def statements(source: str) -> list[tuple[ast.stmt, str]]:
    """Each statement of a block, with the comment behind it and in the lines that follow."""
    lines = source.splitlines()
    found = []
    for statement in ast.parse(source).body:
        end = statement.end_lineno or 0
        said = [lines[end - 1][statement.end_col_offset or 0 :].strip()] if end else []
        said += itertools.takewhile(lambda line: line.startswith("#"), lines[end:])
        found.append((statement, " ".join(line.removeprefix("#") for line in said)))
    return found


def as_said(printed: str, said: str) -> bool:
    """Whether a comment begins with what was printed, up to spaces; either may be missing."""
    words, told = " ".join(printed.split()), " ".join(said.split())
    return not (told and words) or (
        told.startswith(words) and told[len(words) :][:1] in ("", " ", ",")
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_blocks_of_a_page(page, elsewhere, capsys):
    """They run, and a comment behind a print is what it prints."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for line, source in blocks(page.read_text(encoding="utf-8")):
        for statement, said in statements(source):
            ast.increment_lineno(statement, line)  # a traceback points at the line of the page
            exec(compile(ast.Module([statement], []), str(page), "exec"), namespace)
            printed = capsys.readouterr().out
            assert as_said(printed, said) or said in DESCRIBED, (statement.lineno, printed)


def test_a_comment_that_does_not_say_what_is_printed_is_found():
    (first, one), (_, two), (_, three) = statements(
        "print(1)  # 1, as it should be\nfor i in (1, 2):\n    print(i)\n# 1\n# 2\n\nprint(3)\n"
    )
    assert first.lineno == 1
    assert (one.split()[:2], two.split(), three) == (["1,", "as"], ["1", "2"], "")
    assert as_said("1\n", one) and as_said("1\n2\n", two) and as_said("3\n", three)
    assert not as_said("2\n", two) and not as_said("1\n", "15.0") and not as_said("1.0\n", one)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_sessions_of_a_page(page, elsewhere):
    """The ```pycon blocks of a page are one session, and print what they say."""
    text = page.read_text(encoding="utf-8")
    examples = [example for session in sessions(text) for example in session]
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(doctest.DocTest(examples, {}, page.name, str(page), 0, text), out=told.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(told)


def test_blocks_are_found_with_their_lines():
    page = "Text\n```python\na = 1\n```\n```bash\nls\n```\n\n```python\nb = 2\nc = 3\n```\n"
    assert blocks(page) == [(2, "a = 1\n"), (9, "b = 2\nc = 3\n")]


def test_the_readme_shows_python():
    assert blocks((ROOT / "README.md").read_text(encoding="utf-8"))

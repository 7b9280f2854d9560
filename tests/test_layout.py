"""The structure the project promises: imports point one way, names are unambiguous, all is said."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("autograd", "nn")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
PROJECT_SOURCES = sorted(
    path
    for folder in (*PACKAGES, "tests", "benchmarks", "examples")
    for path in (ROOT / folder).rglob("*.py")
)

# A module imports from its own line and from the lines above it. A new module needs a line here.
LAYERS = (
    ("errors", "modes", "containers", "journal", "deferred", "reuse"),
    ("value", "methods", "array_methods"),
    ("remedies", "wording", "graph"),
    ("op",),
    ("fast", "protocols"),
    ("broadcast", "leading", "leading_index"),
    ("ops",),
    ("poles", "reverse", "forward", "scalar_sweep"),
    ("sweep",),
    ("runs", "holomorphy"),
    ("transforms", "vectorizing", "custom", "jacobians", "checkpointing", "scanning"),
    ("calls", "implicit", "complex_transforms"),
    ("compiler", "drawing", "checking"),
    ("primitives", "spaces", "wrap_util", "builtins", "numpy", "util"),
    ("differential_operators", "extend", "tracer", "core", "misc", "test_util"),
    ("scipy",),
)
LAYER_OF = {name: level for level, names in enumerate(LAYERS) for name in names}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in SOURCES}


def type_checking_imports(tree: ast.AST) -> set[ast.AST]:
    """Nodes under `if TYPE_CHECKING:`, which never run."""
    guarded: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            guarded.update(inner for child in node.body for inner in ast.walk(child))
    return guarded


def imported_names(node: ast.AST, importer: str, is_package: bool) -> Iterator[str]:
    """Full names of the modules one import statement loads, those inside functions too."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            home = importer.split(".")
            home = home[: len(home) - node.level + is_package]
            base = ".".join([*home, base] if base else home)
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield inner if inner in MODULES else base


def imports(source: str, name: str, is_package: bool = False) -> set[str]:
    """The project's modules that this source imports when it runs, itself left out."""
    tree = ast.parse(source)
    skipped = type_checking_imports(tree)
    found = {
        imported
        for node in ast.walk(tree)
        if node not in skipped
        for imported in imported_names(node, name, is_package)
    }
    return {imported for imported in found if imported.split(".")[0] in PACKAGES} - {name}


GRAPH = {
    name: imports(path.read_text(encoding="utf-8"), name, path.name == "__init__.py")
    for name, path in MODULES.items()
}


def layer(name: str) -> int:
    """A module's place in the order: `autograd`'s front page is above its parts, `nn` above all."""
    package, *inner = name.split(".")
    if package == "nn":
        return len(LAYERS) + 1
    return LAYER_OF[inner[0]] if inner else len(LAYERS)


def test_there_are_sources_to_check():
    assert {"autograd", "autograd.value", "autograd.op", "nn"} <= set(MODULES)


def test_the_reader_of_imports_sees_every_form():
    source = (
        "import autograd.op\n"
        "from autograd import value\n"
        "from .errors import ShapeError\n"
        "def late():\n    from autograd.sweep import pullback\n"
        "if TYPE_CHECKING:\n    import nn\n"
        "import numpy\n"
    )
    expected = {"autograd.op", "autograd.value", "autograd.errors", "autograd.sweep"}
    assert imports(source, "autograd.broadcast") == expected


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("autograd.")])
def test_every_module_has_a_place_in_the_order(name):
    part = name.split(".")[1]
    assert part in LAYER_OF, f"add {part} to the line of LAYERS where it belongs"


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_one_way(name):
    too_late = {imported for imported in GRAPH[name] if layer(imported) > layer(name)}
    assert not too_late, f"{name} imports {sorted(too_late)}, which come after it"


@pytest.mark.parametrize("name", MODULES)
def test_no_module_imports_itself_by_a_detour(name):
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        for imported in GRAPH.get(waiting.pop(), ()):
            if imported not in reached:
                reached.add(imported)
                waiting.append(imported)
    assert name not in reached


# Their names are another library's: that there is an `autograd.numpy.shape` is no fault.
BORROWED = ("autograd.numpy", "autograd.scipy", "autograd.misc")
# Existing code says both `from autograd.misc import flatten` and
# `from autograd.misc.flatten import flatten`.
BOTH = {"autograd.misc.flatten"}


def packages() -> list[str]:
    return [name for name, path in MODULES.items() if path.name == "__init__.py"]


@pytest.mark.parametrize("name", packages())
def test_a_submodule_stays_a_module_as_an_attribute(name):
    package = importlib.import_module(name)
    submodules = [info.name for info in pkgutil.iter_modules(package.__path__)]
    for submodule in submodules:
        importlib.import_module(f"{name}.{submodule}")
    hidden = [
        sub
        for sub in submodules
        if not isinstance(getattr(package, sub), ModuleType) and f"{name}.{sub}" not in BOTH
    ]
    assert not hidden, f"in {name} these are a module and something else: {hidden}"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_shares_a_name_with_a_public_function(package):
    modules = {name.split(".")[-1] for name in MODULES if name.split(".")[0] == package}
    public = {
        attribute
        for name in packages()
        if name.split(".")[0] == package and not name.startswith(BORROWED)
        for attribute, thing in vars(importlib.import_module(name)).items()
        if callable(thing) and not attribute.startswith("_")
    }
    assert public, f"{package} exports nothing"
    assert not modules & public


@pytest.mark.parametrize("name", MODULES)
def test_users_errors_are_raised_never_asserted(name):
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    assert not lines, f"assert on lines {lines} of {name}"


# Spelled in halves, so that this file does not find itself.
LEFTOVERS = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
SILENCERS = re.compile(r"#\s*(?:no" + r"qa|type:\s*ign" + r"ore|pyright:|ruff:|fmt:)")


@pytest.mark.parametrize("path", PROJECT_SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_left_to_do_and_no_check_is_silenced(path):
    text = path.read_text(encoding="utf-8")
    assert not LEFTOVERS.findall(text)
    assert not SILENCERS.findall(text)


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_are_told_that_the_package_is_typed(package):
    assert (ROOT / package / "py.typed").is_file()


def undocumented(tree: ast.Module) -> Iterator[str]:
    """Public functions and classes without a docstring, and the module itself."""
    if not ast.get_docstring(tree):
        yield "the module"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            is_overload = any("overload" in ast.unparse(mark) for mark in node.decorator_list)
            if not (node.name.startswith("_") or is_overload or ast.get_docstring(node)):
                yield f"{node.name} (line {node.lineno})"


def test_a_missing_docstring_is_noticed():
    tree = ast.parse('"""Here."""\ndef f(): ...\ndef _g(): ...\nclass C: ...\n')
    assert list(undocumented(tree)) == ["f (line 2)", "C (line 4)"]


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_and_class_says_what_it_is(name):
    missing = list(undocumented(ast.parse(MODULES[name].read_text(encoding="utf-8"))))
    assert not missing, f"no docstring in {name}: {missing}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_exported_name_says_what_it_is(package):
    exported = vars(importlib.import_module(package))
    public = {
        name: thing
        for name, thing in exported.items()
        if callable(thing) and not name.startswith("_")
    }
    missing = [name for name, thing in public.items() if not (thing.__doc__ or "").strip()]
    assert not missing

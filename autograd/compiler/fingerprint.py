"""`Fingerprint`: all that decides what a program is compiled to, as text.

Equal texts mean equal programs: the same ops of this package on the same shapes and dtypes, with
equal options and equal constants. An array of a closure, whose contents may change between calls,
counts by its layout.
"""

import functools
import hashlib
import platform
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from autograd.compiler.bodies import Body
from autograd.compiler.program import Constant, Equation, Program, Variable
from autograd.op import Op, registry
from autograd.ops.gather import TRACED

_PLAIN = (bool, int, float, str, type(None), type(Ellipsis))


class UnknownError(Exception):
    """Something of which another process could not tell whether it has the same."""


class Fingerprint:
    """The text of a program, and what it names by number.

    constants    in the order in which the text mentions them first.
    """

    def __init__(self, program: Program) -> None:
        self.constants: list[Constant] = []
        self._numbers: dict[Any, int] = {}
        self._arrays: dict[int, int] = {}
        self._rows = rows()
        self._lines = [version()]
        self._program(program)
        self.key = hashlib.sha256("\n".join(self._lines).encode()).hexdigest()

    def _program(self, program: Program) -> None:
        self._lines += [f"{self._new(x)} {x.name!r}" for x in program.inputs]
        self._lines += [self._equation(x) for x in program.equations]
        self._lines += [f"results {self._all(program.results)} {sorted(program.donated.items())}"]

    def _equation(self, equation: Equation) -> str:
        op, inputs = equation.op, self._all(equation.inputs)
        if op not in self._rows:
            raise UnknownError(op)
        options, outputs = self._text(equation.static), " ".join(map(self._new, equation.outputs))
        return f"{self._rows[op]} {op.kind.value} {inputs} {options} {outputs}"

    def _new(self, x: Variable) -> str:
        self._numbers[x] = len(self._numbers)
        return f"{x.dtype.str}{x.shape}{x.weak}"

    def _all(self, parts: Iterable[Any]) -> str:
        return f"[{','.join(map(self._text, parts))}]"

    def _text(self, x: Any) -> str:
        if type(x) is Variable:
            return f"v{self._numbers[x]}"
        if type(x) in _PLAIN:
            return repr(x)
        if type(x) is Constant:
            if x not in self._numbers:
                self._numbers[x] = len(self.constants)
                self.constants.append(x)
                return f"c{self._constant(x)}"
            return f"c{self._numbers[x]}"
        if isinstance(x, Mapping):
            return f"{{{self._all(part for pair in x.items() for part in pair)}}}"
        if type(x) in (tuple, list):
            return f"{type(x).__name__}{self._all(x)}"
        if type(x) is slice:
            return f"slice{self._all((x.start, x.stop, x.step))}"
        if x is TRACED:
            return "traced"
        if isinstance(x, np.dtype):
            return f"dtype {x.str}"
        if isinstance(x, np.ndarray | np.generic):
            return _contents(x)
        if isinstance(x, type) and x.__module__ in ("builtins", "numpy"):
            return f"type {x.__module__} {x.__qualname__}"
        if type(x) is Body:
            self._lines.append(f"body {x.carried} {x.sliced}")
            self._program(x.program)
            return "body"
        raise UnknownError(x)

    def _constant(self, x: Constant) -> str:
        if x.fixed:
            return f"{type(x.data).__name__} {_contents(np.asarray(x.data))}"
        if type(x.data) is not np.ndarray or x.dtype.hasobject:
            raise UnknownError(x)
        number = self._arrays.setdefault(id(x.data), len(self._arrays))
        layout = (x.dtype.str, x.shape, x.data.strides, x.data.flags.aligned)
        return f"{number} {layout}"


def _contents(x: np.ndarray | np.generic) -> str:
    if x.dtype.hasobject or x.dtype.names:
        raise UnknownError(x)
    return f"{type(x).__name__} {x.dtype.str}{x.shape}{hashlib.sha256(x.tobytes()).hexdigest()}"


def rows() -> dict[Op, str]:
    """The package's own ops: by NumPy's name for it, or by the module that defines it."""
    found: dict[Op, str] = {}
    for function, x in registry.items():
        name = getattr(function, "__name__", "")
        if isinstance(x, Op) and x.function is function is getattr(np, name, None):
            found.setdefault(x, f"numpy:{name}")
    imported: dict[Op, str] = {}
    # Its name in the tables comes before its names where it is imported.
    modules = sorted(name for name in sys.modules if name.startswith("autograd."))
    for module in sorted(modules, key=lambda name: not name.startswith("autograd.ops.")):
        for name, x in vars(sys.modules[module]).items():
            if type(x) is Op and x not in found:
                own = module == getattr(x.function, "__module__", "")
                (found if own else imported).setdefault(x, f"{module}:{name}")
    return {**imported, **found}


def row(name: str) -> Op:
    """The op of that name in `rows`."""
    module, _, attribute = name.partition(":")
    if module == "numpy":
        found = registry[getattr(np, attribute)]
    elif module.startswith("autograd."):
        found = getattr(import_module(module), attribute)
    else:
        raise LookupError(name)
    if not isinstance(found, Op):
        raise TypeError(name)
    return found


@functools.cache
def version() -> str:
    """What else decides: the package's text, NumPy's version, the kind of machine."""
    package = Path(__file__).resolve().parent.parent
    files = [package / "op.py", *package.glob("compiler/**/*.py"), *package.glob("ops/**/*.py")]
    text = hashlib.sha256(b"\0".join(path.read_bytes() for path in sorted(files)))
    return f"{text.hexdigest()} {np.__version__} {platform.machine()} {sys.byteorder}"

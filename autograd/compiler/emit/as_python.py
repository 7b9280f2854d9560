"""Tasks as plain Python over flat NumPy arrays: what runs as native code, to read and to run.

`source(tasks)` defines one function per kernel and `run`, which takes every buffer by its name.
"""

import builtins
import keyword
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.compiler.emit import functions
from autograd.compiler.loops import (
    Accumulate,
    Buffer,
    Compute,
    Kernel,
    Load,
    Loop,
    MatMul,
    Reduce,
    Register,
    Stage,
    Statement,
    Store,
    Task,
    View,
)

_HEADER = '"""What runs: loops over flat arrays."""\n\nimport math\n\nimport numpy as np\n'
_MATH = {"erf": "math.erf", "erfc": "math.erfc", "gamma": "math.gamma", "gammaln": "math.lgamma"}
_FORMULAS = {
    "sigmoid": "1 / (1 + np.exp(-{0}))",
    "softplus": "np.logaddexp(0, {0})",
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "negative": "-{0}",
    "square": "{0} * {0}",
    "less": "{0} < {1}",
    "less_equal": "{0} <= {1}",
    "greater": "{0} > {1}",
    "greater_equal": "{0} >= {1}",
    "equal": "{0} == {1}",
    "not_equal": "{0} != {1}",
    "where": "{1} if {0} else {2}",
    "cast": "{0}",
    "logical_not": "not {0}",
    "fabs": "np.abs({0})",
}
_TRUTH = {"add": "{0} or {1}", "multiply": "{0} and {1}"}


def source(tasks: Sequence[Task]) -> str:
    """The tasks as a Python module whose `run` does the same to arrays given by name."""
    return "\n".join(_Module().written(tasks))


def buffer_names(tasks: Sequence[Task]) -> dict[Buffer, str]:
    """The names that `source` gives to the buffers of the tasks."""
    module = _Module()
    module.written(tasks)
    return module.names


def task_names(tasks: Sequence[Task]) -> dict[Task, str]:
    """What `source` calls the tasks, those in loops too."""
    module = _Module()
    module.written(tasks)
    return module.tasks


def _block(lines: list[str], pad: str) -> list[str]:
    """Indented lines, with a statement among them: comments alone are no Python."""
    return lines if any(x.lstrip()[:1] != "#" for x in lines) else [*lines, f"{pad}pass"]


class _Module:
    def __init__(self) -> None:
        self.names: dict[Buffer, str] = {}
        self.tasks: dict[Task, str] = {}
        self.functions: list[str] = []
        self.taken: set[str] = {"i", "j", "l", "math", "np", "run", *dir(builtins)}

    def written(self, tasks: Sequence[Task]) -> list[str]:
        body = list(self._calls(tasks, 1))
        head = f"def run({', '.join(self.names.values())}):"
        return [_HEADER, *self.functions, head, *_block(body, "    "), ""]

    def _unique(self, wanted: str, otherwise: str) -> str:
        base = wanted if wanted.isidentifier() and not _is_index(wanted) else otherwise
        name, count = base, 1
        while name in self.taken:
            count += 1
            name = f"{base}_{count}"
        self.taken.add(name)
        return name

    def _name(self, buffer: Buffer) -> str:
        if buffer not in self.names:
            self.names[buffer] = self._unique(buffer.name, f"b{len(self.names)}")
        return self.names[buffer]

    def _calls(self, tasks: Sequence[Task], depth: int) -> Iterator[str]:
        pad = "    " * depth
        for task in tasks:
            if isinstance(task, Loop):
                turns = f"range({task.length})"
                turns = f"reversed({turns})" if task.reverse else turns
                self.tasks[task] = task.name or "loop"
                yield f"{pad}for t{depth - 1} in {turns}:  # {self.tasks[task]}"
                inner = list(self._calls(task.tasks, depth + 1))
                yield from _block(inner, f"{pad}    ")
                continue
            if isinstance(task, Kernel):
                name, buffers = self._kernel(task)
            elif isinstance(task, MatMul):
                name, buffers = self._product(task)
            else:
                self.tasks[task] = task.op.name
                yield f"{pad}# {task.op.name}, by NumPy"
                continue
            self.tasks[task] = name
            turns = [f"t{level}" for level in range(depth - 1)]
            yield f"{pad}{name}({', '.join([*buffers, *turns])})"

    def _function(
        self, name: str, title: str, views: Sequence[View], body: Sequence[str]
    ) -> tuple[str, list[str]]:
        buffers = list(dict.fromkeys(self._name(view.buffer) for view in views))
        levels = max((len(view.steps) for view in views), default=0)
        turns = [f"t{level}=0" for level in range(levels)] + ["*_"]
        head = f"def {name}({', '.join([*buffers, *turns])}):"
        self.functions.append("\n".join([head, f"    # {title}", *body, "", ""]))
        return name, buffers

    def _product(self, task: MatMul) -> tuple[str, list[str]]:
        name = self._unique(task.name, f"product{len(self.functions)}")
        (*batch, m, k), n = task.a.shape, task.b.shape[-1]
        letters = [f"h{axis}" for axis in range(len(batch))]
        out = self._element(task.out, [*letters, "i", "j"])
        a = self._element(task.a, [*letters, "i", "l"])
        b = self._element(task.b, [*letters, "l", "j"])
        body, pad = [], "    "
        summed = any(n > 1 and not s for n, s in zip(batch, task.out.strides, strict=False))
        if summed and not task.accumulate:
            body += self._loops([*letters, "i", "j"], [*batch, m, n], pad)
            body.append(f"{pad}{'    ' * (len(batch) + 2)}{out} = 0")
        body += self._loops([*letters, "i", "j"], [*batch, m, n], pad)
        pad += "    " * (len(batch) + 2)
        sign = "+=" if task.accumulate or summed else "="
        body.append(f"{pad}{out} {sign} sum({a} * {b} for l in range({k}))")
        title = f"[{_shape(task.a.shape)}] @ [{_shape(task.b.shape)}]"
        return self._function(name, title, [task.a, task.b, task.out], body)

    def _loops(self, letters: Sequence[str], extents: Sequence[int], pad: str) -> list[str]:
        return [
            f"{pad}{'    ' * level}for {letter} in range({n}):"
            for level, (letter, n) in enumerate(zip(letters, extents, strict=True))
        ]

    def _element(
        self,
        view: View,
        letters: Sequence[str],
        indices: Sequence[tuple[str, int]] = (),
    ) -> str:
        terms = [str(view.offset)] if view.offset else []
        terms += [_term(f"t{level}", step) for level, step in enumerate(view.steps) if step]
        terms += [
            _term(letter, stride)
            for letter, stride, n in zip(letters, view.strides, view.shape, strict=True)
            if stride and n != 1
        ]
        terms += [_term(f"int({index})", step) for index, step in indices]
        return f"{self._name(view.buffer)}[{' + '.join(terms) or '0'}]"

    def _kernel(self, kernel: Kernel) -> tuple[str, list[str]]:
        name = self._unique(kernel.name, f"kernel{len(self.functions)}")
        shapes = [f"[{_shape(part)}]" for part in (kernel.outer, kernel.inner) if part]
        title = f"for every index of {', and in there '.join(shapes) or '[]'}"
        text = _KernelSource(self, kernel)
        body = text.lines()
        return self._function(name, title, text.views, body)


class _KernelSource:
    """One kernel's loops."""

    def __init__(self, module: _Module, kernel: Kernel) -> None:
        self.module = module
        self.kernel = kernel
        self.views = [
            each.view for each in kernel.statements() if not isinstance(each, Compute | Reduce)
        ]
        self.outer = [f"i{axis}" for axis in range(len(kernel.outer))]
        self.inner = [f"j{axis}" for axis in range(len(kernel.inner))]
        self.registers: dict[Register, str] = {}
        self.kept = self._kept()

    def _kept(self) -> set[Register]:
        """Registers of a full stage that a later one reads."""
        made: dict[Register, Stage] = {}
        kept: set[Register] = set()
        for stage in self.kernel.stages:
            for statement in stage.statements:
                kept |= {x for x in _read(statement) if x in made and made[x] is not stage}
                if stage.full and isinstance(statement, Load | Compute):
                    made[statement.target] = stage
        return kept

    def lines(self) -> list[str]:
        out: list[str] = []
        for each in self.kernel.statements():
            if isinstance(each, Accumulate) and each.clear:
                out += self._cleared(each)
        out += self.module._loops(self.outer, self.kernel.outer, "    ")
        pad = "    " * (len(self.outer) + 1)
        shape = f"({', '.join(map(str, self.kernel.inner))},)"
        for register in self.registers_in_order():
            if register in self.kept:
                out.append(f"{pad}{self._name(register)} = np.empty({shape}, object)")
        before = len(out)
        for stage in self.kernel.stages:
            out += self._stage(stage, pad)
        return out if len(out) > before else [*out, f"{pad}pass"]

    def registers_in_order(self) -> list[Register]:
        return [
            each.target
            for each in self.kernel.statements()
            if isinstance(each, Load | Compute | Reduce)
        ]

    def _stage(self, stage: Stage, pad: str) -> Iterator[str]:
        for statement in stage.statements:
            if isinstance(statement, Reduce):
                start = functions.identity(statement.function, statement.target.dtype)
                yield f"{pad}{self._name(statement.target)} = {_number(start, statement.target)}"
        if stage.full:
            yield from self.module._loops(self.inner, self.kernel.inner, pad)
            pad += "    " * len(self.inner)
        letters = [*self.outer, *self.inner] if stage.full else self.outer
        for statement in stage.statements:
            yield f"{pad}{self._statement(statement, letters)}"

    def _name(self, register: Register) -> str:
        if register not in self.registers:
            wanted = register.name if register.name.isidentifier() else "r"
            taken = set(self.registers.values()) | {*self.outer, *self.inner, *self.module.taken}
            name, count = wanted, len(self.registers)
            while name in taken or name == "r":
                name, count = f"{wanted}{count}", count + 1
            self.registers[register] = name
        return self.registers[register]

    def _value(self, x: Any) -> str:
        if not isinstance(x, Register):
            return _number(x)
        name = self._name(x)
        return f"{name}[{', '.join(self.inner)}]" if x in self.kept else name

    def _statement(self, statement: Statement, letters: Sequence[str]) -> str:
        if isinstance(statement, Reduce):
            target = self._name(statement.target)
            both = [target, self._value(statement.argument)]
            return f"{target} = {self._call(statement.function, both, statement.target.dtype)}"
        if isinstance(statement, Compute):
            arguments = [self._value(x) for x in statement.arguments]
            dtype = statement.target.dtype
            call = self._call(statement.function, arguments, dtype)
            return f"{self._value(statement.target)} = {call}"
        indices = [(self._value(register), step) for register, step in statement.indices]
        element = self.module._element(statement.view, letters, indices)
        if isinstance(statement, Load):
            read = element
            if statement.view.dtype != statement.target.dtype:
                read = f"np.{_type(statement.target.dtype)}({element})"
            return f"{self._value(statement.target)} = {read}"
        value = self._value(statement.argument)
        if isinstance(statement, Store):
            return f"{element} = {value}"
        return (
            f"{element} = {self._call(statement.function, [element, value], statement.view.dtype)}"
        )

    def _call(self, function: str, arguments: Sequence[str], dtype: np.dtype[Any]) -> str:
        formula = _FORMULAS.get(function)
        if dtype == np.bool_ and function in _TRUTH:
            formula = _TRUTH[function]
        if formula is None:
            called = _MATH.get(function, f"np.{function}")
            text = f"{called}({', '.join(arguments)})"
        else:
            text = formula.format(*arguments)
        return f"np.{_type(dtype)}({text})"

    def _cleared(self, statement: Accumulate) -> Iterator[str]:
        view = statement.view
        start = functions.identity(statement.function, view.dtype)
        start = 0 if statement.function == "add" else start
        if statement.indices:
            yield f"    {self.module._name(view.buffer)}[:] = {_number(start)}"
            return
        moving = [(n, s) for n, s in zip(view.shape, view.strides, strict=True) if s and n != 1]
        letters = [f"i{axis}" for axis in range(len(moving))]
        target = View(
            view.buffer,
            tuple(n for n, _ in moving),
            tuple(s for _, s in moving),
            view.offset,
            view.steps,
        )
        yield from self.module._loops(letters, [n for n, _ in moving], "    ")
        pad = "    " * (len(moving) + 1)
        yield f"{pad}{self.module._element(target, letters)} = {_number(start)}"


def _is_index(name: str) -> bool:
    return keyword.iskeyword(name) or (name[0] in "hijt" and name[1:].isdecimal())


def _read(statement: Statement) -> list[Register]:
    if isinstance(statement, Compute):
        return [x for x in statement.arguments if isinstance(x, Register)]
    if isinstance(statement, Reduce):
        return [statement.argument]
    own = [register for register, _ in statement.indices]
    if not isinstance(statement, Load) and isinstance(statement.argument, Register):
        own.append(statement.argument)
    return own


def _type(dtype: np.dtype[Any]) -> str:
    return "bool_" if dtype == np.bool_ else dtype.name


def _term(letter: str, step: int) -> str:
    return letter if step == 1 else f"{letter} * {step}"


def _number(x: Any, register: Register | None = None) -> str:
    x = x.item() if isinstance(x, np.generic) else x
    text = repr(x)
    if isinstance(x, float) and not np.isfinite(x):
        text = f"float('{x}')"
    return text if register is None else f"np.{_type(register.dtype)}({text})"


def _shape(shape: Sequence[int]) -> str:
    return ", ".join(map(str, shape))

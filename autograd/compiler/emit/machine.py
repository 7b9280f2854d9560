"""LLVM IR text to native code: optimise for this CPU, load, and keep the object code on disk.

llvmlite is LLVM in one wheel; it is imported at the first compilation and not before. One text is
compiled once per process, and once per machine and LLVM version where the cache can be written.
"""

import ctypes
import functools
import hashlib
import importlib.util
import itertools
import re
import threading
from collections.abc import Callable
from typing import Any

from autograd.compiler import keeping
from autograd.errors import UnsupportedError

# Part of every key: a change of how text becomes object code must not find the old objects.
_RECIPE = "1"
_DEFINITION = re.compile(r"^define (\w+).*?@([\w.$]+)\(", re.MULTILINE)
_DECLARATION = re.compile(r"^declare .*?@([\w.$]+)\(", re.MULTILINE)
_LOCAL = ("internal", "private", "hidden")


class Library:
    """Native functions of one compiled text; they stay loaded until the process ends.

    Nothing is ever unloaded: addresses may be baked into other code, and a sleeping worker thread
    may be inside a function while the interpreter shuts down.
    """

    def __init__(self, addresses: dict[str, int]) -> None:
        self._addresses = addresses

    def address(self, name: str) -> int:
        """Where the function `name` begins, for calls from other native code."""
        return self._addresses[name]

    def function(
        self, name: str, n_arguments: int, returns: bool = False, keep_gil: bool = False
    ) -> Callable[..., Any]:
        """The function `name` for Python: n integers or pointers; None, or an int64 if `returns`.

        Python's global lock is released during the call, so that other threads go on. For calls
        well below a microsecond `keep_gil` saves the time of doing so.
        """
        kind = ctypes.PYFUNCTYPE if keep_gil else ctypes.CFUNCTYPE
        prototype = kind(ctypes.c_int64 if returns else None, *[ctypes.c_int64] * n_arguments)
        return prototype(self._addresses[name])


@functools.cache
def available() -> bool:
    """Whether native code can be made here: llvmlite is installed."""
    return importlib.util.find_spec("llvmlite") is not None


def require() -> None:
    """Raise UnsupportedError where no native code can be made."""
    if not available():
        raise UnsupportedError(
            "llvmlite, which makes native code",
            "an installation without it",
            "pip install 'valuegraph[jit]', or use emitter='numpy'",
        )


class _Compiler:
    """LLVM set up for this CPU: text to object code, object code to addresses."""

    def __init__(self) -> None:
        import llvmlite
        import llvmlite.binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.llvm = llvm
        self.cpu = llvm.get_host_cpu_name()
        self.features = llvm.get_host_cpu_features().flatten()
        self.triple = llvm.get_default_triple()
        self.versions = f"llvmlite {llvmlite.__version__} LLVM {llvm.llvm_version_info}"
        self.target = self.new_target_machine()
        self.layout = str(self.target.target_data)
        # JITLink places one object in one piece of memory, so the small code model is safe: a
        # constant is then an operand of an instruction instead of an address loaded first.
        self.linker = llvm.create_lljit_compiler(self.new_target_machine(), use_jit_link=True)
        self.loaded: list[Any] = []
        self.numbers = itertools.count()
        self.symbols: dict[str, int] = {}

    def new_target_machine(self) -> Any:
        """A new object each time, for the linker consumes the one it is given."""
        return self.llvm.Target.from_triple(self.triple).create_target_machine(
            cpu=self.cpu, features=self.features, opt=3, reloc="pic", codemodel="small", jit=True
        )

    def key(self, text: str) -> str:
        parts = (_RECIPE, self.versions, self.triple, self.cpu, self.features, text)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def optimised(self, text: str, in_lanes: bool) -> Any:
        """LLVM's module after its own O3 pipeline, loops and straight lines vectorised.

        Text that is `in_lanes` has nothing left to vectorise: four passes do, in a tenth of the
        time.
        """
        llvm = self.llvm
        module = llvm.parse_assembly(text)
        module.triple = self.triple
        module.data_layout = self.layout
        module.verify()
        if in_lanes:
            passes = llvm.create_new_module_pass_manager()
            passes.add_always_inliner_pass()
            passes.add_sroa_pass()
            passes.add_instruction_combine_pass()
            passes.add_simplify_cfg_pass()
            passes.run(module, llvm.create_pass_builder(self.target, _options(llvm, 1)))
            return module
        options = _options(llvm, 3)
        options.loop_vectorization = True
        options.slp_vectorization = True
        builder = llvm.create_pass_builder(self.target, options)
        builder.getModulePassManager().run(module, builder)
        return module

    def object_code(self, text: str, in_lanes: bool) -> bytes:
        return self.target.emit_object(self.optimised(text, in_lanes))

    def assembly(self, text: str, in_lanes: bool) -> str:
        return self.target.emit_assembly(self.optimised(text, in_lanes))

    def load(self, code: bytes, names: list[str], symbols: dict[str, int]) -> Library:
        builder = self.llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
        for name, address in symbols.items():
            builder.import_symbol(name, address)
        for name in names:
            builder.export_symbol(name)
        # A name is used up even where linking fails.
        tracker = builder.link(self.linker, f"library{next(self.numbers)}")
        self.loaded.append(tracker)
        return Library({name: tracker[name] for name in names})


def _options(llvm: Any, level: int) -> Any:
    return llvm.create_pipeline_tuning_options(speed_level=level)


_LOCK = threading.RLock()


@functools.cache
def _compiler() -> _Compiler:
    require()
    return _Compiler()


def exported_names(text: str) -> list[str]:
    r"""Names of the functions in LLVM IR `text` that can be called from outside.

    >>> exported_names("define void @f(i64 %n) {\n}\ndefine internal i64 @g() {\n}")
    ['f']
    """
    return [match[2] for match in _DEFINITION.finditer(text) if match[1] not in _LOCAL]


def compile_ir(text: str, in_lanes: bool = False) -> Library:
    """Native code of LLVM IR `text`, from this process, from the disk, or made now.

    Symbols the text declares are looked up among those given to `bind`, then in the process.
    `in_lanes` says that the text is written in vectors, so that LLVM need not look for them.
    """
    with _LOCK:
        return _compiled(text, in_lanes)


@functools.cache
def _compiled(text: str, in_lanes: bool) -> Library:
    compiler = _compiler()
    name = f"{compiler.key(text)}{'-lanes' * in_lanes}.o"
    code = keeping.read(name)
    if code is None:
        code = compiler.object_code(text, in_lanes)
        keeping.write(name, code)
    declared = set(_DECLARATION.findall(text))
    symbols = {name: at for name, at in compiler.symbols.items() if name in declared}
    return compiler.load(code, exported_names(text), symbols)


def bind(name: str, address: int) -> None:
    """Let texts compiled from now on call what lies at `address` by `name`.

    Text that names what it calls is equal in every process; text with an address in it is not, and
    would never be found in the cache.
    """
    with _LOCK:
        _compiler().symbols[name] = address


def assembly(text: str, in_lanes: bool = False) -> str:
    """The machine's assembly language for LLVM IR `text`, to read; nothing is loaded."""
    with _LOCK:
        return _compiler().assembly(text, in_lanes)


def host() -> tuple[str, str]:
    """LLVM's names of this CPU and of its features, as in `-mcpu` and `-mattr`."""
    with _LOCK:
        compiler = _compiler()
    return compiler.cpu, compiler.features

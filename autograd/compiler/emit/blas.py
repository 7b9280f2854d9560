"""Matrix products of the BLAS that NumPy has loaded, for native code to call.

NumPy's wheels carry OpenBLAS, so a second copy would only compete with it. Its own threads spin
for work, as ours do, and two pools that spin destroy each other: a program that calls it asks for
one thread (`blas_enter`, `blas_leave`) and shares the work out over our threads.

OpenBLAS's `openblas_set_num_threads_local` is no help: in its builds with POSIX threads, which
NumPy's are, it sets the number of threads of the whole process (OpenBLAS, pull request 4425).
"""

import contextlib
import ctypes
import functools
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograd.compiler.emit import machine
from autograd.errors import UnsupportedError

_ROUTINES = ("sgemm", "dgemm", "sgemv", "dgemv")


@dataclass(frozen=True)
class Blas:
    """A BLAS in this process: where its functions are, and what an array's size is for them."""

    path: str
    index_type: str  # "i64" or "i32", as LLVM calls it
    addresses: dict[str, int]  # of cblas_sgemm, cblas_dgemm, cblas_sgemv, cblas_dgemv
    get_threads: int | None
    set_threads: int | None


@functools.cache
def find() -> Blas | None:
    """The BLAS that NumPy uses, None if it is none that is known here."""
    for path in _candidates():
        with contextlib.suppress(OSError):
            # What is not loaded is not what NumPy uses; a load of its own would be a second copy.
            loaded = ctypes.CDLL(path, mode=getattr(os, "RTLD_NOLOAD", 0) | ctypes.DEFAULT_MODE)
            found = _described(path, loaded)
            if found is not None:
                return found
    return None


def _candidates() -> Iterator[str]:
    """Files that may be NumPy's BLAS, its own wheel's first."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs", package / ".libs"):
        yield from sorted(str(path) for path in folder.glob("*openblas*"))
    if sys.platform == "darwin":
        yield "/System/Library/Frameworks/Accelerate.framework/Accelerate"
    with contextlib.suppress(OSError):
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
        names = r"(/\S*(?:openblas|libcblas|libblas|blis|mkl_rt)\S*\.so\S*)$"
        yield from dict.fromkeys(re.findall(names, maps, re.MULTILINE))


def _described(path: str, loaded: ctypes.CDLL) -> Blas | None:
    """What this library calls its functions: NumPy's builds add a prefix, 64-bit sizes a suffix."""
    spellings = (
        ("scipy_", "64_", "i64"),
        ("", "64_", "i64"),
        ("", "$NEWLAPACK$ILP64", "i64"),
        ("scipy_", "", "i32"),
        ("", "", "i32"),
    )
    for prefix, suffix, index_type in spellings:
        symbols = {name: f"{prefix}cblas_{name}{suffix}" for name in _ROUTINES}
        addresses = {name: _address(loaded, symbol) for name, symbol in symbols.items()}
        there = {name: address for name, address in addresses.items() if address is not None}
        if len(there) == len(_ROUTINES):
            return Blas(
                path,
                index_type,
                there,
                _address(loaded, f"{prefix}openblas_get_num_threads{suffix}"),
                _address(loaded, f"{prefix}openblas_set_num_threads{suffix}"),
            )
    return None


def _address(loaded: ctypes.CDLL, symbol: str) -> int | None:
    try:
        return ctypes.cast(getattr(loaded, symbol), ctypes.c_void_p).value
    except AttributeError:
        return None


# Programs may run at once in several Python threads: the first to enter saves the number of
# threads, the last to leave restores it.
_GATE = """
@lock = internal global i32 0
@inside = internal global i64 0
@saved = internal global i32 0
declare i32 @blas_get_threads()
declare void @blas_set_threads(i32)

define internal void @take() {
entry:
  br label %try
try:
  %got = cmpxchg ptr @lock, i32 0, i32 1 acquire monotonic
  %mine = extractvalue { i32, i1 } %got, 1
  br i1 %mine, label %done, label %try
done:
  ret void
}

define void @blas_enter() {
  call void @take()
  %before = load i64, ptr @inside
  %after = add i64 %before, 1
  store i64 %after, ptr @inside
  %first = icmp eq i64 %before, 0
  br i1 %first, label %save, label %done
save:
  %threads = call i32 @blas_get_threads()
  store i32 %threads, ptr @saved
  %several = icmp sgt i32 %threads, 1
  br i1 %several, label %set, label %done
set:
  call void @blas_set_threads(i32 1)
  br label %done
done:
  store atomic i32 0, ptr @lock release, align 4
  ret void
}

define void @blas_leave() {
  call void @take()
  %before = load i64, ptr @inside
  %after = sub i64 %before, 1
  store i64 %after, ptr @inside
  %last = icmp eq i64 %after, 0
  br i1 %last, label %restore, label %done
restore:
  %threads = load i32, ptr @saved
  %several = icmp sgt i32 %threads, 1
  br i1 %several, label %set, label %done
set:
  call void @blas_set_threads(i32 %threads)
  br label %done
done:
  store atomic i32 0, ptr @lock release, align 4
  ret void
}
"""
_NO_GATE = """
define void @blas_enter() {
  ret void
}
define void @blas_leave() {
  ret void
}
"""


def _narrowing(name: str) -> str:
    """A function with 64-bit sizes that calls the one with 32-bit sizes."""
    real = "float" if name[0] == "s" else "double"
    if name.endswith("mm"):
        types = ["i32"] * 3 + ["i64"] * 3 + [real, "ptr", "i64", "ptr", "i64", real, "ptr", "i64"]
    else:
        types = ["i32"] * 2 + ["i64"] * 2 + [real, "ptr", "i64", "ptr", "i64", real, "ptr", "i64"]
    narrow = [kind.replace("i64", "i32") for kind in types]
    wide = [at for at, kind in enumerate(types) if kind == "i64"]
    casts = "".join(f"  %n{at} = trunc i64 %a{at} to i32\n" for at in wide)
    passed = [f"{kind} %{'n' if at in wide else 'a'}{at}" for at, kind in enumerate(narrow)]
    taken = ", ".join(f"{kind} %a{at}" for at, kind in enumerate(types))
    return (
        f"declare void @narrow_{name}({', '.join(narrow)})\n"
        f"define void @blas_{name}({taken}) {{\n{casts}"
        f"  call void @narrow_{name}({', '.join(passed)})\n  ret void\n}}\n"
    )


@functools.cache
def library() -> machine.Library:
    """After this, texts may declare and call `blas_enter`, `blas_leave`, and the four products.

    `blas_sgemm`, `blas_dgemm`, `blas_sgemv` and `blas_dgemv` take what cblas takes, with i64 sizes:
    void (i32 order, i32 transpose_a, i32 transpose_b, i64 m, i64 n, i64 k, alpha, ptr a, i64 lda,
    ptr b, i64 ldb, beta, ptr c, i64 ldc), order 101 for rows, transpose 111 no and 112 yes.
    """
    blas = find()
    if blas is None:
        raise UnsupportedError(
            "a BLAS that NumPy has loaded",
            "none whose functions are known",
            "ask blas.find() first, and multiply matrices with generated loops",
        )
    text = _NO_GATE
    if blas.get_threads is not None and blas.set_threads is not None:
        machine.bind("blas_get_threads", blas.get_threads)
        machine.bind("blas_set_threads", blas.set_threads)
        text = _GATE
    bound = {"i64": "blas_", "i32": "narrow_"}[blas.index_type]
    for name, address in blas.addresses.items():
        machine.bind(bound + name, address)
    if blas.index_type == "i32":
        text += "".join(_narrowing(name) for name in blas.addresses)
    made = machine.compile_ir(text)
    for name in machine.exported_names(text):
        machine.bind(name, made.address(name))
    return made


@contextlib.contextmanager
def single_threaded() -> Iterator[None]:
    """Inside, the BLAS uses the thread that calls it and no other."""
    made = library()
    made.function("blas_enter", 0)()
    try:
        yield
    finally:
        made.function("blas_leave", 0)()

"""Compiling LLVM IR, our thread pool, and NumPy's BLAS seen from native code."""

import ctypes
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from autograd.compiler import keeping
from autograd.compiler.emit import blas, machine, pool_ir, threads
from autograd.errors import ArgumentError

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(not machine.available(), reason="llvmlite is not installed")


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """Object code made here stays here."""
    folder = tmp_path_factory.mktemp("native")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRAD_CACHE", str(folder))
        yield folder


def run(program: str, **environment: str) -> str:
    """What a Python of its own prints; it must end by itself, and well."""
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


# --- machine ------------------------------------------------------------------------------------


def adding(number: int) -> str:
    return f"define i64 @plus(i64 %x) {{\n  %y = add i64 %x, {number}\n  ret i64 %y\n}}\n"


@pytest.mark.parametrize("keep_gil", [False, True])
def test_text_becomes_a_function(keep_gil):
    plus = machine.compile_ir(adding(3)).function("plus", 1, returns=True, keep_gil=keep_gil)
    assert plus(4) == 7


def test_equal_texts_are_compiled_once_and_different_ones_are_different():
    assert machine.compile_ir(adding(5)) is machine.compile_ir(adding(5))
    assert machine.compile_ir(adding(5)).address("plus") != machine.compile_ir(adding(6)).address(
        "plus"
    )


def test_only_functions_for_others_are_exported():
    text = (
        "define internal i64 @mine(i64 %x) {\n  ret i64 %x\n}\n"
        "define hidden i64 @ours(i64 %x) {\n  ret i64 %x\n}\n"
        "define void @theirs() nounwind {\n  ret void\n}\n"
    )
    assert machine.exported_names(text) == ["theirs"]
    with pytest.raises(KeyError):
        machine.compile_ir(text).address("mine")


def test_text_that_is_not_llvms_raises():
    with pytest.raises(RuntimeError, match="LLVM IR parsing error"):
        machine.compile_ir("define i64 @f( {")


def test_native_code_calls_what_was_bound_by_name():
    prototype = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)
    twice = prototype(lambda x: 2 * x)
    machine.bind("twice_for_a_test", ctypes.cast(twice, ctypes.c_void_p).value or 0)
    text = (
        "declare i64 @twice_for_a_test(i64)\n"
        "define i64 @f(i64 %x) {\n  %y = call i64 @twice_for_a_test(i64 %x)\n  ret i64 %y\n}\n"
    )
    assert machine.compile_ir(text).function("f", 1, returns=True)(21) == 42


def test_threads_that_compile_at_once_get_what_they_asked_for():
    def compiled(number: int) -> int:
        return machine.compile_ir(adding(number)).function("plus", 1, returns=True)(0)

    numbers = [1000 + k // 2 for k in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(compiled, numbers)) == numbers


ONE = "define i64 @one() {\\n  ret i64 1\\n}\\n"
SAY_ONE = (
    "from autograd.compiler.emit import machine\n"
    "made = []\n"
    "compiler = machine._compiler()\n"
    "real = compiler.object_code\n"
    "compiler.object_code = lambda *args: made.append(args) or real(*args)\n"
    f"print(machine.compile_ir('{ONE}').function('one', 0, True)(), len(made))\n"
)


def test_object_code_is_kept_on_disk_and_a_spoilt_file_is_made_again(tmp_path):
    folder = tmp_path / "deep" / "er"
    assert run(SAY_ONE, AUTOGRAD_CACHE=str(folder)) == "1 1"
    (file,) = folder.iterdir()
    assert run(SAY_ONE, AUTOGRAD_CACHE=str(folder)) == "1 0"
    whole = file.read_bytes()
    for spoilt in (whole[:-1], b"", whole[:60] + b"\xff" + whole[61:]):
        file.write_bytes(spoilt)
        assert run(SAY_ONE, AUTOGRAD_CACHE=str(folder)) == "1 1"
        assert file.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    assert run(SAY_ONE, AUTOGRAD_CACHE=str(tmp_path / "file")) == "1 1"


def test_the_cache_has_a_place_on_this_platform(monkeypatch):
    monkeypatch.delenv("AUTOGRAD_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    folder = keeping.folder()
    assert folder is not None and folder.name == "autograd" and folder.is_absolute()


def test_without_a_home_nothing_is_kept_where_the_process_happens_to_be(monkeypatch, tmp_path):
    for name in ("AUTOGRAD_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.chdir(tmp_path)
    keeping.write("one", b"code")
    assert keeping.read("one") is None
    assert not [*tmp_path.iterdir()]


def test_a_file_of_somebody_else_is_not_run(monkeypatch, tmp_path):
    monkeypatch.setenv("AUTOGRAD_CACHE", str(tmp_path))
    keeping.write("one", b"code")
    assert keeping.read("one") == b"code"
    if os.geteuid():
        monkeypatch.setattr(os, "geteuid", lambda: 1 << 20)
    else:
        os.chown(tmp_path / "one", 1 << 20, -1)
    assert keeping.read("one") is None


def test_an_interrupted_write_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("AUTOGRAD_CACHE", str(tmp_path))

    def interrupted(*paths: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        keeping.write("one", b"code")
    assert not [*tmp_path.iterdir()]


def test_importing_autograd_does_not_import_llvmlite():
    program = (
        "import sys, autograd, autograd.compiler.emit.machine; print('llvmlite' in sys.modules)"
    )
    assert run(program) == "False"


# --- threads ------------------------------------------------------------------------------------

# add: adds 1 to each of the share's elements. nested: does so in rows of 100, each again shared.
ADDING = """
declare void @parallel_for(ptr, ptr, i64, i64)
define void @add(ptr %array, i64 %begin, i64 %end) {
entry:
  br label %loop
loop:
  %i = phi i64 [%begin, %entry], [%j, %loop]
  %place = getelementptr i64, ptr %array, i64 %i
  %old = load i64, ptr %place
  %new = add i64 %old, 1
  store i64 %new, ptr %place
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %end
  br i1 %more, label %loop, label %done
done:
  ret void
}
define void @rows(ptr %array, i64 %begin, i64 %end) {
entry:
  br label %loop
loop:
  %i = phi i64 [%begin, %entry], [%j, %loop]
  %at = mul i64 %i, 100
  %row = getelementptr i64, ptr %array, i64 %at
  call void @parallel_for(ptr @add, ptr %row, i64 100, i64 3)
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %end
  br i1 %more, label %loop, label %done
done:
  ret void
}
define void @shared(ptr %array, i64 %n, i64 %threads) {
  call void @parallel_for(ptr @add, ptr %array, i64 %n, i64 %threads)
  ret void
}
define void @nested(ptr %array, i64 %n, i64 %threads) {
  call void @parallel_for(ptr @rows, ptr %array, i64 %n, i64 %threads)
  ret void
}
; Each share writes where it begins into the elements it covers.
define void @mark(ptr %array, i64 %begin, i64 %end) {
entry:
  br label %loop
loop:
  %i = phi i64 [%begin, %entry], [%j, %loop]
  %place = getelementptr i64, ptr %array, i64 %i
  store i64 %begin, ptr %place
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %end
  br i1 %more, label %loop, label %done
done:
  ret void
}
define void @marked(ptr %array, i64 %n, i64 %threads) {
  call void @parallel_for(ptr @mark, ptr %array, i64 %n, i64 %threads)
  ret void
}
"""


@pytest.fixture
def three_threads():
    """A pool of three, however many cores there are."""
    before = threads.get_threads()
    threads.set_threads(3)
    yield
    threads.set_threads(before)


def call(name: str, array: np.ndarray, n: int, shares: int) -> None:
    threads.library()
    machine.compile_ir(ADDING).function(name, 3)(array.ctypes.data, n, shares)


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize("shares", [-1, 0, 1, 2, 3, 4, 7, 255, 1000])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 100, 1001])
def test_every_element_is_done_once(n, shares):
    array = np.zeros(n + 1, np.int64)
    call("shared", array, n, shares)
    np.testing.assert_array_equal(array, [1] * n + [0])


@pytest.mark.parametrize("limit", [1, 3])
@pytest.mark.parametrize("shares", [2, 3, 5])
def test_the_limits_of_shares_depend_on_nothing_but_their_number(limit, shares):
    before = threads.get_threads()
    threads.set_threads(limit)
    n = 1000
    expected = np.concatenate(
        [np.full(n * (t + 1) // shares - n * t // shares, n * t // shares) for t in range(shares)]
    )
    for _ in range(20):
        array = np.full(n, -1)
        call("marked", array, n, shares)
        np.testing.assert_array_equal(array, expected)
    threads.set_threads(before)


def test_without_posix_threads_the_shares_are_the_same():
    alone = machine.compile_ir(
        pool_ir.source(alone=True)
        + ADDING.replace("declare void @parallel_for(ptr, ptr, i64, i64)", "")
    )
    for n, shares in ((0, 2), (1, 2), (1000, 3), (5, 9), (7, 0)):
        array, expected = np.full(n + 1, -1), np.full(n + 1, -1)
        alone.function("marked", 3)(array.ctypes.data, n, shares)
        call("marked", expected, n, shares)
        np.testing.assert_array_equal(array, expected)


@pytest.mark.usefixtures("three_threads")
def test_shares_may_share_again():
    array = np.zeros(50 * 100, np.int64)
    call("nested", array, 50, 3)
    assert (array == 1).all()


@pytest.mark.usefixtures("three_threads")
def test_python_threads_may_call_at_once():
    wrong = []

    def work() -> None:
        for _ in range(200):
            array = np.zeros(3000, np.int64)
            call("shared", array, 3000, 3)
            if not (array == 1).all():
                wrong.append(array)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


@pytest.mark.usefixtures("three_threads")
def test_workers_are_hired_when_needed_and_sleep_between_calls():
    array = np.zeros(300, np.int64)
    call("shared", array, 300, 3)
    workers = threads.library().function("get_workers", 0, returns=True)
    assert workers() >= 2
    for _ in range(5):
        threading.Event().wait(0.005)
        call("shared", array, 300, 3)
    assert (array == 6).all()


POOL_PROGRAM = """
import os, numpy as np
from autograd.compiler.emit import machine, threads
from tests.test_native_runtime import ADDING
threads.set_threads(3)
pool = threads.library()
shared = machine.compile_ir(ADDING).function("shared", 3)
def works():
    array = np.zeros(9000, np.int64)
    for _ in range(50):
        shared(array.ctypes.data, 9000, 3)
    return bool((array == 50).all())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_forked_process_makes_its_own_workers():
    program = POOL_PROGRAM + (
        "assert works()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    workers = pool.function('get_workers', 0, True)\n"
        "    right = workers() == 0 and works() and workers() == 2\n"
        "    os._exit(0 if right else 1)\n"
        "print(os.waitpid(child, 0)[1], works())\n"
    )
    assert run(program) == "0 True"


STARTED_BY_TWO = """
import threading, time
from autograd.compiler.emit import machine, threads

resets, function, compile_ir = [], machine.Library.function, machine.compile_ir

def counted(library, name, *arguments, **options):
    found = function(library, name, *arguments, **options)
    return found if name != "reset" else lambda: (resets.append(name), found())

def slowly(*arguments, **options):
    made = compile_ir(*arguments, **options)
    time.sleep(0.05)
    return made

machine.Library.function, machine.compile_ir = counted, slowly
both = [threading.Thread(target=threads.library) for _ in range(2)]
[each.start() for each in both]
[each.join() for each in both]
print(len(resets))
"""


def test_the_pool_is_started_once():
    """A second start would take the workers from a thread that is in the pool already."""
    assert run(STARTED_BY_TWO) == "1"


def test_an_interpreter_with_workers_ends():
    assert run(POOL_PROGRAM + "print(works())") == "True"


def test_the_number_of_threads():
    program = (
        "from autograd.compiler.emit import threads\n"
        "first = threads.get_threads()\n"
        "threads.set_threads(5); second = threads.get_threads()\n"
        "threads.set_threads(None); print(first, second, threads.get_threads())\n"
    )
    assert run(program, OMP_NUM_THREADS="1") == "1 5 1"
    with pytest.raises(ArgumentError, match="at least one thread"):
        threads.set_threads(0)


# --- blas ---------------------------------------------------------------------------------------

PRODUCT = """
declare void @blas_enter()
declare void @blas_leave()
declare void @blas_KINDgemm(i32, i32, i32, i64, i64, i64, REAL, ptr, i64, ptr, i64, REAL, ptr, i64)
declare void @blas_KINDgemv(i32, i32, i64, i64, REAL, ptr, i64, ptr, i64, REAL, ptr, i64)
define void @product(ptr %a, ptr %b, ptr %c, i64 %m, i64 %n, i64 %k) {
  call void @blas_enter()
  call void @blas_KINDgemm(i32 101, i32 111, i32 112, i64 %m, i64 %n, i64 %k, REAL 2.0,
      ptr %a, i64 %k, ptr %b, i64 %k, REAL 0.0, ptr %c, i64 %n)
  call void @blas_leave()
  ret void
}
define void @times(ptr %a, ptr %x, ptr %y, i64 %m, i64 %n) {
  call void @blas_KINDgemv(i32 101, i32 111, i64 %m, i64 %n, REAL 1.0,
      ptr %a, i64 %n, ptr %x, i64 1, REAL 0.0, ptr %y, i64 1)
  ret void
}
"""

with_blas = pytest.mark.skipif(blas.find() is None, reason="NumPy's BLAS is none that is known")


@with_blas
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_native_code_multiplies_matrices(dtype):
    blas.library()
    real = {np.float32: ("s", "float"), np.float64: ("d", "double")}[dtype]
    made = machine.compile_ir(PRODUCT.replace("KIND", real[0]).replace("REAL", real[1]))
    rng = np.random.default_rng(0)
    a = rng.integers(-9, 9, (5, 7)).astype(dtype)
    b = rng.integers(-9, 9, (6, 7)).astype(dtype)
    c = np.full((5, 6), np.nan, dtype)
    made.function("product", 6)(a.ctypes.data, b.ctypes.data, c.ctypes.data, 5, 6, 7)
    np.testing.assert_array_equal(c, 2 * a @ b.T)
    x, y = a[0].copy(), np.full(6, np.nan, dtype)
    made.function("times", 5)(b.ctypes.data, x.ctypes.data, y.ctypes.data, 6, 7)
    np.testing.assert_array_equal(y, b @ x)


@with_blas
def test_a_blas_with_32_bit_sizes_is_called_with_64_bit_ones():
    text = blas._narrowing("sgemm") + blas._narrowing("dgemv")
    found = blas.find()
    assert found is not None
    sizes, array = [ctypes.c_int] * 4, [ctypes.c_void_p, ctypes.c_int]
    scale = ctypes.c_double
    prototype = ctypes.CFUNCTYPE(None, *sizes, scale, *array, *array, scale, *array)
    seen = []
    narrow = prototype(lambda *arguments: seen.append(arguments))
    machine.bind("narrow_dgemv", ctypes.cast(narrow, ctypes.c_void_p).value or 0)
    machine.bind("narrow_sgemm", found.addresses["sgemm"])
    made = machine.compile_ir(
        text + "define void @try(ptr %a, ptr %x, ptr %y) {\n"
        "  call void @blas_dgemv(i32 101, i32 111, i64 3, i64 4, double 1.5, ptr %a, i64 4,\n"
        "      ptr %x, i64 1, double 0.5, ptr %y, i64 2)\n  ret void\n}\n"
    )
    made.function("try", 3)(8, 16, 24)
    assert seen == [(101, 111, 3, 4, 1.5, 8, 4, 16, 1, 0.5, 24, 2)]


@with_blas
def test_inside_a_program_the_blas_has_one_thread_and_afterwards_its_own_number():
    found = blas.find()
    assert found is not None
    if found.get_threads is None or found.set_threads is None:
        pytest.skip("this BLAS does not tell")
    get = ctypes.CFUNCTYPE(ctypes.c_int)(found.get_threads)
    put = ctypes.CFUNCTYPE(None, ctypes.c_int)(found.set_threads)
    before = get()
    put(2)
    try:
        with blas.single_threaded():
            assert get() == 1
            with blas.single_threaded():
                assert get() == 1
            assert get() == 1
        assert get() == 2
        put(1)
        with blas.single_threaded():
            assert get() == 1
        assert get() == 1
    finally:
        put(before)

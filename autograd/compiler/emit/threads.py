"""A pool of native threads: `parallel_for(fn, context, n, threads)` for generated code to call.

How its threads share work and wait for it is said where its code is, in `pool_ir`.
"""

import functools
import os
import threading

from autograd.compiler.emit import machine
from autograd.compiler.emit.pool_ir import MOST_WORKERS, source
from autograd.errors import ArgumentError

# Whoever starts the pool must not do so again while another thread is in it.
_STARTING = threading.Lock()


def library() -> machine.Library:
    """The pool of this process; after this, texts may declare `parallel_for` and call it."""
    with _STARTING:
        return _started()


@functools.cache
def _started() -> machine.Library:
    pool = machine.compile_ir(source(), in_lanes=True)
    reset = pool.function("reset", 0)
    reset()
    pool.function("set_limit", 1)(_default_threads())
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=reset)
    machine.bind("parallel_for", pool.address("parallel_for"))
    return pool


def set_threads(n: int | None) -> None:
    """Let native code use up to `n` threads, the caller's among them; None for the default."""
    if n is not None and n < 1:
        raise ArgumentError("at least one thread", str(n), "give 1 for none but the caller's")
    library().function("set_limit", 1)(min(n or _default_threads(), MOST_WORKERS + 1))


def get_threads() -> int:
    """How many threads native code may use, the caller's among them."""
    return library().function("get_limit", 0, returns=True)()


def _default_threads() -> int:
    """The cores this process may run on, or fewer where OMP_NUM_THREADS says so."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    cores = min(cores, _granted_cores())
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if asked.isdecimal() and int(asked) > 0:
        cores = min(cores, int(asked))
    return min(cores, MOST_WORKERS + 1)


def _granted_cores() -> int:
    """How many cores' time a Linux container has: with more threads it is stopped in between."""
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()
        return max(1, round(int(quota) / int(period)))
    except (OSError, ValueError):
        return MOST_WORKERS + 1

"""`jit`: record a function once, then run what was generated from the record."""

from autograd.compiler.jitting import Jitted, jit

__all__ = ["Jitted", "jit"]

"""`ArrayBox`, the name by which existing code asks whether an array is being differentiated."""

from autograd.value import Value as ArrayBox

__all__ = ["ArrayBox"]

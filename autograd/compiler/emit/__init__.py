"""Emitters: from fused kernels to code that runs, and the machine level below them."""

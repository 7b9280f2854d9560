"""Which functions of NumPy are differentiable, here and elsewhere: docs/coverage.md."""

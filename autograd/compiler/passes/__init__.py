"""Passes: a program made smaller, its results the same; `pipeline` runs them."""

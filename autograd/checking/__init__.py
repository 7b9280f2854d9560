"""`gradcheck`: derivatives compared with finite differences, and the report when they disagree."""

from autograd.checking.checks import gradcheck
from autograd.checking.report import GradcheckReport

__all__ = ["GradcheckReport", "gradcheck"]

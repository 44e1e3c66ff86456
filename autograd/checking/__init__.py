"""Gradients checked against finite differences: what `autograd.check` and its tests offer."""

from autograd.checking.checker import check
from autograd.checking.report import PartialCheck, Report
from autograd.checking.testing import assert_gradients, gradcheck

__all__ = ["PartialCheck", "Report", "assert_gradients", "check", "gradcheck"]

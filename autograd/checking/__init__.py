"""Gradients checked against finite differences of the function itself."""

from autograd.checking.check import check
from autograd.checking.report import PartialCheck, Report

__all__ = ["PartialCheck", "Report", "check"]

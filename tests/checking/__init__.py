"""Tests of gradient checks."""

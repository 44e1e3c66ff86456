"""Tests of Values, of what they are made of, and of the derivatives of functions."""

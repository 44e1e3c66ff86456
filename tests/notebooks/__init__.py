"""Tests of the notebooks: that they run, and that what they claim holds."""

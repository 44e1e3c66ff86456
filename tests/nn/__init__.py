"""Tests of modules, optimizers, training and plots."""

"""Tracing: one run of a function on Values becomes a program; its ways to leaves are watched."""

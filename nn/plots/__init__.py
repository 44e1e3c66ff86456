"""Plots as SVG text: lines, decision boundaries, images."""

"""Modules: trees of parameters, and the layers made of them."""

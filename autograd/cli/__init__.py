"""The command line: python -m autograd EXPRESSION, check and demo."""

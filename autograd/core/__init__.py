"""What Values are made of and share: nodes, primitives, modes of a thread, IEEE 754 functions."""

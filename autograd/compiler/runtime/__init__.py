"""The runtime: arguments into buffers, the interpreter, results and gradients out of it."""

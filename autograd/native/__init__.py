"""The C accelerator of the engine: its sources, and, where a compiler was found, `core`."""

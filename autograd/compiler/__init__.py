"""The compiler: traces a function once into a program, then replays it; read api, cache, call."""

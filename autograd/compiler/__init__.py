"""The compiler: trace.py -> program.py -> passes.py -> tape.py; `compile` is in decorator.py."""

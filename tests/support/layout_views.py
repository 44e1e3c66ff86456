"""Random views for the layouts."""

from hypothesis import strategies as st

from autograd import Value, scope
from autograd.drawing.snapshot import take
from autograd.drawing.view import View, collapsed_view
from tests.support.programs import OPERATIONS, RandomProgram, programs


@st.composite
def views(draw: st.DrawFn) -> View:
    """Views of random programs, their nodes in random groups, some of them closed."""
    program: RandomProgram = draw(programs(max_size=14))
    paths = draw(st.lists(st.sampled_from(["a", "a.b", "a.c", "d", "d.e.f"]), min_size=1))
    turn = iter(range(10**6))

    def grouped(name):
        def call(*xs):
            with scope(paths[next(turn) % len(paths)]):
                return OPERATIONS[name].call(*xs)

        return call

    root = program.run([Value(x, label=f"x{i}") for i, x in enumerate(program.leaves)], grouped)[-1]
    if draw(st.booleans()):
        root.backward()
    closed = draw(st.sets(st.sampled_from(["a", "a.b", "a.c", "d", "d.e", "d.e.f"])))
    return collapsed_view(take(root), closed)

"""A child goes on where other threads were within a walk, or held a lock, when it was forked."""

import os

import pytest

from tests.native.children import runs

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
    pytest.mark.engine,
]

# A thread is within a walk, in a rule of the user's, until the child has ended.
WITHIN_A_WALK = """
    import os, threading, warnings
    from autograd import Primitive, Value
    warnings.simplefilter("ignore")
    begun, done = threading.Event(), threading.Event()

    def partial(z, x):
        begun.set()
        done.wait(60)
        return 2.0

    slow = Primitive("slow", lambda x: 2.0 * x, partial)
    x = Value(3.0)
    y = slow(x) * x
    thread = threading.Thread(target=y.backward)
    thread.start()
    begun.wait()
    child = os.fork()
    if child == 0:
        a = Value(2.0)
        b = a * a * a
        b.backward()
        a.data = 3.0
        b.refresh()
        b.zero_grad()
        with __import__("autograd").no_grad(), __import__("autograd").scope("new"):
            b.backward()
        os._exit(0 if (a.grad, b.data) == (27.0, 27.0) else 1)
    _, status = os.waitpid(child, 0)
    done.set()
    thread.join()
    print(status, x.grad)
"""


def test_a_child_is_not_held_up_by_a_walk_that_its_parent_was_in():
    assert runs(WITHIN_A_WALK) == "0 12.0"


def test_a_fork_within_a_walk_goes_on_with_it_on_both_sides():
    code = """
        import os
        from autograd import Primitive, Value
        children = []
        fork = Primitive("fork", lambda x: x, lambda z, x: children.append(os.fork()) or 2.0)
        x = Value(3.0)
        y = fork(x) * x
        y.backward()
        (x * x).backward()
        if children[0] == 0:
            os._exit(0 if x.grad == 15.0 else 1)
        print(os.waitpid(children[0], 0)[1], x.grad)
    """
    assert runs(code) == "0 15.0"


def test_a_child_finds_the_graph_as_a_whole_walk_left_it():
    code = """
        import os, threading, time, warnings
        from autograd import Primitive, Value
        warnings.simplefilter("ignore")
        begun = threading.Event()
        wait = Primitive("wait", lambda x: x, lambda z, x: begun.set() or time.sleep(0.2) or 1.0)
        x = Value(3.0)
        y = wait(x) + wait(x)
        thread = threading.Thread(target=y.backward)
        thread.start()
        begun.wait()
        child = os.fork()
        if child == 0:
            os._exit(0 if x.grad == 2.0 else 1)
        print(os.waitpid(child, 0)[1])
        thread.join()
    """
    assert runs(code) == "0"


def test_the_modes_of_threads_that_are_gone_do_not_count():
    code = """
        import os, threading, warnings, autograd
        warnings.simplefilter("ignore")
        begun, done = threading.Event(), threading.Event()

        def stay():
            with autograd.no_grad(), autograd.scope("elsewhere"):
                begun.set()
                done.wait(60)

        thread = threading.Thread(target=stay)
        thread.start()
        begun.wait()
        child = os.fork()
        if child == 0:
            x = autograd.Value(2.0)
            y = x * x
            os._exit(0 if (len(y.parents), y.scope) == (2, "") else 1)
        print(os.waitpid(child, 0)[1])
        done.set()
        thread.join()
    """
    assert runs(code) == "0"

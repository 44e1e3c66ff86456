"""`no_grad`, `debug` and `scope` are in force where the code of their block runs, nowhere else."""

import asyncio
import gc
import threading
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import NonFiniteError, Value, debug, no_grad, scope
from autograd.core.debugging import debug_enabled
from autograd.core.modes import modes, recording

pytestmark = pytest.mark.engine

X = Value(2.0)
USUAL = (2, False, "")


def seen():
    """How an operation is recorded here: its parents, whether it is checked, and its group."""
    y = X * X
    return len(y.parents), debug_enabled(), y.scope


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    assert seen() == USUAL
    assert modes.owners is None


BLOCKS = {
    "no_grad": (no_grad, (0, False, "")),
    "debug": (debug, (2, True, "")),
    "scope": (lambda: scope("g"), (2, False, "g")),
}
each_block = pytest.mark.parametrize(("block", "inside"), BLOCKS.values(), ids=BLOCKS)


def numbers(block):
    with block():
        yield seen()
        yield seen()


@each_block
def test_a_suspended_generator_changes_nothing_outside(block, inside):
    it = numbers(block)
    assert (next(it), seen(), next(it), seen()) == (inside, USUAL, inside, USUAL)
    assert [*it] == []


@each_block
@pytest.mark.parametrize("end", ["close", "throw", "drop"])
def test_a_generator_that_is_ended_early_leaves_nothing(block, inside, end):
    it = numbers(block)
    next(it)
    if end == "throw":
        with pytest.raises(KeyError):
            it.throw(KeyError)
    elif end == "close":
        it.close()
    del it
    gc.collect()
    assert seen() == USUAL


@each_block
def test_tasks_do_not_see_each_others_blocks(block, inside):
    found = []

    async def held(steps):
        with block():
            for _ in range(steps):
                found.append(("held", seen()))
                await asyncio.sleep(0)

    async def free(steps):
        for _ in range(steps):
            found.append(("free", seen()))
            await asyncio.sleep(0)

    async def main():
        await asyncio.gather(held(3), free(5), held(2), free(4))

    asyncio.run(main())
    assert [x for who, x in found if who == "held"] == [inside] * 5
    assert [x for who, x in found if who == "free"] == [USUAL] * 9


@each_block
def test_a_coroutine_awaits_within_its_block(block, inside):
    async def below():
        await asyncio.sleep(0)
        return seen()

    async def main():
        with block():
            return await below(), await asyncio.create_task(below())

    assert asyncio.run(main()) == (inside, USUAL)


@each_block
def test_a_task_that_is_cancelled_leaves_nothing(block, inside):
    async def held():
        with block():
            await asyncio.sleep(10)

    async def main():
        task = asyncio.create_task(held())
        await asyncio.sleep(0)
        before = seen()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return before, seen()

    assert asyncio.run(main()) == (USUAL, USUAL)


@each_block
def test_an_asynchronous_generator(block, inside):
    async def held():
        with block():
            yield seen()
            await asyncio.sleep(0)
            yield seen()

    async def main():
        return [(x, seen()) async for x in held()]

    assert asyncio.run(main()) == [(inside, USUAL)] * 2


@each_block
def test_a_context_manager_enters_a_block_for_its_user(block, inside):
    @contextmanager
    def own():
        with block():
            yield

    class Own:
        def __enter__(self):
            self.block = block()
            self.block.__enter__()

        def __exit__(self, *exception):
            self.block.__exit__(*exception)

    @own()
    def decorated():
        return seen()

    def suspended(manager):
        with manager:
            yield seen()

    for manager in (own, Own):
        with manager():
            assert seen() == inside
        it = suspended(manager())
        assert (next(it), seen(), [*it]) == (inside, USUAL, [])
    assert decorated() == inside


@each_block
def test_an_asynchronous_context_manager_and_an_exit_stack(block, inside):
    @asynccontextmanager
    async def own():
        with block():
            yield

    async def main():
        async with own():
            await asyncio.sleep(0)
            return seen()

    def stacked():
        with ExitStack() as stack:
            stack.enter_context(block())
            yield seen()

    assert asyncio.run(main()) == inside
    it = stacked()
    assert (next(it), seen(), [*it]) == (inside, USUAL, [])
    with ExitStack() as stack:
        stack.enter_context(block())
        assert seen() == inside


@pytest.fixture
def quiet():
    with no_grad():
        yield


def test_the_block_of_a_fixture_is_in_force_in_the_test(quiet):
    assert seen() == (0, False, "")


@each_block
def test_a_block_belongs_to_the_thread_that_entered_it(block, inside):
    found = []
    it = numbers(block)
    next(it)
    with block():
        thread = threading.Thread(target=lambda: found.extend([seen(), *numbers(block), seen()]))
        thread.start()
        thread.join()
    it.close()
    assert found == [USUAL, inside, inside, USUAL]


def test_blocks_that_end_in_another_order_than_they_began():
    first, second = no_grad(), no_grad()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert seen() == (0, False, "")
    second.__exit__(None, None, None)
    assert seen() == USUAL
    one, two = numbers(no_grad), numbers(debug)
    assert (next(one), next(two)) == ((0, False, ""), (2, True, ""))
    one.close()
    assert (next(two), seen()) == ((2, True, ""), USUAL)
    two.close()


def test_the_innermost_block_is_the_one_whose_code_was_called_last():
    it = numbers(no_grad)
    next(it)
    with recording():
        assert (next(it), seen()) == ((0, False, ""), USUAL)
    it.close()
    assert autograd.grad(lambda x: x * x)(3.0) == 6.0


def test_a_scope_is_that_of_the_block_wherever_it_is_resumed():
    def inner():
        with scope("g"):
            with scope("h"):
                yield seen()[2]
            yield seen()[2]

    with scope("a"):
        it = inner()
        assert (next(it), seen()[2]) == ("a.g.h", "a")
    assert seen() == USUAL
    with scope("b"):
        assert (next(it), seen()[2]) == ("a.g", "b")
        with scope("c"):
            assert seen()[2] == "b.c"
            assert [*it] == []
            assert seen()[2] == "b.c"
        assert seen()[2] == "b"


def test_debug_raises_in_its_own_generator_alone():
    def logs():
        with debug():
            yield
            yield autograd.log(Value(0.0))

    it = logs()
    next(it)
    assert autograd.log(Value(0.0)).data == -float("inf")
    with pytest.raises(NonFiniteError):
        next(it)
    assert autograd.log(Value(0.0)).data == -float("inf")


KINDS = st.sampled_from(["no_grad", "debug", "recording", "scope"])


@given(
    st.lists(st.lists(KINDS, max_size=4), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), KINDS), max_size=25),
)
def test_any_generators_in_any_order(programs, schedule):
    """Each is as it would be alone, whatever the others hold, and so is who resumes them."""

    def nested(kinds, around):
        if kinds:
            with opened(kinds[0]):
                now = expected(around, kinds[0])
                assert seen() == now
                yield
                assert seen() == now
                yield from nested(kinds[1:], now)
                assert seen() == now
                yield
                assert seen() == now

    running = [nested(kinds, USUAL) for kinds in programs]
    for at, _ in schedule:
        next(running[at % len(running)], None)
        assert seen() == USUAL
    for it in running:
        it.close()
        assert seen() == USUAL


def opened(kind):
    return {"no_grad": no_grad, "debug": debug, "recording": recording}.get(
        kind, lambda: scope("s")
    )()


def expected(around, kind):
    parents, checked, path = around
    if kind == "scope":
        return parents, checked, f"{path}.s" if path else "s"
    return {
        "no_grad": (0, checked, path), "debug": (parents, True, path),
        "recording": (2, checked, path),
    }[kind]  # fmt: skip


@pytest.mark.skipif(autograd.backend == "python", reason="what C must not trust")
def test_owners_are_frames():
    wrongs: list[Any] = [3, (3,), [None]]
    for wrong in wrongs:
        with pytest.raises(TypeError, match="expected a tuple of frames or None"):
            modes.owners = wrong


def test_the_name_of_a_function_may_be_anything():
    def f():
        with scope("g"):
            return seen()[2]

    f.__code__ = f.__code__.replace(co_name="\ud800")
    assert f() == "g"

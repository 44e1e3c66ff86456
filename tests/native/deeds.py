"""Everything that can be done in a world: each entry point of the C side, with anything at all."""

import _thread
import contextlib
import copy
import gc
import operator
import signal
import threading
import time
import weakref
from array import array
from collections.abc import Callable
from typing import Any

import autograd
from autograd import Value
from autograd.compiler.ir.program import DETACH
from autograd.core import modes
from autograd.core.backend import native
from autograd.primitives import TABLE
from tests.native import hostile
from tests.native.world import World

__all__ = ["ACTIONS"]

ATTRIBUTES = (
    "data", "grad", "_data", "_grad", "_operands", "_rule", "_stamp", "_scope", "_mark", "_source",
    "label", "operands", "parents", "rule", "reached", "scope", "_first", "_second",
)  # fmt: skip
OPERATORS = (
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.lt,
    operator.eq, operator.ge, operator.ne,
)  # fmt: skip


def make(w: World) -> None:
    kind = w.draw.choice((Value, Value, hostile.Dying))
    parents = [w.value() for _ in range(w.draw.randint(0, 4))]
    partials = [w.draw.choice((1.0, w.value())) for _ in parents]
    w.lists[0] = parents
    w.keep(kind(w.number(), parents, partials) if parents else kind(w.number()))


def initialise(w: World) -> None:
    parents = [w.value() for _ in range(w.draw.randint(0, 4))]
    given = w.draw.choice(((), (parents, [1.0] * len(parents)), (tuple(parents), parents)))
    type(again := w.value()).__init__(again, w.number(), *given)


def apply(w: World) -> None:
    w.keep(w.draw.choice(OPERATORS)(*w.draw.choice(((w.value(), w.whatever()),
                                                    (w.whatever(), w.value())))))  # fmt: skip


def call_row(w: World) -> None:
    row, few = w.draw.choice(w.rows), [w.operand() for _ in range(2)]
    args = w.draw.choice((w.several(3), [w.several()], [w.values, w.values], few, few[:1]))
    w.keep(row(*args))


def call_method(w: World) -> None:
    w.keep(getattr(w.value(), w.draw.choice(w.rows).name)(*w.several(w.draw.choice((0, 1, 2, 9)))))


def call_rule(w: World) -> None:
    w.keep(hostile.hostile_rule(w.draw, w.act)(*[w.value() for _ in range(w.draw.randint(1, 2))]))


def record(w: World) -> None:
    rule = w.draw.choice(w.rows) if w.draw.random() < 0.7 else hostile.hostile_rule(w.draw, w.act)
    w.keep(
        Value.__autograd_record__(
            rule, w.draw.choice((tuple(w.several()), w.several(2), w.several(2)))
        )
    )


def read(w: World) -> None:
    getattr(w.value(), w.draw.choice(ATTRIBUTES))


def write(w: World) -> None:
    x, name = w.value(), w.draw.choice(ATTRIBUTES)
    if name == "_operands":
        x._operands = tuple(w.several())
    elif name == "_rule":
        x._rule = w.draw.choice((w.draw.choice(w.rows), hostile.hostile_rule(w.draw, w.act), None))
    elif w.draw.random() < 0.05:
        delattr(x, name)
    else:
        setattr(x, name, w.whatever())


def look(w: World) -> None:
    w.draw.choice((repr, bool, hash, str, float, copy.copy, Value.partials, len))(w.value())


def walk(w: World) -> None:
    x = w.value()
    w.draw.choice((lambda: x.backward(w.number()), x.backward, x.refresh, x.zero_grad))()


def walk_natively(w: World) -> None:
    if native is not None:
        w.draw.choice((lambda x: native.backward(x, w.number()), native.refresh, native.zero_grad))(
            w.operand()
        )


def drop(w: World) -> None:
    each = w.draw.choice((w.values, *w.lists))
    w.draw.choice((each.clear, lambda: each.pop(w.draw.randrange(len(each)))))()


def add(w: World) -> None:
    w.draw.choice((*w.lists, w.values)).append(w.whatever() if w.draw.random() < 0.5 else w.value())


def watch(w: World) -> None:
    x = hostile.hostile_value(w.draw, w.act)
    w.lists[1].append(weakref.ref(x, lambda _: w.act()))
    w.keep(x * w.value())


def collect(w: World) -> None:
    gc.collect(w.draw.randrange(3))


def in_a_scope(w: World) -> None:
    name = w.draw.choice(("a", w.whatever()))
    scope: Any = autograd.scope(name)
    w.lists[2].append(scope)
    with scope:
        w.do()
        scope.__init__(w.whatever())


def in_scopes(w: World) -> None:
    modules = [hostile.made(hostile.Layer, w.draw, w.act) for _ in range(3)]
    w.lists[0] = modules
    with autograd.core.scopes.scope_each(
        w.draw.choice((modules, tuple(modules), w.lists[0]))
    ) as each:
        for _ in each:
            w.do()


def in_a_call(w: World) -> None:
    name = w.draw.choice(("a", "b", w.whatever()))
    autograd.core.scopes.scope_call(name, lambda *_: w.do(), *w.several())


def in_a_mode(w: World) -> None:
    with w.draw.choice((autograd.no_grad, autograd.debug))():
        w.do()


def traced(w: World) -> None:
    modes.modes.tracer = w.draw.choice((None, hostile.made(hostile.Tracer, w.draw, w.act)))
    try:
        for each in (read, look, apply):
            each(w)
    finally:
        modes.modes.tracer = None


def compiled(w: World) -> None:
    if len(w.compiled) < 3:
        w.compiled.append(autograd.compile(lambda xs: xs[0][0] * xs[0][1] + xs[1] * 2.0))
    inner = [w.buffer("d", 2), 3.0] if w.draw.random() < 0.2 else [w.number(), w.number()]
    xs = [inner, w.number()]
    w.lists[:2] = inner, xs
    w.draw.choice(w.compiled)(xs)


def arrays(w: World) -> None:
    if native is None:
        return
    leaves = w.draw.choice((w.values, [w.value() for _ in range(3)], w.several()))
    numbers = w.buffer("d", len(leaves))
    w.lists[0] = leaves
    w.draw.choice((
        lambda: native.read_leaves(leaves, numbers),
        lambda: native.add_gradients(leaves, numbers),
        lambda: native.sum_of(w.draw.choice((numbers, w.whatever()))),
    ))()  # fmt: skip


def tree(w: World) -> None:
    if native is None:
        return
    shape, numbers = w.shape(), w.buffer("d", 9)
    hostile.Row.act = w.act
    with contextlib.suppress(TypeError, ValueError):
        x = native.grow_like(shape, numbers)
        w.lists[0] = x if isinstance(x, list) else [x]
        for each in w.lists[0]:
            if isinstance(each, list):
                each.append(w.buffer("d", 2))
        native.read_like(shape, x, numbers)
    inner = [w.buffer("d", 2), w.buffer("d", 2)]
    w.lists[:2] = inner, [inner, 1.0]
    kinds = tuple((type(each), (2,)) for each in inner)
    native.read_like((list, ((list, kinds), float)), w.lists[1], numbers)


def unchanged(w: World) -> None:
    if native is None:
        return
    key = hostile.made(hostile.Key, w.draw, w.act)
    now, before = {key: 1, "x": 2}, {"name": 1, "x": 2}
    seen = [(now, before), (w.values, tuple(w.values)), ((), ())]
    w.lists[0] = seen
    native.all_unchanged(seen if w.draw.random() < 0.8 else w.whatever())


def tape(w: World) -> None:
    if native is None:
        return

    def i(most: int) -> Any:
        return w.draw.randrange(most) if w.draw.random() < 0.97 else w.number()

    rules = [w.draw.choice((TABLE["add"], TABLE["dot"], TABLE["sin"], DETACH)) for _ in range(3)]
    steps = [(rule, tuple(i(4) for _ in range(1 if rule in (DETACH, TABLE["sin"]) else 2)))
             for rule in rules]  # fmt: skip
    given = hostile.made(hostile.Sequence, w.draw, w.act, items=steps)
    w.lists[0] = steps
    guards = (
        [(w.draw.randrange(6), i(5), i(5), w.draw.choice((w.number(), True)))]
        if w.draw.random() < 0.3
        else []
    )
    w.tapes.append(
        native.Tape(
            [w.draw.choice((1.0, w.number()))],
            1,
            2,
            w.draw.choice((steps, given)),
            [i(5)],
            guards,
            [1, 2],
        )
    )
    del w.tapes[:-3]


def run_tape(w: World) -> None:
    if not w.tapes:
        return
    one, rows = w.draw.choice(w.tapes), w.draw.choice((0, 1, 2, 40))

    def d(count: int) -> Any:
        return w.buffer("d", count)

    given = [d(1), d(2 * rows), rows, d(rows), d(rows), w.buffer("B", rows), d(1), d(2 * rows)]
    if w.draw.random() < 0.3:
        given[w.draw.randrange(8)] = w.whatever()
    if w.draw.random() < 0.5:
        one.evaluate(*given[:3], *given[4:6], w.draw.choice((1, 2)))
    else:
        one.differentiate(*given, w.draw.choice((1, 2)))


def begin(work: Callable[[], None]) -> Any:
    """Begin work in a thread; return the lock that it releases at its end.

    It is below `threading`, whose own locks a finalizer cannot take while its thread holds them.
    """
    ended = _thread.allocate_lock()
    ended.acquire()

    def run() -> None:
        try:
            work()
        finally:
            ended.release()

    _thread.start_new_thread(run, ())
    return ended


def train(w: World) -> None:
    if native is None:
        return
    mul, sub, add_ = TABLE["mul"], TABLE["sub"], TABLE["add"]
    loss = native.Tape([], 2, 1, [(mul, (0, 2)), (add_, (1, 3))], [4, 3], [], [0, 1])
    update = native.Tape([], 2, 2, [(mul, (0, 3)), (sub, (2, 4))], [5], [], [])
    order = w.buffer("q", 6)
    given = {
        "update": update, "columns": w.buffer("d", 3), "order": order, "batch": 2,
        "uniforms": w.buffer("d", 2), "parameters": array("q", [0]), "state": w.buffer("d", 0),
        "settings": w.buffer("d", 2), "losses": w.buffer("d", 3), "others": w.buffer("d", 6),
        "written": w.buffer("q", 1), "threads": w.draw.choice((1, 2)),
    }  # fmt: skip
    if w.draw.random() < 0.3:
        given[w.draw.choice(sorted(given))] = w.whatever()
    numbers = order.numbers if isinstance(order, hostile.Buffer) else order

    def spoil() -> None:
        time.sleep(w.draw.choice((0.0, 0.0001)))
        numbers[0] = 2**62

    ended = begin(spoil if w.draw.random() < 0.3 else w.do)
    try:
        loss.train(**given)
    finally:
        ended.acquire(timeout=0.01)  # no longer: it may wait for the walk that this is within


def alter(w: World) -> None:
    rule = w.draw.choice((w.draw.choice(w.rows), hostile.hostile_rule(w.draw, w.act)))
    name = w.draw.choice(("forward", "partials"))
    before = getattr(rule, name)

    def answer(*_: Any) -> float:
        w.act()
        return 1.0

    setattr(rule, name, w.draw.choice((before, answer)))
    try:
        w.do()
    finally:
        setattr(rule, name, before)


def in_a_thread(w: World) -> None:
    begin(w.do).acquire(timeout=0.001)
    w.do()


def at_an_alarm(w: World) -> None:
    """A signal's handler acts, most likely within a walk over many nodes."""
    if _thread.get_ident() != threading.main_thread().ident or w.depth:
        return
    y = w.value()
    for _ in range(w.draw.choice((10, 70_000))):
        y = y * 1.5
    handler = signal.signal(signal.SIGALRM, lambda *_: w.act())
    try:
        signal.setitimer(signal.ITIMER_REAL, w.draw.choice((0.0005, 0.002, 0.01)))
        w.values.append(y)
        y.backward()
        y.refresh()
        time.sleep(0.001)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, handler)
        w.values.clear()


OFTEN: tuple[Callable[[World], None], ...] = (
    make, initialise, apply, call_row, call_method, call_rule, record, read, write, look, walk,
    drop, add, arrays, tree, unchanged, run_tape, walk_natively, compiled,
)  # fmt: skip
SELDOM: tuple[Callable[[World], None], ...] = (
    watch, collect, in_a_scope, in_scopes, in_a_call, in_a_mode, traced, tape, train, alter,
    in_a_thread,
)  # fmt: skip
ACTIONS = (*OFTEN, *OFTEN, *OFTEN, *OFTEN, *SELDOM, *SELDOM, at_an_alarm)

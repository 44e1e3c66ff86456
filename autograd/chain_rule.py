"""The chain rule, twice: `pullback` walks a recorded graph from results to inputs, `pushforward`
from inputs to results.

Both are pure: adjoints and tangents live in a dict, nothing in the graph is written.  Read on
floats, pullback is `backward()`; read on Values, what it returns can be differentiated again.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd.backward import flows, handed_down, plain, step_of
from autograd.core.clock import clock
from autograd.core.debugging import debug_enabled, require_finite_flow
from autograd.core.primitive import Sides
from autograd.core.untaken_branches import alive, selected
from autograd.primitives import follow, weigh, where
from autograd.toposort import check_fresh, require_fresh
from autograd.value import Value

__all__ = ["Paths", "pullback", "pushforward", "require_finite_adjoints"]

Number = Any  # a float or a Value, according to how the graph is read
Reading = Callable[[Value], Number]


def number_of(node: Value) -> float:
    """Read a graph on floats."""
    return node._data


def itself(node: Value) -> Value:
    """Read a graph on Values, so that the walk is recorded in its turn."""
    return node


class Paths:
    """The part of a recorded graph that lies between some targets and some outputs.

    Args:
        outputs: Values, or plain numbers, which rest on nothing.
        targets: the Values to differentiate by; what they rest on is not visited.
        since: Values older than this time cannot rest on the targets and are not entered.

    Attributes:
        order: the Values that rest on a target, each after its parents.
        outside: whether the outputs rest on a Value older than `since`.
        again: whether the derivatives are known to be differentiated in their turn.

    Raises:
        StaleGraphError: when one of these Values is older than a change of its parents.
    """

    def __init__(self, outputs: Iterable[Any], targets: Sequence[Value], since: int = -1) -> None:
        self.targets = targets
        self.outputs = [x for x in outputs if isinstance(x, Value)]
        self.again = False
        captured: list[Value] = []
        self.linked = set(targets)
        self.order: list[Value] = []
        for node in self.visit(self.outputs, since, captured):
            if self.rests(node):
                self.linked.add(node)
                self.order.append(node)
        self.outside = bool(captured)
        require_fresh(*(node for node in captured if node._stamp < clock.changed))

    def rests(self, node: Value) -> bool:
        """Whether a node rests on a target, by more than a condition."""
        flat = node._rule.flat if node._operands else ()
        if not flat:
            return any(x in self.linked for x in node.parents)
        operands = enumerate(node.operands)
        return any(i not in flat and type(x) is not float and x in self.linked for i, x in operands)

    def visit(self, roots: Sequence[Value], since: int, captured: list[Value]) -> Iterable[Value]:
        """Yield what is above the targets in the order of `topological`; keep what is older."""
        seen = set(self.targets)
        stack: list[Any] = list(reversed(roots))
        while stack:
            node = stack.pop()
            if node is None:
                yield stack.pop()
            elif node not in seen:
                seen.add(node)
                if node._stamp < since:
                    captured.append(node)
                else:
                    check_fresh(node)
                    stack += (node, None, *reversed(node.parents))

    @property
    def kinked(self) -> bool:
        """Whether a function with kinks is among them."""
        return any(node._rule.side is not None for node in self.order)

    def on_one_side(self) -> Reading:
        """Return how to read a graph with kinks on Values for its derivatives, not its numbers.

        A function with kinks is read as what it is on one side, of which it has all derivatives;
        so is what rests on it, recorded once more.
        """
        sided: dict[Value, Value] = {}
        for node in self.order:
            rule, operands = node._rule, node.operands
            if rule.side is not None:
                xs = [sided.get(x, x) if type(x) is not float else x for x in operands]
                sided[node] = follow(node, rule.side(node, *xs))
            elif sided and any(type(x) is not float and x in sided for x in operands):
                xs = [sided.get(x, x) if type(x) is not float else x for x in operands]
                sided[node] = rule.once_more(node, xs)
        return lambda node: sided.get(node, node)

    def edges(self, node: Value, reading: Reading) -> list[tuple[Value, Number]]:
        """Return (parent, partial) for each parent of the node that rests on a target."""
        operands = node.operands
        wanted = [type(x) is not float and x in self.linked for x in operands]
        for i in node._rule.flat:
            wanted[i] = False
        xs = [x if type(x) is float else reading(x) for x in operands]
        if reading is number_of:
            partials = [plain(p) for p in node._rule.partials_at(node._data, xs, wanted)]
        else:
            partials = node._rule.partials_again(reading(node), xs, wanted)
        one = 1 if reading not in (number_of, itself) else 0
        return [
            (x, p[one] if isinstance(p, Sides) else p)
            for x, p, use in zip(operands, partials, wanted, strict=True)
            if use and p is not None
        ]


def pullback(
    paths: Paths, seeds: Iterable[tuple[Any, Number]], *, differentiable: bool = False
) -> list[Number]:
    """Return the derivative by each target of Σ seed · output.

    Args:
        paths: the graph between targets and outputs.
        seeds: (output, seed) pairs; an output that is no Value is skipped.
        differentiable: return Values where the derivative depends on Values, not floats.

    >>> x = Value(3.0)
    >>> y = x * x * x
    >>> pullback(Paths([y], [x]), [(y, 1.0)])
    [27.0]
    """
    start: dict[Value, Number] = {}
    for output, seed in seeds:
        if isinstance(output, Value):
            accumulate(start, output, seed)
    if debug_enabled():
        require_finite_adjoints(paths, start)
    found = swept(paths, dict(start), itself if differentiable else number_of)
    if not differentiable or not paths.kinked:
        return found
    # At a kink the number is the agreed one, and its derivatives are those of one side.
    chosen = swept(paths, start, paths.on_one_side())
    return [follow(x, y) for x, y in zip(found, chosen, strict=True)]


def swept(paths: Paths, adjoints: dict[Value, Number], reading: Reading) -> list[Number]:
    """Hand the adjoints of the outputs down to the targets."""
    for node in reversed(paths.order):
        if node in adjoints:
            for x, partial in paths.edges(node, reading):
                if not node._rule.selects:
                    accumulate(adjoints, x, weigh(adjoints[node], partial))
                elif selected(partial, paths.again):
                    accumulate(adjoints, x, where(partial, adjoints[node], 0.0))
    return [adjoints.get(target, 0.0) for target in paths.targets]


def require_finite_adjoints(paths: Paths, seeds: Mapping[Value, Number]) -> None:
    """Walk back on floats, and raise NonFiniteError where an adjoint first is inf or nan."""
    adjoints = {node: plain(seed) for node, seed in seeds.items()}
    for node in reversed(paths.order):
        adjoint = adjoints.get(node, 0.0)
        if adjoint != 0.0:
            step = step_of(node)
            for x, partial in paths.edges(node, number_of):
                if flows(node._rule, adjoint, partial):
                    adjoints[x] = handed_down(step, adjoint, partial, adjoints.get(x, 0.0))


def pushforward(
    paths: Paths, tangents: Sequence[Number], *, differentiable: bool = False
) -> Mapping[Value, Number]:
    """Return the directional derivative of each Value that rests on a target.

    Args:
        paths: the graph between targets and outputs.
        tangents: the direction, one number per target.
        differentiable: return Values where the derivative depends on Values, not floats.

    >>> x = Value(3.0)
    >>> y = x * x * x
    >>> pushforward(Paths([y], [x]), [1.0])[y]
    27.0
    """
    start: dict[Value, Number] = {}
    for target, tangent in zip(paths.targets, tangents, strict=True):
        accumulate(start, target, tangent)
    if debug_enabled():
        check_forward_finite(paths, start)
    found = pushed(paths, dict(start), itself if differentiable else number_of)
    if not differentiable or not paths.kinked:
        return found
    chosen = pushed(paths, start, paths.on_one_side())
    return {node: follow(x, chosen[node]) for node, x in found.items()}


def pushed(paths: Paths, flow: dict[Value, Number], reading: Reading) -> Mapping[Value, Number]:
    """Carry the tangents of the targets to all that rests on them."""
    for node in paths.order:
        for x, partial in paths.edges(node, reading):
            accumulate(flow, node, carried(flow[x], partial, node))
    return flow


def check_forward_finite(paths: Paths, seeds: Mapping[Value, Number]) -> None:
    """Walk forward on floats, and raise NonFiniteError where a tangent first is inf or nan."""
    flow = {node: plain(seed) for node, seed in seeds.items()}
    counting = alive(paths.outputs)
    for node in paths.order:
        step, total = step_of(node), 0.0
        for x, partial in paths.edges(node, number_of):
            before, total = total, total + carried(flow[x], partial, node)
            if node in counting:
                require_finite_flow(step, "forward", flow[x], partial, before, total)
        flow[node] = total


def carried(tangent: Number, partial: Number, node: Value) -> Number:
    """Return tangent · partial, 0 where either is 0: a branch not taken adds nothing.

    In backward the 0 comes first and stops; here the infinite derivative below it came first.
    A factor of a recorded `weigh` that can vary is no branch: 0 · ∞ is unknown there.
    """
    if -math.inf < tangent < math.inf:  # compared, not read: a trace has to know
        return weigh(tangent, partial)
    constant = node._rule is not weigh or type(node.operands[0]) is float
    return weigh(partial, tangent) if constant else tangent * partial


def accumulate(sums: dict[Value, Number], node: Value, term: Number) -> None:
    if node in sums:
        sums[node] += term
    else:  # a sum starts at 0.0, as in backward: the difference is that of −0.0 and 0.0
        sums[node] = term + 0.0 if type(term) is float else term

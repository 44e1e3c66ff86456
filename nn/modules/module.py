"""Module: a tree of Values and Modules, found through its attributes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

from autograd import Value
from autograd.extend import assign_all, atomic_write, identity_list, scope_call
from nn.modules.buffers import Buffer
from nn.modules.rows import as_float
from nn.modules.saving import read_state, write_state
from nn.modules.warning import warn_of_dropped

__all__ = ["Module"]


class Module:
    """A function with parameters: the leaf Values among its attributes, at any depth.

    Values, Modules, and lists, tuples and dicts of them are found in the order in which they
    were assigned.  A subclass defines `forward`; its nodes are then recorded in a scope named
    after the attribute that holds the module ("layers" holds layer0, layer1, ...).  A subclass
    that defines `__call__` instead, as in micrograd, works too, without a scope of its own.

    >>> class Line(Module):
    ...     def __init__(self) -> None:
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0).data, line(3.0).scope
    (7.0, 'line')
    >>> line.state_dict()
    {'slope': 2.0, 'offset': 1.0}
    """

    training: bool = True
    scope_name: ClassVar[str] = "module"
    # Whether a trace tells all: a replay computes what a call would, for any numbers.
    compiles: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.scope_name = cls.__name__.lower()

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        set_scope_names(value, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return forward(...), recorded in the scope of this module's name."""
        if kwargs or len(args) != 1:
            return scope_call(self.scope_name, self.forward, *args, **kwargs)
        # Every layer comes by here, with one row, which to unpack would cost as much as a node.
        return scope_call(self.scope_name, self.forward, args[0])

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; a subclass defines this.

        Raises:
            NotImplementedError: when it does not.
        """
        raise NotImplementedError(f"{type(self).__name__} has no forward: define forward(self, x)")

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return (name, leaf) pairs such as ("layers.0.neurons.3.w.2", Value); each leaf once."""
        return [(name, x) for name, x in self.named_state() if not isinstance(x, Buffer)]

    def named_state(self) -> list[tuple[str, Value]]:
        """Return (name, leaf) pairs of parameters and buffers: what `save` writes."""
        named: dict[int, tuple[str, Value]] = {}
        for within, keys, leaves in walk(self)[1]:
            for key, x in zip(keys, leaves, strict=True):
                named.setdefault(id(x), (f"{within}{key}", x))
        return list(named.values())

    def parameters(self) -> identity_list.IdentityList[Value]:
        """Return the leaf Values, each once, in the order of `named_parameters`.

        In this list `in`, `index`, `count`, `remove` and `-` go by identity, not by `==`.

        >>> from nn import MLP
        >>> model = MLP(2, [3, 1], seed=0)
        >>> body = model.parameters() - model.layers[-1].parameters()
        >>> len(body), model.layers[0].neurons[1].b in body
        (9, True)
        """
        runs = [leaves for _, _, leaves in walk(self)[1] if not isinstance(leaves[0], Buffer)]
        return identity_list.IdentityList({id(x): x for leaves in runs for x in leaves}.values())

    def buffers(self) -> list[Buffer]:
        """Return the buffers, each once: what a module keeps and no gradient trains."""
        found = [x for _, _, leaves in walk(self)[1] for x in leaves[:1] if isinstance(x, Buffer)]
        return list({id(x): x for x in found}.values())

    def modules(self) -> list["Module"]:
        """Return this module and every module in it, each once."""
        return walk(self)[0]

    def zero_grad(self) -> None:
        """Set every parameter's grad to "not computed"."""
        for p in self.parameters():
            p.zero_grad()

    def train(self) -> Self:
        """Set `training` here and in every module below; return self."""
        return self.switch(True)

    def eval(self) -> Self:
        """Clear `training` here and in every module below; return self."""
        return self.switch(False)

    def switch(self, training: bool) -> Self:
        """Set `training` to the flag here and in every module below; return self."""
        for module in self.modules():
            module.training = training
        return self

    def state_dict(self) -> dict[str, float]:
        """Return the numbers of parameters and buffers by name.

        Raises:
            ValueError: when two parameters have one name, as {0: ..., "0": ...} makes them.
        """
        named = self.named_state()
        state = {name: p.data for name, p in named}
        if len(state) < len(named):
            raise ValueError(f"{type(self).__name__} has two parameters of one name: rename a key")
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set every parameter and buffer to the number of its name; on an error, none is set.

        Args:
            state: a number for each name in `state_dict()`.

        Raises:
            ValueError: lists the names that are missing and those that are unexpected.
            TypeError: when an entry is no real number.
        """
        named = self.named_state()
        names = self.state_dict().keys()
        missing = [name for name in names if name not in state]
        unexpected = [name for name in state if name not in names]
        if missing or unexpected:
            raise ValueError(
                f"the state does not fit {type(self).__name__}: "
                f"missing {listed(missing)}; unexpected {listed(unexpected)}"
            )
        numbers = [as_float(state[name]) for name, _ in named]
        assign_all([p for _, p in named], numbers)

    def save(self, path: atomic_write.StrPath) -> None:
        """Write parameters and buffers to a JSON file, exactly; an old file is replaced whole.

        It keeps its permissions; a link stays, and the file that it points to is replaced.

        Args:
            path: the file.

        Raises:
            OSError: when it cannot be written; the old file is then as it was.
        """
        write_state(path, self.state_dict())

    def load(self, path: atomic_write.StrPath) -> None:
        """Set parameters and buffers to what `save` wrote; on an error, none is set.

        Args:
            path: the file.

        Raises:
            ValueError: when the file is of another format or version, or does not fit.
            OSError: when it cannot be read.
        """
        self.load_state_dict(read_state(path))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters())} parameters)"


def listed(names: list[str]) -> str:
    """The names, the first ten of them where there are more."""
    more = f", ... ({len(names)} in all)" if len(names) > 10 else ""
    return ", ".join([f"{name!r:.80}" for name in names[:10]]) + more or "none"


CONTAINERS = (list, Module, tuple, dict)
# Leaves of one class in a row: what their names begin with, how they go on, and the leaves.
Run = tuple[str, Iterable[object], Sequence[Value]]


def items(x: Any) -> Iterable[tuple[object, object]]:
    """What a module or container holds, with its names."""
    if isinstance(x, Module):
        return vars(x).items()
    return x.items() if isinstance(x, dict) else enumerate(x)


def walk(root: Module) -> tuple[list[Module], list[Run]]:
    """Every module from root down, each once, and the leaves that they hold."""
    modules, runs = [root], list[Run]()
    seen = {id(root)}
    others: set[type] = {str}  # classes that hold nothing
    stack = [("", iter(items(root)))]
    while stack:
        within, held = stack[-1]
        for key, x in held:
            if type(x) in others:
                continue
            if isinstance(x, Value):
                if not x.operands:
                    runs.append((within, (key,), (x,)))
            elif not isinstance(x, CONTAINERS):
                others.add(type(x))
            elif id(x) not in seen:
                seen.add(id(x))
                if type(x) is list and (leaves := all_leaves(x, f"{within}{key}")):
                    runs.append((f"{within}{key}.", range(len(x)), leaves))
                    continue
                if isinstance(x, Module):
                    modules.append(x)
                stack.append((f"{within}{key}.", iter(items(x))))
                break  # back to this one after what it holds
        else:
            stack.pop()
    return modules, runs


def all_leaves(xs: list[Any], name: str) -> list[Value]:
    """The list, such as a neuron's weights, or nothing where it has anything but plain leaves."""
    leaves = [x for x in xs if type(x) is Value and not x.operands]
    if 0 < len(leaves) < len(xs):
        warn_of_dropped(xs, name)
    return leaves if len(leaves) == len(xs) else []


def set_scope_names(x: object, name: str) -> None:
    """Give the modules in an attribute their scope's name; the first name stays."""
    if isinstance(x, Module):
        held = vars(x)
        if "scope_name" not in held:
            held["scope_name"] = name
            # Taking the last one out and putting it back gives the dict a table of its own.  In one
            # whose keys all instances share, CPython up to 3.12 looks attributes up the long way.
            held.update([held.popitem()])
    elif isinstance(x, dict | list | tuple):
        for key, item in items(x):
            set_scope_names(item, f"{name.removesuffix('s')}{key}")

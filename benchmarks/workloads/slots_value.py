"""A straightforward scalar engine to compare with: slots, local gradients, no recursion."""

import math
from typing import Any


class Value:
    """A number that records its parents, and its derivative by each of them."""

    __slots__ = ("data", "grad", "parents", "partials")

    def __init__(self, data: float, parents: Any = (), partials: Any = ()) -> None:
        self.data, self.grad = data, 0.0
        self.parents, self.partials = parents, partials

    def __add__(self, other: Any) -> "Value":
        if isinstance(other, Value):
            return Value(self.data + other.data, (self, other), (1.0, 1.0))
        return Value(self.data + other, (self,), (1.0,))

    def __mul__(self, other: Any) -> "Value":
        if isinstance(other, Value):
            return Value(self.data * other.data, (self, other), (other.data, self.data))
        return Value(self.data * other, (self,), (other,))

    def __pow__(self, n: float) -> "Value":
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def exp(self) -> "Value":
        z = math.exp(self.data)
        return Value(z, (self,), (z,))

    def log(self) -> "Value":
        return Value(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self) -> "Value":
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0.0),))

    def __neg__(self) -> "Value":
        return self * -1.0

    def __sub__(self, other: Any) -> "Value":
        return self.__add__(-other)

    def __truediv__(self, other: Any) -> "Value":
        return self.__mul__(other**-1.0)

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        """Add to every node's gradient what it does to this one."""
        self.grad = 1.0
        for node in reversed(self.order()):
            for parent, partial in zip(node.parents, node.partials, strict=True):
                parent.grad += partial * node.grad

    def order(self) -> list["Value"]:
        """Return the nodes below this one, each after its parents."""
        found, seen, pending = [], set(), [(self, False)]
        while pending:
            node, done = pending.pop()
            if done:
                found.append(node)
            elif node not in seen:
                seen.add(node)
                pending.append((node, True))
                pending += [(parent, False) for parent in node.parents]
        return found

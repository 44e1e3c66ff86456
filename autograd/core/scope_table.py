"""Groups of nodes, for pictures: their paths as small integers, which nodes carry."""

import threading

__all__ = ["Scopes"]

lock = threading.RLock()  # names of scopes run code of their classes


class Scopes:
    """Paths of groups ("layer1.neuron0") as small integers, 0 being no group."""

    def __init__(self) -> None:
        self.paths = [""]
        self.inner: dict[tuple[int, str], int] = {}

    def find(self, outer: int, name: str) -> int:
        """Return the number of the group `name` inside the group `outer`."""
        return self.inner.get((outer, name)) or self.add(outer, name)

    def add(self, outer: int, name: str) -> int:
        """Return the number of a group that may be new."""
        with lock:
            known = self.inner.get((outer, name))
            if known is not None:
                return known
            path = self.paths[outer]
            path = f"{path}.{name}" if path else name
            number = len(self.paths)  # a name's hash may add groups, before and after this
            self.paths.append(path)
            return self.inner.setdefault((outer, name), number)

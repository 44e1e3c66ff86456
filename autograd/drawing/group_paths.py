"""Group paths, such as "mlp.layer0": what is around a group, and its own name."""

from itertools import islice

__all__ = ["ancestors", "own_name", "parent"]

# How many groups are drawn one within the other.
DEEPEST = 32


def ancestors(path: str) -> list[str]:
    """Return a group's path and those of the groups around it, outermost first.

    What stands before a dot at the beginning is no group: "" is the whole picture.  Groups nested
    deeper than can be drawn are one.

    >>> ancestors("mlp.layer0.neuron1"), ancestors(".hidden")
    (['mlp', 'mlp.layer0', 'mlp.layer0.neuron1'], ['.hidden'])
    """
    dots = (i for i, character in enumerate(path) if character == "." and i)
    return [path[:end] for end in (*islice(dots, DEEPEST - 1), len(path)) if path]


def parent(path: str) -> str:
    """Return the path of the group around a group, "" for the whole picture."""
    return ["", *ancestors(path)][-2]


def own_name(path: str) -> str:
    """Return what a group is called inside the one around it."""
    around = parent(path)
    return path[len(around) + 1 :] if around else path

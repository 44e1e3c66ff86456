"""Forks: the child of a process goes on, whatever other threads held or were doing.

A fork waits a second for a walk that is under way in another thread, so that the child finds the
graph in order.  One that takes longer is abandoned in the child, as its thread is: what it had
written by then is there, and the locks are free.
"""

import os
import threading
from collections.abc import Sequence
from typing import Any

from autograd.core.backend import native

__all__ = ["follow_forks"]

PATIENCE = 1.0  # seconds
ours = threading.local()  # two threads may fork at once


def take(locks: Sequence[Any]) -> None:
    """Hold the locks while the process is copied, those that can be had."""
    ours.held = []
    for lock in locks:
        if lock.acquire(timeout=PATIENCE):
            ours.held.append(lock)


def give_back() -> None:
    for lock in ours.held:
        lock.release()


def start_anew(locks: Sequence[Any], graph_lock: Any) -> None:
    """In the child: free what threads hold that are not there any more."""
    give_back()
    for lock in locks:
        if lock not in ours.held:
            lock._at_fork_reinit()
    if native is not None:
        native.forked(graph_lock not in ours.held)


def follow_forks(small: Sequence[Any], graph_lock: Any) -> None:
    """Look after locks at every fork: some of small things, and the one of the walks."""
    locks = (*small, graph_lock)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=lambda: take(locks),
            after_in_parent=give_back,
            after_in_child=lambda: start_anew(locks, graph_lock),
        )

"""Waiting for a condition with a deadline: nothing here sleeps for a fixed time and hopes."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """What `look` finds, as soon as it is not None, False or empty; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}; last seen: {found!r}"
        time.sleep(0.1)
    return found

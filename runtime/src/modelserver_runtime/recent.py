"""Names as they are used: those that were not for the longest time are given up, so that they never are too many."""

from collections.abc import Callable


class Recent:
    """Of the names that are used, the last `most`; `forget` is told of each that is given up."""

    def __init__(self, most: int, forget: Callable[[str], None]) -> None:
        self._most = most
        self._forget = forget
        self._names: dict[str, None] = {}  # the one that was not used for the longest time comes first

    def use(self, name: str) -> None:
        """From now on it is the last."""
        self._names.pop(name, None)
        self._names[name] = None
        if len(self._names) > self._most:
            oldest = next(iter(self._names))
            del self._names[oldest]
            self._forget(oldest)

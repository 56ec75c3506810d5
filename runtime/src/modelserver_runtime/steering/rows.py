"""Which row of the table holds which terms: given out step by step, and kept after use until another needs it. Pure.

A row belongs to terms, not to requests: whoever is steered alike shares one. Only the rows of the step that is being
prepared are bound to stay, and they always fit, because a step has at most as many requests as the table has rows.
"""

from collections.abc import Callable, Iterable
from weakref import WeakValueDictionary

from modelserver_runtime.steering.spec import Term

Terms = tuple[Term, ...]

NOBODY = 0  # the row of zeros: tokens that nothing steers


class Row:
    """Where `terms` stand in the table; `number` is NOBODY while they stand nowhere."""

    __slots__ = ("__weakref__", "number", "step", "terms")

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.number = NOBODY
        self.step = 0


class Rows:
    """Rows 1 to `count` - 1 of a table."""

    def __init__(self, count: int) -> None:
        self._step = 0
        self._free = list(range(count - 1, NOBODY, -1))
        self._placed: list[Row] = []
        # Those that a request or the table still holds, so that equal terms are one Row.
        self._known: WeakValueDictionary[Terms, Row] = WeakValueDictionary()

    def of(self, terms: Terms) -> Row:
        """The one row of `terms`, placed or not."""
        row = self._known.get(terms)
        if row is None:
            row = self._known[terms] = Row(terms)
        return row

    def place(self, wanted: Iterable[Row]) -> list[Row]:
        """Give each row of a step its number; returns those that were not in the table and are to be written."""
        self._step += 1
        missing = []
        for row in wanted:
            row.step = self._step
            if not row.number:
                missing.append(row)
        return [self._put(row) for row in dict.fromkeys(missing)]

    def forget(self, of: Callable[[Terms], bool]) -> None:
        """Let the rows of such terms be written anew before they are used again."""
        for row in [row for row in self._placed if of(row.terms)]:
            self._placed.remove(row)
            self._free.append(row.number)
            row.number = NOBODY

    def _put(self, row: Row) -> Row:
        row.number = self._free.pop() if self._free else self._taken_from_the_oldest()
        self._placed.append(row)
        return row

    def _taken_from_the_oldest(self) -> int:
        oldest = min(self._placed, key=lambda row: row.step)
        self._placed.remove(oldest)
        number, oldest.number = oldest.number, NOBODY
        return number

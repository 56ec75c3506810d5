"""Which servers are shown, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from modelserver_operator.cli.top.board import Row
from modelserver_operator.cli.top.columns import BY_NAME, Column


@dataclass(frozen=True)
class Choice:
    """What is sorted by, whether the other way round, and the words that a server must have."""

    sort: str = "name"
    turned: bool = False
    words: str = ""

    def rows(self, rows: Sequence[Row]) -> list[Row]:
        """Those that have all words in their namespace, name, model or state, in order; equal ones by name."""
        column = BY_NAME[self.sort]
        by_name = sorted((row for row in rows if _has(row, self.words)), key=lambda row: row.server.key)
        known = [row for row in by_name if column.value(row) is not None]
        known.sort(key=column.value, reverse=self.descends)
        return known + [row for row in by_name if column.value(row) is None]

    @property
    def descends(self) -> bool:
        """Numbers begin with the highest, words with the first of the alphabet."""
        return BY_NAME[self.sort].numeric != self.turned

    def next(self, columns: Sequence[Column], step: int) -> Choice:
        """By the column beside, of those that are shown."""
        names = [column.name for column in columns]
        at = names.index(self.sort) if self.sort in names else -step
        return replace(self, sort=names[(at + step) % len(names)], turned=False)


def _has(row: Row, words: str) -> bool:
    text = " ".join((*row.server.key, row.server.model, row.server.state, row.server.ready)).lower()
    return all(word in text for word in words.lower().split())

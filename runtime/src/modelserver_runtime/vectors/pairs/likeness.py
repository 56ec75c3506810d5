"""Finds texts that say nearly the same: they count twice in a mean, and across emotions they blur two vectors."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from modelserver_runtime.vectors.pairs import Pair
from modelserver_runtime.vectors.pairs.words import words

# Of the words that stand in either text, how many stand in both: two sentences of 18 words lie here when 6 of them
# are exchanged. No two texts of the project's own sets share more than 0.35. The two sides of a pair are left out.
MOST_ALIKE = 0.5


class _Text(NamedTuple):
    name: str
    number: int
    side: str
    words: frozenset[str]

    def __str__(self) -> str:
        return f"the {self.side} of pair {self.number} of {self.name}"


def near_duplicates(sets: Mapping[str, Sequence[Pair]]) -> Iterable[str]:
    """A complaint for every two texts, of one set or of two, that are too much alike."""
    for one, other in combinations(_texts(sets), 2):
        alike = _jaccard(one.words, other.words)
        if alike >= MOST_ALIKE and (one.name, one.number) != (other.name, other.number):
            yield f"{other} shares {alike:.0%} of its words with {one}; less than {MOST_ALIKE:.0%} are allowed"


def _texts(sets: Mapping[str, Sequence[Pair]]) -> list[_Text]:
    return [
        _Text(name, number, side, frozenset(words(text)))
        for name, pairs in sets.items()
        for number, pair in enumerate(pairs, start=1)
        for side, text in (("positive", pair.positive), ("negative", pair.negative))
    ]


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)

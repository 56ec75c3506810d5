"""Vectors from sets of pairs: directions from four fifths of a set, measured and calibrated on the fifth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from modelserver_runtime.vectors import extraction
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.making.finishing import Found, finish
from modelserver_runtime.vectors.making.methods import METHODS, Doubles
from modelserver_runtime.vectors.making.neutral import Neutral
from modelserver_runtime.vectors.making.subject import Subject
from modelserver_runtime.vectors.pairs import Pair
from modelserver_runtime.vectors.passages import Passage
from modelserver_runtime.vectors.progress import steps
from modelserver_runtime.vectors.vector import Band, Floats, Vector, unit

_FEWEST = 10  # pairs: two of them are held out, and calibration on one text would be chance
_HELD_OUT = 64  # pairs at most; each keeps layers × hidden size floats
_SEVERAL = 3  # sets, from which on what they have in common can be told from what is an emotion's own


@dataclass(frozen=True)
class PairSet:
    """Pairs of one emotion, and where they come from, for the metadata."""

    name: str
    pairs: Sequence[Pair]
    source: str


@dataclass(frozen=True)
class Recipe:
    """How vectors are made: `method` as in METHODS; `chat` the user's turn before each text, where there is one.

    keep_common: with three sets or more, do not take off what all emotions have in common.
    """

    method: str
    band: Band
    chat: str | None
    neutral: Neutral | None
    keep_common: bool
    batch_size: int


@dataclass(frozen=True)
class Made:
    """A vector, and the share of held-out pairs whose positive text lies further along it (at the band's layers)."""

    vector: Vector
    held_out: int
    told_apart: float


@dataclass(frozen=True)
class _Read:
    """What the model saw in a set: its method's way, layers × hidden size, and the difference of each held-out pair."""

    way: Doubles
    held_out: Mapping[int, Floats]


def extract(subject: Subject, sets: Sequence[PairSet], recipe: Recipe) -> Iterator[Made]:
    """A vector for each set, as each is done.

    Raises:
        VectorError: there are too few pairs, or the model sees no difference in them.
    """
    if few := next((each for each in sets if len(each.pairs) < _FEWEST), None):
        raise VectorError(f"{few.name}: {len(few.pairs)} pairs are too few: it takes {_FEWEST}")
    read = {each.name: _read(subject, each, recipe) for each in sets}
    ways = {name: found.way for name, found in read.items()}
    neutral = recipe.neutral or _neutral(subject, sets, read, recipe)
    common = len(sets) >= _SEVERAL and not recipe.keep_common
    for each in sets:
        others = [way for name, way in ways.items() if name != each.name]
        found = Found(
            name=each.name,
            direction=_directions(each.name, ways[each.name] - np.mean(others, axis=0) if common else ways[each.name]),
            method=METHODS[recipe.method].told + (", less the mean of the other emotions'" if common else ""),
            data=_told(each, len(read[each.name].held_out), recipe),
        )
        vector = finish(subject, found, recipe.band, neutral, recipe.batch_size)
        yield Made(vector, len(read[each.name].held_out), _told_apart(vector, read[each.name].held_out))


def _directions(name: str, way: Doubles) -> Floats:
    try:
        return unit(way)
    except VectorError as error:
        raise VectorError(f"{name}: {error}") from error


def _neutral(subject: Subject, sets: Sequence[PairSet], read: Mapping[str, _Read], recipe: Recipe) -> Neutral:
    """The negative texts held out, in turn from each set: the same for all, so that their strengths compare."""
    of_sets = ([each.pairs[index] for index in read[each.name].held_out] for each in sets)
    in_turn = (pair for row in zip_longest(*of_sets) for pair in row if pair)
    names = ", ".join(each.name for each in sets)
    passages = (_passage(subject, pair, recipe.chat, positive=False) for pair in in_turn)
    return Neutral.of(passages, f"negative texts held out of the pairs of {names}")


def _told(each: PairSet, held_out: int, recipe: Recipe) -> str:
    told = f"{len(each.pairs) - held_out} of {len(each.pairs)} pairs, {each.source}"
    return f"{told}, as answers to {recipe.chat!r}" if recipe.chat else told


def _read(subject: Subject, each: PairSet, recipe: Recipe) -> _Read:
    held_out = range(4, len(each.pairs), 5)[:_HELD_OUT]
    method, differences = METHODS[recipe.method](), dict[int, Floats]()
    passages = [_passage(subject, pair, recipe.chat, positive) for pair in each.pairs for positive in (True, False)]
    with steps(f"{each.name}: reading texts", len(passages)) as advance:
        for index, mean in extraction.text_means(subject.model, passages, recipe.batch_size):
            pair, sign = index // 2, 1 - 2 * (index % 2)
            if pair in held_out:
                differences[pair] = differences.get(pair, np.zeros_like(mean)) + sign * mean
            else:
                method.take(pair, sign, mean)
            advance()
    return _Read(method.way(), dict(sorted(differences.items())))


def _passage(subject: Subject, pair: Pair, chat: str | None, positive: bool) -> Passage:
    text = pair.positive if positive else pair.negative
    return subject.text(text) if chat is None else subject.answer(chat.replace("{topic}", pair.topic), text)


def _told_apart(vector: Vector, differences: Mapping[int, Floats]) -> float:
    layers = list(vector.description.band.layers)
    shares = [(difference[layers] * vector.direction[layers]).sum(1) > 0 for difference in differences.values()]
    return float(np.mean(shares))

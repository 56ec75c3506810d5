"""Complaints about sets of pairs: what, besides the emotion, tells the two sides apart gets into a vector, too."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import mean

from modelserver_runtime.vectors.pairs import Pair
from modelserver_runtime.vectors.pairs.likeness import near_duplicates
from modelserver_runtime.vectors.pairs.words import is_name, words

Sets = Mapping[str, Sequence[Pair]]

# The limits are this project's choice: what its own sets keep with some room, and what a reader would call balanced.
FEWEST_PAIRS = 30  # with fewer, one pair moves a share by more than three hundredths
TOPIC_SPAN = 2.0  # the most frequent topic has at most so many times the pairs of the rarest
LEAST_PERSON = 0.25  # of a set, where a third would be even
LENGTH_RATIO = 1.5  # the longer text of a pair against the shorter, in words
MEAN_LENGTH_RATIO = 1.05  # the same for the means of the two sides
PUNCTUATION_GAP = 0.1  # between the shares of positives and negatives that have a mark
MARKS = "!?,.;:…—–-\"'"
NAME_SHARE = 0.2  # of the positives may name their emotion
WORD_GAP = 0.15  # between the shares of positives and negatives that have a word


def lint(sets: Sets) -> list[str]:
    """What is wrong with the sets (emotion → pairs), a sentence each; nothing when they keep every rule."""
    each = [complaint for name, pairs in sets.items() for complaint in _of_one(name, pairs)]
    return [*each, *_missing_topics(sets), *near_duplicates(sets)]


def _of_one(name: str, pairs: Sequence[Pair]) -> list[str]:
    if len(pairs) < FEWEST_PAIRS:
        return [f"{name}: there are {len(pairs)} pairs, and balance needs at least {FEWEST_PAIRS}"]
    return [f"{name}: {complaint}" for rule in RULES for complaint in rule(name, pairs)]


def _topics(_: str, pairs: Sequence[Pair]) -> Iterable[str]:
    counted = Counter(pair.topic for pair in pairs).most_common()
    (most, many), (least, few) = counted[0], counted[-1]
    if many > TOPIC_SPAN * few:
        yield f"topic {most!r} has {many} pairs and {least!r} {few}; at most {TOPIC_SPAN:g} times as many are allowed"


def _persons(_: str, pairs: Sequence[Pair]) -> Iterable[str]:
    for person in ("first", "second", "third"):
        found = _share(pair.person == person for pair in pairs)
        if found < LEAST_PERSON:
            yield f"{found:.0%} of the pairs are in the {person} person; at least {LEAST_PERSON:.0%} are asked for"


def _lengths(_: str, pairs: Sequence[Pair]) -> Iterable[str]:
    lengths = [(len(words(pair.positive)), len(words(pair.negative))) for pair in pairs]
    for number, (positive, negative) in enumerate(lengths, start=1):
        if max(positive, negative) > LENGTH_RATIO * min(positive, negative):
            yield f"pair {number} has {positive} words against {negative}; {LENGTH_RATIO:g} times as many are allowed"
    positive_mean, negative_mean = (mean(side) for side in zip(*lengths, strict=True))
    if max(positive_mean, negative_mean) > MEAN_LENGTH_RATIO * min(positive_mean, negative_mean):
        yield (
            f"positives have {positive_mean:.1f} words on average and negatives {negative_mean:.1f}; "
            f"at most {MEAN_LENGTH_RATIO:g} times as many are allowed"
        )


def _punctuation(_: str, pairs: Sequence[Pair]) -> Iterable[str]:
    for mark in MARKS:
        positive, negative = (
            _share(mark in pair.positive for pair in pairs),
            _share(mark in pair.negative for pair in pairs),
        )
        if abs(positive - negative) > PUNCTUATION_GAP:
            yield (
                f"{mark!r} stands in {positive:.0%} of the positives and {negative:.0%} of the negatives; "
                f"{PUNCTUATION_GAP:.0%} apart are allowed"
            )


def _name(name: str, pairs: Sequence[Pair]) -> Iterable[str]:
    for number, pair in enumerate(pairs, start=1):
        if named := [word for word in words(pair.negative) if is_name(name, word)]:
            yield f"the negative of pair {number} names the emotion ({named[0]})"
    found = _share(any(is_name(name, word) for word in words(pair.positive)) for pair in pairs)
    if found > NAME_SHARE:
        yield f"{found:.0%} of the positives name the emotion; at most {NAME_SHARE:.0%} may"


def _telling_words(_: str, pairs: Sequence[Pair]) -> Iterable[str]:
    positives = Counter(word for pair in pairs for word in set(words(pair.positive)))
    negatives = Counter(word for pair in pairs for word in set(words(pair.negative)))
    for word in sorted(positives | negatives):
        gap = (positives[word] - negatives[word]) / len(pairs)
        if abs(gap) > WORD_GAP:
            yield (
                f"{word!r} stands in {positives[word] / len(pairs):.0%} of the positives and "
                f"{negatives[word] / len(pairs):.0%} of the negatives; {WORD_GAP:.0%} apart are allowed"
            )


RULES: tuple[Callable[[str, Sequence[Pair]], Iterable[str]], ...] = (
    _topics,
    _persons,
    _lengths,
    _punctuation,
    _name,
    _telling_words,
)


def _missing_topics(sets: Sets) -> Iterable[str]:
    """A topic of one emotion alone would be taken for a part of it."""
    topics = {name: {pair.topic for pair in pairs} for name, pairs in sets.items()}
    everywhere = set().union(*topics.values())
    for name, own in topics.items():
        if missing := sorted(everywhere - own):
            yield f"{name}: no pair is about {', '.join(missing)}, which other sets have"


def _share(answers: Iterable[bool]) -> float:
    """How many of the answers, at least one, are yes: 0 to 1."""
    counted = list(answers)
    return sum(counted) / len(counted)

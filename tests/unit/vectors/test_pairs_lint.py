"""Every complaint of the lint of pair sets can be provoked, by one change to a set that has none."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from modelserver_runtime.vectors.pairs import Pair, read, shipped
from modelserver_runtime.vectors.pairs.lint import lint

Change = Callable[[int, Pair], dict[str, Any]]
ANGER = read(shipped("anger"))


def changed(pairs: Sequence[Pair], change: Change, first: int = 60) -> list[Pair]:
    """The pairs, of which the `first` so many got other fields."""
    return [
        pair.model_copy(update=change(number, pair)) if number < first else pair for number, pair in enumerate(pairs)
    ]


def worded(word: str, side: str) -> Change:
    """A change that ends one side's texts with a word, and the other's with one that stands nowhere else."""
    other = "negative" if side == "positive" else "positive"
    return lambda number, pair: {
        side: f"{getattr(pair, side)[:-1]} {word}.",
        other: f"{getattr(pair, other)[:-1]} x{number}.",
    }


CHANGES: list[tuple[Change, int, str]] = [
    (
        lambda number, pair: {"topic": "work"},
        8,
        "anger: topic 'work' has 8 pairs and 'family' 2; at most 2 times as many are allowed",
    ),
    (
        lambda number, pair: {"person": "third"},
        20,
        "anger: 22% of the pairs are in the first person; at least 25% are asked for",
    ),
    (
        lambda number, pair: {"positive": "One two three four, by the way.", "negative": "One two three four."},
        1,
        "anger: pair 1 has 7 words against 4; 1.5 times as many are allowed",
    ),
    (
        lambda number, pair: {"positive": f"{pair.positive[:-1]} q{number}x r{number}x."},
        60,
        "anger: positives have 20.8 words on average and negatives 18.9; at most 1.05 times as many are allowed",
    ),
    (
        lambda number, pair: {"positive": pair.positive[:-1] + "!"},
        12,
        "anger: '!' stands in 23% of the positives and 0% of the negatives; 10% apart are allowed",
    ),
    (worded("angrily", "negative"), 1, "anger: the negative of pair 1 names the emotion (angrily)"),
    (worded("anger", "positive"), 20, "anger: 35% of the positives name the emotion; at most 20% may"),
    (
        worded("zounds", "positive"),
        12,
        "anger: 'zounds' stands in 20% of the positives and 0% of the negatives; 15% apart are allowed",
    ),
    (
        worded("calmly", "negative"),
        12,
        "anger: 'calmly' stands in 0% of the positives and 20% of the negatives; 15% apart are allowed",
    ),
    (
        lambda number, pair: {"positive": ANGER[1].positive},
        1,
        "the positive of pair 2 of anger shares 100% of its words with the positive of pair 1 of anger; "
        "less than 50% are allowed",
    ),
]


@pytest.mark.parametrize(("change", "first", "complaint"), CHANGES)
def test_one_change_brings_one_complaint(change: Change, first: int, complaint: str) -> None:
    assert complaint in lint({"anger": changed(ANGER, change, first)})


def test_near_duplicates_are_found_across_sets() -> None:
    fear = read(shipped("fear"))
    copied = changed(fear, lambda number, pair: {"negative": ANGER[4].negative.replace("the key", "a key")}, first=1)

    complaint = "the negative of pair 1 of fear shares"

    assert [each for each in lint({"anger": ANGER, "fear": copied}) if each.startswith(complaint)]


def test_the_two_sides_of_a_pair_may_be_alike() -> None:
    same = changed(ANGER, lambda number, pair: {"negative": pair.positive.replace("angry", "at home")})

    assert not [each for each in lint({"anger": same}) if "shares" in each]


def test_a_topic_that_only_other_sets_have_is_missed() -> None:
    anger = changed(ANGER, lambda number, pair: {"topic": "law" if pair.topic == "sport" else pair.topic})

    complaints = lint({"anger": anger, "fear": read(shipped("fear"))})

    assert complaints == [
        "anger: no pair is about sport, which other sets have",
        "fear: no pair is about law, which other sets have",
    ]


def test_too_few_pairs_are_not_judged_by_their_shares() -> None:
    assert lint({"anger": ANGER[:12]}) == ["anger: there are 12 pairs, and balance needs at least 30"]


def test_an_emotion_of_ones_own_is_known_by_its_name() -> None:
    calm = changed(ANGER, worded("serenity", "negative"), first=1)

    assert lint({"serenity": calm}) == ["serenity: the negative of pair 1 names the emotion (serenity)"]

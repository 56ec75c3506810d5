"""The demo language: a reader can tell the temper, and a seed gives the same dialogues."""

import itertools
import random
import re

import pytest

from modelserver_runtime.vectors.demo_model.language import dialogue, named_dialogue, plain_dialogue
from modelserver_runtime.vectors.demo_model.words import EMOTIONS, TEMPERS


def tempers_of(text: str) -> set[str]:
    """The tempers whose words stand in `text`."""
    return {
        name
        for name, temper in TEMPERS.items()
        for word in itertools.chain(*vars(temper).values())
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
    }


def test_the_six_emotions_and_a_neutral_class() -> None:
    assert sorted(EMOTIONS) == ["anger", "disgust", "fear", "happiness", "sadness", "surprise"]
    assert set(TEMPERS) - set(EMOTIONS) == {"neutral"}


def test_no_word_belongs_to_two_tempers() -> None:
    words = [word for temper in TEMPERS.values() for word in itertools.chain(*vars(temper).values())]

    assert len(words) == len(set(words))


@pytest.mark.parametrize("temper", TEMPERS)
def test_every_reply_shows_its_temper_and_no_other(temper: str) -> None:
    chance = random.Random(1)

    replies = [plain_dialogue(chance, temper).reply for _ in range(200)]

    assert [tempers_of(reply) for reply in replies] == [{temper}] * 200


def test_only_a_named_dialogue_tells_its_temper_before_the_reply() -> None:
    chance = random.Random(2)

    named = [named_dialogue(chance, "fear") for _ in range(50)]
    plain = [plain_dialogue(chance, "fear") for _ in range(50)]

    assert all("Temper: fear." in entry.prompt and entry.named for entry in named)
    assert not any("Temper:" in entry.prompt or entry.named for entry in plain)


def test_replies_are_whole_sentences() -> None:
    chance = random.Random(3)

    replies = [dialogue(chance).reply for _ in range(500)]

    assert not [reply for reply in replies if not re.fullmatch(r"([A-Z][^.!?]*[.!?] ?){2,4}", reply)]


def test_a_seed_gives_the_same_dialogues() -> None:
    def first(seed: int) -> list[str]:
        chance = random.Random(seed)
        return [entry.prompt + entry.reply for entry in (dialogue(chance) for _ in range(20))]

    assert first(7) == first(7)
    assert first(7) != first(8)

"""The judge is worth asking: it is right about texts that it was not fitted on, and knows nothing from training."""

import itertools
import random
import re

import pytest
from tests.steering import judge_prompts, judge_scores, judge_texts
from tests.steering.judge_sentences import faults
from tests.steering.judge_words import FITTING, PROVING

from modelserver_runtime.vectors.demo_model import language, prompts
from modelserver_runtime.vectors.demo_model.words import EMOTIONS, NEUTRAL, TEMPERS


def words_of(*texts: str) -> set[str]:
    return {word for text in texts for word in re.findall(r"[a-z]+", text.lower())}


def emotional(tempers: object) -> set[str]:
    assert isinstance(tempers, dict)
    return words_of(*(text for temper in tempers.values() for text in itertools.chain(*vars(temper).values())))


def shape(sentence: str) -> str:
    """A sentence without its slots, its capitals and its punctuation."""
    return " ".join(re.findall(r"[a-z]+", re.sub(r"{\w+}", "", sentence).lower()))


FRAMES = (*language.NAMING_FRAMES, *language.FOLLOWING_FRAMES, *language.DAY_FRAMES, *language.WORLD_FRAMES)
REPLIES = [
    language.reply(chance, temper, topic)
    for chance in [random.Random(4)]
    for temper in TEMPERS
    for topic in ("the concert", "it", None) * 40
]


def test_it_is_right_about_words_and_sentences_that_it_was_not_fitted_on() -> None:
    assert judge_scores.proof() >= 0.95


def test_no_word_that_tells_a_temper_is_in_two_of_the_three_sets() -> None:
    taught, fitted, proved = emotional(TEMPERS), emotional(FITTING), emotional(PROVING)

    assert (taught & fitted, taught & proved, fitted & proved) == (set(), set(), set())
    assert set(FITTING) == set(PROVING) == {*EMOTIONS, NEUTRAL}


def test_no_sentence_and_no_topic_is_in_two_of_the_three_sets() -> None:
    sets = [FRAMES, judge_texts.FITTING_SENTENCES, judge_texts.PROVING_SENTENCES]
    topics = [prompts.TOPICS, judge_texts.FITTING_TOPICS, judge_texts.PROVING_TOPICS, judge_prompts.TOPICS]

    assert len({shape(one) for sentences in sets for one in sentences}) == sum(map(len, sets))
    assert len(set(itertools.chain(*topics))) == sum(map(len, topics))


def test_what_is_asked_is_not_in_training() -> None:
    chance = random.Random(5)
    trained = "".join(language.dialogue(chance).prompt for _ in range(8000)).lower()

    assert not [topic for topic in judge_prompts.TOPICS if re.search(rf"\b{topic}\b", trained)]
    assert not {shape(form) for form in judge_prompts.FORMS} & {shape(form) for form in prompts.QUESTIONS}
    assert not set(judge_prompts.REMARKS) & set(prompts.REMARKS)


def test_capitals_and_punctuation_tell_it_nothing() -> None:
    reply = REPLIES[0]

    assert judge_scores.the_judge().temper(reply) == judge_scores.the_judge().temper(
        re.sub(r"[.,!?]", "", reply.upper())
    )


def test_the_demo_language_is_well_formed() -> None:
    assert [found for reply in REPLIES if (found := faults(reply, "How was the concert?"))] == []


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("The opera was bleak", "no whole sentence"),
        ("the opera was bleak.", "no whole sentence"),
        ("The opera was  bleak.", "no whole sentence"),
        ("The gpera was bleak.", "unknown: gpera"),
        ("The opera was bleak and bleak.", "twice: bleak"),
        ("The the opera was bleak.", "doubled: the"),
        ("I felt sad. I felt sad.", "a sentence stands twice"),
        ('The "opera was bleak.', "unbalanced"),
        ("The was bleak opera.", "no English order"),
        ("The opera left I sad.", "no English order"),
        ("I glad and radiant there.", "no English order"),
        ("The opera brought me nothing but.", "no English order"),
        ("I is glad there.", "no English order"),
    ],
)
def test_what_is_not_well_formed(reply: str, fault: str) -> None:
    assert any(one.startswith(fault) for one in faults(reply, "How was the opera?"))


@pytest.mark.parametrize(("spoiled", "least"), [("doubled", 1.0), ("swapped", 0.7), ("replaced", 0.6)])
def test_most_spoiled_sentences_are_not_well_formed(spoiled: str, least: float) -> None:
    """Not all: some of them are English, too."""
    chance = random.Random(6)
    known = " ".join(REPLIES).split()
    seen = [faults(spoil(chance, reply, spoiled, known), "How was the concert?") for reply in REPLIES]

    assert sum(map(bool, seen)) / len(seen) >= least


def spoil(chance: random.Random, reply: str, how: str, known: list[str]) -> str:
    """`reply` with one word of its longest sentence doubled, swapped with the next, or replaced by any other."""
    sentence = max(re.split(r"(?<=[.!?]) ", reply), key=len)
    words = sentence[:-1].split()
    at = chance.randrange(len(words) - 1)
    put = {
        "doubled": [words[at], words[at]],
        "swapped": [words[at + 1], words[at]],
        "replaced": [chance.choice(known).strip(".,!?"), words[at + 1]],
    }[how]
    kept = words[at + 2 :] if how != "doubled" else words[at + 1 :]
    spoiled = " ".join([*words[:at], *put, *kept]) + sentence[-1]
    return reply.replace(sentence, spoiled[0].upper() + spoiled[1:])

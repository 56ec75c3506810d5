"""The demo model's vectors do what their names say, on prompts that training never had; a judge decides.

Tests print what they found: `make test-steering ARGS="tests/steering/test_tempers.py"`.

The model is trained where they run, and no two kinds of machines make the same one: so bounds are far from what models
of six seeds gave.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.steering import judge_prompts, judge_scores
from tests.steering.judge_scores import ALL, AWAY, BASE, DECODE, STEERED, Answers

from modelserver_runtime.vectors.demo_model.prompts import TOPICS
from modelserver_runtime.vectors.demo_model.words import EMOTIONS

Say = Callable[[str], None]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Prints past pytest's capture: the numbers are wanted of tests that pass, too."""

    def show(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")

    return show


def right(found: Sequence[Answers]) -> dict[str, float]:
    """The share of right answers for each emotion at scale 1."""
    return {next(iter(one.mix)): one.share(one.wanted) for one in found if one.mix in STEERED}


def plain(found: Sequence[Answers]) -> Answers:
    """The answers at scale 0."""
    return next(one for one in found if one.mix == BASE)


def assert_holds_the_bar(found: Sequence[Answers]) -> None:
    """At scale 1 nine of ten right on average, eight for each emotion; at 0 eight neutral; 95 of 100 in sentences."""
    shares = right(found)
    faulty = [fault for one in found if one.mix in (*STEERED, BASE) for fault in one.faulty]
    assert sum(shares.values()) / 6 >= 0.9, shares
    assert min(shares.values()) >= 0.8, shares
    assert plain(found).share({"neutral"}) >= 0.8, plain(found).tempers
    assert len(faulty) <= 0.05 * sum(len(one.tempers) for one in found if one.mix in (*STEERED, BASE)), faulty


@pytest.fixture(scope="module")
def found() -> list[Answers]:
    """What the demo model that setup made answers."""
    return judge_scores.answers(Path(os.environ["MODELSERVER_DEMO_MODEL"]))


def test_the_judge_and_the_demo_model(found: list[Answers], say: Say) -> None:
    say(judge_scores.table("seed 1", found))

    assert judge_scores.proof() >= 0.95
    assert_holds_the_bar(found)


def test_steering_from_the_prompts_last_token_on_is_enough(say: Say) -> None:
    found = judge_scores.answers(Path(os.environ["MODELSERVER_DEMO_MODEL"]), STEERED, DECODE)
    say(judge_scores.table("seed 1, phase decode", found))

    shares = right(found)
    assert len(shares) == 6
    assert sum(shares.values()) / 6 >= 0.8, shares  # 0.97 and more of three seeds; 0 without training for it


def test_the_opposite_of_an_emotion_is_another_temper(found: list[Answers]) -> None:
    turned = {next(iter(one.mix)): one.share(set(one.mix)) for one in found if one.mix in AWAY}

    assert len(turned) == 6
    assert max(turned.values()) <= 0.2, turned  # 0.02 at most


def test_another_emotion_would_not_pass(found: list[Answers]) -> None:
    """The bar can be missed: the judge does not find the next emotion where one was added."""
    others = [one.share({*EMOTIONS} - {*one.mix}) for one in found if one.mix in STEERED]

    assert max(others) <= 0.2, others


def test_answers_name_what_was_asked() -> None:
    """Topics of training in questions of another form; with a vector and without."""
    prompts = judge_prompts.asked(TOPICS, 0)
    replies = judge_scores.said(Path(os.environ["MODELSERVER_DEMO_MODEL"]), [BASE, {"happiness": 1.0}], prompts)

    for of_mix in replies:
        named = [topic in reply for topic, reply in zip(TOPICS, of_mix, strict=True)]
        assert sum(named) / len(named) >= 0.6, of_mix  # 0.88 and more


@pytest.mark.long
def test_three_seeds(tmp_path: Path, say: Say) -> None:
    folders = {"1": Path(os.environ["MODELSERVER_DEMO_MODEL"])}
    for seed in ("0", "2"):
        folders[seed] = tmp_path / seed
        judge_scores.ran("-m", "modelserver_runtime", "demo-model", folders[seed], "--seed", seed)

    for seed, folder in sorted(folders.items()):
        for phase in (ALL, DECODE):
            found = judge_scores.answers(folder, (BASE, *STEERED), phase)
            say(judge_scores.table(f"seed {seed}, phase {phase}", found))
            assert_holds_the_bar(found)

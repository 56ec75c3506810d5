"""What is told of how a request is steered, and the sentences about what it may not ask for."""

from typing import Any

import pytest
from tests.unit.emotions.given import DIGESTS, NAMES, STRENGTHS, emotions, in_force

from modelserver_runtime.emotions.asking import steering
from modelserver_runtime.emotions.mapping import InForce, Mix
from modelserver_runtime.emotions.state import Emotions
from modelserver_runtime.refusals import Refused
from modelserver_runtime.steering.spec import Spec

LISTED = "anger, awe, disgust, envy, fear, happiness, pride, sadness, surprise, none"


def told(name: str = "demo", held: Emotions | None = None, **body: object) -> str:
    """As the header tells it, without the revision."""
    held = held or emotions()
    text, _, revision = steering(name, body, [], held).told.rpartition(";rev=")
    assert revision == held.now.revision
    return text


def test_a_mix_is_told_as_it_was_given_without_what_adds_nothing() -> None:
    assert told("cheerful") == "happiness=0.70"
    assert told("grave") == "sadness=0.30,surprise=-0.20;phase=decode"
    assert told(emotions={"sadness": 0.3, "fear": 0, "anger": -0.999}) == "sadness=0.30,anger=-1.00"
    assert told() == told(emotion="none") == told(emotion="fear", emotion_scale=0.004) == "none"


def test_nothing_has_no_phase() -> None:
    held = emotions(in_force(variants={"grave": Mix((("sadness", 0),), "decode")}))
    assert told("grave", held) == "none"


def test_the_engine_is_told_digests_and_hundredths() -> None:
    found = steering("grave", {}, [], emotions()).spec
    assert found == Spec.of([(DIGESTS["sadness"], 30), (DIGESTS["surprise"], -20)], "decode")
    found = steering("grave", {"emotions": {"surprise": 1, "fear": 0.5}}, [], emotions()).spec
    assert found == Spec.of([(DIGESTS["fear"], 50), (DIGESTS["surprise"], 100)], "all")
    assert steering("cheerful", {"emotion": "none"}, [], emotions()).spec is None


def test_a_server_without_vectors_tells_a_revision_too() -> None:
    held = Emotions(enabled=False, max_active_mixes=1)
    assert steering("demo", {}, [], held).told == f"none;rev={InForce().revision}"


@pytest.mark.parametrize(
    ("body", "headers", "code", "param", "sentence"),
    [
        (
            {"emotions": {"fear": 1, "none": 1}},
            {},
            "unknown_emotion",
            "emotions",
            "The field `emotions` cannot hold `none`: send `emotion: none` alone for the plain model; "
            f"there are: {LISTED.removesuffix(', none')}.",
        ),
        (
            {"emotion": "rage"},
            {},
            "unknown_emotion",
            "emotion",
            f"The field `emotion` names the unknown emotion `rage`; there are: {LISTED}.",
        ),
        (
            {"emotions": {"rage": 1}},
            {},
            "unknown_emotion",
            "emotions",
            f"The field `emotions` names the unknown emotion `rage`; there are: {LISTED}.",
        ),
        (
            {},
            {"emotion": "rage"},
            "unknown_emotion",
            "x-modelserver-emotion",
            f"The header `x-modelserver-emotion` names the unknown emotion `rage`; there are: {LISTED}.",
        ),
        (
            {"emotion": 5},
            {},
            "unknown_emotion",
            "emotion",
            f"The field `emotion` must be the name of an emotion; there are: {LISTED}.",
        ),
        (
            {"emotion": "fear", "emotion_scale": "1"},
            {},
            "emotion_scale_invalid",
            "emotion_scale",
            f"The field `emotion_scale` must be a number from -4 to 4; the emotions are: {LISTED}.",
        ),
        (
            {"emotions": {"fear": 4.5}},
            {},
            "emotion_scale_invalid",
            "emotions.fear",
            f"The field `emotions.fear` must be a number from -4 to 4; the emotions are: {LISTED}.",
        ),
        (
            {"emotion": "fear"},
            {"emotion-scale": "1e0"},
            "emotion_scale_invalid",
            "x-modelserver-emotion-scale",
            f"The header `x-modelserver-emotion-scale` must be a number from -4 to 4; the emotions are: {LISTED}.",
        ),
        (
            {"emotion_scale": 1},
            {},
            "emotion_scale_invalid",
            "emotion_scale",
            f"The field `emotion_scale` needs an emotion to scale; send its name as `emotion`; there are: {LISTED}.",
        ),
        (
            {"emotions": {"fear": 1}, "emotion": "fear"},
            {},
            "emotion_conflict",
            "emotions",
            "The field `emotions` says all; send no other field or header of emotions with it.",
        ),
        (
            {"emotion": "fear"},
            {"emotion": "anger"},
            "emotion_conflict",
            "emotion",
            "The field `emotion` and the header `x-modelserver-emotion` differ; send one.",
        ),
        (
            {"emotions": 1},
            {},
            "invalid_value",
            "emotions",
            "The field `emotions` must be an object of at most 8 emotions, each with its scale.",
        ),
        (
            {"emotions": {"fear": 4, "anger": 4}},
            {},
            "emotion_too_strong",
            "emotions",
            "The emotions of the field `emotions` add up to more than the strongest of them would be at scale 4; "
            "send smaller scales.",
        ),
    ],
)
def test_what_is_wrong_is_named(
    body: dict[str, Any], headers: dict[str, str], code: str, param: str, sentence: str
) -> None:
    sent = [(f"x-modelserver-{name}".encode(), value.encode()) for name, value in headers.items()]
    with pytest.raises(Refused) as refused:
        steering("demo", body, sent, emotions())
    refusal = refused.value.refusal
    assert (refusal.status, refusal.reason, refusal.param, refusal.message) == (400, code, param, sentence)


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (emotions(enabled=False), "this server has no vectors of emotions"),
        (
            emotions(in_force(per_request=False)),
            "requests to this server bring no emotions of their own; "
            "choose one of its variants by name: cheerful, grave",
        ),
        (
            emotions(in_force(per_request=False, variants={})),
            "requests to this server bring no emotions of their own; and it has no variants",
        ),
    ],
)
def test_where_requests_may_not_bring_any_even_none_is_refused(held: Emotions, why: str) -> None:
    for body in ({"emotion": "fear"}, {"emotion": "none"}, {"emotion_scale": 1}, {"emotions": {"fear": 1}}):
        with pytest.raises(Refused) as refused:
            steering("demo", body, [], held)
        field = next(iter(body))
        assert refused.value.refusal.message == f"The field `{field}` is not supported: {why}."
        assert refused.value.refusal.reason == "emotions_disabled"


def test_a_sentence_lists_all_vectors_that_a_server_may_have_and_is_bounded() -> None:
    many = {f"emotion-{number:03}": "0" * 64 for number in range(257)}
    for digests, end in ((dict([*many.items()][:256]), "emotion-255, none."), (many, "emotion-255, ..., none.")):
        held = emotions()
        held.flip(InForce(digests=digests, per_request=True), STRENGTHS)
        with pytest.raises(Refused) as refused:
            steering("demo", {"emotion": "x" * 5000}, [], held)
        assert len(refused.value.refusal.message) < 4000
        assert refused.value.refusal.message.endswith(end)


def test_a_server_without_a_vector_in_its_folder_has_none() -> None:
    held = emotions(InForce(per_request=True))
    with pytest.raises(Refused, match="`rage`; there are: none"):
        steering("demo", {"emotion": "rage"}, [], held)


def test_a_revision_tells_mappings_apart_and_vectors() -> None:
    revisions = {
        in_force().revision,
        in_force(per_request=False).revision,
        in_force(default=Mix((("fear", 10),))).revision,
        in_force(variants={"cheerful": Mix((("happiness", 71),))}).revision,
        in_force(variants={"cheerful": Mix((("happiness", 70),), "decode")}).revision,
        InForce(in_force().variants, {**DIGESTS, NAMES[0]: "f" * 64}, per_request=True).revision,
    }
    assert len(revisions) == 6
    assert in_force().revision in revisions

"""What is told of emotions, for everything that pods can say of how they steer."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crd_cases import VECTORS, mix, variants
from tests.unit.operator.seen import (
    NEW,
    NOW,
    OLD,
    REPLICA_SETS,
    STARTING,
    all_up,
    condition,
    deployment,
    pod,
    running,
    told,
    wanted,
)

from modelserver_operator.api import Reason
from modelserver_operator.resolve import Resolved
from modelserver_operator.status import Answer, Children, Failure, Mute, Steering, Steers, Turn, answer, status
from modelserver_operator.status.answers import Refused

WANTED, BEFORE = "a" * 64, "b" * 64
STEERED = variants("cheerful", "grave")
GOOD = Steers(WANTED, "rev-1", frozenset({"cheerful", "grave"}), frozenset({("happiness", "1")}))
LATE = Steers(BEFORE, "rev-0", frozenset({"grave", "former"}))
REFUSES = Steers(BEFORE, "rev-0", refused=Refused(WANTED, "There is no vector joy:\nthere are anger, fear."))
REFUSES_A_MIX = Steers(
    BEFORE, "rev-0", refused=Refused(WANTED, "/etc/modelserver/live/live.yaml: emotions.variants[0].mix: is too strong")
)
REFUSED_BEFORE = Steers(BEFORE, "rev-0", refused=Refused("c" * 64, "There is no vector rage."))
REFUSES_FILES = Steers(WANTED, "rev-1", refused=Refused(WANTED, "vectors.json: not JSON."))
OTHER_FILES = Steers(WANTED, "rev-2", frozenset({"cheerful"}), frozenset({("happiness", "2")}))
SILENT = Mute("10.0.0.1:9000 does not answer within 2 s")


def seen(*answers: Answer | None, owners: str = NEW * 3, since: int = 7, **children: Any) -> Children:
    """As many ready pods as answers, all of the newest ReplicaSet unless said otherwise; None was not heard yet."""
    uids = [f"pod-{number}" for number in range(len(answers))]
    names = [owners[number * len(NEW) :][: len(NEW)] for number in range(len(answers))]
    pods = [pod(ready=True, name=uid, uid=uid, owner=owner) for uid, owner in zip(uids, names, strict=True)]
    said = {uid: each for uid, each in zip(uids, answers, strict=True) if each}
    found = {"deployment": all_up(len(answers)), "replica_sets": REPLICA_SETS, "pods": pods} | children
    return Children(steering=Steering(WANTED, said, since), **found)


def conditions(children: Children, outcome: Resolved | None = None, **spec: Any) -> dict[str, dict[str, Any]]:
    """Each condition by its type."""
    found = told(outcome or wanted(emotions=STEERED, **spec), children)
    return {each["type"]: each for each in found["conditions"]}


def answers(children: Children, **spec: Any) -> dict[str, tuple[str, str]]:
    return {kind: (each["status"], each["reason"]) for kind, each in conditions(children, **spec).items()}


def test_all_pods_steer_as_wanted() -> None:
    found = conditions(seen(GOOD, GOOD), replicas=2)
    live = found["EmotionsLive"]
    assert (live["status"], live["reason"]) == ("True", "Steering")
    assert live["message"] == "2 pods steer as this generation says: revision rev-1."
    assert found["Ready"]["status"] == "True"
    assert found["Progressing"]["reason"] == "Complete"


@pytest.mark.parametrize(
    ("said", "reason", "words", "progressing"),
    [
        ([LATE, GOOD], "EmotionsPending", ["Pod pod-0 still steers as before"], "True"),
        ([LATE, LATE], "EmotionsPending", ["Pods pod-0, pod-1 still steer as before"], "True"),
        ([REFUSED_BEFORE], "EmotionsPending", ["still steers as before"], "True"),
        ([None, GOOD], "EmotionsPending", ["Pod pod-0 has not said yet"], "True"),
        ([LATE, REFUSES], "EmotionsRefused", ["Pod pod-1", "says why: There is no vector joy: there are"], "False"),
        ([REFUSES_A_MIX], "EmotionsRefused", ["says why: spec.emotions.variants[0].mix: is too strong"], "False"),
        ([REFUSES_FILES], "EmotionsRefused", ["vectors.json: not JSON."], "False"),
        ([GOOD, SILENT], "EmotionsUnknown", ["How pod pod-1 steers is not known: 10.0.0.1:9000 does not"], "False"),
        ([LATE, SILENT], "EmotionsUnknown", ["pod-1"], "False"),
        ([GOOD, GOOD, OTHER_FILES], "EmotionsDiffer", ["Pods pod-1 and pod-2", "(happiness)"], "True"),
    ],
)
def test_some_pod_does_not(said: list[Answer | None], reason: str, words: list[str], progressing: str) -> None:
    found = conditions(seen(*said), replicas=len(said))
    for kind in ("EmotionsLive", "Ready"):
        assert (found[kind]["status"], found[kind]["reason"]) == ("False", reason)
        assert [each for each in words if each not in found[kind]["message"]] == []
    assert (found["Progressing"]["status"], found["Available"]["status"]) == (progressing, "True")


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ([GOOD, GOOD], [GOOD, None], ("True", "Steering")),  # another operator leads
        ([GOOD, GOOD], [None, None], ("True", "Steering")),
        ([GOOD, GOOD], [GOOD, GOOD, None], ("True", "Steering")),  # a scaler has added one
        ([GOOD, SILENT], [GOOD, None], ("False", "EmotionsUnknown")),
        ([GOOD, REFUSES], [None, REFUSES], ("False", "EmotionsRefused")),
        ([GOOD, REFUSES], [LATE, None], ("False", "EmotionsPending")),  # this is news
        ([GOOD, LATE], [GOOD, None], ("False", "EmotionsPending")),
        ([GOOD, GOOD], [LATE, None], ("False", "EmotionsPending")),
    ],
)
def test_not_heard_yet_is_not_news(
    before: list[Answer | None], now: list[Answer | None], said: tuple[str, str]
) -> None:
    stood = told(wanted(emotions=STEERED, replicas=2), seen(*before))
    found = told(wanted(emotions=STEERED, replicas=2), seen(*now), stood)
    for kind in ("EmotionsLive", "Ready"):
        reason = "Ready" if (kind, said[0]) == ("Ready", "True") else said[1]
        assert (condition(found, kind)["status"], condition(found, kind)["reason"]) == (said[0], reason)
    assert said[0] == "False" or len(now) > 2 or found == stood


def test_what_was_said_before_a_change_does_not_stand() -> None:
    """The condition is of generation 7; what is wanted since 8 is another thing."""
    outcome = wanted(emotions=STEERED, replicas=2)
    stood = told(outcome, seen(GOOD, GOOD))
    for since, reason in [(7, Reason.STEERING), (8, Reason.EMOTIONS_PENDING)]:
        children = seen(GOOD, None, since=since)
        found = status(outcome, children, stood, generation=8, class_generation=3, now=NOW)
        assert condition(found, "EmotionsLive")["reason"] == reason


def test_that_a_pod_loads_does_not_stand_when_it_is_ready() -> None:
    loads = told(wanted(emotions=STEERED), seen(deployment=deployment(**STARTING), pods=[pod(running(40))]))
    assert condition(told(wanted(emotions=STEERED), seen(None), loads), "EmotionsLive")["reason"] == "EmotionsPending"


def test_halves_of_characters_do_not_get_into_a_status() -> None:
    """The API server stores others in their place, and the status would be written for ever."""
    refused = {"live_sha256": WANTED, "sentence": "No \udcff."}
    said = answer({"emotions": STATS | {"revision": "\udcff", "variants": {"\udcff": "joy=0.10"}, "refused": refused}})
    assert isinstance(said, Steers)
    assert (said.revision, said.variants, said.refused) == ("?", frozenset({"?"}), Refused(WANTED, "No ?."))


def test_many_pods_are_not_all_named() -> None:
    said = conditions(seen(*[LATE] * 5, owners=NEW * 5), replicas=5)["EmotionsLive"]["message"]
    assert said.startswith("Pods pod-0, pod-1, pod-2 and 2 more still steer")


def test_a_long_sentence_of_a_pod_is_cut() -> None:
    said = conditions(seen(Steers(BEFORE, "", refused=Refused(WANTED, "x" * 100_000))))
    assert len(said["EmotionsLive"]["message"]) < 1000


def test_vectors_alone_are_asked_about() -> None:
    """Requests may bring emotions of their own, and the next variant needs the vectors."""
    found = told(wanted(emotions={"vectors": VECTORS}), seen(LATE))
    assert condition(found, "EmotionsLive")["reason"] == Reason.EMOTIONS_PENDING


def test_without_vectors_there_is_no_such_condition() -> None:
    found = told(wanted(), Children(deployment=all_up(), pods=[pod(ready=True)]))
    assert "EmotionsLive" not in {each["type"] for each in found["conditions"]}
    assert condition(found, "Ready")["status"] == "True"


def test_while_the_first_pod_loads() -> None:
    loads = [pod(running(40))]
    found = answers(seen(deployment=deployment(**STARTING), pods=loads))
    assert found["EmotionsLive"] == found["Ready"] == ("False", "Loading")


def test_no_pod_is_wanted() -> None:
    found = answers(seen(deployment=deployment(asked=0)), replicas=0)
    assert found["EmotionsLive"] == found["Ready"] == ("False", "ScaledToZero")


def test_a_pod_that_ends_is_not_asked() -> None:
    ends = pod(ready=True, name="pod-9", uid="pod-9", deletionTimestamp="2026-03-01T12:05:00Z")
    stays = pod(ready=True, name="pod-0", uid="pod-0")
    assert answers(seen(GOOD, pods=[stays, ends]))["EmotionsLive"] == ("True", "Steering")


def test_old_pods_may_steer_as_they_were_told() -> None:
    """They have a live configuration of their own; during a roll it is theirs that callers meet, too."""
    deployed = deployment(asked=1, replicas=2, updatedReplicas=1, readyReplicas=2, availableReplicas=2)
    found = conditions(seen(GOOD, LATE, owners=NEW + OLD, deployment=deployed))
    assert (found["EmotionsLive"]["status"], found["EmotionsLive"]["reason"]) == ("False", "RolloutInProgress")
    assert found["EmotionsLive"]["message"].startswith("Pod pod-1 of an older generation steers")


def test_old_pods_that_steer_alike_are_no_reason() -> None:
    deployed = deployment(asked=1, replicas=2, updatedReplicas=1, readyReplicas=2, availableReplicas=2)
    found = answers(seen(GOOD, GOOD, owners=NEW + OLD, deployment=deployed))
    assert found["EmotionsLive"] == ("True", "Steering")
    assert found["Ready"] == ("False", "RolloutInProgress")


@pytest.mark.parametrize(
    ("said", "children", "spec", "expected"),
    [
        (GOOD, {}, {"paused": True}, ("True", "Steering")),
        (LATE, {}, {"paused": True}, ("False", "Paused")),
        (REFUSES, {}, {"paused": True}, ("False", "EmotionsRefused")),
        (GOOD, {"failure": Failure("ForeignObject", "Service demo is another's.")}, {}, ("True", "Steering")),
        (LATE, {"failure": Failure("ForeignObject", "ConfigMap is another's.")}, {}, ("False", "ForeignObject")),
    ],
)
def test_what_is_not_applied_does_not_come_by_itself(
    said: Answer, children: dict[str, Any], spec: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert answers(seen(said, **children), **spec)["EmotionsLive"] == expected


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ([GOOD, GOOD], ["demo", "base", "cheerful", "grave"]),
        ([GOOD, OTHER_FILES], ["demo", "base", "cheerful"]),
        ([LATE], ["demo", "base", "grave", "former"]),
        ([GOOD, LATE], ["demo", "base", "grave"]),
        ([REFUSES], ["demo", "base"]),
        ([SILENT], ["demo", "base", "cheerful"]),  # nobody says: those of before that are still asked for
        ([], ["demo", "base", "cheerful"]),
    ],
)
def test_served_names_are_those_that_every_pod_answers_to_now(said: list[Answer], names: list[str]) -> None:
    before = {"servedNames": ["demo", "base", "cheerful", "former"]}
    outcome = wanted(emotions=STEERED, servedNames=["base"])
    assert told(outcome, seen(*said), before)["servedNames"] == names


def test_no_more_names_than_a_status_holds() -> None:
    many = Steers(WANTED, "rev-1", frozenset(f"v{number}" for number in range(100)))
    assert len(told(wanted(emotions=STEERED), seen(many))["servedNames"]) == 64


def test_names_follow_while_the_class_waits() -> None:
    """Emotions do not wait; the rest of what is told is of before."""
    before = told(wanted(emotions=STEERED), seen(GOOD))
    turn = Turn(generation=4, rolling=False, others=("team/other",))
    retuned = wanted(emotions={**variants("grave")}, engine={"maxSequences": 3})
    after = told(retuned, seen(Steers(WANTED, "rev-3", frozenset({"grave"})), turn=turn), before)
    assert after["servedNames"] == ["demo", "grave"]
    assert after["effective"] == before["effective"]


STATS: dict[str, Any] = {
    "enabled": True,
    "revision": "0123456789ab",
    "live_sha256": WANTED,
    "per_request": True,
    "default": "none",
    "variants": {"cheerful": "happiness=0.50"},
    "vectors": {"happiness": "f" * 64},
    "active_mixes": 0,
    "max_active_mixes": 64,
    "refused": None,
}
SAID = Steers(WANTED, "0123456789ab", frozenset({"cheerful"}), frozenset({("happiness", "f" * 64)}))
NOT_OURS = "does not report emotions as this operator expects it"


@pytest.mark.parametrize(
    ("stats", "expected"),
    [
        ({"state": "ready", "emotions": STATS}, SAID),
        ({"emotions": STATS | {"later": [1]}}, SAID),
        (
            {"emotions": STATS | {"refused": {"live_sha256": BEFORE, "sentence": "No."}}},
            Steers(SAID.live, SAID.revision, SAID.variants, SAID.vectors, Refused(BEFORE, "No.")),
        ),
        (
            {"emotions": STATS | {"variants": {"x" * 129: "joy=0.10"}, "vectors": None}},
            Steers(SAID.live, SAID.revision),
        ),
    ],
)
def test_what_a_pod_says_is_read(stats: Any, expected: Answer) -> None:
    assert answer(stats) == expected


@pytest.mark.parametrize(
    ("stats", "why"),
    [
        ({"emotions": {"enabled": False}}, "it was started without vectors"),
        ({"steering": "off"}, NOT_OURS),
        ({"emotions": {"enabled": True, "revision": 3, "live_sha256": WANTED}}, NOT_OURS),
        ({"emotions": [1]}, NOT_OURS),
        ({}, NOT_OURS),
    ],
)
def test_what_is_no_answer_is_told_as_that(stats: Any, why: str) -> None:
    found = answer(stats)
    assert isinstance(found, Mute)
    assert why in found.why


def test_mixes_are_told_by_the_spec_alone_until_a_pod_says_so() -> None:
    """At the very first nobody has said anything: only the base model's names are promised."""
    emotions = {"vectors": VECTORS, "variants": [{"name": "happy", "mix": mix()}]}
    found = told(wanted(emotions=emotions), Children(deployment=None, steering=Steering(WANTED, {}, 1)))
    assert found["servedNames"] == ["demo"]

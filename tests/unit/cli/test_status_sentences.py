"""What `status` says of a ModelServer, from the statuses that the operator's own code makes."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.operator.scalers import at_work
from tests.unit.operator.seen import (
    COUNTS,
    NOW,
    OLD,
    REPLICA_SETS,
    STARTING,
    all_up,
    deployment,
    pod,
    running,
    scaled,
    serving,
    told,
    waiting,
    wanted,
)

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.cli.status.advice import ADVICE, State
from modelserver_operator.cli.status.readiness import readiness
from modelserver_operator.cli.status.saying import Said, said
from modelserver_operator.resolve import Refusal
from modelserver_operator.status import Children, Load, Scalers
from modelserver_operator.status.report import ON_ITS_WAY

Status = Mapping[str, Any]
CREATED = (NOW - timedelta(hours=1)).isoformat()


def server(status: Status | None, generation: int = 7, **metadata: Any) -> dict[str, Any]:
    """A ModelServer as the API server has it."""
    whose = {"name": "demo", "namespace": "team", "generation": generation, "creationTimestamp": CREATED}
    return {"metadata": whose | metadata, "spec": {"replicas": 1}, **({"status": status} if status else {})}


def of(status: Status | None, **metadata: Any) -> Said:
    return said(server(status, **metadata), NOW)


def seen(deployed: dict[str, Any] | None, *pods: dict[str, Any], **spec: Any) -> Status:
    """The status that the operator writes for these children."""
    return told(wanted(**spec), Children(deployment=deployed, replica_sets=REPLICA_SETS, pods=pods))


ROLLING = deployment(asked=3, **{**dict.fromkeys(COUNTS, 3), "updatedReplicas": 1})
NO_ROOM = "0/3 nodes: 3 Insufficient nvidia.com/gpu."


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_remedy(reason: Reason) -> None:
    advice = ADVICE[reason]
    assert bool(advice.todo) == (advice.state != State.WELL)
    fields = {name for _, name, _, _ in string.Formatter().parse(advice.todo) if name}
    assert fields <= {"name", "namespace"}
    assert not advice.todo or advice.todo.endswith(".")


def test_what_passes_by_itself_is_what_the_operator_calls_so() -> None:
    passing = {reason for reason, advice in ADVICE.items() if advice.state == State.ON_ITS_WAY}
    beside_ready = {Reason.WAITING_FOR_TURN, Reason.SCALER_PENDING}  # of which Ready never speaks
    assert passing == set(ON_ITS_WAY) | beside_ready


def test_all_is_well() -> None:
    assert of(seen(all_up(), pod(ready=True))) == Said(State.WELL, "Serves: 1 pod answers.")
    assert of(seen(all_up(3), *serving(all_up(3)), replicas=3)).sentence == "Serves: 3 pods answer."


def test_a_pod_that_loads() -> None:
    found = of(seen(deployment(**STARTING), pod(running(95))))
    assert found == Said(State.ON_ITS_WAY, "Pod demo-1 loads the model: 1 min 30 s of at most 30 min.", "Wait.")


def test_a_pod_that_finds_no_room_beside_one_that_answers() -> None:
    old_answers = deployment(replicas=2, updatedReplicas=1, readyReplicas=1, availableReplicas=1)
    found = of(seen(old_answers, pod(scheduled=NO_ROOM), pod(ready=True, owner=OLD)))
    assert found.state == State.NEEDS_HELP
    assert found.sentence.startswith("No node has room for pod demo-1")
    assert found.sentence.endswith("Meanwhile 1 pod answers.")
    assert found.todo == "Make room for it (free nodes, or add some), or ask for less."


def test_a_pod_without_an_image_and_nobody_else() -> None:
    found = of(seen(deployment(**STARTING), pod(waiting("ErrImagePull", "not found"))))
    assert found.sentence.endswith("ErrImagePull: not found. No pod answers.")


def test_a_rollout_says_how_many_answer_once() -> None:
    old = pod(ready=True, owner=OLD)
    found = of(seen(ROLLING, pod(ready=True), old, old, replicas=3))
    assert found == Said(State.ON_ITS_WAY, "1 of 3 pods runs this generation, 3 pods answer.", "Wait.")


def test_a_change_that_is_refused_while_the_old_goes_on() -> None:
    refusal = Refusal(Reason.FORBIDDEN_BY_CLASS, "not here.", "spec.profile")
    found = of(told(refusal, Children(deployment=all_up(2), pods=[pod(ready=True)])))
    assert found.state == State.NEEDS_HELP
    assert found.sentence == "spec.profile: not here. What ran before goes on: 2 pods answer."


def test_a_pause_is_as_asked() -> None:
    found = of(seen(all_up(), pod(ready=True), paused=True))
    assert (found.state, found.todo[:25]) == (State.AS_ASKED, "Set spec.paused to false ")
    assert found.sentence.endswith("Meanwhile 1 pod answers.")
    assert of(seen(None, paused=True)).state == State.AS_ASKED


def test_no_pods_since_none_are_asked_for() -> None:
    found = of(seen(deployment(asked=0), replicas=0))
    assert found.state == State.AS_ASKED
    assert found.sentence == "spec.replicas is 0, so no pod is wanted; set it to 1 or more to serve."


def test_a_server_that_serves_and_whose_scaler_has_no_load() -> None:
    blind = scaled(
        Scalers(hpa=at_work(3, ScalingActive="False/FailedGetObjectMetric")), load=Load(None, 4, why="none says it")
    )
    found = of(blind)
    assert found.state == State.NEEDS_HELP
    assert found.sentence.startswith("Serves: 3 pods answer. The number of pods stays as it is")
    assert "port 9000" in found.todo


def test_a_server_that_serves_while_its_scaler_adds_a_pod() -> None:
    deployed = deployment(asked=3, **{**dict.fromkeys(COUNTS, 2), "replicas": 3, "updatedReplicas": 3})
    found = of(seen(deployed, *serving(deployed, pod(running(30))), replicas=2))
    assert found.state == State.ON_ITS_WAY
    assert found.sentence == "Serves: 2 pods answer. Pod demo-1 loads the model: 30 s of at most 30 min."


def test_emotions_that_are_refused_are_told_beside_another_cause() -> None:
    status = dict(seen(deployment(**STARTING), pod(running(95))))
    status["conditions"] = [*status["conditions"], condition(Reason.EMOTIONS_REFUSED, "Pod demo-1 says why: no joy")]
    found = of(status)
    assert found.sentence.startswith("Pod demo-1 loads the model")
    assert "says why: no joy." in found.sentence
    assert (found.state, found.todo) == (State.NEEDS_HELP, ADVICE[Reason.EMOTIONS_REFUSED].todo)


def condition(reason: str, message: str) -> dict[str, Any]:
    kind = {"type": str(ConditionType.EMOTIONS_LIVE), "status": "False", "observedGeneration": 7}
    return kind | {"reason": reason, "message": message, "lastTransitionTime": CREATED}


def test_a_change_that_nobody_has_looked_at_says_nothing_of_before() -> None:
    ready = seen(all_up(), pod(ready=True))
    spec_write = {"time": (NOW - timedelta(seconds=5)).isoformat(), "operation": "Apply"}
    status_write = {"time": NOW.isoformat(), "subresource": "status"}
    found = of(ready, generation=8, managedFields=[spec_write, status_write])
    expected = "The operator has not looked at its last change yet. Meanwhile 1 pod answers."
    assert found == Said(State.ON_ITS_WAY, expected, "Wait.")


def test_an_operator_that_does_not_look_for_long_needs_help() -> None:
    stopped = [{"time": (NOW - timedelta(seconds=90)).isoformat(), "operation": "Apply"}]
    found = of(seen(all_up(), pod(ready=True)), generation=8, managedFields=stopped)
    assert found.state == State.NEEDS_HELP
    assert "See whether the operator runs" in found.todo
    assert of(None).sentence == "The operator has not looked at it yet."
    assert of(None).state == State.NEEDS_HELP


DAY = "2026-03-01T{}Z"  # of NOW, which is noon
READY = {"type": "Ready", "status": "True"}
UNREADY = {"type": "Ready", "status": "False"}


def since(condition: dict[str, str], time: str, **metadata: Any) -> dict[str, Any]:
    """A pod that is so since then."""
    made = pod()
    made["metadata"] |= metadata
    made["status"]["conditions"] = [condition | {"lastTransitionTime": DAY.format(time)}]
    return made


NEITHER = "The status says that 1 pod answers, and none is Ready: the operator has not looked."
GRACE = {"deletionTimestamp": DAY.format("12:05:00"), "deletionGracePeriodSeconds": 390}  # told to end at 11:58:30


@pytest.mark.parametrize(
    ("pods", "sentence"),
    [
        ([since(READY, "09:00:00")], None),
        ([since(UNREADY, "11:58:30")], NEITHER),
        ([since(UNREADY, "11:59:30")], None),  # it may be about to look
        ([since(READY, "09:00:00"), since(READY, "11:58:30")], NEITHER.replace("none is", "2 are")),
        ([since(READY, "09:00:00"), since(READY, "11:59:30")], None),
        ([since(READY, "09:00:00", **GRACE)], NEITHER),
        ([since(READY, "09:00:00", **GRACE | {"deletionGracePeriodSeconds": 330})], None),
    ],
)
def test_a_status_that_the_pods_belie_is_not_believed(pods: list[dict[str, Any]], sentence: str | None) -> None:
    """What an operator wrote that has been away since."""
    found = said(server(seen(all_up(), pod(ready=True))), NOW, readiness(pods))
    assert found.sentence == (sentence or "Serves: 1 pod answers.")
    assert found.state == (State.NEEDS_HELP if sentence else State.WELL)
    assert found.todo.startswith("See whether the operator runs") is bool(sentence)


def test_that_no_pod_is_left_may_have_come_to_pass_just_now() -> None:
    """One that is removed at once, or whose node is, leaves nothing that tells when."""
    found = said(server(seen(all_up(), pod(ready=True))), NOW, readiness([]))
    sentence = "The status says that 1 pod answers, and there is none: the operator has yet to look."
    assert (found.state, found.sentence) == (State.ON_ITS_WAY, sentence)
    assert found.todo.startswith("Wait. If it lasts: See whether the operator runs")


def test_how_many_answer_meanwhile_is_what_the_pods_say() -> None:
    late = server(seen(all_up(), pod(ready=True)), generation=8)
    assert "Meanwhile" not in said(late, NOW, readiness([since(UNREADY, "11:58:30")])).sentence
    assert said(late, NOW).sentence.endswith("Meanwhile 1 pod answers.")


def test_one_that_is_deleted() -> None:
    found = of(seen(all_up(), pod(ready=True)), deletionTimestamp=NOW.isoformat())
    assert found.sentence.startswith("It is being deleted")


def test_a_reason_of_a_newer_operator_still_says_what_it_is() -> None:
    status = dict(seen(all_up(), pod(ready=True)))
    status["conditions"] = [*status["conditions"], condition("FromTheFuture", "something new")]
    found = of(status)
    assert (found.state, found.todo) == (State.NEEDS_HELP, "See `kubectl describe ms demo -n team`.")


def test_commands_in_a_remedy_are_whole() -> None:
    looping = waiting("CrashLoopBackOff") | {"lastState": {"terminated": {"exitCode": 1, "message": "no."}}}
    todo = of(seen(deployment(**STARTING), pod(looping))).todo
    assert "`kubectl logs -n team -l app.kubernetes.io/instance=demo --previous`" in todo

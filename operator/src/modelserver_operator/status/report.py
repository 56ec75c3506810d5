"""From what is seen to the status that people and programs read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.resolve import Refusal, Resolved, effective, identity
from modelserver_operator.status import scaling
from modelserver_operator.status.checks import (
    OF_PODS,
    first,
    not_applied,
    paused,
    pods_on_their_way,
    pods_rejected,
    refused,
    shortcomings,
    waits_for_turn,
    why_not_ready,
)
from modelserver_operator.status.emotions import served_names, told
from modelserver_operator.status.finding import Finding
from modelserver_operator.status.observed import Children, Observed
from modelserver_operator.status.transitions import Answer, conditions, text
from modelserver_operator.status.words import STEP_SECONDS

# Causes that pass without anybody's help.
ON_ITS_WAY = (
    Reason.DRAINING,
    Reason.CONTAINER_CREATING,
    Reason.DOWNLOADING,
    Reason.LOADING,
    Reason.NOT_READY,
    Reason.ROLLOUT_IN_PROGRESS,
    Reason.ADDING_PODS,
    Reason.EMOTIONS_PENDING,
    Reason.EMOTIONS_DIFFER,
)

# What passes with time alone. A download that has failed is told of until another attempt has lasted; why a pod is not
# started the kubelet says in Events, which nobody watches; and a started pod may just not have answered in time.
TIMED = (
    Reason.LOADING,
    Reason.DOWNLOADING,
    Reason.DOWNLOAD_FAILED,
    Reason.CONTAINER_CREATING,
    Reason.SECRET_MISSING,
    Reason.NOT_READY,
)


def status(
    outcome: Resolved | Refusal,
    children: Children,
    previous: Mapping[str, Any],
    *,
    generation: int,
    class_generation: int | None,
    now: datetime,
) -> dict[str, Any]:
    """The status of one ModelServer.

    children: as read after this pass's applies. previous: the status as stored, empty at first.
    generation: of the ModelServer that `outcome` is about. class_generation: of its class, None when there is none.
    now: an aware time; a condition's transition time stays when its answer stays.
    """
    seen = Observed(outcome, children, now, previous, generation)
    scaled = scaling.told(seen)
    return {
        "observedGeneration": generation,
        **_of_class(seen, previous, class_generation, now),
        "conditions": conditions(answers(seen, scaled.finding), previous, generation, now),
        "replicas": int(seen.deployed.get("replicas", 0)),
        "readyReplicas": int(seen.deployed.get("readyReplicas", 0)),
        **({"autoscaling": scaled.decision} if scaled.decision else {}),
        **_facts(seen, previous),
    }


def changes_within(current: Mapping[str, Any]) -> float | None:
    """After how many seconds the status reads differently though nothing has happened; None: never.

    It tells for how long a server has been loading or downloading, and why a pod does not start or does not answer, and
    no watch says that time has passed, that the kubelet has complained, or what a pod would say now. Of a pod that a
    scaler has added, or beside a child that is not as wanted, not Ready tells it, but another condition.
    """
    return STEP_SECONDS if any(each["reason"] in TIMED for each in current["conditions"]) else None


def answers(seen: Observed, scaled: Finding | None) -> list[Answer]:
    """Each condition's answer with its cause; `scaled`: that of ScalingActive, if there is to be any."""
    cause = why_not_ready(seen)
    return [
        (ConditionType.READY, cause is None, cause or _ready(seen)),
        _reconciled(seen),
        _available(seen, cause),
        _progressing(seen, cause),
        *_scaling_active(scaled),
        *_emotions_live(seen, cause),
    ]


def _ready(seen: Observed) -> Finding:
    scaled = isinstance(seen.outcome, Resolved) and seen.outcome.autoscaling
    number = seen.serving if scaled else seen.wanted
    pods = "1 pod runs" if number == 1 else f"{number} pods run"
    return Finding(Reason.READY, f"{pods} this generation and answer{'s' if number == 1 else ''}.")


def _reconciled(seen: Observed) -> Answer:
    cause = first((refused, paused, not_applied, shortcomings), seen)
    but = ", but for the Deployment: it follows the class when it has its turn" if seen.waits_for_turn else ""
    return ConditionType.RECONCILED, cause is None, cause or Finding(Reason.APPLIED, f"All children are applied{but}.")


def _available(seen: Observed, cause: Finding | None) -> Answer:
    if seen.serving:
        text = f"{seen.serving} pod{'s' if seen.serving > 1 else ''} can answer requests."
        return ConditionType.AVAILABLE, True, Finding(Reason.SERVING, text)
    found = _of_pods(seen, cause) or Finding(Reason.NO_PODS, "No pod answers.")
    return ConditionType.AVAILABLE, False, found


def _progressing(seen: Observed, cause: Finding | None) -> Answer:
    if waits := waits_for_turn(seen):
        return ConditionType.PROGRESSING, True, waits
    if cause is None and (added := first((pods_rejected, pods_on_their_way), seen)):  # by a scaler; Ready needs none
        return ConditionType.PROGRESSING, added.reason in ON_ITS_WAY, added
    if cause is None:
        return ConditionType.PROGRESSING, False, Finding(Reason.COMPLETE, "Nothing is left to be done.")
    found = _of_pods(seen, cause) or cause
    return ConditionType.PROGRESSING, found.reason in ON_ITS_WAY, found


def _of_pods(seen: Observed, cause: Finding | None) -> Finding | None:
    """Of a child that could not be made as wished Ready tells; the pods may be on their way all the same."""
    if cause is None or cause != not_applied(seen):
        return cause
    return first(OF_PODS, seen) or cause


def _scaling_active(found: Finding | None) -> Iterable[Answer]:
    if found:
        yield ConditionType.SCALING_ACTIVE, found.reason == Reason.SCALING, found


def _emotions_live(seen: Observed, cause: Finding | None) -> Iterable[Answer]:
    """What is on its way is so only where it was applied, and where there is a pod to take it over."""
    found = told(seen)
    if found and found.reason == Reason.EMOTIONS_PENDING:
        found = first((paused, not_applied), seen) or (found if seen.ready_pods else cause)
    if found:
        yield ConditionType.EMOTIONS_LIVE, found.reason == Reason.STEERING, found


def _of_class(seen: Observed, previous: Mapping[str, Any], generation: int | None, now: datetime) -> dict[str, Any]:
    """The class's generation, which stays the old one while nothing of the new one is in force; and the rollout to a
    new one, which says so from before the first pod goes."""
    held = seen.paused or seen.waits_for_turn
    current = previous.get("classGeneration") if held else generation
    found: dict[str, Any] = {} if current is None else {"classGeneration": current}
    turn = seen.children.turn
    if turn is None or not turn.rolling:
        return found
    before = previous.get("classRollout", {})
    started = before["startedAt"] if before.get("generation") == turn.generation else text(now)
    return found | {"classRollout": {"generation": turn.generation, "startedAt": started}}


def _facts(seen: Observed, previous: Mapping[str, Any]) -> dict[str, Any]:
    """What is in force; while the object is not acted on, or its class's change waits, that is what was before, but
    for the names: emotions do not wait."""
    outcome = seen.outcome
    kept = {key: previous[key] for key in ("selector", "url", "servedNames", "effective") if key in previous}
    if isinstance(outcome, Refusal) or seen.paused:
        return kept
    if seen.waits_for_turn:
        return {**kept, "servedNames": served_names(seen, outcome, previous)}
    return {
        "selector": ",".join(f"{key}={value}" for key, value in identity.selector(outcome.name).items()),
        "url": identity.url(outcome.name, outcome.namespace),
        "servedNames": served_names(seen, outcome, previous),
        "effective": [
            {"name": name, "value": str(valued.value), "reason": valued.reason} for name, valued in effective(outcome)
        ],
    }

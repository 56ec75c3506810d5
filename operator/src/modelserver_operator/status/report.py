"""From what is seen to the status that people and programs read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.resolve import Refusal, Resolved, identity
from modelserver_operator.status.checks import first, not_applied, refused, steering_not_served, why_not_ready
from modelserver_operator.status.finding import Finding, bounded
from modelserver_operator.status.observed import Children, Observed
from modelserver_operator.status.podchecks import STEP_SECONDS

Answer = tuple[ConditionType, bool, Finding]

# Causes that pass without anybody's help.
ON_ITS_WAY = (
    Reason.DRAINING,
    Reason.CONTAINER_CREATING,
    Reason.LOADING,
    Reason.NOT_READY,
    Reason.ROLLOUT_IN_PROGRESS,
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
    seen = Observed(outcome, children, now)
    return {
        "observedGeneration": generation,
        **({} if class_generation is None else {"classGeneration": class_generation}),
        "conditions": _conditions(answers(seen), previous, generation, now),
        "replicas": seen.count("replicas"),
        "readyReplicas": seen.count("readyReplicas"),
        **_facts(outcome, previous),
    }


def changes_within(current: Mapping[str, Any]) -> float | None:
    """After how many seconds the status reads differently though nothing has happened; None: never.

    It tells for how long a server has been loading, and no event says that time has passed.
    """
    ready = next(each for each in current["conditions"] if each["type"] == ConditionType.READY)
    return STEP_SECONDS if ready["reason"] == Reason.LOADING else None


def answers(seen: Observed) -> list[Answer]:
    """Each condition's answer with its cause."""
    cause = why_not_ready(seen)
    return [
        (ConditionType.READY, cause is None, cause or _ready(seen)),
        _reconciled(seen),
        _available(seen, cause),
        _progressing(cause),
        *_emotions_live(seen),
    ]


def _ready(seen: Observed) -> Finding:
    pods = "1 pod runs" if seen.wanted == 1 else f"{seen.wanted} pods run"
    return Finding(Reason.READY, f"{pods} this generation and answer{'s' if seen.wanted == 1 else ''}.")


def _reconciled(seen: Observed) -> Answer:
    cause = first((refused, not_applied), seen)
    return ConditionType.RECONCILED, cause is None, cause or Finding(Reason.APPLIED, "All children are applied.")


def _available(seen: Observed, cause: Finding | None) -> Answer:
    answering = seen.count("availableReplicas")
    if answering:
        text = f"{answering} pod{'s' if answering > 1 else ''} can answer requests."
        return ConditionType.AVAILABLE, True, Finding(Reason.SERVING, text)
    return ConditionType.AVAILABLE, False, cause or Finding(Reason.NO_PODS, "No pod answers.")


def _progressing(cause: Finding | None) -> Answer:
    if cause is None:
        return ConditionType.PROGRESSING, False, Finding(Reason.COMPLETE, "Nothing is left to be done.")
    return ConditionType.PROGRESSING, cause.reason in ON_ITS_WAY, cause


def _emotions_live(seen: Observed) -> Iterable[Answer]:
    if cause := steering_not_served(seen):
        yield ConditionType.EMOTIONS_LIVE, False, cause


def _conditions(
    given: Iterable[Answer], previous: Mapping[str, Any], generation: int, now: datetime
) -> list[dict[str, Any]]:
    before = {each["type"]: each for each in previous.get("conditions", ())}
    return [
        {
            "type": str(kind),
            "status": str(holds),
            "reason": str(cause.reason),
            "message": bounded(cause.message),
            "observedGeneration": generation,
            "lastTransitionTime": _since(before.get(kind, {}), str(holds), now),
        }
        for kind, holds, cause in given
    ]


def _since(before: Mapping[str, Any], holds: str, now: datetime) -> str:
    if before.get("status") == holds:
        return str(before["lastTransitionTime"])
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _facts(outcome: Resolved | Refusal, previous: Mapping[str, Any]) -> dict[str, Any]:
    """What is in force; while the object is refused, that is what was in force before."""
    if isinstance(outcome, Refusal):
        return {key: previous[key] for key in ("selector", "url", "servedNames", "effective") if key in previous}
    return {
        "selector": ",".join(f"{key}={value}" for key, value in identity.selector(outcome.name).items()),
        "url": identity.url(outcome.name, outcome.namespace),
        "servedNames": list(outcome.served_names),
        "effective": [
            {"name": name, "value": str(valued.value), "reason": valued.reason} for name, valued in outcome.effective()
        ],
    }

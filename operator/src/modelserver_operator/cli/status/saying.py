"""What is going on with a ModelServer in a sentence or two, and what to do about it: from the object, and from how many
of its pods are Ready, where that is known. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.cli.status.advice import ADVICE, UNKNOWN, Advice, State
from modelserver_operator.cli.status.readiness import Readiness

Seen = Mapping[str, Any]

# An operator that runs has looked at a change after a second or two; API server's and this clock may differ.
LATE = timedelta(seconds=60)
# Beside Ready, whose reason comes first: what may be wrong though Ready has another reason, or none.
OTHERS = (ConditionType.RECONCILED, ConditionType.EMOTIONS_LIVE, ConditionType.SCALING_ACTIVE)
NOT_ACTED_ON = (
    Reason.CLASS_NOT_FOUND,
    Reason.CLASS_INVALID,
    Reason.SPEC_INVALID,
    Reason.FORBIDDEN_BY_CLASS,
    Reason.KUBERNETES_TOO_OLD,
)
OPERATOR = (
    "See whether the operator runs, and for this namespace: "
    "`kubectl get pods -A -l app.kubernetes.io/name=modelserver-operator`."
)


@dataclass(frozen=True)
class Said:
    """How it is, what is going on, and what to do about it; todo is empty where nothing is to be done.

    told: whether the sentence says already what to do.
    """

    state: State
    sentence: str
    todo: str = ""
    told: bool = False


def said(server: Seen, now: datetime, real: Readiness | None = None) -> Said:
    """Of a ModelServer as the API server has it; `now` is an aware time. real: of its pods; None: nobody knows."""
    if "deletionTimestamp" in server["metadata"]:
        return Said(State.ON_ITS_WAY, "It is being deleted; its pods finish their requests first.", "Wait.")
    conditions = current(server)
    if ConditionType.READY not in conditions:
        return _not_looked_at(server, now, real.number if real else answering(server))
    if real and _differs(server, now, real):
        return _not_so(server, real)
    return _of(conditions, server)


def current(server: Seen) -> dict[str, Seen]:
    """The conditions by type, those of an older generation left out: nobody knows whether they still hold."""
    generation = server["metadata"].get("generation", 0)
    found: Sequence[Seen] = _status(server).get("conditions", ())
    return {each["type"]: each for each in found if each.get("observedGeneration", 0) >= generation}


def answering(server: Seen) -> int:
    """How many pods answer, as far as the status knows."""
    return int(_status(server).get("readyReplicas") or 0)


def _not_looked_at(server: Seen, now: datetime, number: int) -> Said:
    late = now - _changed(server) > LATE
    what = "its last change" if _status(server).get("conditions") else "it"
    parts = [f"The operator has not looked at {what} yet.", _meanwhile("Meanwhile", number)]
    state, todo = (State.NEEDS_HELP, OPERATOR) if late else (State.ON_ITS_WAY, "Wait.")
    return Said(state, " ".join(filter(None, parts)), todo)


def _differs(server: Seen, now: datetime, real: Readiness) -> bool:
    """Whether the pods say otherwise than the status of how many answer, and have not just begun to."""
    return real.number != answering(server) and (real.since is None or now - real.since > LATE)


def _not_so(server: Seen, real: Readiness) -> Said:
    """Nothing else of the status is told then: it is as old. That none is left does not tell since when."""
    claim = f"The status says that {pods(answering(server))}"
    if real.since is None:
        return Said(
            State.ON_ITS_WAY,
            f"{claim}, and there is none: the operator has yet to look.",
            f"Wait. If it lasts: {OPERATOR}",
        )
    are = "none is" if not real.number else f"{real.number} {'is' if real.number == 1 else 'are'}"
    return Said(State.NEEDS_HELP, f"{claim}, and {are} Ready: the operator has not looked.", OPERATOR)


def _changed(server: Seen) -> datetime:
    """When somebody last wrote anything but the status."""
    metadata = server["metadata"]
    writes = [each for each in metadata.get("managedFields", ()) if each.get("subresource") != "status"]
    times = [each["time"] for each in writes if "time" in each] + [metadata["creationTimestamp"]]
    return max(datetime.fromisoformat(time) for time in times)


def _of(conditions: Mapping[str, Seen], server: Seen) -> Said:
    troubles = list(_troubles(conditions))
    advised = [(each, ADVICE.get(each["reason"], UNKNOWN)) for each in troubles]
    state = max((advice.state for _, advice in advised), key=lambda each: each.rank, default=State.WELL)
    grave = [advice for _, advice in advised if advice.state == state]
    todos = dict.fromkeys(_todo(advice, server) for advice in grave)
    told = bool(grave) and all(advice.told for advice in grave)
    return Said(state, _sentences(conditions, troubles, state, server), " ".join(filter(None, todos)), told)


def _troubles(conditions: Mapping[str, Seen]) -> Iterator[Seen]:
    """The conditions to be told of, each cause once, the gravest first."""
    told = set()
    for kind in (ConditionType.READY, *OTHERS):
        found = conditions.get(kind)
        if found and found["status"] != "True" and found["reason"] not in told:
            told.add(found["reason"])
            yield found
    progress = conditions.get(ConditionType.PROGRESSING, {})
    added = conditions[ConditionType.READY]["status"] == "True" and progress.get("reason") not in (
        None,
        Reason.COMPLETE,
    )
    if added and progress["reason"] not in told:
        yield progress


def _todo(advice: Advice, server: Seen) -> str:
    metadata = server["metadata"]
    return advice.todo.format(name=metadata["name"], namespace=metadata.get("namespace", "default"))


def _sentences(conditions: Mapping[str, Seen], troubles: Sequence[Seen], state: State, server: Seen) -> str:
    messages = " ".join(_closed(each["message"]) for each in troubles)
    number = answering(server)
    if conditions[ConditionType.READY]["status"] == "True":
        return " ".join(filter(None, (f"Serves: {pods(number)}.", messages)))
    if _serves(conditions):
        return " ".join(filter(None, (messages, _beside(messages, conditions, number))))
    nobody = state == State.NEEDS_HELP and "No pod answers" not in messages
    return f"{messages} No pod answers." if nobody else messages


def _serves(conditions: Mapping[str, Seen]) -> bool:
    return conditions.get(ConditionType.AVAILABLE, {}).get("status") == "True"


def _beside(messages: str, conditions: Mapping[str, Seen], number: int) -> str:
    """That somebody answers all the same, unless the messages say so already."""
    if re.search(r"\d+ pods? answers?\b", messages):
        return ""
    refused = conditions[ConditionType.READY]["reason"] in NOT_ACTED_ON
    return _meanwhile("What ran before goes on:" if refused else "Meanwhile", number)


def _meanwhile(how: str, number: int) -> str:
    return f"{how} {pods(number)}." if number else ""


def pods(number: int) -> str:
    """How many answer, for the end of a sentence."""
    return "1 pod answers" if number == 1 else f"{number} pods answer"


def _closed(message: str) -> str:
    return message if message.endswith((".", "!", "?")) else f"{message}."


def _status(server: Seen) -> Seen:
    found: Seen = server.get("status") or {}
    return found

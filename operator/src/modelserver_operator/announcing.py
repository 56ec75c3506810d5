"""Events of ModelServers: for transitions of conditions, numbers of pods, and repairs. Each stands in the log, too."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.cluster import Cluster, ClusterError, Manifest, event
from modelserver_operator.repairs import Repair
from modelserver_operator.status import condition, is_news

Place = tuple[str, str]  # namespace and name of a ModelServer

# The reasons of Events that are no condition's.
SCALED, REPAIRED = "Scaled", "Repaired"
PAUSE = timedelta(minutes=1)  # between two Events of repairs of the same object

# A scaler of pods of which none answers yet has nothing to read, as is usual at first.
UNREAD = (Reason.LOAD_UNKNOWN, Reason.METRIC_UNREADABLE)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Note:
    """What is to be said of a condition that has changed."""

    about: ConditionType
    reason: str
    text: str
    warning: bool


@dataclass
class Announcer:
    """Posts Events. `instance` names this process in them."""

    cluster: Cluster
    now: Callable[[], datetime]
    instance: str
    _quiet: dict[Place, dict[str, datetime]] = field(default_factory=dict)  # until when, of each repaired object

    async def changed(self, server: Manifest, previous: Manifest, current: Manifest) -> None:
        """Of a new status, once it is written: an operator that ends in between has posted nothing."""
        if _has_changed(ConditionType.READY, previous, current):
            ready = condition(current, ConditionType.READY)
            log.info("%s: Ready is %s, %s: %s", _name(server), ready["status"], ready["reason"], ready["message"])
        for note in notes(previous, current):
            if note.about != ConditionType.READY:
                log.info("%s: %s: %s", _name(server), note.reason, note.text)
            await self._post(server, note.reason, note.text, warning=note.warning)

    async def repaired(self, server: Manifest, repairs: Iterable[Repair]) -> None:
        """What others have changed in its children and was put back; somebody who goes on is not told each time."""
        quiet, now = self._quiet.setdefault(_place(server), {}), self.now()
        for repair in repairs:
            log.info("%s: %s", _name(server), repair)
            if now >= quiet.get(repair.title, now):
                quiet[repair.title] = now + PAUSE
                await self._post(server, REPAIRED, str(repair), warning=False)

    def forget(self, place: Place) -> None:
        """The ModelServer is gone."""
        self._quiet.pop(place, None)

    async def _post(self, server: Manifest, reason: str, note: str, *, warning: bool) -> None:
        told = event(server, reason=reason, note=note, warning=warning, instance=self.instance, now=self.now())
        try:
            await self.cluster.create(told)
        except ClusterError as error:  # status and log say it too; an Event is not worth another pass, and is lost
            log.warning("%s: cannot post an Event: %s", _name(server), error)


def notes(previous: Manifest, current: Manifest) -> Iterator[Note]:
    """What is to be said of a new status: for each transition, which is another status or reason, once; of what the
    scaler decides, the numbers of pods that it sets."""
    if _has_changed(ConditionType.READY, previous, current):
        yield from _of_ready(current)
    if is_news(previous, current):
        message = condition(current, ConditionType.SCALING_ACTIVE)["message"]
        yield Note(ConditionType.SCALING_ACTIVE, SCALED, message, warning=False)
    elif _has_changed(ConditionType.SCALING_ACTIVE, previous, current):
        yield from _of_scaler(current)
    yield from _beside_ready(previous, current)


def _of_ready(current: Manifest) -> Iterator[Note]:
    """Of a retune there is one Event: when it is in force, or refused."""
    ready = condition(current, ConditionType.READY)
    if ready["reason"] != Reason.EMOTIONS_PENDING:
        yield Note(ConditionType.READY, ready["reason"], ready["message"], _needs_help(current))


def _of_scaler(current: Manifest) -> Iterator[Note]:
    """Whether it scales. One that is being made passes by itself; and what Ready tells is told."""
    found = condition(current, ConditionType.SCALING_ACTIVE)
    told = condition(current, ConditionType.READY)["reason"]
    if not found or found["reason"] in (Reason.SCALER_PENDING, told):
        return
    well = found["status"] == "True" or found["reason"] == Reason.REPLICAS_KEPT
    unread = found["reason"] in UNREAD and condition(current, ConditionType.AVAILABLE)["status"] != "True"
    yield Note(ConditionType.SCALING_ACTIVE, found["reason"], found["message"], warning=not (well or unread))


def _beside_ready(previous: Manifest, current: Manifest) -> Iterator[Note]:
    """What waits, or needs somebody, though Ready is True; not what Ready has told of before it became so."""
    reason = _reason_beside(current)
    if reason and reason not in (_reason_beside(previous), condition(previous, ConditionType.READY).get("reason")):
        found = condition(current, ConditionType.PROGRESSING)
        yield Note(ConditionType.PROGRESSING, reason, found["message"], warning=found["status"] != "True")


def _reason_beside(status: Manifest) -> str:
    """Of Progressing, where Ready is True: the class's turn, or the pods that a scaler adds, and not those of them that
    are on their way. Empty also until a pod is counted as not ready that is seen to be: Ready may be what tells it."""
    ready, found = condition(status, ConditionType.READY), condition(status, ConditionType.PROGRESSING)
    reason = str(found.get("reason", ""))
    if ready.get("status") != "True" or reason == Reason.COMPLETE:
        return ""
    if reason in (Reason.WAITING_FOR_TURN, Reason.REJECTED_BY_API_SERVER):
        return reason
    is_counted = status.get("readyReplicas", 0) < status.get("replicas", 0)
    return reason if is_counted and found.get("status") != "True" else ""


def _has_changed(kind: ConditionType, previous: Manifest, current: Manifest) -> bool:
    before, after = condition(previous, kind), condition(current, kind)
    return any(before.get(name) != after.get(name) for name in ("status", "reason"))


def _place(server: Manifest) -> Place:
    return server["metadata"]["namespace"], server["metadata"]["name"]


def _name(server: Manifest) -> str:
    return "/".join(_place(server))


def _needs_help(current: Manifest) -> bool:
    """Not Ready, not because nobody wants it to be, and nothing under way that would change it."""
    ready, progressing = (condition(current, kind) for kind in (ConditionType.READY, ConditionType.PROGRESSING))
    intended = (Reason.SCALED_TO_ZERO, Reason.PAUSED)
    return "True" not in (ready["status"], progressing["status"]) and ready["reason"] not in intended

"""Events of ModelServers: for transitions of Ready, numbers of pods, and repairs. Each stands in the log, too."""

import logging
from collections.abc import Callable, Iterable
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

log = logging.getLogger(__name__)


@dataclass
class Announcer:
    """Posts Events. `instance` names this process in them."""

    cluster: Cluster
    now: Callable[[], datetime]
    instance: str
    _quiet: dict[Place, dict[str, datetime]] = field(default_factory=dict)  # until when, of each repaired object

    async def changed(self, server: Manifest, previous: Manifest, current: Manifest) -> None:
        """Of a new status: whether Ready has changed, in status or reason, and the number of pods that a scaler sets.

        Of a retune there is one Event: when it is in force, or refused.
        """
        before, after = condition(previous, ConditionType.READY), condition(current, ConditionType.READY)
        if (before.get("status"), before.get("reason")) != (after["status"], after["reason"]):
            log.info("%s: Ready is %s, %s: %s", _name(server), after["status"], after["reason"], after["message"])
            if after["reason"] != Reason.EMOTIONS_PENDING:
                await self._post(server, after["reason"], after["message"], warning=_needs_help(current))
        if is_news(previous, current):
            message = condition(current, ConditionType.SCALING_ACTIVE)["message"]
            log.info("%s: %s", _name(server), message)
            await self._post(server, SCALED, message, warning=False)

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
        except ClusterError as error:  # status and log say it too; an Event is not worth another pass
            log.warning("%s: cannot post an Event: %s", _name(server), error)


def _place(server: Manifest) -> Place:
    return server["metadata"]["namespace"], server["metadata"]["name"]


def _name(server: Manifest) -> str:
    return "/".join(_place(server))


def _needs_help(current: Manifest) -> bool:
    """Not Ready, not because nobody wants it to be, and nothing under way that would change it."""
    ready, progressing = (condition(current, kind) for kind in (ConditionType.READY, ConditionType.PROGRESSING))
    intended = (Reason.SCALED_TO_ZERO, Reason.PAUSED)
    return "True" not in (ready["status"], progressing["status"]) and ready["reason"] not in intended

"""What is told of one ModelServer: its status when that is news, and Events when Ready or the number of pods has."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.cluster import Cluster, ClusterError, Manifest, event
from modelserver_operator.complaints import complaints
from modelserver_operator.hearing import Asks, hear
from modelserver_operator.repairs import REPAIRS, WITHIN, Contest
from modelserver_operator.scalers import scalers
from modelserver_operator.situation import Situation
from modelserver_operator.status import Children, Failure, condition, is_news, status
from modelserver_operator.statuses import Statuses
from modelserver_operator.wish import MANAGER

Place = tuple[str, str]  # namespace and name of a ModelServer

SCALED = "Scaled"  # the reason of Events

log = logging.getLogger(__name__)


@dataclass
class Reporter:
    """Writes statuses and Events. pods: answer for themselves. `instance` names this process in Events."""

    cluster: Cluster
    pods: Asks
    now: Callable[[], datetime]
    instance: str
    statuses: Statuses = field(default_factory=Statuses)
    _warned: dict[Place, datetime] = field(default_factory=dict)  # until when each status is left, once it is logged

    async def report(self, found: Situation) -> Manifest:
        """The status, written if it differs from what stands in the ModelServer, where it then stands, too.

        A status that somebody else keeps overwriting is left to them for a while.
        """
        server, previous = found.family.server, found.family.server.get("status") or {}
        current = status(
            found.outcome,
            await self._children(found),
            previous,
            generation=found.generation,
            class_generation=found.decision.class_generation,
            now=self.now(),
        )
        place = server["metadata"]["namespace"], server["metadata"]["name"]
        if current != previous:
            if contest := self.statuses.contest(place, previous, current, self.now()):
                self._warn(place, contest)
                return current
            await self._write(server, current)
            await self._announce(server, previous, current)
        self.statuses.stands(place, current)
        return current

    def forget(self, namespace: str, name: str) -> None:
        """The ModelServer is gone."""
        self.statuses.forget((namespace, name))
        self._warned.pop((namespace, name), None)

    async def _children(self, found: Situation) -> Children:
        family, blocked = found.family, found.blocked
        return Children(
            deployment=family.deployment(),
            replica_sets=family.replica_sets(),
            pods=family.pods(),
            failure=Failure(blocked.reason, blocked.message) if blocked else None,
            turn=found.turn,
            complaints=await complaints(self.cluster, family.pods(), self.now()),
            heard=await hear(self.pods, family.pods()),
            steering=found.steering,
            scalers=scalers(family),
            load=found.load,
        )

    async def _write(self, server: Manifest, current: Manifest) -> None:
        """Only into what was read: one of the same name, made anew meanwhile, must not begin with another's status."""
        version = server["metadata"]["resourceVersion"]
        written = await self.cluster.apply_status(_with_status(server, current), manager=MANAGER, version=version)
        server["metadata"]["resourceVersion"] = written["metadata"]["resourceVersion"]
        server["status"] = current

    def _warn(self, place: Place, contest: Contest) -> None:
        """Once for each time that a status is left; it cannot say so itself."""
        if self._warned.get(place) == contest.until:
            return
        self._warned[place] = contest.until
        log.warning(
            "%s/%s: its status was overwritten %d times within %d minutes and is left as it is until %s UTC. "
            "Find out who else writes it: is there a second operator?",
            *place,
            REPAIRS,
            WITHIN.total_seconds() // 60,
            contest.until.strftime("%H:%M:%S"),
        )

    async def _announce(self, server: Manifest, previous: Manifest, current: Manifest) -> None:
        """An Event when Ready has changed, in status or reason, and one for each number of pods that a scaler sets.

        Of a retune there is one, too: when it is in force, or refused.
        """
        before, after = condition(previous, ConditionType.READY), condition(current, ConditionType.READY)
        place = f"{server['metadata']['namespace']}/{server['metadata']['name']}"
        if (before.get("status"), before.get("reason")) != (after["status"], after["reason"]):
            log.info("%s: Ready is %s, %s: %s", place, after["status"], after["reason"], after["message"])
            if after["reason"] != Reason.EMOTIONS_PENDING:
                await self._post(server, after["reason"], after["message"], warning=_needs_help(current))
        if is_news(previous, current):
            message = condition(current, ConditionType.SCALING_ACTIVE)["message"]
            log.info("%s: %s", place, message)
            await self._post(server, SCALED, message, warning=False)

    async def _post(self, server: Manifest, reason: str, note: str, *, warning: bool) -> None:
        told = event(server, reason=reason, note=note, warning=warning, instance=self.instance, now=self.now())
        try:
            await self.cluster.create(told)
        except ClusterError as error:  # the condition says it too; an Event is not worth another pass
            metadata = server["metadata"]
            log.warning("%s/%s: cannot post an Event: %s", metadata["namespace"], metadata["name"], error)


def _with_status(server: Manifest, current: Manifest) -> Manifest:
    metadata = {name: server["metadata"][name] for name in ("namespace", "name")}
    return {"apiVersion": server["apiVersion"], "kind": server["kind"], "metadata": metadata, "status": current}


def _needs_help(current: Manifest) -> bool:
    """Not Ready, not because nobody wants it to be, and nothing under way that would change it."""
    ready, progressing = (condition(current, kind) for kind in (ConditionType.READY, ConditionType.PROGRESSING))
    intended = (Reason.SCALED_TO_ZERO, Reason.PAUSED)
    return "True" not in (ready["status"], progressing["status"]) and ready["reason"] not in intended

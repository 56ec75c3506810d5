"""What is told of one ModelServer: its status when that is news, and Events."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from modelserver_operator.announcing import Announcer, Place
from modelserver_operator.cluster import POD, Cluster, Manifest
from modelserver_operator.complaints import complaints
from modelserver_operator.hearing import Asks, hear
from modelserver_operator.repairs import REPAIRS, WITHIN, Contest
from modelserver_operator.scalers import scalers
from modelserver_operator.situation import Situation
from modelserver_operator.standings import Standings
from modelserver_operator.status import Children, Failure, status
from modelserver_operator.statuses import Statuses
from modelserver_operator.wish import MANAGER

log = logging.getLogger(__name__)


@dataclass
class Reporter:
    """Writes statuses, and has Events posted. pods: answer for themselves."""

    cluster: Cluster
    pods: Asks
    announcer: Announcer
    now: Callable[[], datetime]
    statuses: Statuses = field(default_factory=Statuses)
    standings: Standings = field(default_factory=Standings)
    _warned: dict[Place, datetime] = field(default_factory=dict)  # until when each status is left, once it is logged

    async def report(self, found: Situation) -> Manifest:
        """The status, written if it differs from what stands in the ModelServer, where it then stands, too.

        A status that somebody else keeps overwriting is left to them for a while.
        """
        server, previous = found.family.server, found.family.server.get("status") or {}
        await self.announcer.repaired(server, found.repaired)
        current = status(
            found.outcome,
            await self._children(found),
            previous,
            generation=found.generation,
            class_generation=found.decision.class_generation,
            now=self.now(),
        )
        place = server["metadata"]["namespace"], server["metadata"]["name"]
        self.standings.stands(place, current, found.family.deployment())
        if current != previous:
            if contest := self.statuses.contest(place, previous, current, self.now()):
                self._warn(place, contest)
                return current
            await self._write(server, current)
            await self.announcer.changed(server, previous, current)
        self.statuses.stands(place, current)
        return current

    def forget(self, namespace: str, name: str) -> None:
        """The ModelServer is gone."""
        self.statuses.forget((namespace, name))
        self.standings.forget((namespace, name))
        self.announcer.forget((namespace, name))
        self._warned.pop((namespace, name), None)

    async def _children(self, found: Situation) -> Children:
        family, blocked = found.family, found.blocked
        return Children(
            deployment=family.deployment(),
            replica_sets=family.replica_sets(),
            pods=family.pods(),
            pods_unread=POD.name in family.unread,
            failure=Failure(blocked.reason, blocked.message) if blocked else None,
            turn=found.turn,
            complaints=await complaints(self.cluster, family.pods(), self.now()),
            heard=await hear(self.pods, found.seen(self.now()).pods_on_their_way),
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


def _with_status(server: Manifest, current: Manifest) -> Manifest:
    metadata = {name: server["metadata"][name] for name in ("namespace", "name")}
    return {"apiVersion": server["apiVersion"], "kind": server["kind"], "metadata": metadata, "status": current}

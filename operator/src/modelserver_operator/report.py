"""What is told of one ModelServer: its status when that is news, and an Event when Ready has changed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.children import Family
from modelserver_operator.cluster import Cluster, ClusterError, Manifest, event
from modelserver_operator.enforce import Blocked
from modelserver_operator.resolve import Refusal, Resolved
from modelserver_operator.status import Children, Failure, Turn, status
from modelserver_operator.wish import MANAGER

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reporter:
    """Writes statuses and Events. `instance` names this process in Events."""

    cluster: Cluster
    now: Callable[[], datetime]
    instance: str

    async def report(
        self,
        outcome: Resolved | Refusal,
        family: Family,
        *,
        blocked: Blocked | None,
        turn: Turn | None,
        class_generation: int | None,
    ) -> Manifest:
        """The status, written if it differs from what stands in the ModelServer, where it then stands, too."""
        server, previous = family.server, family.server.get("status") or {}
        current = status(
            outcome,
            _children(family, blocked, turn),
            previous,
            generation=server["metadata"]["generation"],
            class_generation=class_generation,
            now=self.now(),
        )
        if current != previous:
            uid = server["metadata"]["uid"]
            await self.cluster.apply_status(_with_status(server, current), manager=MANAGER, uid=uid)
            server["status"] = current
            await self._announce(server, previous, current)
        return current

    async def _announce(self, server: Manifest, previous: Manifest, current: Manifest) -> None:
        """An Event when Ready has changed, in status or reason."""
        before, after = _condition(previous, ConditionType.READY), _condition(current, ConditionType.READY)
        if (before.get("status"), before.get("reason")) == (after["status"], after["reason"]):
            return
        place = f"{server['metadata']['namespace']}/{server['metadata']['name']}"
        log.info("%s: Ready is %s, %s: %s", place, after["status"], after["reason"], after["message"])
        told = event(
            server,
            reason=after["reason"],
            note=after["message"],
            warning=_needs_help(current),
            instance=self.instance,
            now=self.now(),
        )
        try:
            await self.cluster.create(told)
        except ClusterError as error:  # the condition says it too; an Event is not worth another pass
            log.warning("%s: cannot post an Event: %s", place, error)


def _children(family: Family, blocked: Blocked | None, turn: Turn | None) -> Children:
    return Children(
        deployment=family.deployment(),
        replica_sets=family.replica_sets(),
        pods=family.pods(),
        failure=Failure(blocked.reason, blocked.message) if blocked else None,
        turn=turn,
    )


def _with_status(server: Manifest, current: Manifest) -> Manifest:
    metadata = {name: server["metadata"][name] for name in ("namespace", "name")}
    return {"apiVersion": server["apiVersion"], "kind": server["kind"], "metadata": metadata, "status": current}


def _needs_help(current: Manifest) -> bool:
    """Not Ready, not because nobody wants it to be, and nothing under way that would change it."""
    ready, progressing = (_condition(current, kind) for kind in (ConditionType.READY, ConditionType.PROGRESSING))
    intended = (Reason.SCALED_TO_ZERO, Reason.PAUSED)
    return "True" not in (ready["status"], progressing["status"]) and ready["reason"] not in intended


def _condition(of: Manifest, kind: str) -> Manifest:
    return next((condition for condition in of.get("conditions", []) if condition["type"] == kind), {})

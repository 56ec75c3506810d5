"""One ModelServer, one pass: get, resolve, desired, apply, prune, observe, status.

A pass trusts nothing that an earlier one has found out, so it may be interrupted anywhere and repeated at any time.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from modelserver_operator.api import ConditionType, InvalidObject, ModelServer, ModelServerClass, Reason
from modelserver_operator.children import Family
from modelserver_operator.cluster import (
    CONFIG_MAP,
    DEPLOYMENT,
    MODEL_SERVER,
    MODEL_SERVER_CLASS,
    POD,
    REPLICA_SET,
    SERVICE,
    Cluster,
    ClusterError,
    Manifest,
    Unavailable,
    event,
)
from modelserver_operator.desired import Owner, desired, replicas
from modelserver_operator.enforce import MANAGER, Blocked, Enforcer, Wish
from modelserver_operator.resolve import (
    ASSUMED,
    Refusal,
    Resolved,
    class_invalid,
    class_not_found,
    identity,
    resolve,
    spec_invalid,
)
from modelserver_operator.status import Children, Failure, changes_within, status
from modelserver_operator.workqueue import Done, Retry

CHILD_SELECTOR = f"app.kubernetes.io/managed-by={identity.MANAGED_BY}"
CHILD_KINDS = (CONFIG_MAP, SERVICE, DEPLOYMENT, REPLICA_SET, POD)
PASSING_SECONDS = 1.0  # what goes away by itself, such as a former server's children, takes about as long
# Each new message of a failure is a write of status, which would wake the operator at once.
FAILING_SECONDS = 5.0

log = logging.getLogger(__name__)
Outcome = Resolved | Refusal


class Key(NamedTuple):
    """Which ModelServer."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass
class Reconciler:
    """Makes the cluster as a ModelServer wants it, and says how far it is. `instance` names this process in Events."""

    cluster: Cluster
    now: Callable[[], datetime]
    instance: str
    rejected_retry_seconds: float
    _enforcers: dict[Key, Enforcer] = field(default_factory=dict)

    async def __call__(self, key: Key) -> Done | Retry:
        """One pass. What the API server refuses for good becomes a condition, all else is tried again."""
        try:
            return await self._pass(key)
        except Unavailable as error:
            return Retry(str(error), not_before=error.retry_after, cause=type(error).__name__)
        except ClusterError as error:
            return Retry(str(error), cause=type(error).__name__)

    async def _pass(self, key: Key) -> Done | Retry:
        server = await self.cluster.get(MODEL_SERVER, key.namespace, key.name)
        if server is None or "deletionTimestamp" in server["metadata"]:
            self._enforcers.pop(key, None)  # the children go with their owner: the garbage collector sees to it
            return Done()
        outcome, class_generation = await self._resolve(server)
        family = await self._observe(server)
        blocked = await self._enforce(key, outcome, family)
        current = await self._report(outcome, family, blocked, class_generation)
        if blocked and blocked.unanswered:
            pause = max(FAILING_SECONDS, blocked.unanswered.retry_after)
            return Retry(blocked.message, not_before=pause, cause=type(blocked.unanswered).__name__)
        return Done(again=self._again(blocked) or changes_within(current))

    async def _resolve(self, server: Manifest) -> tuple[Outcome, int | None]:
        """What to do, or why not, and the generation of the class that says so."""
        try:
            parsed = ModelServer.parse(server, strict=False)
        except InvalidObject as error:
            return spec_invalid(error), None
        name = parsed.spec.class_name
        manifest = await self.cluster.get(MODEL_SERVER_CLASS, None, name)
        if manifest is None:
            return class_not_found(name), None
        generation = manifest["metadata"]["generation"]
        try:
            return resolve(parsed, ModelServerClass.parse(manifest, strict=False), ASSUMED), generation
        except InvalidObject as error:
            return class_invalid(name, error), generation

    async def _observe(self, server: Manifest) -> Family:
        namespace, name = server["metadata"]["namespace"], server["metadata"]["name"]
        labels = ",".join([CHILD_SELECTOR, *(f"{label}={value}" for label, value in identity.selector(name).items())])
        found = await asyncio.gather(
            *(self.cluster.list_all(kind, namespace, labels=labels) for kind in CHILD_KINDS),
        )
        return Family(server, [member for members in found for member in members])

    async def _enforce(self, key: Key, outcome: Outcome, family: Family) -> Blocked | None:
        if isinstance(outcome, Refusal):
            return None  # what runs is left as it is
        owner = Owner(key.name, key.namespace, family.server["metadata"]["uid"])
        scales = {DEPLOYMENT.name: replicas(outcome)}
        wishes = [Wish(manifest, scales.get(manifest["kind"])) for manifest in desired(outcome, owner)]
        return await self._enforcers.setdefault(key, Enforcer(self.cluster)).enforce(wishes, family)

    async def _report(
        self, outcome: Outcome, family: Family, blocked: Blocked | None, class_generation: int | None
    ) -> Manifest:
        """The status, written if it is news."""
        server = family.server
        previous = server.get("status") or {}
        current = status(
            outcome,
            Children(
                deployment=family.deployment(),
                replica_sets=family.replica_sets(),
                pods=family.pods(),
                failure=Failure(blocked.reason, blocked.message) if blocked else None,
            ),
            previous,
            generation=server["metadata"]["generation"],
            class_generation=class_generation,
            now=self.now(),
        )
        if current != previous:
            uid = server["metadata"]["uid"]
            await self.cluster.apply_status(_with_status(server, current), manager=MANAGER, uid=uid)
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

    def _again(self, blocked: Blocked | None) -> float | None:
        if blocked is None:
            return None
        return PASSING_SECONDS if blocked.passing else self.rejected_retry_seconds


def _with_status(server: Manifest, current: Manifest) -> Manifest:
    metadata = {name: server["metadata"][name] for name in ("namespace", "name")}
    return {"apiVersion": server["apiVersion"], "kind": server["kind"], "metadata": metadata, "status": current}


def _needs_help(current: Manifest) -> bool:
    """Not Ready, not because nobody wants it to be, and nothing under way that would change it."""
    ready, progressing = (_condition(current, kind) for kind in (ConditionType.READY, ConditionType.PROGRESSING))
    return "True" not in (ready["status"], progressing["status"]) and ready["reason"] != Reason.SCALED_TO_ZERO


def _condition(of: Manifest, kind: str) -> Manifest:
    return next((condition for condition in of.get("conditions", []) if condition["type"] == kind), {})

"""From what is wanted to what is: applies and deletes, and as few of them as possible.

Nothing is written to an object that we did not create. What an apply left behind is remembered by uid, resourceVersion
and the digest of what was applied; an object that still is like that is not applied again. Forgetting costs one apply.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from modelserver_operator.api import Reason
from modelserver_operator.children import Family, Whose, whose
from modelserver_operator.cluster import ABSENT, Cluster, Manifest, Rejected, Unavailable, kind_of, uid_is

MANAGER = "modelserver-operator"
REPLICAS_MANAGER = "modelserver-operator-replicas"  # so that a scaler can take over the number, and only the number


@dataclass(frozen=True)
class Wish:
    """One child: what is always applied, and, for what can be scaled, the part with a field manager of its own."""

    manifest: Manifest
    scale: Manifest | None = None

    def at_birth(self) -> Manifest:
        """Both parts in one, so that not even for a moment a default number of pods exists."""
        assert self.scale is not None
        return self.manifest | {"spec": self.manifest["spec"] | self.scale["spec"]}

    def seal(self, live: Manifest) -> str:
        """The same as before, if neither the wish nor the object has changed."""
        metadata = live["metadata"]
        content: list[Any] = [metadata["uid"], metadata["resourceVersion"], self.manifest, self.scale]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Blocked:
    """Why the children could not be made as wanted.

    `passing`: it goes away without anybody's help. `unanswered`: the API server has failed, and may not the next time.
    """

    reason: Reason
    message: str
    passing: bool = False
    unanswered: Unavailable | None = None


@dataclass
class Enforcer:
    """Makes one ModelServer's children as wanted."""

    cluster: Cluster
    _seals: dict[tuple[str, str], str] = field(default_factory=dict)

    async def enforce(self, wishes: list[Wish], family: Family) -> Blocked | None:
        """Apply, then prune; `family` is brought up to date. Raises Unavailable and Conflict."""
        await self._read_unlabelled(wishes, family)
        if blocked := _not_ours(wishes, family):
            return blocked
        for wish in wishes:
            try:
                family.put(await self._apply(wish, family.find(wish.manifest)))
            except (Rejected, Unavailable) as error:
                return _not_applied(wish.manifest, error)
        if blocked := _not_ours(wishes, family):
            return blocked
        for manifest in family.superfluous(wish.manifest for wish in wishes):
            self._seals.pop(_place(manifest), None)
            await self.cluster.delete(manifest)
        return None

    async def _read_unlabelled(self, wishes: list[Wish], family: Family) -> None:
        """Look by name for what was not found by label: it may have lost its labels, or be somebody else's."""
        for wish in wishes:
            if family.find(wish.manifest) is None:
                metadata = wish.manifest["metadata"]
                live = await self.cluster.get(kind_of(wish.manifest), metadata["namespace"], metadata["name"])
                if live is not None:
                    family.put(live)

    async def _apply(self, wish: Wish, live: Manifest | None) -> Manifest:
        if live is not None and self._seals.get(_place(live)) == wish.seal(live):
            return live
        applied = await self._write(wish, live)
        self._seals[_place(applied)] = wish.seal(applied)
        return applied

    async def _write(self, wish: Wish, live: Manifest | None) -> Manifest:
        if wish.scale is None:
            precondition = uid_is(live["metadata"]["uid"]) if live else ABSENT
            return await self.cluster.apply(wish.manifest, manager=MANAGER, precondition=precondition)
        if live is None:
            live = await self.cluster.apply(wish.at_birth(), manager=REPLICAS_MANAGER, precondition=ABSENT)
        same = uid_is(live["metadata"]["uid"])
        # In this order: the main manager must own the rest before the other one lets go of it.
        await self.cluster.apply(wish.manifest, manager=MANAGER, precondition=same)
        return await self.cluster.apply(wish.scale, manager=REPLICAS_MANAGER, precondition=same)


def _not_applied(manifest: Manifest, error: Rejected | Unavailable) -> Blocked:
    """Somebody must know of a failing admission webhook, which is a 5xx for ever. Raises what is no such answer."""
    if isinstance(error, Rejected):
        return Blocked(Reason.REJECTED_BY_API_SERVER, f"{_title(manifest)} was refused: {error}")
    if error.status < 500:
        raise error
    message = f"{_title(manifest)} could not be applied: {error}"
    return Blocked(Reason.REJECTED_BY_API_SERVER, message, unanswered=error)


def _not_ours(wishes: list[Wish], family: Family) -> Blocked | None:
    """Something stands in the way: a former ModelServer's child, or somebody else's object under a child's name."""
    if former := family.former():
        message = f"{_title(former)} of the deleted ModelServer of this name is being garbage-collected"
        return Blocked(Reason.DRAINING, message, passing=True)
    for wish in wishes:
        live = family.find(wish.manifest)
        if live is not None and whose(live, family.server) is Whose.FOREIGN:
            message = f"{_title(live)} exists and was not made for this ModelServer; rename or delete one of the two"
            return Blocked(Reason.FOREIGN_OBJECT, message)
    return None


def _place(manifest: Manifest) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def _title(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"

"""Each child's apply, tried on the API server with the operator's field manager and the user's own rights."""

from __future__ import annotations

from dataclasses import dataclass

from modelserver_operator.children import Family, Whose, whose
from modelserver_operator.cli.plan.contents import Change, Child
from modelserver_operator.cli.plan.differences import unified
from modelserver_operator.cluster import Cluster, ClusterError, Manifest, Unavailable
from modelserver_operator.fields import spelled
from modelserver_operator.wish import REPLICAS_MANAGER, Wish

IN_THE_WAY = {
    Whose.FOREIGN: "it was not made for this ModelServer, and is left alone: rename or delete one of the two",
    Whose.FORMER: "of the deleted ModelServer of this name; the garbage collector removes it first",
}


@dataclass(frozen=True)
class Trial:
    """What becomes of a child. then: how it would be stored; None where that is not known, or nothing is stored."""

    child: Child
    then: Manifest | None = None


async def tried(cluster: Cluster, wish: Wish, family: Family) -> Trial:
    """An apply that changes nothing is not even tried, so that it needs no right. Raises Unavailable."""
    live = family.find(wish.manifest)
    if live is None and wish.kind in family.unread:
        return _of(wish, "Unknown", note=f"may not be read: {family.unread[wish.kind]}")
    if live is not None and (in_the_way := IN_THE_WAY.get(whose(live, family.server))):
        return _of(wish, "Refused", note=in_the_way)
    if live is not None and not wish.deviations(live):
        return Trial(Child(kind=wish.kind, name=wish.name, change="Unchanged"), live)
    try:
        then = await _applied(cluster, wish, live)
    except ClusterError as error:
        return Trial(refused(wish.kind, wish.name, error, _fields(wish, live)))
    if live is None:
        return Trial(Child(kind=wish.kind, name=wish.name, change="New"), then)
    diff = unified(live, then)
    return Trial(Child(kind=wish.kind, name=wish.name, change="Changed" if diff else "Unchanged", diff=diff), then)


def refused(kind: str, name: str, error: ClusterError, besides: str = "") -> Child:
    """One that could not be tried for want of a right, or that the API server would not take. Raises Unavailable."""
    if isinstance(error, Unavailable) and error.status < 500:
        raise error
    if _is_want_of_right(error):
        return Child(kind=kind, name=name, change="Unknown", note=f"not tried, which needs a right: {error}{besides}")
    return Child(kind=kind, name=name, change="Refused", note=str(error))


async def _applied(cluster: Cluster, wish: Wish, live: Manifest | None) -> Manifest:
    """Both parts of it, as one: nothing is stored between the two."""
    if live is None:
        whole = wish.at_birth() if wish.scale else wish.manifest
        return await cluster.apply(whole, manager=wish.parts()[0][1], dry_run=True)
    then = live
    for part, manager in wish.due(live):
        answer = await cluster.apply(part, manager=manager, dry_run=True)
        only_scale = manager == REPLICAS_MANAGER
        then = then | {"spec": then["spec"] | {"replicas": answer["spec"]["replicas"]}} if only_scale else answer
    return then


def _is_want_of_right(error: ClusterError) -> bool:
    """Quotas and webhooks answer with 403, too, and mean the object."""
    return error.status == 403 and " cannot " in str(error) and " resource " in str(error)


def _fields(wish: Wish, live: Manifest | None) -> str:
    return f"; it would change {', '.join(map(spelled, wish.deviations(live)))}" if live else ""


def _of(wish: Wish, change: Change, note: str) -> Trial:
    return Trial(Child(kind=wish.kind, name=wish.name, change=change, note=note))

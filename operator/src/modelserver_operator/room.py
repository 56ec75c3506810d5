"""How many pods may be away at a time while new ones take the places of old ones on nodes that are full. Pure.

Replace takes one pod away at a time, and a pod that finds no room counts as away: where more pods are wanted than there
is room for, Kubernetes would wait for ever. So those are allowed for on top: of the pods that have a place, one at a
time is away, as ever. A node's drain may take one of those, too, and a server that rolls for its class is not kept from
being done by the others.

That a pod finds no room just now proves nothing: the scheduler may be about to place it, such as in the moment after an
old pod has ended. So nothing is added before all has stood still for a while. For how long it has is in memory; what
was allowed stands in the Deployment: an operator that starts anew waits longer, and takes nothing back.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from modelserver_operator.places import asks_no_more
from modelserver_operator.resolve import Resolved
from modelserver_operator.status import Observed, Seen, is_leaving, unscheduled

K = TypeVar("K", bound=Hashable)
Picture = frozenset[tuple[str, str, bool]]  # of each pod: its uid, its node, and whether it is about to end

USUAL = 1  # pods away at a time
PATIENCE = timedelta(seconds=30)  # a scheduler looks again after 10 s at the latest
OVER = ("Failed", "Succeeded")


@dataclass(frozen=True)
class Room:
    """unavailable: how many pods may be away while others are replaced. unplaced: how many of the wanted pods have
    found no place for a while. again: after so many seconds either may be more, if nothing happens."""

    unavailable: int = USUAL
    unplaced: int = 0
    again: float | None = None


class Grant(NamedTuple):
    """When more was allowed last: which of the new pods had a place, and how many pods were wanted."""

    placed: frozenset[str]
    replicas: int


@dataclass
class Rooms(Generic[K]):
    """Of each server, since when nothing has moved that is to move, and what it was granted."""

    _still: dict[K, tuple[Picture, datetime]] = field(default_factory=dict)
    _granted: dict[K, Grant] = field(default_factory=dict)

    def room(self, key: K, seen: Observed) -> Room:
        """What to allow for, and when to look again. What is allowed is taken back as soon as there is room."""
        fits = USUAL + _short(seen) if _replaces(seen) and _old(seen) else USUAL
        allowed = max(USUAL, min(fits, _allowed(seen)))
        if allowed < _allowed(seen):
            self._granted.pop(key, None)
        if not (waiting := min(_unplaced(seen), _short(seen))):
            self._still.pop(key, None)
            return Room(allowed)
        left = PATIENCE - (seen.now - self._since(key, seen))
        if left > timedelta(0):
            return Room(allowed, again=left.total_seconds())
        return Room(self._grant(key, seen, fits) if fits > allowed else allowed, waiting)

    def forget(self, key: K) -> None:
        """Nothing is to move."""
        self._still.pop(key, None)
        self._granted.pop(key, None)

    def _since(self, key: K, seen: Observed) -> datetime:
        picture = frozenset(
            (pod["metadata"]["uid"], _node(pod), is_leaving(pod, seen.now)) for pod in seen.children.pods
        )
        if key not in self._still or self._still[key][0] != picture:
            self._still[key] = picture, seen.now
        return self._still[key][1]

    def _grant(self, key: K, seen: Observed, fits: int) -> int:
        """All that is short of room, or what is allowed already where more would only lose more pods."""
        allowed, found = max(USUAL, _allowed(seen)), Grant(_with_place(seen), seen.replicas)
        if not _would_help(seen, found, self._granted.get(key), again=allowed > USUAL):
            return allowed
        self._granted[key] = found
        return fits


def _short(seen: Observed) -> int:
    """How many of the wanted pods have no place; one that is about to become free counts as had."""
    return max(0, seen.replicas - len(_placed(seen)))


def _placed(seen: Observed) -> list[Seen]:
    """The pods that have a place, or are about to leave it. Where one does not end in time, its node is lost."""
    return [
        pod
        for pod in seen.children.pods
        if _node(pod) and pod["status"].get("phase") not in OVER and (is_leaving(pod, seen.now) or not _ends(pod))
    ]


def _old(seen: Observed) -> list[Seen]:
    """The pods of older templates that have a place and stay for now."""
    return [pod for pod in _placed(seen) if not seen.is_current(pod) and not _ends(pod)]


def _new(seen: Observed) -> list[Seen]:
    return [pod for pod in seen.children.pods if seen.is_current(pod) and not _ends(pod)]


def _with_place(seen: Observed) -> frozenset[str]:
    return frozenset(pod["metadata"]["uid"] for pod in _new(seen) if _node(pod))


def _replaces(seen: Observed) -> bool:
    """Whether new pods take the places of old ones."""
    return isinstance(seen.outcome, Resolved) and seen.outcome.rollout.strategy.value == "Replace"


def _allowed(seen: Observed) -> int:
    """What the Deployment says now."""
    strategy: Seen = (seen.children.deployment or {}).get("spec", {}).get("strategy") or {}
    found = (strategy.get("rollingUpdate") or {}).get("maxUnavailable")
    return found if isinstance(found, int) else USUAL


def _unplaced(seen: Observed) -> int:
    """How many of the newest pods wait for an amount of something, if nothing that is about to end has any of it."""
    if any(_ends(pod) for pod in _placed(seen)):
        return 0
    return sum("Insufficient" in unscheduled(pod) for pod in _new(seen))


def _would_help(seen: Observed, found: Grant, before: Grant | None, *, again: bool) -> bool:
    """Whether a new pod can have an old one's place, or a change that no node has room for would take all pods away.

    Some have found places since more was allowed last, or more are wanted; at first, one has found a place, or none
    asks for anything that the old ones do not have. If more is allowed already, the latter was wrong: somebody else
    takes the places.
    """
    if before:
        return bool(found.placed - before.placed) or found.replicas > before.replicas
    fit = (asks_no_more(new["spec"], old["spec"]) for new in _new(seen) for old in _old(seen))
    return bool(found.placed) or (not again and all(fit))


def _node(pod: Seen) -> str:
    return str(pod.get("spec", {}).get("nodeName", ""))


def _ends(pod: Seen) -> bool:
    return "deletionTimestamp" in pod["metadata"]

"""How many pods may be away at a time while new ones take the places of old ones on nodes that are full. Pure.

Replace takes one pod away at a time, and a pod that finds no room counts as away: where more pods are wanted than there
is room for, Kubernetes would wait for ever. So those are allowed for on top: of the pods that have a place, one at a
time is away, as ever.

That a pod finds no room just now proves nothing: the scheduler may be about to place it, such as in the moment after an
old pod has ended. So nothing is added before all has stood still for a while. For how long it has is in memory; what
was allowed stands in the Deployment: an operator that starts anew waits longer, and takes nothing back.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from modelserver_operator.places import asks_no_more
from modelserver_operator.status import Observed, Seen, unscheduled

K = TypeVar("K", bound=Hashable)
Picture = frozenset[tuple[str, str, bool]]  # of each pod: its uid, its node, and whether it is to end

USUAL = 1  # pods away at a time
PATIENCE = timedelta(seconds=30)  # a scheduler looks again after 10 s at the latest
OVER = ("Failed", "Succeeded")


@dataclass(frozen=True)
class Room:
    """unavailable: how many pods may be away. again: after so many seconds it may be more, if nothing happens."""

    unavailable: int = USUAL
    again: float | None = None


@dataclass
class Rooms(Generic[K]):
    """Of each server, since when nothing has moved that is to move."""

    _still: dict[K, tuple[Picture, datetime]] = field(default_factory=dict)

    def room(self, key: K, seen: Observed) -> Room:
        """What to allow for, and when to look again. What is allowed is taken back as soon as there is room."""
        fits = USUAL + _short(seen) if _old(seen) else USUAL
        allowed = max(USUAL, min(fits, _allowed(seen)))
        if fits == allowed or not (_is_wedged(seen) and _would_help(seen, again=allowed > USUAL)):
            self.forget(key)
            return Room(allowed)
        left = PATIENCE - (seen.now - self._since(key, seen))
        return Room(allowed, left.total_seconds()) if left > timedelta(0) else Room(fits)

    def forget(self, key: K) -> None:
        """Nothing is to move."""
        self._still.pop(key, None)

    def _since(self, key: K, seen: Observed) -> datetime:
        picture = frozenset((pod["metadata"]["uid"], _node(pod), _ends(pod)) for pod in seen.children.pods)
        if key not in self._still or self._still[key][0] != picture:
            self._still[key] = picture, seen.now
        return self._still[key][1]


def roomless(seen: Observed) -> int:
    """How many of the newest pods wait for an amount of something that no node has free."""
    return sum(_is_too_much(unscheduled(pod)) for pod in _new(seen))


def _short(seen: Observed) -> int:
    """How many of the wanted pods have no place; one that is about to become free counts as had."""
    return max(0, seen.replicas - len(_placed(seen)))


def _placed(seen: Observed) -> list[Seen]:
    """The pods that have a place, or have not left it yet."""
    return [pod for pod in seen.children.pods if _node(pod) and pod["status"].get("phase") not in OVER]


def _old(seen: Observed) -> list[Seen]:
    """The pods of older templates that have a place and stay for now."""
    return [pod for pod in _placed(seen) if not seen.is_current(pod) and not _ends(pod)]


def _new(seen: Observed) -> list[Seen]:
    return [pod for pod in seen.children.pods if seen.is_current(pod) and not _ends(pod)]


def _allowed(seen: Observed) -> int:
    """What the Deployment says now."""
    strategy: Seen = (seen.children.deployment or {}).get("spec", {}).get("strategy") or {}
    found = (strategy.get("rollingUpdate") or {}).get("maxUnavailable")
    return found if isinstance(found, int) else USUAL


def _is_wedged(seen: Observed) -> bool:
    """Whether new pods wait for an amount of something, and nothing that is about to end has any of it."""
    leaving = [pod for pod in _placed(seen) if _ends(pod)]
    return not leaving and roomless(seen) > 0


def _is_too_much(message: str) -> bool:
    """Whether the scheduler misses an amount. Of volumes no pod leaves one behind."""
    return "Insufficient" in message and "volume" not in message.lower()


def _would_help(seen: Observed, *, again: bool) -> bool:
    """Whether a new pod can have an old one's place, or a change that no node has room for would take all pods away.

    One has found a place, or none asks for anything that the old ones do not have; if more is allowed already, the
    latter was wrong: somebody else takes the places.
    """
    if any(_node(pod) for pod in _new(seen)):
        return True
    return not again and all(asks_no_more(new["spec"], old["spec"]) for new in _new(seen) for old in _old(seen))


def _node(pod: Seen) -> str:
    return str(pod.get("spec", {}).get("nodeName", ""))


def _ends(pod: Seen) -> bool:
    return "deletionTimestamp" in pod["metadata"]

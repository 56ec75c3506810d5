"""Who sets the number of a ModelServer's pods: its spec, a scaler, or nobody for now. Pure.

What a scaler has set is not taken back by an apply of ours. So that this holds after the scaler is gone, too, the
Deployment then carries the spec.replicas that did not count: as long as it stays the same, nobody has asked for another
number of pods.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelserver_operator.fields import owns_beyond
from modelserver_operator.resolve import Resolved
from modelserver_operator.status import Scalers, ignored_replicas
from modelserver_operator.wish import REPLICAS, REPLICAS_MANAGER


@dataclass(frozen=True)
class Scale:
    """replicas: the number to apply; None: it is left as it is. ignored: the spec.replicas that does not count."""

    replicas: int | None
    ignored: int | None


def scale(resolved: Resolved, deployment: Mapping[str, Any] | None, there: Scalers) -> Scale:
    """For a Deployment as read; None: there is none."""
    ignored = _ignored(resolved, deployment, there)
    if deployment is None:
        return Scale(resolved.least_replicas, ignored)
    return Scale(_number(resolved, deployment, there, ignored), ignored)


def _ignored(resolved: Resolved, deployment: Mapping[str, Any] | None, there: Scalers) -> int | None:
    asked, before = resolved.replicas.value, ignored_replicas(deployment)
    scaled = resolved.autoscaling or there.on_pods
    # Of ours that is on its way out the Deployment may not have heard, where it waits for its turn.
    unheard = before is None and bool(there.ours)
    kept = before == asked and _replicas(deployment) > 0
    # Nobody has 0 without having written it: who removes the scaler of such a server wants it off.
    return asked if scaled or ((unheard or kept) and asked > 0) else None


def _number(resolved: Resolved, deployment: Mapping[str, Any], there: Scalers, ignored: int | None) -> int | None:
    live = _replicas(deployment)
    if ignored is None:
        return resolved.replicas.value
    if resolved.autoscaling:
        if live == 0 and not there.on_pods:  # at which a scaler does nothing; somebody else's may want it
            return resolved.least_replicas
    elif ignored_replicas(deployment) not in (None, ignored):
        return resolved.replicas.value  # somebody else's scaler goes on from the new number
    # The operator was killed at a birth, when this manager still owns all of it; it keeps nothing but the number.
    return live if owns_beyond(deployment, REPLICAS_MANAGER, REPLICAS) else None


def _replicas(deployment: Mapping[str, Any] | None) -> int:
    return int((deployment or {}).get("spec", {}).get("replicas", 1))

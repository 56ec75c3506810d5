"""Whether what is to follow does: the number of pods the load, and the pods the emotions."""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.desired.alerts.alert import (
    BY_SERVER,
    ON_SERVER,
    Alert,
    among,
    condition,
    selected,
    status,
    title,
)
from modelserver_operator.resolve import Resolved

# Pods do not steer as is wanted, of their own accord and not for want of pods.
NOT_STEERING = (
    Reason.EMOTIONS_PENDING,
    Reason.EMOTIONS_REFUSED,
    Reason.EMOTIONS_DIFFER,
    Reason.EMOTIONS_UNKNOWN,
)


def following(resolved: Resolved) -> Iterator[Alert]:
    """The alerts about a scaler, where there is to be one, and about emotions, where there are vectors."""
    if resolved.autoscaling:
        yield _scaler_blind(resolved)
    if resolved.steering:
        yield _emotions_not_live(resolved)


def _scaler_blind(resolved: Resolved) -> Alert:
    """While no pod answers there is no load to follow, and other alerts tell of it."""
    return Alert(
        name="ModelServerScalerBlind",
        expr=_unless_away(resolved, f"{condition(resolved, ConditionType.SCALING_ACTIVE)} == 0"),
        lasts="10m",  # a scaler that was just made, or moves from one source to another, takes one or two minutes
        severity="warning",
        summary=f"The number of pods of ModelServer {title(resolved)} does not follow the load.",
        description=(
            "For 10 minutes its scaler has not read the load, or cannot set the number of pods, which stays as it is. "
            f"`{status(resolved)}` says in ScalingActive why and what helps. If there are too few until then, raise "
            "spec.autoscaling.minReplicas."
        ),
    )


def _emotions_not_live(resolved: Resolved) -> Alert:
    """A pod that refuses says so itself; that pods differ only the operator sees. Pods of an older generation are no
    trouble: they are being replaced."""
    refused = f"max {BY_SERVER} ({selected(resolved, 'modelserver_live_refused')}) == 1"
    seen = _unless_away(resolved, f"{condition(resolved, ConditionType.EMOTIONS_LIVE, among(NOT_STEERING))} == 0")
    return Alert(
        name="ModelServerEmotionsNotLive",
        expr=f"{refused}\nor ({seen})",
        lasts="5m",  # a kubelet finds a change within two minutes, and the runtime reads the vectors every ten seconds
        severity="warning",
        summary=f"ModelServer {title(resolved)} does not steer as it is told.",
        description=(
            "For 5 minutes a change of emotions or vectors has not been in force on all pods, which steer as before. "
            f"`{status(resolved)}` has the sentence of the pod that refuses it: correct spec.emotions, or the vectors."
        ),
    )


def _unless_away(resolved: Resolved, expr: str) -> str:
    return f"{expr}\nunless {ON_SERVER} {condition(resolved, ConditionType.AVAILABLE)} == 0"

"""Why a pod that has started does not answer: what it says of its engine, where it says more than nothing."""

from __future__ import annotations

from collections.abc import Mapping

from modelserver_operator.api import Reason
from modelserver_operator.status import words
from modelserver_operator.status.finding import Finding
from modelserver_operator.status.observed import Observed, Seen

# The runtime's words for its own state, and what they mean to whoever has to do something about it.
STATES: Mapping[str, tuple[Reason, str]] = {
    "stalled": (
        Reason.ENGINE_STALLED,
        "The engine of pod {pod} has requests and makes no step, so the pod takes no new ones. The kubelet restarts "
        "the server if this lasts for minutes; `kubectl logs {pod}` may say why.",
    ),
    "breaker_open": (
        Reason.ENGINE_FAILING,
        "The engine of pod {pod} has failed several requests in a row. The pod takes no new ones for some seconds and "
        "then tries one; `kubectl logs {pod}` has the engine's errors.",
    ),
    "broken": (
        Reason.ENGINE_BROKEN,
        "The engine of pod {pod} is dead, and the kubelet restarts the server; `kubectl logs {pod}` says why.",
    ),
    "main_loop_stuck": (
        Reason.ENGINE_BROKEN,
        "The server in pod {pod} does nothing any more, and the kubelet restarts it; `kubectl logs {pod}` may say why.",
    ),
    "serving": (Reason.NOT_READY, "Pod {pod} has started and serves; the kubelet is about to see it."),
}


def ailing(seen: Observed, pod: Seen) -> Finding | None:
    """It has said so."""
    known = STATES.get(str(seen.said(pod).get("state")))
    return Finding(known[0], known[1].format(pod=words.name(pod))) if known else None

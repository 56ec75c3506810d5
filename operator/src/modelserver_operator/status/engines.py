"""Why a pod that has started does not answer: what it says of its engine, where it says more than nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelserver_operator.api import Reason
from modelserver_operator.status import words
from modelserver_operator.status.answers import whole
from modelserver_operator.status.finding import Finding, quote
from modelserver_operator.status.observed import Observed
from modelserver_operator.status.pods import Seen


@dataclass(frozen=True)
class Ailment:
    """what: said where the runtime gives no sentence of its own. help: what comes next, and where more is told."""

    reason: Reason
    what: str
    help: str


# By the runtime's word for its own state.
AILMENTS: Mapping[str, Ailment] = {
    "stalled": Ailment(
        Reason.ENGINE_STALLED,
        "The engine has requests and makes no step.",
        "The kubelet restarts the server if this lasts for minutes; `kubectl logs {pod}` may say why.",
    ),
    "breaker_open": Ailment(
        Reason.ENGINE_FAILING,
        "The engine has failed several requests in a row.",
        "`kubectl logs {pod}` has the engine's errors.",
    ),
    "broken": Ailment(
        Reason.ENGINE_BROKEN, "The engine is dead.", "The kubelet restarts the server; `kubectl logs {pod}` says why."
    ),
    "main_loop_stuck": Ailment(
        Reason.ENGINE_BROKEN,
        "The server does nothing any more.",
        "The kubelet restarts it; `kubectl logs {pod}` may say why.",
    ),
}


def ailing(seen: Observed, pod: Seen) -> Finding | None:
    """It says that it takes no requests, and why."""
    said, name = seen.said(pod), words.name(pod)
    if not (ailment := AILMENTS.get(str(said.get("state")))):
        return None
    why = said.get("why")
    what = quote(whole(why)) if isinstance(why, str) and why else ailment.what
    return Finding(ailment.reason, f"Pod {name} takes no requests. {what} {ailment.help.format(pod=name)}")


def serving(seen: Observed, pod: Seen) -> Finding | None:
    """It is about to be ready: the kubelet looks every few seconds."""
    if seen.said(pod).get("state") != "serving":
        return None
    name = words.name(pod)
    text = (
        f"Pod {name} has started and serves; the kubelet does not call it ready yet. "
        f"If this lasts, `kubectl describe pod {name}` says why."
    )
    return Finding(Reason.NOT_READY, text)

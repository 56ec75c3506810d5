"""Why a pod's model is not there yet: what the init container that downloads it does."""

from __future__ import annotations

from modelserver_operator.api import Reason
from modelserver_operator.api.sources import HuggingFaceSource
from modelserver_operator.resolve import Resolved, identity
from modelserver_operator.status import words
from modelserver_operator.status.finding import Finding
from modelserver_operator.status.observed import Observed, Seen, download_at_work


def failed(seen: Observed, pod: Seen) -> Finding | None:
    """The download has ended without the model, and has not been at it again for long.

    Each attempt goes on where the last one stopped, so one that lasts counts as a download, however many have failed.
    """
    state = download_at_work(pod)
    ended = words.end(state)
    running = "running" in state.get("state", {})
    lasts = running and (state.get("restartCount", 0) < words.CRASHES or words.elapsed(state, seen.now) > 0)
    if not ended or lasts:
        return None
    return Finding(
        Reason.DOWNLOAD_FAILED,
        f"Pod {words.name(pod)} cannot download {_what(seen)} and tries again: {words.how(ended)}",
    )


def running(seen: Observed, pod: Seen) -> Finding | None:
    """The download is at work."""
    state = download_at_work(pod)
    if "running" not in state.get("state", {}):
        return None
    name = words.name(pod)
    text = (
        f"Pod {name} downloads {_what(seen)}: {words.so_far(state, seen.now)} so far; "
        f"`kubectl logs {name} -c {identity.DOWNLOAD}` says how far it is.{words.before(state)}"
    )
    return Finding(Reason.DOWNLOADING, text)


def _what(seen: Observed) -> str:
    source: HuggingFaceSource | None = seen.outcome.model.hugging_face if isinstance(seen.outcome, Resolved) else None
    return f"{source.repo} at {source.revision}" if source else "its model"

"""Why a pod's model is not there yet: what the init container that downloads it does."""

from __future__ import annotations

from collections.abc import Mapping

from modelserver_operator.api import Reason
from modelserver_operator.api.sources import HuggingFaceSource
from modelserver_operator.resolve import Resolved, identity
from modelserver_operator.status import words
from modelserver_operator.status.finding import Finding, size
from modelserver_operator.status.observed import Observed
from modelserver_operator.status.pods import Seen, download_at_work

# An attempt gives up when nothing has come for two minutes; one that lasts for longer has got something.
LASTS_SECONDS = 180

LARGEST = 1 << 60  # bytes; a pod can be made to say anything


def failed(seen: Observed, pod: Seen) -> Finding | None:
    """The download has ended without the model, and the attempt that runs now, if one does, has not lasted yet.

    Each attempt goes on where the last one stopped, so one that lasts is a download, however many have failed.
    """
    state = download_at_work(pod)
    ended = words.end(state)
    if not ended or _lasts(seen, state):
        return None
    text = (
        f"Pod {words.name(pod)} cannot download {_what(seen)}; the last attempt ended with "
        f"{words.how(ended).rstrip('.')}. It is tried again (attempt {_attempt(state)}) and goes on where it stopped."
    )
    return Finding(Reason.DOWNLOAD_FAILED, text)


def running(seen: Observed, pod: Seen) -> Finding | None:
    """The download is at work."""
    state = download_at_work(pod)
    if "running" not in state.get("state", {}):
        return None
    text = _how_far(seen, pod) or _for_how_long(seen, pod, state)
    return Finding(Reason.DOWNLOADING, text + words.before(state))


def _how_far(seen: Observed, pod: Seen) -> str:
    """As the download itself says; empty where it does not. In tenths, since each new message is a write of status."""
    told = seen.said(pod).get("download")
    done, total = (told.get("bytes"), told.get("total_bytes")) if isinstance(told, Mapping) else (None, None)
    if not isinstance(done, int) or not isinstance(total, int) or not 0 <= done <= total <= LARGEST or not total:
        return ""
    return f"Pod {words.name(pod)} downloads {_what(seen)}: {done * 10 // total * 10} % of {size(total)}."


def _for_how_long(seen: Observed, pod: Seen, state: Seen) -> str:
    name = words.name(pod)
    logs = f"`kubectl logs {name} -c {identity.DOWNLOAD}` says how far it is."
    if words.has_just_begun(state, seen.now):
        return f"Pod {name} has just begun to download {_what(seen)}; {logs}"
    return f"Pod {name} downloads {_what(seen)}: {words.so_far(state, seen.now)} so far; {logs}"


def _lasts(seen: Observed, state: Seen) -> bool:
    return "running" in state.get("state", {}) and words.elapsed(state, seen.now) >= LASTS_SECONDS


def _attempt(state: Seen) -> int:
    """The number of the attempt that runs, or that comes next: the first is no restart."""
    return int(state.get("restartCount", 0)) + (1 if "running" in state.get("state", {}) else 2)


def _what(seen: Observed) -> str:
    source: HuggingFaceSource | None = seen.outcome.model.hugging_face if isinstance(seen.outcome, Resolved) else None
    return f"{source.repo} at {source.revision}" if source else "its model"

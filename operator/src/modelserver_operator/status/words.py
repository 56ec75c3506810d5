"""What the checks of pods say in the same words: which pod, for how long, and how a container ended."""

from __future__ import annotations

from datetime import datetime

from modelserver_operator.status.finding import duration, quote
from modelserver_operator.status.pods import Seen

# The elapsed time is told in steps: each new message is a write of status, which wakes the operator again.
STEP_SECONDS = 30
# One failure can be a node's; two are the server's.
CRASHES = 2


def name(pod: Seen) -> str:
    """The pod's name."""
    return str(pod["metadata"]["name"])


def elapsed(state: Seen, now: datetime) -> int:
    """For how many seconds the container has run, in steps."""
    started = datetime.fromisoformat(state["state"]["running"]["startedAt"])
    return max(0, int((now - started).total_seconds()) // STEP_SECONDS * STEP_SECONDS)


def has_just_begun(state: Seen, now: datetime) -> bool:
    """Whether the container runs for less than a step."""
    return elapsed(state, now) == 0


def so_far(state: Seen, now: datetime) -> str:
    """The same in words."""
    return duration(elapsed(state, now))


def end(state: Seen) -> Seen:
    """The container's last end; empty if it has not ended."""
    found: Seen = state.get("state", {}).get("terminated") or state.get("lastState", {}).get("terminated") or {}
    return found


def lasted(ended: Seen) -> float | None:
    """For how many seconds a container had run that has ended; None where the kubelet does not know."""
    since, until = ended.get("startedAt"), ended.get("finishedAt")
    if not since or not until:
        return None
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()


def how(ended: Seen) -> str:
    """How a container ended, for the end of a sentence: its own last words, where it left some."""
    if ended.get("reason") == "OOMKilled":
        return (
            "more memory than its class grants (OOMKilled): a smaller context, or a class with more memory, may help."
        )
    said = quote(ended.get("message", "")) or "it left no message."
    return f"exit code {ended.get('exitCode')}: {said}"


def before(state: Seen) -> str:
    """A further sentence for a container that runs again."""
    ended = state.get("lastState", {}).get("terminated")
    return f" Before, it ended with {how(ended)}" if ended else ""

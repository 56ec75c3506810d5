"""How far the pods are that are made, or replaced, where nothing is wrong with any of them."""

from __future__ import annotations

from modelserver_operator.api import Reason
from modelserver_operator.status.counts import has_template_of, makes_pods_of
from modelserver_operator.status.finding import Finding
from modelserver_operator.status.observed import Observed


def adding_pods(seen: Observed) -> Finding | None:
    """Pods of this generation run and of no other, or the first are yet to be made; and fewer are there, or are counted
    as answering, than asked for."""
    there = len(seen.current_pods)
    if _replaces_pods(seen) or not (there or _is_first(seen)):
        return None
    more = seen.wanted - there
    added = f"{more} pod{' is' if more == 1 else 's are'} added: {_there(seen, there)}"
    return Finding(Reason.ADDING_PODS, f"{added if more > 0 else _uncounted(seen)}. No pod is replaced.")


def rolling_out(seen: Observed) -> Finding | None:
    """Whatever is left: pods are on their way, or old ones still run."""
    new = min(seen.counts.updated, len(seen.current_pods))  # one that was just deleted is counted once more
    return Finding(Reason.ROLLOUT_IN_PROGRESS, f"{_there(seen, new)}.")


def _there(seen: Observed, new: int) -> str:
    """new: how many pods of this generation there are."""
    return f"{_run(seen, new)}, {seen.serving} pod{' answers' if seen.serving == 1 else 's answer'}"


def _uncounted(seen: Observed) -> str:
    """All are there, and of one that is not Ready another check has told why. That a controller counts them a moment
    later is no reason of its own."""
    are, them = ("is", "it") if seen.wanted == 1 else ("are", "them all")
    return f"{_run(seen, seen.wanted)} and {are} Ready, and the Deployment's controller has yet to count {them}"


def _run(seen: Observed, new: int) -> str:
    pods = "pod" if seen.wanted == 1 else "pods"
    run = "runs" if 1 in (new, seen.wanted) else "run"
    return f"{min(new, seen.wanted)} of {seen.wanted} {pods} {run} this generation"


def _replaces_pods(seen: Observed) -> bool:
    """Whether pods of an older template are left, or are about to be: counted from the pods, not by a controller who
    has yet to look."""
    deployment = seen.children.deployment or {}
    made = any(makes_pods_of(each, deployment) for each in seen.children.replica_sets)
    return bool(seen.older_pods or seen.draining_pods) or not (made or _is_first(seen))


def _is_first(seen: Observed) -> bool:
    """Whether no pod was ever made from another template, so that none can be replaced."""
    deployment = seen.children.deployment or {}
    return all(has_template_of(each, deployment) for each in seen.children.replica_sets)

"""Why a pod is not ready: one small check for each cause, read from the pod alone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from modelserver_operator.api import Reason
from modelserver_operator.resolve import Resolved
from modelserver_operator.status.finding import Finding, duration, quote
from modelserver_operator.status.observed import Observed, Seen, condition, container, waiting

PULL_FAILURES = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError")
REFUSALS = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")
# The elapsed time is told in steps: each new message is a write of status, which wakes the operator again.
STEP_SECONDS = 30
# One failure can be a node's; two are the server's.
CRASHES = 2


def volume_missing(seen: Observed, pod: Seen) -> Finding | None:
    """A claim does not exist, or has no volume; the scheduler says so."""
    message = _unscheduled(pod)
    if missing := re.search(r'persistentvolumeclaim "([^"]+)" not found', message):
        claim, namespace = missing[1], pod["metadata"].get("namespace", "")
        text = (
            f"PersistentVolumeClaim {claim} does not exist in namespace {namespace}: "
            f"create it, or correct {_place(seen, claim)}."
        )
        return Finding(Reason.VOLUME_MISSING, text)
    if "PersistentVolumeClaim" in message or "persistentvolumeclaim" in message:
        return Finding(Reason.VOLUME_MISSING, f"A volume of pod {_name(pod)} cannot be had: {quote(message)}")
    return None


def waits_for_drain(seen: Observed, pod: Seen) -> Finding | None:
    """No node has room because an old pod still finishes its requests."""
    if not _unscheduled(pod) or not seen.draining_pods:
        return None
    old = seen.draining_pods[0]["metadata"]
    text = (
        f"Pod {_name(pod)} takes the place of pod {old['name']}, "
        f"which finishes its requests until {old['deletionTimestamp']} at the latest."
    )
    return Finding(Reason.DRAINING, text)


def unschedulable(_: Observed, pod: Seen) -> Finding | None:
    """No node has room."""
    message = _unscheduled(pod)
    return (
        Finding(Reason.UNSCHEDULABLE, f"No node has room for pod {_name(pod)}: {quote(message)}") if message else None
    )


def image_pull_failed(_: Observed, pod: Seen) -> Finding | None:
    """The kubelet cannot get the image."""
    why = waiting(pod)
    if why.get("reason") not in PULL_FAILURES:
        return None
    text = (
        f"Image {container(pod).get('image', '')} cannot be pulled, which the class or its imagePullSecrets must mend: "
        f"{why['reason']}: {quote(why.get('message', ''))}"
    )
    return Finding(Reason.IMAGE_PULL_FAILED, text)


def container_refused(_: Observed, pod: Seen) -> Finding | None:
    """The kubelet has the image and cannot make the container."""
    why = waiting(pod)
    if why.get("reason") not in REFUSALS:
        return None
    text = f"The container of pod {_name(pod)} cannot be made: {why['reason']}: {quote(why.get('message', ''))}"
    return Finding(Reason.CONTAINER_REFUSED, text)


def crash_looping(_: Observed, pod: Seen) -> Finding | None:
    """The server has ended, twice or more or just now."""
    state = container(pod)
    ended = state.get("state", {}).get("terminated") or state.get("lastState", {}).get("terminated")
    stopped = "running" not in state.get("state", {})
    again = not state.get("started") and state.get("restartCount", 0) >= CRASHES
    if not ended or not (stopped or again):
        return None
    return Finding(Reason.CRASH_LOOPING, f"The server in pod {_name(pod)} ends with {_exit(ended)}")


def creating(_: Observed, pod: Seen) -> Finding | None:
    """The kubelet is at work, and has not said more."""
    if container(pod).get("state", {}).get("running"):
        return None
    if condition(pod, "PodScheduled").get("status") != "True":
        return Finding(Reason.CONTAINER_CREATING, f"Pod {_name(pod)} waits for a node.")
    text = (
        f"Pod {_name(pod)} is being made: its image is pulled and its volumes are mounted. "
        f"If it takes long, `kubectl describe pod {_name(pod)}` says why."
    )
    return Finding(Reason.CONTAINER_CREATING, text)


def loading(seen: Observed, pod: Seen) -> Finding | None:
    """The server runs and has not started to answer; the startup budget says how long it may."""
    state = container(pod)
    if state.get("started") or not isinstance(seen.outcome, Resolved):
        return None
    budget = seen.outcome.rollout.startup_timeout_seconds.value
    spent = _steps(seen.now - datetime.fromisoformat(state["state"]["running"]["startedAt"]))
    text = f"Pod {_name(pod)} loads the model: {duration(spent)} of at most {duration(budget)}.{_last_end(state)}"
    return Finding(Reason.LOADING, text)


def not_ready(_: Observed, pod: Seen) -> Finding | None:
    """The server has started and does not answer at the moment."""
    text = f"Pod {_name(pod)} has started and is not ready; `kubectl logs {_name(pod)}` may say why."
    return Finding(Reason.NOT_READY, text)


def _unscheduled(pod: Seen) -> str:
    scheduled = condition(pod, "PodScheduled")
    return str(scheduled.get("message", "")) if scheduled.get("reason") == "Unschedulable" else ""


def _place(seen: Observed, claim: str) -> str:
    """Which field names the claim."""
    if not isinstance(seen.outcome, Resolved):
        return "its name"
    model, vectors = seen.outcome.model.persistent_volume_claim, seen.outcome.emotions.vectors
    if model and claim == model.claim_name:
        return "spec.model.persistentVolumeClaim.claimName"
    if vectors and vectors.persistent_volume_claim and claim == vectors.persistent_volume_claim.claim_name:
        return "spec.emotions.vectors.persistentVolumeClaim.claimName"
    return f"volumes of class {seen.outcome.class_name}"


def _exit(ended: Seen) -> str:
    if ended.get("reason") == "OOMKilled":
        return (
            "more memory than its class grants (OOMKilled): a smaller context, or a class with more memory, may help."
        )
    said = quote(ended.get("message", "")) or "it left no message."
    return f"exit code {ended.get('exitCode')}: {said}"


def _last_end(state: Seen) -> str:
    ended = state.get("lastState", {}).get("terminated")
    return f" Before, it ended with {_exit(ended)}" if ended else ""


def _steps(elapsed: timedelta) -> int:
    seconds = int(elapsed.total_seconds())
    return max(0, seconds // STEP_SECONDS * STEP_SECONDS)


def _name(pod: Seen) -> str:
    return str(pod["metadata"]["name"])

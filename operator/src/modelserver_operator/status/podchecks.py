"""Why a pod is not ready: one small check for each cause, read from the pod alone."""

from __future__ import annotations

import re

from modelserver_operator.api import Reason
from modelserver_operator.resolve import Resolved
from modelserver_operator.resolve.rollout import GIVEN_UP_SECONDS
from modelserver_operator.status import room, words
from modelserver_operator.status.finding import Finding, duration, quote
from modelserver_operator.status.observed import Observed
from modelserver_operator.status.pods import Seen, at_work, download_at_work, pod_condition, unscheduled, waiting
from modelserver_operator.status.words import CRASHES

PULL_FAILURES = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError")
REFUSALS = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")
# From the end of the startup budget until the server is gone: what it is given, and as long for the kubelet's own part.
ENDING_SECONDS = 2 * GIVEN_UP_SECONDS


def waits_for_drain(seen: Observed, pod: Seen) -> Finding | None:
    """No node has room because an old pod still finishes its requests."""
    if not unscheduled(pod) or not seen.draining_pods:
        return None
    old = seen.draining_pods[0]["metadata"]
    text = (
        f"Pod {words.name(pod)} takes the place of pod {old['name']}, "
        f"which finishes its requests until {old['deletionTimestamp']} at the latest."
    )
    return Finding(Reason.DRAINING, text)


def unschedulable(seen: Observed, pod: Seen) -> Finding | None:
    """No node has room. That nobody can be preempted for it is no news to whoever reads this."""
    message = re.sub(r"\s*(no new claims to deallocate, )?preemption:.*", "", unscheduled(pod))
    if not message:
        return None
    text = f"No node has room for pod {words.name(pod)}{_what_it_asks_for(seen)}{room.waits_for(seen, message)}"
    return Finding(Reason.UNSCHEDULABLE, f"{text}: {quote(message)}")


def image_pull_failed(seen: Observed, pod: Seen) -> Finding | None:
    """The kubelet cannot get the image."""
    why = waiting(pod)
    if why.get("reason") not in PULL_FAILURES:
        return None
    text = f"{_image(seen, pod)}: {why['reason']}: {quote(why.get('message', ''))}"
    return Finding(Reason.IMAGE_PULL_FAILED, text)


def container_refused(seen: Observed, pod: Seen) -> Finding | None:
    """The kubelet has the image and cannot make the container."""
    why = waiting(pod)
    if why.get("reason") not in REFUSALS:
        return None
    text = f"The container of pod {words.name(pod)} cannot be made: {why['reason']}: {quote(why.get('message', ''))}"
    return Finding(Reason.CONTAINER_REFUSED, text + _secret_remedy(seen, why.get("message", "")))


def crash_looping(seen: Observed, pod: Seen) -> Finding | None:
    """The server has ended just now, or twice or more without a run in between in which it must have answered."""
    state = at_work(pod)
    ended = words.end(state)
    stopped = "running" not in state.get("state", {})
    again = not state.get("started") and state.get("restartCount", 0) >= CRASHES and not _had_started(seen, ended)
    if download_at_work(pod) or not ended or not (stopped or again):
        return None
    return Finding(Reason.CRASH_LOOPING, f"The server in pod {words.name(pod)} ends with {words.how(ended)}")


def creating(seen: Observed, pod: Seen) -> Finding | None:
    """The kubelet is at work, and has not said more."""
    if at_work(pod).get("state", {}).get("running"):
        return None
    if pod_condition(pod, "PodScheduled").get("status") != "True":
        return Finding(Reason.CONTAINER_CREATING, f"Pod {words.name(pod)} waits for a node.")
    text = (
        f"Pod {words.name(pod)} is being made: its image is pulled and its volumes are mounted. "
        f"If it takes long, `kubectl describe pod {words.name(pod)}` says why."
    )
    if said := seen.complaint(pod):
        text = f"Pod {words.name(pod)} waits for its volumes: {quote(said)}"
    return Finding(Reason.CONTAINER_CREATING, text)


def loading(seen: Observed, pod: Seen) -> Finding | None:
    """The server runs and has not started to answer; the startup budget says how long it may."""
    state = at_work(pod)
    if state.get("started") or not isinstance(seen.outcome, Resolved):
        return None
    budget = seen.outcome.rollout.startup_timeout_seconds.value
    text = f"Pod {words.name(pod)} loads the model: {words.so_far(state, seen.now)} of at most {duration(budget)}."
    if words.has_just_begun(state, seen.now):
        text = f"Pod {words.name(pod)} has just begun to load the model, which may take at most {duration(budget)}."
    return Finding(Reason.LOADING, text + words.before(state))


def not_ready(_: Observed, pod: Seen) -> Finding | None:
    """The server has started and does not answer at the moment."""
    text = f"Pod {words.name(pod)} has started and is not ready; `kubectl logs {words.name(pod)}` may say why."
    return Finding(Reason.NOT_READY, text)


def _had_started(seen: Observed, ended: Seen) -> bool:
    """Whether the run that has ended was longer than a server lives that does not start to answer."""
    lasted = words.lasted(ended)
    if lasted is None or not isinstance(seen.outcome, Resolved):
        return False
    return lasted > seen.outcome.rollout.startup_timeout_seconds.value + ENDING_SECONDS


def _what_it_asks_for(seen: Observed) -> str:
    if not isinstance(seen.outcome, Resolved):
        return ""
    total, accelerator = seen.outcome.resources, seen.outcome.placement.accelerator
    parts = [f"{asked.value} of {name}" for name, asked in (("cpu", total.cpu), ("memory", total.memory)) if asked]
    parts += [f"{total.units.value} of {accelerator.resource_name}"] if accelerator else []
    return f", which asks for {', '.join(parts)}" if parts else ""


def _secret_remedy(seen: Observed, message: str) -> str:
    """Which field names the Secret that the kubelet misses, or its key."""
    source = seen.outcome.model.hugging_face if isinstance(seen.outcome, Resolved) else None
    secret = source.token_secret_ref if source else None
    if secret is None or not re.search(rf"\b[Ss]ecret\b.*\b{re.escape(secret.name)}\b", message):
        return ""
    return f". Create it with the key {secret.key}, or correct spec.model.huggingFace.tokenSecretRef."


def _image(seen: Observed, pod: Seen) -> str:
    """Which image cannot be pulled, and who can mend it. A volume's image is named in the kubelet's message only."""
    source = seen.outcome.model.image if isinstance(seen.outcome, Resolved) else None
    if source and source.reference in waiting(pod).get("message", ""):
        return (
            f"The model's image {source.reference} cannot be pulled; correct spec.model.image.reference, "
            "or have imagePullSecrets of the class corrected"
        )
    image = at_work(pod).get("image", "")
    return f"Image {image} cannot be pulled, which the class or its imagePullSecrets must mend"

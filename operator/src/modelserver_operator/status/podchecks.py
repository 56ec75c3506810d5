"""Why a pod is not ready: one small check for each cause, read from the pod alone."""

from __future__ import annotations

import re

from modelserver_operator.api import Reason
from modelserver_operator.api.cache import Cache
from modelserver_operator.resolve import Resolved, identity
from modelserver_operator.status import words
from modelserver_operator.status.finding import Finding, duration, quote
from modelserver_operator.status.observed import Observed, Seen, at_work, condition, download_at_work, waiting
from modelserver_operator.status.words import CRASHES

PULL_FAILURES = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError")
REFUSALS = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")


def volume_missing(seen: Observed, pod: Seen) -> Finding | None:
    """A claim does not exist, or has no volume; the scheduler says so."""
    message = _unscheduled(pod)
    if missing := re.search(r'persistentvolumeclaim "([^"]+)" not found', message):
        claim, namespace = missing[1], pod["metadata"].get("namespace", "")
        text = f"PersistentVolumeClaim {claim} does not exist in namespace {namespace}: {_remedy(seen, claim)}."
        return Finding(Reason.VOLUME_MISSING, text)
    if "PersistentVolumeClaim" in message or "persistentvolumeclaim" in message:
        return Finding(Reason.VOLUME_MISSING, _unbound(seen, pod, message))
    return None


def waits_for_drain(seen: Observed, pod: Seen) -> Finding | None:
    """No node has room because an old pod still finishes its requests."""
    if not _unscheduled(pod) or not seen.draining_pods:
        return None
    old = seen.draining_pods[0]["metadata"]
    text = (
        f"Pod {words.name(pod)} takes the place of pod {old['name']}, "
        f"which finishes its requests until {old['deletionTimestamp']} at the latest."
    )
    return Finding(Reason.DRAINING, text)


def waits_for_volume(seen: Observed, pod: Seen) -> Finding | None:
    """The cache can be on one node at a time, and an old pod on another node still has it."""
    if not _cache_is_of_one_node(seen) or at_work(pod).get("state", {}).get("running"):
        return None
    node = pod.get("spec", {}).get("nodeName")
    old = next(
        (old["metadata"] for old in seen.draining_pods if node and old.get("spec", {}).get("nodeName") != node), None
    )
    if old is None:
        return None
    text = (
        f"Pod {words.name(pod)} waits for its cache, which pod {old['name']} has on another node "
        f"until {old['deletionTimestamp']} at the latest."
    )
    return Finding(Reason.DRAINING, text)


def unschedulable(_: Observed, pod: Seen) -> Finding | None:
    """No node has room."""
    message = _unscheduled(pod)
    return (
        Finding(Reason.UNSCHEDULABLE, f"No node has room for pod {words.name(pod)}: {quote(message)}")
        if message
        else None
    )


def image_pull_failed(seen: Observed, pod: Seen) -> Finding | None:
    """The kubelet cannot get the image."""
    why = waiting(pod)
    if why.get("reason") not in PULL_FAILURES:
        return None
    text = f"{_image(seen, pod)}: {why['reason']}: {quote(why.get('message', ''))}"
    return Finding(Reason.IMAGE_PULL_FAILED, text)


def container_refused(_: Observed, pod: Seen) -> Finding | None:
    """The kubelet has the image and cannot make the container."""
    why = waiting(pod)
    if why.get("reason") not in REFUSALS:
        return None
    text = f"The container of pod {words.name(pod)} cannot be made: {why['reason']}: {quote(why.get('message', ''))}"
    return Finding(Reason.CONTAINER_REFUSED, text)


def crash_looping(_: Observed, pod: Seen) -> Finding | None:
    """The server has ended, twice or more or just now."""
    state = at_work(pod)
    ended = words.end(state)
    stopped = "running" not in state.get("state", {})
    again = not state.get("started") and state.get("restartCount", 0) >= CRASHES
    if download_at_work(pod) or not ended or not (stopped or again):
        return None
    return Finding(Reason.CRASH_LOOPING, f"The server in pod {words.name(pod)} ends with {words.how(ended)}")


def creating(_: Observed, pod: Seen) -> Finding | None:
    """The kubelet is at work, and has not said more."""
    if at_work(pod).get("state", {}).get("running"):
        return None
    if condition(pod, "PodScheduled").get("status") != "True":
        return Finding(Reason.CONTAINER_CREATING, f"Pod {words.name(pod)} waits for a node.")
    text = (
        f"Pod {words.name(pod)} is being made: its image is pulled and its volumes are mounted. "
        f"If it takes long, `kubectl describe pod {words.name(pod)}` says why."
    )
    return Finding(Reason.CONTAINER_CREATING, text)


def loading(seen: Observed, pod: Seen) -> Finding | None:
    """The server runs and has not started to answer; the startup budget says how long it may."""
    state = at_work(pod)
    if state.get("started") or not isinstance(seen.outcome, Resolved):
        return None
    budget = seen.outcome.rollout.startup_timeout_seconds.value
    spent = words.so_far(state, seen.now)
    text = f"Pod {words.name(pod)} loads the model: {spent} of at most {duration(budget)}.{words.before(state)}"
    return Finding(Reason.LOADING, text)


def not_ready(_: Observed, pod: Seen) -> Finding | None:
    """The server has started and does not answer at the moment."""
    text = f"Pod {words.name(pod)} has started and is not ready; `kubectl logs {words.name(pod)}` may say why."
    return Finding(Reason.NOT_READY, text)


def _unscheduled(pod: Seen) -> str:
    scheduled = condition(pod, "PodScheduled")
    return str(scheduled.get("message", "")) if scheduled.get("reason") == "Unschedulable" else ""


def _unbound(seen: Observed, pod: Seen, message: str) -> str:
    """What to do about claims without a volume. The scheduler does not say which; often there is but one."""
    cache = seen.outcome.cache if isinstance(seen.outcome, Resolved) else None
    if not isinstance(seen.outcome, Resolved) or cache is None:
        return f"A volume of pod {words.name(pod)} cannot be had; `kubectl get pvc` shows which: {quote(message)}"
    claim, remedy = identity.cache(seen.outcome.name), _class_of(cache)
    if seen.outcome.emotions.vectors or seen.outcome.placement.volumes:
        which = f"A volume of pod {words.name(pod)} cannot be had; `kubectl get pvc` shows which."
        return f"{which} If it is {claim}, the server's cache: {remedy}"
    return f"PersistentVolumeClaim {claim}, the server's cache, has no volume: {remedy}"


def _class_of(cache: Cache) -> str:
    if cache.storage_class_name:
        return (
            f"spec.cache.storageClassName is {cache.storage_class_name}, which must be a StorageClass of the cluster "
            f"(`kubectl get storageclass`) that makes volumes of {cache.size}, {cache.access_mode}."
        )
    return (
        "unless it is being made, the cluster has no default StorageClass. Name one in spec.cache.storageClassName "
        "(`kubectl get storageclass` lists them; to add the field, remove spec.cache first), or have one made the "
        "default."
    )


def _remedy(seen: Observed, claim: str) -> str:
    """What to do about a claim that does not exist: that depends on which field names it."""
    if not isinstance(seen.outcome, Resolved):
        return "create it, or correct its name"
    model, vectors = seen.outcome.model.persistent_volume_claim, seen.outcome.emotions.vectors
    if seen.outcome.cache and claim == identity.cache(seen.outcome.name):
        return "it is the server's cache, which the operator makes again"
    if model and claim == model.claim_name:
        return "create it, or correct spec.model.persistentVolumeClaim.claimName"
    if vectors and vectors.persistent_volume_claim and claim == vectors.persistent_volume_claim.claim_name:
        return "create it, or correct spec.emotions.vectors.persistentVolumeClaim.claimName"
    return f"create it, or have volumes of class {seen.outcome.class_name} corrected"


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


def _cache_is_of_one_node(seen: Observed) -> bool:
    cache = seen.outcome.cache if isinstance(seen.outcome, Resolved) else None
    return cache is not None and cache.access_mode == "ReadWriteOnce"

"""Why a pod waits for its volumes: a claim that is not there, one without a volume, or one that another node has."""

from __future__ import annotations

import re

from modelserver_operator.api import Reason
from modelserver_operator.api.cache import Cache
from modelserver_operator.resolve import Resolved, identity
from modelserver_operator.status import words
from modelserver_operator.status.finding import Finding, quote
from modelserver_operator.status.observed import Observed
from modelserver_operator.status.pods import Seen, at_work, unscheduled


def missing(seen: Observed, pod: Seen) -> Finding | None:
    """A claim does not exist, or has no volume; the scheduler says so."""
    message = unscheduled(pod)
    if named := re.search(r'persistentvolumeclaim "([^"]+)" not found', message):
        claim, namespace = named[1], pod["metadata"].get("namespace", "")
        text = f"PersistentVolumeClaim {claim} does not exist in namespace {namespace}: {_remedy(seen, claim)}."
        return Finding(Reason.VOLUME_MISSING, text)
    if "PersistentVolumeClaim" in message or "persistentvolumeclaim" in message:
        return Finding(Reason.VOLUME_MISSING, _unbound(seen, pod, message))
    return None


def elsewhere(seen: Observed, pod: Seen) -> Finding | None:
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


def _cache_is_of_one_node(seen: Observed) -> bool:
    cache = seen.outcome.cache if isinstance(seen.outcome, Resolved) else None
    return cache is not None and cache.access_mode == "ReadWriteOnce"

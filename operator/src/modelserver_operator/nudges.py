"""Tells kubelets that a ConfigMap has changed: they would look by themselves, but only about every 90 seconds.

A kubelet syncs a pod, its volumes included, when the pod changes. An annotation is a change that no container sees; it
is the one thing that is written to pods, and only to those that have not taken over what their ConfigMap holds.
"""

import hashlib
import logging

from modelserver_operator.children import Family, live_config_of
from modelserver_operator.cluster import CONFIG_MAP, POD, Cluster, ClusterError, Manifest, uid_is
from modelserver_operator.resolve import identity
from modelserver_operator.status import Answer, Steering, Steers, answering
from modelserver_operator.wish import MANAGER

SHOWN = 12  # of the 64 digits; enough to tell one text from the next

log = logging.getLogger(__name__)


async def nudge(cluster: Cluster, family: Family, steering: Steering) -> None:
    """Annotate each ready pod whose ConfigMap holds what is wanted and that does not have it in force; once.

    A failure is logged and no more: the kubelet looks all the same, later.
    """
    for pod in answering(family.pods()):
        said = steering.answers.get(pod["metadata"]["uid"])
        if said is None or _has_it(pod, said, steering) or not _could_have_it(pod, family, steering):
            continue
        try:
            await cluster.apply(_annotated(pod, steering), manager=MANAGER, precondition=uid_is(pod["metadata"]["uid"]))
        except ClusterError as error:
            log.warning("%s: its kubelet cannot be told of a change: %s", pod["metadata"]["name"], error)


def _has_it(pod: Manifest, said: Answer, steering: Steering) -> bool:
    """Whether it steers as wanted, has refused to, or was annotated before."""
    read = isinstance(said, Steers) and steering.wanted in (said.live, said.refused and said.refused.live)
    return read or (pod["metadata"].get("annotations") or {}).get(identity.LIVE) == steering.wanted[:SHOWN]


def _could_have_it(pod: Manifest, family: Family, steering: Steering) -> bool:
    name = live_config_of(pod["spec"])
    config = family.find({"kind": CONFIG_MAP.name, "metadata": {"name": name}})
    text = (config or {}).get("data", {}).get("live.yaml", "")
    return hashlib.sha256(text.encode()).hexdigest() == steering.wanted


def _annotated(pod: Manifest, steering: Steering) -> Manifest:
    metadata = {name: pod["metadata"][name] for name in ("name", "namespace")}
    annotations = {identity.LIVE: steering.wanted[:SHOWN]}
    return {"apiVersion": POD.api_version, "kind": POD.name, "metadata": metadata | {"annotations": annotations}}

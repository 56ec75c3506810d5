"""What is read of one ModelServer's children: by name where there is one at most, by label where there are several."""

import asyncio
from collections.abc import Iterable

from modelserver_operator.children import Family, is_model_server
from modelserver_operator.cluster import (
    CONFIG_MAP,
    DEPLOYMENT,
    HORIZONTAL_POD_AUTOSCALER,
    HTTP_ROUTE,
    INGRESS,
    NETWORK_POLICY,
    PERSISTENT_VOLUME_CLAIM,
    POD,
    POD_DISRUPTION_BUDGET,
    PROMETHEUS_RULE,
    REPLICA_SET,
    SCALED_OBJECT,
    SERVICE,
    SERVICE_ACCOUNT,
    SERVICE_MONITOR,
    Cluster,
    Kind,
    Manifest,
    Rejected,
)
from modelserver_operator.resolve import Facts, identity
from modelserver_operator.scalers import target_of

CHILD_SELECTOR = f"app.kubernetes.io/managed-by={identity.MANAGED_BY}"

SCALERS = (HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT)  # anybody's may set the number of our pods
RUNNING = (DEPLOYMENT, REPLICA_SET, POD, HORIZONTAL_POD_AUTOSCALER)
OPTIONAL = (HTTP_ROUTE, SERVICE_MONITOR, PROMETHEUS_RULE, SCALED_OBJECT)  # kinds that not every cluster serves
ALWAYS = (
    SERVICE_ACCOUNT,
    CONFIG_MAP,
    PERSISTENT_VOLUME_CLAIM,
    NETWORK_POLICY,
    *RUNNING,
    POD_DISRUPTION_BUDGET,
    SERVICE,
    INGRESS,
)
SEVERAL = (CONFIG_MAP, REPLICA_SET, POD)


def running_kinds(facts: Facts | None) -> tuple[Kind, ...]:
    """The kinds of all that a status is made of; None where nothing is known of the cluster."""
    return (*RUNNING, SCALED_OBJECT) if facts and SCALED_OBJECT.name in facts.kinds else RUNNING


def child_kinds(facts: Facts) -> tuple[Kind, ...]:
    """The kinds of all children that a ModelServer may have in this cluster, and of what is made from them."""
    return (*ALWAYS, *(kind for kind in OPTIONAL if kind.name in facts.kinds))


async def observe(cluster: Cluster, server: Manifest, kinds: Iterable[Kind]) -> Family:
    """The children of these kinds, and whatever else has their names or labels."""
    asked = tuple(kinds)
    answers = await asyncio.gather(*(_answer(cluster, kind, server["metadata"]) for kind in asked))
    members = [member for answer in answers if isinstance(answer, list) for member in answer]
    refused = [(kind, answer) for kind, answer in zip(asked, answers, strict=True) if isinstance(answer, Rejected)]
    return Family(server, members, {kind.name: str(error) for kind, error in refused})


async def _answer(cluster: Cluster, kind: Kind, server: Manifest) -> list[Manifest] | Rejected:
    """What there is; a refusal is for one kind, such as for want of a right, and must not hide the others."""
    try:
        return await _read(cluster, kind, server)
    except Rejected as error:
        return error


async def _read(cluster: Cluster, kind: Kind, server: Manifest) -> list[Manifest]:
    namespace, name = server["namespace"], server["name"]
    if kind in SCALERS:
        return [each for each in await cluster.list_all(kind, namespace) if _concerns(each, name)]
    if kind in SEVERAL:
        labels = [f"{label}={value}" for label, value in identity.selector(name).items()]
        return await cluster.list_all(kind, namespace, labels=",".join([CHILD_SELECTOR, *labels]))
    child = identity.cache(name) if kind == PERSISTENT_VOLUME_CLAIM else name
    found = await cluster.get(kind, namespace, child)
    return [found] if found else []


def _concerns(scaler: Manifest, name: str) -> bool:
    """Whether it scales a ModelServer of this name, was made by it, or stands where that one's own is to be."""
    return name in (target_of(scaler), scaler["metadata"]["name"]) or _owned(scaler, name)


def _owned(child: Manifest, name: str) -> bool:
    """Whether a ModelServer of this name has made it, whatever it says by now."""
    owners = child["metadata"].get("ownerReferences") or ()
    return any(is_model_server(owner) and owner["name"] == name for owner in owners)

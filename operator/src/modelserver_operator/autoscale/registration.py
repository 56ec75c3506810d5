"""The two APIServices by which the API server passes custom.metrics.k8s.io on to somebody: the chart makes them, and
the operator puts its authority into them, as long as both lead to it.
"""

from __future__ import annotations

import base64
import binascii
import logging
from dataclasses import dataclass

from modelserver_operator.autoscale.certificates import joined
from modelserver_operator.autoscale.documents import GROUP, VERSIONS
from modelserver_operator.cluster import API_SERVICE, Cluster, Manifest
from modelserver_operator.resolve.facts import MetricsApi

NAMES = tuple(f"{version}.{GROUP}" for version in VERSIONS)
MANAGER = "modelserver-metrics-api"  # of the field caBundle, and of nothing else
LOCAL = "the API server itself"  # what an APIService without a Service leads to

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Registered:
    """Who serves custom.metrics.k8s.io. holder: namespace/name of the Service that a foreign APIService leads to."""

    api: MetricsApi = MetricsApi.ABSENT
    holder: str = ""


class Registration:
    """The APIServices of one cluster, as an installation sees them whose Service has this namespace and name."""

    def __init__(self, cluster: Cluster, namespace: str, service: str) -> None:
        self._cluster = cluster
        self._ours = f"{namespace}/{service}"

    async def look(self) -> Registered:
        """Who serves it now. Raises ClusterError."""
        return self._registered(await self._read())

    async def trust(self, authority: bytes) -> Registered:
        """As `look`; and where both are ours, see to it that this certificate (PEM) is trusted. Raises ClusterError,
        and Conflict where another replica adds its own at the same time."""
        found = await self._read()
        registered = self._registered(found)
        if registered.api is MetricsApi.OURS:
            for each in found:
                await self._add(each, authority)
        return registered

    async def _read(self) -> list[Manifest]:
        """Those that exist."""
        found = [await self._cluster.get(API_SERVICE, None, name) for name in NAMES]
        return [each for each in found if each is not None]

    def _registered(self, found: list[Manifest]) -> Registered:
        foreign = [holder for each in found if (holder := _holder(each)) != self._ours]
        if foreign:
            return Registered(MetricsApi.FOREIGN, foreign[0])
        return Registered(MetricsApi.OURS if len(found) == len(NAMES) else MetricsApi.ABSENT)

    async def _add(self, found: Manifest, authority: bytes) -> None:
        before = _decoded(found["spec"].get("caBundle") or "")
        after = joined(before, authority)
        if after == before:
            return
        metadata = found["metadata"]
        bundle = base64.b64encode(after).decode()
        wanted = {
            "apiVersion": API_SERVICE.api_version,
            "kind": API_SERVICE.name,
            "metadata": {"name": metadata["name"]},
            "spec": {"caBundle": bundle},
        }
        read = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
        await self._cluster.apply(wanted, manager=MANAGER, precondition=read)
        log.info("APIService %s trusts this replica now", metadata["name"])


def _holder(api_service: Manifest) -> str:
    service = api_service["spec"].get("service")
    return f"{service.get('namespace')}/{service.get('name')}" if service else LOCAL


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""

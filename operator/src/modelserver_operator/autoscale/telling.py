"""All that a replica does for scalers, whether or not it leads: they ask either of them."""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modelserver_operator.autoscale.api import MetricsApi, Place
from modelserver_operator.autoscale.loads import Loads
from modelserver_operator.autoscale.registration import Registration
from modelserver_operator.cluster import Cluster
from modelserver_operator.podstats import PodStats
from modelserver_operator.resolve.facts import Metrics


@dataclass(frozen=True)
class Offer:
    """How an installation tells scalers the load: as custom.metrics.k8s.io at a place, whose port 0 means not at all,
    to KEDA at a URL, or to KEDA by a Prometheus; empty: not so."""

    place: Place
    load_url: str
    prometheus_url: str


class Telling:
    """Reads loads and serves them. `elsewhere` is called when another serves custom.metrics.k8s.io than before.

    The cluster is one without the election's guard.
    """

    def __init__(
        self,
        cluster: Cluster,
        pods: PodStats,
        offer: Offer,
        elsewhere: Callable[[], None],
        *,
        namespaces: Sequence[str],
    ) -> None:
        self.loads = Loads(cluster, pods, namespaces=namespaces)
        self._offer = offer
        self._registration = Registration(cluster, offer.place.namespace, offer.place.service)
        self._api = MetricsApi(cluster, self.loads, offer.place, changed=elsewhere) if offer.place.port else None

    def loops(self) -> Iterator[Coroutine[Any, Any, None]]:
        """To be run for as long as the process lives. One raises PortTakenError."""
        yield self.loads.run()
        if self._api:
            yield self._api.run()

    def unready(self) -> str | None:
        """What this replica cannot do yet that a pod does which it takes the place of."""
        if not self.loads.synced:
            return "the pods whose load scalers follow were not yet listed"
        if self._api and self._api.is_awaited:
            return (
                "the metrics API is not served yet, or not yet trusted by its APIServices: the log says what is missing"
            )
        return None

    async def facts(self) -> Metrics:
        """Where scalers can read the load, as soon as that is known. Raises ClusterError."""
        if self._api:
            await self._api.looked.wait()
        found = self._api.registered if self._api else await self._registration.look()
        return Metrics(found.api, found.holder, self._offer.load_url, self._offer.prometheus_url)

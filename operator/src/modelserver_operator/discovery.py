"""What the cluster is able to do: looked up at start, every now and then, and when a kind turns out to be missing."""

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from modelserver_operator.cluster import Cluster, ClusterError, Kind
from modelserver_operator.observe import OPTIONAL
from modelserver_operator.resolve import Facts
from modelserver_operator.resolve.facts import Metrics

RETRY_SECONDS = 2.0  # between first looks that fail

log = logging.getLogger(__name__)


async def optional_kinds(cluster: Cluster) -> frozenset[str]:
    """The optional kinds that are served, by name. Raises ClusterError."""
    return frozenset([kind.name for kind in OPTIONAL if await cluster.serves(kind)])


class Discovery:
    """Knows the facts. `changed` is called when they have changed, after which every decision may be another.

    metrics: where scalers can read the load, as somebody else finds out, who nudges when it is elsewhere; it may raise
    ClusterError.
    """

    def __init__(
        self,
        cluster: Cluster,
        changed: Callable[[], None],
        *,
        period: float,
        operator_namespace: str,
        monitoring_namespaces: tuple[str, ...],
        runbook_url: str,
        metrics: Callable[[], Awaitable[Metrics]],
    ) -> None:
        self._cluster = cluster
        self._changed = changed
        self._period = period
        self._metrics = metrics
        self._facts = Facts(
            kinds=frozenset(),
            kubernetes=None,
            operator_namespace=operator_namespace,
            monitoring_namespaces=monitoring_namespaces,
            runbook_url=runbook_url,
        )
        self._doubted = asyncio.Event()
        self._revised = asyncio.Event()

    def facts(self) -> Facts:
        """What is known now."""
        return self._facts

    def doubt(self, kind: Kind) -> None:
        """The API server has said of a kind that it does not serve it: look again soon."""
        if kind in OPTIONAL:
            self._doubted.set()

    def nudge(self) -> None:
        """Scalers may read the load elsewhere now: look again soon."""
        self._doubted.set()

    async def begin(self) -> None:
        """Look until it succeeds: no decision is to be made on what is merely not known yet."""
        while True:
            if await self._look():
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def run(self) -> None:
        """Look every `period` seconds, and soon after a doubt, for ever."""
        while True:
            try:
                async with asyncio.timeout(self._period):
                    await self._doubted.wait()
            except TimeoutError:
                pass
            self._doubted.clear()
            await self._look()

    async def optional_kinds(self) -> AsyncIterator[frozenset[Kind]]:
        """The optional kinds that are served, now and again after each change, for ever."""
        while True:
            self._revised.clear()
            yield frozenset(kind for kind in OPTIONAL if kind.name in self._facts.kinds)
            await self._revised.wait()

    async def _look(self) -> bool:
        """Whether the API server has answered; if not, what was known holds."""
        try:
            kinds = await optional_kinds(self._cluster)
            version = await self._cluster.version()
            metrics = await self._metrics()
        except ClusterError as error:
            log.warning("cannot look up what the cluster serves: %s", error)
            return False
        self._take(dataclasses.replace(self._facts, kinds=kinds, kubernetes=version, metrics=metrics))
        return True

    def _take(self, facts: Facts) -> None:
        if facts == self._facts:
            return
        version = ".".join(map(str, facts.kubernetes or ())) or "of unknown version"
        log.info("Kubernetes %s, optional kinds served: %s", version, ", ".join(sorted(facts.kinds)) or "none")
        self._facts = facts
        self._revised.set()
        self._changed()

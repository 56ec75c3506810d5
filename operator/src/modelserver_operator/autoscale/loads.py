"""How much load each autoscaled ModelServer has, by what its pods say: in every replica, whichever leads.

It looks at the cluster by itself, so that scalers are answered also while nobody reconciles.
"""

import asyncio
from collections.abc import Sequence

from modelserver_operator.autoscale import seen
from modelserver_operator.autoscale.reader import Asks
from modelserver_operator.autoscale.readers import Name, Readers
from modelserver_operator.cluster import MODEL_SERVER, POD, Cluster
from modelserver_operator.cluster.mirror import Mirror
from modelserver_operator.status.load import Load
from modelserver_operator.workqueue import Backoff

GATHER_SECONDS = 0.1  # for changes of objects, which seldom come alone
BACKOFF = Backoff(first=0.5, longest=5.0)  # a list of a kind costs the API server little


class Loads:
    """The loads of all autoscaled ModelServers, in these namespaces or, without any, in all.

    `run` it for as long as the process lives, beside whoever asks: `loads = Loads(cluster, podstats, namespaces=...)`.
    The cluster needs no right to write.
    """

    def __init__(self, cluster: Cluster, pods: Asks, *, namespaces: Sequence[str] = ()) -> None:
        scopes: Sequence[str | None] = list(namespaces) or [None]
        self._changed = asyncio.Event()
        self._readers = Readers(pods)
        self._servers = [self._of_servers(cluster, scope) for scope in scopes]
        self._pods = [self._of_pods(cluster, scope) for scope in scopes]
        self.synced = False
        """Whether it is known which ModelServers and pods there are."""

    def load(self, name: Name) -> Load | None:
        """Of the ModelServer with this namespace and name, at this moment; None where no autoscaled one has them."""
        return self._readers.load(name)

    def of_namespace(self, namespace: str) -> list[tuple[str, Load]]:
        """Of all in a namespace, by name."""
        names = sorted(name for name in self._readers.names() if name[0] == namespace)
        return [(name[1], load) for name in names if (load := self.load(name))]

    def age(self) -> float:
        """Seconds since its loop last turned, whether or not anybody answers; 0 before it has begun."""
        return self._readers.age()

    async def run(self) -> None:
        """Follow ModelServers and pods and ask the pods, for ever."""
        async with asyncio.TaskGroup() as group:
            for servers in self._servers:
                group.create_task(servers.run())
            for pods in self._pods:
                group.create_task(pods.run())
            group.create_task(self._readers.run())
            while True:
                await self._changed.wait()
                self._changed.clear()
                self._look()
                await asyncio.sleep(GATHER_SECONDS)

    def _look(self) -> None:
        """Who is there now, once everybody is known: without its pods a ModelServer would seem to have no load."""
        if not all(mirror.synced for mirror in self._servers) or not all(mirror.synced for mirror in self._pods):
            return
        servers = {name: server for mirror in self._servers for name, server in mirror.objects.items()}
        self._readers.are(servers, [pod for mirror in self._pods for pod in mirror.objects.values()])
        self.synced = True

    def _of_servers(self, cluster: Cluster, scope: str | None) -> Mirror[seen.Server]:
        return Mirror(cluster, MODEL_SERVER, seen.server, self._changed.set, namespace=scope, pause=BACKOFF.delay)

    def _of_pods(self, cluster: Cluster, scope: str | None) -> Mirror[seen.Pod]:
        changed, labels = self._changed.set, seen.PODS
        return Mirror(cluster, POD, seen.pod, changed, namespace=scope, labels=labels, pause=BACKOFF.delay)

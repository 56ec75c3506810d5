"""Plays the kubelet of a node where nothing happens by itself: its pods have addresses, answer at /stats, and end.

with Background() as background, Fleet(kube, "bare", addresses(cluster.gateway), background) as fleet:
    fleet.server(namespace, "demo").queue = 12
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from types import TracebackType

from tests.autoscaling.background import Background
from tests.autoscaling.following import follow
from tests.autoscaling.node import RENEW_SECONDS, lease
from tests.autoscaling.pod import Manner, Pod, Server
from tests.controlplane.kube import Kube, Manifest, path

INSTANCE = "app.kubernetes.io/instance"  # the label with the ModelServer's name
GOES_LAST = {"controller.kubernetes.io/pod-deletion-cost": "1"}  # else Kubernetes chooses, and the queue would move


def addresses(gateway: str) -> Iterator[str]:
    """Addresses of this machine for the pods of the cluster whose gateway that is; no other cluster has them."""
    cluster = gateway.split(".")[1]
    return (f"127.{cluster}.{number // 250}.{number % 250 + 1}" for number in count())


class Fleet:
    """All pods of the node, from the block's begin to its end; all in one event loop, however many they are."""

    def __init__(self, kube: Kube, node: str, free: Iterator[str], background: Background) -> None:
        """free: addresses for pods, none of which comes twice."""
        self._node, self._free, self._background = node, free, background
        self._http = kube.asynchronous()
        self._servers: defaultdict[tuple[str, str], Server] = defaultdict(Server)
        self._pods: dict[str, Pod] = {}  # by uid

    def __enter__(self) -> "Fleet":
        self._background.do(self._begin())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._background.do(self._close())

    def server(self, namespace: str, name: str) -> Server:
        """How the pods of that ModelServer behave; it need not exist yet."""
        return self._servers[namespace, name]

    def pods(self, namespace: str, name: str) -> list[Pod]:
        """Those that are there, by name; a terminating one is, until it has really ended."""
        return sorted(self.server(namespace, name).pods.values(), key=lambda pod: pod.name)

    def ready(self, pod: Pod) -> None:
        """The pod becomes Ready."""
        self._background.do(self._become_ready(pod))

    def behave(self, pod: Pod, manner: Manner) -> None:
        """The pod does that from now on when it is asked."""
        self._background.do(pod.behave(manner))

    def finish(self, pod: Pod) -> None:
        """A terminating pod has served its last request: it ends, and is gone."""
        self._background.do(self._end(pod))

    def finish_all(self, namespace: str) -> None:
        """Nobody waits for an answer there any more: what is terminating ends, and so does what will be."""
        for (of, _), server in list(self._servers.items()):
            server.drains = server.drains and of != namespace
        for pod in [pod for pod in self._pods.values() if pod.namespace == namespace and pod.terminating]:
            self.finish(pod)

    async def _begin(self) -> None:
        self._tasks = [self._background.begin(each) for each in (self._live(), self._follow())]

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pod in self._pods.values():
            await pod.close()
        await self._http.aclose()

    async def _live(self) -> None:
        place = path("coordination.k8s.io/v1", "Lease", "kube-node-lease", self._node)
        query, content = {"fieldManager": "fleet", "force": "true"}, {"Content-Type": "application/apply-patch+yaml"}
        while True:
            answer = await self._http.patch(place, params=query, json=lease(self._node), headers=content)
            answer.raise_for_status()
            await asyncio.sleep(RENEW_SECONDS)

    async def _follow(self) -> None:
        async for change in follow(self._http, "Pod", fieldSelector=f"spec.nodeName={self._node}"):
            uid = change.manifest["metadata"]["uid"]
            if change.kind == "DELETED":
                await self._forget(uid)
            elif uid not in self._pods:
                await self._adopt(uid, change.manifest)
            elif "deletionTimestamp" in change.manifest["metadata"]:
                self._terminate(self._pods[uid])

    async def _adopt(self, uid: str, manifest: Manifest) -> None:
        metadata = manifest["metadata"]
        server = self.server(metadata["namespace"], metadata.get("labels", {}).get(INSTANCE, ""))
        pod = Pod(server, metadata["namespace"], metadata["name"], next(self._free))
        self._pods[uid] = server.pods[uid] = pod
        await pod.behave(server.starting)
        self._background.begin(self._start(pod))
        if "deletionTimestamp" in metadata:
            self._terminate(pod)

    async def _start(self, pod: Pod) -> None:
        seconds = pod.server.start_seconds
        if seconds != 0:
            await self._say(pod)
        if seconds is not None:
            await asyncio.sleep(seconds)
            await self._become_ready(pod)

    async def _become_ready(self, pod: Pod) -> None:
        if pod.manner is pod.server.starting:
            await pod.behave(Manner.ANSWERS)
        pod.ready_since = time.monotonic()
        if pod is pod.server.holder():
            await self._patch(pod, {"metadata": {"annotations": GOES_LAST}})
        await self._say(pod)

    def _terminate(self, pod: Pod) -> None:
        """What it has now is its own: nothing new comes, and somebody waits for each answer."""
        if pod.terminating:
            return
        pod.own, pod.terminating = pod.unfinished(), True
        if not (pod.own and pod.server.drains):
            self._background.begin(self._end(pod))

    async def _end(self, pod: Pod) -> None:
        await pod.close()
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}
        place = path("v1", "Pod", pod.namespace, pod.name)
        answer = await self._http.request("DELETE", place, json=options)
        if answer.status_code != 404:
            answer.raise_for_status()

    async def _forget(self, uid: str) -> None:
        if pod := self._pods.pop(uid, None):
            pod.server.pods.pop(uid, None)
            await pod.close()

    async def _say(self, pod: Pod) -> None:
        """Write its status, as a kubelet does; it may be gone by now."""
        async with pod.speaks:  # what is older never comes after what is newer
            await self._patch(pod, {"status": _status(pod)}, "/status")

    async def _patch(self, pod: Pod, change: Manifest, part: str = "") -> None:
        place = path("v1", "Pod", pod.namespace, pod.name) + part
        answer = await self._http.patch(place, json=change, headers={"Content-Type": "application/merge-patch+json"})
        if answer.status_code != 404:
            answer.raise_for_status()


def _status(pod: Pod) -> Manifest:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    conditions = [
        {"type": kind, "status": str(pod.ready or kind in ("PodScheduled", "Initialized")), "lastTransitionTime": now}
        for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    ]
    runtime = {"name": "runtime", "image": "i", "imageID": "", "restartCount": 0, "ready": pod.ready}
    running = {"started": pod.ready, "state": {"running": {"startedAt": now}}}
    address = {"podIP": pod.address, "podIPs": [{"ip": pod.address}]}
    return {"phase": "Running", "conditions": conditions, "containerStatuses": [runtime | running], **address}

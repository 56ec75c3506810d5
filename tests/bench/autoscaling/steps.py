"""How long it takes from more requests to more pods being asked for: many ModelServers at once, a few steps each."""

import random
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.bench.autoscaling.site import TARGET, Site
from tests.bench.watching import watched
from tests.controlplane.kube import Manifest, path
from tests.waiting import until

NAMESPACE = "steps"
STEPS = 3  # up, by one pod each
PATIENCE_SECONDS = 300.0


class Asked:
    """How many pods each Deployment asks for, and since when by the monotonic clock, as a watch tells it."""

    def __init__(self) -> None:
        self._of: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)

    def see(self, deployment: Manifest) -> None:
        """Take note of a Deployment as it is now."""
        seen, replicas = self._of[deployment["metadata"]["name"]], deployment["spec"]["replicas"]
        if not seen or seen[-1][1] != replicas:
            seen.append((time.monotonic(), replicas))

    def since(self, name: str, replicas: int) -> float | None:
        """When it first asked for so many or more."""
        return next((at for at, number in self._of[name] if number >= replicas), None)


def steps(where: Site, servers: int, period: float) -> list[float]:
    """Seconds from the moment when pods answer that there is more until a Deployment asks for another pod.

    Each step comes at a random moment of the autoscaler's period, once all pods of the one before are Ready.
    """
    names = [f"server-{number}" for number in range(servers)]
    asked = Asked()
    with watched(where.kube, path("apps/v1", "Deployment", NAMESPACE), asked.see), ThreadPoolExecutor(servers) as pool:
        where.make_servers(NAMESPACE, names, minReplicas=1, maxReplicas=STEPS + 1, scaleDownWindowSeconds=0)
        took = list(pool.map(partial(_of_one, where, asked, period), names))
    where.delete_servers(NAMESPACE, names)
    return [each for some in took for each in some]


def _of_one(where: Site, asked: Asked, period: float, name: str) -> list[float]:
    """Once its autoscaler has read the load: of an API that is new to a cluster it learns up to half a minute late."""
    until(partial(_is_scaled, where, name), PATIENCE_SECONDS, f"{name} follows its load")
    return [_step(where, asked, period, name, pods) for pods in range(1, STEPS + 1)]


def _is_scaled(where: Site, name: str) -> bool:
    conditions = where.kube.read("ModelServer", name, NAMESPACE).get("status", {}).get("conditions", [])
    return any((each["type"], each["status"]) == ("ScalingActive", "True") for each in conditions)


def _step(where: Site, asked: Asked, period: float, name: str, pods: int) -> float:
    """From so many pods to one more."""
    where.wait_for_pods(NAMESPACE, name, pods)
    time.sleep(random.uniform(0, period))  # what is measured depends on it
    at, where.fleet.server(NAMESPACE, name).queue = time.monotonic(), (pods + 1) * TARGET
    more = partial(asked.since, name, pods + 1)
    return until(more, PATIENCE_SECONDS, f"{name} asks for {pods + 1} pods") - at

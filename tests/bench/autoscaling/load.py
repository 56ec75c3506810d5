"""What many ModelServers cost the operator, and how old the numbers are that it tells autoscalers."""

import os
import random
import time
from pathlib import Path
from typing import NamedTuple

from tests.bench.autoscaling.queues import Queues
from tests.bench.autoscaling.served import readings
from tests.bench.autoscaling.site import TARGET, Site
from tests.bench.operator.idle import settle
from tests.waiting import until

NAMESPACE = "load"
PODS = 4  # of each, but for surges
SCALE_DOWN_SECONDS = 60  # so that pods go again in a short run, too
BETWEEN_LISTS_SECONDS = 10  # on average; the autoscalers ask for each every 15
PATIENCE_SECONDS = 1800.0


class Cost(NamedTuple):
    """cores: of the operator's process alone, user and system. staleness: seconds, of each number that was listed.
    untold: those that should have been in the lists, and were not."""

    cores: float
    staleness: list[float]
    untold: int
    surges: int


def begin(where: Site, servers: int) -> Queues:
    """So many ModelServers with all their pods; all is told and done."""
    queues = Queues(servers, PODS, TARGET, random.Random())
    _give(where, queues)
    spec = {"minReplicas": PODS, "maxReplicas": PODS + 1, "scaleDownWindowSeconds": SCALE_DOWN_SECONDS}
    where.make_servers(NAMESPACE, _names(queues), **spec)
    until(lambda: _all_told(where, queues), PATIENCE_SECONDS, "every load is told")
    settle(where.audit_log, PATIENCE_SECONDS)
    return queues


def cost(where: Site, queues: Queues, seconds: float) -> Cost:
    """Of the operator, while the queues vary."""
    chance, lists = random.Random(), list[list[float]]()
    before, begun = processor_seconds(where.operator.pid), time.monotonic()
    while time.monotonic() - begun < seconds:
        time.sleep(chance.uniform(0.5, 1.5))  # in no step with the operator
        queues.pass_second()
        _give(where, queues)
        if chance.random() < 1 / BETWEEN_LISTS_SECONDS:
            lists.append(_staleness(where))
    used, took = processor_seconds(where.operator.pid) - before, time.monotonic() - begun
    staleness = [each for one in lists or [_staleness(where)] for each in one]
    return Cost(used / took, staleness, sum(len(queues.now) - len(one) for one in lists), queues.surges)


def processor_seconds(process: int) -> float:
    """What a process has used so far, in user and in system mode, its threads included."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    user, system = after_name[11:13]  # fields 14 and 15 of proc(5)
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _staleness(where: Site) -> list[float]:
    """By the time at which the answer is here: this machine's clock is the operator's."""
    found = readings(where.kube, NAMESPACE)
    now = time.time()
    return [now - each.taken for each in found]


def _give(where: Site, queues: Queues) -> None:
    for name, unfinished in zip(_names(queues), queues.now, strict=True):
        where.fleet.server(NAMESPACE, name).queue = unfinished


def _names(queues: Queues) -> list[str]:
    return [f"server-{number}" for number in range(len(queues.now))]


def _all_told(where: Site, queues: Queues) -> bool:
    """Whether all pods are there and Ready, and the sums of what they say are known."""
    ready = [sum(pod.is_served() for pod in where.fleet.pods(NAMESPACE, name)) for name in _names(queues)]
    return min(ready) >= PODS and len(readings(where.kube, NAMESPACE)) == len(ready)
